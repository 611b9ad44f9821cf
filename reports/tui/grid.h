/* A rectangle of styled characters that pure functions draw into. */
#ifndef EK_REPORTS_TUI_GRID_H
#define EK_REPORTS_TUI_GRID_H

#include "evenkeel/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What a cell means; palette.h says how that looks on a terminal. The states come in the order of
 * enum ek_fitness, the heat levels from cold to hot. */
enum ek_style {
    EK_STYLE_TEXT,
    EK_STYLE_DIM,
    EK_STYLE_STRONG,
    EK_STYLE_FRAME,
    EK_STYLE_TITLE,
    EK_STYLE_HEADING,
    EK_STYLE_FAULT,
    EK_STYLE_CURSOR,
    EK_STYLE_MARK,
    EK_STYLE_CHART,
    EK_STYLE_BAD,
    EK_STYLE_HEALTHY,
    EK_STYLE_SUSPECT,
    EK_STYLE_EJECTED,
    EK_STYLE_PROBING,
    EK_STYLE_DRAINING,
    EK_STYLE_GONE,
    EK_STYLE_HEAT0,
    EK_STYLE_HEAT1,
    EK_STYLE_HEAT2,
    EK_STYLE_HEAT3,
    EK_STYLE_HEAT4,
    EK_STYLE_SUSPECT_WORD, /* words in colours that are too pale for a light background */
    EK_STYLE_PROBING_WORD,
    EK_STYLE_COUNT
};

enum {
    EK_CELL_REVERSE = 1, /* the selected row */
    EK_CELL_BOLD = 2     /* a value that has just changed */
};

struct ek_cell {
    uint32_t rune; /* 0 in the second half of a wide character */
    uint8_t style; /* enum ek_style */
    uint8_t flags; /* EK_CELL_* */
};

/* What a click on a stretch of a row means. */
enum ek_hit_kind {
    EK_HIT_NOTHING,
    EK_HIT_TIME,     /* the moment under it */
    EK_HIT_ENDPOINT, /* value: its number */
    EK_HIT_CLIENT,   /* value: its number */
    EK_HIT_LINE,     /* value: of the log */
    EK_HIT_ROW       /* value: of the screen's own list */
};

struct ek_hit {
    enum ek_hit_kind kind;
    int x, width;
    size_t value;
};

struct ek_grid {
    int columns, rows;
    bool ascii;            /* every rune is below 128 */
    struct ek_cell *cells; /* row after row */
    struct ek_hit *hits;   /* one a row */
};

/* Returns new: a blank grid; NULL without memory. Sizes are clamped to 1..1000. */
struct ek_grid *ek_grid_new(int columns, int rows, bool ascii);
void ek_grid_free(struct ek_grid *grid);
void ek_grid_clear(struct ek_grid *grid);

const struct ek_cell *ek_grid_at(const struct ek_grid *grid, int x, int y);

/* One character; outside of the grid nothing happens. Control characters become '?'; with `ascii`
 * so does what has no likeness. */
void ek_grid_put(struct ek_grid *grid, int x, int y, enum ek_style style, uint32_t rune);

/* UTF-8 text, clipped to `width` columns and to the grid by wcwidth, ending in an ellipsis when it
 * was cut. Returns the columns taken. */
int ek_grid_text(struct ek_grid *grid, int x, int y, int width, enum ek_style style,
                 const char *text);

int ek_grid_printf(struct ek_grid *grid, int x, int y, int width, enum ek_style style,
                   const char *format, ...) EK_PRINTF(6, 7);

/* Text whose last column is x + width - 1. */
void ek_grid_right(struct ek_grid *grid, int x, int y, int width, enum ek_style style,
                   const char *text);

/* Columns that text takes on this grid. */
int ek_grid_width(const struct ek_grid *grid, const char *text);

void ek_grid_repeat(struct ek_grid *grid, int x, int y, int width, enum ek_style style,
                    uint32_t rune);

/* Says what a click on a row means, from `x` on for `width` columns. */
void ek_grid_hit(struct ek_grid *grid, int x, int y, int width, enum ek_hit_kind kind,
                 size_t value);

/* What a click there means. */
struct ek_hit ek_grid_hit_at(const struct ek_grid *grid, int x, int y);

/* Sets flags on what is already drawn. */
void ek_grid_flag(struct ek_grid *grid, int x, int y, int width, unsigned flags);

/* A bar of `width` columns, filled to `part` of `whole` in eighths of a column. */
void ek_grid_bar(struct ek_grid *grid, int x, int y, int width, enum ek_style style, double part,
                 double whole);

/* The block of eighths for `part` of `whole`: blank for none, at least one eighth for any. */
uint32_t ek_grid_spark(double part, double whole);

/* The characters as UTF-8 lines without blanks at the end; the styles are left out. */
void ek_grid_print(const struct ek_grid *grid, FILE *out);

#endif
