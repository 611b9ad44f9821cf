/* Latency by phase: percentiles with the calls behind them, as a table and as a picture. */
#include "reports/html/report.h"

#include "reports/html/write.h"
#include "reports/text/render_number.h"

#include <inttypes.h>
#include <math.h>

enum {
    POINTS = 5,
    LEFT = 90,
    RIGHT = 960,
    TOP = 24,
    BOTTOM = 200,
    PHASES_MAX = 6
};

static const char *const colors[PHASES_MAX] = {"#0072B2", "#D75F00", "#117733",
                                               "#882255", "#6B5B00", "#332288"};
static const char *const dashes[PHASES_MAX] = {"none", "7 3", "2 2", "9 3 2 3", "12 4", "4 4"};

struct point {
    const char *word;
    uint64_t needed; /* calls, so that ten lie above it */
    int64_t ns;
    int x;
};

static void points_of(const struct ek_latency *latency, struct point points[POINTS])
{
    points[0] = (struct point){"p50", 20, latency->p50_ns, LEFT + 60};
    points[1] = (struct point){"p90", 100, latency->p90_ns, LEFT + 270};
    points[2] = (struct point){"p99", 1000, latency->p99_ns, LEFT + 480};
    points[3] = (struct point){"p99.9", 10000, latency->p999_ns, LEFT + 690};
    points[4] = (struct point){"slowest", 1, latency->max_ns, RIGHT - 10};
}

/* ---- the table ---- */

static void put_row(const struct ek__report *report, const struct ek__run *run,
                    const struct ek_phase *phase, FILE *out)
{
    struct point points[POINTS];
    points_of(&phase->latency, points);
    fputs("<tr>", out);
    if (report->run_count > 1)
        ek__html(out, "<td class=\"run run$\"><span class=\"letter\">$</span> $</td>", run->letter,
                 run->letter, run->label);
    ek__html(out, "<th scope=\"row\">$ <small>$</small></th><td class=\"num\">$</td>", phase->name,
             ek__range(phase->start_ns, phase->end_ns).s, ek__count(phase->latency.count).s);
    ek__html(out, "<td class=\"num\">$</td>",
             phase->latency.count > 0 ? ek__duration(phase->latency.mean_ns).s : "-");
    for (size_t i = 0; i < POINTS; i++)
        ek__html(out, "<td class=\"num\">$</td>",
                 phase->latency.count >= points[i].needed ? ek__duration(points[i].ns).s
                                                          : "too few");
    ek__html(out, "<td class=\"num\">$</td></tr>\n", ek__count(phase->errors).s);
}

/* ---- the picture ---- */

struct axis {
    double low, high;
};

static int64_t y_of(const struct axis *axis, int64_t ns)
{
    double value = ns < 1000 ? 1000.0 : (double)ns;
    double part = log(value / axis->low) / log(axis->high / axis->low);
    return 10 * BOTTOM - (int64_t)(part * 10 * (BOTTOM - TOP - 8) + 0.5);
}

static struct axis axis_of(const struct ek_results *r)
{
    struct axis axis = {1e18, 1000};
    for (size_t p = 1; p < r->phase_count; p++) {
        const struct ek_latency *latency = &r->phases[p].latency;
        if (latency->count == 0)
            continue;
        double low = latency->p50_ns < 1000 ? 1000.0 : (double)latency->p50_ns;
        axis.low = low < axis.low ? low : axis.low;
        axis.high = (double)latency->max_ns > axis.high ? (double)latency->max_ns : axis.high;
    }
    if (axis.low > axis.high)
        axis.low = axis.high;
    axis.low *= 0.8;
    axis.high = axis.high < axis.low * 2 ? axis.low * 2 : axis.high;
    return axis;
}

