#include "fake-consul/api/query.h"

#include <stdlib.h>

#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"

enum {
    SLOT_BITS = 24,
    HOLD_SECONDS = 7
};

void ek__consul_query_detach(struct ek__consul_query *query)
{
    struct ek__consul_queue *queue = query->queue;

    if (!queue)
        return;
    *(query->previous ? &query->previous->next : &queue->first) = query->next;
    *(query->next ? &query->next->previous : &queue->last) = query->previous;
    queue->count--;
    query->queue = NULL;
    query->previous = query->next = NULL;
    if (query->read && query->read->watch) {
        query->read->watch->plain_count -= !query->read->streams;
        query->read->watch = NULL;
    }
}

void ek__consul_query_move(struct ek__consul_query *query, struct ek__consul_queue *queue)
{
    ek__consul_query_detach(query);
    query->queue = queue;
    query->previous = queue->last;
    *(queue->last ? &queue->last->next : &queue->first) = query;
    queue->last = query;
    queue->count++;
}

static void wait_over(struct ek_consul *consul, void *owner)
{
    struct ek__consul_query *query = owner;

    if (query->is_complete) {
        ek__consul_query_move(query, &consul->ready);
        return;
    }
    query->is_overdue = true;
    consul->cause = query->cause;
    if (ek__consul_is_silent(consul))
        return;
    if (query->read) {
        ek__consul_read_answer(consul, query, true);
        return;
    }
    ek__consul_query_detach(query);
    ek__consul_route(consul, query);
}

static bool grow(struct ek_consul *consul)
{
    size_t count = consul->slot_count ? consul->slot_count * 2 : 64;

    if (count > consul->requests_max)
        count = consul->requests_max;
    if (count == consul->slot_count)
        return false;
    consul->slots = ek__consul_resize(consul->slots, count * sizeof *consul->slots);
    consul->free_slots = ek__consul_resize(consul->free_slots, count * sizeof *consul->free_slots);
    for (size_t i = count; i-- > consul->slot_count;) {
        consul->slots[i] = NULL;
        consul->free_slots[consul->free_count++] = (uint32_t)i;
    }
    consul->slot_count = count;
    return true;
}

struct ek__consul_query *ek__consul_query_new(struct ek_consul *consul, uint32_t agent,
                                              uint64_t cause)
{
    struct ek__consul_query *query;

    if (consul->free_count == 0 && !grow(consul))
        return NULL;
    query = ek__consul_alloc(sizeof *query);
    query->slot = consul->free_slots[--consul->free_count];
    query->id = ++consul->generation << SLOT_BITS | query->slot;
    query->agent = agent;
    query->cause = query->answer_cause = cause;
    query->timer.fire = wait_over;
    query->timer.owner = query;
    consul->slots[query->slot] = query;
    return query;
}

struct ek__consul_query *ek__consul_query_find(struct ek_consul *consul, uint64_t id)
{
    size_t slot = (size_t)(id & ((UINT64_C(1) << SLOT_BITS) - 1));
    struct ek__consul_query *query = slot < consul->slot_count ? consul->slots[slot] : NULL;

    return query && query->id == id ? query : NULL;
}

void ek__consul_query_free(struct ek_consul *consul, struct ek__consul_query *query)
{
    ek__consul_timer_disarm(&consul->timers, &query->timer);
    ek__consul_query_detach(query);
    ek__consul_answer_deinit(&query->answer);
    ek__consul_call_free(query->call);
    ek__consul_read_free(query->read);
    consul->slots[query->slot] = NULL;
    consul->free_slots[consul->free_count++] = query->slot;
    free(query);
}

void ek__consul_query_ready(struct ek_consul *consul, struct ek__consul_query *query)
{
    int64_t delay = ek__consul_fault_spoil(consul, query);

    ek__consul_timer_disarm(&consul->timers, &query->timer);
    query->is_complete = true;
    ek__consul_query_move(query, delay > 0 ? &consul->slow : &consul->ready);
    if (delay > 0)
        ek__consul_timer_arm(&consul->timers, &query->timer, consul->now + delay);
    query->answer_cause = consul->cause;
    ek__consul_call_free(query->call);
    ek__consul_read_free(query->read);
    query->call = NULL;
    query->read = NULL;
}

void ek__consul_query_hold(struct ek_consul *consul, struct ek__consul_query *query, bool limited)
{
    ek__consul_query_move(query, &consul->held);
    if (limited && query->timer.place == 0 && !query->is_overdue)
        ek__consul_timer_arm(&consul->timers, &query->timer,
                             consul->now + HOLD_SECONDS * EK__CONSUL_SECOND);
}

static void release_held(struct ek_consul *consul)
{
    for (size_t left = consul->held.count; left > 0 && consul->held.first; left--) {
        struct ek__consul_query *query = consul->held.first;

        consul->cause = query->cause;
        ek__consul_query_detach(query);
        ek__consul_route(consul, query);
    }
}

void ek__consul_hashes_wake(struct ek_consul *consul)
{
    if (ek__consul_is_silent(consul))
        return;
    for (size_t left = consul->hashes.count; left > 0; left--) {
        struct ek__consul_query *query = consul->hashes.first;

        ek__consul_query_detach(query);
        ek__consul_route(consul, query);
    }
}

void ek__consul_queries_release(struct ek_consul *consul)
{
    uint64_t cause = consul->cause;

    if (ek__consul_is_silent(consul))
        return;
    ek__consul_wake_all(consul);
    ek__consul_hashes_wake(consul);
    release_held(consul);
    consul->cause = cause;
}

void ek__consul_query_park(struct ek_consul *consul, struct ek__consul_query *query,
                           struct ek__consul_queue *queue, int64_t wait)
{
    int64_t end = wait < INT64_MAX - consul->now ? consul->now + wait : INT64_MAX;

    query->is_overdue = false;
    ek__consul_query_move(query, queue);
    ek__consul_timer_arm(&consul->timers, &query->timer, end);
}

void ek__consul_token_gone(struct ek_consul *consul, const struct ek__consul_token *token)
{
    const struct ek__consul_token *anonymous =
        ek__consul_token_by_secret(&consul->acl, "anonymous");

    for (size_t i = 0; i < consul->slot_count; i++) {
        struct ek__consul_query *query = consul->slots[i];

        if (query && query->read && query->read->token == token)
            query->read->token = anonymous;
    }
}
