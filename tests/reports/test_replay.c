#include "recording_made.h"

enum {
    ENDPOINTS = 7,
    CLIENTS = 5
};

struct place {
    char folder[64];
    char path[128];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/ek-replay-XXXXXX");
    if (mkdtemp(place->folder) == NULL)
        return -1;
    snprintf(place->path, sizeof place->path, "%s/run.db", place->folder);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    rmdir(place->folder);
    free(place);
    return 0;
}

static struct ek_replay *open_at(const char *path)
{
    char why[256] = "";
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    if (replay == NULL)
        fail_msg("%s", why);
    return replay;
}

/* ---- the made run ---- */

static struct ek_replay *replay_of_made_run(const char *path)
{
    struct ek_recording_setup setup = made_setup();
    setup.path = path;
    struct ek_recorder *r = ek_recorder_new(&setup);
    assert_non_null(r);
    made_run(r);
    made_finish(r);
    ek_recorder_free(r);
    return open_at(path);
}

static void events_are_found_by_time_and_id(void **state)
{
    const struct place *place = *state;
    struct ek_replay *replay = replay_of_made_run(place->path);
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    /* begin, five failures, ejected, end, returned */
    assert_int_equal(count, 9);
    assert_int_equal(ek_replay_event_at(replay, 0), 0);
    assert_int_equal(ek_replay_event_at(replay, 4 * S), 0);
    assert_int_equal(ek_replay_event_at(replay, 4 * S + 1), 1);
    assert_int_equal(ek_replay_event_at(replay, 7 * S), 8);
    assert_int_equal(ek_replay_event_at(replay, 7 * S + 1), 9);
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(ek_replay_event_by_id(replay, events[i].id), &events[i]);
    assert_null(ek_replay_event_by_id(replay, 0));
    assert_null(ek_replay_event_by_id(replay, 10));
    assert_int_equal(events[0].kind, EK_RECORD_FAULT_BEGIN);
    assert_string_equal(events[0].text, "crash b1");
    assert_int_equal(events[1].cause, events[0].id);
    assert_string_equal(events[8].text, "");
    ek_replay_close(replay);
}

/* 100 calls in each second; in the fifth five fail, each after 100 ms, so 95 are well. The calls
 * planned at 4.96 s and later are not among the failed ones. */
static void series_say_what_ended_when(void **state)
{
    const struct place *place = *state;
    struct ek_replay *replay = replay_of_made_run(place->path);
    assert_int_equal(ek_replay_interval_count(replay), 10);
    const struct ek_interval *intervals = ek_replay_intervals(replay);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(intervals[i].started, 100);
        assert_int_equal(intervals[i].attempts, 100);
        assert_int_equal(intervals[i].errors, i == 4 ? 5 : 0);
        assert_int_equal(intervals[i].ok, i == 4 ? 95 : 100);
    }
    assert_int_equal(intervals[4].max_ns, 100 * MS);
    assert_int_equal(intervals[3].max_ns, 5 * MS);
    const struct ek_endpoint_interval *b1 = ek_replay_endpoint_intervals(replay, 0);
    assert_int_equal(b1[0].attempts, 25);
    assert_int_equal(b1[0].ok, 25);
    assert_int_equal(b1[4].attempts, 5);
    assert_int_equal(b1[4].errors, 5);
    assert_int_equal(b1[4].p99_ns, 100 * MS);
    assert_int_equal(b1[5].attempts, 0);
    assert_int_equal(b1[5].p99_ns, -1);
    ek_replay_close(replay);
}

static void calls_come_with_their_attempts(void **state)
{
    const struct place *place = *state;
    struct ek_replay *replay = replay_of_made_run(place->path);
    size_t count, failed = 0;
    const struct ek_recorded_call *calls = ek_replay_calls(replay, &count);
    assert_int_equal(count, 1000); /* few enough to keep all */
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(calls[i].planned_ns, (int64_t)i * 10 * MS);
        assert_int_equal(calls[i].attempt_count, 1);
        assert_int_equal(calls[i].attempts[0].start_ns, calls[i].planned_ns);
        assert_int_equal(calls[i].attempts[0].status, calls[i].status);
        failed += calls[i].status != EK_STATUS_OK;
    }
    assert_int_equal(failed, 5);
    assert_int_equal(calls[400].cause, 1);
    assert_int_equal(calls[400].attempts[0].endpoint, 0);
    ek_replay_close(replay);
}

