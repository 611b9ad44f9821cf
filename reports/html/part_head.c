/* The top of the page: what ran, the verdict, and several runs in one table. */
#include "reports/html/report.h"

#include "reports/html/write.h"
#include "reports/text/render_between.h"
#include "reports/text/render_text.h"

#include <inttypes.h>
#include <string.h>

void ek__part_title(const struct ek__report *report, FILE *out)
{
    const struct ek_results *r = report->runs[0].results;
    if (report->run_count == 1)
        ek__html(out, "$, $, seed ", r->scenario, r->policy);
    else
        ek__html(out, "$, $ and others, seed ", r->scenario, r->policy);
    fprintf(out, "%" PRIu64 " - Evenkeel", r->seed);
}

struct verdict {
    const char *class, *mark, *word;
};

static struct verdict verdict_of(const struct ek_results *r)
{
    if (r->failed > 0)
        return (struct verdict){"fail", "✗", "FAIL"};
    if (r->interrupted)
        return (struct verdict){"unsure", "?", "CUT SHORT"};
    if (r->unknown > 0)
        return (struct verdict){"unsure", "?", "INCONCLUSIVE"};
    if (r->judged_count == 0)
        return (struct verdict){"unsure", "–", "NOTHING EXPECTED"};
    return (struct verdict){"pass", "✓", "PASS"};
}

static void put_verdict(const struct ek_results *r, FILE *out)
{
    struct verdict verdict = verdict_of(r);
    ek__html(out, "<p class=\"verdict $\"><strong><span aria-hidden=\"true\">$</span> $</strong> ",
             verdict.class, verdict.mark, verdict.word);
    if (r->judged_count > 0)
        fprintf(out, "%zu of %zu expectations hold", r->passed, r->judged_count);
    if (r->failed > 0)
        fprintf(out, ", %zu %s not", r->failed, r->failed == 1 ? "does" : "do");
    if (r->unknown > 0)
        fprintf(out, ", %zu cannot be told", r->unknown);
    size_t hold = 0, of = 0;
    for (size_t i = 0; i < r->judged_count; i++)
        if (r->judged[i].mark == EK_MARK_PUBLISHED || r->judged[i].mark == EK_MARK_RECOMPUTED) {
            of++;
            hold += r->judged[i].verdict == EK_VERDICT_PASS;
        }
    if (of > 0)
        fprintf(out, "; %zu of %zu published or recomputed numbers reproduced", hold, of);
    if (r->interrupted)
        fputs("; the run was cut short", out);
    fputs("</p>\n", out);
}

static void put_tile(FILE *out, const char *value, const char *label)
{
    ek__html(out, "<div><dt>$</dt><dd>$</dd></div>\n", label, value);
}

static void put_tiles(const struct ek_results *r, FILE *out)
{
    fputs("<dl class=\"tiles\">\n", out);
    put_tile(out, ek__count(r->calls).s, "calls");
    put_tile(out, ek__share(r->ok, r->ok + r->errors, 2).s, "success");
    put_tile(out, ek__count(r->errors).s, "failed calls");
    put_tile(out, r->latency.count ? ek__duration(r->latency.p50_ns).s : "-", "p50");
    put_tile(out, r->latency.count >= 100 ? ek__duration(r->latency.p99_ns).s : "-", "p99");
    put_tile(out, r->latency.count ? ek__duration(r->latency.max_ns).s : "-", "slowest");
    put_tile(out, r->calls ? ek__decimal(r->attempts, r->calls, 2).s : "-", "attempts a call");
    fputs("</dl>\n", out);
}

static void put_facts(const struct ek__run *run, FILE *out)
{
    const struct ek_results *r = run->results;
    ek__html(out, "<p class=\"facts\">policy <b>$</b>, ", r->policy);
    ek__html(out, "$, $, ", ek__counted(run->endpoint_count, "endpoint").s,
             ek__counted(run->client_count, "client").s);
    ek__html(out, "$ simulated, seed ", ek__instant(r->duration_ns).s);
    fprintf(out,
            "<b>%" PRIu64 "</b>, %s events, fingerprint <code>%016" PRIx64 "</code>, evenkeel %s."
            " Latency is from the planned send time.</p>\n",
            r->seed, ek__count(r->events).s, r->fingerprint, EK_VERSION);
    ek__html(out, "<p class=\"repeat\">Run it again: <code>$</code></p>\n", r->command);
}

void ek__part_head(const struct ek__report *report, FILE *out)
{
    const struct ek_results *first = report->runs[0].results;
    ek__html(out, "<h1>$</h1>\n", first->scenario);
    if (first->description[0] != '\0')
        ek__html(out, "<p class=\"lead\">$</p>\n", first->description);
    if (first->watch[0] != '\0')
        ek__html(out, "<p class=\"watch\"><b>Watch for:</b> $</p>\n", first->watch);
    for (size_t i = 0; i < report->run_count; i++) {
        ek__run_heading(report, &report->runs[i], out);
        put_verdict(report->runs[i].results, out);
        if (report->run_count == 1)
            put_tiles(first, out);
        put_facts(&report->runs[i], out);
    }
}

