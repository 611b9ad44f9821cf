/* The network between clients and servers: connections, requests and answers on their way. */
#include "sim/world.h"

/* In the fingerprint: a pick, told from an engine event. */
#define PICK_MARK (UINT64_C(1) << 63)

/* Streams of draws that follow from a call's own draw. */
enum {
    DRAW_OUTBOUND = 1,
    DRAW_INBOUND = 2,
    DRAW_LOSS = 3
};

/* Between their zones. */
static size_t path_of(const struct ek__world *world, uint32_t c, uint32_t s)
{
    return world->clients[c].zone * (world->zone_count + 1u) + world->servers[s].zone;
}

int64_t ek__net_delay(const struct ek__world *world, uint32_t c, uint32_t s, uint64_t draw)
{
    const struct ek_sampler *sampler = &world->zone_delays[path_of(world, c, s)];
    int64_t ns = sampler->kind == EK_DISTRIBUTION_CONSTANT ? sampler->constant_ns
                                                           : ek_sampler_draw(sampler, draw);

    return world->cuts == 0 ? ns : ns + ek__fault_delay(world, c, s);
}

/* Nothing gets through between the two. `cause` is set to the fault that does it. */
bool ek__net_is_cut(const struct ek__world *world, uint32_t c, uint32_t s, uint64_t *cause)
{
    if (world->servers[s].holes > 0) {
        *cause = world->servers[s].cause;
        return true;
    }
    return world->cuts > 0 && ek__fault_cuts(world, c, s, cause);
}

/* ---- attempts ---- */

void ek__attempt_release(struct ek__world *world, uint32_t attempt)
{
    world->attempts[attempt].stage = EK__ATTEMPT_FREE;
    ek__alarm_clear(world, &world->attempts[attempt].slot);
    ek__pool_give(&world->attempt_pool, attempt);
}

void ek__net_lose(struct ek__world *world, uint32_t attempt)
{
    struct ek__attempt *a = &world->attempts[attempt];

    if (a->is_abandoned) {
        ek__attempt_release(world, attempt);
        return;
    }
    a->stage = EK__ATTEMPT_LOST;
    ek__alarm_clear(world, &a->slot);
}

static void connection_release_if_unused(struct ek__world *world, uint32_t index);

static void connection_wake(struct ek__world *world, uint32_t index, int64_t delay_ns)
{
    ek__alarm_set(world, &world->connections[index].slot,
                  (struct ek_sim_event){EK__CONNECTION, index}, world->engine.now + delay_ns);
}

/* A packet for a connection that the process does not know is answered with a reset. */
static void reset_late(struct ek__world *world, const struct ek__attempt *a)
{
    struct ek__connection *connection = &world->connections[a->connection];

    if (a->is_abandoned || connection->stage != EK__CONNECTION_OPEN)
        return;
    connection->cause = world->servers[a->endpoint].cause;
    connection->is_goaway = false;
    connection->stage = EK__CONNECTION_BREAKING;
    connection_wake(world, a->connection, connection->delay_ns);
}

static void arrive(struct ek__world *world, uint32_t attempt)
{
    struct ek__attempt *a = &world->attempts[attempt];
    struct ek__server *server = &world->servers[a->endpoint];

    if (server->holes > 0) {
        a->cause = server->cause;
        server->books.vanished++;
        ek__net_lose(world, attempt);
    } else if (!server->is_up || a->incarnation != server->incarnation) {
        server->books.vanished++;
        reset_late(world, a);
        ek__net_lose(world, attempt);
    } else {
        server->books.arrived++;
        ek__server_request(world, attempt);
    }
}

void ek__attempt_wake(struct ek__world *world, uint32_t attempt, int64_t at)
{
    ek__alarm_set(world, &world->attempts[attempt].slot,
                  (struct ek_sim_event){EK__ATTEMPT, attempt}, at);
}

/* Sends a packet of the call on its way, from which nobody takes it back; true when it is there at
 * once. Its delay follows from the call's own draw. */
