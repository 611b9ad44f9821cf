#include "reports/tui/cast.h"

#include "reports/tui/palette.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct ek_cast {
    FILE *out;
    struct ek_grid *shown; /* NULL: nothing yet */
    int64_t at_ns;
};

struct ek_cast *ek_cast_begin(const char *path, int columns, int rows)
{
    struct ek_cast *cast = calloc(1, sizeof *cast);
    if (!cast)
        return NULL;
    cast->out = fopen(path, "w");
    if (!cast->out) {
        free(cast);
        return NULL;
    }
    fprintf(cast->out, "{\"version\": 2, \"width\": %d, \"height\": %d}\n", columns, rows);
    return cast;
}

bool ek_cast_end(struct ek_cast *cast)
{
    if (!cast)
        return true;
    bool is_good = !ferror(cast->out);
    is_good = fclose(cast->out) == 0 && is_good;
    ek_grid_free(cast->shown);
    free(cast);
    return is_good;
}

void ek_cast_advance(struct ek_cast *cast, int64_t real_ns)
{
    if (cast)
        cast->at_ns += real_ns;
}

/* An event: when, of which kind; its text follows, in JSON's quotes. */
static void begin_event(struct ek_cast *cast, char kind)
{
    fprintf(cast->out, "[%" PRId64 ".%06" PRId64 ", \"%c\", \"", cast->at_ns / INT64_C(1000000000),
            cast->at_ns % INT64_C(1000000000) / 1000, kind);
}

/* Grids hold no control characters. Above the first plane JSON wants two halves. */
static void write_rune(struct ek_cast *cast, uint32_t rune)
{
    if (rune == '"' || rune == '\\')
        fprintf(cast->out, "\\%c", (char)rune);
    else if (rune < 0x7f)
        fputc((int)rune, cast->out);
    else if (rune < 0x10000)
        fprintf(cast->out, "\\u%04" PRIx32, rune);
    else
        fprintf(cast->out, "\\u%04" PRIx32 "\\u%04" PRIx32,
                0xd800 + ((rune - 0x10000) >> 10 & 0x3ff), 0xdc00 + ((rune - 0x10000) & 0x3ff));
}

static void write_look(struct ek_cast *cast, const struct ek_cell *cell)
{
    struct ek_look look = ek_palette_look((enum ek_style)cell->style, 256, false, EK_THEME_DEFAULT);
    bool is_reverse =
        ((look.attributes & EK_LOOK_REVERSE) != 0) != ((cell->flags & EK_CELL_REVERSE) != 0);
    fputs("\\u001b[0", cast->out);
    if ((look.attributes & EK_LOOK_BOLD) || (cell->flags & EK_CELL_BOLD))
        fputs(";1", cast->out);
    if (is_reverse)
        fputs(";7", cast->out);
    if (look.color >= 0)
        fprintf(cast->out, ";38;5;%d", look.color);
    fputc('m', cast->out);
}

static bool same_row(const struct ek_grid *a, const struct ek_grid *b, int y)
{
    const struct ek_cell *left = ek_grid_at(a, 0, y), *right = ek_grid_at(b, 0, y);
    for (int x = 0; x < a->columns; x++) {
        if (left[x].rune != right[x].rune || left[x].style != right[x].style ||
            left[x].flags != right[x].flags)
            return false;
    }
    return true;
}

static void write_row(struct ek_cast *cast, const struct ek_grid *grid, int y)
{
    const struct ek_cell *row = ek_grid_at(grid, 0, y);
    fprintf(cast->out, "\\u001b[%d;1H", y + 1);
    for (int x = 0; x < grid->columns; x++) {
        if (x == 0 || row[x].style != row[x - 1].style || row[x].flags != row[x - 1].flags)
            write_look(cast, &row[x]);
        if (row[x].rune != 0)
            write_rune(cast, row[x].rune);
    }
}

static bool has_size(const struct ek_grid *a, const struct ek_grid *b)
{
    return a && a->columns == b->columns && a->rows == b->rows;
}

void ek_cast_frame(struct ek_cast *cast, const struct ek_grid *grid)
{
    if (!cast)
        return;
    bool is_new = !has_size(cast->shown, grid), is_open = false;
    if (is_new && cast->shown) {
        begin_event(cast, 'r');
        fprintf(cast->out, "%dx%d\"]\n", grid->columns, grid->rows);
    }
    for (int y = 0; y < grid->rows; y++) {
        if (!is_new && same_row(cast->shown, grid, y))
            continue;
        if (!is_open) {
            begin_event(cast, 'o');
            fputs(is_new ? "\\u001b[?25l\\u001b[2J" : "", cast->out);
        }
        is_open = true;
        write_row(cast, grid, y);
    }
    if (is_open)
        fputs("\"]\n", cast->out);
    if (is_new) {
        ek_grid_free(cast->shown);
        cast->shown = ek_grid_new(grid->columns, grid->rows, grid->ascii);
    }
    if (cast->shown)
        memcpy(cast->shown->cells, grid->cells,
               (size_t)grid->columns * (size_t)grid->rows * sizeof *grid->cells);
}