/* ---- several runs ---- */

static void put_time(FILE *out, int64_t ns, const char *otherwise)
{
    ek__html(out, "<td class=\"num\">$</td>", ns < 0 ? otherwise : ek__duration(ns).s);
}

static void put_run_row(const struct ek__run *run, FILE *out)
{
    const struct ek_results *r = run->results;
    struct verdict verdict = verdict_of(r);
    ek__html(out, "<tr class=\"run run$\"><th scope=\"row\"><span class=\"letter\">$</span> $</th>",
             run->letter, run->letter, run->label);
    ek__html(out, "<td class=\"$\">$ $</td>", verdict.class, verdict.mark, verdict.word);
    ek__html(out, "<td class=\"num\">$</td><td class=\"num\">$</td>",
             ek__share(r->ok, r->ok + r->errors, 2).s, ek__count(r->errors).s);
    ek__html(out, "<td class=\"num\">$</td><td class=\"num\">$</td>",
             r->latency.count ? ek__duration(r->latency.p50_ns).s : "-",
             r->latency.count >= 100 ? ek__duration(r->latency.p99_ns).s : "-");
    ek__html(out, "<td class=\"num\">$</td>",
             r->calls ? ek__decimal(r->attempts, r->calls, 2).s : "-");
    if (r->fault_count > 0) {
        const struct ek_failover *fault = &r->faults[0];
        const char *otherwise = fault->endpoint_count > 0 ? "never" : "–";
        put_time(out, fault->detect_ns, "never");
        put_time(out, fault->divert_ns, otherwise);
        put_time(out, fault->divert_ns < 0 ? -1 : fault->recover_ns,
                 fault->divert_ns < 0 ? "–" : otherwise); /* it had never left */
    } else {
        fputs("<td>-</td><td>-</td><td>-</td>", out);
    }
    fputs("</tr>\n", out);
}

/* Each run against the first: by how much, and whether that is more than chance. */
static void put_between(const struct ek__report *report, FILE *out)
{
    const struct ek_results *base = report->runs[0].results;
    char basis[160];
    bool is_doubtful = false;
    if (base->batch_count == 0)
        return;
    ek__html(out,
             "<h3>Compared with $: more than chance?</h3>\n<div class=\"wide\"><table><thead><tr>"
             "<th scope=\"col\">run</th><th scope=\"col\" class=\"num\">share of failed calls</th>"
             "<th scope=\"col\" class=\"num\">mean latency</th>"
             "<th scope=\"col\" class=\"num\">p99</th></tr></thead>\n<tbody>\n",
             report->runs[0].label);
    for (size_t i = 1; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        ek__html(out,
                 "<tr class=\"run run$\"><th scope=\"row\"><span class=\"letter\">$</span> $</th>",
                 run->letter, run->letter, run->label);
        for (int w = 0; w < EK_COMPARED_COUNT; w++) {
            struct ek_between between = ek_run_between(base, run->results, (enum ek_compared)w,
                                                       EK__LEVEL, report->run_count - 1);
            is_doubtful |= between.is_shown && between.is_correlated;
            ek__html(out, "<td class=\"num\">$</td>",
                     ek__between_text(&between, (enum ek_compared)w, "±").s);
        }
        fputs("</tr>\n", out);
    }
    ek__html(out,
             "</tbody></table></div>\n<p class=\"note\">Difference and its interval, $; latencies "
             "are of all calls, failed ones among them.$</p>\n",
             ek__between_basis(base, basis, sizeof basis), is_doubtful ? " " EK__DOUBT "." : "");
}

void ek__part_compare(const struct ek__report *report, FILE *out)
{
    if (report->run_count < 2)
        return;
    fputs("<section id=\"compare\"><h2>Side by side</h2>\n", out);
    const struct ek_results *first = report->runs[0].results;
    bool is_same = true;
    for (size_t i = 1; i < report->run_count; i++)
        is_same = is_same && report->runs[i].results->seed == first->seed &&
                  strcmp(report->runs[i].results->scenario, first->scenario) == 0;
    fputs(is_same ? "<p>One scenario and one seed: all runs met the same calls.</p>\n"
                  : "<p>Not one scenario with one seed: the runs met different calls.</p>\n",
          out);
    fputs("<div class=\"wide\"><table><thead><tr><th scope=\"col\">run</th><th scope=\"col\">"
          "verdict</th><th scope=\"col\" class=\"num\">success</th><th scope=\"col\" class=\"num\">"
          "failed</th><th scope=\"col\" class=\"num\">p50</th><th scope=\"col\" class=\"num\">p99"
          "</th><th scope=\"col\" class=\"num\">attempts a call</th><th scope=\"col\""
          " class=\"num\">noticed",
          out);
    ek__html(out, "</th><th scope=\"col\" class=\"num\">moved away</th><th scope=\"col\""
                  " class=\"num\">back</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->run_count; i++)
        put_run_row(&report->runs[i], out);
    fputs("</tbody></table></div>\n<p class=\"note\">Noticed and moved away count from the start of"
          " the first fault, back from its end.</p>\n",
          out);
    put_between(report, out);
    fputs("</section>\n", out);
}
