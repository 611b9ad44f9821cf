#include "reports/export/export.h"

#include "reports/export/export_formats.h"

#include <string.h>

static void write_junit(struct ek_replay *replay, FILE *out)
{
    ek_export_junit_begin(out);
    ek_export_junit_suite(replay, false, out);
    ek_export_junit_end(out);
}

const struct ek_export ek_export_all[] = {
    {"junit", "JUnit XML: a suite with one case for each expectation", write_junit},
    {"markdown", "a summary for people, as CI systems show it", ek_export_markdown},
    {"openmetrics", "totals as OpenMetrics text", ek__export_openmetrics},
    {"csv", "the series: the run and each endpoint, interval by interval", ek__export_csv},
    {"chrome", "a trace for Perfetto: calls, attempts, faults, counters", ek__export_chrome},
    {"jsonl", "everything, one JSON object a line", ek__export_jsonl},
#ifdef EK_EXPORT_CAST
    {"cast", "the dashboard as a film for terminals: asciicast 2", ek__export_cast},
#endif
    {NULL, NULL, NULL},
};

const struct ek_export *ek_export_find(const char *name)
{
    for (const struct ek_export *format = ek_export_all; format->name != NULL; format++)
        if (strcmp(format->name, name) == 0)
            return format;
    return NULL;
}
