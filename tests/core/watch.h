/* A resolver under test: the test is the registry, and time. */
#ifndef EK_TESTS_CORE_WATCH_H
#define EK_TESTS_CORE_WATCH_H

#include "evenkeel/resolver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A resolver, the time, and what it wanted last. */
struct watch {
    const struct ek_resolver_ops *ops;
    void *self;
    ek_time now;
    char target[2048];
    int64_t timeout_ns;
    bool is_asking, is_stream;
    char posted[512];
    char list[8192];         /* "a:1 b:2*3": weights other than 1 after a star */
    size_t count;            /* of addresses in it */
    struct ek_address first; /* of them, valid until the next turn */
    char error[256];
    int lists, errors, empties, shrinks, ages, cancels, queries;
};

/* Pulls all there is. */
static inline void pull(struct watch *w)
{
    for (;;) {
        struct ek_resolve wish = w->ops->output(w->self, w->now);
        size_t used = 0;

        switch (wish.kind) {
        case EK_RESOLVE_NONE:
            return;
        case EK_RESOLVE_GET:
        case EK_RESOLVE_LOOKUP:
            assert_false(w->is_asking);
            w->is_asking = true;
            w->queries++;
            w->timeout_ns = wish.timeout_ns;
            w->is_stream = wish.is_stream;
            snprintf(w->target, sizeof w->target, "%s", wish.target);
            snprintf(w->posted, sizeof w->posted, "%s", wish.body != NULL ? wish.body : "");
            break;
        case EK_RESOLVE_CANCEL:
            assert_true(w->is_asking);
            w->is_asking = false;
            w->cancels++;
            break;
        case EK_RESOLVE_LIST:
            w->lists++;
            w->list[0] = '\0';
            w->count = wish.address_count;
            w->first = wish.address_count > 0 ? wish.addresses[0] : (struct ek_address){0};
            for (size_t i = 0; i < wish.address_count && used < sizeof w->list - 300; i++) {
                const struct ek_address *a = &wish.addresses[i];
                used += (size_t)snprintf(w->list + used, 300, i > 0 ? " %s" : "%s", a->text);
                if (a->weight != 1)
                    used += (size_t)snprintf(w->list + used, 12, "*%u", (unsigned)a->weight);
            }
            break;
        case EK_RESOLVE_ERROR:
            w->errors++;
            snprintf(w->error, sizeof w->error, "%s", wish.text);
            break;
        case EK_RESOLVE_EMPTY:
            w->empties++;
            break;
        case EK_RESOLVE_SHRUNK:
            w->shrinks++;
            break;
        case EK_RESOLVE_AGED:
            w->ages++;
            break;
        }
    }
}

static inline struct watch watch_named(const char *name, const char *options, uint64_t seed)
{
    struct watch w = {.ops = ek_resolver_find(name), .now = {1000 * EK_S}};
    struct ek_errors errors = {0};
    json_t *json = json_loads(options, 0, NULL);

    assert_non_null(json);
    w.self = calloc(1, w.ops->self_size);
    assert_non_null(w.self);
    ek_option_read(w.ops->options, json, "", w.self, &errors);
    if (w.ops->check != NULL)
        w.ops->check(w.self, "", &errors);
    if (errors.count > 0)
        fail_msg("%s: %s", errors.items[0].path, errors.items[0].text);
    json_decref(json);
    assert_int_equal(w.ops->init(w.self, ek_rng_derive(seed, "consul", 0), w.now), EK_OK);
    pull(&w);
    return w;
}

static inline struct watch watch_seeded(const char *options, uint64_t seed)
{
    return watch_named("consul", options, seed);
}

static inline struct watch watch_new(const char *options)
{
    return watch_seeded(options, 1);
}

static inline void watch_free(struct watch *w)
{
    w->ops->deinit(w->self);
    ek_option_release(w->ops->options, w->self);
    free(w->self);
}

static inline void answer(struct watch *w, int status, uint64_t index, const char *body)
{
    struct ek_http_answer http = {.status = status,
                                  .index = index,
                                  .body = body,
                                  .body_size = body != NULL ? strlen(body) : 0};

    assert_true(w->is_asking);
    w->is_asking = false;
    w->ops->answer(w->self, &http, w->now);
    pull(w);
}

/* A line of an answer that goes on. */
static inline void part(struct watch *w, const char *body)
{
    struct ek_http_answer http = {
        .status = 200, .body = body, .body_size = strlen(body), .is_part = true};

    assert_true(w->is_asking && w->is_stream);
    w->ops->answer(w->self, &http, w->now);
    pull(w);
}

/* Moves on to `t`, ticking at every deadline on the way. */
static inline void advance_to(struct watch *w, ek_time t)
{
    for (int i = 0; !ek_time_before(t, w->ops->deadline(w->self)); i++) {
        ek_time due = w->ops->deadline(w->self);
        assert_true(i < 1000000);
        if (ek_time_before(w->now, due))
            w->now = due;
        w->ops->tick(w->self, w->now);
        pull(w);
        if (!ek_time_before(w->now, t))
            break;
    }
    w->now = t;
}

static inline void advance(struct watch *w, int64_t duration_ns)
{
    advance_to(w, ek_time_add(w->now, duration_ns));
}

#endif
