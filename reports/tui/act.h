/* What a key does to the user's state: pure functions of state, key, recording. */
#ifndef EK_REPORTS_TUI_ACT_H
#define EK_REPORTS_TUI_ACT_H

#include "reports/tui/grid.h"
#include "reports/tui/snapshot.h"
#include "reports/tui/tui.h"

/* What actions need beside the recording. */
struct ek_act {
    const char *path;                 /* of the recording, for the command that returns here */
    const struct ek_tui_hooks *hooks; /* NULL: none */
};

void ek_act(struct ek_ui *ui, const struct ek_snapshot *snapshot, enum ek_tui_action action,
            const struct ek_act *with);

/* A key while a prompt is open. */
void ek_prompt_key(struct ek_ui *ui, const struct ek_snapshot *snapshot, uint32_t key,
                   const struct ek_act *with);

/* Any key; `help_pages`: how many the help has at this size. */
void ek_ui_key(struct ek_ui *ui, const struct ek_snapshot *snapshot, uint32_t key,
               const struct ek_act *with, int help_pages);

/* The cursor `real_ns` of real time later, when it plays. */
void ek_ui_advance(struct ek_ui *ui, const struct ek_snapshot *snapshot, int64_t real_ns);

/* Moves the cursor to a time, or just after what comes at once of a line of the log. */
void ek__go_to(struct ek_ui *ui, const struct ek_snapshot *snapshot, int64_t at_ns);
void ek__go_to_line(struct ek_ui *ui, const struct ek_snapshot *snapshot, size_t line);

/* Moves it by that many lines of the log; to the next (1) or previous (-1) fault or state change,
 * or failed call. */
void ek__step(struct ek_ui *ui, const struct ek_snapshot *snapshot, long by);
void ek__change(struct ek_ui *ui, const struct ek_snapshot *snapshot, int direction);
void ek__failed_call(struct ek_ui *ui, const struct ek_snapshot *snapshot, int direction);

/* Moves the cursor onto the next (`direction` 1) or previous (-1) line of the log whose text
 * matches the search; true when there is one. */
bool ek__search(struct ek_ui *ui, const struct ek_snapshot *snapshot, int direction);

/* Moves the cursor to the next moment that decided a broken expectation. */
void ek__go_to_broken(struct ek_ui *ui, const struct ek_snapshot *snapshot);

/* Opens the next (1) or previous (-1) call that was kept. */
void ek__kept_call(struct ek_ui *ui, const struct ek_snapshot *snapshot, int direction);

/* Opens what is selected; a call when it is about one. */
void ek__open(struct ek_ui *ui, const struct ek_snapshot *snapshot);

/* What is selected, as `evenkeel explain` has it: "call:12". Returns `out`. */
const char *ek__selected(const struct ek_ui *ui, const struct ek_snapshot *snapshot, char *out,
                         size_t size);

/* The log is about one call, when `wants_call` and the line under the cursor is about one, or about
 * one fault; or about all again. */
void ek__follow(struct ek_ui *ui, const struct ek_snapshot *snapshot, bool wants_call);

/* Moves the selection by rows. */
void ek__move_row(struct ek_ui *ui, const struct ek_snapshot *snapshot, int by);

/* A click on what a cell of the screen stands for; the mouse's wheel. */
void ek_ui_click(struct ek_ui *ui, const struct ek_snapshot *snapshot, const struct ek_hit *hit,
                 int x);

/* Completes what is typed at a prompt, as far as hooks say what there is. */
void ek__complete(struct ek_ui *ui, const struct ek_snapshot *snapshot,
                  const struct ek_tui_hooks *hooks);

/* Sets the status line. */
void ek__say(struct ek_ui *ui, const char *format, ...) EK_PRINTF(2, 3);

/* Moves the cursor to just after an event. */
void ek__go_to_event(struct ek_ui *ui, const struct ek_snapshot *snapshot, size_t event);

#endif
