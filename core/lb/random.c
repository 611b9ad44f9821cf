/* Random: every call draws an endpoint, whatever the last one drew. */
#include "core/lb/alias.h"
#include "core/lb/place.h"

#include <stddef.h>

struct random {
    bool weighted;
    const struct ek_mem *mem;
    struct ek__alias alias;
};

static const struct ek_option options[] = {
    {.name = "weighted",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct random, weighted),
     .fallback = "false",
     .text = "Whether an endpoint's chance is its weight over the sum, as HAProxy; false ignores "
             "weights, as Envoy."},
    {0},
};

static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct random *random = self;

    random->mem = start->mem;
    return EK_OK;
}

static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct random *random = self;

    return random->weighted ? ek__alias_build(&random->alias, random->mem, c, count) : EK_OK;
}

/* Without a table, for a retry's part of the candidates. */
static uint32_t draw_weighted(const struct ek_candidate *c, uint32_t count, struct ek_rng *rng)
{
    uint64_t total = 0, at;
    uint32_t i = 0;

    for (uint32_t k = 0; k < count; k++)
        total += c[k].weight;
    for (at = ek_rng_next(rng) % total; at >= c[i].weight; i++)
        at -= c[i].weight;
    return i;
}

/* Costs one number of the stream. */
static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    const struct random *random = self;

    (void)req, (void)now;
    if (!random->weighted)
        return ek__pick_endpoint(ek_rng_below(rng, count));
    if (count != random->alias.count)
        return ek__pick_endpoint(draw_weighted(c, count, rng));
    return ek__pick_endpoint(ek__alias_draw(&random->alias, rng));
}

static void deinit(void *self)
{
    struct random *random = self;

    ek__alias_deinit(&random->alias, random->mem);
}

const struct ek_lb_ops ek__lb_random = {
    .name = "random",
    .text = "Every call draws an endpoint at random.",
    .connect = EK_CONNECT_ALL,
    .ignores_load = true,
    .self_size = sizeof(struct random),
    .options = options,
    .init = init,
    .pick = pick,
    .rebuild = rebuild,
    .deinit = deinit,
};
