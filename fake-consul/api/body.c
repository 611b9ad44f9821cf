#include "fake-consul/api/body.h"

#include <string.h>

#include "fake-consul/api/decode.h"
#include "fake-consul/base/memory.h"

#define CHECK(member)   offsetof(struct ek__consul_check_body, member)
#define SERVICE(member) offsetof(struct ek__consul_service_body, member)

/* The id of a check of its own is called ID; the check in a service's body calls it CheckID. */
static const struct ek__consul_field own_check_fields[] = {
    {"ID", NULL, EK__CONSUL_FIELD_STRING, CHECK(id)},
    {"Token", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};
static const struct ek__consul_field listed_check_fields[] = {
    {"CheckID", NULL, EK__CONSUL_FIELD_STRING, CHECK(check_id)},
    {"ProxyHTTP", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"ProxyGRPC", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};
static const struct ek__consul_field new_check_fields[] = {
    {"H2PING", NULL, EK__CONSUL_FIELD_STRING, CHECK(h2ping)},
    {"TLSServerName", NULL, EK__CONSUL_FIELD_STRING, CHECK(tls_server_name)},
    {.name = NULL},
};
static const struct ek__consul_field new_service_fields[] = {
    {"SocketPath", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};
static const struct ek__consul_field check_fields[] = {
    {"Name", NULL, EK__CONSUL_FIELD_STRING, CHECK(name)},
    {"Notes", NULL, EK__CONSUL_FIELD_STRING, CHECK(notes)},
    {"Status", NULL, EK__CONSUL_FIELD_STRING, CHECK(status)},
    {"ServiceID", "service_id", EK__CONSUL_FIELD_STRING, CHECK(service_id)},
    {"HTTP", NULL, EK__CONSUL_FIELD_STRING, CHECK(http)},
    {"TCP", NULL, EK__CONSUL_FIELD_STRING, CHECK(tcp)},
    {"GRPC", NULL, EK__CONSUL_FIELD_STRING, CHECK(grpc)},
    {"DockerContainerID", "docker_container_id", EK__CONSUL_FIELD_STRING, CHECK(docker)},
    {"AliasService", NULL, EK__CONSUL_FIELD_STRING, CHECK(alias_service)},
    {"AliasNode", NULL, EK__CONSUL_FIELD_STRING, CHECK(alias_node)},
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
    {"GRPCUseTLS", NULL, EK__CONSUL_FIELD_BOOL, CHECK(use_tls)},
    {"TLSSkipVerify", "tls_skip_verify", EK__CONSUL_FIELD_BOOL, CHECK(skip_verify)},
    {"SuccessBeforePassing", NULL, EK__CONSUL_FIELD_INT, CHECK(success_before_passing)},
    {"FailuresBeforeCritical", NULL, EK__CONSUL_FIELD_INT, CHECK(failures_before_critical)},
    {"OutputMaxSize", NULL, EK__CONSUL_FIELD_INT, CHECK(output_max)},
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
    {"Token", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Proxy", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Connect", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

/* How Go calls what it decodes into, as 1.8.7 tells it. */
#define CHECK_TYPE                                                                       \
    "struct { Interval interface {}; Timeout interface {}; TTL interface {}; "           \
    "DeregisterCriticalServiceAfter interface {}; Args []string \"json:\\\"args\\\"\"; " \
    "ScriptArgsSnake []string \"json:\\\"script_args\\\"\"; "                            \
    "DeregisterCriticalServiceAfterSnake interface {} "                                  \
    "\"json:\\\"deregister_critical_service_after\\\"\"; "                               \
    "DockerContainerIDSnake string \"json:\\\"docker_container_id\\\"\"; "               \
    "TLSSkipVerifySnake bool \"json:\\\"tls_skip_verify\\\"\"; "

static const char listed_check_type[] =
    CHECK_TYPE "ServiceID string \"json:\\\"ServiceID\\\"\"; "
               "ServiceIDSnake string \"json:\\\"service_id\\\"\"; *structs.Alias }";
static const char check_type[] =
    CHECK_TYPE "ServiceIDSnake string \"json:\\\"service_id\\\"\"; *structs.Alias }";
static const char service_type[] =
    "struct { EnableTagOverrideSnake bool \"json:\\\"enable_tag_override\\\"\"; "
    "TaggedAddressesSnake map[string]structs.ServiceAddress "
    "\"json:\\\"tagged_addresses\\\"\"; *structs.Alias }";

static const struct ek__consul_go_type check_go_types[] = {
    {"Header", "map[string][]string", NULL},
    {.member = NULL},
};
static const struct ek__consul_go_type service_go_types[] = {
    {"TaggedAddresses", "map[string]structs.ServiceAddress", NULL},
    {"Kind", "structs.ServiceKind", NULL},
    {"Weights", "structs.Weights", NULL},
    {"Check", listed_check_type, NULL},
    {"Checks", "structs.CheckTypes", listed_check_type},
    {.member = NULL},
};

bool ek__consul_check_body_decode(const struct ek_consul *consul, const json_t *object,
                                  const char *place, struct ek__consul_check_body *out,
                                  struct ek__consul_text *error)
{
    const struct ek__consul_shape shape = {
        .fields = check_fields,
        .more_fields = {place ? listed_check_fields : own_check_fields,
                        consul->version == EK_CONSUL_1_8 ? NULL : new_check_fields},
        .types = check_go_types,
        .type = place ? listed_check_type : check_type,
        .owner = "",
        .path = "",
        .place = place};

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
    return ek__consul_decode_as(object, &shape, out, error);
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

bool ek__consul_check_body_is_empty(const struct ek__consul_check_body *body)
{
    const char *const strings[] = {
        body->id,     body->check_id,       body->name,       body->notes,
        body->status, body->alias_service,  body->alias_node, body->method,
        body->body,   body->tls_server_name};

    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        if (strings[i][0])
            return false;
    }
    return !probes(body) && !body->headers && body->interval == 0 && body->timeout == 0 &&
           body->ttl == 0 && body->deregister_after == 0 && body->success_before_passing == 0 &&
           body->failures_before_critical == 0 && body->output_max == 0 && !body->use_tls &&
           !body->skip_verify;
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

bool ek__consul_service_body_decode(const struct ek_consul *consul, const json_t *object,
                                    struct ek__consul_service_body *out,
                                    struct ek__consul_text *error)
{
    const struct ek__consul_shape shape = {
        .fields = service_fields,
        .more_fields = {consul->version == EK_CONSUL_1_8 ? NULL : new_service_fields},
        .types = service_go_types,
        .type = service_type,
        .owner = "",
        .path = ""};

    *out = (struct ek__consul_service_body){.id = "", .name = "", .address = "", .kind = ""};
    return ek__consul_decode_as(object, &shape, out, error);
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

/* `path` is where the service is in the body: "" or "Service.". */
static bool convert_tagged(json_t *object, const char *path, struct ek__consul_service *out,
                           struct ek__consul_text *error)
{
    struct ek__consul_text place = {0};
    struct ek__consul_shape shape = {
        .fields = address_fields, .type = "structs.ServiceAddress", .owner = "ServiceAddress"};
    bool good = true;

    ek__consul_text_add(&place, path);
    ek__consul_text_add(&place, "TaggedAddresses.");
    shape.path = place.data;
    for (void *iter = json_object_iter(object); iter; iter = json_object_iter_next(object, iter)) {
        struct address address = {.address = ""};
        json_t *value = json_object_iter_value(iter);

        if (!json_is_object(value) && !json_is_null(value)) {
            ek__consul_decode_misfit(value, path[0] ? "NodeService" : "", path, "TaggedAddresses",
                                     "structs.ServiceAddress", error);
            good = false;
        }
        if (!good || !ek__consul_decode_as(value, &shape, &address, error)) {
            good = false;
            break;
        }
        ek__consul_service_tag_address(out, json_object_iter_key(iter), address.address,
                                       address.port);
    }
    ek__consul_text_deinit(&place);
    return good;
}

struct weights {
    int64_t passing, warning;
};

static const struct ek__consul_field weights_fields[] = {
    {"Passing", NULL, EK__CONSUL_FIELD_INT, offsetof(struct weights, passing)},
    {"Warning", NULL, EK__CONSUL_FIELD_INT, offsetof(struct weights, warning)},
    {.name = NULL},
};

bool ek__consul_service_body_convert(const struct ek__consul_service_body *body, bool is_nested,
                                     struct ek__consul_service *out, bool *has_weights,
                                     struct ek__consul_text *error)
{
    const struct ek__consul_shape shape = {.fields = weights_fields,
                                           .type = "structs.Weights",
                                           .owner = "Weights",
                                           .path = is_nested ? "Service.Weights." : "Weights."};
    struct weights weights = {0};

    *out = (struct ek__consul_service){.port = body->port,
                                       .enable_tag_override = body->enable_tag_override};
    out->id = ek__consul_copy(body->id[0] ? body->id : body->name);
    out->name = ek__consul_copy(body->name);
    out->kind = ek__consul_copy(body->kind);
    out->address = ek__consul_copy(body->address);
    out->tags.exists = body->tags != NULL;
    for (size_t i = 0; i < json_array_size(body->tags); i++)
        ek__consul_list_add(&out->tags, json_string_value(json_array_get(body->tags, i)));
    ek__consul_map_from(&out->meta, body->meta);
    *has_weights = body->weights != NULL;
    if (!convert_tagged(body->tagged, is_nested ? "Service." : "", out, error) ||
        (body->weights && !ek__consul_decode_as(body->weights, &shape, &weights, error)))
        return false;
    out->weight_passing = *has_weights ? weights.passing : 1;
    out->weight_warning = *has_weights ? weights.warning : 1;
    return true;
}
