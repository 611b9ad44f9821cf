/* The ACL endpoints: tokens and policies. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/decode.h"
#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"

/* ACLs are on, and the one who asks may see (or change) them. Else it was answered. */
static bool permit(struct ek_consul *consul, struct ek__consul_query *query, bool write)
{
    if (!consul->acl.is_on) {
        ek__consul_answer_text(&query->answer, 401, "ACL support disabled");
        return false;
    }
    return ek__consul_permit(consul, query, EK__CONSUL_ACL_ACL, "", write);
}

static void add_links(const struct ek_consul *consul, const struct ek__consul_token *token,
                      struct ek__consul_text *json)
{
    bool any = false;

    for (size_t i = 0; i < token->policies.count; i++) {
        const struct ek__consul_policy *policy =
            ek__consul_sorted_find(&consul->acl.policies, token->policies.items[i]);

        if (!policy)
            continue;
        ek__consul_text_add(json, any ? ",{" : ",\"Policies\":[{");
        ek__consul_text_member(json, "ID", policy->id);
        ek__consul_text_member(json, "Name", policy->name);
        ek__consul_text_char(json, '}');
        any = true;
    }
    if (token->is_management)
        ek__consul_text_add(json, ",\"Policies\":[{\"ID\":\"00000000-0000-0000-0000-000000000001\","
                                  "\"Name\":\"global-management\"}]");
    else if (any)
        ek__consul_text_char(json, ']');
}

static void render_token(const struct ek_consul *consul, const struct ek__consul_token *token,
                         struct ek__consul_text *json)
{
    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "AccessorID", token->accessor);
    ek__consul_text_member(json, "SecretID", token->secret);
    ek__consul_text_member(json, "Description", token->description);
    add_links(consul, token, json);
    ek__consul_text_member_bool(json, "Local", false);
    ek__consul_text_member(json, "CreateTime", "2020-01-01T00:00:00Z");
    ek__consul_text_member_u64(json, "CreateIndex", token->create_index);
    ek__consul_text_member_u64(json, "ModifyIndex", token->modify_index);
    ek__consul_text_char(json, '}');
}

static void render_policy(const struct ek__consul_policy *policy, struct ek__consul_text *json)
{
    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "ID", policy->id);
    ek__consul_text_member(json, "Name", policy->name);
    ek__consul_text_member(json, "Description", policy->description);
    ek__consul_text_member(json, "Rules", policy->text);
    ek__consul_text_member_u64(json, "CreateIndex", policy->create_index);
    ek__consul_text_member_u64(json, "ModifyIndex", policy->modify_index);
    ek__consul_text_char(json, '}');
}

/* ---- tokens ---- */

static void token_self(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_token *token;
    struct ek__consul_text json = {0};

    if (!consul->acl.is_on) {
        ek__consul_answer_text(&query->answer, 401, "ACL support disabled");
    } else if (!ek__consul_call_token(consul, query->call, &token)) {
        ek__consul_answer_text(&query->answer, 403, "ACL not found");
    } else {
        render_token(consul, token, &json);
        ek__consul_answer_with(consul, query, &json);
    }
}

static void token_read(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_token *token;
    struct ek__consul_text json = {0};

    if (!permit(consul, query, false))
        return;
    token = ek__consul_sorted_find(&consul->acl.tokens, query->call->rest);
    if (!token) {
        ek__consul_refuse(consul, query, 403, "", "ACL not found");
        return;
    }
    render_token(consul, token, &json);
    ek__consul_answer_with(consul, query, &json);
}

static void token_list(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0};

    if (!permit(consul, query, false))
        return;
    ek__consul_text_char(&json, '[');
    for (size_t i = 0; i < consul->acl.tokens.count; i++) {
        ek__consul_text_next(&json);
        render_token(consul, consul->acl.tokens.items[i], &json);
    }
    ek__consul_text_char(&json, ']');
    ek__consul_answer_with(consul, query, &json);
}

struct token_body {
    const char *accessor, *secret, *description;
    json_t *policies;
};

