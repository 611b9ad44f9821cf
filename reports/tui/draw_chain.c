#include "reports/tui/draw.h"

#include "reports/tui/format.h"

#include <stdio.h>

enum {
    TEXT_MAX = 512,
    AT_WIDTH = 9,
    INDENT_MOST = 24,
    DELAY_WIDTH = 11,
    WIDTH_MOST = 132 /* the delay stays near its sentence */
};

/* The line is a log line, so that many alike read the same on both screens. */
static void draw_line(const struct ek_canvas *c, int y, size_t row)
{
    const struct ek_chain *chain = &c->s->chain;
    const struct ek_chain_line *line = &chain->lines[row];
    const struct ek_replay_event *event = &c->s->events[line->event];
    struct ek_log_line as_log = {.first = line->event,
                                 .count = line->count,
                                 .last_ns = line->last_ns,
                                 .clients = line->clients};
    char text[TEXT_MAX], at[EK_FORMAT_MAX], delay[EK_FORMAT_MAX], shown[EK_FORMAT_MAX + 8];
    int width = c->grid->columns > WIDTH_MOST ? WIDTH_MOST : c->grid->columns;
    int indent = line->depth * 2 > INDENT_MOST ? INDENT_MOST : line->depth * 2;
    int x = 3 + AT_WIDTH + 1 + indent;
    ek_grid_right(c->grid, 2, y, AT_WIDTH, EK_STYLE_DIM, ek__format_at(event->at_ns, at));
    if (line->depth > 0)
        (void)ek_grid_text(c->grid, x - 2, y, 2, EK_STYLE_FRAME, "└─");
    ek_grid_put(c->grid, x, y, ek__event_style(event), ek__event_glyph(event));
    (void)ek_grid_text(c->grid, x + 2, y, width - x - 4 - DELAY_WIDTH,
                       row == chain->focus ? EK_STYLE_STRONG : EK_STYLE_TEXT,
                       ek_log_text(c->s->replay, &as_log, text, sizeof text));
    if (line->parent != SIZE_MAX) {
        const struct ek_replay_event *cause = &c->s->events[chain->lines[line->parent].event];
        snprintf(shown, sizeof shown, "+%s",
                 ek__format_duration(event->at_ns - cause->at_ns, delay));
        ek_grid_right(c->grid, width - 2 - DELAY_WIDTH, y, DELAY_WIDTH, EK_STYLE_DIM, shown);
    }
}

void ek__draw_chain(const struct ek_canvas *c, int y)
{
    const struct ek_chain *chain = &c->s->chain;
    char left[160], right[64];
    size_t count = chain->count;
    if (count == 0) {
        ek__draw_rule(c, y, "this event was not kept in the recording", "");
        return;
    }
    size_t effects = count - chain->focus - 1;
    snprintf(left, sizeof left, "event %llu: %zu cause%s, %zu effect%s%s",
             (unsigned long long)chain->event, chain->focus, chain->focus == 1 ? "" : "s", effects,
             effects == 1 ? "" : "s", chain->is_cut ? ", incomplete" : "");
    size_t now = c->s->moment->event_index;
    snprintf(right, sizeof right, "cursor after event %llu",
             (unsigned long long)(now > 0 ? c->s->events[now - 1].id : 0));
    ek__draw_rule(c, y++, left, right);
    size_t selected = c->ui->place.row < count ? c->ui->place.row : chain->focus;
    int height = c->grid->rows - 1 - y;
    size_t top = ek__scroll(selected, count, height, 50);
    for (int i = 0; i < height && top + (size_t)i < count; i++) {
        size_t row = top + (size_t)i;
        draw_line(c, y + i, row);
        ek_grid_hit(c->grid, 1, y + i, c->grid->columns - 2, EK_HIT_ROW, row);
        if (row == chain->focus)
            ek_grid_flag(c->grid, 1, y + i, c->grid->columns - 2, EK_CELL_BOLD);
        if (row == selected)
            ek_grid_put(c->grid, 1, y + i, EK_STYLE_CURSOR, 0x25b8);
    }
}
