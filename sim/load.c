/* Load: when each client's calls are planned, and their draws. */
#include "sim/world.h"

#include "evenkeel/err.h"

#include <stdlib.h>

enum {
    RAMP_STEPS = 64 /* a ramp is this many equal stretches of constant rate */
};

/* Rates are millionths per second of a whole group; a client has its even part, per ns. */
static double per_ns(int64_t rate, int64_t clients)
{
    return (double)rate / 1e15 / (double)clients;
}

static int64_t base_rate(const struct ek_client_group *group)
{
    return group->arrivals.kind == EK_ARRIVALS_POISSON ? group->arrivals.poisson_rate
                                                       : group->arrivals.constant_rate;
}

/* The group's profile as stretches of constant rate. */
static struct ek__load_segment *segments_make(const struct ek_client_group *group, int64_t end_ns,
                                              size_t *count)
{
    const struct ek_load_step *steps = group->profile.items;
    size_t step_count = group->profile.count, n = 0;
    struct ek__load_segment *segments = calloc(step_count * (RAMP_STEPS + 1) + 1, sizeof *segments);
    int64_t rate = base_rate(group);

    if (segments == NULL)
        return NULL;
    for (size_t i = 0; i < step_count; i++) {
        int64_t over = steps[i].over_ns, next = i + 1 < step_count ? steps[i + 1].at_ns : end_ns;

        segments[n++] =
            (struct ek__load_segment){steps[i].at_ns, per_ns(rate, group->count), (uint32_t)i};
        for (int k = 0; over > 0 && k < RAMP_STEPS; k++) {
            int64_t until = steps[i].at_ns + over / RAMP_STEPS * (k + 1);
            int64_t middle = rate + (steps[i].rate - rate) / (2 * RAMP_STEPS) * (2 * k + 1);

            segments[n++] = (struct ek__load_segment){
                until < next ? until : next, per_ns(middle, group->count), (uint32_t)i + 1};
        }
        rate = steps[i].rate;
    }
    segments[n++] =
        (struct ek__load_segment){INT64_MAX, per_ns(rate, group->count), (uint32_t)step_count};
    *count = n;
    return segments;
}

/* When `amount` expected calls after now have passed; INT64_MAX if never. */
static int64_t after(struct ek__client *client, int64_t now, double amount)
{
    for (; client->segment < client->segment_count; client->segment++) {
        const struct ek__load_segment *segment = &client->segments[client->segment];
        double room = (double)(segment->until_ns - now) * segment->per_ns;

        if (segment->until_ns <= now)
            continue;
        if (segment->per_ns > 0 && amount <= room) {
            double wait = amount / segment->per_ns;

            return wait > 9e18 ? INT64_MAX : now + (int64_t)(wait + 0.5);
        }
        amount -= room;
        now = segment->until_ns;
    }
    return INT64_MAX;
}

static void plan(struct ek__world *world, struct ek__client *client, double amount)
{
    int64_t at = after(client, world->engine.now, amount);

    if (at < world->scenario->duration_ns)
        ek_engine_set(&world->engine, client->arrival_slot, at);
}

static double gap(struct ek__client *client)
{
    return client->group->arrivals.kind == EK_ARRIVALS_POISSON
               ? ek_sample_exponential(ek_rng_next(&client->arrivals))
               : 1;
}

