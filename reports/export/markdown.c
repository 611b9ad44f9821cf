/* A run as Markdown, as the summary of a CI step shows it. */
#include "reports/export/export.h"

#include "reports/graph/graph.h"
#include "reports/text/render_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = 60, /* of each table */
    SPARK_COLUMNS = 60
};

/* Nothing in it is markup any more, inside a table or outside. */
static void put(FILE *out, const char *text)
{
    for (const char *p = text; *p != '\0';) {
        const char *start = p;
        uint32_t c = ek__character(&p);
        if (c == '&')
            fputs("&amp;", out);
        else if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (ek__is_control(c))
            fputc('?', out);
        else if (c < 0x80 && strchr("\\`*_[]|~#!@", (int)c) != NULL)
            fprintf(out, "\\%c", (char)c);
        else
            fwrite(start, 1, (size_t)(p - start), out);
    }
}

/* Text in a fence cannot leave it: a backquote becomes a quote. */
static void put_code(FILE *out, const char *text)
{
    char clean[2048];
    ek__clean(text, clean, sizeof clean);
    for (const char *c = clean; *c != '\0'; c++)
        fputc(*c == '`' ? '\'' : *c, out);
}

static void put_verdict(FILE *out, const struct ek_results *r)
{
    bool is_pass = r->failed == 0 && r->unknown == 0 && r->judged_count > 0;
    fprintf(out, "### %s ", r->failed > 0 ? "❌" : is_pass ? "✅" : "❔");
    put(out, r->scenario);
    fputs(": ", out);
    if (r->judged_count == 0)
        fputs("nothing was expected", out);
    else
        fprintf(out, "%zu passed, %zu failed, %zu inconclusive", r->passed, r->failed, r->unknown);
    fputs("\n\n", out);
    put(out, r->policy);
    fprintf(out,
            ", seed %" PRIu64 ", %s in %s, %s ok, %s failed; p99 %s; fingerprint `%016" PRIx64
            "`%s\n\n",
            r->seed, ek__counted(r->calls, "call").s, ek__duration(ek__simulated_ns(r)).s,
            ek__count(r->ok).s, ek__count(r->errors).s,
            r->latency.count > 0 ? ek__duration(r->latency.p99_ns).s : "-", r->fingerprint,
            r->interrupted ? "; **interrupted**" : "");
}

static void put_expectation(FILE *out, const struct ek_judged *judged)
{
    char text[512];
    fprintf(out, "| %s | ",
            judged->verdict == EK_VERDICT_PASS   ? "✅"
            : judged->verdict == EK_VERDICT_FAIL ? "❌"
                                                 : "❔");
    put(out, ek__judged_text(judged, text, sizeof text));
    fputs(" | ", out);
    put(out, ek__judged_value(judged));
    if (judged->problem[0] != '\0') {
        fputs(": ", out);
        put(out, judged->problem);
    }
    fprintf(out, " | %s |\n", judged->samples > 0 ? ek__count(judged->samples).s : "");
}

/* What does not hold comes first. */
static void put_expectations(FILE *out, const struct ek_results *r)
{
    size_t rows = 0;
    if (r->judged_count == 0)
        return;
    fputs("| | expected | got | n |\n|---|---|---:|---:|\n", out);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < r->judged_count; i++) {
            bool holds = r->judged[i].verdict == EK_VERDICT_PASS;
            if (holds == (pass == 1) && rows < ROWS_MAX) {
                put_expectation(out, &r->judged[i]);
                rows++;
            }
        }
    }
    if (rows < r->judged_count)
        fprintf(out, "\n%zu more\n", r->judged_count - rows);
    fputc('\n', out);
}

