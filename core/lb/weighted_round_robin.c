/* Weighted round robin, client-side: endpoints take turns in proportion to what they report of
 * themselves (gRPC A58). */
#include "core/lb/periods.h"
#include "core/lb/place.h"
#include "core/lb/stride.h"
#include "core/lb/turns.h"

#include <stddef.h>
#include <string.h>

enum dialect {
    DIALECT_GO,
    DIALECT_CORE,
    DIALECT_JAVA,
    DIALECT_ENVOY,
    DIALECT_NODE
};

static const char *const dialect_words[] = {"grpc-go", "grpc-core", "grpc-java",
                                            "envoy",   "grpc-node", NULL};

struct weighted_round_robin {
    int64_t blackout_ns, expiration_ns, update_ns;
    int64_t penalty; /* thousandths */
    int dialect;
    const struct ek_mem *mem;
    double *weights; /* by place; 0: unknown */
    uint16_t *scaled;
    uint32_t *whole, *sorted;
    uint32_t *ids;    /* of the last set, ascending */
    uint32_t *placed; /* the same, by place */
    size_t weight_capacity, scaled_capacity, whole_capacity, sorted_capacity, id_capacity,
        placed_capacity;
    uint32_t count;    /* 0: not built */
    uint32_t id_count; /* 0: there was no set before */
    bool is_new;       /* the set was not weighed yet */
    bool is_plain;
    ek_time due;      /* when to weigh again */
    uint32_t counter; /* random at first, kept for ever */
    struct ek__stride stride;
    struct ek__turns turns;     /* envoy */
    struct ek__periods periods; /* grpc-node */
    struct ek_rng rng;          /* grpc-node: for first deadlines */
};

/* What an endpoint reported. */
struct report {
    double weight; /* 0: none yet */
    ek_time updated, useful_since;
    bool is_useful;
};

static const struct ek_option options[] = {
    {.name = "blackoutPeriod",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct weighted_round_robin, blackout_ns),
     .fallback = "\"10s\"",
     .max = INT64_MAX,
     .text = "For how long after its first report, also after a return or an expiry, an endpoint "
             "counts as average."},
    {.name = "weightExpirationPeriod",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct weighted_round_robin, expiration_ns),
     .fallback = "\"180s\"",
     .max = INT64_MAX,
     .text = "How long a report counts when no other follows."},
    {.name = "weightUpdatePeriod",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct weighted_round_robin, update_ns),
     .fallback = "\"1s\"",
     .max = INT64_MAX,
     .text = "How often reports become weights, at the first pick that is due; less than 100 ms is "
             "taken as that."},
    {.name = "errorUtilizationPenalty",
     .type = EK_OPTION_DECIMAL,
     .offset = offsetof(struct weighted_round_robin, penalty),
     .fallback = "1.0",
     .max = 1000000000,
     .text = "By how much the share of errors counts as utilization: weight = qps / (utilization + "
             "penalty x eps / qps). Envoy takes 0 where nothing is set."},
    {.name = "dialect",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct weighted_round_robin, dialect),
     .fallback = "\"grpc-core\"",
     .words = dialect_words,
     .text =
         "grpc-core: weights within 1/100 and 10 times their mean. grpc-java: within 1/10 and "
         "10 times. grpc-go: no limits, so one of less than 1/131070 of the largest is never "
         "picked. These three take static strides and give an unknown weight the mean; java "
         "and go take plain turns when fewer than two are known. envoy: earliest deadline "
         "first, an unknown weight is the median. grpc-node: earliest deadline first from random "
         "first deadlines with each update, where an unknown weight has the period m instead of "
         "1/m, m the mean of those "
         "known (1 if fewer than two are): with weights above 1 it is hardly ever picked."},
    {0},
};

