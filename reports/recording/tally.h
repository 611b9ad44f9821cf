/* The counts of a stretch of a run. */
#ifndef EK_REPORTS_TALLY_H
#define EK_REPORTS_TALLY_H

#include "reports/recording/histogram.h"
#include "reports/recording/recording.h"
#include "reports/recording/results.h"

/* Calls belong to the stretch they were planned in, attempts to the one they started in, records
 * to the one they happened in. */
struct ek__tally {
    int64_t start_ns, end_ns;
    uint64_t calls, ok, errors, attempts, retries;
    uint64_t attempts_ok, attempts_failed;
    uint64_t records[EK_RECORD_COUNT];
    uint64_t checks_critical;
    uint64_t watchers_woken;
    uint32_t queue_max;        /* longest queue of one endpoint */
    uint32_t busy_max;         /* most calls in service at one endpoint */
    int64_t listed_min;        /* fewest endpoints a client listed, once it had any; -1: none did */
    int64_t view_age_max_ns;   /* longest time a client had no registry answer; -1: none did */
    int64_t view_stale_max_ns; /* longest time a client held on to a list it could not renew */
    struct ek__histogram latency;
    size_t endpoint_count, client_count;
    uint64_t *endpoint_attempts; /* one per endpoint */
    uint64_t *ejecting;          /* a bit per client that ejected something */
};

/* False without memory; deinit is right either way. */
bool ek__tally_init(struct ek__tally *tally, size_t endpoint_count, size_t client_count);
void ek__tally_deinit(struct ek__tally *tally);

/* Adds the counts of `other`, which is of the same run. False without memory. */
bool ek__tally_merge(struct ek__tally *tally, const struct ek__tally *other);

uint64_t ek__tally_clients_ejecting(const struct ek__tally *tally);

/* Jain's index of the attempts over the endpoints, and their coefficient of variation, in ppm;
 * 0 without attempts. For people: computed with doubles. */
struct ek__evenness {
    int64_t jain_ppm, cv_ppm;
};
struct ek__evenness ek__tally_evenness(const struct ek__tally *tally);

struct ek_latency ek__latency_of(const struct ek__histogram *histogram);

#endif
