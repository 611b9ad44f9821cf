/* How traffic leaves the endpoints of a fault and comes back, followed while the run goes on. */
#ifndef EK_REPORTS_FAILOVER_H
#define EK_REPORTS_FAILOVER_H

#include "evenkeel/err.h"
#include "reports/recording/recording.h"

enum {
    EK__BUCKET_NS = 100000000, /* shares are looked at in steps of 100 ms ... */
    EK__BUCKETS = 10           /* ... over one second */
};

/* One fault. Times are of the run; -1: not yet. */
struct ek__failover {
    int64_t start_ns, end_ns;
    size_t endpoint_count;
    uint64_t first_record; /* its FAULT_BEGIN; 0: none */
    uint64_t detect_record;
    int64_t detect_at_ns;           /* of detect_record */
    int64_t eject_at_ns;            /* the first ejection it caused */
    int64_t divert_at_ns;           /* the last attempt before its share of traffic fell */
    int64_t recover_at_ns;          /* the first attempt of the second in which its share is back */
    uint64_t failed;                /* calls that were under way while it lasted, and failed */
    uint64_t base_hits, base_total; /* of attempts: the share that counts as normal */
    uint32_t hits;                  /* attempts to its endpoints in the bucket under way */
    int64_t first_ns;               /* the earliest of those */
    int64_t last_ns;                /* the latest of them all; -1: none */
    uint32_t ring_hits[EK__BUCKETS];
    int64_t ring_first_ns[EK__BUCKETS];
    int64_t ring_last_ns[EK__BUCKETS]; /* `last_ns` when that bucket began */
};

struct ek__failovers {
    struct ek__failover *items; /* in the order of the setup */
    size_t count, endpoint_count;
    uint32_t *first; /* faults of endpoint e: of[first[e]] .. of[first[e + 1] - 1] */
    uint32_t *of;
    uint32_t total; /* attempts in the bucket under way */
    uint32_t ring_total[EK__BUCKETS];
    int64_t bucket_ns;     /* when it began */
    uint64_t bucket_count; /* finished */
    int64_t before_ns;     /* the first fault's start: before is what normal is measured */
    bool has_base;         /* that time is over */
    uint64_t before_total;
    uint64_t before_failed; /* calls that ended before the first fault */
    uint64_t *before_hits;  /* per endpoint */
};

/* False without memory; deinit is right either way. */
bool ek__failovers_init(struct ek__failovers *failovers, const struct ek_recording_setup *setup);
void ek__failovers_deinit(struct ek__failovers *failovers);

/* Has fault `f` hold of `endpoint`? */
bool ek__failovers_has(const struct ek__failovers *failovers, uint32_t f, uint32_t endpoint);

/* The bucket under way is over. */
void ek__failovers_bucket(struct ek__failovers *failovers);

/* A call failed. */
void ek__failovers_failed(struct ek__failovers *failovers, int64_t planned_ns, int64_t end_ns);

/* Failed calls that were under way while fault `f` lasted, less what failed in as long a time
 * before the first fault. */
uint64_t ek__failovers_errors(const struct ek__failovers *failovers, uint32_t f);

/* A record whose chain of causes leads to fault `f`. */
void ek__failovers_record(struct ek__failovers *failovers, uint32_t f,
                          const struct ek_record *record, uint64_t id);

static inline void ek__failovers_attempt(struct ek__failovers *failovers, int64_t at_ns,
                                         uint32_t endpoint)
{
    failovers->total++;
    if (at_ns < failovers->before_ns) {
        failovers->before_total++;
        failovers->before_hits[endpoint]++;
    }
    for (uint32_t i = failovers->first[endpoint]; i < failovers->first[endpoint + 1]; i++) {
        struct ek__failover *fault = &failovers->items[failovers->of[i]];
        if (fault->hits++ == 0)
            fault->first_ns = at_ns;
        fault->last_ns = at_ns;
    }
}

#endif
