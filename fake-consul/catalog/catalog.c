#include "fake-consul/catalog/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"

static void *find(const struct ek__consul_sorted *set, const char *name)
{
    char *key = ek__consul_lower(name);
    void *found = ek__consul_sorted_find(set, key);

    free(key);
    return found;
}

struct ek__consul_node *ek__consul_catalog_node(const struct ek__consul_catalog *catalog,
                                                const char *name)
{
    return find(&catalog->nodes, name);
}

struct ek__consul_name *ek__consul_catalog_name(const struct ek__consul_catalog *catalog,
                                                const char *name)
{
    return find(&catalog->names, name);
}

struct ek__consul_instance *ek__consul_node_instance(const struct ek__consul_node *node,
                                                     const char *id)
{
    return find(&node->instances, id);
}

struct ek__consul_row *ek__consul_node_check(const struct ek__consul_node *node, const char *id)
{
    return find(&node->checks, id);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t ek__consul_catalog_service_index(const struct ek__consul_catalog *catalog,
                                          const struct ek__consul_name *name, bool checks)
{
    uint64_t tables = larger(catalog->nodes_index, catalog->services_index);

    if ((!name || name->instances.count == 0) && catalog->extinction_index > 0)
        return catalog->extinction_index;
    if (name)
        return name->index;
    return checks ? larger(tables, catalog->checks_index) : tables;
}

/* The rows of `name` changed: its index rises, whoever reads them has to know. */
static void touch(struct ek__consul_catalog *catalog, struct ek__consul_write *write,
                  struct ek__consul_name *name)
{
    if (name->index != write->index || !ek__consul_list_holds(&write->names, name->key))
        ek__consul_list_add(&write->names, name->key);
    name->index = write->index;
    name->version = ++catalog->version;
}

static void outdate(struct ek__consul_instance *instance)
{
    ek__consul_body_drop(instance->health);
    instance->health = NULL;
}

/* Something of the node changed, which shows in every instance on it. */
static void touch_all(struct ek__consul_catalog *catalog, struct ek__consul_write *write,
                      struct ek__consul_node *node)
{
    for (size_t i = 0; i < node->instances.count; i++) {
        struct ek__consul_instance *instance = node->instances.items[i];

        outdate(instance);
        if (instance->name->index != write->index)
            touch(catalog, write, instance->name);
        instance->name->version = ++catalog->version;
    }
}

void ek__consul_write_deinit(struct ek__consul_write *write)
{
    ek__consul_list_deinit(&write->hosts);
    ek__consul_list_deinit(&write->names);
    ek__consul_list_deinit(&write->carried);
    ek__consul_list_deinit(&write->keys);
    *write = (struct ek__consul_write){0};
}

bool ek__consul_write_concerns_host(const struct ek__consul_write *write, const char *key)
{
    return ek__consul_list_holds(&write->hosts, key);
}

void ek__consul_write_host(struct ek__consul_write *write, const char *key)
{
    if (!ek__consul_write_concerns_host(write, key))
        ek__consul_list_add(&write->hosts, key);
}

static void note_node(struct ek__consul_write *write, const struct ek__consul_node *node)
{
    ek__consul_write_host(write, node->key);
}

static struct ek__consul_node *new_node(struct ek__consul_catalog *catalog, const char *name)
{
    struct ek__consul_node *node = ek__consul_alloc(sizeof *node);

