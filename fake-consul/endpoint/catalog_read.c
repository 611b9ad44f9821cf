/* The answers of catalog reads. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/api/render.h"
#include "fake-consul/api/route.h"
#include "fake-consul/api/rows.h"
#include "fake-consul/base/memory.h"

static void write_row(const struct ek_consul *consul, struct ek__consul_instance *instance,
                      struct ek__consul_text *json)
{
    const struct ek__consul_service *service = &instance->service;
    const struct ek__consul_node *node = instance->node;
    bool old = consul->version == EK_CONSUL_1_8;

    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "ID", node->id);
    ek__consul_text_member(json, "Node", node->name);
    ek__consul_text_member(json, "Address", node->address);
    ek__consul_text_member(json, "Datacenter", consul->datacenter);
    ek__consul_text_key(json, "TaggedAddresses");
    ek__consul_text_map(json, &node->tagged, "null");
    ek__consul_text_key(json, "NodeMeta");
    ek__consul_text_map(json, &node->meta, "null");
    ek__consul_text_member(json, "ServiceKind", service->kind);
    ek__consul_text_member(json, "ServiceID", service->id);
    ek__consul_text_member(json, "ServiceName", service->name);
    ek__consul_text_key(json, "ServiceTags");
    ek__consul_text_list(json, &service->tags);
    ek__consul_text_member(json, "ServiceAddress", service->address);
    ek__consul_render_tagged("ServiceTaggedAddresses", service, json);
    ek__consul_render_weights("ServiceWeights", service, json);
    ek__consul_text_key(json, "ServiceMeta");
    ek__consul_text_map(json, &service->meta, "{}");
    ek__consul_text_key(json, "ServicePort");
    ek__consul_text_i64(json, service->port);
    if (!old)
        ek__consul_text_member(json, "ServiceSocketPath", "");
    ek__consul_text_member_bool(json, "ServiceEnableTagOverride", service->enable_tag_override);
    ek__consul_text_add(json, old ? ",\"ServiceProxy\":{\"MeshGateway\":{},\"Expose\":{}}"
                                  : ",\"ServiceProxy\":{\"Mode\":\"\",\"MeshGateway\":{},"
                                    "\"Expose\":{}}");
    ek__consul_text_add(json, ",\"ServiceConnect\":{}");
    ek__consul_text_member_u64(json, "CreateIndex", instance->create_index);
    ek__consul_text_member_u64(json, "ModifyIndex", instance->modify_index);
    ek__consul_text_char(json, '}');
}

static void write_service(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                          const struct ek__consul_read *read, struct ek__consul_text *json)
{
    struct ek__consul_rows rows = ek__consul_rows_of(consul, catalog, read);

    ek__consul_text_char(json, '[');
    for (size_t i = 0; i < rows.count; i++) {
        ek__consul_text_next(json);
        write_row(consul, rows.items[i], json);
    }
    ek__consul_text_char(json, ']');
    free(rows.items);
}

static uint64_t services_index(const struct ek_consul *consul,
                               const struct ek__consul_catalog *catalog,
                               const struct ek__consul_read *read)
{
    (void)consul;
    return read->node_meta.count > 0 && catalog->nodes_index > catalog->services_index
               ? catalog->nodes_index
               : catalog->services_index;
}

static bool services_changed(const struct ek__consul_write *write,
                             const struct ek__consul_read *read)
{
    return write->services || (read->node_meta.count > 0 && write->nodes);
}

/* The union of the tags of a service, in an order that changes from one answer to the next. */
static void write_tags(struct ek_consul *consul, const struct ek__consul_name *name,
                       const struct ek__consul_read *read, struct ek__consul_text *json)
{
    struct ek__consul_list tags = {0};

    for (size_t i = 0; i < name->instances.count; i++) {
        const struct ek__consul_instance *instance = name->instances.items[i];

        if (!ek__consul_node_matches(instance->node, read))
            continue;
        for (size_t j = 0; j < instance->service.tags.count; j++) {
            const char *tag = instance->service.tags.items[j];
            size_t k = 0;

            while (k < tags.count && strcmp(tags.items[k], tag) != 0)
                k++;
            if (k == tags.count)
                ek__consul_list_add(&tags, tag);
        }
    }
    for (size_t i = tags.count; i > 1; i--) {
        size_t other = (size_t)ek__consul_random_below(consul, EK__CONSUL_STREAM_ORDER, (int64_t)i);
        char *tag = tags.items[i - 1];

        tags.items[i - 1] = tags.items[other];
        tags.items[other] = tag;
    }
    ek__consul_text_list(json, &tags);
    ek__consul_list_deinit(&tags);
}

static bool any_matches(const struct ek_consul *consul, const struct ek__consul_name *name,
                        const struct ek__consul_read *read)
{
    for (size_t i = 0; i < name->instances.count; i++) {
        const struct ek__consul_instance *instance = name->instances.items[i];

        if (ek__consul_node_matches(instance->node, read) &&
            ek__consul_node_is_visible(consul, instance->node, read) &&
            ek__consul_may(&consul->acl, read->token, EK__CONSUL_ACL_SERVICE, name->name, false))
            return true;
    }
    return false;
}

static void write_services(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                           const struct ek__consul_read *read, struct ek__consul_text *json)
{
    ek__consul_text_char(json, '{');
    for (size_t i = 0; i < catalog->names.count; i++) {
        const struct ek__consul_name *name = catalog->names.items[i];

        if (!any_matches(consul, name, read))
            continue;
        ek__consul_text_key(json, name->name);
        write_tags(consul, name, read, json);
    }
    ek__consul_text_char(json, '}');
}

