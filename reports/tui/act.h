/* What a key does to the user's state: pure functions of state, key, recording. */
#ifndef EK_REPORTS_TUI_ACT_H
#define EK_REPORTS_TUI_ACT_H

#include "reports/tui/snapshot.h"

/* `path`: of the recording, for the command that returns here; may be NULL. */
void ek_act(struct ek_ui *ui, const struct ek_snapshot *snapshot, enum ek_tui_action action,
            const char *path);

/* A key while a prompt is open. */
void ek_prompt_key(struct ek_ui *ui, const struct ek_snapshot *snapshot, uint32_t key,
                   const char *path);

/* Any key. */
void ek_ui_key(struct ek_ui *ui, const struct ek_snapshot *snapshot, uint32_t key,
               const char *path);

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

/* Sets the status line. */
void ek__say(struct ek_ui *ui, const char *format, ...) EK_PRINTF(2, 3);

/* Moves the cursor to just after an event. */
void ek__go_to_event(struct ek_ui *ui, const struct ek_snapshot *snapshot, size_t event);

#endif
