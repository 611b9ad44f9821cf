/* Changes that an agent is asked for, except registrations. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/body.h"
#include "fake-consul/api/decode.h"
#include "fake-consul/api/number.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/endpoint/agent_read.h"

static struct ek__consul_agent *agent_of(const struct ek_consul *consul,
                                         const struct ek__consul_query *query)
{
    return consul->agents[query->agent];
}

static void done(struct ek_consul *consul, struct ek__consul_query *query)
{
    query->answer.status = 200;
    ek__consul_agent_settle(consul, agent_of(consul, query));
    ek__consul_hashes_wake(consul);
}

/* Whether the one who asks may change the service, or the node without one. */
static bool permit(struct ek_consul *consul, struct ek__consul_query *query, const char *service)
{
    if (service && *service)
        return ek__consul_permit(consul, query, EK__CONSUL_ACL_SERVICE, service, true);
    return ek__consul_permit(consul, query, EK__CONSUL_ACL_NODE, agent_of(consul, query)->node,
                             true);
}

static void deregister_service(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_local_service *service;

    if (!*query->call->rest) {
        ek__consul_answer_text(&query->answer, 500, "ServiceID missing");
        return;
    }
    service = ek__consul_agent_service(agent_of(consul, query), query->call->rest);
    if (service && !permit(consul, query, service->service.name))
        return;
    ek__consul_agent_drop_service(consul, agent_of(consul, query), query->call->rest);
    done(consul, query);
}

static void deregister_check(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_local_check *check;

    if (!*query->call->rest) {
        ek__consul_answer_text(&query->answer, 500, "CheckID missing");
        return;
    }
    check = ek__consul_agent_check(agent_of(consul, query), query->call->rest);
    if (check && !permit(consul, query, check->check.service_name))
        return;
    ek__consul_agent_drop_check(consul, agent_of(consul, query), query->call->rest);
    done(consul, query);
}

static void heartbeat(struct ek_consul *consul, struct ek__consul_query *query,
                      enum ek__consul_status status, const char *output)
{
    const char *id = query->call->rest;
    struct ek__consul_local_check *check = ek__consul_agent_check(agent_of(consul, query), id);

    if (!check && ek__consul_agent_has_orphan(agent_of(consul, query), id)) {
        query->answer.status = 200;
        return;
    }
    if (!check ||
        (check->ttl_ns <= 0 && !ek__consul_agent_has_orphan(agent_of(consul, query), id))) {
        ek__consul_answer_quoted(&query->answer, 500, "CheckID ", id,
                                 " does not have associated TTL");
        return;
    }
    if (!permit(consul, query, check->check.service_name))
        return;
    ek__consul_check_heartbeat(consul, check, status, output ? output : "");
    query->answer.status = 200;
    ek__consul_agent_settle(consul, agent_of(consul, query));
}

static void pass(struct ek_consul *consul, struct ek__consul_query *query)
{
    heartbeat(consul, query, EK__CONSUL_PASSING, ek__consul_call_param(query->call, "note"));
}

static void warn(struct ek_consul *consul, struct ek__consul_query *query)
{
    heartbeat(consul, query, EK__CONSUL_WARNING, ek__consul_call_param(query->call, "note"));
}

static void fail(struct ek_consul *consul, struct ek__consul_query *query)
{
    heartbeat(consul, query, EK__CONSUL_CRITICAL, ek__consul_call_param(query->call, "note"));
}

struct update {
    const char *status, *output;
};

static const struct ek__consul_field update_fields[] = {
    {"Status", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct update, status)},
    {"Output", NULL, EK__CONSUL_FIELD_STRING, offsetof(struct update, output)},
    {.name = NULL},
};

static void update(struct ek_consul *consul, struct ek__consul_query *query)
{
    static const struct ek__consul_shape shape = {
        .fields = update_fields, .type = "agent.checkUpdate", .owner = "checkUpdate", .path = ""};
    struct update body = {.status = "", .output = ""};
    struct ek__consul_text error = {0};
    json_t *json = ek__consul_decode_body(query->call->body, query->call->body_size, &error);
    enum ek__consul_status status;

    if (!json || !ek__consul_decode_as(json, &shape, &body, &error)) {
        ek__consul_answer_text2(&query->answer, 400, "Request decode failed: ", error.data);
    } else if (!ek__consul_status_parse(body.status, &status)) {
        ek__consul_text_add(&error, body.status);
        ek__consul_text_char(&error, '\'');
        ek__consul_answer_text2(&query->answer, 400, "Invalid check status: '", error.data);
    } else {
        heartbeat(consul, query, status, body.output);
    }
    ek__consul_text_deinit(&error);
    json_decref(json);
}

