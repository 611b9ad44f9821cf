/* Least request: of a few endpoints drawn at random, the one with the fewest attempts under way. */
#include "evenkeel/lb.h"

#include "core/lb/draw.h"

#include <stddef.h>

enum {
    CHOICES_MAX = 10 /* gRPC A48: more is taken as 10 */
};

struct least_request {
    int64_t choice_count;
    bool replacement;
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
    {0},
};

/* Strictly fewer wins, so the first drawn keeps a tie. One candidate costs no draw; otherwise a
 * pick costs choiceCount numbers of the stream, or one per candidate if those are fewer and the
 * draws distinct. */
static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    const struct least_request *lr = self;
    uint32_t choices = lr->choice_count < CHOICES_MAX ? (uint32_t)lr->choice_count : CHOICES_MAX;
    uint32_t sorted[CHOICES_MAX], best = 0;

    (void)req, (void)now;
    if (count == 1)
        return (struct ek_pick){.kind = EK_PICK_ENDPOINT, .index = 0};
    if (!lr->replacement && choices > count)
        choices = count;
    for (uint32_t i = 0; i < choices; i++) {
        uint32_t index =
            lr->replacement ? ek_rng_below(rng, count) : ek__draw_distinct(rng, count, sorted, i);
        if (i == 0 || c[index].in_flight < c[best].in_flight)
            best = index;
    }
    return (struct ek_pick){.kind = EK_PICK_ENDPOINT, .index = best};
}

static const char *const aliases[] = {"least_request_experimental", "p2c", NULL};

const struct ek_lb_ops ek__lb_least_request = {
    .name = "least_request",
    .text = "Of a few endpoints drawn at random, the one with the fewest attempts under way.",
    .aliases = aliases,
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct least_request),
    .options = options,
    .pick = pick,
};
