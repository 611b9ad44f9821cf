#include "reports/stats/estimate.h"

#include "evenkeel/err.h"
#include "reports/stats/student.h"

#include <math.h>
#include <stdlib.h>

/* ---- the spread of a few values ---- */

/* The correlation of neighbours, by the von Neumann ratio: the mean square of the differences over
 * the variance is 2 (1 - r). Under independence its standard error is sqrt((n - 2) / (n^2 - 1)).
 * Source: von Neumann 1941; Fishman 1978. One-sided at 1 %. */
static void neighbours(const double *residuals, size_t n, double square_sum,
                       struct ek_estimate *out)
{
    double differences = 0, error = sqrt((double)(n - 2) / ((double)n * (double)n - 1));

    if (n < 8 || square_sum <= 0)
        return;
    for (size_t i = 1; i < n; i++)
        differences += (residuals[i] - residuals[i - 1]) * (residuals[i] - residuals[i - 1]);
    out->lag1 = 1 - differences / (2 * square_sum);
    out->is_correlated = out->lag1 > 2.326 * error;
}

double ek_estimate_half_width(const struct ek_estimate *estimate, double level)
{
    EK_ASSERT(level > 0 && level < 1);
    return estimate->batches < 2
               ? HUGE_VAL
               : ek_student_quantile(0.5 + level / 2, estimate->batches - 1) * estimate->std_error;
}

static struct ek_estimate nothing(double level)
{
    return (struct ek_estimate){.half_width = HUGE_VAL, .std_error = HUGE_VAL, .level = level};
}

/* ---- means ---- */

struct ek_estimate ek_estimate_batches(const struct ek_batch *batches, size_t n, double level)
{
    struct ek_estimate out = nothing(level);
    double sum = 0, count = 0, squares = 0, *residuals;

    for (size_t i = 0; i < n; i++) {
        sum += batches[i].sum;
        count += batches[i].count;
    }
    residuals = n < 2 || count <= 0 ? NULL : malloc(n * sizeof *residuals);
    if (residuals == NULL)
        return out;
    out.mean = sum / count;
    out.batches = n;
    out.count = (uint64_t)(count + 0.5);
    for (size_t i = 0; i < n; i++) {
        residuals[i] = batches[i].sum - out.mean * batches[i].count;
        squares += residuals[i] * residuals[i];
    }
    out.std_error = sqrt(squares / (double)(n - 1) / (double)n) / (count / (double)n);
    out.half_width = ek_estimate_half_width(&out, level);
    neighbours(residuals, n, squares, &out);
    free(residuals);
    return out;
}

struct ek_estimate ek_estimate_mean(const double *values, size_t n, double level)
{
    struct ek_batch batches[EK_BATCHES] = {{0, 0}};
    size_t size = (n - n * EK_DELETED_TENTHS / 10) / EK_BATCHES, first = n - size * EK_BATCHES;
    struct ek_estimate out;

    if (n < 10 * (size_t)EK_BATCHES)
        return nothing(level);
    for (size_t b = 0; b < EK_BATCHES; b++) {
        batches[b].count = (double)size;
        for (size_t i = 0; i < size; i++)
            batches[b].sum += values[first + b * size + i];
    }
    out = ek_estimate_batches(batches, EK_BATCHES, level);
    out.deleted = first;
    return out;
}

struct ek_estimate ek_estimate_replications(const double *values, size_t n, double level)
{
    struct ek_estimate out = nothing(level);
    struct ek_batch *batches = n < 2 ? NULL : malloc(n * sizeof *batches);

    if (batches == NULL)
        return out;
    for (size_t i = 0; i < n; i++)
        batches[i] = (struct ek_batch){values[i], 1};
    out = ek_estimate_batches(batches, n, level);
    free(batches);
    return out;
}

struct ek_estimate ek_estimate_difference(const double *a, const double *b, size_t n, double level,
                                          size_t comparisons)
{
    double all = comparisons > 1 ? 1 - (1 - level) / (double)comparisons : level;
    struct ek_estimate out = nothing(level);
    double *differences = n < 2 ? NULL : malloc(n * sizeof *differences);

    if (differences == NULL)
        return out;
    for (size_t i = 0; i < n; i++)
        differences[i] = a[i] - b[i];
    out = ek_estimate_replications(differences, n, all);
    out.level = level;
    free(differences);
    return out;
}

/* ---- quantiles ---- */

static int by_value(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

struct ek_estimate ek_estimate_quantile(double *values, size_t n, double p, double level)
{
    double quantiles[EK_BATCHES];
    size_t size = (n - n * EK_DELETED_TENTHS / 10) / EK_BATCHES, first = n - size * EK_BATCHES;
    struct ek_estimate out;

    EK_ASSERT(p > 0 && p < 1);
    if (n < 10 * (size_t)EK_BATCHES)
        return nothing(level);
    for (size_t b = 0; b < EK_BATCHES; b++) {
        double *batch = values + first + b * size;
        size_t rank = (size_t)ceil(p * (double)size);

        qsort(batch, size, sizeof *batch, by_value);
        quantiles[b] = batch[rank == 0 ? 0 : rank - 1];
    }
    out = ek_estimate_replications(quantiles, EK_BATCHES, level);
    out.count = size * EK_BATCHES;
    out.deleted = first;
    return out;
}

/* ---- what it says ---- */

bool ek_estimate_contains(const struct ek_estimate *estimate, double value, double level)
{
    return fabs(estimate->mean - value) <= ek_estimate_half_width(estimate, level);
}

bool ek_estimate_is_precise(const struct ek_estimate *estimate, double share)
{
    return estimate->batches >= 2 && estimate->half_width <= share * fabs(estimate->mean);
}
