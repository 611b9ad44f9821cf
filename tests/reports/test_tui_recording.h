/* A recording made by hand for the dashboard's tests: twelve endpoints, four clients, one minute.
 *
 * b03 crashes at 15 s for 20 s: each client ejects it after five failures in a row, Consul's check
 * turns critical at 20 s, the clients hear of it one after the other. b07 is slow at 42 s for
 * 10 s: two of the four clients eject it, which makes it ejected for the summary. */
#ifndef EK_TEST_TUI_RECORDING_H
#define EK_TEST_TUI_RECORDING_H

#include "reports/recording/books.h"
#include "reports/recording/replay.h"
#include "tests/reports/test_tui_traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* An answer of the registry: the client's list becomes what it says. */
static inline void made_answer(struct made *m, int64_t at_ns, uint32_t client, uint32_t endpoint,
                               bool is_listed, uint64_t cause)
{
    uint64_t query = made_event(m, at_ns, EK_RECORD_QUERY, client, EK_NOBODY, cause, 200,
                                (int64_t)m->index, NULL);
    int64_t listed = 0;
    m->listed[client][endpoint] = is_listed;
    m->ejected[client][endpoint] = false;
    for (int e = 0; e < MADE_ENDPOINTS; e++)
        listed += m->listed[client][e];
    (void)made_event(m, at_ns, is_listed ? EK_RECORD_ENDPOINT_ADDED : EK_RECORD_ENDPOINT_REMOVED,
                     client, endpoint, query, 0, 0, NULL);
    (void)made_event(m, at_ns, EK_RECORD_RESOLVED, client, EK_NOBODY, query, listed, 1, NULL);
    if (is_listed) {
        made_conn(m, at_ns, client, endpoint, query, EK_CONN_IDLE, EK_CONN_CONNECTING, NULL);
        made_conn(m, at_ns, client, endpoint, query, EK_CONN_CONNECTING, EK_CONN_READY, NULL);
    }
}

static inline void made_begin(struct made *m)
{
    for (uint32_t e = 0; e < MADE_ENDPOINTS; e++) {
        m->index++;
        (void)made_event(m, 0, EK_RECORD_REGISTERED, EK_NOBODY, e, 0, 0, (int64_t)m->index, NULL);
        (void)made_event(m, 0, EK_RECORD_CHECK, EK_NOBODY, e, 0, 0, (int64_t)m->index, "passing");
    }
    for (uint32_t c = 0; c < MADE_CLIENTS; c++) {
        uint64_t query =
            made_event(m, 0, EK_RECORD_QUERY, c, EK_NOBODY, 0, 200, (int64_t)m->index, NULL);
        for (uint32_t e = 0; e < MADE_ENDPOINTS; e++) {
            m->listed[c][e] = true;
            (void)made_event(m, 0, EK_RECORD_ENDPOINT_ADDED, c, e, query, 0, 0, NULL);
        }
        (void)made_event(m, 0, EK_RECORD_RESOLVED, c, EK_NOBODY, query, MADE_ENDPOINTS,
                         MADE_ENDPOINTS, NULL);
        for (uint32_t e = 0; e < MADE_ENDPOINTS; e++) {
            made_conn(m, 0, c, e, query, EK_CONN_IDLE, EK_CONN_CONNECTING, NULL);
            made_conn(m, 0, c, e, query, EK_CONN_CONNECTING, EK_CONN_READY, NULL);
        }
        (void)made_event(m, 0, EK_RECORD_CHANNEL_STATE, c, EK_NOBODY, query, EK_CONN_CONNECTING,
                         EK_CONN_READY, NULL);
    }
}

static inline void made_process(struct made *m, int64_t at_ns, uint32_t endpoint,
                                enum ek_process process, uint64_t *cause)
{
    *cause = made_event(m, at_ns, EK_RECORD_PROCESS, endpoint, EK_NOBODY, *cause, process, 0, NULL);
}

