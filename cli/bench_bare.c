/* Each algorithm once, as a loop and behind a call. */
#include "cli/bench_bare.h"

#include "evenkeel/real.h"

#include <stdlib.h>
#include <string.h>

enum {
    TABLE_SIZE = 65537,
    POINTS_SMALL = 4096,
    POINTS = 1048576,
    POOL_SIZE = 16,
    SLOT_BITS = 20
};

struct probe {
    uint32_t owner, in_flight;
    int64_t latency_ns;
};

/* index[v] is the first point whose upper bits are at least v. */
struct ring {
    uint64_t *hashes;
    uint32_t *owners, *index;
    unsigned shift;
};

struct ek_bare_data {
    uint32_t count, counter;
    uint64_t hashed;
    uint32_t *loads;
    struct {
        uint32_t threshold, other;
    } * alias;
    double *costs;
    uint32_t *table;
    struct ring small, large;
    /* tree: leaves from `leaves` on, 44 bits of deadline over 20 of slot; count is at most 2^20 */
    uint64_t *nodes;
    uint32_t *periods;
    uint32_t leaves;
    /* smooth, stride */
    int32_t *weights, *current;
    int32_t total;
    uint16_t *scaled;
    uint32_t sequence;
    /* pool */
    struct probe pool[POOL_SIZE];
    uint32_t pool_at;
};

const char *const ek_bare_texts[EK_BARE_COUNT] = {
#define EK_BARE_TEXT(name, text) text,
    EK_BARE_LIST(EK_BARE_TEXT)
#undef EK_BARE_TEXT
};

/* ---- building ---- */

