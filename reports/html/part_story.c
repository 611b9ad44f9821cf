/* The run over time: the map of endpoints, and lines below it on the same axis. */
#include "reports/html/picture.h"

#include "reports/html/write.h"
#include "reports/text/render_number.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The first is what the others are held against: in grey, beneath them. */
const char *const ek__run_colors[EK_HTML_RUNS_MAX] = {"#767B83", "#C2410C", "#117733",
                                                      "#882255", "#6B5B00", "#332288"};
const char *const ek__run_dashes[EK_HTML_RUNS_MAX] = {"", "7 3", "2 2", "9 3 2 3", "12 4", "4 4"};

enum value {
    OK_RATE,
    ERROR_RATE,
    ATTEMPT_RATE,
    P50,
    P99,
    IN_FLIGHT,
    REGISTRY_INDEX,
    CLIENT_INDEX
};

/* A rate is a mean over the column, everything else its largest. */
static int64_t value_at(const struct ek__run *run, enum value value, size_t i)
{
    const struct ek_interval *interval = &run->intervals[i];
    switch (value) {
    case OK_RATE:
        return (int64_t)interval->ok;
    case ERROR_RATE:
        return (int64_t)interval->errors;
    case ATTEMPT_RATE:
        return (int64_t)interval->attempts;
    case P50:
        return interval->p50_ns;
    case P99:
        return interval->p99_ns;
    case IN_FLIGHT:
        return run->in_flight[i];
    case REGISTRY_INDEX:
        return run->registry_index[i];
    case CLIENT_INDEX:
        return run->client_index[i];
    }
    return -1;
}

static int64_t column_of(const struct ek__run *run, enum value value, struct ek__columns span)
{
    int64_t found = -1, sum = 0;
    for (size_t i = span.first; i < span.end; i++) {
        int64_t here = value_at(run, value, i);
        sum += here > 0 ? here : 0;
        found = here > found ? here : found;
    }
    if (value > ATTEMPT_RATE || span.first == span.end)
        return found;
    int64_t length = ek__interval_start(run, span.end) - ek__interval_start(run, span.first);
    return length > 0 ? (int64_t)((double)sum * 1e9 / (double)length + 0.5) : -1;
}

struct lines {
    struct ek__line_of lines[EK_HTML_RUNS_MAX * 2];
    int64_t values[EK_HTML_RUNS_MAX * 2][EK__PICTURE_COLUMNS];
    char labels[EK_HTML_RUNS_MAX * 2][64];
    size_t count;
    int64_t least, most; /* the least is of those above 0; both 0 without any */
};

static void add_line(struct lines *lines, const struct ek__report *report,
                     const struct ek__run *run, enum value value, const char *label, bool is_second)
{
    int64_t *values = lines->values[lines->count];
    for (size_t c = 0; c < EK__PICTURE_COLUMNS; c++) {
        values[c] = column_of(run, value, ek__picture_column(run, report->end_ns, c));
        if (values[c] > lines->most)
            lines->most = values[c];
        if (values[c] > 0 && (lines->least == 0 || values[c] < lines->least))
            lines->least = values[c];
    }
    size_t number = (size_t)(run - report->runs);
    bool is_many = report->run_count > 1;
    snprintf(lines->labels[lines->count], sizeof lines->labels[0], is_many ? "%s %s" : "%s%s",
             is_many ? run->letter : "", label);
    lines->lines[lines->count] = (struct ek__line_of){
        lines->labels[lines->count],
        is_many     ? ek__run_colors[number]
        : is_second ? "#882255"
                    : "#0072B2",
        is_many     ? ek__run_dashes[number]
        : is_second ? "5 3"
                    : "",
        values,
    };
    lines->count++;
}

struct chart {
    const char *heading;
    enum value first, second;
    const char *first_label, *second_label; /* the second is for a single run only */
    enum unit {
        PER_SECOND,
        DURATION,
        PLAIN
    } unit;
};

static struct ek__text text_of(enum unit unit, int64_t value)
{
    struct ek__text text = unit == DURATION ? ek__duration(value) : ek__count((uint64_t)value);
    if (unit == PER_SECOND)
        strncat(text.s, "/s", sizeof text.s - strlen(text.s) - 1);
    return text;
}

