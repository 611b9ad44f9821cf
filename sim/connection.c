/* Connections between clients and servers: opened, refused, broken, left. */
#include "sim/world.h"

static void connection_wake(struct ek__world *world, uint32_t index, int64_t delay_ns)
{
    ek__alarm_set(world, &world->connections[index].slot,
                  (struct ek_sim_event){EK__CONNECTION, index}, world->engine.now + delay_ns);
}

/* A packet for a connection that the process does not know is answered with a reset. */
void ek__connection_reset(struct ek__world *world, const struct ek__attempt *a)
{
    struct ek__connection *connection = &world->connections[a->connection];

    if (a->is_abandoned || connection->stage != EK__CONNECTION_OPEN)
        return;
    connection->cause = ek__server_why(&world->servers[a->endpoint]);
    connection->is_goaway = false;
    connection->stage = EK__CONNECTION_BREAKING;
    connection_wake(world, a->connection, connection->delay_ns);
}

static void unlink_from_server(struct ek__world *world, uint32_t index)
{
    struct ek__connection *connection = &world->connections[index];
    struct ek__server *server = &world->servers[connection->endpoint];

    if (!connection->is_linked)
        return;
    if (connection->previous != EK__NIL)
        world->connections[connection->previous].next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next != EK__NIL)
        world->connections[connection->next].previous = connection->previous;
    connection->is_linked = false;
}

static void link_to_server(struct ek__world *world, uint32_t index)
{
    struct ek__connection *connection = &world->connections[index];
    struct ek__server *server = &world->servers[connection->endpoint];

    connection->incarnation = server->incarnation;
    connection->previous = EK__NIL;
    connection->next = server->connections;
    if (server->connections != EK__NIL)
        world->connections[server->connections].previous = index;
    server->connections = index;
    connection->is_linked = true;
}

void ek__connection_release(struct ek__world *world, uint32_t index)
{
    struct ek__connection *connection = &world->connections[index];
    struct ek__client *client = &world->clients[connection->client];

    if (!connection->is_left || connection->attempts > 0)
        return;
    unlink_from_server(world, index);
    if (client->connections[connection->number] == index)
        client->connections[connection->number] = EK__NIL;
    ek__alarm_clear(world, &connection->slot);
    ek__pool_give(&world->connection_pool, index);
}

void ek__connect(struct ek__world *world, uint32_t c, const struct ek_action *action)
{
    struct ek__client *client = &world->clients[c];
    uint32_t index = ek__pool_take(world, &world->connection_pool, (void **)&world->connections,
                                   sizeof *world->connections);
    struct ek__connection *connection;
    uint64_t cause = 0;

    if (index == EK__NIL)
        return;
    connection = &world->connections[index];
    *connection = (struct ek__connection){
        .client = c,
        .endpoint = client->endpoints[action->endpoint],
        .number = action->endpoint,
        .handle = action->connection,
        .asked = action->cause,
        .stage = EK__CONNECTION_OPENING,
        .slot = EK__NIL,
    };
    ek__list_init(&connection->held);
    client->connections[action->endpoint] = index;
    if (connection->endpoint != EK__NIL && ek__net_is_cut(world, c, connection->endpoint, &cause)) {
        connection->cause = cause;
        return;
    }
    connection->delay_ns =
        connection->endpoint == EK__NIL
            ? 0
            : ek__net_delay(world, c, connection->endpoint, ek_rng_next(&client->connects));
    connection_wake(world, index, connection->delay_ns);
}

/* Returns what had become of it, so far as something had. */
uint64_t ek__leave(struct ek__world *world, uint32_t c, uint64_t handle)
{
    struct ek__client *client = &world->clients[c];
    uint32_t number = (uint32_t)handle, index;
    uint64_t cause;

    if (number >= client->connection_capacity)
        return 0;
    index = client->connections[number];
    if (index == EK__NIL || world->connections[index].handle != handle)
        return 0;
    cause = world->connections[index].cause;
    world->connections[index].is_left = true;
    ek__connection_release(world, index);
    return cause;
}

