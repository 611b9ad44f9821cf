#include "reports/tui/draw.h"

#include "reports/tui/format.h"

#include <stdio.h>

enum {
    BOX_WIDTH = 76,
    NAME_WIDTH = 14
};

static uint64_t left_of(const struct ek_machine *machine, int state)
{
    uint64_t sum = 0;
    for (int to = 0; to < machine->states; to++)
        sum += machine->in_all[state][to];
    return sum;
}

/* Rows a machine takes: a heading, then a row for each state and for each way out of it. */
static int rows_of(const struct ek_machine *machine)
{
    int rows = 1;
    for (int from = 0; from < machine->states; from++) {
        if (!ek_machine_is_used(machine, from))
            continue;
        rows++;
        for (int to = 0; to < machine->states; to++)
            rows += machine->in_all[from][to] > 0;
    }
    return rows;
}

static const char *ways_text(uint64_t taken, uint64_t in_all, char *out, size_t size)
{
    char now[EK_FORMAT_MAX], all[EK_FORMAT_MAX];
    snprintf(out, size, "%s of %s", ek__format_count(taken, now), ek__format_count(in_all, all));
    return out;
}

/* "ready   70   stays 12.0 s", below it "└> failing  24 of 24". Returns the rows it took. */
static int draw_state(const struct ek_canvas *c, int x, int y, int end,
                      const struct ek_machine *machine, int state)
{
    char text[80], stay[EK_FORMAT_MAX];
    size_t now = ek_machine_count(machine, state);
    int taken = 1;
    (void)ek_grid_text(c->grid, x, y, NAME_WIDTH + 2, now > 0 ? EK_STYLE_STRONG : EK_STYLE_DIM,
                       machine->words[state]);
    ek_grid_right(c->grid, x + 18, y, 8, now > 0 ? EK_STYLE_STRONG : EK_STYLE_DIM,
                  ek__format_count(now, text));
    if (machine->stay_ns[state] >= 0)
        ek_grid_right(c->grid, x + 28, y, 10, EK_STYLE_TEXT,
                      ek__format_duration(machine->stay_ns[state], stay));
    uint64_t left = left_of(machine, state), drawn = 0;
    for (int to = 0; to < machine->states && y + taken < end; to++) {
        uint64_t in_all = machine->in_all[state][to], so_far = machine->taken[state][to];
        if (in_all == 0)
            continue;
        drawn += in_all;
        (void)ek_grid_text(c->grid, x + 1, y + taken, 2, EK_STYLE_FRAME,
                           drawn == left ? "└─" : "├─");
        ek_grid_put(c->grid, x + 3, y + taken, EK_STYLE_FRAME, 0x25b8);
        (void)ek_grid_text(c->grid, x + 5, y + taken, NAME_WIDTH,
                           so_far > 0 ? EK_STYLE_TEXT : EK_STYLE_DIM, machine->words[to]);
        ek_grid_right(c->grid, x + 39, y + taken, 18, so_far > 0 ? EK_STYLE_TEXT : EK_STYLE_DIM,
                      ways_text(so_far, in_all, text, sizeof text));
        ek_grid_bar(c->grid, x + 59, y + taken, 14, EK_STYLE_CHART, (double)so_far, (double)in_all);
        taken++;
    }
    return taken;
}

static void draw_machine(const struct ek_canvas *c, int x, int y, int end,
                         const struct ek_machine *machine)
{
    (void)ek_grid_printf(c->grid, x, y, 18, EK_STYLE_HEADING, "%s", machine->title);
    ek_grid_right(c->grid, x + 18, y, 8, EK_STYLE_HEADING, "now");
    ek_grid_right(c->grid, x + 28, y, 10, EK_STYLE_HEADING, "stay");
    ek_grid_right(c->grid, x + 39, y, 18, EK_STYLE_HEADING, "so far of all");
    y++;
    for (int state = 0; state < machine->states && y < end; state++) {
        if (ek_machine_is_used(machine, state))
            y += draw_state(c, x, y, end, machine, state);
    }
}

void ek__draw_graphs(const struct ek_canvas *c, int y)
{
    int end = c->grid->rows - 1;
    ek__draw_rule(c, y++, "states, and the ways between them", "stay: the median over the run");
    int across = (c->grid->columns - 4) / BOX_WIDTH;
    int column = 0, at = y, left_out = 0;
    size_t first = c->ui->place.row, seen = 0, count = ek_graphs_count(&c->s->graphs);
    first = first < count ? first : count > 0 ? count - 1 : 0;
    for (int k = 0; k < EK_MACHINE_COUNT; k++) {
        const struct ek_machine *machine = &c->s->graphs.machines[k];
        int rows = rows_of(machine);
        if (rows == 1 || seen++ < first)
            continue;
        if (at > y && at + rows > end && column + 1 < across) {
            column++;
            at = y;
        }
        if (at + 2 > end || (at > y && at + rows > end)) {
            left_out++;
            continue;
        }
        draw_machine(c, 3 + column * BOX_WIDTH, at, end, machine);
        at += rows + 1;
    }
    if (left_out > 0 || first > 0)
        (void)ek_grid_printf(c->grid, c->grid->columns - 26, end - 1, 24, EK_STYLE_DIM,
                             "j k: %zu above, %d below", first, left_out);
}
