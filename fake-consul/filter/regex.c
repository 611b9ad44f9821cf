/* Compiling a regular expression, refused in the words of Go's regexp package. */
#include "fake-consul/filter/regex.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/filter/regex_program.h"

enum {
    STEPS_MAX = 20000,
    REPEAT_MAX = 1000,
    DEPTH_MAX = 200,
    RUNE_MAX = 0x10FFFF
};

struct compiler {
    struct ek__consul_regex *regex;
    const char *pattern, *at;
    struct ek__consul_text *error;
    bool folded, multi_line, dot_all;
    int depth;
};

static bool refuse(struct compiler *c, const char *reason, const char *what, size_t size)
{
    if (c->error->size == 0) {
        ek__consul_text_add(c->error, "error parsing regexp: ");
        ek__consul_text_add(c->error, reason);
        ek__consul_text_add(c->error, ": `");
        ek__consul_text_add_n(c->error, what, size);
        ek__consul_text_char(c->error, '`');
    }
    return false;
}

static size_t emit(struct compiler *c, enum ek__consul_regex_op op, size_t x, size_t y)
{
    struct ek__consul_regex *regex = c->regex;

    if (regex->count >= STEPS_MAX) {
        refuse(c, "expression too large", "", 0);
        return regex->count - 1;
    }
    if (regex->count % 64 == 0)
        regex->steps = ek__consul_resize(regex->steps, (regex->count + 64) * sizeof *regex->steps);
    regex->steps[regex->count] = (struct ek__consul_regex_step){.op = op, .x = x, .y = y};
    return regex->count++;
}

static void add_range(struct compiler *c, uint32_t low, uint32_t high)
{
    struct ek__consul_regex *regex = c->regex;

    if (regex->range_count % 64 == 0)
        regex->ranges =
            ek__consul_resize(regex->ranges, (regex->range_count + 64) * sizeof *regex->ranges);
    regex->ranges[regex->range_count++] = (struct ek__consul_range){low, high};
}

/* A step for the ranges that were added since there were `first`. */
static void emit_set(struct compiler *c, size_t first, bool negated)
{
    size_t step = emit(c, EK__CONSUL_RE_SET, first, c->regex->range_count - first);

    c->regex->steps[step].negated = negated;
    c->regex->steps[step].folded = c->folded;
}

static void emit_rune(struct compiler *c, uint32_t rune)
{
    size_t first = c->regex->range_count;

    add_range(c, rune, rune);
    emit_set(c, first, false);
}

/* Named sets, as pairs of bounds; a negated one is their gaps. */
static void add_named(struct compiler *c, const char *pairs, bool negated)
{
    uint32_t from = 0;

    for (; *pairs; pairs += 2) {
        if (!negated)
            add_range(c, (unsigned char)pairs[0], (unsigned char)pairs[1]);
        else if ((unsigned char)pairs[0] > from)
            add_range(c, from, (unsigned char)pairs[0] - 1u);
        from = (unsigned char)pairs[1] + 1u;
    }
    if (negated)
        add_range(c, from, RUNE_MAX);
}

static bool add_perl(struct compiler *c, char letter)
{
    char lower = (char)(letter | 32);
    const char *pairs = lower == 'd'   ? "09"
                        : lower == 'w' ? "09AZ__az"
                        : lower == 's' ? "\t\n\f\r  "
                                       : NULL;

    if (pairs)
        add_named(c, pairs, letter != lower);
    return pairs != NULL;
}

