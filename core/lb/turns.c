/* Weights and starts of turns. */
#include "core/lb/turns.h"

enum ek_err ek__turns_reset(struct ek__turns *turns, const struct ek_mem *mem, uint32_t count)
{
    void *items = turns->turns;
    enum ek_err err;

    turns->count = 0;
    if (!ek_mem_grow(mem, &items, &turns->capacity, count, sizeof *turns->turns))
        return EK_ENOMEM;
    turns->turns = items;
    err = ek__edf_reset(&turns->edf, mem, count);
    if (err == EK_OK)
        turns->count = count;
    return err;
}

void ek__turns_deinit(struct ek__turns *turns, const struct ek_mem *mem)
{
    ek__edf_deinit(&turns->edf, mem);
    ek_mem_free(mem, turns->turns);
    *turns = (struct ek__turns){0};
}

void ek__turns_weigh(struct ek__turns *turns, uint32_t place, uint32_t weight)
{
    uint64_t period = EK__TURNS_UNIT / weight;

    turns->turns[place] = (struct ek__turn){
        .weight = weight, .rest = (uint32_t)(EK__TURNS_UNIT - period * weight), .period = period};
}

/* Each place's share of the skipped turns, rounded down, at once; the few that are missing are
 * taken. A whole round changes nothing. */
void ek__turns_start(struct ek__turns *turns, uint64_t skipped)
{
    uint64_t total = 0, missing;

    turns->edf.orders = 0;
    for (uint32_t i = 0; i < turns->count; i++)
        total += turns->turns[i].weight;
    skipped = missing = skipped % total;
    for (uint32_t i = 0; i < turns->count; i++) {
        struct ek__turn *turn = &turns->turns[i];
        uint64_t made = skipped * turn->weight / total, rest = (made + 1) * turn->rest;
        uint64_t whole = rest / turn->weight;

        missing -= made;
        turn->carry = (uint32_t)(rest - whole * turn->weight);
        ek__edf_set(&turns->edf, i, (made + 1) * turn->period + whole);
    }
    ek__edf_play(&turns->edf);
    while (missing-- > 0)
        ek__turns_next(turns);
}

int64_t ek__turns_owed(const struct ek__turns *turns, uint32_t place)
{
    uint64_t ahead = ek__edf_deadline(&turns->edf, place) - turns->edf.winner.deadline;
    double parts = (double)ahead * turns->turns[place].weight / (double)EK__TURNS_UNIT;

    return 1000000 - (int64_t)(parts * 1e6 + 0.5);
}
