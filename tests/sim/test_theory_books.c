/* Books that must balance in every run: this program stands between the simulator and the recorder.
 *
 * Little's law in integers: the time integral of the number in the system is the sum of the times
 * in the system. And: no moment before the last one, no server above its workers, nobody waits
 * beside a free worker, each call and each attempt ends once. */
#include "sim/run.h"

#include "reports/recording/results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    SERVERS_MAX = 2048,
    PICKS_MAX = 4096
};

/* A number that changes at moments, and its integral over time. */
struct level {
    int64_t now, at_ns, integral;
};

static void level_set(struct level *level, int64_t at_ns, int64_t value)
{
    level->integral += level->now * (at_ns - level->at_ns);
    level->at_ns = at_ns;
    level->now = value;
}

static struct {
    int64_t now_ns;
    uint64_t backwards;
    uint64_t calls, finished;
    struct level in_flight, at_servers, busy;
    int64_t sojourn_ns; /* of finished calls */
    int64_t planned_ns; /* sum over all calls */
    uint64_t attempts, ended;
    int64_t attempt_ns; /* sum of the attempts' durations */
    int64_t busy_at[SERVERS_MAX], queued_at[SERVERS_MAX], attempts_at[SERVERS_MAX];
    uint64_t below_zero, above_workers, idle_beside_queue;
    const int64_t *workers; /* by endpoint; 0: any number */
    bool may_pause;
    uint32_t picks[2][PICKS_MAX], pick_count[2]; /* of the first two clients */
} books;

static void moment(int64_t at_ns)
{
    books.backwards += at_ns < books.now_ns;
    books.now_ns = at_ns;
}

/* ---- what the simulator calls, on its way ---- */

#define REAL(name) __real_ek_recorder_##name
#define WRAP(name) __wrap_ek_recorder_##name

uint64_t REAL(call_started)(struct ek_recorder *, int64_t, uint32_t);
uint64_t WRAP(call_started)(struct ek_recorder *, int64_t, uint32_t);
void REAL(call_done)(struct ek_recorder *, const struct ek_recorded_call *);
void WRAP(call_done)(struct ek_recorder *, const struct ek_recorded_call *);
void REAL(attempt_started)(struct ek_recorder *, int64_t, uint32_t, uint32_t, bool);
void WRAP(attempt_started)(struct ek_recorder *, int64_t, uint32_t, uint32_t, bool);
void REAL(attempt_done)(struct ek_recorder *, int64_t, uint32_t, uint32_t, int, int64_t);
void WRAP(attempt_done)(struct ek_recorder *, int64_t, uint32_t, uint32_t, int, int64_t);
void REAL(endpoint_load)(struct ek_recorder *, int64_t, uint32_t, uint32_t, uint32_t);
void WRAP(endpoint_load)(struct ek_recorder *, int64_t, uint32_t, uint32_t, uint32_t);
void REAL(hash)(struct ek_recorder *, int64_t, uint64_t);
void WRAP(hash)(struct ek_recorder *, int64_t, uint64_t);

uint64_t WRAP(call_started)(struct ek_recorder *r, int64_t at_ns, uint32_t client)
{
    moment(at_ns);
    books.calls++;
    books.planned_ns += at_ns;
    level_set(&books.in_flight, at_ns, books.in_flight.now + 1);
    return REAL(call_started)(r, at_ns, client);
}

void WRAP(call_done)(struct ek_recorder *r, const struct ek_recorded_call *call)
{
    moment(call->end_ns);
    books.finished++;
    books.sojourn_ns += call->end_ns - call->planned_ns;
    books.planned_ns -= call->planned_ns;
    level_set(&books.in_flight, call->end_ns, books.in_flight.now - 1);
    books.below_zero += books.in_flight.now < 0;
    REAL(call_done)(r, call);
}

void WRAP(attempt_started)(struct ek_recorder *r, int64_t at_ns, uint32_t client, uint32_t endpoint,
                           bool is_retry)
{
    moment(at_ns);
    books.attempts++;
    books.attempts_at[endpoint]++;
    if (client < 2 && books.pick_count[client] < PICKS_MAX)
        books.picks[client][books.pick_count[client]++] = endpoint;
    REAL(attempt_started)(r, at_ns, client, endpoint, is_retry);
}