bool ek__load_start(struct ek__world *world)
{
    const struct ek_client_group *groups = world->scenario->clients.items;
    uint32_t c = 0;

    for (size_t g = 0; g < world->scenario->clients.count; g++) {
        size_t count = 0;
        struct ek__load_segment *segments =
            segments_make(&groups[g], world->scenario->duration_ns, &count);

        if (segments == NULL)
            return false;
        world->group_segments[g] = segments;
        for (int64_t i = 0; i < groups[g].count; i++, c++) {
            struct ek__client *client = &world->clients[c];

            client->segments = segments;
            client->segment_count = count;
            client->arrivals = ek_rng_derive(world->seed, "arrivals", c);
            client->work = ek_rng_derive(world->seed, "work", c);
            client->arrival_slot = ek__slot(world, EK__LOAD_ARRIVAL, c);
            if (groups[g].arrivals.kind == EK_ARRIVALS_CLOSED)
                for (int64_t k = 0; k < groups[g].arrivals.closed.concurrency; k++)
                    ek_engine_set(&world->engine, ek__slot(world, EK__LOAD_THINK, c), 0);
            else if (groups[g].arrivals.kind == EK_ARRIVALS_POISSON)
                plan(world, client, gap(client));
            else /* the group as a whole is evenly spaced */
                plan(world, client, (double)i / (double)groups[g].count);
        }
    }
    return !world->is_out_of_memory;
}

/* The record of the step of the profile that a call of this moment comes of: made with the first.
 */
static inline uint64_t step_record(struct ek__world *world, const struct ek__client *client)
{
    struct ek__load_news *news =
        &world->group_loads[client->group -
                            (const struct ek_client_group *)world->scenario->clients.items];

    if (news->record == 0 || client->load_step > news->step)
        *news = (struct ek__load_news){client->load_step, ek__journal_step(world, client)};
    return news->record;
}

/* A call is due now. */
static void offer(struct ek__world *world, uint32_t c)
{
    struct ek__client *client = &world->clients[c];
    int64_t now = world->engine.now;
    uint32_t index =
        ek__pool_take(world, &world->call_pool, (void **)&world->calls, sizeof *world->calls);
    struct ek__call_record *call;
    struct ek_call start;

    if (index == EK__NIL)
        return;
    call = &world->calls[index];
    call->record.number = ek_recorder_call_started(world->recorder, now, c);
    call->record.client = c;
    call->record.planned_ns = now;
    call->record.attempt_count = 0;
    call->record.cause = call->cause = 0;
    call->work = ek_rng_next(&client->work);
    call->open_count = 0;
    ek__books_offered(world, &call->record);
    call->origin = step_record(world, client);
    start = (struct ek_call){
        .token = index, .cause = call->origin, .timeout_ns = client->group->deadline_ns};
    ek__asking(client, &start);
    if (call->record.number == world->trace_call)
        ek_channel_trace(client->channel, index);
    if (ek_channel_call(client->channel, &start, ek__now(world)) != EK_OK) {
        call->record.status = EK_STATUS_RESOURCE_EXHAUSTED;
        call->record.end_ns = now;
        ek_recorder_call_done(world->recorder, &call->record);
        ek__books_ended(world, &call->record);
        ek__pool_give(&world->call_pool, index);
        return;
    }
    ek__client_obey(world, client);
}

void ek__load_arrival(struct ek__world *world, uint32_t c)
{
    struct ek__client *client = &world->clients[c];

    client->load_step = client->segments[client->segment].step; /* in which it was planned */
    plan(world, client, gap(client));
    offer(world, c);
}

void ek__load_think(struct ek__world *world, uint32_t c)
{
    ek_engine_release(&world->engine, world->engine.popped);
    if (world->engine.now < world->scenario->duration_ns)
        offer(world, c);
}

void ek__load_finished(struct ek__world *world, struct ek__client *client)
{
    uint32_t slot;

    if (client->group->arrivals.kind != EK_ARRIVALS_CLOSED)
        return;
    slot = ek__slot(world, EK__LOAD_THINK, (uint32_t)(client - world->clients));
    if (slot != EK_ENGINE_NO_SLOT)
        ek_engine_set(&world->engine, slot,
                      world->engine.now + client->group->arrivals.closed.think_ns);
}

void ek__load_stop(struct ek__world *world)
{
    for (uint32_t c = 0; c < world->client_count; c++)
        ek_engine_cancel(&world->engine, world->clients[c].arrival_slot);
    world->is_load_over = true;
}
