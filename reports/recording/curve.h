/* How the latencies of a phase are distributed: the whole curve, not a few of its points. */
#ifndef EK_REPORTS_CURVE_H
#define EK_REPORTS_CURVE_H

#include "reports/recording/replay.h"

struct ek_bucket {
    int64_t low_ns, high_ns; /* inclusive; high is at most 3.2 % above low */
    uint64_t calls;          /* > 0 */
};

/* Buckets from fast to slow. All 0 when no call of the phase finished. */
struct ek_curve {
    const struct ek_bucket *buckets;
    size_t count;
    uint64_t calls; /* in all of them */
};

/* Of the phase of that index in the results. Its buckets are borrowed until close. */
struct ek_curve ek_replay_curve(const struct ek_replay *replay, size_t phase);

/* The latency that `ppm` millionths of the calls do not exceed: the middle of its bucket. -1
 * without calls. */
int64_t ek_curve_quantile(const struct ek_curve *curve, uint32_t ppm);

#endif
