/* Heapsort of places. */
#include "core/lb/order.h"

#include <string.h>

/* What is compared: one of the two. */
struct view {
    const struct ek_candidate *c;
    const uint64_t *keys;
};

static bool is_before(const struct view *view, uint32_t a, uint32_t b)
{
    int order;

    if (view->keys != NULL)
        order = (view->keys[a] > view->keys[b]) - (view->keys[a] < view->keys[b]);
    else
        order = strcmp(view->c[a].address, view->c[b].address);
    return order != 0 ? order < 0 : a < b;
}

static void sift(const struct view *view, uint32_t *order, uint32_t at, uint32_t count)
{
    uint32_t item = order[at];

    for (;;) {
        uint64_t child = 2 * (uint64_t)at + 1;

        if (child >= count)
            break;
        child += child + 1 < count && is_before(view, order[child], order[child + 1]);
        if (!is_before(view, item, order[child]))
            break;
        order[at] = order[child];
        at = (uint32_t)child;
    }
    order[at] = item;
}

/* Lists nearly always come sorted by address. */
static void sort(const struct view *view, uint32_t count, uint32_t *order)
{
    bool is_sorted = true;

    for (uint32_t i = 0; i < count; i++) {
        order[i] = i;
        is_sorted = is_sorted && (i == 0 || is_before(view, i - 1, i));
    }
    if (is_sorted)
        return;
    for (uint32_t i = count / 2; i-- > 0;)
        sift(view, order, i, count);
    for (uint32_t last = count - 1; last > 0; last--) {
        uint32_t kept = order[0];

        order[0] = order[last];
        order[last] = kept;
        sift(view, order, 0, last);
    }
}

void ek__order_by_address(const struct ek_candidate *c, uint32_t count, uint32_t *order)
{
    sort(&(struct view){.c = c}, count, order);
}

void ek__order_by_key(const uint64_t *keys, uint32_t count, uint32_t *order)
{
    sort(&(struct view){.keys = keys}, count, order);
}
