/* Values as people write them: durations, rates, shares, decimals, words. */
#include "evenkeel/option.h"

#include "evenkeel/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One way to end a number. A value of `digits` digits before the point (leading zeros aside) and
 * `decimals` after it fits int64_t and is exact, so the digits alone decide what is accepted. */
struct unit {
    const char *name;
    int64_t scale; /* stored units in one of these, before division by `per` */
    int64_t per;
    int digits, decimals;
};

static const struct unit duration_units[] = {
    {"ns", 1, 1, 18, 0},  {"us", EK_US, 1, 15, 3},   {"ms", EK_MS, 1, 12, 6},
    {"s", EK_S, 1, 9, 9}, {"m", 60 * EK_S, 1, 8, 6}, {"h", 3600 * EK_S, 1, 6, 6},
    {NULL, 0, 0, 0, 0},
};

static const struct unit rate_units[] = {
    {"/s", 1000000, 1, 9, 6},
    {"/m", 1000000, 60, 9, 3},
    {"/h", 1000000, 3600, 9, 0},
    {NULL, 0, 0, 0, 0},
};

static const struct unit share_units[] = {
    {"%", 10000, 1, 3, 4},
    {NULL, 0, 0, 0, 0},
};

/* How a type is explained to someone who got it wrong. */
struct form {
    enum ek_option_type type;
    const char *wanted;
    const char *bare; /* what a number without unit is told */
    const char *example_unit;
    const struct unit *units;
};

static const struct form forms[] = {
    {EK_OPTION_BOOL, "true or false", NULL, NULL, NULL},
    {EK_OPTION_INTEGER, "a whole number", NULL, NULL, NULL},
    {EK_OPTION_DURATION, "a duration such as \"250ms\"", "a duration needs a unit", "s",
     duration_units},
    {EK_OPTION_SHARE, "a share such as \"99.9%\"", "a share needs a percent sign", "%",
     share_units},
    {EK_OPTION_RATE, "a rate such as \"500/s\"", "a rate needs a unit", "/s", rate_units},
    {EK_OPTION_DECIMAL, "a number such as 1.6", NULL, NULL, NULL},
};

static const struct form *form_of(enum ek_option_type type)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].type == type)
            return &forms[i];
    return NULL;
}

/* A run of decimal digits. */
struct digits {
    int count; /* significant: leading zeros are skipped when `skip_zeros` */
    int64_t value;
    const char *end;
};

static struct digits scan_digits(const char *text, bool skip_zeros)
{
    struct digits d = {0, 0, text};
    for (; *d.end >= '0' && *d.end <= '9'; d.end++) {
        if (skip_zeros && d.count == 0 && *d.end == '0')
            continue;
        d.count++;
        if (d.count <= 18)
            d.value = d.value * 10 + (*d.end - '0');
    }
    return d;
}

static int64_t power_of_ten(int exponent)
{
    int64_t value = 1;
    while (exponent-- > 0)
        value *= 10;
    return value;
}

enum scan_result {
    SCAN_OK,
    SCAN_SHAPE,    /* not number and unit */
    SCAN_NEGATIVE, /* a minus sign in front of something right */
    SCAN_NO_UNIT,
    SCAN_TOO_BIG,
    SCAN_TOO_FINE
};

static enum scan_result scan(const struct unit *units, const char *text, int64_t *out)
{
    if (*text == '-') {
        enum scan_result rest = scan(units, text + 1, out);
        return rest == SCAN_OK ? SCAN_NEGATIVE : rest;
    }
    struct digits whole = scan_digits(text, true), part = {0, 0, whole.end};
    if (whole.end == text)
        return SCAN_SHAPE;
    if (*whole.end == '.') {
        part = scan_digits(whole.end + 1, false);
        if (part.count == 0)
            return SCAN_SHAPE;
    }
    if (*part.end == '\0')
        return SCAN_NO_UNIT;
    for (const struct unit *u = units; u->name; u++) {
        if (strcmp(part.end, u->name) != 0)
            continue;
        if (whole.count > u->digits)
            return SCAN_TOO_BIG;
        if (part.count > u->decimals)
            return SCAN_TOO_FINE;
        int64_t scaled = whole.value * u->scale + part.value * u->scale / power_of_ten(part.count);
        *out = (scaled + u->per / 2) / u->per;
        return SCAN_OK;
    }
    return SCAN_SHAPE;
}

