/* JUnit XML: a suite for each run, a case for each expectation. */
#include "reports/export/export.h"

#include "reports/text/render_text.h"

#include <inttypes.h>

enum {
    LAST_EVENTS = 20
};

/* XML 1.0 has no way to write most control characters. */
static void put(FILE *out, const char *text)
{
    for (const char *p = text; *p != '\0';) {
        const char *start = p;
        uint32_t c = ek__character(&p);
        if (c == '\n')
            fputs("&#10;", out);
        else if (ek__is_control(c) || c == 0xfffe || c == 0xffff)
            fputc('?', out);
        else if (c == '&')
            fputs("&amp;", out);
        else if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '"')
            fputs("&quot;", out);
        else
            fwrite(start, 1, (size_t)(p - start), out);
    }
}

static void attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    put(out, value);
    fputc('"', out);
}

static void property(FILE *out, const char *name, const char *value)
{
    fputs("      <property", out);
    attribute(out, "name", name);
    attribute(out, "value", value);
    fputs("/>\n", out);
}

static void put_properties(FILE *out, const struct ek_results *r)
{
    char text[64];
    fputs("    <properties>\n", out);
    snprintf(text, sizeof text, "%" PRIu64, r->seed);
    property(out, "seed", text);
    property(out, "policy", r->policy);
    snprintf(text, sizeof text, "%016" PRIx64, r->fingerprint);
    property(out, "fingerprint", text);
    snprintf(text, sizeof text, "%" PRId64, r->sim_ns);
    property(out, "virtual_time_ns", text);
    property(out, "command", r->command);
    fputs("    </properties>\n", out);
}

/* How to see it again, and what happened last. */
static void put_details(FILE *out, const struct ek_replay *replay)
{
    const struct ek_results *r = ek_replay_results(replay);
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    char text[512];
    fputs("repeat: ", out);
    put(out, r->command);
    fprintf(out, "\nlast %d events:\n", LAST_EVENTS);
    for (size_t i = count > LAST_EVENTS ? count - LAST_EVENTS : 0; i < count; i++) {
        fprintf(out, "%s  ", ek__decimal((uint64_t)events[i].at_ns, UINT64_C(1000000000), 6).s);
        put(out, ek_replay_event_text(replay, &events[i], text, sizeof text));
        fputc('\n', out);
    }
}

static void put_case(FILE *out, const struct ek_replay *replay, const struct ek_judged *judged,
                     bool seeds)
{
    const struct ek_results *r = ek_replay_results(replay);
    char name[512], message[512];
    ek__judged_text(judged, name, sizeof name);
    fputs("    <testcase", out);
    attribute(out, "classname", r->scenario);
    fputs(" name=\"", out);
    put(out, name);
    if (seeds)
        fprintf(out, " [seed %" PRIu64 "]", r->seed);
    fputs("\" time=\"0\"", out);
    if (r->scenario_path[0] != '\0')
        attribute(out, "file", r->scenario_path);
    if (judged->line > 0)
        fprintf(out, " line=\"%d\"", judged->line);
    if (judged->verdict == EK_VERDICT_PASS) {
        fputs("/>\n", out);
        return;
    }
    bool is_failure = judged->verdict == EK_VERDICT_FAIL;
    const char *element = is_failure ? "failure" : "error";
    snprintf(message, sizeof message, "got %s, wanted %s%s%s", ek__judged_value(judged),
             judged->limit_text, judged->problem[0] != '\0' ? ": " : "", judged->problem);
    fprintf(out, ">\n      <%s", element);
    attribute(out, "message", message);
    fprintf(out, " type=\"%s\">", is_failure ? "expectation" : "inconclusive");
    put_details(out, replay);
    fprintf(out, "</%s>\n    </testcase>\n", element);
}

void ek_export_junit_begin(FILE *out)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"evenkeel\">\n", out);
}

void ek_export_junit_suite(struct ek_replay *replay, bool seeds, FILE *out)
{
    const struct ek_results *r = ek_replay_results(replay);
    fputs("  <testsuite name=\"", out);
    put(out, r->scenario);
    if (seeds)
        fprintf(out, " [seed %" PRIu64 "]", r->seed);
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"%s\"",
            r->judged_count, r->failed, r->unknown,
            ek__decimal((uint64_t)(r->wall_ns > 0 ? r->wall_ns : 0) / 1000, 1000000, 6).s);
    if (r->scenario_path[0] != '\0')
        attribute(out, "file", r->scenario_path);
    fputs(">\n", out);
    put_properties(out, r);
    for (size_t i = 0; i < r->judged_count; i++)
        put_case(out, replay, &r->judged[i], seeds);
    fputs("  </testsuite>\n", out);
}

void ek_export_junit_broken(const char *name, const char *message, FILE *out)
{
    fputs("  <testsuite", out);
    attribute(out, "name", name);
    fputs(" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0\">\n    <testcase", out);
    attribute(out, "classname", name);
    fputs(" name=\"runs\" time=\"0\">\n      <error", out);
    attribute(out, "message", message);
    fputs(" type=\"run\"/>\n    </testcase>\n  </testsuite>\n", out);
}

void ek_export_junit_end(FILE *out)
{
    fputs("</testsuites>\n", out);
}
