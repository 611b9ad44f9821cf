/* evenkeel convert: a recording for other programs. */
#include "cli/simulate.h"
#include "cli/verb.h"
#include "reports/export/export.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "  evenkeel convert latest -t junit -o junit.xml\n"
    "  evenkeel convert latest -t markdown >> \"$GITHUB_STEP_SUMMARY\"\n"
    "  evenkeel convert latest -t chrome -o trace.json\n"
    "\n"
    "usage: evenkeel convert -t FORMAT [-o FILE] RECORDING\n"
    "Writes a recording in another format:\n"
    "  junit             JUnit XML: a suite with one case for each expectation\n"
    "  markdown          a summary for people, as CI systems show it\n"
    "  openmetrics       totals as OpenMetrics text\n"
    "  csv               the series: the run and each endpoint, interval by interval\n"
    "  chrome            a trace for Perfetto: calls, attempts, faults, counters\n"
    "  jsonl             everything, one JSON object a line\n"
    "  cast              the dashboard as a film for terminals: asciicast 2, as asciinema plays "
    "it\n"
    "  -t, --to FORMAT   required\n"
    "  -o, --output FILE instead of stdout\n"
    "exit code: 0, 2 bad input, 3 the file cannot be written\n";

/* Written aside, then renamed: no reader sees half a file. */
static int write_file(const struct ek_export *format, struct ek_replay *replay, const char *path)
{
    char aside[1040];
    snprintf(aside, sizeof aside, "%.1000s.part", path);
    FILE *out = fopen(aside, "wb");
    bool is_good = out != NULL;
    if (is_good) {
        format->write(replay, out);
        is_good = ferror(out) == 0;
        is_good = fclose(out) == 0 && is_good;
        is_good = is_good && rename(aside, path) == 0;
        if (!is_good)
            remove(aside);
    }
    if (!is_good)
        fprintf(stderr, "evenkeel convert: %s: cannot be written\n", path);
    return is_good ? EK_EXIT_PASS : EK_EXIT_INTERNAL;
}

static int write_stdout(const struct ek_export *format, struct ek_replay *replay)
{
    format->write(replay, stdout);
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return EK_EXIT_PASS;
    fputs("evenkeel convert: stdout cannot be written\n", stderr);
    return EK_EXIT_INTERNAL;
}

static const struct ek_export *find_format(const char *name)
{
    const char *names[16];
    size_t count = 0;
    const struct ek_export *format = name != NULL ? ek_export_find(name) : NULL;
    if (format != NULL)
        return format;
    for (const struct ek_export *e = ek_export_all; e->name != NULL && count < 15; e++)
        names[count++] = e->name;
    names[count] = NULL;
    const char *near = name != NULL ? ek_suggest(name, names) : NULL;
    fprintf(stderr, "evenkeel convert: %s%.40s%s%s%s; see `evenkeel convert --help`\n",
            name != NULL ? "unknown format " : "which format? -t FORMAT", name != NULL ? name : "",
            near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
            near != NULL ? "\"?" : "");
    return NULL;
}

int ek_verb_convert(int argc, char **argv)
{
    struct ek_arguments arguments;
    char why[1024], latest[1024];
    int code = ek_arguments_read(argc, argv, "to", help, &arguments);
    if (code >= 0)
        return code;
    if (arguments.name_count != 1) {
        fputs("evenkeel convert: one recording, please; see `evenkeel convert --help`\n", stderr);
        return arguments.name_count == 0 ? EK_EXIT_NOTHING : EK_EXIT_INPUT;
    }
    const struct ek_export *format = find_format(arguments.to);
    if (format == NULL)
        return EK_EXIT_INPUT;
    const char *path = ek_recording_path(arguments.names[0], latest, sizeof latest);
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    if (replay == NULL) {
        fprintf(stderr, "evenkeel convert: %s\n", why);
        return EK_EXIT_INPUT;
    }
    code = arguments.output != NULL && strcmp(arguments.output, "-") != 0
               ? write_file(format, replay, arguments.output)
               : write_stdout(format, replay);
    ek_replay_close(replay);
    return code;
}
