#include "reports/tui/dash_runs.h"

#include "evenkeel/time.h"
#include "reports/tui/act.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    REST_MS = 500,   /* between looks at a file that nobody is known to write */
    EAGER_MS = 50,   /* ... at one that is written */
    READ_RARITY = 10 /* reading again takes a tenth of the time at most */
};

static void drop(struct ek_dash *dash, struct ek_side *side)
{
    if (side->made.run)
        dash->hooks->stop(dash->hooks->self, &side->made);
    ek_side_deinit(side);
}

void ek__dash_end_runs(struct ek_dash *dash)
{
    if (dash->begun.made.run)
        dash->hooks->stop(dash->hooks->self, &dash->begun.made);
    drop(dash, &dash->a);
    drop(dash, &dash->b);
}

/* ---- runs that are begun here ---- */

static void give_up(struct ek_dash *dash)
{
    ek__say(&dash->ui, "no: %s", dash->begun.made.why);
    if (dash->begun.made.run)
        dash->hooks->stop(dash->hooks->self, &dash->begun.made);
    dash->begun = (struct ek_begun){0};
}

/* The changed run is shown, the one it came from is beside it on screen 7. */
static void show_changed(struct ek_dash *dash, const struct ek_side *side)
{
    struct ek_ui *ui = &dash->ui;
    int64_t at_ns = ui->at_ns;
    ek__dash_forget_trace(dash);
    drop(dash, &dash->b);
    dash->b = dash->a;
    dash->a = *side;
    ek_ui_fit(ui, &side->snapshot);
    ui->awaited_ns = ui->at_ns < at_ns ? at_ns : 0;
    ui->silent_ns = 0;
    ek__say(ui, "modified: %s repeats it; 7 shows both, b goes back", side->made.scenario);
}

static void show_beside(struct ek_dash *dash, const struct ek_side *side, const char *policy)
{
    struct ek_ui *ui = &dash->ui;
    drop(dash, &dash->b);
    dash->b = *side;
    ui->has_other = true;
    if (ui->place.screen != EK_SCREEN_COMPARE)
        ek_ui_open(ui, (struct ek_place){.screen = EK_SCREEN_COMPARE});
    ek__say(ui, "on the right: the same calls with %s; b shows it on all screens", policy);
}

/* True when there was something to see, or never will be. */
static bool show_begun(struct ek_dash *dash)
{
    struct ek_begun *begun = &dash->begun;
    struct ek_side side;
    enum ek_tui_run state = EK_TUI_RUN_OVER;
    if (begun->made.run)
        state = dash->hooks->look(dash->hooks->self, &begun->made, dash->waits);
    if (state == EK_TUI_RUN_GOING && access(begun->made.recording, R_OK) != 0)
        return false;
    if (state == EK_TUI_RUN_FAILED ||
        !ek_side_open(&side, begun->made.recording, begun->made.why, sizeof begun->made.why)) {
        give_up(dash);
        return true;
    }
    struct ek_begun shown = *begun;
    *begun = (struct ek_begun){0};
    side.made = shown.made;
    if (shown.is_rerun)
        show_beside(dash, &side, shown.words);
    else
        show_changed(dash, &side);
    return true;
}

void ek__dash_begin(struct ek_dash *dash, bool is_rerun, const char *words)
{
    struct ek_ui *ui = &dash->ui;
    struct ek_begun *begun = &dash->begun;
    const struct ek_tui_hooks *hooks = dash->hooks;
    if (begun->is_there) {
        ek__say(ui, "one at a time: \"%s\" has not come so far yet", begun->words);
        return;
    }
    *begun = (struct ek_begun){.is_there = true, .is_rerun = is_rerun};
    snprintf(begun->words, sizeof begun->words, "%s", words);
    bool is_good = is_rerun
                       ? hooks->rerun(hooks->self, dash->a.replay, words, &begun->made)
                       : hooks->inject(hooks->self, dash->a.replay, ui->at_ns, words, &begun->made);
    if (!is_good)
        give_up(dash);
    else if (!show_begun(dash))
        ek__say(ui, "simulating \"%s\" ...", begun->words);
}

/* ---- files that are replaced ---- */

