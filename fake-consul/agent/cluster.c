/* The servers among the agents: who leads, who is asked first. */
#include "fake-consul/state.h"

#define ELECTION_NS (2 * EK__CONSUL_SECOND)

bool ek__consul_is_server(const struct ek_consul *consul, uint32_t agent)
{
    return agent < consul->server_count;
}

static uint32_t live_servers(const struct ek_consul *consul)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < consul->server_count && i < consul->agent_count; i++)
        count += !consul->agents[i]->is_stopped;
    return count;
}

bool ek__consul_server_is_down(const struct ek_consul *consul)
{
    return consul->faults[EK_CONSUL_SERVERS_GONE].is_on ||
           (consul->agent_count > 0 && live_servers(consul) == 0);
}

static bool has_quorum(const struct ek_consul *consul)
{
    uint32_t servers =
        consul->server_count < consul->agent_count ? consul->server_count : consul->agent_count;

    return 2 * live_servers(consul) > servers || consul->agent_count == 0;
}

bool ek__consul_has_leader(const struct ek_consul *consul)
{
    return !consul->faults[EK_CONSUL_NO_LEADER].is_on && !ek__consul_server_is_down(consul) &&
           has_quorum(consul) && consul->now >= consul->leader_elected;
}

/* The first that can. */
static void elect(struct ek_consul *consul, int64_t after_ns)
{
    for (uint32_t i = 0; i < consul->server_count && i < consul->agent_count; i++) {
        if (consul->agents[i]->is_stopped)
            continue;
        consul->leader = i;
        break;
    }
    consul->leader_elected = consul->now + after_ns;
    ek__consul_timer_arm(&consul->timers, &consul->election, consul->leader_elected);
}

void ek__consul_server_stopped(struct ek_consul *consul, uint32_t number)
{
    bool led = number == consul->leader;

    if (!led && has_quorum(consul))
        return;
    if (led && has_quorum(consul))
        elect(consul, ELECTION_NS);
    ek__consul_lose_leader(consul);
}

void ek__consul_server_started(struct ek_consul *consul)
{
    /* Recorded: a single server leads after 1.1 to 1.4 s. */
    const int64_t start_ns = 1200 * (EK__CONSUL_SECOND / 1000);

    if (has_quorum(consul) && (live_servers(consul) - 1) * 2 <= consul->server_count)
        elect(consul, start_ns);
}

/* Whether an agent asks a server that is not the leader. */
static bool has_follower(const struct ek_consul *consul)
{
    return live_servers(consul) > 1;
}

const char *ek__consul_rpc_prefix(const struct ek_consul *consul, uint32_t agent)
{
    bool has_leader = ek__consul_has_leader(consul);

    if (ek__consul_is_server(consul, agent))
        return has_leader && agent != consul->leader ? "rpc error making call: " : "";
    return has_leader && has_follower(consul) ? "rpc error making call: rpc error making call: "
                                              : "rpc error making call: ";
}

uint64_t ek__consul_contact_ms(const struct ek_consul *consul, uint32_t agent)
{
    const int64_t heartbeat_ns = 99 * (EK__CONSUL_SECOND / 1000);
    bool follows =
        ek__consul_is_server(consul, agent) ? agent != consul->leader : has_follower(consul);

    if (!ek__consul_has_leader(consul))
        return (uint64_t)(consul->now - consul->leader_lost) / 1000000;
    if (consul->faults[EK_CONSUL_LAG].is_on)
        return (uint64_t)(consul->now - consul->lagging_since) / 1000000;
    return follows ? 1 + (uint64_t)(consul->now % heartbeat_ns) / 1000000 : 0;
}
