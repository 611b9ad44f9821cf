#include "reports/html/curves.h"

#include "reports/html/write.h"
#include "reports/text/render_text.h"

#include <math.h>
#include <string.h>

enum {
    LEFT = 90,
    RIGHT = 980,
    TOP = 24,
    BOTTOM = 220
};

static const char *const colors[EK__CURVES_MAX] = {"#0072B2", "#D75F00", "#117733",
                                                   "#882255", "#6B5B00", "#332288"};
static const char *const dashes[EK__CURVES_MAX] = {"none", "7 3", "2 2", "9 3 2 3", "12 4", "4 4"};

/* ---- collecting ---- */

void ek__curves_begin(struct ek__curves *curves, const char *name, uint64_t calls)
{
    curves->is_full = curves->count == EK__CURVES_MAX || calls == 0;
    if (curves->is_full)
        return;
    struct ek__curve_line *line = &curves->lines[curves->count++];
    ek__clean(name, line->name, sizeof line->name);
    line->calls = calls;
}

/* Of points that would fall on one place only the last is kept. */
void ek__curves_point(struct ek__curves *curves, int64_t ns, uint64_t calls)
{
    if (curves->is_full || curves->count == 0)
        return;
    struct ek__curve_line *line = &curves->lines[curves->count - 1];
    line->seen += calls;
    double above = line->seen < line->calls ? 1 - (double)line->seen / (double)line->calls : 0;
    struct ek__curve_point *last = line->count > 0 ? &line->points[line->count - 1] : NULL;
    bool is_near = last != NULL && above > 0 && above > last->above * 0.995;
    if (is_near && line->count > 1 && (double)ns < 1.003 * (double)line->points[line->count - 2].ns)
        *last = (struct ek__curve_point){ns, above};
    else if (line->count < EK__CURVE_POINTS_MAX)
        line->points[line->count++] = (struct ek__curve_point){ns, above};
    else
        *last = (struct ek__curve_point){ns, above};
}

/* ---- axes ---- */

struct axes {
    double low, high; /* ns */
    double decades;   /* how many tenths of tenths there are to the right */
};

static struct axes axes_of(const struct ek__curves *curves)
{
    struct axes axes = {1e18, 1000, 2};
    for (size_t i = 0; i < curves->count; i++) {
        const struct ek__curve_line *line = &curves->lines[i];
        double depth = log10((double)line->calls);
        if (line->count == 0)
            continue;
        double low = (double)line->points[0].ns, high = (double)line->points[line->count - 1].ns;
        axes.low = low < axes.low ? low : axes.low;
        axes.high = high > axes.high ? high : axes.high;
        axes.decades = depth > axes.decades ? depth : axes.decades;
    }
    axes.low = axes.low < 1000 ? 1000 : axes.low > axes.high ? axes.high : axes.low;
    axes.low *= 0.8;
    axes.high = axes.high < axes.low * 2 ? axes.low * 2 : axes.high;
    axes.decades = axes.decades > 6 ? 6 : axes.decades;
    return axes;
}

static int64_t x_of(const struct axes *axes, double above)
{
    double part = above > 0 ? -log10(above) / axes->decades : 1;
    part = part > 1 ? 1 : part < 0 ? 0 : part;
    return 10 * LEFT + (int64_t)(part * 10 * (RIGHT - LEFT) + 0.5);
}

static int64_t y_of(const struct axes *axes, double ns)
{
    double part = log((ns < 1000 ? 1000 : ns) / axes->low) / log(axes->high / axes->low);
    part = part < 0 ? 0 : part;
    return 10 * BOTTOM - (int64_t)(part * 10 * (BOTTOM - TOP - 8) + 0.5);
}

