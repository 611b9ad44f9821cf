/* The dashboard without a terminal: takes keys, time, a size; gives a grid. */
#ifndef EK_REPORTS_TUI_DASH_H
#define EK_REPORTS_TUI_DASH_H

#include "reports/tui/grid.h"
#include "reports/tui/tui.h"
#include "reports/tui/ui.h"

struct ek_dash;

/* Returns new; NULL without memory. Keeps the replays of both runs, options->hooks. */
struct ek_dash *ek_dash_new(struct ek_replay *replay, const struct ek_tui_options *options,
                            int columns, int rows);
void ek_dash_free(struct ek_dash *dash);

EK_MUST_USE enum ek_err ek_dash_key(struct ek_dash *dash, uint32_t key);

/* The mouse: a click on a cell; the wheel, by so many rows. */
EK_MUST_USE enum ek_err ek_dash_click(struct ek_dash *dash, int x, int y);
EK_MUST_USE enum ek_err ek_dash_wheel(struct ek_dash *dash, int by);

/* Reads recordings again whose file was replaced, and shows runs that were begun once there is
 * something to see. True when something is new; `*err` is set then. */
bool ek_dash_look(struct ek_dash *dash, enum ek_err *err);

/* How long real time may pass until the next look. */
int64_t ek_dash_patience_ns(const struct ek_dash *dash);

/* Lets real time pass. */
EK_MUST_USE enum ek_err ek_dash_advance(struct ek_dash *dash, int64_t real_ns);

EK_MUST_USE enum ek_err ek_dash_resize(struct ek_dash *dash, int columns, int rows);

/* Returns borrowed until the next call. */
const struct ek_grid *ek_dash_draw(struct ek_dash *dash);

/* Returns borrowed; the driver clears the wishes that it grants. */
struct ek_ui *ek_dash_ui(struct ek_dash *dash);

#endif
