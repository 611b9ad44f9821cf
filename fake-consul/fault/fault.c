/* Faults that begin, end, or end by themselves. */
#include "fake-consul/fault/fault.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/duration.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/state.h"

#define MS (EK__CONSUL_SECOND / 1000)

/* By fault: its name, and what stands for an option that is left out. */
static const struct row {
    const char *name;
    int64_t for_ns, period_ns, delay_ns;
    uint32_t share_ppm;
    bool is_instant;
} rows[EK_CONSUL_FAULT_COUNT] = {
    [EK_CONSUL_EMPTY] = {.name = "empty"},
    [EK_CONSUL_SILENT] = {.name = "silent"},
    [EK_CONSUL_NO_LEADER] = {.name = "no_leader"},
    [EK_CONSUL_STALE] = {.name = "stale"},
    [EK_CONSUL_INDEX_BACK] = {.name = "index_back", .is_instant = true},
    [EK_CONSUL_LEADER_LOST] = {.name = "leader_lost", .for_ns = 2000 * MS, .is_instant = true},
    [EK_CONSUL_SERVERS_GONE] = {.name = "servers_gone"},
    [EK_CONSUL_LAG] = {.name = "lag", .period_ns = 1000 * MS},
    [EK_CONSUL_FROZEN_VIEW] = {.name = "frozen_view"},
    [EK_CONSUL_PARTIAL] = {.name = "partial", .share_ppm = 500000},
    [EK_CONSUL_UNSORTED] = {.name = "unsorted"},
    [EK_CONSUL_FLAPPING] = {.name = "flapping", .period_ns = 1000 * MS},
    [EK_CONSUL_TTL_STORM] = {.name = "ttl_storm", .is_instant = true},
    [EK_CONSUL_RATE_LIMIT] = {.name = "rate_limit"},
    [EK_CONSUL_ACL_DENIED] = {.name = "acl_denied"},
    [EK_CONSUL_ACL_LOST] = {.name = "acl_lost"},
    [EK_CONSUL_NOT_CONSISTENT] = {.name = "not_consistent"},
    [EK_CONSUL_SLOW] = {.name = "slow", .delay_ns = 1000 * MS},
    [EK_CONSUL_TRUNCATED] = {.name = "truncated"},
    [EK_CONSUL_HALF_CLOSED] = {.name = "half_closed"},
    [EK_CONSUL_GARBAGE] = {.name = "garbage"},
    [EK_CONSUL_AGENT_RESTART] = {.name = "agent_restart", .for_ns = 1000 * MS, .is_instant = true},
    [EK_CONSUL_CONNECTION_LIMIT] = {.name = "connection_limit"},
};

const char *ek_consul_fault_name(enum ek_consul_fault fault)
{
    return rows[fault].name;
}

static enum ek_consul_fault kind_of(const struct ek_consul *consul,
                                    const struct ek__consul_fault *fault)
{
    return (enum ek_consul_fault)(fault - consul->faults);
}

void ek__consul_faults_deinit(struct ek_consul *consul)
{
    for (size_t i = 0; i < EK_CONSUL_FAULT_COUNT; i++) {
        struct ek__consul_fault *fault = &consul->faults[i];

        ek__consul_timer_disarm(&consul->timers, &fault->end);
        ek__consul_timer_disarm(&consul->timers, &fault->beat);
        free(fault->service);
        fault->service = NULL;
    }
}

static void ended(struct ek_consul *consul, void *owner)
{
    const struct ek__consul_fault *fault = owner;

    consul->cause = fault->cause;
    ek__consul_fault_stop(consul, kind_of(consul, fault));
}

static void beat(struct ek_consul *consul, void *owner)
{
    struct ek__consul_fault *fault = owner;

    consul->cause = fault->cause;
    ek__consul_timer_arm(&consul->timers, &fault->beat, consul->now + fault->options.period_ns);
    if (kind_of(consul, fault) == EK_CONSUL_FLAPPING) {
        fault->is_odd = !fault->is_odd;
        ek__consul_flap(consul, fault->service, fault->is_odd);
    } else {
        ek__consul_freeze(consul, &consul->lagging);
        consul->lagging_since = consul->now;
        ek__consul_wake_all(consul);
    }
}

static void back_again(struct ek_consul *consul, void *owner)
{
    const struct ek__consul_fault *fault = owner;

    ek_consul_agent_start(consul, fault->options.agent, fault->cause, consul->now);
}