/* [:name:] inside a class; true when there is one at `at`. */
static bool add_posix(struct compiler *c)
{
    static const char *const names[][2] = {
        {"alnum", "09AZaz"},
        {"alpha", "AZaz"},
        {"blank", "\t\t  "},
        {"digit", "09"},
        {"lower", "az"},
        {"upper", "AZ"},
        {"space", "\t\r  "},
        {"punct", "!/:@[`{~"},
        {"print", " ~"},
        {"graph", "!~"},
        {"word", "09AZ__az"},
        {"xdigit", "09AFaf"},
        {"cntrl", "\1\x1F\x7F\x7F"},
        {"ascii", "\1\x7F"},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size = strlen(names[i][0]);
        const char *p = c->at + 2;
        bool negated = *p == '^';

        p += negated;
        if (strncmp(p, names[i][0], size) == 0 && strncmp(p + size, ":]", 2) == 0) {
            add_named(c, names[i][1], negated);
            c->at = p + size + 2;
            return true;
        }
    }
    return false;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool hex_rune(struct compiler *c, uint32_t *out)
{
    const char *p = c->at + 2;
    bool braces = *p == '{';
    uint32_t rune = 0;
    size_t digits = 0;

    for (p += braces; hex_digit(*p) >= 0 && (braces || digits < 2) && rune <= RUNE_MAX; p++) {
        rune = rune * 16 + (uint32_t)hex_digit(*p);
        digits++;
    }
    if (digits == 0 || rune > RUNE_MAX || (braces ? *p != '}' : digits != 2))
        return refuse(c, "invalid escape sequence", c->at, (size_t)(p - c->at) + (*p != '\0'));
    c->at = p + braces;
    *out = rune;
    return true;
}

/* A single character behind a backslash. */
static bool escaped(struct compiler *c, uint32_t *out)
{
    static const char letters[] = "afnrtv", values[] = "\a\f\n\r\t\v";
    const char *place;
    char letter = c->at[1];

    if (!letter)
        return refuse(c, "trailing backslash at end of expression", "", 0);
    if (letter == 'x')
        return hex_rune(c, out);
    place = strchr(letters, letter);
    if (place) {
        *out = (unsigned char)values[place - letters];
    } else if ((letter & 0x80) == 0 && hex_digit(letter) < 0 && !(letter >= 'A' && letter <= 'Z') &&
               !(letter >= 'a' && letter <= 'z')) {
        *out = (unsigned char)letter;
    } else {
        return refuse(c, "invalid escape sequence", c->at, 2);
    }
    c->at += 2;
    return true;
}

static bool class_rune(struct compiler *c, uint32_t *out)
{
    if (*c->at == '\\')
        return escaped(c, out);
    *out = ek__consul_rune(&c->at);
    return true;
}

static bool parse_class(struct compiler *c)
{
    size_t first = c->regex->range_count;
    const char *start = c->at++;
    bool negated = *c->at == '^', any = false;

    c->at += negated;
    for (; *c->at && (*c->at != ']' || !any); any = true) {
        const char *from = c->at;
        uint32_t low, high;

        if (strncmp(c->at, "[:", 2) == 0 && add_posix(c))
            continue;
        if (*c->at == '\\' && add_perl(c, c->at[1])) {
            c->at += 2;
            continue;
        }
        if (!class_rune(c, &low))
            return false;
        high = low;
        if (c->at[0] == '-' && c->at[1] && c->at[1] != ']') {
            c->at++;
            if (!class_rune(c, &high))
                return false;
            if (high < low)
                return refuse(c, "invalid character class range", from, (size_t)(c->at - from));
        }
        add_range(c, low, high);
    }
    if (!*c->at)
        return refuse(c, "missing closing ]", start, strlen(start));
    c->at++;
    emit_set(c, first, negated);
    return true;
}

static bool parse_alternatives(struct compiler *c);

/* (?flags) or (?flags:...) or (?P<name>...); `group` says whether a group follows. */
static bool parse_flags(struct compiler *c, bool *group)
{
    const char *start = c->at;
    bool value = true;

    *group = true;
    if (strncmp(c->at, "(?P<", 4) == 0 && strchr(c->at, '>')) {
        c->at = strchr(c->at, '>') + 1;
        return true;
    }
    for (c->at += 2; *c->at && *c->at != ':' && *c->at != ')'; c->at++) {
        if (*c->at == '-')
            value = false;
        else if (*c->at == 'i')
            c->folded = value;
        else if (*c->at == 'm')
            c->multi_line = value;
        else if (*c->at == 's')
            c->dot_all = value;
        else if (*c->at != 'U')
            return refuse(c, "invalid or unsupported Perl syntax", start,
                          (size_t)(c->at - start) + 1);
    }
    if (!*c->at)
        return refuse(c, "missing closing )", c->pattern, strlen(c->pattern));
    *group = *c->at++ == ':';
    return true;
}

static bool parse_group(struct compiler *c)
{
    bool folded = c->folded, multi_line = c->multi_line, dot_all = c->dot_all, group = true;

    if (++c->depth > DEPTH_MAX)
        return refuse(c, "expression nests too deeply", c->pattern, strlen(c->pattern));
    if (c->at[1] == '?') {
        if (!parse_flags(c, &group))
            return false;
    } else {
        c->at++;
    }
    c->depth--;
    if (!group)
        return true;
    c->depth++;
    if (!parse_alternatives(c))
        return false;
    c->depth--;
    if (*c->at != ')')
        return refuse(c, "missing closing )", c->pattern, strlen(c->pattern));
    c->at++;
    c->folded = folded;
    c->multi_line = multi_line;
    c->dot_all = dot_all;
    return true;
}

static bool parse_escape(struct compiler *c)
{
    size_t first = c->regex->range_count;
    char letter = c->at[1];
    uint32_t rune;

    if (letter == 'b' || letter == 'B' || letter == 'A' || letter == 'z') {
        size_t step = emit(c,
                           letter == 'b'   ? EK__CONSUL_RE_WORD
                           : letter == 'B' ? EK__CONSUL_RE_NO_WORD
                           : letter == 'A' ? EK__CONSUL_RE_TEXT_BEGIN
                                           : EK__CONSUL_RE_TEXT_END,
                           0, 0);

        c->regex->steps[step].x = step + 1;
        c->at += 2;
        return true;
    }
    if (add_perl(c, letter)) {
        emit_set(c, first, false);
        c->at += 2;
        return true;
    }
    if (!escaped(c, &rune))
        return false;
    emit_rune(c, rune);
    return true;
}

static bool parse_atom(struct compiler *c)
{
    size_t first = c->regex->range_count, step;

    switch (*c->at) {
    case '(':
        return parse_group(c);
    case '[':
        return parse_class(c);
    case '\\':
        return parse_escape(c);
    case '.':
        if (!c->dot_all)
            add_range(c, '\n', '\n');
        emit_set(c, first, true);
        c->at++;
        return true;
    case '^':
    case '$':
        step = emit(c,
                    *c->at == '^'
                        ? (c->multi_line ? EK__CONSUL_RE_LINE_BEGIN : EK__CONSUL_RE_TEXT_BEGIN)
                        : (c->multi_line ? EK__CONSUL_RE_LINE_END : EK__CONSUL_RE_TEXT_END),
                    0, 0);
        c->regex->steps[step].x = step + 1;
        c->at++;
        return true;
    default:
        emit_rune(c, ek__consul_rune(&c->at));
        return true;
    }
}

/* The bounds of {n}, {n,} or {n,m}; false for braces that are none, which stand for themselves. */
static bool repeat_bounds(const char **text, size_t *least, size_t *most)
{
    const char *p = *text + 1;
    char *end;

    if (*p < '0' || *p > '9')
        return false;
    *least = *most = strtoul(p, &end, 10);
    p = end;
    if (*p == ',') {
        p++;
        *most = SIZE_MAX;
        if (*p >= '0' && *p <= '9') {
            *most = strtoul(p, &end, 10);
            p = end;
        }
    }
    if (*p != '}')
        return false;
    *text = p + 1;
    return true;
}

/* Makes room for a step before the code from `start` on. */
static void shift(struct compiler *c, size_t start)
{
    struct ek__consul_regex *regex = c->regex;

    emit(c, EK__CONSUL_RE_JUMP, 0, 0);
    for (size_t i = regex->count - 1; i > start; i--) {
        struct ek__consul_regex_step *step = &regex->steps[i];

        *step = regex->steps[i - 1];
        if (step->op != EK__CONSUL_RE_SET) {
            step->x += step->x >= start;
            step->y += step->y >= start;
        }
    }
}

/* Appends the code of [start, end) once more. */
static void again(struct compiler *c, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        struct ek__consul_regex_step old = c->regex->steps[i];
        size_t by = c->regex->count - i, step;

        if (old.op != EK__CONSUL_RE_SET) {
            old.x += by;
            old.y += by;
        }
        step = emit(c, old.op, old.x, old.y);
        c->regex->steps[step].negated = old.negated;
        c->regex->steps[step].folded = old.folded;
    }
}

