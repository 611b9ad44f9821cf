#include "reports/tui/save.h"

#include "reports/tui/palette.h"

#include <inttypes.h>
#include <string.h>

enum {
    CELL_WIDTH = 8, /* pixels */
    CELL_HEIGHT = 17,
    BASELINE = 13,
    BACK = 0x16181d,
    FORE = 0xd8d8d8
};

/* What 256-colour terminals show for a number above 15: a cube, then greys. */
static unsigned rgb_of(short color)
{
    static const unsigned steps[] = {0, 95, 135, 175, 215, 255};
    if (color < 16)
        return FORE;
    unsigned n = (unsigned)color - 16;
    if (color >= 232) {
        unsigned grey = 8 + 10 * ((unsigned)color - 232);
        return grey << 16 | grey << 8 | grey;
    }
    return steps[n / 36] << 16 | steps[n / 6 % 6] << 8 | steps[n % 6];
}

struct paint {
    unsigned fore, back;
    bool is_bold;
};

static struct paint paint_of(const struct ek_cell *cell)
{
    struct ek_look look = ek_palette_look((enum ek_style)cell->style, 256, false, EK_THEME_DEFAULT);
    struct paint paint = {.fore = look.color < 0 ? FORE : rgb_of(look.color), .back = BACK};
    paint.is_bold = (look.attributes & EK_LOOK_BOLD) != 0 || (cell->flags & EK_CELL_BOLD) != 0;
    if (((look.attributes & EK_LOOK_REVERSE) != 0) != ((cell->flags & EK_CELL_REVERSE) != 0)) {
        paint.back = paint.fore;
        paint.fore = BACK;
    }
    return paint;
}

static bool same_paint(struct paint a, struct paint b)
{
    return a.fore == b.fore && a.back == b.back && a.is_bold == b.is_bold;
}

static void write_rune(uint32_t rune, FILE *out)
{
    if (rune == '<' || rune == '>' || rune == '&' || rune == '"' || rune >= 0x7f)
        fprintf(out, "&#%" PRIu32 ";", rune);
    else
        fputc((int)rune, out);
}

/* A run of cells that look alike. Its length is said, so that no font moves a column. */
static void write_run(const struct ek_grid *grid, int x, int end, int y, FILE *out)
{
    struct paint paint = paint_of(ek_grid_at(grid, x, y));
    if (paint.back != BACK)
        fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
                x * CELL_WIDTH, y * CELL_HEIGHT, (end - x) * CELL_WIDTH, CELL_HEIGHT, paint.back);
    int first = x, last = end - 1;
    while (first < end && ek_grid_at(grid, first, y)->rune == ' ')
        first++;
    while (last > first && ek_grid_at(grid, last, y)->rune == ' ')
        last--;
    if (first == end)
        return;
    fprintf(out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"#%06x\"%s>", first * CELL_WIDTH,
            y * CELL_HEIGHT + BASELINE, (last + 1 - first) * CELL_WIDTH, paint.fore,
            paint.is_bold ? " font-weight=\"bold\"" : "");
    for (int i = first; i <= last; i++) {
        uint32_t rune = ek_grid_at(grid, i, y)->rune;
        if (rune == ' ') /* as it is, several would become one */
            fputs("&#160;", out);
        else if (rune != 0)
            write_rune(rune, out);
    }
    fputs("</text>\n", out);
}

void ek_save_svg(const struct ek_grid *grid, FILE *out)
{
    int width = grid->columns * CELL_WIDTH, height = grid->rows * CELL_HEIGHT;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
            "%d\">\n<rect width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n"
            "<g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"13\">\n",
            width, height, width, height, width, height, (unsigned)BACK);
    for (int y = 0; y < grid->rows; y++) {
        for (int x = 0; x < grid->columns;) {
            struct paint paint = paint_of(ek_grid_at(grid, x, y));
            int end = x + 1;
            while (end < grid->columns && same_paint(paint, paint_of(ek_grid_at(grid, end, y))))
                end++;
            write_run(grid, x, end, y, out);
            x = end;
        }
    }
    fputs("</g>\n</svg>\n", out);
}

bool ek_save(const struct ek_grid *grid, const char *path)
{
    size_t length = strlen(path);
    FILE *out = fopen(path, "w");
    if (!out)
        return false;
    if (length > 4 && strcmp(path + length - 4, ".svg") == 0)
        ek_save_svg(grid, out);
    else
        ek_grid_print(grid, out);
    bool is_good = !ferror(out);
    return fclose(out) == 0 && is_good;
}
