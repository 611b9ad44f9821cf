#include "reports/stats/warmup.h"

enum {
    GROUP = 5
};

static double group_mean(const double *values, size_t group)
{
    double sum = 0;

    for (size_t i = 0; i < GROUP; i++)
        sum += values[group * GROUP + i];
    return sum / GROUP;
}

/* From the end to the start, so that each step adds one mean to the sums (Welford). */
size_t ek_warmup_mser5(const double *values, size_t n)
{
    size_t groups = n / GROUP, best = 0;
    double mean = 0, squares = 0, least = 0;

    for (size_t kept = 1; kept <= groups; kept++) {
        size_t deleted = groups - kept;
        double value = group_mean(values, deleted), before = value - mean, score;

        mean += before / (double)kept;
        squares += before * (value - mean);
        if (deleted > groups / 2)
            continue;
        score = squares / ((double)kept * (double)kept);
        if (deleted == groups / 2 || score <= least) {
            least = score;
            best = deleted;
        }
    }
    return best * GROUP;
}
