/* evenkeel bench: how fast this build is on this machine. */
#include "cli/arguments.h"
#include "cli/bench_picks.h"
#include "cli/verb.h"
#include "evenkeel/rng.h"
#include "sim/engine.h"
#include "sim/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "  evenkeel bench\n"
    "  evenkeel bench --json\n"
    "\n"
    "usage: evenkeel bench [OPTION]...\n"
    "Times the event set alone (hold model: take the earliest event, put it back later), then "
    "whole\n"
    "simulated calls: real core, network, server queue, deadline, recording and fingerprint. One\n"
    "core; the median of five runs. Then each policy's pick and rebuild alone, beside bare loops:\n"
    "processor time, the best of three. Times depend on the machine, ratios hardly.\n"
    "  --json                prints one JSON object\n";

enum {
    RUNS = 5,
    HOLDS = 2000000
};

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(double *values)
{
    qsort(values, RUNS, sizeof *values, by_value);
    return values[RUNS / 2];
}

/* ns per hold with `pending` events; negative without memory. */
static double hold_once(uint32_t pending)
{
    struct ek_engine engine = {0};
    struct ek_rng rng = ek_rng_derive(1, "hold", pending);
    double started;

    for (uint32_t i = 0; i < pending; i++) {
        uint32_t slot = ek_engine_acquire(&engine, (struct ek_sim_event){0, i});

        if (slot == EK_ENGINE_NO_SLOT)
            return -1;
        ek_engine_set(&engine, slot, (int64_t)(ek_rng_next(&rng) >> 34));
    }
    started = now_ns();
    for (int i = 0; i < HOLDS; i++) {
        ek_engine_next(&engine);
        ek_engine_pop(&engine);
        ek_engine_set(&engine, engine.popped, engine.now + (int64_t)(ek_rng_next(&rng) >> 34));
    }
    started = now_ns() - started;
    ek_engine_deinit(&engine);
    return started / HOLDS;
}

/* One client, `endpoints` servers at rho 0.9 with one worker each, `calls` calls in all. */
static const char call_scenario[] =
    "{\"name\": \"bench\", \"duration\": \"%dms\", \"endpoints\": {\"count\": %d, \"name\": "
    "\"b%%04d\", \"workers\": 1, \"service\": {\"exponential\": {\"mean\": \"9ms\"}}}, "
    "\"clients\": "
    "{\"arrivals\": {\"poisson\": \"%d/s\"}, \"deadline\": \"1s\", \"serviceConfig\": "
    "{\"loadBalancingConfig\": [{\"%s\": {}}]}}, \"network\": {\"delay\": \"200us\"}}";

struct call_result {
    double ns_per_call, events_per_second, times_real;
};

static bool call_once(const char *policy, int endpoints, struct call_result *out)
{
    int rate = endpoints * 100, calls = 200000;
    char text[1024], report[1024], why[256];
    struct ek_scenario_overrides overrides = {0};
    struct ek_run_options options = {0};
    struct ek_recorder *recorder = NULL;
    struct ek_scenario *scenario;
    const struct ek_results *results;
    double started;
    bool is_good;

    snprintf(text, sizeof text, call_scenario, (int)((int64_t)calls * 1000 / rate), endpoints, rate,
             policy);
    scenario = ek_scenario_read("bench", text, strlen(text), &overrides, report, sizeof report);
    if (scenario == NULL) {
        fputs(report, stderr);
        return false;
    }
    started = now_ns();
    is_good = ek_run(scenario, &options, &recorder, why, sizeof why) == EK_OK;
    started = now_ns() - started;
    ek_scenario_free(scenario);
    if (!is_good) {
        fprintf(stderr, "evenkeel bench: %s\n", why);
        return false;
    }
    results = ek_recorder_results(recorder);
    out->ns_per_call = started / (double)results->calls;
    out->events_per_second = (double)results->events / started * 1e9;
    out->times_real = (double)results->sim_ns / started;
    ek_recorder_free(recorder);
    return true;
}

static bool call_median(const char *policy, int endpoints, struct call_result *out)
{
    double ns[RUNS], events[RUNS], real[RUNS];

    for (int i = 0; i < RUNS; i++) {
        struct call_result one;

        if (!call_once(policy, endpoints, &one))
            return false;
        ns[i] = one.ns_per_call;
        events[i] = one.events_per_second;
        real[i] = one.times_real;
    }
    *out = (struct call_result){median(ns), median(events), median(real)};
    return true;
}

static bool bench_hold(json_t *rows)
{
    static const uint32_t sizes[] = {100, 10000, 1000000};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        double ns[RUNS];

        for (int r = 0; r < RUNS; r++)
            if ((ns[r] = hold_once(sizes[i])) < 0)
                return false;
        json_array_append_new(rows, json_pack("{s:I, s:f}", "pending", (json_int_t)sizes[i],
                                              "ns_per_hold", median(ns)));
    }
    return true;
}

static bool bench_calls(json_t *rows)
{
    static const char *const policies[] = {"round_robin", "least_request", "peak_ewma"};
    static const int sizes[] = {10, 100, 1000};

    for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct call_result result;

            if (!call_median(policies[p], sizes[i], &result))
                return false;
            json_array_append_new(
                rows, json_pack("{s:s, s:i, s:f, s:f, s:f}", "policy", policies[p], "endpoints",
                                sizes[i], "ns_per_call", result.ns_per_call, "events_per_second",
                                result.events_per_second, "times_real_time", result.times_real));
        }
    return true;
}

static void print_rows(const json_t *hold, const json_t *calls)
{
    const json_t *row;
    size_t i;

    printf("event set, hold model          ns per hold\n");
    json_array_foreach(hold, i, row)
        printf("  %9" JSON_INTEGER_FORMAT " pending            %8.1f\n",
               json_integer_value(json_object_get(row, "pending")),
               json_real_value(json_object_get(row, "ns_per_hold")));
    printf("\none simulated call             ns per call   calls/s    events/s   x real time\n");
    json_array_foreach(calls, i, row)
    {
        double ns = json_real_value(json_object_get(row, "ns_per_call"));

        printf("  %-13s %5" JSON_INTEGER_FORMAT " endpoints %8.0f  %6.2f M   %6.2f M   %9.0f\n",
               json_string_value(json_object_get(row, "policy")),
               json_integer_value(json_object_get(row, "endpoints")), ns, 1e3 / ns,
               json_real_value(json_object_get(row, "events_per_second")) / 1e6,
               json_real_value(json_object_get(row, "times_real_time")));
    }
}

int ek_verb_bench(int argc, char **argv)
{
    struct ek_arguments arguments;
    json_t *hold = json_array(), *calls = json_array(), *picks = json_array();
    int code = ek_arguments_read(argc, argv, "j", help, &arguments);

    if (code < 0) {
        code = bench_hold(hold) && bench_calls(calls) && ek_bench_picks(picks) ? EK_EXIT_PASS
                                                                               : EK_EXIT_INTERNAL;
        if (code == EK_EXIT_PASS && arguments.json) {
            json_t *all =
                json_pack("{s:O, s:O, s:O}", "hold", hold, "calls", calls, "picks", picks);

            json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
            putchar('\n');
            json_decref(all);
        } else if (code == EK_EXIT_PASS) {
            print_rows(hold, calls);
            ek_bench_picks_print(picks);
        }
    }
    json_decref(hold);
    json_decref(calls);
    json_decref(picks);
    return code;
}
