/* A failover made by hand, event by event, for the readers that tell it.
 *
 * Two clients with a Consul resolver and three endpoints. At 4 s F1 kills b1. One attempt of each
 * client fails on it: call 1 of c1 at 4.1 s, call 2 of c2 at 4.2 s, neither is retried. Both
 * clients eject b1, until 6.1 s and 6.2 s. At 5 s the registry's check turns critical and wakes
 * both; they hear of it 10 ms and 30 ms later and list two endpoints. At 7 s F1 ends, b1 passes
 * again, and both list it 10 ms later. Calls that work are sent to b2 and b3 all the time. */
#ifndef EK_TEST_STORY_MADE_H
#define EK_TEST_STORY_MADE_H

#include "tests/reports/recording_made.h"

static const struct ek_recorded_endpoint story_endpoints[] = {
    {"b1", "", "10.0.0.1:80"},
    {"b2", "", "10.0.0.2:80"},
    {"b<3>|\033[31m", "", "10.0.0.3:80"},
};
static const struct ek_recorded_client story_clients[] = {
    {"c1", "", "round_robin", NULL},
    {"c2", "", "round_robin", NULL},
};
static const uint32_t story_hit[] = {0};
static const struct ek_recorded_fault story_faults[] = {
    {"F1", "kill", "b1", 4 * S, 7 * S, story_hit, 1, false, 12},
};

static inline struct ek_recording_setup story_setup(const char *path)
{
    struct ek_recording_setup setup = made_setup();
    setup.name = "story";
    setup.scenario_path = "folder/story.json";
    setup.scenario_json =
        "{\"clients\": {\"count\": 2, \"resolver\": {\"consul\": {}}, \"serviceConfig\": "
        "{\"loadBalancingConfig\": [{\"round_robin\": {}}], "
        "\"outlierDetection\": {\"consecutiveFailures\": 1}}}}";
    setup.command = "evenkeel run story --policy round_robin --seed 7";
    setup.seed = 7;
    setup.endpoints = story_endpoints;
    setup.endpoint_count = 3;
    setup.clients = story_clients;
    setup.faults = story_faults;
    setup.path = path;
    return setup;
}

static inline void story_begin(struct ek_recorder *r)
{
    for (uint32_t c = 0; c < 2; c++) {
        made_event(r, 0, EK_RECORD_QUERY, c, EK_NOBODY, 0, 200, 41, NULL);
        for (uint32_t e = 0; e < 3; e++) {
            made_event(r, 0, EK_RECORD_ENDPOINT_ADDED, c, e, 0, 0, 0, NULL);
            made_event(r, 0, EK_RECORD_SUBCHANNEL_STATE, c, e, 0, EK_CONN_IDLE, EK_CONN_CONNECTING,
                       NULL);
            made_event(r, 0, EK_RECORD_SUBCHANNEL_STATE, c, e, 0, EK_CONN_CONNECTING, EK_CONN_READY,
                       NULL);
        }
        made_event(r, 0, EK_RECORD_RESOLVED, c, EK_NOBODY, 0, 3, 3, NULL);
    }
    made_event(r, S, EK_RECORD_CHECK, EK_NOBODY, 0, 0, 0, 41, "passing");
}

/* One call of one attempt on b1 that fails 100 ms after 4 s, or 200 ms for the second client. */
static inline void story_failure(struct ek_recorder *r, uint32_t client, uint64_t number,
                                 uint64_t fault)
{
    int64_t end_ns = 4 * S + (client + 1) * 100 * MS;
    ek_recorder_attempt_done(r, end_ns, client, 0, EK_STATUS_UNAVAILABLE, end_ns - 4 * S);
    uint64_t attempt = made_event(r, end_ns, EK_RECORD_ATTEMPT_FAILED, client, 0, fault,
                                  (int64_t)number, EK_STATUS_UNAVAILABLE, "connection reset");
    made_event(r, end_ns, EK_RECORD_EJECTED, client, 0, attempt, end_ns + 2 * S, 1, NULL);
    struct ek_recorded_call call = {
        .number = number,
        .client = client,
        .planned_ns = 4 * S,
        .end_ns = end_ns,
        .status = EK_STATUS_UNAVAILABLE,
        .attempt_count = 1,
        .attempts = {{0, EK_STATUS_UNAVAILABLE, 4 * S, end_ns}},
    };
    call.cause = made_event(r, end_ns, EK_RECORD_CALL_FAILED, client, 0, attempt, (int64_t)number,
                            EK_STATUS_UNAVAILABLE, "10.0.0.1:80: connection reset");
    ek_recorder_call_done(r, &call);
}

