/* What faults do to requests on their way in, to answers on their way out, to checks. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/call.h"
#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/fault/fault.h"

static const struct ek__consul_fault *active(const struct ek_consul *consul,
                                             enum ek_consul_fault kind)
{
    return consul->faults[kind].is_on ? &consul->faults[kind] : NULL;
}

/* Takes one from the allowance, which grows with time up to what a second brings. */
static bool is_over_rate(struct ek_consul *consul)
{
    struct ek__consul_fault *fault = &consul->faults[EK_CONSUL_RATE_LIMIT];
    double gained =
        (double)(consul->now - fault->counted_at) / EK__CONSUL_SECOND * fault->options.rate;

    if (!fault->is_on)
        return false;
    fault->counted_at = consul->now;
    fault->allowance += gained;
    if (fault->allowance > fault->options.rate)
        fault->allowance = fault->options.rate;
    if (fault->allowance < 1)
        return true;
    fault->allowance -= 1;
    return false;
}

/* Whether the request comes over a connection too many: each one in flight holds one. */
static bool is_over_connections(const struct ek_consul *consul,
                                const struct ek__consul_query *query)
{
    enum {
        CONNECTIONS_MAX = 200
    };
    const struct ek__consul_fault *fault = &consul->faults[EK_CONSUL_CONNECTION_LIMIT];
    uint32_t limit = fault->options.rate > 0 ? fault->options.rate : CONNECTIONS_MAX, count = 0;

    if (!fault->is_on || query->is_control || query->is_overdue)
        return false;
    for (size_t i = 0; i < consul->slot_count; i++) {
        const struct ek__consul_query *other = consul->slots[i];

        count += other && other != query && other->agent == query->agent && !other->is_control &&
                 other->queue != &consul->ready;
    }
    return count >= limit;
}

bool ek__consul_fault_refuses(const struct ek_consul *consul, struct ek__consul_query *query)
{
    if (!is_over_connections(consul, query))
        return false;
    query->answer.is_bare = query->answer.closes = true;
    if (consul->version == EK_CONSUL_1_8) {
        query->answer.status = 0;
        return true;
    }
    ek__consul_answer_text(&query->answer, 429,
                           "Your IP is issuing too many concurrent connections, please rate limit "
                           "your calls\n");
    query->answer.type = "text/plain";
    query->answer.type_first = true;
    return true;
}

bool ek__consul_fault_intercepts(struct ek_consul *consul, struct ek__consul_query *query,
                                 const struct ek__consul_endpoint *endpoint)
{
    bool remote =
        endpoint->reader ? !endpoint->reader->is_local : endpoint->need == EK__CONSUL_SERVER_WRITE;

    if (!remote || query->is_overdue || !is_over_rate(consul))
        return false;
    if (consul->version == EK_CONSUL_1_8)
        query->answer.status = 429;
    else
        ek__consul_answer_text(&query->answer, 429, "RPC rate limit exceeded");
    return true;
}

/* As many bytes as there were, but none of them meant. */
static struct ek__consul_body *garbage(struct ek_consul *consul, size_t size)
{
    struct ek__consul_text text = {0};

    for (size_t i = 0; i < size || i == 0; i++)
        ek__consul_text_char(
            &text, (char)(1 + ek__consul_random_below(consul, EK__CONSUL_STREAM_GARBAGE, 255)));
    return ek__consul_body_take(&text);
}

int64_t ek__consul_fault_spoil(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_fault *cut = active(consul, EK_CONSUL_TRUNCATED);
    const struct ek__consul_fault *half = active(consul, EK_CONSUL_HALF_CLOSED);
    const struct ek__consul_fault *slow = active(consul, EK_CONSUL_SLOW);
    struct ek__consul_answer *answer = &query->answer;

    if (answer->status == 0 || query->is_control)
        return 0;
    if (active(consul, EK_CONSUL_GARBAGE)) {
        struct ek__consul_body *body = garbage(consul, answer->body ? answer->body->size : 0);

        ek__consul_body_drop(answer->body);
        answer->body = body;
    }
    if (cut || half) {
        answer->delivery = cut ? EK_CONSUL_DELIVER_CUT : EK_CONSUL_DELIVER_STALL;
        answer->deliver_bytes = (cut ? cut : half)->options.bytes;
    }
    return slow ? slow->options.delay_ns : 0;
}

static bool is_about(const struct ek__consul_local_check *check, const char *service)
{
    char *name;
    bool same;

    if (check->deleted || !check->check.service_id[0])
        return false;
    if (!service)
        return true;
    name = ek__consul_lower(check->check.service_name);
    same = strcmp(name, service) == 0;
    free(name);
    return same;
}

static void turn(struct ek_consul *consul, struct ek__consul_local_check *check, bool turned)
{
    enum ek__consul_status status;

    if (turned == check->flaps)
        return;
    check->flaps = turned;
    if (turned)
        check->steady = check->check.status;
    status = turned
                 ? (check->steady == EK__CONSUL_CRITICAL ? EK__CONSUL_PASSING : EK__CONSUL_CRITICAL)
                 : check->steady;
    check->cause = consul->cause;
    ek__consul_check_update(consul, check, status, check->check.output);
}

void ek__consul_flap(struct ek_consul *consul, const char *service, bool turned)
{
    for (uint32_t i = 0; i < consul->agent_count; i++) {
        struct ek__consul_agent *agent = consul->agents[i];

        for (size_t j = 0; j < agent->checks.count; j++) {
            struct ek__consul_local_check *check = agent->checks.items[j];

            if (!agent->is_stopped && is_about(check, service) && !check->alias_service[0] &&
                strcmp(check->check.type, "maintenance") != 0)
                turn(consul, check, turned);
        }
        ek__consul_agent_settle(consul, agent);
    }
}

void ek__consul_storm(struct ek_consul *consul, const char *service)
{
    for (uint32_t i = 0; i < consul->agent_count; i++) {
        struct ek__consul_agent *agent = consul->agents[i];
        uint64_t cause = consul->cause;

        for (size_t j = 0; !agent->is_stopped && j < agent->checks.count; j++) {
            struct ek__consul_local_check *check = agent->checks.items[j];

            if (check->ttl_ns <= 0 || !is_about(check, service))
                continue;
            ek__consul_timer_disarm(&consul->timers, &check->ttl);
            check->cause = cause;
            ek__consul_check_expire(consul, check);
        }
        consul->cause = cause;
    }
}
