/* Prequal: probes are pooled, and of those that are not hot the fastest is used (NSDI'24).
 *
 * No messages are sent: a probe of an endpoint answers with what its last attempt told. */
#include "core/lb/place.h"
#include "core/lb/recent.h"

#include <stddef.h>
#include <string.h>

enum {
    POOL_MAX = 16
};

/* One probe's answer. */
struct probe {
    uint32_t place;
    uint32_t in_flight;
    int64_t latency_ns;
    ek_time made;
    int64_t uses_left; /* millionths */
};

struct prequal {
    int64_t pool_size, hot_quantile, probe_rate, remove_rate, age_max_ns, memory_ns;
    int64_t probes_due, removals_due; /* thousandths, carried over */
    struct probe slots[4 * POOL_MAX];
    struct probe *pool; /* among the slots, oldest first */
    uint32_t pool_count;
    bool remove_oldest;       /* next; else the worst */
    int64_t uses;             /* of a new probe */
    struct ek__recent recent; /* requests in flight that the last probes told */
    uint32_t limit;           /* of the last pick: more is hot */
    uint32_t built;
};

/* What the last attempts told of an endpoint. */
struct last {
    int64_t latency_ns; /* 0: nothing is known */
    int64_t reported;   /* requests in the server; 0: never said */
    ek_time told;
};

static const struct ek_option options[] = {
    {.name = "poolSize",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct prequal, pool_size),
     .fallback = "16",
     .min = 2,
     .max = POOL_MAX,
     .text = "How many probes are kept."},
    {.name = "hotQuantile",
     .type = EK_OPTION_SHARE,
     .offset = offsetof(struct prequal, hot_quantile),
     .fallback = "\"84%\"",
     .max = 1000000,
     .text = "An endpoint is hot if it has more requests in flight than this share of the last 128 "
             "probes told. 0%: with any; 100%: never, so latency alone decides."},
    {.name = "probeRate",
     .type = EK_OPTION_DECIMAL,
     .offset = offsetof(struct prequal, probe_rate),
     .fallback = "3.0",
     .max = 16000,
     .text = "Probes per call, of endpoints drawn at random."},
    {.name = "removeRate",
     .type = EK_OPTION_DECIMAL,
     .offset = offsetof(struct prequal, remove_rate),
     .fallback = "1.0",
     .max = 16000,
     .text = "Probes dropped per call, in turn the oldest and the worst."},
    {.name = "probeAge",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct prequal, age_max_ns),
     .fallback = "\"1s\"",
     .min = 1,
     .max = INT64_MAX,
     .text = "Age at which a probe is dropped."},
    {.name = "memory",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct prequal, memory_ns),
     .fallback = "\"10s\"",
     .min = 1,
     .max = INT64_MAX,
     .text = "For how long a probe tells what the endpoint's last answer told; after that, as at "
             "first, it asks for one call to find out."},
    {0},
};

/* ---- the pool ---- */

/* The pool moves through its slots, and back to the first when it has come to the last. */
static void append(struct prequal *pq, const struct probe *probe)
{
    if (pq->pool + pq->pool_count == pq->slots + 4 * POOL_MAX) {
        memmove(pq->slots, pq->pool, pq->pool_count * sizeof *pq->pool);
        pq->pool = pq->slots;
    }
    pq->pool[pq->pool_count++] = *probe;
}

/* Those on one side close up. */
static void drop(struct prequal *pq, uint32_t at)
{
    pq->pool_count--;
    if (at > pq->pool_count / 2) {
        memmove(&pq->pool[at], &pq->pool[at + 1], (pq->pool_count - at) * sizeof *pq->pool);
        return;
    }
    memmove(pq->pool + 1, pq->pool, at * sizeof *pq->pool);
    pq->pool++;
}