static inline void made_check(struct made *m, int64_t at_ns, const char *word)
{
    m->index++;
    m->crash =
        made_event(m, at_ns, EK_RECORD_CHECK, EK_NOBODY, 3, m->crash, 0, (int64_t)m->index, word);
    (void)made_event(m, at_ns, EK_RECORD_WOKEN, EK_NOBODY, EK_NOBODY, m->crash, MADE_CLIENTS,
                     (int64_t)m->index, NULL);
}

/* What three of the four channels hold, once a second. */
static inline void made_look(struct made *m, int64_t at_ns, int64_t ms)
{
    for (uint32_t c = 0; ms % 1000 == 0 && c + 1 < MADE_CLIENTS; c++) {
        ek_recorder_books(m->recorder, &(struct ek_recorded_books){
                                           .at_ns = at_ns,
                                           .client = c,
                                           .retry_tokens = m->is_down ? 4500 + c * 1000 : 10000,
                                           .retry_tokens_max = 10000,
                                           .panic_picks = ms > 44000 ? 80 : c});
        for (uint32_t e = 0; e < MADE_ENDPOINTS; e++) {
            const struct ek_recorded_holding holding = {
                .at_ns = at_ns,
                .client = c,
                .endpoint = e,
                .weight = 1 + e % 2,
                .in_flight = (uint32_t)(ms / 1000 + e) % 3,
                .has_score = e != 11,
                .score = (20 + 2 * (int64_t)e) * EK_MS,
            };
            if (m->listed[c][e])
                ek_recorder_holding(m->recorder, &holding);
        }
    }
}

/* What is scripted for this millisecond. */
static inline void made_script(struct made *m, int64_t at_ns, int64_t ms)
{
    if (ms == 15000 || ms == 35000) {
        m->is_down = ms == 15000;
        m->crash = made_event(m, at_ns, m->is_down ? EK_RECORD_FAULT_BEGIN : EK_RECORD_FAULT_END, 0,
                              EK_NOBODY, 0, 0, 0, m->is_down ? "crash b03" : NULL);
        made_process(m, at_ns, 3, m->is_down ? EK_PROCESS_DOWN : EK_PROCESS_UP, &m->crash);
    }
    if (ms == 20000)
        made_check(m, at_ns, "critical");
    if (ms == 36000)
        made_check(m, at_ns, "passing");
    for (uint32_t c = 0; c < MADE_CLIENTS; c++) {
        if (ms == 20050 + 300 * (int64_t)c)
            made_answer(m, at_ns, c, 3, false, m->crash);
        if (ms == 36050 + 300 * (int64_t)c)
            made_answer(m, at_ns, c, 3, true, m->crash);
        if (c < 2 && ms == 43400 + 500 * (int64_t)c) {
            m->ejected[c][7] = true;
            (void)made_event(m, at_ns, EK_RECORD_EJECTED, c, 7, m->slow, 53 * EK_S, 5, NULL);
        }
        if (c < 2 && ms == 53000 + 500 * (int64_t)c) {
            m->ejected[c][7] = false;
            (void)made_event(m, at_ns, EK_RECORD_RETURNED, c, 7, m->slow, 0, 0, NULL);
        }
    }
    if (ms == 42000 || ms == 52000) {
        m->is_slow = ms == 42000;
        m->slow = made_event(m, at_ns, m->is_slow ? EK_RECORD_FAULT_BEGIN : EK_RECORD_FAULT_END, 1,
                             EK_NOBODY, 0, 0, 0, m->is_slow ? "slow b07" : NULL);
        made_process(m, at_ns, 7, m->is_slow ? EK_PROCESS_DEGRADED : EK_PROCESS_UP, &m->slow);
    }
}

/* Who takes part. */
static inline void made_cast(struct ek_recorded_endpoint *endpoints, struct ek_recorded_client *who)
{
    static const char *const zones[] = {"z1", "z2", "z3"};
    static char names[MADE_ENDPOINTS][16], addresses[MADE_ENDPOINTS][24];
    static char clients[MADE_CLIENTS][16];
    for (int e = 0; e < MADE_ENDPOINTS; e++) {
        snprintf(names[e], sizeof names[e], "b%02d", e);
        snprintf(addresses[e], sizeof addresses[e], "10.0.0.%d:8080", e + 1);
        endpoints[e] = (struct ek_recorded_endpoint){names[e], zones[e % 3], addresses[e]};
    }
    for (int c = 0; c < MADE_CLIENTS; c++) {
        snprintf(clients[c], sizeof clients[c], "c%d", c);
        who[c] = (struct ek_recorded_client){clients[c], zones[c % 3], "p2c", "ns"};
    }
}

