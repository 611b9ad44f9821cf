#include "fake-consul/api/body.h"

#include <string.h>

#include "fake-consul/api/decode.h"
#include "fake-consul/base/memory.h"

#define CHECK(member)   offsetof(struct ek__consul_check_body, member)
#define SERVICE(member) offsetof(struct ek__consul_service_body, member)

static const struct ek__consul_field check_fields[] = {
    {"ID", NULL, EK__CONSUL_FIELD_STRING, CHECK(id)},
    {"CheckID", "check_id", EK__CONSUL_FIELD_STRING, CHECK(check_id)},
    {"Name", NULL, EK__CONSUL_FIELD_STRING, CHECK(name)},
    {"Notes", NULL, EK__CONSUL_FIELD_STRING, CHECK(notes)},
    {"Status", NULL, EK__CONSUL_FIELD_STRING, CHECK(status)},
    {"ServiceID", "service_id", EK__CONSUL_FIELD_STRING, CHECK(service_id)},
    {"HTTP", NULL, EK__CONSUL_FIELD_STRING, CHECK(http)},
    {"TCP", NULL, EK__CONSUL_FIELD_STRING, CHECK(tcp)},
    {"GRPC", NULL, EK__CONSUL_FIELD_STRING, CHECK(grpc)},
    {"H2PING", NULL, EK__CONSUL_FIELD_STRING, CHECK(h2ping)},
    {"DockerContainerID", "docker_container_id", EK__CONSUL_FIELD_STRING, CHECK(docker)},
    {"AliasService", "alias_service", EK__CONSUL_FIELD_STRING, CHECK(alias_service)},
    {"AliasNode", "alias_node", EK__CONSUL_FIELD_STRING, CHECK(alias_node)},
    {"ScriptArgs", "args", EK__CONSUL_FIELD_STRINGS, CHECK(args)},
    {"script_args", NULL, EK__CONSUL_FIELD_STRINGS, CHECK(args)},
    {"Interval", NULL, EK__CONSUL_FIELD_DURATION, CHECK(interval)},
    {"TTL", NULL, EK__CONSUL_FIELD_DURATION, CHECK(ttl)},
    {"DeregisterCriticalServiceAfter", "deregister_critical_service_after",
     EK__CONSUL_FIELD_DURATION, CHECK(deregister_after)},
    {"Timeout", NULL, EK__CONSUL_FIELD_DURATION, CHECK(timeout)},
    {"Header", NULL, EK__CONSUL_FIELD_OBJECT, CHECK(headers)},
    {"Method", NULL, EK__CONSUL_FIELD_STRING, CHECK(method)},
    {"Body", NULL, EK__CONSUL_FIELD_STRING, CHECK(body)},
    {"Shell", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"GRPCUseTLS", "grpc_use_tls", EK__CONSUL_FIELD_BOOL, CHECK(use_tls)},
    {"TLSServerName", "tls_server_name", EK__CONSUL_FIELD_STRING, CHECK(tls_server_name)},
    {"TLSSkipVerify", "tls_skip_verify", EK__CONSUL_FIELD_BOOL, CHECK(skip_verify)},
    {"SuccessBeforePassing", "success_before_passing", EK__CONSUL_FIELD_INT,
     CHECK(success_before_passing)},
    {"FailuresBeforeCritical", "failures_before_critical", EK__CONSUL_FIELD_INT,
     CHECK(failures_before_critical)},
    {"OutputMaxSize", "output_max_size", EK__CONSUL_FIELD_INT, CHECK(output_max)},
    {"ProxyHTTP", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"ProxyGRPC", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Token", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Namespace", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

static const struct ek__consul_field service_fields[] = {
    {"ID", NULL, EK__CONSUL_FIELD_STRING, SERVICE(id)},
    {"Name", NULL, EK__CONSUL_FIELD_STRING, SERVICE(name)},
    {"Address", NULL, EK__CONSUL_FIELD_STRING, SERVICE(address)},
    {"Kind", NULL, EK__CONSUL_FIELD_STRING, SERVICE(kind)},
    {"Port", NULL, EK__CONSUL_FIELD_INT, SERVICE(port)},
    {"Tags", NULL, EK__CONSUL_FIELD_STRINGS, SERVICE(tags)},
    {"Meta", NULL, EK__CONSUL_FIELD_MAP, SERVICE(meta)},
    {"TaggedAddresses", "tagged_addresses", EK__CONSUL_FIELD_OBJECT, SERVICE(tagged)},
    {"Weights", NULL, EK__CONSUL_FIELD_OBJECT, SERVICE(weights)},
    {"Check", NULL, EK__CONSUL_FIELD_OBJECT, SERVICE(check)},
    {"Checks", NULL, EK__CONSUL_FIELD_OBJECTS, SERVICE(checks)},
    {"EnableTagOverride", "enable_tag_override", EK__CONSUL_FIELD_BOOL,
     SERVICE(enable_tag_override)},
    {"SocketPath", "socket_path", EK__CONSUL_FIELD_ANY, 0},
    {"Token", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Proxy", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Connect", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Namespace", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

bool ek__consul_check_body_decode(const json_t *object, struct ek__consul_check_body *out,
                                  struct ek__consul_text *error)
{
    *out = (struct ek__consul_check_body){.id = "",
                                          .check_id = "",
                                          .name = "",
                                          .notes = "",
                                          .status = "",
                                          .service_id = "",
                                          .http = "",
                                          .tcp = "",
                                          .grpc = "",
                                          .h2ping = "",
                                          .docker = "",
                                          .alias_service = "",
                                          .alias_node = "",
                                          .method = "",
                                          .body = "",
                                          .tls_server_name = ""};
    return ek__consul_decode(object, check_fields, out, error);
}

const char *ek__consul_check_body_type(const struct ek__consul_check_body *body)
{
    if (body->alias_service[0] || body->alias_node[0])
        return "alias";
    if (body->ttl > 0)
        return "ttl";
    if (body->http[0])
        return "http";
    if (body->tcp[0])
        return "tcp";
    if (body->grpc[0])
        return "grpc";
    if (body->docker[0])
        return "docker";
    if (json_array_size(body->args) > 0)
        return "script";
    return body->h2ping[0] ? "h2ping" : "";
}

/* Whether the agent would have to do something to learn the status. */
static bool probes(const struct ek__consul_check_body *body)
{
    const char *const targets[] = {body->http, body->tcp, body->grpc, body->h2ping, body->docker};
    bool any = json_array_size(body->args) > 0;

    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        any |= targets[i][0] != '\0';
    return any;
}

const char *ek__consul_check_body_refusal(const struct ek_consul *consul,
                                          const struct ek__consul_check_body *body)
{
    bool is_alias = body->alias_service[0] || body->alias_node[0];

    if (body->interval > 0 && body->ttl > 0)
        return "Interval and TTL cannot both be specified";
    if (body->interval <= 0 && probes(body))
        return consul->version == EK_CONSUL_1_8
                   ? "Interval must be > 0 for Script, HTTP, or TCP checks"
                   : "Interval must be > 0 for Script, HTTP, H2PING, or TCP checks";
    if (!is_alias && !probes(body) && body->ttl <= 0)
        return "TTL must be > 0 for TTL checks";
    return NULL;
}

bool ek__consul_service_body_decode(const json_t *object, struct ek__consul_service_body *out,
                                    struct ek__consul_text *error)
{
    *out = (struct ek__consul_service_body){.id = "", .name = "", .address = "", .kind = ""};
    return ek__consul_decode(object, service_fields, out, error);
}

bool ek__consul_address_is_any(const char *address)
{
    return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0 ||
           strcmp(address, "[::]") == 0;
}

void ek__consul_map_from(struct ek__consul_map *map, const json_t *object)
{
    void *iter;
    json_t *from = (json_t *)(uintptr_t)object;

    if (!object)
        return;
    map->exists = true;
    for (iter = json_object_iter(from); iter; iter = json_object_iter_next(from, iter))
        ek__consul_map_set(map, json_object_iter_key(iter),
                           json_string_value(json_object_iter_value(iter)));
}

struct address {
    const char *address;
    int64_t port;
};

static const struct ek__consul_field address_fields[] = {
    {"Address", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct address, address)},
    {"Port", NULL, EK__CONSUL_FIELD_INT, offsetof(struct address, port)},
    {.name = NULL},
};

static bool convert_tagged(json_t *object, struct ek__consul_service *out,
                           struct ek__consul_text *error)
{
    for (void *iter = json_object_iter(object); iter; iter = json_object_iter_next(object, iter)) {
        struct address address = {.address = ""};

        if (!ek__consul_decode(json_object_iter_value(iter), address_fields, &address, error))
            return false;
        ek__consul_service_tag_address(out, json_object_iter_key(iter), address.address,
                                       address.port);
    }
    return true;
}

struct weights {
    int64_t passing, warning;
};

static const struct ek__consul_field weights_fields[] = {
    {"Passing", NULL, EK__CONSUL_FIELD_INT, offsetof(struct weights, passing)},
    {"Warning", NULL, EK__CONSUL_FIELD_INT, offsetof(struct weights, warning)},
    {.name = NULL},
};

bool ek__consul_service_body_convert(const struct ek__consul_service_body *body,
                                     struct ek__consul_service *out, bool *has_weights,
                                     struct ek__consul_text *error)
{
    struct weights weights = {0};

    *out = (struct ek__consul_service){.port = body->port,
                                       .enable_tag_override = body->enable_tag_override};
    out->id = ek__consul_copy(body->id[0] ? body->id : body->name);
    out->name = ek__consul_copy(body->name);
    out->kind = ek__consul_copy(body->kind);
    out->address = ek__consul_copy(body->address);
    for (size_t i = 0; i < json_array_size(body->tags); i++)
        ek__consul_list_add(&out->tags, json_string_value(json_array_get(body->tags, i)));
    ek__consul_map_from(&out->meta, body->meta);
    *has_weights = body->weights != NULL;
    if (!convert_tagged(body->tagged, out, error) ||
        (body->weights && !ek__consul_decode(body->weights, weights_fields, &weights, error)))
        return false;
    out->weight_passing = *has_weights ? weights.passing : 1;
    out->weight_warning = *has_weights ? weights.warning : 1;
    return true;
}
