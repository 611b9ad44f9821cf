/* The weights that endpoints register with. */
#include "reports/html/report.h"

#include <jansson.h>

static uint64_t number(const json_t *group, const char *key)
{
    const json_t *value = json_object_get(group, key);
    json_int_t n = json_is_integer(value) ? json_integer_value(value) : 1;
    return n > 0 ? (uint64_t)n : 1;
}

/* The groups of endpoints follow each other in the order of their numbers. */
static size_t put_group(struct ek__run *run, const json_t *group, size_t first)
{
    uint64_t count = number(group, "count"), weight = number(group, "weight");
    for (uint64_t i = 0; i < count && first < run->endpoint_count; i++)
        run->weights[first++] = weight;
    return first;
}

void ek__weights_read(struct ek__run *run)
{
    json_t *scenario = json_loads(ek_replay_scenario_json(run->replay), 0, NULL);
    const json_t *groups = json_object_get(scenario, "endpoints");
    size_t first = 0;
    for (size_t e = 0; e < run->endpoint_count; e++)
        run->weights[e] = 1;
    if (json_is_object(groups))
        put_group(run, groups, 0);
    for (size_t i = 0; i < json_array_size(groups); i++)
        first = put_group(run, json_array_get(groups, i), first);
    json_decref(scenario);
}
