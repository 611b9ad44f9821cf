/* How an agent brings its state into the catalog. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/state.h"

static void tagged_addresses(const struct ek__consul_agent *agent, struct ek__consul_map *map)
{
    ek__consul_map_set(map, "lan", agent->address);
    ek__consul_map_set(map, "lan_ipv4", agent->address);
    ek__consul_map_set(map, "wan", agent->address);
    ek__consul_map_set(map, "wan_ipv4", agent->address);
}

static void put_serf(struct ek_consul *consul, struct ek__consul_write *write,
                     const struct ek__consul_agent *agent, struct ek__consul_node *node)
{
    char id[] = "serfHealth", name[] = "Serf Health Status", empty[] = "", object[] = "{}";
    char alive[] = "Agent alive and reachable", dead[] = "Agent not live or unreachable";
    struct ek__consul_check check = {
        .id = id,
        .name = name,
        .notes = empty,
        .output = agent->seems_dead ? dead : alive,
        .type = empty,
        .service_id = empty,
        .service_name = empty,
        .definition = object,
        .status = agent->seems_dead ? EK__CONSUL_CRITICAL : EK__CONSUL_PASSING,
    };

    ek__consul_store_check(consul, write, agent->number, node, &check);
}

static void put_consul_service(struct ek_consul *consul, struct ek__consul_write *write,
                               const struct ek__consul_agent *agent, struct ek__consul_node *node)
{
    char id[] = "consul", empty[] = "";
    struct ek__consul_service service = {.id = id,
                                         .name = id,
                                         .kind = empty,
                                         .address = empty,
                                         .port = 8300,
                                         .weight_passing = 1,
                                         .weight_warning = 1};
    bool old = consul->version == EK_CONSUL_1_8;

    ek__consul_map_set(&service.meta, "non_voter", "false");
    ek__consul_map_set(&service.meta, "raft_version", "3");
    if (!old)
        ek__consul_map_set(&service.meta, "read_replica", "false");
    ek__consul_map_set(&service.meta, "serf_protocol_current", "2");
    ek__consul_map_set(&service.meta, "serf_protocol_max", "5");
    ek__consul_map_set(&service.meta, "serf_protocol_min", "1");
    ek__consul_map_set(&service.meta, "version", old ? "1.8.7" : "1.10.11");
    ek__consul_store_service(consul, write, agent->number, node, &service);
    ek__consul_map_deinit(&service.meta);
}

void ek__consul_agent_join(struct ek_consul *consul, struct ek__consul_agent *agent)
{
    struct ek__consul_map tagged = {0}, meta = {0};
    struct ek__consul_write write;
    struct ek__consul_node *node;

    /* The leader sees the member first; then the agent itself adds what only it knows. */
    ek__consul_write_begin(consul, &write);
    node = ek__consul_catalog_put_node(&consul->catalog, &write, agent->node, agent->node_id,
                                       agent->address, &tagged, &meta);
    if (ek__consul_is_server(consul, agent->number))
        put_consul_service(consul, &write, agent, node);
    put_serf(consul, &write, agent, node);
    ek__consul_write_end(consul, &write);
    ek__consul_write_begin(consul, &write);
    tagged_addresses(agent, &tagged);
    ek__consul_map_set(&meta, "consul-network-segment", "");
    ek__consul_catalog_put_node(&consul->catalog, &write, agent->node, agent->node_id,
                                agent->address, &tagged, &meta);
    ek__consul_write_end(consul, &write);
    ek__consul_map_deinit(&tagged);
    ek__consul_map_deinit(&meta);
}

void ek__consul_agent_serf(struct ek_consul *consul, struct ek__consul_agent *agent)
{
    enum ek__consul_status wanted = agent->seems_dead ? EK__CONSUL_CRITICAL : EK__CONSUL_PASSING;
    struct ek__consul_node *node = ek__consul_catalog_node(&consul->catalog, agent->node);
    const struct ek__consul_row *row = node ? ek__consul_node_check(node, "serfHealth") : NULL;
    struct ek__consul_write write;

    if (!ek__consul_has_leader(consul) || !node || (row && row->check.status == wanted))
        return;
    ek__consul_write_begin(consul, &write);
    put_serf(consul, &write, agent, node);
    ek__consul_write_end(consul, &write);
}

