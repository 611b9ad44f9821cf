/* Least request: of a few endpoints drawn at random, the one with the fewest attempts under way. */
#include "core/lb/draw.h"
#include "core/lb/edf.h"
#include "core/lb/fewest.h"
#include "core/lb/place.h"
#include "evenkeel/real.h"

#include <stddef.h>

enum {
    CHOICES_MAX = 10, /* gRPC A48: more is taken as 10 */
    TRIES_MAX = 8
};

enum {
    PLAIN_MAX = 1 << 13 /* times a share, at most 2^40, is below 2^53 */
};

enum weighting {
    WEIGHTING_NONE,
    WEIGHTING_DIVIDE,
    WEIGHTING_EDF
};

static const char *const weighting_words[] = {"none", "divide", "edf", NULL};

enum ties {
    TIES_RANDOM,
    TIES_FIRST
};

static const char *const ties_words[] = {"random", "first", NULL};

struct least_request {
    int64_t choice_count;
    int64_t bias; /* thousandths */
    bool replacement, full_scan;
    int ties;
    int weighting;
    bool is_plain; /* two distinct draws, no weights */
    const struct ek_mem *mem;
    struct ek__edf edf;
    double *shares; /* by place: virtual time 1 by the weight */
    uint32_t *ids;  /* by place */
    size_t share_capacity, id_capacity;
    uint32_t count;     /* of places in the tree; 0: weights are equal, or not asked for */
    double mean_weight; /* with weighting */
};

static const struct ek_option options[] = {
    {.name = "choiceCount",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct least_request, choice_count),
     .fallback = "2",
     .min = 2,
     .max = INT64_MAX,
     .text = "How many endpoints are compared per call; more than 10 is taken as 10."},
    {.name = "replacement",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct least_request, replacement),
     .fallback = "false",
     .text = "Whether one endpoint may be drawn twice, as in gRPC and Envoy; false draws distinct "
             "ones, as Finagle."},
    {.name = "fullScan",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct least_request, full_scan),
     .fallback = "false",
     .text = "Whether all endpoints are compared instead."},
    {.name = "ties",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct least_request, ties),
     .fallback = "\"random\"",
     .words = ties_words,
     .text = "fullScan: which of the endpoints with the fewest attempts is taken, one drawn at "
             "random or the first in the list, on which all clients then meet."},
    {.name = "weighting",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct least_request, weighting),
     .fallback = "\"none\"",
     .words = weighting_words,
     .text = "What weights do. none: nothing. divide: (attempts under way + 1) / weight is "
             "compared. edf: if they differ, endpoints take turns, earliest deadline first, by "
             "weight / (attempts under way + 1)^bias, as Envoy."},
    {.name = "activeRequestBias",
     .type = EK_OPTION_DECIMAL,
     .offset = offsetof(struct least_request, bias),
     .fallback = "1.0",
     .max = 1000000,
     .text = "weighting edf: the exponent; 0 is plain weighted round robin."},
    {0},
};

static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct least_request *lr = self;

    lr->mem = start->mem;
    lr->is_plain = lr->choice_count == 2 && !lr->replacement && !lr->full_scan &&
                   lr->weighting == WEIGHTING_NONE;
    return EK_OK;
}

/* ---- turns by weight and load ---- */

/* Virtual time 1, a multiple of 1 .. 16; two million attempts on an endpoint of weight 1 still have
 * a period of their own. */
#define UNIT (UINT64_C(720720) << 20)

static const uint64_t unit = UNIT;

/* By weight, where it is a whole number. */
static const uint64_t whole_shares[] = {
    0,        UNIT,      UNIT / 2,  UNIT / 3,  UNIT / 4,  UNIT / 5,  UNIT / 6,  UNIT / 7, UNIT / 8,
    UNIT / 9, UNIT / 10, UNIT / 11, UNIT / 12, UNIT / 13, UNIT / 14, UNIT / 15, UNIT / 16};

static double load_factor(const struct least_request *lr, const struct ek_candidate *c)
{
    double active = (double)c->in_flight + 1;

    return lr->bias == 1000 ? active : ek_exp((double)lr->bias / 1000 * ek_log(active));
}

