/* The published JSON Schema of scenario files, made from their tables. */
#include "sim/scenario/internal.h"

#include "evenkeel/resolver.h"

#include <stdio.h>
#include <string.h>

#define LIMIT_PATTERN "^[0-9]+(\\.[0-9]+)?(%|ns|us|ms|s|m|h)?$"

const struct ek_option *ek__row_fields(const struct ek_option *row)
{
    if (row->type == EK_OPTION_JSON && strcmp(row->name, "serviceConfig") == 0)
        return ek_service_config_options;
    if (row->type == EK_OPTION_JSON && strcmp(row->name, "consul") == 0) {
        const struct ek_resolver_ops *ops = ek_resolver_find("consul");
        return ops ? ops->options : NULL;
    }
    if (row->type == EK_OPTION_JSON && strcmp(row->name, "dns") == 0) {
        const struct ek_resolver_ops *ops = ek_resolver_find("dns");
        return ops ? ops->options : NULL;
    }
    return row->fields;
}

enum {
    DEFS_MAX = 64
};

/* Tables that are described once, under $defs. */
struct defs {
    json_t *json;
    const struct ek_option *tables[DEFS_MAX];
    char names[DEFS_MAX][48];
    size_t count;
};

static json_t *value_schema(struct defs *defs, const struct ek_option *row,
                            enum ek_option_type type);

static json_t *object_schema(struct defs *defs, const struct ek_option *table)
{
    json_t *properties = json_object(), *required = json_array();
    for (const struct ek_option *row = table; row && row->name; row++) {
        json_t *schema = value_schema(defs, row, row->type);
        json_t *fallback = row->fallback ? json_loads(row->fallback, JSON_DECODE_ANY, NULL) : NULL;
        if (row->text)
            json_object_set_new(schema, "description", json_string(row->text));
        if (fallback)
            json_object_set_new(schema, "default", fallback);
        json_object_set_new(properties, row->name, schema);
        if (row->required)
            json_array_append_new(required, json_string(row->name));
    }
    json_t *schema = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                               "additionalProperties", 0);
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    return schema;
}

/* ---- numbers and texts ---- */

static json_t *limit_json(enum ek_option_type type, int64_t value)
{
    if (type == EK_OPTION_DECIMAL && value % 1000 != 0)
        return json_real((double)value / 1000);
    return json_integer(type == EK_OPTION_DECIMAL ? value / 1000 : value);
}

static json_t *number_schema(const struct ek_option *row, enum ek_option_type type)
{
    json_t *schema = json_pack("{s:s}", "type", type == EK_OPTION_INTEGER ? "integer" : "number");
    json_object_set_new(schema, "minimum", limit_json(type, row->min));
    if (row->max > 0 && row->max < INT64_MAX)
        json_object_set_new(schema, "maximum", limit_json(type, row->max));
    return schema;
}

