/* Reading a file of either kind for the sake of what is to be said against it. */
#include "sim/scenario/examine.h"

#include "sim/scenario/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which of the two it is ---- */

static bool has_row(const struct ek_option *table, const char *key)
{
    const char *names[64];
    size_t count = 0;
    if (ek_option_find(table, key))
        return true;
    for (; table->name && count < 63; table++)
        names[count++] = table->name;
    names[count] = NULL;
    return ek_suggest(key, names) != NULL;
}

/* Keys of a scenario outweigh those of a service config. Mistyped ones count, where no other does;
 * what has neither is taken for a scenario. */
static bool is_service_config(const json_t *json)
{
    size_t exact[2] = {0}, near[2] = {0};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        exact[0] += ek_option_find(ek_scenario_options, key) != NULL;
        exact[1] += ek_option_find(ek_service_config_options, key) != NULL ||
                    strcmp(key, "connectionScaling") == 0;
        near[0] += has_row(ek_scenario_options, key);
        near[1] += has_row(ek_service_config_options, key);
    }
    if (exact[0] + exact[1] > 0)
        return exact[1] > exact[0];
    return near[1] > near[0];
}

/* ---- the reading ---- */

static void examine_config(json_t *json, struct ek__origin *origin,
                           const struct ek_lint_facts *facts, struct ek__report *report)
{
    struct ek_errors errors = {0}, warnings = {0};
    const struct ek_scenario_overrides *o = origin->overrides;
    if (o && (o->policy || o->seed)) {
        ek__report_line(report, "--%s: error: %s is a service config, not a scenario",
                        o->policy ? "policy" : "seed", origin->path);
        return;
    }
    if (!ek__override(json, origin, report))
        return;
    if (ek_lint(json, "", facts, &errors, &warnings) != EK_OK && errors.count == 0)
        ek_errors_add(&errors, "", false, "out of memory");
    ek__report_errors(report, origin, EK_SEVERITY_ERROR, &errors);
    ek__report_errors(report, origin, EK_SEVERITY_WARNING, &warnings);
}

static struct ek_scenario *examine_scenario(struct ek__origin *origin, int64_t layers,
                                            struct ek__report *report)
{
    struct ek_errors warnings = {0};
    struct ek_scenario *scenario = ek__scenario_read(origin, report);
    if (scenario) {
        ek__lint_scenario(scenario, scenario->json, layers, &warnings);
        ek__report_errors(report, origin, EK_SEVERITY_WARNING, &warnings);
    }
    return scenario;
}

bool ek_examine(const char *name_or_path, const struct ek_scenario_overrides *overrides,
                const struct ek_lint_facts *facts, char *report, size_t report_size,
                struct ek_examined *out)
{
    *out = (struct ek_examined){.findings = json_array()};
    struct ek__report lines = {.out = report, .size = report_size, .findings = out->findings};
    struct ek__origin origin = {.overrides = overrides};
    char found[EK__FOUND_SIZE];
    EK_ASSERT(report_size > 0);
    report[0] = '\0';
    char *text = ek__scenario_text(name_or_path, &lines, &origin.size, found);
    if (text) {
        json_t *json = json_loadb(text, origin.size, JSON_REJECT_DUPLICATES, NULL);
        origin.path = found;
        origin.text = text;
        out->is_service_config = json_is_object(json) && is_service_config(json);
        if (out->is_service_config)
            examine_config(json, &origin, facts, &lines);
        else
            out->scenario = examine_scenario(&origin, facts->layers, &lines);
        json_decref(json);
        free(origin.set_pointers);
    }
    free(text);
    out->errors = lines.errors;
    out->warnings = lines.warnings;
    return lines.errors == 0;
}

void ek_examined_deinit(struct ek_examined *examined)
{
    ek_scenario_free(examined->scenario);
    json_decref(examined->findings);
    *examined = (struct ek_examined){0};
}

const struct ek_rule *ek_rule_named(const char *text)
{
    bool has_prefix = (text[0] == 'E' || text[0] == 'e') && (text[1] == 'K' || text[1] == 'k');
    const char *digits = has_prefix ? text + 2 : text;
    size_t length = strlen(digits);
    if (length == 0 || length > 4 || strspn(digits, "0123456789") != length)
        return NULL;
    int number = (int)strtol(digits, NULL, 10);
    const struct ek_rule *rule = number > 0 ? ek_rule_find(ek_rule_all, number) : NULL;
    return rule || number == 0 ? rule : ek_rule_find(ek_scenario_rules, number);
}
