#include "fake-consul/endpoint/agent_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/api/render.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/duration.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/filter/filter.h"

void ek__consul_render_local(const struct ek_consul *consul,
                             const struct ek__consul_service *service, const char *hash,
                             struct ek__consul_text *json)
{
    ek__consul_text_char(json, '{');
    if (service->kind[0])
        ek__consul_text_member(json, "Kind", service->kind);
    ek__consul_text_member(json, "ID", service->id);
    ek__consul_text_member(json, "Service", service->name);
    ek__consul_text_key(json, "Tags");
    ek__consul_text_list(json, &service->tags);
    ek__consul_text_key(json, "Meta");
    ek__consul_text_map(json, &service->meta, "{}");
    ek__consul_text_key(json, "Port");
    ek__consul_text_i64(json, service->port);
    ek__consul_text_member(json, "Address", service->address);
    ek__consul_render_tagged("TaggedAddresses", service, json);
    ek__consul_render_weights("Weights", service, json);
    ek__consul_text_member_bool(json, "EnableTagOverride", service->enable_tag_override);
    if (hash)
        ek__consul_text_member(json, "ContentHash", hash);
    if (consul->version == EK_CONSUL_1_10)
        ek__consul_text_member(json, "Datacenter", consul->datacenter);
    ek__consul_text_char(json, '}');
}

static void answer_json(struct ek_consul *consul, struct ek__consul_query *query,
                        struct ek__consul_text *json)
{
    ek__consul_answer_json_take(&query->answer, 200, json,
                                ek__consul_is_pretty(consul, query->call));
}

/* Who asks, and for what. */
struct view {
    const struct ek__consul_token *token;
    struct ek__consul_filter *filter;
};

/* False after a refusal. */
static bool open_view(struct ek_consul *consul, struct ek__consul_query *query,
                      const struct ek__consul_selector *fields, struct view *out)
{
    const char *filter = ek__consul_call_param(query->call, "filter");
    struct ek__consul_text error = {0};
    bool good = true;

    *out = (struct view){0};
    if (!ek__consul_call_token(consul, query->call, &out->token)) {
        ek__consul_answer_text(&query->answer, 403, "ACL not found");
        return false;
    }
    if (filter && *filter) {
        out->filter = ek__consul_filter_new(filter, fields, &error);
        good = out->filter != NULL;
        if (!good)
            ek__consul_answer_text(&query->answer, 500, error.data);
    }
    ek__consul_text_deinit(&error);
    return good;
}

static bool may_see(const struct ek_consul *consul, const struct view *view, const char *service)
{
    return ek__consul_may(&consul->acl, view->token, EK__CONSUL_ACL_SERVICE, service, false);
}

void ek__consul_agent_services(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_agent *agent = consul->agents[query->agent];
    struct ek__consul_text json = {0};
    struct view view;

    if (!open_view(consul, query, ek__consul_service_fields, &view))
        return;
    ek__consul_text_char(&json, '{');
    for (size_t i = 0; i < agent->services.count; i++) {
        const struct ek__consul_local_service *local = agent->services.items[i];
        size_t start = json.size, begin;

        if (local->deleted || !may_see(consul, &view, local->service.name))
            continue;
        ek__consul_text_key(&json, local->key);
        begin = json.size;
        ek__consul_render_local(consul, &local->service, NULL, &json);
        ek__consul_filter_row(view.filter, &json, start, begin);
    }
    ek__consul_filter_free(view.filter);
    ek__consul_text_char(&json, '}');
    answer_json(consul, query, &json);
}

/* What fits no check is found out at the first of them, and told without the usual words before
 * it; without a check it is not. */
static void forgive_selectors(struct ek_consul *consul, struct ek__consul_query *query)
{
    static const char words[] = "Failed to create boolean expression evaluator: ";
    const struct ek__consul_agent *agent = consul->agents[query->agent];
    struct ek__consul_text text = {0};
    bool any = false;

    if (query->answer.status != 500 ||
        strncmp(query->answer.body->text, words, sizeof words - 1) != 0)
        return;
    ek__consul_text_add(&text, query->answer.body->text + sizeof words - 1);
    for (size_t i = 0; i < agent->checks.count; i++) {
        const struct ek__consul_local_check *local = agent->checks.items[i];

        any |= !local->deleted;
    }
    if (text.data[0] >= '0' && text.data[0] <= '9') {
        /* It does not parse. */
    } else if (any) {
        ek__consul_answer_text(&query->answer, 500, text.data);
    } else {
        ek__consul_text_deinit(&text);
        ek__consul_text_add(&text, "{}");
        answer_json(consul, query, &text);
        return;
    }
    ek__consul_text_deinit(&text);
}

void ek__consul_agent_checks(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_agent *agent = consul->agents[query->agent];
    struct ek__consul_text json = {0};
    struct view view;

    if (!open_view(consul, query, ek__consul_check_fields, &view)) {
        forgive_selectors(consul, query);
        return;
    }
    ek__consul_text_char(&json, '{');
    for (size_t i = 0; i < agent->checks.count; i++) {
        const struct ek__consul_local_check *local = agent->checks.items[i];
        size_t start = json.size, begin;

        if (local->deleted ||
            (local->check.service_name[0] && !may_see(consul, &view, local->check.service_name)))
            continue;
        ek__consul_text_key(&json, local->key);
        begin = json.size;
        ek__consul_render_check(consul, agent->node, &local->check, 0, 0, &json);
        ek__consul_filter_row(view.filter, &json, start, begin);
    }
    ek__consul_filter_free(view.filter);
    ek__consul_text_char(&json, '}');
    answer_json(consul, query, &json);
}

