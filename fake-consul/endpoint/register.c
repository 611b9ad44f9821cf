/* Registrations of services or checks with an agent. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/body.h"
#include "fake-consul/api/decode.h"
#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"

enum {
    CHECKS_MAX = 256, /* of one registration */
    META_MAX = 64,
    META_KEY_MAX = 128,
    META_VALUE_MAX = 512,
    WEIGHT_MAX = 65535
};

#define DEREGISTER_MIN_NS (60 * EK__CONSUL_SECOND)

static const char bad_status[] = "Status for checks must 'passing', 'warning', 'critical'";
static const char no_scripts[] = "Scripts are disabled on this agent from remote calls; to enable, "
                                 "configure 'enable_script_checks' to true";

static bool refuse(struct ek__consul_query *query, int status, const char *before, const char *text)
{
    ek__consul_answer_text2(&query->answer, status, before, text);
    return false;
}

/* Whether the pair may be stored; else Go's words are in `text`. */
static bool check_meta_pair(const struct ek__consul_pair *pair, bool allows_own,
                            struct ek__consul_text *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_-";
    const char *reason = NULL;

    if (pair->key[0] == '\0')
        reason = "Key cannot be blank";
    else if (pair->key[strspn(pair->key, letters)])
        reason = "Key contains invalid characters";
    else if (strlen(pair->key) > META_KEY_MAX)
        reason = "Key is too long (limit: 128 characters)";
    else if (!allows_own && strncmp(pair->key, "consul-", 7) == 0)
        reason = "Key prefix 'consul-' is reserved for internal use";
    else if (strlen(pair->value) > META_VALUE_MAX)
        reason = "Value is too long (limit: 512 characters)";
    if (!reason)
        return true;
    ek__consul_text_add(text, "Couldn't load metadata pair ('");
    ek__consul_text_add(text, pair->key);
    ek__consul_text_add(text, "', '");
    ek__consul_text_add(text, pair->value);
    ek__consul_text_add(text, "'): ");
    ek__consul_text_add(text, reason);
    return false;
}

bool ek__consul_meta_check(const struct ek__consul_map *meta, bool allows_own,
                           struct ek__consul_text *text)
{
    if (meta->count > META_MAX) {
        ek__consul_text_add(text, "Node metadata cannot contain more than 64 key/value pairs");
        return false;
    }
    for (size_t i = 0; i < meta->count; i++) {
        if (!check_meta_pair(&meta->items[i], allows_own, text))
            return false;
    }
    return true;
}

static bool check_meta(struct ek__consul_query *query, const struct ek__consul_map *meta)
{
    struct ek__consul_text text = {0};
    bool good = ek__consul_meta_check(meta, false, &text);

    if (!good)
        refuse(query, 400, "Invalid Service Meta: ", text.data);
    ek__consul_text_deinit(&text);
    return good;
}

static bool check_weights(struct ek__consul_query *query, const struct ek__consul_service *service)
{
    if (service->weight_passing < 1)
        return refuse(query, 400, "Invalid Weights: ", "Passing must be greater than 0");
    if (service->weight_warning < 0)
        return refuse(query, 400, "Invalid Weights: ", "Warning must be greater or equal than 0");
    if (service->weight_passing > WEIGHT_MAX || service->weight_warning > WEIGHT_MAX)
        return refuse(query, 400, "Invalid Weights: ", "DNS Weight must be between 0 and 65535");
    return true;
}

/* What the agent derives from an address. */
static void add_derived_addresses(struct ek__consul_service *service)
{
    unsigned char bytes[16];
    bool is_v4 = inet_pton(AF_INET, service->address, bytes) == 1;

    if (!is_v4 && inet_pton(AF_INET6, service->address, bytes) != 1)
        return;
    ek__consul_service_tag_address(service, is_v4 ? "lan_ipv4" : "lan_ipv6", service->address,
                                   service->port);
    ek__consul_service_tag_address(service, is_v4 ? "wan_ipv4" : "wan_ipv6", service->address,
                                   service->port);
}

/* Why the agent does not take the check. False after a refusal. */
static bool check_body(struct ek_consul *consul, struct ek__consul_query *query,
                       const struct ek__consul_check_body *body)
{
    const char *reason = ek__consul_check_body_refusal(consul, body);
    enum ek__consul_status status;

    if (reason)
        return refuse(query, 400, "Invalid check: ", reason);
    if (body->status[0] && !ek__consul_status_parse(body->status, &status))
        return refuse(query, 400, bad_status, "");
    return true;
}

/* The checks of a registration: `Check`, then `Checks`. False after a refusal. */
static bool decode_checks(const struct ek_consul *consul, struct ek__consul_query *query,
                          const struct ek__consul_service_body *body,
                          struct ek__consul_check_body *out, size_t *count)
{
    size_t listed = json_array_size(body->checks);
    struct ek__consul_text error = {0};
    bool good = true;

