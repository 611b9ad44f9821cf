/* Weighted target: calls are split among groups of endpoints by weight, each with a policy of its
 * own (gRPC's weighted_target). */
#include "core/lb/place.h"
#include "core/lb/split.h"

#include <stddef.h>
#include <stdio.h>

enum {
    STATE_SIZE = EK__SPLIT_HEAD_SIZE + EK__CHILD_STATE_MAX
};

struct weighted_target {
    json_t *targets;
    struct ek__split split;
    /* of the last rebuild: candidates; weights of the parts that have any, and their sum */
    uint32_t built, weights[EK__SPLIT_PARTS_MAX], total;
};

/* One of the targets. */
struct target {
    int64_t weight;
    json_t *child_policy;
};

static const struct ek_option target_options[] = {
    {.name = "weight",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct target, weight),
     .required = true,
     .min = 1,
     .max = UINT32_MAX,
     .text = "The target's share of the calls is this over the sum."},
    {.name = "childPolicy",
     .type = EK_OPTION_JSON,
     .offset = offsetof(struct target, child_policy),
     .required = true,
     .text = "The policy that chooses within the target."},
    {0},
};

static const struct ek_option options[] = {
    {.name = "targets",
     .type = EK_OPTION_JSON,
     .offset = offsetof(struct weighted_target, targets),
     .required = true,
     .text = "{\"name\": {\"weight\": 9, \"childPolicy\": [{\"round_robin\": {}}]}, ...}. Each "
             "call draws a target by weight among those that have an eligible endpoint, then the "
             "target's own policy chooses. gRPC finds a target's endpoints by their hierarchical "
             "path, here `by` says how."},
    EK__SPLIT_BY_OPTION(offsetof(struct weighted_target, split), "locality"),
    {0},
};

/* ---- options ---- */

static void check_target(const char *name, json_t *json, const char *path, uint64_t *sum,
                         struct ek_errors *errors)
{
    char place[sizeof((struct ek_error){0}.path)], child[sizeof place];
    struct target target = {0};

    ek__split_path(path, "targets", name, NULL, place);
    ek__split_path(path, "targets", name, "childPolicy", child);
    ek_option_read(target_options, json, place, &target, errors);
    if (target.child_policy != NULL)
        ek__split_check_child(target.child_policy, child, STATE_SIZE, errors);
    *sum += (uint64_t)target.weight;
    ek_option_release(target_options, &target);
}

static void check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct weighted_target *wt = self;
    char place[sizeof((struct ek_error){0}.path)];
    const char *name;
    json_t *json;
    uint64_t sum = 0;

    if (wt->targets == NULL || !ek__split_check_names(wt->targets, "targets", path, errors))
        return;
    json_object_foreach(wt->targets, name, json) check_target(name, json, path, &sum, errors);
    ek__split_path(path, "targets", NULL, NULL, place);
    if (sum > UINT32_MAX)
        ek_errors_add(errors, place, false, "\"targets\": the weights add up to %llu, more than %u",
                      (unsigned long long)sum, UINT32_MAX);
}

static enum ek_err init(void *self, const struct ek_lb_start *start)
{
    struct weighted_target *wt = self;
    enum ek_err err = ek__split_init(&wt->split, start, (uint32_t)json_object_size(wt->targets));
    const char *name;
    json_t *json;

    json_object_foreach(wt->targets, name, json)
    {
        if (err == EK_OK)
            err = ek__split_add(&wt->split, name,
                                (uint32_t)json_integer_value(json_object_get(json, "weight")),
                                json_object_get(json, "childPolicy"), start);
    }
    return err;
}

/* ---- the policy ---- */

static enum ek_err rebuild(void *self, const struct ek_candidate *c, uint32_t count)
{
    struct weighted_target *wt = self;
    struct ek__split *split = &wt->split;
    enum ek_err err = ek__split_rebuild(split, c, count, STATE_SIZE);

    wt->built = count;
    wt->total = 0;
    for (uint32_t i = 0; i < split->part_count; i++) {
        bool has_members = err == EK_OK && split->parts[i].members.count > 0;

        wt->weights[i] = has_members ? split->parts[i].weight : 0;
        wt->total += wt->weights[i];
    }
    return err;
}

/* The part that is drawn by `weights`, which add up to `total` > 0: one number of the stream. */
static uint32_t draw_part(const uint32_t *weights, uint32_t total, struct ek_rng *rng)
{
    uint32_t at = ek_rng_below(rng, total), part = 0;

    for (; at >= weights[part]; part++)
        at -= weights[part];
    return part;
}

/* Among those that a retry sees. */
static uint32_t draw_left(const struct ek__split *split, const struct ek_candidate *c,
                          uint32_t count, struct ek_rng *rng)
{
    uint32_t weights[EK__SPLIT_PARTS_MAX], total = 0;

    for (uint32_t i = 0; i < split->part_count; i++) {
        weights[i] = ek__split_has(split, i, c, count) ? split->parts[i].weight : 0;
        total += weights[i];
    }
    return total > 0 ? draw_part(weights, total, rng) : EK__GONE;
}

static struct ek_pick pick(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now)
{
    struct weighted_target *wt = self;
    uint32_t part = EK__GONE;

    if (count != wt->built)
        part = draw_left(&wt->split, c, count, rng);
    else if (wt->total > 0)
        part = draw_part(wt->weights, wt->total, rng);
    if (part == EK__GONE)
        return (struct ek_pick){.kind = EK_PICK_FAIL, .status = EK_STATUS_UNAVAILABLE};
    return ek__members_pick(&wt->split.parts[part].members, c, count, req, rng, now);
}

static void started(void *self, void *endpoint, ek_time now)
{
    struct weighted_target *wt = self;

    ek__split_started(&wt->split, endpoint, now);
}

static void finished(void *self, void *endpoint, const struct ek_outcome *out, ek_time now)
{
    struct weighted_target *wt = self;

    ek__split_finished(&wt->split, endpoint, out, now);
}

/* As the target's policy. */
static int64_t score(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now)
{
    const struct weighted_target *wt = self;

    (void)count;
    return ek__split_score(&wt->split, c, index, now);
}

static void deinit(void *self)
{
    struct weighted_target *wt = self;

    ek__split_deinit(&wt->split);
}

static const char *const aliases[] = {"weighted_target_experimental", NULL};

const struct ek_lb_ops ek__lb_weighted_target = {
    .name = "weighted_target",
    .text = "Calls are split among groups of endpoints by the groups' weights; each group has a "
            "policy of its own.",
    .aliases = aliases,
    .connect = EK_CONNECT_ALL,
    .self_size = sizeof(struct weighted_target),
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
