/* Reading gRPC's service config. */
#include "evenkeel/service_config.h"

#include "core/guard_config.h"
#include "core/lb/registry.h"
#include "core/lint_rules.h"
#include "core/method_config.h"
#include "core/selection.h"
#include "evenkeel/mem.h"
#include "evenkeel/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_SIZE = sizeof((struct ek_error){0}.path)
};

/* ---- the document, field by field ---- */

struct raw_config {
    json_t *lb;
    char *old_policy;
    struct ek_list methods; /* of struct ek__raw_method */
    struct ek_retry_throttling throttling;
    struct ek_outlier_config outlier;
    struct ek_connection_config connection;
    struct ek_selection_config selection;
    struct ek__raw_guards guards;
};

#define AT(type, field) .offset = offsetof(struct type, field)

static const struct ek_option throttling_options[] = {
    {.name = "maxTokens",
     .type = EK_OPTION_DECIMAL,
     AT(ek_retry_throttling, tokens_max),
     .required = true,
     .min = 1000,
     .max = 1000000,
     .text = "Size of the bucket. A failed attempt takes one token; retries need more than half."},
    {.name = "tokenRatio",
     .type = EK_OPTION_DECIMAL,
     AT(ek_retry_throttling, token_ratio),
     .required = true,
     .min = 1,
     .max = 1000000,
     .text = "Tokens that a success puts back; three decimals count."},
    {0},
};

const struct ek_option ek_service_config_options[] = {
    {.name = "loadBalancingConfig",
     .type = EK_OPTION_JSON,
     AT(raw_config, lb),
     .text = "Policies in order of preference, [{\"name\": {options}}]; the first known one is "
             "taken. Absent: pick_first."},
    {.name = "loadBalancingPolicy",
     .type = EK_OPTION_STRING,
     AT(raw_config, old_policy),
     .min = 1,
     .text =
         "gRPC's older way to name a policy, in any case; loadBalancingConfig counts before it. "
         "Dialect \"grpc-go\" takes pick_first for a name that it does not know."},
    {.name = "methodConfig",
     .type = EK_OPTION_LIST,
     AT(raw_config, methods),
     .fields = ek__method_options,
     .item = EK_OPTION_OBJECT,
     .item_size = sizeof(struct ek__raw_method),
     .text = "Settings per method."},
    {.name = "retryThrottling",
     .type = EK_OPTION_OBJECT,
     AT(raw_config, throttling),
     .fields = throttling_options,
     .text = "Stops retries of the whole channel while too many attempts fail; absent: no limit."},
    {.name = "outlierDetection",
     .type = EK_OPTION_OBJECT,
     AT(raw_config, outlier),
     .fields = ek__outlier_options,
     .text = "Keeps calls away from endpoints that fail; absent: off."},
    {.name = "connection",
     .type = EK_OPTION_OBJECT,
     AT(raw_config, connection),
     .fields = ek__connection_options,
     .text = "How connections are made and kept."},
    {.name = "selection",
     .type = EK_OPTION_OBJECT,
     AT(raw_config, selection),
     .fields = ek__selection_options,
     .text = "Which of the endpoints a call chooses from."},
    {.name = "dialect",
     .type = EK_OPTION_WORD,
     AT(raw_config, guards.dialect),
     .fallback = "\"grpc\"",
     .words = ek__dialect_words,
     .text = "Whose rules hold where peers differ: ejection limits, defaults of enforcement, "
             "pushbacks, transparent retries, connection backoff and order. grpc: the written "
             "proposals."},
    {.name = "retryBudget",
     .type = EK_OPTION_OBJECT,
     AT(raw_config, guards.budget),
     .fields = ek__budget_options,
     .text = "Bounds the retries and hedges of the whole channel; absent: no bound."},
    {.name = "circuitBreakers",
     .type = EK_OPTION_OBJECT,
     AT(raw_config, guards.limits),
     .fields = ek__limits_options,
     .text = "Limits beyond which calls fail at once; absent: none."},
    {.name = "adaptiveThrottling",
     .type = EK_OPTION_OBJECT,
     AT(raw_config, guards.adaptive),
     .fields = ek__adaptive_options,
     .text = "Rejects calls in the client while too many are refused by servers; absent: off."},
    {.name = "healthCheck",
     .type = EK_OPTION_OBJECT,
     AT(raw_config, guards.health),
     .fields = ek__health_options,
     .text = "Probes endpoints, and keeps calls away from those that fail them; absent: off. "
             "Without effect on pick_first."},
    {.name = "healthCheckConfig",
     .type = EK_OPTION_OBJECT,
     AT(raw_config, guards.watched),
     .fields = ek__watch_options,
     .text = "gRPC's health checks: one stream per connection. Without effect on pick_first."},
    {.name = "slowStart",
     .type = EK_OPTION_OBJECT,
     AT(raw_config, guards.slow_start),
     .fields = ek__slow_start_options,
     .text = "Lets the weight of a new endpoint grow; absent: off. It is for policies that look at "
             "weights, which are shown to them in thousandths."},
    {0},
};

