#include "fake-consul/agent/agent.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/state.h"

#define FULL_SYNC_NS (60 * EK__CONSUL_SECOND)
#define REAPER_NS    (30 * EK__CONSUL_SECOND)

enum {
    ORPHANS_MAX = 256
};

static void serf_fired(struct ek_consul *consul, void *owner)
{
    struct ek__consul_agent *agent = owner;

    consul->cause = agent->cause;
    agent->seems_dead = agent->is_stopped;
    ek__consul_agent_serf(consul, agent);
    ek__consul_agent_sync(consul, agent);
}

static bool has_catalog_service(const struct ek__consul_node *node,
                                const struct ek__consul_local_service *local)
{
    const struct ek__consul_instance *instance = ek__consul_node_instance(node, local->key);

    return instance && ek__consul_service_equal(&instance->service, &local->service);
}

static bool has_catalog_check(const struct ek__consul_node *node,
                              const struct ek__consul_local_check *local)
{
    const struct ek__consul_row *row = ek__consul_node_check(node, local->key);

    return row && ek__consul_check_equal(&row->check, &local->check, false);
}

/* Deletes from the catalog what is on the agent's node without the agent knowing it. */
static void drop_foreign(struct ek_consul *consul, struct ek__consul_agent *agent,
                         struct ek__consul_node *node)
{
    struct ek__consul_write write;

    for (size_t i = node->instances.count; i-- > 0;) {
        const struct ek__consul_instance *instance = node->instances.items[i];

        if (strcmp(instance->key, "consul") == 0 ||
            ek__consul_sorted_find(&agent->services, instance->service.id))
            continue;
        ek__consul_write_begin(consul, &write);
        ek__consul_store_drop_service(consul, &write, agent->number, node, instance->key);
        ek__consul_write_end(consul, &write);
    }
    for (size_t i = node->checks.count; i-- > 0;) {
        const struct ek__consul_row *row = node->checks.items[i];

        if (strcmp(row->key, "serfhealth") == 0 ||
            ek__consul_sorted_find(&agent->checks, row->check.id))
            continue;
        ek__consul_write_begin(consul, &write);
        ek__consul_catalog_drop_check(&consul->catalog, &write, node, row->key);
        ek__consul_write_end(consul, &write);
    }
}

/* Once a minute or two the agent compares all it has with the catalog. */
static void full_sync_fired(struct ek_consul *consul, void *owner)
{
    struct ek__consul_agent *agent = owner;
    struct ek__consul_node *node = ek__consul_catalog_node(&consul->catalog, agent->node);

    ek__consul_timer_arm(&consul->timers, &agent->full_sync,
                         consul->now + FULL_SYNC_NS +
                             ek__consul_random_below(consul, EK__CONSUL_STREAM_SYNC, FULL_SYNC_NS));
    if (!ek__consul_has_leader(consul))
        return;
    consul->cause = agent->cause;
    if (!node) {
        ek__consul_agent_join(consul, agent);
        node = ek__consul_catalog_node(&consul->catalog, agent->node);
    }
    drop_foreign(consul, agent, node);
    for (size_t i = 0; i < agent->services.count; i++) {
        struct ek__consul_local_service *local = agent->services.items[i];

        local->in_sync = local->in_sync && has_catalog_service(node, local);
    }
    for (size_t i = 0; i < agent->checks.count; i++) {
        struct ek__consul_local_check *local = agent->checks.items[i];

        local->in_sync = local->in_sync && has_catalog_check(node, local);
    }
    ek__consul_agent_sync(consul, agent);
}

/* Every 30 s: services with a check that has been critical for too long are taken out. */
static void reaper_fired(struct ek_consul *consul, void *owner)
{
    struct ek__consul_agent *agent = owner;
    bool again = false;

    for (size_t i = 0; i < agent->checks.count; i++) {
        struct ek__consul_local_check *local = agent->checks.items[i];

        if (local->deleted || local->deregister_after_ns == 0 || !local->check.service_id[0])
            continue;
        again = true;
        if (local->critical_since == INT64_MAX ||
            consul->now - local->critical_since <= local->deregister_after_ns)
            continue;
        consul->cause = local->cause;
        ek__consul_agent_drop_service(consul, agent, local->check.service_id);
    }
    ek__consul_agent_settle(consul, agent);
    if (again)
        ek__consul_timer_arm(&consul->timers, &agent->reaper, consul->now + REAPER_NS);
}

