/* Handing part of the endpoints to a child policy. */
#include "core/lb/members.h"

#include "core/lb/place.h"

#include <stdio.h>

void ek__members_check(const struct ek__members *members, const char *path,
                       struct ek_errors *errors)
{
    char place[sizeof((struct ek_error){0}.path)];

    if (members->child_policy == NULL) /* its absence is complained about already */
        return;
    snprintf(place, sizeof place, "%s/childPolicy", path);
    ek__child_check(members->child_policy, place, EK__CHILD_STATE_MAX, errors);
}

enum ek_err ek__members_init(struct ek__members *members, const struct ek_lb_start *start)
{
    members->mem = start->mem;
    return ek__child_init(&members->child, members->child_policy, start);
}

void ek__members_deinit(struct ek__members *members)
{
    ek__child_deinit(&members->child, members->mem);
    ek_mem_free(members->mem, members->items);
    ek_mem_free(members->mem, members->places);
    ek_mem_free(members->mem, members->left);
    ek_mem_free(members->mem, members->left_index);
    members->items = members->left = NULL;
    members->places = members->left_index = NULL;
}

enum ek_err ek__members_open(struct ek__members *members, uint32_t count, uint32_t room)
{
    const struct ek_mem *mem = members->mem;
    void *items = members->items, *places = members->places, *left = members->left;
    void *left_index = members->left_index;
    bool has_room =
        ek_mem_grow(mem, &items, &members->item_capacity, room, sizeof *members->items) &&
        ek_mem_grow(mem, &places, &members->place_capacity, room, sizeof *members->places) &&
        ek_mem_grow(mem, &left, &members->left_capacity, room, sizeof *members->left) &&
        ek_mem_grow(mem, &left_index, &members->left_index_capacity, count,
                    sizeof *members->left_index);

    members->items = items;
    members->places = places;
    members->left = left;
    members->left_index = left_index;
    members->count = 0;
    members->built = count;
    return has_room ? EK_OK : EK_ENOMEM;
}

void ek__members_add(struct ek__members *members, const struct ek_candidate *c, uint32_t weight)
{
    uint32_t member = members->count++;

    members->places[member] = c->place;
    members->items[member] = *c;
    members->items[member].place = member;
    members->items[member].weight = weight;
}

enum ek_err ek__members_close(struct ek__members *members)
{
    const struct ek_lb_ops *ops = members->child.ops;

    return ops->rebuild == NULL ? EK_OK
                                : ops->rebuild(members->child.self, members->items, members->count);
}

/* The members that a retry sees. */
static uint32_t find_left(struct ek__members *members, const struct ek_candidate *c, uint32_t count)
{
    uint32_t left = 0;

    for (uint32_t i = 0; i < members->count; i++) {
        uint32_t index = ek__place_find(c, count, members->built, members->places[i]);

        if (index == EK__GONE)
            continue;
        members->left[left] = members->items[i];
        members->left[left].in_flight = c[index].in_flight;
        members->left_index[left++] = index;
    }
    return left;
}

bool ek__members_are_left(const struct ek__members *members, const struct ek_candidate *c,
                          uint32_t count)
{
    for (uint32_t i = 0; i < members->count; i++)
        if (ek__place_find(c, count, members->built, members->places[i]) != EK__GONE)
            return true;
    return false;
}

struct ek_pick ek__members_pick_left(struct ek__members *members, const struct ek_candidate *c,
                                     uint32_t count, const struct ek_request *req,
                                     struct ek_rng *rng, ek_time now)
{
    uint32_t left = find_left(members, c, count);
    struct ek_pick pick;

    if (left == 0)
        return ek__pick_endpoint(ek_rng_below(rng, count));
    pick = members->child.ops->pick(members->child.self, members->left, left, req, rng, now);
    if (pick.kind == EK_PICK_ENDPOINT)
        pick.index = members->left_index[pick.index];
    return pick;
}

/* What is under way is brought up to date here as before each pick: nobody else looks at it. */
int64_t ek__members_score(const struct ek__members *members, const struct ek_candidate *c,
                          uint32_t index, ek_time now)
{
    const struct ek_lb_ops *ops = members->child.ops;
    uint32_t low = 0, high = members->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (members->places[middle] < c[index].place)
            low = middle + 1;
        else
            high = middle;
    }
    if (ops->score == NULL || low == members->count || members->places[low] != c[index].place)
        return EK_SCORE_NONE;
    members->items[low].in_flight = c[index].in_flight;
    return ops->score(members->child.self, members->items, members->count, low, now);
}

void ek__members_started(struct ek__members *members, void *endpoint, ek_time now)
{
    if (members->child.ops->started != NULL)
        members->child.ops->started(members->child.self, endpoint, now);
}

void ek__members_finished(struct ek__members *members, void *endpoint, const struct ek_outcome *out,
                          ek_time now)
{
    if (members->child.ops->finished != NULL)
        members->child.ops->finished(members->child.self, endpoint, out, now);
}
