#include "reports/tui/dash_runs.h"

#include "evenkeel/time.h"
#include "reports/explain/explain.h"
#include "reports/tui/act.h"
#include "reports/tui/cast.h"
#include "reports/tui/draw.h"
#include "reports/tui/save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRACE_MOST_MS = 500 /* of real time that the run took, to be run again without being asked */
};

void ek__dash_forget_trace(struct ek_dash *dash)
{
    ek_replay_close(dash->traced);
    dash->traced = NULL;
    dash->traced_call = 0;
    dash->traced_why[0] = '\0';
}

/* Runs the simulation again to see what an open call's picks chose from, unless that is slow. */
static void trace(struct ek_dash *dash, bool is_asked)
{
    struct ek_snapshot *s = &dash->a.snapshot;
    uint64_t call = dash->ui.place.call;
    size_t count;
    (void)ek_replay_candidates(dash->a.replay, call, 1, &count);
    if (call != dash->traced_call && count == 0 && dash->hooks && dash->hooks->trace) {
        ek__dash_forget_trace(dash);
        if (s->results->wall_ns <= TRACE_MOST_MS * EK_MS || is_asked || dash->waits) {
            dash->traced_call = call;
            dash->traced = dash->hooks->trace(dash->hooks->self, dash->a.replay, call,
                                              dash->traced_why, sizeof dash->traced_why);
        } else {
            snprintf(dash->traced_why, sizeof dash->traced_why, "x runs it again to find out");
        }
    }
    s->traced = dash->traced && call == dash->traced_call ? dash->traced : dash->a.replay;
    s->traced_not = dash->traced_why;
}

static enum ek_err refresh(struct ek_dash *dash)
{
    struct ek_ui *ui = &dash->ui;
    if (ui->place.screen == EK_SCREEN_CALL)
        trace(dash, false);
    dash->a.snapshot.text = dash->text;
    ui->has_other = dash->b.replay != NULL;
    enum ek_err err = ek_snapshot_take(
        &dash->a.snapshot, ui, ek_draw_plot_columns(&dash->a.snapshot, dash->grid->columns));
    if (err != EK_OK || !dash->b.replay || ui->place.screen != EK_SCREEN_COMPARE)
        return err;
    /* Events have other numbers there, so that the cursor is a time. */
    struct ek_ui there = *ui;
    there.is_by_event = false;
    ek_ui_fit(&there, &dash->b.snapshot);
    return ek_snapshot_take(&dash->b.snapshot, &there,
                            ek_draw_plot_columns(&dash->b.snapshot, dash->grid->columns));
}

static void take_run(struct ek_side *side, struct ek_tui_made *made)
{
    side->made = *made;
    made->run = NULL;
}

static enum ek_err begin(struct ek_dash *dash, struct ek_replay *replay,
                         const struct ek_tui_options *options)
{
    enum ek_err err = ek_side_init(&dash->a, replay, options->path, false);
    if (err == EK_OK && options->made[0])
        take_run(&dash->a, options->made[0]);
    if (err == EK_OK && options->other) {
        err = ek_side_init(&dash->b, options->other, options->other_path, false);
        dash->ui.place.screen = EK_SCREEN_COMPARE;
        if (err == EK_OK && options->made[1])
            take_run(&dash->b, options->made[1]);
    }
    bool follows = options->follow && dash->a.snapshot.results->under_way;
    if (err == EK_OK)
        ek_ui_seek(&dash->ui, follows ? INT64_MAX : options->start_ns, dash->a.snapshot.end_ns);
    return err == EK_OK ? refresh(dash) : err;
}

struct ek_dash *ek_dash_new(struct ek_replay *replay, const struct ek_tui_options *options,
                            int columns, int rows)
{
    struct ek_dash *dash = calloc(1, sizeof *dash);
    if (!dash)
        return NULL;
    dash->ascii = options->ascii;
    dash->hooks = options->hooks;
    dash->waits = options->waits;
    dash->ui = (struct ek_ui){.speed = EK_UI_SPEED_ONE,
                              .sort = EK_SORT_BY_STATE,
                              .is_playing = options->play,
                              .mark_ns = -1};
    (void)ek_ui_speed_find(options->speed, &dash->ui.speed);
    dash->grid = ek_grid_new(columns, rows, options->ascii);
    if (dash->grid && begin(dash, replay, options) == EK_OK)
        return dash;
    ek_dash_free(dash);
    return NULL;
}

void ek_dash_free(struct ek_dash *dash)
{
    if (!dash)
        return;
    (void)ek_cast_end(dash->cast);
    ek__dash_forget_trace(dash);
    ek__dash_end_runs(dash);
    ek_grid_free(dash->grid);
    free(dash->text);
    free(dash);
}

/* ---- wishes ---- */

static void swap(struct ek_dash *dash)
{
    struct ek_side a = dash->a;
    ek__dash_forget_trace(dash);
    dash->a = dash->b;
    dash->b = a;
    ek_ui_fit(&dash->ui, &dash->a.snapshot);
    ek__say(&dash->ui, "on all screens now: %s, %s", dash->a.snapshot.results->scenario,
            dash->a.snapshot.results->policy);
}

