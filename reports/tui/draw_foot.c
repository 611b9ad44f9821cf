#include "reports/tui/draw.h"

#include <stdio.h>
#include <string.h>

struct hint {
    enum ek_tui_action action;
    const char *text; /* shorter than in help */
};

static const struct hint hints[] = {
    {EK_DO_PLAY, "Space play"},     {EK_DO_STEP, "←→ event"},     {EK_DO_CHANGE, "n change"},
    {EK_DO_FAILED, "e error"},      {EK_DO_OPEN, "Enter open"},   {EK_DO_BACK, "Esc back"},
    {EK_DO_HELP, "? help"},         {EK_DO_QUIT, "q quit"},       {EK_DO_OVERVIEW, "1234 screens"},
    {EK_DO_FASTER, "[] speed"},     {EK_DO_SEARCH, "/ search"},   {EK_DO_FILTER, "\\ filter"},
    {EK_DO_SORT, "s sort"},         {EK_DO_ZOOM, "zZ zoom"},      {EK_DO_FOCUS, "Tab focus"},
    {EK_DO_EVERY, "a every event"}, {EK_DO_COMMAND, ": command"}, {EK_DO_MARK, "muU marks"},
};

static void draw_hints(const struct ek_canvas *c, int y)
{
    int x = 2;
    int end = c->grid->columns - 3;
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if ((ek_tui_action_text(hints[i].action)->where & 1u << c->ui->place.screen) == 0)
            continue;
        const char *text =
            hints[i].action == EK_DO_PLAY && c->ui->is_playing ? "Space pause" : hints[i].text;
        int width = ek_grid_width(c->grid, text);
        if (x + width + 2 > end)
            continue;
        x += ek_grid_printf(c->grid, x, y, width + 2, EK_STYLE_TEXT, " %s ", text);
    }
}

void ek__draw_foot(const struct ek_canvas *c)
{
    struct ek_grid *grid = c->grid;
    int y = grid->rows - 1;
    ek_grid_put(grid, 0, y, EK_STYLE_FRAME, 0x2514);
    ek_grid_repeat(grid, 1, y, grid->columns - 2, EK_STYLE_FRAME, 0x2500);
    ek_grid_put(grid, grid->columns - 1, y, EK_STYLE_FRAME, 0x2518);
    static const char *const asks[] = {"", ":", "search: ", "filter: "};
    if (c->ui->prompt != EK_PROMPT_NONE) {
        int x = 2 + ek_grid_printf(grid, 2, y, grid->columns - 5, EK_STYLE_STRONG, " %s%s",
                                   asks[c->ui->prompt], c->ui->input);
        ek_grid_put(grid, x, y, EK_STYLE_CURSOR, ' ');
        ek_grid_flag(grid, x, y, 1, EK_CELL_REVERSE);
        if (c->ui->prompt == EK_PROMPT_FILTER && c->ui->input[0] == '\0')
            (void)ek_grid_text(grid, x + 2, y, grid->columns - x - 4, EK_STYLE_DIM,
                               c->ui->place.screen == EK_SCREEN_EVENTS
                                   ? "part of a sentence, ! before it: all others "
                                   : "b0, zone:z1, state:ejected, check:crit; !healthy: not ");
        else if (c->ui->prompt == EK_PROMPT_COMMAND && c->ui->input[0] == '\0')
            (void)ek_grid_text(grid, x + 2, y, grid->columns - x - 4, EK_STYLE_DIM,
                               "goto 40s, goto +250ms, sort share, events, quit ");
    } else if (c->ui->status[0] != '\0') {
        (void)ek_grid_printf(grid, 2, y, grid->columns - 4, EK_STYLE_STRONG, " %s ", c->ui->status);
    } else {
        draw_hints(c, y);
    }
}

/* ---- help ---- */

