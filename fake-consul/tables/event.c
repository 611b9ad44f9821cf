#include "fake-consul/tables/event.h"

#include <stdlib.h>

#include "fake-consul/base/memory.h"

void ek__consul_event_deinit(struct ek__consul_event *event)
{
    free(event->id);
    free(event->name);
    free(event->payload);
    free(event->node_filter);
    free(event->service_filter);
    free(event->tag_filter);
}

void ek__consul_event_add_take(struct ek__consul_events *events, struct ek__consul_event *event)
{
    if (!events->items)
        events->items = ek__consul_alloc(EK__CONSUL_EVENTS_MAX * sizeof *events->items);
    if (events->count == EK__CONSUL_EVENTS_MAX) {
        ek__consul_event_deinit(&events->items[events->first]);
        events->first = (events->first + 1) % EK__CONSUL_EVENTS_MAX;
        events->count--;
    }
    event->time = events->time + 1;
    events->items[(events->first + events->count++) % EK__CONSUL_EVENTS_MAX] = *event;
}

void ek__consul_event_pass(struct ek__consul_events *events)
{
    events->time++;
}

const struct ek__consul_event *ek__consul_event_at(const struct ek__consul_events *events,
                                                   size_t place)
{
    return &events->items[(events->first + place) % EK__CONSUL_EVENTS_MAX];
}

uint64_t ek__consul_event_index(const struct ek__consul_event *event)
{
    uint64_t halves[2] = {0, 0};
    size_t digits = 0;

    for (const char *p = event->id; *p; p++) {
        if (*p == '-')
            continue;
        halves[digits / 16 & 1] =
            halves[digits / 16 & 1] << 4 | (uint64_t)(*p <= '9' ? *p - '0' : (*p | 32) - 'a' + 10);
        digits++;
    }
    return halves[0] ^ halves[1];
}

void ek__consul_events_deinit(struct ek__consul_events *events)
{
    for (size_t i = 0; i < events->count; i++)
        ek__consul_event_deinit(&events->items[(events->first + i) % EK__CONSUL_EVENTS_MAX]);
    free(events->items);
    *events = (struct ek__consul_events){0};
}
