/* Latency by phase: percentiles with the calls behind them, the whole curve, ok and failed apart.
 */
#include "reports/html/curves.h"

#include "evenkeel/status.h"
#include "reports/html/write.h"
#include "reports/recording/curve.h"
#include "reports/text/render_between.h"
#include "reports/text/render_number.h"

#include <stdlib.h>

enum {
    POINTS = 6,
    BELOW_ALL = 20 /* calls, for a median with ten above it */
};

static const struct {
    const char *word;
    uint64_t needed; /* calls, so that ten lie above it */
    uint32_t ppm;
} points[POINTS] = {
    {"p50", 20, 500000},      {"p90", 100, 900000},       {"p99", 1000, 990000},
    {"p99.9", 10000, 999000}, {"p99.99", 100000, 999900}, {"slowest", 1, 1000000},
};

/* ---- the table ---- */

static int64_t value_of(const struct ek_latency *latency, const struct ek_curve *curve, size_t i)
{
    const int64_t known[POINTS] = {latency->p50_ns, latency->p90_ns, latency->p99_ns,
                                   latency->p999_ns,
                                   /* the curve's last bucket may end above the slowest call */
                                   -1, latency->max_ns};
    if (known[i] >= 0)
        return known[i];
    int64_t value = ek_curve_quantile(curve, points[i].ppm);
    /* p99.9 is exact where the slowest calls took equally long; the middle of their bucket may lie
     * below it, and a later quantile may not. */
    if (value < latency->p999_ns)
        value = latency->p999_ns;
    return value > latency->max_ns ? latency->max_ns : value;
}

static void put_run_name(const struct ek__report *report, const struct ek__run *run, FILE *out)
{
    if (report->run_count > 1)
        ek__html(out, "<td class=\"run run$\"><span class=\"letter\">$</span> $</td>", run->letter,
                 run->letter, run->label);
}

static void put_row(const struct ek__report *report, const struct ek__run *run, size_t p, FILE *out)
{
    const struct ek_phase *phase = &run->results->phases[p];
    struct ek_curve curve = ek_replay_curve(run->replay, p);
    fputs("<tr>", out);
    put_run_name(report, run, out);
    ek__html(out, "<th scope=\"row\">$ <small>$</small></th><td class=\"num\">$</td>", phase->name,
             ek__range(phase->start_ns, phase->end_ns).s, ek__count(phase->latency.count).s);
    ek__html(out, "<td class=\"num\">$</td>",
             phase->latency.count > 0 ? ek__duration(phase->latency.mean_ns).s : "-");
    for (size_t i = 0; i < POINTS; i++)
        ek__html(out, "<td class=\"num\">$</td>",
                 phase->latency.count >= points[i].needed
                     ? ek__duration(value_of(&phase->latency, &curve, i)).s
                     : "too few");
    ek__html(out, "<td class=\"num\">$</td></tr>\n", ek__count(phase->errors).s);
}

static void put_heads(const struct ek__report *report, const char *first, const char *last,
                      FILE *out)
{
    fputs("<div class=\"wide copied\"><table><thead><tr>", out);
    if (report->run_count > 1)
        fputs("<th scope=\"col\">run</th>", out);
    ek__html(out,
             "<th scope=\"col\">$</th><th scope=\"col\" class=\"num\">calls</th>"
             "<th scope=\"col\" class=\"num\">mean</th>",
             first);
    for (size_t i = 0; i < POINTS; i++)
        ek__html(out, "<th scope=\"col\" class=\"num\">$</th>", points[i].word);
    ek__html(out, "<th scope=\"col\" class=\"num\">$</th></tr></thead>\n<tbody>\n", last);
}

/* How sure the numbers of one stretch are. */
static void put_sure(const struct ek__report *report, FILE *out)
{
    char basis[160];
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek_results *r = report->runs[i].results;
        struct ek_estimate mean = ek_run_estimate(r, EK_COMPARED_MEAN, EK__LEVEL);
        struct ek_estimate p99 = ek_run_estimate(r, EK_COMPARED_P99, EK__LEVEL);
        if (mean.batches == 0)
            continue;
        bool has_many = report->run_count > 1;
        ek__html(out, "<p class=\"note\">$$How sure: mean $",
                 has_many ? report->runs[i].letter : "", has_many ? ": " : "",
                 ek__estimate_text(&mean, EK_COMPARED_MEAN, "±").s);
        if (p99.batches > 0)
            ek__html(out, ", p99 $", ek__estimate_text(&p99, EK_COMPARED_P99, "±").s);
        ek__html(out, " ($).</p>\n", ek__between_basis(r, basis, sizeof basis));
    }
}

static void put_table(const struct ek__report *report, FILE *out)
{
    put_heads(report, "phase", "failed", out);
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        for (size_t p = run->results->phase_count > 1 ? 1 : 0; p < run->results->phase_count; p++)
            put_row(report, run, p, out);
        if (run->results->phase_count > 1)
            put_row(report, run, 0, out);
    }
    fputs("</tbody></table></div>\n", out);
    put_sure(report, out);
    fputs("<p class=\"note\">Finished calls, failed ones among them, by the"
          " phase they were planned in, from the planned send time. A percentile needs ten calls"
          " above it.</p>\n",
          out);
}

/* ---- ok and failed apart ---- */

/* Latencies of the recorded calls of one phase and outcome, rising. */
struct apart {
    int64_t *values;
    size_t count;
};

