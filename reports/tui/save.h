/* The screen as a file: text, or a picture. */
#ifndef EK_REPORTS_TUI_SAVE_H
#define EK_REPORTS_TUI_SAVE_H

#include "reports/tui/grid.h"

/* Writes SVG to a path that ends in ".svg", else text. False when it cannot. */
bool ek_save(const struct ek_grid *grid, const char *path);

/* As SVG, in the colours of a dark terminal. */
void ek_save_svg(const struct ek_grid *grid, FILE *out);

#endif
