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
#include "fake-consul/filter/regex.h"

struct query_body {
    const char *id, *name, *session, *token;
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
    {"ID", NULL, EK__CONSUL_FIELD_STRING, QUERY(id)},
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

static const struct ek__consul_go_type query_types[] = {
    {"Template", "structs.QueryTemplateOptions", NULL},
    {"Service", "structs.ServiceQuery", NULL},
    {"DNS", "structs.QueryDNSOptions", NULL},
    {.member = NULL},
};
static const struct ek__consul_go_type service_types[] = {
    {"Failover", "structs.QueryDatacenterOptions", NULL},
    {"IgnoreCheckIDs", "[]types.CheckID", NULL},
    {.member = NULL},
};
static const struct ek__consul_shape query_shape = {.fields = query_fields,
                                                    .types = query_types,
                                                    .type = "structs.PreparedQuery",
                                                    .owner = "PreparedQuery",
                                                    .path = ""};
static const struct ek__consul_shape service_shape = {.fields = service_fields,
                                                      .types = service_types,
                                                      .type = "structs.ServiceQuery",
                                                      .owner = "ServiceQuery",
                                                      .path = "Service."};
static const struct ek__consul_shape template_shape = {.fields = template_fields,
                                                       .type = "structs.QueryTemplateOptions",
                                                       .owner = "QueryTemplateOptions",
                                                       .path = "Template."};
static const struct ek__consul_shape failover_shape = {.fields = failover_fields,
                                                       .type = "structs.QueryDatacenterOptions",
                                                       .owner = "QueryDatacenterOptions",
                                                       .path = "Service.Failover."};
static const struct ek__consul_shape dns_shape = {.fields = dns_fields,
                                                  .type = "structs.QueryDNSOptions",
                                                  .owner = "QueryDNSOptions",
                                                  .path = "DNS."};

static void fill_list(struct ek__consul_list *list, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        ek__consul_list_add(list, json_string_value(json_array_get(array, i)));
}

/* Returns new, with the id that the body has; NULL with Go's words in `error`. */
static struct ek__consul_prepared *decode(const json_t *json, struct ek__consul_text *error)
{
    struct query_body body = {.id = "", .name = "", .session = "", .token = ""};
    struct service_body service = {.service = "", .near = ""};
    struct rest_body rest = {.type = "", .regexp = "", .ttl = ""};
    struct ek__consul_prepared *out;

    if (!ek__consul_decode_as(json, &query_shape, &body, error) ||
        (body.service && !ek__consul_decode_as(body.service, &service_shape, &service, error)) ||
        (body.template && !ek__consul_decode_as(body.template, &template_shape, &rest, error)) ||
        (service.failover &&
         !ek__consul_decode_as(service.failover, &failover_shape, &rest, error)) ||
        (body.dns && !ek__consul_decode_as(body.dns, &dns_shape, &rest, error)))
        return NULL;
    out = ek__consul_alloc(sizeof *out);
    out->id = ek__consul_copy(body.id);
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

static const char *ttl_refusal(const char *ttl, struct ek__consul_text *text)
{
    int64_t ns;

    if (!ttl[0])
        return NULL;
    if (!ek__consul_duration_parse(ttl, &ns)) {
        ek__consul_text_add(text, "Bad DNS TTL '");
        ek__consul_text_add(text, ttl);
        ek__consul_text_add(text, "': time: invalid duration ");
        ek__consul_text_quoted(text, ttl);
        return text->data;
    }
    if (ns >= 0)
        return NULL;
    ek__consul_text_add(text, "DNS TTL '");
    ek__consul_text_i64(text, ns);
    ek__consul_text_add(text, "', must be >=0");
    return text->data;
}

/* Why the servers do not take the query, or NULL. */
static const char *refusal(const struct ek__consul_prepared *prepared, struct ek__consul_text *text)
{
    if (!prepared->name[0] && !prepared->template_type[0] && !prepared->session[0])
        return "Must be bound to a session";
    if (strcmp(prepared->token, "<hidden>") == 0)
        return "Bad Token '<hidden>', it looks like a query definition with a redacted token was "
               "submitted";
    if (!prepared->service[0])
        return "Must provide a Service name to query";
    if (prepared->nearest < 0) {
        ek__consul_text_add(text, "Bad NearestN '");
        ek__consul_text_i64(text, prepared->nearest);
        ek__consul_text_add(text, "', must be >= 0");
        return text->data;
    }
    if (!ek__consul_meta_check(&prepared->node_meta, true, text))
        return text->data;
    return ttl_refusal(prepared->ttl, text);
}

/* Whether another query has the name; a template may have none, but just one. */
static bool is_taken(const struct ek_consul *consul, const struct ek__consul_prepared *prepared,
                     struct ek__consul_text *text)
{
    const struct ek__consul_prepared *other =
        ek__consul_prepared_named(&consul->prepared, prepared->name);

