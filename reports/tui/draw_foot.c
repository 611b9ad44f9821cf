#include "reports/tui/draw.h"

#include <stdio.h>
#include <string.h>

struct hint {
    enum ek_tui_action action;
    const char *text; /* shorter than in help */
};

static const struct hint hints[] = {
    {EK_DO_PLAY, "Space play"},     {EK_DO_STEP, "←→ step"},         {EK_DO_CHANGE, "n next"},
    {EK_DO_FAILED, "e error"},      {EK_DO_BACK, "Esc back"},        {EK_DO_OPEN, "Enter open"},
    {EK_DO_EXPLAIN, "x why"},       {EK_DO_INJECT, "i break"},       {EK_DO_HELP, "? help"},
    {EK_DO_QUIT, "q quit"},         {EK_DO_OVERVIEW, "1-7 screens"}, {EK_DO_RERUN, "p policy"},
    {EK_DO_FASTER, "[] speed"},     {EK_DO_SEARCH, "/ search"},      {EK_DO_FILTER, "\\ filter"},
    {EK_DO_SORT, "s sort"},         {EK_DO_ZOOM, "zZ zoom"},         {EK_DO_FOCUS, "Tab focus"},
    {EK_DO_EVERY, "a every event"}, {EK_DO_COMMAND, ": command"},    {EK_DO_MARK, "muU marks"},
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

/* What to type where nothing is typed yet. */
static const char *advice(const struct ek_canvas *c)
{
    switch (c->ui->prompt) {
    case EK_PROMPT_FILTER:
        return c->ui->place.screen == EK_SCREEN_EVENTS
                   ? "part of a sentence, ! before it: all others "
                   : "b0, zone:z1, state:ejected, check:crit; !healthy: not ";
    case EK_PROMPT_COMMAND:
        return "goto 40s, goto +250ms, sort share, theme light; Tab completes ";
    case EK_PROMPT_INJECT:
        return "kill b03, slow z1 10x for 20s, pause b02; Tab completes ";
    case EK_PROMPT_RERUN:
        return "p2c, least_request, peak_ewma; Tab completes ";
    case EK_PROMPT_SAVE:
        return "a path that ends in .svg or .txt ";
    case EK_PROMPT_NONE:
    case EK_PROMPT_SEARCH:
    case EK_PROMPT_CAST:
        break;
    }
    return "";
}

static void draw_prompt(const struct ek_canvas *c, int y)
{
    struct ek_grid *grid = c->grid;
    static const char *const asks[] = {
        "", ":", "search: ", "filter: ", "break: ", "policy: ", "save as: ", "record to: "};
    int x = 2 + ek_grid_printf(grid, 2, y, grid->columns - 5, EK_STYLE_STRONG, " %s%s",
                               asks[c->ui->prompt], c->ui->input);
    ek_grid_put(grid, x, y, EK_STYLE_CURSOR, ' ');
    ek_grid_flag(grid, x, y, 1, EK_CELL_REVERSE);
    const char *more = c->ui->status[0] ? c->ui->status : c->ui->input[0] ? "" : advice(c);
    (void)ek_grid_text(grid, x + 2, y, grid->columns - x - 4, EK_STYLE_DIM, more);
}

void ek__draw_foot(const struct ek_canvas *c)
{
    struct ek_grid *grid = c->grid;
    int y = grid->rows - 1;
    ek_grid_put(grid, 0, y, EK_STYLE_FRAME, 0x2514);
    ek_grid_repeat(grid, 1, y, grid->columns - 2, EK_STYLE_FRAME, 0x2500);
    ek_grid_put(grid, grid->columns - 1, y, EK_STYLE_FRAME, 0x2518);
    if (c->ui->prompt != EK_PROMPT_NONE)
        draw_prompt(c, y);
    else if (c->ui->status[0] != '\0')
        (void)ek_grid_printf(grid, 2, y, grid->columns - 4, EK_STYLE_STRONG, " %s ", c->ui->status);
    else
        draw_hints(c, y);
}

/* ---- help ---- */

static const char *screen_word(enum ek_screen screen)
{
    static const char *const words[EK_SCREEN_COUNT] = {
        "overview", "heat map", "events", "Consul", "policy", "states",
        "compare",  "endpoint", "causes", "call",   "why"};
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
    [EK_SCREEN_OVERVIEW] = "server: truth; faulty: hit by a fault, still used; rates: of 1 s",
    [EK_SCREEN_HEAT] = "A row is an endpoint, a column a stretch of time; the cursor is reversed.",
    [EK_SCREEN_EVENTS] = "×n: so many alike in one line. F1 +388 ms: so long after fault F1 began.",
    [EK_SCREEN_CONSUL] = "The registry's list beside the one that each client last heard of.",
    [EK_SCREEN_ENDPOINT] = "One endpoint over time; on the right its number at the cursor.",
    [EK_SCREEN_POLICY] =
        "tokens: below half no retry; panic: picks that ignored health, red while they go on",
    [EK_SCREEN_GRAPHS] = "so far of all: until the cursor, of the whole run; now: things in it.",
    [EK_SCREEN_COMPARE] = "Both under one cursor, with one scale; the left one is on all screens.",
    [EK_SCREEN_CALL] = "Time runs to the right: from the planned time, dots wait, blocks are sent.",
    [EK_SCREEN_TEXT] = "As `evenkeel explain` says it; the last lines are what to try.",
    [EK_SCREEN_CHAIN] = "Causes above, consequences below; Enter goes to the selected event.",
};

enum {
    HELP_KEYS = 12,
    HELP_COLUMN = 36,
    HELP_FRAME = 4 /* rows around the keys */
};

static int count_keys(enum ek_screen screen)
{
    int count = 0;
    for (int i = 1; i < EK_DO_COUNT; i++)
        count += (ek_tui_action_text((enum ek_tui_action)i)->where >> screen & 1u) != 0;
    return count;
}

/* Two columns, as long as the window is high. */
static int keys_per_page(enum ek_screen screen, int rows)
{
    int most = 2 * (rows - HELP_FRAME), count = count_keys(screen);
    most = most < 2 ? 2 : most;
    int pages = (count + most - 1) / most;
    int even = (count + pages - 1) / pages;
    return even + even % 2;
}

int ek_draw_help_pages(enum ek_screen screen, int rows)
{
    int each = keys_per_page(screen, rows);
    return (count_keys(screen) + each - 1) / each;
}

void ek__draw_help(const struct ek_canvas *c)
{
    enum ek_screen screen = c->ui->place.screen;
    int each = keys_per_page(screen, c->grid->rows), per_column = each / 2;
    int pages = ek_draw_help_pages(screen, c->grid->rows), page = c->ui->help_page;
    struct ek_pane box = {.width = 2 * HELP_COLUMN + 5, .height = per_column + HELP_FRAME};
    page = page > pages ? pages : page;
    box.x = (c->grid->columns - box.width) / 2;
    box.y = (c->grid->rows - box.height) / 2;
    draw_box(c->grid, box);
    if (page < pages)
        (void)ek_grid_printf(c->grid, box.x + 2, box.y, box.width - 4, EK_STYLE_TITLE,
                             " keys of %s, page %d of %d; ? next page, any other key closes ",
                             screen_word(screen), page, pages);
    else
        (void)ek_grid_printf(c->grid, box.x + 2, box.y, box.width - 4, EK_STYLE_TITLE,
                             " keys of %s; any key closes ", screen_word(screen));
    (void)ek_grid_text(c->grid, box.x + 2, box.y + box.height - 2, box.width - 4, EK_STYLE_DIM,
                       notes[screen]);
    int at = -(page - 1) * each;
    for (int i = 1; i < EK_DO_COUNT; i++) {
        const struct ek_tui_action_text *row = ek_tui_action_text((enum ek_tui_action)i);
        if ((row->where >> screen & 1u) == 0)
            continue;
        if (at >= 0 && at < each) {
            int x = box.x + 2 + at / per_column * (HELP_COLUMN + 1);
            int y = box.y + 1 + at % per_column;
            (void)ek_grid_text(c->grid, x, y, HELP_KEYS - 1, EK_STYLE_STRONG, row->keys);
            (void)ek_grid_text(c->grid, x + HELP_KEYS, y, HELP_COLUMN - HELP_KEYS, EK_STYLE_TEXT,
                               row->text);
        }
        at++;
    }
}
