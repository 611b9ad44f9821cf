#include "reports/stats/between.h"

#include <math.h>
#include <string.h>

enum {
    CALLS_MIN = 10,     /* in a part, for a mean or a share */
    CALLS_MIN_P99 = 100 /* below, its p99 is its slowest call */
};

static double value_of(const struct ek_batch_counts *part, enum ek_compared what)
{
    switch (what) {
    case EK_COMPARED_ERRORS:
        return (double)part->errors / (double)part->calls;
    case EK_COMPARED_MEAN:
        return (double)part->mean_ns;
    case EK_COMPARED_P99:
        return (double)part->p99_ns;
    case EK_COMPARED_COUNT:
        break;
    }
    return 0;
}

/* Its parts' values; 0 when a part has too few calls. */
static size_t values_of(const struct ek_results *results, enum ek_compared what, double *out)
{
    uint64_t least = what == EK_COMPARED_P99 ? CALLS_MIN_P99 : CALLS_MIN;
    for (size_t i = 0; i < results->batch_count && i < EK_BATCHES; i++) {
        if (results->batches[i].calls < least)
            return 0;
        out[i] = value_of(&results->batches[i], what);
    }
    return results->batch_count < EK_BATCHES ? 0 : EK_BATCHES;
}

static uint64_t calls_of(const struct ek_results *results)
{
    uint64_t calls = 0;
    for (size_t i = 0; i < results->batch_count; i++)
        calls += results->batches[i].calls;
    return calls;
}

struct ek_estimate ek_run_estimate(const struct ek_results *results, enum ek_compared what,
                                   double level)
{
    double values[EK_BATCHES];
    struct ek_estimate out =
        ek_estimate_replications(values, values_of(results, what, values), level);
    out.count = out.batches > 0 ? calls_of(results) : 0;
    return out;
}

static bool is_pair(const struct ek_results *a, const struct ek_results *b)
{
    return a->seed == b->seed && a->batch_count > 0 && a->batch_count == b->batch_count &&
           strcmp(a->scenario, b->scenario) == 0 &&
           a->batches[0].start_ns == b->batches[0].start_ns &&
           a->batches[a->batch_count - 1].end_ns == b->batches[b->batch_count - 1].end_ns;
}

/* Independent runs: the variances add up. Both have as many parts, so the degrees of freedom are at
 * least those of one. */
static struct ek_estimate apart(const struct ek_between *two, double level, size_t comparisons)
{
    struct ek_estimate out = two->other;
    double all = comparisons > 1 ? 1 - (1 - level) / (double)comparisons : level;
    out.mean -= two->base.mean;
    out.std_error = sqrt(two->other.std_error * two->other.std_error +
                         two->base.std_error * two->base.std_error);
    out.half_width = ek_estimate_half_width(&out, all);
    out.is_correlated = two->base.is_correlated || two->other.is_correlated;
    return out;
}

struct ek_between ek_run_between(const struct ek_results *base, const struct ek_results *other,
                                 enum ek_compared what, double level, size_t comparisons)
{
    double a[EK_BATCHES], b[EK_BATCHES];
    size_t n = values_of(base, what, a), m = values_of(other, what, b);
    struct ek_between out = {.base = ek_run_estimate(base, what, level),
                             .other = ek_run_estimate(other, what, level),
                             .is_known = n > 0 && m > 0,
                             .is_paired = is_pair(base, other)};
    if (!out.is_known)
        return out;
    out.difference = out.is_paired ? ek_estimate_difference(b, a, n, level, comparisons)
                                   : apart(&out, level, comparisons);
    out.is_shown = fabs(out.difference.mean) > out.difference.half_width;
    out.is_correlated = out.difference.is_correlated;
    return out;
}
