/* A recorded run once more, with something changed: what the dashboard asks of the simulator. */
#ifndef EK_CLI_AGAIN_H
#define EK_CLI_AGAIN_H

#include "reports/tui/tui.h"
#include "sim/scenario/scenario.h"

/* The hooks of struct ek_tui_hooks; `self` is not used. Recordings and scenarios go to
 * EK_OUT_FOLDER under names of their own. */
extern const struct ek_tui_hooks ek_again_hooks;

/* Begins a run that the hooks look after; `made` names its recording. Takes the scenario. False,
 * with a reason in `made`, when it cannot begin. */
bool ek_again_begin(struct ek_scenario *scenario, const char *command, bool is_latest,
                    struct ek_tui_made *made);

#endif
