/* The catalog as a whole: copied, restarted, freed. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/catalog/catalog.h"

void ek__consul_catalog_init(struct ek__consul_catalog *catalog)
{
    *catalog = (struct ek__consul_catalog){0};
    catalog->nodes.key_offset = offsetof(struct ek__consul_node, key);
    catalog->names.key_offset = offsetof(struct ek__consul_name, key);
}

void ek__consul_catalog_deinit(struct ek__consul_catalog *catalog)
{
    struct ek__consul_write write = {0};

    while (catalog->nodes.count > 0)
        ek__consul_catalog_drop_node(catalog, &write,
                                     catalog->nodes.items[catalog->nodes.count - 1]);
    for (size_t i = 0; i < catalog->names.count; i++) {
        struct ek__consul_name *renamed = catalog->names.items[i];

        ek__consul_sorted_deinit(&renamed->instances);
        free(renamed->key);
        free(renamed->name);
        free(renamed);
    }
    ek__consul_sorted_deinit(&catalog->nodes);
    ek__consul_sorted_deinit(&catalog->names);
    ek__consul_write_deinit(&write);
}

static void copy_instances(struct ek__consul_catalog *to, struct ek__consul_node *node,
                           const struct ek__consul_node *from)
{
    struct ek__consul_write write = {0};

    for (size_t i = 0; i < from->instances.count; i++) {
        const struct ek__consul_instance *old = from->instances.items[i];
        struct ek__consul_instance *copy;

        write.index = old->modify_index;
        ek__consul_catalog_put_service(to, &write, node, &old->service);
        copy = ek__consul_node_instance(node, old->key);
        copy->create_index = old->create_index;
    }
    for (size_t i = 0; i < from->checks.count; i++) {
        const struct ek__consul_row *old = from->checks.items[i];
        bool status_changed;

        write.index = old->modify_index;
        ek__consul_catalog_put_check(to, &write, node, &old->check, &status_changed);
        ek__consul_node_check(node, old->key)->create_index = old->create_index;
    }
    ek__consul_write_deinit(&write);
}

static void copy_names(struct ek__consul_catalog *to, const struct ek__consul_catalog *from)
{
    for (size_t i = 0; i < from->names.count; i++) {
        const struct ek__consul_name *old = from->names.items[i];
        struct ek__consul_name *copy = ek__consul_sorted_find(&to->names, old->key);

        if (!copy) {
            copy = ek__consul_alloc(sizeof *copy);
            copy->key = ek__consul_copy(old->key);
            copy->name = ek__consul_copy(old->name);
            copy->instances.key_offset = old->instances.key_offset;
            ek__consul_sorted_add(&to->names, copy);
        }
        copy->index = old->index;
        copy->version = old->version;
    }
}

void ek__consul_catalog_copy(struct ek__consul_catalog *to, const struct ek__consul_catalog *from)
{
    ek__consul_catalog_init(to);
    for (size_t i = 0; i < from->nodes.count; i++) {
        const struct ek__consul_node *old = from->nodes.items[i];
        struct ek__consul_write write = {.index = old->modify_index};
        struct ek__consul_node *node = ek__consul_catalog_put_node(
            to, &write, old->name, old->id, old->address, &old->tagged, &old->meta);

        node->create_index = old->create_index;
        copy_instances(to, node, old);
        ek__consul_write_deinit(&write);
    }
    copy_names(to, from);
    to->nodes_index = from->nodes_index;
    to->services_index = from->services_index;
    to->checks_index = from->checks_index;
    to->extinction_index = from->extinction_index;
    to->version = from->version;
}

static void restart_node(struct ek__consul_node *node, uint64_t index)
{
    node->create_index = node->modify_index = index;
    for (size_t i = 0; i < node->instances.count; i++) {
        struct ek__consul_instance *instance = node->instances.items[i];

        instance->create_index = instance->modify_index = index;
        ek__consul_body_drop(instance->health);
        instance->health = NULL;
    }
    for (size_t i = 0; i < node->checks.count; i++) {
        struct ek__consul_row *row = node->checks.items[i];

        row->create_index = row->modify_index = index;
    }
}

void ek__consul_catalog_restart(struct ek__consul_catalog *catalog, uint64_t index)
{
    for (size_t i = 0; i < catalog->nodes.count; i++)
        restart_node(catalog->nodes.items[i], index);
    for (size_t i = 0; i < catalog->names.count; i++) {
        struct ek__consul_name *name = catalog->names.items[i];

        name->index = index;
        name->version = ++catalog->version;
    }
    catalog->nodes_index = catalog->services_index = catalog->checks_index = index;
    catalog->extinction_index = 0;
}

static enum ek__consul_status worst(const struct ek__consul_sorted *checks,
                                    enum ek__consul_status status)
{
    for (size_t i = 0; i < checks->count; i++) {
        const struct ek__consul_row *row = checks->items[i];
        bool maintenance = strcmp(row->check.id, "_node_maintenance") == 0 ||
                           strncmp(row->check.id, "_service_maintenance:", 21) == 0;
        enum ek__consul_status one = maintenance ? EK__CONSUL_MAINTENANCE : row->check.status;

        if (one > status)
            status = one;
    }
    return status;
}

enum ek__consul_status ek__consul_instance_status(const struct ek__consul_instance *instance)
{
    return worst(&instance->checks, worst(&instance->node->own, EK__CONSUL_PASSING));
}

bool ek__consul_instance_passes(const struct ek__consul_instance *instance)
{
    return ek__consul_instance_status(instance) == EK__CONSUL_PASSING;
}