/* Reads ?enable; false after a refusal. */
static bool parse_enable(struct ek__consul_query *query, bool *enable)
{
    const char *text = ek__consul_call_param(query->call, "enable");

    if (!text) {
        ek__consul_answer_text(&query->answer, 400, "Missing value for enable");
        return false;
    }
    if (ek__consul_bool_parse(text, enable))
        return true;
    ek__consul_answer_quoted(&query->answer, 400, "Invalid value for enable: ", text, "");
    return false;
}

/* `service` is NULL for the node. */
static void maintain(struct ek_consul *consul, struct ek__consul_query *query, const char *id,
                     const struct ek__consul_local_service *service)
{
    const char *reason = ek__consul_call_param(query->call, "reason");
    struct ek__consul_agent *agent = agent_of(consul, query);
    struct ek__consul_check_setup setup = {.alias_service = ""};
    bool enable;

    if (!parse_enable(query, &enable) ||
        !permit(consul, query, service ? service->service.name : NULL))
        return;
    if (enable && !ek__consul_agent_check(agent, id)) {
        struct ek__consul_check check = {.status = EK__CONSUL_CRITICAL};

        setup.check = check;
        setup.check.id = ek__consul_copy(id);
        setup.check.name =
            ek__consul_copy(service ? "Service Maintenance Mode" : "Node Maintenance Mode");
        if (!reason || !*reason)
            reason = service ? "Maintenance mode is enabled for this service, but no reason was "
                               "provided. This is a default message."
                             : "Maintenance mode is enabled for this node, but no reason was "
                               "provided. This is a default message.";
        setup.check.notes = ek__consul_copy(reason);
        setup.check.type = ek__consul_copy("maintenance");
        if (service) {
            setup.check.service_id = service->service.id;
            setup.check.service_name = service->service.name;
            setup.check.service_tags = service->service.tags;
        }
        ek__consul_agent_add_check(consul, agent, &setup);
        free(setup.check.id);
        free(setup.check.name);
        free(setup.check.notes);
        free(setup.check.type);
    } else if (!enable) {
        ek__consul_agent_drop_check(consul, agent, id);
    }
    done(consul, query);
}

static void maintain_node(struct ek_consul *consul, struct ek__consul_query *query)
{
    maintain(consul, query, "_node_maintenance", NULL);
}

static void maintain_service(struct ek_consul *consul, struct ek__consul_query *query)
{
    const char *id = query->call->rest;
    const struct ek__consul_local_service *service =
        ek__consul_agent_service(agent_of(consul, query), id);
    struct ek__consul_text check_id = {0};
    bool ignored;

    if (!*id) {
        ek__consul_answer_text(&query->answer, 400, "Missing service ID");
    } else if (!parse_enable(query, &ignored)) {
        return;
    } else if (!service) {
        ek__consul_answer_quoted(&query->answer, 404, "No service registered with ID ", id, "");
    } else {
        ek__consul_text_add(&check_id, "_service_maintenance:");
        ek__consul_text_add(&check_id, id);
        maintain(consul, query, check_id.data, service);
        ek__consul_text_deinit(&check_id);
    }
}

static void leave(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_agent *agent = agent_of(consul, query);

    if (!ek__consul_permit(consul, query, EK__CONSUL_ACL_AGENT, agent->node, true))
        return;
    query->is_control = true; /* it is still told */
    query->answer.status = 200;
    ek__consul_agent_leave(consul, agent);
}

#define GET(p, h)                                                                \
    {                                                                            \
        .path = p, .allow = "OPTIONS,GET", .need = EK__CONSUL_LOCAL, .handle = h \
    }
#define PUT(p, h)                                                                      \
    {                                                                                  \
        .path = p, .allow = "OPTIONS,PUT", .need = EK__CONSUL_AGENT_WRITE, .handle = h \
    }

const struct ek__consul_endpoint ek__consul_agent_endpoints[] = {
    GET("/v1/agent/self", ek__consul_agent_self),
    GET("/v1/agent/members", ek__consul_agent_members),
    GET("/v1/agent/services", ek__consul_agent_services),
    GET("/v1/agent/checks", ek__consul_agent_checks),
    GET("/v1/agent/service/", ek__consul_agent_service_by_id),
    GET("/v1/agent/health/service/id/", ek__consul_agent_health_by_id),
    GET("/v1/agent/health/service/name/", ek__consul_agent_health_by_name),
    PUT("/v1/agent/service/deregister/", deregister_service),
    PUT("/v1/agent/check/deregister/", deregister_check),
    PUT("/v1/agent/check/pass/", pass),
    PUT("/v1/agent/check/warn/", warn),
    PUT("/v1/agent/check/fail/", fail),
    PUT("/v1/agent/check/update/", update),
    PUT("/v1/agent/leave", leave),
    PUT("/v1/agent/maintenance", maintain_node),
    PUT("/v1/agent/service/maintenance/", maintain_service),
    {.path = NULL},
};
