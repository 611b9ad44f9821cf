#include "fake-consul/api/render.h"

void ek__consul_render_node(const struct ek_consul *consul, const struct ek__consul_node *node,
                            struct ek__consul_text *json)
{
    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "ID", node->id);
    ek__consul_text_member(json, "Node", node->name);
    ek__consul_text_member(json, "Address", node->address);
    ek__consul_text_member(json, "Datacenter", consul->datacenter);
    ek__consul_text_key(json, "TaggedAddresses");
    ek__consul_text_map(json, &node->tagged, "null");
    ek__consul_text_key(json, "Meta");
    ek__consul_text_map(json, &node->meta, "null");
    ek__consul_text_member_u64(json, "CreateIndex", node->create_index);
    ek__consul_text_member_u64(json, "ModifyIndex", node->modify_index);
    ek__consul_text_char(json, '}');
}

void ek__consul_render_tagged(const char *name, const struct ek__consul_service *service,
                              struct ek__consul_text *json)
{
    if (service->tagged_count == 0)
        return;
    ek__consul_text_key(json, name);
    ek__consul_text_char(json, '{');
    for (size_t i = 0; i < service->tagged_count; i++) {
        ek__consul_text_key(json, service->tagged[i].name);
        ek__consul_text_char(json, '{');
        ek__consul_text_member(json, "Address", service->tagged[i].address);
        ek__consul_text_key(json, "Port");
        ek__consul_text_i64(json, service->tagged[i].port);
        ek__consul_text_char(json, '}');
    }
    ek__consul_text_char(json, '}');
}

void ek__consul_render_weights(const char *name, const struct ek__consul_service *service,
                               struct ek__consul_text *json)
{
    ek__consul_text_key(json, name);
    ek__consul_text_add(json, "{\"Passing\":");
    ek__consul_text_i64(json, service->weight_passing);
    ek__consul_text_add(json, ",\"Warning\":");
    ek__consul_text_i64(json, service->weight_warning);
    ek__consul_text_char(json, '}');
}

static void render_service(const struct ek_consul *consul,
                           const struct ek__consul_instance *instance, bool is_raw,
                           struct ek__consul_text *json)
{
    const struct ek__consul_service *service = &instance->service;

    ek__consul_text_char(json, '{');
    if (service->kind[0])
        ek__consul_text_member(json, "Kind", service->kind);
    ek__consul_text_member(json, "ID", service->id);
    ek__consul_text_member(json, "Service", service->name);
    ek__consul_text_key(json, "Tags");
    if (is_raw)
        ek__consul_text_list_or_null(json, &service->tags);
    else
        ek__consul_text_list(json, &service->tags);
    ek__consul_text_member(json, "Address", service->address);
    ek__consul_render_tagged("TaggedAddresses", service, json);
    ek__consul_text_key(json, "Meta");
    ek__consul_text_map(json, &service->meta, "null");
    ek__consul_text_key(json, "Port");
    ek__consul_text_i64(json, service->port);
    ek__consul_render_weights("Weights", service, json);
    ek__consul_text_member_bool(json, "EnableTagOverride", service->enable_tag_override);
    ek__consul_text_add(json, consul->version == EK_CONSUL_1_8
                                  ? ",\"Proxy\":{\"MeshGateway\":{},\"Expose\":{}}"
                                  : ",\"Proxy\":{\"Mode\":\"\",\"MeshGateway\":{},\"Expose\":{}}");
    ek__consul_text_add(json, ",\"Connect\":{}");
    ek__consul_text_member_u64(json, "CreateIndex", instance->create_index);
    ek__consul_text_member_u64(json, "ModifyIndex", instance->modify_index);
    ek__consul_text_char(json, '}');
}

void ek__consul_render_service(const struct ek_consul *consul,
                               const struct ek__consul_instance *instance,
                               struct ek__consul_text *json)
{
    render_service(consul, instance, false, json);
}

void ek__consul_render_service_raw(const struct ek_consul *consul,
                                   const struct ek__consul_instance *instance,
                                   struct ek__consul_text *json)
{
    render_service(consul, instance, true, json);
}

struct check_view {
    const struct ek__consul_check *check;
    uint64_t create_index, modify_index;
    bool is_raw;
};

static void render_check(const struct ek_consul *consul, const char *node,
                         const struct check_view *view, struct ek__consul_text *json)
{
    const struct ek__consul_check *check = view->check;

    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "Node", node);
    ek__consul_text_member(json, "CheckID", check->id);
    ek__consul_text_member(json, "Name", check->name);
    ek__consul_text_member(json, "Status", ek__consul_status_name(check->status));
    ek__consul_text_member(json, "Notes", check->notes);
    ek__consul_text_member(json, "Output", check->output);
    ek__consul_text_member(json, "ServiceID", check->service_id);
    ek__consul_text_member(json, "ServiceName", check->service_name);
    ek__consul_text_key(json, "ServiceTags");
    if (view->is_raw)
        ek__consul_text_list_or_null(json, &check->service_tags);
    else
        ek__consul_text_list(json, &check->service_tags);
    ek__consul_text_member(json, "Type", check->type);
    if (consul->version == EK_CONSUL_1_10)
        ek__consul_text_add(json, ",\"Interval\":\"\",\"Timeout\":\"\",\"ExposedPort\":0");
    ek__consul_text_key(json, "Definition");
    ek__consul_text_add(json, check->definition);
    ek__consul_text_member_u64(json, "CreateIndex", view->create_index);
    ek__consul_text_member_u64(json, "ModifyIndex", view->modify_index);
    ek__consul_text_char(json, '}');
}

void ek__consul_render_check(const struct ek_consul *consul, const char *node,
                             const struct ek__consul_check *check, uint64_t create_index,
                             uint64_t modify_index, struct ek__consul_text *json)
{
    const struct check_view view = {
        .check = check, .create_index = create_index, .modify_index = modify_index};

    render_check(consul, node, &view, json);
}

void ek__consul_render_check_raw(const struct ek_consul *consul, const char *node,
                                 const struct ek__consul_row *row, struct ek__consul_text *json)
{
    const struct check_view view = {.check = &row->check,
                                    .create_index = row->create_index,
                                    .modify_index = row->modify_index,
                                    .is_raw = true};

    render_check(consul, node, &view, json);
}
