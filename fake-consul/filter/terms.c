/* What expressions are made of: strings, numbers, selectors, operators, rule by rule. */
#include "fake-consul/filter/terms.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"

#define SPACE   "[ \\t\\r\\n]"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

bool ek__consul_peg_space(struct ek__consul_peg *p)
{
    bool any = false;

    while (ek__consul_peg_class(p, " \t\r\n", SPACE))
        any = true;
    return any;
}

static bool literal(struct ek__consul_peg *p, const char *text)
{
    return ek__consul_peg_literal(p, text);
}

/* Goes back to a place; returns false, for the use after what did not fit. */
static bool back(struct ek__consul_peg *p, size_t at)
{
    p->at = at;
    return false;
}

/* Whether `rule` does not fit here; takes nothing. */
bool ek__consul_peg_absent(struct ek__consul_peg *p, bool (*rule)(struct ek__consul_peg *p))
{
    size_t at = p->at;
    bool fits;

    p->inverted = !p->inverted;
    fits = rule(p);
    p->inverted = !p->inverted;
    p->at = at;
    return !fits;
}

static bool any(struct ek__consul_peg *p)
{
    return ek__consul_peg_any(p);
}

bool ek__consul_peg_end(struct ek__consul_peg *p)
{
    return ek__consul_peg_absent(p, any);
}

/* ---- strings and numbers ---- */

static bool backquote(struct ek__consul_peg *p)
{
    return literal(p, "`");
}

static bool quote(struct ek__consul_peg *p)
{
    return literal(p, "\"");
}

/* The opening quote with what follows up to the closing one, or to the end. */
static bool string_body(struct ek__consul_peg *p, bool (*delimiter)(struct ek__consul_peg *p))
{
    size_t start = p->at;

    if (!delimiter(p))
        return back(p, start);
    while (ek__consul_peg_absent(p, delimiter) && any(p))
        ;
    return true;
}

static void add_utf8(struct ek__consul_text *out, uint32_t rune)
{
    if (rune < 0x80) {
        ek__consul_text_char(out, (char)rune);
    } else if (rune < 0x800) {
        ek__consul_text_char(out, (char)(0xC0 | rune >> 6));
        ek__consul_text_char(out, (char)(0x80 | (rune & 63)));
    } else if (rune < 0x10000) {
        ek__consul_text_char(out, (char)(0xE0 | rune >> 12));
        ek__consul_text_char(out, (char)(0x80 | (rune >> 6 & 63)));
        ek__consul_text_char(out, (char)(0x80 | (rune & 63)));
    } else {
        ek__consul_text_char(out, (char)(0xF0 | rune >> 18));
        ek__consul_text_char(out, (char)(0x80 | (rune >> 12 & 63)));
        ek__consul_text_char(out, (char)(0x80 | (rune >> 6 & 63)));
        ek__consul_text_char(out, (char)(0x80 | (rune & 63)));
    }
}

/* `digits` digits of a base, at `*text`. */
static bool digits_of(const char **text, size_t digits, uint32_t base, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = (*text)[i];
        uint32_t value = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 99;

        if (value >= base)
            return false;
        *out = *out * base + value;
    }
    *text += digits;
    return true;
}

/* One escape of Go behind its backslash. */
static bool unescape(const char **text, struct ek__consul_text *out)
{
    static const char letters[] = "abfnrtv\\\"", values[] = "\a\b\f\n\r\t\v\\\"";
    const char *place = **text ? strchr(letters, **text) : NULL;
    char kind = **text;
    uint32_t rune;

    if (place) {
        ek__consul_text_char(out, values[place - letters]);
        (*text)++;
        return true;
    }
    if (kind >= '0' && kind <= '7') {
        if (!digits_of(text, 3, 8, &rune) || rune > 255)
            return false;
        ek__consul_text_char(out, (char)rune);
        return true;
    }
    (*text) += kind != '\0';
    if (kind == 'x') {
        if (!digits_of(text, 2, 16, &rune))
            return false;
        ek__consul_text_char(out, (char)rune);
        return true;
    }
    if ((kind != 'u' && kind != 'U') || !digits_of(text, kind == 'u' ? 4 : 8, 16, &rune) ||
        rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000))
        return false;
    add_utf8(out, rune);
    return true;
}

