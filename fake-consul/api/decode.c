#include "fake-consul/api/decode.h"

#include <stdio.h>
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

void ek__consul_decode_refuse(const json_t *value, const char *type, struct ek__consul_text *error)
{
    ek__consul_text_add(error, "json: cannot unmarshal ");
    ek__consul_text_add(error, kind_of(value));
    ek__consul_text_add(error, " into Go value of type ");
    ek__consul_text_add(error, type);
}

void ek__consul_decode_misfit(const json_t *value, const char *owner, const char *path,
                              const char *member, const char *type, struct ek__consul_text *error)
{
    ek__consul_text_add(error, "json: cannot unmarshal ");
    ek__consul_text_add(error, kind_of(value));
    ek__consul_text_add(error, " into Go struct field ");
    ek__consul_text_add(error, owner);
    ek__consul_text_char(error, '.');
    ek__consul_text_add(error, path);
    ek__consul_text_add(error, member);
    ek__consul_text_add(error, " of type ");
    ek__consul_text_add(error, type);
}

/* The member of the first value that does not fit, for Go's words. */
struct misfit {
    const struct ek__consul_shape *shape;
    const struct ek__consul_field *field; /* NULL: the whole object */
    const json_t *value;
    bool is_element;
};

static const char *type_of(const struct misfit *misfit)
{
    static const char *const types[] = {
        [EK__CONSUL_FIELD_STRING] = "string",      [EK__CONSUL_FIELD_INT] = "int",
        [EK__CONSUL_FIELD_BOOL] = "bool",          [EK__CONSUL_FIELD_DURATION] = "time.Duration",
        [EK__CONSUL_FIELD_STRINGS] = "[]string",   [EK__CONSUL_FIELD_MAP] = "map[string]string",
        [EK__CONSUL_FIELD_OBJECT] = "struct",      [EK__CONSUL_FIELD_OBJECTS] = "[]struct",
        [EK__CONSUL_FIELD_VALUE] = "interface {}", [EK__CONSUL_FIELD_ANY] = "interface {}",
    };
    const struct ek__consul_go_type *named = misfit->shape->types;
    const char *type = types[misfit->field->type];

    for (; named && named->member; named++) {
        if (strcmp(named->member, misfit->field->name) != 0)
            continue;
        if (misfit->is_element && named->element)
            return named->element;
        type = named->type;
        break;
    }
    if (!misfit->is_element)
        return type;
    return strncmp(type, "[]", 2) == 0 ? type + 2 : "string";
}

static bool mismatch(const struct misfit *misfit, struct ek__consul_text *error)
{
    const struct ek__consul_shape *shape = misfit->shape;
    char number[32];

    ek__consul_text_add(error, "json: cannot unmarshal ");
    ek__consul_text_add(error, kind_of(misfit->value));
    if (misfit->field && misfit->field->type == EK__CONSUL_FIELD_INT &&
        json_is_real(misfit->value)) {
        snprintf(number, sizeof number, " %.15g", json_real_value(misfit->value));
        ek__consul_text_add(error, number);
    }
    if (!misfit->field && !shape->place) {
        ek__consul_text_add(error, " into Go value of type ");
        ek__consul_text_add(error, shape->type);
        return false;
    }
    ek__consul_text_add(error, " into Go struct field ");
    if (shape->place) {
        ek__consul_text_add(error, shape->place);
    } else {
        ek__consul_text_add(error, shape->owner);
        ek__consul_text_char(error, '.');
        ek__consul_text_add(error, shape->path);
        ek__consul_text_add(error, misfit->field->name);
    }
    ek__consul_text_add(error, " of type ");
    ek__consul_text_add(error, misfit->field ? type_of(misfit) : shape->type);
    return false;
}

static bool is_string_or_null(const json_t *value)
{
    return json_is_string(value) || json_is_null(value);
}

/* The first element or member that does not fit; NULL without one. */
static const json_t *bad_element(const struct ek__consul_field *field, json_t *value)
{
    bool objects = field->type == EK__CONSUL_FIELD_OBJECTS;
    const char *key;
    json_t *item;

    if (field->type == EK__CONSUL_FIELD_MAP) {
        json_object_foreach(value, key, item)
        {
            if (!is_string_or_null(item))
                return item;
        }
        return NULL;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        item = json_array_get(value, i);
        if (objects ? !json_is_object(item) && !json_is_null(item) : !is_string_or_null(item))
            return item;
    }
    return NULL;
}

static bool duration(json_t *value, void *place, struct ek__consul_text *error)
{
    int64_t ns;

    if (!json_is_string(value) && !json_is_number(value))
        return true; /* Go takes any kind, looks at two of them */
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
    case EK__CONSUL_FIELD_STRINGS:
    case EK__CONSUL_FIELD_OBJECTS:
        return json_is_array(value);
    case EK__CONSUL_FIELD_MAP:
    case EK__CONSUL_FIELD_OBJECT:
        return json_is_object(value);
    case EK__CONSUL_FIELD_DURATION:
    case EK__CONSUL_FIELD_VALUE:
    case EK__CONSUL_FIELD_ANY:
        break;
    }
    return true;
}

static bool is_list(const struct ek__consul_field *field)
{
    return field->type == EK__CONSUL_FIELD_STRINGS || field->type == EK__CONSUL_FIELD_OBJECTS ||
           field->type == EK__CONSUL_FIELD_MAP;
}

static bool store(const struct ek__consul_shape *shape, const struct ek__consul_field *field,
                  json_t *value, char *out, struct ek__consul_text *error)
{
    struct misfit misfit = {.shape = shape, .field = field, .value = value};
    char *place = out + field->offset;

    if (!fits(field, value))
        return mismatch(&misfit, error);
    if (is_list(field)) {
        misfit.value = bad_element(field, value);
        misfit.is_element = true;
        if (misfit.value)
            return mismatch(&misfit, error);
    }
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

bool ek__consul_decode_as(const json_t *object, const struct ek__consul_shape *shape, void *out,
                          struct ek__consul_text *error)
{
    const struct misfit whole = {.shape = shape, .value = object};

    if (!object || json_is_null(object))
        return true;
    if (!json_is_object(object))
        return mismatch(&whole, error);
    /* The iteration of jansson follows the order of insertion. */
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        const char *name = json_object_iter_key(at);
        const struct ek__consul_field *field = find(shape->fields, name);
        json_t *value = json_object_iter_value(at);

        for (size_t i = 0; !field && i < sizeof shape->more_fields / sizeof *shape->more_fields;
             i++)
            field = shape->more_fields[i] ? find(shape->more_fields[i], name) : NULL;
        if (!field && shape->skips_unknown)
            continue;
        if (!field) {
            ek__consul_text_add(error, "json: unknown field ");
            ek__consul_text_quoted(error, name);
            return false;
        }
        if (!json_is_null(value) && !store(shape, field, value, out, error))
            return false;
    }
    return true;
}

bool ek__consul_decode(const json_t *object, const struct ek__consul_field *fields, void *out,
                       struct ek__consul_text *error)
{
    const struct ek__consul_shape shape = {
        .fields = fields, .type = "struct", .owner = "", .path = ""};

    return ek__consul_decode_as(object, &shape, out, error);
}
