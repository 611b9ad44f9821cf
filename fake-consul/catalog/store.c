/* Committed writes: the bracket around each, the notes they leave. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/state.h"

void ek__consul_write_begin(struct ek_consul *consul, struct ek__consul_write *write)
{
    *write = (struct ek__consul_write){.index = ++consul->index};
}

void ek__consul_write_end(struct ek_consul *consul, struct ek__consul_write *write)
{
    if (write->checks || write->nodes)
        ek__consul_sessions_verify(consul, write);
    ek__consul_wake(consul, write);
    ek__consul_write_deinit(write);
}

void ek__consul_store_service(struct ek_consul *consul, struct ek__consul_write *write,
                              uint32_t agent, struct ek__consul_node *node,
                              const struct ek__consul_service *service)
{
    if (ek__consul_catalog_put_service(&consul->catalog, write, node, service))
        ek__consul_note_add(consul, EK_CONSUL_NOTE_REGISTERED, agent, service->name, service->id,
                            "", 1);
}

bool ek__consul_store_check(struct ek_consul *consul, struct ek__consul_write *write,
                            uint32_t agent, struct ek__consul_node *node,
                            const struct ek__consul_check *check)
{
    bool status_changed = false;

    if (!ek__consul_catalog_put_check(&consul->catalog, write, node, check, &status_changed))
        return false;
    if (status_changed)
        ek__consul_note_add(consul, EK_CONSUL_NOTE_CHECK, agent, check->service_name,
                            check->service_id, ek__consul_status_name(check->status), 1);
    return true;
}

bool ek__consul_store_drop_service(struct ek_consul *consul, struct ek__consul_write *write,
                                   uint32_t agent, struct ek__consul_node *node, const char *id)
{
    const struct ek__consul_instance *instance = ek__consul_node_instance(node, id);

    if (!instance)
        return false;
    ek__consul_note_add(consul, EK_CONSUL_NOTE_DEREGISTERED, agent, instance->service.name,
                        instance->service.id, "", 1);
    return ek__consul_catalog_drop_service(&consul->catalog, write, node, id);
}
