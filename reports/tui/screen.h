/* A grid on a terminal, through ncursesw. */
#ifndef EK_REPORTS_TUI_SCREEN_H
#define EK_REPORTS_TUI_SCREEN_H

#include "reports/tui/grid.h"
#include "reports/tui/ui.h"

struct ek_screen_size {
    int columns, rows;
};

struct ek_terminal;

enum {
    EK_TERMINAL_RESIZED = 0x120000, /* as a key: the size is another */
    EK_TERMINAL_MOUSE               /* as a key: see ek_terminal_mouse */
};

struct ek_mouse {
    int x, y;
    bool is_click;
    int wheel; /* -1 up, 1 down, 0 not turned */
};

/* Takes over /dev/tty. NULL when there is none that can show a screen; `why` says so in one line.
 */
struct ek_terminal *ek_terminal_open(bool color, char *why, size_t why_size);

/* Gives the terminal back as it was. */
void ek_terminal_close(struct ek_terminal *terminal);

/* The same for a while: leaves it, comes back to it. */
void ek_terminal_leave(struct ek_terminal *terminal);
void ek_terminal_return(struct ek_terminal *terminal);

struct ek_screen_size ek_terminal_size(const struct ek_terminal *terminal);

/* Whether its characters are UTF-8. */
bool ek_terminal_is_utf8(void);

/* The file that gets readable when keys come. */
int ek_terminal_input(const struct ek_terminal *terminal);

/* The next key, without waiting; 0 for none; -1 when the terminal is gone. */
int64_t ek_terminal_key(struct ek_terminal *terminal);

/* What the mouse did, after EK_TERMINAL_MOUSE. False: nothing of interest. */
bool ek_terminal_mouse(struct ek_mouse *mouse);

/* Another theme, from the next grid that is shown afresh. */
void ek_terminal_theme(struct ek_terminal *terminal, enum ek_theme theme);

/* Shows a grid; writes only what differs from the one before, unless `afresh`. */
void ek_terminal_show(struct ek_terminal *terminal, const struct ek_grid *grid, bool afresh);

/* For a signal handler of a crash: makes the terminal usable with what is safe there. */
void ek_terminal_rescue(void);

#endif
