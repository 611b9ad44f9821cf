/* The runs of a dashboard: beginning them, following those that go on, changing over. */
#ifndef EK_REPORTS_TUI_DASH_RUNS_H
#define EK_REPORTS_TUI_DASH_RUNS_H

#include "reports/tui/cast.h"
#include "reports/tui/dash.h"
#include "reports/tui/side.h"

/* A run that was begun, and is not shown yet. */
struct ek_begun {
    bool is_there;
    bool is_rerun; /* with another policy; else with a fault more */
    struct ek_tui_made made;
    char words[EK_UI_PATH_MAX];
};

struct ek_dash {
    struct ek_ui ui;
    struct ek_side a, b; /* a is shown; b has no replay when there is one run only */
    struct ek_begun begun;
    struct ek_grid *grid;
    struct ek_cast *cast;     /* NULL: none is recorded */
    char *text;               /* of the text's screen */
    struct ek_replay *traced; /* run again for one call; NULL: not, or in vain */
    uint64_t traced_call;     /* that it was tried for; 0: none */
    char traced_why[256];
    const struct ek_tui_hooks *hooks;
    bool ascii, waits;
};

void ek__dash_forget_trace(struct ek_dash *dash);

/* A fault more, or another policy: shown at once when it is over by then, else by following. */
void ek__dash_begin(struct ek_dash *dash, bool is_rerun, const char *words);

/* Reads the file again, as far as that works; the cursor stays where it is. */
void ek__dash_reload(struct ek_dash *dash);

/* True when something is new. */
bool ek__dash_follow(struct ek_dash *dash);

/* Ends the runs that go on, and closes all. */
void ek__dash_end_runs(struct ek_dash *dash);

#endif
