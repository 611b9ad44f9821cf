/* A server process: workers, a queue, service times, and what faults do to them. */
#include "sim/world.h"

static struct ek__server *server_of(struct ek__world *world, uint32_t attempt)
{
    return &world->servers[world->attempts[attempt].endpoint];
}

static int64_t service_ns(const struct ek__server *server, const struct ek__attempt *a)
{
    int64_t ns;

    if (!server->slow.is_active)
        return ek_sampler_draw(&server->service, a->work);
    if (server->slow.has_service)
        return ek_sampler_draw(&server->slow.service, a->work);
    ns = ek_sampler_draw(&server->service, a->work);
    return ns > INT64_MAX / 1000000 ? ns : ns * server->slow.factor / 1000;
}

static void serve(struct ek__world *world, struct ek__server *server, uint32_t attempt)
{
    struct ek__attempt *a = &world->attempts[attempt];

    a->stage = EK__ATTEMPT_SERVED;
    if (server->slow.is_active)
        a->cause = server->cause;
    ek__list_add(world, &server->serving, attempt);
    if (server->group->workers > 0 && server->serving.count > server->group->workers)
        ek__broken(world, "%s serves %u calls with %d workers", server->name,
                   (unsigned)server->serving.count, (int)server->group->workers);
    ek_engine_set(&world->engine, a->slot, world->engine.now + service_ns(server, a));
}

static bool has_worker(const struct ek__server *server)
{
    return server->paused == 0 &&
           (server->group->workers == 0 || server->serving.count < server->group->workers);
}

static void serve_waiting(struct ek__world *world, struct ek__server *server)
{
    while (server->waiting.head != EK__NIL && has_worker(server)) {
        uint32_t attempt = server->waiting.head;

        ek__list_remove(world, &server->waiting, attempt);
        serve(world, server, attempt);
    }
}

static bool errs(struct ek__server *server)
{
    return server->error.is_active &&
           ek_rng_below(&server->errors, 1000000) < (uint64_t)server->error.share_ppm;
}

void ek__server_request(struct ek__world *world, uint32_t attempt)
{
    struct ek__server *server = server_of(world, attempt);
    struct ek__attempt *a = &world->attempts[attempt];
    int64_t queue_max = server->group->queue_max;

    if (errs(server)) {
        a->stage = EK__ATTEMPT_ERRING;
        a->cause = server->cause;
        ek_engine_set(&world->engine, a->slot, world->engine.now + server->error.after_ns);
        return;
    }
    if (has_worker(server)) {
        serve(world, server, attempt);
    } else if (server->paused == 0 && queue_max >= 0 && server->waiting.count >= queue_max) {
        server->books.done++;
        ek__net_answer(world, attempt, EK_STATUS_RESOURCE_EXHAUSTED, "queue is full");
        return;
    } else {
        a->stage = EK__ATTEMPT_QUEUED;
        if (server->paused > 0)
            a->cause = server->cause;
        ek__list_add(world, &server->waiting, attempt);
    }
    ek__journal_load(world, server);
}

void ek__server_service_done(struct ek__world *world, uint32_t attempt)
{
    struct ek__server *server = server_of(world, attempt);

    ek__list_remove(world, &server->serving, attempt);
    server->books.done++;
    serve_waiting(world, server);
    ek__journal_load(world, server);
    if (world->attempts[attempt].is_abandoned)
        ek__attempt_release(world, attempt);
    else
        ek__net_answer(world, attempt, EK_STATUS_OK, NULL);
}

/* The client does not wait any more. Its work is done all the same, unless the server stops it. */
void ek__server_abandoned(struct ek__world *world, uint32_t attempt)
{
    struct ek__server *server = server_of(world, attempt);
    bool is_served = world->attempts[attempt].stage == EK__ATTEMPT_SERVED;

    if (!server->group->cancel_stops_work)
        return;
    ek__list_remove(world, is_served ? &server->serving : &server->waiting, attempt);
    server->books.dropped++;
    ek__attempt_release(world, attempt);
    serve_waiting(world, server);
    ek__journal_load(world, server);
}

static void forget(struct ek__world *world, struct ek__server *server, struct ek__list *list,
                   uint64_t cause)
{
    while (list->head != EK__NIL) {
        uint32_t attempt = list->head;

        ek__list_remove(world, list, attempt);
        server->books.dropped++;
        world->attempts[attempt].cause = cause;
        ek__net_lose(world, attempt);
    }
}

/* The process ends at once: its work is gone, its connections are reset. */
void ek__server_stop(struct ek__world *world, struct ek__server *server, uint64_t cause)
{
    if (server->is_starting)
        ek_engine_cancel(&world->engine, server->start_slot);
    server->is_up = server->is_starting = server->is_draining = false;
    ek_engine_cancel(&world->engine, server->beat_slot);
    forget(world, server, &server->serving, cause);
    forget(world, server, &server->waiting, cause);
    ek__journal_load(world, server);
    ek__journal_process(world, server);
    ek__net_break(world, server, false, cause);
}

void ek__server_start(struct ek__world *world, struct ek__server *server, uint64_t cause)
{
    if (server->is_up || server->is_starting)
        return;
    server->is_starting = true;
    server->cause = cause;
    ek__journal_process(world, server);
    ek_engine_set(&world->engine, server->start_slot,
                  world->engine.now + server->group->startup_ns);
}

void ek__server_started(struct ek__world *world, uint32_t index)
{
    struct ek__server *server = &world->servers[index];

    server->is_starting = false;
    server->is_up = true;
    ek__journal_process(world, server);
    ek__agent_register(world, server, server->cause);
    server->cause = 0;
}

/* Work stands still where it is. */
void ek__server_pause(struct ek__world *world, struct ek__server *server)
{
    if (server->paused++ > 0)
        return;
    for (uint32_t i = server->serving.head; i != EK__NIL; i = world->attempts[i].next) {
        struct ek__attempt *a = &world->attempts[i];

        a->left_ns = ek_engine_time(&world->engine, a->slot) - world->engine.now;
        a->cause = server->cause;
        ek_engine_cancel(&world->engine, a->slot);
    }
    ek_engine_cancel(&world->engine, server->beat_slot);
}

void ek__server_resume(struct ek__world *world, struct ek__server *server)
{
    if (--server->paused > 0)
        return;
    for (uint32_t i = server->serving.head; i != EK__NIL; i = world->attempts[i].next)
        ek_engine_set(&world->engine, world->attempts[i].slot,
                      world->engine.now + world->attempts[i].left_ns);
    serve_waiting(world, server);
    ek__journal_load(world, server);
    if (server->is_registered && server->is_up)
        ek_engine_set(&world->engine, server->beat_slot, world->engine.now);
}
