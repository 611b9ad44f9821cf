/* The terminal dashboard: a recording under a cursor in time. */
#ifndef EK_REPORTS_TUI_H
#define EK_REPORTS_TUI_H

#include "reports/recording/replay.h"

#include <stdio.h>

struct ek_tui_options {
    bool color;       /* false: shapes and words only */
    bool ascii;       /* no characters beyond ASCII */
    int64_t start_ns; /* where the cursor begins */
    bool play;        /* start playing */
    const char *path; /* of the recording, for the command that returns to a moment */
};

/* Runs until the user quits; draws on /dev/tty. Returns an exit code: 0, or 2 without a terminal
 * that can show it, with one line on stderr, or 128 + the number of the signal that ended it. */
int ek_tui_run(struct ek_replay *replay, const struct ek_tui_options *options);

/* The same on a test clock, without a terminal: feeds keys, then prints the last frame as text.
 *
 * `keys` are characters, or names in <>: <Space> <Enter> <Esc> <Tab> <BS> <lt> <Left> <Right> <Up>
 * <Down> <S-Left> <S-Right> <PgUp> <PgDn> <Home> <End> <C-l> <C-c>; <wait 500ms> lets time pass;
 * <size 120x40> resizes; <frame> prints a frame in between. Returns an exit code: that of the
 * dashboard if the keys quit it, else 0; 2 when `keys` has an unknown name, with one line on
 * stderr. */
int ek_tui_script(struct ek_replay *replay, const struct ek_tui_options *options, const char *keys,
                  int columns, int rows, FILE *out);

#endif
