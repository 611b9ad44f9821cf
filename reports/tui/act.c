#include "reports/tui/act.h"

#include "reports/tui/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LEAP = 100,
    ZOOM_MAX = 12
};

void ek__say(struct ek_ui *ui, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ui->status, sizeof ui->status, format, arguments);
    va_end(arguments);
}

void ek__go_to_event(struct ek_ui *ui, const struct ek_snapshot *s, size_t event)
{
    ui->at_ns = s->events[event].at_ns;
    ui->event_index = event + 1;
    ui->is_by_event = true;
    ui->awaited_ns = 0;
    ui->is_playing = false;
}

void ek__go_to(struct ek_ui *ui, const struct ek_snapshot *s, int64_t at_ns)
{
    ui->is_playing = false;
    ek_ui_seek(ui, at_ns, s->end_ns);
}

/* Marks this moment, or takes its mark away. */
static void mark(struct ek_ui *ui)
{
    char at[EK_FORMAT_MAX];
    size_t place = 0;
    while (place < ui->mark_count && ui->marks[place] < ui->at_ns)
        place++;
    size_t behind = (ui->mark_count - place) * sizeof ui->marks[0];
    if (place < ui->mark_count && ui->marks[place] == ui->at_ns) {
        memmove(&ui->marks[place], &ui->marks[place + 1], behind - sizeof ui->marks[0]);
        ui->mark_count--;
        ek__say(ui, "mark at %s s taken away", ek__format_at(ui->at_ns, at));
    } else if (ui->mark_count == EK_UI_MARKS_MAX) {
        ek__say(ui, "there are %d marks already: m on one takes it away", (int)EK_UI_MARKS_MAX);
    } else {
        memmove(&ui->marks[place + 1], &ui->marks[place], behind);
        ui->marks[place] = ui->at_ns;
        ui->mark_count++;
        ui->mark_ns = ui->at_ns;
        ek__say(ui, "marked %s s: u and U come back", ek__format_at(ui->at_ns, at));
    }
}

static void go_to_mark(struct ek_ui *ui, const struct ek_snapshot *s, int direction)
{
    for (size_t i = 0; i < ui->mark_count; i++) {
        size_t at = direction > 0 ? i : ui->mark_count - 1 - i;
        if (direction > 0 ? ui->marks[at] > ui->at_ns : ui->marks[at] < ui->at_ns) {
            ek__go_to(ui, s, ui->marks[at]);
            return;
        }
    }
    if (ui->mark_count == 0)
        ek__say(ui, "no mark yet: m sets one");
    else
        ek__say(ui, direction > 0 ? "no later mark" : "no earlier mark");
}

static void back(struct ek_ui *ui)
{
    if (ui->back_count > 0)
        ui->place = ui->back[--ui->back_count];
    else
        ui->place = (struct ek_place){.screen = EK_SCREEN_OVERVIEW};
}

static void say_since(struct ek_ui *ui)
{
    char since[EK_FORMAT_MAX], mark[EK_FORMAT_MAX];
    int64_t ns = ui->at_ns - ui->mark_ns;
    if (ui->mark_ns < 0)
        ek__say(ui, "no mark yet: m sets one");
    else
        ek__say(ui, "%s s %s the mark at %s s", ek__format_exact(ns < 0 ? -ns : ns, since),
                ns < 0 ? "before" : "after", ek__format_at(ui->mark_ns, mark));
}

static void show_screen(struct ek_ui *ui, enum ek_screen screen)
{
    if (ui->place.screen != screen)
        ui->back_count = 0;
    ui->place = (struct ek_place){.screen = screen};
}

static void name_file(const struct ek_ui *ui, const struct ek_snapshot *s, const char *ending,
                      char *out, size_t size)
{
    char at[EK_FORMAT_MAX], stem[48];
    size_t n = 0;
    for (const char *p = s->results->scenario; *p && n + 1 < sizeof stem; p++) {
        bool is_plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                        (*p >= '0' && *p <= '9') || *p == '-' || *p == '_';
        stem[n++] = is_plain ? *p : '_';
    }
    stem[n] = '\0';
    snprintf(out, size, "%s-%ss.%s", stem, ek__format_at(ui->at_ns, at), ending);
}

static void ask(struct ek_ui *ui, const struct ek_snapshot *s, enum ek_prompt prompt)
{
    char path[160] = "";
    ui->prompt = prompt;
    const char *now = path;
    if (prompt == EK_PROMPT_FILTER)
        now = ui->place.screen == EK_SCREEN_EVENTS ? ui->event_filter : ui->endpoint_filter;
    else if (prompt == EK_PROMPT_SAVE)
        name_file(ui, s, "svg", path, sizeof path);
    else if (prompt == EK_PROMPT_CAST)
        name_file(ui, s, "cast", path, sizeof path);
    snprintf(ui->input, sizeof ui->input, "%s", now);
}