/* One registration: the service with all of its checks that are out of sync. */
static void sync_service(struct ek_consul *consul, struct ek__consul_agent *agent,
                         struct ek__consul_node *node, struct ek__consul_local_service *local)
{
    struct ek__consul_write write;

    ek__consul_write_begin(consul, &write);
    ek__consul_store_service(consul, &write, agent->number, node, &local->service);
    local->in_sync = true;
    for (size_t i = 0; i < agent->checks.count; i++) {
        struct ek__consul_local_check *check = agent->checks.items[i];

        if (check->in_sync || check->deleted || strcmp(check->check.service_id, local->key) != 0)
            continue;
        check->in_sync = ek__consul_store_check(consul, &write, agent->number, node, &check->check);
        ek__consul_timer_disarm(&consul->timers, &check->output);
    }
    ek__consul_write_end(consul, &write);
}

/* With a service its deleted checks are gone from the servers too. */
static void sync_dropped(struct ek_consul *consul, struct ek__consul_agent *agent,
                         struct ek__consul_node *node, struct ek__consul_local_service *local)
{
    struct ek__consul_write write;

    ek__consul_write_begin(consul, &write);
    ek__consul_store_drop_service(consul, &write, agent->number, node, local->key);
    ek__consul_write_end(consul, &write);
    for (size_t i = agent->checks.count; i-- > 0;) {
        struct ek__consul_local_check *check = agent->checks.items[i];

        if (!check->deleted || strcmp(check->check.service_id, local->key) != 0)
            continue;
        ek__consul_sorted_remove(&agent->checks, check->key);
        ek__consul_check_free(consul, check);
    }
    ek__consul_sorted_remove(&agent->services, local->key);
    ek__consul_service_deinit(&local->service);
    free(local->key);
    free(local);
}

static void sync_services(struct ek_consul *consul, struct ek__consul_agent *agent,
                          struct ek__consul_node *node)
{
    for (size_t i = 0; i < agent->services.count;) {
        struct ek__consul_local_service *local = agent->services.items[i];

        consul->cause = local->in_sync ? consul->cause : local->cause;
        if (local->deleted) {
            sync_dropped(consul, agent, node, local);
            continue;
        }
        if (!local->in_sync)
            sync_service(consul, agent, node, local);
        i++;
    }
}

static void sync_checks(struct ek_consul *consul, struct ek__consul_agent *agent,
                        struct ek__consul_node *node)
{
    for (size_t i = 0; i < agent->checks.count;) {
        struct ek__consul_local_check *local = agent->checks.items[i];
        struct ek__consul_write write;

        if (local->in_sync) {
            i++;
            continue;
        }
        consul->cause = local->cause;
        ek__consul_write_begin(consul, &write);
        if (local->deleted) {
            ek__consul_catalog_drop_check(&consul->catalog, &write, node, local->key);
            ek__consul_write_end(consul, &write);
            ek__consul_sorted_remove(&agent->checks, local->key);
            ek__consul_check_free(consul, local);
            continue;
        }
        ek__consul_store_check(consul, &write, agent->number, node, &local->check);
        local->in_sync = true;
        ek__consul_timer_disarm(&consul->timers, &local->output);
        ek__consul_write_end(consul, &write);
        i++;
    }
}

void ek__consul_agent_sync(struct ek_consul *consul, struct ek__consul_agent *agent)
{
    struct ek__consul_node *node = ek__consul_catalog_node(&consul->catalog, agent->node);
    uint64_t cause = consul->cause;

    if (!node || agent->is_stopped || !ek__consul_has_leader(consul))
        return;
    sync_services(consul, agent, node);
    sync_checks(consul, agent, node);
    consul->cause = cause;
}

void ek__consul_agent_settle(struct ek_consul *consul, struct ek__consul_agent *agent)
{
    /* Aliases may follow aliases; a circle of them is left after some rounds. */
    enum {
        ROUNDS_MAX = 8
    };

    ek__consul_agent_sync(consul, agent);
    for (int i = 0; i < ROUNDS_MAX && ek__consul_check_aliases(consul, agent); i++)
        ek__consul_agent_sync(consul, agent);
}
