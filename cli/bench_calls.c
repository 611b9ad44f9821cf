/* Whole simulated calls: real core, network, server queue, deadline, recording and fingerprint. */
#include "cli/bench.h"

#include <stdio.h>

/* How many clients and endpoints; more subchannels than a few 100,000 would only measure memory. */
static const struct pair {
    int clients, endpoints, calls;
} pairs[] = {
    {1, 10, 100000},   {1, 100, 100000},    {1, 1000, 100000},   {1, 10000, 100000},
    {100, 10, 100000}, {100, 1000, 100000}, {10000, 10, 100000},
};

struct result {
    double ns_per_call, setup_ms, times_real;
};

/* The set-up is taken out: what a run of five times the calls takes more, for each call more. */
static bool measure(const char *policy, const struct pair *pair, struct result *out)
{
    double per_call[EK_BENCH_RUNS], setup[EK_BENCH_RUNS], real[EK_BENCH_RUNS];

    for (int r = 0; r < EK_BENCH_RUNS; r++) {
        struct ek_bench_load load = {policy, pair->clients, pair->endpoints, pair->calls / 4, NULL};
        struct ek_bench_run few, many;

        if (!ek_bench_run(&load, &few))
            return false;
        load.calls = pair->calls / 4 * 5;
        if (!ek_bench_run(&load, &many))
            return false;
        per_call[r] = (many.ns - few.ns) / (double)(many.calls - few.calls);
        setup[r] = (few.ns - per_call[r] * (double)few.calls) / 1e6;
        setup[r] = setup[r] > 0 ? setup[r] : 0;
        real[r] = (double)many.sim_ns / many.ns;
    }
    *out = (struct result){ek_bench_median(per_call, EK_BENCH_RUNS),
                           ek_bench_median(setup, EK_BENCH_RUNS),
                           ek_bench_median(real, EK_BENCH_RUNS)};
    return true;
}

bool ek_bench_calls(json_t *rows)
{
    static const char *const policies[] = {"round_robin", "least_request", "ring_hash"};
    struct result result;

    for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++)
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
            if (!measure(policies[p], &pairs[i], &result))
                return false;
            json_array_append_new(rows, json_pack("{s:s, s:i, s:i, s:i, s:f, s:f, s:f}", "policy",
                                                  policies[p], "endpoints", pairs[i].endpoints,
                                                  "clients", pairs[i].clients, "calls_per_second",
                                                  pairs[i].endpoints * 100, "ns_per_call",
                                                  result.ns_per_call, "setup_ms", result.setup_ms,
                                                  "times_real_time", result.times_real));
        }
    return true;
}

void ek_bench_calls_print(const json_t *rows)
{
    const json_t *row;
    double smallest = 0;
    size_t i;

    printf("\none simulated call, rho 0.9\n"
           "  policy          clients endpoints  load/s       ns    calls/s   x 10 endp.    set-up"
           "   x real time\n");
    json_array_foreach(rows, i, row)
    {
        json_int_t clients = json_integer_value(json_object_get(row, "clients"));
        json_int_t endpoints = json_integer_value(json_object_get(row, "endpoints"));
        double ns = json_real_value(json_object_get(row, "ns_per_call"));

        if (endpoints == 10)
            smallest = ns;
        printf("  %-14s %8" JSON_INTEGER_FORMAT " %9" JSON_INTEGER_FORMAT " %7" JSON_INTEGER_FORMAT
               " %8.0f  %7.2f M   %10.2f  %7.1f ms %13.0f\n",
               json_string_value(json_object_get(row, "policy")), clients, endpoints,
               json_integer_value(json_object_get(row, "calls_per_second")), ns, 1e3 / ns,
               ns / smallest, json_real_value(json_object_get(row, "setup_ms")),
               json_real_value(json_object_get(row, "times_real_time")));
    }
    printf(
        "  the calls alone, without set-up; 1 client and 10 endpoints are a client of 1,000 calls "
        "a second.\n  10,000 clients have 10 endpoints only: with 10,000 there would be 10^8 "
        "subchannels\n");
}
