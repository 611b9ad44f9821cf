/* What one pick of each policy costs, and one rebuild, beside bare loops of the same run. */
#include "cli/bench_picks.h"

#include "cli/bench_bare.h"
#include "cli/bench_memory.h"

#include "evenkeel/lb.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUNDS = 3,
    ROUND_NS = 8000000,
    BATCH = 1024,
    SIZE_COUNT = 4,
    ENDPOINTS_MAX = 10000,
    ADDRESS_SIZE = 24,
    STATE_STRIDE = 128
};

static const uint32_t sizes[SIZE_COUNT] = {10, 100, 1000, ENDPOINTS_MAX};

/* A policy, set up in one way, and the algorithm that it is held against. */
static const struct setting {
    const char *name, *options, *text;
    enum ek_bare bare;
} settings[] = {
    {"pick_first", "{}", "pick_first", EK_BARE_NOTHING},
    {"round_robin", "{}", "round_robin", EK_BARE_COUNTER},
    {"random", "{}", "random", EK_BARE_DRAW},
    {"random", "{\"weighted\": true}", "random, weighted", EK_BARE_ALIAS},
    {"least_request", "{}", "least_request: two choices", EK_BARE_TWO},
    {"least_request", "{\"fullScan\": true}", "least_request, fullScan", EK_BARE_SCAN},
    {"least_request", "{\"weighting\": \"edf\"}", "least_request, weighting edf", EK_BARE_EDF},
    {"peak_ewma", "{}", "peak_ewma", EK_BARE_TWO_EXP},
    {"static_weighted_round_robin", "{}", "static WRR: edf", EK_BARE_EDF},
    {"static_weighted_round_robin", "{\"algorithm\": \"smooth\"}", "static WRR: smooth",
     EK_BARE_SMOOTH},
    {"weighted_round_robin", "{\"blackoutPeriod\": \"0s\"}", "weighted_round_robin: stride",
     EK_BARE_STRIDE},
    {"ring_hash", "{}", "ring_hash, 1,024 to 4,096 points", EK_BARE_RING_SMALL},
    {"ring_hash", "{\"minRingSize\": 1048576, \"maxRingSize\": 8388608, \"dialect\": \"envoy\"}",
     "ring_hash, 1,048,576 points", EK_BARE_RING},
    {"maglev", "{}", "maglev, 65,537 slots", EK_BARE_TABLE},
    {"prequal", "{}", "prequal", EK_BARE_POOL},
    {"random_subsetting", "{\"subsetSize\": 10, \"childPolicy\": \"least_request\"}",
     "random_subsetting of 10", EK_BARE_TWO_OF_TEN},
    {"weighted_target", "{\"targets\": {\"*\": {\"weight\": 1, \"childPolicy\": \"round_robin\"}}}",
     "weighted_target of round_robin", EK_BARE_SPLIT},
};

struct fleet {
    struct ek_candidate *candidates;
    char (*addresses)[ADDRESS_SIZE];
    unsigned char *states;
    uint32_t *loads; /* for the bare loops */
};

/* Sink of all picks, so that no loop is left out. */
static volatile uint64_t picked_sum;

/* The processor's time, not the wall's: other programs may run beside. */
static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* ---- a policy ---- */

struct subject {
    const struct ek_lb_ops *ops;
    void *self;
    struct ek_rng rng;
    size_t bytes;
    struct ek_mem mem;
};

static bool subject_start(struct subject *s, const struct setting *setting)
{
    json_t *options = json_loads(setting->options, 0, NULL);
    struct ek_errors errors = {0};

    s->ops = ek_lb_find(setting->name);
    s->bytes = 0;
    s->mem = (struct ek_mem){ek_bench_resize, &s->bytes};
    s->rng = ek_rng_derive(1, "bench picks", 0);
    s->self = calloc(1, s->ops->self_size + 1);
    if (s->self != NULL && options != NULL && s->ops->options != NULL)
        ek_option_read(s->ops->options, options, "", s->self, &errors);
    json_decref(options);
    return s->self != NULL && options != NULL && errors.count == 0 &&
           (s->ops->init == NULL ||
            s->ops->init(s->self, &(struct ek_lb_start){.rng = &s->rng, .mem = &s->mem}) == EK_OK);
}

static void subject_stop(struct subject *s)
{
    if (s->self != NULL && s->ops->deinit != NULL)
        s->ops->deinit(s->self);
    if (s->self != NULL && s->ops->options != NULL)
        ek_option_release(s->ops->options, s->self);
    free(s->self);
}

/* Endpoints of weights 1 .. 10, some attempts under way, with nothing known of them yet. */
static void fleet_reset(struct fleet *fleet, size_t state_size)
{
    size_t stride = state_size <= 64 ? 64 : STATE_STRIDE;

    memset(fleet->states, 0, (size_t)ENDPOINTS_MAX * STATE_STRIDE);
    for (uint32_t i = 0; i < ENDPOINTS_MAX; i++)
        fleet->candidates[i] = (struct ek_candidate){.state = fleet->states + i * stride,
                                                     .address = fleet->addresses[i],
                                                     .id = i,
                                                     .place = i,
                                                     .weight = 1 + i * 7 % 10,
                                                     .in_flight = fleet->loads[i]};
}