static int by_value(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static struct apart apart_of(const struct ek__run *run, const struct ek_phase *phase, bool is_ok)
{
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(run->replay, &count);
    struct apart apart = {calloc(count + 1, sizeof *apart.values), 0};
    for (size_t i = 0; apart.values != NULL && i < count; i++) {
        const struct ek_recorded_call *call = &calls[i];
        if (call->planned_ns >= phase->start_ns && call->planned_ns < phase->end_ns &&
            (call->status == EK_STATUS_OK) == is_ok)
            apart.values[apart.count++] = call->end_ns - call->planned_ns;
    }
    if (apart.count > 1)
        qsort(apart.values, apart.count, sizeof *apart.values, by_value);
    return apart;
}

static int64_t apart_quantile(const struct apart *apart, uint32_t ppm)
{
    uint64_t rank = ((uint64_t)apart->count * ppm + 999999) / 1000000;
    return apart->values[rank > 0 ? rank - 1 : 0];
}

static void put_apart_row(const struct ek__report *report, const struct ek__run *run,
                          const struct ek_phase *phase, bool is_ok, FILE *out)
{
    struct apart apart = apart_of(run, phase, is_ok);
    if (apart.count == 0) {
        free(apart.values);
        return;
    }
    double sum = 0;
    for (size_t i = 0; i < apart.count; i++)
        sum += (double)apart.values[i];
    fputs("<tr>", out);
    put_run_name(report, run, out);
    ek__html(out, "<th scope=\"row\">$ <small>$</small></th><td class=\"num\">$</td>", phase->name,
             is_ok ? "ok" : "failed", ek__count(apart.count).s);
    ek__html(out, "<td class=\"num\">$</td>", ek__duration((int64_t)(sum / (double)apart.count)).s);
    for (size_t i = 0; i < POINTS; i++)
        ek__html(out, "<td class=\"num\">$</td>",
                 apart.count >= points[i].needed
                     ? ek__duration(apart_quantile(&apart, points[i].ppm)).s
                     : "too few");
    ek__html(out, "<td class=\"num\">$</td></tr>\n",
             ek__count(is_ok ? phase->ok : phase->errors).s);
    free(apart.values);
}

static bool has_failures(const struct ek__report *report)
{
    for (size_t i = 0; i < report->run_count; i++)
        if (report->runs[i].results->errors > 0)
            return true;
    return false;
}

/* ---- the pictures ---- */

/* Adds a line through the buckets of a phase. */
static void add_phase(struct ek__curves *curves, const struct ek__run *run, size_t p)
{
    struct ek_curve curve = ek_replay_curve(run->replay, p);
    const struct ek_latency *latency = &run->results->phases[p].latency;
    ek__curves_begin(curves, run->results->phases[p].name, curve.calls);
    for (size_t i = 0; i < curve.count; i++) {
        int64_t middle =
            curve.buckets[i].low_ns + (curve.buckets[i].high_ns - curve.buckets[i].low_ns) / 2;
        ek__curves_point(curves, middle > latency->max_ns ? latency->max_ns : middle,
                         curve.buckets[i].calls);
    }
}

static void add_apart(struct ek__curves *curves, const struct ek__run *run, bool is_ok)
{
    struct apart apart = apart_of(run, &run->results->phases[0], is_ok);
    if (apart.count >= BELOW_ALL) {
        ek__curves_begin(curves, is_ok ? "ok" : "failed", apart.count);
        for (size_t i = 0; i < apart.count; i++)
            ek__curves_point(curves, apart.values[i], 1);
    }
    free(apart.values);
}

static void put_pictures(const struct ek__report *report, const struct ek__run *run, FILE *out)
{
    struct ek__curves *curves = calloc(1, sizeof *curves);
    size_t first = run->results->phase_count > 1 ? 1 : 0;
    if (curves == NULL)
        return;
    ek__run_heading(report, run, out);
    for (size_t p = first; p < run->results->phase_count; p++)
        if (run->results->phases[p].latency.count > 0)
            add_phase(curves, run, p);
    fputs("<h4>By percentile, one line a phase</h4>\n", out);
    ek__curves_put(curves, "Latency by percentile, one line a phase", out);
    free(curves);
}

static void put_apart_picture(const struct ek__report *report, const struct ek__run *run, FILE *out)
{
    struct ek__curves *curves = calloc(1, sizeof *curves);
    if (curves == NULL)
        return;
    ek__run_heading(report, run, out);
    add_apart(curves, run, true);
    add_apart(curves, run, false);
    ek__curves_put(curves, "Latency by percentile, answered OK and failed apart", out);
    free(curves);
}

static void put_apart(const struct ek__report *report, FILE *out)
{
    if (!has_failures(report))
        return;
    fputs("<h3>Answered OK and failed apart</h3>\n", out);
    for (size_t i = 0; i < report->run_count; i++)
        if (report->runs[i].results->errors > 0)
            put_apart_picture(report, &report->runs[i], out);
    put_heads(report, "phase", "of", out);
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        for (size_t p = run->results->phase_count > 1 ? 1 : 0; p < run->results->phase_count; p++) {
            put_apart_row(report, run, &run->results->phases[p], true, out);
            put_apart_row(report, run, &run->results->phases[p], false, out);
        }
    }
    fputs("</tbody></table></div>\n<p class=\"note\">From the calls that were recorded one by one:"
          " an even sample of all, and failed ones from all over the run; the last column says of"
          " how many.</p>\n",
          out);
}

void ek__part_latency(const struct ek__report *report, FILE *out)
{
    put_table(report, out);
    for (size_t i = 0; i < report->run_count; i++)
        put_pictures(report, &report->runs[i], out);
    put_apart(report, out);
}