static uint64_t nodes_index(const struct ek_consul *consul,
                            const struct ek__consul_catalog *catalog,
                            const struct ek__consul_read *read)
{
    (void)consul;
    (void)read;
    return catalog->nodes_index;
}

static bool nodes_changed(const struct ek__consul_write *write, const struct ek__consul_read *read)
{
    (void)read;
    return write->nodes;
}

static void write_nodes(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                        const struct ek__consul_read *read, struct ek__consul_text *json)
{
    ek__consul_text_char(json, '[');
    for (int distance = 0; distance < 3; distance++) {
        for (size_t i = 0; i < catalog->nodes.count; i++) {
            const struct ek__consul_node *node = catalog->nodes.items[i];

            size_t start = json->size, begin;

            if (!ek__consul_node_matches(node, read) ||
                !ek__consul_node_is_visible(consul, node, read) ||
                ek__consul_node_distance(consul, node, read) != distance)
                continue;
            ek__consul_text_next(json);
            begin = json->size;
            ek__consul_render_node(consul, node, json);
            ek__consul_filter_row(read->filter, json, start, begin);
        }
    }
    ek__consul_text_char(json, ']');
}

static uint64_t node_index(const struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                           const struct ek__consul_read *read)
{
    (void)consul;
    if (!ek__consul_sorted_find(&catalog->nodes, read->key))
        return 0;
    return catalog->nodes_index > catalog->services_index ? catalog->nodes_index
                                                          : catalog->services_index;
}

static bool node_changed(const struct ek__consul_write *write, const struct ek__consul_read *read)
{
    return (write->nodes || write->services) && ek__consul_write_concerns_host(write, read->key);
}

uint64_t ek__consul_connect_index(const struct ek__consul_catalog *catalog,
                                  const struct ek__consul_read *read, bool checks)
{
    const struct ek__consul_name *name = ek__consul_sorted_find(&catalog->names, read->key);

    return catalog->extinction_index > 0 ? catalog->extinction_index
                                         : ek__consul_catalog_service_index(catalog, name, checks);
}

bool ek__consul_connect_changed(const struct ek__consul_write *write,
                                const struct ek__consul_read *read)
{
    return write->services || ek__consul_list_holds(&write->names, read->key);
}

void ek__consul_connect_write(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                              const struct ek__consul_read *read, struct ek__consul_text *json)
{
    (void)consul;
    (void)catalog;
    (void)read;
    ek__consul_text_add(json, "[]");
}

static uint64_t connect_index(const struct ek_consul *consul,
                              const struct ek__consul_catalog *catalog,
                              const struct ek__consul_read *read)
{
    (void)consul;
    return ek__consul_connect_index(catalog, read, false);
}

static void write_node(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                       const struct ek__consul_read *read, struct ek__consul_text *json, bool map)
{
    const struct ek__consul_node *node = ek__consul_sorted_find(&catalog->nodes, read->key);

    if (!node || !ek__consul_node_is_visible(consul, node, read)) {
        ek__consul_text_add(json, map ? "null" : "{\"Node\":null,\"Services\":null}");
        return;
    }
    ek__consul_text_add(json, "{\"Node\":");
    ek__consul_render_node(consul, node, json);
    if (!map && node->instances.count == 0 && !read->filter) {
        ek__consul_text_add(json, ",\"Services\":null}");
        return;
    }
    ek__consul_text_add(json, map ? ",\"Services\":{" : ",\"Services\":[");
    for (size_t i = 0; i < node->instances.count; i++) {
        const struct ek__consul_instance *instance = node->instances.items[i];
        size_t start = json->size, begin;

        if (!ek__consul_may(&consul->acl, read->token, EK__CONSUL_ACL_SERVICE,
                            instance->service.name, false))
            continue;
        if (map)
            ek__consul_text_key(json, instance->service.id);
        else
            ek__consul_text_next(json);
        begin = json->size;
        ek__consul_render_service(consul, instance, json);
        ek__consul_filter_row(read->filter, json, start, begin);
    }
    ek__consul_text_add(json, map ? "}}" : "]}");
}

static void write_node_map(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                           const struct ek__consul_read *read, struct ek__consul_text *json)
{
    write_node(consul, catalog, read, json, true);
}

static void write_node_list(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                            const struct ek__consul_read *read, struct ek__consul_text *json)
{
    write_node(consul, catalog, read, json, false);
}

const struct ek__consul_reader ek__consul_service_reader = {.is_service = true,
                                                            .missing = "Missing service name",
                                                            .fields = ek__consul_catalog_fields,
                                                            .row = write_row,
                                                            .write = write_service};
const struct ek__consul_reader ek__consul_services_reader = {
    .index = services_index, .concerns = services_changed, .write = write_services};
const struct ek__consul_reader ek__consul_nodes_reader = {.fields = ek__consul_node_fields,
                                                          .index = nodes_index,
                                                          .concerns = nodes_changed,
                                                          .write = write_nodes};
const struct ek__consul_reader ek__consul_node_reader = {.fields = ek__consul_service_fields,
                                                         .missing = "Missing node name",
                                                         .index = node_index,
                                                         .concerns = node_changed,
                                                         .write = write_node_map};
const struct ek__consul_reader ek__consul_node_services_reader = {.fields =
                                                                      ek__consul_service_fields,
                                                                  .missing = "Missing node name",
                                                                  .index = node_index,
                                                                  .concerns = node_changed,
                                                                  .write = write_node_list};
const struct ek__consul_reader ek__consul_connect_reader = {.fields = ek__consul_catalog_fields,
                                                            .missing = "Missing service name",
                                                            .index = connect_index,
                                                            .concerns = ek__consul_connect_changed,
                                                            .write = ek__consul_connect_write};
