/* The latency histograms of a recording's phases. */
#include "reports/recording/curve.h"

#include "reports/recording/replay_load.h"

enum {
    BUCKETS_MAX = 400000
};

static bool is_whole(const struct ek_bucket *bucket)
{
    return bucket->low_ns >= 0 && bucket->high_ns >= bucket->low_ns && bucket->calls > 0;
}

void ek__load_curves(struct ek__reader *r, struct ek_replay *replay)
{
    size_t phases = replay->results.phase_count;
    size_t count = ek__reader_rows(r, "phase_latency", BUCKETS_MAX), n = 0;
    replay->curves = ek__load_array(r, replay, phases, sizeof *replay->curves);
    struct ek_bucket *buckets = ek__load_array(r, replay, count, sizeof *buckets);
    ek__reader_query(r, "SELECT phase, low_ns, high_ns, calls FROM phase_latency"
                        " ORDER BY phase, low_ns");
    while (n < count && ek__reader_row(r)) {
        uint32_t phase = ek__reader_index(r, 0, phases);
        struct ek_bucket bucket = {
            .low_ns = ek__reader_integer(r, 1, -1),
            .high_ns = ek__reader_integer(r, 2, -1),
            .calls = ek__reader_count(r, 3),
        };
        if (phase == EK_NOBODY || !is_whole(&bucket))
            continue;
        struct ek_curve *curve = &replay->curves[phase];
        if (curve->count == 0)
            curve->buckets = &buckets[n];
        curve->calls += bucket.calls;
        curve->count++;
        buckets[n++] = bucket;
    }
}

struct ek_curve ek_replay_curve(const struct ek_replay *replay, size_t phase)
{
    EK_ASSERT(phase < replay->results.phase_count);
    return replay->curves[phase];
}

int64_t ek_curve_quantile(const struct ek_curve *curve, uint32_t ppm)
{
    /* Whole millionths first: calls * ppm would overflow above 10^13 calls. */
    uint64_t rank =
        curve->calls / 1000000 * ppm + (curve->calls % 1000000 * ppm + 999999) / 1000000;
    uint64_t seen = 0;
    for (size_t i = 0; i < curve->count; i++) {
        seen += curve->buckets[i].calls;
        if (seen >= rank)
            return curve->buckets[i].low_ns +
                   (curve->buckets[i].high_ns - curve->buckets[i].low_ns) / 2;
    }
    return -1;
}
