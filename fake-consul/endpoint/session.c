/* The session endpoints. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/decode.h"
#include "fake-consul/api/number.h"
#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/duration.h"
#include "fake-consul/base/memory.h"

#define TTL_MIN_NS    (10 * EK__CONSUL_SECOND)
#define TTL_MAX_NS    (86400 * EK__CONSUL_SECOND)
#define LOCK_DELAY_NS (15 * EK__CONSUL_SECOND)

enum {
    LOCK_DELAY_SMALL = 1000 /* below it a delay is one in seconds */
};

/* ---- reading ---- */

static void render(const struct ek__consul_session *session, struct ek__consul_text *json)
{
    const struct ek__consul_list *checks = &session->service_checks;

    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "ID", session->id);
    ek__consul_text_member(json, "Name", session->name);
    ek__consul_text_member(json, "Node", session->node);
    ek__consul_text_key(json, "LockDelay");
    ek__consul_text_i64(json, session->lock_delay_ns);
    ek__consul_text_member(json, "Behavior", session->deletes ? "delete" : "release");
    ek__consul_text_member(json, "TTL", session->ttl);
    ek__consul_text_key(json, "NodeChecks");
    ek__consul_text_list(json, &session->node_checks);
    ek__consul_text_key(json, "ServiceChecks");
    if (checks->count == 0)
        ek__consul_text_add(json, "null");
    for (size_t i = 0; i < checks->count; i++) {
        ek__consul_text_add(json, i == 0 ? "[{\"ID\":" : ",{\"ID\":");
        ek__consul_text_string(json, checks->items[i]);
        ek__consul_text_add(json, i + 1 == checks->count ? ",\"Namespace\":\"\"}]"
                                                         : ",\"Namespace\":\"\"}");
    }
    if (session->checks.count > 0) {
        ek__consul_text_key(json, "Checks");
        ek__consul_text_list(json, &session->checks);
    }
    ek__consul_text_member_u64(json, "CreateIndex", session->create_index);
    ek__consul_text_member_u64(json, "ModifyIndex", session->create_index);
    ek__consul_text_char(json, '}');
}

static uint64_t sessions_index(const struct ek_consul *consul,
                               const struct ek__consul_catalog *catalog,
                               const struct ek__consul_read *read)
{
    (void)catalog;
    (void)read;
    return consul->sessions.index;
}

static bool sessions_changed(const struct ek__consul_write *write,
                             const struct ek__consul_read *read)
{
    (void)read;
    return write->sessions;
}

/* Those of one id, of one node, or all. */
static void write_some(const struct ek_consul *consul, const struct ek__consul_read *read,
                       const char *id, const char *node, struct ek__consul_text *json)
{
    ek__consul_text_char(json, '[');
    for (size_t i = 0; i < consul->sessions.items.count; i++) {
        const struct ek__consul_session *session = consul->sessions.items.items[i];
        char *key = ek__consul_lower(session->node);
        bool fits =
            (!id || strcmp(session->id, id) == 0) && (!node || strcmp(key, node) == 0) &&
            ek__consul_may(&consul->acl, read->token, EK__CONSUL_ACL_SESSION, session->node, false);

        free(key);
        if (!fits)
            continue;
        ek__consul_text_next(json);
        render(session, json);
    }
    ek__consul_text_char(json, ']');
}

static void write_list(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                       const struct ek__consul_read *read, struct ek__consul_text *json)
{
    (void)catalog;
    write_some(consul, read, NULL, NULL, json);
}

static void write_info(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                       const struct ek__consul_read *read, struct ek__consul_text *json)
{
    (void)catalog;
    write_some(consul, read, read->key, NULL, json);
}

static void write_node(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                       const struct ek__consul_read *read, struct ek__consul_text *json)
{
    (void)catalog;
    write_some(consul, read, NULL, read->key, json);
}

