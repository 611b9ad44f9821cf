/* Static weighted round robin: endpoints take turns in proportion to the weights they were
 * registered with. */
#include "core/lb/place.h"
#include "core/lb/turns.h"

#include <stddef.h>
#include <string.h>

enum algorithm {
    ALGORITHM_EDF,
    ALGORITHM_SMOOTH
};

static const char *const algorithm_words[] = {"edf", "smooth", NULL};

enum start {
    START_RANDOM,
    START_ZERO
};

static const char *const start_words[] = {"random", "zero", NULL};

struct static_wrr {
    int algorithm;
    int start;
    const struct ek_mem *mem;
    struct ek__turns turns;
    int64_t *current; /* by place: nginx's current_weight */
    uint32_t *ids;    /* by place */
    size_t current_capacity, id_capacity;
    uint32_t count; /* of ids; 0: not built */
    bool is_equal;  /* all weights are: a counter does */
    uint64_t skipped, next;
};

static const struct ek_option options[] = {
    {.name = "algorithm",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct static_wrr, algorithm),
     .fallback = "\"edf\"",
     .words = algorithm_words,
     .text = "edf: earliest deadline first, equal ones in turn, as Envoy; a changed weight counts "
             "from the endpoint's next pick but one, a changed set begins anew. smooth: nginx's "
             "smooth weighted round robin, which spreads a heavy endpoint's turns but looks at "
             "every endpoint per pick."},
    {.name = "start",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct static_wrr, start),
     .fallback = "\"random\"",
     .words = start_words,
     .text = "Where edf begins: random as if a random number of picks had been made, as Envoy, so "
             "that clients that start together do not all begin with the heaviest endpoint; zero "
             "at the first pick."},
    {0},
};

static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct static_wrr *wrr = self;

    wrr->mem = start->mem;
    if (wrr->start == START_RANDOM)
        wrr->skipped = ek_rng_next(start->rng) >> 33;
    wrr->next = wrr->skipped;
    return EK_OK;
}

/* ---- edf ---- */

static bool is_same_set(const struct static_wrr *wrr, const struct ek_candidate *c, uint32_t count)
{
    if (count != wrr->count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (wrr->ids[i] != c[i].id)
            return false;
    return true;
}

static bool are_equal(const struct ek_candidate *c, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (c[i].weight != c[0].weight)
            return false;
    return true;
}

static void reweigh(struct static_wrr *wrr, const struct ek_candidate *c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (wrr->turns.turns[i].weight != c[i].weight)
            ek__turns_weigh(&wrr->turns, i, c[i].weight);
}

static enum ek_err begin_edf(struct static_wrr *wrr, const struct ek_candidate *c, uint32_t count)
{
    enum ek_err err = ek__turns_reset(&wrr->turns, wrr->mem, count);

    if (err != EK_OK)
        return err;
    for (uint32_t i = 0; i < count; i++)
        ek__turns_weigh(&wrr->turns, i, c[i].weight);
    ek__turns_start(&wrr->turns, wrr->skipped);
    return EK_OK;
}

static enum ek_err begin(struct static_wrr *wrr, const struct ek_candidate *c, uint32_t count)
{
    void *current = wrr->current;

    wrr->is_equal = wrr->algorithm == ALGORITHM_EDF && are_equal(c, count);
    if (wrr->is_equal)
        return EK_OK;
    if (wrr->algorithm == ALGORITHM_EDF)
        return begin_edf(wrr, c, count);
    if (!ek_mem_grow(wrr->mem, &current, &wrr->current_capacity, count, sizeof *wrr->current))
        return EK_ENOMEM;
    wrr->current = current;
    memset(wrr->current, 0, count * sizeof *wrr->current);
    return EK_OK;
}

/* A changed set begins anew; changed weights alone, as with each step of a slow start, are taken as
 * they come, and no turn is given up. Equal weights take plain turns until they first differ;
 * Envoy, which knows that a slow start may come, keeps its schedule even then. */
static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct static_wrr *wrr = self;
    void *ids = wrr->ids;
    enum ek_err err;

    if (is_same_set(wrr, c, count) && !wrr->is_equal) {
        if (wrr->algorithm == ALGORITHM_EDF)
            reweigh(wrr, c, count);
        return EK_OK;
    }
    wrr->count = 0;
    if (!ek_mem_grow(wrr->mem, &ids, &wrr->id_capacity, count, sizeof *wrr->ids))
        return EK_ENOMEM;
    wrr->ids = ids;
    err = begin(wrr, c, count);
    for (uint32_t i = 0; i < count; i++)
        wrr->ids[i] = c[i].id;
    wrr->count = err == EK_OK ? count : 0;
    return err;
}