struct ek__consul_agent *ek__consul_agent_new(struct ek_consul *consul, const char *node,
                                              const char *node_id, const char *address)
{
    struct ek__consul_agent *agent = ek__consul_alloc(sizeof *agent);

    agent->node = ek__consul_copy(node);
    agent->node_id = node_id ? ek__consul_copy(node_id) : ek__consul_uuid(consul);
    agent->address = ek__consul_copy(address);
    agent->services.key_offset = offsetof(struct ek__consul_local_service, key);
    agent->checks.key_offset = offsetof(struct ek__consul_local_check, key);
    agent->serf.fire = serf_fired;
    agent->full_sync.fire = full_sync_fired;
    agent->reaper.fire = reaper_fired;
    agent->serf.owner = agent->full_sync.owner = agent->reaper.owner = agent;
    agent->added_at = consul->now;
    ek__consul_timer_arm(&consul->timers, &agent->full_sync,
                         consul->now + FULL_SYNC_NS +
                             ek__consul_random_below(consul, EK__CONSUL_STREAM_SYNC, FULL_SYNC_NS));
    return agent;
}

static void free_service(struct ek__consul_local_service *local)
{
    ek__consul_service_deinit(&local->service);
    free(local->key);
    free(local);
}

void ek__consul_agent_free(struct ek_consul *consul, struct ek__consul_agent *agent)
{
    ek__consul_timer_disarm(&consul->timers, &agent->serf);
    ek__consul_timer_disarm(&consul->timers, &agent->full_sync);
    ek__consul_timer_disarm(&consul->timers, &agent->reaper);
    ek__consul_timer_disarm(&consul->timers, &agent->leaving);
    for (size_t i = 0; i < agent->services.count; i++)
        free_service(agent->services.items[i]);
    for (size_t i = 0; i < agent->checks.count; i++)
        ek__consul_check_free(consul, agent->checks.items[i]);
    ek__consul_list_deinit(&agent->orphans);
    ek__consul_sorted_deinit(&agent->services);
    ek__consul_sorted_deinit(&agent->checks);
    free(agent->node);
    free(agent->node_id);
    free(agent->address);
    free(agent);
}

struct ek__consul_local_service *ek__consul_agent_service(const struct ek__consul_agent *agent,
                                                          const char *id)
{
    struct ek__consul_local_service *local = ek__consul_sorted_find(&agent->services, id);

    return local && !local->deleted ? local : NULL;
}

struct ek__consul_local_check *ek__consul_agent_check(const struct ek__consul_agent *agent,
                                                      const char *id)
{
    struct ek__consul_local_check *local = ek__consul_sorted_find(&agent->checks, id);

    return local && !local->deleted ? local : NULL;
}

void ek__consul_agent_add_service(struct ek_consul *consul, struct ek__consul_agent *agent,
                                  const struct ek__consul_service *service)
{
    struct ek__consul_local_service *local = ek__consul_sorted_find(&agent->services, service->id);

    if (!local) {
        local = ek__consul_alloc(sizeof *local);
        local->key = ek__consul_copy(service->id);
        ek__consul_sorted_add(&agent->services, local);
    }
    ek__consul_service_deinit(&local->service);
    ek__consul_service_copy(&local->service, service);
    local->in_sync = local->deleted = false;
    local->cause = consul->cause;
}