static const struct ek__consul_field token_fields[] = {
    {"AccessorID", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct token_body, accessor)},
    {"SecretID", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct token_body, secret)},
    {"Description", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct token_body, description)},
    {"Policies", NULL, EK__CONSUL_FIELD_OBJECTS, offsetof(struct token_body, policies)},
    {"Local", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Namespace", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

/* The policies that the token links to, by id or name. False after a refusal. */
static bool link_policies(struct ek_consul *consul, struct ek__consul_query *query,
                          const json_t *links, struct ek__consul_list *out)
{
    for (size_t i = 0; i < json_array_size(links); i++) {
        const json_t *link = json_array_get(links, i);
        const char *id = json_string_value(json_object_get(link, "ID"));
        const char *name = json_string_value(json_object_get(link, "Name"));
        const struct ek__consul_policy *policy =
            id && *id ? ek__consul_sorted_find(&consul->acl.policies, id)
                      : ek__consul_policy_named(&consul->acl, name ? name : "");

        if (!policy) {
            struct ek__consul_text text = {0};

            ek__consul_text_add(&text, name ? name : "");
            ek__consul_text_char(&text, '"');
            ek__consul_refuse(consul, query, 500, "No such ACL policy with name \"", text.data);
            ek__consul_text_deinit(&text);
            return false;
        }
        ek__consul_list_add(out, policy->id);
    }
    return true;
}

static void put_token(struct ek_consul *consul, struct ek__consul_query *query,
                      const struct token_body *body, const char *accessor)
{
    struct ek__consul_token *token = ek__consul_sorted_find(&consul->acl.tokens, accessor);
    struct ek__consul_list policies = {0};
    struct ek__consul_text json = {0};

    if (!link_policies(consul, query, body->policies, &policies)) {
        ek__consul_list_deinit(&policies);
        return;
    }
    consul->index++;
    if (!token) {
        token = ek__consul_alloc(sizeof *token);
        token->accessor = *accessor ? ek__consul_copy(accessor) : ek__consul_uuid(consul);
        token->secret = *body->secret ? ek__consul_copy(body->secret) : ek__consul_uuid(consul);
        token->create_index = consul->index;
        ek__consul_sorted_add(&consul->acl.tokens, token);
    }
    ek__consul_set(&token->description, body->description);
    ek__consul_list_deinit(&token->policies);
    token->policies = policies;
    token->modify_index = consul->index;
    render_token(consul, token, &json);
    ek__consul_answer_with(consul, query, &json);
}

static void token_write(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct token_body body = {.accessor = "", .secret = "", .description = ""};
    struct ek__consul_text error = {0};
    const char *accessor = query->call->rest;
    json_t *json;

    if (!permit(consul, query, true))
        return;
    json = ek__consul_decode_body(query->call->body, query->call->body_size, &error);
    if (!json || !ek__consul_decode(json, token_fields, &body, &error))
        ek__consul_answer_text2(&query->answer, 400, "Token decoding failed: ", error.data);
    else
        put_token(consul, query, &body, *accessor ? accessor : body.accessor);
    ek__consul_text_deinit(&error);
    json_decref(json);
}

static void answer_true(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0};

    ek__consul_text_add(&json, "true");
    ek__consul_answer_with(consul, query, &json);
}

static void token_delete(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_token *token;

    if (!permit(consul, query, true))
        return;
    token = ek__consul_sorted_find(&consul->acl.tokens, query->call->rest);
    if (token && strcmp(token->secret, "anonymous") == 0) {
        ek__consul_refuse(consul, query, 500, "",
                          "Delete operation not permitted on the anonymous token");
        return;
    }
    consul->index++;
    if (token) {
        ek__consul_sorted_remove(&consul->acl.tokens, token->accessor);
        ek__consul_token_gone(consul, token);
        ek__consul_token_free(token);
    }
    answer_true(consul, query);
}

/* ---- policies ---- */

struct policy_body {
    const char *name, *description, *rules;
};

static const struct ek__consul_field policy_fields[] = {
    {"ID", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Name", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct policy_body, name)},
    {"Description", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct policy_body, description)},
    {"Rules", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct policy_body, rules)},
    {"Datacenters", NULL, EK__CONSUL_FIELD_ANY, 0},
    {"Namespace", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};

static void put_policy(struct ek_consul *consul, struct ek__consul_query *query,
                       const struct policy_body *body)
{
    struct ek__consul_policy *old =
        ek__consul_sorted_find(&consul->acl.policies, query->call->rest);
    struct ek__consul_policy *policy = ek__consul_alloc(sizeof *policy);
    struct ek__consul_text json = {0};

    policy->id = old ? ek__consul_copy(old->id) : ek__consul_uuid(consul);
    policy->name = ek__consul_copy(body->name);
    policy->description = ek__consul_copy(body->description);
    policy->text = ek__consul_copy(body->rules);
    if (!body->name[0] || (!old && ek__consul_policy_named(&consul->acl, body->name))) {
        ek__consul_refuse(consul, query, 500, "Invalid Policy: ",
                          body->name[0] ? "A Policy with that name already exists"
                                        : "no Name is set");
    } else if (!ek__consul_policy_parse(policy, body->rules)) {
        ek__consul_refuse(consul, query, 500, "", "Failed to parse ACL rules");
    } else {
        policy->modify_index = ++consul->index;
        policy->create_index = old ? old->create_index : policy->modify_index;
        if (old) {
            ek__consul_sorted_remove(&consul->acl.policies, old->id);
            ek__consul_policy_free(old);
        }
        ek__consul_sorted_add(&consul->acl.policies, policy);
        render_policy(policy, &json);
        ek__consul_answer_with(consul, query, &json);
        return;
    }
    ek__consul_policy_free(policy);
}

