/* Processor sharing: a server whose workers are shared equally by all the calls in it.
 *
 * With n calls and c workers each call gets min(1, c / n) of a worker. What one call has got since
 * the server was empty all have got who were there; so this is a clock of the server's own, `got`,
 * and a call that comes at G and wants W ends at G + W whoever comes later. The next to end is the
 * least of a heap, and only its slot is set: O(log n) for each that comes or goes.
 *
 * All in integers, of 2^-20 ns. `got` is rounded down and the moment of an end up, so the workers
 * never give more than they have, nor, but for these roundings, less: both are checked when the
 * server is empty again, with the number of calls as it is known elsewhere. An end is answered at
 * the next whole ns, but the others have the workers from its very moment on. */
#include "sim/world.h"

#include <stdlib.h>

enum {
    PART_BITS = 20 /* of a ns */
};

/* ---- the heap ---- */

static bool is_before(const struct ek__sharer *a, const struct ek__sharer *b)
{
    return a->end < b->end || (a->end == b->end && a->order < b->order);
}

static void put(struct ek__world *world, struct ek__sharing *sharing, uint32_t place,
                struct ek__sharer sharer)
{
    sharing->heap[place] = sharer;
    world->attempts[sharer.attempt].share = place;
}

static void rise(struct ek__world *world, struct ek__sharing *sharing, uint32_t place,
                 struct ek__sharer sharer)
{
    while (place > 0 && is_before(&sharer, &sharing->heap[(place - 1) / 2])) {
        put(world, sharing, place, sharing->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(world, sharing, place, sharer);
}

static void sink(struct ek__world *world, struct ek__sharing *sharing, uint32_t place,
                 struct ek__sharer sharer)
{
    for (;;) {
        uint32_t child = 2 * place + 1;

        if (child + 1 < sharing->count &&
            is_before(&sharing->heap[child + 1], &sharing->heap[child]))
            child++;
        if (child >= sharing->count || !is_before(&sharing->heap[child], &sharer))
            break;
        put(world, sharing, place, sharing->heap[child]);
        place = child;
    }
    put(world, sharing, place, sharer);
}

static void take_out(struct ek__world *world, struct ek__sharing *sharing, uint32_t place)
{
    struct ek__sharer last = sharing->heap[--sharing->count];

    if (place == sharing->count)
        return;
    if (place > 0 && is_before(&last, &sharing->heap[(place - 1) / 2]))
        rise(world, sharing, place, last);
    else
        sink(world, sharing, place, last);
}

static bool grow(struct ek__world *world, struct ek__sharing *sharing)
{
    uint32_t capacity = sharing->capacity == 0 ? 16 : 2 * sharing->capacity;
    struct ek__sharer *heap;

    if (sharing->count < sharing->capacity)
        return true;
    heap = realloc(sharing->heap, capacity * sizeof *heap);
    if (heap == NULL) {
        world->is_out_of_memory = true;
        return false;
    }
    sharing->heap = heap;
    sharing->capacity = capacity;
    return true;
}

/* ---- the clock ---- */

static ek__wide now_of(const struct ek__world *world)
{
    return (ek__wide)world->engine.now << PART_BITS;
}

/* Up to `at`, with the number of calls as it was. */
static void advance(struct ek__server *server, ek__wide at)
{
    struct ek__sharing *sharing = &server->sharing;
    ek__wide elapsed = at - sharing->at, workers = (ek__wide)server->group->workers;

    sharing->at = at;
    if (sharing->is_held || sharing->count == 0)
        return;
    sharing->got += sharing->count <= workers ? elapsed : elapsed * workers / sharing->count;
    sharing->offered += elapsed * ek__server_busy(server);
}

/* When the next to end has all it wants, if nobody else comes. */
static ek__wide next_end(const struct ek__server *server)
{
    const struct ek__sharing *sharing = &server->sharing;
    ek__wide workers = (ek__wide)server->group->workers;
    ek__wide left = sharing->heap[0].end > sharing->got ? sharing->heap[0].end - sharing->got : 0;

    if (sharing->count > workers)
        left = (left * sharing->count + workers - 1) / workers;
    return sharing->at + left;
}

/* Sets the slot of the next to end. */
static void plan(struct ek__world *world, struct ek__server *server)
{
    struct ek__sharing *sharing = &server->sharing;
    uint32_t due = sharing->count == 0 || sharing->is_held ? EK__NIL : sharing->heap[0].attempt;
    ek__wide at;

    if (sharing->due != due && sharing->due != EK__NIL)
        ek__alarm_clear(world, &world->attempts[sharing->due].slot);
    sharing->due = due;
    if (due == EK__NIL)
        return;
    at = (next_end(server) + ((UINT64_C(1) << PART_BITS) - 1)) >> PART_BITS;
    at = at < (ek__wide)world->engine.now ? (ek__wide)world->engine.now : at;
    ek__attempt_wake(world, due, at < (ek__wide)INT64_MAX ? (int64_t)at : INT64_MAX);
}

/* ---- the calls ---- */

void ek__share_begin(struct ek__world *world, struct ek__server *server, uint32_t attempt,
                     int64_t want_ns)
{
    struct ek__sharing *sharing = &server->sharing;

    if (!grow(world, sharing))
        return;
    advance(server, now_of(world));
    sharing->changes++;
    rise(world, sharing, sharing->count++,
         (struct ek__sharer){
             .end = sharing->got + ((ek__wide)want_ns << PART_BITS),
             .order = sharing->order++,
             .want_ns = want_ns,
             .attempt = attempt,
         });
    plan(world, server);
}

/* The server is empty: what the workers offered is what the calls were given. Each change rounded
 * less than a ns away from all calls together. */
static void settle(struct ek__world *world, struct ek__server *server)
{
    struct ek__sharing *sharing = &server->sharing;
    ek__wide slack = (ek__wide)sharing->changes << PART_BITS;

    if (sharing->given > sharing->offered)
        ek__broken(world, "%s gave its calls more than its %d workers have", server->name,
                   (int)server->group->workers);
    if (sharing->offered > sharing->given + slack)
        ek__broken(world, "%s had calls to serve, and its %d workers did not", server->name,
                   (int)server->group->workers);
    sharing->got = sharing->offered = sharing->given = 0;
    sharing->changes = sharing->order = 0;
}

static void leave(struct ek__world *world, struct ek__server *server, uint32_t attempt,
                  bool is_finished)
{
    struct ek__sharing *sharing = &server->sharing;
    uint32_t place = world->attempts[attempt].share;
    const struct ek__sharer *sharer = &sharing->heap[place];
    ek__wide want = (ek__wide)sharer->want_ns << PART_BITS;

    advance(server, is_finished ? next_end(server) : now_of(world));
    if (is_finished && (sharer->end > sharing->got || sharing->at > now_of(world)))
        ek__broken(world, "%s answers a call before its work is done", server->name);
    sharing->given += sharer->end > sharing->got ? want - (sharer->end - sharing->got) : want;
    sharing->changes++;
    take_out(world, sharing, place);
    if (sharing->due == attempt)
        sharing->due = EK__NIL; /* its slot is the caller's again */
    if (sharing->count == 0)
        settle(world, server);
    plan(world, server);
}

void ek__share_finish(struct ek__world *world, struct ek__server *server, uint32_t attempt)
{
    leave(world, server, attempt, true);
}

/* It is taken out, whatever it has got. */
void ek__share_leave(struct ek__world *world, struct ek__server *server, uint32_t attempt)
{
    leave(world, server, attempt, false);
}

/* ---- pauses ---- */

void ek__share_hold(struct ek__world *world, struct ek__server *server)
{
    advance(server, now_of(world));
    server->sharing.is_held = true;
    plan(world, server);
}

void ek__share_go(struct ek__world *world, struct ek__server *server)
{
    advance(server, now_of(world));
    server->sharing.is_held = false;
    plan(world, server);
}
