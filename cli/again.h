/* A recorded run once more, with something changed: what the dashboard asks of the simulator. */
#ifndef EK_CLI_AGAIN_H
#define EK_CLI_AGAIN_H

#include "reports/tui/tui.h"

/* The hooks of struct ek_tui_hooks; `self` is not used. Recordings and scenarios go to
 * EK_OUT_FOLDER under names of their own. */
extern const struct ek_tui_hooks ek_again_hooks;

#endif
