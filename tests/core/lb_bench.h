/* A policy with its options read, and endpoints to pick from. */
#ifndef EK_TESTS_LB_BENCH_H
#define EK_TESTS_LB_BENCH_H

#include "evenkeel/lb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    ENDPOINTS_MAX = 32,
    STATE_SIZE = 96,
    ADDRESS_SIZE = 32
};

/* Counts what is asked for, and refuses when `left` is 0; negative: never. */
struct counting {
    long calls, live;
    long left;
};

static void *counting_resize(void *context, void *block, size_t size)
{
    struct counting *counting = context;

    if (size == 0) {
        counting->live -= block != NULL;
        free(block);
        return NULL;
    }
    counting->calls++;
    if (counting->left == 0)
        return NULL;
    counting->left -= counting->left > 0;
    counting->live += block == NULL;
    return realloc(block, size);
}

struct bench {
    const struct ek_lb_ops *ops;
    void *self;
    struct ek_rng rng;
    struct ek_candidate *candidates;
    void **states;
    char (*addresses)[ADDRESS_SIZE];
    struct ek_described *described; /* by id */
    uint32_t count, capacity;
    struct counting counting;
    struct ek_mem mem;
    uint64_t hash; /* of the next calls */
};

static inline size_t complaints_about(const struct ek_lb_ops *ops, const char *options, void *self)
{
    static const struct ek_option none[] = {{0}};
    struct ek_errors errors = {0};
    json_t *json = json_loads(options, 0, NULL);

    assert_non_null(json);
    ek_option_read(ops->options != NULL ? ops->options : none, json, "", self, &errors);
    if (ops->check != NULL)
        ops->check(self, "", &errors);
    json_decref(json);
    return errors.count;
}

/* How many complaints there are about a policy's options. */
static inline size_t complaints(const char *name, const char *options)
{
    const struct ek_lb_ops *ops = ek_lb_find(name);
    void *self = calloc(1, ops->self_size + 1);

    assert_non_null(self);
    size_t count = complaints_about(ops, options, self);
    if (ops->options != NULL)
        ek_option_release(ops->options, self);
    free(self);
    return count;
}

/* All candidates are the rebuilt set: each stands at its place. */
static inline enum ek_err bench_rebuild_try(struct bench *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        b->candidates[i].place = i;
    return b->ops->rebuild != NULL ? b->ops->rebuild(b->self, b->candidates, b->count) : EK_OK;
}

static inline void bench_rebuild(struct bench *b)
{
    assert_int_equal(bench_rebuild_try(b), EK_OK);
}

static inline bool bench_describe(const void *context, uint32_t id, struct ek_described *out)
{
    const struct bench *b = context;

    if (id >= b->capacity)
        return false;
    *out = b->described[id];
    return true;
}

/* Started, but without a set: `client` is the channel's id. */
static inline struct bench *bench_start(const char *name, const char *options, uint32_t capacity,
                                        uint64_t seed, uint64_t client)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    b->ops = ek_lb_find(name);
    assert_non_null(b->ops);
    assert_true(b->ops->endpoint_size <= STATE_SIZE);
    b->counting.left = -1;
    b->mem = (struct ek_mem){counting_resize, &b->counting};
    b->capacity = capacity;
    b->self = calloc(1, b->ops->self_size + 1);
    b->candidates = calloc(capacity + 1, sizeof *b->candidates);
    b->states = calloc(capacity + 1, sizeof *b->states);
    b->addresses = calloc(capacity + 1, sizeof *b->addresses);
    b->described = calloc(capacity + 1, sizeof *b->described);
    assert_true(b->self != NULL && b->candidates != NULL && b->states != NULL &&
                b->addresses != NULL && b->described != NULL);
    assert_int_equal(complaints_about(b->ops, options, b->self), 0);
    b->rng = ek_rng_derive(seed, "lb", client);
    for (uint32_t i = 0; i < capacity; i++) {
        b->states[i] = calloc(1, STATE_SIZE);
        assert_non_null(b->states[i]);
        snprintf(b->addresses[i], ADDRESS_SIZE, "10.0.%u.%u:6379", i / 256 % 256, i % 256);
        b->candidates[i] = (struct ek_candidate){
            .state = b->states[i], .address = b->addresses[i], .id = i, .place = i, .weight = 1};
    }
    if (b->ops->init != NULL) {
        struct ek_lb_start start = {&b->rng, client, &b->mem, bench_describe, b};

        assert_int_equal(b->ops->init(b->self, &start), EK_OK);
    }
    return b;
}

static inline struct bench *bench_new(const char *name, const char *options, uint32_t count,
                                      uint64_t seed)
{
    struct bench *b = bench_start(name, options, count > 0 ? count : 1, seed, 0);

    b->count = count;
    if (count > 0)
        bench_rebuild(b);
    return b;
}