    for (size_t i = 0; !prepared->name[0] && i < consul->prepared.items.count; i++) {
        const struct ek__consul_prepared *item = consul->prepared.items.items[i];

        if (prepared->template_type[0] && item->template_type[0] && !item->name[0])
            other = item;
    }
    if (other && strcmp(other->id, prepared->id) != 0) {
        ek__consul_text_add(text, prepared->name[0] ? "name '"
                                                    : "a query template with an empty "
                                                      "name already exists");
        if (prepared->name[0]) {
            ek__consul_text_add(text, prepared->name);
            ek__consul_text_add(text, "' aliases an existing query name");
        }
    } else if (ek__consul_is_uuid(prepared->name) &&
               ek__consul_sorted_find(&consul->prepared.items, prepared->name)) {
        ek__consul_text_add(text, "name '");
        ek__consul_text_add(text, prepared->name);
        ek__consul_text_add(text, "' aliases an existing query ID");
    }
    return text->size > 0;
}

static bool has_bad_session(const struct ek_consul *consul,
                            const struct ek__consul_prepared *prepared,
                            struct ek__consul_text *text)
{
    struct ek__consul_text words = {0};
    const char *reason = ek__consul_uuid_refusal(prepared->session, &words);

    if (prepared->session[0] && reason) {
        ek__consul_text_add(text, "invalid session: ");
        ek__consul_text_add(text, reason);
    } else if (prepared->session[0] && !ek__consul_session_find(consul, prepared->session)) {
        ek__consul_text_add(text, "invalid session ");
        ek__consul_text_quoted(text, prepared->session);
    }
    ek__consul_text_deinit(&words);
    return text->size > 0;
}

static void check_template(const struct ek__consul_prepared *prepared, struct ek__consul_text *text)
{
    struct ek__consul_text error = {0};
    struct ek__consul_regex *regex = NULL;

    if (prepared->template_type[0] && strcmp(prepared->template_type, "name_prefix_match") != 0) {
        ek__consul_text_add(text, "failed compiling template: Bad Template.Type '");
        ek__consul_text_add(text, prepared->template_type);
        ek__consul_text_char(text, '\'');
    } else if (prepared->template_type[0] && prepared->template_regexp[0]) {
        regex = ek__consul_regex_new(prepared->template_regexp, &error);
        if (!regex) {
            ek__consul_text_add(text, "failed compiling template: Bad Regexp: ");
            ek__consul_text_add(text, error.data);
        }
        ek__consul_regex_free(regex);
    }
    ek__consul_text_deinit(&error);
}

/* Names, sessions and templates are looked at when the write is applied. */
static bool check_apply(struct ek_consul *consul, struct ek__consul_query *query,
                        const struct ek__consul_prepared *prepared)
{
    const char *prefix = consul->version == EK_CONSUL_1_10 ? "raft apply failed: " : "";
    struct ek__consul_text text = {0};

    if (!is_taken(consul, prepared, &text) && !has_bad_session(consul, prepared, &text))
        check_template(prepared, &text);
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
    if (!ek__consul_check_datacenter(consul, query, "")) {
        ek__consul_prepared_free(prepared);
        return;
    }
    if (prepared->id[0]) {
        ek__consul_refuse(consul, query, 500, "",
                          "ID must be empty when creating a new prepared query");
        ek__consul_prepared_free(prepared);
        return;
    }
    free(prepared->id);
    prepared->id = ek__consul_uuid(consul);
    ek__consul_text_add(&json, "{\"ID\":");
    ek__consul_text_string(&json, prepared->id);
    ek__consul_text_char(&json, '}');
    if (store(consul, query, prepared))
        ek__consul_answer_with(consul, query, &json);
    ek__consul_text_deinit(&json);
}

/* The query that is to be changed; NULL after a refusal. */
static const struct ek__consul_prepared *find(struct ek_consul *consul,
                                              struct ek__consul_query *query)
{
    const char *id = query->call->rest;
    const struct ek__consul_prepared *found = ek__consul_sorted_find(&consul->prepared.items, id);
    struct ek__consul_text text = {0}, words = {0};
    const char *reason = ek__consul_uuid_refusal(id, &words);

