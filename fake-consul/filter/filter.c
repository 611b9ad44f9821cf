#include "fake-consul/filter/filter.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/filter/parse.h"
#include "fake-consul/filter/regex.h"

enum {
    MATCHES_MAX = 32,
    VALUE_MAX = 512,
    EXPRESSION_MAX = 65536
};

struct ek__consul_filter {
    struct ek__consul_tree tree;
    const struct ek__consul_selector *fields;
};

static const char *const names[] = {"Equal",    "Not Equal",    "In",      "Not In",
                                    "Is Empty", "Is Not Empty", "Matches", "Not Matches"};

/* ---- what is refused although it parses ---- */

static void add_path(struct ek__consul_text *out, const struct ek__consul_list *path, size_t count)
{
    struct ek__consul_text text = {0};

    for (size_t i = 0; i < count; i++) {
        ek__consul_text_add(&text, i > 0 ? "." : "");
        ek__consul_text_add(&text, path->items[i]);
    }
    ek__consul_text_quoted(out, text.data);
    ek__consul_text_deinit(&text);
}

/* A place in a row while its selector is followed. */
struct place {
    enum ek__consul_field_kind kind;
    const struct ek__consul_selector *fields;
};

static bool step_into(struct place *place, const char *name)
{
    if (place->kind == EK__CONSUL_KIND_STRING_MAP) {
        *place = (struct place){EK__CONSUL_KIND_STRING, NULL};
        return true;
    }
    if (place->kind == EK__CONSUL_KIND_STRUCT_MAP) {
        place->kind = EK__CONSUL_KIND_STRUCT;
        return true;
    }
    if (place->kind != EK__CONSUL_KIND_STRUCT && place->kind != EK__CONSUL_KIND_STRUCTS)
        return false;
    for (const struct ek__consul_selector *field = place->fields; field->name; field++) {
        if (strcmp(field->name, name) == 0) {
            *place = (struct place){field->kind, field->fields};
            return true;
        }
    }
    return false;
}

static bool supports(enum ek__consul_field_kind kind, enum ek__consul_match match)
{
    bool equals = match == EK__CONSUL_EQUAL || match == EK__CONSUL_NOT_EQUAL;
    bool empty = match == EK__CONSUL_IS_EMPTY || match == EK__CONSUL_IS_NOT_EMPTY;
    bool in = match == EK__CONSUL_IN || match == EK__CONSUL_NOT_IN;

    switch (kind) {
    case EK__CONSUL_KIND_STRING:
        return !empty;
    case EK__CONSUL_KIND_BOOL:
    case EK__CONSUL_KIND_INT:
        return equals;
    case EK__CONSUL_KIND_STRINGS:
    case EK__CONSUL_KIND_STRING_MAP:
    case EK__CONSUL_KIND_STRUCT_MAP:
        return in || empty;
    case EK__CONSUL_KIND_STRUCTS:
        return empty;
    case EK__CONSUL_KIND_STRUCT:
        break;
    }
    return false;
}

static bool parse_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
    static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        *out = strcmp(text, yes[i]) == 0;
        if (*out || strcmp(text, no[i]) == 0)
            return true;
    }
    return false;
}

/* Go's ParseInt of base 0. */
static bool parse_int(const char *text, long long *out, const char **reason)
{
    const char *p = text + (*text == '-' || *text == '+');
    int base = 10;
    char *end;

    if (p[0] == '0' && (p[1] | 32) == 'b') {
        base = 2;
        p += 2;
    } else if (p[0] == '0' && (p[1] | 32) == 'x') {
        base = 16;
        p += 2;
    } else if (p[0] == '0' && p[1]) {
        base = 8;
        p += 1 + ((p[1] | 32) == 'o');
    }
    *reason = "invalid syntax";
    if (!*p || strchr(" \t\n\v\f\r+-", *p) || (base == 16 && p[0] == '0' && (p[1] | 32) == 'x'))
        return false;
    errno = 0;
    *out = strtoll(p, &end, base);
    if (*end)
        return false;
    if (errno == ERANGE) {
        *reason = "value out of range";
        return false;
    }
    if (*text == '-')
        *out = -*out;
    return true;
}

static bool coerces(const struct ek__consul_expr *expr, enum ek__consul_field_kind kind,
                    struct ek__consul_text *error)
{
    const char *reason = "invalid syntax";
    long long number;
    bool flag, is_bool = kind == EK__CONSUL_KIND_BOOL;

