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

static bool is_shared(const struct ek__server *server)
{
    return server->group->discipline == EK_DISCIPLINE_PS;
}

/* How many calls it works on at once. */
static int64_t room(const struct ek__server *server)
{
    const struct ek_endpoint_group *group = server->group;

    if (is_shared(server))
        return group->queue_max < 0 ? INT64_MAX : group->workers + group->queue_max;
    return group->workers == 0 ? INT64_MAX : group->workers;
}

uint32_t ek__server_busy(const struct ek__server *server)
{
    int64_t workers = server->group->workers;

    return is_shared(server) && server->serving.count > workers ? (uint32_t)workers
                                                                : server->serving.count;
}

static void serve(struct ek__world *world, struct ek__server *server, uint32_t attempt)
{
    struct ek__attempt *a = &world->attempts[attempt];

    a->stage = EK__ATTEMPT_SERVED;
    if (server->slow.is_active)
        a->cause = server->cause;
    if (is_shared(server))
        ek__share_begin(world, server, attempt, service_ns(server, a));
    else
        ek__attempt_wake(world, attempt, world->engine.now + service_ns(server, a));
    ek__list_add(world, &server->serving, attempt);
    if (server->serving.count > room(server))
        ek__broken(world, "%s serves %u calls with %d workers", server->name,
                   (unsigned)server->serving.count, (int)server->group->workers);
}

static bool has_worker(const struct ek__server *server)
{
    return server->paused == 0 && server->serving.count < room(server);
}

/* How many calls wait at most; the shared ones are never more than there is room for. */
static bool is_full(const struct ek__server *server)
{
    int64_t queue_max = server->group->queue_max;

    return server->paused == 0 && queue_max >= 0 &&
           (is_shared(server) || server->waiting.count >= queue_max);
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

    if (errs(server)) {
        a->stage = EK__ATTEMPT_ERRING;
        a->cause = server->cause;
        ek__attempt_wake(world, attempt, world->engine.now + server->error.after_ns);
        return;
    }
    if (has_worker(server)) {
        serve(world, server, attempt);
    } else if (is_full(server)) {
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

    if (is_shared(server))
        ek__share_finish(world, server, attempt);
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
    if (is_served && is_shared(server))
        ek__share_leave(world, server, attempt);
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

        if (list == &server->serving && is_shared(server))
            ek__share_leave(world, server, attempt);
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
        ek__alarm_clear(world, &server->start_slot);
    server->is_up = server->is_starting = server->is_draining = false;
    ek__alarm_clear(world, &server->beat_slot);
    forget(world, server, &server->serving, cause);
    forget(world, server, &server->waiting, cause);
    ek__journal_load(world, server);
    ek__journal_process(world, server);
    ek__connections_break(world, server, false, cause);
}

void ek__server_start(struct ek__world *world, struct ek__server *server, uint64_t cause)
{
    if (server->is_up || server->is_starting)
        return;
    server->is_starting = true;
    server->cause = cause;
    ek__journal_process(world, server);
    ek__alarm_set(world, &server->start_slot,
                  (struct ek_sim_event){EK__PROCESS_STARTED, (uint32_t)(server - world->servers)},
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
    ek__alarm_clear(world, &server->beat_slot);
    for (uint32_t i = server->serving.head; i != EK__NIL; i = world->attempts[i].next) {
        struct ek__attempt *a = &world->attempts[i];

        a->cause = server->cause;
        if (is_shared(server))
            continue;
        a->left_ns = ek_engine_time(&world->engine, a->slot) - world->engine.now;
        ek__alarm_clear(world, &a->slot);
    }
    if (is_shared(server))
        ek__share_hold(world, server);
}

void ek__server_resume(struct ek__world *world, struct ek__server *server)
{
    if (--server->paused > 0)
        return;
    if (is_shared(server))
        ek__share_go(world, server);
    else
        for (uint32_t i = server->serving.head; i != EK__NIL; i = world->attempts[i].next)
            ek__attempt_wake(world, i, world->engine.now + world->attempts[i].left_ns);
    serve_waiting(world, server);
    ek__journal_load(world, server);
    if (server->is_registered && server->is_up)
        ek__agent_beat_at(world, server, world->engine.now);
}
