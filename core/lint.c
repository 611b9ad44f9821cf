/* Looking for nonsense in a service config that is valid. */
#include "core/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ek__lint_warn(struct ek__lint *lint, enum ek__rule rule, const char *place, const char *format,
                   ...)
{
    char path[EK__LINT_PATH_SIZE], text[sizeof((struct ek_error){0}.text)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(path, sizeof path, "%s%s", lint->path, place);
    ek_errors_add_as(lint->warnings, (int)rule, path, false, "%s", text);
}

static int64_t word_index(const char *const *words, const char *word)
{
    for (int64_t i = 0; word != NULL && words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return 0;
}

static int64_t value_of(const struct ek_option *row, const json_t *json)
{
    char why[224];
    int64_t value = 0;

    if (row->type == EK_OPTION_WORD)
        return word_index(row->words, json_string_value(json));
    if (json == NULL || !ek_option_scalar(row->type, json, &value, why, sizeof why))
        return 0;
    return value;
}

int64_t ek__lint_value(const struct ek_option *table, const json_t *object, const char *name)
{
    const struct ek_option *row = ek_option_find(table, name);
    const json_t *json = json_object_get(object, name);

    EK_ASSERT(row != NULL);
    if (json != NULL && !json_is_null(json))
        return value_of(row, json);
    json_t *fallback =
        row->fallback != NULL ? json_loads(row->fallback, JSON_DECODE_ANY, NULL) : NULL;
    int64_t value = value_of(row, fallback);
    json_decref(fallback);
    return value;
}

/* What a resolver that may not have such a row says or takes by default. */
static bool says(const struct ek_resolver_ops *resolver, const json_t *options, const char *name,
                 const char *word)
{
    const struct ek_option *row = ek_option_find(resolver->options, name);

    return row != NULL &&
           strcmp(row->words[ek__lint_value(resolver->options, options, name)], word) == 0;
}

void ek_lint_resolver(const struct ek_resolver_ops *resolver, const json_t *options,
                      const char *path, struct ek_errors *warnings)
{
    char place[EK__LINT_PATH_SIZE + 16], first[32], second[32];
    int64_t wait_ns, age_ns;

    if (says(resolver, options, "empty", "trust")) {
        snprintf(place, sizeof place, "%s/empty", path);
        ek_errors_add_as(warnings, EK__RULE_EMPTY_TRUSTED, place, false,
                         "an empty list that a registry answers by mistake takes every endpoint "
                         "away");
    }
    if (!says(resolver, options, "onViewAge", "tell") || !says(resolver, options, "mode", "watch"))
        return;
    wait_ns = ek__lint_value(resolver->options, options, "wait");
    age_ns = ek__lint_value(resolver->options, options, "maxViewAge");
    if (age_ns == 0 || age_ns > wait_ns + wait_ns / 16)
        return;
    snprintf(place, sizeof place, "%s/maxViewAge", path);
    ek_errors_add_as(warnings, EK__RULE_VIEW_AGE, place, false,
                     "a list counts as old after %s, and a registry without news answers after %s",
                     ek_duration_text(age_ns, first, sizeof first),
                     ek_duration_text(wait_ns, second, sizeof second));
}

enum ek_err ek_lint(const json_t *json, const char *path, const struct ek_lint_facts *facts,
                    struct ek_errors *errors, struct ek_errors *warnings)
{
    struct ek_service_config config;
    struct ek__lint lint = {json, path, &config, *facts, warnings};
    enum ek_err err = ek_service_config_read(json, path, &config, errors);

    if (err != EK_OK)
        return err;
    if (lint.facts.layers <= 0)
        lint.facts.layers = 2;
    ek__lint_policy(&lint);
    ek__lint_calls(&lint);
    ek__lint_outlier(&lint);
    ek__lint_guards(&lint);
    ek__lint_selection(&lint);
    ek_service_config_deinit(&config);
    return EK_OK;
}