/* So many seconds of it; before the end it goes on. */
static inline void made_record(const struct ek_recording_setup *setup, int64_t seconds)
{
    struct made *m = calloc(1, sizeof *m);
    m->recorder = ek_recorder_new(setup);
    m->index = 70;
    made_begin(m);
    for (int64_t ms = 0; ms < seconds * 1000; ms++) {
        made_script(m, ms * EK_MS, ms);
        made_look(m, ms * EK_MS, ms);
        made_calls(m, ms * EK_MS, ms);
    }
    char why[256] = "";
    const struct ek_recording_end end = {.sim_ns = seconds * EK_S,
                                         .events = 1,
                                         .interrupted = seconds < MADE_SECONDS,
                                         .under_way = seconds < MADE_SECONDS};
    if (ek_recorder_finish(m->recorder, &end, why, sizeof why) != EK_OK) {
        fprintf(stderr, "the recording cannot be written: %s\n", why);
        exit(1);
    }
    ek_recorder_free(m->recorder);
    free(m);
}

/* Writes the recording to `path` as it is after so many seconds; before the end it goes on. Exits
 * with a message when it cannot. */
static inline void made_write_until(const char *path, int64_t seconds)
{
    static const uint32_t hit[] = {3, 7};
    struct ek_recorded_endpoint endpoints[MADE_ENDPOINTS];
    struct ek_recorded_client who[MADE_CLIENTS];
    made_cast(endpoints, who);
    const struct ek_recorded_fault faults[] = {
        {.id = "F1",
         .kind = "crash",
         .target = "b03",
         .start_ns = 15 * EK_S,
         .end_ns = 35 * EK_S,
         .endpoints = &hit[0],
         .endpoint_count = 1},
        {.id = "F2",
         .kind = "slow",
         .target = "b07",
         .start_ns = 42 * EK_S,
         .end_ns = 52 * EK_S,
         .endpoints = &hit[1],
         .endpoint_count = 1},
    };
    /* The crash fails some calls, so that the first of these is broken. */
    json_t *all = json_string("100%"), *few = json_string("1%");
    static char name[] = "no call fails", metric[] = "success";
    const struct ek_expectation expectations[] = {
        {.name = name, .metric = metric, .min = all},
        {.metric = metric, .min = few},
    };
    const struct ek_recording_setup setup = {
        .name = "crash-and-slow",
        .description = "",
        .watch = "",
        .scenario_path = "made.json",
        .scenario_json = "{}",
        .policy = "p2c",
        .command = "evenkeel run made.json",
        .seed = 42,
        .duration_ns = MADE_SECONDS * EK_S,
        .interval_ns = 100 * EK_MS,
        .endpoints = endpoints,
        .endpoint_count = MADE_ENDPOINTS,
        .clients = who,
        .client_count = MADE_CLIENTS,
        .faults = faults,
        .fault_count = 2,
        .expectations = expectations,
        .expectation_count = 2,
        .path = path,
    };
    made_record(&setup, seconds);
    json_decref(all);
    json_decref(few);
}

static inline void made_write(const char *path)
{
    made_write_until(path, MADE_SECONDS);
}

/* Writes it aside, opens it, unlinks it. */
static inline struct ek_replay *made_replay(void)
{
    char path[] = "/tmp/ek-tui-XXXXXX", why[256] = "";
    int file = mkstemp(path);
    if (file >= 0)
        (void)close(file);
    made_write(path);
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    (void)unlink(path);
    if (!replay) {
        fprintf(stderr, "the recording cannot be read: %s\n", why);
        exit(1);
    }
    return replay;
}

#endif