static void put_latencies(const struct axes *axes, FILE *out)
{
    bool is_wide = axes->high > 200 * axes->low;
    for (double power = 1000; power < 1e13; power *= 10)
        for (int factor = 1; factor <= 5; factor += factor == 1 ? 1 : 3) {
            double ns = power * factor;
            if (ns < axes->low || ns > axes->high || (is_wide && factor != 1))
                continue;
            fprintf(out, "<path class=\"grid\" stroke=\"#DDD\" d=\"M%d ", LEFT);
            ek__tenths(out, y_of(axes, ns));
            fprintf(out,
                    "H%d\"/><text class=\"dim\" fill=\"#555\" text-anchor=\"end\" x=\"%d\""
                    " y=\"",
                    RIGHT, LEFT - 6);
            ek__tenths(out, y_of(axes, ns) + 40);
            ek__html(out, "\">$</text>\n", ek__instant((int64_t)ns).s);
        }
}

static void put_percentiles(const struct axes *axes, FILE *out)
{
    static const struct {
        double above;
        const char *text;
    } ticks[] = {
        {1, "0 %"},        {0.5, "50 %"},       {0.1, "90 %"},         {0.01, "99 %"},
        {0.001, "99.9 %"}, {0.0001, "99.99 %"}, {0.00001, "99.999 %"}, {1e-6, "99.9999 %"}};
    for (size_t i = 0; i < sizeof ticks / sizeof ticks[0]; i++) {
        int64_t x = x_of(axes, ticks[i].above);
        if (-log10(ticks[i].above) > axes->decades + 1e-9)
            continue;
        fputs("<path class=\"grid\" stroke=\"#DDD\" d=\"M", out);
        ek__tenths(out, x);
        fprintf(out,
                " %dV%d\"/><text class=\"dim\" fill=\"#555\" text-anchor=\"middle\" y=\"%d\""
                " x=\"",
                TOP, BOTTOM, BOTTOM + 18);
        ek__tenths(out, x > 10 * RIGHT - 250 ? 10 * RIGHT - 250 : x);
        ek__html(out, "\">$</text>\n", ticks[i].text);
    }
}

/* ---- drawing ---- */

static void put_line(const struct axes *axes, const struct ek__curve_line *line, size_t number,
                     int key_x, FILE *out)
{
    char style[160];
    snprintf(style, sizeof style,
             "class=\"line c%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\""
             " stroke-dasharray=\"%s\"",
             colors[number] + 1, colors[number], dashes[number]);
    fprintf(out, "<path %s stroke-linejoin=\"round\" d=\"M", style);
    ek__tenths(out, x_of(axes, 1));
    fputc(' ', out);
    ek__tenths(out, line->count > 0 ? y_of(axes, (double)line->points[0].ns) : 10 * BOTTOM);
    for (size_t i = 0; i < line->count; i++) {
        /* The slowest call stands where one call of them all is left over. */
        double above = line->points[i].above > 0 ? line->points[i].above : 1 / (double)line->calls;
        fputc('V', out);
        ek__tenths(out, y_of(axes, (double)line->points[i].ns));
        fputc('H', out);
        ek__tenths(out, x_of(axes, above));
    }
    fprintf(out, "\"/><path %s d=\"M%d 8h24\"/><text x=\"%d\" y=\"12\">", style, key_x, key_x + 30);
    ek__html(out, "$ <tspan class=\"dim\" fill=\"#555\">n = $</tspan></text>\n", line->name,
             ek__count(line->calls).s);
}

void ek__curves_put(const struct ek__curves *curves, const char *title, FILE *out)
{
    struct axes axes = axes_of(curves);
    int key_x = LEFT;
    if (curves->count == 0)
        return;
    fprintf(out,
            "<div class=\"chart\"><svg class=\"plot\" viewBox=\"0 0 1000 %d\" width=\"100%%\""
            " role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\">",
            BOTTOM + 28);
    ek__html(out, "<title>$</title>\n", title);
    put_latencies(&axes, out);
    put_percentiles(&axes, out);
    for (size_t i = 0; i < curves->count; i++) {
        put_line(&axes, &curves->lines[i], i, key_x, out);
        key_x += 110 + 7 * (int)strlen(curves->lines[i].name);
    }
    fputs("</svg></div>\n", out);
}
