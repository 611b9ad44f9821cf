#include "reports/tui/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum {
    SIDE_MAX = 1000,
    TEXT_MAX = 1024
};

struct ek_grid *ek_grid_new(int columns, int rows, bool ascii)
{
    columns = columns < 1 ? 1 : columns > SIDE_MAX ? SIDE_MAX : columns;
    rows = rows < 1 ? 1 : rows > SIDE_MAX ? SIDE_MAX : rows;
    struct ek_grid *grid = malloc(sizeof *grid);
    struct ek_cell *cells = calloc((size_t)columns * (size_t)rows, sizeof *cells);
    struct ek_hit *hits = calloc((size_t)rows, sizeof *hits);
    if (!grid || !cells || !hits) {
        free(grid);
        free(cells);
        free(hits);
        return NULL;
    }
    *grid = (struct ek_grid){columns, rows, ascii, cells, hits};
    ek_grid_clear(grid);
    return grid;
}

void ek_grid_free(struct ek_grid *grid)
{
    if (grid) {
        free(grid->cells);
        free(grid->hits);
    }
    free(grid);
}

void ek_grid_clear(struct ek_grid *grid)
{
    size_t count = (size_t)grid->columns * (size_t)grid->rows;
    for (size_t i = 0; i < count; i++)
        grid->cells[i] = (struct ek_cell){.rune = ' ', .style = EK_STYLE_TEXT};
    memset(grid->hits, 0, (size_t)grid->rows * sizeof *grid->hits);
}

void ek_grid_hit(struct ek_grid *grid, int x, int y, int width, enum ek_hit_kind kind, size_t value)
{
    if (y >= 0 && y < grid->rows)
        grid->hits[y] = (struct ek_hit){kind, x, width, value};
}

struct ek_hit ek_grid_hit_at(const struct ek_grid *grid, int x, int y)
{
    struct ek_hit nothing = {EK_HIT_NOTHING, 0, 0, 0};
    if (y < 0 || y >= grid->rows)
        return nothing;
    const struct ek_hit *hit = &grid->hits[y];
    return x >= hit->x && x < hit->x + hit->width ? *hit : nothing;
}

static struct ek_cell *cell_at(const struct ek_grid *grid, int x, int y)
{
    if (x < 0 || y < 0 || x >= grid->columns || y >= grid->rows)
        return NULL;
    return &grid->cells[(size_t)y * (size_t)grid->columns + (size_t)x];
}

const struct ek_cell *ek_grid_at(const struct ek_grid *grid, int x, int y)
{
    return cell_at(grid, x, y);
}

/* What stands for a rune where there is only ASCII. The state glyphs are those of the palette. */
static uint32_t ascii_likeness(uint32_t rune)
{
    static const struct {
        uint32_t rune;
        char like;
    } table[] = {
        {0x25cf, '+'}, {0x25b2, '!'}, {0x2717, 'X'}, {0x25d0, '~'}, {0x25bc, 'v'}, {0x25cb, '.'},
        {0x25c9, 'O'}, {0x25c6, 'M'}, {0x2500, '-'}, {0x2550, '='}, {0x2502, '|'}, {0x250c, '+'},
        {0x2510, '+'}, {0x2514, '`'}, {0x2518, '+'}, {0x251c, '+'}, {0x2524, '+'}, {0x2190, '<'},
        {0x2192, '>'}, {0x25b6, '>'}, {0x25b8, '>'}, {0x25be, 'v'}, {0x25b4, '^'}, {0x2026, '~'},
        {0x00b7, '-'}, {0x00d7, 'x'}, {0x2581, '_'}, {0x2582, '_'}, {0x2583, '.'}, {0x2584, '-'},
        {0x2585, '='}, {0x2586, '='}, {0x2587, '*'}, {0x2588, '#'}, {0x2589, '#'}, {0x258a, '#'},
        {0x258b, '#'}, {0x258c, '='}, {0x258d, '-'}, {0x258e, '-'}, {0x258f, '-'}, {0x2591, ','},
        {0x2592, ':'}, {0x2593, '*'}, {0x2191, '^'}, {0x2193, 'v'}, {0x25b9, '-'}, {0x2534, '+'},
        {0x252c, '+'}, {0x253c, '+'}, {0x2713, '+'}, {0x254c, '.'},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].rune == rune)
            return (uint32_t)table[i].like;
    }
    return '?';
}

/* A rune that is safe to print here. */
static uint32_t printable(const struct ek_grid *grid, uint32_t rune)
{
    if (rune < 32 || (rune >= 0x7f && rune < 0xa0))
        return '?';
    if (rune < 0x7f)
        return rune;
    return grid->ascii ? ascii_likeness(rune) : rune;
}

/* 0: combines with what is before it, and is left out. Line breaks and marks of writing direction
 * have no width either, so they never reach the terminal. */
static int rune_width(uint32_t rune)
{
    if (rune < 0x7f)
        return 1;
    return wcwidth((wchar_t)rune);
}

static int put(struct ek_grid *grid, int x, int y, enum ek_style style, uint32_t rune)
{
    rune = printable(grid, rune);
    int width = rune_width(rune);
    if (width < 0) {
        rune = '?';
        width = 1;
    }
    if (width == 0)
        return 0;
    struct ek_cell *cell = cell_at(grid, x, y);
    if (!cell)
        return width;
    struct ek_cell *right = width == 2 ? cell_at(grid, x + 1, y) : NULL;
    if (width == 2 && !right)
        rune = '?';
    /* Half of a wide character is no character. */
    if (cell->rune == 0)
        cell[-1].rune = ' ';
    struct ek_cell *after = cell_at(grid, x + width, y);
    if (after && after->rune == 0)
        after->rune = ' ';
    *cell = (struct ek_cell){.rune = rune, .style = (uint8_t)style};
    if (right)
        *right = (struct ek_cell){.rune = 0, .style = (uint8_t)style};
    return width;
}

