/* Reading a JSON object after its table of fields. */
#include "evenkeel/option.h"

#include "core/lint_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_SIZE = sizeof((struct ek_error){0}.path),
    LIST_COUNT_MAX = 100000
};

/* A value on its way in. */
struct place {
    const char *path;
    const char *name; /* of the row; quoted in front of complaints */
    struct ek_errors *errors;
};

static void read_value(const struct ek_option *row, enum ek_option_type type, const json_t *json,
                       const struct place *place, void *out);

static void complain(const struct place *place, enum ek__rule rule, const char *text)
{
    ek_errors_add_as(place->errors, (int)rule, place->path, false, "\"%s\": %s", place->name, text);
}

/* Appends one reference token to a JSON Pointer; what does not fit is cut. */
static void path_append(const char *path, const char *token, char *out)
{
    size_t used = (size_t)snprintf(out, PATH_SIZE, "%s/", path);
    for (; *token && used + 3 < PATH_SIZE; token++) {
        if (*token == '~' || *token == '/') {
            out[used++] = '~';
            out[used++] = *token == '~' ? '0' : '1';
        } else {
            out[used++] = *token;
        }
    }
    if (used < PATH_SIZE)
        out[used] = '\0';
}

/* What to call the object at `path`: "fault" for /faults/3, "serviceConfig" for /clients/0/... */
static const char *path_noun(const char *path, char *out, size_t size)
{
    char copy[PATH_SIZE];
    snprintf(copy, sizeof copy, "%s", path);
    char *last = strrchr(copy, '/');
    bool is_item = last && last[1] >= '0' && last[1] <= '9';
    if (is_item) {
        *last = '\0';
        last = strrchr(copy, '/');
    }
    if (!last || !last[1])
        return NULL;
    size_t length = strlen(last + 1);
    if (is_item && length > 1 && last[length] == 's')
        length--;
    snprintf(out, size, "%.*s", (int)length, last + 1);
    return out;
}

const struct ek_option *ek_option_find(const struct ek_option *table, const char *name)
{
    for (const struct ek_option *row = table; row && row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

enum {
    NAMES_MAX = 64
};

/* Ends a complaint about `given`: the name that was meant, or all there are. */
static void hint_text(const char *given, const char *const *names, char *out, size_t size)
{
    const char *near = ek_suggest(given, names);
    if (near) {
        snprintf(out, size, "; did you mean \"%s\"?", near);
        return;
    }
    size_t used = (size_t)snprintf(out, size, "; possible:");
    for (size_t i = 0; names[i]; i++) {
        if (used + strlen(names[i]) + 8 > size) {
            snprintf(out + used, size - used, " ...");
            return;
        }
        used += (size_t)snprintf(out + used, size - used, "%s %s", i > 0 ? "," : "", names[i]);
    }
}

static void row_names(const struct ek_option *table, const char *names[NAMES_MAX + 1])
{
    size_t count = 0;
    for (; table && table->name && count < NAMES_MAX; table++)
        names[count++] = table->name;
    names[count] = NULL;
}

/* The first bytes of a key, whole characters only. */
static const char *key_text(const char *key, char *out, size_t size)
{
    size_t length = strlen(key);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)key[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(out, key, length);
    out[length] = '\0';
    return out;
}

static void complain_unknown(const struct ek_option *table, const char *key, const char *what,
                             const char *path, struct ek_errors *errors)
{
    char child[PATH_SIZE], noun[64], shown[64], hint[160];
    const char *names[NAMES_MAX + 1];
    row_names(table, names);
    hint_text(key, names, hint, sizeof hint);
    path_append(path, key, child);
    bool has_noun = path_noun(path, noun, sizeof noun) != NULL;
    ek_errors_add_as(errors, EK__RULE_UNKNOWN_KEY, child, true, "unknown %s \"%s\"%s%s%s", what,
                     key_text(key, shown, sizeof shown), has_noun ? " in " : "",
                     has_noun ? noun : "", hint);
}

/* ---- limits ---- */

static const char *limit_text(enum ek_option_type type, int64_t value, char *out, size_t size)
{
    if (type == EK_OPTION_DURATION)
        return ek_duration_text(value, out, size);
    int decimals = type == EK_OPTION_SHARE     ? 4
                   : type == EK_OPTION_RATE    ? 6
                   : type == EK_OPTION_DECIMAL ? 3
                                               : 0;
    uint64_t amount = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, unit = 1;
    for (; decimals > 0 && amount % 10 == 0; decimals--)
        amount /= 10;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    const char *suffix = type == EK_OPTION_SHARE ? "%" : type == EK_OPTION_RATE ? "/s" : "";
    const char *sign = value < 0 ? "-" : "";
    if (decimals > 0) /* the mask shows gcc that the width is small */
        snprintf(out, size, "%s%" PRIu64 ".%0*" PRIu64 "%s", sign, amount / unit, decimals & 7,
                 amount % unit, suffix);
    else
        snprintf(out, size, "%s%" PRIu64 "%s", sign, amount, suffix);
    return out;
}

static bool limits_hold(const struct ek_option *row, enum ek_option_type type, int64_t value,
                        const struct place *place)
{
    char text[96], limit[48], given[48];
    if (value < row->min) {
        if (row->min == 0)
            snprintf(text, sizeof text, "%s is negative; it must be at least 0",
                     limit_text(type, value, given, sizeof given));
        else if (row->min == 1 && type != EK_OPTION_INTEGER)
            snprintf(text, sizeof text, "must be greater than 0");
        else
            snprintf(text, sizeof text, "%s is too small; it must be at least %s",
                     limit_text(type, value, given, sizeof given),
                     limit_text(type, row->min, limit, sizeof limit));
    } else if (row->max > 0 && value > row->max) {
        snprintf(text, sizeof text, "%s is too large; it must be at most %s",
                 limit_text(type, value, given, sizeof given),
                 limit_text(type, row->max, limit, sizeof limit));
    } else {
        return true;
    }
    complain(place, EK__RULE_LIMITS, text);
    return false;
}

/* ---- one value ---- */

static void read_scalar(const struct ek_option *row, enum ek_option_type type, const json_t *json,
                        const struct place *place, void *out)
{
    char why[224];
    int64_t value = 0;
    if (!ek_option_scalar(type, json, &value, why, sizeof why))
        complain(place, EK__RULE_FORM, why);
    else if (type == EK_OPTION_BOOL)
        *(bool *)out = value != 0;
    else if (limits_hold(row, type, value, place))
        *(int64_t *)out = value;
}

/* C0, DEL and C1: a terminal would obey them. */
static bool has_control(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f))
            return true;
    return false;
}

