#include "core/selection.h"

#include "core/label.h"

#include <stdio.h>
#include <string.h>

enum {
    PATH_SIZE = sizeof((struct ek_error){0}.path)
};

static const char *const fallback_words[] = {"none", "any", "default", NULL};
static const char *const selector_words[] = {"none", "any", "default", "keys", "inherit", NULL};
static const char *const locality_words[] = {"off", "weighted", "zone_aware", NULL};

static const struct ek_option selector_options[] = {
    {.name = "keys",
     .type = EK_OPTION_LIST,
     .offset = offsetof(struct ek_selector, keys),
     .required = true,
     .min = 1,
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = EK__SUBSET_LABELS_MAX,
     .text = "The keys, no more and no fewer, that a call asks for; a tag has the key \"tag\"."},
    {.name = "fallback",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct ek_selector, fallback),
     .fallback = "\"inherit\"",
     .words = selector_words,
     .text =
         "Where such calls go if no endpoint has what they ask for; inherit: as \"fallback\" of "
         "all subsets says; keys: to the subset of fallbackKeys alone."},
    {.name = "fallbackKeys",
     .type = EK_OPTION_LIST,
     .offset = offsetof(struct ek_selector, fallback_keys),
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = EK__SUBSET_LABELS_MAX,
     .text = "For fallback: keys: some of the keys, but not all."},
    {0},
};

static const struct ek_option subsets_options[] = {
    {.name = "selectors",
     .type = EK_OPTION_LIST,
     .offset = offsetof(struct ek_subsets_config, selectors),
     .fields = selector_options,
     .item = EK_OPTION_OBJECT,
     .item_size = sizeof(struct ek_selector),
     .count_max = 64,
     .text = "The sets of keys that calls may ask for; what fits none of them falls back. Absent: "
             "any keys."},
    {.name = "fallback",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct ek_subsets_config, fallback),
     .fallback = "\"none\"",
     .words = fallback_words,
     .text = "Where a call goes if no endpoint, healthy or not, has what it asks for: it fails, to "
             "any endpoint, or to the default subset. With default, calls that ask for nothing go "
             "there too; else they go to any endpoint (Envoy with none fails them)."},
    {.name = "default",
     .type = EK_OPTION_LIST,
     .offset = offsetof(struct ek_subsets_config, default_labels),
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = EK__SUBSET_LABELS_MAX,
     .text = "What the endpoints of the default subset have, each \"key=value\"."},
    {.name = "anyIfDefaultEmpty",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct ek_subsets_config, any_if_default_empty),
     .fallback = "false",
     .text = "Whether all endpoints stand in for a default subset that has none."},
    {0},
};

static const struct ek_option canary_options[] = {
    {.name = "share",
     .type = EK_OPTION_SHARE,
     .offset = offsetof(struct ek_canary_config, share_ppm),
     .fallback = "\"0%\"",
     .max = 1000000,
     .text =
         "Share of the calls that ask for nothing and are sent to the canary; it may be changed "
         "while the channel runs."},
    {.name = "key",
     .type = EK_OPTION_STRING,
     .offset = offsetof(struct ek_canary_config, key),
     .min = 1,
     .max = 512,
     .text =
         "Key in Consul's key/value store that is watched and whose value is the share: 12.5, "
         "\"12.5%\" or {\"share\": \"12.5%\"}. \"share\" counts until it has one; if it goes, or "
         "its value is something else, the last share stays."},
    {.name = "match",
     .type = EK_OPTION_LIST,
     .offset = offsetof(struct ek_canary_config, labels),
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = EK__SUBSET_LABELS_MAX,
     .text = "What those calls ask for, each \"key=value\", such as \"tag=canary\"; absent: off."},
    {.name = "byHash",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct ek_canary_config, by_hash),
     .fallback = "false",
     .text = "Whether the hash of a call's key decides rather than a draw, so that one user always "
             "meets the same version; calls without a key draw."},
    {0},
};