static int by_hash(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The owner follows from the hash, so that sorting moves one thing. */
static bool build_ring(struct ring *ring, size_t size, uint32_t count)
{
    size_t at = 0;

    for (ring->shift = 63; UINT64_C(1) << (64 - ring->shift) < size;)
        ring->shift--;
    ring->hashes = calloc(size + 1, sizeof *ring->hashes);
    ring->owners = calloc(size + 1, sizeof *ring->owners);
    ring->index = calloc((size_t)1 << (64 - ring->shift), sizeof *ring->index);
    if (ring->hashes == NULL || ring->owners == NULL || ring->index == NULL)
        return false;
    for (size_t i = 0; i < size; i++)
        ring->hashes[i] = ek_mix64(~(uint64_t)i);
    qsort(ring->hashes, size, sizeof *ring->hashes, by_hash);
    for (size_t i = 0; i < size; i++)
        ring->owners[i] = (uint32_t)(ring->hashes[i] % count);
    ring->hashes[size] = UINT64_MAX;
    ring->owners[size] = ring->owners[0];
    for (uint64_t v = 0; v < UINT64_C(1) << (64 - ring->shift); v++) {
        while (at < size && ring->hashes[at] >> ring->shift < v)
            at++;
        ring->index[v] = (uint32_t)at;
    }
    return true;
}

static void free_ring(struct ring *ring)
{
    free(ring->hashes);
    free(ring->owners);
    free(ring->index);
}

static void build_tree(struct ek_bare_data *data)
{
    for (uint32_t i = 0; i < 2 * data->leaves; i++)
        data->nodes[i] = UINT64_MAX;
    for (uint32_t i = 0; i < data->count; i++)
        data->nodes[data->leaves + i] = (uint64_t)data->periods[i] << SLOT_BITS | i;
    for (uint32_t i = data->leaves; i-- > 1;)
        data->nodes[i] = data->nodes[2 * i] < data->nodes[2 * i + 1] ? data->nodes[2 * i]
                                                                     : data->nodes[2 * i + 1];
}

static void build(struct ek_bare_data *data, const struct ek_candidate *c)
{
    for (uint32_t i = 0; i < data->count; i++) {
        data->loads[i] = c[i].in_flight;
        data->costs[i] = 1e6 + i;
        data->alias[i].threshold = (uint32_t)ek_mix64(i);
        data->alias[i].other = (uint32_t)(ek_mix64(i) >> 32) % data->count;
        data->weights[i] = (int32_t)c[i].weight;
        data->total += data->weights[i];
        data->periods[i] = 2520 / c[i].weight;
        data->scaled[i] = (uint16_t)(c[i].weight * 65535 / 10);
    }
    for (uint32_t i = 0; i < TABLE_SIZE; i++)
        data->table[i] = i % data->count;
    build_tree(data);
}

struct ek_bare_data *ek_bare_new(const struct ek_candidate *c, uint32_t count)
{
    struct ek_bare_data *data = calloc(1, sizeof *data);

    if (data == NULL)
        return NULL;
    data->count = count;
    for (data->leaves = 1; data->leaves < count;)
        data->leaves *= 2;
    data->loads = calloc(count, sizeof *data->loads);
    data->costs = calloc(count, sizeof *data->costs);
    data->alias = calloc(count, sizeof *data->alias);
    data->table = calloc(TABLE_SIZE, sizeof *data->table);
    data->nodes = calloc(2 * (size_t)data->leaves, sizeof *data->nodes);
    data->periods = calloc(count, sizeof *data->periods);
    data->weights = calloc(count, sizeof *data->weights);
    data->current = calloc(count, sizeof *data->current);
    data->scaled = calloc(count, sizeof *data->scaled);
    if (data->loads == NULL || data->costs == NULL || data->alias == NULL || data->table == NULL ||
        data->nodes == NULL || data->periods == NULL || data->weights == NULL ||
        data->current == NULL || data->scaled == NULL ||
        !build_ring(&data->small, POINTS_SMALL, count) ||
        !build_ring(&data->large, POINTS, count)) {
        ek_bare_free(data);
        return NULL;
    }
    build(data, c);
    return data;
}

void ek_bare_free(struct ek_bare_data *data)
{
    if (data == NULL)
        return;
    free(data->loads);
    free(data->costs);
    free(data->alias);
    free(data->table);
    free_ring(&data->small);
    free_ring(&data->large);
    free(data->nodes);
    free(data->periods);
    free(data->weights);
    free(data->current);
    free(data->scaled);
    free(data);
}

/* ---- the algorithms ---- */

static inline uint32_t pick_NOTHING(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    (void)d, (void)hash, (void)rng;
    return 0;
}

static inline uint32_t pick_COUNTER(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    (void)hash, (void)rng;
    return d->counter++ % d->count;
}

static inline uint32_t pick_DRAW(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    (void)hash;
    return ek_rng_below(rng, d->count);
}

static inline uint32_t pick_ALIAS(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    uint64_t x = ek_rng_next(rng);
    uint32_t index = (uint32_t)((x >> 32) * d->count >> 32);

    (void)hash;
    return (uint32_t)x < d->alias[index].threshold ? index : d->alias[index].other;
}

static inline uint32_t pick_TWO(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    uint32_t first = ek_rng_below(rng, d->count), second = ek_rng_below(rng, d->count);

    (void)hash;
    return d->loads[second] < d->loads[first] ? second : first;
}

static inline uint32_t pick_TWO_EXP(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    uint32_t first = ek_rng_below(rng, d->count), second = ek_rng_below(rng, d->count);
    double age = -(double)(hash & 1023) * 1e-9;

    return d->costs[second] * ek_exp(age) < d->costs[first] * ek_exp(2 * age) ? second : first;
}

static inline uint32_t pick_SCAN(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    uint32_t least = UINT32_MAX, equal = 0, i = 0;

    (void)hash;
    for (uint32_t k = 0; k < d->count; k++)
        least = d->loads[k] < least ? d->loads[k] : least;
    for (uint32_t k = 0; k < d->count; k++)
        equal += d->loads[k] == least;
    for (uint32_t left = equal > 1 ? ek_rng_below(rng, equal) : 0;; i++)
        if (d->loads[i] == least && left-- == 0)
            return i;
}

static inline uint32_t pick_EDF(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    uint64_t x = d->nodes[1];
    uint32_t slot = (uint32_t)x & ((1U << SLOT_BITS) - 1);

    (void)hash, (void)rng;
    x += (uint64_t)d->periods[slot] << SLOT_BITS;
    d->nodes[d->leaves + slot] = x;
    for (uint32_t i = d->leaves + slot; i > 1;) {
        uint64_t other = d->nodes[i ^ 1];

        x = x < other ? x : other;
        i /= 2;
        d->nodes[i] = x;
    }
    return slot;
}

static inline uint32_t pick_SMOOTH(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    int32_t most = INT32_MIN;
    uint32_t best = 0;

    (void)hash, (void)rng;
    for (uint32_t i = 0; i < d->count; i++) {
        d->current[i] += d->weights[i];
        best = d->current[i] > most ? i : best;
        most = d->current[i] > most ? d->current[i] : most;
    }
    d->current[best] -= d->total;
    return best;
}

static inline uint32_t pick_STRIDE(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    (void)hash, (void)rng;
    for (;;) {
        uint32_t s = d->sequence++, index = s % d->count;
        uint64_t weight = d->scaled[index], generation = s / d->count;

        if ((weight * generation + (uint64_t)index * 32767) % 65535 >= 65535 - weight)
            return index;
    }
}

static inline uint32_t find(const struct ring *ring, uint64_t hash)
{
    uint32_t point = ring->index[hash >> ring->shift];

    while (ring->hashes[point] < hash)
        point++;
    return ring->owners[point];
}

static inline uint32_t pick_RING_SMALL(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    (void)rng;
    return find(&d->small, hash);
}

static inline uint32_t pick_RING(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    (void)rng;
    return find(&d->large, hash);
}

static inline uint32_t pick_TABLE(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    (void)rng;
    return d->table[(hash >> 32) * TABLE_SIZE >> 32];
}

static inline uint32_t pick_POOL(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    uint32_t best = 0;

    (void)hash;
    for (int i = 0; i < 3; i++) {
        uint32_t owner = ek_rng_below(rng, d->count);

        d->pool[d->pool_at++ % POOL_SIZE] =
            (struct probe){owner, d->loads[owner], (int64_t)d->costs[owner]};
    }
    for (uint32_t i = 1; i < POOL_SIZE; i++) {
        bool is_hot = d->pool[i].in_flight > 6, best_is_hot = d->pool[best].in_flight > 6;

        if (is_hot != best_is_hot ? best_is_hot
            : is_hot              ? d->pool[i].in_flight < d->pool[best].in_flight
                                  : d->pool[i].latency_ns < d->pool[best].latency_ns)
            best = i;
    }
    d->pool[best].in_flight++;
    return d->pool[best].owner;
}

static inline uint32_t pick_TWO_OF_TEN(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    uint32_t first = ek_rng_below(rng, 10), second = ek_rng_below(rng, 10);

    (void)hash;
    return d->loads[second] < d->loads[first] ? second : first;
}

static inline uint32_t pick_SPLIT(struct ek_bare_data *d, uint64_t hash, struct ek_rng *rng)
{
    (void)hash;
    return (ek_rng_below(rng, 10) + d->counter++) % d->count;
}

/* ---- as a loop, and behind a call ---- */

#define DEFINE(name, text)                                                                      \
    static uint64_t loop_##name(struct ek_bare_data *d, int picks)                              \
    {                                                                                           \
        struct ek_rng rng = ek_rng_derive(1, "bare", 0);                                        \
        uint64_t sum = 0;                                                                       \
                                                                                                \
        for (int i = 0; i < picks; i++)                                                         \
            sum += pick_##name(d, ek_mix64(d->hashed++), &rng);                                 \
        return sum;                                                                             \
    }                                                                                           \
    static struct ek_pick call_##name(void *self, const struct ek_candidate *c, uint32_t count, \
                                      const struct ek_request *req, struct ek_rng *rng,         \
                                      ek_time now)                                              \
    {                                                                                           \
        (void)c, (void)count, (void)now;                                                        \
        return (struct ek_pick){.kind = EK_PICK_ENDPOINT,                                       \
                                .index = pick_##name(self, req->hash, rng)};                    \
    }

EK_BARE_LIST(DEFINE)

uint64_t ek_bare_loop(enum ek_bare bare, struct ek_bare_data *data, int picks)
{
    static uint64_t (*const loops[EK_BARE_COUNT])(struct ek_bare_data *, int) = {
#define LOOP(name, text) loop_##name,
        EK_BARE_LIST(LOOP)};

    return loops[bare](data, picks);
}

ek_bare_pick *ek_bare_call(enum ek_bare bare)
{
    static ek_bare_pick *const calls[EK_BARE_COUNT] = {
#define CALL(name, text) call_##name,
        EK_BARE_LIST(CALL)};

    return calls[bare];
}
