/* How everything stood at a moment, by stepping through the events. */
#include "reports/recording/replay_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* What a client knows of an endpoint, in a byte. */
    PAIR_STATE = 7, /* enum ek_conn; NO_SUBCHANNEL when there is none */
    NO_SUBCHANNEL = 7,
    PAIR_LISTED = 8,
    PAIR_EJECTED = 16,

    STEPS_MIN = 4096,           /* events between two checkpoints, at least */
    CHECKPOINT_BYTES = 64 << 20 /* and as many more as keep them below this */
};

/* One block of memory, so that a checkpoint is a copy. The arrays follow it. */
struct state {
    size_t event_index; /* events before it are in */
    uint64_t registry_index;
    uint32_t faults_active;
};

struct ek__moments {
    const struct ek_replay *replay;
    size_t endpoint_count, client_count;
    size_t bytes; /* of a state with its arrays */
    struct state *state;
    struct ek_endpoint_moment *endpoints; /* in the state's block, like the next three */
    struct ek_client_moment *clients;
    uint32_t *faults;           /* per endpoint: how many have hold of it */
    unsigned char *pairs;       /* per client, per endpoint */
    unsigned char *checkpoints; /* states after 0, steps, 2 steps ... events */
    size_t checkpoint_count, checkpoint_max, steps;
    struct ek_moment moment;
};

static size_t padded(size_t bytes)
{
    return (bytes + 15) / 16 * 16;
}

static void lay_out(struct ek__moments *m)
{
    unsigned char *at = (unsigned char *)m->state + padded(sizeof *m->state);
    m->endpoints = (void *)at;
    at += padded(m->endpoint_count * sizeof *m->endpoints);
    m->clients = (void *)at;
    at += padded(m->client_count * sizeof *m->clients);
    m->faults = (void *)at;
    at += padded(m->endpoint_count * sizeof *m->faults);
    m->pairs = at;
}

static void reset(struct ek__moments *m)
{
    memset(m->state, 0, m->bytes);
    for (size_t e = 0; e < m->endpoint_count; e++)
        m->endpoints[e].fitness = EK_FITNESS_GONE;
    for (size_t c = 0; c < m->client_count; c++)
        m->clients[c].answered_ns = m->clients[c].believed_ns = m->clients[c].doubted_ns = -1;
    memset(m->pairs, NO_SUBCHANNEL, m->client_count * m->endpoint_count);
}

struct ek__moments *ek__moments_new(const struct ek_replay *replay)
{
    struct ek__moments *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->replay = replay;
    m->endpoint_count = replay->results.endpoint_count;
    m->client_count = replay->results.client_count;
    m->bytes = padded(sizeof *m->state) + padded(m->endpoint_count * sizeof *m->endpoints) +
               padded(m->client_count * sizeof *m->clients) +
               padded(m->endpoint_count * sizeof *m->faults) +
               padded(m->client_count * m->endpoint_count);
    m->checkpoint_max = CHECKPOINT_BYTES / m->bytes + 2;
    m->steps = replay->event_count / m->checkpoint_max + 1;
    if (m->steps < STEPS_MIN)
        m->steps = STEPS_MIN;
    m->checkpoint_max = replay->event_count / m->steps + 1;
    m->state = malloc(m->bytes);
    m->checkpoints = malloc(m->checkpoint_max * m->bytes);
    if (m->state == NULL || m->checkpoints == NULL) {
        ek__moments_free(m);
        return NULL;
    }
    lay_out(m);
    reset(m);
    memcpy(m->checkpoints, m->state, m->bytes);
    m->checkpoint_count = 1;
    return m;
}

void ek__moments_free(struct ek__moments *m)
{
    if (m == NULL)
        return;
    free(m->state);
    free(m->checkpoints);
    free(m);
}

/* ---- one event ---- */

static enum ek_fitness fitness_of(const struct ek_endpoint_moment *e, uint32_t faults)
{
    if (e->listed == 0)
        return EK_FITNESS_GONE;
    if (e->process == EK_PROCESS_DRAINING)
        return EK_FITNESS_DRAINING;
    if (e->ejected > 0 && e->ejected >= e->listed - e->ejected)
        return EK_FITNESS_EJECTED;
    if (e->ready == 0 && e->idle == 0 && e->connecting + e->failing > 0)
        return EK_FITNESS_PROBING;
    return faults > 0 || e->process != EK_PROCESS_UP ? EK_FITNESS_SUSPECT : EK_FITNESS_HEALTHY;
}