static void fill_check(struct ek_consul *consul, struct ek__consul_local_check *local,
                       const struct ek__consul_check_setup *setup)
{
    enum ek__consul_status status = local->check.status;
    char *output = local->check.output;
    bool keeps = output && !local->deleted;

    local->check.output = NULL;
    ek__consul_check_deinit(&local->check);
    ek__consul_check_copy(&local->check, &setup->check);
    if (keeps) {
        local->check.status = status;
        ek__consul_set(&local->check.output, output);
    }
    free(output);
    ek__consul_set(&local->alias_service, setup->alias_service);
    /* A monitor is only replaced by one of its kind: a TTL goes on beside what came later. */
    if (!keeps || setup->ttl_ns > 0)
        local->ttl_ns = setup->ttl_ns;
    ek__consul_probing_free(&local->probing);
    ek__consul_probing_setup(local, setup->body);
    local->deregister_after_ns = setup->deregister_after_ns;
    local->critical_since = keeps && status == EK__CONSUL_CRITICAL ? consul->now : INT64_MAX;
    local->in_sync = local->deleted = local->was_updated = false;
    local->cause = consul->cause;
    local->updated = consul->now;
}

/* The place of an id among the orphans, or their count. */
static size_t orphan_place(const struct ek__consul_agent *agent, const char *id)
{
    size_t place = 0;

    while (place < agent->orphans.count && strcmp(agent->orphans.items[place], id) != 0)
        place++;
    return place;
}

bool ek__consul_agent_has_orphan(const struct ek__consul_agent *agent, const char *id)
{
    return orphan_place(agent, id) < agent->orphans.count;
}

static void forget_orphan(struct ek__consul_agent *agent, const char *id)
{
    size_t place = orphan_place(agent, id);

    if (place == agent->orphans.count)
        return;
    free(agent->orphans.items[place]);
    agent->orphans.items[place] = agent->orphans.items[--agent->orphans.count];
}

void ek__consul_agent_add_check(struct ek_consul *consul, struct ek__consul_agent *agent,
                                const struct ek__consul_check_setup *setup)
{
    struct ek__consul_local_check *local = ek__consul_sorted_find(&agent->checks, setup->check.id);

    if (!local) {
        local = ek__consul_alloc(sizeof *local);
        local->key = ek__consul_copy(setup->check.id);
        local->consul = consul;
        local->agent = agent;
        ek__consul_sorted_add(&agent->checks, local);
    } else {
        ek__consul_check_stop(consul, local);
    }
    fill_check(consul, local, setup);
    agent->has_aliases |= local->alias_service[0] != '\0';
    ek__consul_check_start(consul, local);
    if (local->deregister_after_ns > 0 && agent->reaper.place == 0) {
        int64_t age = consul->now - agent->added_at;

        ek__consul_timer_arm(&consul->timers, &agent->reaper,
                             consul->now + REAPER_NS - age % REAPER_NS);
    }
}

void ek__consul_agent_refuse_check(struct ek_consul *consul, struct ek__consul_agent *agent,
                                   const char *id)
{
    const struct ek__consul_local_check *local = ek__consul_agent_check(agent, id);
    bool has_ttl = (local && local->ttl_ns > 0) || ek__consul_agent_has_orphan(agent, id);

    ek__consul_agent_drop_check(consul, agent, id);
    if (has_ttl && agent->orphans.count < ORPHANS_MAX)
        ek__consul_list_add(&agent->orphans, id);
}

void ek__consul_agent_drop_check(struct ek_consul *consul, struct ek__consul_agent *agent,
                                 const char *id)
{
    struct ek__consul_local_check *local = ek__consul_agent_check(agent, id);

    forget_orphan(agent, id);
    if (!local)
        return;
    ek__consul_check_stop(consul, local);
    local->deleted = true;
    local->in_sync = false;
    local->cause = consul->cause;
}

void ek__consul_agent_drop_service(struct ek_consul *consul, struct ek__consul_agent *agent,
                                   const char *id)
{
    struct ek__consul_local_service *local = ek__consul_agent_service(agent, id);

    if (!local)
        return;
    local->deleted = true;
    local->in_sync = false;
    local->cause = consul->cause;
    for (size_t i = 0; i < agent->checks.count; i++) {
        const struct ek__consul_local_check *check = agent->checks.items[i];

        if (strcmp(check->check.service_id, id) == 0)
            ek__consul_agent_drop_check(consul, agent, check->key);
    }
}
