#include "reports/tui/draw.h"

#include "evenkeel/time.h"
#include "reports/tui/format.h"

#include <stdio.h>
#include <string.h>

enum {
    PLOT_MAX = 1000,
    TALL = 30,       /* rows from which the head has lanes */
    STORIES_MAX = 3, /* faults told at once, when tall */
    SILENT_S = 15    /* without news, from which it is said */
};

static const char *place_word(const struct ek_canvas *c, char *out, size_t size)
{
    const struct ek_place *place = &c->ui->place;
    static const char *const words[EK_SCREEN_COUNT] = {
        "", "heat map", "events", "Consul", "policy", "states", "compare", "", "causes", "", "why"};
    if (place->screen == EK_SCREEN_ENDPOINT)
        snprintf(out, size, "endpoint %s", c->s->endpoints[place->endpoint].name);
    else if (place->screen == EK_SCREEN_CALL)
        snprintf(out, size, "call %llu", (unsigned long long)place->call);
    else
        snprintf(out, size, "%s", words[place->screen]);
    return out;
}

/* What the cursor does. */
static const char *motion_word(const struct ek_canvas *c)
{
    if (c->ui->is_playing)
        return c->ui->is_recording ? "▶ rec" : "▶";
    if (c->ui->is_recording)
        return "rec";
    return c->s->results->under_way && c->ui->at_ns >= c->s->end_ns ? "following" : "paused";
}

/* How the run ended, when not as it was meant to. */
static const char *end_word(const struct ek_canvas *c, char *out, size_t size)
{
    const struct ek_results *results = c->s->results;
    if (results->under_way && c->ui->silent_ns >= SILENT_S * EK_S)
        snprintf(out, size, " silent for %d s", (int)(c->ui->silent_ns / EK_S));
    else
        snprintf(out, size, "%s",
                 results->under_way     ? " running"
                 : results->interrupted ? " cut short"
                                        : "");
    return out;
}

static void draw_title(const struct ek_canvas *c)
{
    struct ek_grid *grid = c->grid;
    const struct ek_results *results = c->s->results;
    char right[160], how[128], at[EK_FORMAT_MAX], end[EK_FORMAT_MAX], place[64], ending[40];
    ek_grid_put(grid, 0, 0, EK_STYLE_FRAME, 0x250c);
    ek_grid_repeat(grid, 1, 0, grid->columns - 2, EK_STYLE_FRAME, 0x2500);
    ek_grid_put(grid, grid->columns - 1, 0, EK_STYLE_FRAME, 0x2510);
    snprintf(right, sizeof right, " %s %s  t= %s / %s%s ", ek_ui_speed_word(c->ui->speed),
             motion_word(c), ek__format_at(c->ui->at_ns, at),
             ek__format_duration(c->s->span_ns, end), end_word(c, ending, sizeof ending));
    int taken = ek_grid_width(grid, right);
    int limit = grid->columns - 2 - taken;
    bool has_place = place_word(c, place, sizeof place)[0] != '\0';
    int kept = has_place ? ek_grid_width(grid, place) + 3 : 0;
    int x = 2;
    x += ek_grid_printf(grid, x, 0, limit - kept - x, EK_STYLE_TITLE, " %s ", results->scenario);
    snprintf(how, sizeof how, " %.60s  seed %llu ", results->policy,
             (unsigned long long)results->seed);
    if (ek_grid_width(grid, how) > limit - kept - x)
        snprintf(how, sizeof how, " %.60s ", results->policy);
    x += ek_grid_text(grid, x, 0, limit - kept - x, EK_STYLE_TEXT, how);
    if (has_place)
        (void)ek_grid_printf(grid, x + 1, 0, limit - x - 1, EK_STYLE_HEADING, " %s ", place);
    (void)ek_grid_text(grid, grid->columns - 2 - taken, 0, taken, EK_STYLE_TITLE, right);
}

void ek__draw_rule(const struct ek_canvas *c, int y, const char *left, const char *right)
{
    struct ek_grid *grid = c->grid;
    ek_grid_put(grid, 0, y, EK_STYLE_FRAME, 0x251c);
    ek_grid_repeat(grid, 1, y, grid->columns - 2, EK_STYLE_FRAME, 0x2500);
    ek_grid_put(grid, grid->columns - 1, y, EK_STYLE_FRAME, 0x2524);
    int taken = right[0] ? ek_grid_width(grid, right) + 2 : 0;
    int room = grid->columns - 4 - taken;
    if (left[0])
        (void)ek_grid_printf(grid, 2, y, room - 1, EK_STYLE_HEADING, " %s ", left);
    if (right[0])
        (void)ek_grid_printf(grid, grid->columns - 2 - taken, y, taken, EK_STYLE_HEADING, " %s ",
                             right);
}

