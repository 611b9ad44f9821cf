#include "reports/tui/act.h"

/* Where the cursor is on a line: after those of its events that come at once. */
static size_t line_end(const struct ek_snapshot *s, size_t line)
{
    const struct ek_log *log = &s->log;
    size_t limit = line + 1 < log->count ? log->lines[line + 1].first : s->event_count;
    const struct ek_replay_event *first = &s->events[log->lines[line].first];
    size_t end = log->lines[line].first + 1;
    while (log->lines[line].count > 1 && end < limit && s->events[end].kind == first->kind &&
           s->events[end].at_ns == first->at_ns)
        end++;
    return end;
}

void ek__go_to_line(struct ek_ui *ui, const struct ek_snapshot *s, size_t line)
{
    ek__go_to_event(ui, s, line_end(s, line) - 1);
}

/* Moves `by` lines of the log; before the first one is the start of the run. */
void ek__step(struct ek_ui *ui, const struct ek_snapshot *s, long by)
{
    const struct ek_log *log = &s->log;
    if (log->count == 0) {
        ek__say(ui, "no event here");
        return;
    }
    size_t line = ek_log_at(log, s->moment->event_index);
    long from = line == SIZE_MAX ? -1 : (long)line;
    /* Between two lines, back means to the one that has begun. */
    if (by < 0 && line != SIZE_MAX &&
        (line_end(s, line) < s->moment->event_index ||
         ui->at_ns > s->events[log->lines[line].first].at_ns))
        from++;
    long to = from + by;
    if (to >= (long)log->count) {
        to = (long)log->count - 1;
        if (from == to) {
            ek__say(ui, "no later event");
            return;
        }
    }
    if (to < 0) {
        ek__go_to(ui, s, 0);
        ui->is_by_event = true;
        ui->event_index = 0;
        return;
    }
    ek__go_to_line(ui, s, (size_t)to);
}

/* The moments of a fault's story that are no events of their own: traffic has moved, is back. */
static int64_t milestone(const struct ek_snapshot *s, int64_t now, int direction)
{
    int64_t best = -1;
    for (size_t i = 0; i < s->results->fault_count; i++) {
        const struct ek_failover *fault = &s->results->faults[i];
        int64_t times[2] = {fault->divert_ns < 0 ? -1 : fault->start_ns + fault->divert_ns,
                            fault->recover_ns < 0 ? -1 : fault->end_ns + fault->recover_ns};
        for (size_t k = 0; k < 2; k++) {
            bool is_ahead = direction > 0 ? times[k] > now : times[k] >= 0 && times[k] < now;
            bool is_nearer = best < 0 || (direction > 0 ? times[k] < best : times[k] > best);
            if (is_ahead && is_nearer)
                best = times[k];
        }
    }
    return best;
}

void ek__change(struct ek_ui *ui, const struct ek_snapshot *s, int direction)
{
    const struct ek_log *log = &s->log;
    size_t now = s->moment->event_index;
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < log->count; i++) {
        size_t first = log->lines[i].first;
        if (!ek_log_is_change(s->events[first].kind))
            continue;
        if (direction > 0 && first >= now) {
            found = i;
            break;
        }
        if (direction < 0 && (line_end(s, i) < now || (first < now && !ui->is_by_event)))
            found = i;
    }
    int64_t moved = milestone(s, ui->at_ns, direction);
    int64_t event_ns = found == SIZE_MAX ? -1 : s->events[log->lines[found].first].at_ns;
    bool event_first =
        found != SIZE_MAX && (moved < 0 || (direction > 0 ? event_ns <= moved : event_ns >= moved));
    if (event_first)
        ek__go_to_line(ui, s, found);
    else if (moved >= 0)
        ek__go_to(ui, s, moved);
    else
        ek__say(ui, direction > 0 ? "no later fault or state change"
                                  : "no earlier fault or state change");
}

void ek__failed_call(struct ek_ui *ui, const struct ek_snapshot *s, int direction)
{
    size_t now = s->moment->event_index;
    if (direction > 0) {
        for (size_t i = now; i < s->event_count; i++) {
            if (s->events[i].kind == EK_RECORD_CALL_FAILED) {
                ek__go_to_event(ui, s, i);
                ui->is_log_focused = true; /* what is asked next is asked of this call */
                return;
            }
        }
    } else {
        size_t before = ui->is_by_event && now > 0 ? now - 1 : now;
        for (size_t i = before; i-- > 0;) {
            if (s->events[i].kind == EK_RECORD_CALL_FAILED) {
                ek__go_to_event(ui, s, i);
                ui->is_log_focused = true; /* what is asked next is asked of this call */
                return;
            }
        }
    }
    ek__say(ui, direction > 0 ? "no later failed call" : "no earlier failed call");
}

bool ek__search(struct ek_ui *ui, const struct ek_snapshot *s, int direction)
{
    const struct ek_log *log = &s->log;
    size_t line = ek_log_at(log, s->moment->event_index);
    size_t at = line == SIZE_MAX ? (direction > 0 ? 0 : log->count) : line + (direction > 0);
    for (size_t tried = 0; tried < log->count; tried++) {
        if (direction < 0)
            at = at == 0 ? log->count - 1 : at - 1;
        at %= log->count;
        char text[512];
        ek_log_text(s->replay, &log->lines[at], text, sizeof text);
        if (ek_text_matches(text, ui->search)) {
            ek__go_to_line(ui, s, at);
            return true;
        }
        at += direction > 0;
    }
    return false;
}