static void read_string(const struct ek_option *row, const json_t *json, const struct place *place,
                        char **out)
{
    if (!json_is_string(json)) {
        complain(place, EK__RULE_FORM, "expected text in double quotes");
        return;
    }
    const char *text = json_string_value(json);
    size_t length = strlen(text);
    if (row->min > 0 && length < (size_t)row->min) {
        complain(place, EK__RULE_LIMITS, "must not be empty");
    } else if (row->max > 0 && length > (size_t)row->max) {
        char why[64];
        snprintf(why, sizeof why, "is longer than %" PRId64 " bytes", row->max);
        complain(place, EK__RULE_LIMITS, why);
    } else if (has_control(text)) {
        complain(place, EK__RULE_FORM, "must not contain control characters");
    } else {
        *out = malloc(length + 1);
        if (*out)
            memcpy(*out, text, length + 1);
        else
            complain(place, EK__RULE_MEMORY, "out of memory");
    }
}

static void read_word(const struct ek_option *row, const json_t *json, const struct place *place,
                      int *out)
{
    char hint[176], text[256], shown[48];
    const char *given = json_string_value(json);
    for (int i = 0; given && row->words[i]; i++) {
        if (strcmp(row->words[i], given) == 0) {
            *out = i;
            return;
        }
    }
    hint_text(given ? given : "", row->words, hint, sizeof hint);
    if (given)
        snprintf(text, sizeof text, "unknown word \"%s\"%s", key_text(given, shown, sizeof shown),
                 hint);
    else
        snprintf(text, sizeof text, "expected a word in double quotes%s", hint);
    complain(place, given ? EK__RULE_UNKNOWN_WORD : EK__RULE_FORM, text);
}

static void read_variant(const struct ek_option *row, const json_t *json, const struct place *place,
                         void *out)
{
    const struct ek_option *chosen = row->fields;
    const json_t *value = json;
    char child[PATH_SIZE];
    snprintf(child, sizeof child, "%s", place->path);
    if (json_is_object(json)) {
        const char *key = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)json));
        if (json_object_size(json) != 1) {
            char names[160];
            const char *all[NAMES_MAX + 1];
            row_names(row->fields, all);
            hint_text("", all, names, sizeof names);
            ek_errors_add_as(place->errors, EK__RULE_FORM, place->path, false,
                             "\"%s\": exactly one member is due%s", place->name, names);
            return;
        }
        chosen = ek_option_find(row->fields, key);
        if (!chosen) {
            complain_unknown(row->fields, key, "kind", place->path, place->errors);
            return;
        }
        value = json_object_get(json, key);
        path_append(place->path, key, child);
    }
    *(int *)out = (int)(chosen - row->fields);
    struct place inner = {child, json == value ? place->name : chosen->name, place->errors};
    read_value(chosen, chosen->type, value, &inner, (char *)out + chosen->offset);
}

