/* Recorders and records that tests make by hand. */
#ifndef EK_TEST_RECORDING_MADE_H
#define EK_TEST_RECORDING_MADE_H

#include "evenkeel/event.h"
#include "evenkeel/status.h"
#include "reports/recording/recording.h"
#include "reports/recording/replay.h"
#include "reports/recording/results.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

static const struct ek_recorded_endpoint made_endpoints[] = {
    {"b1", "z1", "10.0.0.1:80"},
    {"b2", "z2", "10.0.0.2:80"},
    {"b3", "z1", "10.0.0.3:80"},
    {"b4", "z2", "10.0.0.4:80"},
};
static const struct ek_recorded_client made_clients[] = {
    {"c1", "z1", "round_robin", NULL},
    {"c2", "z2", "round_robin", NULL},
};
static const uint32_t made_fault_endpoints[] = {0};
static const char *const made_source[] = {"https://example.org/incident"};

/* F1 takes b1 from 4 s to 6 s of 10. */
static const struct ek_recorded_fault made_faults[] = {
    {"F1", "crash", "b1", 4 * S, 6 * S, made_fault_endpoints, 1, false, 12},
};

static inline struct ek_recording_setup made_setup(void)
{
    return (struct ek_recording_setup){
        .name = "made",
        .description = "made by hand",
        .watch = "what happens",
        .scenario_path = "made.json",
        .source = made_source,
        .source_count = 1,
        .scenario_json = "{\n  \"name\": \"made\"\n}\n",
        .policy = "round_robin",
        .command = "evenkeel run made --seed 7",
        .seed = UINT64_MAX,
        .duration_ns = 10 * S,
        .interval_ns = S,
        .endpoints = made_endpoints,
        .endpoint_count = 4,
        .clients = made_clients,
        .client_count = 2,
        .faults = made_faults,
        .fault_count = 1,
    };
}

static inline uint64_t made_event(struct ek_recorder *r, int64_t at_ns, enum ek_record_kind kind,
                                  uint32_t actor, uint32_t subject, uint64_t cause, int64_t a,
                                  int64_t b, const char *text)
{
    return ek_recorder_event(r, &(struct ek_record){
                                    .at_ns = at_ns,
                                    .kind = kind,
                                    .actor = actor,
                                    .subject = subject,
                                    .cause = cause,
                                    .a = a,
                                    .b = b,
                                    .text = text,
                                });
}

/* A whole call of one attempt; nothing else may happen before it ends. */
static inline void made_call(struct ek_recorder *r, int64_t at_ns, uint32_t client,
                             uint32_t endpoint, int status, int64_t latency_ns)
{
    struct ek_recorded_call call = {
        .number = ek_recorder_call_started(r, at_ns, client),
        .client = client,
        .planned_ns = at_ns,
        .end_ns = at_ns + latency_ns,
        .status = status,
        .attempt_count = 1,
        .attempts = {{endpoint, status, at_ns, at_ns + latency_ns}},
    };
    ek_recorder_attempt_started(r, at_ns, client, endpoint, false);
    ek_recorder_attempt_done(r, at_ns + latency_ns, client, endpoint, status, latency_ns);
    ek_recorder_call_done(r, &call);
}

static inline void made_finish(struct ek_recorder *r)
{
    char why[256] = "";
    const struct ek_recording_end end = {.sim_ns = 10 * S, .wall_ns = 5 * MS, .events = 1234};
    enum ek_err err = ek_recorder_finish(r, &end, why, sizeof why);
    if (err != EK_OK)
        fail_msg("%s", why);
}

/* A run of 100 calls a second, one every 10 ms, that take 5 ms on b1 b2 b3 b4 in turn. b1 fails
 * after 5 ms in 4.0 .. 4.2 s, which are five calls; c1 then ejects it, and b2 b3 b4 take turns
 * until 7 s. With DEADLINE a failure takes 100 ms; calls then overlap, so ends wait their turn. */
static inline void made_run(struct ek_recorder *r)
{
    uint64_t begin = 0, failed = 0;
    struct ek_recorded_call late[16];
    size_t late_count = 0, late_done = 0;
    for (int i = 0; i < 1000; i++) {
        int64_t at_ns = i * 10 * MS;
        while (late_done < late_count && late[late_done].end_ns <= at_ns) {
            const struct ek_recorded_call *call = &late[late_done++];
            ek_recorder_attempt_done(r, call->end_ns, 0, 0, call->status, 100 * MS);
            failed = made_event(r, call->end_ns, EK_RECORD_ATTEMPT_FAILED, 0, 0, begin,
                                (int64_t)call->number, call->status, "no answer");
            ek_recorder_call_done(r, call);
        }
        if (i == 400)
            begin = made_event(r, at_ns, EK_RECORD_FAULT_BEGIN, 0, EK_NOBODY, 0, 0, 0, "crash b1");
        if (i == 420)
            made_event(r, at_ns, EK_RECORD_EJECTED, 0, 0, failed, 7 * S, 2, NULL);
        if (i == 600)
            made_event(r, at_ns, EK_RECORD_FAULT_END, 0, EK_NOBODY, begin, 0, 0, NULL);
        if (i == 700)
            made_event(r, at_ns, EK_RECORD_RETURNED, 0, 0, 0, 0, 0, NULL);
        if (i >= 400 && i < 420 && i % 4 == 0) {
            late[late_count++] = (struct ek_recorded_call){
                .number = ek_recorder_call_started(r, at_ns, 0),
                .planned_ns = at_ns,
                .end_ns = at_ns + 100 * MS,
                .status = EK_STATUS_UNAVAILABLE,
                .cause = begin,
                .attempt_count = 1,
                .attempts = {{0, EK_STATUS_UNAVAILABLE, at_ns, at_ns + 100 * MS}},
            };
            ek_recorder_attempt_started(r, at_ns, 0, 0, false);
            continue;
        }
        bool is_ejected = i >= 420 && i < 700;
        made_call(r, at_ns, (uint32_t)i % 2, is_ejected ? 1 + (uint32_t)i % 3 : (uint32_t)i % 4,
                  EK_STATUS_OK, 5 * MS);
    }
}

#endif
