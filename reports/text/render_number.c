#include "reports/text/render_number.h"

#include <stdio.h>
#include <string.h>

struct ek__text ek__decimal(uint64_t value, uint64_t unit, int decimals)
{
    struct ek__text text;
    uint64_t scale = 1;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    uint64_t whole = value / unit, rest = value % unit;
    while (rest > UINT64_MAX / scale / 2) {
        rest /= 2;
        unit /= 2;
    }
    uint64_t fraction = (rest * scale + unit / 2) / unit;
    whole += fraction / scale;
    fraction %= scale;

    char *end = text.s + sizeof text.s - 1, *p = end;
    *p = '\0';
    for (int i = 0; i < decimals; i++, fraction /= 10)
        *--p = (char)('0' + fraction % 10);
    if (decimals > 0)
        *--p = '.';
    int digits = 0;
    do {
        if (digits > 0 && digits % 3 == 0)
            *--p = ',';
        *--p = (char)('0' + whole % 10);
        whole /= 10;
        digits++;
    } while (whole > 0);
    memmove(text.s, p, (size_t)(end - p) + 1);
    return text;
}

static struct ek__text with_suffix(struct ek__text text, const char *suffix)
{
    size_t length = strlen(text.s);
    snprintf(text.s + length, sizeof text.s - length, "%s", suffix);
    return text;
}

struct ek__text ek__count(uint64_t count)
{
    return ek__decimal(count, 1, 0);
}

struct ek__text ek__counted(uint64_t count, const char *noun)
{
    struct ek__text text = with_suffix(with_suffix(ek__count(count), " "), noun);
    return count == 1 ? text : with_suffix(text, "s");
}

/* As many decimals as make three digits. */
static struct ek__text three_digits(uint64_t value, uint64_t unit)
{
    if (value < unit * 10 - unit / 200)
        return ek__decimal(value, unit, 2);
    return ek__decimal(value, unit, value < unit * 100 - unit / 20 ? 1 : 0);
}

struct time_unit {
    uint64_t ns;
    const char *suffix;
};

static struct time_unit unit_for(uint64_t ns)
{
    if (ns >= 1000000000)
        return (struct time_unit){1000000000, " s"};
    if (ns >= 1000000)
        return (struct time_unit){1000000, " ms"};
    if (ns >= 1000)
        return (struct time_unit){1000, " us"};
    return (struct time_unit){1, " ns"};
}

struct ek__text ek__duration(int64_t ns)
{
    uint64_t value = ns > 0 ? (uint64_t)ns : 0;
    if (value == 0)
        return (struct ek__text){"0 s"};
    struct time_unit unit = unit_for(value);
    struct ek__text text = unit.ns == 1 ? ek__count(value) : three_digits(value, unit.ns);
    return with_suffix(text, unit.suffix);
}

static struct ek__text without_zeros(struct ek__text text)
{
    if (strchr(text.s, '.') == NULL)
        return text;
    size_t length = strlen(text.s);
    while (text.s[length - 1] == '0')
        length--;
    if (text.s[length - 1] == '.')
        length--;
    text.s[length] = '\0';
    return text;
}

struct ek__text ek__instant(int64_t ns)
{
    uint64_t value = ns > 0 ? (uint64_t)ns : 0;
    if (value == 0)
        return (struct ek__text){"0 s"};
    struct time_unit unit = unit_for(value);
    if (unit.ns == 1000000 && value % 100000000 == 0)
        unit = unit_for(1000000000); /* 0.5 s, beside other seconds */
    return with_suffix(without_zeros(ek__decimal(value, unit.ns, 3)), unit.suffix);
}

struct ek__text ek__range(int64_t from_ns, int64_t to_ns)
{
    struct ek__text from = ek__instant(from_ns), to = ek__instant(to_ns);
    const char *from_unit = strchr(from.s, ' '), *to_unit = strchr(to.s, ' ');
    if (from_unit != NULL && to_unit != NULL && strcmp(from_unit, to_unit) == 0)
        from.s[from_unit - from.s] = '\0';
    return with_suffix(with_suffix(from, " .. "), to.s);
}

struct ek__text ek__share(uint64_t part, uint64_t whole, int decimals)
{
    if (whole == 0)
        return (struct ek__text){"-"};
    if (part == 0)
        return (struct ek__text){"0 %"};
    if (part == whole)
        return (struct ek__text){"100 %"};
    while (part > UINT64_MAX / 100) {
        part /= 2;
        whole /= 2;
    }
    uint64_t steps = 1; /* the smallest number that these decimals can show is 1 / steps percent */
    for (int i = 0; i < decimals; i++)
        steps *= 10;
    struct ek__text text = ek__decimal(part * 100, whole, decimals);
    if (part < whole && strncmp(text.s, "100", 3) == 0)
        text = ek__decimal(100 * steps - 1, steps, decimals);
    const char *mark = "";
    if (strspn(text.s, "0.") == strlen(text.s)) {
        text = ek__decimal(1, steps, decimals);
        mark = "<";
    }
    struct ek__text out;
    snprintf(out.s, sizeof out.s, "%s%.40s %%", mark, text.s);
    return out;
}

struct ek__text ek__rate(uint64_t count, int64_t ns)
{
    if (ns <= 0)
        return (struct ek__text){"-"};
    double rate = (double)count * 1e9 / (double)ns;
    uint64_t thousandths = rate < 1e15 ? (uint64_t)(rate * 1000 + 0.5) : UINT64_MAX / 2;
    if (count > 0 && thousandths < 50)
        return (struct ek__text){"<0.1/s"};
    struct ek__text text = ek__decimal(thousandths, 1000, rate >= 100 || thousandths == 0 ? 0 : 1);
    return with_suffix(without_zeros(text), "/s");
}

struct ek__text ek__bar(uint64_t part, uint64_t whole, int width, bool unicode)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    struct ek__text text = {""};
    if (part == 0 || whole == 0)
        return text;
    width = width > 20 ? 20 : width;
    int steps = unicode ? 8 : 1;
    int full = (int)((double)part / (double)whole * width * steps + 0.5);
    full = full < 1 ? 1 : full > width * steps ? width * steps : full;
    for (int i = 0; i < full / steps; i++)
        text = with_suffix(text, unicode ? "█" : "#");
    return unicode ? with_suffix(text, eighths[full % 8]) : text;
}
