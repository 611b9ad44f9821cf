/* A channel under test and a driver without a network: the test says what happens. */
#ifndef EK_TESTS_CORE_RIG_H
#define EK_TESTS_CORE_RIG_H

#include "evenkeel/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    RIG_ACTIONS_MAX = 4096,
    RIG_ENDPOINTS_MAX = 64
};

struct rig {
    struct ek_service_config config;
    json_t *resolver_options;
    struct ek_channel *channel;
    ek_time now;
    struct ek_action actions[RIG_ACTIONS_MAX]; /* of the last turn */
    char texts[RIG_ACTIONS_MAX][256];
    size_t action_count;
    uint64_t connections[RIG_ENDPOINTS_MAX]; /* by endpoint: the last CONNECT */
    uint64_t next_token;
    uint64_t query; /* the last one asked of the registry */
};

/* Pulls all actions of the turn. */
static inline void rig_pull(struct rig *rig)
{
    struct ek_action action;

    rig->action_count = 0;
    while (ek_channel_output(rig->channel, &action)) {
        size_t i = rig->action_count++;

        assert_true(i < RIG_ACTIONS_MAX);
        rig->actions[i] = action;
        snprintf(rig->texts[i], sizeof rig->texts[i], "%s", action.text != NULL ? action.text : "");
        if (action.kind == EK_ACTION_CONNECT)
            rig->connections[action.endpoint] = action.connection;
        else if (action.kind == EK_ACTION_HTTP_GET)
            rig->query = action.query;
    }
}

/* `config` is a service config as JSON; `addresses` a JSON list, or NULL for `resolver` that is not
 * the static one. */
static inline void rig_open_with(struct rig *rig, const char *config, const char *addresses,
                                 const struct ek_resolver_ops *resolver, uint64_t seed, uint64_t id)
{
    struct ek_errors errors = {0};
    json_t *json = json_loads(config, 0, NULL);
    struct ek_channel_config channel = {
        .service_config = &rig->config,
        .resolver = resolver,
        .seed = seed,
        .id = id,
    };

    memset(rig, 0, sizeof *rig);
    assert_non_null(json);
    assert_int_equal(ek_service_config_read(json, "", &rig->config, &errors), EK_OK);
    json_decref(json);
    if (addresses != NULL)
        rig->resolver_options = json_pack("{s:o}", "addresses", json_loads(addresses, 0, NULL));
    channel.resolver_options = rig->resolver_options;
    assert_int_equal(ek_channel_new(&channel, rig->now, &rig->channel, &errors), EK_OK);
    rig_pull(rig);
}

static inline void rig_open_as(struct rig *rig, const char *config, const char *addresses,
                               uint64_t seed, uint64_t id)
{
    rig_open_with(rig, config, addresses, ek_resolver_find("static"), seed, id);
}

static inline void rig_open(struct rig *rig, const char *config, const char *addresses)
{
    rig_open_as(rig, config, addresses, 1, 0);
}

static inline void rig_close(struct rig *rig)
{
    ek_channel_free(rig->channel);
    ek_service_config_deinit(&rig->config);
    json_decref(rig->resolver_options);
}

static inline void rig_event(struct rig *rig, enum ek_event_kind kind, uint64_t connection,
                             const char *text)
{
    struct ek_event event = {.kind = kind, .connection = connection, .text = text};

    ek_channel_input(rig->channel, &event, rig->now);
    rig_pull(rig);
}

static inline void rig_connected(struct rig *rig, uint32_t endpoint)
{
    rig_event(rig, EK_EVENT_CONNECTED, rig->connections[endpoint], NULL);
}

static inline void rig_refused(struct rig *rig, uint32_t endpoint)
{
    rig_event(rig, EK_EVENT_CONNECT_FAILED, rig->connections[endpoint], "connection refused");
}

static inline uint64_t rig_call(struct rig *rig)
{
    struct ek_call call = {.token = ++rig->next_token};

    assert_int_equal(ek_channel_call(rig->channel, &call, rig->now), EK_OK);
    rig_pull(rig);
    return call.token;
}

/* An attempt's end as the driver tells it; `end.attempt` is filled in. */
static inline void rig_end(struct rig *rig, uint64_t attempt, struct ek_event end)
{
    end.kind = EK_EVENT_ATTEMPT_DONE;
    end.attempt = attempt;
    ek_channel_input(rig->channel, &end, rig->now);
    rig_pull(rig);
}

static inline void rig_done(struct rig *rig, uint64_t attempt, enum ek_status status)
{
    struct ek_event event = {.kind = EK_EVENT_ATTEMPT_DONE, .attempt = attempt, .status = status};

    ek_channel_input(rig->channel, &event, rig->now);
    rig_pull(rig);
}

static inline void rig_wait(struct rig *rig, int64_t ns)
{
    rig->now = ek_time_add(rig->now, ns);
    ek_channel_tick(rig->channel, rig->now);
    rig_pull(rig);
}

/* The n-th action of that kind in the last turn, from 0; NULL if there are fewer. */
static inline const struct ek_action *rig_find(const struct rig *rig, enum ek_action_kind kind,
                                               size_t n)
{
    for (size_t i = 0; i < rig->action_count; i++)
        if (rig->actions[i].kind == kind && n-- == 0)
            return &rig->actions[i];
    return NULL;
}

static inline const struct ek_action *rig_note(const struct rig *rig, enum ek_note note)
{
    for (size_t i = 0; i < rig->action_count; i++)
        if (rig->actions[i].kind == EK_ACTION_NOTE && rig->actions[i].note == note)
            return &rig->actions[i];
    return NULL;
}

static inline const char *rig_text(const struct rig *rig, const struct ek_action *action)
{
    return rig->texts[action - rig->actions];
}

/* A call that must be sent at once; returns its SEND. */
static inline struct ek_action rig_sent(struct rig *rig)
{
    const struct ek_action *send;

    rig_call(rig);
    send = rig_find(rig, EK_ACTION_SEND, 0);
    assert_non_null(send);
    return *send;
}

/* The first call that ended in the last turn; NULL if none did. */
static inline const struct ek_action *rig_finish(const struct rig *rig)
{
    return rig_find(rig, EK_ACTION_FINISH, 0);
}

static inline enum ek_conn rig_state(const struct rig *rig, uint32_t endpoint)
{
    struct ek_endpoint_view view;

    assert_true(ek_channel_endpoint(rig->channel, endpoint, &view));
    return view.state;
}

#endif
