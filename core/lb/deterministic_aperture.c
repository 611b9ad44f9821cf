/* Deterministic aperture: clients and endpoints on two rings that are laid over each other
 * (Finagle). */
#include "core/lb/members.h"
#include "core/lb/order.h"

struct deterministic_aperture {
    int64_t least, client, client_count;
    struct ek__members members;
    uint64_t *cover; /* by place */
    uint32_t *order;
    size_t cover_capacity, order_capacity;
};

static const struct ek_option options[] = {
    {.name = "clientCount",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct deterministic_aperture, client_count),
     .required = true,
     .min = 1,
     .max = 1000000,
     .text = "How many clients there are."},
    {.name = "clientIndex",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct deterministic_aperture, client),
     .fallback = "-1",
     .min = -1,
     .max = UINT32_MAX,
     .text = "The client's number, from 0; -1: the number of its channel. Taken modulo "
             "clientCount."},
    {.name = "minAperture",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct deterministic_aperture, least),
     .fallback = "12",
     .min = 1,
     .max = 1000000,
     .text = "Least number of endpoints a client keeps to. An endpoint that it covers only in part "
             "has that part of its weight: give the child policy one that weights matter to."},
    EK__MEMBERS_CHILD_OPTION(offsetof(struct deterministic_aperture, members)),
    {0},
};

static void check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct deterministic_aperture *da = self;

    ek__members_check(&da->members, path, errors);
}

static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct deterministic_aperture *da = self;

    if (da->client < 0)
        da->client = (int64_t)(start->client % (uint64_t)da->client_count);
    da->client %= da->client_count;
    return ek__members_init(&da->members, start);
}

static bool reserve(struct deterministic_aperture *da, uint32_t count)
{
    const struct ek_mem *mem = da->members.mem;
    void *cover = da->cover, *order = da->order;
    bool has_room = ek_mem_grow(mem, &cover, &da->cover_capacity, count, sizeof *da->cover) &&
                    ek_mem_grow(mem, &order, &da->order_capacity, count, sizeof *da->order);

    da->cover = cover;
    da->order = order;
    return has_room;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* The ring has clients x endpoints units, an endpoint covers as many of them as there are clients,
 * and an aperture is a whole number of client distances wide: so every point of the ring is in
 * equally many apertures. Returns the covers' common divisor. */
static uint64_t lay_over(struct deterministic_aperture *da, uint32_t count)
{
    uint64_t clients = (uint64_t)da->client_count, at = (uint64_t)da->client * count, divisor = 0;
    uint64_t distances = ((uint64_t)da->least * clients + count - 1) / count;
    uint64_t width = (distances < clients ? distances : clients) * count;

    for (uint32_t i = 0; i < count; i++)
        da->cover[i] = 0;
    while (width > 0) {
        uint64_t room = clients - at % clients, part = width < room ? width : room;

        da->cover[da->order[at / clients % count]] += part;
        at += part;
        width -= part;
    }
    for (uint32_t i = 0; i < count; i++)
        divisor = common_divisor(divisor, da->cover[i]);
    return divisor;
}

static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct deterministic_aperture *da = self;
    enum ek_err err = ek__members_open(&da->members, count, count);
    uint64_t divisor;

    if (err != EK_OK || !reserve(da, count))
        return EK_ENOMEM;
    ek__order_by_address(c, count, da->order);
    divisor = lay_over(da, count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t weight = da->cover[i] / divisor * c[i].weight;

        if (weight > 0)
            ek__members_add(&da->members, &c[i],
                            weight < UINT32_MAX ? (uint32_t)weight : UINT32_MAX);
    }
    return ek__members_close(&da->members);
}

static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct deterministic_aperture *da = self;

    return ek__members_pick(&da->members, c, count, req, rng, now);
}

static void started(void *self, void *endpoint, ek_time now)
{
    struct deterministic_aperture *da = self;

    ek__members_started(&da->members, endpoint, now);
}

static void finished(void *self, void *endpoint, const struct ek_outcome *out, ek_time now)
{
    struct deterministic_aperture *da = self;

    ek__members_finished(&da->members, endpoint, out, now);
}

/* As the child. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct deterministic_aperture *da = self;

    (void)count;
    return ek__members_score(&da->members, c, index, now);
}

static void deinit(void *self)
{
    struct deterministic_aperture *da = self;

    ek__members_deinit(&da->members);
    ek_mem_free(da->members.mem, da->cover);
    ek_mem_free(da->members.mem, da->order);
    da->cover = NULL;
    da->order = NULL;
}

const struct ek_lb_ops ek__lb_deterministic_aperture = {
    .name = "deterministic_aperture",
    .text =
        "Numbered clients keep to neighbouring endpoints such that all have exactly equal load; a "
        "child policy chooses among a client's own.",
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct deterministic_aperture),
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