/* Appends one reference token to a JSON Pointer; what does not fit is cut. */
static void key_path(char *out, const char *path, const char *key)
{
    size_t used = strlen(path);

    snprintf(out, PATH_SIZE, "%s/", path);
    for (used++; *key != '\0' && used + 2 < PATH_SIZE; key++) {
        if (*key == '~' || *key == '/') {
            out[used++] = '~';
            out[used++] = *key == '~' ? '0' : '1';
        } else {
            out[used++] = *key;
        }
    }
    if (used < PATH_SIZE)
        out[used] = '\0';
}

/* A name of null is no name, as in proto3 JSON. */
static void drop_null_names(json_t *json)
{
    json_t *methods = json_object_get(json, "methodConfig");

    for (size_t i = 0; i < json_array_size(methods); i++) {
        json_t *names = json_object_get(json_array_get(methods, i), "name");

        for (size_t j = 0; j < json_array_size(names); j++) {
            json_t *name = json_array_get(names, j);

            if (json_is_null(json_object_get(name, "service")))
                json_object_del(name, "service");
            if (json_is_null(json_object_get(name, "method")))
                json_object_del(name, "method");
        }
    }
}

/* gRPC A105; taken out of `json`, so that it is complained about once. */
static void refuse_scaling(json_t *json, const char *path, struct ek_errors *errors)
{
    char child[PATH_SIZE];

    if (json_object_get(json, "connectionScaling") == NULL)
        return;
    key_path(child, path, "connectionScaling");
    ek_errors_add_as(errors, EK__RULE_UNSUPPORTED, child, true,
                     "\"connectionScaling\" is not supported: every endpoint has one connection");
    json_object_del(json, "connectionScaling");
}

/* ---- the policy ---- */

static const char outlier_policy[] = "outlier_detection_experimental";

static enum ek_err read_policy(const json_t *list, const char *path, const char *member,
                               struct ek_service_config *out, struct ek_errors *errors);

/* gRPC's policy that wraps another. Here it says what "outlierDetection" says. */
static enum ek_err read_wrapper(const json_t *json, const char *place,
                                struct ek_service_config *out, struct ek_errors *errors)
{
    struct ek__raw_outlier_policy raw = {0};
    size_t complaints = errors->count;
    enum ek_err err;

    ek_option_read(ek__outlier_policy_options, json, place, &raw, errors);
    if (ek__outlier_is_configured(&out->outlier))
        ek_errors_add(errors, place, true,
                      "outliers are looked for already, by outlierDetection or a policy around "
                      "this one");
    if (errors->count == complaints)
        ek__outlier_config_complete(json, place, (enum ek_dialect)out->dialect, &raw.outlier,
                                    errors);
    out->outlier = raw.outlier;
    err = errors->count > complaints ? EK_EINVAL
                                     : read_policy(raw.child, place, "childPolicy", out, errors);
    json_decref(raw.child);
    return err;
}

/* The first known one wins. */
static enum ek_err read_entry(const char *name, json_t *options, const char *place,
                              struct ek_service_config *out, struct ek_errors *errors)
{
    if (strcmp(name, outlier_policy) == 0)
        return read_wrapper(options, place, out, errors);
    out->lb = ek_lb_find(name);
    if (out->lb == NULL)
        return EK_ENOTFOUND;
    out->lb_options = json_incref(options);
    return ek__lb_check(out->lb, out->lb_options, place, errors);
}

