/* A channel under test whose endpoints have labels, localities and priorities. */
#ifndef EK_TESTS_CORE_SELECT_RIG_H
#define EK_TESTS_CORE_SELECT_RIG_H

#include "evenkeel/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifndef RIG_ENDPOINTS_MAX
#define RIG_ENDPOINTS_MAX 512 /* numbers: churn uses them up */
#endif

/* A resolver that publishes what the test says. */
struct told {
    const struct ek_address *addresses;
    size_t count;
    bool has_news;
};

static inline enum ek_err told_init(void *self, struct ek_rng rng, ek_time now)
{
    (void)self, (void)rng, (void)now;
    return EK_OK;
}

static inline void told_answer(void *self, const struct ek_http_answer *answer, ek_time now)
{
    (void)self, (void)answer, (void)now;
}

/* Any turn of time lets the news out. */
static inline void told_time(void *self, ek_time now)
{
    (void)self, (void)now;
}

extern struct told *told_now; /* what the resolver of this test publishes */

static inline struct ek_resolve told_output(void *self, ek_time now)
{
    struct told *told = told_now;

    (void)self, (void)now;
    if (told == NULL || !told->has_news)
        return (struct ek_resolve){.kind = EK_RESOLVE_NONE};
    told->has_news = false;
    return (struct ek_resolve){
        .kind = EK_RESOLVE_LIST, .addresses = told->addresses, .address_count = told->count};
}

static inline ek_time told_deadline(const void *self)
{
    (void)self;
    return told_now != NULL && told_now->has_news ? (ek_time){0} : EK_TIME_NEVER;
}

static inline void told_deinit(void *self)
{
    (void)self;
}

static const struct ek_resolver_ops told_ops = {
    .name = "told",
    .text = "A list given by the test.",
    .self_size = 1,
    .init = told_init,
    .answer = told_answer,
    .hint = told_time,
    .tick = told_time,
    .output = told_output,
    .deadline = told_deadline,
    .deinit = told_deinit,
};

/* One call as it ended up. */
struct result {
    bool is_sent;     /* to `endpoint` */
    bool is_finished; /* with `status` and `text` */
    uint32_t endpoint;
    uint64_t attempt;
    enum ek_status status;
    char text[256];
};

struct rig {
    struct ek_service_config config;
    json_t *options;
    struct ek_channel *channel;
    ek_time now;
    uint64_t connections[RIG_ENDPOINTS_MAX], token;
    struct result last; /* of the last turn */
};

static inline void rig_pull(struct rig *rig)
{
    struct ek_action action;

    while (ek_channel_output(rig->channel, &action)) {
        if (action.kind == EK_ACTION_CONNECT) {
            assert_true(action.endpoint < RIG_ENDPOINTS_MAX);
            rig->connections[action.endpoint] = action.connection;
        } else if (action.kind == EK_ACTION_SEND) {
            rig->last.is_sent = true;
            rig->last.endpoint = action.endpoint;
            rig->last.attempt = action.attempt;
        } else if (action.kind == EK_ACTION_FINISH) {
            rig->last.is_finished = true;
            rig->last.status = action.status;
            snprintf(rig->last.text, sizeof rig->last.text, "%s",
                     action.text != NULL ? action.text : "");
        }
    }
}

static inline void rig_read(struct rig *rig, const char *config)
{
    struct ek_errors errors = {0};
    json_t *json = json_loads(config, 0, NULL);

    memset(rig, 0, sizeof *rig);
    assert_non_null(json);
    if (ek_service_config_read(json, "", &rig->config, &errors) != EK_OK)
        fail_msg("%s: %s", errors.items[0].path, errors.items[0].text);
    json_decref(json);
}

/* `options` are the static resolver's, `setup` may carry id, seed, locality and mem. */
static inline void rig_open_with(struct rig *rig, const char *config, const char *options,
                                 struct ek_channel_config setup)
{
    struct ek_errors errors = {0};