static void put_chart(const struct ek__report *report, const struct chart *chart, FILE *out)
{
    struct lines *lines = calloc(1, sizeof *lines);
    if (lines == NULL)
        return;
    for (size_t i = 0; i < report->run_count; i++)
        add_line(lines, report, &report->runs[i], chart->first, chart->first_label, false);
    if (report->run_count == 1 && chart->second_label != NULL)
        add_line(lines, report, &report->runs[0], chart->second, chart->second_label, true);

    struct ek__scale scale = {0, lines->most > 0 ? lines->most : 1, "0", ""};
    if (chart->unit == DURATION && lines->most > 4 * lines->least)
        scale.low = lines->least * 9 / 10;
    struct ek__text low = text_of(chart->unit, scale.low), high = text_of(chart->unit, scale.high);
    scale.low_text = low.s;
    scale.high_text = high.s;
    struct ek__picture plot = {out, report->end_ns, 112, 20, 90};
    fputs("<div class=\"chart\">", out);
    ek__picture_begin(&plot, chart->heading);
    ek__picture_faults(&plot, &report->runs[0], true);
    ek__picture_lines(&plot, chart->heading, lines->lines, lines->count, &scale);
    ek__picture_times(&plot);
    ek__picture_end(&plot);
    fputs("</div>\n", out);
    free(lines);
}

static void put_states(const struct ek__report *report, const struct ek__run *run, FILE *out)
{
    struct ek__picture plot = {out, report->end_ns, 112, 20, 90};
    fputs("<div class=\"chart\">", out);
    ek__picture_begin(&plot, "Endpoints by state");
    ek__picture_states(&plot, run);
    ek__picture_faults(&plot, run, true);
    struct ek__text all = ek__count(run->endpoint_count);
    struct ek__scale scale = {0, 1, "0", all.s};
    char heading[40];
    snprintf(heading, sizeof heading, report->run_count > 1 ? "States of %s" : "Endpoints by state",
             run->letter);
    ek__picture_lines(&plot, heading, NULL, 0, &scale);
    ek__picture_times(&plot);
    ek__picture_end(&plot);
    fputs("</div>\n", out);
}

static void put_charts(const struct ek__report *report, FILE *out)
{
    static const struct chart charts[] = {
        {"Calls", OK_RATE, ERROR_RATE, "ok", "failed", PER_SECOND},
        {"Latency", P99, P50, "p99", "p50", DURATION},
        {"In flight", IN_FLIGHT, IN_FLIGHT, "calls waiting for their answer", NULL, PLAIN},
        {"Attempts", ATTEMPT_RATE, ATTEMPT_RATE, "attempts, retries among them", NULL, PER_SECOND},
    };
    static const struct chart errors = {"Failed", ERROR_RATE, ERROR_RATE,
                                        "failed", NULL,       PER_SECOND};
    static const struct chart registry = {"Consul index", REGISTRY_INDEX,           CLIENT_INDEX,
                                          "registry",     "client furthest behind", PLAIN};
    bool has_registry = false;
    if (report->run_count > 1)
        put_chart(report, &errors, out);
    for (size_t i = 0; i < sizeof charts / sizeof charts[0]; i++)
        put_chart(report, &charts[i], out);
    for (size_t i = 0; i < report->run_count; i++) {
        put_states(report, &report->runs[i], out);
        has_registry = has_registry || report->runs[i].has_registry;
    }
    if (has_registry)
        put_chart(report, &registry, out);
}

/* ---- words beside the pictures ---- */