static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct weighted_round_robin *wrr = self;

    wrr->mem = start->mem;
    wrr->is_plain = true;
    wrr->counter = (uint32_t)(ek_rng_next(start->rng) >> 32);
    if (wrr->dialect == DIALECT_NODE)
        wrr->rng = ek_rng_derive(ek_rng_next(start->rng), "weighted round robin", start->client);
    if (wrr->update_ns < 100 * EK_MS)
        wrr->update_ns = 100 * EK_MS;
    return EK_OK;
}

/* ---- reports ---- */

static void finished(void *self, void *endpoint, const struct ek_outcome *out, ek_time now)
{
    const struct weighted_round_robin *wrr = self;
    const struct ek_load_report *load = out->load;
    struct report *report = endpoint;

    if (load == NULL || load->qps <= 0 || load->utilization <= 0)
        return;
    double qps = (double)load->qps, eps = load->eps > 0 ? (double)load->eps : 0;
    double utilization = (double)load->utilization / 1e6 + eps / qps * ((double)wrr->penalty / 1e3);

    report->weight = qps / 1e6 / utilization;
    report->updated = now;
    if (!report->is_useful) {
        report->is_useful = true;
        report->useful_since = now;
    }
}

static bool is_expired(const struct weighted_round_robin *wrr, const struct report *report,
                       ek_time now)
{
    return ek_time_since(now, report->updated) >= wrr->expiration_ns;
}

/* 0: unknown. */
static double weight_of(const struct weighted_round_robin *wrr, const struct report *report,
                        ek_time now)
{
    if (!(report->weight > 0) || is_expired(wrr, report, now))
        return 0;
    if (wrr->blackout_ns > 0 &&
        (!report->is_useful || ek_time_since(now, report->useful_since) < wrr->blackout_ns))
        return 0;
    return report->weight;
}

/* ---- weighing ---- */

/* Shell's: in place, and a few thousand items once a second. */
static void sort(uint32_t *items, uint32_t count)
{
    uint32_t gap = 1;

    while (gap < count / 3)
        gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3)
        for (uint32_t i = gap; i < count; i++) {
            uint32_t item = items[i], at = i;

            for (; at >= gap && items[at - gap] > item; at -= gap)
                items[at] = items[at - gap];
            items[at] = item;
        }
}