/* What a fault that lasts does at once. */
static void begin(struct ek_consul *consul, enum ek_consul_fault kind, bool had_leader)
{
    struct ek__consul_fault *fault = &consul->faults[kind];

    switch (kind) {
    case EK_CONSUL_EMPTY:
    case EK_CONSUL_PARTIAL:
        ek__consul_raise_services(consul, fault->service);
        break;
    case EK_CONSUL_NO_LEADER:
    case EK_CONSUL_SERVERS_GONE:
        if (had_leader)
            ek__consul_lose_leader(consul);
        break;
    case EK_CONSUL_STALE:
        ek__consul_freeze(consul, &consul->frozen);
        break;
    case EK_CONSUL_FROZEN_VIEW:
        ek__consul_freeze(consul, &consul->view);
        break;
    case EK_CONSUL_LAG:
        ek__consul_freeze(consul, &consul->lagging);
        consul->lagging_since = consul->now;
        break;
    case EK_CONSUL_RATE_LIMIT:
        fault->allowance = fault->options.rate;
        fault->counted_at = consul->now;
        break;
    case EK_CONSUL_ACL_DENIED:
        consul->acl.is_revoked = true;
        break;
    case EK_CONSUL_SILENT:
    case EK_CONSUL_INDEX_BACK:
    case EK_CONSUL_LEADER_LOST:
    case EK_CONSUL_UNSORTED:
    case EK_CONSUL_FLAPPING:
    case EK_CONSUL_TTL_STORM:
    case EK_CONSUL_ACL_LOST:
    case EK_CONSUL_NOT_CONSISTENT:
    case EK_CONSUL_SLOW:
    case EK_CONSUL_TRUNCATED:
    case EK_CONSUL_HALF_CLOSED:
    case EK_CONSUL_GARBAGE:
    case EK_CONSUL_AGENT_RESTART:
    case EK_CONSUL_CONNECTION_LIMIT:
    case EK_CONSUL_FAULT_COUNT:
        break;
    }
    if (fault->options.period_ns > 0)
        ek__consul_timer_arm(&consul->timers, &fault->beat, consul->now + fault->options.period_ns);
    if (fault->options.for_ns > 0)
        ek__consul_timer_arm(&consul->timers, &fault->end, consul->now + fault->options.for_ns);
}

/* What a fault that does not last does. */
static void strike(struct ek_consul *consul, enum ek_consul_fault kind,
                   const struct ek_consul_fault_options *options, const char *service)
{
    struct ek__consul_fault *fault = &consul->faults[kind];

    if (kind == EK_CONSUL_INDEX_BACK) {
        ek__consul_go_back(consul);
    } else if (kind == EK_CONSUL_TTL_STORM) {
        ek__consul_storm(consul, service);
    } else if (kind == EK_CONSUL_LEADER_LOST && ek__consul_has_leader(consul)) {
        consul->leader_elected = consul->now + options->for_ns;
        ek__consul_timer_arm(&consul->timers, &consul->election, consul->leader_elected);
        ek__consul_lose_leader(consul);
    } else if (kind == EK_CONSUL_AGENT_RESTART && options->agent < consul->agent_count) {
        fault->options = *options;
        fault->end.fire = back_again;
        fault->end.owner = fault;
        ek_consul_agent_stop(consul, options->agent, consul->cause, consul->now);
        ek__consul_timer_arm(&consul->timers, &fault->end, consul->now + options->for_ns);
    }
}

void ek_consul_fault_start(struct ek_consul *consul, enum ek_consul_fault kind,
                           const struct ek_consul_fault_options *wanted, uint64_t cause,
                           int64_t now_ns)
{
    struct ek_consul_fault_options options = wanted ? *wanted : (struct ek_consul_fault_options){0};
    struct ek__consul_fault *fault = &consul->faults[kind];
    const struct row *row = &rows[kind];
    char *service = options.service ? ek__consul_lower(options.service) : NULL;
    bool had_leader;

    ek__consul_advance(consul, now_ns);
    consul->cause = cause;
    options.service = NULL;
    options.for_ns = options.for_ns > 0 ? options.for_ns : row->for_ns;
    options.period_ns =
        row->period_ns == 0 || options.period_ns > 0 ? options.period_ns : row->period_ns;
    options.period_ns = row->period_ns > 0 ? options.period_ns : 0;
    options.delay_ns = options.delay_ns > 0 ? options.delay_ns : row->delay_ns;
    options.share_ppm = options.share_ppm > 0 ? options.share_ppm : row->share_ppm;
    fault->cause = cause;
    if (row->is_instant) {
        strike(consul, kind, &options, service);
        free(service);
        return;
    }
    ek__consul_fault_stop(consul, kind);
    had_leader = ek__consul_has_leader(consul);
    fault->service = service;
    fault->options = options;
    fault->is_odd = false;
    fault->end.fire = ended;
    fault->beat.fire = beat;
    fault->end.owner = fault->beat.owner = fault;
    fault->is_on = true;
    begin(consul, kind, had_leader);
}

