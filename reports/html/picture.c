#include "reports/html/picture.h"

#include "reports/html/write.h"
#include "reports/text/render_number.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

int64_t ek__picture_x(const struct ek__picture *plot, int64_t at_ns)
{
    double width = 10.0 * (EK__PICTURE_RIGHT - EK__PICTURE_LEFT);
    double part = (double)at_ns / (double)plot->end_ns;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    return 10 * EK__PICTURE_LEFT + (int64_t)(part * width + 0.5);
}

void ek__picture_begin(const struct ek__picture *plot, const char *title)
{
    fprintf(plot->out,
            "<svg class=\"plot\" viewBox=\"0 0 %d %d\" width=\"100%%\" role=\"img\""
            " font-family=\"system-ui, sans-serif\" font-size=\"11\">",
            EK__PICTURE_WIDTH, plot->height);
    ek__html(plot->out, "<title>$</title>\n", title);
}

void ek__picture_end(const struct ek__picture *plot)
{
    fputs("</svg>\n", plot->out);
}

void ek__picture_faults(const struct ek__picture *plot, const struct ek__run *run, bool is_filled)
{
    for (size_t f = 0; f < run->results->fault_count; f++) {
        const struct ek_failover *fault = &run->results->faults[f];
        int64_t x = ek__picture_x(plot, fault->start_ns), end = ek__picture_x(plot, fault->end_ns);
        end = end < x + 20 ? x + 20 : end;
        fputs("<rect class=\"fault\" x=\"", plot->out);
        ek__tenths(plot->out, x);
        fprintf(plot->out, "\" y=\"%d\" width=\"", plot->top);
        ek__tenths(plot->out, end - x);
        fprintf(plot->out,
                "\" height=\"%d\" fill=\"#D75F00\" fill-opacity=\"%s\" stroke=\"#D75F00\""
                " stroke-width=\"%s\" stroke-dasharray=\"3 3\"/>",
                plot->bottom - plot->top, is_filled ? ".12" : "0", is_filled ? ".8" : "1.4");
        if (!is_filled)
            continue;
        fputs("<text class=\"fault-name\" fill=\"#A34700\" font-weight=\"600\" x=\"", plot->out);
        ek__tenths(plot->out, x + 40);
        fprintf(plot->out, "\" y=\"%d\">", plot->top + 12);
        ek__html(plot->out, "$</text>\n", fault->id);
    }
}

/* 1, 2 or 5 times a power of ten, so that about eight of them fill the axis. */
static int64_t step_of(int64_t end_ns)
{
    int64_t step = 1000;
    static const int64_t factors[] = {2, 5, 10};
    for (int i = 0; step < INT64_MAX / 100; i = (i + 1) % 3) {
        int64_t next = step * factors[i];
        if (end_ns / next <= 9)
            return next;
        if (i == 2)
            step *= 10;
    }
    return step;
}

void ek__picture_times(const struct ek__picture *plot)
{
    int64_t step = step_of(plot->end_ns);
    for (int64_t at = 0; at <= plot->end_ns; at += step) {
        int64_t x = ek__picture_x(plot, at);
        fputs("<path class=\"axis\" stroke=\"#777\" d=\"M", plot->out);
        ek__tenths(plot->out, x);
        fprintf(plot->out, " %dv4\"/><text class=\"dim\" fill=\"#555\" text-anchor=\"middle\" x=\"",
                plot->bottom);
        ek__tenths(plot->out, x);
        fprintf(plot->out, "\" y=\"%d\">", plot->bottom + 16);
        ek__html(plot->out, "$</text>\n", at == 0 ? "0 s" : ek__instant(at).s);
    }
}

/* ---- lines ---- */

static int64_t height_of(const struct ek__picture *plot, const struct ek__scale *scale,
                         int64_t value)
{
    double part = 0, low = (double)scale->low, high = (double)scale->high, v = (double)value;
    if (scale->low > 0 && high > low)
        part = v > low ? log(v / low) / log(high / low) : 0;
    else if (high > 0)
        part = v / high;
    part = part > 1 ? 1 : part;
    return 10 * plot->bottom - (int64_t)(part * 10.0 * (plot->bottom - plot->top - 14) + 0.5);
}