/* More than this is hot. */
static uint32_t hot_limit(struct prequal *pq)
{
    uint64_t rank = (uint64_t)pq->recent.count * (uint64_t)pq->hot_quantile / 1000000;

    if (rank >= pq->recent.count)
        return UINT32_MAX;
    return pq->hot_quantile == 0 ? 0 : ek__recent_at_rank(&pq->recent, (uint32_t)rank);
}

/* Less is the better choice: cold before hot, cold ones by latency, hot ones by requests in flight.
 * One number, so that they are compared without a jump that is mispredicted. */
static inline uint64_t rank_of(const struct probe *probe, uint32_t limit)
{
    uint64_t hot = UINT64_C(1) << 63 | probe->in_flight, cold = (uint64_t)probe->latency_ns;

    return probe->in_flight > limit ? hot : cold;
}

/* How often a probe may be used: max(1, (1 + delta) / ((1 - m / n) probes - removals)), delta 1, m
 * the pool, n the endpoints; in millionths. */
static int64_t uses_of(const struct prequal *pq, uint32_t count)
{
    int64_t m = pq->pool_size < count ? pq->pool_size : count;
    int64_t fresh = pq->probe_rate * ((int64_t)count - m) / count - pq->remove_rate;

    if (fresh <= 0)
        return INT64_MAX;
    int64_t uses = INT64_C(2000000000) / fresh;
    return uses > 1000000 ? uses : 1000000;
}

/* What the endpoint said last, and what is under way from here if that is more. Where nothing is
 * known, nothing under way means that one call should find out. */
static struct probe answer_of(const struct prequal *pq, const struct ek_candidate *c, ek_time now)
{
    const struct last *last = c->state;
    bool is_known = last->latency_ns > 0 && ek_time_since(now, last->told) < pq->memory_ns;
    struct probe probe = {.place = c->place, .in_flight = c->in_flight, .made = now};

    if (!is_known) {
        probe.latency_ns = c->in_flight > 0 ? INT64_MAX : 0;
        return probe;
    }
    probe.latency_ns = last->latency_ns;
    if (last->reported > probe.in_flight)
        probe.in_flight = last->reported < UINT32_MAX ? (uint32_t)last->reported : UINT32_MAX;
    return probe;
}

static void add_probe(struct prequal *pq, const struct ek_candidate *c, ek_time now)
{
    struct probe probe = answer_of(pq, c, now);

    if (pq->pool_count == (uint32_t)pq->pool_size)
        drop(pq, 0);
    probe.uses_left = pq->uses;
    append(pq, &probe);
    ek__recent_add(&pq->recent, probe.in_flight);
}

/* The oldest of equals. */
static uint32_t worst_of(const struct prequal *pq, uint32_t limit)
{
    uint64_t most = rank_of(&pq->pool[0], limit);
    uint32_t worst = 0;

    for (uint32_t i = 1; i < pq->pool_count; i++) {
        uint64_t rank = rank_of(&pq->pool[i], limit);

        worst = rank > most ? i : worst;
        most = rank > most ? rank : most;
    }
    return worst;
}

static void remove_some(struct prequal *pq, uint32_t limit)
{
    pq->removals_due += pq->remove_rate;
    for (; pq->removals_due >= 1000; pq->removals_due -= 1000) {
        if (pq->pool_count == 0)
            continue;
        drop(pq, pq->remove_oldest ? 0 : worst_of(pq, limit));
        pq->remove_oldest = !pq->remove_oldest;
    }
}

static void expire(struct prequal *pq, ek_time now)
{
    uint32_t old = 0;

    while (old < pq->pool_count && ek_time_since(now, pq->pool[old].made) >= pq->age_max_ns)
        old++;
    pq->pool += old;
    pq->pool_count -= old;
}

/* ---- the policy ---- */

/* Places mean other endpoints now. */
static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct prequal *pq = self;

    (void)c;
    pq->pool = pq->slots;
    pq->pool_count = 0;
    pq->built = count;
    pq->uses = uses_of(pq, count);
    return EK_OK;
}

