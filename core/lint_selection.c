/* Nonsense in which endpoints a call chooses from. */
#include "core/lint.h"

#include <inttypes.h>

static void check_canary(struct ek__lint *lint)
{
    const struct ek_selection_config *selection = &lint->config->selection;
    const struct ek_selector *selectors = selection->subsets.selectors.items;

    if (selection->canary.share_ppm == 0 || selection->subsets.fallback != EK_FALLBACK_NONE)
        return;
    for (size_t i = 0; i < selection->subsets.selectors.count; i++)
        if (selectors[i].fallback != EK_FALLBACK_NONE &&
            selectors[i].fallback != EK_FALLBACK_INHERIT)
            return;
    ek__lint_warn(lint, EK__RULE_CANARY_ALONE, "/selection/canary/share",
                  "%" PRId64 ".%02" PRId64
                  " %% of the calls fail while no endpoint is a canary: the fallback is none",
                  selection->canary.share_ppm / 10000, selection->canary.share_ppm % 10000 / 100);
}

static void check_localities(struct ek__lint *lint)
{
    const struct ek_selection_config *selection = &lint->config->selection;
    const struct ek_locality_weight *weights = selection->locality_weights.items;
    int64_t sum = 0, endpoints = lint->facts.endpoints;

    for (size_t i = 0; i < selection->locality_weights.count; i++)
        sum += weights[i].weight;
    if (selection->localities == EK_LOCALITY_WEIGHTED && sum == 0)
        ek__lint_warn(lint, EK__RULE_LOCALITY_ZERO, "/selection/localityWeights",
                      "every locality has the weight 0");
    if (selection->localities == EK_LOCALITY_ZONE_AWARE && endpoints > 0 &&
        endpoints < selection->cluster_size_min)
        ek__lint_warn(lint, EK__RULE_ZONE_SMALL, "/selection/minClusterSize",
                      "with %" PRId64 " endpoints, fewer than minClusterSize, %" PRId64
                      ", zones are ignored",
                      endpoints, selection->cluster_size_min);
}

void ek__lint_selection(struct ek__lint *lint)
{
    const struct ek_selection_config *selection = &lint->config->selection;

    check_canary(lint);
    check_localities(lint);
    if (selection->has_priorities && selection->overprovisioning <= 1000)
        ek__lint_warn(lint, EK__RULE_PRIORITY_TIGHT, "/selection/overprovisioningFactor",
                      "without overprovisioning each unhealthy endpoint sends calls to the next "
                      "priority");
    if (selection->panic_ppm == 1000000)
        ek__lint_warn(lint, EK__RULE_PANIC_ALWAYS, "/selection/panicThreshold",
                      "with a panicThreshold of 100 %% one unhealthy endpoint is enough for panic");
}