static void put_grid(const struct axis *axis, FILE *out)
{
    static const struct {
        int64_t ns;
        const char *text;
    } ticks[] = {
        {1000, "1 µs"},        {10000, "10 µs"},        {100000, "100 µs"},  {1000000, "1 ms"},
        {3000000, "3 ms"},     {10000000, "10 ms"},     {30000000, "30 ms"}, {100000000, "100 ms"},
        {300000000, "300 ms"}, {1000000000, "1 s"},     {3000000000, "3 s"}, {10000000000, "10 s"},
        {30000000000, "30 s"}, {100000000000, "100 s"},
    };
    struct point points[POINTS];
    points_of(&(struct ek_latency){0}, points);
    for (size_t i = 0; i < sizeof ticks / sizeof ticks[0]; i++) {
        if ((double)ticks[i].ns < axis->low || (double)ticks[i].ns > axis->high)
            continue;
        fprintf(out, "<path class=\"grid\" stroke=\"#DDD\" d=\"M%d ", LEFT);
        ek__tenths(out, y_of(axis, ticks[i].ns));
        fprintf(out, "H%d\"/><text class=\"dim\" fill=\"#555\" text-anchor=\"end\" x=\"%d\" y=\"",
                RIGHT, LEFT - 6);
        ek__tenths(out, y_of(axis, ticks[i].ns) + 40);
        ek__html(out, "\">$</text>\n", ticks[i].text);
    }
    for (size_t i = 0; i < POINTS; i++) {
        fprintf(out, "<text class=\"dim\" fill=\"#555\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">",
                points[i].x, BOTTOM + 18);
        ek__html(out, "$</text>\n", points[i].word);
    }
}

static void put_phase(const struct axis *axis, const struct ek_phase *phase, size_t number,
                      int key_x, FILE *out)
{
    struct point points[POINTS];
    char path_class[40];
    bool is_drawing = false;
    points_of(&phase->latency, points);
    snprintf(path_class, sizeof path_class, "line c%s", colors[number] + 1);
    fprintf(out,
            "<path class=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\""
            " stroke-dasharray=\"%s\" d=\"",
            path_class, colors[number], dashes[number]);
    for (size_t i = 0; i < POINTS; i++) {
        if (phase->latency.count < points[i].needed)
            continue;
        fprintf(out, "%c%d ", is_drawing ? 'L' : 'M', points[i].x);
        ek__tenths(out, y_of(axis, points[i].ns));
        is_drawing = true;
    }
    fprintf(out,
            "\"/><path class=\"%s\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\""
            " d=\"M%d 8h24\"/><text x=\"%d\" y=\"12\">",
            path_class, colors[number], dashes[number], key_x, key_x + 30);
    ek__html(out, "$</text>\n", phase->name);
}

static void put_picture(const struct ek__run *run, FILE *out)
{
    const struct ek_results *r = run->results;
    struct axis axis = axis_of(r);
    fprintf(out,
            "<div class=\"chart\"><svg class=\"plot\" viewBox=\"0 0 1000 %d\" width=\"100%%\""
            " role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\"><title>Latency by"
            " percentile, one line a phase</title>\n",
            BOTTOM + 28);
    put_grid(&axis, out);
    for (size_t p = 1; p < r->phase_count && p <= PHASES_MAX; p++)
        if (r->phases[p].latency.count > 0)
            put_phase(&axis, &r->phases[p], p - 1, LEFT + 150 * (int)(p - 1), out);
    fputs("</svg></div>\n", out);
}

void ek__part_latency(const struct ek__report *report, FILE *out)
{
    fputs("<div class=\"wide\"><table><thead><tr>", out);
    if (report->run_count > 1)
        fputs("<th scope=\"col\">run</th>", out);
    fputs("<th scope=\"col\">phase</th><th scope=\"col\" class=\"num\">calls</th><th scope=\"col\""
          " class=\"num\">mean</th><th scope=\"col\" class=\"num\">p50</th><th scope=\"col\""
          " class=\"num\">p90</th><th scope=\"col\" class=\"num\">p99</th><th scope=\"col\""
          " class=\"num\">p99.9</th><th scope=\"col\" class=\"num\">slowest</th><th scope=\"col\""
          " class=\"num\">failed</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        for (size_t p = run->results->phase_count > 1 ? 1 : 0; p < run->results->phase_count; p++)
            put_row(report, run, &run->results->phases[p], out);
        if (run->results->phase_count > 1)
            put_row(report, run, &run->results->phases[0], out);
    }
    fputs("</tbody></table></div>\n<p class=\"note\">Finished calls, failed ones among them, by the"
          " phase they were planned in, from the planned send time. A percentile needs ten calls"
          " above it.</p>\n",
          out);
    for (size_t i = 0; i < report->run_count; i++) {
        ek__run_heading(report, &report->runs[i], out);
        put_picture(&report->runs[i], out);
    }
}
