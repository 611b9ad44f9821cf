/* Maglev: a key stays with the endpoint that owns its slot in a table (NSDI'16, built as Envoy). */
#include "core/lb/bounded.h"
#include "core/lb/edf.h"
#include "core/lb/order.h"
#include "core/lb/place.h"
#include "core/lb/reduce.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum {
    TABLE_SIZE_MAX = 5000011,
    FREE = -1
};

/* Where an endpoint looks for its next free slot. */
struct seeker {
    uint32_t weight;
    uint32_t at, skip;
    uint64_t taken;
    uint64_t pass; /* in which it takes its next one */
};

struct maglev {
    int64_t table_size;
    struct ek__bounded bounded;
    const struct ek_mem *mem;
    int32_t *table;         /* places */
    struct seeker *seekers; /* by place */
    uint32_t *order;
    struct ek__edf edf;
    size_t table_capacity, seeker_capacity, order_capacity;
    uint64_t inverse;
    uint32_t count; /* 0: not built */
};

static const struct ek_option options[] = {
    {.name = "tableSize",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct maglev, table_size),
     .fallback = "65537",
     .min = 2,
     .max = TABLE_SIZE_MAX,
     .text = "Slots in the table, a prime; shares differ by about one slot. A larger table moves "
             "fewer keys when the set changes."},
    EK__BOUNDED_OPTIONS(offsetof(struct maglev, bounded)),
    {0},
};

static bool is_prime(int64_t n)
{
    for (int64_t d = 2; d * d <= n; d++)
        if (n % d == 0)
            return false;
    return n >= 2;
}

static void check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct maglev *maglev = self;
    int64_t next = maglev->table_size;
    char place[sizeof((struct ek_error){0}.path)];

    ek__bounded_check(&maglev->bounded, path, errors);
    if (next < 2 || is_prime(next))
        return;
    while (!is_prime(next))
        next++;
    snprintf(place, sizeof place, "%s/tableSize", path);
    ek_errors_add(errors, place, false, "\"tableSize\": %d is not a prime; the next one is %d",
                  (int)maglev->table_size, (int)next);
}

static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct maglev *maglev = self;

    maglev->mem = start->mem;
    maglev->inverse = UINT64_MAX / (uint64_t)maglev->table_size;
    return EK_OK;
}

/* ---- the table ---- */

static bool reserve(struct maglev *maglev, uint32_t count)
{
    void *table = maglev->table, *seekers = maglev->seekers, *order = maglev->order;
    bool has_room =
        ek_mem_grow(maglev->mem, &table, &maglev->table_capacity, (size_t)maglev->table_size,
                    sizeof *maglev->table) &&
        ek_mem_grow(maglev->mem, &seekers, &maglev->seeker_capacity, count,
                    sizeof *maglev->seekers) &&
        ek_mem_grow(maglev->mem, &order, &maglev->order_capacity, count, sizeof *maglev->order);

    maglev->table = table;
    maglev->seekers = seekers;
    maglev->order = order;
    return has_room;
}

static struct seeker seeker_of(const struct ek_candidate *c, uint32_t size)
{
    size_t length = strlen(c->address);

    return (struct seeker){.weight = c->weight,
                           .at = (uint32_t)(XXH64(c->address, length, 0) % size),
                           .skip = (uint32_t)(XXH64(c->address, length, 1) % (size - 1)) + 1,
                           .pass = 1};
}

static void take_slot(struct maglev *maglev, uint32_t place)
{
    struct seeker *seeker = &maglev->seekers[place];
    uint32_t size = (uint32_t)maglev->table_size;

    while (maglev->table[seeker->at] != FREE) {
        seeker->at += seeker->skip;
        seeker->at -= seeker->at >= size ? size : 0;
    }
    maglev->table[seeker->at] = (int32_t)place;
    seeker->taken++;
}

/* Envoy goes through all endpoints in each pass, and one that has taken k slots takes the next in
 * the first pass i with i x weight >= k x largest weight. Here they wait for their passes in a
 * tree, so that one heavy endpoint among thousands costs no empty passes; a deadline is a pass and,
 * within it, the endpoint's rank. */
static uint64_t passes_to_wait(struct seeker *seeker, uint64_t largest)
{
    uint64_t due = (seeker->taken * largest + seeker->weight - 1) / seeker->weight;
    uint64_t wait = due > seeker->pass + 1 ? due - seeker->pass : 1;

    seeker->pass += wait;
    return wait;
}

static void fill(struct maglev *maglev, const struct ek_candidate *c, uint32_t count)
{
    uint64_t largest = 1;

    for (int64_t i = 0; i < maglev->table_size; i++)
        maglev->table[i] = FREE;
    ek__order_by_address(c, count, maglev->order);
    for (uint32_t rank = 0; rank < count; rank++) {
        uint32_t place = maglev->order[rank];

        maglev->seekers[place] = seeker_of(&c[place], (uint32_t)maglev->table_size);
        largest = c[place].weight > largest ? c[place].weight : largest;
        ek__edf_set(&maglev->edf, place, rank);
    }
    ek__edf_play(&maglev->edf);
    for (int64_t i = 0; i < maglev->table_size; i++) {
        uint32_t place = ek__edf_top(&maglev->edf);

        take_slot(maglev, place);
        ek__edf_again(&maglev->edf, passes_to_wait(&maglev->seekers[place], largest) * count);
    }
}

