/* The scripted lies, with agents that stop or start. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/memory.h"
#include "fake-consul/read.h"

/* Where the raft index of a restored cluster starts; a fresh one has passed it. */
enum {
    RESTORED_INDEX = 8
};

bool ek__consul_lies(const struct ek_consul *consul, enum ek_consul_fault fault,
                     const char *service_key)
{
    const struct ek__consul_fault *lie = &consul->faults[fault];

    return lie->is_on && (!lie->service || strcmp(lie->service, service_key) == 0);
}

bool ek__consul_is_silent(const struct ek_consul *consul)
{
    return consul->faults[EK_CONSUL_SILENT].is_on;
}

bool ek__consul_server_is_down(const struct ek_consul *consul)
{
    return consul->agent_count > 0 && consul->agents[0]->is_stopped;
}

bool ek__consul_has_leader(const struct ek_consul *consul)
{
    return !consul->faults[EK_CONSUL_NO_LEADER].is_on && !ek__consul_server_is_down(consul) &&
           consul->now >= consul->leader_elected;
}

void ek__consul_leader_back(struct ek_consul *consul)
{
    if (!ek__consul_has_leader(consul))
        return;
    for (uint32_t i = 0; i < consul->agent_count; i++) {
        ek__consul_agent_serf(consul, consul->agents[i]);
        ek__consul_agent_sync(consul, consul->agents[i]);
    }
    ek__consul_queries_release(consul);
}

/* A write that changes nothing but what the lie is about: readers see the index rise. */
static void raise_services(struct ek_consul *consul, const char *service)
{
    uint64_t index = ++consul->index;

    if (service)
        ek__consul_watch_take(consul, service)->empty_index = index;
    else
        consul->empty_index = index;
    for (size_t i = 0; i < consul->watches.count; i++) {
        struct ek__consul_watch *watch = consul->watches.items[i];

        if (service && strcmp(watch->key, service) != 0)
            continue;
        watch->view_index = index;
        ek__consul_watch_wake(consul, watch);
    }
}

/* Fails what is in flight, except what any server may answer. */
static void lose_leader(struct ek_consul *consul)
{
    consul->leader_lost = consul->now;
    for (size_t i = 0; i < consul->slot_count; i++) {
        struct ek__consul_query *query = consul->slots[i];

        if (query && query->read && query->queue != &consul->ready &&
            (!query->read->stale || ek__consul_server_is_down(consul)))
            ek__consul_read_leaderless(consul, query);
    }
}

static void go_back(struct ek_consul *consul)
{
    for (size_t i = 0; i < consul->slot_count; i++) {
        struct ek__consul_query *query = consul->slots[i];

        if (query && query->read && !ek__consul_is_silent(consul))
            ek__consul_read_answer(consul, query, true);
    }
    consul->index = RESTORED_INDEX;
    consul->empty_index = 0;
    ek__consul_catalog_restart(&consul->catalog, RESTORED_INDEX);
    for (size_t i = 0; i < consul->watches.count; i++) {
        struct ek__consul_watch *watch = consul->watches.items[i];

        watch->empty_index = 0;
        watch->view_index = RESTORED_INDEX;
    }
}

static void freeze(struct ek_consul *consul)
{
    ek__consul_catalog_deinit(&consul->frozen);
    ek__consul_catalog_copy(&consul->frozen, &consul->catalog);
}

/* The truth is back: views catch up with what they did not see. */
static void thaw(struct ek_consul *consul)
{
    for (size_t i = 0; i < consul->watches.count; i++) {
        struct ek__consul_watch *watch = consul->watches.items[i];
        uint64_t index = ek__consul_catalog_service_index(
            &consul->catalog, ek__consul_sorted_find(&consul->catalog.names, watch->key), true);

        if (index > watch->view_index)
            watch->view_index = index;
    }
    ek__consul_wake_all(consul);
}

static void set_fault(struct ek_consul *consul, enum ek_consul_fault fault, bool is_on,
                      const char *service)
{
    free(consul->faults[fault].service);
    consul->faults[fault].service = service ? ek__consul_lower(service) : NULL;
    consul->faults[fault].is_on = is_on;
}

void ek_consul_fault_begin(struct ek_consul *consul, enum ek_consul_fault fault,
                           const char *service, uint64_t cause, int64_t now_ns)
{
    bool had_leader;

    ek__consul_advance(consul, now_ns);
    consul->cause = cause;
    had_leader = ek__consul_has_leader(consul);
    if (fault == EK_CONSUL_INDEX_BACK) {
        go_back(consul);
        return;
    }
    if (fault == EK_CONSUL_STALE)
        freeze(consul);
    set_fault(consul, fault, true, service);
    if (fault == EK_CONSUL_EMPTY)
        raise_services(consul, consul->faults[fault].service);
    else if (fault == EK_CONSUL_NO_LEADER && had_leader)
        lose_leader(consul);
}