    *count = 0;
    for (size_t i = 0; good && i <= listed; i++) {
        const json_t *object = i == 0 ? body->check : json_array_get(body->checks, i - 1);

        if (i == 0 ? json_object_size(object) == 0 : !json_is_object(object))
            continue;
        if (*count == CHECKS_MAX)
            good = refuse(query, 400, "", "Too many checks");
        else if (!ek__consul_check_body_decode(consul, object, i == 0 ? ".Check" : ".Checks",
                                               &out[*count], &error))
            good = refuse(query, 400, "Request decode failed: ", error.data);
        *count += good && (i > 0 || !ek__consul_check_body_is_empty(&out[*count]));
    }
    ek__consul_text_deinit(&error);
    return good;
}

static bool collect_checks(struct ek_consul *consul, struct ek__consul_query *query,
                           const struct ek__consul_service_body *body,
                           struct ek__consul_check_body *out, size_t *count)
{
    bool good = decode_checks(consul, query, body, out, count);

    for (size_t i = 0; good && i < *count; i++)
        good = check_body(consul, query, &out[i]);
    for (size_t i = 0; good && i < *count; i++) {
        if (json_array_size(out[i].args) > 0)
            good = refuse(query, 500, no_scripts, "");
    }
    return good;
}

static char *check_id(const struct ek__consul_check_body *body, const char *service_id,
                      size_t number, size_t count)
{
    struct ek__consul_text text = {0};

    ek__consul_text_add(&text, body->check_id[0] ? body->check_id : body->id);
    if (text.size == 0 && !*service_id)
        ek__consul_text_add(&text, body->name);
    if (text.size == 0) {
        ek__consul_text_add(&text, "service:");
        ek__consul_text_add(&text, service_id);
        if (count > 1) {
            ek__consul_text_char(&text, ':');
            ek__consul_text_u64(&text, number + 1);
        }
    }
    return text.data;
}

/* `service` is NULL for a check of the node. */
static char *add_check(struct ek_consul *consul, struct ek__consul_agent *agent,
                       const struct ek__consul_check_body *body,
                       const struct ek__consul_service *service, size_t number, size_t count)
{
    struct ek__consul_check_setup setup = {.ttl_ns = body->ttl,
                                           .deregister_after_ns = body->deregister_after,
                                           .alias_service = body->alias_service,
                                           .body = body};
    struct ek__consul_text name = {0};
    char *id = check_id(body, service ? service->id : "", number, count);

    if (setup.deregister_after_ns > 0 && setup.deregister_after_ns < DEREGISTER_MIN_NS)
        setup.deregister_after_ns = DEREGISTER_MIN_NS;
    if (body->name[0] || !service) {
        ek__consul_text_add(&name, body->name);
    } else {
        ek__consul_text_add(&name, "Service '");
        ek__consul_text_add(&name, service->name);
        ek__consul_text_add(&name, "' check");
    }
    setup.check.id = id;
    setup.check.name = name.data;
    setup.check.notes = ek__consul_copy(body->notes);
    setup.check.type = ek__consul_copy(ek__consul_check_body_type(body));
    setup.check.service_id = service ? service->id : NULL;
    setup.check.service_name = service ? service->name : NULL;
    if (service)
        setup.check.service_tags = service->tags;
    setup.check.status = EK__CONSUL_CRITICAL;
    ek__consul_status_parse(body->status, &setup.check.status);
    ek__consul_agent_add_check(consul, agent, &setup);
    free(setup.check.notes);
    free(setup.check.type);
    ek__consul_text_deinit(&name);
    return id;
}

/* Removes the checks of the service that were not in the registration. */
static void drop_others(struct ek_consul *consul, struct ek__consul_agent *agent,
                        const char *service, const struct ek__consul_list *kept)
{
    for (size_t i = 0; i < agent->checks.count; i++) {
        const struct ek__consul_local_check *check = agent->checks.items[i];
        bool listed = false;

        for (size_t j = 0; j < kept->count; j++)
            listed |= strcmp(kept->items[j], check->key) == 0;
        if (!listed && strcmp(check->check.service_id, service) == 0)
            ek__consul_agent_drop_check(consul, agent, check->key);
    }
}

static void finish(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_agent *agent = consul->agents[query->agent];

    query->answer.status = 200;
    ek__consul_agent_settle(consul, agent);
    ek__consul_hashes_wake(consul);
}

static void apply(struct ek_consul *consul, struct ek__consul_query *query,
                  struct ek__consul_service *service, const struct ek__consul_check_body *checks,
                  size_t count)
{
    const char *replace = ek__consul_call_param(query->call, "replace-existing-checks");
    struct ek__consul_agent *agent = consul->agents[query->agent];
    struct ek__consul_list ids = {0};

    ek__consul_agent_add_service(consul, agent, service);
    for (size_t i = 0; i < count; i++) {
        char *id = add_check(consul, agent, &checks[i], service, i, count);

        ek__consul_list_add(&ids, id);
        free(id);
    }
    if (replace && (!*replace || strcmp(replace, "true") == 0 || strcmp(replace, "1") == 0))
        drop_others(consul, agent, service->id, &ids);
    ek__consul_list_deinit(&ids);
    finish(consul, query);
}

