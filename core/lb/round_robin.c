/* Round robin: every call takes the next endpoint in turn. */
#include "core/lb/place.h"

#include <stddef.h>

enum dialect {
    DIALECT_JAVA,
    DIALECT_ENVOY,
    DIALECT_CORE,
    DIALECT_GO,
    DIALECT_NODE
};

static const char *const dialect_words[] = {"grpc-java", "envoy",     "grpc-core",
                                            "grpc-go",   "grpc-node", NULL};

struct round_robin {
    int dialect;
    uint64_t next;
    struct ek_rng rng; /* for what is drawn at a rebuild */
    const struct ek_mem *mem;
    uint32_t *order; /* grpc-go: the places, shuffled */
    size_t order_capacity;
    uint32_t count;   /* at the last rebuild */
    uint32_t next_id; /* grpc-node: whose turn it is */
};

static const struct ek_option options[] = {
    {.name = "dialect",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct round_robin, dialect),
     .fallback = "\"grpc-java\"",
     .words = dialect_words,
     .text = "What happens when the set changes. grpc-java, envoy: one count from a random start "
             "goes on. grpc-core: a new random start. grpc-go: a new random start and a new random "
             "order. grpc-node: whose turn it is keeps it, if still there."},
    {0},
};

/* A random start, or all clients of a deploy would send their first call to the same endpoint.
 * 32 bits of it, so that the counter never wraps and the turn never jumps. */
static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct round_robin *rr = self;

    rr->next = ek_rng_next(start->rng) >> 32;
    rr->mem = start->mem;
    if (rr->dialect >= DIALECT_CORE)
        rr->rng = ek_rng_derive(ek_rng_next(start->rng), "round robin", start->client);
    return EK_OK;
}

static enum ek_err shuffle(struct round_robin *rr, uint32_t count)
{
    void *order = rr->order;

    if (!ek_mem_grow(rr->mem, &order, &rr->order_capacity, count, sizeof *rr->order))
        return EK_ENOMEM;
    rr->order = order;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = ek_rng_below(&rr->rng, i + 1);

        rr->order[i] = rr->order[at];
        rr->order[at] = i;
    }
    return EK_OK;
}

static uint64_t turn_of(const struct round_robin *rr, const struct ek_candidate *c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (c[i].id == rr->next_id)
            return i;
    return rr->next;
}

static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct round_robin *rr = self;
    bool is_first = rr->count == 0;

    if (rr->dialect >= DIALECT_CORE && !is_first) {
        rr->next = ek_rng_next(&rr->rng) >> 32;
        if (rr->dialect == DIALECT_NODE)
            rr->next = turn_of(rr, c, count);
    }
    rr->count = 0;
    if (rr->dialect == DIALECT_GO && shuffle(rr, count) != EK_OK)
        return EK_ENOMEM;
    rr->count = count;
    return EK_OK;
}

static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct round_robin *rr = self;
    uint32_t index = (uint32_t)(rr->next++ % count);

    (void)req, (void)rng, (void)now;
    if (rr->dialect == DIALECT_NODE)
        rr->next_id = c[rr->next % count].id;
    else if (rr->dialect == DIALECT_GO && count == rr->count)
        index = rr->order[index];
    return ek__pick_endpoint(index);
}

/* How many turns are before it. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct round_robin *rr = self;
    uint32_t turn = index;

    (void)c, (void)now;
    if (rr->dialect == DIALECT_GO && count == rr->count)
        for (turn = 0; rr->order[turn] != index;)
            turn++;
    return ((int64_t)turn - (int64_t)(rr->next % count) + count) % count;
}

static void deinit(void *self)
{
    struct round_robin *rr = self;

    ek_mem_free(rr->mem, rr->order);
    rr->order = NULL;
}

const struct ek_lb_ops ek__lb_round_robin = {
    .name = "round_robin",
    .text = "Every call takes the next eligible endpoint in turn, from a random start.",
    .connect = EK_CONNECT_ALL,
    .ignores_load = true,
    .self_size = sizeof(struct round_robin),
    .options = options,
    .init = init,
    .pick = pick,
    .rebuild = rebuild,
    .score = score,
    .score_unit = "turns until its own",
    .deinit = deinit,
};
