/* User events: the latest that were fired. */
#ifndef EK_FAKE_CONSUL_TABLES_EVENT_H
#define EK_FAKE_CONSUL_TABLES_EVENT_H

#include <stddef.h>
#include <stdint.h>

enum {
    EK__CONSUL_EVENTS_MAX = 256
};

struct ek__consul_event {
    char *id, *name, *payload, *node_filter, *service_filter, *tag_filter;
    size_t payload_size;
    uint64_t time; /* Lamport time */
};

struct ek__consul_events {
    struct ek__consul_event *items; /* a ring, allocated with the first one */
    size_t first, count;
    uint64_t time;
};

/* Takes the strings of `event`, whose time is set; the oldest is forgotten. */
/* Counts an event, be it kept or not. */
void ek__consul_event_pass(struct ek__consul_events *events);
void ek__consul_event_deinit(struct ek__consul_event *event);
void ek__consul_event_add_take(struct ek__consul_events *events, struct ek__consul_event *event);

/* From 0, the oldest. Returns borrowed. */
const struct ek__consul_event *ek__consul_event_at(const struct ek__consul_events *events,
                                                   size_t place);

/* The halves of the event's id, one laid over the other. */
uint64_t ek__consul_event_index(const struct ek__consul_event *event);
void ek__consul_events_deinit(struct ek__consul_events *events);

#endif