static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct maglev *maglev = self;
    enum ek_err err;

    maglev->count = 0;
    if (!reserve(maglev, count))
        return EK_ENOMEM;
    err = ek__edf_reset(&maglev->edf, maglev->mem, count);
    if (err == EK_OK)
        err = ek__bounded_rebuild(&maglev->bounded, maglev->mem, c, count);
    if (err != EK_OK)
        return err;
    fill(maglev, c, count);
    maglev->count = count;
    return EK_OK;
}

/* ---- picking ---- */

static uint32_t slot_of(const struct maglev *maglev, uint64_t hash)
{
    return (uint32_t)ek__modulo(hash, (uint64_t)maglev->table_size, maglev->inverse);
}

enum {
    TRIES_MAX = 16
};

/* From the slot on, the first whose owner is among the candidates, and has room if asked. */
static uint32_t walk(const struct maglev *maglev, const struct ek_candidate *c, uint32_t count,
                     uint32_t slot, bool with_room)
{
    for (int64_t i = 0; i < maglev->table_size; i++) {
        uint32_t index = ek__place_find(c, count, maglev->count, (uint32_t)maglev->table[slot]);

        if (index != EK__GONE && (!with_room || ek__bounded_has_room(&maglev->bounded, &c[index])))
            return index;
        slot = slot + 1 < (uint32_t)maglev->table_size ? slot + 1 : 0;
    }
    return EK__GONE;
}

/* A retry looks elsewhere: attempt k changes the hash by -k, as Envoy. */
static uint32_t owner_among(const struct maglev *maglev, const struct ek_candidate *c,
                            uint32_t count, uint64_t hash)
{
    for (uint64_t attempt = 0; attempt < TRIES_MAX; attempt++) {
        uint64_t changed = attempt == 0 ? hash : hash ^ (0 - attempt);
        uint32_t owner = (uint32_t)maglev->table[slot_of(maglev, changed)];
        uint32_t index = ek__place_find(c, count, maglev->count, owner);

        if (index != EK__GONE)
            return index;
    }
    return walk(maglev, c, count, slot_of(maglev, hash), false);
}

/* A call without a key draws a hash: one number of the stream. */
static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct maglev *maglev = self;
    uint64_t hash = req->hash != 0 ? req->hash : ek_rng_next(rng);
    uint32_t index;

    (void)now;
    if (count == maglev->count && maglev->bounded.factor == 0)
        return ek__pick_endpoint((uint32_t)maglev->table[slot_of(maglev, hash)]);
    index = owner_among(maglev, c, count, hash);
    if (index == EK__GONE) /* those left have no slot of their own */
        return ek__pick_endpoint((uint32_t)(hash % count));
    if (maglev->bounded.factor == 0 || ek__bounded_has_room(&maglev->bounded, &c[index]))
        return ek__pick_endpoint(index);
    if (maglev->bounded.overflow == EK__OVERFLOW_SHUFFLE)
        return ek__pick_endpoint(ek__bounded_shuffle(&maglev->bounded, c, count, index, hash));
    uint32_t other = walk(maglev, c, count, slot_of(maglev, hash), true);
    return ek__pick_endpoint(other != EK__GONE ? other : index);
}

static void started(void *self, void *endpoint, ek_time now)
{
    struct maglev *maglev = self;

    (void)endpoint, (void)now;
    maglev->bounded.active++;
}

static void finished(void *self, void *endpoint, const struct ek_outcome *out, ek_time now)
{
    struct maglev *maglev = self;

    (void)endpoint, (void)out, (void)now;
    maglev->bounded.active--;
}

/* Its slots. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct maglev *maglev = self;
    uint64_t slots = maglev->seekers[c[index].place].taken, size = (uint64_t)maglev->table_size;

    (void)count, (void)now;
    return (int64_t)((slots * 1000000 + size / 2) / size);
}

static void deinit(void *self)
{
    struct maglev *maglev = self;

    ek__edf_deinit(&maglev->edf, maglev->mem);
    ek__bounded_deinit(&maglev->bounded, maglev->mem);
    ek_mem_free(maglev->mem, maglev->table);
    ek_mem_free(maglev->mem, maglev->seekers);
    ek_mem_free(maglev->mem, maglev->order);
    maglev->table = NULL;
    maglev->seekers = NULL;
    maglev->order = NULL;
}

const struct ek_lb_ops ek__lb_maglev = {
    .name = "maglev",
    .text = "A key stays with the endpoint that owns its slot in a table of nearly equal shares; a "
            "call without a key draws one.",
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct maglev),
    .options = options,
    .check = check,
    .init = init,
    .pick = pick,
    .rebuild = rebuild,
    .started = started,
    .finished = finished,
    .score = score,
    .score_unit = "ppm of the table",
    .deinit = deinit,
};