/* Why a session cannot be looked up goes to `text`; true if there is a reason. */
static bool is_no_id(const char *id, struct ek__consul_text *text)
{
    struct ek__consul_text words = {0};
    const char *reason = ek__consul_uuid_refusal(id, &words);

    if (reason) {
        ek__consul_text_add(text, "failed session lookup: ");
        ek__consul_text_add(text, reason);
    }
    ek__consul_text_deinit(&words);
    return reason != NULL;
}

static bool prepare_info(struct ek_consul *consul, struct ek__consul_query *query,
                         struct ek__consul_read *read)
{
    struct ek__consul_text text = {0};
    bool good = !is_no_id(read->key, &text);

    if (!good)
        ek__consul_read_refuse(consul, query, 500, text.data);
    ek__consul_text_deinit(&text);
    return good;
}

#define SESSIONS \
    .hides_mode = true, .tells_index = true, .index = sessions_index, .concerns = sessions_changed

static const struct ek__consul_reader list_reader = {SESSIONS, .write = write_list};
static const struct ek__consul_reader info_reader = {SESSIONS, .missing = "Missing session",
                                                     .prepare = prepare_info, .write = write_info};
static const struct ek__consul_reader node_reader = {SESSIONS, .missing = "Missing node name",
                                                     .write = write_node};

/* ---- creating ---- */

struct session_body {
    const char *name, *node, *behavior, *ttl;
    json_t *lock_delay, *checks, *node_checks, *service_checks;
};

#define BODY(member) offsetof(struct session_body, member)

static const struct ek__consul_field session_fields[] = {
    {"ID", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Name", NULL, EK__CONSUL_FIELD_STRING, BODY(name)},
    {"Node", NULL, EK__CONSUL_FIELD_STRING, BODY(node)},
    {"LockDelay", "lock_delay", EK__CONSUL_FIELD_VALUE, BODY(lock_delay)},
    {"Behavior", NULL, EK__CONSUL_FIELD_STRING, BODY(behavior)},
    {"TTL", NULL, EK__CONSUL_FIELD_STRING, BODY(ttl)},
    {"Checks", NULL, EK__CONSUL_FIELD_STRINGS, BODY(checks)},
    {"NodeChecks", "node_checks", EK__CONSUL_FIELD_STRINGS, BODY(node_checks)},
    {"ServiceChecks", "service_checks", EK__CONSUL_FIELD_OBJECTS, BODY(service_checks)},
    {"Namespace", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};
static const struct ek__consul_go_type session_types[] = {
    {"Checks", "[]types.CheckID", NULL},
    {"Behavior", "structs.SessionBehavior", NULL},
    {"ServiceChecks", "[]structs.ServiceCheck", NULL},
    {.member = NULL},
};
static const struct ek__consul_shape session_shape = {
    .fields = session_fields,
    .types = session_types,
    .type = "struct { LockDelay interface {}; *structs.Alias }",
    .owner = "",
    .path = "",
    .skips_unknown = true};

/* A small number means seconds. */
static bool parse_delay(const json_t *value, int64_t *out, struct ek__consul_text *error)
{
    *out = value && !json_is_null(value) ? 0 : LOCK_DELAY_NS;
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
    } else if (json_is_real(value)) {
        *out = json_real_value(value) > 9e18 || json_real_value(value) < -9e18
                   ? 0
                   : (int64_t)json_real_value(value);
    } else if (json_is_string(value) && !ek__consul_duration_parse(json_string_value(value), out)) {
        ek__consul_text_add(error, "time: invalid duration ");
        ek__consul_text_quoted(error, json_string_value(value));
        return false;
    }
    if (value && *out<LOCK_DELAY_SMALL && * out> - INT64_MAX / EK__CONSUL_SECOND)
        *out *= EK__CONSUL_SECOND;
    return true;
}

static void add_checks(struct ek__consul_list *list, const json_t *checks)
{
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        const char *id =
            json_string_value(json_is_object(check) ? json_object_get(check, "ID") : check);

        if (id)
            ek__consul_list_add(list, id);
    }
}

