#include "reports/tui/views.h"

#include "evenkeel/event.h"
#include "evenkeel/mem.h"

#include <string.h>

static enum ek_err make(struct ek_views *views, const struct ek_replay *replay)
{
    (void)ek_replay_clients(replay, &views->clients);
    (void)ek_replay_endpoints(replay, &views->endpoints);
    views->views =
        ek_mem_zeroed(&ek_mem_libc, views->clients * views->endpoints + 1, sizeof *views->views);
    views->endpoint_index =
        ek_mem_zeroed(&ek_mem_libc, views->endpoints + 1, sizeof *views->endpoint_index);
    views->counts = ek_mem_zeroed(&ek_mem_libc, views->clients + 1, sizeof *views->counts);
    if (views->views && views->endpoint_index && views->counts)
        return EK_OK;
    ek_views_deinit(views);
    return EK_ENOMEM;
}

/* Events that say something about one client and one endpoint. */
static void apply_view(struct ek_view *view, const struct ek_replay_event *event)
{
    if (event->kind == EK_RECORD_ENDPOINT_ADDED)
        view->is_listed = true;
    else if (event->kind == EK_RECORD_ENDPOINT_REMOVED)
        *view = (struct ek_view){.ejections = view->ejections};
    else if (event->kind == EK_RECORD_EJECTED) {
        view->is_ejected = true;
        view->ejections++;
        view->ejected_until_ns = event->a;
        view->failures_in_a_row = event->b;
    } else if (event->kind == EK_RECORD_RETURNED)
        view->is_ejected = false;
    else if (event->kind == EK_RECORD_SUBCHANNEL_STATE && event->b >= 0 && event->b < EK_CONN_COUNT)
        view->conn = (uint8_t)event->b;
}

static void count(struct ek_client_counts *counts, enum ek_record_kind kind)
{
    counts->ejections += kind == EK_RECORD_EJECTED;
    counts->retries += kind == EK_RECORD_RETRY;
    counts->throttled += kind == EK_RECORD_THROTTLED;
    counts->failed += kind == EK_RECORD_CALL_FAILED;
}

static void apply(struct ek_views *views, const struct ek_replay_event *event)
{
    if (event->actor < views->clients)
        count(&views->counts[event->actor], event->kind);
    if (event->subject >= views->endpoints)
        return;
    if (event->kind == EK_RECORD_REGISTERED || event->kind == EK_RECORD_DEREGISTERED ||
        event->kind == EK_RECORD_CHECK)
        views->endpoint_index[event->subject] = (uint64_t)event->b;
    else if (event->actor < views->clients)
        apply_view(&views->views[event->actor * views->endpoints + event->subject], event);
}

enum ek_err ek_views_move(struct ek_views *views, const struct ek_replay *replay,
                          size_t event_index)
{
    if (!views->views) {
        enum ek_err err = make(views, replay);
        if (err != EK_OK)
            return err;
    }
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    event_index = event_index > count ? count : event_index;
    if (event_index < views->event_index) {
        memset(views->views, 0, views->clients * views->endpoints * sizeof *views->views);
        memset(views->counts, 0, views->clients * sizeof *views->counts);
        memset(views->endpoint_index, 0, views->endpoints * sizeof *views->endpoint_index);
        views->event_index = 0;
    }
    while (views->event_index < event_index)
        apply(views, &events[views->event_index++]);
    return EK_OK;
}

void ek_views_deinit(struct ek_views *views)
{
    ek_mem_free(&ek_mem_libc, views->views);
    ek_mem_free(&ek_mem_libc, views->counts);
    ek_mem_free(&ek_mem_libc, views->endpoint_index);
    *views = (struct ek_views){0};
}

const struct ek_view *ek_views_at(const struct ek_views *views, uint32_t client, uint32_t endpoint)
{
    return &views->views[client * views->endpoints + endpoint];
}