/* Makes [start, here) optional, or repeatable too. */
static void optional(struct compiler *c, size_t start, bool repeats)
{
    shift(c, start);
    if (repeats)
        emit(c, EK__CONSUL_RE_JUMP, start, 0);
    c->regex->steps[start] = (struct ek__consul_regex_step){
        .op = EK__CONSUL_RE_SPLIT, .x = start + 1, .y = c->regex->count};
}

static void repeat(struct compiler *c, size_t start, size_t least, size_t most)
{
    size_t end = c->regex->count;

    for (size_t i = 1; i < least && c->error->size == 0; i++)
        again(c, start, end);
    if (least == 0) {
        if (most == 0) {
            c->regex->count = start;
            return;
        }
        optional(c, start, most == SIZE_MAX);
        if (most == SIZE_MAX)
            return;
        start++;
        end++;
        least = 1;
    } else if (most == SIZE_MAX) {
        size_t copy = c->regex->count;

        again(c, start, end);
        optional(c, copy, true);
        return;
    }
    for (size_t i = least; i < most && c->error->size == 0; i++) {
        size_t copy = c->regex->count;

        again(c, start, end);
        optional(c, copy, false);
    }
}

/* The operators after an atom whose code begins at `start`. */
static bool parse_repeats(struct compiler *c, size_t start)
{
    const char *first = c->at;

    while (*c->at && strchr("*+?{", *c->at)) {
        const char *op = c->at;
        size_t least = *op == '+', most = *op == '?' ? 1 : SIZE_MAX;

        if (*op == '{') {
            if (!repeat_bounds(&c->at, &least, &most))
                break;
            if (least > REPEAT_MAX || (most != SIZE_MAX && (most > REPEAT_MAX || most < least)))
                return refuse(c, "invalid repeat count", op, (size_t)(c->at - op));
        } else {
            c->at++;
        }
        if (*c->at == '?')
            c->at++;
        if (op != first)
            return refuse(c, "invalid nested repetition operator", first, (size_t)(c->at - first));
        repeat(c, start, least, most);
    }
    return c->error->size == 0;
}