void ek__draw_cursor(const struct ek_canvas *c, int y)
{
    int x = ek__cursor_column(c);
    if (x < 0)
        return;
    if (ek_grid_at(c->grid, x, y)->rune == ' ')
        ek_grid_put(c->grid, x, y, EK_STYLE_CURSOR, 0x2502);
    else
        ek_grid_flag(c->grid, x, y, 1, EK_CELL_REVERSE);
}

void ek__draw_lane(const struct ek_canvas *c, int y, const char *label, enum ek_style style,
                   const double *values, double most, const char *right)
{
    const struct ek_plot *plot = &c->plot;
    (void)ek_grid_text(c->grid, 2, y, plot->x - 3, EK_STYLE_DIM, label);
    for (int i = 0; i < plot->width; i++) {
        if (values[i] >= 0)
            ek_grid_put(c->grid, plot->x + i, y, style, ek_grid_spark(values[i], most));
    }
    (void)ek_grid_text(c->grid, plot->x + plot->width + 1, y, 7, EK_STYLE_DIM, right);
    ek_grid_hit(c->grid, plot->x, y, plot->width, EK_HIT_TIME, 0);
    ek__draw_cursor(c, y);
}

/* ---- the timeline ---- */

static void draw_fault_span(const struct ek_canvas *c, int y, const struct ek_failover *fault)
{
    const struct ek_plot *plot = &c->plot;
    if (fault->start_ns > plot->to_ns || fault->end_ns < plot->from_ns)
        return;
    int64_t from = fault->start_ns < plot->from_ns ? plot->from_ns : fault->start_ns;
    int64_t to = fault->end_ns > plot->to_ns ? plot->to_ns : fault->end_ns;
    int left = ek__plot_column(plot, from), right = ek__plot_column(plot, to);
    /* A span ends before the column in which it is over, but has at least one. */
    if (right > left && fault->end_ns < plot->to_ns)
        right--;
    ek_grid_repeat(c->grid, left, y, right - left + 1, EK_STYLE_FAULT, 0x2550);
}

/* Ids go inside of their span where it has room, and never over another id. */
static void draw_fault_id(const struct ek_canvas *c, int y, const struct ek_failover *fault)
{
    const struct ek_plot *plot = &c->plot;
    int64_t from = fault->start_ns < plot->from_ns ? plot->from_ns : fault->start_ns;
    int x = ek__plot_column(plot, from) + 1;
    int width = ek_grid_width(c->grid, fault->id);
    if (fault->end_ns < plot->from_ns || fault->start_ns > plot->to_ns)
        return;
    for (int i = 0; i < width; i++) {
        const struct ek_cell *cell = ek_grid_at(c->grid, x + i, y);
        bool is_line = cell && (cell->rune == 0x2550 || cell->rune == 0x2500 || cell->rune == '=' ||
                                cell->rune == 0x254c || cell->rune == '.' || cell->rune == '-');
        if (!is_line || x + i >= plot->x + plot->width)
            return;
    }
    (void)ek_grid_text(c->grid, x, y, width, EK_STYLE_FAULT, fault->id);
}

static void draw_timeline(const struct ek_canvas *c, int y)
{
    const struct ek_plot *plot = &c->plot;
    const struct ek_results *results = c->s->results;
    char text[EK_FORMAT_MAX];
    ek_grid_right(c->grid, 1, y, plot->x - 2, EK_STYLE_DIM, ek__format_edge(plot->from_ns, text));
    (void)ek_grid_text(c->grid, plot->x + plot->width + 1, y, 8, EK_STYLE_DIM,
                       ek__format_edge(plot->to_ns, text));
    /* Dashed: the run has not come so far. */
    int known = ek_columns_known(c->s->replay, plot->from_ns, plot->to_ns, plot->width);
    ek_grid_repeat(c->grid, plot->x, y, known, EK_STYLE_DIM, 0x2500);
    ek_grid_repeat(c->grid, plot->x + known, y, plot->width - known, EK_STYLE_DIM, 0x254c);
    for (size_t i = 0; i < results->fault_count; i++)
        draw_fault_span(c, y, &results->faults[i]);
    for (size_t i = 0; i < results->fault_count; i++)
        draw_fault_id(c, y, &results->faults[i]);
    for (size_t i = 0; i < c->ui->mark_count; i++) {
        int x = ek__plot_column(plot, c->ui->marks[i]);
        if (x >= 0)
            ek_grid_put(c->grid, x, y, EK_STYLE_MARK, 0x25c6);
    }
    int x = ek__cursor_column(c);
    if (x >= 0)
        ek_grid_put(c->grid, x, y, EK_STYLE_CURSOR, 0x25c9);
    ek_grid_hit(c->grid, plot->x, y, plot->width, EK_HIT_TIME, 0);
}