static bool travel(struct ek__world *world, uint32_t attempt, uint64_t stream,
                   bool may_take_no_time)
{
    const struct ek__attempt *a = &world->attempts[attempt];
    size_t path = path_of(world, a->client, a->endpoint);
    uint32_t queue = world->zone_queues[path];
    int64_t now = world->engine.now, delay;

    if (queue != EK__NIL && world->cuts == 0) {
        if (!ek_engine_append(&world->engine, queue, now + world->zone_delays[path].constant_ns,
                              (struct ek_sim_event){EK__ATTEMPT, attempt}))
            world->is_out_of_memory = true;
        return false;
    }
    delay = ek__net_delay(world, a->client, a->endpoint, ek_mix64(a->work + stream));
    if (delay == 0 && may_take_no_time)
        return true;
    ek__attempt_wake(world, attempt, now + delay);
    return false;
}

static void transmit(struct ek__world *world, uint32_t attempt)
{
    struct ek__attempt *a = &world->attempts[attempt];

    a->stage = EK__ATTEMPT_OUTBOUND;
    a->incarnation = world->connections[a->connection].incarnation;
    world->servers[a->endpoint].books.sent++;
    if (ek__net_is_cut(world, a->client, a->endpoint, &a->cause) ||
        (world->cuts > 0 && ek__fault_loses(world, a->client, a->endpoint,
                                            ek_mix64(a->work + DRAW_LOSS), &a->cause))) {
        world->servers[a->endpoint].books.vanished++;
        ek__net_lose(world, attempt);
        return;
    }
    if (travel(world, attempt, DRAW_OUTBOUND, true))
        arrive(world, attempt);
}

void ek__net_send(struct ek__world *world, uint32_t c, const struct ek_action *action)
{
    struct ek__client *client = &world->clients[c];
    uint32_t index = ek__pool_take(world, &world->attempt_pool, (void **)&world->attempts,
                                   sizeof *world->attempts);
    struct ek__call_record *call = &world->calls[action->call];
    struct ek__connection *connection = &world->connections[client->connections[action->endpoint]];
    struct ek__attempt *a;
    struct ek_recorded_call *record = &call->record;

    if (index == EK__NIL)
        return;
    a = &world->attempts[index];
    *a = (struct ek__attempt){
        .stage = EK__ATTEMPT_HELD,
        .client = c,
        .endpoint = client->endpoints[action->endpoint],
        .connection = client->connections[action->endpoint],
        .call = (uint32_t)action->call,
        .slot = EK__NIL,
        .handle = action->attempt,
        .work = action->number == 1 ? call->work : ek_mix64(call->work + action->number),
        .sent_at = world->engine.now,
    };
    a->place = (uint16_t)record->attempt_count;
    if (call->open_count < EK_RECORD_ATTEMPTS_MAX)
        call->open[call->open_count++] = index;
    if (record->attempt_count < EK_RECORD_ATTEMPTS_MAX)
        record->attempts[record->attempt_count++] = (struct ek_recorded_attempt){
            .endpoint = a->endpoint, .status = -1, .start_ns = a->sent_at};
    ek_recorder_attempt_started(world->recorder, a->sent_at, c, a->endpoint, action->number > 1);
    ek_recorder_hash(world->recorder, a->sent_at, PICK_MARK | (uint64_t)c << 32 | a->endpoint);
    connection->attempts++;
    world->attempts_sent++;
    if (connection->stage == EK__CONNECTION_OPENING || connection->stage == EK__CONNECTION_ANSWERED)
        ek__list_add(world, &connection->held, index);
    else
        transmit(world, index);
}