enum {
    TRIES_MAX = 8
};

/* A retry's part of the candidates: turns of the others are passed over, as Envoy does; in the end
 * the best weighted of those left is taken out of turn. */
static uint32_t pick_among(struct static_wrr *wrr, const struct ek_candidate *c, uint32_t count)
{
    uint32_t best = 0;

    for (int i = 0; i < TRIES_MAX; i++) {
        uint32_t index = ek__place_find(c, count, wrr->count, ek__turns_next(&wrr->turns));

        if (index != EK__GONE)
            return index;
    }
    for (uint32_t i = 1; i < count; i++)
        if (c[i].weight > c[best].weight)
            best = i;
    return best;
}

/* ---- smooth ---- */

/* The first of equals wins. */
static uint32_t pick_smooth(struct static_wrr *wrr, const struct ek_candidate *c, uint32_t count)
{
    int64_t total = 0, most = INT64_MIN;
    uint32_t best = 0;

    for (uint32_t i = 0; i < count; i++) {
        int64_t *current = &wrr->current[c[i].place];

        *current += c[i].weight;
        total += c[i].weight;
        if (*current > most) {
            most = *current;
            best = i;
        }
    }
    wrr->current[c[best].place] -= total;
    return best;
}

static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct static_wrr *wrr = self;

    (void)req, (void)rng, (void)now;
    if (wrr->algorithm == ALGORITHM_SMOOTH)
        return ek__pick_endpoint(pick_smooth(wrr, c, count));
    if (wrr->is_equal)
        return ek__pick_endpoint((uint32_t)(wrr->next++ % count));
    if (count != wrr->count)
        return ek__pick_endpoint(pick_among(wrr, c, count));
    return ek__pick_endpoint(ek__turns_next(&wrr->turns));
}

/* nginx's current weight, in millionths of the sum of weights. */
static int64_t owed_by_smooth(const struct static_wrr *wrr, const struct ek_candidate *c,
                              uint32_t count, uint32_t index)
{
    double total = 0;

    for (uint32_t i = 0; i < count; i++)
        total += c[i].weight;
    double parts = (double)wrr->current[c[index].place] / total * 1e6;
    return (int64_t)(parts < 0 ? parts - 0.5 : parts + 0.5);
}

/* What is owed to it: its share of the turns that were taken, less its own; by edf 1,000,000 for
 * the one whose turn it is. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct static_wrr *wrr = self;

    (void)now;
    if (wrr->algorithm == ALGORITHM_SMOOTH)
        return owed_by_smooth(wrr, c, count, index);
    if (!wrr->is_equal)
        return ek__turns_owed(&wrr->turns, c[index].place);
    return 1000000 - (int64_t)((index + count - wrr->next % count) % count * 1000000 / count);
}

static void deinit(void *self)
{
    struct static_wrr *wrr = self;

    ek__turns_deinit(&wrr->turns, wrr->mem);
    ek_mem_free(wrr->mem, wrr->current);
    ek_mem_free(wrr->mem, wrr->ids);
    wrr->current = NULL;
    wrr->ids = NULL;
}

const struct ek_lb_ops ek__lb_static_weighted_round_robin = {
    .name = "static_weighted_round_robin",
    .text = "Endpoints take turns in proportion to the weights they were registered with.",
    .connect = EK_CONNECT_ALL,
    .ignores_load = true,
    .self_size = sizeof(struct static_wrr),
    .options = options,
    .init = init,
    .pick = pick,
    .rebuild = rebuild,
    .score = score,
    .score_unit = "ppm of a turn owed",
    .deinit = deinit,
};