static void wish(struct ek_ui *ui, enum ek_wish what, const char *words)
{
    ui->wish = what;
    snprintf(ui->wished, sizeof ui->wished, "%s", words);
}

static void ask_for_run(struct ek_ui *ui, const struct ek_snapshot *s, enum ek_prompt prompt,
                        const struct ek_act *with)
{
    if (with->hooks)
        ask(ui, s, prompt);
    else
        ek__say(ui, "this dashboard has no simulator: evenkeel tui has");
}

/* The actions that open something, or need more than the recording. True when it is one. */
static bool act_on_more(struct ek_ui *ui, const struct ek_snapshot *s, enum ek_tui_action action,
                        const struct ek_act *with)
{
    char what[EK_UI_TEXT_MAX];
    /* clang-format off */
    switch ((int)action) {
    case EK_DO_OPEN:         ek__open(ui, s); break;
    case EK_DO_CALL:         ek__kept_call(ui, s, 1); break;
    case EK_DO_CALL_BACK:    ek__kept_call(ui, s, -1); break;
    case EK_DO_FOLLOW:       ek__follow(ui, s, true); break;
    case EK_DO_FOLLOW_FAULT: ek__follow(ui, s, false); break;
    case EK_DO_INJECT:       ask_for_run(ui, s, EK_PROMPT_INJECT, with); break;
    case EK_DO_RERUN:        ask_for_run(ui, s, EK_PROMPT_RERUN, with); break;
    case EK_DO_SAVE:         ask(ui, s, EK_PROMPT_SAVE); break;
    case EK_DO_RELOAD:       wish(ui, EK_WISH_RELOAD, ""); break;
    case EK_DO_EXPLAIN:
        wish(ui, EK_WISH_EXPLAIN, ek__selected(ui, s, what, sizeof what));
        break;
    case EK_DO_CAST:
        if (ui->is_recording)
            wish(ui, EK_WISH_CAST, "");
        else
            ask(ui, s, EK_PROMPT_CAST);
        break;
    case EK_DO_SWAP:
        if (ui->has_other)
            wish(ui, EK_WISH_SWAP, "");
        else
            ek__say(ui, "there is one run only: p makes a second one, i another");
        break;
    default:
        return false;
    }
    /* clang-format on */
    return true;
}

static void say_moment(struct ek_ui *ui, const char *path)
{
    char at[EK_FORMAT_MAX];
    bool is_plain = path && path[strcspn(path, " '\"\\$`!*?[(&;|<>#~")] == '\0' && path[0];
    const char *quote = is_plain ? "" : "'";
    ek__say(ui, "evenkeel tui %s%s%s --at %ss", quote, path ? path : "RECORDING", quote,
            ek__format_exact(ui->at_ns, at));
}

static void change_speed(struct ek_ui *ui, int by)
{
    int speed = ui->speed + by;
    ui->speed = speed < 0 ? 0 : speed >= EK_UI_SPEED_COUNT ? EK_UI_SPEED_COUNT - 1 : speed;
    ek__say(ui, "speed %s", ek_ui_speed_word(ui->speed));
}

static void change_zoom(struct ek_ui *ui, int by)
{
    int zoom = ui->zoom + by;
    ui->zoom = zoom < 0 ? 0 : zoom > ZOOM_MAX ? ZOOM_MAX : zoom;
    if (zoom != ui->zoom)
        ek__say(ui, by > 0 ? "no narrower stretch" : "this is the whole run");
}

static void play(struct ek_ui *ui, const struct ek_snapshot *s)
{
    ui->is_playing = !ui->is_playing;
    if (ui->is_playing && ui->at_ns >= s->end_ns && !s->results->under_way)
        ek_ui_seek(ui, 0, s->end_ns);
}

