/* Building an alias table. */
#include "core/lb/alias.h"

static bool reserve(struct ek__alias *alias, const struct ek_mem *mem, uint32_t count)
{
    void *cells = alias->cells, *scaled = alias->scaled, *stack = alias->stack;
    bool has_room =
        ek_mem_grow(mem, &cells, &alias->cell_capacity, count, sizeof *alias->cells) &&
        ek_mem_grow(mem, &scaled, &alias->scaled_capacity, count, sizeof *alias->scaled) &&
        ek_mem_grow(mem, &stack, &alias->stack_capacity, count, sizeof *alias->stack);

    alias->cells = cells;
    alias->scaled = scaled;
    alias->stack = stack;
    return has_room;
}

/* part / whole in 2^-32, part <= whole < 2^63; less than 1. */
static uint32_t fraction(uint64_t part, uint64_t whole)
{
    while (whole > UINT32_MAX) {
        part >>= 1;
        whole >>= 1;
    }
    uint64_t ratio = (part << 32) / whole;

    return ratio > UINT32_MAX ? UINT32_MAX : (uint32_t)ratio;
}

/* Each index has `weight * count` units and each cell holds `total` of them: a small index fills
 * its cell up with units of a large one. Small ones stand at the front of the stack, large ones at
 * its end. */
enum ek_err ek__alias_build(struct ek__alias *alias, const struct ek_mem *mem,
                            const struct ek_candidate *c, uint32_t count)
{
    uint64_t total = 0;
    uint32_t small = 0, large = count;

    alias->count = 0;
    if (!reserve(alias, mem, count))
        return EK_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        total += c[i].weight;
    for (uint32_t i = count; i-- > 0;) {
        alias->scaled[i] = (uint64_t)c[i].weight * count;
        alias->cells[i] = (struct ek__alias_cell){UINT32_MAX, i};
        alias->stack[alias->scaled[i] < total ? small++ : --large] = i;
    }
    while (small > 0 && large < count) {
        uint32_t less = alias->stack[--small], more = alias->stack[large];

        alias->cells[less] = (struct ek__alias_cell){fraction(alias->scaled[less], total), more};
        alias->scaled[more] -= total - alias->scaled[less];
        if (alias->scaled[more] < total) {
            large++;
            alias->stack[small++] = more;
        }
    }
    alias->count = count;
    return EK_OK;
}

void ek__alias_deinit(struct ek__alias *alias, const struct ek_mem *mem)
{
    ek_mem_free(mem, alias->cells);
    ek_mem_free(mem, alias->scaled);
    ek_mem_free(mem, alias->stack);
    *alias = (struct ek__alias){0};
}
