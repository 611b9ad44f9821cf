/* Endpoint by time, and endpoints by state, as SVG. */
#include "reports/html/picture.h"

#include "reports/html/write.h"
#include "reports/text/render_number.h"
#include "reports/text/render_text.h"

#include <inttypes.h>
#include <string.h>

enum {
    LEVELS = 5
};

/* One hue by lightness. */
static const char *const level_colors[LEVELS] = {"#F1F4F8", "#C9DDF0", "#8FBCE0", "#4A8FC7",
                                                 "#1F5F99"};

static const char *const hatch_names[EK__FITNESS_COUNT] = {"",          "h-suspect",  "h-ejected",
                                                           "h-probing", "h-draining", "h-gone"};

void ek__picture_hatches(FILE *out)
{
    static const char *const strokes[EK__FITNESS_COUNT] = {"",       "M0 6L6 0", "M0 0L6 6M0 6L6 0",
                                                           "M0 3H6", "M3 0V6",   "M1 1h1"};
    fputs("<svg class=\"hatches\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>", out);
    for (int f = 1; f < EK__FITNESS_COUNT; f++)
        fprintf(out,
                "<pattern id=\"%s\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
                "<path class=\"f%d\" d=\"%s\" stroke=\"%s\" stroke-width=\"1.3\"/></pattern>",
                hatch_names[f], f, strokes[f], ek__fitness_color((enum ek_fitness)f));
    fputs("</defs></svg>\n", out);
}

/* ---- darkness ---- */

struct rows {
    const struct ek__report *report;
    const struct ek__run *run;
    int height; /* of one */
    int top;    /* of the first */
};

static int level_of(uint64_t part, uint64_t whole, size_t endpoints)
{
    if (part == 0)
        return 0;
    double share = (double)part / (double)whole * (double)endpoints;
    return share < 0.6 ? 1 : share < 1.4 ? 2 : share < 2.6 ? 3 : 4;
}

static int cell(const struct rows *rows, uint32_t endpoint, struct ek__columns span)
{
    const struct ek_endpoint_interval *own =
        ek_replay_endpoint_intervals(rows->run->replay, endpoint);
    uint64_t part = 0, whole = 0;
    for (size_t i = span.first; i < span.end; i++) {
        part += own[i].attempts;
        whole += rows->run->intervals[i].attempts;
    }
    return level_of(part, whole == 0 ? 1 : whole, rows->run->endpoint_count);
}

/* One path for each level: equal neighbours are one stroke. */
static void put_level(const struct rows *rows, FILE *out, int level)
{
    fprintf(out, "<path class=\"l%d\" stroke=\"%s\" stroke-width=\"%d\" d=\"", level,
            level_colors[level], rows->height - 1);
    for (size_t r = 0; r < rows->run->row_count; r++) {
        int y = 2 * (rows->top + (int)r * rows->height) + rows->height;
        size_t since = SIZE_MAX;
        for (size_t c = 0; c <= EK__PICTURE_COLUMNS; c++) {
            struct ek__columns span = {0, 0};
            if (c < EK__PICTURE_COLUMNS)
                span = ek__picture_column(rows->run, rows->report->end_ns, c);
            bool is_here = span.first < span.end && cell(rows, rows->run->rows[r], span) == level;
            if (is_here && since == SIZE_MAX)
                since = c;
            if (is_here || since == SIZE_MAX)
                continue;
            fprintf(out, "M%zu %d%sh%zu", EK__PICTURE_LEFT + 4 * since, y / 2, y % 2 ? ".5" : "",
                    4 * (c - since));
            since = SIZE_MAX;
        }
    }
    fputs("\"/>\n", out);
}

/* ---- states ---- */

struct stretch {
    enum ek_fitness fitness;
    int64_t start_ns, end_ns;
};

