/* A sum over a sliding window of time. */
#ifndef EK_CORE_WINDOW_H
#define EK_CORE_WINDOW_H

#include "evenkeel/time.h"

#include <stdint.h>

enum {
    EK__WINDOW_SLICES = 10
};

/* What was added within the last window, give or take a slice of a tenth of it: an addition counts
 * for 0.9 to 1 windows. Source: Finagle's WindowedAdder, tower's TpsBudget. */
struct ek__window {
    int64_t slice_ns;
    int64_t slice; /* number of the newest, from time 0 */
    int64_t sums[EK__WINDOW_SLICES];
    int64_t total;
};

/* `window_ns` >= 10. */
void ek__window_init(struct ek__window *window, int64_t window_ns, ek_time now);
void ek__window_add(struct ek__window *window, int64_t amount, ek_time now);
int64_t ek__window_sum(struct ek__window *window, ek_time now);

#endif
