/* Deterministic subsetting: numbered clients share the endpoints out in slices (SRE book, ch. 20).
 */
#include "core/lb/members.h"
#include "core/lb/order.h"

#include <string.h>
#include <xxhash.h>

struct deterministic_subsetting {
    int64_t size, client;
    struct ek__members members;
    uint64_t *keys;
    uint32_t *order;
    bool *is_in;
    size_t key_capacity, order_capacity, in_capacity;
};

static const struct ek_option options[] = {
    {.name = "subsetSize",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct deterministic_subsetting, size),
     .required = true,
     .min = 1,
     .max = UINT32_MAX,
     .text = "Endpoints per slice. Client i takes slice i mod s of a shuffle that clients with the "
             "same i / s share, s = endpoints / subsetSize, so that each round of clients uses "
             "every sliced endpoint once."},
    {.name = "clientIndex",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct deterministic_subsetting, client),
     .fallback = "-1",
     .min = -1,
     .max = UINT32_MAX,
     .text = "The client's number, from 0; -1: the number of its channel."},
    EK__MEMBERS_CHILD_OPTION(offsetof(struct deterministic_subsetting, members)),
    {0},
};

static void check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct deterministic_subsetting *ds = self;

    ek__members_check(&ds->members, path, errors);
}

static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct deterministic_subsetting *ds = self;

    if (ds->client < 0)
        ds->client = (int64_t)(start->client & UINT32_MAX);
    return ek__members_init(&ds->members, start);
}

static bool reserve(struct deterministic_subsetting *ds, uint32_t count)
{
    const struct ek_mem *mem = ds->members.mem;
    void *keys = ds->keys, *order = ds->order, *is_in = ds->is_in;
    bool has_room = ek_mem_grow(mem, &keys, &ds->key_capacity, count, sizeof *ds->keys) &&
                    ek_mem_grow(mem, &order, &ds->order_capacity, count, sizeof *ds->order) &&
                    ek_mem_grow(mem, &is_in, &ds->in_capacity, count, sizeof *ds->is_in);

    ds->keys = keys;
    ds->order = order;
    ds->is_in = is_in;
    return has_room;
}

static uint32_t size_of(const struct deterministic_subsetting *ds, uint32_t count)
{
    return ds->size < count ? (uint32_t)ds->size : count;
}

/* The shuffle sorts by a hash of address and round, not positions: one endpoint more or less moves
 * the slices' borders by one and mixes nothing up. */
static void choose(struct deterministic_subsetting *ds, const struct ek_candidate *c,
                   uint32_t count)
{
    uint32_t size = size_of(ds, count);
    uint64_t slices = count / size, client = (uint64_t)ds->client;

    for (uint32_t i = 0; i < count; i++) {
        ds->keys[i] = XXH64(c[i].address, strlen(c[i].address), client / slices);
        ds->is_in[i] = false;
    }
    ek__order_by_key(ds->keys, count, ds->order);
    for (uint32_t i = 0; i < size; i++)
        ds->is_in[ds->order[client % slices * size + i]] = true;
}

static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct deterministic_subsetting *ds = self;
    enum ek_err err = ek__members_open(&ds->members, count, size_of(ds, count));

    if (err != EK_OK || !reserve(ds, count))
        return EK_ENOMEM;
    choose(ds, c, count);
    for (uint32_t i = 0; i < count; i++)
        if (ds->is_in[i])
            ek__members_add(&ds->members, &c[i], c[i].weight);
    return ek__members_close(&ds->members);
}

static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct deterministic_subsetting *ds = self;

    return ek__members_pick(&ds->members, c, count, req, rng, now);
}

static void started(void *self, void *endpoint, ek_time now)
{
    struct deterministic_subsetting *ds = self;

    ek__members_started(&ds->members, endpoint, now);
}

static void finished(void *self, void *endpoint, const struct ek_outcome *out, ek_time now)
{
    struct deterministic_subsetting *ds = self;

    ek__members_finished(&ds->members, endpoint, out, now);
}

/* As the child. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct deterministic_subsetting *ds = self;

    (void)count;
    return ek__members_score(&ds->members, c, index, now);
}

static void deinit(void *self)
{
    struct deterministic_subsetting *ds = self;

    ek__members_deinit(&ds->members);
    ek_mem_free(ds->members.mem, ds->keys);
    ek_mem_free(ds->members.mem, ds->order);
    ek_mem_free(ds->members.mem, ds->is_in);
    ds->keys = NULL;
    ds->order = NULL;
    ds->is_in = NULL;
}

const struct ek_lb_ops ek__lb_deterministic_subsetting = {
    .name = "deterministic_subsetting",
    .text = "Numbered clients share the endpoints out in slices, as the SRE book has it; a child "
            "policy chooses among a client's own.",
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct deterministic_subsetting),
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