/* 100,000 calls of which every hundredth fails in the second half. */
static void a_long_run_keeps_a_sample(void **state)
{
    const struct place *place = *state;
    struct ek_recording_setup setup = made_setup();
    setup.path = place->path;
    struct ek_recorder *r = ek_recorder_new(&setup);
    for (int i = 0; i < 100000; i++)
        made_call(r, i * MS / 10, 0, 0,
                  i >= 50000 && i % 100 == 0 ? EK_STATUS_INTERNAL : EK_STATUS_OK, MS / 20);
    made_finish(r);
    ek_recorder_free(r);
    struct ek_replay *replay = open_at(place->path);
    size_t count, failed = 0, sampled = 0;
    const struct ek_recorded_call *calls = ek_replay_calls(replay, &count);
    for (size_t i = 0; i < count; i++) {
        failed += calls[i].status != EK_STATUS_OK;
        sampled += calls[i].number % 16 == 0; /* 100,000 / 16 is the first below 10,000 */
        assert_true(i == 0 || calls[i - 1].planned_ns < calls[i].planned_ns);
    }
    assert_int_equal(failed, 500);
    assert_int_equal(sampled, 6250);
    assert_true(count <= EK_RECORD_CALLS_MAX);
    ek_replay_close(replay);
}

/* ---- words ---- */

static void events_are_told_in_words(void **state)
{
    const struct place *place = *state;
    static const struct {
        struct ek_record record;
        const char *words;
    } rows[] = {
        {{.kind = EK_RECORD_FAULT_BEGIN, .actor = 0, .subject = EK_NOBODY, .text = "crash b1"},
         "fault F1 begins: crash b1"},
        {{.kind = EK_RECORD_PROCESS, .actor = 2, .subject = EK_NOBODY, .a = EK_PROCESS_DOWN},
         "b3 is down"},
        {{.kind = EK_RECORD_EJECTED, .actor = 1, .subject = 0, .a = 70400 * MS, .b = 5},
         "client c2 ejects b1: 5 failures in a row, until 70.4 s"},
        {{.kind = EK_RECORD_RETURNED, .actor = 0, .subject = 3}, "client c1 takes b4 back"},
        {{.kind = EK_RECORD_SUBCHANNEL_STATE,
          .actor = 0,
          .subject = 1,
          .a = EK_CONN_CONNECTING,
          .b = EK_CONN_TRANSIENT_FAILURE,
          .text = "refused"},
         "client c1 to b2: CONNECTING -> TRANSIENT_FAILURE (refused)"},
        {{.kind = EK_RECORD_CHANNEL_STATE,
          .actor = 0,
          .subject = EK_NOBODY,
          .a = EK_CONN_IDLE,
          .b = EK_CONN_READY},
         "client c1 is READY, was IDLE"},
        {{.kind = EK_RECORD_RETRY, .actor = 0, .subject = 0, .a = 19, .b = 20 * MS},
         "client c1 retries call 19 that failed on b1, after 20 ms"},
        {{.kind = EK_RECORD_ATTEMPT_FAILED,
          .actor = 0,
          .subject = 0,
          .a = 19,
          .b = EK_STATUS_UNAVAILABLE,
          .text = "reset"},
         "client c1: attempt of call 19 on b1 failed, UNAVAILABLE: reset"},
        {{.kind = EK_RECORD_CALL_FAILED,
          .actor = 0,
          .subject = EK_NOBODY,
          .a = 19,
          .b = EK_STATUS_DEADLINE_EXCEEDED},
         "client c1: call 19 failed, DEADLINE_EXCEEDED"},
        {{.kind = EK_RECORD_CHECK, .actor = EK_NOBODY, .subject = 1, .b = 82, .text = "critical"},
         "registry: check of b2 is critical, index 82"},
        {{.kind = EK_RECORD_WOKEN, .actor = EK_NOBODY, .subject = EK_NOBODY, .a = 1, .b = 82},
         "registry: 1 watcher woken, index 82"},
        {{.kind = EK_RECORD_RESOLVED, .actor = 0, .subject = EK_NOBODY, .a = 3, .b = 1},
         "client c1 lists 3 endpoints, 1 came or went"},
        {{.kind = EK_RECORD_QUERY, .actor = 0, .subject = EK_NOBODY, .a = 200, .b = 82},
         "client c1 has an answer of the registry: status 200, index 82"},
        {{.kind = EK_RECORD_FAULT_END, .actor = 0, .subject = EK_NOBODY}, "fault F1 ends"},
    };
    struct ek_recording_setup setup = made_setup();
    setup.path = place->path;
    struct ek_recorder *r = ek_recorder_new(&setup);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ek_recorder_event(r, &rows[i].record);
    made_finish(r);
    ek_recorder_free(r);

    struct ek_replay *replay = open_at(place->path);
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    assert_int_equal(count, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < count; i++) {
        char text[256], small[12];
        assert_string_equal(ek_replay_event_text(replay, &events[i], text, sizeof text),
                            rows[i].words);
        ek_replay_event_text(replay, &events[i], small, sizeof small);
        assert_true(strlen(small) < sizeof small);
    }
    assert_int_equal(ek_replay_transitions(replay)[EK_CONN_CONNECTING][EK_CONN_TRANSIENT_FAILURE],
                     1);
    ek_replay_close(replay);
}

