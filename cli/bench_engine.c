/* The event set alone: the hold model, and a queue of one server, beside loops without it. */
#include "cli/bench.h"

#include "evenkeel/rng.h"
#include "sim/engine.h"
#include "sim/sample.h"

#include <stdio.h>

enum {
    HOLDS = 2000000,
    CUSTOMERS = 2000000,
    LINE = 1 << 16 /* the longest queue; at rho 0.9 it has no chance to come near */
};

/* What the loops work out, so that none is left out. */
static volatile uint64_t sink;

static uint64_t mix(uint64_t sum, int64_t at, uint64_t what)
{
    return (sum ^ (uint64_t)at ^ what) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Takes the earliest of `pending` events, puts it back later. */
static bool hold(uint32_t pending, double *ns)
{
    struct ek_engine engine = {0};
    struct ek_rng rng = ek_rng_derive(1, "hold", pending);
    uint64_t sum = 0;

    for (uint32_t i = 0; i < pending; i++) {
        uint32_t slot = ek_engine_acquire(&engine, (struct ek_sim_event){0, i});

        if (slot == EK_ENGINE_NO_SLOT)
            return false;
        ek_engine_set(&engine, slot, (int64_t)(ek_rng_next(&rng) >> 34));
    }
    *ns = ek_bench_now_ns();
    for (int i = 0; i < HOLDS; i++) {
        struct ek_sim_event event;

        ek_engine_next(&engine);
        event = ek_engine_pop(&engine);
        sum = mix(sum, engine.now, event.subject);
        ek_engine_set(&engine, engine.popped, engine.now + (int64_t)(ek_rng_next(&rng) >> 34));
    }
    *ns = (ek_bench_now_ns() - *ns) / HOLDS;
    sink = sum;
    ek_engine_deinit(&engine);
    return true;
}

static double bare_hold(void)
{
    struct ek_rng rng = ek_rng_derive(1, "hold", 0);
    uint64_t sum = 0;
    int64_t now = 0;
    double started = ek_bench_now_ns();

    for (int i = 0; i < HOLDS; i++) {
        now += (int64_t)(ek_rng_next(&rng) >> 34);
        sum = mix(sum, now, 0);
    }
    sink = sum;
    return (ek_bench_now_ns() - started) / HOLDS;
}

/* Mean 900 us of service, one customer a ms. */
static int64_t draw(struct ek_rng *rng, double mean_ns)
{
    return (int64_t)(ek_sample_exponential(ek_rng_next(rng)) * mean_ns + 0.5);
}

/* Customers of one first-come first-served server: two events each, and their sojourn times. */
static bool mm1(double *ns)
{
    static int64_t line[LINE]; /* when who is in the system arrived */
    struct ek_engine engine = {0};
    struct ek_rng arrivals = ek_rng_derive(1, "arrivals", 0);
    struct ek_rng services = ek_rng_derive(1, "services", 0);
    uint32_t arrival = ek_engine_acquire(&engine, (struct ek_sim_event){0, 0});
    uint32_t departure = ek_engine_acquire(&engine, (struct ek_sim_event){1, 0});
    uint32_t first = 0, last = 0, served = 0;
    int64_t gap = draw(&arrivals, 1e6), service = draw(&services, 9e5); /* the next ones */
    double sojourn = 0, squares = 0;
    uint64_t sum = 0;

    if (departure == EK_ENGINE_NO_SLOT)
        return false;
    ek_engine_set(&engine, arrival, 0);
    *ns = ek_bench_now_ns();
    while (served < CUSTOMERS) {
        struct ek_sim_event event;
        bool is_begun;

        ek_engine_next(&engine);
        event = ek_engine_pop(&engine);
        sum = mix(sum, engine.now, event.kind);
        if (event.kind == 0) {
            line[last++ % LINE] = engine.now;
            ek_engine_set(&engine, arrival, engine.now + gap);
            gap = draw(&arrivals, 1e6);
            is_begun = last - first == 1;
        } else {
            double stay = (double)(engine.now - line[first++ % LINE]);

            sojourn += stay;
            squares += stay * stay;
            served++;
            is_begun = first != last;
        }
        if (is_begun) {
            ek_engine_set(&engine, departure, engine.now + service);
            service = draw(&services, 9e5);
        }
    }
    *ns = (ek_bench_now_ns() - *ns) / CUSTOMERS;
    sink = sum + (uint64_t)sojourn + (uint64_t)squares;
    ek_engine_deinit(&engine);
    return true;
}

/* Lindley's recursion: the same customers without events. */
static double bare_mm1(void)
{
    struct ek_rng arrivals = ek_rng_derive(1, "arrivals", 0);
    struct ek_rng services = ek_rng_derive(1, "services", 0);
    int64_t wait = 0;
    double sojourn = 0, squares = 0, started = ek_bench_now_ns();

    for (int i = 0; i < CUSTOMERS; i++) {
        int64_t stay = wait + draw(&services, 9e5);

        sojourn += (double)stay;
        squares += (double)stay * (double)stay;
        wait = stay - draw(&arrivals, 1e6);
        wait = wait > 0 ? wait : 0;
    }
    sink = (uint64_t)sojourn + (uint64_t)squares;
    return (ek_bench_now_ns() - started) / CUSTOMERS;
}

bool ek_bench_engine(json_t *rows)
{
    static const uint32_t sizes[] = {100, 10000, 1000000};
    double ns[EK_BENCH_RUNS], bare[EK_BENCH_RUNS];

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int r = 0; r < EK_BENCH_RUNS; r++) {
            bare[r] = bare_hold();
            if (!hold(sizes[i], &ns[r]))
                return false;
        }
        json_array_append_new(rows, json_pack("{s:s, s:I, s:f, s:f}", "work", "hold", "pending",
                                              (json_int_t)sizes[i], "ns",
                                              ek_bench_median(ns, EK_BENCH_RUNS), "bare_ns",
                                              ek_bench_median(bare, EK_BENCH_RUNS)));
    }
    for (int r = 0; r < EK_BENCH_RUNS; r++) {
        bare[r] = bare_mm1();
        if (!mm1(&ns[r]))
            return false;
    }
    json_array_append_new(rows, json_pack("{s:s, s:i, s:f, s:f}", "work", "mm1", "pending", 2, "ns",
                                          ek_bench_median(ns, EK_BENCH_RUNS), "bare_ns",
                                          ek_bench_median(bare, EK_BENCH_RUNS)));
    return true;
}

void ek_bench_engine_print(const json_t *rows)
{
    const json_t *row;
    size_t i;

    printf("event set                             ns   per second   without events\n");
    json_array_foreach(rows, i, row)
    {
        const char *work = json_string_value(json_object_get(row, "work"));
        double ns = json_real_value(json_object_get(row, "ns"));
        double bare = json_real_value(json_object_get(row, "bare_ns"));
        char what[64];

        if (work[0] == 'h')
            snprintf(what, sizeof what, "hold, %" JSON_INTEGER_FORMAT " pending",
                     json_integer_value(json_object_get(row, "pending")));
        else
            snprintf(what, sizeof what, "M/M/1 at rho 0.9, a customer");
        printf("  %-30s %7.1f   %8.2f M   %6.1f ns %5.1fx\n", what, ns, 1e3 / ns, bare, ns / bare);
    }
}