static const struct ek_option weight_options[] = {
    {.name = "locality",
     .type = EK_OPTION_STRING,
     .offset = offsetof(struct ek_locality_weight, locality),
     .required = true,
     .min = 1,
     .max = EK__LOCALITY_SIZE_MAX - 1,
     .text = "\"zone\" or \"region/zone\", as the resolver tells it."},
    {.name = "weight",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct ek_locality_weight, weight),
     .required = true,
     .min = 0,
     .max = 65535,
     .text = "Its weight; 0: no calls while another locality has an endpoint."},
    {0},
};

const struct ek_option ek__selection_options[] = {
    {.name = "subsets",
     .type = EK_OPTION_OBJECT,
     .offset = offsetof(struct ek_selection_config, subsets),
     .fields = subsets_options,
     .text = "Calls that ask for tags or metadata of their endpoint (Envoy's subsets)."},
    {.name = "canary",
     .type = EK_OPTION_OBJECT,
     .offset = offsetof(struct ek_selection_config, canary),
     .fields = canary_options,
     .text = "A share of the calls for a new version."},
    {.name = "priorities",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct ek_selection_config, has_priorities),
     .fallback = "false",
     .text = "Whether endpoints of priority 1 and up are only used as those before them fail."},
    {.name = "overprovisioningFactor",
     .type = EK_OPTION_DECIMAL,
     .offset = offsetof(struct ek_selection_config, overprovisioning),
     .fallback = "1.4",
     .min = 1000,
     .max = 1000000,
     .text = "A priority or locality takes its full share until fewer than one in this many of its "
             "endpoints are healthy; two decimals count, as in Envoy."},
    {.name = "weightedHealth",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct ek_selection_config, has_weighted_health),
     .fallback = "false",
     .text = "Whether the health of a priority is measured by the endpoints' weights, not by their "
             "number."},
    {.name = "degraded",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct ek_selection_config, has_degraded),
     .fallback = "false",
     .text = "Whether endpoints whose checks warn are used only for what the healthy ones of all "
             "priorities cannot take."},
    {.name = "panicThreshold",
     .type = EK_OPTION_SHARE,
     .offset = offsetof(struct ek_selection_config, panic_ppm),
     .fallback = "\"0%\"",
     .max = 1000000,
     .text =
         "If fewer than this share of a priority's endpoints are healthy, and the others cannot "
         "take over, health is ignored: whoever is connected is used. 0%: never, as gRPC; "
         "Envoy: 50%."},
    {.name = "failOnPanic",
     .type = EK_OPTION_BOOL,
     .offset = offsetof(struct ek_selection_config, fails_on_panic),
     .fallback = "false",
     .text = "Whether calls fail below panicThreshold instead."},
    {.name = "localities",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct ek_selection_config, localities),
     .fallback = "\"off\"",
     .words = locality_words,
     .text = "How a locality is chosen within a priority: not at all, by localityWeights, or the "
             "client's own as far as its share of the endpoints allows (Envoy; priority 0 only)."},
    {.name = "localityWeights",
     .type = EK_OPTION_LIST,
     .offset = offsetof(struct ek_selection_config, locality_weights),
     .fields = weight_options,
     .item = EK_OPTION_OBJECT,
     .item_size = sizeof(struct ek_locality_weight),
     .count_max = 256,
     .text = "For localities: weighted; one that is not listed has weight 0."},
    {.name = "minClusterSize",
     .type = EK_OPTION_INTEGER,
     .offset = offsetof(struct ek_selection_config, cluster_size_min),
     .fallback = "6",
     .max = INT64_MAX,
     .text = "For localities: zone_aware: with fewer healthy endpoints zones are ignored."},
    {0},
};

bool ek__selection_split(const char *text, char *key, size_t key_size, const char **value)
{
    const char *equals = strchr(text, '=');

    if (equals == NULL || equals == text || (size_t)(equals - text) >= key_size ||
        strlen(equals + 1) >= EK__LABEL_SIZE_MAX)
        return false;
    memcpy(key, text, (size_t)(equals - text));
    key[equals - text] = '\0';
    *value = equals + 1;
    return true;
}

static void check_labels(const struct ek_list *labels, const char *path, const char *name,
                         struct ek_errors *errors)
{
    char *const *items = labels->items;
    char keys[EK__SUBSET_LABELS_MAX][EK__LABEL_SIZE_MAX], place[PATH_SIZE];
    const char *value;