static void explain(struct ek_dash *dash, const char *what)
{
    struct ek_render render = {.unicode = !dash->ascii,
                               .columns =
                                   dash->grid->columns > 124 ? 120 : dash->grid->columns - 4};
    char why[512] = "out of memory";
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    render.columns = render.columns < 60 ? 60 : render.columns;
    if (dash->ui.place.screen == EK_SCREEN_CALL)
        trace(dash, true);
    struct ek_replay *replay =
        dash->ui.place.screen == EK_SCREEN_CALL && dash->traced ? dash->traced : dash->a.replay;
    bool is_found = out && ek_explain(replay, what, &render, out, why, sizeof why);
    if (out && fclose(out) != 0)
        is_found = false;
    if (!is_found) {
        free(text);
        ek__say(&dash->ui, "no: %s", why);
        return;
    }
    free(dash->text);
    dash->text = text;
    ek_ui_open(&dash->ui, (struct ek_place){.screen = EK_SCREEN_TEXT});
}

static void cast(struct ek_dash *dash, const char *path)
{
    struct ek_ui *ui = &dash->ui;
    if (dash->cast) {
        bool is_whole = ek_cast_end(dash->cast);
        dash->cast = NULL;
        ek__say(ui, is_whole ? "the asciicast is written" : "no: the asciicast is incomplete");
    } else {
        dash->cast = ek_cast_begin(path, dash->grid->columns, dash->grid->rows);
        ek__say(ui, dash->cast ? "recording to %s: P ends it" : "no: %s cannot be written", path);
    }
    ui->is_recording = dash->cast != NULL;
}

/* The screen as it was before the prompt. */
static void save(struct ek_dash *dash, const char *path)
{
    struct ek_ui *ui = &dash->ui;
    ui->status[0] = '\0';
    ek_draw(dash->grid, &dash->a.snapshot, dash->b.replay ? &dash->b.snapshot : NULL, ui);
    if (ek_save(dash->grid, path))
        ek__say(ui, "saved as %s", path);
    else
        ek__say(ui, "no: %s cannot be written", path);
}

static void grant(struct ek_dash *dash)
{
    struct ek_ui *ui = &dash->ui;
    enum ek_wish wish = ui->wish;
    ui->wish = EK_WISH_NONE;
    /* clang-format off */
    switch (wish) {
    case EK_WISH_NONE:    break;
    case EK_WISH_INJECT:  ek__dash_begin(dash, false, ui->wished); break;
    case EK_WISH_RERUN:   ek__dash_begin(dash, true, ui->wished); break;
    case EK_WISH_EXPLAIN: explain(dash, ui->wished); break;
    case EK_WISH_SWAP:    swap(dash); break;
    case EK_WISH_SAVE:    save(dash, ui->wished); break;
    case EK_WISH_CAST:    cast(dash, ui->wished); break;
    case EK_WISH_RELOAD:  ek__dash_reload(dash); break;
    }
    /* clang-format on */
}

/* ---- what comes in ---- */

enum ek_err ek_dash_key(struct ek_dash *dash, uint32_t key)
{
    const struct ek_act with = {.path = dash->a.path, .hooks = dash->hooks};
    ek_ui_key(&dash->ui, &dash->a.snapshot, key, &with,
              ek_draw_help_pages(dash->ui.place.screen, dash->grid->rows));
    grant(dash);
    return refresh(dash);
}

enum ek_err ek_dash_click(struct ek_dash *dash, int x, int y)
{
    struct ek_hit hit = ek_grid_hit_at(dash->grid, x, y);
    if (dash->ui.prompt != EK_PROMPT_NONE || dash->ui.help_page > 0)
        return EK_OK;
    ek_ui_click(&dash->ui, &dash->a.snapshot, &hit, x);
    return refresh(dash);
}

enum ek_err ek_dash_wheel(struct ek_dash *dash, int by)
{
    if (dash->ui.prompt != EK_PROMPT_NONE || dash->ui.help_page > 0)
        return EK_OK;
    dash->ui.status[0] = '\0';
    ek__move_row(&dash->ui, &dash->a.snapshot, by);
    return refresh(dash);
}

enum ek_err ek_dash_advance(struct ek_dash *dash, int64_t real_ns)
{
    ek_cast_advance(dash->cast, real_ns);
    if (dash->a.snapshot.results->under_way)
        dash->ui.silent_ns += real_ns;
    if (!dash->ui.is_playing)
        return EK_OK;
    ek_ui_advance(&dash->ui, &dash->a.snapshot, real_ns);
    return refresh(dash);
}

bool ek_dash_look(struct ek_dash *dash, enum ek_err *err)
{
    if (!ek__dash_follow(dash))
        return false;
    *err = refresh(dash);
    return true;
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
    ek_draw(dash->grid, &dash->a.snapshot, dash->b.replay ? &dash->b.snapshot : NULL, &dash->ui);
    ek_cast_frame(dash->cast, dash->grid);
    return dash->grid;
}

struct ek_ui *ek_dash_ui(struct ek_dash *dash)
{
    return &dash->ui;
}