static bool was_there(const struct weighted_round_robin *wrr, uint32_t id)
{
    uint32_t low = 0, high = wrr->id_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (wrr->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < wrr->id_count && wrr->ids[low] == id;
}

/* Who was not in the last set has come back: its reports start anew. */
static void greet(struct weighted_round_robin *wrr, const struct ek_candidate *c, uint32_t count)
{
    for (uint32_t i = 0; i < count && wrr->id_count > 0; i++)
        if (!was_there(wrr, c[i].id))
            ((struct report *)c[i].state)->is_useful = false;
    for (uint32_t i = 0; i < count; i++)
        wrr->sorted[i] = c[i].id;
    sort(wrr->sorted, count);
    memcpy(wrr->ids, wrr->sorted, count * sizeof *wrr->ids);
    wrr->id_count = count;
}

/* The counter goes on over rebuilds. */
static void leave_stride(struct weighted_round_robin *wrr)
{
    if (!wrr->is_plain && wrr->dialect < DIALECT_ENVOY)
        wrr->counter = wrr->stride.counter;
    wrr->is_plain = true;
}

static bool reserve(struct weighted_round_robin *wrr, uint32_t count)
{
    void *weights = wrr->weights, *scaled = wrr->scaled, *whole = wrr->whole, *sorted = wrr->sorted;
    void *ids = wrr->ids, *placed = wrr->placed;
    bool has_room =
        ek_mem_grow(wrr->mem, &weights, &wrr->weight_capacity, count, sizeof *wrr->weights) &&
        ek_mem_grow(wrr->mem, &scaled, &wrr->scaled_capacity, count, sizeof *wrr->scaled) &&
        ek_mem_grow(wrr->mem, &whole, &wrr->whole_capacity, count, sizeof *wrr->whole) &&
        ek_mem_grow(wrr->mem, &sorted, &wrr->sorted_capacity, count, sizeof *wrr->sorted) &&
        ek_mem_grow(wrr->mem, &placed, &wrr->placed_capacity, count, sizeof *wrr->placed) &&
        ek_mem_grow(wrr->mem, &ids, &wrr->id_capacity, count, sizeof *wrr->ids);

    wrr->weights = weights;
    wrr->scaled = scaled;
    wrr->whole = whole;
    wrr->sorted = sorted;
    wrr->ids = ids;
    wrr->placed = placed;
    return has_room;
}

/* So that weighing needs no memory. */
static enum ek_err reserve_turns(struct weighted_round_robin *wrr, uint32_t count)
{
    if (wrr->dialect == DIALECT_ENVOY)
        return ek__turns_reset(&wrr->turns, wrr->mem, count);
    return wrr->dialect == DIALECT_NODE ? ek__periods_reset(&wrr->periods, wrr->mem, count) : EK_OK;
}

static bool is_same_set(const struct weighted_round_robin *wrr, const struct ek_candidate *c,
                        uint32_t count)
{
    if (count != wrr->count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (wrr->placed[i] != c[i].id)
            return false;
    return true;
}

/* Weights of the registry and of slow start do not count here, so a set that is the same goes on
 * with its turns. Envoy, too, begins anew only when reports have changed a weight, at most once a
 * weightUpdatePeriod. */
static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct weighted_round_robin *wrr = self;

    if (is_same_set(wrr, c, count))
        return EK_OK;
    wrr->count = 0;
    if (!reserve(wrr, count))
        return EK_ENOMEM;
    enum ek_err err = reserve_turns(wrr, count);
    if (err != EK_OK)
        return err;
    greet(wrr, c, count);
    for (uint32_t i = 0; i < count; i++)
        wrr->placed[i] = c[i].id;
    wrr->count = count;
    wrr->is_new = true;
    leave_stride(wrr);
    return EK_OK;
}

/* Of an even number the mean of the middle two, truncated; 1 if nothing is known. */
static uint32_t median(struct weighted_round_robin *wrr)
{
    uint32_t known = 0;

    for (uint32_t i = 0; i < wrr->count; i++)
        if (wrr->whole[i] > 0)
            wrr->sorted[known++] = wrr->whole[i];
    if (known == 0)
        return 1;
    sort(wrr->sorted, known);
    if (known % 2 == 1)
        return wrr->sorted[known / 2];
    return (uint32_t)(((uint64_t)wrr->sorted[known / 2 - 1] + wrr->sorted[known / 2]) / 2);
}

/* Turns begin anew, always at the same place, when some weight has changed, as Envoy's schedulers
 * are made anew then. */
static void weigh_as_envoy(struct weighted_round_robin *wrr, bool is_changed)
{
    wrr->is_plain = true;
    for (uint32_t i = 0; i < wrr->count; i++) {
        double weight = wrr->weights[i] < 4294967295.0 ? wrr->weights[i] : 4294967295.0;

        wrr->whole[i] = weight > 0 && weight < 1 ? 1 : (uint32_t)weight;
    }
    uint32_t typical = median(wrr);
    for (uint32_t i = 0; i < wrr->count; i++) {
        if (wrr->whole[i] == 0)
            wrr->whole[i] = typical;
        wrr->is_plain = wrr->is_plain && wrr->whole[i] == wrr->whole[0];
        is_changed = is_changed || wrr->turns.turns[i].weight != wrr->whole[i];
    }
    for (uint32_t i = 0; i < wrr->count && is_changed; i++)
        ek__turns_weigh(&wrr->turns, i, wrr->whole[i]);
    if (!wrr->is_plain && is_changed)
        ek__turns_start(&wrr->turns, wrr->counter >> 1);
}

static void weigh(struct weighted_round_robin *wrr, const struct ek_candidate *c, ek_time now)
{
    static const enum ek__stride_dialect strides[] = {[DIALECT_GO] = EK__STRIDE_GO,
                                                      [DIALECT_CORE] = EK__STRIDE_CORE,
                                                      [DIALECT_JAVA] = EK__STRIDE_JAVA,
                                                      [DIALECT_ENVOY] = EK__STRIDE_CORE,
                                                      [DIALECT_NODE] = EK__STRIDE_CORE};

    bool is_new = wrr->is_new;

    wrr->is_new = false;
    wrr->due = ek_time_add(now, wrr->update_ns);
    for (uint32_t i = 0; i < wrr->count; i++) {
        struct report *report = c[i].state;

        wrr->weights[i] = weight_of(wrr, report, now);
        if (report->weight > 0 && is_expired(wrr, report, now))
            report->is_useful = false;
    }
    if (wrr->dialect == DIALECT_ENVOY) {
        weigh_as_envoy(wrr, is_new);
        return;
    }
    if (wrr->dialect == DIALECT_NODE) {
        ek__periods_start(&wrr->periods, wrr->weights, &wrr->rng);
        wrr->is_plain = false;
        return;
    }
    leave_stride(wrr);
    wrr->is_plain = !ek__stride_scale(strides[wrr->dialect], wrr->weights, wrr->count, wrr->scaled);
    if (!wrr->is_plain)
        ek__stride_seek(&wrr->stride, wrr->scaled, wrr->count, wrr->counter);
}

/* ---- picking ---- */

enum {
    TRIES_MAX = 8
};

static uint32_t next_place(struct weighted_round_robin *wrr)
{
    if (wrr->dialect < DIALECT_ENVOY)
        return ek__stride_next(&wrr->stride);
    return wrr->dialect == DIALECT_ENVOY ? ek__turns_next(&wrr->turns)
                                         : ek__periods_next(&wrr->periods);
}

static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct weighted_round_robin *wrr = self;

    (void)req, (void)rng;
    if (count == wrr->count && (wrr->is_new || !ek_time_before(now, wrr->due)))
        weigh(wrr, c, now);
    for (int i = 0; i < TRIES_MAX && !wrr->is_plain; i++) {
        uint32_t index = ek__place_find(c, count, wrr->count, next_place(wrr));

        if (index != EK__GONE)
            return ek__pick_endpoint(index);
    }
    return ek__pick_endpoint(wrr->counter++ % count);
}

