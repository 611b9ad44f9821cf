/* A child policy that sees some of the endpoints: what the subsetting policies share.
 *
 * An endpoint's bytes are the child's own. */
#ifndef EVENKEEL_CORE_LB_MEMBERS_H
#define EVENKEEL_CORE_LB_MEMBERS_H

#include "core/lb/child.h"
#include "evenkeel/lb.h"

struct ek__members {
    json_t *child_policy;
    struct ek__child child;
    const struct ek_mem *mem;
    struct ek_candidate *items; /* as the child sees them */
    uint32_t *places;           /* theirs among all, ascending */
    struct ek_candidate *left;  /* a retry's part of them ... */
    uint32_t *left_index;       /* ... and where each stands in what the retry sees */
    size_t item_capacity, place_capacity, left_capacity, left_index_capacity;
    uint32_t count, built; /* members, of how many */
};

/* The row of a table; `at` is the offset of its struct ek__members. */
#define EK__MEMBERS_CHILD_OPTION(at)                                                               \
    {                                                                                              \
        .name = "childPolicy", .type = EK_OPTION_JSON,                                             \
        .offset = (at) + offsetof(struct ek__members, child_policy), .required = true,             \
        .text = "The policy that chooses among the subset, [{\"name\": {options}}] or a name. It " \
                "is calls that keep to the subset: all endpoints stay connected."                  \
    }

void ek__members_check(const struct ek__members *members, const char *path,
                       struct ek_errors *errors);
EK_MUST_USE enum ek_err ek__members_init(struct ek__members *members,
                                         const struct ek_lb_start *start);
void ek__members_deinit(struct ek__members *members);

/* Begins another choice among `count` candidates, of at most `room` of them. Then members, at least
 * one, are added in ascending order of their places, then the choice is closed. */
EK_MUST_USE enum ek_err ek__members_open(struct ek__members *members, uint32_t count,
                                         uint32_t room);
void ek__members_add(struct ek__members *members, const struct ek_candidate *c, uint32_t weight);
EK_MUST_USE enum ek_err ek__members_close(struct ek__members *members);

/* Whether a retry sees any of them. */
bool ek__members_are_left(const struct ek__members *members, const struct ek_candidate *c,
                          uint32_t count);

/* As below, for a retry's part. */
struct ek_pick ek__members_pick_left(struct ek__members *members, const struct ek_candidate *c,
                                     uint32_t count, const struct ek_request *req,
                                     struct ek_rng *rng, ek_time now);

/* Costs a look at every member, unless the child ignores loads. When there is no member, or a retry
 * has tried all, it is any of the others. */
static inline struct ek_pick ek__members_pick(struct ek__members *members,
                                              const struct ek_candidate *c, uint32_t count,
                                              const struct ek_request *req, struct ek_rng *rng,
                                              ek_time now)
{
    const struct ek_lb_ops *ops = members->child.ops;
    const uint32_t *places = members->places, *end = places + members->count;
    struct ek_candidate *item = members->items;
    struct ek_pick pick;

    if (count != members->built || members->count == 0)
        return ek__members_pick_left(members, c, count, req, rng, now);
    if (!ops->ignores_load)
        for (const uint32_t *place = places; place < end; place++)
            (item++)->in_flight = c[*place].in_flight;
    pick = ops->pick(members->child.self, members->items, members->count, req, rng, now);
    if (pick.kind == EK_PICK_ENDPOINT)
        pick.index = places[pick.index];
    return pick;
}

/* What the child holds about c[index]; EK_SCORE_NONE if it is not a member. */
int64_t ek__members_score(const struct ek__members *members, const struct ek_candidate *c,
                          uint32_t index, ek_time now);
void ek__members_started(struct ek__members *members, void *endpoint, ek_time now);
void ek__members_finished(struct ek__members *members, void *endpoint, const struct ek_outcome *out,
                          ek_time now);

#endif