void WRAP(attempt_done)(struct ek_recorder *r, int64_t at_ns, uint32_t client, uint32_t endpoint,
                        int status, int64_t latency_ns)
{
    moment(at_ns);
    books.ended++;
    books.attempt_ns += latency_ns;
    books.below_zero += --books.attempts_at[endpoint] < 0 || latency_ns < 0;
    REAL(attempt_done)(r, at_ns, client, endpoint, status, latency_ns);
}

void WRAP(endpoint_load)(struct ek_recorder *r, int64_t at_ns, uint32_t e, uint32_t busy,
                         uint32_t queued)
{
    int64_t workers = books.workers[e];

    moment(at_ns);
    level_set(&books.busy, at_ns, books.busy.now + busy - books.busy_at[e]);
    level_set(&books.at_servers, at_ns,
              books.at_servers.now + busy - books.busy_at[e] + queued - books.queued_at[e]);
    books.busy_at[e] = busy;
    books.queued_at[e] = queued;
    books.above_workers += workers > 0 && busy > workers;
    books.idle_beside_queue += !books.may_pause && queued > 0 && (workers == 0 || busy < workers);
    REAL(endpoint_load)(r, at_ns, e, busy, queued);
}

void WRAP(hash)(struct ek_recorder *r, int64_t at_ns, uint64_t word)
{
    moment(at_ns);
    REAL(hash)(r, at_ns, word);
}

/* ---- runs ---- */

static bool pauses(const struct ek_scenario *scenario)
{
    const struct ek_fault *faults = scenario->faults.items;

    for (size_t i = 0; i < scenario->faults.count; i++)
        if (faults[i].kind == EK_FAULT_PAUSE)
            return true;
    return false;
}

/* Runs a scenario, and frees it, with the books open. */
static void run_open(const char *path, struct ek_scenario *scenario)
{
    static int64_t workers[SERVERS_MAX];
    struct ek_run_options options = {0};
    struct ek_recorder *recorder = NULL;
    char why[512];
    const struct ek_endpoint_group *groups;
    size_t n = 0;

    memset(&books, 0, sizeof books);
    groups = scenario->endpoints.items;
    for (size_t g = 0; g < scenario->endpoints.count; g++)
        for (int64_t i = 0; i < groups[g].count && n < SERVERS_MAX; i++)
            workers[n++] = groups[g].workers;
    assert_true(n < SERVERS_MAX);
    books.workers = workers;
    books.may_pause = pauses(scenario);
    if (ek_run(scenario, &options, &recorder, why, sizeof why) != EK_OK)
        fail_msg("%s: %s", path, why);
    ek_recorder_free(recorder);
    ek_scenario_free(scenario);
}

/* Runs the first `until_ns` of a file. */
static void run(const char *path, int64_t until_ns)
{
    struct ek_scenario_overrides overrides = {.until_ns = until_ns};
    char report[4096];
    struct ek_scenario *scenario = ek_scenario_load(path, &overrides, report, sizeof report);

    if (scenario == NULL)
        fail_msg("%s", report);
    run_open(path, scenario);
}

static void assert_books(const char *path)
{
    int64_t unfinished = (int64_t)(books.calls - books.finished);

    level_set(&books.in_flight, books.now_ns, books.in_flight.now);
    if (books.calls == 0 || books.attempts == 0)
        fail_msg("%s: nothing happened", path);
    if (books.backwards > 0)
        fail_msg("%s: time went back %llu times", path, (unsigned long long)books.backwards);
    if (books.in_flight.now != unfinished)
        fail_msg("%s: calls do not balance", path);
    if (books.below_zero > 0)
        fail_msg("%s: something ended twice", path);
    if (books.above_workers > 0)
        fail_msg("%s: a server was above its workers %llu times", path,
                 (unsigned long long)books.above_workers);
    if (books.idle_beside_queue > 0)
        fail_msg("%s: somebody waited beside a free worker %llu times", path,
                 (unsigned long long)books.idle_beside_queue);
    /* Little: calls still open have been there since their planned time. */
    if (books.in_flight.integral != books.sojourn_ns + unfinished * books.now_ns - books.planned_ns)
        fail_msg("%s: Little's law is off by %lld ns", path,
                 (long long)(books.in_flight.integral - books.sojourn_ns -
                             unfinished * books.now_ns + books.planned_ns));
}

