/* A sum over a sliding window of time, in ten slices. */
#include "core/window.h"

void ek__window_init(struct ek__window *window, int64_t window_ns, ek_time now)
{
    *window = (struct ek__window){.slice_ns = window_ns / EK__WINDOW_SLICES};
    window->slice = now.ns / window->slice_ns;
}

/* Forgets the slices that have left the window. */
static void advance(struct ek__window *window, ek_time now)
{
    int64_t slice = now.ns / window->slice_ns;

    if (slice - window->slice >= EK__WINDOW_SLICES)
        window->slice = slice - EK__WINDOW_SLICES;
    while (window->slice < slice) {
        int64_t *oldest = &window->sums[++window->slice % EK__WINDOW_SLICES];

        window->total -= *oldest;
        *oldest = 0;
    }
}

void ek__window_add(struct ek__window *window, int64_t amount, ek_time now)
{
    advance(window, now);
    window->sums[window->slice % EK__WINDOW_SLICES] += amount;
    window->total += amount;
}

int64_t ek__window_sum(struct ek__window *window, ek_time now)
{
    advance(window, now);
    return window->total;
}