static bool check_service(struct ek__consul_query *query, const struct ek__consul_service *service,
                          bool has_weights)
{
    if (!service->name[0])
        return refuse(query, 400, "Missing service name", "");
    if (ek__consul_address_is_any(service->address))
        return refuse(query, 400, "Invalid service address", "");
    return (!has_weights || check_weights(query, service)) && check_meta(query, &service->meta);
}

static json_t *decode(struct ek__consul_query *query, struct ek__consul_text *error)
{
    json_t *json = ek__consul_decode_body(query->call->body, query->call->body_size, error);

    if (!json)
        refuse(query, 400, "Request decode failed: ", error->data);
    return json;
}

static void register_service(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_check_body *checks = NULL;
    struct ek__consul_service service = {0};
    struct ek__consul_service_body body;
    struct ek__consul_text error = {0};
    json_t *json = decode(query, &error);
    bool has_weights;
    size_t count;

    if (!json)
        goto out;
    if (!ek__consul_service_body_decode(consul, json, &body, &error) ||
        !ek__consul_service_body_convert(&body, false, &service, &has_weights, &error)) {
        refuse(query, 400, "Request decode failed: ", error.data);
        goto out;
    }
    if (!check_service(query, &service, has_weights) ||
        !ek__consul_permit(consul, query, EK__CONSUL_ACL_SERVICE, service.name, true))
        goto out;
    checks = ek__consul_alloc(CHECKS_MAX * sizeof *checks);
    if (!collect_checks(consul, query, &body, checks, &count))
        goto out;
    add_derived_addresses(&service);
    apply(consul, query, &service, checks, count);
out:
    free(checks);
    ek__consul_service_deinit(&service);
    ek__consul_text_deinit(&error);
    json_decref(json);
}

/* The refusal comes late: a check that had the id is gone. */
static bool refuse_script(struct ek_consul *consul, struct ek__consul_query *query,
                          const struct ek__consul_check_body *body)
{
    struct ek__consul_agent *agent = consul->agents[query->agent];

    ek__consul_agent_refuse_check(consul, agent, body->id[0] ? body->id : body->name);
    ek__consul_agent_settle(consul, agent);
    return refuse(query, 500, no_scripts, "");
}

static bool check_check(struct ek_consul *consul, struct ek__consul_query *query,
                        const struct ek__consul_check_body *body)
{
    const char *reason = ek__consul_check_body_refusal(consul, body);
    const struct ek__consul_local_service *service;
    enum ek__consul_status status;

    if (!body->name[0])
        return refuse(query, 400, "Missing check name", "");
    if (body->status[0] && !ek__consul_status_parse(body->status, &status))
        return refuse(query, 400, "Bad check status", "");
    if (reason)
        return refuse(query, 400, "Invalid check: ", reason);
    service = ek__consul_agent_service(consul->agents[query->agent], body->service_id);
    if (body->service_id[0] && !service) {
        ek__consul_answer_quoted(&query->answer, 500, "ServiceID ", body->service_id,
                                 " does not exist");
        return false;
    }
    if (!(service ? ek__consul_permit(consul, query, EK__CONSUL_ACL_SERVICE, service->service.name,
                                      true)
                  : ek__consul_permit(consul, query, EK__CONSUL_ACL_NODE,
                                      consul->agents[query->agent]->node, true)))
        return false;
    return json_array_size(body->args) == 0 || refuse_script(consul, query, body);
}

static void register_check(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_agent *agent = consul->agents[query->agent];
    const struct ek__consul_local_service *service;
    struct ek__consul_check_body body;
    struct ek__consul_text error = {0};
    json_t *json = decode(query, &error);

    if (json && !ek__consul_check_body_decode(consul, json, NULL, &body, &error)) {
        refuse(query, 400, "Request decode failed: ", error.data);
    } else if (json && check_check(consul, query, &body)) {
        service = ek__consul_agent_service(agent, body.service_id);
        if (!body.check_id[0] && !body.id[0])
            body.check_id = body.name;
        free(add_check(consul, agent, &body, service ? &service->service : NULL, 0, 1));
        finish(consul, query);
    }
    ek__consul_text_deinit(&error);
    json_decref(json);
}

const struct ek__consul_endpoint ek__consul_register_endpoints[] = {
    {.path = "/v1/agent/service/register",
     .allow = "OPTIONS,PUT",
     .need = EK__CONSUL_AGENT_WRITE,
     .handle = register_service},
    {.path = "/v1/agent/check/register",
     .allow = "OPTIONS,PUT",
     .need = EK__CONSUL_AGENT_WRITE,
     .handle = register_check},
    {.path = NULL},
};