static const char *screen_word(enum ek_screen screen)
{
    static const char *const words[] = {"overview", "heat map", "events",
                                        "Consul",   "endpoint", "causes"};
    return words[screen];
}

static void draw_box(struct ek_grid *grid, struct ek_pane box)
{
    for (int y = box.y; y < box.y + box.height; y++)
        ek_grid_repeat(grid, box.x, y, box.width, EK_STYLE_TEXT, ' ');
    int right = box.x + box.width - 1, bottom = box.y + box.height - 1;
    for (int y = box.y; y <= bottom; y++) {
        ek_grid_put(grid, box.x, y, EK_STYLE_HEADING, 0x2502);
        ek_grid_put(grid, right, y, EK_STYLE_HEADING, 0x2502);
    }
    ek_grid_repeat(grid, box.x, box.y, box.width, EK_STYLE_HEADING, 0x2500);
    ek_grid_repeat(grid, box.x, bottom, box.width, EK_STYLE_HEADING, 0x2500);
    ek_grid_put(grid, box.x, box.y, EK_STYLE_HEADING, 0x250c);
    ek_grid_put(grid, right, box.y, EK_STYLE_HEADING, 0x2510);
    ek_grid_put(grid, box.x, bottom, EK_STYLE_HEADING, 0x2514);
    ek_grid_put(grid, right, bottom, EK_STYLE_HEADING, 0x2518);
}

static const char *const notes[EK_SCREEN_COUNT] = {
    [EK_SCREEN_OVERVIEW] =
        "server: truth, clients: their view, Consul: its check; rates: last second",
    [EK_SCREEN_HEAT] = "A row is an endpoint, a column a stretch of time; the cursor is reversed.",
    [EK_SCREEN_EVENTS] = "×n: so many alike in one line. F1 +388 ms: so long after fault F1 began.",
    [EK_SCREEN_CONSUL] = "The registry's list beside the one that each client last heard of.",
    [EK_SCREEN_ENDPOINT] = "One endpoint over time; on the right its number at the cursor.",
    [EK_SCREEN_CHAIN] = "Causes above, consequences below; Enter goes to the selected event.",
};

void ek__draw_help(const struct ek_canvas *c)
{
    enum ek_screen screen = c->ui->place.screen;
    enum {
        KEYS = 12,
        COLUMN = 36
    };
    int shown = 0;
    for (int i = 1; i < EK_DO_COUNT; i++)
        shown += (ek_tui_action_text((enum ek_tui_action)i)->where >> screen & 1u) != 0;
    int per_column = (shown + 1) / 2;
    struct ek_pane box = {.width = 2 * COLUMN + 5, .height = per_column + 4};
    if (box.height > c->grid->rows)
        box.height = c->grid->rows;
    box.x = (c->grid->columns - box.width) / 2;
    box.y = (c->grid->rows - box.height) / 2;
    draw_box(c->grid, box);
    (void)ek_grid_printf(c->grid, box.x + 2, box.y, box.width - 4, EK_STYLE_TITLE,
                         " keys of %s; any key closes ", screen_word(screen));
    (void)ek_grid_text(c->grid, box.x + 2, box.y + box.height - 2, box.width - 4, EK_STYLE_DIM,
                       notes[screen]);
    int at = 0;
    for (int i = 1; i < EK_DO_COUNT; i++) {
        const struct ek_tui_action_text *row = ek_tui_action_text((enum ek_tui_action)i);
        if ((row->where >> screen & 1u) == 0)
            continue;
        int x = box.x + 2 + (at / per_column) * (COLUMN + 1);
        int y = box.y + 1 + at % per_column;
        at++;
        if (y >= box.y + box.height - 2)
            continue;
        (void)ek_grid_text(c->grid, x, y, KEYS - 1, EK_STYLE_STRONG, row->keys);
        (void)ek_grid_text(c->grid, x + KEYS, y, COLUMN - KEYS, EK_STYLE_TEXT, row->text);
    }
}
