/* What is selected: moving it, opening it, saying what it is. */
#include "reports/tui/act.h"

#include <stdio.h>

static void move_in_list(size_t *row, size_t count, int by)
{
    size_t far = (size_t)(by < 0 ? -by : by);
    size_t last = count > 0 ? count - 1 : 0;
    size_t from = *row > last ? last + (by < 0) : *row; /* a list can have become shorter */
    if (by < 0)
        *row = from > far ? from - far : 0;
    else
        *row = from + far < last ? from + far : last;
}

/* Whether the rows are those of the log. */
static bool shows_log(const struct ek_ui *ui)
{
    enum ek_screen screen = ui->place.screen;
    return screen == EK_SCREEN_EVENTS || screen == EK_SCREEN_ENDPOINT || screen == EK_SCREEN_CALL ||
           (screen == EK_SCREEN_OVERVIEW && ui->is_log_focused);
}

/* Whether the rows are those of the upper of two lists, which has the clients. */
static bool shows_clients(const struct ek_ui *ui)
{
    enum ek_screen screen = ui->place.screen;
    return (screen == EK_SCREEN_CONSUL || screen == EK_SCREEN_POLICY) && !ui->is_lower_focused;
}

/* In a log rows are moments, so that the cursor moves; in a table the selection does. */
void ek__move_row(struct ek_ui *ui, const struct ek_snapshot *s, int by)
{
    enum ek_screen screen = ui->place.screen;
    if (shows_log(ui)) {
        ek__step(ui, s, by);
    } else if (screen == EK_SCREEN_TEXT) {
        size_t lines = 0;
        for (const char *p = s->text; p && *p; p++)
            lines += *p == '\n';
        move_in_list(&ui->place.row, lines, by);
    } else if (screen == EK_SCREEN_GRAPHS) {
        move_in_list(&ui->place.row, ek_graphs_count(&s->graphs), by);
    } else if (shows_clients(ui)) {
        size_t client = ui->client;
        move_in_list(&client, s->client_count, by);
        ui->client = (uint32_t)client;
    } else if (screen == EK_SCREEN_CONSUL) { /* in the order of the scenario */
        size_t endpoint = ui->endpoint;
        move_in_list(&endpoint, s->endpoint_count, by);
        ui->endpoint = (uint32_t)endpoint;
    } else if (screen == EK_SCREEN_CHAIN) {
        if (ui->place.row >= s->chain.count)
            ui->place.row = s->chain.focus;
        move_in_list(&ui->place.row, s->chain.count, by);
    } else if (s->order_count > 0) {
        size_t row = ek_snapshot_row(s, ui->endpoint);
        if (row == SIZE_MAX)
            row = 0;
        else
            move_in_list(&row, s->order_count, by);
        ui->endpoint = s->order[row];
    }
}

static void open_event(struct ek_ui *ui, const struct ek_snapshot *s)
{
    size_t line = ek_log_at(&s->log, s->moment->event_index);
    if (line == SIZE_MAX) {
        ek__say(ui, "no event has happened yet: → goes to the first");
        return;
    }
    ek__go_to_line(ui, s, line);
    const struct ek_replay_event *event = &s->events[s->log.lines[line].first];
    uint64_t call = ek_event_call(event);
    if (ui->place.screen != EK_SCREEN_CALL && call != 0 && ek_snapshot_call(s, call))
        ek_ui_open(ui, (struct ek_place){.screen = EK_SCREEN_CALL, .call = call});
    else
        ek_ui_open(
            ui, (struct ek_place){.screen = EK_SCREEN_CHAIN, .event = event->id, .row = SIZE_MAX});
}

void ek__open(struct ek_ui *ui, const struct ek_snapshot *s)
{
    enum ek_screen screen = ui->place.screen;
    if (screen == EK_SCREEN_CHAIN) {
        const struct ek_chain *chain = &s->chain;
        size_t row = ui->place.row < chain->count ? ui->place.row : chain->focus;
        if (chain->count == 0)
            return;
        size_t event = chain->lines[row].event;
        ek__go_to_event(ui, s, event);
        if (s->events[event].id != ui->place.event)
            ek_ui_open(ui, (struct ek_place){.screen = EK_SCREEN_CHAIN,
                                             .event = s->events[event].id,
                                             .row = SIZE_MAX});
        else
            ek__say(ui, "the cursor is at this event");
    } else if (shows_log(ui)) {
        open_event(ui, s);
    } else if (shows_clients(ui)) {
        ui->is_lower_focused = true;
    } else if (ek_snapshot_row(s, ui->endpoint) != SIZE_MAX) {
        ek_ui_open(ui, (struct ek_place){.screen = EK_SCREEN_ENDPOINT, .endpoint = ui->endpoint});
    }
}

/* ---- calls ---- */

void ek__kept_call(struct ek_ui *ui, const struct ek_snapshot *s, int direction)
{
    bool is_open = ui->place.screen == EK_SCREEN_CALL && s->call;
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < s->call_count; i++) {
        size_t at = direction > 0 ? i : s->call_count - 1 - i;
        const struct ek_recorded_call *call = &s->calls[at];
        bool is_ahead = is_open         ? (direction > 0 ? call > s->call : call < s->call)
                        : direction > 0 ? call->planned_ns >= ui->at_ns
                                        : call->planned_ns <= ui->at_ns;
        if (is_ahead) {
            found = at;
            break;
        }
    }
    if (found == SIZE_MAX) {
        ek__say(ui, direction > 0 ? "no later call was kept" : "no earlier call was kept");
        return;
    }
    struct ek_place place = {.screen = EK_SCREEN_CALL, .call = s->calls[found].number};
    ek__go_to(ui, s, s->calls[found].planned_ns);
    if (is_open)
        ui->place = place;
    else
        ek_ui_open(ui, place);
}

