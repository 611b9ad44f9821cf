#include "reports/tui/draw.h"

#include "evenkeel/event.h"
#include "reports/tui/format.h"

#include <string.h>

enum {
    TEXT_MAX = 512,
    AT_WIDTH = 9,
    NARROW = 60,     /* below there is no room for the delay */
    WIDTH_MOST = 130 /* the delay stays near its sentence */
};

struct look {
    uint32_t glyph;
    enum ek_style style;
};

static struct look look_of(const struct ek_replay_event *event)
{
    switch (event->kind) {
    case EK_RECORD_FAULT_BEGIN:
    case EK_RECORD_FAULT_END:
        return (struct look){0x2550, EK_STYLE_FAULT};
    case EK_RECORD_PROCESS:
        return event->a == EK_PROCESS_UP ? (struct look){0x25cf, EK_STYLE_HEALTHY}
                                         : (struct look){0x2550, EK_STYLE_FAULT};
    case EK_RECORD_EJECTED:
    case EK_RECORD_UNHEALTHY:
        return (struct look){0x2717, EK_STYLE_EJECTED};
    case EK_RECORD_RETURNED:
    case EK_RECORD_HEALTHY:
        return (struct look){0x25cf, EK_STYLE_HEALTHY};
    case EK_RECORD_SUBCHANNEL_STATE:
    case EK_RECORD_CHANNEL_STATE:
        return event->b == EK_CONN_READY               ? (struct look){0x25cf, EK_STYLE_HEALTHY}
               : event->b == EK_CONN_TRANSIENT_FAILURE ? (struct look){0x2717, EK_STYLE_EJECTED}
                                                       : (struct look){0x25d0, EK_STYLE_PROBING};
    case EK_RECORD_CALL_FAILED:
    case EK_RECORD_ATTEMPT_FAILED:
    case EK_RECORD_THROTTLED:
    case EK_RECORD_RESOLVER_ERROR:
    case EK_RECORD_OVERFLOW:
    case EK_RECORD_REJECTED:
    case EK_RECORD_CONFIG_REFUSED:
    case EK_RECORD_CANARY_IGNORED:
        return (struct look){'!', EK_STYLE_BAD};
    case EK_RECORD_CHECK:
        return event->text[0] == 'p' ? (struct look){0x25cf, EK_STYLE_HEALTHY}
                                     : (struct look){0x25b2, EK_STYLE_SUSPECT};
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_REGISTERED:
        return (struct look){0x25cf, EK_STYLE_HEALTHY};
    case EK_RECORD_ENDPOINT_REMOVED:
    case EK_RECORD_DEREGISTERED:
        return (struct look){0x25cb, EK_STYLE_GONE};
    case EK_RECORD_EMPTY_IGNORED:
    case EK_RECORD_CLOCK_BACKWARDS:
    case EK_RECORD_SPARED:
    case EK_RECORD_SHRINK_IGNORED:
    case EK_RECORD_VIEW_AGED:
        return (struct look){0x25b2, EK_STYLE_SUSPECT};
    case EK_RECORD_RESOLVED:
    case EK_RECORD_QUERY:
    case EK_RECORD_RETRY:
    case EK_RECORD_WOKEN:
    case EK_RECORD_HEDGE:
    case EK_RECORD_TRANSPARENT:
    case EK_RECORD_CONFIG:
    case EK_RECORD_CANARY:
    case EK_RECORD_SCENARIO:
    case EK_RECORD_COUNT:
        break;
    }
    return (struct look){0x00b7, EK_STYLE_DIM};
}

enum ek_style ek__event_style(const struct ek_replay_event *event)
{
    return look_of(event).style;
}

uint32_t ek__event_glyph(const struct ek_replay_event *event)
{
    return look_of(event).glyph;
}

static void draw_line(const struct ek_canvas *c, struct ek_pane pane, int y,
                      const struct ek_log_line *line, bool is_future)
{
    const struct ek_replay_event *event = &c->s->events[line->first];
    char text[TEXT_MAX], at[EK_FORMAT_MAX], since[64];
    ek_grid_right(c->grid, pane.x + 1, y, AT_WIDTH, EK_STYLE_DIM, ek__format_at(event->at_ns, at));
    ek_grid_put(c->grid, pane.x + AT_WIDTH + 2, y,
                is_future ? EK_STYLE_DIM : ek__event_style(event), ek__event_glyph(event));
    since[0] = '\0';
    if (pane.width >= NARROW)
        ek__since_fault(c->s, event, since, sizeof since);
    int since_width = since[0] ? ek_grid_width(c->grid, since) + 2 : 0;
    int room = pane.width - AT_WIDTH - 5 - since_width;
    bool is_fault = event->kind == EK_RECORD_FAULT_BEGIN || event->kind == EK_RECORD_FAULT_END;
    (void)ek_grid_text(c->grid, pane.x + AT_WIDTH + 4, y, room,
                       is_future  ? EK_STYLE_DIM
                       : is_fault ? EK_STYLE_FAULT
                                  : EK_STYLE_TEXT,
                       ek_log_text(c->s->replay, line, text, sizeof text));
    if (since[0])
        ek_grid_right(c->grid, pane.x + pane.width - since_width, y, since_width - 1, EK_STYLE_DIM,
                      since);
}

const char *ek__log_title(const struct ek_canvas *c, char *out, size_t size)
{
    const struct ek_log_choice *choice = &c->s->log.choice;
    char about[96] = "";
    if (choice->call != 0)
        snprintf(about, sizeof about, " of call %llu and its causes",
                 (unsigned long long)choice->call);
    else if (choice->fault > 0)
        snprintf(about, sizeof about, " that followed from %.40s",
                 c->s->results->faults[choice->fault - 1].id);
    else if (choice->endpoint != EK_NOBODY)
        snprintf(about, sizeof about, " of %.40s", c->s->endpoints[choice->endpoint].name);
    bool is_every = choice->every || choice->call != 0;
    snprintf(out, size, "%s%s", is_every ? "every event" : "events", about);
    return out;
}

void ek__draw_log(const struct ek_canvas *c, struct ek_pane pane, bool is_focused)
{
    const struct ek_log *log = &c->s->log;
    pane.width = pane.width > WIDTH_MOST ? WIDTH_MOST : pane.width;
    size_t current = ek_log_at(log, c->s->moment->event_index);
    size_t top = ek__scroll(current == SIZE_MAX ? 0 : current, log->count, pane.height, 60);
    if (log->count == 0)
        (void)ek_grid_text(c->grid, pane.x + 2, pane.y, pane.width - 2, EK_STYLE_DIM,
                           log->choice.filter[0] ? "no event matches: \\ changes the filter"
                           : log->choice.every   ? "no event"
                                                 : "no notable event: a shows every one");
    for (int i = 0; i < pane.height && top + (size_t)i < log->count; i++) {
        size_t line = top + (size_t)i;
        int y = pane.y + i;
        draw_line(c, pane, y, &log->lines[line], current == SIZE_MAX || line > current);
        ek_grid_hit(c->grid, pane.x, y, pane.width, EK_HIT_LINE, line);
        if (line == current) {
            ek__draw_selected(c, pane.x, y, pane.width, is_focused);
            ek_grid_flag(c->grid, pane.x, y, pane.width, EK_CELL_BOLD);
        }
    }
}