/* ---- moments ---- */

static void a_moment_follows_the_failover(void **state)
{
    const struct place *place = *state;
    struct ek_recording_setup setup = made_setup();
    setup.path = place->path;
    struct ek_recorder *r = ek_recorder_new(&setup);
    for (uint32_t c = 0; c < 2; c++) {
        made_event(r, S, EK_RECORD_QUERY, c, EK_NOBODY, 0, 200, 7, NULL);
        made_event(r, S, EK_RECORD_RESOLVED, c, EK_NOBODY, 0, 1, 1, NULL);
        made_event(r, S, EK_RECORD_ENDPOINT_ADDED, c, 0, 0, 0, 0, NULL);
        made_event(r, S, EK_RECORD_SUBCHANNEL_STATE, c, 0, 0, EK_CONN_IDLE, EK_CONN_CONNECTING,
                   NULL);
    }
    made_event(r, 2 * S, EK_RECORD_SUBCHANNEL_STATE, 0, 0, 0, EK_CONN_CONNECTING, EK_CONN_READY,
               NULL);
    made_event(r, 2 * S, EK_RECORD_SUBCHANNEL_STATE, 1, 0, 0, EK_CONN_CONNECTING, EK_CONN_READY,
               NULL);
    made_event(r, 4 * S, EK_RECORD_FAULT_BEGIN, 0, EK_NOBODY, 0, 0, 0, NULL);
    made_event(r, 5 * S, EK_RECORD_EJECTED, 0, 0, 0, 9 * S, 5, NULL);
    made_event(r, 6 * S, EK_RECORD_FAULT_END, 0, EK_NOBODY, 0, 0, 0, NULL);
    made_event(r, 7 * S, EK_RECORD_RETURNED, 0, 0, 0, 0, 0, NULL);
    made_event(r, 8 * S, EK_RECORD_CHECK, EK_NOBODY, 0, 0, 0, 9, "critical");
    made_event(r, 8 * S, EK_RECORD_ENDPOINT_REMOVED, 0, 0, 0, 0, 0, NULL);
    made_event(r, 8 * S, EK_RECORD_ENDPOINT_REMOVED, 1, 0, 0, 0, 0, NULL);
    made_finish(r);
    ek_recorder_free(r);

    struct ek_replay *replay = open_at(place->path);
    static const struct {
        int64_t at_ns;
        enum ek_fitness fitness;
        int64_t since_ns;
    } rows[] = {
        {8 * S, EK_FITNESS_GONE, 8 * S},        {0, EK_FITNESS_GONE, 0},
        {7 * S, EK_FITNESS_HEALTHY, 7 * S},     {1500 * MS, EK_FITNESS_PROBING, S},
        {5500 * MS, EK_FITNESS_EJECTED, 5 * S}, {3 * S, EK_FITNESS_HEALTHY, 2 * S},
        {4 * S, EK_FITNESS_SUSPECT, 4 * S},     {6 * S, EK_FITNESS_EJECTED, 5 * S},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ek_moment *moment = ek_replay_seek(replay, rows[i].at_ns);
        assert_int_equal(moment->at_ns, rows[i].at_ns);
        assert_int_equal(moment->endpoints[0].fitness, rows[i].fitness);
        assert_int_equal(moment->endpoints[0].since_ns, rows[i].since_ns);
        assert_int_equal(moment->endpoints[1].fitness, EK_FITNESS_GONE);
    }
    const struct ek_moment *moment = ek_replay_seek(replay, 5 * S);
    assert_int_equal(moment->endpoints[0].ejected, 1);
    assert_int_equal(moment->endpoints[0].ready, 2);
    assert_int_equal(moment->clients[0].ejected, 1);
    assert_int_equal(moment->clients[1].index, 7);
    assert_int_equal(moment->clients[1].answered_ns, S);
    assert_int_equal(moment->faults_active, 1);
    assert_string_equal(ek_replay_seek(replay, 9 * S)->endpoints[0].check, "critical");
    assert_int_equal(ek_replay_seek(replay, 9 * S)->registry_index, 9);
    assert_int_equal(ek_replay_seek(replay, 9 * S)->endpoints[0].ready, 0);
    ek_replay_close(replay);
}

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33) % below;
}