static json_t *text_schema(const struct ek_option *row, enum ek_option_type type)
{
    char pattern[320];
    ek_option_pattern(type, row->min, row->max, pattern, sizeof pattern);
    return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static json_t *string_schema(const struct ek_option *row)
{
    if (strcmp(row->name, "metric") == 0) {
        json_t *names = json_array();
        for (const struct ek_metric *m = ek_metric_all; m->name; m++)
            json_array_append_new(names, json_string(m->name));
        return json_pack("{s:o}", "enum", names);
    }
    /* What the reader refuses: controls, which a terminal would obey. */
    json_t *schema = json_pack("{s:s, s:s}", "type", "string", "pattern",
                               "^[^\\u0000-\\u001f\\u007f-\\u009f]*$");
    if (row->min > 0)
        json_object_set_new(schema, "minLength", json_integer(row->min));
    if (row->max > 0)
        json_object_set_new(schema, "maxLength", json_integer(row->max));
    return schema;
}

static json_t *word_schema(const struct ek_option *row)
{
    json_t *words = json_array();
    for (size_t i = 0; row->words[i]; i++)
        json_array_append_new(words, json_string(row->words[i]));
    return json_pack("{s:o}", "enum", words);
}

/* ---- lists and variants ---- */

static json_t *list_schema(struct defs *defs, const struct ek_option *row)
{
    struct ek_option item = *row;
    item.min = item.max = 0;
    json_t *many =
        json_pack("{s:s, s:o}", "type", "array", "items", value_schema(defs, &item, row->item));
    if (row->min > 0)
        json_object_set_new(many, "minItems", json_integer(row->min));
    json_object_set_new(many, "maxItems",
                        json_integer(row->count_max ? (json_int_t)row->count_max : 100000));
    if (row->min > 1)
        return many;
    return json_pack("{s:[o, o]}", "anyOf", value_schema(defs, &item, row->item), many);
}

static json_t *variant_schema(struct defs *defs, const struct ek_option *table)
{
    json_t *kinds = json_array();
    json_array_append_new(kinds, value_schema(defs, table, table->type));
    for (const struct ek_option *kind = table; kind->name; kind++) {
        json_t *value = value_schema(defs, kind, kind->type);
        if (kind->text)
            json_object_set_new(value, "description", json_string(kind->text));
        json_array_append_new(kinds, json_pack("{s:s, s:{s:o}, s:[s], s:b}", "type", "object",
                                               "properties", kind->name, value, "required",
                                               kind->name, "additionalProperties", 0));
    }
    return json_pack("{s:o}", "oneOf", kinds);
}

/* ---- shared parts ---- */

static bool is_taken(const struct defs *defs, const char *name)
{
    for (size_t i = 0; i < defs->count; i++)
        if (strcmp(defs->names[i], name) == 0)
            return true;
    return false;
}

/* A reference to the description of `table`, which is made at its first use and called `name`, or
 * "name2" when another table has that name. */
static json_t *shared_schema(struct defs *defs, const char *name, const struct ek_option *table,
                             bool is_variant)
{
    size_t i = 0;
    while (i < defs->count && (defs->tables[i] != table || !table))
        i++;
    if (i == defs->count) {
        EK_ASSERT(i < DEFS_MAX);
        char unique[48];
        snprintf(unique, sizeof unique, "%.40s", name);
        for (int number = 2; is_taken(defs, unique); number++)
            snprintf(unique, sizeof unique, "%.40s%d", name, number % 1000);
        defs->tables[i] = table;
        memcpy(defs->names[i], unique, sizeof unique);
        defs->count++;
        json_t *schema = is_variant ? variant_schema(defs, table) : object_schema(defs, table);
        json_object_set_new(defs->json, unique, schema);
    }
    char place[64];
    snprintf(place, sizeof place, "#/$defs/%s", defs->names[i]);
    return json_pack("{s:s}", "$ref", place);
}

/* ---- what other readers check ---- */

static void add_policy(struct defs *defs, json_t *properties, json_t *known, const char *name,
                       const struct ek_lb_ops *ops)
{
    json_t *schema = shared_schema(defs, ops->name, ops->options, false);
    json_object_set_new(schema, "description", json_string(ops->text ? ops->text : ops->name));
    json_object_set_new(properties, name, schema);
    json_array_append_new(known, json_pack("{s:[s]}", "required", name));
}

/* A list of one-key objects, one of them a known policy. */
static json_t *policies_schema(struct defs *defs)
{
    json_t *properties = json_object(), *known = json_array();
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops; ops++) {
        add_policy(defs, properties, known, (*ops)->name, *ops);
        for (const char *const *alias = (*ops)->aliases; alias && *alias; alias++)
            add_policy(defs, properties, known, *alias, *ops);
    }
    return json_pack("{s:s, s:i, s:{s:s, s:i, s:i, s:o}, s:{s:o}}", "type", "array", "minItems", 1,
                     "items", "type", "object", "minProperties", 1, "maxProperties", 1,
                     "properties", properties, "contains", "anyOf", known);
}

static json_t *free_schema(struct defs *defs, const struct ek_option *row)
{
    const struct ek_option *fields = ek__row_fields(row);
    if (fields) {
        if (strcmp(row->name, "consul") != 0 && strcmp(row->name, "dns") != 0)
            return shared_schema(defs, row->name, fields, false);
        json_t *schema = object_schema(defs, fields);
        json_object_del(schema, "required"); /* the service, and its name, are the scenario's */
        return schema;
    }
    if (strcmp(row->name, "loadBalancingConfig") == 0)
        return policies_schema(defs);
    if (strcmp(row->name, "retryableStatusCodes") == 0)
        return json_pack("{s:[s, s]}", "type", "string", "integer");
    if (strcmp(row->name, "min") == 0 || strcmp(row->name, "max") == 0 ||
        strcmp(row->name, "equals") == 0 || strcmp(row->name, "tolerance") == 0)
        return json_pack("{s:[s, s], s:s}", "type", "number", "string", "pattern", LIMIT_PATTERN);
    return json_object();
}

static json_t *value_schema(struct defs *defs, const struct ek_option *row,
                            enum ek_option_type type)
{
    switch (type) {
    case EK_OPTION_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case EK_OPTION_INTEGER:
    case EK_OPTION_DECIMAL:
        return number_schema(row, type);
    case EK_OPTION_DURATION:
    case EK_OPTION_SHARE:
    case EK_OPTION_RATE:
        return text_schema(row, type);
    case EK_OPTION_STRING:
        return string_schema(row);
    case EK_OPTION_WORD:
        return word_schema(row);
    case EK_OPTION_OBJECT:
        return shared_schema(defs, row->name, row->fields, false);
    case EK_OPTION_LIST:
        return list_schema(defs, row);
    case EK_OPTION_VARIANT:
        return shared_schema(defs, row->name, row->fields, true);
    case EK_OPTION_JSON:
        return free_schema(defs, row);
    }
    return NULL;
}

json_t *ek_scenario_schema(void)
{
    json_t *schema =
        json_pack("{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                  "title", "Evenkeel scenario", "description",
                  "What exists, what is offered, what breaks, what is expected.");
    struct defs defs = {.json = json_object()};
    json_t *object = object_schema(&defs, ek_scenario_options);
    json_t *properties = json_object_get(object, "properties");
    if (!schema || !properties || !defs.json) {
        json_decref(defs.json);
        json_decref(schema);
        json_decref(object);
        return NULL;
    }
    json_object_set_new(properties, "$schema",
                        json_pack("{s:s}", "description", "For editors; ignored."));
    json_object_update(schema, object);
    json_object_set_new(schema, "$defs", defs.json);
    json_decref(object);
    return schema;
}
