/* What the recorded scenario says about one client. */
#include "reports/explain/config.h"

#include "evenkeel/status.h"

#include <stdio.h>
#include <string.h>

static uint64_t count_of(const json_t *group)
{
    const json_t *count = json_object_get(group, "count");
    json_int_t value = json_is_integer(count) ? json_integer_value(count) : 1;
    return value > 0 ? (uint64_t)value : 0;
}

static void find_group(struct ek__config *config, uint32_t client)
{
    const json_t *clients = json_object_get(config->scenario, "clients");
    if (json_is_object(clients)) {
        config->group = clients;
        config->is_only_group = true;
        return;
    }
    uint64_t first = 0;
    for (size_t i = 0; i < json_array_size(clients); i++) {
        const json_t *group = json_array_get(clients, i);
        first += count_of(group);
        if (client < first) {
            config->group = group;
            config->group_index = i;
            return;
        }
    }
}

/* Calls of a simulation name no method, so the entry named {} is theirs. */
static const json_t *default_method(const json_t *service)
{
    const json_t *methods = json_object_get(service, "methodConfig");
    for (size_t i = 0; i < json_array_size(methods); i++) {
        const json_t *entry = json_array_get(methods, i), *names = json_object_get(entry, "name");
        for (size_t k = 0; k < json_array_size(names); k++) {
            const json_t *name = json_array_get(names, k);
            if (json_is_object(name) && json_object_size(name) == 0)
                return entry;
        }
    }
    return NULL;
}

void ek__config_read(struct ek__config *config, const struct ek_replay *replay, uint32_t client)
{
    *config = (struct ek__config){
        .scenario = json_loads(ek_replay_scenario_json(replay), 0, NULL),
    };
    find_group(config, client);
    const json_t *resolver = json_object_get(config->group, "resolver");
    config->service = json_object_get(config->group, "serviceConfig");
    config->method = default_method(config->service);
    config->retry = json_object_get(config->method, "retryPolicy");
    config->outlier = json_object_get(config->service, "outlierDetection");
    config->connection = json_object_get(config->service, "connection");
    config->resolver_consul = json_object_get(resolver, "consul");
    config->is_static = json_object_get(resolver, "static") != NULL;
}

void ek__config_deinit(struct ek__config *config)
{
    json_decref(config->scenario);
    *config = (struct ek__config){.scenario = NULL};
}

const char *ek__config_pointer(const struct ek__config *config, const char *rest, char *out,
                               size_t size)
{
    if (config->is_only_group)
        snprintf(out, size, "/clients/%s", rest);
    else
        snprintf(out, size, "/clients/%zu/%s", config->group_index, rest);
    return out;
}

bool ek__config_retries(const struct ek__config *config, int status)
{
    const json_t *codes = json_object_get(config->retry, "retryableStatusCodes");
    for (size_t i = 0; i < json_array_size(codes); i++) {
        const json_t *code = json_array_get(codes, i);
        enum ek_status wanted;
        if (json_is_integer(code) && json_integer_value(code) == status)
            return true;
        if (json_is_string(code) && ek_status_parse(json_string_value(code), &wanted) &&
            (int)wanted == status)
            return true;
    }
    return false;
}

const char *ek__config_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}
