/* The calls of the dashboard's tests: who is called, what fails, what that leads to. */
#ifndef EK_TEST_TUI_TRAFFIC_H
#define EK_TEST_TUI_TRAFFIC_H

#include "evenkeel/event.h"
#include "evenkeel/status.h"
#include "evenkeel/time.h"
#include "reports/recording/recording.h"

#include <string.h>

enum {
    MADE_ENDPOINTS = 12,
    MADE_CLIENTS = 4,
    MADE_SECONDS = 60,
    MADE_PENDING = 256
};

struct made_call {
    struct ek_recorded_call call;
    int64_t due_ns;
    uint32_t endpoint;
    int status;
};

struct made {
    struct ek_recorder *recorder;
    uint64_t draws; /* of a generator of the test's own */
    bool listed[MADE_CLIENTS][MADE_ENDPOINTS], ejected[MADE_CLIENTS][MADE_ENDPOINTS];
    int failures[MADE_CLIENTS];
    struct made_call pending[MADE_PENDING];
    size_t pending_count;
    uint32_t busy[MADE_ENDPOINTS];
    uint64_t crash, slow, attempt_failed;
    uint64_t index;
    bool is_down, is_slow;
};

static inline uint32_t made_draw(struct made *m, uint32_t below)
{
    m->draws = m->draws * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(m->draws >> 33) % below;
}

static inline uint64_t made_event(struct made *m, int64_t at_ns, enum ek_record_kind kind,
                                  uint32_t actor, uint32_t subject, uint64_t cause, int64_t a,
                                  int64_t b, const char *text)
{
    return ek_recorder_event(m->recorder, &(struct ek_record){.at_ns = at_ns,
                                                              .kind = kind,
                                                              .actor = actor,
                                                              .subject = subject,
                                                              .cause = cause,
                                                              .a = a,
                                                              .b = b,
                                                              .text = text});
}

static inline void made_conn(struct made *m, int64_t at_ns, uint32_t client, uint32_t endpoint,
                             uint64_t cause, enum ek_conn from, enum ek_conn to, const char *text)
{
    (void)made_event(m, at_ns, EK_RECORD_SUBCHANNEL_STATE, client, endpoint, cause, from, to, text);
}

/* What the picks of the calls around the crash chose from: the chosen one, one that is busier, one
 * that is not shown. */
static inline void made_candidates(struct made *m, int64_t at_ns, const struct made_call *call,
                                   uint32_t endpoint)
{
    static const char *const fitness[] = {"eligible", "eligible", "ejected"};
    for (uint32_t i = 0; i < 3 && at_ns >= 15 * EK_S && at_ns < 16 * EK_S; i++) {
        const struct ek_recorded_candidate candidate = {
            .call = call->call.number,
            .attempt = call->call.attempt_count + 1,
            .endpoint = (endpoint + i) % MADE_ENDPOINTS,
            .weight = 1,
            .in_flight = i * 3,
            .has_score = i < 2,
            .score = (21 + 9 * (int64_t)i) * EK_MS,
            .fitness = fitness[i],
            .is_chosen = i == 0,
        };
        ek_recorder_candidate(m->recorder, &candidate);
    }
}

static inline void made_attempt(struct made *m, int64_t at_ns, struct made_call *call,
                                uint32_t endpoint, bool is_retry)
{
    bool is_dead = endpoint == 3 && m->is_down;
    bool is_late = endpoint == 7 && m->is_slow;
    made_candidates(m, at_ns, call, endpoint);
    ek_recorder_attempt_started(m->recorder, at_ns, call->call.client, endpoint, is_retry);
    ek_recorder_endpoint_load(m->recorder, at_ns, endpoint, ++m->busy[endpoint], 0);
    call->endpoint = endpoint;
    call->status = is_dead ? EK_STATUS_UNAVAILABLE : EK_STATUS_OK;
    call->due_ns =
        at_ns + (is_dead ? EK_MS : (20 + (int64_t)made_draw(m, 12) + (is_late ? 400 : 0)) * EK_MS);
    struct ek_recorded_attempt *attempt = &call->call.attempts[call->call.attempt_count++];
    *attempt = (struct ek_recorded_attempt){endpoint, call->status, at_ns, call->due_ns};
}

static inline uint32_t made_pick(struct made *m, uint32_t client, uint32_t tried)
{
    for (;;) {
        uint32_t endpoint = made_draw(m, MADE_ENDPOINTS);
        if (m->listed[client][endpoint] && !m->ejected[client][endpoint] && endpoint != tried)
            return endpoint;
    }
}

/* The attempt is over: the fifth failure in a row ejects; every other failed call is retried. */
static inline bool made_finish(struct made *m, int64_t at_ns, struct made_call *call)
{
    uint32_t client = call->call.client;
    int64_t number = (int64_t)call->call.number;
    const struct ek_recorded_attempt *last = &call->call.attempts[call->call.attempt_count - 1];
    ek_recorder_attempt_done(m->recorder, at_ns, client, call->endpoint, call->status,
                             at_ns - last->start_ns);
    ek_recorder_endpoint_load(m->recorder, at_ns, call->endpoint, --m->busy[call->endpoint], 0);
    if (call->status != EK_STATUS_OK) {
        uint64_t failed = made_event(m, at_ns, EK_RECORD_ATTEMPT_FAILED, client, call->endpoint,
                                     m->crash, number, call->status, "connection refused");
        if (++m->failures[client] == 5) {
            m->ejected[client][3] = true;
            (void)made_event(m, at_ns, EK_RECORD_EJECTED, client, 3, failed, 45 * EK_S, 5, NULL);
            made_conn(m, at_ns, client, 3, m->crash, EK_CONN_READY, EK_CONN_IDLE, NULL);
            made_conn(m, at_ns, client, 3, m->crash, EK_CONN_IDLE, EK_CONN_CONNECTING, NULL);
            made_conn(m, at_ns, client, 3, m->crash, EK_CONN_CONNECTING, EK_CONN_TRANSIENT_FAILURE,
                      "connection refused");
        }
        if (call->call.attempt_count == 1 && m->failures[client] % 2 == 1) {
            (void)made_event(m, at_ns, EK_RECORD_RETRY, client, call->endpoint, failed, number, 0,
                             NULL);
            made_attempt(m, at_ns, call, made_pick(m, client, call->endpoint), true);
            return false;
        }
        call->call.cause = made_event(m, at_ns, EK_RECORD_CALL_FAILED, client, call->endpoint,
                                      failed, number, call->status, NULL);
    }
    call->call.end_ns = at_ns;
    call->call.status = call->status;
    ek_recorder_call_done(m->recorder, &call->call);
    return true;
}

static inline void made_calls(struct made *m, int64_t at_ns, int64_t ms)
{
    for (size_t i = 0; i < m->pending_count;) {
        struct made_call *call = &m->pending[i];
        if (call->due_ns <= at_ns && made_finish(m, at_ns, call)) {
            memmove(call, call + 1, (m->pending_count - i - 1) * sizeof *call);
            m->pending_count--;
        } else {
            i++;
        }
    }
    if (ms % 4 != 0 || m->pending_count == MADE_PENDING)
        return;
    struct made_call *call = &m->pending[m->pending_count++];
    *call = (struct made_call){.call = {.client = made_draw(m, MADE_CLIENTS), .planned_ns = at_ns}};
    call->call.number = ek_recorder_call_started(m->recorder, at_ns, call->call.client);
    made_attempt(m, at_ns, call, made_pick(m, call->call.client, EK_NOBODY), false);
}

#endif
