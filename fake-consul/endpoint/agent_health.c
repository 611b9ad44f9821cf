/* The health that an agent tells of its own services. */
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/endpoint/agent_read.h"

static bool wants_text(const struct ek__consul_call *call)
{
    const char *format = ek__consul_call_param(call, "format");

    return strncmp(call->accept, "text/plain", 10) == 0 || (format && strcmp(format, "text") == 0);
}

/* The service's own checks with the agent's node-level ones; never serfHealth. */
static bool counts(const struct ek__consul_local_check *check, const char *service)
{
    return !check->deleted &&
           (check->check.service_id[0] == '\0' || strcmp(check->check.service_id, service) == 0);
}

static bool is_maintenance(const char *id)
{
    return strcmp(id, "_node_maintenance") == 0 || strncmp(id, "_service_maintenance:", 21) == 0;
}

static enum ek__consul_status status_of(const struct ek__consul_agent *agent, const char *service)
{
    enum ek__consul_status worst = EK__CONSUL_PASSING;

    for (size_t i = 0; i < agent->checks.count; i++) {
        const struct ek__consul_local_check *check = agent->checks.items[i];
        enum ek__consul_status status =
            is_maintenance(check->key) ? EK__CONSUL_MAINTENANCE : check->check.status;

        if (counts(check, service) && status > worst)
            worst = status;
    }
    return worst;
}

/* Here a check's definition is shown with all its zero values. */
static void add_check(const struct ek_consul *consul, const struct ek__consul_agent *agent,
                      const struct ek__consul_check *check, struct ek__consul_text *json)
{
    ek__consul_text_next(json);
    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "Node", agent->node);
    ek__consul_text_member(json, "CheckID", check->id);
    ek__consul_text_member(json, "Name", check->name);
    ek__consul_text_member(json, "Status", ek__consul_status_name(check->status));
    ek__consul_text_member(json, "Notes", check->notes);
    ek__consul_text_member(json, "Output", check->output);
    ek__consul_text_member(json, "ServiceID", check->service_id);
    ek__consul_text_member(json, "ServiceName", check->service_name);
    ek__consul_text_key(json, "ServiceTags");
    ek__consul_text_list_or_null(json, &check->service_tags);
    ek__consul_text_member(json, "Type", "");
    ek__consul_text_add(json, ",\"Definition\":{\"Interval\":\"0s\",\"Timeout\":\"0s\","
                              "\"DeregisterCriticalServiceAfter\":\"0s\",\"HTTP\":\"\","
                              "\"Header\":null,\"Method\":\"\",\"Body\":\"\",");
    ek__consul_text_add(json, consul->version == EK_CONSUL_1_8
                                  ? "\"TLSSkipVerify\":false,\"TCP\":\"\"}"
                                  : "\"TLSServerName\":\"\",\"TLSSkipVerify\":false,\"TCP\":\"\","
                                    "\"GRPC\":\"\",\"GRPCUseTLS\":false}");
    ek__consul_text_add(json, ",\"CreateIndex\":0,\"ModifyIndex\":0}");
}

static void add_health(const struct ek_consul *consul, const struct ek__consul_agent *agent,
                       const struct ek__consul_service *service, struct ek__consul_text *json)
{
    ek__consul_text_next(json);
    ek__consul_text_add(json, "{\"AggregatedStatus\":");
    ek__consul_text_string(json, ek__consul_status_name(status_of(agent, service->id)));
    ek__consul_text_add(json, ",\"Service\":");
    ek__consul_render_local(consul, service, NULL, json);
    ek__consul_text_add(json, ",\"Checks\":[");
    for (size_t i = 0; i < agent->checks.count; i++) {
        const struct ek__consul_local_check *check = agent->checks.items[i];

        if (counts(check, service->id))
            add_check(consul, agent, &check->check, json);
    }
    ek__consul_text_add(json, "]}");
}

static int code_of(enum ek__consul_status status)
{
    return status == EK__CONSUL_PASSING ? 200 : status == EK__CONSUL_WARNING ? 429 : 503;
}

/* Takes `json`; `text` is what a client that wants text is told. */
static void answer(struct ek_consul *consul, struct ek__consul_query *query, int status,
                   const char *reason, const char *text, struct ek__consul_text *json)
{
    if (wants_text(query->call)) {
        ek__consul_text_deinit(json);
        ek__consul_answer_text(&query->answer, status, text);
        query->answer.type = "text/plain";
    } else {
        ek__consul_answer_json_take(&query->answer, status, json,
                                    ek__consul_is_pretty(consul, query->call));
    }
    query->answer.reason = ek__consul_copy(reason);
}

void ek__consul_agent_health_by_id(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_agent *agent = consul->agents[query->agent];
    const char *id = query->call->rest;
    const struct ek__consul_local_service *local = ek__consul_agent_service(agent, id);
    struct ek__consul_text json = {0}, reason = {0}, quoted = {0};

    if (!*id) {
        ek__consul_answer_text(&query->answer, 500, "Bad request: Missing serviceID");
        return;
    }
    if (local) {
        enum ek__consul_status status = status_of(agent, id);
        const char *name = ek__consul_status_name(status);

        add_health(consul, agent, &local->service, &json);
        answer(consul, query, code_of(status), name, name, &json);
        return;
    }
    ek__consul_text_add(&json, "{\"AggregatedStatus\":\"critical\",\"Service\":null,"
                               "\"Checks\":null}");
    ek__consul_text_add(&reason, "ServiceId ");
    ek__consul_text_add(&reason, id);
    ek__consul_text_add(&reason, " not found");
    ek__consul_text_string(&quoted, reason.data);
    answer(consul, query, 404, reason.data, quoted.data, &json);
    ek__consul_text_deinit(&reason);
    ek__consul_text_deinit(&quoted);
}

void ek__consul_agent_health_by_name(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_agent *agent = consul->agents[query->agent];
    const char *name = query->call->rest;
    enum ek__consul_status worst = EK__CONSUL_PASSING;
    struct ek__consul_text json = {0}, reason = {0};
    bool found = false;

    if (!*name) {
        ek__consul_answer_text(&query->answer, 500, "Bad request: Missing service Name");
        return;
    }
    ek__consul_text_char(&json, '[');
    for (size_t i = 0; i < agent->services.count; i++) {
        const struct ek__consul_local_service *local = agent->services.items[i];
        enum ek__consul_status status;

        if (local->deleted || strcmp(local->service.name, name) != 0)
            continue;
        found = true;
        status = status_of(agent, local->key);
        worst = status > worst ? status : worst;
        add_health(consul, agent, &local->service, &json);
    }
    ek__consul_text_char(&json, ']');
    if (found) {
        const char *text = ek__consul_status_name(worst);

        answer(consul, query, code_of(worst), text, text, &json);
        return;
    }
    ek__consul_text_add(&reason, "ServiceName ");
    ek__consul_text_add(&reason, name);
    ek__consul_text_add(&reason, " Not Found");
    answer(consul, query, 404, reason.data, reason.data, &json);
    ek__consul_text_deinit(&reason);
}