static bool parse_sequence(struct compiler *c)
{
    while (*c->at && *c->at != '|' && *c->at != ')') {
        size_t start = c->regex->count, least, most;
        const char *braces = c->at;

        if (strchr("*+?", *c->at))
            return refuse(c, "missing argument to repetition operator", c->at, 1);
        if (*c->at == '{' && repeat_bounds(&braces, &least, &most))
            return refuse(c, "missing argument to repetition operator", c->at,
                          (size_t)(braces - c->at));
        if (!parse_atom(c) || c->error->size > 0 || !parse_repeats(c, start))
            return false;
    }
    return true;
}

static bool parse_alternatives(struct compiler *c)
{
    size_t start = c->regex->count;

    if (!parse_sequence(c))
        return false;
    while (*c->at == '|') {
        size_t jump;

        c->at++;
        shift(c, start);
        jump = emit(c, EK__CONSUL_RE_JUMP, 0, 0);
        c->regex->steps[start] = (struct ek__consul_regex_step){
            .op = EK__CONSUL_RE_SPLIT, .x = start + 1, .y = c->regex->count};
        if (!parse_alternatives(c))
            return false;
        c->regex->steps[jump].x = c->regex->count;
    }
    return true;
}

struct ek__consul_regex *ek__consul_regex_new(const char *pattern, struct ek__consul_text *error)
{
    struct ek__consul_regex *regex = ek__consul_alloc(sizeof *regex);
    struct ek__consul_text why = {0};
    struct compiler compiler = {.regex = regex, .pattern = pattern, .at = pattern, .error = &why};
    bool good = parse_alternatives(&compiler);

    if (good && *compiler.at == ')')
        good = refuse(&compiler, "unexpected )", pattern, strlen(pattern));
    emit(&compiler, EK__CONSUL_RE_MATCH, 0, 0);
    if (good && why.size == 0)
        return regex;
    ek__consul_text_add(error, why.data);
    ek__consul_text_deinit(&why);
    ek__consul_regex_free(regex);
    return NULL;
}

void ek__consul_regex_free(struct ek__consul_regex *regex)
{
    if (!regex)
        return;
    free(regex->steps);
    free(regex->ranges);
    free(regex);
}