static void put_legend(const struct ek__report *report, FILE *out)
{
    bool seen[EK__FITNESS_COUNT] = {false};
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        for (size_t k = 0; k < run->endpoint_count * run->interval_count; k++)
            seen[run->fitness[k]] = true;
    }
    static const char *const meanings[EK__FITNESS_COUNT] = {
        "in service",
        "a fault has hold of it and clients still send to it",
        "at least half of its clients keep away from it",
        "connecting everywhere",
        "leaving in good order",
        "in no client's list",
    };
    fputs("<ul class=\"legend\">\n", out);
    for (int f = 0; f < EK__FITNESS_COUNT; f++) {
        if (!seen[f])
            continue;
        fprintf(out,
                "<li><svg width=\"26\" height=\"14\" aria-hidden=\"true\"><rect class=\"b%d\""
                " width=\"26\" height=\"14\" fill=\"",
                f);
        static const char *const names[] = {"",          "h-suspect",  "h-ejected",
                                            "h-probing", "h-draining", "h-gone"};
        if (f == 0)
            fputs("#8FBCE0", out);
        else
            fprintf(out, "url(#%s)", names[f]);
        fprintf(out, "\" stroke=\"%s\"/></svg> ", ek__fitness_color((enum ek_fitness)f));
        ek__html(out, "$ <b>$</b>: $</li>\n", ek__fitness_glyph((enum ek_fitness)f),
                 ek__fitness_word((enum ek_fitness)f), meanings[f]);
    }
    fputs("<li>Stronger blue: a larger part of the traffic (nothing, under 0.6 of an even share, "
          "about"
          " even, over 1.4, over 2.6). Orange: a fault lasts.</li></ul>\n",
          out);
}

static void put_numbers(const struct ek__run *run, const struct ek__report *report, FILE *out)
{
    enum {
        ROWS = 48
    };
    size_t step = (run->interval_count + ROWS - 1) / ROWS;
    fputs("<details class=\"numbers\"><summary>The numbers behind these pictures", out);
    if (report->run_count > 1)
        ek__html(out, " ($)", run->letter);
    fputs("</summary><div class=\"wide\"><table><thead><tr><th scope=\"col\">from</th>"
          "<th scope=\"col\">ok</th><th scope=\"col\">failed</th><th scope=\"col\">attempts</th>"
          "<th scope=\"col\">retries</th><th scope=\"col\">highest p50</th><th scope=\"col\">"
          "highest p99</th><th scope=\"col\">in flight</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < run->interval_count; i += step) {
        struct ek_interval sum = {.p50_ns = -1, .p99_ns = -1};
        size_t end = i + step < run->interval_count ? i + step : run->interval_count;
        for (size_t k = i; k < end; k++) {
            const struct ek_interval *one = &run->intervals[k];
            sum.ok += one->ok;
            sum.errors += one->errors;
            sum.attempts += one->attempts;
            sum.retries += one->retries;
            sum.p50_ns = one->p50_ns > sum.p50_ns ? one->p50_ns : sum.p50_ns;
            sum.p99_ns = one->p99_ns > sum.p99_ns ? one->p99_ns : sum.p99_ns;
        }
        ek__html(out, "<tr><th>$</th><td>$</td><td>$</td><td>$</td><td>$</td><td>$</td>",
                 ek__when(ek__interval_start(run, i)).s, ek__count(sum.ok).s,
                 ek__count(sum.errors).s, ek__count(sum.attempts).s, ek__count(sum.retries).s,
                 sum.p50_ns < 0 ? "-" : ek__duration(sum.p50_ns).s);
        ek__html(out, "<td>$</td><td>$</td></tr>\n",
                 sum.p99_ns < 0 ? "-" : ek__duration(sum.p99_ns).s,
                 ek__count((uint64_t)run->in_flight[end - 1]).s);
    }
    fputs("</tbody></table></div></details>\n", out);
}

void ek__part_story(const struct ek__report *report, FILE *out)
{
    if (!ek_html_has_charts())
        fputs("<p class=\"note\">Charts to zoom into are not built in (EK_UPLOT is off): these are"
              " the still pictures.</p>\n",
              out);
    fputs("<div id=\"live\" hidden></div>\n<div id=\"still\">\n", out);
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        ek__run_heading(report, run, out);
        fputs("<div class=\"chart heat\">", out);
        ek__picture_heat(report, run, out);
        fputs("</div>\n", out);
        if (run->row_count < run->endpoint_count)
            ek__html(out,
                     "<p class=\"note\">$ of $ endpoints: those that something happened to"
                     " first.</p>\n",
                     ek__count(run->row_count).s, ek__count(run->endpoint_count).s);
    }
    put_charts(report, out);
    fputs("</div>\n", out);
    put_legend(report, out);
    for (size_t i = 0; i < report->run_count; i++)
        put_numbers(&report->runs[i], report, out);
}
