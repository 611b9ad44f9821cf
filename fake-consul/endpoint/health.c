/* The answers of health reads. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake-consul/api/read.h"
#include "fake-consul/api/render.h"
#include "fake-consul/api/route.h"
#include "fake-consul/api/rows.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/endpoint/prepared.h"

static void write_checks(const struct ek_consul *consul, const struct ek__consul_sorted *checks,
                         struct ek__consul_text *json)
{
    for (size_t i = 0; i < checks->count; i++) {
        const struct ek__consul_row *row = checks->items[i];

        ek__consul_text_next(json);
        ek__consul_render_check(consul, row->node->name, &row->check, row->create_index,
                                row->modify_index, json);
    }
}

/* A check as a row of its own, if the read may have it. */
static void list_check(const struct ek_consul *consul, const struct ek__consul_row *row,
                       const struct ek__consul_read *read, struct ek__consul_text *json)
{
    const char *service = row->check.service_name;
    size_t start = json->size, begin;

    if (!ek__consul_node_is_visible(consul, row->node, read) ||
        (*service &&
         !ek__consul_may(&consul->acl, read->token, EK__CONSUL_ACL_SERVICE, service, false)))
        return;
    ek__consul_text_next(json);
    begin = json->size;
    ek__consul_render_check(consul, row->node->name, &row->check, row->create_index,
                            row->modify_index, json);
    ek__consul_filter_row(read->filter, json, start, begin);
}

static void list_checks(const struct ek_consul *consul, const struct ek__consul_sorted *checks,
                        const struct ek__consul_read *read, struct ek__consul_text *json)
{
    for (size_t i = 0; i < checks->count; i++)
        list_check(consul, checks->items[i], read, json);
}

/* The row of an instance is rendered once until something in it changes. */
static const struct ek__consul_body *health_row(const struct ek_consul *consul,
                                                struct ek__consul_instance *instance)
{
    struct ek__consul_text json = {0};

    if (instance->health)
        return instance->health;
    ek__consul_text_add(&json, "{\"Node\":");
    ek__consul_render_node(consul, instance->node, &json);
    ek__consul_text_add(&json, ",\"Service\":");
    ek__consul_render_service(consul, instance, &json);
    ek__consul_text_add(&json, ",\"Checks\":[");
    write_checks(consul, &instance->node->own, &json);
    write_checks(consul, &instance->checks, &json);
    ek__consul_text_add(&json, "]}");
    instance->health = ek__consul_body_take(&json);
    return instance->health;
}

void ek__consul_health_row(const struct ek_consul *consul, struct ek__consul_instance *instance,
                           struct ek__consul_text *json)
{
    const struct ek__consul_body *row = health_row(consul, instance);

    ek__consul_text_add_n(json, row->text, row->size);
}

static void write_checks_raw(const struct ek_consul *consul, const struct ek__consul_sorted *checks,
                             struct ek__consul_text *json)
{
    for (size_t i = 0; i < checks->count; i++) {
        const struct ek__consul_row *row = checks->items[i];

        ek__consul_text_next(json);
        ek__consul_render_check_raw(consul, row->node->name, row, json);
    }
}

void ek__consul_health_row_raw(const struct ek_consul *consul,
                               const struct ek__consul_instance *instance,
                               struct ek__consul_text *json)
{
    ek__consul_text_add(json, "{\"Node\":");
    ek__consul_render_node(consul, instance->node, json);
    ek__consul_text_add(json, ",\"Service\":");
    ek__consul_render_service_raw(consul, instance, json);
    ek__consul_text_add(json, ",\"Checks\":[");
    write_checks_raw(consul, &instance->node->own, json);
    write_checks_raw(consul, &instance->checks, json);
    ek__consul_text_add(json, "]}");
}

static void write_service(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                          const struct ek__consul_read *read, struct ek__consul_text *json)
{
    struct ek__consul_rows rows = ek__consul_rows_of(consul, catalog, read);

    ek__consul_text_char(json, '[');
    for (size_t i = 0; i < rows.count; i++) {
        ek__consul_text_next(json);
        ek__consul_health_row(consul, rows.items[i], json);
    }
    ek__consul_text_char(json, ']');
    free(rows.items);
}

static uint64_t checks_index(const struct ek_consul *consul,
                             const struct ek__consul_catalog *catalog,
                             const struct ek__consul_read *read)
{
    (void)consul;
    (void)read;
    return catalog->checks_index;
}

static bool service_changed(const struct ek__consul_write *write,
                            const struct ek__consul_read *read)
{
    return write->checks && ek__consul_list_holds(&write->carried, read->key);
}

/* The checks of a node that carry the name which is asked for, be it theirs or not any more. */
static void list_carrying(const struct ek_consul *consul, const struct ek__consul_node *node,
                          const struct ek__consul_read *read, struct ek__consul_text *json)
{
    for (size_t i = 0; i < node->checks.count; i++) {
        const struct ek__consul_row *row = node->checks.items[i];

        if (strcasecmp(row->check.service_name, read->key) == 0)
            list_check(consul, row, read, json);
    }
}