/* "▲ faulty 30 s, 9.1 % of the attempts", or without its end where there is less room. */
static int stretch_text(const struct rows *rows, size_t row, const struct stretch *stretch,
                        int64_t room, char *out, size_t size)
{
    const struct ek__run *run = rows->run;
    const struct ek_endpoint_interval *own =
        ek_replay_endpoint_intervals(run->replay, run->rows[row]);
    uint64_t part = 0, all = 0;
    for (size_t i = ek__interval_at(run, stretch->start_ns);
         i < run->interval_count && ek__interval_start(run, i) < stretch->end_ns; i++) {
        part += own[i].attempts;
        all += run->intervals[i].attempts;
    }
    int used =
        snprintf(out, size, "%s %s %s", ek__fitness_glyph(stretch->fitness),
                 ek__fitness_word(stretch->fitness),
                 ek__instant((stretch->end_ns - stretch->start_ns) / 100000000 * 100000000).s);
    snprintf(out + used, size - (size_t)used, ", %s of the attempts", ek__share(part, all, 1).s);
    if (all == 0 || 10 * (6 * ek__width(out) + 8) > room)
        out[used] = '\0';
    return 6 * ek__width(out) + 8;
}

static void put_stretch(const struct ek__picture *plot, const struct rows *rows, size_t row, int y,
                        const struct stretch *stretch)
{
    int64_t x = ek__picture_x(plot, stretch->start_ns), end = ek__picture_x(plot, stretch->end_ns);
    FILE *out = plot->out;
    int f = (int)stretch->fitness, inner = rows->height - 1;
    if (end - x < 15)
        end = x + 15;
    fprintf(out, "<rect class=\"b%d\" x=\"", f);
    ek__tenths(out, x);
    fprintf(out, "\" y=\"%d\" width=\"", y);
    ek__tenths(out, end - x);
    fprintf(out, "\" height=\"%d\" fill=\"url(#%s)\" stroke=\"%s\" stroke-width=\".9\"/>", inner,
            hatch_names[f], ek__fitness_color(stretch->fitness));
    if (rows->height < 12)
        return;
    char text[200];
    int wide = stretch_text(rows, row, stretch, end - x, text, sizeof text);
    if (end - x < 10 * wide) {
        snprintf(text, sizeof text, "%s", ek__fitness_glyph(stretch->fitness));
        wide = 15;
    }
    if (end - x < 10 * wide)
        return;
    fputs("<rect class=\"paper\" fill=\"#FFFFFF\" x=\"", out);
    ek__tenths(out, x + 10);
    fprintf(out, "\" y=\"%d\" width=\"%d\" height=\"%d\"/><text x=\"", y + 1, wide - 2, inner - 2);
    ek__tenths(out, x + 40);
    fprintf(out, "\" y=\"%d\">", y + rows->height / 2 + 3);
    ek__html(out, "$</text>\n", text);
}

static void put_states(const struct ek__picture *plot, const struct rows *rows, size_t row)
{
    const struct ek__run *run = rows->run;
    const uint8_t *fitness = run->fitness + run->rows[row] * run->interval_count;
    int y = rows->top + (int)row * rows->height;
    size_t since = 0;
    for (size_t i = 1; i <= run->interval_count; i++) {
        if (i < run->interval_count && fitness[i] == fitness[since])
            continue;
        struct stretch stretch = {(enum ek_fitness)fitness[since], ek__interval_start(run, since),
                                  ek__interval_start(run, i)};
        if (stretch.fitness != EK_FITNESS_HEALTHY)
            put_stretch(plot, rows, row, y, &stretch);
        since = i;
    }
}

static void put_name(const struct ek__picture *plot, const struct rows *rows, size_t row)
{
    const struct ek__run *run = rows->run;
    const struct ek_replay_endpoint *endpoint = &run->endpoints[run->rows[row]];
    int size = rows->height > 13 ? 12 : rows->height - 1;
    char name[64];
    ek__clean(endpoint->name, name, sizeof name);
    if (ek__width(name) > 13) {
        char cut[14];
        ek__clean(endpoint->name, cut, 13);
        snprintf(name, sizeof name, "%s…", cut);
    }
    fprintf(plot->out, "<text font-size=\"%d\" x=\"0\" y=\"%d\">", size,
            rows->top + (int)row * rows->height + (rows->height + size) / 2 - 2);
    ek__html(plot->out, "$ <tspan class=\"dim\" fill=\"#555\">$</tspan></text>\n", name,
             endpoint->zone);
}

