/* What must hold in every run: whatever went in came out, or is still there. */
#include "sim/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void ek__broken(struct ek__world *world, const char *format, ...)
{
    va_list arguments;

    if (world->broken[0] != '\0') /* the first one tells */
        return;
    va_start(arguments, format);
    vsnprintf(world->broken, sizeof world->broken, format, arguments);
    va_end(arguments);
}

/* Counts the requests on their way to each server, and the scripted errors being made there. */
static void count_underway(struct ek__world *world)
{
    for (uint32_t s = 0; s < world->server_count; s++)
        world->servers[s].books.on_way = world->servers[s].books.erring = 0;
    for (uint32_t i = 0; i < world->attempt_pool.count; i++) {
        const struct ek__attempt *a = &world->attempts[i];

        if (a->stage == EK__ATTEMPT_OUTBOUND)
            world->servers[a->endpoint].books.on_way++;
        else if (a->stage == EK__ATTEMPT_ERRING)
            world->servers[a->endpoint].books.erring++;
    }
}

static void check_server(struct ek__world *world, const struct ek__server *server)
{
    const struct ek__books *books = &server->books;
    uint64_t inside = (uint64_t)server->serving.count + server->waiting.count + books->erring;

    if (books->sent != books->arrived + books->vanished + books->on_way)
        ek__broken(world,
                   "%s: %" PRIu64 " requests sent, but %" PRIu64 " arrived, %" PRIu64
                   " vanished and %" PRIu64 " are on their way",
                   server->name, books->sent, books->arrived, books->vanished, books->on_way);
    if (books->arrived != books->done + books->dropped + inside)
        ek__broken(world,
                   "%s: %" PRIu64 " requests arrived, but %" PRIu64 " are done, %" PRIu64
                   " dropped and %" PRIu64 " there",
                   server->name, books->arrived, books->done, books->dropped, inside);
}

/* The channels' own books against the world's. */
static void check_channels(struct ek__world *world)
{
    uint64_t calls = 0, attempts = 0, calls_open = 0, attempts_open = 0;

    for (uint32_t c = 0; c < world->client_count; c++) {
        struct ek_channel_stats stats = ek_channel_stats(world->clients[c].channel);

        calls += stats.calls;
        attempts += stats.attempts;
        calls_open += stats.calls_unfinished;
        attempts_open += stats.attempts_unfinished;
    }
    if (calls - calls_open != world->calls_ended || calls_open != world->calls_open)
        ek__broken(world,
                   "%" PRIu64 " calls were taken and %" PRIu64 " are open, but %" PRIu64 " ended",
                   calls, calls_open, world->calls_ended);
    if (attempts != world->attempts_sent || attempts - attempts_open != world->attempts_closed)
        ek__broken(world,
                   "%" PRIu64 " attempts were started and %" PRIu64 " are open, but %" PRIu64
                   " were sent and %" PRIu64 " ended",
                   attempts, attempts_open, world->attempts_sent, world->attempts_closed);
}

static void check_little(struct ek__world *world)
{
    const struct ek__little *little = &world->little;
    uint64_t spent, now = (uint64_t)world->engine.now;

    ek__books_level(world);
    spent = little->spent + now * world->calls_open - little->planned;
    if (little->integral != spent)
        ek__broken(world, "Little's law is off by %" PRId64 " ns: calls came or ended untimely",
                   (int64_t)(little->integral - spent));
}

void ek__books_check(struct ek__world *world)
{
    check_little(world);
    if (world->calls_offered != world->calls_ended + world->calls_open)
        ek__broken(world,
                   "%" PRIu64 " calls were offered, but %" PRIu64 " ended and %" PRIu32 " are open",
                   world->calls_offered, world->calls_ended, world->calls_open);
    count_underway(world);
    for (uint32_t s = 0; s < world->server_count; s++)
        check_server(world, &world->servers[s]);
    check_channels(world);
}
