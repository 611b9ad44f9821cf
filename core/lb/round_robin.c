/* Round robin: every call takes the next endpoint in turn. */
#include "evenkeel/lb.h"

#include <stddef.h>

struct round_robin {
    uint64_t next;
};

/* A random start, or all clients of a deploy would send their first call to the same endpoint.
 * 32 bits of it, so that the counter never wraps and the turn never jumps. */
static void init(void *self, struct ek_rng *rng)
{
    struct round_robin *rr = self;

    rr->next = ek_rng_next(rng) >> 32;
}

static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct round_robin *rr = self;

    (void)c, (void)req, (void)rng, (void)now;
    return (struct ek_pick){.kind = EK_PICK_ENDPOINT, .index = (uint32_t)(rr->next++ % count)};
}

const struct ek_lb_ops ek__lb_round_robin = {
    .name = "round_robin",
    .text = "Every call takes the next eligible endpoint in turn, from a random start.",
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct round_robin),
    .init = init,
    .pick = pick,
};
