/* How styles look on terminals of few or many colours. */
#ifndef EK_REPORTS_TUI_PALETTE_H
#define EK_REPORTS_TUI_PALETTE_H

#include "reports/tui/grid.h"
#include "reports/tui/ui.h"

enum {
    EK_LOOK_BOLD = 1,
    EK_LOOK_DIM = 2,
    EK_LOOK_REVERSE = 4,
    EK_LOOK_UNDERLINE = 8
};

struct ek_look {
    short color;         /* of the text; -1: the terminal's own */
    unsigned attributes; /* EK_LOOK_* */
};

/* `colors`: 256 or more, 16, 8, or 0 for none at all. `light`: the background is. */
struct ek_look ek_palette_look(enum ek_style style, int colors, bool light, enum ek_theme theme);

#endif