static bool parse_ttl(const struct ek_consul *consul, struct ek__consul_query *query,
                      struct ek__consul_session *session)
{
    struct ek__consul_text text = {0};
    bool good;

    if (!session->ttl[0])
        return true;
    if (!ek__consul_duration_parse(session->ttl, &session->ttl_ns)) {
        ek__consul_text_add(&text, session->ttl);
        ek__consul_text_add(&text, "' invalid: time: invalid duration ");
        ek__consul_text_quoted(&text, session->ttl);
        ek__consul_refuse(consul, query, 500, "Session TTL '", text.data);
        ek__consul_text_deinit(&text);
        return false;
    }
    good = session->ttl_ns == 0 || (session->ttl_ns >= TTL_MIN_NS && session->ttl_ns <= TTL_MAX_NS);
    if (!good) {
        ek__consul_text_i64(&text, session->ttl_ns);
        ek__consul_text_add(&text, "', must be between [10s=24h0m0s]");
        ek__consul_refuse(consul, query, 500, "Invalid Session TTL '", text.data);
        ek__consul_text_deinit(&text);
    }
    return good;
}

/* What the servers look at before they write. False after a refusal. */
static bool check_session(struct ek_consul *consul, struct ek__consul_query *query,
                          struct ek__consul_session *session, const char *behavior)
{
    struct ek__consul_text text = {0};

    session->deletes = strcmp(behavior, "delete") == 0;
    if (*behavior && !session->deletes && strcmp(behavior, "release") != 0) {
        ek__consul_text_add(&text, behavior);
        ek__consul_text_char(&text, '\'');
        ek__consul_refuse(consul, query, 500, "Invalid Behavior setting '", text.data);
        ek__consul_text_deinit(&text);
        return false;
    }
    return parse_ttl(consul, query, session) &&
           ek__consul_permit(consul, query, EK__CONSUL_ACL_SESSION, session->node, true);
}

/* Takes the session. */
static void store(struct ek_consul *consul, struct ek__consul_query *query,
                  struct ek__consul_session *session)
{
    struct ek__consul_text why = {0}, json = {0};
    struct ek__consul_write write;

    ek__consul_write_begin(consul, &write);
    if (ek__consul_session_ails(consul, session, &why)) {
        ek__consul_refuse(consul, query, 500,
                          consul->version == EK_CONSUL_1_10 ? "apply failed: " : "", why.data);
        ek__consul_session_free(session);
    } else {
        session->create_index = consul->sessions.index = write.index;
        write.sessions = true;
        ek__consul_text_add(&json, "{\"ID\":");
        ek__consul_text_string(&json, session->id);
        ek__consul_text_char(&json, '}');
        ek__consul_session_add_take(consul, session);
        ek__consul_answer_with(consul, query, &json);
    }
    ek__consul_write_end(consul, &write);
    ek__consul_text_deinit(&why);
}

/* Both lists have serfHealth unless they are given; what is there by default gives way. */
static void set_checks(struct ek__consul_session *session, const struct session_body *body)
{
    struct ek__consul_list *checks = &session->checks, *node_checks = &session->node_checks;

    if (body->checks)
        add_checks(checks, body->checks);
    else
        ek__consul_list_add(checks, "serfHealth");
    if (body->node_checks)
        add_checks(node_checks, body->node_checks);
    else
        ek__consul_list_add(node_checks, "serfHealth");
    if (checks->count == 0)
        ek__consul_list_deinit(node_checks);
    else if ((checks->count == 1 && strcmp(checks->items[0], "serfHealth") == 0) ||
             node_checks->count == 0)
        ek__consul_list_deinit(checks);
}

