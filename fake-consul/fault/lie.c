/* What a lie does to the registry when it begins or ends. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/fault/fault.h"

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
void ek__consul_raise_services(struct ek_consul *consul, const char *service)
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
void ek__consul_lose_leader(struct ek_consul *consul)
{
    consul->leader_lost = consul->now;
    for (size_t i = 0; i < consul->slot_count; i++) {
        struct ek__consul_query *query = consul->slots[i];

        if (query && query->read && !query->read->reader->is_local &&
            (!query->read->stale || ek__consul_server_is_down(consul)))
            ek__consul_read_leaderless(consul, query);
    }
}

static void restart_others(struct ek_consul *consul)
{
    for (size_t i = 0; i < consul->sessions.items.count; i++) {
        struct ek__consul_session *session = consul->sessions.items.items[i];

        session->create_index = RESTORED_INDEX;
    }
    for (size_t i = 0; i < consul->prepared.items.count; i++) {
        struct ek__consul_prepared *prepared = consul->prepared.items.items[i];

        prepared->create_index = prepared->modify_index = RESTORED_INDEX;
    }
    consul->sessions.index = consul->sessions.items.count > 0 ? RESTORED_INDEX : 0;
    consul->prepared.index = consul->prepared.items.count > 0 ? RESTORED_INDEX : 0;
}

void ek__consul_abandon(struct ek_consul *consul)
{
    for (size_t i = 0; i < consul->slot_count; i++) {
        struct ek__consul_query *query = consul->slots[i];

        if (query && query->read && !ek__consul_is_silent(consul))
            ek__consul_read_answer(consul, query, true);
    }
}

void ek__consul_restored(struct ek_consul *consul, uint64_t version)
{
    struct ek__consul_catalog *catalog = &consul->catalog;

    /* No body that was built before may fit again. */
    if (catalog->version < version)
        catalog->version = version;
    for (size_t i = 0; i < catalog->names.count; i++) {
        struct ek__consul_name *name = catalog->names.items[i];

        name->version = ++catalog->version;
    }
    consul->empty_index = 0;
    for (size_t i = 0; i < consul->watches.count; i++) {
        struct ek__consul_watch *watch = consul->watches.items[i];

        watch->empty_index = 0;
        watch->view_index = ek__consul_catalog_service_index(
            catalog, ek__consul_sorted_find(&catalog->names, watch->key), true);
    }
}

void ek__consul_go_back(struct ek_consul *consul)
{
    ek__consul_abandon(consul);
    consul->index = RESTORED_INDEX;
    ek__consul_catalog_restart(&consul->catalog, RESTORED_INDEX);
    ek__consul_kv_restart(&consul->kv, RESTORED_INDEX);
    ek__consul_tombstones_watch(consul);
    restart_others(consul);
    ek__consul_restored(consul, consul->catalog.version);
}

void ek__consul_freeze(const struct ek_consul *consul, struct ek__consul_catalog *copy)
{
    ek__consul_catalog_deinit(copy);
    ek__consul_catalog_copy(copy, &consul->catalog);
}

/* The truth is back: views catch up with what they did not see. */
void ek__consul_thaw(struct ek_consul *consul)
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
