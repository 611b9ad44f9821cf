#include "fake-consul/consul.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"

enum {
    REQUESTS_DEFAULT = 65536,
    REQUESTS_LIMIT = 1 << 24,
    FIRST_INDEX = 10 /* what a fresh server has written before its first node */
};

static void elected(struct ek_consul *consul, void *owner)
{
    (void)owner;
    ek__consul_leader_back(consul);
}

static void tombstones_due(struct ek_consul *consul, void *owner)
{
    (void)owner;
    if (ek__consul_has_leader(consul)) {
        consul->index++;
        ek__consul_kv_reap(&consul->kv, consul->now);
    }
    ek__consul_tombstones_watch(consul);
}

void ek__consul_tombstones_watch(struct ek_consul *consul)
{
    int64_t at = ek__consul_kv_reap_at(&consul->kv);
    int64_t soonest = consul->now + EK__CONSUL_SECOND;

    if (at == INT64_MAX)
        ek__consul_timer_disarm(&consul->timers, &consul->tombstones);
    else
        ek__consul_timer_arm(&consul->timers, &consul->tombstones, at > soonest ? at : soonest);
}

/* The anonymous token and the one that may do all. */
static void init_acl(struct ek_consul *consul, const struct ek_consul_config *config)
{
    static const char *const rows[][3] = {
        {"00000000-0000-0000-0000-000000000002", "anonymous", "Anonymous Token"},
        {"00000000-0000-4000-8000-0000000000f0", NULL, "Bootstrap Token (Global Management)"}};

    ek__consul_acl_init(&consul->acl);
    consul->acl.is_on = config->management_token != NULL;
    consul->acl.denies = consul->acl.is_on && config->default_deny;
    for (size_t i = 0; consul->acl.is_on && i < 2; i++) {
        struct ek__consul_token *token = ek__consul_alloc(sizeof *token);

        token->accessor = ek__consul_copy(rows[i][0]);
        token->secret = ek__consul_copy(rows[i][1] ? rows[i][1] : config->management_token);
        token->description = ek__consul_copy(rows[i][2]);
        token->is_management = i == 1;
        token->create_index = token->modify_index = 4 + i;
        ek__consul_sorted_add(&consul->acl.tokens, token);
    }
}