/* What Go's strconv.Unquote makes of a literal. Returns new, or NULL. */
static char *unquoted(const char *text, size_t size)
{
    struct ek__consul_text out = {0};
    char *copy = ek__consul_copy_n(text + 1, size - 2);
    const char *at = copy;
    bool good = true;

    ek__consul_text_add(&out, "");
    while (good && *at) {
        if (text[0] == '`') {
            if (*at != '\r')
                ek__consul_text_char(&out, *at);
            at++;
        } else if (*at == '\\') {
            at++;
            good = unescape(&at, &out);
        } else {
            good = *at != '\n';
            ek__consul_text_char(&out, *at++);
        }
    }
    free(copy);
    if (good)
        return out.data;
    ek__consul_text_deinit(&out);
    return NULL;
}

/* A string literal; `*value` is new unless `value` is NULL. */
static bool string(struct ek__consul_peg *p, char **value)
{
    size_t start = p->at;

    if ((string_body(p, backquote) && backquote(p)) ||
        (back(p, start), string_body(p, quote) && quote(p))) {
        char *text = unquoted(p->text + start, p->at - start);

        if (!text)
            ek__consul_peg_error(p, start, "string", "invalid syntax");
        if (value)
            *value = text ? text : ek__consul_copy("");
        else
            free(text);
        return true;
    }
    back(p, start);
    if ((string_body(p, backquote) || string_body(p, quote)) && ek__consul_peg_end(p))
        ek__consul_peg_error(p, p->at, "string", "Unterminated string literal");
    return back(p, start);
}

static bool any_string(struct ek__consul_peg *p)
{
    return string(p, NULL);
}

static bool digit(struct ek__consul_peg *p)
{
    return ek__consul_peg_class(p, "0123456789", "[0-9]");
}

static bool whole_or_fraction(struct ek__consul_peg *p)
{
    size_t at;

    if (!literal(p, "0")) {
        if (!ek__consul_peg_class(p, "123456789", "[1-9]"))
            return false;
        while (digit(p))
            ;
    }
    at = p->at;
    if (!literal(p, ".") || !digit(p))
        return !back(p, at);
    while (digit(p))
        ;
    return true;
}

static bool after_number(struct ek__consul_peg *p)
{
    size_t at = p->at;
    bool fits = ek__consul_peg_space(p) || ek__consul_peg_end(p) || literal(p, ")");

    p->at = at;
    return fits;
}

static bool number(struct ek__consul_peg *p, char **value)
{
    size_t start = p->at;

    for (int attempt = 0; attempt < 2; attempt++) {
        back(p, start);
        literal(p, "-");
        if (!whole_or_fraction(p))
            continue;
        if (attempt == 0 && after_number(p)) {
            *value = ek__consul_copy_n(p->text + start, p->at - start);
            return true;
        }
        if (attempt == 1 && ek__consul_peg_absent(p, after_number))
            ek__consul_peg_error(p, p->at, "number", "Invalid number literal");
    }
    return back(p, start);
}

/* ---- selectors and values ---- */

/* Appends the identifier to `path`, which may be NULL. */
static bool identifier(struct ek__consul_peg *p, struct ek__consul_list *path)
{
    size_t start = p->at;
    char *name;

    if (!ek__consul_peg_class(p, LETTERS, "[a-zA-Z]"))
        return false;
    while (ek__consul_peg_class(p, LETTERS "0123456789_", "[a-zA-Z0-9_]"))
        ;
    name = ek__consul_copy_n(p->text + start, p->at - start);
    if (path)
        ek__consul_list_add(path, name);
    free(name);
    return true;
}

static bool closing_bracket(struct ek__consul_peg *p)
{
    return literal(p, "]");
}

