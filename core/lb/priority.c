/* Priority: calls go to the first of several groups that is connected, each group with a policy of
 * its own. Source: gRPC A56, whose children are created, awaited and given up here under the same
 * names and rules; a child's state is what round_robin would make of its endpoints' states. */
#include "core/lb/place.h"
#include "core/lb/split.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    STATE_SIZE = 2 * EK__SPLIT_HEAD_SIZE + EK__CHILD_STATE_MAX /* a weighted_target fits in */
};

/* What is known of one of the parts, in their order. */
struct group {
    enum ek_conn state;
    bool exists;           /* its endpoints connect */
    bool was_up;           /* READY since TRANSIENT_FAILURE, or never either */
    ek_time failover_at;   /* nobody waits longer for it; NEVER: it is not waited for */
    ek_time deactivate_at; /* it is unused, and gone from then on; NEVER: it is in use */
};

struct priority {
    json_t *children;
    struct ek_list order; /* of char * */
    struct ek__split split;
    int64_t failover_ns, retention_ns;
    struct group *groups;
    uint32_t current;    /* group */
    bool has_been_shown; /* which are connected */
};

/* One of the children. */
struct child {
    json_t *config;
};

static const struct ek_option child_options[] = {
    {.name = "config",
     .type = EK_OPTION_JSON,
     .offset = offsetof(struct child, config),
     .required = true,
     .text = "The policy that chooses within the child."},
    {0},
};

static const struct ek_option options[] = {
    {.name = "children",
     .type = EK_OPTION_JSON,
     .offset = offsetof(struct priority, children),
     .required = true,
     .text = "{\"name\": {\"config\": [{\"round_robin\": {}}]}, ...}: the groups and their "
             "policies."},
    {.name = "priorities",
     .type = EK_OPTION_LIST,
     .offset = offsetof(struct priority, order),
     .required = true,
     .min = 1,
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = EK__SPLIT_PARTS_MAX,
     .text =
         "The names of children, the preferred one first: calls go to the first of them that is "
         "connected. The endpoints of a child connect when those before it have failed."},
    EK__SPLIT_BY_OPTION(offsetof(struct priority, split), "priority"),
    {.name = "failoverTimeout",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct priority, failover_ns),
     .fallback = "\"10s\"",
     .max = INT64_MAX,
     .text = "For how long calls wait for a child that is connecting, at first or after it was "
             "connected, before the next one is tried. gRPC: 10s, not in its config."},
    {.name = "retention",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct priority, retention_ns),
     .fallback = "\"900s\"",
     .max = INT64_MAX,
     .text = "For how long a child that is no longer needed stays connected. gRPC: 15 minutes, not "
             "in its config."},
    {0},
};

/* ---- options ---- */

static void check_child(const char *name, json_t *json, const char *path, struct ek_errors *errors)
{
    char place[sizeof((struct ek_error){0}.path)], config[sizeof place];
    struct child child = {0};

    ek__split_path(path, "children", name, NULL, place);
    ek__split_path(path, "children", name, "config", config);
    ek_option_read(child_options, json, place, &child, errors);
    if (child.config != NULL)
        ek__split_check_child(child.config, config, STATE_SIZE, errors);
    ek_option_release(child_options, &child);
}

/* gRPC's rules: each is a child, and none is there twice. */
static void check_order(const struct priority *priority, const char *path, struct ek_errors *errors)
{
    char *const *names = priority->order.items;

    for (size_t i = 0; i < priority->order.count; i++) {
        char place[sizeof((struct ek_error){0}.path)], number[24];

        snprintf(number, sizeof number, "%zu", i);
        ek__split_path(path, "priorities", number, NULL, place);
        if (json_object_get(priority->children, names[i]) == NULL)
            ek_errors_add(errors, place, false, "\"%.60s\" is none of the children", names[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(names[i], names[k]) == 0)
                ek_errors_add(errors, place, false, "\"%.60s\" has a priority already", names[i]);
    }
}

static void check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct priority *priority = self;
    const char *name;
    json_t *json;

    if (priority->children == NULL ||
        !ek__split_check_names(priority->children, "children", path, errors))
        return;
    json_object_foreach(priority->children, name, json) check_child(name, json, path, errors);
    check_order(priority, path, errors);
}

/* A child without a priority is not used, as in gRPC. */
static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct priority *priority = self;
    char *const *names = priority->order.items;
    enum ek_err err = ek__split_init(&priority->split, start, (uint32_t)priority->order.count);

    priority->groups = ek_mem_zeroed(start->mem, priority->order.count, sizeof *priority->groups);
    if (priority->groups == NULL)
        return EK_ENOMEM;
    for (size_t i = 0; i < priority->order.count && err == EK_OK; i++)
        err = ek__split_add(
            &priority->split, names[i], 1,
            json_object_get(json_object_get(priority->children, names[i]), "config"), start);
    return err;
}

/* ---- who is connected ---- */

/* READY, CONNECTING and all others of one group's endpoints, by the rules of round_robin. An
 * endpoint that rests is about to connect. */
static enum ek_conn state_of(const struct priority *priority, uint32_t part,
                             const struct ek_lb_listed *listed, uint32_t count)
{
    enum ek_conn state = EK_CONN_TRANSIENT_FAILURE;

    for (uint32_t i = 0; i < count && state != EK_CONN_READY; i++) {
        if (ek__split_part(&priority->split, listed[i].id) != part + 1)
            continue;
        if (listed[i].state == EK_CONN_READY)
            state = EK_CONN_READY;
        else if (listed[i].state == EK_CONN_CONNECTING || listed[i].state == EK_CONN_IDLE)
            state = EK_CONN_CONNECTING;
    }
    return state;
}

