/* The one endpoint that the real Consul does not have: faults at run time. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake-consul/api/decode.h"
#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"

struct fault_body {
    const char *fault, *service, *node;
    int64_t for_ns, period_ns, delay_ns, rate, bytes;
    json_t *share;
};

#define FAULT(member) offsetof(struct fault_body, member)

static const struct ek__consul_field fault_fields[] = {
    {"fault", NULL, EK__CONSUL_FIELD_STRING, FAULT(fault)},
    {"service", NULL, EK__CONSUL_FIELD_STRING, FAULT(service)},
    {"node", NULL, EK__CONSUL_FIELD_STRING, FAULT(node)},
    {"for", NULL, EK__CONSUL_FIELD_DURATION, FAULT(for_ns)},
    {"period", NULL, EK__CONSUL_FIELD_DURATION, FAULT(period_ns)},
    {"delay", NULL, EK__CONSUL_FIELD_DURATION, FAULT(delay_ns)},
    {"rate", NULL, EK__CONSUL_FIELD_INT, FAULT(rate)},
    {"bytes", NULL, EK__CONSUL_FIELD_INT, FAULT(bytes)},
    {"share", NULL, EK__CONSUL_FIELD_VALUE, FAULT(share)},
    {.name = NULL},
};

/* The fault with this name; EK_CONSUL_FAULT_COUNT after a refusal that lists them all. */
static enum ek_consul_fault fault_named(struct ek__consul_query *query, const char *name)
{
    struct ek__consul_text text = {0};
    int kind = 0;

    while (kind < EK_CONSUL_FAULT_COUNT &&
           strcmp(ek_consul_fault_name((enum ek_consul_fault)kind), name) != 0)
        kind++;
    if (kind < EK_CONSUL_FAULT_COUNT)
        return (enum ek_consul_fault)kind;
    ek__consul_text_add(&text, *name ? "No fault is called " : "Name a fault, not ");
    ek__consul_text_quoted(&text, name);
    ek__consul_text_add(&text, "; there are");
    for (int i = 0; i < EK_CONSUL_FAULT_COUNT; i++) {
        ek__consul_text_add(&text, i > 0 ? ", " : " ");
        ek__consul_text_add(&text, ek_consul_fault_name((enum ek_consul_fault)i));
    }
    ek__consul_answer_text(&query->answer, 400, text.data);
    ek__consul_text_deinit(&text);
    return EK_CONSUL_FAULT_COUNT;
}

/* The agent that runs a node. False after a refusal. */
static bool find_agent(const struct ek_consul *consul, struct ek__consul_query *query,
                       const char *node, uint32_t *out)
{
    *out = query->agent;
    if (!*node)
        return true;
    for (*out = 0; *out < consul->agent_count; (*out)++) {
        if (strcasecmp(consul->agents[*out]->node, node) == 0)
            return true;
    }
    ek__consul_answer_quoted(&query->answer, 400, "No agent runs the node ", node, "");
    return false;
}

static bool check_numbers(struct ek__consul_query *query, const struct fault_body *body)
{
    double share = json_number_value(body->share);
    const char *reason = NULL;

    if (body->for_ns < 0 || body->period_ns < 0 || body->delay_ns < 0)
        reason = "A duration must not be negative";
    else if (body->period_ns > 0 && body->period_ns < 1000000)
        reason = "period must be at least 1ms";
    else if (body->rate < 0 || body->rate > UINT32_MAX)
        reason = "rate must be from 0 to 4294967295";
    else if (body->bytes < 0)
        reason = "bytes must not be negative";
    else if (body->share && !(json_is_number(body->share) && share > 0 && share <= 1))
        reason = "share must be a number above 0, at most 1";
    if (reason)
        ek__consul_answer_text(&query->answer, 400, reason);
    return !reason;
}

static void answer_list(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0};

    ek__consul_faults_render(consul, &json);
    ek__consul_answer_with(consul, query, &json);
}

static void start(struct ek_consul *consul, struct ek__consul_query *query,
                  const struct fault_body *body)
{
    struct ek_consul_fault_options options = {.service = *body->service ? body->service : NULL,
                                              .for_ns = body->for_ns,
                                              .period_ns = body->period_ns,
                                              .delay_ns = body->delay_ns,
                                              .rate = (uint32_t)body->rate,
                                              .bytes = (size_t)body->bytes};
    enum ek_consul_fault kind;

    if (!check_numbers(query, body) || !find_agent(consul, query, body->node, &options.agent))
        return;
    options.share_ppm = (uint32_t)(json_number_value(body->share) * 1e6);
    kind = fault_named(query, body->fault);
    if (kind == EK_CONSUL_FAULT_COUNT)
        return;
    ek_consul_fault_start(consul, kind, &options, query->cause, consul->now);
    answer_list(consul, query);
}

static void put(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct fault_body body = {.fault = "", .service = "", .node = ""};
    struct ek__consul_text error = {0};
    json_t *json = ek__consul_decode_body(query->call->body, query->call->body_size, &error);

    if (!json || !ek__consul_decode(json, fault_fields, &body, &error))
        ek__consul_answer_text2(&query->answer, 400, "Request decode failed: ", error.data);
    else
        start(consul, query, &body);
    ek__consul_text_deinit(&error);
    json_decref(json);
}

/* Ends the fault that ?fault or the body names, or all. */
static void delete (struct ek_consul *consul, struct ek__consul_query *query)
{
    const char *param = ek__consul_call_param(query->call, "fault");
    struct fault_body body = {.fault = param ? param : "", .service = "", .node = ""};
    struct ek__consul_text error = {0};
    json_t *json = NULL;
    bool good = true;
    enum ek_consul_fault kind;

    if (query->call->body_size > 0) {
        json = ek__consul_decode_body(query->call->body, query->call->body_size, &error);
        good = json && ek__consul_decode(json, fault_fields, &body, &error);
    }
    if (!good) {
        ek__consul_answer_text2(&query->answer, 400, "Request decode failed: ", error.data);
    } else if (!*body.fault) {
        for (int i = 0; i < EK_CONSUL_FAULT_COUNT; i++)
            ek__consul_fault_stop(consul, (enum ek_consul_fault)i);
        answer_list(consul, query);
    } else if ((kind = fault_named(query, body.fault)) != EK_CONSUL_FAULT_COUNT) {
        ek__consul_fault_stop(consul, kind);
        answer_list(consul, query);
    }
    ek__consul_text_deinit(&error);
    json_decref(json);
}

#define ROW(m, h)                                                                                 \
    {                                                                                             \
        .path = "/v1/evenkeel/fault", .allow = "OPTIONS,GET,PUT,DELETE", .method = m, .handle = h \
    }

const struct ek__consul_endpoint ek__consul_evenkeel_endpoints[] = {
    ROW("GET", answer_list),
    ROW("PUT", put),
    ROW("DELETE", delete),
    {.path = NULL},
};
