/* Obeying a channel, and the invariants of each turn. */
#include "fuzz_model.h"

#include "core/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACTIONS_MAX = 100000 /* of a turn */
};

const struct wish model_wishes[WISH_COUNT] = {
    {{{NULL, NULL}}, 0},
    {{{"tag", "canary"}}, 1},
    {{{"tag", "blue"}}, 1},
    {{{"zone", "z"}, {"tag", "canary"}}, 2},
};

void model_failed(const char *claim, const char *file, int line)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, claim);
    abort();
}

/* ---- actions ---- */

void model_attempt_gone(struct model *m, size_t i)
{
    m->endpoints[m->attempts[i].endpoint].in_flight--;
    m->attempts[i] = m->attempts[--m->attempt_count];
}

static struct call *call_of(struct model *m, uint64_t token)
{
    size_t i = 0;

    while (i < m->call_count && m->calls[i].token != token)
        i++;
    CHECK(i < m->call_count);
    return &m->calls[i];
}

/* Where nothing may fall back, a call meets what it asked for or nobody. */
static void check_wish(struct model *m, const struct call *call, const struct endpoint *e)
{
    const struct ek_subsets_config *subsets = &m->config.selection.subsets;
    const struct ek_address host = fleet_address(e->host, m->variants[e->host]);

    if (subsets->fallback != EK_FALLBACK_NONE || subsets->selectors.count > 0)
        return;
    for (size_t i = 0; i < model_wishes[call->wish].count; i++)
        CHECK(ek__labels_have(host.labels, host.labels_size, &model_wishes[call->wish].labels[i]));
}

static void on_send(struct model *m, const struct ek_action *action)
{
    struct endpoint *e = &m->endpoints[action->endpoint];

    CHECK(action->endpoint < m->endpoint_count);
    CHECK(e->is_listed);
    CHECK(e->is_ready || m->config.connection.on_demand); /* as of the last config */
    m->unfit_sends += e->is_ejected || e->is_unhealthy;
    CHECK(action->number >= 1 && action->number <= m->attempts_max);
    for (size_t i = 0; i < m->attempt_count; i++)
        CHECK(m->attempts[i].handle != action->attempt);
    check_wish(m, call_of(m, action->call), e);
    m->traced_sends += action->call == m->traced;
    if (action->call == m->traced)
        m->traced_to = action->endpoint;
    CHECK(m->attempt_count < OPEN_MAX);
    m->attempts[m->attempt_count++] =
        (struct attempt){action->attempt, action->call, action->endpoint};
    e->in_flight++;
}

static void on_cancel(struct model *m, const struct ek_action *action)
{
    size_t i = 0;

    while (i < m->attempt_count && m->attempts[i].handle != action->attempt)
        i++;
    CHECK(i < m->attempt_count); /* each ends once */
    CHECK(m->attempts[i].call == action->call && m->attempts[i].endpoint == action->endpoint);
    model_attempt_gone(m, i);
}

static void on_finish(struct model *m, const struct ek_action *action)
{
    for (size_t a = 0; a < m->attempt_count; a++)
        CHECK(m->attempts[a].call != action->call);
    CHECK(action->status == EK_STATUS_OK || action->text != NULL);
    *call_of(m, action->call) = m->calls[m->call_count - 1];
    m->call_count--;
}

static void on_note(struct model *m, const struct ek_action *action)
{
    struct endpoint *e = action->endpoint < ENDPOINTS_MAX ? &m->endpoints[action->endpoint] : NULL;

    if (action->note == EK_NOTE_ENDPOINT_ADDED) {
        CHECK(action->endpoint == m->endpoint_count && action->endpoint < ENDPOINTS_MAX);
        m->endpoint_count++;
        e->is_listed = true;
        while (strcmp(fleet_names[e->host], action->text) != 0)
            CHECK(++e->host < FLEET_SIZE);
    } else if (action->note == EK_NOTE_ENDPOINT_REMOVED) {
        e->is_listed = e->is_ejected = e->is_unhealthy = false;
    } else if (action->note == EK_NOTE_SUBCHANNEL_STATE) {
        e->is_ready = action->to == EK_CONN_READY;
    } else if (action->note == EK_NOTE_EJECTED || action->note == EK_NOTE_RETURNED) {
        CHECK(action->note == EK_NOTE_EJECTED || e->is_ejected);
        e->is_ejected = action->note == EK_NOTE_EJECTED;
    } else if (action->note == EK_NOTE_UNHEALTHY || action->note == EK_NOTE_HEALTHY) {
        e->is_unhealthy = action->note == EK_NOTE_UNHEALTHY;
    }
}

void model_probe_gone(struct model *m, uint64_t probe)
{
    for (size_t i = 0; i < m->probe_count; i++)
        if (m->probes[i] == probe) {
            m->probes[i] = m->probes[--m->probe_count];
            return;
        }
    model_failed("a probe ends once", __FILE__, __LINE__);
}