/* The timer is started when the child turns to CONNECTING unless it has failed since it was up, and
 * cancelled by any other state. */
static void enter(const struct priority *priority, struct group *group, enum ek_conn state,
                  ek_time now)
{
    if (state == EK_CONN_CONNECTING) {
        if (group->state != EK_CONN_CONNECTING && group->was_up)
            group->failover_at = ek_time_add(now, priority->failover_ns);
    } else {
        group->was_up = state == EK_CONN_READY;
        group->failover_at = EK_TIME_NEVER;
    }
    group->state = state;
}

static void create(const struct priority *priority, struct group *group, ek_time now)
{
    *group = (struct group){
        .state = EK_CONN_CONNECTING,
        .exists = true,
        .was_up = true,
        .failover_at = ek_time_add(now, priority->failover_ns),
        .deactivate_at = EK_TIME_NEVER,
    };
}

static bool is_awaited(const struct group *group, ek_time now)
{
    return group->failover_at.ns != EK_TIME_NEVER.ns && ek_time_before(now, group->failover_at);
}

/* Those after the chosen one are needed no more. */
static void deactivate_after(struct priority *priority, uint32_t chosen, ek_time now)
{
    for (uint32_t i = chosen + 1; i < priority->split.part_count; i++)
        if (priority->groups[i].deactivate_at.ns == EK_TIME_NEVER.ns)
            priority->groups[i].deactivate_at = ek_time_add(now, priority->retention_ns);
}

/* ChoosePriority of A56. */
static uint32_t choose(struct priority *priority, const struct ek_lb_listed *listed, uint32_t count,
                       ek_time now)
{
    uint32_t groups = priority->split.part_count;

    for (uint32_t i = 0; i < groups; i++) {
        struct group *group = &priority->groups[i];

        if (!group->exists) {
            create(priority, group, now);
            enter(priority, group, state_of(priority, i, listed, count), now);
        }
        group->deactivate_at = EK_TIME_NEVER;
        if (group->state == EK_CONN_READY)
            deactivate_after(priority, i, now);
        if (group->state == EK_CONN_READY || is_awaited(group, now))
            return i;
    }
    for (uint32_t i = 0; i < groups; i++)
        if (priority->groups[i].state == EK_CONN_CONNECTING)
            return i;
    return groups - 1;
}

static ek_time review(void *self, struct ek_lb_listed *listed, uint32_t count, ek_time now)
{
    struct priority *priority = self;
    ek_time again = EK_TIME_NEVER;

    for (uint32_t i = 0; i < priority->split.part_count; i++) {
        struct group *group = &priority->groups[i];

        if (group->exists && !ek_time_before(now, group->deactivate_at))
            group->exists = false;
        if (group->exists)
            enter(priority, group, state_of(priority, i, listed, count), now);
    }
    priority->current = choose(priority, listed, count, now);
    priority->has_been_shown = true;
    for (uint32_t i = 0; i < priority->split.part_count; i++) {
        const struct group *group = &priority->groups[i];

        if (group->exists)
            again = ek_time_min(again, group->deactivate_at);
        if (group->exists && is_awaited(group, now))
            again = ek_time_min(again, group->failover_at);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t part = ek__split_part(&priority->split, listed[i].id);

        listed[i].is_wanted = part > 0 && priority->groups[part - 1].exists;
    }
    return again;
}

/* ---- the policy ---- */

static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct priority *priority = self;

    return ek__split_rebuild(&priority->split, c, count, STATE_SIZE);
}

/* The chosen child, then any that has somebody: a retry may have tried all of the chosen one's, and
 * a child that is split again may have somebody whom it does not pick. Calls wait for a child that
 * connects. */
static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct priority *priority = self;
    struct ek__split *split = &priority->split;
    const struct group *group = &priority->groups[priority->current];
    struct ek_pick pick = {.kind = EK_PICK_FAIL, .status = EK_STATUS_UNAVAILABLE};

    if (ek__split_has(split, priority->current, c, count))
        pick = ek__members_pick(&split->parts[priority->current].members, c, count, req, rng, now);
    else if (priority->has_been_shown && group->state == EK_CONN_CONNECTING)
        return (struct ek_pick){.kind = EK_PICK_QUEUE};
    for (uint32_t i = 0; i < split->part_count && pick.kind != EK_PICK_ENDPOINT; i++)
        if (i != priority->current && ek__split_has(split, i, c, count))
            pick = ek__members_pick(&split->parts[i].members, c, count, req, rng, now);
    return pick;
}

static void started(void *self, void *endpoint, ek_time now)
{
    struct priority *priority = self;

    ek__split_started(&priority->split, endpoint, now);
}

static void finished(void *self, void *endpoint, const struct ek_outcome *out, ek_time now)
{
    struct priority *priority = self;

    ek__split_finished(&priority->split, endpoint, out, now);
}

/* As the child's policy. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct priority *priority = self;

    (void)count;
    return ek__split_score(&priority->split, c, index, now);
}

static void deinit(void *self)
{
    struct priority *priority = self;

    ek_mem_free(priority->split.mem, priority->groups);
    priority->groups = NULL;
    ek__split_deinit(&priority->split);
}

static const char *const aliases[] = {"priority_experimental", NULL};

const struct ek_lb_ops ek__lb_priority = {
    .name = "priority",
    .text =
        "Calls go to the first of several groups of endpoints that is connected; each group has a "
        "policy of its own.",
    .aliases = aliases,
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct priority),
    .endpoint_size = STATE_SIZE,
    .options = options,
    .check = check,
    .init = init,
    .pick = pick,
    .rebuild = rebuild,
    .started = started,
    .finished = finished,
    .review = review,
    .score = score,
    .score_unit = "as the child policy",
    .deinit = deinit,
};
