/* Building and rebasing the tree of deadlines. */
#include "core/lb/edf.h"

enum ek_err ek__edf_reset(struct ek__edf *edf, const struct ek_mem *mem, uint32_t count)
{
    void *nodes = edf->nodes;

    edf->count = 0;
    edf->orders = 0;
    if (count > UINT32_C(1) << EK__EDF_SLOT_BITS)
        return EK_ELIMIT;
    if (!ek_mem_grow(mem, &nodes, &edf->capacity, 2 * (size_t)count + 1, sizeof *edf->nodes))
        return EK_ENOMEM;
    edf->nodes = nodes;
    edf->count = count;
    return EK_OK;
}

void ek__edf_deinit(struct ek__edf *edf, const struct ek_mem *mem)
{
    ek_mem_free(mem, edf->nodes);
    *edf = (struct ek__edf){0};
}

void ek__edf_set(struct ek__edf *edf, uint32_t slot, uint64_t deadline)
{
    edf->nodes[edf->count + slot] =
        (struct ek__edf_key){deadline, edf->orders++ << EK__EDF_SLOT_BITS | slot};
}

static int is_less(const struct ek__edf_key *a, const struct ek__edf_key *b)
{
    return a->deadline < b->deadline || (a->deadline == b->deadline && a->order < b->order);
}

/* Nodes first hold winners; then, from the root down, each gives its place to the loser: the child
 * that did not go up. */
void ek__edf_play(struct ek__edf *edf)
{
    struct ek__edf_key *nodes = edf->nodes;

    for (uint32_t node = edf->count - 1; node > 0; node--) {
        const struct ek__edf_key *left = &nodes[2 * (size_t)node], *right = left + 1;

        nodes[node] = is_less(left, right) ? *left : *right;
    }
    edf->winner = nodes[1];
    for (uint32_t node = 1; node < edf->count; node++) {
        const struct ek__edf_key *left = &nodes[2 * (size_t)node], *right = left + 1;

        nodes[node] = nodes[node].order == left->order ? *right : *left;
    }
}

/* Who does not win has lost at one of the nodes above its leaf. */
uint64_t ek__edf_deadline(const struct ek__edf *edf, uint32_t slot)
{
    const uint64_t mask = (UINT64_C(1) << EK__EDF_SLOT_BITS) - 1;

    for (uint32_t node = (slot + edf->count) / 2; node > 0; node /= 2)
        if ((edf->nodes[node].order & mask) == slot)
            return edf->nodes[node].deadline;
    return edf->winner.deadline;
}

/* The winner has the smallest deadline of all. */
void ek__edf_rebase(struct ek__edf *edf)
{
    uint64_t base = edf->winner.deadline;

    for (uint32_t node = 1; node < edf->count; node++)
        edf->nodes[node].deadline -= base;
    edf->winner.deadline = 0;
}
