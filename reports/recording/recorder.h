/* What a recorder holds while a run goes on. */
#ifndef EK_REPORTS_RECORDER_H
#define EK_REPORTS_RECORDER_H

#include "reports/recording/arena.h"
#include "reports/recording/failover.h"
#include "reports/recording/fingerprint.h"
#include "reports/recording/inside.h"
#include "reports/recording/keep.h"
#include "reports/recording/recording.h"
#include "reports/recording/replay.h"
#include "reports/recording/results.h"
#include "reports/recording/tally.h"

/* One endpoint in one interval. */
struct ek__endpoint_counts {
    uint32_t attempts, ok, errors, busy_max, queued_max;
    int64_t p99_ns; /* -1: none ended */
};

enum {
    EK__LATE = 64
};
struct ek__latency {
    int64_t ns;
    uint32_t endpoint;
};

/* The interval under way. */
struct ek__interval {
    struct ek_interval counts;
    int64_t end_ns;
    struct ek__histogram latency;
    struct ek__endpoint_counts *endpoints;
    struct ek__histogram *attempt_latency; /* per endpoint */
    struct ek__latency late[EK__LATE];     /* not yet in there */
    uint32_t late_count;
};

/* What one client knows; -1: nothing, never. */
struct ek__client_view {
    int64_t listed;      /* endpoints */
    int64_t answered_ns; /* its last good registry answer */
    int64_t stale_ns;    /* since when it holds on to a list it could not renew */
    int64_t fresh_ns;    /* when that seemed to end: an answer that may still be found unusable */
};

struct ek_recorder {
    struct ek__arena arena;
    struct ek_recording_setup setup; /* its own copy */
    bool has_expectations;           /* they are copies, too, and hold references */
    bool out_of_memory;

    int64_t edge_ns;            /* the next time at which something below closes */
    struct ek__tally *segments; /* cut at every start and end that a phase or expectation names */
    size_t segment_count, segment; /* `segment` is under way */
    struct ek__interval interval;
    struct ek_interval *intervals;                  /* closed ones */
    struct ek__endpoint_counts *endpoint_intervals; /* endpoint_count for each of them */
    size_t interval_count, interval_capacity;

    uint32_t *busy, *queued; /* per endpoint, now */
    struct ek__client_view *views;
    uint64_t call_count;
    struct ek__failovers failovers;
    struct ek__records records;
    struct ek__calls calls;
    struct ek__inside inside;
    struct ek__fingerprint *fingerprint;

    bool is_finished;
    struct ek_recording_end end;
    struct ek_results results;
};

/* Works out recorder->results. Fails only without memory. */
EK_MUST_USE enum ek_err ek__derive(struct ek_recorder *recorder);

/* Adds up the segments inside start..end. False without memory; deinit is right either way. */
bool ek__recorder_window(const struct ek_recorder *recorder, int64_t start_ns, int64_t end_ns,
                         struct ek__tally *out);

/* Judges recorder->setup.expectations into recorder->results, which else is complete. */
EK_MUST_USE enum ek_err ek__judge(struct ek_recorder *recorder);

/* Writes the file, or nothing and says why. */
EK_MUST_USE enum ek_err ek__recording_write(const struct ek_recorder *recorder, char *why,
                                            size_t why_size);

#endif
