#include "fake-consul/api/decode.h"

#include <string.h>
#include <strings.h>

#include "fake-consul/base/duration.h"

enum {
    NESTING_MAX = 64
};

static size_t nesting(const char *body, size_t size)
{
    size_t depth = 0, deepest = 0;
    bool in_string = false;

    for (size_t i = 0; i < size; i++) {
        if (in_string && body[i] == '\\')
            i++;
        else if (body[i] == '"')
            in_string = !in_string;
        else if (!in_string && (body[i] == '{' || body[i] == '['))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!in_string && (body[i] == '}' || body[i] == ']') && depth > 0)
            depth--;
    }
    return deepest;
}

json_t *ek__consul_decode_body(const char *body, size_t size, struct ek__consul_text *error)
{
    json_error_t reason;
    json_t *json = NULL;

    if (nesting(body, size) > NESTING_MAX) {
        ek__consul_text_add(error, "json: exceeded max depth");
        return NULL;
    }
    json = json_loadb(body, size, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &reason);
    if (!json)
        ek__consul_decode_reason(body, size, error);
    return json;
}

static const char *kind_of(const json_t *value)
{
    if (!value)
        return "null";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "bool";
    case JSON_NULL:
        break;
    }
    return "null";
}

static bool mismatch(const struct ek__consul_field *field, const json_t *value,
                     struct ek__consul_text *error)
{
    static const char *const types[] = {
        [EK__CONSUL_FIELD_STRING] = "string",      [EK__CONSUL_FIELD_INT] = "int",
        [EK__CONSUL_FIELD_BOOL] = "bool",          [EK__CONSUL_FIELD_DURATION] = "time.Duration",
        [EK__CONSUL_FIELD_STRINGS] = "[]string",   [EK__CONSUL_FIELD_MAP] = "map[string]string",
        [EK__CONSUL_FIELD_OBJECT] = "struct",      [EK__CONSUL_FIELD_OBJECTS] = "[]struct",
        [EK__CONSUL_FIELD_VALUE] = "interface {}", [EK__CONSUL_FIELD_ANY] = "interface {}",
    };

    ek__consul_text_add(error, "json: cannot unmarshal ");
    ek__consul_text_add(error, kind_of(value));
    ek__consul_text_add(error, " into Go struct field .");
    ek__consul_text_add(error, field->name);
    ek__consul_text_add(error, " of type ");
    ek__consul_text_add(error, types[field->type]);
    return false;
}

static bool all_strings(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!json_is_string(json_array_get(array, i)))
            return false;
    }
    return true;
}

static bool all_objects(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);

        if (!json_is_object(item) && !json_is_null(item))
            return false;
    }
    return true;
}

static bool string_members(json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        if (!json_is_string(value))
            return false;
    }
    return true;
}

static bool duration(json_t *value, void *place, struct ek__consul_text *error)
{
    int64_t ns;

    if (json_is_integer(value)) {
        ns = json_integer_value(value);
    } else if (json_is_real(value)) {
        ns = (int64_t)(json_real_value(value) > 9e18    ? 9e18
                       : json_real_value(value) < -9e18 ? -9e18
                                                        : json_real_value(value));
    } else if (!ek__consul_duration_parse(json_string_value(value), &ns)) {
        ek__consul_text_add(error, "time: invalid duration ");
        ek__consul_text_quoted(error, json_string_value(value));
        return false;
    }
    memcpy(place, &ns, sizeof ns);
    return true;
}

static bool fits(const struct ek__consul_field *field, json_t *value)
{
    switch (field->type) {
    case EK__CONSUL_FIELD_STRING:
        return json_is_string(value);
    case EK__CONSUL_FIELD_INT:
        return json_is_integer(value);
    case EK__CONSUL_FIELD_BOOL:
        return json_is_boolean(value);
    case EK__CONSUL_FIELD_DURATION:
        return json_is_string(value) || json_is_number(value);
    case EK__CONSUL_FIELD_STRINGS:
        return json_is_array(value) && all_strings(value);
    case EK__CONSUL_FIELD_MAP:
        return json_is_object(value) && string_members(value);
    case EK__CONSUL_FIELD_OBJECT:
        return json_is_object(value);
    case EK__CONSUL_FIELD_OBJECTS:
        return json_is_array(value) && all_objects(value);
    case EK__CONSUL_FIELD_VALUE:
    case EK__CONSUL_FIELD_ANY:
        break;
    }
    return true;
}

static bool store(const struct ek__consul_field *field, json_t *value, char *out,
                  struct ek__consul_text *error)
{
    char *place = out + field->offset;

    if (!fits(field, value))
        return mismatch(field, value, error);
    if (field->type == EK__CONSUL_FIELD_STRING) {
        const char *string = json_string_value(value);

        memcpy(place, &string, sizeof string);
    } else if (field->type == EK__CONSUL_FIELD_INT) {
        int64_t number = json_integer_value(value);

        memcpy(place, &number, sizeof number);
    } else if (field->type == EK__CONSUL_FIELD_BOOL) {
        bool flag = json_is_true(value);

        memcpy(place, &flag, sizeof flag);
    } else if (field->type == EK__CONSUL_FIELD_DURATION) {
        return duration(value, place, error);
    } else if (field->type != EK__CONSUL_FIELD_ANY) {
        memcpy(place, &value, sizeof value);
    }
    return true;
}

static const struct ek__consul_field *find(const struct ek__consul_field *fields, const char *name)
{
    for (; fields->name; fields++) {
        if (strcasecmp(fields->name, name) == 0 ||
            (fields->alias && strcasecmp(fields->alias, name) == 0))
            return fields;
    }
    return NULL;
}

bool ek__consul_decode(const json_t *object, const struct ek__consul_field *fields, void *out,
                       struct ek__consul_text *error)
{
    const struct ek__consul_field whole = {.name = "", .type = EK__CONSUL_FIELD_OBJECT};

    if (json_is_null(object))
        return true;
    if (!json_is_object(object))
        return mismatch(&whole, object, error);
    /* The iteration of jansson follows the order of insertion. */
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        const char *name = json_object_iter_key(at);
        const struct ek__consul_field *field = find(fields, name);
        json_t *value = json_object_iter_value(at);

        if (!field) {
            ek__consul_text_add(error, "json: unknown field ");
            ek__consul_text_quoted(error, name);
            return false;
        }
        if (!json_is_null(value) && !store(field, value, out, error))
            return false;
    }
    return true;
}
