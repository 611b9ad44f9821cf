/* Snapshots: the answer is a ticket for a copy of the tables that the registry itself keeps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"

static const char magic[] = "evenkeel snapshot ";

void ek__consul_snapshot_free(struct ek__consul_snapshot *snapshot)
{
    ek__consul_catalog_deinit(&snapshot->catalog);
    ek__consul_kv_deinit(&snapshot->kv);
    *snapshot = (struct ek__consul_snapshot){0};
}

static void save(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_snapshot *place = &consul->snapshots[0];
    struct ek__consul_text text = {0};

    if (!ek__consul_permit(consul, query, EK__CONSUL_ACL_OPERATOR, "", true))
        return;
    /* The oldest one has to go. */
    for (size_t i = 1; i < EK__CONSUL_SNAPSHOTS_MAX; i++) {
        if (consul->snapshots[i].id < place->id)
            place = &consul->snapshots[i];
    }
    ek__consul_snapshot_free(place);
    place->id = ++consul->snapshot_id;
    place->index = consul->index;
    ek__consul_catalog_copy(&place->catalog, &consul->catalog);
    ek__consul_kv_copy(&place->kv, &consul->kv);
    ek__consul_text_add(&text, magic);
    ek__consul_text_u64(&text, place->id);
    query->answer.status = 200;
    query->answer.type = "application/x-gzip";
    query->answer.has_index = query->answer.has_leader = query->answer.knows_leader = true;
    query->answer.index = consul->index;
    query->answer.body = ek__consul_body_take(&text);
}

static struct ek__consul_snapshot *find(struct ek_consul *consul,
                                        const struct ek__consul_call *call)
{
    uint64_t id;

    if (strncmp(call->body, magic, sizeof magic - 1) != 0)
        return NULL;
    id = strtoull(call->body + sizeof magic - 1, NULL, 10);
    for (size_t i = 0; i < EK__CONSUL_SNAPSHOTS_MAX; i++) {
        if (id > 0 && consul->snapshots[i].id == id)
            return &consul->snapshots[i];
    }
    return NULL;
}

static void restore(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_snapshot *snapshot;
    uint64_t version;

    if (!ek__consul_permit(consul, query, EK__CONSUL_ACL_OPERATOR, "", true))
        return;
    snapshot = find(consul, query->call);
    if (!snapshot) {
        ek__consul_refuse(consul, query, 500, "",
                          "failed to restore from snapshot: failed to read snapshot file: "
                          "failed to decompress snapshot: gzip: invalid header");
        return;
    }
    version = consul->catalog.version;
    ek__consul_abandon(consul);
    ek__consul_catalog_deinit(&consul->catalog);
    ek__consul_kv_deinit(&consul->kv);
    ek__consul_catalog_copy(&consul->catalog, &snapshot->catalog);
    ek__consul_kv_copy(&consul->kv, &snapshot->kv);
    ek__consul_tombstones_watch(consul);
    consul->index = snapshot->index;
    ek__consul_restored(consul, version);
    query->answer.status = 200;
}

const struct ek__consul_endpoint ek__consul_snapshot_endpoints[] = {
    {.path = "/v1/snapshot",
     .allow = "OPTIONS,GET,PUT",
     .method = "GET",
     .need = EK__CONSUL_SERVER_WRITE,
     .handle = save},
    {.path = "/v1/snapshot",
     .allow = "OPTIONS,GET,PUT",
     .method = "PUT",
     .need = EK__CONSUL_SERVER_WRITE,
     .handle = restore},
    {.path = NULL},
};