/* ---- what it is ---- */

/* The event under the cursor, of the log or the chain; NULL: none. */
static const struct ek_replay_event *event_here(const struct ek_ui *ui, const struct ek_snapshot *s)
{
    if (ui->place.screen == EK_SCREEN_CHAIN) {
        size_t row = ui->place.row < s->chain.count ? ui->place.row : s->chain.focus;
        return s->chain.count > 0 ? &s->events[s->chain.lines[row].event] : NULL;
    }
    size_t line = ek_log_at(&s->log, s->moment->event_index);
    return line == SIZE_MAX ? NULL : &s->events[s->log.lines[line].first];
}

static bool is_fault_event(const struct ek_snapshot *s, const struct ek_replay_event *event)
{
    return (event->kind == EK_RECORD_FAULT_BEGIN || event->kind == EK_RECORD_FAULT_END) &&
           event->actor < s->results->fault_count;
}

const char *ek__selected(const struct ek_ui *ui, const struct ek_snapshot *s, char *out,
                         size_t size)
{
    enum ek_screen screen = ui->place.screen;
    const struct ek_replay_event *event = NULL;
    if (screen == EK_SCREEN_CHAIN || (shows_log(ui) && screen != EK_SCREEN_CALL))
        event = event_here(ui, s);
    uint64_t call = screen == EK_SCREEN_CALL ? ui->place.call : event ? ek_event_call(event) : 0;
    if (call != 0 && ek_snapshot_call(s, call))
        snprintf(out, size, "call:%llu", (unsigned long long)call);
    else if (event && is_fault_event(s, event))
        snprintf(out, size, "fault:%s", s->results->faults[event->actor].id);
    else if (event)
        snprintf(out, size, "event:%llu", (unsigned long long)event->id);
    else if ((screen == EK_SCREEN_OVERVIEW || screen == EK_SCREEN_HEAT) &&
             ek_snapshot_row(s, ui->endpoint) != SIZE_MAX)
        snprintf(out, size, "endpoint:%s", s->endpoints[ui->endpoint].name);
    else
        snprintf(out, size, "t=%lldns", (long long)ui->at_ns);
    return out;
}

/* The number of the fault at the root of an event's causes, + 1; 0: there is none. */
static uint32_t fault_of(const struct ek_snapshot *s, const struct ek_replay_event *event)
{
    while (event->cause != 0) {
        const struct ek_replay_event *cause = ek_replay_event_by_id(s->replay, event->cause);
        if (!cause || cause >= event)
            break;
        event = cause;
    }
    return is_fault_event(s, event) ? event->actor + 1 : 0;
}

void ek__follow(struct ek_ui *ui, const struct ek_snapshot *s, bool wants_call)
{
    if (ui->follow_call != 0 || ui->follow_fault > 0) {
        ui->follow_call = 0;
        ui->follow_fault = 0;
        ek__say(ui, "all events again");
        return;
    }
    const struct ek_replay_event *event = event_here(ui, s);
    uint64_t call = event && wants_call ? ek_event_call(event) : 0;
    uint32_t fault = event && call == 0 ? fault_of(s, event) : 0;
    ui->follow_call = call;
    ui->follow_fault = fault;
    if (call != 0)
        ek__say(ui, "only call %llu and its causes: o shows all again", (unsigned long long)call);
    else if (fault > 0)
        ek__say(ui, "only what followed from %s: o shows all again",
                s->results->faults[fault - 1].id);
    else
        ek__say(ui, "this event has no call and no fault to follow");
}

/* ---- the mouse ---- */

/* A second click opens what the first one selected. */
void ek_ui_click(struct ek_ui *ui, const struct ek_snapshot *s, const struct ek_hit *hit, int x)
{
    ui->status[0] = '\0';
    switch (hit->kind) {
    case EK_HIT_NOTHING:
        return;
    case EK_HIT_TIME:
        ek__go_to(ui, s,
                  s->from_ns + (int64_t)((double)(s->to_ns - s->from_ns) * (x - hit->x) /
                                         (hit->width > 1 ? hit->width - 1 : 1)));
        return;
    case EK_HIT_CLIENT:
        ui->client = (uint32_t)hit->value;
        ui->is_lower_focused = false;
        return;
    case EK_HIT_ENDPOINT: {
        bool is_focused = !shows_clients(ui) && !shows_log(ui);
        if (ui->endpoint == hit->value && is_focused) {
            ek__open(ui, s);
            return;
        }
        ui->endpoint = (uint32_t)hit->value;
        ui->is_log_focused = false;
        ui->is_lower_focused = true;
        return;
    }
    case EK_HIT_LINE:
        if (hit->value >= s->log.count)
            return;
        if (shows_log(ui) && ek_log_at(&s->log, s->moment->event_index) == hit->value) {
            ek__open(ui, s);
            return;
        }
        ui->is_log_focused = ui->place.screen == EK_SCREEN_OVERVIEW || ui->is_log_focused;
        ek__go_to_line(ui, s, hit->value);
        return;
    case EK_HIT_ROW:
        if (ui->place.row == hit->value)
            ek__open(ui, s);
        else
            ui->place.row = hit->value;
        return;
    }
}
