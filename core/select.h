/* The stages between "who is fit" and the policy, and what they keep.
 *
 * A call asks for a subset; its endpoints are a view. A view has levels (priorities), a level may
 * have zones (localities). Each of these choices ends at a lane: a dense array of candidates, and
 * an instance of the policy of its own, so that a ring, a turn or a wheel is one of just these
 * candidates. An endpoint sits in at most one lane of each view. The policy's bytes of an endpoint
 * are one for all lanes: what is learnt of an endpoint is learnt once.
 *
 * All is built when something changed and a call comes by; between changes a pick allocates
 * nothing. */
#ifndef EVENKEEL_CORE_SELECT_H
#define EVENKEEL_CORE_SELECT_H

#include "core/canary_key.h"
#include "core/label.h"
#include "core/locality.h"
#include "core/priority.h"
#include "core/selection.h"
#include "evenkeel/channel.h"

enum {
    EK__LEVELS_MAX = EK__PRIORITY_MAX + 1,
    EK__LOCALITIES_MAX = 256, /* of a channel's life; endpoints of more have none */
    EK__SUBSETS_MAX = 1024    /* of a channel's life */
};

/* Which of a level's endpoints. */
enum ek__kind {
    EK__KIND_HEALTHY,
    EK__KIND_DEGRADED,
    EK__KIND_ALL, /* panic: whoever can be sent to */
    EK__KIND_COUNT
};

enum {
    EK__LANE_KIND_SHIFT = 16, /* in a lane's key */
    EK__LANE_LEVEL_SHIFT = 20
};

struct ek__lane {
    void *self; /* the policy's */
    struct ek_candidate *candidates;
    size_t count, capacity;
    uint32_t key;               /* what of its view it is: level, kind, locality */
    uint32_t attempts;          /* under way that were picked here: they end here */
    bool is_built;              /* the policy has seen the candidates as they are */
    struct ek__lane *next_left; /* of those whose policy is gone, but not their attempts */
};

/* Of whoever can be sent to, healthy or not. */
static inline bool ek__lane_is_panic(const struct ek__lane *lane)
{
    return (lane->key >> EK__LANE_KIND_SHIFT & 0xf) == EK__KIND_ALL;
}

/* An endpoint's place in a view. */
struct ek__seat {
    struct ek__lane *lane; /* NULL: in none */
    uint32_t place;        /* in the lane */
    uint32_t endpoint;     /* number */
    uint16_t level, zone;  /* indexes in the view */
    struct ek__seat *next; /* of the same endpoint */
};

/* How the endpoints of one kind and level are divided further. */
enum ek__division {
    EK__DIVISION_NONE,
    EK__DIVISION_WEIGHTED,
    EK__DIVISION_ZONE_AWARE
};

struct ek__lanes_of {
    enum ek__division division;
    uint32_t lane;  /* index in the view, or none */
    uint64_t order; /* weighted: of the last turn */
};

struct ek__subset {
    struct ek_label *labels; /* sorted by key; their texts are in `text` */
    char *text;
    uint32_t label_count;
    uint32_t fewer;       /* the subset of a selector's fallback keys, or none */
    int fallback;         /* enum ek_fallback */
    bool is_selectable;   /* a selector allows these keys */
    uint32_t leads_to;    /* a view, or none */
    uint64_t resolved_at; /* generation of the list for which that holds */
};

struct ek__view {
    struct ek__seat *seats; /* of all that belong to it, in list order */
    size_t count, capacity;
    uint64_t gathered_at;  /* generation of the list; 0: never */
    uint64_t refreshed_at; /* generation of fitness */
    size_t candidate_count;
    struct ek__lane **lanes;
    size_t lane_count, lane_capacity;
    struct ek__level levels[EK__LEVELS_MAX];
    struct ek__lanes_of lanes_of[EK__LEVELS_MAX][EK__KIND_COUNT];
    uint32_t level_count;
    uint32_t single;        /* index of the lane that has all the load, or none */
    struct ek__zone *zones; /* healthy of level 0, 1 ..., then degraded; zone_count of each */
    uint32_t *zone_lanes;   /* likewise: index of the lane, or none */
    size_t zone_capacity, zone_lane_capacity;
    uint32_t zone_count;       /* localities in it; 0 where they do not matter */
    struct ek__zone_plan plan; /* of level 0 */
    uint64_t hoped_at;         /* generation of states for which `has_hope` holds */
    bool has_hope;             /* some endpoint may still connect */
    struct ek__subset subset;
};