/* Every endpoint has answered once and told its load. */
static void tell(struct subject *s, struct fleet *fleet, uint32_t count)
{
    for (uint32_t i = 0; i < count && s->ops->finished != NULL; i++) {
        struct ek_load_report load = {
            .qps = 1000000 * (1 + i % 10), .utilization = 500000, .in_flight = 1};
        struct ek_outcome outcome = {
            .latency_ns = EK_MS + i % 100 * EK_US, .status = EK_STATUS_OK, .load = &load};

        if (s->ops->started != NULL)
            s->ops->started(s->self, fleet->candidates[i].state, (ek_time){0});
        s->ops->finished(s->self, fleet->candidates[i].state, &outcome, (ek_time){0});
    }
}

/* ns per rebuild; negative if it fails. The clock is read ever more seldom. */
static double rebuild_once(struct subject *s, const struct fleet *fleet, uint32_t count)
{
    double started = now_ns(), spent = 0;
    int64_t done = 0;

    if (s->ops->rebuild == NULL)
        return 0;
    for (int batch = 1; spent < ROUND_NS; batch = batch < 65536 ? batch * 2 : batch) {
        /* Another set each time, or there is nothing to do: the last one comes and goes. */
        for (int i = 0; i < batch; i++)
            if (s->ops->rebuild(s->self, fleet->candidates, count - (i & 1)) != EK_OK)
                return -1;
        done += batch;
        spent = now_ns() - started;
    }
    return spent / (double)done;
}

/* ns per pick of `pick`, a policy's or a bare one's. */
static double picks_once(ek_bare_pick *pick, void *self, struct ek_rng *rng,
                         const struct fleet *fleet, uint32_t count)
{
    struct ek_request request = {0};
    double started = now_ns(), spent = 0;
    uint64_t sum = 0, done = 0;

    while (spent < ROUND_NS) {
        for (int i = 0; i < BATCH; i++) {
            request.hash = ek_mix64(done + (uint64_t)i);
            sum += pick(self, fleet->candidates, count, &request, rng, (ek_time){0}).index;
        }
        done += BATCH;
        spent = now_ns() - started;
    }
    picked_sum += sum;
    return spent / (double)done;
}

static double loop_once(enum ek_bare bare, struct ek_bare_data *data)
{
    double started = now_ns(), spent = 0;
    uint64_t done = 0;

    while (spent < ROUND_NS) {
        picked_sum += ek_bare_loop(bare, data, BATCH);
        done += BATCH;
        spent = now_ns() - started;
    }
    return spent / (double)done;
}

/* A policy at one number of endpoints: the least of the rounds, in which all take turns. */
struct measured {
    double loop, call, pick, rebuild;
    double bytes;
};

static bool measure_at(const struct setting *setting, struct fleet *fleet, uint32_t count,
                       struct ek_bare_data *data, struct measured *out)
{
    struct subject s = {0};
    struct ek_rng rng = ek_rng_derive(2, "bench picks", 0);
    bool is_good = subject_start(&s, setting);

    *out = (struct measured){1e300, 1e300, 1e300, 1e300, 0};
    fleet_reset(fleet, s.ops->endpoint_size);
    for (int round = 0; round < ROUNDS && is_good; round++) {
        double rebuild = rebuild_once(&s, fleet, count);

        is_good = rebuild >= 0 && (s.ops->rebuild == NULL ||
                                   s.ops->rebuild(s.self, fleet->candidates, count) == EK_OK);
        if (!is_good)
            break;
        if (round == 0)
            tell(&s, fleet, count);
        out->rebuild = least(out->rebuild, rebuild);
        out->loop = least(out->loop, loop_once(setting->bare, data));
        out->call =
            least(out->call, picks_once(ek_bare_call(setting->bare), data, &rng, fleet, count));
        out->pick = least(out->pick, picks_once(s.ops->pick, s.self, &s.rng, fleet, count));
    }
    out->bytes = ((double)s.bytes + (double)s.ops->self_size) / count +
                 (double)s.ops->endpoint_size + (double)sizeof(struct ek_candidate);
    subject_stop(&s);
    return is_good;
}

/* One row for each number of endpoints. */
static bool measure(const struct setting *setting, struct fleet *fleet,
                    struct ek_bare_data *const *data, json_t *rows)
{
    bool has_rebuild = ek_lb_find(setting->name)->rebuild != NULL;

    for (int k = 0; k < SIZE_COUNT; k++) {
        struct measured m;
        json_t *row;

        if (!measure_at(setting, fleet, sizes[k], data[k], &m))
            return false;
        row = json_pack("{s:s, s:s, s:i, s:f, s:f, s:f, s:f}", "policy", setting->text, "bare",
                        ek_bare_texts[setting->bare], "endpoints", (int)sizes[k], "ns_per_pick",
                        m.pick, "ns_per_bare_pick_behind_a_call", m.call,
                        "ns_per_bare_pick_in_a_loop", m.loop, "bytes_per_endpoint", m.bytes);
        if (has_rebuild)
            json_object_set_new(row, "ns_per_rebuild", json_real(m.rebuild));
        json_array_append_new(rows, row);
    }
    return true;
}