/* The two lanes of a tall head: failed calls, 99th percentile. */
static void draw_lanes(const struct ek_canvas *c, int y)
{
    const struct ek_plot *plot = &c->plot;
    const struct ek_interval *intervals = ek_replay_intervals(c->s->replay);
    double errors[PLOT_MAX], p99[PLOT_MAX], errors_most = 0, p99_most = 0;
    for (int i = 0; i < plot->width; i++) {
        struct ek_span span =
            ek_column_span(c->s->replay, plot->from_ns, plot->to_ns, plot->width, i);
        errors[i] = span.end > span.first ? 0 : -1;
        p99[i] = -1;
        for (size_t k = span.first; k < span.end; k++) {
            errors[i] += (double)intervals[k].errors;
            if ((double)intervals[k].p99_ns > p99[i])
                p99[i] = (double)intervals[k].p99_ns;
        }
        /* Per column, since columns may hold different numbers of intervals. */
        errors[i] /= errors[i] > 0 ? (double)(span.end - span.first) : 1;
        errors_most = errors[i] > errors_most ? errors[i] : errors_most;
        p99_most = p99[i] > p99_most ? p99[i] : p99_most;
    }
    char right[EK_FORMAT_MAX];
    double interval_s = (double)c->s->results->interval_ns / 1e9;
    snprintf(right, sizeof right, "%.0f/s", interval_s > 0 ? errors_most / interval_s : 0);
    ek__draw_lane(c, y, "errors", EK_STYLE_BAD, errors, errors_most, right);
    ek__draw_lane(c, y + 1, "p99", EK_STYLE_CHART, p99, p99_most,
                  ek__format_duration((int64_t)p99_most, right));
}

/* ---- the numbers ---- */

static void draw_spark(const struct ek_canvas *c, int x, int y, int width, enum ek_style style,
                       int what)
{
    const struct ek_interval *intervals = ek_replay_intervals(c->s->replay);
    size_t count = ek_replay_interval_count(c->s->replay), end = c->s->window.end;
    double most = 0;
    for (int pass = 0; pass < 2; pass++) {
        size_t first = pass == 0 || end < (size_t)width ? 0 : end - (size_t)width;
        for (size_t i = first; i < (pass == 0 ? count : end); i++) {
            double value = what == 0   ? (double)intervals[i].ok
                           : what == 1 ? (double)intervals[i].errors
                                       : (double)intervals[i].p99_ns;
            if (pass == 0)
                most = value > most ? value : most;
            else
                ek_grid_put(c->grid, x + width - (int)(end - i), y, style,
                            ek_grid_spark(value, most));
        }
    }
}

static void draw_numbers(const struct ek_canvas *c, int y)
{
    const struct ek_window *window = &c->s->window;
    bool has_window = window->length_ns > 0;
    double seconds = has_window ? (double)window->length_ns / 1e9 : 1;
    char number[EK_FORMAT_MAX], text[64];
    int width = (c->grid->columns - 64) / 3;
    width = width > 30 ? 30 : width;
    int x = 2;

    snprintf(text, sizeof text, "ok %s/s",
             has_window ? ek__format_count((uint64_t)((double)window->ok / seconds + 0.5), number)
                        : "-");
    (void)ek_grid_text(c->grid, x, y, 13, EK_STYLE_STRONG, text);
    draw_spark(c, x + 13, y, width, EK_STYLE_CHART, 0);
    x += 13 + width + 1;
    snprintf(text, sizeof text, "errors %s/s",
             has_window
                 ? ek__format_count((uint64_t)((double)window->errors / seconds + 0.5), number)
                 : "-");
    (void)ek_grid_text(c->grid, x, y, 14, window->errors > 0 ? EK_STYLE_BAD : EK_STYLE_STRONG,
                       text);
    draw_spark(c, x + 14, y, width, EK_STYLE_BAD, 1);
    x += 14 + width + 1;
    snprintf(text, sizeof text, "p99 %s", ek__format_duration(window->p99_ns, number));
    (void)ek_grid_text(c->grid, x, y, 12, EK_STYLE_STRONG, text);
    draw_spark(c, x + 12, y, width, EK_STYLE_CHART, 2);
    x += 12 + width + 1;
    if (window->started > 0)
        snprintf(text, sizeof text, "amplification %.2f",
                 (double)window->attempts / (double)window->started);
    else
        snprintf(text, sizeof text, "amplification -");
    ek_grid_right(c->grid, x, y, c->grid->columns - 2 - x, EK_STYLE_STRONG, text);
}

int ek__draw_head(const struct ek_canvas *c)
{
    bool is_tall = c->grid->rows >= TALL;
    int y = 1;
    draw_title(c);
    draw_timeline(c, y++);
    if (is_tall) {
        draw_lanes(c, y);
        y += 2;
    }
    y += ek__draw_stories(c, y, is_tall ? STORIES_MAX : 1);
    draw_numbers(c, y++);
    return y;
}