/* The same run, further on: all that was there is there still. */
static bool has_grown(const struct ek_snapshot *old, const struct ek_snapshot *now)
{
    const struct ek_results *before = old->results, *after = now->results;
    return before->under_way && before->seed == after->seed && before->sim_ns <= after->sim_ns &&
           strcmp(before->scenario, after->scenario) == 0 &&
           strcmp(before->command, after->command) == 0 && old->event_count <= now->event_count &&
           old->endpoint_count <= now->endpoint_count && old->client_count <= now->client_count;
}

/* Reads a side's file again. False, with a reason, when it cannot; `*is_further`: see has_grown. */
static bool read_again(struct ek_dash *dash, struct ek_side *old, bool *is_further, char *why,
                       size_t why_size)
{
    struct ek_side side;
    if (!ek_side_open(&side, old->path, why, why_size)) {
        (void)stat(old->path, &old->seen); /* until it changes once more */
        return false;
    }
    *is_further = has_grown(&old->snapshot, &side.snapshot);
    side.made = old->made;
    if (old == &dash->a)
        ek__dash_forget_trace(dash);
    ek_side_deinit(old);
    *old = side;
    return true;
}

/* Where the cursor is in a run that has grown: at its end again, or where it waited to be. */
static void move_on(struct ek_ui *ui, const struct ek_snapshot *s, bool was_at_end)
{
    if (ui->awaited_ns > 0) {
        int64_t awaited_ns = ui->awaited_ns;
        ek_ui_seek(ui, awaited_ns, s->end_ns);
        ui->awaited_ns = awaited_ns > s->end_ns && s->results->under_way ? awaited_ns : 0;
    } else if (was_at_end) {
        ek_ui_seek(ui, s->end_ns, s->end_ns);
    }
}

/* Reads the shown run's file again, because it was asked for or because it is another one. */
static void renew(struct ek_dash *dash, bool is_asked)
{
    struct ek_ui *ui = &dash->ui;
    const struct ek_snapshot *s = &dash->a.snapshot;
    char why[256];
    bool was_at_end = ui->at_ns >= s->end_ns, is_further;
    if (!read_again(dash, &dash->a, &is_further, why, sizeof why)) {
        ek__say(ui, "no: %s", why);
        return;
    }
    ui->silent_ns = 0;
    if (is_further) {
        move_on(ui, s, was_at_end);
        if (!s->results->under_way)
            ek__say(ui, s->results->interrupted ? "the run was cut short here"
                                                : "the run is over: Space plays it again");
        return;
    }
    ui->awaited_ns = 0;
    ui->is_by_event = false;
    if (was_at_end && !is_asked)
        ui->at_ns = s->end_ns;
    ek_ui_fit(ui, s);
    ek__say(ui, is_asked ? "read again" : "the file was replaced: read again");
}

void ek__dash_reload(struct ek_dash *dash)
{
    if (dash->a.path[0] == '\0')
        ek__say(&dash->ui, "no file to read again");
    else
        renew(dash, true);
}

/* A run of ours that ended without what its file should say. */
static void note_failure(struct ek_dash *dash, struct ek_side *side)
{
    if (!side->made.run)
        return;
    enum ek_tui_run state = dash->hooks->look(dash->hooks->self, &side->made, false);
    if (state == EK_TUI_RUN_GOING)
        return;
    if (state == EK_TUI_RUN_FAILED)
        ek__say(&dash->ui, "the run failed: %s", side->made.why);
    dash->hooks->stop(dash->hooks->self, &side->made);
}

bool ek__dash_follow(struct ek_dash *dash)
{
    char why[256];
    bool is_further;
    bool is_new = dash->begun.is_there && show_begun(dash);
    note_failure(dash, &dash->a);
    note_failure(dash, &dash->b);
    if (ek_side_has_changed(&dash->a)) {
        renew(dash, false);
        is_new = true;
    }
    if (dash->b.replay && ek_side_has_changed(&dash->b)) {
        if (!read_again(dash, &dash->b, &is_further, why, sizeof why))
            ek__say(&dash->ui, "no: %s", why);
        is_new = true;
    }
    return is_new;
}

int64_t ek_dash_patience_ns(const struct ek_dash *dash)
{
    bool is_eager = dash->begun.is_there || dash->a.snapshot.results->under_way ||
                    (dash->b.replay && dash->b.snapshot.results->under_way);
    int64_t patience_ns = (is_eager ? EAGER_MS : REST_MS) * EK_MS;
    int64_t least_ns = READ_RARITY * (dash->a.took_ns + dash->b.took_ns);
    return least_ns > patience_ns ? least_ns : patience_ns;
}