static bool index_expression(struct ek__consul_peg *p, struct ek__consul_list *path)
{
    size_t start = p->at;
    char *name = NULL;

    if (literal(p, "[") && (ek__consul_peg_space(p), string(p, &name)) &&
        (ek__consul_peg_space(p), literal(p, "]"))) {
        if (path)
            ek__consul_list_add(path, name);
        free(name);
        return true;
    }
    free(name);
    back(p, start);
    if (literal(p, "[") && (ek__consul_peg_space(p), ek__consul_peg_absent(p, any_string)))
        ek__consul_peg_error(p, p->at, "index", "Invalid index");
    back(p, start);
    if (literal(p, "[") && (ek__consul_peg_space(p), string(p, NULL)) &&
        (ek__consul_peg_space(p), ek__consul_peg_absent(p, closing_bracket)))
        ek__consul_peg_error(p, p->at, "index", "Unclosed index expression");
    return back(p, start);
}

bool ek__consul_peg_selector(struct ek__consul_peg *p, struct ek__consul_list *path)
{
    if (!identifier(p, path))
        return false;
    for (;;) {
        size_t at = p->at;

        if (literal(p, ".") && identifier(p, path))
            continue;
        back(p, at);
        if (!index_expression(p, path))
            return true;
    }
}

bool ek__consul_peg_any_selector(struct ek__consul_peg *p)
{
    return ek__consul_peg_selector(p, NULL);
}

static char *joined(const struct ek__consul_list *path)
{
    struct ek__consul_text text = {0};

    for (size_t i = 0; i < path->count; i++) {
        ek__consul_text_add(&text, i > 0 ? "." : "");
        ek__consul_text_add(&text, path->items[i]);
    }
    return text.data;
}

bool ek__consul_peg_value(struct ek__consul_peg *p, char **out)
{
    struct ek__consul_list path = {0};
    bool fits = ek__consul_peg_selector(p, &path);

    if (fits)
        *out = joined(&path);
    ek__consul_list_deinit(&path);
    return fits || number(p, out) || string(p, out);
}

/* ---- operators: each takes its words, or nothing ---- */

static bool sign(struct ek__consul_peg *p, const char *text)
{
    size_t at = p->at;

    ek__consul_peg_space(p);
    if (!literal(p, text))
        return back(p, at);
    ek__consul_peg_space(p);
    return true;
}

/* Words with white space before each, and after the last where `open`. */
static bool words(struct ek__consul_peg *p, const char *const *list, bool open)
{
    size_t at = p->at;

    for (; *list; list++) {
        if (!ek__consul_peg_space(p) || !literal(p, *list))
            return back(p, at);
    }
    return !open || ek__consul_peg_space(p) || back(p, at);
}

static const struct operator_words {
    enum ek__consul_match match;
    const char *words[4];
} value_operators[] =
    {
        {EK__CONSUL_IN, {"contains"}},
        {EK__CONSUL_NOT_IN, {"not", "contains"}},
        {EK__CONSUL_MATCHES, {"matches"}},
        {EK__CONSUL_NOT_MATCHES, {"not", "matches"}},
},
  empty_operators[] =
      {
          {EK__CONSUL_IS_EMPTY, {"is", "empty"}},
          {EK__CONSUL_IS_NOT_EMPTY, {"is", "not", "empty"}},
},
  in_operators[] = {
      {EK__CONSUL_IN, {"in"}},
      {EK__CONSUL_NOT_IN, {"not", "in"}},
};

static bool one_of(struct ek__consul_peg *p, const struct operator_words *list, size_t count,
                   bool open, enum ek__consul_match *out)
{
    for (size_t i = 0; i < count; i++) {
        if (words(p, list[i].words, open)) {
            *out = list[i].match;
            return true;
        }
    }
    return false;
}

bool ek__consul_peg_value_operator(struct ek__consul_peg *p, enum ek__consul_match *out)
{
    *out = EK__CONSUL_EQUAL;
    if (sign(p, "=="))
        return true;
    *out = EK__CONSUL_NOT_EQUAL;
    return sign(p, "!=") ||
           one_of(p, value_operators, sizeof value_operators / sizeof *value_operators, true, out);
}

bool ek__consul_peg_in_operator(struct ek__consul_peg *p, enum ek__consul_match *out)
{
    return one_of(p, in_operators, sizeof in_operators / sizeof *in_operators, true, out);
}

bool ek__consul_peg_empty_operator(struct ek__consul_peg *p, enum ek__consul_match *out)
{
    return one_of(p, empty_operators, sizeof empty_operators / sizeof *empty_operators, false, out);
}
