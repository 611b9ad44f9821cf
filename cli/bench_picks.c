/* What one pick of each policy costs, and one rebuild, beside bare loops of the same run. */
#include "cli/bench_picks.h"

#include "evenkeel/lb.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUNDS = 3,
    ROUND_NS = 15000000,
    BATCH = 1024,
    SIZE_COUNT = 4,
    ENDPOINTS_MAX = 10000,
    ADDRESS_SIZE = 24,
    HEADER_SIZE = 16 /* of a counted block; keeps the alignment */
};

static const uint32_t sizes[SIZE_COUNT] = {10, 100, 1000, ENDPOINTS_MAX};

/* A policy, set up in one way. */
static const struct setting {
    const char *name, *options, *text;
} settings[] = {
    {"pick_first", "{}", "pick_first: the call alone"},
    {"round_robin", "{}", "round_robin"},
    {"random", "{}", "random"},
    {"random", "{\"weighted\": true}", "random, weighted: alias table"},
    {"least_request", "{}", "least_request: two choices"},
    {"least_request", "{\"fullScan\": true}", "least_request, fullScan"},
    {"least_request", "{\"weighting\": \"edf\"}", "least_request, weighting edf"},
    {"peak_ewma", "{}", "peak_ewma"},
    {"static_weighted_round_robin", "{}", "static WRR: edf"},
    {"static_weighted_round_robin", "{\"algorithm\": \"smooth\"}", "static WRR: smooth"},
    {"weighted_round_robin", "{\"blackoutPeriod\": \"0s\"}", "weighted_round_robin: stride"},
    {"ring_hash", "{}", "ring_hash, 1,024 to 4,096 points"},
    {"ring_hash", "{\"minRingSize\": 1048576, \"maxRingSize\": 8388608, \"dialect\": \"envoy\"}",
     "ring_hash, 1,048,576 points"},
    {"maglev", "{}", "maglev, 65,537 slots"},
    {"prequal", "{}", "prequal"},
    {"random_subsetting", "{\"subsetSize\": 10, \"childPolicy\": \"least_request\"}",
     "random_subsetting of 10"},
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

static double least(const double *values, int count)
{
    double best = values[0];

    for (int i = 1; i < count; i++)
        best = values[i] < best ? values[i] : best;
    return best;
}

/* ---- memory that is counted ---- */

static void *counted_resize(void *context, void *block, size_t size)
{
    size_t *total = context, had = 0;
    unsigned char *base = block != NULL ? (unsigned char *)block - HEADER_SIZE : NULL;

    if (base != NULL)
        memcpy(&had, base, sizeof had);
    if (size == 0) {
        *total -= had;
        free(base);
        return NULL;
    }
    unsigned char *grown = realloc(base, size + HEADER_SIZE);
    if (grown == NULL)
        return NULL;
    *total += size - had;
    memcpy(grown, &size, sizeof size);
    return grown + HEADER_SIZE;
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
    s->mem = (struct ek_mem){counted_resize, &s->bytes};
    s->rng = ek_rng_derive(1, "bench picks", 0);
    s->self = calloc(1, s->ops->self_size + 1);
    if (s->self != NULL && options != NULL && s->ops->options != NULL)
        ek_option_read(s->ops->options, options, "", s->self, &errors);
    json_decref(options);
    return s->self != NULL && options != NULL && errors.count == 0 &&
           (s->ops->init == NULL ||
            s->ops->init(s->self, &(struct ek_lb_start){&s->rng, 0, &s->mem}) == EK_OK);
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
    size_t stride = (state_size + 63) / 64 * 64;

    memset(fleet->states, 0, (size_t)ENDPOINTS_MAX * 64);
    for (uint32_t i = 0; i < ENDPOINTS_MAX; i++)
        fleet->candidates[i] =
            (struct ek_candidate){.state = fleet->states + (stride <= 64 ? i * stride : 0),
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

/* ns per rebuild; negative if it fails. */
static double rebuild_once(struct subject *s, const struct fleet *fleet, uint32_t count)
{
    double started = now_ns(), spent = 0;
    int done = 0;

    while (spent < ROUND_NS) {
        /* Another set each time, or there is nothing to do: the last one comes and goes. */
        if (s->ops->rebuild != NULL &&
            s->ops->rebuild(s->self, fleet->candidates, count - (done & 1)) != EK_OK)
            return -1;
        done++;
        spent = now_ns() - started;
    }
    return spent / done;
}

static double picks_once(struct subject *s, const struct fleet *fleet, uint32_t count)
{
    struct ek_request request = {0};
    double started = now_ns(), spent = 0;
    uint64_t sum = 0, done = 0;

    while (spent < ROUND_NS) {
        for (int i = 0; i < BATCH; i++) {
            request.hash = ek_mix64(done + (uint64_t)i);
            sum += s->ops->pick(s->self, fleet->candidates, count, &request, &s->rng, (ek_time){0})
                       .index;
        }
        done += BATCH;
        spent = now_ns() - started;
    }
    picked_sum += sum;
    return spent / (double)done;
}

static bool measure(const struct setting *setting, struct fleet *fleet, json_t *rows)
{
    json_t *picks = json_array(), *rebuilds = json_array();
    double bytes = 0;
    bool is_good = true;

    for (int k = 0; k < SIZE_COUNT && is_good; k++) {
        struct subject s = {0};
        double pick[ROUNDS], rebuild[ROUNDS];

        is_good = subject_start(&s, setting);
        fleet_reset(fleet, s.ops->endpoint_size);
        for (int round = 0; round < ROUNDS && is_good; round++) {
            rebuild[round] = rebuild_once(&s, fleet, sizes[k]);
            is_good = rebuild[round] >= 0 &&
                      (s.ops->rebuild == NULL ||
                       s.ops->rebuild(s.self, fleet->candidates, sizes[k]) == EK_OK);
            if (!is_good)
                break;
            tell(&s, fleet, sizes[k]);
            pick[round] = picks_once(&s, fleet, sizes[k]);
        }
        if (is_good) {
            json_array_append_new(picks, json_real(least(pick, ROUNDS)));
            json_array_append_new(
                rebuilds, s.ops->rebuild != NULL ? json_real(least(rebuild, ROUNDS)) : json_null());
        }
        if (sizes[k] == 1000)
            bytes = (double)s.bytes / 1000 + (double)s.ops->endpoint_size +
                    (double)sizeof(struct ek_candidate);
        subject_stop(&s);
    }
    json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:f}", "policy", setting->text,
                                          "ns_per_pick", picks, "ns_per_rebuild", rebuilds,
                                          "bytes_per_endpoint_of_1000", bytes));
    return is_good;
}