/* The client's side of an attempt is over: books, and the record of a failure. */
static uint64_t close_books(struct ek__world *world, uint32_t attempt, int status, const char *text)
{
    struct ek__attempt *a = &world->attempts[attempt];
    struct ek__call_record *call = &world->calls[a->call];
    struct ek_recorded_call *record = &call->record;
    uint64_t id = 0;

    if (a->place < EK_RECORD_ATTEMPTS_MAX) {
        record->attempts[a->place].status = status;
        record->attempts[a->place].end_ns = world->engine.now;
    }
    for (uint32_t i = 0; i < call->open_count; i++)
        if (call->open[i] == attempt)
            call->open[i] = call->open[--call->open_count];
    ek_recorder_attempt_done(world->recorder, world->engine.now, a->client, a->endpoint, status,
                             world->engine.now - a->sent_at);
    if (status != EK_STATUS_OK &&
        status != EK_STATUS_CANCELLED) /* a hedge that lost did not fail */
        id = ek__journal(world, EK_RECORD_ATTEMPT_FAILED, a->client, a->endpoint, a->cause,
                         (int64_t)record->number, status, text);
    world->attempts_closed++;
    call->cause = a->cause;
    world->connections[a->connection].attempts--;
    connection_release_if_unused(world, a->connection);
    return id;
}

static void deliver(struct ek__world *world, uint32_t attempt)
{
    struct ek__attempt *a = &world->attempts[attempt];
    struct ek_event event = {
        .kind = EK_EVENT_ATTEMPT_DONE,
        .status = (enum ek_status)a->status,
        .attempt = a->handle,
        .text = a->text,
    };
    struct ek_load_report load = a->load;
    uint32_t client = a->client;

    if (a->is_abandoned) {
        ek__attempt_release(world, attempt);
        return;
    }
    if (world->servers[a->endpoint].group->load_reports)
        event.load = &load;
    event.cause = close_books(world, attempt, a->status, a->text);
    ek__attempt_release(world, attempt);
    ek__client_input(world, client, &event);
}

void ek__net_answer(struct ek__world *world, uint32_t attempt, int status, const char *text)
{
    struct ek__attempt *a = &world->attempts[attempt];

    a->stage = EK__ATTEMPT_INBOUND;
    a->status = status;
    a->text = text;
    if (world->servers[a->endpoint].group->load_reports)
        ek__server_report(world, a);
    if (ek__net_is_cut(world, a->client, a->endpoint, &a->cause)) {
        ek__net_lose(world, attempt);
        return;
    }
    /* A refusal may be said while its client is still sending. */
    if (travel(world, attempt, DRAW_INBOUND, text == NULL))
        deliver(world, attempt);
}

static void fetch_for(const struct ek__world *world, const struct ek__attempt *a,
                      enum ek_expect when)
{
    const struct ek__server *server = &world->servers[a->endpoint];

    if (when == EK_EXPECT_LATER) {
        __builtin_prefetch(server);
        __builtin_prefetch(&server->books.arrived);
        ek_recorder_expect(world->recorder, a->endpoint);
    }
    if (a->stage != EK__ATTEMPT_INBOUND)
        return;
    ek_channel_expect(world->clients[a->client].channel, a->handle, when);
    if (when == EK_EXPECT_LATER) {
        __builtin_prefetch(&world->connections[a->connection]);
        __builtin_prefetch(&world->calls[a->call]);
        __builtin_prefetch(&world->calls[a->call].record.attempts);
    }
}

/* With thousands of servers each packet finds its attempt, its server and its channel's view of
 * both far away in memory. But who comes next is known: it is asked for a few packets ahead, step
 * by step, since each step follows from the one before. */
void ek__net_fetch_ahead(struct ek__world *world)
{
    struct ek_sim_event event;

    if (!ek_engine_peek(&world->engine, 8, &event) || event.kind != EK__ATTEMPT)
        return;
    fetch_for(world, &world->attempts[event.subject], EK_EXPECT_NEXT);
    if (!ek_engine_peek(&world->engine, 16, &event) || event.kind != EK__ATTEMPT)
        return;
    fetch_for(world, &world->attempts[event.subject], EK_EXPECT_SOON);
    if (!ek_engine_peek(&world->engine, 24, &event) || event.kind != EK__ATTEMPT)
        return;
    fetch_for(world, &world->attempts[event.subject], EK_EXPECT_LATER);
    if (ek_engine_peek(&world->engine, 32, &event) && event.kind == EK__ATTEMPT) {
        __builtin_prefetch(&world->attempts[event.subject]);
        __builtin_prefetch(&world->attempts[event.subject].sent_at);
    }
}