static void read_list(const struct ek_option *row, const json_t *json, const struct place *place,
                      struct ek_list *out)
{
    bool is_alone = !json_is_array(json);
    size_t count = is_alone ? 1 : json_array_size(json);
    size_t count_max = row->count_max ? row->count_max : LIST_COUNT_MAX;
    char text[96];
    if (count < (size_t)row->min) {
        snprintf(text, sizeof text, "at least %" PRId64 " %s due, found %zu", row->min,
                 row->min == 1 ? "is" : "are", count);
        complain(place, EK__RULE_LIMITS, text);
        return;
    }
    if (count > count_max) {
        snprintf(text, sizeof text, "at most %zu are allowed, found %zu", count_max, count);
        complain(place, EK__RULE_LIMITS, text);
        return;
    }
    if (count == 0)
        return;
    out->items = calloc(count, row->item_size);
    if (!out->items) {
        complain(place, EK__RULE_MEMORY, "out of memory");
        return;
    }
    out->count = count;
    struct ek_option item = *row; /* limits of a list are not those of its items */
    item.min = item.max = 0;
    for (size_t i = 0; i < count; i++) {
        char child[PATH_SIZE], token[24];
        snprintf(token, sizeof token, "%zu", i);
        path_append(place->path, token, child);
        struct place inner = {is_alone ? place->path : child, place->name, place->errors};
        read_value(&item, row->item, is_alone ? json : json_array_get(json, i), &inner,
                   (char *)out->items + i * row->item_size);
    }
}

static void read_value(const struct ek_option *row, enum ek_option_type type, const json_t *json,
                       const struct place *place, void *out)
{
    switch (type) {
    case EK_OPTION_STRING:
        read_string(row, json, place, out);
        return;
    case EK_OPTION_WORD:
        read_word(row, json, place, out);
        return;
    case EK_OPTION_OBJECT:
        ek_option_read(row->fields, json, place->path, out, place->errors);
        return;
    case EK_OPTION_LIST:
        read_list(row, json, place, out);
        return;
    case EK_OPTION_VARIANT:
        read_variant(row, json, place, out);
        return;
    case EK_OPTION_JSON:
        *(json_t **)out = json_incref((json_t *)(uintptr_t)json);
        return;
    case EK_OPTION_BOOL:
    case EK_OPTION_INTEGER:
    case EK_OPTION_DURATION:
    case EK_OPTION_SHARE:
    case EK_OPTION_RATE:
    case EK_OPTION_DECIMAL:
        read_scalar(row, type, json, place, out);
        return;
    }
}

/* ---- the object ---- */

static void read_absent(const struct ek_option *row, const char *path, void *object,
                        struct ek_errors *errors)
{
    char child[PATH_SIZE];
    path_append(path, row->name, child);
    if (row->fallback) {
        json_t *json = json_loads(row->fallback, JSON_DECODE_ANY, NULL);
        struct place place = {child, row->name, errors};
        if (!json) {
            complain(&place, EK__RULE_MEMORY, "out of memory"); /* a fallback is JSON */
            return;
        }
        read_value(row, row->type, json, &place, (char *)object + row->offset);
        json_decref(json);
    } else if (row->type == EK_OPTION_OBJECT) {
        ek_option_read(row->fields, NULL, child, (char *)object + row->offset, errors);
    }
}

void ek_option_read(const struct ek_option *table, const json_t *json, const char *path, void *out,
                    struct ek_errors *errors)
{
    char child[PATH_SIZE], noun[64];
    if (json && !json_is_object(json)) {
        const char *name = path_noun(path, noun, sizeof noun);
        ek_errors_add_as(errors, EK__RULE_FORM, path, false, "%s%s%sexpected an object, {...}",
                         name ? "\"" : "", name ? name : "", name ? "\": " : "");
        json = NULL;
    }
    if (json) {
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)(uintptr_t)json, key, value)
        {
            if (!ek_option_find(table, key))
                complain_unknown(table, key, "key", path, errors);
        }
    }
    for (const struct ek_option *row = table; row && row->name; row++) {
        const json_t *value = json ? json_object_get(json, row->name) : NULL;
        if (value) {
            path_append(path, row->name, child);
            struct place place = {child, row->name, errors};
            read_value(row, row->type, value, &place, (char *)out + row->offset);
        } else if (json && row->required) {
            const char *name = path_noun(path, noun, sizeof noun);
            ek_errors_add_as(errors, EK__RULE_MISSING, path, false, "\"%s\" is missing%s%s",
                             row->name, name ? " in " : "", name ? name : "");
        } else {
            read_absent(row, path, out, errors);
        }
    }
}

/* ---- release ---- */

static void release_value(const struct ek_option *row, enum ek_option_type type, void *value)
{
    if (type == EK_OPTION_STRING) {
        free(*(char **)value);
        *(char **)value = NULL;
    } else if (type == EK_OPTION_JSON) {
        json_decref(*(json_t **)value);
        *(json_t **)value = NULL;
    } else if (type == EK_OPTION_OBJECT || type == EK_OPTION_VARIANT) {
        ek_option_release(row->fields, value);
    } else if (type == EK_OPTION_LIST) {
        struct ek_list *list = value;
        for (size_t i = 0; i < list->count; i++)
            release_value(row, row->item, (char *)list->items + i * row->item_size);
        free(list->items);
        *list = (struct ek_list){NULL, 0};
    }
}

void ek_option_release(const struct ek_option *table, void *object)
{
    for (const struct ek_option *row = table; row && row->name; row++)
        release_value(row, row->type, (char *)object + row->offset);
}