static void create(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct session_body body = {.name = "", .node = "", .behavior = "", .ttl = ""};
    struct ek__consul_session *session = ek__consul_alloc(sizeof *session);
    struct ek__consul_text error = {0};
    json_t *json = NULL;
    bool good = true;

    if (query->call->body_size > 0) {
        json = ek__consul_decode_body(query->call->body, query->call->body_size, &error);
        good = json && ek__consul_decode_as(json, &session_shape, &body, &error);
    }
    if (!good || !parse_delay(body.lock_delay, &session->lock_delay_ns, &error)) {
        ek__consul_answer_text2(&query->answer, 400, "Request decode failed: ", error.data);
        good = false;
    }
    session->id = ek__consul_uuid(consul);
    session->name = ek__consul_copy(body.name);
    session->node = ek__consul_copy(body.node[0] ? body.node : consul->agents[query->agent]->node);
    session->ttl = ek__consul_copy(body.ttl);
    set_checks(session, &body);
    add_checks(&session->service_checks, body.service_checks);
    if (good && ek__consul_check_datacenter(consul, query, "") &&
        check_session(consul, query, session, body.behavior))
        store(consul, query, session);
    else
        ek__consul_session_free(session);
    ek__consul_text_deinit(&error);
    json_decref(json);
}

/* ---- renewing and destroying ---- */

static void renew(struct ek_consul *consul, struct ek__consul_query *query)
{
    const char *id = query->call->rest;
    struct ek__consul_session *session = ek__consul_session_find(consul, id);
    struct ek__consul_text text = {0};

    if (!*id) {
        ek__consul_answer_text(&query->answer, 400, "Missing session");
    } else if (is_no_id(id, &text)) {
        ek__consul_refuse(consul, query, 500, "", text.data);
        ek__consul_text_deinit(&text);
    } else if (!session) {
        ek__consul_text_add(&text, id);
        ek__consul_text_add(&text, "' not found");
        ek__consul_answer_text2(&query->answer, 404, "Session id '", text.data);
        ek__consul_text_deinit(&text);
    } else if (ek__consul_permit(consul, query, EK__CONSUL_ACL_SESSION, session->node, true)) {
        ek__consul_session_renew(consul, session);
        ek__consul_text_char(&text, '[');
        render(session, &text);
        ek__consul_text_char(&text, ']');
        ek__consul_answer_with(consul, query, &text);
    }
}

static void destroy(struct ek_consul *consul, struct ek__consul_query *query)
{
    const char *id = query->call->rest;
    struct ek__consul_session *session = ek__consul_session_find(consul, id);
    struct ek__consul_text json = {0}, text = {0};
    struct ek__consul_write write;

    if (!*id) {
        ek__consul_answer_text(&query->answer, 400, "Missing session");
        return;
    }
    if (is_no_id(id, &text)) {
        ek__consul_refuse(consul, query, 500, "", text.data);
        ek__consul_text_deinit(&text);
        return;
    }
    if (session && !ek__consul_permit(consul, query, EK__CONSUL_ACL_SESSION, session->node, true))
        return;
    ek__consul_write_begin(consul, &write);
    if (session)
        ek__consul_session_end(consul, &write, session);
    ek__consul_write_end(consul, &write);
    ek__consul_text_add(&json, "true");
    ek__consul_answer_with(consul, query, &json);
}

#define PUT(p, h)                                                                       \
    {                                                                                   \
        .path = p, .allow = "OPTIONS,PUT", .need = EK__CONSUL_SERVER_WRITE, .handle = h \
    }
#define GET(p, r)                                      \
    {                                                  \
        .path = p, .allow = "OPTIONS,GET", .reader = r \
    }

const struct ek__consul_endpoint ek__consul_session_endpoints[] = {
    {.path = "/v1/session/create",
     .allow = "OPTIONS,PUT",
     .need = EK__CONSUL_SERVER_WRITE,
     .decodes_first = true,
     .handle = create},
    PUT("/v1/session/destroy/", destroy),
    PUT("/v1/session/renew/", renew),
    GET("/v1/session/info/", &info_reader),
    GET("/v1/session/node/", &node_reader),
    GET("/v1/session/list", &list_reader),
    {.path = NULL},
};
