/* One run of a scenario for a verb: reading it, running it, keeping its recording. */
#ifndef EK_CLI_SIMULATE_H
#define EK_CLI_SIMULATE_H

#include "cli/arguments.h"
#include "reports/recording/recording.h"

/* Where recordings go. */
#define EK_OUT_FOLDER "evenkeel-out"

/* Runs `name` with the overrides of `arguments`, and `policy` instead of theirs unless NULL.
 * `path` gets the recording's path ("" when none is kept); `is_many`: several runs of one scenario
 * are kept, so the policy is part of the file's name. Returns an exit code other than a verdict:
 * EK_EXIT_PASS with `*out` to be freed by the caller, or after a complaint on stderr EK_EXIT_INPUT,
 * EK_EXIT_INTERNAL. EK_EXIT_INTERRUPTED comes with `*out` as well. */
int ek_simulate(const struct ek_arguments *arguments, const char *name, const char *policy,
                bool is_many, struct ek_recorder **out, char *path, size_t path_size);

/* A run whose scenario is at hand. */
struct ek_simulated {
    const struct ek_scenario *scenario;
    const char *path; /* of the recording; "": none is kept */
    bool is_latest;   /* "latest" points to it from then on */
    const char *command;
    int64_t partial_ns; /* how often a run that goes on is written; 0: every second */
};

/* The same; `*out` may be there after a complaint, too. */
int ek_simulate_it(const struct ek_simulated *run, struct ek_recorder **out);

struct ek_simulate_names {
    char path[1024];    /* of the recording; "": none is kept */
    char command[1024]; /* that repeats the run */
};

/* What ek_simulate runs. Returns new; NULL after a complaint on stderr. */
struct ek_scenario *ek_simulate_prepare(const struct ek_arguments *arguments, const char *name,
                                        const char *policy, bool is_many,
                                        struct ek_simulate_names *names);

/* Whether a run's expectations hold: EK_EXIT_PASS or EK_EXIT_FAIL. */
int ek_simulate_verdict(const struct ek_results *results);

/* The recording that "latest" points to now (written to `out`), or the path as it is. */
const char *ek_recording_path(const char *name, char *out, size_t size);

/* EK_OUT_FOLDER/latest points to `path` from now on, if that is in EK_OUT_FOLDER. */
void ek_point_latest(const char *path);

/* A file that begins as SQLite files do. */
bool ek_is_recording(const char *path);

#endif