    for (size_t i = 0; i < labels->count && i < EK__SUBSET_LABELS_MAX; i++) {
        bool is_twice = false;

        keys[i][0] = '\0';
        if (items[i] == NULL)
            continue;
        snprintf(place, sizeof place, "%s/%s/%zu", path, name, i);
        if (!ek__selection_split(items[i], keys[i], sizeof keys[i], &value)) {
            ek_errors_add(errors, place, false,
                          "\"%.64s\" is not \"key=value\", such as \"tag=canary\"", items[i]);
            continue;
        }
        for (size_t j = 0; j < i; j++)
            is_twice |= strcmp(keys[i], keys[j]) == 0;
        if (is_twice)
            ek_errors_add(errors, place, false, "the key \"%.64s\" stands here twice", keys[i]);
    }
}

static bool is_among(const char *key, const struct ek_list *keys)
{
    char *const *items = keys->items;

    for (size_t i = 0; i < keys->count; i++)
        if (items[i] != NULL && strcmp(items[i], key) == 0)
            return true;
    return false;
}

static void check_selector(const struct ek_selector *selector, const char *path,
                           struct ek_errors *errors)
{
    char *const *keys = selector->fallback_keys.items;
    char place[PATH_SIZE + 48];

    if (selector->fallback != EK_FALLBACK_KEYS)
        return;
    if (selector->fallback_keys.count == 0 ||
        selector->fallback_keys.count >= selector->keys.count) {
        snprintf(place, sizeof place, "%s/fallbackKeys", path);
        ek_errors_add(errors, place, false,
                      "\"fallback\": \"keys\" needs some of the keys here, but not all");
    }
    for (size_t i = 0; i < selector->fallback_keys.count; i++) {
        if (keys[i] == NULL || is_among(keys[i], &selector->keys))
            continue;
        snprintf(place, sizeof place, "%s/fallbackKeys/%zu", path, i);
        ek_errors_add(errors, place, false, "\"%.64s\" is not among the keys", keys[i]);
    }
}

void ek__selection_check(const struct ek_selection_config *selection, const char *path,
                         struct ek_errors *errors)
{
    const struct ek_subsets_config *subsets = &selection->subsets;
    const struct ek_selector *selectors = subsets->selectors.items;
    char place[PATH_SIZE];

    snprintf(place, sizeof place, "%s/selection/subsets", path);
    check_labels(&subsets->default_labels, place, "default", errors);
    if (subsets->fallback == EK_FALLBACK_DEFAULT && subsets->default_labels.count == 0)
        ek_errors_add(errors, place, false, "\"fallback\": \"default\" needs \"default\"");
    for (size_t i = 0; i < subsets->selectors.count; i++) {
        snprintf(place, sizeof place, "%s/selection/subsets/selectors/%zu", path, i);
        check_selector(&selectors[i], place, errors);
        if (selectors[i].fallback == EK_FALLBACK_DEFAULT && subsets->default_labels.count == 0)
            ek_errors_add(errors, place, false, "\"fallback\": \"default\" needs \"default\"");
    }
    snprintf(place, sizeof place, "%s/selection/canary", path);
    check_labels(&selection->canary.labels, place, "match", errors);
    if (selection->canary.share_ppm > 0 && selection->canary.labels.count == 0)
        ek_errors_add(errors, place, false, "\"share\" needs \"match\": whom the calls ask for");
    if (selection->canary.key != NULL && selection->canary.labels.count == 0)
        ek_errors_add(errors, place, false, "\"key\" needs \"match\": whom the calls ask for");
    if (selection->localities == EK_LOCALITY_WEIGHTED && selection->locality_weights.count == 0) {
        snprintf(place, sizeof place, "%s/selection/localities", path);
        ek_errors_add(errors, place, false, "\"weighted\" needs \"localityWeights\"");
    }
    if (selection->fails_on_panic && selection->panic_ppm == 0) {
        snprintf(place, sizeof place, "%s/selection/failOnPanic", path);
        ek_errors_add(errors, place, false, "without \"panicThreshold\" there is no panic");
    }
}