static void opening_arrives(struct ek__world *world, uint32_t index)
{
    struct ek__connection *connection = &world->connections[index];
    const struct ek__server *server =
        connection->endpoint == EK__NIL ? NULL : &world->servers[connection->endpoint];
    int64_t trips = world->scenario->network.handshakes;

    if (server != NULL && server->holes > 0) {
        connection->cause = server->cause;
        return;
    }
    connection->is_refused = server == NULL || !server->is_up || server->refusing > 0;
    connection->stage = EK__CONNECTION_ANSWERED;
    if (connection->is_refused) {
        connection->cause = server == NULL ? connection->asked : ek__server_why(server);
        trips = 1;
    } else {
        link_to_server(world, index);
    }
    connection_wake(world, index, connection->delay_ns * (trips > 0 ? 2 * trips - 1 : 0));
}

static void answer_arrives(struct ek__world *world, uint32_t index)
{
    struct ek__connection *connection = &world->connections[index];
    struct ek_event event = {
        .kind = connection->is_refused ? EK_EVENT_CONNECT_FAILED : EK_EVENT_CONNECTED,
        .connection = connection->handle,
        .cause = connection->cause,
        .text = connection->is_refused ? "connection refused" : NULL,
    };
    uint32_t client = connection->client;
    uint64_t cut_cause = 0;

    if (connection->endpoint != EK__NIL &&
        ek__net_is_cut(world, client, connection->endpoint, &cut_cause)) {
        connection->cause = cut_cause;
        connection->stage = EK__CONNECTION_OPENING; /* the client sees nothing */
        return;
    }
    if (connection->is_refused) {
        /* Attempts that wait for it are given up by the channel, and taken out there. */
        ek__client_input(world, client, &event);
        connection = &world->connections[index];
        connection->is_left = true;
        ek__connection_release(world, index);
        return;
    }
    connection->stage = EK__CONNECTION_OPEN;
    event.cause = ek__why_through(world, client, connection->endpoint, connection->asked);
    while (world->connections[index].held.head != EK__NIL) {
        uint32_t attempt = world->connections[index].held.head;

        ek__list_remove(world, &world->connections[index].held, attempt);
        ek__net_transmit(world, attempt);
    }
    ek__client_input(world, client, &event);
}

static void break_arrives(struct ek__world *world, uint32_t index)
{
    struct ek__connection *connection = &world->connections[index];
    struct ek_event event = {
        .kind = connection->is_goaway ? EK_EVENT_GOAWAY : EK_EVENT_DISCONNECTED,
        .connection = connection->handle,
        .cause = connection->cause,
        .text = connection->is_goaway ? "server is going away" : "connection reset by peer",
    };
    uint32_t client = connection->client;

    connection->stage = connection->is_goaway ? EK__CONNECTION_OPEN : EK__CONNECTION_CLOSED;
    connection->attempts++; /* it must outlive the turn */
    ek__client_input(world, client, &event);
    connection = &world->connections[index];
    connection->attempts--;
    connection->is_left = true;
    ek__connection_release(world, index);
}

void ek__connection_due(struct ek__world *world, uint32_t index)
{
    ek__alarm_clear(world, &world->connections[index].slot);
    switch ((enum ek__connection_stage)world->connections[index].stage) {
    case EK__CONNECTION_OPENING:
        opening_arrives(world, index);
        break;
    case EK__CONNECTION_ANSWERED:
        answer_arrives(world, index);
        break;
    case EK__CONNECTION_BREAKING:
        break_arrives(world, index);
        break;
    case EK__CONNECTION_OPEN:
    case EK__CONNECTION_CLOSED:
        break;
    }
}

/* Resets all connections of a server, or says good-bye on them. What cannot get through leaves the
 * client with a connection that is dead without its knowing. */
void ek__connections_break(struct ek__world *world, struct ek__server *server, bool is_goaway,
                           uint64_t cause)
{
    uint32_t s = (uint32_t)(server - world->servers), next;

    if (!is_goaway)
        server->incarnation++;
    for (uint32_t i = server->connections; i != EK__NIL; i = next) {
        struct ek__connection *connection = &world->connections[i];
        uint64_t cut_cause = 0;

        next = connection->next;
        if (!is_goaway)
            unlink_from_server(world, i);
        if (ek__net_is_cut(world, connection->client, s, &cut_cause))
            continue;
        connection->cause = cause;
        connection->is_goaway = is_goaway;
        if (connection->stage == EK__CONNECTION_ANSWERED) {
            connection->is_refused = true;
            continue;
        }
        connection->stage = EK__CONNECTION_BREAKING;
        connection_wake(world, i, connection->delay_ns);
    }
}