/* ---- the bare loops ---- */

enum bare {
    BARE_COUNTER,
    BARE_RANDOM,
    BARE_TWO,
    BARE_TABLE,
    BARE_COUNT
};

static const char *const bare_texts[BARE_COUNT] = {
    "limit: counter modulo n", "limit: random, multiplied", "limit: two draws, two loads",
    "limit: hash to a 65,537 slot table"};

static uint64_t bare_batch(enum bare bare, const struct fleet *fleet, uint32_t count,
                           uint64_t *counter, struct ek_rng *rng)
{
    uint64_t sum = 0;

    for (int i = 0; i < BATCH; i++) {
        uint32_t first, second;

        switch (bare) {
        case BARE_COUNTER:
            sum += (*counter)++ % count;
            break;
        case BARE_RANDOM:
            sum += ek_rng_below(rng, count);
            break;
        case BARE_TWO:
            first = ek_rng_below(rng, count);
            second = ek_rng_below(rng, count);
            sum += fleet->loads[second] < fleet->loads[first] ? second : first;
            break;
        case BARE_TABLE:
            sum += fleet->loads[ek_mix64((*counter)++) % 65537];
            break;
        case BARE_COUNT:
            break;
        }
    }
    return sum;
}

static void measure_bare(enum bare bare, const struct fleet *fleet, json_t *rows)
{
    json_t *picks = json_array();

    for (int k = 0; k < SIZE_COUNT; k++) {
        struct ek_rng rng = ek_rng_derive(1, "bench picks", 0);
        double best = 1e300;

        for (int round = 0; round < ROUNDS; round++) {
            double started = now_ns(), spent = 0;
            uint64_t counter = 0, done = 0, sum = 0;

            while (spent < ROUND_NS) {
                sum += bare_batch(bare, fleet, sizes[k], &counter, &rng);
                done += BATCH;
                spent = now_ns() - started;
            }
            picked_sum += sum;
            best = spent / (double)done < best ? spent / (double)done : best;
        }
        json_array_append_new(picks, json_real(best));
    }
    json_array_append_new(
        rows, json_pack("{s:s, s:o}", "policy", bare_texts[bare], "ns_per_pick", picks));
}

/* ---- all ---- */

bool ek_bench_picks(json_t *rows)
{
    struct fleet fleet = {
        .candidates = calloc(ENDPOINTS_MAX, sizeof *fleet.candidates),
        .addresses = calloc(ENDPOINTS_MAX, sizeof *fleet.addresses),
        .states = calloc(ENDPOINTS_MAX, 64),
        .loads = calloc(65537, sizeof *fleet.loads),
    };
    struct ek_rng rng = ek_rng_derive(1, "bench loads", 0);
    bool is_good = fleet.candidates != NULL && fleet.addresses != NULL && fleet.states != NULL &&
                   fleet.loads != NULL;

    for (uint32_t i = 0; i < 65537 && is_good; i++)
        fleet.loads[i] = ek_rng_below(&rng, 8);
    for (uint32_t i = 0; i < ENDPOINTS_MAX && is_good; i++)
        snprintf(fleet.addresses[i], ADDRESS_SIZE, "10.0.%u.%u:8080", i / 256, i % 256);
    for (int bare = 0; bare < BARE_COUNT && is_good; bare++)
        measure_bare((enum bare)bare, &fleet, rows);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0] && is_good; i++)
        is_good = measure(&settings[i], &fleet, rows);
    free(fleet.candidates);
    free(fleet.addresses);
    free(fleet.states);
    free(fleet.loads);
    return is_good;
}

static void print_row(const json_t *row)
{
    const json_t *picks = json_object_get(row, "ns_per_pick");
    const json_t *rebuilds = json_object_get(row, "ns_per_rebuild");
    double bytes = json_real_value(json_object_get(row, "bytes_per_endpoint_of_1000"));

    printf("  %-34s", json_string_value(json_object_get(row, "policy")));
    for (size_t i = 0; i < SIZE_COUNT; i++)
        printf("%8.1f", json_real_value(json_array_get(picks, i)));
    for (size_t i = 0; i < SIZE_COUNT && json_is_real(json_array_get(rebuilds, i)); i++)
        printf("%9.1f", json_real_value(json_array_get(rebuilds, i)) / 1000);
    if (json_is_real(json_array_get(rebuilds, 0)))
        printf("%8.0f", bytes);
    putchar('\n');
}

void ek_bench_picks_print(const json_t *rows)
{
    const json_t *row;
    size_t i;

    printf(
        "\none pick alone, weights 1..10       ns at 10     100   1,000  10,000   us per rebuild "
        "at the same    bytes each\n");
    json_array_foreach(rows, i, row) print_row(row);
}
