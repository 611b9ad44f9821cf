/* What one client knew of its endpoints at a moment, from the recorded events. */
#include "reports/explain/pairs.h"

#include "evenkeel/event.h"

#include <stdlib.h>

static void take_pair(struct ek__pair *pair, const struct ek_replay_event *event)
{
    switch ((int)event->kind) {
    case EK_RECORD_ENDPOINT_ADDED:
        pair->is_listed = true;
        break;
    case EK_RECORD_ENDPOINT_REMOVED:
        *pair = (struct ek__pair){.state = -1};
        break;
    case EK_RECORD_EJECTED:
        pair->is_ejected = true;
        pair->until_ns = event->a;
        break;
    case EK_RECORD_RETURNED:
        pair->is_ejected = false;
        break;
    case EK_RECORD_SUBCHANNEL_STATE:
        pair->state = event->b >= 0 && event->b < EK_CONN_SHUTDOWN ? (int)event->b : -1;
        pair->since_ns = event->at_ns;
        pair->state_id = event->id;
        break;
    default:
        break;
    }
}

void ek__known_at(struct ek__known *known, const struct ek_replay *replay, uint32_t client,
                  size_t event_index)
{
    size_t endpoint_count = ek_replay_results(replay)->endpoint_count, count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    *known = (struct ek__known){.channel_state = -1};
    known->pairs = calloc(endpoint_count + 1, sizeof *known->pairs);
    if (known->pairs == NULL)
        return;
    for (size_t e = 0; e < endpoint_count; e++)
        known->pairs[e].state = -1;
    for (size_t i = 0; i < event_index && i < count; i++) {
        const struct ek_replay_event *event = &events[i];
        bool is_of_client = event->kind != EK_RECORD_FAULT_BEGIN &&
                            event->kind != EK_RECORD_FAULT_END && event->kind != EK_RECORD_PROCESS;
        if (event->actor != client || !is_of_client)
            continue;
        if (event->subject < endpoint_count)
            take_pair(&known->pairs[event->subject], event);
        if (event->kind == EK_RECORD_RESOLVED) {
            known->list_id = event->id;
            known->list_ns = event->at_ns;
        } else if (event->kind == EK_RECORD_CHANNEL_STATE) {
            known->channel_state = event->b >= 0 && event->b < EK_CONN_COUNT ? (int)event->b : -1;
            known->channel_id = event->id;
        }
    }
    for (size_t e = 0; e < endpoint_count; e++) {
        const struct ek__pair *pair = &known->pairs[e];
        bool is_ready = pair->is_listed && pair->state == EK_CONN_READY;
        known->listed += pair->is_listed;
        known->ready += is_ready;
        known->ejected += pair->is_listed && pair->is_ejected;
        known->pickable += is_ready && !pair->is_ejected;
    }
}

void ek__known_deinit(struct ek__known *known)
{
    free(known->pairs);
    *known = (struct ek__known){.pairs = NULL};
}