void ek_grid_put(struct ek_grid *grid, int x, int y, enum ek_style style, uint32_t rune)
{
    (void)put(grid, x, y, style, rune);
}

/* Reads one rune of UTF-8; what is malformed is U+FFFD, a byte at a time. */
static uint32_t next_rune(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    uint32_t rune = p[0];
    int more = rune < 0x80                   ? 0
               : rune >= 0xf0 && rune < 0xf5 ? 3
               : rune >= 0xe0                ? 2
               : rune >= 0xc2                ? 1
                                             : -1;
    if (rune >= 0xf5)
        more = -1;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint32_t value = more > 0 ? rune & (0x3fu >> more) : rune;
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            more = -1;
            break;
        }
        value = value << 6 | (p[i] & 0x3fu);
    }
    if (more >= 0 &&
        (value < least[more] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)))
        more = -1;
    *text += more < 0 ? 1 : more + 1;
    return more < 0 ? 0xfffd : value;
}

int ek_grid_width(const struct ek_grid *grid, const char *text)
{
    int columns = 0;
    while (*text) {
        int width = rune_width(printable(grid, next_rune(&text)));
        columns += width < 0 ? 1 : width;
    }
    return columns;
}

int ek_grid_text(struct ek_grid *grid, int x, int y, int width, enum ek_style style,
                 const char *text)
{
    int whole = ek_grid_width(grid, text);
    int room = whole > width ? width - 1 : width;
    int taken = 0;
    while (*text) {
        uint32_t rune = next_rune(&text);
        int columns = rune_width(printable(grid, rune));
        columns = columns < 0 ? 1 : columns;
        if (taken + columns > room)
            break;
        taken += put(grid, x + taken, y, style, rune);
    }
    if (whole > width && width > 0)
        taken += put(grid, x + taken, y, style, 0x2026);
    return taken;
}

int ek_grid_printf(struct ek_grid *grid, int x, int y, int width, enum ek_style style,
                   const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return ek_grid_text(grid, x, y, width, style, text);
}

void ek_grid_right(struct ek_grid *grid, int x, int y, int width, enum ek_style style,
                   const char *text)
{
    int columns = ek_grid_width(grid, text);
    int left = columns < width ? width - columns : 0;
    (void)ek_grid_text(grid, x + left, y, width - left, style, text);
}

void ek_grid_repeat(struct ek_grid *grid, int x, int y, int width, enum ek_style style,
                    uint32_t rune)
{
    for (int i = 0; i < width; i++)
        (void)put(grid, x + i, y, style, rune);
}

void ek_grid_flag(struct ek_grid *grid, int x, int y, int width, unsigned flags)
{
    for (int i = 0; i < width; i++) {
        struct ek_cell *cell = cell_at(grid, x + i, y);
        if (cell)
            cell->flags = (uint8_t)(cell->flags | flags);
    }
}

void ek_grid_bar(struct ek_grid *grid, int x, int y, int width, enum ek_style style, double part,
                 double whole)
{
    double filled = whole > 0 && part > 0 ? part / whole : 0;
    filled = filled > 1 ? 1 : filled;
    int eighths = (int)(filled * width * 8 + 0.5);
    if (eighths == 0 && part > 0)
        eighths = 1;
    for (int i = 0; i < width; i++) {
        int here = eighths - i * 8;
        if (here >= 8)
            (void)put(grid, x + i, y, style, 0x2588);
        else if (here > 0)
            (void)put(grid, x + i, y, style, (uint32_t)(0x2590 - here));
    }
}

uint32_t ek_grid_spark(double part, double whole)
{
    if (part <= 0 || whole <= 0)
        return ' ';
    int eighth = (int)(part / whole * 8 + 0.5);
    eighth = eighth < 1 ? 1 : eighth > 8 ? 8 : eighth;
    return (uint32_t)(0x2580 + eighth);
}

static void print_rune(uint32_t rune, FILE *out)
{
    if (rune < 0x80) {
        fputc((int)rune, out);
    } else if (rune < 0x800) {
        fputc((int)(0xc0 | rune >> 6), out);
        fputc((int)(0x80 | (rune & 0x3f)), out);
    } else {
        if (rune >= 0x10000) {
            fputc((int)(0xf0 | rune >> 18), out);
            fputc((int)(0x80 | (rune >> 12 & 0x3f)), out);
        } else {
            fputc((int)(0xe0 | rune >> 12), out);
        }
        fputc((int)(0x80 | (rune >> 6 & 0x3f)), out);
        fputc((int)(0x80 | (rune & 0x3f)), out);
    }
}

void ek_grid_print(const struct ek_grid *grid, FILE *out)
{
    for (int y = 0; y < grid->rows; y++) {
        const struct ek_cell *row = &grid->cells[(size_t)y * (size_t)grid->columns];
        int end = grid->columns;
        while (end > 0 && row[end - 1].rune == ' ')
            end--;
        for (int x = 0; x < end; x++) {
            if (row[x].rune != 0)
                print_rune(row[x].rune, out);
        }
        fputc('\n', out);
    }
}