    node->key = ek__consul_lower(name);
    node->name = ek__consul_copy(name);
    node->instances.key_offset = offsetof(struct ek__consul_instance, key);
    node->checks.key_offset = node->own.key_offset = offsetof(struct ek__consul_row, key);
    ek__consul_sorted_add(&catalog->nodes, node);
    return node;
}

struct ek__consul_node *
ek__consul_catalog_put_node(struct ek__consul_catalog *catalog, struct ek__consul_write *write,
                            const char *name, const char *id, const char *address,
                            const struct ek__consul_map *tagged, const struct ek__consul_map *meta)
{
    struct ek__consul_node *node = ek__consul_catalog_node(catalog, name);

    if (node && strcmp(node->id, id) == 0 && strcmp(node->address, address) == 0 &&
        ek__consul_map_equal(&node->tagged, tagged) && ek__consul_map_equal(&node->meta, meta)) {
        note_node(write, node);
        return node;
    }
    if (!node) {
        node = new_node(catalog, name);
        node->create_index = write->index;
    }
    ek__consul_set(&node->id, id);
    ek__consul_set(&node->address, address);
    ek__consul_map_deinit(&node->tagged);
    ek__consul_map_deinit(&node->meta);
    ek__consul_map_copy(&node->tagged, tagged);
    ek__consul_map_copy(&node->meta, meta);
    node->modify_index = write->index;
    catalog->nodes_index = write->index;
    write->nodes = true;
    note_node(write, node);
    touch_all(catalog, write, node);
    return node;
}

static struct ek__consul_name *take_name(struct ek__consul_catalog *catalog, const char *text)
{
    struct ek__consul_name *name = ek__consul_catalog_name(catalog, text);

    if (!name) {
        name = ek__consul_alloc(sizeof *name);
        name->key = ek__consul_lower(text);
        name->name = ek__consul_copy(text);
        name->instances.key_offset = offsetof(struct ek__consul_instance, place);
        ek__consul_sorted_add(&catalog->names, name);
    }
    return name;
}

static struct ek__consul_instance *new_instance(struct ek__consul_node *node, const char *id)
{
    struct ek__consul_instance *instance = ek__consul_alloc(sizeof *instance);
    size_t node_size = strlen(node->key);

    instance->key = ek__consul_lower(id);
    instance->place = ek__consul_alloc(node_size + strlen(id) + 2);
    memcpy(instance->place, node->key, node_size);
    instance->place[node_size] = '\1';
    memcpy(instance->place + node_size + 1, instance->key, strlen(id));
    instance->checks.key_offset = offsetof(struct ek__consul_row, key);
    instance->node = node;
    ek__consul_sorted_add(&node->instances, instance);
    return instance;
}

bool ek__consul_catalog_put_service(struct ek__consul_catalog *catalog,
                                    struct ek__consul_write *write, struct ek__consul_node *node,
                                    const struct ek__consul_service *service)
{
    struct ek__consul_instance *instance = ek__consul_node_instance(node, service->id);
    struct ek__consul_name *name;

    if (instance && ek__consul_service_equal(&instance->service, service))
        return false;
    name = take_name(catalog, service->name);
    if (!instance) {
        instance = new_instance(node, service->id);
        instance->create_index = write->index;
    }
    if (instance->name && instance->name != name) {
        /* A rename: the old name loses a row, its index stays. */
        ek__consul_sorted_remove(&instance->name->instances, instance->place);
        instance->name->version = ++catalog->version;
        ek__consul_list_add(&write->names, instance->name->key);
        instance->name = NULL;
    }
    if (!instance->name)
        ek__consul_sorted_add(&name->instances, instance);
    instance->name = name;
    ek__consul_service_deinit(&instance->service);
    ek__consul_service_copy(&instance->service, service);
    instance->modify_index = write->index;
    note_node(write, node);
    catalog->services_index = write->index;
    write->services = true;
    outdate(instance);
    touch(catalog, write, name);
    return true;
}

/* Whoever lists checks by the name they carry has to know, also where the service was renamed. */
static void touch_carried(struct ek__consul_catalog *catalog, struct ek__consul_write *write,
                          const struct ek__consul_check *check)
{
    struct ek__consul_name *name = ek__consul_catalog_name(catalog, check->service_name);

    if (name)
        touch(catalog, write, name);
    ek__consul_list_add(&write->carried, check->service_name);
}

/* What a change of this check shows in. */
static void touch_check(struct ek__consul_catalog *catalog, struct ek__consul_write *write,
                        struct ek__consul_node *node, const struct ek__consul_row *row)
{
    struct ek__consul_instance *instance;