static void policy_write(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct policy_body body = {.name = "", .description = "", .rules = ""};
    struct ek__consul_text error = {0};
    json_t *json;

    if (!permit(consul, query, true))
        return;
    json = ek__consul_decode_body(query->call->body, query->call->body_size, &error);
    if (!json || !ek__consul_decode(json, policy_fields, &body, &error))
        ek__consul_answer_text2(&query->answer, 400, "Policy decoding failed: ", error.data);
    else
        put_policy(consul, query, &body);
    ek__consul_text_deinit(&error);
    json_decref(json);
}

static void policy_read(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_policy *policy;
    struct ek__consul_text json = {0};

    if (!permit(consul, query, false))
        return;
    policy = ek__consul_sorted_find(&consul->acl.policies, query->call->rest);
    if (!policy) {
        ek__consul_refuse(consul, query, 403, "", "ACL not found");
        return;
    }
    render_policy(policy, &json);
    ek__consul_answer_with(consul, query, &json);
}

static void policy_list(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0};

    if (!permit(consul, query, false))
        return;
    ek__consul_text_char(&json, '[');
    for (size_t i = 0; i < consul->acl.policies.count; i++) {
        ek__consul_text_next(&json);
        render_policy(consul->acl.policies.items[i], &json);
    }
    ek__consul_text_char(&json, ']');
    ek__consul_answer_with(consul, query, &json);
}

static void policy_delete(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_policy *policy;

    if (!permit(consul, query, true))
        return;
    policy = ek__consul_sorted_find(&consul->acl.policies, query->call->rest);
    consul->index++;
    if (policy) {
        ek__consul_sorted_remove(&consul->acl.policies, policy->id);
        ek__consul_policy_free(policy);
    }
    answer_true(consul, query);
}

#define ROW(p, a, m, h)                                 \
    {                                                   \
        .path = p, .allow = a, .method = m, .handle = h \
    }

/* What is known to be there, but not played: roles, logins, the tokens of old. */
static void not_played(struct ek_consul *consul, struct ek__consul_query *query)
{
    if (permit(consul, query, false))
        ek__consul_answer_text(&query->answer, 500, "evenkeel does not play this");
}

#define OFF(p, m) ROW(p, "OPTIONS," m, m, not_played)
#define OFF3(p)                                              \
    ROW(p, "OPTIONS,GET,PUT,DELETE", "GET", not_played),     \
        ROW(p, "OPTIONS,GET,PUT,DELETE", "PUT", not_played), \
        ROW(p, "OPTIONS,GET,PUT,DELETE", "DELETE", not_played)

const struct ek__consul_endpoint ek__consul_acl_endpoints[] = {
    ROW("/v1/acl/token/self", "OPTIONS,GET", "GET", token_self),
    ROW("/v1/acl/token", "OPTIONS,PUT", "PUT", token_write),
    ROW("/v1/acl/token/", "OPTIONS,GET,PUT,DELETE", "GET", token_read),
    ROW("/v1/acl/token/", "OPTIONS,GET,PUT,DELETE", "PUT", token_write),
    ROW("/v1/acl/token/", "OPTIONS,GET,PUT,DELETE", "DELETE", token_delete),
    ROW("/v1/acl/tokens", "OPTIONS,GET", "GET", token_list),
    ROW("/v1/acl/policy", "OPTIONS,PUT", "PUT", policy_write),
    ROW("/v1/acl/policy/", "OPTIONS,GET,PUT,DELETE", "GET", policy_read),
    ROW("/v1/acl/policy/", "OPTIONS,GET,PUT,DELETE", "PUT", policy_write),
    ROW("/v1/acl/policy/", "OPTIONS,GET,PUT,DELETE", "DELETE", policy_delete),
    ROW("/v1/acl/policies", "OPTIONS,GET", "GET", policy_list),
    OFF("/v1/acl/bootstrap", "PUT"),
    OFF("/v1/acl/login", "POST"),
    OFF("/v1/acl/logout", "POST"),
    OFF("/v1/acl/replication", "GET"),
    OFF("/v1/acl/create", "PUT"),
    OFF("/v1/acl/update", "PUT"),
    OFF("/v1/acl/destroy/", "PUT"),
    OFF("/v1/acl/info/", "GET"),
    OFF("/v1/acl/clone/", "PUT"),
    OFF("/v1/acl/list", "GET"),
    OFF("/v1/acl/rules/translate", "POST"),
    OFF("/v1/acl/rules/translate/", "GET"),
    OFF("/v1/acl/policy/name/", "GET"),
    OFF("/v1/acl/roles", "GET"),
    OFF("/v1/acl/role", "PUT"),
    OFF("/v1/acl/role/name/", "GET"),
    OFF3("/v1/acl/role/"),
    OFF("/v1/acl/binding-rules", "GET"),
    OFF("/v1/acl/binding-rule", "PUT"),
    OFF3("/v1/acl/binding-rule/"),
    OFF("/v1/acl/auth-methods", "GET"),
    OFF("/v1/acl/auth-method", "PUT"),
    OFF3("/v1/acl/auth-method/"),
    {.path = NULL},
};
