/* What a build without ncurses has instead of the dashboard. */
#include "reports/tui/tui.h"

static int refuse(void)
{
    fprintf(stderr, "evenkeel tui: this program was built without the dashboard (EK_TUI)\n");
    return 2;
}

int ek_tui_run(struct ek_replay *replay, const struct ek_tui_options *options)
{
    (void)replay;
    (void)options;
    return refuse();
}

int ek_tui_script(struct ek_replay *replay, const struct ek_tui_options *options, const char *keys,
                  int columns, int rows, FILE *out)
{
    (void)replay;
    (void)options;
    (void)keys;
    (void)columns;
    (void)rows;
    (void)out;
    return refuse();
}