/* The weight that counts at a pick now, to the nearest; none while it counts as average. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct weighted_round_robin *wrr = self;
    bool is_due = wrr->is_new || !ek_time_before(now, wrr->due);
    double weight = is_due ? weight_of(wrr, c[index].state, now) : wrr->weights[c[index].place];

    (void)count;
    if (!(weight > 0))
        return EK_SCORE_NONE;
    return weight < 9e18 ? (int64_t)(weight + 0.5) : INT64_MAX;
}

static void deinit(void *self)
{
    struct weighted_round_robin *wrr = self;

    ek__turns_deinit(&wrr->turns, wrr->mem);
    ek__periods_deinit(&wrr->periods, wrr->mem);
    ek_mem_free(wrr->mem, wrr->weights);
    ek_mem_free(wrr->mem, wrr->scaled);
    ek_mem_free(wrr->mem, wrr->whole);
    ek_mem_free(wrr->mem, wrr->sorted);
    ek_mem_free(wrr->mem, wrr->ids);
    ek_mem_free(wrr->mem, wrr->placed);
    wrr->weights = NULL;
    wrr->scaled = NULL;
    wrr->whole = wrr->sorted = wrr->ids = wrr->placed = NULL;
}

const struct ek_lb_ops ek__lb_weighted_round_robin = {
    .name = "weighted_round_robin",
    .text = "Endpoints take turns in proportion to the load they report with their answers; plain "
            "turns while they do not (gRPC A58).",
    .connect = EK_CONNECT_ALL,
    .ignores_load = true,
    .self_size = sizeof(struct weighted_round_robin),
    .endpoint_size = sizeof(struct report),
    .options = options,
    .init = init,
    .pick = pick,
    .rebuild = rebuild,
    .finished = finished,
    .score = score,
    .score_unit = "requests/s at full utilization",
    .deinit = deinit,
};
