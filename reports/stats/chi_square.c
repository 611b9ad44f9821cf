#include "reports/stats/chi_square.h"

#include "evenkeel/err.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

enum {
    DF_MAX = 1000000,
    NEIGHBOURS = 4, /* on each side */
    EXPECTED_MIN = 5
};

/* For an even df the tail is a Poisson sum, for an odd one the normal's tail and a like sum: all
 * terms are positive, so nothing cancels. Their logarithm is carried along, because e^(-x/2) may be
 * too small for a number. Source: Abramowitz and Stegun 26.4.4 and 26.4.5. */
double ek_chi_square_upper(double x, uint64_t df)
{
    EK_ASSERT(df >= 1);
    if (!(x > 0))
        return 1;
    df = df > DF_MAX ? DF_MAX : df;
    double half = x / 2, sum = df % 2 == 1 ? erfc(sqrt(half)) : 0;
    /* The first term: (x/2)^(1/2) e^(-x/2) / Gamma(3/2), or e^(-x/2). */
    double term = df % 2 == 1 ? 0.5 * log(4 * half / pi) - half : -half;
    for (uint64_t d = df % 2 == 1 ? 3 : 2; d <= df; d += 2) {
        sum += exp(term);
        term += log(half / (0.5 * (double)d));
    }
    return sum < 1 ? sum : 1;
}

double ek_chi_square_median(uint64_t df)
{
    EK_ASSERT(df >= 1);
    double n = (double)df, root = 1 - 2 / (9 * n);
    return n * root * root * root;
}

bool ek_chi_square_fit(const uint64_t *observed, const uint64_t *weights, size_t count,
                       struct ek_chi_square *out)
{
    double total = 0, weight_total = 0, x = 0;
    uint64_t entries = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t weight = weights != NULL ? weights[i] : 1;
        total += weight > 0 ? (double)observed[i] : 0;
        weight_total += (double)weight;
        entries += weight > 0;
    }
    if (entries < 2)
        return false;
    for (size_t i = 0; i < count; i++) {
        double weight = weights != NULL ? (double)weights[i] : 1;
        double expected = total * weight / weight_total, off = (double)observed[i] - expected;
        if (weight <= 0)
            continue;
        if (expected < EXPECTED_MIN)
            return false;
        x += off * off / expected;
    }
    *out = (struct ek_chi_square){x, entries - 1, ek_chi_square_upper(x, entries - 1)};
    return true;
}

/* ---- in time ---- */

static uint64_t sum_of(const uint64_t *counts, size_t count, size_t step)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += counts[i * step];
    return sum;
}

/* Of one stretch against rows first .. end - 1 that it is one of. Negative: it says nothing. */
static double ratio_of(const uint64_t *counts, size_t columns, size_t row, size_t first, size_t end)
{
    const uint64_t *own = counts + row * columns;
    double own_sum = (double)sum_of(own, columns, 1), x = 0;
    double all = (double)sum_of(counts + first * columns, (end - first) * columns, 1);
    uint64_t entries = 0;
    if (own_sum <= 0 || all <= own_sum)
        return -1;
    for (size_t c = 0; c < columns; c++) {
        double part = (double)sum_of(counts + first * columns + c, end - first, columns) / all;
        double expected = own_sum * part, off = (double)own[c] - expected;
        if (expected <= 0)
            continue;
        entries++;
        x += off * off / expected;
    }
    if (entries < 2 || own_sum < (double)entries * EXPECTED_MIN / 2)
        return -1;
    return x / (1 - own_sum / all) / ek_chi_square_median(entries - 1);
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double ek_chi_square_bunching(const uint64_t *counts, size_t rows, size_t columns)
{
    double *ratios = calloc(rows + 1, sizeof *ratios), median = -1;
    size_t n = 0;
    for (size_t r = 0; ratios != NULL && r < rows; r++) {
        size_t first = r > NEIGHBOURS ? r - NEIGHBOURS : 0;
        size_t end = r + NEIGHBOURS + 1 < rows ? r + NEIGHBOURS + 1 : rows;
        double ratio = ratio_of(counts, columns, r, first, end);
        if (ratio >= 0)
            ratios[n++] = ratio;
    }
    if (n > 2 * NEIGHBOURS) {
        qsort(ratios, n, sizeof *ratios, by_value);
        median = ratios[n / 2];
    }
    free(ratios);
    return median;
}