/* The queues of theory have no network, so a call's time is its time at a server. */
static void little_holds_at_the_servers_of_every_queue(void **state)
{
    static const char *const names[] = {
        "mm1-90",    "md1-80",    "mg1-lognormal-50", "mmc-10-90",         "erlang-b-10",
        "mmck-1-10", "mmck-4-20", "round-robin-2-80", "round-robin-10-90", "supermarket-1"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];

        snprintf(path, sizeof path, "scenarios/theory/%s.json", names[i]);
        run(path, INT64_C(10000000000));
        assert_books(path);
        if (books.finished != books.calls || books.ended != books.attempts)
            fail_msg("%s: not all calls ended", path);
        if (books.at_servers.now != 0 || books.at_servers.integral != books.attempt_ns)
            fail_msg("%s: Little's law at the servers is off by %lld ns", path,
                     (long long)(books.at_servers.integral - books.attempt_ns));
    }
}

/* Constant service of 1 ms: the busy time is 1 ms for each call, to the ns. */
static void work_is_neither_lost_nor_made(void **state)
{
    (void)state;
    run("scenarios/theory/md1-80.json", INT64_C(10000000000));
    assert_true(books.busy.integral == (int64_t)books.calls * 1000000);
}

/* Whatever breaks: the first 40 s of each scenario of the library. */
static void the_books_balance_under_every_fault_of_the_library(void **state)
{
    char(*names)[EK_SCENARIO_NAME_SIZE] = calloc(1024, sizeof *names);
    size_t count;

    (void)state;
    assert_non_null(names);
    count = ek_scenario_names(names, 1024);
    assert_true(count >= 7);
    for (size_t i = 0; i < count && i < 1024; i++) {
        run(names[i], INT64_C(40000000000));
        assert_books(names[i]);
        if (books.ended > books.attempts)
            fail_msg("%s: more attempts ended than began", names[i]);
    }
    free(names);
}

enum {
    LAG_MAX = 4 /* a call made before all connections stand may cost no draw */
};

/* How often the first client's n-th pick is the second one's pick number n + lag, in thousandths.
 */
static uint32_t agreement(int lag)
{
    uint32_t same = 0, n = 0;

    for (uint32_t i = LAG_MAX; i + LAG_MAX < PICKS_MAX; i++) {
        uint32_t other = (uint32_t)((int)i + lag);

        if (i >= books.pick_count[0] || other >= books.pick_count[1])
            break;
        same += books.picks[0][i] == books.picks[1][other];
        n++;
    }
    assert_true(n > 3900);
    return same * 1000 / n;
}

/* Two equal clients with constant arrivals draw one of two idle endpoints for each of 4,000 calls.
 * With one stream between them every pick would agree at some lag; independent ones agree in half
 * of the cases, standard deviation 8 thousandths. (The recording keeps a sample of the calls, in
 * which the n-th of one client is not the n-th of the other; here all are seen.) */
static void two_clients_do_not_pick_in_lockstep(void **state)
{
    static const char text[] =
        "{\"name\": \"twins\", \"duration\": \"40s\", \"endpoints\": {\"count\": 2, \"name\": "
        "\"b%d\", \"service\": \"1ms\"}, \"clients\": {\"count\": 2, \"arrivals\": {\"constant\": "
        "\"200/s\"}, \"serviceConfig\": {\"loadBalancingConfig\": [{\"p2c\": {}}]}}}";
    struct ek_scenario_overrides overrides = {0};
    char report[4096];

    (void)state;
    run_open("twins",
             ek_scenario_read("twins", text, strlen(text), &overrides, report, sizeof report));
    for (int lag = -LAG_MAX; lag <= LAG_MAX; lag++)
        assert_in_range(agreement(lag), 460, 540);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_clients_do_not_pick_in_lockstep),
        cmocka_unit_test(little_holds_at_the_servers_of_every_queue),
        cmocka_unit_test(work_is_neither_lost_nor_made),
        cmocka_unit_test(the_books_balance_under_every_fault_of_the_library),
    };

    return cmocka_run_group_tests_name("sim/theory_books", tests, NULL, NULL);
}