void ek_consul_fault_begin(struct ek_consul *consul, enum ek_consul_fault kind, const char *service,
                           uint64_t cause, int64_t now_ns)
{
    struct ek_consul_fault_options options = {.service = service};

    ek_consul_fault_start(consul, kind, &options, cause, now_ns);
}

/* What the end of a fault brings; it is off already. */
static void finish(struct ek_consul *consul, enum ek_consul_fault kind, const char *service)
{
    switch (kind) {
    case EK_CONSUL_EMPTY:
    case EK_CONSUL_PARTIAL:
        ek__consul_raise_services(consul, service);
        break;
    case EK_CONSUL_STALE:
    case EK_CONSUL_FROZEN_VIEW:
    case EK_CONSUL_LAG:
        ek__consul_thaw(consul);
        break;
    case EK_CONSUL_NO_LEADER:
    case EK_CONSUL_SERVERS_GONE:
        ek__consul_leader_back(consul);
        break;
    case EK_CONSUL_SILENT:
        ek__consul_queries_release(consul);
        break;
    case EK_CONSUL_FLAPPING:
        ek__consul_flap(consul, service, false);
        break;
    case EK_CONSUL_ACL_DENIED:
        consul->acl.is_revoked = false;
        break;
    case EK_CONSUL_INDEX_BACK:
    case EK_CONSUL_LEADER_LOST:
    case EK_CONSUL_UNSORTED:
    case EK_CONSUL_TTL_STORM:
    case EK_CONSUL_RATE_LIMIT:
    case EK_CONSUL_ACL_LOST:
    case EK_CONSUL_NOT_CONSISTENT:
    case EK_CONSUL_SLOW:
    case EK_CONSUL_TRUNCATED:
    case EK_CONSUL_HALF_CLOSED:
    case EK_CONSUL_GARBAGE:
    case EK_CONSUL_AGENT_RESTART:
    case EK_CONSUL_CONNECTION_LIMIT:
    case EK_CONSUL_FAULT_COUNT:
        break;
    }
}

void ek__consul_fault_stop(struct ek_consul *consul, enum ek_consul_fault kind)
{
    struct ek__consul_fault *fault = &consul->faults[kind];
    char *service = fault->service;

    if (!fault->is_on)
        return;
    ek__consul_timer_disarm(&consul->timers, &fault->end);
    ek__consul_timer_disarm(&consul->timers, &fault->beat);
    fault->is_on = false;
    fault->service = NULL;
    finish(consul, kind, service);
    free(service);
}

void ek_consul_fault_end(struct ek_consul *consul, enum ek_consul_fault kind, uint64_t cause,
                         int64_t now_ns)
{
    ek__consul_advance(consul, now_ns);
    consul->cause = cause;
    ek__consul_fault_stop(consul, kind);
}

static void add_duration(struct ek__consul_text *json, const char *name, int64_t ns)
{
    struct ek__consul_text text = {0};

    if (ns <= 0)
        return;
    ek__consul_text_duration(&text, ns);
    ek__consul_text_member(json, name, text.data);
    ek__consul_text_deinit(&text);
}

static void add_number(struct ek__consul_text *json, const char *name, uint64_t value)
{
    if (value > 0)
        ek__consul_text_member_u64(json, name, value);
}

void ek__consul_faults_render(const struct ek_consul *consul, struct ek__consul_text *json)
{
    ek__consul_text_char(json, '[');
    for (size_t i = 0; i < EK_CONSUL_FAULT_COUNT; i++) {
        const struct ek__consul_fault *fault = &consul->faults[i];

        if (!fault->is_on)
            continue;
        ek__consul_text_next(json);
        ek__consul_text_char(json, '{');
        ek__consul_text_member(json, "fault", rows[i].name);
        if (fault->service)
            ek__consul_text_member(json, "service", fault->service);
        add_duration(json, "period", fault->options.period_ns);
        add_duration(json, "delay", fault->options.delay_ns);
        add_number(json, "share_ppm", fault->options.share_ppm);
        add_number(json, "rate", fault->options.rate);
        add_number(json, "bytes", fault->options.bytes);
        if (fault->end.place > 0)
            add_duration(json, "left", fault->end.at - consul->now);
        ek__consul_text_char(json, '}');
    }
    ek__consul_text_char(json, ']');
}
