/* The endpoints of prepared queries: defining them. */
#include "fake-consul/endpoint/prepared.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/body.h"
#include "fake-consul/api/decode.h"
#include "fake-consul/api/number.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/duration.h"
#include "fake-consul/base/memory.h"

struct query_body {
    const char *name, *session, *token;
    json_t *template, *service, *dns;
};

struct service_body {
    const char *service, *near;
    json_t *failover, *ignored, *tags, *node_meta, *service_meta;
    bool only_passing, connect;
};

struct rest_body {
    const char *type, *regexp, *ttl;
    int64_t nearest;
    json_t *datacenters;
    bool removes_empty_tags;
};

#define QUERY(member)   offsetof(struct query_body, member)
#define SERVICE(member) offsetof(struct service_body, member)
#define REST(member)    offsetof(struct rest_body, member)

static const struct ek__consul_field query_fields[] = {
    {"ID", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Name", NULL, EK__CONSUL_FIELD_STRING, QUERY(name)},
    {"Session", NULL, EK__CONSUL_FIELD_STRING, QUERY(session)},
    {"Token", NULL, EK__CONSUL_FIELD_STRING, QUERY(token)},
    {"Template", NULL, EK__CONSUL_FIELD_OBJECT, QUERY(template)},
    {"Service", NULL, EK__CONSUL_FIELD_OBJECT, QUERY(service)},
    {"DNS", NULL, EK__CONSUL_FIELD_OBJECT, QUERY(dns)},
    {"CreateIndex", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"ModifyIndex", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};
static const struct ek__consul_field service_fields[] = {
    {"Service", NULL, EK__CONSUL_FIELD_STRING, SERVICE(service)},
    {"Failover", NULL, EK__CONSUL_FIELD_OBJECT, SERVICE(failover)},
    {"OnlyPassing", NULL, EK__CONSUL_FIELD_BOOL, SERVICE(only_passing)},
    {"IgnoreCheckIDs", NULL, EK__CONSUL_FIELD_STRINGS, SERVICE(ignored)},
    {"Near", NULL, EK__CONSUL_FIELD_STRING, SERVICE(near)},
    {"Tags", NULL, EK__CONSUL_FIELD_STRINGS, SERVICE(tags)},
    {"NodeMeta", NULL, EK__CONSUL_FIELD_MAP, SERVICE(node_meta)},
    {"ServiceMeta", NULL, EK__CONSUL_FIELD_MAP, SERVICE(service_meta)},
    {"Connect", NULL, EK__CONSUL_FIELD_BOOL, SERVICE(connect)},
    {"Namespace", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};
static const struct ek__consul_field template_fields[] = {
    {"Type", NULL, EK__CONSUL_FIELD_STRING, REST(type)},
    {"Regexp", NULL, EK__CONSUL_FIELD_STRING, REST(regexp)},
    {"RemoveEmptyTags", NULL, EK__CONSUL_FIELD_BOOL, REST(removes_empty_tags)},
    {.name = NULL},
};
static const struct ek__consul_field failover_fields[] = {
    {"NearestN", NULL, EK__CONSUL_FIELD_INT, REST(nearest)},
    {"Datacenters", NULL, EK__CONSUL_FIELD_STRINGS, REST(datacenters)},
    {.name = NULL},
};
static const struct ek__consul_field dns_fields[] = {
    {"TTL", NULL, EK__CONSUL_FIELD_STRING, REST(ttl)},
    {.name = NULL},
};

static void fill_list(struct ek__consul_list *list, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        ek__consul_list_add(list, json_string_value(json_array_get(array, i)));
}

/* Returns new, without an id; NULL with Go's words in `error`. */
static struct ek__consul_prepared *decode(const json_t *json, struct ek__consul_text *error)
{
    struct query_body body = {.name = "", .session = "", .token = ""};
    struct service_body service = {.service = "", .near = ""};
    struct rest_body rest = {.type = "", .regexp = "", .ttl = ""};
    struct ek__consul_prepared *out;

    if (!ek__consul_decode(json, query_fields, &body, error) ||
        (body.service && !ek__consul_decode(body.service, service_fields, &service, error)) ||
        (body.template && !ek__consul_decode(body.template, template_fields, &rest, error)) ||
        (service.failover && !ek__consul_decode(service.failover, failover_fields, &rest, error)) ||
        (body.dns && !ek__consul_decode(body.dns, dns_fields, &rest, error)))
        return NULL;
    out = ek__consul_alloc(sizeof *out);
    out->name = ek__consul_copy(body.name);
    out->session = ek__consul_copy(body.session);
    out->token = ek__consul_copy(body.token);
    out->template_type = ek__consul_copy(rest.type);
    out->template_regexp = ek__consul_copy(rest.regexp);
    out->removes_empty_tags = rest.removes_empty_tags;
    out->service = ek__consul_copy(service.service);
    out->near = ek__consul_copy(service.near);
    out->ttl = ek__consul_copy(rest.ttl);
    out->nearest = rest.nearest;
    out->only_passing = service.only_passing;
    out->connect = service.connect;
    out->has_failover_list = rest.datacenters != NULL;
    out->has_tags = service.tags != NULL;
    out->has_ignored = service.ignored != NULL;
    fill_list(&out->failover_datacenters, rest.datacenters);
    fill_list(&out->ignored_checks, service.ignored);
    fill_list(&out->tags, service.tags);
    ek__consul_map_from(&out->node_meta, service.node_meta);
    ek__consul_map_from(&out->service_meta, service.service_meta);
    return out;
}

/* Why the servers do not take the query, or NULL. */
static const char *refusal(const struct ek__consul_prepared *prepared, struct ek__consul_text *text)
{
    int64_t ttl;

    if (!prepared->service[0])
        return "Must provide a Service name to query";
    if (prepared->template_type[0] && strcmp(prepared->template_type, "name_prefix_match") != 0) {
        ek__consul_text_add(text, "Bad Template.Type '");
        ek__consul_text_add(text, prepared->template_type);
        ek__consul_text_char(text, '\'');
        return text->data;
    }
    if (prepared->nearest < 0) {
        ek__consul_text_add(text, "Bad NearestN '");
        ek__consul_text_i64(text, prepared->nearest);
        ek__consul_text_add(text, "', must be >= 0");
        return text->data;
    }
    if (prepared->ttl[0] && !ek__consul_duration_parse(prepared->ttl, &ttl)) {
        ek__consul_text_add(text, "Bad DNS TTL '");
        ek__consul_text_add(text, prepared->ttl);
        ek__consul_text_add(text, "': time: invalid duration ");
        ek__consul_text_quoted(text, prepared->ttl);
        return text->data;
    }
    return NULL;
}

/* Names and sessions are looked at when the write is applied. */
static bool check_apply(struct ek_consul *consul, struct ek__consul_query *query,
                        const struct ek__consul_prepared *prepared)
{
    const char *prefix = consul->version == EK_CONSUL_1_10 ? "raft apply failed: " : "";
    const struct ek__consul_prepared *other =
        ek__consul_prepared_named(&consul->prepared, prepared->name);
    struct ek__consul_text text = {0};

    if (other && strcmp(other->id, prepared->id) != 0) {
        ek__consul_text_add(&text, "name '");
        ek__consul_text_add(&text, prepared->name);
        ek__consul_text_add(&text, "' aliases an existing query name");
    } else if (prepared->session[0] && !ek__consul_session_find(consul, prepared->session)) {
        ek__consul_text_add(&text, "invalid session ");
        ek__consul_text_quoted(&text, prepared->session);
    }
    if (text.size > 0)
        ek__consul_refuse(consul, query, 500, prefix, text.data);
    ek__consul_text_deinit(&text);
    return query->answer.status == 0;
}

/* Takes the query. False after a refusal. */
static bool store(struct ek_consul *consul, struct ek__consul_query *query,
                  struct ek__consul_prepared *prepared)
{
    struct ek__consul_text text = {0};
    const char *reason = refusal(prepared, &text);
    struct ek__consul_write write;
    bool good = false;

    if (reason) {
        ek__consul_refuse(consul, query, 500, "Invalid prepared query: ", reason);
    } else if (ek__consul_permit(consul, query, EK__CONSUL_ACL_QUERY, prepared->name, true)) {
        ek__consul_write_begin(consul, &write);
        good = check_apply(consul, query, prepared);
        if (good)
            ek__consul_prepared_put_take(&consul->prepared, &write, prepared);
        ek__consul_write_end(consul, &write);
    }
    if (!good)
        ek__consul_prepared_free(prepared);
    ek__consul_text_deinit(&text);
    return good;
}

/* Returns new, or NULL after a refusal. */
static struct ek__consul_prepared *from_body(struct ek__consul_query *query)
{
    struct ek__consul_text error = {0};
    json_t *json = ek__consul_decode_body(query->call->body, query->call->body_size, &error);
    struct ek__consul_prepared *prepared = json ? decode(json, &error) : NULL;

    if (!prepared)
        ek__consul_answer_text2(&query->answer, 400, "Request decode failed: ", error.data);
    ek__consul_text_deinit(&error);
    json_decref(json);
    return prepared;
}

static void create(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_prepared *prepared = from_body(query);
    struct ek__consul_text json = {0};

    if (!prepared)
        return;
    prepared->id = ek__consul_uuid(consul);
    ek__consul_text_add(&json, "{\"ID\":");
    ek__consul_text_string(&json, prepared->id);
    ek__consul_text_char(&json, '}');
    if (store(consul, query, prepared))
        ek__consul_answer_with(consul, query, &json);
    ek__consul_text_deinit(&json);
}

static void update(struct ek_consul *consul, struct ek__consul_query *query)
{
    const char *id = query->call->rest;
    struct ek__consul_prepared *prepared = from_body(query);
    struct ek__consul_text text = {0};

    if (!prepared)
        return;
    if (!ek__consul_sorted_find(&consul->prepared.items, id)) {
        ek__consul_text_add(&text, id);
        ek__consul_text_char(&text, '\'');
        ek__consul_refuse(consul, query, 500, "Cannot modify non-existent prepared query: '",
                          text.data);
        ek__consul_text_deinit(&text);
        ek__consul_prepared_free(prepared);
        return;
    }
    prepared->id = ek__consul_copy(id);
    if (store(consul, query, prepared))
        query->answer.status = 200;
}

static void delete (struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_prepared *prepared =
        ek__consul_sorted_find(&consul->prepared.items, query->call->rest);
    struct ek__consul_write write;

    if (prepared && !ek__consul_permit(consul, query, EK__CONSUL_ACL_QUERY, prepared->name, true))
        return;
    ek__consul_write_begin(consul, &write);
    ek__consul_prepared_drop(&consul->prepared, &write, query->call->rest);
    ek__consul_write_end(consul, &write);
    query->answer.status = 200;
}

#define ALL .path = "/v1/query", .allow = "OPTIONS,GET,POST"
#define ONE .path = "/v1/query/", .allow = "OPTIONS,GET,PUT,DELETE"

const struct ek__consul_endpoint ek__consul_query_endpoints[] = {
    {ALL, .method = "GET", .reader = &ek__consul_prepared_list_reader},
    {ALL, .method = "POST", .need = EK__CONSUL_SERVER_WRITE, .handle = create},
    {ONE, .method = "GET", .reader = &ek__consul_prepared_reader},
    {ONE, .method = "PUT", .need = EK__CONSUL_SERVER_WRITE, .handle = update},
    {ONE, .method = "DELETE", .need = EK__CONSUL_SERVER_WRITE, .handle = delete},
    {.path = NULL},
};