    if (!expr->value || (!is_bool && kind != EK__CONSUL_KIND_INT) ||
        (is_bool ? parse_bool(expr->value, &flag) : parse_int(expr->value, &number, &reason)))
        return true;
    ek__consul_text_add(error, "Failed to coerce value ");
    ek__consul_text_quoted(error, expr->value);
    ek__consul_text_add(error, " for selector ");
    add_path(error, &expr->selector, expr->selector.count);
    ek__consul_text_add(error,
                        is_bool ? ": strconv.ParseBool: parsing " : ": strconv.ParseInt: parsing ");
    ek__consul_text_quoted(error, expr->value);
    ek__consul_text_add(error, ": ");
    ek__consul_text_add(error, reason);
    return false;
}

static bool compiles(struct ek__consul_expr *expr, struct ek__consul_text *error)
{
    struct ek__consul_text reason = {0};

    if (expr->match != EK__CONSUL_MATCHES && expr->match != EK__CONSUL_NOT_MATCHES)
        return true;
    expr->regex = ek__consul_regex_new(expr->value, &reason);
    if (!expr->regex) {
        ek__consul_text_add(error, "Failed to compile regular expression ");
        ek__consul_text_quoted(error, expr->value);
        ek__consul_text_add(error, ": ");
        ek__consul_text_add(error, reason.data);
    }
    ek__consul_text_deinit(&reason);
    return expr->regex != NULL;
}

static bool check_match(const struct ek__consul_selector *fields, struct ek__consul_expr *expr,
                        struct ek__consul_text *error)
{
    struct place place = {EK__CONSUL_KIND_STRUCT, fields};

    if (expr->value && strlen(expr->value) > VALUE_MAX) {
        /* The real one prints its limit, 512, as a character; and no second number. */
        ek__consul_text_add(error, "Value in expression with length ");
        ek__consul_text_u64(error, strlen(expr->value));
        ek__consul_text_add(error, " for selector '\xC8\x80' exceeds maximum length of");
        return false;
    }
    for (size_t i = 0; i < expr->selector.count; i++) {
        if (step_into(&place, expr->selector.items[i]))
            continue;
        ek__consul_text_add(error, "Selector ");
        add_path(error, &expr->selector, i + 1);
        ek__consul_text_add(error, " is not valid");
        return false;
    }
    if (!supports(place.kind, expr->match)) {
        ek__consul_text_add(error, "Invalid match operator ");
        ek__consul_text_quoted(error, names[expr->match]);
        ek__consul_text_add(error, " for selector ");
        add_path(error, &expr->selector, expr->selector.count);
        return false;
    }
    return coerces(expr, place.kind, error) && compiles(expr, error);
}

/* In the order of the text, as the real one does it. */
static bool check(const struct ek__consul_selector *fields, struct ek__consul_expr *expr,
                  size_t *matches, struct ek__consul_text *error)
{
    if (expr->kind == EK__CONSUL_EXPR_MATCH) {
        (*matches)++;
        return check_match(fields, expr, error);
    }
    return check(fields, expr->left, matches, error) &&
           (!expr->right || check(fields, expr->right, matches, error));
}

static bool compile(struct ek__consul_filter *filter, const char *expression,
                    struct ek__consul_text *error)
{
    size_t matches = 0;

    if (!ek__consul_tree_parse(&filter->tree, expression, error) ||
        !check(filter->fields, filter->tree.root, &matches, error))
        return false;
    if (matches <= MATCHES_MAX)
        return true;
    ek__consul_text_add(error, "Number of match expressions (");
    ek__consul_text_u64(error, matches);
    ek__consul_text_add(error, ") exceeds the limit (");
    ek__consul_text_u64(error, MATCHES_MAX);
    ek__consul_text_char(error, ')');
    return false;
}

struct ek__consul_filter *ek__consul_filter_new(const char *expression,
                                                const struct ek__consul_selector *fields,
                                                struct ek__consul_text *error)
{
    struct ek__consul_filter *filter = ek__consul_alloc(sizeof *filter);
    struct ek__consul_text reason = {0};

    filter->fields = fields;
    if (strlen(expression) > EXPRESSION_MAX)
        ek__consul_text_add(&reason, "expression is too long");
    else if (compile(filter, expression, &reason)) {
        ek__consul_text_deinit(&reason);
        return filter;
    }
    ek__consul_text_add(error, "Failed to create boolean expression evaluator: ");
    ek__consul_text_add(error, reason.data);
    ek__consul_text_deinit(&reason);
    ek__consul_filter_free(filter);
    return NULL;
}

void ek__consul_filter_free(struct ek__consul_filter *filter)
{
    if (!filter)
        return;
    ek__consul_tree_deinit(&filter->tree);
    free(filter);
}

