/* evenkeel events: the event log of a recording. */
#include "cli/simulate.h"
#include "cli/verb.h"
#include "reports/export/events.h"

#include <stdio.h>

static const char help[] =
    "  evenkeel events latest\n"
    "  evenkeel events latest kind:ejected endpoint:b07\n"
    "  evenkeel events latest fault:F1 40s..41s --json\n"
    "\n"
    "usage: evenkeel events [OPTION]... RECORDING [FILTER]...\n"
    "Prints what happened, one line an event: time in seconds, number, kind, sentence, and the\n"
    "number of the event that led to it. With several filters all must hold:\n"
    "  kind:KIND         ejected, returned, attempt-failed ...; several kinds: any of them\n"
    "  endpoint:NAME     about that endpoint; b0* means all names that begin so\n"
    "  client:NAME       of that client\n"
    "  fault:ID          whose recorded causes begin with that fault\n"
    "  40s..41s          in that time; also from:40s, to:41s, 40s.. and ..41s\n"
    "Options:\n"
    "  --json            one JSON object a line\n"
    "exit code: 0, 2 bad input, 4 no event passes\n";

int ek_verb_events(int argc, char **argv)
{
    struct ek_arguments arguments;
    struct ek_events_filter filter = {.to_ns = INT64_MAX};
    char why[1024], latest[1024];
    int code = ek_arguments_read(argc, argv, "j", help, &arguments);
    if (code >= 0)
        return code;
    if (arguments.name_count == 0) {
        fputs("evenkeel events: which recording? see `evenkeel events --help`\n", stderr);
        return EK_EXIT_NOTHING;
    }
    const char *path = ek_recording_path(arguments.names[0], latest, sizeof latest);
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    bool is_good = replay != NULL;
    for (int i = 1; is_good && i < arguments.name_count; i++)
        is_good = ek_events_filter_add(&filter, replay, arguments.names[i], why, sizeof why);
    if (!is_good) {
        fprintf(stderr, "evenkeel events: %s\n", why);
        code = EK_EXIT_INPUT;
    } else {
        uint64_t count = arguments.json ? ek_events_write_json(replay, &filter, stdout)
                                        : ek_events_write(replay, &filter, stdout);
        code = count > 0 ? EK_EXIT_PASS : EK_EXIT_NOTHING;
    }
    ek_replay_close(replay);
    return code;
}
