/* A weighted draw in constant time: Walker's alias table, built after Vose in exact integers. */
#ifndef EVENKEEL_CORE_LB_ALIAS_H
#define EVENKEEL_CORE_LB_ALIAS_H

#include "evenkeel/err.h"
#include "evenkeel/lb.h"
#include "evenkeel/rng.h"

#include <stdint.h>

/* Keeps its own index with a chance of threshold / 2^32, else gives `other`. */
struct ek__alias_cell {
    uint32_t threshold, other;
};

struct ek__alias {
    struct ek__alias_cell *cells;
    uint64_t *scaled; /* while building */
    uint32_t *stack;  /* while building */
    size_t cell_capacity, scaled_capacity, stack_capacity;
    uint32_t count;
};

/* The chance of each index is its weight over the sum, up to 2^-31. */
EK_MUST_USE enum ek_err ek__alias_build(struct ek__alias *alias, const struct ek_mem *mem,
                                        const struct ek_candidate *c, uint32_t count);
void ek__alias_deinit(struct ek__alias *alias, const struct ek_mem *mem);

/* One number of the stream. */
static inline uint32_t ek__alias_draw(const struct ek__alias *alias, struct ek_rng *rng)
{
    uint64_t x = ek_rng_next(rng);
    uint32_t index = (uint32_t)((x >> 32) * alias->count >> 32);

    return (uint32_t)x < alias->cells[index].threshold ? index : alias->cells[index].other;
}

#endif
