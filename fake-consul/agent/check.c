/* Checks of an agent: heartbeats, what runs out, what aliases follow. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/state.h"

/* A changed output with an unchanged status reaches the servers after half to one and a half. */
#define OUTPUT_SYNC_NS (300 * EK__CONSUL_SECOND)

enum {
    OUTPUT_MAX = 4096
};

void ek__consul_check_free(struct ek_consul *consul, struct ek__consul_local_check *check)
{
    ek__consul_check_stop(consul, check);
    ek__consul_check_deinit(&check->check);
    ek__consul_probing_free(&check->probing);
    free(check->alias_service);
    free(check->key);
    free(check);
}

static void output_fired(struct ek_consul *consul, void *owner)
{
    struct ek__consul_local_check *check = owner;

    consul->cause = check->cause;
    check->in_sync = false;
    ek__consul_agent_sync(consul, check->agent);
}

void ek__consul_check_expire(struct ek_consul *consul, struct ek__consul_local_check *check)
{
    static const char expired[] = "TTL expired";
    static const char last[] = " (last output before timeout follows): ";
    const char *output = check->check.output;
    struct ek__consul_text text = {0};

    consul->cause = check->cause;
    ek__consul_text_add(&text, expired);
    if (output[0]) {
        ek__consul_text_add(&text, last);
        ek__consul_text_add(&text, output);
    }
    ek__consul_check_update(consul, check, EK__CONSUL_CRITICAL, text.data);
    ek__consul_text_deinit(&text);
    ek__consul_agent_settle(consul, check->agent);
}

static void ttl_fired(struct ek_consul *consul, void *owner)
{
    ek__consul_check_expire(consul, owner);
}

void ek__consul_check_stop(struct ek_consul *consul, struct ek__consul_local_check *check)
{
    ek__consul_timer_disarm(&consul->timers, &check->ttl);
    ek__consul_timer_disarm(&consul->timers, &check->output);
    ek__consul_probing_stop(consul, check);
}

void ek__consul_check_start(struct ek_consul *consul, struct ek__consul_local_check *check)
{
    check->ttl.fire = ttl_fired;
    check->output.fire = output_fired;
    check->ttl.owner = check->output.owner = check;
    if (check->ttl_ns > 0)
        ek__consul_timer_arm(&consul->timers, &check->ttl,
                             check->ttl_ns < INT64_MAX - consul->now ? consul->now + check->ttl_ns
                                                                     : INT64_MAX);
    ek__consul_probing_start(consul, check);
}

static bool is_identical(const struct ek__consul_local_check *check, enum ek__consul_status status,
                         const char *output)
{
    return check->check.status == status && strcmp(check->check.output, output) == 0;
}

void ek__consul_check_update(struct ek_consul *consul, struct ek__consul_local_check *check,
                             enum ek__consul_status status, const char *output)
{
    bool same_status = check->check.status == status;

    if (status != EK__CONSUL_CRITICAL)
        check->critical_since = INT64_MAX;
    else if (check->critical_since == INT64_MAX)
        check->critical_since = consul->now;
    if (is_identical(check, status, output))
        return;
    ek__consul_set(&check->check.output, output);
    check->check.status = status;
    if (!same_status) {
        check->in_sync = false;
    } else if (check->output.place == 0) {
        ek__consul_timer_arm(
            &consul->timers, &check->output,
            consul->now + OUTPUT_SYNC_NS / 2 +
                ek__consul_random_below(consul, EK__CONSUL_STREAM_SYNC, OUTPUT_SYNC_NS));
    }
}

void ek__consul_check_heartbeat(struct ek_consul *consul, struct ek__consul_local_check *check,
                                enum ek__consul_status status, const char *output)
{
    size_t size = strlen(output);
    struct ek__consul_text text = {0};

    check->updated = consul->now;
    check->was_updated = true;
    check->cause = consul->cause;
    ek__consul_check_start(consul, check);
    if (size <= OUTPUT_MAX) {
        ek__consul_check_update(consul, check, status, output);
        return;
    }
    ek__consul_text_add_n(&text, output, OUTPUT_MAX);
    ek__consul_text_add(&text, " ... (captured 4096 of ");
    ek__consul_text_u64(&text, size);
    ek__consul_text_add(&text, " bytes)");
    ek__consul_check_update(consul, check, status, text.data);
    ek__consul_text_deinit(&text);
}

/* The worst status of the checks of a service that the agent has; false without the service. */
static bool followed_status(const struct ek__consul_agent *agent, const char *service,
                            enum ek__consul_status *out)
{
    *out = EK__CONSUL_PASSING;
    for (size_t i = 0; i < agent->checks.count; i++) {
        const struct ek__consul_local_check *other = agent->checks.items[i];

        if (!other->deleted && strcmp(other->check.service_id, service) == 0 &&
            other->check.status > *out)
            *out = other->check.status;
    }
    return ek__consul_agent_service(agent, service) != NULL;
}

/* What an alias says of a service that is not well. */
static const char *followed_output(const struct ek__consul_agent *agent, const char *service,
                                   enum ek__consul_status status, struct ek__consul_text *text)
{
    for (size_t i = 0; i < agent->checks.count; i++) {
        const struct ek__consul_local_check *other = agent->checks.items[i];

        if (other->deleted || strcmp(other->check.service_id, service) != 0 ||
            other->check.status != status)
            continue;
        ek__consul_text_add(text, "Aliased check \"");
        ek__consul_text_add(text, other->check.name);
        ek__consul_text_add(text, "\" failing: ");
        ek__consul_text_add(text, other->check.output);
        return text->data;
    }
    return "No checks found.";
}

static void follow(struct ek_consul *consul, struct ek__consul_agent *agent,
                   struct ek__consul_local_check *alias)
{
    struct ek__consul_text text = {0};
    enum ek__consul_status status;
    const char *output = "All checks passing.";

    if (!followed_status(agent, alias->alias_service, &status)) {
        status = EK__CONSUL_CRITICAL;
        ek__consul_text_add(&text, "Service ");
        ek__consul_text_add(&text, alias->alias_service);
        ek__consul_text_add(&text, " could not be found on node ");
        output = text.data;
    } else if (status != EK__CONSUL_PASSING) {
        output = followed_output(agent, alias->alias_service, status, &text);
    }
    ek__consul_check_update(consul, alias, status, output);
    ek__consul_text_deinit(&text);
}

bool ek__consul_check_aliases(struct ek_consul *consul, struct ek__consul_agent *agent)
{
    bool changed = false;

    for (size_t i = 0; agent->has_aliases && i < agent->checks.count; i++) {
        struct ek__consul_local_check *check = agent->checks.items[i];
        enum ek__consul_status before = check->check.status;

        if (check->deleted || !check->alias_service[0] ||
            strcmp(check->alias_service, check->check.service_id) == 0)
            continue;
        follow(consul, agent, check);
        changed |= check->check.status != before;
    }
    return changed;
}
