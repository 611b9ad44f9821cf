/* Priority: calls go to the first group that has an eligible endpoint, each group with a policy of
 * its own (gRPC's priority). */
#include "core/lb/place.h"
#include "core/lb/split.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    STATE_SIZE = 2 * EK__SPLIT_HEAD_SIZE + EK__CHILD_STATE_MAX /* a weighted_target fits in */
};

struct priority {
    json_t *children;
    struct ek_list order; /* of char * */
    struct ek__split split;
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
     .text = "The names of children, the preferred one first: calls go to the first of them that "
             "has an eligible endpoint. gRPC waits for one that is connecting, for 10 s; here the "
             "next takes the calls at once, as whoever connects is not eligible."},
    EK__SPLIT_BY_OPTION(offsetof(struct priority, split), "priority"),
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

    for (size_t i = 0; i < priority->order.count && err == EK_OK; i++)
        err = ek__split_add(
            &priority->split, names[i], 1,
            json_object_get(json_object_get(priority->children, names[i]), "config"), start);
    return err;
}

/* ---- the policy ---- */

static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct priority *priority = self;

    return ek__split_rebuild(&priority->split, c, count, STATE_SIZE);
}

/* A child that has somebody and cannot pick, as one that is split again, counts as empty. */
static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct priority *priority = self;
    struct ek_pick pick = {.kind = EK_PICK_FAIL, .status = EK_STATUS_UNAVAILABLE};

    for (uint32_t i = 0; i < priority->split.part_count && pick.kind != EK_PICK_ENDPOINT; i++)
        if (ek__split_has(&priority->split, i, c, count))
            pick = ek__members_pick(&priority->split.parts[i].members, c, count, req, rng, now);
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

    ek__split_deinit(&priority->split);
}

static const char *const aliases[] = {"priority_experimental", NULL};

const struct ek_lb_ops ek__lb_priority = {
    .name = "priority",
    .text = "Calls go to the first of several groups of endpoints that has an eligible one; each "
            "group has a policy of its own.",
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
    .score = score,
    .score_unit = "as the child policy",
    .deinit = deinit,
};
