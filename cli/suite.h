/* Many scenarios as one suite: which ones, and running each in a process of its own. */
#ifndef EK_CLI_SUITE_H
#define EK_CLI_SUITE_H

#include "cli/arguments.h"

#include <sys/types.h>

/* One run of one scenario. */
struct ek_suite_case {
    char *scenario; /* a path, or a name of the library */
    int64_t seed;
    bool has_seed;
    char *recording;  /* path; "" when the scenario did not load */
    char *complaints; /* what it said on stderr; "" */
    int code;         /* enum ek_exit, without a verdict: EK_EXIT_PASS when it ran to its end */
    pid_t pid;        /* while it runs */
    FILE *log;
    enum ek_suite_stage {
        EK_SUITE_WAITING,
        EK_SUITE_RUNNING,
        EK_SUITE_DONE,
        EK_SUITE_LEFT_OUT /* after a failure with -x, or an interruption */
    } stage;
};

struct ek_suite {
    struct ek_suite_case *cases;
    size_t count, capacity;
    bool has_seeds; /* several runs of each scenario */
    bool is_kept;   /* the recordings stay */
    bool is_interrupted;
};

/* Selects: paths of files and folders and names of the library, or without any the whole library;
 * of these, those whose name contains `pattern`; each with the seeds "A..B". False after a
 * complaint on stderr. A zeroed suite is empty. */
bool ek_suite_select(struct ek_suite *suite, const struct ek_arguments *arguments);

/* Runs them, `jobs` at a time, each in a process of its own. `done` is called for each in the order
 * of the suite as soon as all before it are done; when it returns false no more are started. */
void ek_suite_run(struct ek_suite *suite, const struct ek_arguments *arguments, size_t jobs,
                  bool (*done)(void *context, const struct ek_suite_case *one), void *context);

/* Removes recordings that are not kept. */
void ek_suite_deinit(struct ek_suite *suite);

#endif