static uint64_t period_by(const struct least_request *lr, const struct ek_candidate *c)
{
    double period = lr->shares[c->place] * load_factor(lr, c);

    return period < (double)EK__EDF_PERIOD_MAX ? (uint64_t)period : EK__EDF_PERIOD_MAX;
}

/* The next turn waits for it, so the usual case is one product: what a double holds exactly needs
 * no double. */
static inline uint64_t period_of(const struct least_request *lr, const struct ek_candidate *c)
{
    if (lr->bias == 1000 && c->weight < sizeof whole_shares / sizeof *whole_shares &&
        c->in_flight < PLAIN_MAX)
        return whole_shares[c->weight] * (c->in_flight + 1);
    return period_by(lr, c);
}

static bool are_equal(const struct ek_candidate *c, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (c[i].weight != c[0].weight)
            return false;
    return true;
}

static double mean_weight(const struct ek_candidate *c, uint32_t count)
{
    double sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += c[i].weight;
    return sum / count;
}

static bool is_same_set(const struct least_request *lr, const struct ek_candidate *c,
                        uint32_t count)
{
    if (count != lr->count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (lr->ids[i] != c[i].id)
            return false;
    return true;
}

static enum ek_err begin_turns(struct least_request *lr, const struct ek_candidate *c,
                               uint32_t count)
{
    void *shares = lr->shares, *ids = lr->ids;
    bool has_room = ek_mem_grow(lr->mem, &shares, &lr->share_capacity, count, sizeof *lr->shares) &&
                    ek_mem_grow(lr->mem, &ids, &lr->id_capacity, count, sizeof *lr->ids);
    enum ek_err err;

    lr->shares = shares;
    lr->ids = ids;
    if (!has_room)
        return EK_ENOMEM;
    err = ek__edf_reset(&lr->edf, lr->mem, count);
    if (err != EK_OK)
        return err;
    for (uint32_t i = 0; i < count; i++) {
        lr->ids[i] = c[i].id;
        lr->shares[i] = (double)unit / c[i].weight;
        ek__edf_set(&lr->edf, i, period_of(lr, &c[i]));
    }
    ek__edf_play(&lr->edf);
    lr->count = count;
    return EK_OK;
}

/* Where weights alone have changed, as with each step of a slow start, turns go on and the weight
 * counts from the endpoint's next one, as Envoy's; a changed set begins anew. */
static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct least_request *lr = self;

    lr->mean_weight = lr->weighting != WEIGHTING_NONE ? mean_weight(c, count) : 1;
    if (lr->weighting != WEIGHTING_EDF)
        return EK_OK;
    if (is_same_set(lr, c, count)) {
        for (uint32_t i = 0; i < count; i++)
            lr->shares[i] = (double)unit / c[i].weight;
        return EK_OK;
    }
    lr->count = 0;
    return are_equal(c, count) ? EK_OK : begin_turns(lr, c, count);
}

/* EK__GONE if the turns of the next few are not among a retry's part. */
static uint32_t pick_turn(struct least_request *lr, const struct ek_candidate *c, uint32_t count)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        uint32_t index = ek__place_find(c, count, lr->count, ek__edf_top(&lr->edf));

        ek__edf_again(&lr->edf, index != EK__GONE ? period_of(lr, &c[index]) : unit);
        if (index != EK__GONE)
            return index;
    }
    return EK__GONE;
}

/* ---- comparing ---- */

static bool has_less(const struct least_request *lr, const struct ek_candidate *a,
                     const struct ek_candidate *b)
{
    if (lr->weighting != WEIGHTING_DIVIDE)
        return a->in_flight < b->in_flight;
    return ((uint64_t)a->in_flight + 1) * b->weight < ((uint64_t)b->in_flight + 1) * a->weight;
}

/* By attempts for a weight, which need more than a look at one number. */
static uint32_t scan_divided(const struct least_request *lr, const struct ek_candidate *c,
                             uint32_t count, struct ek_rng *rng)
{
    uint32_t best = 0, equal = 1, chosen;

    for (uint32_t i = 1; i < count; i++) {
        if (has_less(lr, &c[i], &c[best])) {
            best = i;
            equal = 1;
        } else if (!has_less(lr, &c[best], &c[i])) {
            equal++;
        }
    }
    if (lr->ties == TIES_FIRST || equal == 1)
        return best;
    chosen = ek_rng_below(rng, equal);
    for (uint32_t i = best; chosen > 0; i++) {
        bool is_equal = !has_less(lr, &c[best], &c[i + 1]);

        chosen -= is_equal;
        if (chosen == 0)
            return i + 1;
    }
    return best;
}