/* 30,000 random records, so that there are several checkpoints. */
static void write_random(const char *path, uint64_t seed)
{
    static const enum ek_record_kind kinds[] = {
        EK_RECORD_FAULT_BEGIN,
        EK_RECORD_FAULT_END,
        EK_RECORD_PROCESS,
        EK_RECORD_CHANNEL_STATE,
        EK_RECORD_SUBCHANNEL_STATE,
        EK_RECORD_SUBCHANNEL_STATE,
        EK_RECORD_RESOLVED,
        EK_RECORD_ENDPOINT_ADDED,
        EK_RECORD_ENDPOINT_ADDED,
        EK_RECORD_ENDPOINT_REMOVED,
        EK_RECORD_QUERY,
        EK_RECORD_EJECTED,
        EK_RECORD_RETURNED,
        EK_RECORD_REGISTERED,
        EK_RECORD_DEREGISTERED,
        EK_RECORD_CHECK,
        EK_RECORD_WOKEN,
        EK_RECORD_RETRY,
    };
    static const char *const checks[] = {"passing", "warning", "critical"};
    struct ek_recorded_endpoint endpoints[ENDPOINTS] = {{.name = "e"}};
    struct ek_recorded_client clients[CLIENTS] = {{.name = "c"}};
    static const uint32_t hit[] = {1, 4};
    const struct ek_recorded_fault faults[] = {
        {"F1", "slow", "two", S, 2 * S, hit, 2, false, 0},
        {"F2", "slow", "one", 3 * S, 4 * S, hit, 1, false, 0},
    };
    struct ek_recording_setup setup = made_setup();
    setup.path = path;
    setup.endpoints = endpoints;
    setup.endpoint_count = ENDPOINTS;
    setup.clients = clients;
    setup.client_count = CLIENTS;
    setup.faults = faults;
    setup.fault_count = 2;
    struct ek_recorder *r = ek_recorder_new(&setup);
    assert_non_null(r);
    uint64_t draws = seed;
    int64_t at_ns = 0;
    for (int i = 0; i < 30000; i++) {
        at_ns += draw(&draws, 3) * 100000;
        enum ek_record_kind kind = kinds[draw(&draws, sizeof kinds / sizeof kinds[0])];
        bool is_fault = kind == EK_RECORD_FAULT_BEGIN || kind == EK_RECORD_FAULT_END;
        made_event(r, at_ns, kind, draw(&draws, is_fault ? 2 : CLIENTS), draw(&draws, ENDPOINTS), 0,
                   kind == EK_RECORD_QUERY ? 200 : draw(&draws, 6), draw(&draws, 5),
                   checks[draw(&draws, 3)]);
    }
    made_finish(r);
    ek_recorder_free(r);
}

