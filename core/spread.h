/* How far values lie from their mean, without a rounded mean. */
#ifndef EK_CORE_SPREAD_H
#define EK_CORE_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of n values: their sum, and the sum of (n x value - sum)^2. So equal values have a spread of
 * exactly 0, mean = sum / n and variance = squares / n^3 (of the population, as A50 and Envoy). */
struct ek__spread {
    int64_t count, sum;
    double squares;
};

void ek__spread_add(struct ek__spread *spread, int64_t value); /* |sum of all| < 2^53 */

/* Once all values are added, for each again. */
void ek__spread_deviate(struct ek__spread *spread, int64_t value);

/* Is the value below mean - factor / 1000 x standard deviation? */
static inline bool ek__spread_is_below(const struct ek__spread *spread, int64_t value,
                                       int64_t factor)
{
    double gap = (double)spread->sum - (double)spread->count * (double)value;
    double f = (double)factor / 1000.0;

    return gap > 0 && gap * gap * (double)spread->count > f * f * spread->squares;
}

#endif
