/* Changes to a scenario from the command line. */
#include "sim/scenario/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- --set /json/pointer=value ---- */

/* Walks along a pointer and makes what is missing. */
struct walk {
    json_t *at;
    char *effective; /* EK__PATH_SIZE: the pointer so far, as errors will name it */
    char why[224];
};

static void add_token(struct walk *walk, const char *token)
{
    size_t used = strlen(walk->effective);
    snprintf(walk->effective + used, EK__PATH_SIZE - used, "/%s", token);
}

/* Decodes ~0 and ~1. */
static void decode(const char *token, char *out)
{
    for (; *token; token++) {
        if (token[0] == '~' && (token[1] == '0' || token[1] == '1'))
            *out++ = *++token == '1' ? '/' : '~';
        else
            *out++ = *token;
    }
    *out = '\0';
}

/* The index that `token` names in `list`; its size for "-". */
static bool list_index(struct walk *walk, const char *token, size_t *out)
{
    size_t size = json_array_size(walk->at), index = 0;
    if (strcmp(token, "-") == 0) {
        *out = size;
        return true;
    }
    for (const char *c = token; *c; c++) {
        if (*c < '0' || *c > '9') {
            snprintf(walk->why, sizeof walk->why,
                     "\"%.80s\" is a list; a number from 0 or \"-\" must follow, not \"%.32s\"",
                     walk->effective, token);
            return false;
        }
        if (index <= size)
            index = index * 10 + (size_t)(*c - '0');
    }
    if (index >= size || !token[0]) {
        snprintf(walk->why, sizeof walk->why, "\"%.80s\" has no item %.32s; it has %zu",
                 walk->effective, token, size);
        return false;
    }
    *out = index;
    return true;
}

/* Puts `value` (a reference that is taken) at `token`, or goes there when `value` is NULL. */
static bool step(struct walk *walk, const char *token, json_t *value)
{
    char number[24], plain[EK__PATH_SIZE];
    if (json_is_array(walk->at)) {
        size_t index;
        if (!list_index(walk, token, &index)) {
            json_decref(value);
            return false;
        }
        snprintf(number, sizeof number, "%zu", index);
        add_token(walk, number);
        if (index == json_array_size(walk->at))
            json_array_append_new(walk->at, value ? value : json_object());
        else if (value)
            json_array_set_new(walk->at, index, value);
        walk->at = json_array_get(walk->at, index);
        return walk->at != NULL;
    }
    if (!json_is_object(walk->at)) {
        snprintf(walk->why, sizeof walk->why, "\"%.80s\" is neither an object nor a list",
                 walk->effective);
        json_decref(value);
        return false;
    }
    decode(token, plain);
    json_t *child = json_object_get(walk->at, plain);
    if (!value && !child && strcmp(token, "0") == 0)
        return true; /* a lone item without brackets is its own first */
    add_token(walk, token);
    if (value)
        json_object_set_new(walk->at, plain, value);
    else if (!child || json_is_null(child))
        json_object_set_new(walk->at, plain, json_object());
    walk->at = json_object_get(walk->at, plain);
    if (!walk->at)
        snprintf(walk->why, sizeof walk->why, "cannot make \"%.80s\"", walk->effective);
    return walk->at != NULL;
}

static json_t *parse_value(const char *text, char *why, size_t why_size)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (value)
        return value;
    if (strchr("{[\"", text[0]) && text[0]) {
        snprintf(why, why_size, "the value is not JSON: %s", error.text);
        return NULL;
    }
    value = json_string(text);
    if (!value)
        snprintf(why, why_size, "the value is not UTF-8");
    return value;
}

static bool apply_set(json_t *json, const char *set, char effective[EK__PATH_SIZE], char *why,
                      size_t why_size)
{
    const char *equals = strchr(set, '=');
    size_t length = equals ? (size_t)(equals - set) : strlen(set);
    if (!equals || set[0] != '/' || length < 2) {
        snprintf(why, why_size, "expected /json/pointer=value%s",
                 equals && set[0] != '/' ? "; the pointer begins with \"/\"" : "");
        return false;
    }
    if (length >= EK__PATH_SIZE) {
        snprintf(why, why_size, "the pointer is too long");
        return false;
    }
    json_t *value = parse_value(equals + 1, why, why_size);
    if (!value)
        return false;
    char pointer[EK__PATH_SIZE];
    memcpy(pointer, set, length);
    pointer[length] = '\0';
    struct walk walk = {.at = json, .effective = effective};
    for (char *token = pointer + 1; token;) {
        char *next = strchr(token, '/');
        if (next)
            *next++ = '\0';
        if (!step(&walk, token, next ? NULL : value)) {
            if (next)
                json_decref(value);
            snprintf(why, why_size, "%s", walk.why);
            return false;
        }
        token = next;
    }
    return true;
}

/* ---- --policy ---- */

static bool put_policy(json_t *client, json_t *policy)
{
    json_t *config = json_object_get(client, "serviceConfig");
    if (!json_is_object(client) || (config && !json_is_object(config)))
        return true; /* wrong in the file, which is told later */
    if (!config) {
        config = json_object();
        if (json_object_set_new(client, "serviceConfig", config) != 0)
            return false;
    }
    return json_object_set(config, "loadBalancingConfig", policy) == 0;
}

static bool apply_policy(json_t *json, const char *spec, char *why, size_t why_size)
{
    struct ek_errors errors = {0};
    struct ek_service_config config;
    snprintf(why, why_size, "out of memory");
    if (ek_service_config_read(NULL, "", &config, &errors) != EK_OK)
        return false;
    bool is_fine = ek_service_config_set_policy(&config, spec, &errors) == EK_OK;
    if (!is_fine && errors.count > 0)
        snprintf(why, why_size, "%s", errors.items[0].text);
    json_t *policy = is_fine ? json_pack("[{s:O}]", config.lb->name, config.lb_options) : NULL;
    json_t *clients = json_object_get(json, "clients");
    if (policy && !clients) {
        clients = json_object();
        json_object_set_new(json, "clients", clients);
    }
    if (policy && !json_is_array(clients))
        is_fine = put_policy(clients, policy);
    for (size_t i = 0; policy && i < json_array_size(clients); i++)
        is_fine = put_policy(json_array_get(clients, i), policy) && is_fine;
    is_fine = is_fine && policy;
    json_decref(policy);
    ek_service_config_deinit(&config);
    return is_fine;
}

bool ek__override(json_t *json, struct ek__origin *origin, struct ek__report *report)
{
    const struct ek_scenario_overrides *o = origin->overrides;
    char why[320];
    bool is_fine = true;
    if (!o)
        return true;
    if (o->set_count > 0) {
        origin->set_pointers = calloc(o->set_count, sizeof *origin->set_pointers);
        if (!origin->set_pointers) {
            ek__report_line(report, "%s: error: out of memory", origin->path);
            return false;
        }
    }
    for (size_t i = 0; i < o->set_count; i++) {
        if (apply_set(json, o->sets[i], origin->set_pointers[i], why, sizeof why))
            continue;
        ek__report_line(report, "--set %s: error: %s", o->sets[i], why);
        is_fine = false;
    }
    if (o->policy && !apply_policy(json, o->policy, why, sizeof why)) {
        ek__report_line(report, "--policy %s: error: %s", o->policy, why);
        is_fine = false;
    }
    if (o->seed)
        json_object_set_new(json, "seed", json_integer(*o->seed));
    return is_fine;
}
