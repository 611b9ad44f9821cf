#include "reports/tui/draw.h"

#include "reports/tui/format.h"

#include <stdio.h>
#include <string.h>

enum {
    GUTTER_LEAST = 8,
    GUTTER_MOST = 15,
    GUTTER_RIGHT = 9,
    CAUSES_MAX = 64
};

static int left_gutter(const struct ek_snapshot *s)
{
    size_t longest = 0;
    for (size_t i = 0; i < s->endpoint_count; i++) {
        size_t length = strlen(s->endpoints[i].name);
        longest = length > longest ? length : longest;
    }
    int gutter = (int)(longest > GUTTER_MOST ? GUTTER_MOST : longest) + 2;
    return gutter < GUTTER_LEAST ? GUTTER_LEAST : gutter > GUTTER_MOST ? GUTTER_MOST : gutter;
}

int ek_draw_plot_columns(const struct ek_snapshot *s, int columns)
{
    int width = columns - 2 - left_gutter(s) - GUTTER_RIGHT;
    return width < 1 ? 1 : width;
}

int ek__plot_column(const struct ek_plot *plot, int64_t at_ns)
{
    if (at_ns < plot->from_ns || at_ns > plot->to_ns)
        return -1;
    double part = (double)(at_ns - plot->from_ns) / (double)(plot->to_ns - plot->from_ns);
    int column = (int)(part * plot->width);
    return plot->x + (column >= plot->width ? plot->width - 1 : column);
}

int ek__cursor_column(const struct ek_canvas *c)
{
    int64_t at_ns = c->ui->at_ns > c->s->end_ns ? c->s->end_ns : c->ui->at_ns;
    return ek__plot_column(&c->plot, at_ns);
}

enum ek_style ek__fitness_style(enum ek_fitness fitness)
{
    return (enum ek_style)(EK_STYLE_HEALTHY + (int)fitness);
}

enum ek_style ek__bar_style(enum ek_fitness fitness)
{
    return fitness == EK_FITNESS_HEALTHY   ? EK_STYLE_CHART
           : fitness == EK_FITNESS_EJECTED ? EK_STYLE_BAD
                                           : ek__fitness_style(fitness);
}

enum ek_style ek__word_style(enum ek_fitness fitness)
{
    return fitness == EK_FITNESS_SUSPECT   ? EK_STYLE_SUSPECT_WORD
           : fitness == EK_FITNESS_PROBING ? EK_STYLE_PROBING_WORD
           : fitness == EK_FITNESS_GONE    ? EK_STYLE_DIM
                                           : ek__fitness_style(fitness);
}

size_t ek__scroll(size_t selected, size_t count, int height, int part)
{
    size_t rows = height > 0 ? (size_t)height : 0;
    if (count <= rows || selected == SIZE_MAX)
        return 0;
    size_t before = rows * (size_t)part / 100;
    size_t top = selected > before ? selected - before : 0;
    return top > count - rows ? count - rows : top;
}

const char *ek__since_fault(const struct ek_snapshot *s, const struct ek_replay_event *event,
                            char *out, size_t size)
{
    out[0] = '\0';
    const struct ek_replay_event *root = event;
    for (int i = 0; i < CAUSES_MAX && root->cause != 0; i++) {
        const struct ek_replay_event *cause = ek_replay_event_by_id(s->replay, root->cause);
        if (!cause || cause->id >= root->id)
            break;
        root = cause;
    }
    if (root == event || root->actor >= s->results->fault_count ||
        (root->kind != EK_RECORD_FAULT_BEGIN && root->kind != EK_RECORD_FAULT_END))
        return out;
    char delay[EK_FORMAT_MAX];
    snprintf(out, size, "%s%s +%s", s->results->faults[root->actor].id,
             root->kind == EK_RECORD_FAULT_END ? " end" : "",
             ek__format_duration(event->at_ns - root->at_ns, delay));
    return out;
}

static void draw_sides(struct ek_grid *grid)
{
    for (int y = 1; y < grid->rows - 1; y++) {
        ek_grid_put(grid, 0, y, EK_STYLE_FRAME, 0x2502);
        ek_grid_put(grid, grid->columns - 1, y, EK_STYLE_FRAME, 0x2502);
    }
}

void ek__draw_selected(const struct ek_canvas *c, int x, int y, int width, bool has_focus)
{
    ek_grid_put(c->grid, x, y, EK_STYLE_CURSOR, has_focus ? 0x25b8 : 0x25b9);
    if (has_focus)
        ek_grid_flag(c->grid, x, y, width, EK_CELL_BOLD);
}

static void (*const screens[EK_SCREEN_COUNT])(const struct ek_canvas *c, int y) = {
    [EK_SCREEN_OVERVIEW] = ek__draw_overview, [EK_SCREEN_HEAT] = ek__draw_heat,
    [EK_SCREEN_EVENTS] = ek__draw_events,     [EK_SCREEN_CONSUL] = ek__draw_consul,
    [EK_SCREEN_POLICY] = ek__draw_policy,     [EK_SCREEN_GRAPHS] = ek__draw_graphs,
    [EK_SCREEN_COMPARE] = ek__draw_compare,   [EK_SCREEN_ENDPOINT] = ek__draw_endpoint,
    [EK_SCREEN_CHAIN] = ek__draw_chain,       [EK_SCREEN_CALL] = ek__draw_call,
    [EK_SCREEN_TEXT] = ek__draw_text,
};

void ek_draw(struct ek_grid *grid, const struct ek_snapshot *s, const struct ek_snapshot *other,
             const struct ek_ui *ui)
{
    ek_grid_clear(grid);
    if (grid->columns < EK_DRAW_COLUMNS_MIN || grid->rows < EK_DRAW_ROWS_MIN) {
        (void)ek_grid_printf(grid, 0, 0, grid->columns, EK_STYLE_TEXT,
                             "needs %dx%d, has %dx%d: make it larger, or q",
                             (int)EK_DRAW_COLUMNS_MIN, (int)EK_DRAW_ROWS_MIN, grid->columns,
                             grid->rows);
        return;
    }
    struct ek_canvas canvas = {
        .grid = grid,
        .s = s,
        .other = other,
        .ui = ui,
        .plot = {1 + left_gutter(s), ek_draw_plot_columns(s, grid->columns), s->from_ns, s->to_ns},
    };
    draw_sides(grid);
    screens[ui->place.screen](&canvas, ek__draw_head(&canvas));
    ek__draw_foot(&canvas);
    if (ui->help_page > 0)
        ek__draw_help(&canvas);
}
