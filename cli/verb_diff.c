/* evenkeel diff: two recordings side by side. */
#include "cli/simulate.h"
#include "cli/verb.h"
#include "reports/export/diff.h"

#include <stdio.h>

static const char help[] =
    "  evenkeel diff evenkeel-out/slow-node-1.db latest\n"
    "  evenkeel diff --stat before.db after.db\n"
    "\n"
    "usage: evenkeel diff [OPTION]... RECORDING RECORDING\n"
    "Says what differs between two runs: calls, errors, latency and failover times, phase by\n"
    "phase. When scenario and seed agree but the runs do not, the first event that differs, with\n"
    "five before it. One run each is one sample each: no significance is claimed.\n"
    "  --stat            the share of each endpoint as well, what changed most first\n"
    "  --color[=WHEN]    auto, always or never\n"
    "  --ascii           no characters beyond ASCII\n"
    "exit code: 0, 2 bad input, 3 two runs of one scenario and seed differ\n";

int ek_verb_diff(int argc, char **argv)
{
    struct ek_arguments arguments;
    struct ek_replay *replays[2] = {NULL, NULL};
    char why[1024], latest[1024];
    int code = ek_arguments_read(argc, argv, "Sc", help, &arguments);
    if (code >= 0)
        return code;
    if (arguments.name_count != 2) {
        fputs("evenkeel diff: two recordings, please; see `evenkeel diff --help`\n", stderr);
        return arguments.name_count == 0 ? EK_EXIT_NOTHING : EK_EXIT_INPUT;
    }
    code = EK_EXIT_PASS;
    for (int i = 0; i < 2 && code == EK_EXIT_PASS; i++) {
        const char *path = ek_recording_path(arguments.names[i], latest, sizeof latest);
        replays[i] = ek_replay_open(path, why, sizeof why);
        if (replays[i] == NULL) {
            fprintf(stderr, "evenkeel diff: %s\n", why);
            code = EK_EXIT_INPUT;
        }
    }
    if (code == EK_EXIT_PASS) {
        struct ek_render render = ek_arguments_render(&arguments);
        if (ek_diff_write(replays[0], replays[1], arguments.stat, &render, stdout) ==
            EK_DIFF_PARTED)
            code = EK_EXIT_INTERNAL;
    }
    ek_replay_close(replays[0]);
    ek_replay_close(replays[1]);
    return code;
}
