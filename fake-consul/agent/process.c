/* The agents' processes, which stop and start. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/base/memory.h"

static void drop_connections(struct ek_consul *consul, uint32_t agent)
{
    for (size_t i = 0; i < consul->slot_count; i++) {
        struct ek__consul_query *query = consul->slots[i];

        if (!query || query->agent != agent || query->is_complete || query->is_control)
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
    if (ek__consul_is_server(consul, number))
        ek__consul_server_stopped(consul, number);
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
    /* Recorded: back in 67 ms. */
    const int64_t alive_ns = 67 * (EK__CONSUL_SECOND / 1000);
    struct ek__consul_agent *agent;

    ek__consul_advance(consul, now_ns);
    if (number >= consul->agent_count || !consul->agents[number]->is_stopped)
        return;
    consul->cause = cause;
    agent = consul->agents[number];
    agent->is_stopped = false;
    if (agent->has_left)
        ek__consul_agent_join(consul, agent);
    agent->has_left = false;
    ek__consul_timer_disarm(&consul->timers, &agent->leaving);
    agent->cause = cause;
    restore_checks(consul, agent);
    ek__consul_timer_arm(&consul->timers, &agent->serf, consul->now + alive_ns);
    ek__consul_timer_arm(
        &consul->timers, &agent->full_sync,
        consul->now + 60 * EK__CONSUL_SECOND +
            ek__consul_random_below(consul, EK__CONSUL_STREAM_SYNC, 60 * EK__CONSUL_SECOND));
    ek__consul_timer_arm(&consul->timers, &agent->reaper, consul->now + 30 * EK__CONSUL_SECOND);
    if (ek__consul_is_server(consul, number))
        ek__consul_server_started(consul);
}

void ek_consul_agent_shutdown(struct ek_consul *consul, uint32_t number, uint64_t cause,
                              int64_t now_ns)
{
    ek__consul_advance(consul, now_ns);
    consul->cause = cause;
    for (size_t i = 0; i < consul->slot_count; i++) {
        struct ek__consul_query *query = consul->slots[i];

        if (query && query->read && query->agent == number && !ek__consul_is_silent(consul))
            ek__consul_read_answer(consul, query, true);
    }
    ek_consul_agent_stop(consul, number, cause, now_ns);
}

/* The node is taken out of the catalog as soon as the others have heard. */
static void gone(struct ek_consul *consul, void *owner)
{
    struct ek__consul_agent *agent = owner;
    struct ek__consul_node *node = ek__consul_catalog_node(&consul->catalog, agent->node);
    struct ek__consul_write write;

    consul->cause = agent->cause;
    if (!node || !ek__consul_has_leader(consul))
        return;
    ek__consul_write_begin(consul, &write);
    ek__consul_catalog_drop_node(&consul->catalog, &write, node);
    ek__consul_write_end(consul, &write);
}

void ek__consul_agent_leave(struct ek_consul *consul, struct ek__consul_agent *agent)
{
    /* Recorded: 82 ms from the request to the empty catalog. */
    const int64_t gossip_ns = 82 * (EK__CONSUL_SECOND / 1000);

    ek_consul_agent_stop(consul, agent->number, consul->cause, consul->now);
    agent->has_left = true;
    ek__consul_timer_disarm(&consul->timers, &agent->serf);
    agent->leaving.fire = gone;
    agent->leaving.owner = agent;
    ek__consul_timer_arm(&consul->timers, &agent->leaving, consul->now + gossip_ns);
}