/* ---- all ---- */

static bool fleet_new(struct fleet *fleet)
{
    struct ek_rng rng = ek_rng_derive(1, "bench loads", 0);

    *fleet = (struct fleet){
        .candidates = calloc(ENDPOINTS_MAX, sizeof *fleet->candidates),
        .addresses = calloc(ENDPOINTS_MAX, sizeof *fleet->addresses),
        .states = calloc(ENDPOINTS_MAX, STATE_STRIDE),
        .loads = calloc(ENDPOINTS_MAX, sizeof *fleet->loads),
    };
    if (fleet->candidates == NULL || fleet->addresses == NULL || fleet->states == NULL ||
        fleet->loads == NULL)
        return false;
    for (uint32_t i = 0; i < ENDPOINTS_MAX; i++) {
        fleet->loads[i] = ek_rng_below(&rng, 8);
        snprintf(fleet->addresses[i], ADDRESS_SIZE, "10.0.%u.%u:8080", i / 256, i % 256);
    }
    fleet_reset(fleet, 0);
    return true;
}

static void fleet_free(struct fleet *fleet)
{
    free(fleet->candidates);
    free(fleet->addresses);
    free(fleet->states);
    free(fleet->loads);
}

bool ek_bench_picks(json_t *rows)
{
    struct ek_bare_data *data[SIZE_COUNT] = {NULL};
    struct fleet fleet;
    bool is_good = fleet_new(&fleet);

    for (int k = 0; k < SIZE_COUNT && is_good; k++) {
        data[k] = ek_bare_new(fleet.candidates, sizes[k]);
        is_good = data[k] != NULL;
    }
    for (size_t i = 0; i < sizeof settings / sizeof settings[0] && is_good; i++)
        is_good = measure(&settings[i], &fleet, data, rows);
    for (int k = 0; k < SIZE_COUNT; k++)
        ek_bare_free(data[k]);
    fleet_free(&fleet);
    return is_good;
}

/* ---- printing ---- */

static double cell(const json_t *rows, size_t at, const char *column)
{
    return json_real_value(json_object_get(json_array_get(rows, at), column));
}

static const char *text(const json_t *rows, size_t at, const char *column)
{
    return json_string_value(json_object_get(json_array_get(rows, at), column));
}

/* A policy's rows stand together, one for each number of endpoints. */
static void print_picks(const json_t *rows)
{
    printf("\none pick alone, weights 1..10     ns at 10     100   1,000  10,000      "
           "x the same algorithm without a policy\n");
    for (size_t at = 0; at + SIZE_COUNT <= json_array_size(rows); at += SIZE_COUNT) {
        printf("  %-33s", text(rows, at, "policy"));
        for (size_t i = at; i < at + SIZE_COUNT; i++)
            printf("%8.1f", cell(rows, i, "ns_per_pick"));
        printf("    ");
        for (size_t i = at; i < at + SIZE_COUNT; i++)
            printf("%6.2f",
                   cell(rows, i, "ns_per_pick") / cell(rows, i, "ns_per_bare_pick_behind_a_call"));
        printf("\n    %-31s", text(rows, at, "bare"));
        for (size_t i = at; i < at + SIZE_COUNT; i++)
            printf("%8.1f", cell(rows, i, "ns_per_bare_pick_behind_a_call"));
        printf("    in a loop:");
        for (size_t i = at; i < at + SIZE_COUNT; i++)
            printf(" %.1f", cell(rows, i, "ns_per_bare_pick_in_a_loop"));
        putchar('\n');
    }
    printf("The ratio is to the line below each policy: its algorithm alone behind the same "
           "function call,\nwith the same hash and random numbers in memory; at the right the same "
           "inlined in a loop.\n");
}

static void print_rebuilds(const json_t *rows)
{
    printf("\none rebuild                       us at 10     100   1,000  10,000    bytes per "
           "endpoint at the same\n");
    for (size_t at = 0; at + SIZE_COUNT <= json_array_size(rows); at += SIZE_COUNT) {
        if (json_object_get(json_array_get(rows, at), "ns_per_rebuild") == NULL)
            continue;
        printf("  %-33s", text(rows, at, "policy"));
        for (size_t i = at; i < at + SIZE_COUNT; i++)
            printf("%8.2f", cell(rows, i, "ns_per_rebuild") / 1000);
        for (size_t i = at; i < at + SIZE_COUNT; i++)
            printf("%9.0f", cell(rows, i, "bytes_per_endpoint"));
        putchar('\n');
    }
}

void ek_bench_picks_print(const json_t *rows)
{
    print_picks(rows);
    print_rebuilds(rows);
}
