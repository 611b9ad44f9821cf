/* Nonsense in the options of balancing policies. */
#include "core/lint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    DEPTH_MAX = 8, /* policies within policies */
    ENTRIES_MIN = 10,
    CHOICES_MAX = 10 /* least_request takes no more */
};

/* ---- finding it ---- */

/* The first known entry of a list, with its name and place; NULL if there is none. */
static const json_t *choose(const json_t *list, char *place, const char **name)
{
    size_t used = strlen(place);

    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);

        *name = json_object_iter_key(json_object_iter(entry));
        if (*name == NULL ||
            (ek_lb_find(*name) == NULL && strcmp(*name, "outlier_detection_experimental") != 0))
            continue;
        snprintf(place + used, EK__LINT_PATH_SIZE - used, "/%zu/%.48s", i, *name);
        return json_object_get(entry, *name);
    }
    return NULL;
}

bool ek__lint_find_policy(const json_t *json, const char *place, struct ek__lint_policy *out)
{
    snprintf(out->place, sizeof out->place, "%.160s", place);
    out->options = NULL;
    if (json_is_string(json)) {
        out->ops = ek_lb_find(json_string_value(json));
        return out->ops != NULL;
    }
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        const char *name = NULL;

        out->options = choose(json, out->place, &name);
        if (name == NULL || out->options == NULL)
            return false;
        out->ops = ek_lb_find(name);
        if (out->ops != NULL)
            return true;
        json = json_object_get(out->options, "childPolicy"); /* of the outlier policy */
        size_t used = strlen(out->place);
        snprintf(out->place + used, sizeof out->place - used, "/childPolicy");
    }
    return false;
}

/* The policy inside `outer`, if there is one. */
static bool find_child(const struct ek__lint_policy *outer, struct ek__lint_policy *out)
{
    const json_t *child = json_object_get(outer->options, "childPolicy");
    char place[EK__LINT_PATH_SIZE + 16];

    snprintf(place, sizeof place, "%s/childPolicy", outer->place);
    out->endpoints = outer->endpoints;
    return child != NULL && ek__lint_find_policy(child, place, out);
}

static int64_t value(const struct ek__lint_policy *policy, const char *name)
{
    return ek__lint_value(policy->ops->options, policy->options, name);
}

static bool is(const struct ek__lint_policy *policy, const char *name)
{
    return strcmp(policy->ops->name, name) == 0;
}

bool ek__lint_heeds_weights(const struct ek__lint_policy *policy)
{
    struct ek__lint_policy child;

    if (find_child(policy, &child))
        return ek__lint_heeds_weights(&child);
    if (is(policy, "least_request"))
        return value(policy, "weighting") != 0;
    if (is(policy, "random"))
        return value(policy, "weighted") != 0;
    return is(policy, "static_weighted_round_robin") || is(policy, "ring_hash") ||
           is(policy, "maglev");
}

/* ---- what each may have ---- */

static const char *member(const struct ek__lint_policy *policy, const char *name,
                          char out[EK__LINT_PATH_SIZE + 48])
{
    snprintf(out, EK__LINT_PATH_SIZE + 48, "%s/%s", policy->place, name);
    return out;
}

static void check_reports(struct ek__lint *lint, const struct ek__lint_policy *policy)
{
    if (lint->facts.knows_reports && !lint->facts.has_reports)
        ek__lint_warn(lint, EK__RULE_NO_REPORTS, policy->place,
                      "%s needs load reports, and no endpoint sends any", policy->ops->name);
}

static void check_weighted(struct ek__lint *lint, const struct ek__lint_policy *policy)
{
    int64_t blackout = value(policy, "blackoutPeriod");
    int64_t expiration = value(policy, "weightExpirationPeriod");
    int64_t update = value(policy, "weightUpdatePeriod");
    char place[EK__LINT_PATH_SIZE + 48], first[32], second[32];

    if (blackout > 0 && blackout >= expiration)
        ek__lint_warn(lint, EK__RULE_BLACKOUT, member(policy, "blackoutPeriod", place),
                      "weights count %s after the first report, and expire %s after the last: a "
                      "pause in the reports loses them all",
                      ek_duration_text(blackout, first, sizeof first),
                      ek_duration_text(expiration, second, sizeof second));
    if (update > expiration)
        ek__lint_warn(lint, EK__RULE_UPDATE_PERIOD, member(policy, "weightUpdatePeriod", place),
                      "weights are looked at every %s and expire after %s",
                      ek_duration_text(update, first, sizeof first),
                      ek_duration_text(expiration, second, sizeof second));
    check_reports(lint, policy);
}

/* About as many entries as the ring gets for equal weights: the least size, rounded up to whole
 * entries an endpoint, at most the largest (A42). */