/* Both clients hear of a change, `lag_ns` and three times that later, and list so many. */
static inline void story_heard(struct ek_recorder *r, int64_t at_ns, uint64_t change, int64_t index,
                               int64_t listed, int64_t lag_ns)
{
    bool is_loss = listed == 2;
    for (uint32_t c = 0; c < 2; c++) {
        int64_t heard_ns = at_ns + (c == 0 ? 1 : 3) * lag_ns;
        uint64_t query =
            made_event(r, heard_ns, EK_RECORD_QUERY, c, EK_NOBODY, change, 200, index, NULL);
        made_event(r, heard_ns, is_loss ? EK_RECORD_ENDPOINT_REMOVED : EK_RECORD_ENDPOINT_ADDED, c,
                   0, query, 0, 0, NULL);
        made_event(r, heard_ns, EK_RECORD_RESOLVED, c, EK_NOBODY, query, listed, 1, NULL);
    }
}

static inline void story_run(struct ek_recorder *r)
{
    story_begin(r);
    uint64_t fault = made_event(r, 4 * S, EK_RECORD_FAULT_BEGIN, 0, EK_NOBODY, 0, 0, 0, "kill b1");
    made_event(r, 4 * S, EK_RECORD_PROCESS, 0, EK_NOBODY, fault, EK_PROCESS_DOWN, 0, NULL);
    uint64_t first = ek_recorder_call_started(r, 4 * S, 0);
    ek_recorder_attempt_started(r, 4 * S, 0, 0, false);
    uint64_t second = ek_recorder_call_started(r, 4 * S, 1);
    ek_recorder_attempt_started(r, 4 * S, 1, 0, false);
    story_failure(r, 0, first, fault);
    story_failure(r, 1, second, fault);
    made_call(r, 4500 * MS, 0, 1, EK_STATUS_OK, 5 * MS);
    uint64_t critical =
        made_event(r, 5 * S, EK_RECORD_CHECK, EK_NOBODY, 0, fault, 0, 42, "critical");
    made_event(r, 5 * S, EK_RECORD_WOKEN, EK_NOBODY, EK_NOBODY, critical, 2, 42, NULL);
    story_heard(r, 5 * S, critical, 42, 2, 10 * MS);
    made_event(r, 6100 * MS, EK_RECORD_RETURNED, 0, 0, 0, 0, 0, NULL);
    made_event(r, 6200 * MS, EK_RECORD_RETURNED, 1, 0, 0, 0, 0, NULL);
    uint64_t end = made_event(r, 7 * S, EK_RECORD_FAULT_END, 0, EK_NOBODY, fault, 0, 0, NULL);
    made_event(r, 7 * S, EK_RECORD_PROCESS, 0, EK_NOBODY, end, EK_PROCESS_UP, 0, NULL);
    uint64_t passing = made_event(r, 7 * S, EK_RECORD_CHECK, EK_NOBODY, 0, end, 0, 43, "passing");
    made_event(r, 7 * S, EK_RECORD_WOKEN, EK_NOBODY, EK_NOBODY, passing, 2, 43, NULL);
    story_heard(r, 7 * S, passing, 43, 3, 10 * MS);
    made_call(r, 8 * S, 1, 2, EK_STATUS_OK, 5 * MS);
}

struct story {
    char folder[64], path[96];
    struct ek_replay *replay;
};

static inline struct ek_replay *story_record(const struct ek_recording_setup *setup)
{
    char why[200] = "";
    struct ek_recorder *recorder = ek_recorder_new(setup);
    assert_non_null(recorder);
    story_run(recorder);
    made_finish(recorder);
    ek_recorder_free(recorder);
    struct ek_replay *replay = ek_replay_open(setup->path, why, sizeof why);
    if (replay == NULL)
        fail_msg("%s", why);
    return replay;
}

static inline int story_set_up(void **state)
{
    static struct story story;
    snprintf(story.folder, sizeof story.folder, "/tmp/ek-story-XXXXXX");
    assert_non_null(mkdtemp(story.folder));
    snprintf(story.path, sizeof story.path, "%s/story.db", story.folder);
    struct ek_recording_setup setup = story_setup(story.path);
    story.replay = story_record(&setup);
    *state = &story;
    return 0;
}

static inline int story_tear_down(void **state)
{
    struct story *story = *state;
    ek_replay_close(story->replay);
    unlink(story->path);
    rmdir(story->folder);
    return 0;
}

#endif