static enum ek_err read_policy(const json_t *list, const char *path, const char *member,
                               struct ek_service_config *out, struct ek_errors *errors)
{
    size_t complaints = errors->count, count = json_array_size(list);
    char child[PATH_SIZE], place[PATH_SIZE];
    bool is_found = false;

    if (!json_is_array(list) || count == 0) {
        snprintf(child, sizeof child, "%s/%s", path, member);
        ek_errors_add_as(errors, EK__RULE_FORM, child, false,
                         "\"%s\": expected a list such as [{\"round_robin\": {}}]", member);
        return EK_EINVAL;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *entry = json_array_get(list, i);
        const char *name = json_object_iter_key(json_object_iter(entry));

        snprintf(child, sizeof child, "%s/%s/%zu", path, member, i);
        if (json_object_size(entry) != 1 || name == NULL) {
            ek_errors_add_as(errors, EK__RULE_FORM, child, false,
                             "expected an object with one member, such as {\"round_robin\": {}}");
        } else if (!is_found) {
            enum ek_err err;

            key_path(place, child, name);
            err = read_entry(name, json_object_get(entry, name), place, out, errors);
            if (err == EK_ENOMEM)
                return err;
            is_found = err != EK_ENOTFOUND;
        }
    }
    for (size_t i = 0; i < count && !is_found; i++) {
        json_t *entry = json_array_get(list, i);
        const char *name = json_object_iter_key(json_object_iter(entry));

        if (json_object_size(entry) != 1)
            continue;
        snprintf(child, sizeof child, "%s/%s/%zu", path, member, i);
        key_path(place, child, name);
        ek__lb_complain(name, place, true, errors);
    }
    return errors->count > complaints ? EK_EINVAL : EK_OK;
}

/* A policy without options: by the name of loadBalancingPolicy, in any case (A24), or pick_first.
 */
static enum ek_err read_named(const char *name, const char *path, struct ek_service_config *out,
                              struct ek_errors *errors)
{
    char lower[64], child[PATH_SIZE];

    snprintf(lower, sizeof lower, "%s", name != NULL ? name : "pick_first");
    for (char *c = lower; *c != '\0'; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    out->lb = ek_lb_find(lower);
    if (out->lb == NULL && out->dialect == EK_DIALECT_GRPC_GO)
        out->lb = ek_lb_find("pick_first");
    out->lb_options = json_object();
    if (out->lb_options == NULL)
        return EK_ENOMEM;
    key_path(child, path, "loadBalancingPolicy");
    if (out->lb == NULL) {
        ek__lb_complain(name, child, false, errors);
        return EK_EINVAL;
    }
    return ek__lb_check(out->lb, out->lb_options, child, errors);
}

/* ---- the whole ---- */

/* What depends on more than one value. */
static void complete(const json_t *json, const char *path, struct raw_config *raw,
                     struct ek_service_config *out, struct ek_errors *errors)
{
    int64_t *delay_ns = &out->connection.attempt_delay_ns;
    char child[PATH_SIZE];

    ek__guards_complete(json, path, &raw->guards, out, errors);
    snprintf(child, sizeof child, "%s/outlierDetection", path);
    ek__outlier_config_complete(json_object_get(json, "outlierDetection"), child,
                                (enum ek_dialect)out->dialect, &out->outlier, errors);
    if (*delay_ns > 0) /* A61's range */
        *delay_ns = *delay_ns < 100 * EK_MS ? 100 * EK_MS
                    : *delay_ns > 2 * EK_S  ? 2 * EK_S
                                            : *delay_ns;
    if (out->connection.idle_timeout_ns > 0 && out->connection.idle_timeout_ns < EK_S)
        out->connection.idle_timeout_ns = EK_S;
}

static enum ek_err read_all(json_t *json, const char *path, struct raw_config *raw,
                            struct ek_service_config *out, struct ek_errors *errors)
{
    size_t complaints = errors->count;