static inline struct bench *bench_weighted(const char *name, const char *options,
                                           const uint32_t *weights, uint32_t count)
{
    struct bench *b = bench_start(name, options, count, 1, 0);

    b->count = count;
    for (uint32_t i = 0; i < count; i++)
        b->candidates[i].weight = weights[i];
    bench_rebuild(b);
    return b;
}

static inline void bench_free(struct bench *b)
{
    if (b->ops->deinit != NULL)
        b->ops->deinit(b->self);
    if (b->ops->options != NULL)
        ek_option_release(b->ops->options, b->self);
    assert_int_equal(b->counting.live, 0);
    for (uint32_t i = 0; i < b->capacity; i++)
        free(b->states[i]);
    free(b->states);
    free(b->addresses);
    free(b->described);
    free(b->candidates);
    free(b->self);
    free(b);
}

static inline uint32_t pick_of(struct bench *b, const struct ek_candidate *c, uint32_t count,
                               int64_t now_ns)
{
    const struct ek_request request = {.hash = b->hash};
    struct ek_pick pick = b->ops->pick(b->self, c, count, &request, &b->rng, (ek_time){now_ns});

    assert_int_equal(pick.kind, EK_PICK_ENDPOINT);
    assert_true(pick.index < count);
    return pick.index;
}

static inline uint32_t pick_at(struct bench *b, int64_t now_ns)
{
    return pick_of(b, b->candidates, b->count, now_ns);
}

static inline uint32_t pick_hash(struct bench *b, uint64_t hash)
{
    b->hash = hash;
    return pick_of(b, b->candidates, b->count, 0);
}

/* What a retry picks that has tried the places whose bits are set; the place picked. */
static inline uint32_t pick_without(struct bench *b, uint32_t tried)
{
    struct ek_candidate left[ENDPOINTS_MAX];
    uint32_t count = 0;

    assert_true(b->count <= ENDPOINTS_MAX);
    for (uint32_t i = 0; i < b->count; i++)
        if ((tried >> i & 1) == 0)
            left[count++] = b->candidates[i];
    return left[pick_of(b, left, count, 0)].place;
}

/* A call starts at a candidate: as the core, the count goes up first. */
static inline void begin(struct bench *b, uint32_t endpoint, int64_t now_ns)
{
    b->candidates[endpoint].in_flight++;
    if (b->ops->started != NULL)
        b->ops->started(b->self, b->candidates[endpoint].state, (ek_time){now_ns});
}

static inline void end_with(struct bench *b, uint32_t endpoint, const struct ek_outcome *outcome,
                            int64_t now_ns)
{
    b->candidates[endpoint].in_flight -= b->candidates[endpoint].in_flight > 0;
    if (b->ops->finished != NULL)
        b->ops->finished(b->self, b->candidates[endpoint].state, outcome, (ek_time){now_ns});
}

/* Only an outcome. */
static inline void finish(struct bench *b, uint32_t endpoint, enum ek_status status,
                          int64_t latency_ns, int64_t now_ns)
{
    struct ek_outcome outcome = {.latency_ns = latency_ns, .status = status};

    b->ops->finished(b->self, b->candidates[endpoint].state, &outcome, (ek_time){now_ns});
}

/* Picks `total` times without starting anything; counts by candidate. */
static inline void count_picks(struct bench *b, int total, int64_t now_ns, int *counts)
{
    memset(counts, 0, b->count * sizeof *counts);
    for (int i = 0; i < total; i++)
        counts[pick_at(b, now_ns)]++;
}

/* The next picks are those of `wanted`, one digit each. */
static inline void assert_picks(struct bench *b, const char *wanted)
{
    char got[256] = "";
    size_t length = strlen(wanted);

    assert_true(length < sizeof got);
    for (size_t i = 0; i < length; i++)
        got[i] = (char)('0' + pick_at(b, 0));
    assert_string_equal(got, wanted);
}

/* Picks `total` times without starting anything; returns the shares in ppm. */
static inline void shares(struct bench *b, int total, int64_t ppm[ENDPOINTS_MAX])
{
    int counts[ENDPOINTS_MAX] = {0};

    for (int i = 0; i < total; i++)
        counts[pick_at(b, 0)]++;
    for (uint32_t i = 0; i < b->count; i++)
        ppm[i] = (int64_t)counts[i] * 1000000 / total;
}

/* Within `tolerance`, all in ppm. */
static inline void assert_share(int64_t ppm, int64_t wanted, int64_t tolerance)
{
    if (ppm < wanted - tolerance || ppm > wanted + tolerance)
        fail_msg("share %lld ppm, wanted %lld", (long long)ppm, (long long)wanted);
}

#endif