static uint64_t mixed(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

struct ek_consul *ek_consul_new(const struct ek_consul_config *config)
{
    struct ek_consul *consul = calloc(1, sizeof *consul);

    if (!consul)
        return NULL;
    consul->version = config->version;
    consul->datacenter = ek__consul_copy(config->datacenter ? config->datacenter : "dc1");
    consul->pretty = config->pretty;
    consul->server_count = config->servers ? config->servers : 1;
    consul->leader = consul->server_count - 1;
    for (uint64_t i = 0; i < EK__CONSUL_STREAM_COUNT; i++)
        consul->random[i] = mixed(config->seed ^ mixed(i + 1));
    consul->index = FIRST_INDEX;
    consul->now = consul->leader_elected = INT64_MIN;
    consul->requests_max = config->requests_max ? config->requests_max : REQUESTS_DEFAULT;
    if (consul->requests_max > REQUESTS_LIMIT)
        consul->requests_max = REQUESTS_LIMIT;
    consul->election.fire = elected;
    consul->watches.key_offset = offsetof(struct ek__consul_watch, key);
    consul->tombstones.fire = tombstones_due;
    ek__consul_kv_init(&consul->kv);
    ek__consul_sessions_init(&consul->sessions);
    ek__consul_prepareds_init(&consul->prepared);
    init_acl(consul, config);
    ek__consul_catalog_init(&consul->catalog);
    ek__consul_catalog_init(&consul->frozen);
    ek__consul_catalog_init(&consul->view);
    ek__consul_catalog_init(&consul->lagging);
    return consul;
}

void ek_consul_free(struct ek_consul *consul)
{
    if (!consul)
        return;
    for (size_t i = 0; i < consul->slot_count; i++) {
        if (consul->slots[i])
            ek__consul_query_free(consul, consul->slots[i]);
    }
    for (uint32_t i = 0; i < consul->agent_count; i++)
        ek__consul_agent_free(consul, consul->agents[i]);
    for (size_t i = 0; i < consul->watches.count; i++)
        ek__consul_watch_free(consul->watches.items[i]);
    ek__consul_faults_deinit(consul);
    ek__consul_sorted_deinit(&consul->watches);
    ek__consul_sessions_deinit(consul);
    ek__consul_kv_deinit(&consul->kv);
    ek__consul_prepareds_deinit(&consul->prepared);
    ek__consul_events_deinit(&consul->events);
    ek__consul_acl_deinit(&consul->acl);
    for (size_t i = 0; i < EK__CONSUL_SNAPSHOTS_MAX; i++)
        ek__consul_snapshot_free(&consul->snapshots[i]);
    ek__consul_catalog_deinit(&consul->catalog);
    ek__consul_catalog_deinit(&consul->frozen);
    ek__consul_catalog_deinit(&consul->view);
    ek__consul_catalog_deinit(&consul->lagging);
    ek__consul_timers_deinit(&consul->timers);
    free(consul->agents);
    free(consul->slots);
    free(consul->free_slots);
    free(consul->datacenter);
    free(consul);
}

void ek__consul_advance(struct ek_consul *consul, int64_t now)
{
    struct ek__consul_timer *timer;

    if (consul->pulled)
        ek__consul_query_free(consul, consul->pulled);
    consul->pulled = NULL;
    while ((timer = ek__consul_timers_pop(&consul->timers, now))) {
        if (timer->at > consul->now)
            consul->now = timer->at;
        timer->fire(consul, timer->owner);
    }
    if (now > consul->now)
        consul->now = now;
}

/* splitmix64 */
uint64_t ek__consul_random(struct ek_consul *consul, enum ek__consul_stream stream)
{
    return mixed(consul->random[stream] += UINT64_C(0x9E3779B97F4A7C15));
}

int64_t ek__consul_random_below(struct ek_consul *consul, enum ek__consul_stream stream,
                                int64_t range)
{
    return range < 1 ? 0 : (int64_t)(ek__consul_random(consul, stream) % (uint64_t)range);
}

char *ek__consul_uuid(struct ek_consul *consul)
{
    static const char hex[] = "0123456789abcdef";
    char *uuid = ek__consul_alloc(37);
    uint64_t bits = 0;

    for (size_t i = 0; i < 36; i++) {
        if (i % 12 == 0)
            bits = ek__consul_random(consul, EK__CONSUL_STREAM_UUID);
        uuid[i] = i == 8 || i == 13 || i == 18 || i == 23 ? '-' : hex[bits & 15];
        bits >>= 4;
    }
    return uuid;
}

uint32_t ek_consul_add_agent(struct ek_consul *consul, const char *node, const char *node_id,
                             const char *address, int64_t now_ns)
{
    struct ek__consul_agent *agent;

    ek__consul_advance(consul, now_ns);
    if (!*node || ek__consul_catalog_node(&consul->catalog, node))
        return UINT32_MAX;
    consul->cause = 0;
    agent = ek__consul_agent_new(consul, node, node_id, address);
    agent->number = consul->agent_count++;
    consul->agents =
        ek__consul_resize(consul->agents, consul->agent_count * sizeof *consul->agents);
    consul->agents[agent->number] = agent;
    ek__consul_agent_join(consul, agent);
    return agent->number;
}

uint64_t ek_consul_request(struct ek_consul *consul, const struct ek_consul_request *request,
                           int64_t now_ns)
{
    struct ek__consul_query *query;
    uint64_t id;

    ek__consul_advance(consul, now_ns);
    query = ek__consul_query_new(consul, request->agent, request->cause);
    if (!query)
        return 0;
    id = query->id;
    query->token = request->token;
    consul->cause = request->cause;
    if (request->agent >= consul->agent_count || consul->agents[request->agent]->is_stopped) {
        ek__consul_query_ready(consul, query);
        return id;
    }
    query->call = ek__consul_call_new(request);
    ek__consul_route(consul, query);
    return id;
}

bool ek_consul_response(struct ek_consul *consul, struct ek_consul_response *out)
{
    struct ek__consul_query *query;

    if (consul->pulled)
        ek__consul_query_free(consul, consul->pulled);
    consul->pulled = query = consul->ready.first;
    if (!query)
        return false;
    *out = (struct ek_consul_response){
        .id = query->id, .token = query->token, .cause = query->answer_cause};
    ek__consul_answer_response(consul, &query->answer, out);
    ek__consul_query_detach(query);
    return true;
}

void ek_consul_cancel(struct ek_consul *consul, uint64_t id)
{
    struct ek__consul_query *query = ek__consul_query_find(consul, id);

    if (query && query != consul->pulled)
        ek__consul_query_free(consul, query);
}

void ek_consul_tick(struct ek_consul *consul, int64_t now_ns)
{
    ek__consul_advance(consul, now_ns);
}

int64_t ek_consul_deadline(const struct ek_consul *consul)
{
    return ek__consul_timers_next(&consul->timers);
}

uint64_t ek_consul_index(const struct ek_consul *consul)
{
    return consul->index;
}

size_t ek_consul_instances(const struct ek_consul *consul, const char *service,
                           struct ek_consul_instance *out, size_t max)
{
    const struct ek__consul_name *name = ek__consul_catalog_name(&consul->catalog, service);
    size_t count = name ? name->instances.count : 0;

    for (size_t i = 0; i < count && i < max; i++) {
        const struct ek__consul_instance *instance = name->instances.items[i];

        out[i].service_id = instance->service.id;
        out[i].status = ek__consul_status_name(ek__consul_instance_status(instance));
    }
    return count;
}
