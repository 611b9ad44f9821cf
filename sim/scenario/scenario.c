/* A scenario from its text: parse, override, shape, meaning. */
#include "sim/scenario/internal.h"

#include "evenkeel/resolver.h"
#include "sim/scenario/position.h"
#include "sim/scenario/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_text(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

/* ---- shape ---- */

static void check_service_config(const json_t *json, const char *item, struct ek_errors *errors)
{
    struct ek_service_config config;
    char path[EK__PATH_SIZE];
    size_t before = errors->count;
    ek__path(path, "%.200s/serviceConfig", item);
    if (ek_service_config_read(json, path, &config, errors) == EK_OK)
        ek_service_config_deinit(&config);
    else if (errors->count == before)
        ek_errors_add(errors, path, false, "\"serviceConfig\": cannot be read");
}

/* `value` is what the simulator gives to the option `name` if the scenario does not. */
static void check_resolver(const char *resolver, json_t *json, const char *name, const char *value,
                           const char *item, struct ek_errors *errors)
{
    const struct ek_resolver_ops *ops = ek_resolver_find(resolver);
    EK_ASSERT(ops);
    void *self = calloc(1, ops->self_size);
    char path[EK__PATH_SIZE];
    ek__path(path, "%.180s/resolver/%s", item, resolver);
    if (value && json_is_object(json) && !json_object_get(json, name))
        json_object_set_new(json, name, json_string(value));
    if (self) {
        ek_option_read(ops->options, json, path, self, errors);
        ek_option_release(ops->options, self);
    } else {
        ek_errors_add(errors, path, false, "out of memory");
    }
    free(self);
}

void ek__check_client_configs(const struct ek_scenario *scenario, const json_t *json,
                              struct ek_errors *errors)
{
    const struct ek_client_group *groups = scenario->clients.items;
    char item[EK__PATH_SIZE];
    for (size_t i = 0; i < scenario->clients.count; i++) {
        ek__item_path(json, "clients", i, item);
        if (groups[i].service_config)
            check_service_config(groups[i].service_config, item, errors);
        if (groups[i].resolver.consul)
            check_resolver("consul", groups[i].resolver.consul, "service", scenario->service, item,
                           errors);
        if (groups[i].resolver.dns) {
            char target[280];
            snprintf(target, sizeof target, "%s:8080", scenario->service);
            check_resolver("dns", groups[i].resolver.dns, "target", target, item, errors);
        }
    }
}

/* ---- what the table cannot say ---- */

static void fill_lines(struct ek_scenario *scenario, const struct ek__origin *origin)
{
    struct ek_position_index index;
    size_t faults = scenario->faults.count, expectations = scenario->expect.count;
    int *lines = calloc(faults + expectations + 1, sizeof *lines);
    if (lines && faults + expectations > 0 &&
        ek_position_index_init(&index, origin->text, origin->size)) {
        size_t known = ek_position_item_lines(&index, "/faults", lines, faults);
        for (size_t i = 0; i < known; i++)
            ((struct ek_fault *)scenario->faults.items)[i].line = lines[i];
        known = ek_position_item_lines(&index, "/expect", lines, expectations);
        for (size_t i = 0; i < known; i++)
            ((struct ek_expectation *)scenario->expect.items)[i].line = lines[i];
        ek_position_index_deinit(&index);
    } else if (lines && faults + expectations > 0) {
        ek_position_index_deinit(&index);
    }
    free(lines);
}

static const json_t *list_item(const json_t *json, const char *list, size_t index)
{
    const json_t *items = json_object_get(json, list);
    return json_is_array(items) ? json_array_get(items, index) : items;
}

