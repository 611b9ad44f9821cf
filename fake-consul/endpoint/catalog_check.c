#include "fake-consul/endpoint/catalog_check.h"

#include "fake-consul/api/decode.h"
#include "fake-consul/base/duration.h"
#include "fake-consul/base/memory.h"

struct check {
    const char *id, *name, *status, *notes, *output, *service_id, *service_name, *type;
    json_t *definition, *service_tags;
};

#define CHECK(member) offsetof(struct check, member)

static const struct ek__consul_field check_fields[] = {
    {"Node", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"CheckID", NULL, EK__CONSUL_FIELD_STRING, CHECK(id)},
    {"Name", NULL, EK__CONSUL_FIELD_STRING, CHECK(name)},
    {"Status", NULL, EK__CONSUL_FIELD_STRING, CHECK(status)},
    {"Notes", NULL, EK__CONSUL_FIELD_STRING, CHECK(notes)},
    {"Output", NULL, EK__CONSUL_FIELD_STRING, CHECK(output)},
    {"ServiceID", NULL, EK__CONSUL_FIELD_STRING, CHECK(service_id)},
    {"Type", NULL, EK__CONSUL_FIELD_STRING, CHECK(type)},
    {"Definition", NULL, EK__CONSUL_FIELD_OBJECT, CHECK(definition)},
    {"ServiceName", NULL, EK__CONSUL_FIELD_STRING, CHECK(service_name)},
    {"ServiceTags", NULL, EK__CONSUL_FIELD_STRINGS, CHECK(service_tags)},
    {"CreateIndex", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"ModifyIndex", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

static const struct ek__consul_field new_check_fields[] = {
    {"Interval", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Timeout", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"ExposedPort", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

struct definition {
    int64_t interval, timeout, deregister_after;
    const char *http, *tls_server_name, *method, *body, *tcp, *h2ping, *grpc;
    bool tls_skip_verify, grpc_use_tls;
};

#define DEFINITION(member) offsetof(struct definition, member)

static const struct ek__consul_field definition_fields[] = {
    {"Interval", "IntervalDuration", EK__CONSUL_FIELD_DURATION, DEFINITION(interval)},
    {"Timeout", "TimeoutDuration", EK__CONSUL_FIELD_DURATION, DEFINITION(timeout)},
    {"DeregisterCriticalServiceAfter", "DeregisterCriticalServiceAfterDuration",
     EK__CONSUL_FIELD_DURATION, DEFINITION(deregister_after)},
    {"HTTP", NULL, EK__CONSUL_FIELD_STRING, DEFINITION(http)},
    {"TLSServerName", NULL, EK__CONSUL_FIELD_STRING, DEFINITION(tls_server_name)},
    {"TLSSkipVerify", NULL, EK__CONSUL_FIELD_BOOL, DEFINITION(tls_skip_verify)},
    {"Method", NULL, EK__CONSUL_FIELD_STRING, DEFINITION(method)},
    {"Body", NULL, EK__CONSUL_FIELD_STRING, DEFINITION(body)},
    {"TCP", NULL, EK__CONSUL_FIELD_STRING, DEFINITION(tcp)},
    {"H2PING", NULL, EK__CONSUL_FIELD_STRING, DEFINITION(h2ping)},
    {"GRPC", NULL, EK__CONSUL_FIELD_STRING, DEFINITION(grpc)},
    {"GRPCUseTLS", NULL, EK__CONSUL_FIELD_BOOL, DEFINITION(grpc_use_tls)},
    {"Header", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"OutputMaxSize", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"ScriptArgs", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"DockerContainerID", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Shell", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"AliasNode", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"AliasService", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"TTL", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

static void add_duration(struct ek__consul_text *json, const char *name, int64_t ns)
{
    struct ek__consul_text text = {0};

    if (ns == 0)
        return;
    ek__consul_text_duration(&text, ns);
    ek__consul_text_member(json, name, text.data);
    ek__consul_text_deinit(&text);
}

static void add_string(struct ek__consul_text *json, const char *name, const char *value)
{
    if (value && *value)
        ek__consul_text_member(json, name, value);
}

/* As Go writes it: what is zero is left out. */
static void write_definition(const struct definition *definition, struct ek__consul_text *json)
{
    ek__consul_text_char(json, '{');
    add_duration(json, "Interval", definition->interval);
    add_duration(json, "Timeout", definition->timeout);
    add_duration(json, "DeregisterCriticalServiceAfter", definition->deregister_after);
    add_string(json, "HTTP", definition->http);
    add_string(json, "TLSServerName", definition->tls_server_name);
    if (definition->tls_skip_verify)
        ek__consul_text_member_bool(json, "TLSSkipVerify", true);
    add_string(json, "Method", definition->method);
    add_string(json, "Body", definition->body);
    add_string(json, "TCP", definition->tcp);
    add_string(json, "H2PING", definition->h2ping);
    add_string(json, "GRPC", definition->grpc);
    if (definition->grpc_use_tls)
        ek__consul_text_member_bool(json, "GRPCUseTLS", true);
    ek__consul_text_char(json, '}');
}

static const char *type_of(const struct check *check, const struct definition *definition)
{
    if (check->type[0])
        return check->type;
    if (definition->http && definition->http[0])
        return "http";
    if (definition->tcp && definition->tcp[0])
        return "tcp";
    return definition->grpc && definition->grpc[0] ? "grpc" : "";
}

bool ek__consul_catalog_check_convert(const json_t *object, enum ek__consul_origin origin,
                                      const char *path, struct ek__consul_check *out,
                                      struct ek__consul_text *error)
{
    static const struct ek__consul_go_type types[] = {
        {"CheckID", "types.CheckID", NULL},
        {"Definition",
         "struct { Interval interface {}; Timeout interface {}; "
         "DeregisterCriticalServiceAfter interface {}; TTL interface {}; "
         "*structs.Alias }",
         NULL},
        {.member = NULL},
    };
    const struct ek__consul_shape shape = {
        .fields = check_fields,
        .more_fields = {origin == EK__CONSUL_FROM_1_8 ? NULL : new_check_fields},
        .skips_unknown = origin == EK__CONSUL_FROM_FILE,
        .types = types,
        .type = "structs.HealthCheck",
        .owner = "HealthCheck",
        .path = path};
    struct ek__consul_text place = {0};
    struct ek__consul_shape inner = {
        .fields = definition_fields, .skips_unknown = true, .owner = "", .path = "", .type = ""};
    bool good;

    struct check check = {.id = "",
                          .name = "",
                          .status = "",
                          .notes = "",
                          .output = "",
                          .service_id = "",
                          .service_name = "",
                          .type = ""};
    struct definition definition = {0};
    struct ek__consul_text json = {0};

    ek__consul_text_add(&place, "HealthCheck.");
    ek__consul_text_add(&place, path);
    ek__consul_text_add(&place, "Definition");
    inner.place = place.data;
    good =
        ek__consul_decode_as(object, &shape, &check, error) &&
        (!check.definition || ek__consul_decode_as(check.definition, &inner, &definition, error));
    ek__consul_text_deinit(&place);
    if (!good)
        return false;
    write_definition(&definition, &json);
    *out = (struct ek__consul_check){.status = EK__CONSUL_CRITICAL, .definition = json.data};
    ek__consul_status_parse(check.status, &out->status);
    out->id = ek__consul_copy(check.id[0] ? check.id : check.name);
    out->name = ek__consul_copy(check.name);
    out->notes = ek__consul_copy(check.notes);
    out->output = ek__consul_copy(check.output);
    out->type = ek__consul_copy(type_of(&check, &definition));
    out->service_id = ek__consul_copy(check.service_id);
    out->service_name = ek__consul_copy(check.service_name);
    out->service_tags.exists = check.service_tags != NULL;
    for (size_t i = 0; i < json_array_size(check.service_tags); i++)
        ek__consul_list_add(&out->service_tags,
                            json_string_value(json_array_get(check.service_tags, i)));
    return true;
}
