/* Fetching from memory what the events to come will need. Changes nothing but speed. */
#include "sim/world.h"

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
void ek__fetch_ahead(struct ek__world *world)
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