/* ---- evaluation ---- */

static bool is_negative(enum ek__consul_match match)
{
    return match == EK__CONSUL_NOT_EQUAL || match == EK__CONSUL_NOT_IN ||
           match == EK__CONSUL_IS_NOT_EMPTY || match == EK__CONSUL_NOT_MATCHES;
}

static bool string_fits(const struct ek__consul_expr *expr, const char *text)
{
    if (expr->regex)
        return ek__consul_regex_matches(expr->regex, text);
    if (expr->match == EK__CONSUL_IN || expr->match == EK__CONSUL_NOT_IN)
        return strstr(text, expr->value) != NULL;
    return strcmp(text, expr->value) == 0;
}

static bool collection_fits(const struct ek__consul_expr *expr, const json_t *value)
{
    if (!expr->value)
        return json_is_array(value) ? json_array_size(value) == 0 : json_object_size(value) == 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (strcmp(json_string_value(json_array_get(value, i)), expr->value) == 0)
            return true;
    }
    return json_object_get(value, expr->value) != NULL;
}

/* Compares the value at the end of a selector; one that is left out has its zero value. */
static bool fits(const struct ek__consul_expr *expr, enum ek__consul_field_kind kind,
                 const json_t *value)
{
    const char *text = json_string_value(value), *reason;
    long long number = 0;
    bool flag = false, result = false;

    switch (kind) {
    case EK__CONSUL_KIND_STRING:
        result = string_fits(expr, text ? text : "");
        break;
    case EK__CONSUL_KIND_BOOL:
        parse_bool(expr->value, &flag);
        result = flag == json_is_true(value);
        break;
    case EK__CONSUL_KIND_INT:
        parse_int(expr->value, &number, &reason);
        result = number == json_integer_value(value);
        break;
    case EK__CONSUL_KIND_STRINGS:
    case EK__CONSUL_KIND_STRING_MAP:
    case EK__CONSUL_KIND_STRUCT_MAP:
    case EK__CONSUL_KIND_STRUCTS:
        result = collection_fits(expr, value);
        break;
    case EK__CONSUL_KIND_STRUCT:
        break;
    }
    return result != is_negative(expr->match);
}

/* Follows the selector from its word `depth` on. A list on the way asks for any of its items. */
static bool match(const struct ek__consul_expr *expr, struct place place, const json_t *value,
                  size_t depth)
{
    const char *name;
    bool is_map =
        place.kind == EK__CONSUL_KIND_STRING_MAP || place.kind == EK__CONSUL_KIND_STRUCT_MAP;

    if (depth == expr->selector.count)
        return fits(expr, place.kind, value);
    name = expr->selector.items[depth];
    if (place.kind == EK__CONSUL_KIND_STRUCTS) {
        place.kind = EK__CONSUL_KIND_STRUCT;
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (match(expr, place, json_array_get(value, i), depth))
                return true;
        }
        return false;
    }
    step_into(&place, name);
    value = json_object_get(value, name);
    if (!value && is_map)
        return is_negative(expr->match) || expr->match == EK__CONSUL_MATCHES;
    return match(expr, place, value, depth + 1);
}

static bool evaluate(const struct ek__consul_filter *filter, const struct ek__consul_expr *expr,
                     const json_t *row)
{
    struct place place = {EK__CONSUL_KIND_STRUCT, filter->fields};

    switch (expr->kind) {
    case EK__CONSUL_EXPR_AND:
        return evaluate(filter, expr->left, row) && evaluate(filter, expr->right, row);
    case EK__CONSUL_EXPR_OR:
        return evaluate(filter, expr->left, row) || evaluate(filter, expr->right, row);
    case EK__CONSUL_EXPR_NOT:
        return !evaluate(filter, expr->left, row);
    case EK__CONSUL_EXPR_MATCH:
        break;
    }
    return match(expr, place, row, 0);
}

bool ek__consul_filter_keeps(const struct ek__consul_filter *filter, const char *json, size_t size)
{
    json_t *row;
    bool keeps;

    if (!filter)
        return true;
    row = json_loadb(json, size, JSON_ALLOW_NUL, NULL);
    keeps = row && evaluate(filter, filter->tree.root, row);
    json_decref(row);
    return keeps;
}

void ek__consul_filter_row(const struct ek__consul_filter *filter, struct ek__consul_text *json,
                           size_t start, size_t row)
{
    if (ek__consul_filter_keeps(filter, json->data + row, json->size - row))
        return;
    json->size = start;
    json->data[start] = '\0';
}