/* The pool's best that is among the candidates, the oldest of equals; POOL_MAX if none is. */
static uint32_t best_of(const struct prequal *pq, const struct ek_candidate *c, uint32_t count,
                        uint32_t limit)
{
    bool is_all = count == pq->built;
    uint64_t least = UINT64_MAX;
    uint32_t best = POOL_MAX;

    for (uint32_t i = 0; i < pq->pool_count; i++) {
        uint64_t rank = rank_of(&pq->pool[i], limit);

        if (!is_all && ek__place_find(c, count, pq->built, pq->pool[i].place) == EK__GONE)
            continue;
        best = rank < least ? i : best;
        least = rank < least ? rank : least;
    }
    return best;
}

/* Uses one of the pool, and counts the call on its probe. */
static uint32_t use(struct prequal *pq, uint32_t at)
{
    uint32_t place = pq->pool[at].place;

    pq->pool[at].in_flight += pq->pool[at].in_flight < UINT32_MAX;
    pq->pool[at].uses_left -= 1000000;
    if (pq->pool[at].uses_left < 1000000)
        drop(pq, at);
    return place;
}

/* One number of the stream per probe, and one if fewer than two are left. */
static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct prequal *pq = self;
    uint32_t limit, best, index;

    (void)req;
    expire(pq, now);
    pq->probes_due += pq->probe_rate;
    for (; pq->probes_due >= 1000; pq->probes_due -= 1000)
        add_probe(pq, &c[ek_rng_below(rng, count)], now);
    limit = pq->limit = hot_limit(pq);
    best = best_of(pq, c, count, limit);
    if (pq->pool_count < 2 || best == POOL_MAX)
        index = ek_rng_below(rng, count);
    else
        index = ek__place_find(c, count, pq->built, use(pq, best));
    remove_some(pq, limit);
    return ek__pick_endpoint(index);
}

/* Of its probe in the pool, the best if there are several: the latency if it is cold, less than 0
 * for the requests in flight if it is hot. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct prequal *pq = self;
    const struct probe *best = NULL;
    uint32_t limit = pq->limit;

    (void)count;
    for (uint32_t i = 0; i < pq->pool_count; i++)
        if (pq->pool[i].place == c[index].place &&
            ek_time_since(now, pq->pool[i].made) < pq->age_max_ns &&
            (best == NULL || rank_of(&pq->pool[i], limit) < rank_of(best, limit)))
            best = &pq->pool[i];
    if (best == NULL || best->latency_ns == INT64_MAX)
        return EK_SCORE_NONE;
    return best->in_flight > limit ? -(int64_t)best->in_flight : best->latency_ns;
}

/* Failures count as at least twice what was known, or an endpoint that fails fast looks fast. The
 * latency is smoothed: one answer is one request, not a median. */
static void finished(void *self, void *endpoint, const struct ek_outcome *out, ek_time now)
{
    struct last *last = endpoint;
    int64_t latency_ns = out->latency_ns;

    (void)self;
    last->told = now;
    if (out->status != EK_STATUS_OK) {
        int64_t charge = last->latency_ns < EK_S * 1000 ? 2 * last->latency_ns : last->latency_ns;

        latency_ns = latency_ns > charge ? latency_ns : charge;
    }
    last->latency_ns =
        last->latency_ns == 0 ? latency_ns : last->latency_ns + (latency_ns - last->latency_ns) / 4;
    if (out->load != NULL && out->load->in_flight > 0)
        last->reported = out->load->in_flight;
}

const struct ek_lb_ops ek__lb_prequal = {
    .name = "prequal",
    .text = "Probes of endpoints drawn at random are pooled; of those that are not hot the one "
            "with the smallest latency is used. A probe sends nothing: it reads what the "
            "endpoint's last answers told.",
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct prequal),
    .endpoint_size = sizeof(struct last),
    .options = options,
    .pick = pick,
    .rebuild = rebuild,
    .finished = finished,
    .score = score,
    .score_unit = "ns; if hot, minus requests",
};
