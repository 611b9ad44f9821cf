/* What the headers of an answer say: a pushback, a load report. Both come from the network. */
#include "evenkeel/answer_header.h"

#include <jansson.h>
#include <stddef.h>
#include <string.h>

enum {
    VALUE_SIZE_MAX = 4096,
    NUMBER_SIZE_MAX = 64
};

static const double number_max = 1e12; /* of what is counted in millionths */

/* ---- when to try again ---- */

int64_t ek_header_pushback_ms(const char *value)
{
    const char *digit = value;
    int64_t ms = 0;

    for (; *digit >= '0' && *digit <= '9'; digit++) {
        if (ms > (INT64_MAX - 9) / 10)
            return -1;
        ms = 10 * ms + (*digit - '0');
    }
    return *digit == '\0' && digit > value ? ms : -1;
}

/* ---- how loaded a server is ---- */

struct raw_report {
    struct ek_load_report report;
    int64_t application;
};

struct name {
    const char *text, *json; /* as in TEXT, and in proto3's JSON */
    size_t offset;
    int64_t scale;
};

#define AT(member) offsetof(struct raw_report, member)

static const struct name names[] = {
    {"application_utilization", "applicationUtilization", AT(application), 1000000},
    {"cpu_utilization", "cpuUtilization", AT(report.utilization), 1000000},
    {"rps_fractional", "rpsFractional", AT(report.qps), 1000000},
    {"eps", "eps", AT(report.eps), 1000000},
    {"named_metrics.in_flight", NULL, AT(report.in_flight), 1},
};

static bool set(struct raw_report *raw, const struct name *name, const json_t *value)
{
    double number = json_number_value(value);
    int64_t scaled;

    if (!json_is_number(value) || !(number >= 0 && number <= number_max))
        return false;
    scaled = (int64_t)(number * (double)name->scale + 0.5);
    memcpy((char *)raw + name->offset, &scaled, sizeof scaled);
    return true;
}

static bool read_json(const char *text, struct raw_report *raw)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *named = json_object_get(json, "named_metrics");
    bool is_good = json_is_object(json);

    if (named == NULL)
        named = json_object_get(json, "namedMetrics");
    for (size_t i = 0; i < sizeof names / sizeof names[0] && is_good; i++) {
        const json_t *value = names[i].json != NULL ? json_object_get(json, names[i].text)
                                                    : json_object_get(named, "in_flight");

        if (value == NULL && names[i].json != NULL)
            value = json_object_get(json, names[i].json);
        is_good = value == NULL || set(raw, &names[i], value);
    }
    json_decref(json);
    return is_good;
}

static const struct name *find(const char *text, size_t size)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].text) == size && memcmp(names[i].text, text, size) == 0)
            return &names[i];
    return NULL;
}

/* "name=number", without the spaces around it. */
static bool read_pair(const char *text, size_t size, struct raw_report *raw)
{
    const char *equals = memchr(text, '=', size);
    const struct name *name = equals != NULL ? find(text, (size_t)(equals - text)) : NULL;
    size_t left = equals != NULL ? size - (size_t)(equals - text) - 1 : 0;
    json_t *number;
    bool is_good;

    if (name == NULL)
        return equals != NULL;
    if (left > NUMBER_SIZE_MAX)
        return false;
    number = json_loadb(equals + 1, left, JSON_DECODE_ANY, NULL);
    is_good = set(raw, name, number);
    json_decref(number);
    return is_good;
}

static bool read_text(const char *text, struct raw_report *raw)
{
    for (;;) {
        size_t size, kept;

        text += strspn(text, " \t");
        size = kept = strcspn(text, ",");
        while (kept > 0 && (text[kept - 1] == ' ' || text[kept - 1] == '\t'))
            kept--;
        if (kept > 0 && !read_pair(text, kept, raw))
            return false;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

bool ek_header_load(const char *value, struct ek_load_report *out)
{
    struct raw_report raw = {0};
    bool is_good = false;

    if (strlen(value) > VALUE_SIZE_MAX)
        return false;
    if (strncmp(value, "TEXT ", 5) == 0)
        is_good = read_text(value + 5, &raw);
    else if (strncmp(value, "JSON ", 5) == 0)
        is_good = read_json(value + 5, &raw);
    if (raw.application > 0)
        raw.report.utilization = raw.application;
    if (!is_good ||
        (raw.report.qps | raw.report.eps | raw.report.utilization | raw.report.in_flight) == 0)
        return false;
    *out = raw.report;
    return true;
}
