/* The timers of one registry, fired in the order of their time; ties are first in first out. */
#ifndef EK_FAKE_CONSUL_BASE_TIMER_H
#define EK_FAKE_CONSUL_BASE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ek_consul;

struct ek__consul_timer {
    int64_t at;
    uint64_t sequence;
    size_t place; /* in the heap, from 1; 0: not armed */
    void (*fire)(struct ek_consul *consul, void *owner);
    void *owner;
};

struct ek__consul_timers {
    struct ek__consul_timer **heap;
    size_t count, capacity;
    uint64_t sequence;
};

/* Arms, or arms again. Keeps `timer` until it has fired or was disarmed. */
void ek__consul_timer_arm(struct ek__consul_timers *timers, struct ek__consul_timer *timer,
                          int64_t at);
void ek__consul_timer_disarm(struct ek__consul_timers *timers, struct ek__consul_timer *timer);

/* INT64_MAX when nothing is armed. */
int64_t ek__consul_timers_next(const struct ek__consul_timers *timers);

/* Takes out the earliest timer if it is due at `now`, else returns NULL. */
struct ek__consul_timer *ek__consul_timers_pop(struct ek__consul_timers *timers, int64_t now);
void ek__consul_timers_deinit(struct ek__consul_timers *timers);

#endif
