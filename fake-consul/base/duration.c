#include "fake-consul/base/duration.h"

#include <string.h>

static const struct unit {
    const char *name;
    int64_t ns;
} units[] = {
    {"ns", 1},       {"us", 1000},      {"\xC2\xB5s", 1000}, {"\xCE\xBCs", 1000},
    {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000},  {"h", 3600000000000},
};

static const struct unit *unit_of(const char **text)
{
    size_t size = strcspn(*text, "0123456789.");

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) == size && memcmp(units[i].name, *text, size) == 0) {
            *text += size;
            return &units[i];
        }
    }
    return NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits before and after the point, as a number and a fraction of `scale`. */
static bool number(const char **text, int64_t *whole, int64_t *fraction, int64_t *scale)
{
    const char *p = *text;
    bool any = false;

    *whole = *fraction = 0;
    *scale = 1;
    for (; is_digit(*p); p++, any = true) {
        if (*whole > (INT64_MAX - 9) / 10)
            return false;
        *whole = *whole * 10 + (*p - '0');
    }
    if (*p == '.') {
        for (p++; is_digit(*p); p++, any = true) {
            if (*scale >= 1000000000)
                continue;
            *fraction = *fraction * 10 + (*p - '0');
            *scale *= 10;
        }
    }
    *text = p;
    return any;
}

bool ek__consul_duration_parse(const char *text, int64_t *out_ns)
{
    bool negative = *text == '-';
    int64_t total = 0;

    if (*text == '-' || *text == '+')
        text++;
    if (strcmp(text, "0") == 0) {
        *out_ns = 0;
        return true;
    }
    if (!*text)
        return false;
    while (*text) {
        int64_t whole, fraction, scale, part;
        const struct unit *unit;

        if (!number(&text, &whole, &fraction, &scale))
            return false;
        unit = unit_of(&text);
        if (!unit || whole > INT64_MAX / unit->ns)
            return false;
        /* A fraction below 10^9 times an hour does not fit: it is taken in two steps. */
        part = unit->ns / scale * fraction + unit->ns % scale * fraction / scale;
        if (part > INT64_MAX - whole * unit->ns)
            return false;
        part += whole * unit->ns;
        if (part > INT64_MAX - total)
            return false;
        total += part;
    }
    *out_ns = negative ? -total : total;
    return true;
}

static void fraction_text(struct ek__consul_text *text, uint64_t value, uint64_t unit)
{
    uint64_t rest = value % unit;

    ek__consul_text_u64(text, value / unit);
    if (rest == 0)
        return;
    ek__consul_text_char(text, '.');
    while (rest > 0) {
        unit /= 10;
        ek__consul_text_char(text, (char)('0' + rest / unit));
        rest %= unit;
    }
}

void ek__consul_text_duration(struct ek__consul_text *text, int64_t ns)
{
    uint64_t value = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

    if (ns < 0)
        ek__consul_text_char(text, '-');
    if (value > 0 && value < 1000000000) {
        bool milli = value >= 1000000, micro = value >= 1000;

        fraction_text(text, value, milli ? 1000000 : micro ? 1000 : 1);
        ek__consul_text_add(text, milli ? "ms" : micro ? "\xC2\xB5s" : "ns");
        return;
    }
    if (value >= 3600000000000) {
        ek__consul_text_u64(text, value / 3600000000000);
        ek__consul_text_char(text, 'h');
    }
    if (value >= 60000000000) {
        ek__consul_text_u64(text, value % 3600000000000 / 60000000000);
        ek__consul_text_char(text, 'm');
    }
    fraction_text(text, value % 60000000000, 1000000000);
    ek__consul_text_char(text, 's');
}
