#include "reports/tui/format.h"

#include "evenkeel/time.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *ek__format_at(int64_t at_ns, char out[EK_FORMAT_MAX])
{
    snprintf(out, EK_FORMAT_MAX, "%" PRId64 ".%03" PRId64, at_ns / EK_S, at_ns % EK_S / EK_MS);
    return out;
}

const char *ek__format_exact(int64_t at_ns, char out[EK_FORMAT_MAX])
{
    snprintf(out, EK_FORMAT_MAX, "%" PRId64 ".%09" PRId64, at_ns / EK_S, at_ns % EK_S);
    size_t end = strlen(out);
    size_t least = end - 6;
    while (end > least && out[end - 1] == '0')
        end--;
    out[end] = '\0';
    return out;
}

const char *ek__format_edge(int64_t at_ns, char out[EK_FORMAT_MAX])
{
    if (at_ns % INT64_C(1000000000) == 0 || at_ns >= INT64_C(100000000000))
        snprintf(out, EK_FORMAT_MAX, "%.0f s", (double)at_ns / 1e9);
    else
        snprintf(out, EK_FORMAT_MAX, "%.*f s", at_ns < INT64_C(10000000000) ? 3 : 2,
                 (double)at_ns / 1e9);
    return out;
}

const char *ek__format_duration(int64_t ns, char out[EK_FORMAT_MAX])
{
    double seconds = (double)ns / 1e9;
    if (ns < 0)
        snprintf(out, EK_FORMAT_MAX, "-");
    else if (ns == 0)
        snprintf(out, EK_FORMAT_MAX, "0");
    else if (ns < EK_MS)
        snprintf(out, EK_FORMAT_MAX, "%.0f us", seconds * 1e6);
    else if (ns < 10 * EK_MS)
        snprintf(out, EK_FORMAT_MAX, "%.1f ms", seconds * 1e3);
    else if (ns < EK_S)
        snprintf(out, EK_FORMAT_MAX, "%.0f ms", seconds * 1e3);
    else if (ns < 10 * EK_S)
        snprintf(out, EK_FORMAT_MAX, "%.2f s", seconds);
    else if (ns < 100 * EK_S)
        snprintf(out, EK_FORMAT_MAX, "%.1f s", seconds);
    else if (ns < 1000 * EK_S)
        snprintf(out, EK_FORMAT_MAX, "%.0f s", seconds);
    else
        snprintf(out, EK_FORMAT_MAX, "%.0f m", seconds / 60);
    return out;
}

const char *ek__format_count(uint64_t value, char out[EK_FORMAT_MAX])
{
    char digits[EK_FORMAT_MAX];
    size_t count = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, value);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *ek__format_short(uint64_t value, char out[EK_FORMAT_MAX])
{
    if (value < 10000)
        snprintf(out, EK_FORMAT_MAX, "%" PRIu64, value);
    else if (value < 1000000)
        snprintf(out, EK_FORMAT_MAX, "%.*fk", value < 100000 ? 1 : 0, (double)value / 1e3);
    else
        snprintf(out, EK_FORMAT_MAX, "%.1fM", (double)value / 1e6);
    return out;
}

const char *ek__format_score(int64_t score, const char *unit, char out[EK_FORMAT_MAX])
{
    bool is_time = strncmp(unit, "ns", 2) == 0 && (unit[2] == '\0' || unit[2] == ';');
    char digits[EK_FORMAT_MAX];
    if (is_time && score >= 0)
        return ek__format_duration(score, out);
    /* The smallest number has no positive counterpart. */
    uint64_t size = score < 0 ? ~(uint64_t)score + 1 : (uint64_t)score;
    snprintf(out, EK_FORMAT_MAX, "%s%.28s", score < 0 ? "-" : "", ek__format_count(size, digits));
    return out;
}

const char *ek__format_percent(uint64_t part, uint64_t whole, char out[EK_FORMAT_MAX])
{
    double percent = whole > 0 ? 100.0 * (double)part / (double)whole : 0;
    if (whole == 0)
        snprintf(out, EK_FORMAT_MAX, "-");
    else if (part == 0 || part == whole)
        snprintf(out, EK_FORMAT_MAX, "%.0f %%", percent);
    else
        snprintf(out, EK_FORMAT_MAX, "%.1f %%", percent);
    return out;
}
