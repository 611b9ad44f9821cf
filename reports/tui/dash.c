#include "reports/tui/dash.h"

#include "reports/tui/act.h"
#include "reports/tui/draw.h"

#include <stdlib.h>

struct ek_dash {
    struct ek_ui ui;
    struct ek_snapshot snapshot;
    struct ek_grid *grid;
    const char *path;
    bool ascii;
};

static enum ek_err refresh(struct ek_dash *dash)
{
    return ek_snapshot_take(&dash->snapshot, &dash->ui,
                            ek_draw_plot_columns(&dash->snapshot, dash->grid->columns));
}

struct ek_dash *ek_dash_new(struct ek_replay *replay, const struct ek_tui_options *options,
                            int columns, int rows)
{
    struct ek_dash *dash = calloc(1, sizeof *dash);
    if (!dash)
        return NULL;
    dash->path = options->path;
    dash->ascii = options->ascii;
    dash->ui = (struct ek_ui){
        .speed = EK_UI_SPEED_ONE, .sort = EK_SORT_BY_STATE, .is_playing = options->play};
    dash->grid = ek_grid_new(columns, rows, options->ascii);
    if (dash->grid && ek_snapshot_init(&dash->snapshot, replay) == EK_OK) {
        ek_ui_seek(&dash->ui, options->start_ns, dash->snapshot.end_ns);
        if (refresh(dash) == EK_OK)
            return dash;
    }
    ek_dash_free(dash);
    return NULL;
}

void ek_dash_free(struct ek_dash *dash)
{
    if (!dash)
        return;
    ek_snapshot_deinit(&dash->snapshot);
    ek_grid_free(dash->grid);
    free(dash);
}

enum ek_err ek_dash_key(struct ek_dash *dash, uint32_t key)
{
    ek_ui_key(&dash->ui, &dash->snapshot, key, dash->path);
    return refresh(dash);
}

enum ek_err ek_dash_advance(struct ek_dash *dash, int64_t real_ns)
{
    if (!dash->ui.is_playing)
        return EK_OK;
    ek_ui_advance(&dash->ui, &dash->snapshot, real_ns);
    return refresh(dash);
}

enum ek_err ek_dash_resize(struct ek_dash *dash, int columns, int rows)
{
    struct ek_grid *grid = ek_grid_new(columns, rows, dash->ascii);
    if (!grid)
        return EK_ENOMEM;
    ek_grid_free(dash->grid);
    dash->grid = grid;
    return refresh(dash);
}

const struct ek_grid *ek_dash_draw(struct ek_dash *dash)
{
    ek_draw(dash->grid, &dash->snapshot, &dash->ui);
    return dash->grid;
}

struct ek_ui *ek_dash_ui(struct ek_dash *dash)
{
    return &dash->ui;
}