static void obey(struct model *m, const struct ek_action *action)
{
    if (action->kind == EK_ACTION_CONNECT) {
        CHECK(action->text != NULL);
        m->connections[m->connection_count++ % OPEN_MAX] = action->connection;
    } else if (action->kind == EK_ACTION_SEND) {
        on_send(m, action);
    } else if (action->kind == EK_ACTION_CANCEL) {
        on_cancel(m, action);
    } else if (action->kind == EK_ACTION_FINISH) {
        on_finish(m, action);
    } else if (action->kind == EK_ACTION_HTTP_GET) {
        *(strncmp(action->text, "/v1/kv/", 7) == 0 ? &m->canary_query : &m->query) = action->query;
    } else if (action->kind == EK_ACTION_PROBE) {
        CHECK(m->probe_count < OPEN_MAX && m->endpoints[action->endpoint].is_listed);
        m->probes[m->probe_count++] = action->probe;
    } else if (action->kind == EK_ACTION_PROBE_CANCEL) {
        model_probe_gone(m, action->probe);
    } else if (action->kind == EK_ACTION_NOTE) {
        on_note(m, action);
    }
}

/* ---- invariants ---- */

/* Looking changes nothing. */
static void check_score(struct model *m, uint32_t endpoint)
{
    int64_t first = 0, second = 0;
    bool has_score = ek_channel_score(m->channel, endpoint, &first);

    CHECK(ek_channel_score(m->channel, endpoint, &second) == has_score && first == second);
    CHECK(!has_score || m->endpoints[endpoint].is_listed);
}

/* A traced call went to one of those that were put down: nobody stands there twice. */
static void check_trace(struct model *m)
{
    size_t count;
    const struct ek_traced *traced = ek_channel_traced(m->channel, &count);
    bool is_there = m->traced_sends != 1 || m->has_hedged;

    for (size_t i = 0; i < count; i++) {
        CHECK(traced[i].endpoint < m->endpoint_count && traced[i].weight > 0);
        for (size_t k = 0; k < i; k++)
            CHECK(traced[k].endpoint != traced[i].endpoint);
        is_there = is_there || traced[i].endpoint == m->traced_to;
    }
    CHECK(is_there);
    m->traced_sends = 0;
}

/* Who is not fit is only sent to in panic. */
static void check_panic(struct model *m)
{
    uint64_t panic_picks = ek_channel_stats(m->channel).panic_picks;

    CHECK(m->unfit_sends <= panic_picks - m->panic_picks_last);
    m->unfit_sends = 0;
    m->panic_picks_last = panic_picks;
}

static void check_books(struct model *m)
{
    struct ek_channel_stats stats = ek_channel_stats(m->channel);
    uint32_t ejected = 0, listed = 0, in_flight = 0, unhealthy = 0;

    for (uint32_t e = 0; e < m->endpoint_count; e++) {
        struct ek_endpoint_view view;

        if (!ek_channel_endpoint(m->channel, e, &view)) {
            CHECK(m->endpoints[e].in_flight == 0);
            continue;
        }
        CHECK(view.in_flight == m->endpoints[e].in_flight);
        CHECK(view.is_listed == m->endpoints[e].is_listed);
        CHECK(view.is_ejected == m->endpoints[e].is_ejected);
        CHECK(view.is_unhealthy == m->endpoints[e].is_unhealthy);
        check_score(m, e);
        in_flight += view.in_flight;
        listed += view.is_listed;
        ejected += view.is_listed && view.is_ejected;
        unhealthy += view.is_listed && view.is_unhealthy;
    }
    CHECK(stats.attempts_unfinished == m->attempt_count && in_flight == m->attempt_count);
    CHECK(stats.calls_unfinished == m->call_count && stats.calls_queued <= m->call_count);
    CHECK(stats.endpoints_listed == listed && stats.endpoints_ejected == ejected);
    CHECK(stats.endpoints_unhealthy == unhealthy);
    CHECK(stats.probes_unfinished == m->probe_count);
    CHECK(stats.retry_tokens >= 0 && stats.retry_tokens <= m->config.throttling.tokens_max);
    CHECK(stats.attempts_unfinished <= m->config.limits.requests_max);
    CHECK(stats.calls_queued <= m->config.limits.pending_max);
    CHECK(stats.retries_unfinished <= m->config.limits.retries_max);
    CHECK(m->call_count > 0 || stats.retries_unfinished == 0);
}

void model_pull(struct model *m)
{
    struct ek_action action;
    int turns = 0;

    while (ek_channel_output(m->channel, &action)) {
        CHECK(++turns < ACTIONS_MAX);
        obey(m, &action);
    }
    check_books(m);
    check_panic(m);
    check_trace(m);
}