/* Which fault it is, above the map. */
static void put_fault_names(const struct ek__picture *plot, const struct ek__run *run)
{
    for (size_t f = 0; f < run->results->fault_count; f++) {
        const struct ek_failover *fault = &run->results->faults[f];
        int64_t x = ek__picture_x(plot, fault->start_ns);
        bool is_late = x > 7500;
        fprintf(plot->out, "<text class=\"fault-name\" fill=\"#A34700\" font-weight=\"600\"%s x=\"",
                is_late ? " text-anchor=\"end\"" : "");
        ek__tenths(plot->out, is_late ? ek__picture_x(plot, fault->end_ns) : x);
        fprintf(plot->out, "\" y=\"%zu\">", 12 + 14 * (f % 3));
        char words[320];
        ek__html(plot->out, "$ $</text>\n", fault->id, ek__fault_text(fault, words, sizeof words));
        fputs("<rect class=\"fault\" fill=\"#D75F00\" height=\"4\" x=\"", plot->out);
        ek__tenths(plot->out, x);
        fprintf(plot->out, "\" y=\"%d\" width=\"", plot->top - 5);
        ek__tenths(plot->out, ek__picture_x(plot, fault->end_ns) - x + 10);
        fputs("\"/>\n", plot->out);
    }
}

void ek__picture_heat(const struct ek__report *report, const struct ek__run *run, FILE *out)
{
    size_t lanes = run->results->fault_count < 3 ? run->results->fault_count : 3;
    struct rows rows = {report, run,
                        run->row_count <= 16   ? 21
                        : run->row_count <= 32 ? 15
                                               : 11,
                        10 + 14 * (int)lanes};
    int bottom = rows.top + rows.height * (int)run->row_count;
    struct ek__picture plot = {out, report->end_ns, bottom + 22, rows.top, bottom};
    ek__picture_begin(&plot, "Endpoints over time: share of the traffic, and states");
    for (int level = 0; level < LEVELS; level++)
        put_level(&rows, out, level);
    ek__picture_faults(&plot, run, false);
    put_fault_names(&plot, run);
    for (size_t r = 0; r < run->row_count; r++) {
        put_name(&plot, &rows, r);
        put_states(&plot, &rows, r);
    }
    ek__picture_times(&plot);
    ek__picture_end(&plot);
}

/* ---- how many in each state ---- */

static size_t count_in(const struct ek__run *run, size_t interval, int fitness)
{
    size_t count = 0;
    for (size_t e = 0; e < run->endpoint_count; e++)
        count += run->fitness[e * run->interval_count + interval] == fitness;
    return count;
}

/* Everything up to and with a state is one area; the later ones lie on top of it. */
void ek__picture_states(const struct ek__picture *plot, const struct ek__run *run)
{
    double unit = (plot->bottom - plot->top) * 10.0 / (double)(run->endpoint_count + 1);
    for (int f = EK__FITNESS_COUNT - 1; f >= 0; f--) {
        size_t last = SIZE_MAX;
        int64_t y = 0;
        fprintf(plot->out, "<path class=\"a%d\" fill=\"%s\" d=\"M", f,
                f == 0 ? level_colors[2] : ek__fitness_color((enum ek_fitness)f));
        ek__tenths(plot->out, ek__picture_x(plot, 0));
        fprintf(plot->out, " %d", plot->bottom);
        for (size_t i = 0; i < run->interval_count; i++) {
            size_t below = 0;
            for (int g = 0; g <= f; g++)
                below += count_in(run, i, g);
            if (below == last)
                continue;
            last = below;
            fputc('H', plot->out);
            ek__tenths(plot->out, ek__picture_x(plot, ek__interval_start(run, i)));
            y = 10 * plot->bottom - (int64_t)(unit * (double)below + 0.5);
            fputc('V', plot->out);
            ek__tenths(plot->out, y);
        }
        fputc('H', plot->out);
        ek__tenths(plot->out, ek__picture_x(plot, run->end_ns));
        fprintf(plot->out, "V%dZ\"/>\n", plot->bottom);
    }
}