/* With ?node-meta the index is the service's own. */
static uint64_t service_checks_index(const struct ek_consul *consul,
                                     const struct ek__consul_catalog *catalog,
                                     const struct ek__consul_read *read)
{
    const struct ek__consul_name *name = ek__consul_sorted_find(&catalog->names, read->key);
    uint64_t index = catalog->checks_index;

    if (read->node_meta.count == 0)
        return checks_index(consul, catalog, read);
    if (name)
        return name->index;
    if (catalog->nodes_index > index)
        index = catalog->nodes_index;
    return catalog->services_index > index ? catalog->services_index : index;
}

static uint64_t connect_index(const struct ek_consul *consul,
                              const struct ek__consul_catalog *catalog,
                              const struct ek__consul_read *read)
{
    (void)consul;
    return ek__consul_connect_index(catalog, read, true);
}

static void write_service_checks(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                                 const struct ek__consul_read *read, struct ek__consul_text *json)
{
    ek__consul_text_char(json, '[');
    for (int distance = 0; distance < 3; distance++) {
        for (size_t i = 0; i < catalog->nodes.count; i++) {
            const struct ek__consul_node *node = catalog->nodes.items[i];

            if (ek__consul_node_matches(node, read) &&
                ek__consul_node_distance(consul, node, read) == distance)
                list_carrying(consul, node, read, json);
        }
    }
    ek__consul_text_char(json, ']');
}

static bool node_changed(const struct ek__consul_write *write, const struct ek__consul_read *read)
{
    return write->checks && ek__consul_write_concerns_host(write, read->key);
}

static void write_node(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                       const struct ek__consul_read *read, struct ek__consul_text *json)
{
    const struct ek__consul_node *node = ek__consul_sorted_find(&catalog->nodes, read->key);

    ek__consul_text_char(json, '[');
    if (node)
        list_checks(consul, &node->checks, read, json);
    ek__consul_text_char(json, ']');
}

/* The bit set of statuses that a state stands for. */
static unsigned statuses_of(const char *state)
{
    enum ek__consul_status status;

    if (strcmp(state, "any") == 0)
        return 7;
    return ek__consul_status_parse(state, &status) ? 1u << status : 0;
}

static bool state_changed(const struct ek__consul_write *write, const struct ek__consul_read *read)
{
    return write->checks && (write->statuses & statuses_of(read->key)) != 0;
}

static void write_state(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                        const struct ek__consul_read *read, struct ek__consul_text *json)
{
    unsigned statuses = statuses_of(read->key);

    ek__consul_text_char(json, '[');
    for (size_t i = 0; i < catalog->nodes.count; i++) {
        const struct ek__consul_node *node = catalog->nodes.items[i];

        if (!ek__consul_node_matches(node, read))
            continue;
        for (size_t j = 0; j < node->checks.count; j++) {
            const struct ek__consul_row *row = node->checks.items[j];

            if ((statuses & 1u << row->check.status) != 0)
                list_check(consul, row, read, json);
        }
    }
    ek__consul_text_char(json, ']');
}

static const struct ek__consul_reader service_reader = {.is_service = true,
                                                        .streams = true,
                                                        .has_checks = true,
                                                        .missing = "Missing service name",
                                                        .fields = ek__consul_health_fields,
                                                        .row = ek__consul_health_row,
                                                        .write = write_service};
static const struct ek__consul_reader connect_reader = {.fields = ek__consul_health_fields,
                                                        .missing = "Missing service name",
                                                        .index = connect_index,
                                                        .concerns = ek__consul_connect_changed,
                                                        .write = ek__consul_connect_write};
static const struct ek__consul_reader checks_reader = {.fields = ek__consul_check_fields,
                                                       .missing = "Missing service name",
                                                       .index = service_checks_index,
                                                       .concerns = service_changed,
                                                       .write = write_service_checks};
static const struct ek__consul_reader node_reader = {.fields = ek__consul_check_fields,
                                                     .missing = "Missing node name",
                                                     .index = checks_index,
                                                     .concerns = node_changed,
                                                     .write = write_node};
static const struct ek__consul_reader state_reader = {.fields = ek__consul_check_fields,
                                                      .missing = "Missing check state",
                                                      .index = checks_index,
                                                      .concerns = state_changed,
                                                      .write = write_state};

const struct ek__consul_endpoint ek__consul_health_endpoints[] = {
    {.path = "/v1/health/service/", .allow = "OPTIONS,GET", .reader = &service_reader},
    {.path = "/v1/health/connect/", .allow = "OPTIONS,GET", .reader = &connect_reader},
    {.path = "/v1/health/ingress/", .allow = "OPTIONS,GET", .reader = &connect_reader},
    {.path = "/v1/health/checks/", .allow = "OPTIONS,GET", .reader = &checks_reader},
    {.path = "/v1/health/node/", .allow = "OPTIONS,GET", .reader = &node_reader},
    {.path = "/v1/health/state/", .allow = "OPTIONS,GET", .reader = &state_reader},
    {.path = NULL},
};
