/* What a run came to: the numbers every summary, verdict and comparison prints. */
#ifndef EK_REPORTS_RESULTS_H
#define EK_REPORTS_RESULTS_H

#include "reports/recording/expect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Latency of finished calls, from the planned time. All 0 without calls. */
struct ek_latency {
    uint64_t count;
    int64_t p50_ns, p90_ns, p99_ns, p999_ns, max_ns, mean_ns;
};

/* A stretch of the run: "all", "before", one per fault (named by its id), "after". Calls belong to
 * the phase they were planned in, attempts to the one they started in. */
struct ek_phase {
    const char *name;
    int64_t start_ns, end_ns;
    uint64_t calls, ok, errors, attempts, retries;
    struct ek_latency latency;
    const uint64_t *endpoint_attempts; /* one per endpoint */
    int64_t jain_ppm;                  /* Jain's index of the attempts over endpoints */
    int64_t cv_ppm;                    /* coefficient of variation of the same */
};

/* How the clients got over a fault. Times are from the fault's start, recover from its end;
 * -1: it did not happen. */
struct ek_failover {
    const char *id, *kind, *target;
    int64_t start_ns, end_ns;
    int64_t detect_ns;  /* first reaction that the fault caused: ejection, state change, removal */
    int64_t divert_ns;  /* the last attempt before its endpoints' share fell to a tenth of fair */
    int64_t recover_ns; /* the first attempt of the first second with 95 % of the fair share */
    uint64_t
        errors; /* failed calls under way while it lasted, less what failed in as long before */
    const uint32_t *endpoints;
    size_t endpoint_count;
    uint64_t first_record, detect_record; /* ids; 0: none */
    int line;                             /* in the scenario file; 0 unknown */
};

enum ek_verdict {
    EK_VERDICT_PASS,
    EK_VERDICT_FAIL,
    EK_VERDICT_UNKNOWN /* the number does not exist in this run: too few samples, no such event */
};

struct ek_judged {
    const char *text; /* "success, F1 >= 99.9 %" */
    const char *metric, *phase;
    enum ek_verdict verdict;
    enum ek_unit unit;
    enum ek_mark mark;
    bool has_value;
    int64_t value;          /* in the metric's unit */
    const char *value_text; /* "99.95 %", "388 ms" */
    uint64_t samples;       /* calls or attempts behind it; 0 when that says nothing */
    int line;
    const char *name;       /* as the scenario names it; "" */
    const char *limit_text; /* ">= 99.9 %", "= 95.46 % +- 0.01 %"; the end of `text` */
    const char *problem;    /* why the verdict is UNKNOWN; "" */
};

enum {
    EK_RECORD_BATCHES = 20
};

/* A part of the stretch from which intervals are made: see reports/stats/between.h. */
struct ek_batch_counts {
    int64_t start_ns, end_ns;
    uint64_t calls, errors; /* planned in it and ended; those of them that failed */
    int64_t mean_ns, p99_ns;
};

struct ek_results {
    const char *scenario, *policy, *description, *watch, *command, *recording_path;
    const char *scenario_path; /* the file it was read from; "" unknown */
    uint64_t seed, fingerprint, events;
    int64_t duration_ns, sim_ns, wall_ns, interval_ns;
    bool interrupted;
    bool under_way; /* it went on when this was written; then `interrupted` is set as well */

    uint64_t calls, ok, errors, attempts, retries, unfinished;
    struct ek_latency latency;

    size_t endpoint_count, client_count;
    const char *const *endpoint_names;
    const char *const *endpoint_zones;
    const struct ek_phase *phases; /* [0] is "all" */
    size_t phase_count;
    const struct ek_failover *faults;
    size_t fault_count;
    const struct ek_judged *judged;
    size_t judged_count;
    size_t passed, failed, unknown;

    /* one entry per interval */
    size_t interval_count;
    const int64_t *interval_p99_ns; /* -1 without calls */
    const uint64_t *interval_ok, *interval_errors;

    const char *batch_phase; /* the stretch's: "all", or a fault's id; NULL: there is none */
    const struct ek_batch_counts *batches;
    size_t batch_count;
};

/* The phase of that name; NULL if there is none. */
const struct ek_phase *ek_results_phase(const struct ek_results *results, const char *name);

#endif