void ek_consul_fault_end(struct ek_consul *consul, enum ek_consul_fault fault, uint64_t cause,
                         int64_t now_ns)
{
    char *service;

    ek__consul_advance(consul, now_ns);
    consul->cause = cause;
    if (!consul->faults[fault].is_on)
        return;
    service = consul->faults[fault].service ? ek__consul_copy(consul->faults[fault].service) : NULL;
    set_fault(consul, fault, false, NULL);
    if (fault == EK_CONSUL_EMPTY)
        raise_services(consul, service);
    else if (fault == EK_CONSUL_STALE)
        thaw(consul);
    else if (fault == EK_CONSUL_NO_LEADER)
        ek__consul_leader_back(consul);
    else if (fault == EK_CONSUL_SILENT)
        ek__consul_queries_release(consul);
    free(service);
}

static void drop_connections(struct ek_consul *consul, uint32_t agent)
{
    for (size_t i = 0; i < consul->slot_count; i++) {
        struct ek__consul_query *query = consul->slots[i];

        if (!query || query->agent != agent || query->queue == &consul->ready)
            continue;
        ek__consul_answer_deinit(&query->answer);
        ek__consul_query_ready(consul, query);
    }
}

void ek_consul_agent_stop(struct ek_consul *consul, uint32_t number, uint64_t cause, int64_t now_ns)
{
    /* Recorded: 5.05 s from the kill to the critical serfHealth. */
    const int64_t detection_ns = 5050 * (EK__CONSUL_SECOND / 1000);
    struct ek__consul_agent *agent;

    ek__consul_advance(consul, now_ns);
    if (number >= consul->agent_count || consul->agents[number]->is_stopped)
        return;
    consul->cause = cause;
    agent = consul->agents[number];
    agent->is_stopped = true;
    agent->cause = cause;
    for (size_t i = 0; i < agent->checks.count; i++)
        ek__consul_check_stop(consul, agent->checks.items[i]);
    ek__consul_timer_disarm(&consul->timers, &agent->full_sync);
    ek__consul_timer_disarm(&consul->timers, &agent->reaper);
    ek__consul_timer_arm(&consul->timers, &agent->serf, consul->now + detection_ns);
    drop_connections(consul, number);
    if (number == 0)
        lose_leader(consul);
}

/* What a started agent makes of its stored checks: a TTL check keeps what it said if that is
 * younger than its TTL, all else is critical until it is heard of. */
static void restore_checks(struct ek_consul *consul, struct ek__consul_agent *agent)
{
    for (size_t i = 0; i < agent->checks.count; i++) {
        struct ek__consul_local_check *check = agent->checks.items[i];
        bool fresh = check->was_updated && consul->now - check->updated < check->ttl_ns;

        if (check->deleted || strcmp(check->check.type, "maintenance") == 0)
            continue;
        if (!fresh && check->check.status != EK__CONSUL_CRITICAL) {
            check->check.status = EK__CONSUL_CRITICAL;
            check->in_sync = false;
            check->cause = consul->cause;
        }
        check->critical_since = INT64_MAX;
        ek__consul_check_start(consul, check);
    }
}

void ek_consul_agent_start(struct ek_consul *consul, uint32_t number, uint64_t cause,
                           int64_t now_ns)
{
    /* Recorded: back in 67 ms; a single server leads after 1.1 to 1.4 s. */
    const int64_t alive_ns = 67 * (EK__CONSUL_SECOND / 1000);
    const int64_t election_ns = 1200 * (EK__CONSUL_SECOND / 1000);
    struct ek__consul_agent *agent;

    ek__consul_advance(consul, now_ns);
    if (number >= consul->agent_count || !consul->agents[number]->is_stopped)
        return;
    consul->cause = cause;
    agent = consul->agents[number];
    agent->is_stopped = false;
    agent->cause = cause;
    restore_checks(consul, agent);
    ek__consul_timer_arm(&consul->timers, &agent->serf, consul->now + alive_ns);
    ek__consul_timer_arm(
        &consul->timers, &agent->full_sync,
        consul->now + 60 * EK__CONSUL_SECOND +
            ek__consul_random_below(consul, EK__CONSUL_STREAM_SYNC, 60 * EK__CONSUL_SECOND));
    ek__consul_timer_arm(&consul->timers, &agent->reaper, consul->now + 30 * EK__CONSUL_SECOND);
    if (number == 0) {
        consul->leader_elected = consul->now + election_ns;
        ek__consul_timer_arm(&consul->timers, &consul->election, consul->leader_elected);
    }
}