static void same_moment(const struct ek_moment *a, const struct ek_moment *b, uint64_t seed)
{
    bool ok = a->event_index == b->event_index && a->registry_index == b->registry_index &&
              a->faults_active == b->faults_active;
    for (size_t e = 0; e < ENDPOINTS; e++) {
        const struct ek_endpoint_moment *p = &a->endpoints[e], *q = &b->endpoints[e];
        ok = ok && p->process == q->process && p->fitness == q->fitness && p->listed == q->listed &&
             p->ready == q->ready && p->connecting == q->connecting && p->failing == q->failing &&
             p->idle == q->idle && p->ejected == q->ejected && p->since_ns == q->since_ns &&
             strcmp(p->check, q->check) == 0;
        ok = ok && p->ready + p->connecting + p->failing + p->idle <= CLIENTS &&
             p->listed <= CLIENTS && p->ejected <= CLIENTS;
    }
    for (size_t c = 0; c < CLIENTS; c++) {
        const struct ek_client_moment *p = &a->clients[c], *q = &b->clients[c];
        ok = ok && p->listed == q->listed && p->index == q->index &&
             p->answered_ns == q->answered_ns && p->channel_state == q->channel_state &&
             p->ejected == q->ejected && p->ejected <= ENDPOINTS;
    }
    if (!ok)
        fail_msg("seed %" PRIu64 ": the moment before event %zu differs", seed, a->event_index);
}

/* Jumping about gives what stepping forward from the start in another replay gives. */
static void seeking_both_ways_is_exact(void **state)
{
    const struct place *place = *state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        write_random(place->path, seed);
        struct ek_replay *jumping = open_at(place->path);
        size_t count;
        (void)ek_replay_events(jumping, &count);
        assert_int_equal(count, 30000);
        uint64_t draws = seed;
        for (int i = 0; i < 15; i++) {
            size_t target = draw(&draws, (uint32_t)count + 1);
            struct ek_replay *fresh = open_at(place->path);
            for (size_t step = 0; step < target; step += 1 + draw(&draws, 999))
                (void)ek_replay_seek_event(fresh, step);
            same_moment(ek_replay_seek_event(jumping, target), ek_replay_seek_event(fresh, target),
                        seed);
            ek_replay_close(fresh);
        }
        ek_replay_close(jumping);
    }
}

static void a_seek_in_time_takes_all_events_of_its_moment(void **state)
{
    const struct place *place = *state;
    write_random(place->path, 9);
    struct ek_replay *replay = open_at(place->path);
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    uint64_t draws = 9;
    for (int i = 0; i < 200; i++) {
        int64_t at_ns = events[draw(&draws, (uint32_t)count)].at_ns;
        size_t index = ek_replay_seek(replay, at_ns)->event_index;
        assert_true(index > 0 && events[index - 1].at_ns <= at_ns);
        assert_true(index == count || events[index].at_ns > at_ns);
    }
    assert_int_equal(ek_replay_seek(replay, INT64_MAX)->event_index, count);
    assert_int_equal(ek_replay_seek(replay, -1)->event_index, 0);
    assert_int_equal(ek_replay_seek_event(replay, count + 5)->event_index, count);
    ek_replay_close(replay);
}

int main(void)
{
#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        WITH_PLACE(events_are_found_by_time_and_id),
        WITH_PLACE(series_say_what_ended_when),
        WITH_PLACE(calls_come_with_their_attempts),
        WITH_PLACE(a_long_run_keeps_a_sample),
        WITH_PLACE(events_are_told_in_words),
        WITH_PLACE(a_moment_follows_the_failover),
        WITH_PLACE(seeking_both_ways_is_exact),
        WITH_PLACE(a_seek_in_time_takes_all_events_of_its_moment),
    };
    return cmocka_run_group_tests_name("reports/replay", tests, NULL, NULL);
}