/* Copies at most `most` bytes of UTF-8 without cutting a character, marking a cut. */
static void shorten(const char *text, size_t most, char *out, size_t size)
{
    size_t length = strlen(text);
    if (length <= most) {
        snprintf(out, size, "%s", text);
        return;
    }
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    snprintf(out, size, "%.*s...", (int)most, text);
}

/* What stands there, in a few words. */
static void found_text(const json_t *json, char *out, size_t size)
{
    char cut[48];
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        snprintf(out, size, "an object");
        return;
    case JSON_ARRAY:
        snprintf(out, size, "a list");
        return;
    case JSON_STRING:
        shorten(json_string_value(json), 32, cut, sizeof cut);
        snprintf(out, size, "\"%s\"", cut);
        return;
    case JSON_INTEGER:
        snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
        return;
    case JSON_REAL: {
        size_t used =
            json_dumpb(json, cut, sizeof cut - 1, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
        cut[used < sizeof cut ? used : 0] = '\0';
        snprintf(out, size, "%s", cut);
        return;
    }
    case JSON_TRUE:
        snprintf(out, size, "true");
        return;
    case JSON_FALSE:
        snprintf(out, size, "false");
        return;
    case JSON_NULL:
    default:
        snprintf(out, size, "null");
        return;
    }
}

static bool whole_number(const json_t *json, int64_t *out)
{
    if (json_is_integer(json)) {
        *out = json_integer_value(json);
        return true;
    }
    if (!json_is_real(json))
        return false;
    double value = json_real_value(json); /* 5.0 is a whole number to JSON Schema as well */
    if (value < -9e15 || value > 9e15 || (double)(int64_t)value < value ||
        (double)(int64_t)value > value)
        return false;
    *out = (int64_t)value;
    return true;
}

