#include "reports/tui/draw.h"

#include "reports/tui/format.h"

#include <stdio.h>

enum {
    THICK_MOST = 3 /* of which the last row is a gap */
};

static const uint32_t shades[EK_HEAT_LEVELS] = {0x00b7, 0x2591, 0x2592, 0x2593, 0x2588};

/* States are hatched over the shares: every second column, and the first one of each stretch. */
static void draw_cell(const struct ek_canvas *c, int x, int y, const struct ek_heat_cell *cells,
                      int column)
{
    struct ek_heat_cell cell = cells[column];
    bool begins = column == 0 || cells[column - 1].fitness != cell.fitness;
    if (cell.fitness != EK_FITNESS_HEALTHY && (begins || column % 2 == 0 || cell.level == 0))
        ek_grid_put(c->grid, x, y, ek__fitness_style((enum ek_fitness)cell.fitness),
                    ek_fitness_glyph((enum ek_fitness)cell.fitness));
    else
        ek_grid_put(c->grid, x, y, (enum ek_style)(EK_STYLE_HEAT0 + cell.level),
                    shades[cell.level]);
}

static void draw_row(const struct ek_canvas *c, int y, uint32_t endpoint, bool is_selected,
                     bool has_name)
{
    const struct ek_plot *plot = &c->plot;
    const struct ek_window *window = &c->s->window;
    const struct ek_heat *heat = &c->s->heat;
    for (int i = 0; i < plot->width && i < heat->known; i++)
        draw_cell(c, plot->x + i, y, &heat->cells[endpoint * (size_t)heat->columns], i);
    int x = ek__cursor_column(c);
    if (x >= 0)
        ek_grid_flag(c->grid, x, y, 1, EK_CELL_REVERSE);
    if (!has_name)
        return;
    (void)ek_grid_text(c->grid, 3, y, plot->x - 4, EK_STYLE_STRONG, c->s->endpoints[endpoint].name);
    char text[EK_FORMAT_MAX];
    ek_grid_right(
        c->grid, plot->x + plot->width + 1, y, 7, EK_STYLE_TEXT,
        ek__format_percent(window->endpoints[endpoint].attempts, window->endpoint_attempts, text));
    if (is_selected) {
        ek_grid_put(c->grid, 1, y, EK_STYLE_CURSOR, 0x25b8);
        ek_grid_flag(c->grid, 1, y, plot->x - 2, EK_CELL_BOLD);
    }
}

static void draw_legend(const struct ek_canvas *c, int y)
{
    static const char *const words[EK_HEAT_LEVELS] = {"none", "< 0.6", "fair", "> 1.4", "> 2.6"};
    int x = 3;
    for (int i = 0; i < EK_HEAT_LEVELS; i++) {
        ek_grid_put(c->grid, x, y, (enum ek_style)(EK_STYLE_HEAT0 + i), shades[i]);
        x += 2 + ek_grid_text(c->grid, x + 2, y, 12, EK_STYLE_DIM, words[i]) + 1;
    }
    x++;
    /* Only the states that there are. */
    const struct ek_heat *heat = &c->s->heat;
    unsigned present = 0;
    for (size_t i = 0; i < heat->endpoints * (size_t)heat->columns; i++)
        present |= 1u << heat->cells[i].fitness;
    for (int i = EK_FITNESS_SUSPECT; i <= EK_FITNESS_GONE; i++) {
        const char *word = ek_fitness_word((enum ek_fitness)i);
        if ((present & 1u << i) == 0 || x + 2 + ek_grid_width(c->grid, word) > c->grid->columns - 1)
            continue;
        ek_grid_put(c->grid, x, y, ek__fitness_style((enum ek_fitness)i),
                    ek_fitness_glyph((enum ek_fitness)i));
        x += 2 + ek_grid_text(c->grid, x + 2, y, 8, EK_STYLE_DIM, word) + 1;
    }
}

void ek__draw_heat(const struct ek_canvas *c, int y)
{
    char left[160];
    snprintf(left, sizeof left, "share of the traffic%s%s%s  by %s",
             c->ui->endpoint_filter[0] ? "  filter \"" : "", c->ui->endpoint_filter,
             c->ui->endpoint_filter[0] ? "\"" : "", ek_sort_word(c->ui->sort));
    size_t selected = ek_snapshot_row(c->s, c->ui->endpoint);
    int height = c->grid->rows - 1 - (y + 1) - 1;
    size_t count = c->s->order_count;
    /* Few endpoints get thick rows. */
    int thickness = count == 0 ? 1 : height / (int)count;
    thickness = thickness < 1 ? 1 : thickness > THICK_MOST ? THICK_MOST : thickness;
    int painted = thickness == THICK_MOST ? thickness - 1 : thickness;
    height /= thickness;
    char right[64];
    size_t top = ek__scroll(selected, count, height, 50);
    size_t end = top + (size_t)height < count ? top + (size_t)height : count;
    snprintf(right, sizeof right, "%zu..%zu of %zu", count > 0 ? top + 1 : 0, end,
             c->s->endpoint_count);
    ek__draw_rule(c, y++, left, right);
    for (size_t i = top; i < end; i++) {
        for (int k = 0; k < painted; k++)
            ek_grid_hit(c->grid, 1, y + (int)(i - top) * thickness + k, c->grid->columns - 2,
                        EK_HIT_ENDPOINT, c->s->order[i]);
        for (int k = 0; k < painted; k++)
            draw_row(c, y + (int)(i - top) * thickness + k, c->s->order[i], i == selected, k == 0);
    }
    if (count == 0)
        (void)ek_grid_text(c->grid, 3, y, c->grid->columns - 5, EK_STYLE_DIM,
                           "no endpoint matches: \\ changes the filter");
    draw_legend(c, c->grid->rows - 2);
}
