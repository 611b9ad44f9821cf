/* The network between clients and servers: requests and answers on their way. */
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
static uint32_t path_of(const struct ek__world *world, uint32_t c, uint32_t s)
{
    return world->clients[c].zone * (world->zone_count + 1) + world->servers[s].zone;
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
        ek__connection_reset(world, a);
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
    uint32_t queue = world->zone_queues[a->path];
    int64_t now = world->engine.now, delay;

    if (queue != EK__NIL && world->cuts == 0) {
        if (!ek_engine_append(&world->engine, queue, now + world->zone_delays[a->path].constant_ns,
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

void ek__net_transmit(struct ek__world *world, uint32_t attempt)
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
        .path = path_of(world, c, client->endpoints[action->endpoint]),
        .slot = EK__NIL,
        .handle = action->attempt,
        .work = action->number == 1 ? call->work : ek_mix64(call->work + action->number),
        .sent_at = world->engine.now,
    };
    a->place = (uint16_t)record->attempt_count;
    call->origin = action->cause;
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
        ek__net_transmit(world, index);
}

/* The client's side of an attempt is over: books, and the record of a failure. */
static uint64_t close_books(struct ek__world *world, uint32_t attempt, int status, const char *text)
{
    struct ek__attempt *a = &world->attempts[attempt];
    struct ek__call_record *call = &world->calls[a->call];
    struct ek_recorded_call *record = &call->record;
    struct ek__client *client = &world->clients[a->client];
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
        status != EK_STATUS_CANCELLED) { /* a hedge that lost did not fail */
        id = ek__journal(world, EK_RECORD_ATTEMPT_FAILED, a->client, a->endpoint,
                         a->cause != 0 ? a->cause : call->origin, (int64_t)record->number, status,
                         text);
        client->befallen[world->connections[a->connection].number].failed = id;
        client->blamed[EK_BLAME_FAILURES] = id;
    }
    world->attempts_closed++;
    call->cause = a->cause;
    world->connections[a->connection].attempts--;
    ek__connection_release(world, a->connection);
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
    uint32_t client = a->client;

    if (a->error != 0)
        ek__fault_answers(world, a->error, &event);
    if (a->is_abandoned) {
        ek__attempt_release(world, attempt);
        return;
    }
    if (world->servers[a->endpoint].group->load_reports)
        event.load = &a->load;
    event.cause = close_books(world, attempt, a->status, a->text);
    ek__attempt_release(world, attempt); /* nobody takes its place before the channel has read it */
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
            world->attempts[attempt].error = server->error.number;
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