    rig_read(rig, config);
    setup.service_config = &rig->config;
    setup.resolver = options != NULL ? ek_resolver_find("static") : &told_ops;
    rig->options = options != NULL ? json_loads(options, 0, NULL) : NULL;
    assert_true(options == NULL || rig->options != NULL);
    setup.resolver_options = rig->options;
    if (ek_channel_new(&setup, rig->now, &rig->channel, &errors) != EK_OK)
        fail_msg("%s: %s", errors.items[0].path, errors.items[0].text);
    rig_pull(rig);
}

static inline void rig_open(struct rig *rig, const char *config, const char *options)
{
    rig_open_with(rig, config, options, (struct ek_channel_config){.seed = 1});
}

static inline void rig_close(struct rig *rig)
{
    ek_channel_free(rig->channel);
    ek_service_config_deinit(&rig->config);
    json_decref(rig->options);
}

static inline void rig_event(struct rig *rig, enum ek_event_kind kind, uint32_t endpoint)
{
    struct ek_event event = {.kind = kind, .connection = rig->connections[endpoint]};

    ek_channel_input(rig->channel, &event, rig->now);
    rig_pull(rig);
}

static inline void rig_connect(struct rig *rig, uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i <= last; i++)
        rig_event(rig, EK_EVENT_CONNECTED, i);
}

static inline uint32_t rig_subset(struct rig *rig, const char *key, const char *value)
{
    const struct ek_label label = {key, value};
    uint32_t subset = 0;

    assert_int_equal(ek_channel_subset(rig->channel, &label, 1, &subset), EK_OK);
    return subset;
}

static inline struct result rig_call_as(struct rig *rig, uint32_t subset, uint64_t hash)
{
    struct ek_call call = {.token = ++rig->token, .subset = subset, .hash = hash};

    rig->last = (struct result){0};
    assert_int_equal(ek_channel_call(rig->channel, &call, rig->now), EK_OK);
    rig_pull(rig);
    return rig->last;
}

static inline struct result rig_call(struct rig *rig, uint32_t subset)
{
    return rig_call_as(rig, subset, 0);
}

static inline void rig_done(struct rig *rig, uint64_t attempt, enum ek_status status)
{
    struct ek_event event = {.kind = EK_EVENT_ATTEMPT_DONE, .attempt = attempt, .status = status};

    rig->last = (struct result){0};
    ek_channel_input(rig->channel, &event, rig->now);
    rig_pull(rig);
}

/* A call that is sent, and answered at once. Returns the endpoint. */
static inline uint32_t rig_served(struct rig *rig, uint32_t subset)
{
    struct result result = rig_call(rig, subset);

    if (!result.is_sent)
        fail_msg("not sent: %s", result.text);
    rig_done(rig, result.attempt, EK_STATUS_OK);
    return result.endpoint;
}

static inline void rig_wait(struct rig *rig, int64_t ns)
{
    rig->now = ek_time_add(rig->now, ns);
    ek_channel_tick(rig->channel, rig->now);
    rig_pull(rig);
}

/* Publishes another list (for channels opened without static options). */
static inline void rig_tell(struct rig *rig, struct told *told)
{
    told->has_news = true;
    told_now = told;
    ek_channel_tick(rig->channel, rig->now);
    rig_pull(rig);
    told_now = NULL;
}

/* Ejects an endpoint: outlierDetection must have consecutiveFailures 1. `subset` must lead to it
 * alone, or the calls before end well. */
static inline void rig_eject(struct rig *rig, uint32_t endpoint)
{
    for (int i = 0; i < 100000; i++) {
        struct result result = rig_call(rig, 0);

        assert_true(result.is_sent);
        rig_done(rig, result.attempt,
                 result.endpoint == endpoint ? EK_STATUS_UNAVAILABLE : EK_STATUS_OK);
        if (result.endpoint == endpoint)
            return;
    }
    fail_msg("endpoint %u is never picked", (unsigned)endpoint);
}

#endif
