#include "fake-consul/http/script.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/http/file.h"

enum {
    STEPS_MAX = 100000
};

struct step {
    int64_t at;
    size_t number; /* in the file, from 0: ties keep their order */
    char *method, *path, *body;
    size_t body_size;
};

struct ek_consul_script {
    struct step *steps;
    size_t count, done;
};

void ek_consul_script_free(struct ek_consul_script *script)
{
    if (!script)
        return;
    for (size_t i = 0; i < script->count; i++) {
        free(script->steps[i].method);
        free(script->steps[i].path);
        free(script->steps[i].body);
    }
    free(script->steps);
    free(script);
}

/* "5s", "1.5m", "250ms"; false for anything else. */
static bool read_duration(const char *text, int64_t *out)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
    char *end;
    double value;

    if (!text || text[0] < '0' || text[0] > '9')
        return false;
    value = strtod(text, &end);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) == 0 && value * units[i].ns < 9e18) {
            *out = (int64_t)(value * units[i].ns);
            return true;
        }
    }
    return false;
}

static const char *member_of(const json_t *item, const char *name, const char *otherwise)
{
    const json_t *value = json_object_get(item, name);

    return value ? json_string_value(value) : otherwise;
}

/* What keeps an item from being a step; NULL if nothing does. */
static const char *fault_of(const json_t *item, int64_t *at)
{
    const char *path = member_of(item, "path", NULL), *method = member_of(item, "method", "PUT");
    const char *name;
    json_t *value;

    if (!json_is_object(item))
        return "expected an object";
    json_object_foreach((json_t *)(uintptr_t)item, name, value)
    {
        (void)value;
        if (strcmp(name, "at") != 0 && strcmp(name, "method") != 0 && strcmp(name, "path") != 0 &&
            strcmp(name, "body") != 0)
            return "unknown member; possible: at, method, path, body";
    }
    if (!read_duration(member_of(item, "at", NULL), at))
        return "\"at\": expected a duration, as in \"5s\"";
    if (!path || path[0] != '/')
        return "\"path\": expected a path, as in \"/v1/agent/service/register\"";
    if (!method || !method[0])
        return "\"method\": expected a method, as in \"PUT\"";
    return NULL;
}

static bool fill(struct step *step, const json_t *item)
{
    const json_t *body = json_object_get(item, "body");

    step->method = strdup(member_of(item, "method", "PUT"));
    step->path = strdup(member_of(item, "path", NULL));
    if (json_is_string(body))
        step->body = strdup(json_string_value(body));
    else if (body)
        step->body = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
    step->body_size = step->body ? strlen(step->body) : 0;
    return step->method && step->path && (!body || step->body);
}

static int by_time(const void *a, const void *b)
{
    const struct step *left = a, *right = b;

    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    return left->number < right->number ? -1 : 1;
}

static bool fill_all(struct ek_consul_script *script, const json_t *list, const char *path,
                     char *why, size_t why_size)
{
    size_t count = json_array_size(list);

    script->steps = calloc(count + 1, sizeof *script->steps);
    for (size_t i = 0; script->steps && i < count; i++) {
        struct step *step = &script->steps[i];
        const json_t *item = json_array_get(list, i);
        const char *fault = fault_of(item, &step->at);

        if (!fault && !fill(step, item))
            fault = "out of memory";
        if (fault) {
            snprintf(why, why_size, "%s: error: step %zu: %s", path, i + 1, fault);
            return false;
        }
        step->number = i;
        script->count = i + 1;
    }
    if (!script->steps)
        snprintf(why, why_size, "out of memory");
    else
        qsort(script->steps, count, sizeof *script->steps, by_time);
    return script->steps != NULL;
}

struct ek_consul_script *ek_consul_script_read(const char *path, char *why, size_t why_size)
{
    json_t *list = ek__http_file_read(path, why, why_size);
    struct ek_consul_script *script;

    if (!list)
        return NULL;
    script = calloc(1, sizeof *script);
    if (!script) {
        snprintf(why, why_size, "out of memory");
    } else if (!json_is_array(list) || json_array_size(list) > STEPS_MAX) {
        snprintf(why, why_size, "%s:1:1: error: expected a list of at most %d requests", path,
                 STEPS_MAX);
        ek_consul_script_free(script);
        script = NULL;
    } else if (!fill_all(script, list, path, why, why_size)) {
        ek_consul_script_free(script);
        script = NULL;
    }
    json_decref(list);
    return script;
}

int64_t ek_consul_script_next(const struct ek_consul_script *script)
{
    return script->done < script->count ? script->steps[script->done].at : INT64_MAX;
}

void ek_consul_script_run(struct ek_consul_script *script, struct ek_consul *consul, int64_t now_ns,
                          FILE *log)
{
    while (ek_consul_script_next(script) <= now_ns) {
        const struct step *step = &script->steps[script->done++];
        struct ek_consul_request request = {
            .method = step->method,
            .target = step->path,
            .body = step->body,
            .body_size = step->body_size,
        };

        fprintf(log, "%.3f s  %s %s\n", (double)step->at / 1e9, step->method, step->path);
        ek_consul_request(consul, &request, now_ns);
    }
}
