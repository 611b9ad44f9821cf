/* The metrics an expectation may name. */
#include "reports/recording/expect.h"

#include "evenkeel/option.h"
#include "reports/recording/metric.h"

#include <stdio.h>
#include <string.h>

const struct ek_metric ek_metric_all[] = {
#define ROW(NAME, name, unit, needs, text) {name, EK_UNIT_##unit, needs, text},
    EK__METRIC_LIST(ROW)
#undef ROW
        {NULL, EK_UNIT_COUNT, NULL, NULL},
};

const struct ek_metric *ek_metric_find(const char *name)
{
    for (const struct ek_metric *metric = ek_metric_all; metric->name != NULL; metric++)
        if (name != NULL && strcmp(metric->name, name) == 0)
            return metric;
    return NULL;
}

bool ek_metric_limit(const struct ek_metric *metric, const json_t *json, int64_t *out, char *why,
                     size_t why_size)
{
    static const enum ek_option_type types[] = {
        [EK_UNIT_COUNT] = EK_OPTION_INTEGER,
        [EK_UNIT_SHARE] = EK_OPTION_SHARE,
        [EK_UNIT_DURATION] = EK_OPTION_DURATION,
        [EK_UNIT_RATIO] = EK_OPTION_DECIMAL,
    };
    char reason[256] = "";
    if (ek_option_scalar(types[metric->unit], json, out, reason, sizeof reason))
        return true;
    snprintf(why, why_size, "%s", reason);
    return false;
}
