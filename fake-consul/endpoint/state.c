/* All of the registry's data as JSON, out and in again. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/body.h"
#include "fake-consul/api/render.h"
#include "fake-consul/base/base64.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/endpoint/catalog_write.h"

/* ---- out ---- */

static void add_checks(const struct ek_consul *consul, const struct ek__consul_sorted *checks,
                       struct ek__consul_text *json)
{
    ek__consul_text_add(json, ",\"Checks\":[");
    for (size_t i = 0; i < checks->count; i++) {
        const struct ek__consul_row *row = checks->items[i];

        ek__consul_text_next(json);
        ek__consul_render_check(consul, row->node->name, &row->check, row->create_index,
                                row->modify_index, json);
    }
    ek__consul_text_char(json, ']');
}

/* The beginning of a registration, left open. */
static void open_item(const struct ek__consul_node *node, struct ek__consul_text *json)
{
    ek__consul_text_next(json);
    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "ID", node->id);
    ek__consul_text_member(json, "Node", node->name);
    ek__consul_text_member(json, "Address", node->address);
    ek__consul_text_key(json, "TaggedAddresses");
    ek__consul_text_map(json, &node->tagged, "null");
    ek__consul_text_key(json, "NodeMeta");
    ek__consul_text_map(json, &node->meta, "null");
}

static void add_node(const struct ek_consul *consul, const struct ek__consul_node *node,
                     struct ek__consul_text *json)
{
    open_item(node, json);
    add_checks(consul, &node->own, json);
    ek__consul_text_char(json, '}');
    for (size_t i = 0; i < node->instances.count; i++) {
        const struct ek__consul_instance *instance = node->instances.items[i];

        open_item(node, json);
        ek__consul_text_add(json, ",\"Service\":");
        ek__consul_render_service(consul, instance, json);
        add_checks(consul, &instance->checks, json);
        ek__consul_text_char(json, '}');
    }
}

void ek__consul_state_write(const struct ek_consul *consul, struct ek__consul_text *json)
{
    ek__consul_text_add(json, "{\"nodes\":[");
    for (size_t i = 0; i < consul->catalog.nodes.count; i++)
        add_node(consul, consul->catalog.nodes.items[i], json);
    ek__consul_text_add(json, "],\"kv\":[");
    for (size_t i = 0; i < consul->kv.entries.count; i++) {
        ek__consul_text_next(json);
        ek__consul_kv_render(consul->kv.entries.items[i], true, json);
    }
    ek__consul_text_add(json, "]}");
}

struct json_t *ek_consul_export(const struct ek_consul *consul)
{
    struct ek__consul_text json = {0};
    json_t *state;

    ek__consul_state_write(consul, &json);
    state = json_loadb(json.data, json.size, JSON_ALLOW_NUL, NULL);
    ek__consul_text_deinit(&json);
    return state;
}

/* ---- in ---- */

static const char *member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

/* A check of a service that an agent runs: it says what it is told, and stands still. */
static void add_local_check(struct ek_consul *consul, struct ek__consul_agent *agent,
                            const struct ek__consul_service *service, const json_t *check)
{
    struct ek__consul_check_setup setup = {.alias_service = ""};

    setup.check.id = ek__consul_copy(member(check, "CheckID"));
    setup.check.name = ek__consul_copy(member(check, "Name"));
    setup.check.notes = ek__consul_copy(member(check, "Notes"));
    setup.check.type = ek__consul_copy(member(check, "Type"));
    setup.check.output = ek__consul_copy(member(check, "Output"));
    if (service) {
        setup.check.service_id = service->id;
        setup.check.service_name = service->name;
        setup.check.service_tags = service->tags;
    }
    setup.check.status = EK__CONSUL_CRITICAL;
    ek__consul_status_parse(member(check, "Status"), &setup.check.status);
    if (setup.check.id[0] && strcmp(setup.check.id, "serfHealth") != 0)
        ek__consul_agent_add_check(consul, agent, &setup);
    free(setup.check.id);
    free(setup.check.name);
    free(setup.check.notes);
    free(setup.check.type);
    free(setup.check.output);
}