static void check_ring(struct ek__lint *lint, const struct ek__lint_policy *policy)
{
    int64_t least = value(policy, "minRingSize"), most = value(policy, "maxRingSize");
    int64_t cap = value(policy, "ringSizeCap"), n = policy->endpoints, size = least;
    char place[EK__LINT_PATH_SIZE + 48];

    if (least > cap || (most > cap && json_object_get(policy->options, "maxRingSize") != NULL))
        ek__lint_warn(lint, EK__RULE_RING_CAPPED,
                      member(policy, least > cap ? "minRingSize" : "maxRingSize", place),
                      "a ring of %" PRId64 " is asked for, and ringSizeCap is %" PRId64,
                      least > cap ? least : most, cap);
    most = most < cap ? most : cap;
    if (n == 0)
        return;
    size = (least + n - 1) / n * n;
    size = size < most ? size : most;
    if (size < ENTRIES_MIN * n)
        ek__lint_warn(lint, EK__RULE_RING_SMALL, member(policy, "minRingSize", place),
                      "a ring of %" PRId64 " for %" PRId64 " endpoints has %" PRId64
                      " entries for each: shares differ by a third and more",
                      size, n, size / n);
}

static void check_table(struct ek__lint *lint, const struct ek__lint_policy *policy)
{
    int64_t size = value(policy, "tableSize"), n = policy->endpoints;
    char place[EK__LINT_PATH_SIZE + 48];

    if (n > 0 && size < ENTRIES_MIN * n)
        ek__lint_warn(lint, EK__RULE_MAGLEV_SMALL, member(policy, "tableSize", place),
                      "a table of %" PRId64 " for %" PRId64 " endpoints has %" PRId64
                      " rows for each: shares differ by a tenth and more",
                      size, n, size / n);
}

static void check_choices(struct ek__lint *lint, const struct ek__lint_policy *policy)
{
    int64_t choices = value(policy, "choiceCount");
    char place[EK__LINT_PATH_SIZE + 48];

    choices = choices < CHOICES_MAX ? choices : CHOICES_MAX;
    if (policy->endpoints > 0 && choices >= policy->endpoints && choices > 2 &&
        value(policy, "replacement") == 0 && value(policy, "fullScan") == 0)
        ek__lint_warn(lint, EK__RULE_CHOICES, member(policy, "choiceCount", place),
                      "a choiceCount of %" PRId64 " with %" PRId64
                      " endpoints compares them all: clients that see the same choose the same",
                      choices, policy->endpoints);
}

static void check_subset(struct ek__lint *lint, struct ek__lint_policy *policy)
{
    int64_t size = value(policy, "subsetSize");
    char place[EK__LINT_PATH_SIZE + 48];

    if (size == 1)
        ek__lint_warn(lint, EK__RULE_SUBSET_ONE, member(policy, "subsetSize", place),
                      "a subset of 1 endpoint leaves its client without any when that fails");
    else if (policy->endpoints > 0 && size >= policy->endpoints)
        ek__lint_warn(lint, EK__RULE_SUBSET_WHOLE, member(policy, "subsetSize", place),
                      "a subset of %" PRId64 " is the whole fleet of %" PRId64 " endpoints", size,
                      policy->endpoints);
    if (size > 0 && lint->facts.clients > 0 && size < policy->endpoints &&
        lint->facts.clients < (policy->endpoints + size - 1) / size)
        ek__lint_warn(lint, EK__RULE_SUBSETS_LEAVE, member(policy, "subsetSize", place),
                      "%" PRId64 " subsets of %" PRId64 " are fewer than %" PRId64 " endpoints: at "
                      "least %" PRId64 " get no calls",
                      lint->facts.clients, size, policy->endpoints,
                      policy->endpoints - lint->facts.clients * size);
    if (policy->endpoints == 0 || policy->endpoints > size)
        policy->endpoints = size;
}

static void check(struct ek__lint *lint, struct ek__lint_policy *policy, int depth)
{
    struct ek__lint_policy child;

    if (is(policy, "weighted_round_robin"))
        check_weighted(lint, policy);
    else if (is(policy, "prequal"))
        check_reports(lint, policy);
    else if (is(policy, "ring_hash"))
        check_ring(lint, policy);
    else if (is(policy, "maglev"))
        check_table(lint, policy);
    else if (is(policy, "least_request"))
        check_choices(lint, policy);
    else if (is(policy, "random_subsetting") || is(policy, "deterministic_subsetting"))
        check_subset(lint, policy);
    if (depth < DEPTH_MAX && find_child(policy, &child))
        check(lint, &child, depth + 1);
}

void ek__lint_policy(struct ek__lint *lint)
{
    const json_t *list = json_object_get(lint->json, "loadBalancingConfig");
    struct ek__lint_policy policy = {.endpoints = lint->facts.endpoints};

    if (list != NULL && json_object_get(lint->json, "loadBalancingPolicy") != NULL)
        ek__lint_warn(lint, EK__RULE_TWO_POLICIES, "/loadBalancingPolicy",
                      "loadBalancingConfig counts, and loadBalancingPolicy does not");
    if (!ek__lint_find_policy(list, "/loadBalancingConfig", &policy)) {
        policy.ops = lint->config->lb; /* by its name, or by default */
        snprintf(policy.place, sizeof policy.place, "/loadBalancingPolicy");
    }
    check(lint, &policy, 0);
}