    if (row->check.service_id[0] == '\0') {
        touch_all(catalog, write, node);
        return;
    }
    instance = ek__consul_node_instance(node, row->check.service_id);
    if (instance) {
        outdate(instance);
        touch(catalog, write, instance->name);
    }
}

/* What shows the end of this check: with a service it is the name that the check carries. */
static void untouch_check(struct ek__consul_catalog *catalog, struct ek__consul_write *write,
                          struct ek__consul_node *node, const struct ek__consul_row *row)
{
    struct ek__consul_instance *instance;

    if (row->check.service_id[0] == '\0') {
        touch_all(catalog, write, node);
        catalog->services_index = write->index; /* which wakes nobody: no row changed */
        return;
    }
    instance = ek__consul_node_instance(node, row->check.service_id);
    if (instance) {
        outdate(instance);
        instance->name->version = ++catalog->version;
    }
    touch_carried(catalog, write, &row->check);
}

static struct ek__consul_sorted *owner_of(struct ek__consul_node *node,
                                          const struct ek__consul_check *check)
{
    struct ek__consul_instance *instance;

    if (check->service_id[0] == '\0')
        return &node->own;
    instance = ek__consul_node_instance(node, check->service_id);
    return instance ? &instance->checks : NULL;
}

static void free_row(struct ek__consul_row *row)
{
    free(row->key);
    ek__consul_check_deinit(&row->check);
    free(row);
}

static void forget_row(struct ek__consul_node *node, struct ek__consul_row *row)
{
    struct ek__consul_sorted *owner = owner_of(node, &row->check);

    if (owner)
        ek__consul_sorted_remove(owner, row->key);
    ek__consul_sorted_remove(&node->checks, row->key);
}

/* What is shown of the node's instances changed, without any index that rises. */
static void refresh(struct ek__consul_catalog *catalog, struct ek__consul_node *node)
{
    for (size_t i = 0; i < node->instances.count; i++) {
        struct ek__consul_instance *instance = node->instances.items[i];

        outdate(instance);
        instance->name->version = ++catalog->version;
    }
}

/* Name and tags of its service are what the catalog has of it, whatever the check says. */
static void fill_service(const struct ek__consul_node *node, struct ek__consul_check *check)
{
    const struct ek__consul_instance *instance = ek__consul_node_instance(node, check->service_id);

    if (!check->service_id[0] || !instance)
        return;
    ek__consul_set(&check->service_name, instance->service.name);
    ek__consul_list_deinit(&check->service_tags);
    ek__consul_list_copy(&check->service_tags, &instance->service.tags);
}

bool ek__consul_catalog_put_check(struct ek__consul_catalog *catalog,
                                  struct ek__consul_write *write, struct ek__consul_node *node,
                                  const struct ek__consul_check *check, bool *status_changed)
{
    struct ek__consul_row *row = ek__consul_node_check(node, check->id);
    struct ek__consul_sorted *owner = owner_of(node, check);
    unsigned statuses = 1u << check->status;
    struct ek__consul_check filled;

    if (!owner)
        return false;
    ek__consul_check_copy(&filled, check);
    fill_service(node, &filled);
    *status_changed = !row || row->check.status != check->status;
    note_node(write, node);
    catalog->checks_index = write->index;
    write->checks = true;
    if (row)
        statuses |= 1u << row->check.status;
    write->statuses |= statuses;
    if (row && ek__consul_check_equal(&row->check, &filled, true)) {
        if (strcmp(row->check.type, filled.type) != 0) {
            ek__consul_set(&row->check.type, filled.type);
            refresh(catalog, node);
        }
        /* It is stored again all the same, which wakes whoever lists checks. */
        ek__consul_list_add(&write->carried, filled.service_name);
        ek__consul_check_deinit(&filled);
        return true;
    }
    if (row) {
        ek__consul_list_add(&write->carried, row->check.service_name);
        if (strcmp(row->check.service_id, filled.service_id) != 0)
            refresh(catalog, node); /* those that lose it are not told */
        forget_row(node, row);
        ek__consul_check_deinit(&row->check);
    } else {
        row = ek__consul_alloc(sizeof *row);
        row->key = ek__consul_lower(check->id);
        row->node = node;
        row->create_index = write->index;
    }
    ek__consul_list_add(&write->carried, filled.service_name);
    row->check = filled;
    row->modify_index = write->index;
    ek__consul_sorted_add(&node->checks, row);
    ek__consul_sorted_add(owner, row);
    touch_check(catalog, write, node, row);
    return true;
}

bool ek__consul_catalog_drop_check(struct ek__consul_catalog *catalog,
                                   struct ek__consul_write *write, struct ek__consul_node *node,
                                   const char *id)
{
    struct ek__consul_row *row = ek__consul_node_check(node, id);

    if (!row)
        return false;
    untouch_check(catalog, write, node, row);
    note_node(write, node);
    write->statuses |= 1u << row->check.status;
    write->checks = true;
    catalog->checks_index = write->index;
    forget_row(node, row);
    free_row(row);
    return true;
}

static void free_name(struct ek__consul_name *name)
{
    ek__consul_sorted_deinit(&name->instances);
    free(name->key);
    free(name->name);
    free(name);
}

static void free_instance(struct ek__consul_instance *instance)
{
    outdate(instance);
    ek__consul_service_deinit(&instance->service);
    ek__consul_sorted_deinit(&instance->checks);
    free(instance->place);
    free(instance->key);
    free(instance);
}

bool ek__consul_catalog_drop_service(struct ek__consul_catalog *catalog,
                                     struct ek__consul_write *write, struct ek__consul_node *node,
                                     const char *id)
{
    struct ek__consul_instance *instance = ek__consul_node_instance(node, id);
    struct ek__consul_name *name;

    if (!instance)
        return false;
    name = instance->name;
    note_node(write, node);
    while (instance->checks.count > 0) {
        struct ek__consul_row *row = instance->checks.items[instance->checks.count - 1];

        ek__consul_catalog_drop_check(catalog, write, node, row->key);
    }
    touch(catalog, write, name);
    ek__consul_sorted_remove(&name->instances, instance->place);
    ek__consul_sorted_remove(&node->instances, instance->key);
    free_instance(instance);
    catalog->services_index = catalog->checks_index = write->index;
    write->services = true;
    if (name->instances.count == 0) {
        catalog->extinction_index = write->index;
        ek__consul_sorted_remove(&catalog->names, name->key);
        free_name(name);
    }
    return true;
}

static void free_node(struct ek__consul_node *node)
{
    ek__consul_sorted_deinit(&node->instances);
    ek__consul_sorted_deinit(&node->checks);
    ek__consul_sorted_deinit(&node->own);
    ek__consul_map_deinit(&node->tagged);
    ek__consul_map_deinit(&node->meta);
    free(node->key);
    free(node->name);
    free(node->id);
    free(node->address);
    free(node);
}

void ek__consul_catalog_drop_node(struct ek__consul_catalog *catalog,
                                  struct ek__consul_write *write, struct ek__consul_node *node)
{
    note_node(write, node);
    while (node->instances.count > 0) {
        struct ek__consul_instance *last = node->instances.items[node->instances.count - 1];

        ek__consul_catalog_drop_service(catalog, write, node, last->key);
    }
    while (node->checks.count > 0) {
        struct ek__consul_row *last = node->checks.items[node->checks.count - 1];

        ek__consul_catalog_drop_check(catalog, write, node, last->key);
    }
    catalog->nodes_index = write->index;
    write->nodes = true;
    ek__consul_sorted_remove(&catalog->nodes, node->key);
    free_node(node);
}
