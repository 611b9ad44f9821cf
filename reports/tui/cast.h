/* A recording of the screen over time: asciicast version 2. */
#ifndef EK_REPORTS_TUI_CAST_H
#define EK_REPORTS_TUI_CAST_H

#include "reports/tui/grid.h"

struct ek_cast;

/* Returns new; NULL when the file cannot be written. */
struct ek_cast *ek_cast_begin(const char *path, int columns, int rows);

/* Frees it; false when not all of it was written. NULL is whole. */
bool ek_cast_end(struct ek_cast *cast);

/* Lets real time pass. NULL does nothing. */
void ek_cast_advance(struct ek_cast *cast, int64_t real_ns);

/* Writes what differs from the frame before. NULL does nothing. */
void ek_cast_frame(struct ek_cast *cast, const struct ek_grid *grid);

#endif