static void look_again(struct ek__moments *m, uint32_t endpoint, int64_t at_ns)
{
    struct ek_endpoint_moment *e = &m->endpoints[endpoint];
    enum ek_fitness fitness = fitness_of(e, m->faults[endpoint]);
    if (fitness == e->fitness)
        return;
    /* A connection that fails again is idle for no time between two attempts. */
    bool was_nothing = fitness == e->fitness_before && at_ns == e->since_ns;
    int64_t since_ns = was_nothing ? e->since_before_ns : at_ns;
    e->fitness_before = e->fitness;
    e->since_before_ns = e->since_ns;
    e->fitness = fitness;
    e->since_ns = since_ns;
}

/* The number of clients whose subchannel is in that state; NULL where nobody counts. */
static uint32_t *counter_of(struct ek_endpoint_moment *e, unsigned state)
{
    switch (state) {
    case EK_CONN_IDLE:
        return &e->idle;
    case EK_CONN_CONNECTING:
        return &e->connecting;
    case EK_CONN_READY:
        return &e->ready;
    case EK_CONN_TRANSIENT_FAILURE:
        return &e->failing;
    default:
        return NULL;
    }
}

static void set_state(struct ek_endpoint_moment *e, unsigned char *pair, unsigned state)
{
    uint32_t *left = counter_of(e, *pair & PAIR_STATE);
    if (left != NULL)
        --*left;
    if (counter_of(e, state) == NULL)
        state = NO_SUBCHANNEL;
    else
        ++*counter_of(e, state);
    *pair = (unsigned char)((*pair & ~(unsigned)PAIR_STATE) | state);
}

static void set_ejected(struct ek__moments *m, const struct ek_replay_event *event,
                        unsigned char *pair, bool is_ejected)
{
    if (((*pair & PAIR_EJECTED) != 0) == is_ejected)
        return;
    *pair ^= PAIR_EJECTED;
    uint32_t step = is_ejected ? 1 : UINT32_MAX;
    m->endpoints[event->subject].ejected += step;
    m->clients[event->actor].ejected += step;
}

/* The registry's word on the endpoint. */
static void set_check(struct ek__moments *m, const struct ek_replay_event *event, const char *word)
{
    struct ek_endpoint_moment *e = &m->endpoints[event->subject];
    snprintf(e->check, sizeof e->check, "%s", word);
}

static void step_pair(struct ek__moments *m, const struct ek_replay_event *event)
{
    struct ek_endpoint_moment *e = &m->endpoints[event->subject];
    unsigned char *pair = &m->pairs[event->actor * m->endpoint_count + event->subject];
    bool is_listed = (*pair & PAIR_LISTED) != 0;
    if (event->kind == EK_RECORD_SUBCHANNEL_STATE) {
        set_state(e, pair,
                  event->b >= 0 && event->b < EK_CONN_COUNT ? (unsigned)event->b
                                                            : EK_CONN_SHUTDOWN);
    } else if (event->kind == EK_RECORD_ENDPOINT_ADDED && !is_listed) {
        *pair |= PAIR_LISTED;
        e->listed++;
    } else if (event->kind == EK_RECORD_ENDPOINT_REMOVED && is_listed) {
        set_state(e, pair, EK_CONN_SHUTDOWN);
        set_ejected(m, event, pair, false);
        *pair = (unsigned char)(*pair & ~PAIR_LISTED);
        e->listed--;
    } else if (event->kind == EK_RECORD_EJECTED) {
        set_ejected(m, event, pair, true);
    } else if (event->kind == EK_RECORD_RETURNED) {
        set_ejected(m, event, pair, false);
    }
    look_again(m, event->subject, event->at_ns);
}

