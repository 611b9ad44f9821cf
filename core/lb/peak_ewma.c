/* Peak EWMA: of two endpoints drawn at random, the one expected to answer sooner (Finagle). */
#include "evenkeel/lb.h"
#include "evenkeel/real.h"

#include "core/lb/draw.h"

#include <stddef.h>

struct peak_ewma {
    int64_t decay_ns;
    bool charge_failures, count_silence;
};

/* The estimate of one endpoint's latency, in ns. */
struct estimate {
    double cost; /* 0: nothing known, or all of it forgotten */
    ek_time updated;
    ek_time silent_since; /* it became busy, or answered last */
    uint32_t under_way;
};

/* Finagle's Long.MaxValue >> 16: about 39 hours. An endpoint nothing is known of costs this as
 * soon as one attempt is under way, so it gets exactly one probe. */
static const double penalty_ns = 140737488355327.0;

static const struct ek_option options[] = {
    {.name = "decayTime",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct peak_ewma, decay_ns),
     .fallback = "\"10s\"",
     .min = 1,
     .max = INT64_MAX,
     .text = "Time constant with which a latency estimate falls; it rises at once."},
    {.name = "chargeFailures",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct peak_ewma, charge_failures),
     .fallback = "false",
     .text = "Whether a failed attempt counts as at least twice the estimate; false counts its "
             "latency alone, as Finagle, so that an endpoint that fails fast looks fast."},
    {.name = "countSilence",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct peak_ewma, count_silence),
     .fallback = "false",
     .text = "Whether the time an endpoint with attempts under way has not answered any of them "
             "counts as its latency if it is larger, as in ServiceTalk: a black hole is seen "
             "before its first attempt ends."},
    {0},
};

/* The share of the estimate that is left at `now`. */
static double kept(const struct peak_ewma *self, const struct estimate *e, ek_time now)
{
    if (!ek_time_before(e->updated, now))
        return 1;
    return ek_exp(-(double)ek_time_since(now, e->updated) / (double)self->decay_ns);
}

static void observe(const struct peak_ewma *self, struct estimate *e, double latency_ns,
                    ek_time now)
{
    if (latency_ns > e->cost) {
        e->cost = latency_ns;
    } else if (e->cost > 0) {
        double w = kept(self, e, now);
        e->cost = latency_ns * (1 - w) + e->cost * w;
    }
    e->updated = now;
}

/* What an endpoint's next attempt would cost if the estimate is `cost`. */
static double load_of(const struct peak_ewma *self, const struct ek_candidate *c, double cost,
                      ek_time now)
{
    const struct estimate *e = c->state;

    if (!(cost > 0) && c->in_flight > 0)
        return penalty_ns + c->in_flight;
    if (self->count_silence && e->under_way > 0) {
        double silence_ns = (double)ek_time_since(now, e->silent_since);

        cost = silence_ns > cost ? silence_ns : cost;
    }
    return cost * ((double)c->in_flight + 1);
}

/* Looking at an endpoint is an observation of 0: it lets the estimate decay. */
static double load(const struct peak_ewma *self, const struct ek_candidate *c, ek_time now)
{
    struct estimate *e = c->state;

    observe(self, e, 0, now);
    return load_of(self, c, e->cost, now);
}

/* The load that is compared, as if looked at now. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct peak_ewma *pe = self;
    const struct estimate *e = c[index].state;
    double load_ns;

    (void)count;
    load_ns = load_of(pe, &c[index], e->cost > 0 ? e->cost * kept(pe, e, now) : 0, now);
    return load_ns < 9e18 ? (int64_t)(load_ns + 0.5) : INT64_MAX;
}

/* Two distinct draws; the first keeps a tie. One candidate costs no draw. */
static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    uint32_t sorted[2];

    (void)req;
    if (count == 1)
        return (struct ek_pick){.kind = EK_PICK_ENDPOINT, .index = 0};
    uint32_t first = ek__draw_distinct(rng, count, sorted, 0);
    uint32_t second = ek__draw_distinct(rng, count, sorted, 1);
    double first_load = load(self, &c[first], now), second_load = load(self, &c[second], now);

    return (struct ek_pick){.kind = EK_PICK_ENDPOINT,
                            .index = second_load < first_load ? second : first};
}

/* Attempts still under way after an answer are at least as old as the time since: a lower bound of
 * the oldest one's age that needs no queue. */
static void started(void *self, void *endpoint, ek_time now)
{
    struct estimate *e = endpoint;

    (void)self;
    if (e->under_way++ == 0)
        e->silent_since = now;
}

static void finished(void *self, void *endpoint, const struct ek_outcome *out, ek_time now)
{
    const struct peak_ewma *pe = self;
    struct estimate *e = endpoint;
    double latency_ns = (double)out->latency_ns;

    e->under_way -= e->under_way > 0;
    e->silent_since = now;
    if (pe->charge_failures && out->status != EK_STATUS_OK) {
        /* Each failure doubles it, so it is bounded: what is learnt is forgotten in minutes. */
        double charge = 2 * e->cost * kept(pe, e, now);
        charge = charge < penalty_ns ? charge : penalty_ns;
        latency_ns = charge > latency_ns ? charge : latency_ns;
    }
    observe(pe, endpoint, latency_ns, now);
}

const struct ek_lb_ops ek__lb_peak_ewma = {
    .name = "peak_ewma",
    .text = "Of two endpoints drawn at random, the one with the smaller latency estimate times "
            "attempts under way plus one; the estimate rises at once and decays.",
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct peak_ewma),
    .endpoint_size = sizeof(struct estimate),
    .options = options,
    .pick = pick,
    .started = started,
    .finished = finished,
    .score = score,
    .score_unit = "ns",
};
