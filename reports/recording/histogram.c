/* A histogram of durations: 32 buckets for each doubling, integers only. */
#include "reports/recording/histogram.h"

#include <stdlib.h>
#include <string.h>

enum {
    SUB = 32,
    SUB_BITS = 5
};

/* Octave 0 holds 0..31, one value a bucket; octave k > 0 holds 2^(k+4) .. 2^(k+5) - 1. */
static uint32_t octave_of(uint64_t value)
{
    return value < SUB ? 0 : (uint32_t)(63 - __builtin_clzll(value)) - SUB_BITS + 1;
}

static uint32_t sub_of(uint64_t value, uint32_t octave)
{
    return octave == 0 ? (uint32_t)value : (uint32_t)(value >> (octave - 1)) - SUB;
}

/* Makes room for octaves first..last. */
static bool cover(struct ek__histogram *h, uint32_t first, uint32_t last)
{
    if (h->octaves > 0) {
        if (h->first < first)
            first = h->first;
        if (h->first + h->octaves - 1 > last)
            last = h->first + h->octaves - 1;
    }
    uint32_t octaves = last - first + 1;
    if (octaves == h->octaves)
        return true;
    uint64_t *counts = calloc((size_t)octaves * SUB, sizeof *counts);
    if (counts == NULL)
        return false;
    if (h->octaves > 0)
        memcpy(counts + (size_t)(h->first - first) * SUB, h->counts,
               (size_t)h->octaves * SUB * sizeof *counts);
    free(h->counts);
    h->counts = counts;
    h->first = first;
    h->octaves = octaves;
    return true;
}

bool ek__histogram_add(struct ek__histogram *h, int64_t value)
{
    uint64_t v = value > 0 ? (uint64_t)value : 0;
    uint32_t octave = octave_of(v);
    /* Below `first` the difference wraps and is large as well. */
    if (octave - h->first >= h->octaves && !cover(h, octave, octave))
        return false;
    h->counts[(size_t)(octave - h->first) * SUB + sub_of(v, octave)]++;

    h->sum = UINT64_MAX - h->sum < v ? UINT64_MAX : h->sum + v;
    if (h->count++ == 0)
        h->min = h->max = (int64_t)v;
    else if ((int64_t)v < h->min)
        h->min = (int64_t)v;
    if ((int64_t)v < h->max)
        return true;
    h->max_count = (int64_t)v == h->max ? h->max_count + 1 : 1;
    h->max = (int64_t)v;
    return true;
}

void ek__histogram_expect(const struct ek__histogram *h, int64_t value)
{
    uint64_t v = value > 0 ? (uint64_t)value : 0;
    uint32_t octave = octave_of(v);
    if (octave - h->first < h->octaves)
        __builtin_prefetch(&h->counts[(size_t)(octave - h->first) * SUB + sub_of(v, octave)], 1);
}

bool ek__histogram_merge(struct ek__histogram *h, const struct ek__histogram *other)
{
    if (other->count == 0)
        return true;
    if (!cover(h, other->first, other->first + other->octaves - 1))
        return false;
    uint64_t *into = h->counts + (size_t)(other->first - h->first) * SUB;
    for (size_t i = 0; i < (size_t)other->octaves * SUB; i++)
        into[i] += other->counts[i];

    if (h->count == 0 || other->min < h->min)
        h->min = other->min;
    if (h->count == 0 || other->max > h->max) {
        h->max = other->max;
        h->max_count = 0;
    }
    if (other->max == h->max)
        h->max_count += other->max_count;
    h->count += other->count;
    h->sum = UINT64_MAX - h->sum < other->sum ? UINT64_MAX : h->sum + other->sum;
    return true;
}

static struct ek__bucket bucket_at(const struct ek__histogram *h, size_t position)
{
    uint32_t octave = h->first + (uint32_t)(position / SUB);
    uint64_t sub = position % SUB;
    uint64_t low = octave == 0 ? sub : (SUB + sub) << (octave - 1);
    uint64_t width = octave == 0 ? 1 : UINT64_C(1) << (octave - 1);
    return (struct ek__bucket){(int64_t)low, (int64_t)(low + width - 1), h->counts[position]};
}

int64_t ek__histogram_quantile(const struct ek__histogram *h, uint32_t ppm)
{
    if (h->count == 0)
        return 0;
    uint64_t rank = h->count / 1000000 * ppm + (h->count % 1000000 * ppm + 999999) / 1000000;
    if (rank < 1)
        rank = 1;
    if (rank > h->count - h->max_count)
        return h->max;

    uint64_t below = 0;
    struct ek__bucket bucket = {0, 0, 0};
    size_t position = 0;
    while (below < rank && ek__histogram_next(h, &position, &bucket))
        below += bucket.count;
    int64_t middle = bucket.low + (bucket.high - bucket.low) / 2;
    if (middle < h->min)
        return h->min;
    return middle > h->max ? h->max : middle;
}

int64_t ek__histogram_mean(const struct ek__histogram *h)
{
    return h->count == 0 ? 0 : (int64_t)(h->sum / h->count);
}

bool ek__histogram_next(const struct ek__histogram *h, size_t *position, struct ek__bucket *out)
{
    for (size_t i = *position; i < (size_t)h->octaves * SUB; i++) {
        if (h->counts[i] == 0)
            continue;
        *out = bucket_at(h, i);
        *position = i + 1;
        return true;
    }
    return false;
}

void ek__histogram_reset(struct ek__histogram *h)
{
    if (h->count > 0)
        memset(h->counts, 0, (size_t)h->octaves * SUB * sizeof *h->counts);
    h->count = h->sum = h->max_count = 0;
    h->min = h->max = 0;
}

void ek__histogram_deinit(struct ek__histogram *h)
{
    free(h->counts);
    *h = (struct ek__histogram){.count = 0};
}
