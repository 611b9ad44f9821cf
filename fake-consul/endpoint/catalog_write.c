/* Registrations with the catalog itself, past any agent. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/body.h"
#include "fake-consul/api/decode.h"
#include "fake-consul/api/number.h"
#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/endpoint/catalog_check.h"
#include "fake-consul/endpoint/catalog_write.h"

enum {
    CHECKS_MAX = 256 /* of one registration */
};

struct registration {
    const char *datacenter, *node, *id, *address;
    json_t *tagged, *meta, *service, *check, *checks;
    bool skip_node_update;
};

#define REGISTRATION(member) offsetof(struct registration, member)

static const struct ek__consul_field registration_fields[] = {
    {"Datacenter", NULL, EK__CONSUL_FIELD_STRING, REGISTRATION(datacenter)},
    {"Node", NULL, EK__CONSUL_FIELD_STRING, REGISTRATION(node)},
    {"ID", NULL, EK__CONSUL_FIELD_STRING, REGISTRATION(id)},
    {"Address", NULL, EK__CONSUL_FIELD_STRING, REGISTRATION(address)},
    {"TaggedAddresses", NULL, EK__CONSUL_FIELD_MAP, REGISTRATION(tagged)},
    {"NodeMeta", NULL, EK__CONSUL_FIELD_MAP, REGISTRATION(meta)},
    {"Service", NULL, EK__CONSUL_FIELD_OBJECT, REGISTRATION(service)},
    {"Check", NULL, EK__CONSUL_FIELD_OBJECT, REGISTRATION(check)},
    {"Checks", NULL, EK__CONSUL_FIELD_OBJECTS, REGISTRATION(checks)},
    {"SkipNodeUpdate", NULL, EK__CONSUL_FIELD_BOOL, REGISTRATION(skip_node_update)},
    {"Token", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"CreateIndex", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"ModifyIndex", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

static const struct ek__consul_go_type registration_types[] = {
    {"ID", "types.NodeID", NULL},
    {"Service", "structs.NodeService", NULL},
    {"Check", "structs.HealthCheck", NULL},
    {"Checks", "structs.HealthChecks", "structs.HealthCheck"},
    {.member = NULL},
};
static const struct ek__consul_shape registration_shape = {.fields = registration_fields,
                                                           .types = registration_types,
                                                           .type = "structs.RegisterRequest",
                                                           .owner = "RegisterRequest",
                                                           .path = ""};

/* In the catalog a service's name is called Service. */
#define SERVICE(member) offsetof(struct ek__consul_service_body, member)

static const struct ek__consul_field service_fields[] = {
    {"ID", NULL, EK__CONSUL_FIELD_STRING, SERVICE(id)},
    {"Service", NULL, EK__CONSUL_FIELD_STRING, SERVICE(name)},
    {"Address", NULL, EK__CONSUL_FIELD_STRING, SERVICE(address)},
    {"Kind", NULL, EK__CONSUL_FIELD_STRING, SERVICE(kind)},
    {"Port", NULL, EK__CONSUL_FIELD_INT, SERVICE(port)},
    {"Tags", NULL, EK__CONSUL_FIELD_STRINGS, SERVICE(tags)},
    {"Meta", NULL, EK__CONSUL_FIELD_MAP, SERVICE(meta)},
    {"TaggedAddresses", NULL, EK__CONSUL_FIELD_OBJECT, SERVICE(tagged)},
    {"Weights", NULL, EK__CONSUL_FIELD_OBJECT, SERVICE(weights)},
    {"EnableTagOverride", NULL, EK__CONSUL_FIELD_BOOL, SERVICE(enable_tag_override)},
    {"Proxy", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Connect", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"CreateIndex", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"ModifyIndex", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

static const struct ek__consul_field new_service_fields[] = {
    {"SocketPath", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

static const struct ek__consul_go_type service_types[] = {
    {"Kind", "structs.ServiceKind", NULL},
    {"TaggedAddresses", "map[string]structs.ServiceAddress", NULL},
    {"Weights", "structs.Weights", NULL},
    {.member = NULL},
};

static bool refuse(struct ek__consul_query *query, int status, const char *before, const char *text)
{
    ek__consul_answer_text2(&query->answer, status, before, text);
    return false;
}

/* A word of the paid edition is told apart from other unknown ones. */
static void refuse_body(struct ek__consul_query *query, struct ek__consul_text *error)
{
    if (error->data && strcmp(error->data, "json: unknown field \"Namespace\"") == 0)
        ek__consul_text_add(error, " - Namespaces are a Consul Enterprise feature");
    refuse(query, 400, "Request decode failed: ", error->data);
}

enum ek__consul_origin ek__consul_origin_of(const struct ek_consul *consul)
{
    return consul->version == EK_CONSUL_1_8 ? EK__CONSUL_FROM_1_8 : EK__CONSUL_FROM_1_10;
}

/* Everything of one request, converted. */
struct parts {
    struct ek__consul_service service;
    bool has_service;
    struct ek__consul_check checks[CHECKS_MAX];
    size_t check_count;
};

static void free_parts(struct parts *parts)
{
    ek__consul_service_deinit(&parts->service);
    for (size_t i = 0; i < parts->check_count; i++)
        ek__consul_check_deinit(&parts->checks[i]);
    free(parts);
}

bool ek__consul_catalog_service_convert(const json_t *object, enum ek__consul_origin origin,
                                        struct ek__consul_service *out,
                                        struct ek__consul_text *error)
{
    const struct ek__consul_shape shape = {
        .fields = service_fields,
        .more_fields = {origin == EK__CONSUL_FROM_1_8 ? NULL : new_service_fields},
        .skips_unknown = origin == EK__CONSUL_FROM_FILE,
        .types = service_types,
        .type = "structs.NodeService",
        .owner = "NodeService",
        .path = "Service."};
    struct ek__consul_service_body service = {.id = "", .name = "", .address = "", .kind = ""};
    bool has_weights;

    return ek__consul_decode_as(object, &shape, &service, error) &&
           ek__consul_service_body_convert(&service, true, out, &has_weights, error);
}

static bool convert(const struct registration *body, enum ek__consul_origin origin,
                    struct parts *parts, struct ek__consul_text *error)
{
    size_t listed = json_array_size(body->checks);
    bool good = true;

    if (body->service) {
        good = ek__consul_catalog_service_convert(body->service, origin, &parts->service, error);
        parts->has_service = true;
    }
    for (size_t i = 0; good && i <= listed && parts->check_count < CHECKS_MAX; i++) {
        const json_t *object = i == 0 ? body->check : json_array_get(body->checks, i - 1);

        if (!object || json_is_null(object))
            continue;
        good = ek__consul_catalog_check_convert(object, origin, i == 0 ? "Check." : "Checks.",
                                                &parts->checks[parts->check_count], error);
        parts->check_count += good;
    }
    return good;
}

/* Why the table does not take a service or a check without an id, which is its key. */
static bool check_keys(struct ek__consul_query *query, const struct registration *body,
                       const struct parts *parts)
{
    if (parts->has_service && !parts->service.id[0])
        return refuse(query, 500, "failed inserting service: failed inserting service: ",
                      "object missing primary index");
    for (size_t i = 0; i < parts->check_count; i++) {
        if (parts->checks[i].id[0])
            continue;
        ek__consul_answer_quoted(
            &query->answer, 500,
            "failed inserting check: failed inserting check: object missing primary index on node ",
            body->node, "");
        return false;
    }
    return true;
}

static bool check_node(const struct ek_consul *consul, struct ek__consul_query *query,
                       const struct registration *body)
{
    const char *prefix = ek__consul_rpc_prefix(consul, query->agent);

    if (!body->node[0])
        return refuse(query, 500, prefix, "Must provide node");
    if (!body->address[0] && !body->skip_node_update)
        return refuse(query, 500, prefix, "Must provide address if SkipNodeUpdate is not set");
    if (body->id[0] && !ek__consul_is_uuid(body->id))
        return refuse(query, 500, prefix, "Bad node ID: uuid string is wrong length");
    return true;
}

static bool check_service(const struct ek_consul *consul, struct ek__consul_query *query,
                          const struct ek__consul_service *service)
{
    const char *prefix = ek__consul_rpc_prefix(consul, query->agent);

    if (service->id[0] && !service->name[0])
        return refuse(query, 500, prefix, "Must provide service name with ID");
    if (ek__consul_address_is_any(service->address))
        return refuse(query, 500, prefix, "Invalid service address");
    return true;
}

/* Each check of a service needs that service, in the registration or in the catalog. */
static bool check_checks(struct ek_consul *consul, struct ek__consul_query *query,
                         const struct registration *body, const struct parts *parts)
{
    const struct ek__consul_node *node = ek__consul_catalog_node(&consul->catalog, body->node);

    for (size_t i = 0; i < parts->check_count; i++) {
        const char *id = parts->checks[i].service_id;

        if (!id[0] || (parts->has_service && strcmp(parts->service.id, id) == 0) ||
            (node && ek__consul_node_instance(node, id)))
            continue;
        ek__consul_answer_quoted(&query->answer, 500,
                                 "failed inserting check: Missing service registration on node ",
                                 body->node, "");
        return false;
    }
    return true;
}

uint32_t ek__consul_agent_of_node(const struct ek_consul *consul, const char *node)
{
    for (uint32_t i = 0; i < consul->agent_count; i++) {
        if (strcmp(consul->agents[i]->node, node) == 0)
            return i;
    }
    return UINT32_MAX;
}

static void store(struct ek_consul *consul, const struct registration *body, struct parts *parts)
{
    struct ek__consul_node *node = ek__consul_catalog_node(&consul->catalog, body->node);
    struct ek__consul_map tagged = {0}, meta = {0};
    struct ek__consul_write write;
    uint32_t agent;

    ek__consul_write_begin(consul, &write);
    ek__consul_map_from(&tagged, body->tagged);
    ek__consul_map_from(&meta, body->meta);
    if (!node || !body->skip_node_update)
        node = ek__consul_catalog_put_node(&consul->catalog, &write, body->node, body->id,
                                           body->address, &tagged, &meta);
    else
        ek__consul_write_host(&write, node->key);
    agent = ek__consul_agent_of_node(consul, node->name);
    if (parts->has_service && parts->service.id[0])
        ek__consul_store_service(consul, &write, agent, node, &parts->service);
    for (size_t i = 0; i < parts->check_count; i++)
        ek__consul_store_check(consul, &write, agent, node, &parts->checks[i]);
    ek__consul_write_end(consul, &write);
    ek__consul_map_deinit(&tagged);
    ek__consul_map_deinit(&meta);
}

static void answer_true(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0};

    ek__consul_text_add(&json, "true");
    ek__consul_answer_json_take(&query->answer, 200, &json,
                                ek__consul_is_pretty(consul, query->call));
}

static void register_(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct registration body = {.datacenter = "", .node = "", .id = "", .address = ""};
    struct parts *parts = ek__consul_alloc(sizeof *parts);
    struct ek__consul_text error = {0};
    json_t *json = ek__consul_decode_body(query->call->body, query->call->body_size, &error);

    if (!json || !ek__consul_decode_as(json, &registration_shape, &body, &error) ||
        !convert(&body, ek__consul_origin_of(consul), parts, &error))
        refuse_body(query, &error);
    else if (ek__consul_check_datacenter(consul, query, body.datacenter) &&
             check_node(consul, query, &body) &&
             (!parts->has_service || check_service(consul, query, &parts->service)) &&
             ek__consul_permit(consul, query, EK__CONSUL_ACL_NODE, body.node, true) &&
             (!parts->has_service || !parts->service.name[0] ||
              ek__consul_permit(consul, query, EK__CONSUL_ACL_SERVICE, parts->service.name,
                                true)) &&
             check_keys(query, &body, parts) && check_checks(consul, query, &body, parts)) {
        store(consul, &body, parts);
        answer_true(consul, query);
    }
    free_parts(parts);
    ek__consul_text_deinit(&error);
    json_decref(json);
}

bool ek__consul_catalog_register(struct ek_consul *consul, const json_t *object,
                                 struct ek__consul_text *error)
{
    struct registration body = {.datacenter = "", .node = "", .id = "", .address = ""};
    struct parts *parts = ek__consul_alloc(sizeof *parts);
    bool good = ek__consul_decode_as(object, &registration_shape, &body, error) &&
                convert(&body, EK__CONSUL_FROM_FILE, parts, error);

    if (good && (!body.node[0] || !body.address[0])) {
        ek__consul_text_add(error,
                            body.node[0] ? "a node without an address" : "a node without a name");
        good = false;
    }
    if (good && parts->has_service && !parts->service.name[0]) {
        ek__consul_text_add(error, "a service without a name");
        good = false;
    }
    if (good)
        store(consul, &body, parts);
    free_parts(parts);
    return good;
}

struct deregistration {
    const char *address; /* not looked at any more */
    const char *datacenter, *node, *service_id, *check_id;
};

static const struct ek__consul_field deregistration_fields[] = {
    {"Datacenter", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct deregistration, datacenter)},
    {"Node", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct deregistration, node)},
    {"ServiceID", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct deregistration, service_id)},
    {"CheckID", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct deregistration, check_id)},
    {"Address", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct deregistration, address)},
    {"Token", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

static void drop(struct ek_consul *consul, const struct deregistration *body)
{
    struct ek__consul_node *node = ek__consul_catalog_node(&consul->catalog, body->node);
    struct ek__consul_write write;

    ek__consul_write_begin(consul, &write);
    if (node && body->service_id[0]) {
        ek__consul_write_host(&write, node->key);
        ek__consul_store_drop_service(consul, &write, ek__consul_agent_of_node(consul, node->name),
                                      node, body->service_id);
    } else if (node && body->check_id[0]) {
        ek__consul_write_host(&write, node->key);
        ek__consul_catalog_drop_check(&consul->catalog, &write, node, body->check_id);
    } else if (node) {
        ek__consul_catalog_drop_node(&consul->catalog, &write, node);
    }
    ek__consul_write_end(consul, &write);
}

static void deregister(struct ek_consul *consul, struct ek__consul_query *query)
{
    static const struct ek__consul_go_type types[] = {
        {"CheckID", "types.CheckID", NULL},
        {.member = NULL},
    };
    static const struct ek__consul_shape shape = {.fields = deregistration_fields,
                                                  .types = types,
                                                  .type =
                                                      "struct { Address string; *structs.Alias }",
                                                  .owner = "",
                                                  .path = ""};
    struct deregistration body = {.datacenter = "", .node = "", .service_id = "", .check_id = ""};
    struct ek__consul_text error = {0};
    json_t *json = ek__consul_decode_body(query->call->body, query->call->body_size, &error);

    if (!json || !ek__consul_decode_as(json, &shape, &body, &error)) {
        refuse_body(query, &error);
    } else if (!ek__consul_check_datacenter(consul, query, body.datacenter)) {
        /* refused */
    } else if (!body.node[0]) {
        refuse(query, 500, ek__consul_rpc_prefix(consul, query->agent), "Must provide node");
    } else if (ek__consul_permit(consul, query, EK__CONSUL_ACL_NODE, body.node, true)) {
        drop(consul, &body);
        answer_true(consul, query);
    }
    ek__consul_text_deinit(&error);
    json_decref(json);
}

const struct ek__consul_endpoint ek__consul_catalog_endpoints[] = {
    {.path = "/v1/catalog/services", .allow = "OPTIONS,GET", .reader = &ek__consul_services_reader},
    {.path = "/v1/catalog/service/", .allow = "OPTIONS,GET", .reader = &ek__consul_service_reader},
    {.path = "/v1/catalog/connect/", .allow = "OPTIONS,GET", .reader = &ek__consul_connect_reader},
    {.path = "/v1/catalog/nodes", .allow = "OPTIONS,GET", .reader = &ek__consul_nodes_reader},
    {.path = "/v1/catalog/node/", .allow = "OPTIONS,GET", .reader = &ek__consul_node_reader},
    {.path = "/v1/catalog/node-services/",
     .allow = "OPTIONS,GET",
     .reader = &ek__consul_node_services_reader},
    {.path = "/v1/catalog/register",
     .allow = "OPTIONS,PUT",
     .need = EK__CONSUL_SERVER_WRITE,
     .decodes_first = true,
     .handle = register_},
    {.path = "/v1/catalog/deregister",
     .allow = "OPTIONS,PUT",
     .need = EK__CONSUL_SERVER_WRITE,
     .decodes_first = true,
     .handle = deregister},
    {.path = NULL},
};
