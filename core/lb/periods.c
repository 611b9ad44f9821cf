/* Periods from weights. */
#include "core/lb/periods.h"

#include "core/lb/reduce.h"

enum ek_err ek__periods_reset(struct ek__periods *periods, const struct ek_mem *mem, uint32_t count)
{
    void *items = periods->periods;

    if (!ek_mem_grow(mem, &items, &periods->capacity, count, sizeof *periods->periods))
        return EK_ENOMEM;
    periods->periods = items;
    return ek__edf_reset(&periods->edf, mem, count);
}

void ek__periods_deinit(struct ek__periods *periods, const struct ek_mem *mem)
{
    ek__edf_deinit(&periods->edf, mem);
    ek_mem_free(mem, periods->periods);
    *periods = (struct ek__periods){0};
}

static double mean_of(const double *weights, uint32_t count)
{
    double sum = 0;
    uint32_t known = 0;

    for (uint32_t i = 0; i < count; i++) {
        sum += weights[i];
        known += weights[i] > 0;
    }
    return known < 2 ? 1 : sum / known;
}

static double period_of(double weight, double mean)
{
    return weight > 0 ? 1 / weight : mean;
}

/* As integers: what is shorter than 2^-60 of the longest takes 1. */
void ek__periods_start(struct ek__periods *periods, const double *weights, struct ek_rng *rng)
{
    uint32_t count = periods->edf.count;
    double mean = mean_of(weights, count), longest = 0;

    for (uint32_t i = 0; i < count; i++) {
        double period = period_of(weights[i], mean);

        longest = period > longest ? period : longest;
    }
    periods->edf.orders = 0;
    for (uint32_t i = 0; i < count; i++) {
        double share = period_of(weights[i], mean) / longest;
        uint64_t period = (uint64_t)(share * (double)(UINT64_C(1) << 60));

        periods->periods[i] = period > 0 ? period : 1;
        ek__edf_set(&periods->edf, i, ek__product_high(ek_rng_next(rng), periods->periods[i]));
    }
    ek__edf_play(&periods->edf);
}