/* The actions that move the cursor. True when `action` is one. */
static bool act_on_time(struct ek_ui *ui, const struct ek_snapshot *s, enum ek_tui_action action)
{
    /* clang-format off */
    switch ((int)action) {
    case EK_DO_PLAY:        play(ui, s); break;
    case EK_DO_STEP:        ek__step(ui, s, 1); break;
    case EK_DO_STEP_BACK:   ek__step(ui, s, -1); break;
    case EK_DO_LEAP:        ek__step(ui, s, LEAP); break;
    case EK_DO_LEAP_BACK:   ek__step(ui, s, -LEAP); break;
    case EK_DO_CHANGE:      ek__change(ui, s, 1); break;
    case EK_DO_CHANGE_BACK: ek__change(ui, s, -1); break;
    case EK_DO_FAILED:      ek__failed_call(ui, s, 1); break;
    case EK_DO_FAILED_BACK: ek__failed_call(ui, s, -1); break;
    case EK_DO_START:       ek__go_to(ui, s, 0); break;
    case EK_DO_FINISH:      ek__go_to(ui, s, s->end_ns); break;
    case EK_DO_MARK:        mark(ui); break;
    case EK_DO_MARK_NEXT:   go_to_mark(ui, s, 1); break;
    case EK_DO_MARK_BACK:   go_to_mark(ui, s, -1); break;
    case EK_DO_BROKEN:      ek__go_to_broken(ui, s); break;
    case EK_DO_SINCE:       say_since(ui); break;
    case EK_DO_REPEAT:
        if (ui->jump_ns != 0)
            ek__go_to(ui, s, ui->at_ns + ui->jump_ns);
        else
            ek__say(ui, "nothing to repeat: try :goto +250ms first");
        break;
    default:
        return false;
    }
    /* clang-format on */
    return true;
}

static void act_on_list(struct ek_ui *ui, enum ek_tui_action action)
{
    if (action == EK_DO_SORT) {
        ui->sort = (enum ek_sort)(((int)ui->sort + 1) % EK_SORT_COUNT);
        ui->is_inverted = false;
        ek__say(ui, "sorted by %s", ek_sort_word(ui->sort));
    } else if (action == EK_DO_INVERT) {
        ui->is_inverted = !ui->is_inverted;
    } else if (action == EK_DO_EVERY) {
        ui->shows_every_event = !ui->shows_every_event;
        ek__say(ui, ui->shows_every_event ? "every event" : "notable events, those alike in one");
    } else if (action == EK_DO_FOCUS) {
        bool *focused =
            ui->place.screen == EK_SCREEN_OVERVIEW ? &ui->is_log_focused : &ui->is_lower_focused;
        *focused = !*focused;
    } else if (action == EK_DO_FAULTY) {
        ui->shows_faulty = !ui->shows_faulty;
        ek__say(ui, ui->shows_faulty ? "only what is not healthy: ! shows all again" : "all");
    } else if (action == EK_DO_HOLD) {
        ui->is_held = !ui->is_held;
        ek__say(ui, ui->is_held ? "this endpoint stays on top, and its events alone are shown"
                                : "all endpoints and events");
    }
}

void ek_act(struct ek_ui *ui, const struct ek_snapshot *s, enum ek_tui_action action,
            const struct ek_act *with)
{
    if (act_on_time(ui, s, action) || act_on_more(ui, s, action, with))
        return;
    /* clang-format off */
    switch ((int)action) {
    case EK_DO_FASTER:   change_speed(ui, 1); break;
    case EK_DO_SLOWER:   change_speed(ui, -1); break;
    case EK_DO_ZOOM:     change_zoom(ui, 1); break;
    case EK_DO_ZOOM_OUT: change_zoom(ui, -1); break;
    case EK_DO_DOWN:     ek__move_row(ui, s, 1); break;
    case EK_DO_UP:       ek__move_row(ui, s, -1); break;
    case EK_DO_BACK:     back(ui); break;
    case EK_DO_MOMENT:   say_moment(ui, with->path); break;
    case EK_DO_OVERVIEW: show_screen(ui, EK_SCREEN_OVERVIEW); break;
    case EK_DO_HEAT:     show_screen(ui, EK_SCREEN_HEAT); break;
    case EK_DO_EVENTS:   show_screen(ui, EK_SCREEN_EVENTS); break;
    case EK_DO_CONSUL:   show_screen(ui, EK_SCREEN_CONSUL); break;
    case EK_DO_POLICY:   show_screen(ui, EK_SCREEN_POLICY); break;
    case EK_DO_GRAPHS:   show_screen(ui, EK_SCREEN_GRAPHS); break;
    case EK_DO_COMPARE:  show_screen(ui, EK_SCREEN_COMPARE); break;
    case EK_DO_SEARCH:   ask(ui, s, EK_PROMPT_SEARCH); break;
    case EK_DO_FILTER:   ask(ui, s, EK_PROMPT_FILTER); break;
    case EK_DO_COMMAND:  ask(ui, s, EK_PROMPT_COMMAND); break;
    case EK_DO_HELP:     ui->help_page = 1; break;
    case EK_DO_REDRAW:   ui->wants_redraw = true; break;
    case EK_DO_SUSPEND:  ui->wants_suspend = true; break;
    case EK_DO_QUIT:     ui->wants_quit = true; break;
    default:             act_on_list(ui, action); break;
    }
    /* clang-format on */
}
