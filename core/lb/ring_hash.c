/* Ring hash: a key stays with the endpoint that owns the next point on a ring (gRPC A42, Envoy). */
#include "core/lb/bounded.h"
#include "core/lb/order.h"
#include "core/lb/place.h"
#include "core/lb/ring.h"

#include <stddef.h>
#include <stdio.h>

enum {
    RING_SIZE_MAX = 8388608
};

enum dialect {
    DIALECT_GO,
    DIALECT_CORE,
    DIALECT_JAVA,
    DIALECT_ENVOY
};

static const char *const dialect_words[] = {"grpc-go", "grpc-core", "grpc-java", "envoy", NULL};

struct ring_hash {
    int64_t min_size, max_size, cap;
    int dialect;
    struct ek__bounded bounded;
    const struct ek_mem *mem;
    struct ek__ring ring;
    uint32_t *order;
    size_t order_capacity;
    uint64_t flip;
    uint32_t count;
};

static const struct ek_option options[] = {
    {.name = "minRingSize",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct ring_hash, min_size),
     .fallback = "1024",
     .min = 1,
     .max = RING_SIZE_MAX,
     .text = "Least number of points on the ring. With few points per endpoint shares differ: with "
             "1024 the largest of 10 is some 1.3 times the mean, of 100 some 2.2 times."},
    {.name = "maxRingSize",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct ring_hash, max_size),
     .fallback = "4096",
     .min = 1,
     .max = RING_SIZE_MAX,
     .text = "Largest number of points; when there are more endpoints, some have none."},
    {.name = "ringSizeCap",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct ring_hash, cap),
     .fallback = "4096",
     .min = 1,
     .max = RING_SIZE_MAX,
     .text = "Both sizes are taken as at most this: gRPC's limit that a client sets for itself. "
             "The dialect envoy has none."},
    {.name = "dialect",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct ring_hash, dialect),
     .fallback = "\"grpc-go\"",
     .words = dialect_words,
     .text = "grpc-go: endpoints get their points in the order of their addresses. grpc-core, "
             "envoy: in list order. grpc-java: in list order, a \"/\" before each address, and "
             "hashes compare as signed numbers. All clients must agree, or their keys do not."},
    EK__BOUNDED_OPTIONS(offsetof(struct ring_hash, bounded)),
    {0},
};

static void check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct ring_hash *rh = self;
    char place[sizeof((struct ek_error){0}.path)];

    ek__bounded_check(&rh->bounded, path, errors);
    if (rh->min_size <= rh->max_size)
        return;
    snprintf(place, sizeof place, "%s/minRingSize", path);
    ek_errors_add(errors, place, false, "\"minRingSize\": %d is more than maxRingSize, %d",
                  (int)rh->min_size, (int)rh->max_size);
}

static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct ring_hash *rh = self;

    rh->mem = start->mem;
    rh->flip = rh->dialect == DIALECT_JAVA ? UINT64_C(1) << 63 : 0;
    return EK_OK;
}

static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct ring_hash *rh = self;
    int64_t cap = rh->dialect == DIALECT_ENVOY ? RING_SIZE_MAX : rh->cap;
    void *order = rh->order;
    enum ek_err err;

    rh->count = 0;
    if (!ek_mem_grow(rh->mem, &order, &rh->order_capacity, count, sizeof *rh->order))
        return EK_ENOMEM;
    rh->order = order;
    if (rh->dialect == DIALECT_GO)
        ek__order_by_address(c, count, rh->order);
    else
        for (uint32_t i = 0; i < count; i++)
            rh->order[i] = i;
    const struct ek__ring_plan plan = {
        .order = rh->order,
        .prefix = rh->dialect == DIALECT_JAVA ? "/" : "",
        .flip = rh->flip,
        .min_size = rh->min_size < cap ? rh->min_size : cap,
        .max_size = rh->max_size < cap ? rh->max_size : cap,
    };
    err = ek__ring_build(&rh->ring, rh->mem, c, count, &plan);
    if (err == EK_OK)
        err = ek__bounded_rebuild(&rh->bounded, rh->mem, c, count);
    if (err == EK_OK)
        rh->count = count;
    return err;
}

/* From the point on, the first whose owner is among the candidates, and has room if asked. EK__GONE
 * if there is none. */
static uint32_t walk(const struct ring_hash *rh, const struct ek_candidate *c, uint32_t count,
                     uint32_t point, bool with_room)
{
    for (uint32_t i = 0; i < rh->ring.size; i++) {
        uint32_t index = ek__place_find(c, count, rh->count, rh->ring.points[point].owner);

        if (index != EK__GONE && (!with_room || ek__bounded_has_room(&rh->bounded, &c[index])))
            return index;
        point = point + 1 < rh->ring.size ? point + 1 : 0;
    }
    return EK__GONE;
}

/* A call without a key draws a hash: one number of the stream. */
static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct ring_hash *rh = self;
    uint64_t hash = req->hash != 0 ? req->hash : ek_rng_next(rng);
    uint32_t point = ek__ring_find(&rh->ring, hash ^ rh->flip), index;

    (void)now;
    if (count == rh->count && rh->bounded.factor == 0)
        return ek__pick_endpoint(rh->ring.points[point].owner);
    index = walk(rh, c, count, point, false);
    if (index == EK__GONE) /* those left have no point of their own */
        return ek__pick_endpoint((uint32_t)(hash % count));
    if (rh->bounded.factor == 0 || ek__bounded_has_room(&rh->bounded, &c[index]))
        return ek__pick_endpoint(index);
    if (rh->bounded.overflow == EK__OVERFLOW_SHUFFLE)
        return ek__pick_endpoint(ek__bounded_shuffle(&rh->bounded, c, count, index, hash));
    uint32_t other = walk(rh, c, count, point, true);
    return ek__pick_endpoint(other != EK__GONE ? other : index);
}

static void started(void *self, void *endpoint, ek_time now)
{
    struct ring_hash *rh = self;

    (void)endpoint, (void)now;
    rh->bounded.active++;
}

static void finished(void *self, void *endpoint, const struct ek_outcome *out, ek_time now)
{
    struct ring_hash *rh = self;

    (void)endpoint, (void)out, (void)now;
    rh->bounded.active--;
}

/* What of all keys falls to it. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct ring_hash *rh = self;
    const double whole = 9223372036854775808.0; /* 2^63 */

    (void)count, (void)now;
    return (int64_t)((double)rh->ring.arcs[c[index].place] / whole * 1e6 + 0.5);
}

static void deinit(void *self)
{
    struct ring_hash *rh = self;

    ek__ring_deinit(&rh->ring, rh->mem);
    ek__bounded_deinit(&rh->bounded, rh->mem);
    ek_mem_free(rh->mem, rh->order);
    rh->order = NULL;
}

static const char *const aliases[] = {"ring_hash_experimental", NULL};

const struct ek_lb_ops ek__lb_ring_hash = {
    .name = "ring_hash",
    .text = "A key stays with the endpoint that owns the next point on a ring of hashes; a call "
            "without a key draws one.",
    .aliases = aliases,
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct ring_hash),
    .options = options,
    .check = check,
    .init = init,
    .pick = pick,
    .rebuild = rebuild,
    .started = started,
    .finished = finished,
    .score = score,
    .score_unit = "ppm of the ring",
    .deinit = deinit,
};