static void put_line(const struct ek__picture *plot, const struct ek__line_of *line,
                     const struct ek__scale *scale)
{
    bool is_drawing = false;
    fprintf(plot->out,
            "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" stroke-linejoin=\"round\"",
            line->color);
    if (line->dash[0] != '\0')
        fprintf(plot->out, " stroke-dasharray=\"%s\"", line->dash);
    fprintf(plot->out, " class=\"line c%s\" d=\"", line->color + 1);
    for (size_t c = 0; c < EK__PICTURE_COLUMNS; c++) {
        if (line->values[c] < 0) {
            is_drawing = false;
            continue;
        }
        fputc(is_drawing ? 'L' : 'M', plot->out);
        ek__tenths(plot->out, 10 * EK__PICTURE_LEFT + 40 * (int64_t)c + 20);
        fputc(' ', plot->out);
        ek__tenths(plot->out, height_of(plot, scale, line->values[c]));
        if (!is_drawing)
            fputs("h.1", plot->out); /* a dot, where it stays alone */
        is_drawing = true;
    }
    fputs("\"/>\n", plot->out);
}

/* What each line is, above the plot: its dash and its word. */
static void put_key(const struct ek__picture *plot, const char *heading,
                    const struct ek__line_of *lines, size_t count)
{
    int x = EK__PICTURE_LEFT;
    ek__html(plot->out, "<text class=\"strong\" font-weight=\"600\" x=\"0\" y=\"12\">$</text>\n",
             heading);
    for (size_t i = 0; i < count; i++) {
        fprintf(plot->out,
                "<path class=\"line c%s\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\""
                " d=\"M%d 8h22\"/><text x=\"%d\" y=\"12\">",
                lines[i].color + 1, lines[i].color, lines[i].dash[0] ? lines[i].dash : "none", x,
                x + 27);
        ek__html(plot->out, "$</text>\n", lines[i].label);
        x += 48 + 7 * (int)strlen(lines[i].label);
    }
}

void ek__picture_lines(const struct ek__picture *plot, const char *heading,
                       const struct ek__line_of *lines, size_t count, const struct ek__scale *scale)
{
    put_key(plot, heading, lines, count);
    fprintf(plot->out,
            "<path class=\"axis\" fill=\"none\" stroke=\"#777\" stroke-width=\".8\""
            " d=\"M%d %dV%dH%d\"/>",
            EK__PICTURE_LEFT, plot->top, plot->bottom, EK__PICTURE_RIGHT);
    fprintf(plot->out, "<text class=\"dim\" fill=\"#555\" text-anchor=\"end\" x=\"%d\" y=\"%d\">",
            EK__PICTURE_LEFT - 6, plot->top + 18);
    ek__html(plot->out, "$</text>", scale->high_text);
    fprintf(plot->out, "<text class=\"dim\" fill=\"#555\" text-anchor=\"end\" x=\"%d\" y=\"%d\">",
            EK__PICTURE_LEFT - 6, plot->bottom);
    ek__html(plot->out, "$</text>\n", scale->low_text);
    for (size_t i = 0; i < count; i++)
        put_line(plot, &lines[i], scale);
}

struct ek__columns ek__picture_column(const struct ek__run *run, int64_t end_ns, size_t column)
{
    double length = (double)end_ns / EK__PICTURE_COLUMNS;
    double from = length * (double)column, interval = (double)run->results->interval_ns;
    struct ek__columns columns = {0, 0};
    if (interval <= 0)
        return columns;
    columns.first = (size_t)(from / interval);
    columns.end = (size_t)((from + length) / interval);
    if (columns.end <= columns.first)
        columns.end = columns.first + 1;
    if (columns.end > run->interval_count)
        columns.end = run->interval_count;
    if (columns.first > columns.end)
        columns.first = columns.end;
    return columns;
}