/* Random ties cost one number of the stream if there are any. */
static uint32_t pick_scanning(const struct least_request *lr, const struct ek_candidate *c,
                              uint32_t count, struct ek_rng *rng)
{
    struct ek__fewest fewest;

    if (lr->weighting == WEIGHTING_DIVIDE)
        return scan_divided(lr, c, count, rng);
    fewest = ek__fewest(c, count);
    return ek__fewest_find(
        c, count, &fewest,
        lr->ties == TIES_FIRST || fewest.count == 1 ? 0 : ek_rng_below(rng, fewest.count));
}

/* The usual two of all, distinct: the same draws and the same choice as below. */
static uint32_t pick_of_two(const struct ek_candidate *c, uint32_t count, struct ek_rng *rng)
{
    uint32_t first = ek_rng_below(rng, count), second = ek_rng_below(rng, count - 1);

    second += second >= first;
    return c[second].in_flight < c[first].in_flight ? second : first;
}

/* Strictly fewer wins, so the first drawn keeps a tie. One candidate costs no draw; otherwise a
 * pick costs choiceCount numbers of the stream, or one per candidate if those are fewer and the
 * draws distinct. */
static uint32_t pick_drawing(const struct least_request *lr, const struct ek_candidate *c,
                             uint32_t count, struct ek_rng *rng)
{
    uint32_t choices = lr->choice_count < CHOICES_MAX ? (uint32_t)lr->choice_count : CHOICES_MAX;
    uint32_t sorted[CHOICES_MAX], best = 0;

    if (!lr->replacement && choices > count)
        choices = count;
    for (uint32_t i = 0; i < choices; i++) {
        uint32_t index =
            lr->replacement ? ek_rng_below(rng, count) : ek__draw_distinct(rng, count, sorted, i);
        if (i == 0 || has_less(lr, &c[index], &c[best]))
            best = index;
    }
    return best;
}

static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct least_request *lr = self;

    (void)req, (void)now;
    if (count == 1)
        return ek__pick_endpoint(0);
    if (lr->is_plain)
        return ek__pick_endpoint(pick_of_two(c, count, rng));
    if (lr->count > 0) {
        uint32_t index = pick_turn(lr, c, count);

        if (index != EK__GONE)
            return ek__pick_endpoint(index);
    }
    return ek__pick_endpoint(lr->full_scan ? pick_scanning(lr, c, count, rng)
                                           : pick_drawing(lr, c, count, rng));
}

/* Attempts under way; where weights count, what is compared: attempts and the next one, for an
 * endpoint of mean weight, to the nearest. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct least_request *lr = self;
    double load;

    (void)count, (void)now;
    if (lr->weighting == WEIGHTING_NONE || (lr->weighting == WEIGHTING_EDF && lr->count == 0))
        return c[index].in_flight;
    load = lr->weighting == WEIGHTING_EDF ? load_factor(lr, &c[index]) : c[index].in_flight + 1.0;
    load *= lr->mean_weight / c[index].weight;
    return load < 9e18 ? (int64_t)(load + 0.5) : INT64_MAX;
}

static void deinit(void *self)
{
    struct least_request *lr = self;

    ek__edf_deinit(&lr->edf, lr->mem);
    ek_mem_free(lr->mem, lr->shares);
    ek_mem_free(lr->mem, lr->ids);
    lr->shares = NULL;
    lr->ids = NULL;
}

static const char *const aliases[] = {"least_request_experimental", "p2c", NULL};

const struct ek_lb_ops ek__lb_least_request = {
    .name = "least_request",
    .text = "Of a few endpoints drawn at random, the one with the fewest attempts under way.",
    .aliases = aliases,
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct least_request),
    .options = options,
    .init = init,
    .pick = pick,
    .rebuild = rebuild,
    .score = score,
    .score_unit = "requests",
    .deinit = deinit,
};