static void put_phases(FILE *out, const struct ek_results *r)
{
    if (r->phase_count < 2)
        return;
    fputs("| phase | time | calls | success | p50 | p99 | attempts per call |\n"
          "|---|---|---:|---:|---:|---:|---:|\n",
          out);
    for (size_t i = 1; i < r->phase_count && i < ROWS_MAX; i++) {
        const struct ek_phase *p = &r->phases[i];
        fputs("| ", out);
        put(out, p->name);
        fprintf(out, " | %s | %s | %s ", ek__range(p->start_ns, p->end_ns).s, ek__count(p->calls).s,
                ek__share(p->ok, p->ok + p->errors, 2).s);
        if (p->latency.count > 0)
            fprintf(out, "| %s | %s ", ek__duration(p->latency.p50_ns).s,
                    ek__duration(p->latency.p99_ns).s);
        else
            fputs("| - | - ", out);
        fprintf(out, "| %s |\n", p->calls > 0 ? ek__decimal(p->attempts, p->calls, 2).s : "-");
    }
    fputc('\n', out);
}

static void put_time(FILE *out, int64_t ns)
{
    fprintf(out, " %s |", ns >= 0 ? ek__duration(ns).s : "never");
}

static void put_faults(FILE *out, const struct ek_results *r)
{
    char text[256];
    if (r->fault_count == 0)
        return;
    fputs("| fault | what | when | noticed | traffic moved | traffic is back | failed calls |\n"
          "|---|---|---|---:|---:|---:|---:|\n",
          out);
    for (size_t f = 0; f < r->fault_count && f < ROWS_MAX; f++) {
        const struct ek_failover *fault = &r->faults[f];
        fputs("| ", out);
        put(out, fault->id);
        fputs(" | ", out);
        put(out, ek__fault_text(fault, text, sizeof text));
        fprintf(out, " | %s |", ek__range(fault->start_ns, fault->end_ns).s);
        put_time(out, fault->detect_ns);
        put_time(out, fault->divert_ns);
        put_time(out, fault->recover_ns);
        fprintf(out, " %s |\n", ek__count(fault->errors).s);
    }
    fputc('\n', out);
}

static void put_spark(struct ek__line *line, const char *label, const int64_t *values, size_t count)
{
    struct ek__series series = {.values = values, .count = count};
    ek__series_scale(&series);
    ek__put(line, EK__PLAIN, label);
    ek__tab(line, 8);
    ek__put_series(line, EK__PLAIN, &series, ek__series_width(count, SPARK_COLUMNS));
    ek__end(line);
}

static void put_sparks(FILE *out, const struct ek_results *r)
{
    static const struct ek_render plain = {.unicode = true, .columns = 120};
    struct ek__line line = {.out = out, .render = &plain};
    int64_t *errors = calloc(r->interval_count + 1, sizeof *errors);
    if (errors == NULL || r->interval_count == 0) {
        free(errors);
        return;
    }
    for (size_t i = 0; i < r->interval_count; i++)
        errors[i] = r->interval_errors[i] < INT32_MAX ? (int64_t)r->interval_errors[i] : INT32_MAX;
    fputs("```text\n", out);
    put_spark(&line, "p99", r->interval_p99_ns, r->interval_count);
    put_spark(&line, "errors", errors, r->interval_count);
    ek__put_faults(&line, r, 8, ek__series_width(r->interval_count, SPARK_COLUMNS));
    fputs("```\n\n", out);
    free(errors);
}

static void put_causality(FILE *out, const struct ek_replay *replay)
{
    char *text = ek_graph_causality(replay, NULL, EK_GRAPH_MERMAID);
    if (text == NULL)
        return;
    fputs("<details><summary>What the first fault led to</summary>\n\n```mermaid\n", out);
    fputs(text, out);
    fputs("```\n\n</details>\n\n", out);
    free(text);
}

void ek_export_markdown(struct ek_replay *replay, FILE *out)
{
    const struct ek_results *r = ek_replay_results(replay);
    put_verdict(out, r);
    put_expectations(out, r);
    put_phases(out, r);
    put_faults(out, r);
    put_sparks(out, r);
    put_causality(out, replay);
    fputs("```sh\n", out);
    put_code(out, r->command);
    fputs("\n```\n\n", out);
}
