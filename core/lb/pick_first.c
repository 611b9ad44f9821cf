/* Pick first: all calls go to the one endpoint that is connected. */
#include "evenkeel/lb.h"

#include <stdbool.h>

struct pick_first {
    bool shuffles; /* looked at by those who connect */
};

static const struct ek_option options[] = {
    {.name = "shuffleAddressList",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct pick_first, shuffles),
     .fallback = "false",
     .text = "Whether each new list is put into a random order first, heavier endpoints more often "
             "to the front (gRPC A62, A113)."},
    {0},
};

static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    (void)self, (void)c, (void)count, (void)req, (void)rng, (void)now;
    return (struct ek_pick){.kind = EK_PICK_ENDPOINT, .index = 0};
}

const struct ek_lb_ops ek__lb_pick_first = {
    .name = "pick_first",
    .text = "All calls go to the first endpoint that accepts a connection, in list order.",
    .connect = EK_CONNECT_FIRST,
    .self_size = sizeof(struct pick_first),
    .options = options,
    .pick = pick,
};