void ek__net_attempt_due(struct ek__world *world, uint32_t attempt)
{
    struct ek__attempt *a = &world->attempts[attempt];
    struct ek__server *server = &world->servers[a->endpoint];

    ek__alarm_clear(world, &a->slot);
    switch ((enum ek__attempt_stage)a->stage) {
    case EK__ATTEMPT_OUTBOUND:
        arrive(world, attempt);
        break;
    case EK__ATTEMPT_SERVED:
        ek__server_service_done(world, attempt);
        break;
    case EK__ATTEMPT_ERRING:
        if (server->is_up && a->incarnation == server->incarnation) {
            server->books.done++;
            ek__net_answer(world, attempt, server->error.status, "scripted error");
        } else {
            server->books.dropped++;
            ek__net_lose(world, attempt);
        }
        break;
    case EK__ATTEMPT_INBOUND:
        deliver(world, attempt);
        break;
    case EK__ATTEMPT_HELD:
    case EK__ATTEMPT_QUEUED:
    case EK__ATTEMPT_LOST:
    case EK__ATTEMPT_FREE:
        ek__broken(world, "an attempt that waits for nothing was woken");
        break;
    }
}

static uint32_t attempt_of(const struct ek__world *world, const struct ek_action *action)
{
    const struct ek__call_record *call = &world->calls[action->call];

    for (uint32_t i = 0; i < call->open_count; i++)
        if (world->attempts[call->open[i]].handle == action->attempt)
            return call->open[i];
    return EK__NIL;
}

/* The channel has given up on an attempt. Returns the record of that, as the cause of the rest. */
uint64_t ek__net_abandon(struct ek__world *world, const struct ek_action *action)
{
    uint32_t attempt = attempt_of(world, action);
    struct ek__attempt *a;
    struct ek__connection *connection;
    bool is_held;
    uint64_t id;

    if (attempt == EK__NIL) {
        ek__broken(world, "an attempt was cancelled that is not under way");
        return 0;
    }
    a = &world->attempts[attempt];
    connection = &world->connections[a->connection];
    is_held = a->stage == EK__ATTEMPT_HELD;

    if (is_held)
        ek__list_remove(world, &connection->held, attempt);
    if (a->cause == 0)
        a->cause = is_held || action->status == EK_STATUS_UNAVAILABLE ? connection->cause : 0;
    id = close_books(world, attempt, (int)action->status, action->text);
    a->is_abandoned = true;
    if (is_held || a->stage == EK__ATTEMPT_LOST)
        ek__attempt_release(world, attempt);
    else if (a->stage == EK__ATTEMPT_SERVED || a->stage == EK__ATTEMPT_QUEUED)
        ek__server_abandoned(world, attempt);
    return id;
}

/* ---- connections ---- */

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

static void connection_release_if_unused(struct ek__world *world, uint32_t index)
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

void ek__net_connect(struct ek__world *world, uint32_t c, const struct ek_action *action)
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

void ek__net_leave(struct ek__world *world, uint32_t c, uint64_t handle)
{
    struct ek__client *client = &world->clients[c];
    uint32_t number = (uint32_t)handle, index;

    if (number >= client->connection_capacity)
        return;
    index = client->connections[number];
    if (index == EK__NIL || world->connections[index].handle != handle)
        return;
    world->connections[index].is_left = true;
    connection_release_if_unused(world, index);
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
        connection->cause = server == NULL ? 0 : server->cause;
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
        connection_release_if_unused(world, index);
        return;
    }
    connection->stage = EK__CONNECTION_OPEN;
    while (world->connections[index].held.head != EK__NIL) {
        uint32_t attempt = world->connections[index].held.head;

        ek__list_remove(world, &world->connections[index].held, attempt);
        transmit(world, attempt);
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
    connection_release_if_unused(world, index);
}

void ek__net_connection_due(struct ek__world *world, uint32_t index)
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
void ek__net_break(struct ek__world *world, struct ek__server *server, bool is_goaway,
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