static void add_config(const struct ek_consul *consul, const struct ek__consul_agent *agent,
                       struct ek__consul_text *json)
{
    bool old = consul->version == EK_CONSUL_1_8;

    ek__consul_text_key(json, "Config");
    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "Datacenter", consul->datacenter);
    if (!old)
        ek__consul_text_member(json, "PrimaryDatacenter", consul->datacenter);
    ek__consul_text_member(json, "NodeName", agent->node);
    ek__consul_text_member(json, "NodeID", agent->node_id);
    ek__consul_text_member(json, "Revision", "");
    ek__consul_text_member_bool(json, "Server", ek__consul_is_server(consul, agent->number));
    ek__consul_text_member(json, "Version", old ? "1.8.7" : "1.10.11");
    ek__consul_text_char(json, '}');
}

static void add_member(const struct ek_consul *consul, const struct ek__consul_agent *agent,
                       struct ek__consul_text *json)
{
    bool old = consul->version == EK_CONSUL_1_8;

    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "Name", agent->node);
    ek__consul_text_member(json, "Addr", agent->address);
    ek__consul_text_member_u64(json, "Port", 8301);
    ek__consul_text_key(json, "Tags");
    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "build", old ? "1.8.7:" : "1.10.11:");
    ek__consul_text_member(json, "dc", consul->datacenter);
    ek__consul_text_member(json, "id", agent->node_id);
    ek__consul_text_member(json, "role",
                           ek__consul_is_server(consul, agent->number) ? "consul" : "node");
    ek__consul_text_char(json, '}');
    ek__consul_text_member_u64(json, "Status", agent->has_left ? 3 : agent->seems_dead ? 4 : 1);
    ek__consul_text_add(json, ",\"ProtocolMin\":1,\"ProtocolMax\":5,\"ProtocolCur\":2,"
                              "\"DelegateMin\":2,\"DelegateMax\":5,\"DelegateCur\":4}");
}

void ek__consul_agent_self(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_agent *agent = consul->agents[query->agent];
    struct ek__consul_text json = {0};

    if (!ek__consul_permit(consul, query, EK__CONSUL_ACL_AGENT, agent->node, false))
        return;
    ek__consul_text_char(&json, '{');
    add_config(consul, agent, &json);
    ek__consul_text_add(&json, ",\"DebugConfig\":{},\"Coord\":null,\"Member\":");
    add_member(consul, agent, &json);
    ek__consul_text_add(&json, ",\"Stats\":{},\"Meta\":{\"consul-network-segment\":\"\"}}");
    answer_json(consul, query, &json);
}

void ek__consul_agent_members(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0};

    ek__consul_text_char(&json, '[');
    for (uint32_t i = 0; i < consul->agent_count; i++) {
        ek__consul_text_next(&json);
        add_member(consul, consul->agents[i], &json);
    }
    ek__consul_text_char(&json, ']');
    answer_json(consul, query, &json);
}

/* FNV-1a over the service as it is shown. Returns new. */
static char *hash_of(const struct ek_consul *consul, const struct ek__consul_service *service)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    struct ek__consul_text json = {0};
    char *text = ek__consul_alloc(17);

    ek__consul_render_local(consul, service, NULL, &json);
    for (size_t i = 0; i < json.size; i++)
        hash = (hash ^ (unsigned char)json.data[i]) * UINT64_C(0x100000001b3);
    ek__consul_text_deinit(&json);
    snprintf(text, 17, "%016llx", (unsigned long long)hash);
    return text;
}

/* Parks until the service differs from the one with the hash that the client has. */
static void park(struct ek_consul *consul, struct ek__consul_query *query, const char *wait)
{
    int64_t wait_ns = 0;

    if (query->timer.place > 0) {
        ek__consul_query_move(query, &consul->hashes);
        return;
    }
    if (wait && *wait)
        ek__consul_duration_parse(wait, &wait_ns);
    if (wait_ns <= 0)
        wait_ns = 300 * EK__CONSUL_SECOND;
    if (wait_ns > 600 * EK__CONSUL_SECOND)
        wait_ns = 600 * EK__CONSUL_SECOND;
    ek__consul_query_park(consul, query, &consul->hashes, wait_ns);
}

void ek__consul_agent_service_by_id(struct ek_consul *consul, struct ek__consul_query *query)
{
    const char *known = ek__consul_call_param(query->call, "hash");
    const char *wait = ek__consul_call_param(query->call, "wait");
    const struct ek__consul_local_service *local =
        ek__consul_agent_service(consul->agents[query->agent], query->call->rest);
    struct ek__consul_text json = {0};
    int64_t ignored;
    char *hash;

    if (wait && *wait && !ek__consul_duration_parse(wait, &ignored)) {
        ek__consul_answer_text(&query->answer, 400, "Invalid wait time");
        return;
    }
    if (!local) {
        ek__consul_answer_text2(&query->answer, 404, "unknown service ID: ", query->call->rest);
        return;
    }
    hash = hash_of(consul, &local->service);
    if (known && strcmp(known, hash) == 0 && !query->is_overdue) {
        free(hash);
        park(consul, query, wait);
        return;
    }
    ek__consul_render_local(consul, &local->service, hash, &json);
    answer_json(consul, query, &json);
    query->answer.hash = hash;
}
