/* Random subsetting: each client keeps to endpoints that it draws by rendezvous hashing (gRPC A68).
 */
#include "core/lb/members.h"
#include "core/lb/order.h"
#include "core/lb/place.h"

#include <string.h>
#include <xxhash.h>

struct random_subsetting {
    int64_t size;
    struct ek__members members;
    uint64_t seed;
    uint64_t *keys;
    uint32_t *order;
    size_t key_capacity, order_capacity;
};

static const struct ek_option options[] = {
    {.name = "subsetSize",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct random_subsetting, size),
     .required = true,
     .min = 1,
     .max = UINT32_MAX,
     .text = "How many of the eligible endpoints a client keeps to: those with the smallest XXH64 "
             "of address and the client's own random seed. When one becomes ineligible the next "
             "takes its place, and no other moves."},
    EK__MEMBERS_CHILD_OPTION(offsetof(struct random_subsetting, members)),
    {0},
};

static void check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct random_subsetting *rs = self;

    ek__members_check(&rs->members, path, errors);
}

static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct random_subsetting *rs = self;

    rs->seed = ek_rng_next(start->rng);
    return ek__members_init(&rs->members, start);
}

static bool reserve(struct random_subsetting *rs, uint32_t count)
{
    void *keys = rs->keys, *order = rs->order;
    bool has_room =
        ek_mem_grow(rs->members.mem, &keys, &rs->key_capacity, count, sizeof *rs->keys) &&
        ek_mem_grow(rs->members.mem, &order, &rs->order_capacity, count, sizeof *rs->order);

    rs->keys = keys;
    rs->order = order;
    return has_room;
}

static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct random_subsetting *rs = self;
    uint32_t size = rs->size < count ? (uint32_t)rs->size : count, last;
    enum ek_err err = ek__members_open(&rs->members, count, size);

    if (err != EK_OK || !reserve(rs, count))
        return EK_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        rs->keys[i] = XXH64(c[i].address, strlen(c[i].address), rs->seed);
    ek__order_by_key(rs->keys, count, rs->order);
    last = rs->order[size - 1];
    for (uint32_t i = 0; i < count; i++)
        if (rs->keys[i] < rs->keys[last] || (rs->keys[i] == rs->keys[last] && i <= last))
            ek__members_add(&rs->members, &c[i], c[i].weight);
    return ek__members_close(&rs->members);
}

static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct random_subsetting *rs = self;

    return ek__members_pick(&rs->members, c, count, req, rng, now);
}

static void started(void *self, void *endpoint, ek_time now)
{
    struct random_subsetting *rs = self;

    ek__members_started(&rs->members, endpoint, now);
}

static void finished(void *self, void *endpoint, const struct ek_outcome *out, ek_time now)
{
    struct random_subsetting *rs = self;

    ek__members_finished(&rs->members, endpoint, out, now);
}

/* As the child. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct random_subsetting *rs = self;

    (void)count;
    return ek__members_score(&rs->members, c, index, now);
}

static void deinit(void *self)
{
    struct random_subsetting *rs = self;

    ek__members_deinit(&rs->members);
    ek_mem_free(rs->members.mem, rs->keys);
    ek_mem_free(rs->members.mem, rs->order);
    rs->keys = NULL;
    rs->order = NULL;
}

static const char *const aliases[] = {"random_subsetting_experimental", NULL};

const struct ek_lb_ops ek__lb_random_subsetting = {
    .name = "random_subsetting",
    .text =
        "Each client keeps to a few endpoints that it draws by rendezvous hashing; a child policy "
        "chooses among them.",
    .aliases = aliases,
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct random_subsetting),
    .endpoint_size = EK__CHILD_STATE_MAX,
    .options = options,
    .check = check,
    .init = init,
    .pick = pick,
    .rebuild = rebuild,
    .started = started,
    .finished = finished,
    .score = score,
    .score_unit = "as the child policy",
    .deinit = deinit,
};