    drop_null_names(json);
    refuse_scaling(json, path, errors);
    ek_option_read(ek_service_config_options, json, path, raw, errors);
    out->throttling = raw->throttling;
    out->outlier = raw->outlier;
    out->connection = raw->connection;
    out->selection = raw->selection; /* its lists move along */
    raw->selection = (struct ek_selection_config){0};
    ek__selection_check(&out->selection, path, errors);
    complete(json, path, raw, out, errors);

    enum ek_err err = ek__methods_read(&raw->methods, path, out, errors);
    if (err != EK_OK)
        return err;
    err = raw->lb != NULL ? read_policy(raw->lb, path, "loadBalancingConfig", out, errors)
                          : read_named(raw->old_policy, path, out, errors);
    if (err == EK_ENOMEM)
        return err;
    return errors->count > complaints ? EK_EINVAL : EK_OK;
}

enum ek_err ek_service_config_read(const json_t *json, const char *path,
                                   struct ek_service_config *out, struct ek_errors *errors)
{
    json_t *copy = json != NULL ? json_deep_copy(json) : json_object();
    struct raw_config raw = {0};

    *out = (struct ek_service_config){0};
    if (copy == NULL)
        return EK_ENOMEM;
    enum ek_err err = read_all(copy, path, &raw, out, errors);
    ek_option_release(ek_service_config_options, &raw);
    json_decref(copy);
    if (err != EK_OK)
        ek_service_config_deinit(out);
    return err;
}

void ek_service_config_deinit(struct ek_service_config *config)
{
    for (size_t i = 0; i < config->method_count; i++) {
        ek_mem_free(&ek_mem_libc, config->methods[i].service);
        ek_mem_free(&ek_mem_libc, config->methods[i].method);
    }
    ek_mem_free(&ek_mem_libc, config->methods);
    json_decref(config->lb_options);
    ek_option_release(ek__selection_options, &config->selection);
    ek_mem_free(&ek_mem_libc, config->health.target);
    *config = (struct ek_service_config){0};
}

/* ---- another policy ---- */

/* "5" and "true" as JSON, "5s" as text. */
static json_t *option_value(const char *text, size_t size)
{
    json_t *json = json_loadb(text, size, JSON_DECODE_ANY, NULL);

    if (json_is_number(json) || json_is_boolean(json))
        return json;
    json_decref(json);
    return json_stringn(text, size);
}

/* Adds the members of "key=value,key=value" to `options`. */
static enum ek_err read_pairs(const char *text, json_t *options, struct ek_errors *errors)
{
    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        const char *equals = memchr(text, '=', size);
        if (equals == NULL || equals == text) {
            ek_errors_add(errors, "", false, "expected key=value, found \"%.*s\"",
                          (int)(size < 48 ? size : 48), text);
            return EK_EINVAL;
        }
        size_t key_size = (size_t)(equals - text);
        json_t *value = option_value(equals + 1, size - key_size - 1);
        if (json_object_setn_new(options, text, key_size, value) != 0)
            return EK_EINVAL;
        text += size + (text[size] == ',');
    }
    return EK_OK;
}

enum ek_err ek_service_config_set_policy(struct ek_service_config *config, const char *spec,
                                         struct ek_errors *errors)
{
    size_t name_size = strcspn(spec, ",");
    json_t *name = json_stringn(spec, name_size), *options = json_object();
    const struct ek_lb_ops *ops = NULL;
    enum ek_err err = EK_EINVAL;

    if (name == NULL || options == NULL) {
        ek_errors_add(errors, "", false, "a policy's name must be UTF-8 text");
        goto out;
    }
    ops = ek_lb_find(json_string_value(name));
    if (ops == NULL) {
        ek__lb_complain(json_string_value(name), "", false, errors);
        goto out;
    }
    err = read_pairs(spec + name_size + (spec[name_size] == ','), options, errors);
    if (err == EK_OK)
        err = ek__lb_check(ops, options, "", errors);
    if (err == EK_OK) {
        json_decref(config->lb_options);
        config->lb = ops;
        config->lb_options = json_incref(options);
    }
out:
    json_decref(options);
    json_decref(name);
    return err;
}
