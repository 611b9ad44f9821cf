/* The options that verbs share, and the terminal they write to. */
#ifndef EK_CLI_ARGUMENTS_H
#define EK_CLI_ARGUMENTS_H

#include "reports/text/render.h"
#include "sim/scenario/scenario.h"

#include <stdbool.h>

enum {
    EK_SETS_MAX = 64
};

/* What was given on the command line. Strings are borrowed from argv. */
struct ek_arguments {
    const char *verb;
    const char *sets[EK_SETS_MAX];
    size_t set_count;
    const char *policy;
    int64_t seed;
    bool has_seed;
    int64_t until_ns;
    const char *output; /* -o */
    const char *format; /* -T */
    const char *report_dir;
    int64_t at_ns;
    bool has_at;
    const char *fault, *pattern, *to;               /* --fault, -k, -t */
    const char *seeds, *junit, *summary, *annotate; /* of `test` */
    const char *call, *pick, *error;                /* of `explain` */
    int64_t jobs;                                   /* -j; 0: not given */
    int64_t endpoints, rps, layers;                 /* of `check`; 0: not given */
    const char *script, *frames, *speed;            /* --tui-script, --frames, --speed */
    int columns, rows;                              /* --size; 0: not given */
    bool timing;                                    /* --timing */
    const char *baseline;                           /* of `bench` */
    bool stat, stop_first, worst;                   /* --stat, -x, --worst */
    bool json, verify, quiet, ascii, no_record;
    int color;    /* -1 no, 0 as the terminal says, 1 yes */
    char **names; /* what is left */
    int name_count;
};

/* Which of the options a verb takes: letters of `allowed`. s --set, p --policy, n --seed, u
 * --until, o -o, d --report-dir, j --json, v --verify, q -q, r --no-record, T -T, a --at, c --color
 * and --ascii. f --fault, t -t, S --stat, k -k, x -x, J -j, N --seeds, U --junit, M --summary, A
 * --annotate, W --worst --call --pick --error, X --tui-script --frames --size --timing
 * --speed, B --baseline, e --endpoints
 * --rps --layers. Returns -1 to go on, or the exit code: after --help
 * (`help` is printed), or a complaint on stderr. */
int ek_arguments_read(int argc, char **argv, const char *allowed, const char *help,
                      struct ek_arguments *out);

struct ek_scenario_overrides ek_arguments_overrides(const struct ek_arguments *arguments);

/* How to write to stdout: colour and characters as the terminal, NO_COLOR and the options say. */
struct ek_render ek_arguments_render(const struct ek_arguments *arguments);

/* The words that repeat this run, without -o and the like. Returns `out`. */
const char *ek_arguments_command(const struct ek_arguments *arguments, const char *name, char *out,
                                 size_t size);

#endif