    if (reason) {
        ek__consul_refuse(consul, query, 500,
                          "Prepared Query lookup failed: failed prepared query lookup: ", reason);
    } else if (!found) {
        ek__consul_text_add(&text, id);
        ek__consul_text_char(&text, '\'');
        ek__consul_refuse(consul, query, 500, "Cannot modify non-existent prepared query: '",
                          text.data);
    }
    ek__consul_text_deinit(&text);
    ek__consul_text_deinit(&words);
    return reason ? NULL : found;
}

static bool is_run(const char *rest)
{
    size_t size = strlen(rest);

    return size >= 8 &&
           (strcmp(rest + size - 8, "/execute") == 0 || strcmp(rest + size - 8, "/explain") == 0);
}

/* A run can only be asked for with GET. False after the refusal of anything else. */
static bool check_method(struct ek__consul_query *query)
{
    struct ek__consul_text text = {0};

    if (!is_run(query->call->rest))
        return true;
    ek__consul_text_add(&text, query->call->method);
    ek__consul_text_add(&text, " not allowed");
    ek__consul_answer_text2(&query->answer, 405, "method ", text.data);
    query->answer.allow = "GET";
    ek__consul_text_deinit(&text);
    return false;
}

static void update(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_prepared *prepared;

    if (!check_method(query))
        return;
    prepared = query->call->body_size > 0 ? from_body(query) : decode(NULL, NULL);
    if (!prepared)
        return;
    if (!find(consul, query)) {
        ek__consul_prepared_free(prepared);
        return;
    }
    free(prepared->id);
    prepared->id = ek__consul_copy(query->call->rest);
    if (store(consul, query, prepared))
        query->answer.status = 200;
}

static void delete (struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_prepared *prepared;
    struct ek__consul_write write;

    if (!check_method(query))
        return;
    prepared = find(consul, query);
    if (!prepared || !ek__consul_permit(consul, query, EK__CONSUL_ACL_QUERY, prepared->name, true))
        return;
    ek__consul_write_begin(consul, &write);
    ek__consul_prepared_drop(&consul->prepared, &write, query->call->rest);
    ek__consul_write_end(consul, &write);
    query->answer.status = 200;
}

/* Every other path answers OPTIONS without a body. */
static void options(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0};

    ek__consul_text_add(&json, "{}");
    ek__consul_answer_with(consul, query, &json);
    query->answer.allow = is_run(query->call->rest) ? "OPTIONS,GET" : "OPTIONS,GET,PUT,DELETE";
}

#define ALL .path = "/v1/query", .allow = "OPTIONS,GET,POST"
#define ONE .path = "/v1/query/", .allow = "OPTIONS,GET,PUT,DELETE"

const struct ek__consul_endpoint ek__consul_query_endpoints[] = {
    {ALL, .method = "GET", .reader = &ek__consul_prepared_list_reader},
    {ALL, .method = "POST", .need = EK__CONSUL_SERVER_WRITE, .decodes_first = true,
     .handle = create},
    {ONE, .method = "GET", .reader = &ek__consul_prepared_reader},
    {ONE, .method = "PUT", .need = EK__CONSUL_SERVER_WRITE, .handle = update},
    {ONE, .method = "DELETE", .need = EK__CONSUL_SERVER_WRITE, .handle = delete},
    {ONE, .method = "OPTIONS", .need = EK__CONSUL_LOCAL, .handle = options},
    {.path = NULL},
};
