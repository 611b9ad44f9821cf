/* A histogram of durations: 32 buckets for each doubling, integers only. */
#ifndef EK_REPORTS_HISTOGRAM_H
#define EK_REPORTS_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value below 32 has a bucket of its own; above, a bucket is 1/32 of its power of two wide, so
 * its middle is at most 1/64 = 1.6 % off. Zeroed is empty. Memory is held only for the powers of
 * two between the smallest and the largest value seen. */
struct ek__histogram {
    uint64_t count;
    uint64_t sum;       /* exact; stops at UINT64_MAX */
    int64_t min, max;   /* exact; 0 when empty */
    uint64_t max_count; /* how many were exactly `max`: calls cut off by one deadline */
    uint64_t *counts;   /* of octaves first .. first + octaves - 1, 32 each */
    uint32_t first, octaves;
};

/* Adds one value; a negative one counts as 0. False without memory. */
bool ek__histogram_add(struct ek__histogram *histogram, int64_t value);

/* Asks for the memory that adding this value will need. */
void ek__histogram_expect(const struct ek__histogram *histogram, int64_t value);

/* Adds all of `other`: the same as if each of its values had been added. False without memory. */
bool ek__histogram_merge(struct ek__histogram *histogram, const struct ek__histogram *other);

/* The value with at least `ppm` millionths of all values at or below it: the middle of its bucket,
 * never outside min..max, and exactly max wherever that is the answer. 0 when empty. */
int64_t ek__histogram_quantile(const struct ek__histogram *histogram, uint32_t ppm);

int64_t ek__histogram_mean(const struct ek__histogram *histogram);

/* One bucket, by position: values low .. high inclusive. */
struct ek__bucket {
    int64_t low, high;
    uint64_t count;
};

/* The next bucket that is not empty, from *position (begin with 0) on; false when there is none. */
bool ek__histogram_next(const struct ek__histogram *histogram, size_t *position,
                        struct ek__bucket *out);

/* Empties it and keeps its memory. */
void ek__histogram_reset(struct ek__histogram *histogram);
void ek__histogram_deinit(struct ek__histogram *histogram);

#endif
