/* evenkeel report: a page about a run, or about several laid over each other. */
#include "cli/simulate.h"
#include "cli/verb.h"
#include "reports/html/html.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "  evenkeel report latest -o report.html\n"
    "  evenkeel report slow-node --policy p2c -o slow-node.html\n"
    "  evenkeel report a.db b.db -o a-and-b.html     laid over each other\n"
    "\n"
    "usage: evenkeel report [OPTION]... SCENARIO or RECORDING...\n"
    "Writes one page for a browser that needs no network: verdict, failover, the run over time,\n"
    "distribution, latency, graphs, calls, events. A scenario is run first. At most 6 runs.\n"
    "  -o, --output FILE     instead of stdout\n"
    "  --report-dir DIR      a folder with nothing inline, for viewers that forbid inline scripts\n"
    "  --seed N, --policy NAME[,k=v], --set /POINTER=VALUE, --until TIME   as in `evenkeel run`\n"
    "exit code: 0, 2 bad input, 3 internal error, 4 nothing was named\n";

/* Written aside, then renamed: no reader sees half a page. */
static int write_page(struct ek_replay *const *replays, size_t count, const char *path)
{
    char aside[1040];
    bool is_good;

    if (path == NULL && isatty(STDOUT_FILENO)) {
        fputs("evenkeel report: a page is nothing for a terminal; name a file with -o\n", stderr);
        return EK_EXIT_INPUT;
    }
    if (path == NULL) {
        is_good = ek_html_write(replays, count, stdout);
        if (!is_good)
            fputs("evenkeel report: cannot write to stdout\n", stderr);
        return is_good ? EK_EXIT_PASS : EK_EXIT_INTERNAL;
    }
    snprintf(aside, sizeof aside, "%.1000s.part", path);
    FILE *out = fopen(aside, "wb");
    if (out == NULL) {
        fprintf(stderr, "evenkeel report: %s: cannot be written\n", path);
        return EK_EXIT_INTERNAL;
    }
    is_good = ek_html_write(replays, count, out);
    is_good = fclose(out) == 0 && is_good;
    if (!is_good || rename(aside, path) != 0) {
        fprintf(stderr, "evenkeel report: %s: cannot be written\n", path);
        remove(aside);
        return EK_EXIT_INTERNAL;
    }
    return EK_EXIT_PASS;
}

/* Opens a recording, or runs a scenario and opens what it left. */
static int open_one(const struct ek_arguments *arguments, const char *name, bool is_many,
                    struct ek_replay **out)
{
    char latest[1024], path[1024], why[256];
    const char *given = ek_recording_path(name, latest, sizeof latest);

    snprintf(path, sizeof path, "%s", given);
    if (!ek_is_recording(given)) {
        struct ek_arguments to_run = *arguments;
        struct ek_recorder *recorder = NULL;
        to_run.output = NULL;
        int code = ek_simulate(&to_run, given, NULL, is_many, &recorder, path, sizeof path);
        ek_recorder_free(recorder);
        if (code != EK_EXIT_PASS)
            return code;
    }
    *out = ek_replay_open(path, why, sizeof why);
    if (*out == NULL)
        fprintf(stderr, "evenkeel report: %s\n", why);
    return *out != NULL ? EK_EXIT_PASS : EK_EXIT_INPUT;
}

int ek_verb_report(int argc, char **argv)
{
    struct ek_arguments arguments;
    struct ek_replay *replays[EK_HTML_RUNS_MAX];
    size_t count = 0;
    char why[1200];
    int code = ek_arguments_read(argc, argv, "spnuod", help, &arguments);

    if (code >= 0)
        return code;
    if (arguments.name_count < 1 || arguments.name_count > EK_HTML_RUNS_MAX) {
        fprintf(stderr,
                "evenkeel report: 1 to %d scenarios or recordings, please; see `evenkeel report"
                " --help`\n",
                EK_HTML_RUNS_MAX);
        return arguments.name_count == 0 ? EK_EXIT_NOTHING : EK_EXIT_INPUT;
    }
    code = EK_EXIT_PASS;
    for (int i = 0; i < arguments.name_count && code == EK_EXIT_PASS; i++) {
        code = open_one(&arguments, arguments.names[i], arguments.name_count > 1, &replays[count]);
        count += code == EK_EXIT_PASS;
    }
    if (code == EK_EXIT_PASS && arguments.report_dir != NULL &&
        !ek_html_write_folder(replays, count, arguments.report_dir, why, sizeof why)) {
        fprintf(stderr, "evenkeel report: %s\n", why);
        code = EK_EXIT_INTERNAL;
    }
    if (code == EK_EXIT_PASS && (arguments.report_dir == NULL || arguments.output != NULL))
        code = write_page(replays, count, arguments.output);
    for (size_t i = 0; i < count; i++)
        ek_replay_close(replays[i]);
    return code;
}
