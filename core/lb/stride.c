/* Scaling weights to the 16 bits of a static stride. */
#include "core/lb/stride.h"

#include <stdbool.h>

/* To the nearest, halves up; x >= 0. */
static uint32_t rounded(double x)
{
    return (uint32_t)(x + 0.5);
}

static uint32_t rounded_up(double x)
{
    uint32_t floor = (uint32_t)x;

    return floor + ((double)floor < x);
}

struct summary {
    double sum, max;
    uint32_t known;
};

static struct summary summarise(const double *weights, uint32_t count)
{
    struct summary s = {0, 0, 0};

    for (uint32_t i = 0; i < count; i++) {
        s.sum += weights[i];
        s.max = weights[i] > s.max ? weights[i] : s.max;
        s.known += weights[i] > 0;
    }
    return s;
}

static bool is_plain(enum ek__stride_dialect dialect, uint32_t count, uint32_t known)
{
    if (count <= 1 || known == 0)
        return true;
    return dialect != EK__STRIDE_CORE && known < 2;
}

/* C-core and Java hold weights within ten times the mean of the known ones, before scaling. */
_Bool ek__stride_scale(enum ek__stride_dialect dialect, const double *weights, uint32_t count,
                       uint16_t *out)
{
    struct summary s = summarise(weights, count);
    bool is_equal = true;

    if (is_plain(dialect, count, s.known))
        return false;
    double mean = s.sum / s.known;
    if (dialect != EK__STRIDE_GO && s.max > 10 * mean)
        s.max = 10 * mean;
    double factor = EK__STRIDE_WEIGHT_MAX / s.max;
    uint32_t typical = rounded(factor * mean), least = 0;
    if (dialect == EK__STRIDE_CORE)
        least = rounded(typical * 0.01);
    else if (dialect == EK__STRIDE_JAVA)
        least = rounded_up(factor * mean * 0.1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t scaled =
            weights[i] > 0 ? rounded(factor * (weights[i] < s.max ? weights[i] : s.max)) : typical;

        if (scaled < least && weights[i] > 0)
            scaled = least;
        out[i] = (uint16_t)scaled;
        is_equal = is_equal && out[i] == out[0];
    }
    return dialect != EK__STRIDE_GO || !is_equal;
}

void ek__stride_seek(struct ek__stride *stride, const uint16_t *weights, uint32_t count,
                     uint32_t counter)
{
    *stride = (struct ek__stride){.weights = weights,
                                  .count = count,
                                  .counter = counter,
                                  .index = counter % count,
                                  .generation = counter / count};
}