static void step_client(struct ek__moments *m, const struct ek_replay_event *event)
{
    struct ek_client_moment *client = &m->clients[event->actor];
    if (event->kind == EK_RECORD_RESOLVED) {
        client->listed = event->a > 0 && event->a < UINT32_MAX ? (uint32_t)event->a : 0;
    } else if (event->kind == EK_RECORD_QUERY && event->a == 200) {
        client->index = event->b > 0 ? (uint64_t)event->b : 0;
        client->doubted_ns = client->believed_ns;
        client->answered_ns = client->believed_ns = event->at_ns;
        client->is_refused = false;
    } else if (event->kind == EK_RECORD_EMPTY_IGNORED || event->kind == EK_RECORD_SHRINK_IGNORED) {
        client->believed_ns = client->doubted_ns;
        client->is_refused = true;
    } else if (event->kind == EK_RECORD_CHANNEL_STATE && event->b >= 0 &&
               event->b < EK_CONN_COUNT) {
        client->channel_state = (int)event->b;
    } else if (event->subject != EK_NOBODY) {
        step_pair(m, event);
    }
}

static void step_fault(struct ek__moments *m, const struct ek_replay_event *event)
{
    const struct ek_failover *fault = &m->replay->results.faults[event->actor];
    bool is_begin = event->kind == EK_RECORD_FAULT_BEGIN;
    if (!is_begin && m->state->faults_active == 0)
        return;
    m->state->faults_active += is_begin ? 1 : UINT32_MAX;
    for (size_t i = 0; i < fault->endpoint_count; i++) {
        uint32_t e = fault->endpoints[i];
        if (is_begin)
            m->faults[e]++;
        else if (m->faults[e] > 0)
            m->faults[e]--;
        look_again(m, e, event->at_ns);
    }
}

static void step_registry(struct ek__moments *m, const struct ek_replay_event *event)
{
    if (event->b > 0)
        m->state->registry_index = (uint64_t)event->b;
    if (event->subject == EK_NOBODY)
        return;
    if (event->kind == EK_RECORD_DEREGISTERED)
        set_check(m, event, "");
    else if (event->kind == EK_RECORD_CHECK)
        set_check(m, event, event->text);
    else if (event->kind == EK_RECORD_REGISTERED && m->endpoints[event->subject].check[0] == '\0')
        set_check(m, event, "passing"); /* a service without checks passes */
}

static void step(struct ek__moments *m, const struct ek_replay_event *event)
{
    m->state->event_index++;
    enum ek__role role = ek__record_role(event->kind);
    if (role == EK__ROLE_NONE) {
        step_registry(m, event);
    } else if (event->actor == EK_NOBODY) {
        return;
    } else if (role == EK__ROLE_CLIENT) {
        step_client(m, event);
    } else if (role == EK__ROLE_FAULT) {
        step_fault(m, event);
    } else if (event->a >= EK_PROCESS_UP && event->a <= EK_PROCESS_DEGRADED) {
        m->endpoints[event->actor].process = (enum ek_process)event->a;
        look_again(m, event->actor, event->at_ns);
    }
}

/* ---- moving ---- */

static const struct ek_moment *move(struct ek__moments *m, size_t target, int64_t at_ns)
{
    size_t last = target / m->steps;
    if (last >= m->checkpoint_count)
        last = m->checkpoint_count - 1;
    /* From the nearest known state that is not after the target. */
    if (target < m->state->event_index || last * m->steps > m->state->event_index)
        memcpy(m->state, m->checkpoints + last * m->bytes, m->bytes);
    while (m->state->event_index < target) {
        step(m, &m->replay->events[m->state->event_index]);
        size_t done = m->state->event_index;
        if (done == m->checkpoint_count * m->steps && m->checkpoint_count < m->checkpoint_max) {
            memcpy(m->checkpoints + m->checkpoint_count * m->bytes, m->state, m->bytes);
            m->checkpoint_count++;
        }
    }
    m->moment = (struct ek_moment){
        .at_ns = at_ns,
        .event_index = target,
        .endpoints = m->endpoints,
        .clients = m->clients,
        .registry_index = m->state->registry_index,
        .faults_active = m->state->faults_active,
    };
    return &m->moment;
}

const struct ek_moment *ek_replay_seek(struct ek_replay *replay, int64_t at_ns)
{
    size_t target = at_ns < INT64_MAX ? ek_replay_event_at(replay, at_ns + 1) : replay->event_count;
    return move(replay->moments, target, at_ns);
}

const struct ek_moment *ek_replay_seek_event(struct ek_replay *replay, size_t event_index)
{
    if (event_index > replay->event_count)
        event_index = replay->event_count;
    int64_t at_ns = event_index > 0 ? replay->events[event_index - 1].at_ns : 0;
    return move(replay->moments, event_index, at_ns);
}