struct ek__select {
    uint64_t listed;         /* generation of the list of endpoints and their labels, from 1 */
    uint64_t fitness;        /* generation of who may be picked, from 1 */
    uint64_t states;         /* generation of connectivity */
    struct ek__view **views; /* [0]: all endpoints; the others by subset */
    size_t view_count, view_capacity;
    uint32_t default_subset, canary_subset; /* or none */
    int64_t canary_ppm, canary_config_ppm;  /* as it is; as the config has it */
    struct ek__canary_key canary_key;
    struct ek_rng lane_rng, choice_rng, canary_rng;
    uint64_t id;
    char **localities; /* by number */
    size_t locality_count, locality_capacity;
    uint64_t callers[EK__LOCALITIES_MAX]; /* by locality */
    struct ek__callers caller_sum;
    uint32_t own_locality;        /* or none */
    struct ek__lane *left;        /* their policy is gone, their attempts are not */
    uint64_t reviewed;            /* generation of connectivity that policies know of */
    ek_time review_at;            /* they want to look again */
    uint64_t review_cause;        /* of that */
    struct ek_lb_listed *listing; /* what they are shown */
    size_t listing_capacity;
};

struct ek_channel;
struct ek__endpoint;

/* lane.c */
enum ek_err ek__lane_new(struct ek_channel *ch, struct ek_rng *rng, struct ek_errors *errors,
                         struct ek__lane **out);
void ek__lane_free(struct ek_channel *ch, struct ek__lane *lane);
bool ek__lane_add(struct ek_channel *ch, struct ek__lane *lane, struct ek__endpoint *e,
                  struct ek__seat *seat);
bool ek__lane_build(struct ek_channel *ch, struct ek__lane *lane); /* lets the policy see it */
void ek__lane_started(struct ek_channel *ch, struct ek__lane *lane, struct ek__endpoint *e);
void ek__lane_finished(struct ek_channel *ch, struct ek__lane *lane, struct ek__endpoint *e,
                       const struct ek_outcome *outcome);

/* view.c */
bool ek__view_gather(struct ek_channel *ch, struct ek__view *view);
bool ek__view_refresh(struct ek_channel *ch, struct ek__view *view);
struct ek__lane *ek__view_lane(struct ek_channel *ch, struct ek__view *view, uint64_t hash,
                               bool *is_panicking); /* candidate_count > 0 */
bool ek__view_has_hope(struct ek_channel *ch, struct ek__view *view);
void ek__view_close(struct ek_channel *ch, struct ek__view *view); /* without its lanes */
void ek__view_free(struct ek_channel *ch, struct ek__view *view);  /* once closed */

/* subset.c */
enum ek_err ek__subsets_start(struct ek_channel *ch);
uint32_t ek__subset_view(struct ek_channel *ch, uint32_t subset); /* or none */
bool ek__subset_has(const struct ek__subset *subset, const struct ek__endpoint *e);
void ek__subset_free(struct ek_channel *ch, struct ek__subset *subset);
void ek__subset_text(const struct ek_channel *ch, uint32_t subset, char *out, size_t size);

/* canary.c */
uint32_t ek__canary(struct ek_channel *ch, const struct ek_call *call); /* the subset to ask for */

/* review.c: policies that care who is connected */
void ek__review(struct ek_channel *ch);
void ek__review_again(struct ek_channel *ch); /* at the end of the turn, whatever they know */
void ek__review_timer(struct ek_channel *ch);
void ek__review_deinit(struct ek_channel *ch);

/* zone.c: where endpoints, callers and the client are */
uint32_t ek__locality_number(struct ek_channel *ch, const char *text); /* or none */
uint32_t ek__locality_weight(const struct ek_channel *ch, uint32_t locality);
void ek__localities_deinit(struct ek_channel *ch);

#endif