static bool thousandths(const json_t *json, int64_t *out)
{
    if (json_is_integer(json)) {
        json_int_t value = json_integer_value(json);
        if (value > INT64_MAX / 1000 || value < INT64_MIN / 1000)
            return false;
        *out = value * 1000;
        return true;
    }
    if (!json_is_real(json))
        return false;
    double scaled = json_real_value(json) * 1000;
    if (scaled < -9e15 || scaled > 9e15)
        return false;
    *out = (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    return true;
}

static bool plain_scalar(enum ek_option_type type, const json_t *json, int64_t *out)
{
    if (type == EK_OPTION_BOOL) {
        if (!json_is_boolean(json))
            return false;
        *out = json_is_true(json);
        return true;
    }
    return type == EK_OPTION_INTEGER ? whole_number(json, out) : thousandths(json, out);
}

bool ek_option_scalar(enum ek_option_type type, const json_t *json, int64_t *out, char *why,
                      size_t why_size)
{
    const struct form *form = form_of(type);
    EK_ASSERT(form && json);
    int64_t value = 0;
    enum scan_result result = SCAN_SHAPE;
    if (!form->units)
        result = plain_scalar(type, json, &value) ? SCAN_OK : SCAN_SHAPE;
    else if (json_is_string(json))
        result = scan(form->units, json_string_value(json), &value);
    else if (json_is_number(json))
        result = SCAN_NO_UNIT;
    if (result == SCAN_OK) {
        *out = value;
        return true;
    }

    char found[64], number[64] = "10";
    found_text(json, found, sizeof found);
    if (json_is_string(json))
        shorten(json_string_value(json), 24, number, sizeof number);
    else if (json_is_number(json))
        snprintf(number, sizeof number, "%s", found);
    if (result == SCAN_NO_UNIT && number[0] != '-')
        snprintf(why, why_size, "expected %s, found %s; %s: \"%s%s\"", form->wanted, found,
                 form->bare, number, form->example_unit);
    else
        snprintf(why, why_size, "expected %s, found %s%s", form->wanted, found,
                 result == SCAN_NEGATIVE || result == SCAN_NO_UNIT ? "; it cannot be negative"
                 : result == SCAN_TOO_BIG                          ? "; it is too large"
                 : result == SCAN_TOO_FINE                         ? "; it has too many decimals"
                                                                   : "");
    return false;
}

const char *ek_option_pattern(enum ek_option_type type, int64_t min, int64_t max, char *out,
                              size_t size)
{
    const struct form *form = form_of(type);
    if (!form || !form->units)
        return NULL;
    size_t used = (size_t)snprintf(out, size, "^%s0*(", min > 0 ? "(?=.*[1-9])" : "");
    if (type == EK_OPTION_SHARE && max == 1000000) {
        snprintf(out + used, size - used, "100(\\.0{1,4})?|[0-9]{1,2}(\\.[0-9]{1,4})?)%%$");
        return out;
    }
    for (const struct unit *u = form->units; u->name && used < size; u++) {
        char decimals[32] = "";
        if (u->decimals > 0)
            snprintf(decimals, sizeof decimals, "(\\.[0-9]{1,%d})?", u->decimals);
        used += (size_t)snprintf(out + used, size - used, "%s[0-9]{1,%d}%s%s",
                                 u == form->units ? "" : "|", u->digits, decimals, u->name);
    }
    EK_ASSERT(used + 3 <= size);
    snprintf(out + used, size - used, ")$");
    return out;
}

const char *ek_duration_text(int64_t ns, char *out, size_t size)
{
    static const struct {
        const char *name;
        uint64_t ns, limit; /* the next unit begins at `limit` of these */
    } units[] = {
        {"ns", 1, 1000},
        {"us", EK_US, 1000},
        {"ms", EK_MS, 1000},
        {"s", EK_S, 10000},
        {"h", 3600 * EK_S, UINT64_MAX},
    };
    if (ns == INT64_MAX) {
        snprintf(out, size, "never");
        return out;
    }
    uint64_t size_ns = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        uint64_t whole = size_ns / units[i].ns, step = 1;
        int decimals = 3;
        for (uint64_t w = whole; w >= 10 && decimals > 0; w /= 10)
            decimals--;
        while (whole / step >= 10000)
            step *= 10;
        uint64_t power = (uint64_t)power_of_ten(decimals), unit = units[i].ns * step;
        uint64_t scaled = (size_ns / unit) * power + (size_ns % unit * power + unit / 2) / unit;
        if (scaled / power * step >= units[i].limit)
            continue;
        uint64_t part = scaled % power;
        while (decimals > 0 && part % 10 == 0) {
            part /= 10;
            decimals--;
        }
        const char *sign = ns < 0 ? "-" : "";
        if (decimals > 0) /* the mask shows gcc that the width is small */
            snprintf(out, size, "%s%" PRIu64 ".%0*" PRIu64 " %s", sign, scaled / power * step,
                     decimals & 7, part, units[i].name);
        else
            snprintf(out, size, "%s%" PRIu64 " %s", sign, scaled / power * step, units[i].name);
        return out;
    }
    return out;
}

/* Case, dash and underscore do not make a word another word. */
static int folded(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 'a';
    return c == '_' ? '-' : (unsigned char)c;
}

enum {
    SUGGEST_LENGTH_MAX = 48
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`. */
static int edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int rows[3][SUGGEST_LENGTH_MAX + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= a_length; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= b_length; j++) {
            int differs = folded(a[i - 1]) != folded(b[j - 1]);
            row[j] = least(above[j - 1] + differs, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                folded(a[i - 2]) == folded(b[j - 1]))
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

static bool begins_folded(const char *text, const char *start)
{
    for (; *start; text++, start++)
        if (folded(*text) != folded(*start))
            return false;
    return true;
}

const char *ek_suggest(const char *given, const char *const *words)
{
    size_t length = strlen(given);
    if (length == 0 || length > SUGGEST_LENGTH_MAX)
        return NULL;
    const char *best = NULL;
    int best_distance = (int)(length + 2) / 3 + 1; /* a third of the letters may be wrong */
    for (size_t i = 0; words[i]; i++) {
        size_t word_length = strlen(words[i]);
        if (word_length == 0 || word_length > SUGGEST_LENGTH_MAX)
            continue;
        int distance = edit_distance(given, length, words[i], word_length);
        if (length >= 3 && begins_folded(words[i], given))
            distance = least(distance, 2);
        if (distance < best_distance && distance < (int)word_length) {
            best = words[i];
            best_distance = distance;
        }
    }
    return best;
}