/* The default id of a fault is its number; the default name of the whole is its file's. */
static bool fill_names(struct ek_scenario *scenario, const json_t *json, const char *path)
{
    struct ek_fault *faults = scenario->faults.items;
    for (size_t i = 0; i < scenario->faults.count; i++) {
        char id[24];
        snprintf(id, sizeof id, "F%zu", i + 1);
        if (!faults[i].id)
            faults[i].id = copy_text(id, strlen(id));
        if (!faults[i].id)
            return false;
        faults[i].has_service = json_object_get(list_item(json, "faults", i), "service") != NULL;
        faults[i].has_pushback = json_object_get(list_item(json, "faults", i), "pushback") != NULL;
    }
    if (!scenario->name) {
        const char *slash = strrchr(path, '/'), *stem = slash ? slash + 1 : path;
        size_t length = strcspn(stem, ".");
        scenario->name = copy_text(length > 0 ? stem : "scenario", length > 0 ? length : 8);
    }
    scenario->path = copy_text(path, strlen(path));
    return scenario->name && scenario->path;
}

static void cut(struct ek_scenario *scenario, const struct ek_scenario_overrides *overrides)
{
    if (!overrides || overrides->until_ns <= 0 || overrides->until_ns >= scenario->duration_ns)
        return;
    char text[32];
    scenario->duration_ns = overrides->until_ns;
    snprintf(text, sizeof text, "%" PRId64 "ns", overrides->until_ns);
    json_object_set_new(scenario->json, "duration", json_string(text));
}

/* ---- the reading ---- */

static struct ek_scenario *build(json_t *json, struct ek__origin *origin, struct ek__report *report)
{
    struct ek_errors errors = {0};
    struct ek_scenario *scenario = calloc(1, sizeof *scenario);
    if (!scenario) {
        ek__report_line(report, "%s: error: out of memory", origin->path);
        return NULL;
    }
    scenario->json = json_incref(json);
    ek_option_read(ek_scenario_options, json, "", scenario, &errors);
    bool is_whole = errors.count == 0; /* otherwise one mistake would be told in many ways */
    ek__check_client_configs(scenario, json, &errors);
    if (is_whole && fill_names(scenario, json, origin->path))
        ek__check_meaning(scenario, json, &errors);
    else if (is_whole)
        ek_errors_add(&errors, "", false, "out of memory");
    if (errors.count > 0) {
        ek__report_errors(report, origin, EK_SEVERITY_ERROR, &errors);
        ek_scenario_free(scenario);
        return NULL;
    }
    fill_lines(scenario, origin);
    cut(scenario, origin->overrides);
    return scenario;
}

struct ek_scenario *ek__scenario_read(struct ek__origin *origin, struct ek__report *report)
{
    if (origin->size > EK__SCENARIO_SIZE_MAX) {
        ek__report_line(report, "%s: error: the file has %zu bytes; a scenario has at most %d MiB",
                        origin->path, origin->size, EK__SCENARIO_SIZE_MAX / 1024 / 1024);
        return NULL;
    }
    json_error_t error;
    json_t *json = json_loadb(origin->text, origin->size, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        ek__report_syntax(report, origin, &error);
        return NULL;
    }
    struct ek_scenario *scenario = NULL;
    if (!json_is_object(json)) {
        struct ek_errors errors = {0};
        ek_errors_add_as(&errors, EK__RULE_SHAPE, "", false,
                         "a scenario is an object, {...}, not a list");
        ek__report_errors(report, origin, EK_SEVERITY_ERROR, &errors);
    } else {
        json_object_del(json, "$schema"); /* for editors */
        if (ek__override(json, origin, report))
            scenario = build(json, origin, report);
    }
    json_decref(json);
    return scenario;
}

struct ek_scenario *ek_scenario_read(const char *path, const char *text, size_t size,
                                     const struct ek_scenario_overrides *overrides, char *report,
                                     size_t report_size)
{
    struct ek__report out = {.out = report, .size = report_size};
    struct ek__origin origin = {.path = path, .text = text, .size = size, .overrides = overrides};
    EK_ASSERT(report_size > 0);
    report[0] = '\0';
    struct ek_scenario *scenario = ek__scenario_read(&origin, &out);
    free(origin.set_pointers);
    return scenario;
}

void ek_scenario_free(struct ek_scenario *scenario)
{
    if (!scenario)
        return;
    ek_option_release(ek_scenario_options, scenario);
    json_decref(scenario->json);
    free(scenario->path);
    free(scenario);
}