/* A registration at a node that an agent runs becomes that agent's. */
static bool import_local(struct ek_consul *consul, struct ek__consul_agent *agent,
                         const json_t *item, struct ek__consul_text *error)
{
    const json_t *object = json_object_get(item, "Service");
    const json_t *checks = json_object_get(item, "Checks");
    const json_t *check = json_object_get(item, "Check");
    bool has_service = json_object_size(object) > 0;
    struct ek__consul_service service = {0};
    bool good = !has_service ||
                ek__consul_catalog_service_convert(object, EK__CONSUL_FROM_FILE, &service, error);

    if (good && (!has_service || strcmp(service.id, "consul") != 0)) {
        if (has_service)
            ek__consul_agent_add_service(consul, agent, &service);
        if (json_is_object(check))
            add_local_check(consul, agent, has_service ? &service : NULL, check);
        for (size_t i = 0; i < json_array_size(checks); i++)
            add_local_check(consul, agent, has_service ? &service : NULL,
                            json_array_get(checks, i));
        ek__consul_agent_settle(consul, agent);
    }
    ek__consul_service_deinit(&service);
    return good;
}

static bool import_node(struct ek_consul *consul, const json_t *item, struct ek__consul_text *error)
{
    uint32_t agent = ek__consul_agent_of_node(consul, member(item, "Node"));

    if (!json_is_object(item)) {
        ek__consul_text_add(error, "not an object");
        return false;
    }
    return agent == UINT32_MAX ? ek__consul_catalog_register(consul, item, error)
                               : import_local(consul, consul->agents[agent], item, error);
}

static bool import_entry(struct ek_consul *consul, const json_t *item,
                         struct ek__consul_text *error)
{
    const json_t *flags = json_object_get(item, "Flags");
    struct ek__consul_text value = {0};
    struct ek__consul_kv_op op = {.key = member(item, "Key"), .now = consul->now};
    struct ek__consul_write write;
    bool good = ek__consul_base64_decode(member(item, "Value"), &value) == SIZE_MAX;

    op.value = value.data;
    op.size = value.size;
    op.flags = json_is_integer(flags) ? (uint64_t)json_integer_value(flags) : 0;
    if (!good) {
        ek__consul_text_add(error, "a value that is not base64");
    } else if (!op.key[0]) {
        ek__consul_text_add(error, "a key without a name");
        good = false;
    } else {
        ek__consul_write_begin(consul, &write);
        ek__consul_kv_set(&consul->kv, &write, &op);
        ek__consul_write_end(consul, &write);
    }
    ek__consul_text_deinit(&value);
    return good;
}

static bool import_list(struct ek_consul *consul, const json_t *state, const char *name,
                        bool (*import)(struct ek_consul *consul, const json_t *item,
                                       struct ek__consul_text *error),
                        struct ek__consul_text *error)
{
    const json_t *list = json_object_get(state, name);
    struct ek__consul_text reason = {0};

    if (list && !json_is_array(list)) {
        ek__consul_text_add(error, name);
        ek__consul_text_add(error, " is not a list");
        return false;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (import(consul, json_array_get(list, i), &reason))
            continue;
        ek__consul_text_add(error, name);
        ek__consul_text_char(error, '[');
        ek__consul_text_u64(error, i);
        ek__consul_text_add(error, "]: ");
        ek__consul_text_add(error, reason.data);
        ek__consul_text_deinit(&reason);
        return false;
    }
    return true;
}

bool ek_consul_import(struct ek_consul *consul, const struct json_t *state, int64_t now_ns,
                      char *error, size_t error_size)
{
    struct ek__consul_text reason = {0};
    bool good = json_is_object(state);

    ek__consul_advance(consul, now_ns);
    if (!good)
        ek__consul_text_add(&reason, "the state is not an object with \"nodes\" and \"kv\"");
    good = good && import_list(consul, state, "nodes", import_node, &reason) &&
           import_list(consul, state, "kv", import_entry, &reason);
    if (error_size > 0)
        snprintf(error, error_size, "%s", reason.data ? reason.data : "");
    ek__consul_text_deinit(&reason);
    return good;
}
