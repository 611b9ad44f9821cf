/* Building the world of a scenario and turning its crank. */
#include "sim/world.h"
#include "sim/lines.h"
#include "sim/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAR = 256 /* servers: what calls need of them does not stay in the nearest cache */
};

/* ---- pools and slots ---- */

uint32_t ek__pool_grow(struct ek__world *world, struct ek__pool *pool, void **items, size_t size)
{
    if (pool->count == pool->capacity) {
        uint32_t capacity = pool->capacity == 0 ? 256 : 2 * pool->capacity;
        size_t had = pool->capacity * size;
        char *grown = ek__lines_alloc(capacity * size);
        uint32_t *free_list = realloc(pool->free, capacity * sizeof *free_list);

        if (free_list != NULL)
            pool->free = free_list;
        if (grown == NULL || free_list == NULL) {
            free(grown);
            world->is_out_of_memory = true;
            return EK__NIL;
        }
        if (had > 0)
            memcpy(grown, *items, had);
        memset(grown + had, 0, capacity * size - had);
        free(*items);
        *items = grown;
        pool->capacity = capacity;
    }
    return pool->count++;
}

uint32_t ek__slot(struct ek__world *world, enum ek__happening kind, uint32_t subject)
{
    uint32_t slot = ek_engine_acquire(&world->engine, (struct ek_sim_event){kind, subject});

    if (slot == EK_ENGINE_NO_SLOT)
        world->is_out_of_memory = true;
    return slot;
}

/* ---- who there is ---- */

static uint32_t zone_index(struct ek__world *world, const char *name)
{
    for (uint32_t z = 0; z < world->zone_count; z++)
        if (strcmp(world->zones[z], name) == 0)
            return z;
    world->zones[world->zone_count] = strdup(name);
    if (world->zones[world->zone_count] == NULL)
        world->is_out_of_memory = true;
    return world->zone_count++;
}

static void zones_collect(struct ek__world *world, const struct ek_list *names)
{
    char *const *items = names->items;

    for (size_t i = 0; i < names->count; i++)
        zone_index(world, items[i]);
}

static uint32_t zone_of(struct ek__world *world, const struct ek_list *zones, int64_t i)
{
    char *const *items = zones->items;

    return zones->count == 0 ? world->zone_count
                             : zone_index(world, items[(size_t)i % zones->count]);
}

/* Packets that are all on their way for the same time arrive in the order in which they left. */
static bool queues_build(struct ek__world *world, size_t count)
{
    world->zone_queues = calloc(count, sizeof *world->zone_queues);
    if (world->zone_queues == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct ek_sampler *delay = &world->zone_delays[i];
        size_t same = 0;

        world->zone_queues[i] = EK__NIL;
        if (delay->kind != EK_DISTRIBUTION_CONSTANT || delay->constant_ns == 0)
            continue;
        while (world->zone_delays[same].kind != EK_DISTRIBUTION_CONSTANT ||
               world->zone_delays[same].constant_ns != delay->constant_ns)
            same++;
        world->zone_queues[i] =
            same < i ? world->zone_queues[same] : ek_engine_queue(&world->engine);
    }
    return true;
}

static bool zones_build(struct ek__world *world)
{
    const struct ek_scenario *scenario = world->scenario;
    const struct ek_endpoint_group *endpoints = scenario->endpoints.items;
    const struct ek_client_group *clients = scenario->clients.items;
    const struct ek_zone_delay *delays = scenario->network.zones.items;
    size_t most = 2 * scenario->network.zones.count;
    size_t side;

    for (size_t g = 0; g < scenario->endpoints.count; g++)
        most += endpoints[g].zones.count;
    for (size_t g = 0; g < scenario->clients.count; g++)
        most += clients[g].zones.count;
    world->zones = calloc(most + 1, sizeof *world->zones);
    if (world->zones == NULL)
        return false;
    for (size_t g = 0; g < scenario->endpoints.count; g++)
        zones_collect(world, &endpoints[g].zones);
    for (size_t g = 0; g < scenario->clients.count; g++)
        zones_collect(world, &clients[g].zones);
    for (size_t i = 0; i < scenario->network.zones.count; i++) {
        zone_index(world, delays[i].from);
        zone_index(world, delays[i].to);
    }
    side = world->zone_count + 1u;
    world->zone_delays = calloc(side * side, sizeof *world->zone_delays);
    if (world->zone_delays == NULL)
        return false;
    for (size_t i = 0; i < side * side; i++)
        world->zone_delays[i] = ek_sampler_make(&scenario->network.delay);
    for (size_t i = 0; i < scenario->network.zones.count; i++) {
        uint32_t from = zone_index(world, delays[i].from), to = zone_index(world, delays[i].to);

        world->zone_delays[from * side + to] = ek_sampler_make(&delays[i].delay);
        world->zone_delays[to * side + from] = ek_sampler_make(&delays[i].delay);
    }
    return queues_build(world, side * side);
}

static void server_build(struct ek__world *world, const struct ek_endpoint_group *group, int64_t i,
                         uint32_t s)
{
    struct ek__server *server = &world->servers[s];
    uint32_t host = s + 1;

    ek_scenario_member_name(group->name, i + 1, server->name, sizeof server->name);
    snprintf(server->address, sizeof server->address, "10.%u.%u.%u:8080", host >> 16,
             host >> 8 & 255, host & 255);
    server->group = group;
    server->zone = zone_of(world, &group->zones, i);
    server->service = ek_sampler_make(&group->service);
    server->errors = ek_rng_derive(world->seed, "errors", s);
    server->is_up = true;
    server->process = EK_PROCESS_UP;
    server->connections = EK__NIL;
    ek__list_init(&server->serving);
    ek__list_init(&server->waiting);
    server->sharing.due = EK__NIL;
    server->start_slot = server->beat_slot = EK__NIL;
}

static bool parties_build(struct ek__world *world)
{
    const struct ek_endpoint_group *endpoints = world->scenario->endpoints.items;
    const struct ek_client_group *clients = world->scenario->clients.items;
    size_t groups = world->scenario->clients.count;
    uint32_t s = 0, c = 0;

    for (size_t g = 0; g < world->scenario->endpoints.count; g++)
        world->server_count += (uint32_t)endpoints[g].count;
    for (size_t g = 0; g < groups; g++)
        world->client_count += (uint32_t)clients[g].count;
    world->servers = ek__lines_alloc((world->server_count + 1u) * sizeof *world->servers);
    if (world->servers != NULL)
        memset(world->servers, 0, (world->server_count + 1u) * sizeof *world->servers);
    world->clients = calloc(world->client_count + 1u, sizeof *world->clients);
    world->configs = calloc(groups + 1, sizeof *world->configs);
    world->resolver_options = calloc(groups + 1, sizeof *world->resolver_options);
    world->group_segments = calloc(groups + 1, sizeof *world->group_segments);
    world->group_loads = calloc(groups + 1, sizeof *world->group_loads);
    if (world->servers == NULL || world->clients == NULL || world->configs == NULL ||
        world->resolver_options == NULL || world->group_segments == NULL ||
        world->group_loads == NULL)
        return false;
    for (size_t g = 0; g < world->scenario->endpoints.count; g++)
        for (int64_t i = 0; i < endpoints[g].count; i++)
            server_build(world, &endpoints[g], i, s++);
    for (size_t g = 0; g < groups; g++)
        for (int64_t i = 0; i < clients[g].count; i++, c++) {
            struct ek__client *client = &world->clients[c];

            client->group = &clients[g];
            client->zone = zone_of(world, &clients[g].zones, i);
            ek_scenario_member_name(clients[g].name, i + 1, client->name, sizeof client->name);
        }
    return true;
}

static enum ek_err world_build(struct ek__world *world, char *why, size_t why_size)
{
    snprintf(why, why_size, "%s", ek_err_text(EK_ENOMEM));
    if (!zones_build(world) || !parties_build(world))
        return EK_ENOMEM;
    if (!ek__clients_prepare(world, why, why_size))
        return EK_EINVAL;
    if (!ek__faults_start(world) || !ek__journal_open(world) || !ek__agents_start(world))
        return EK_ENOMEM;
    if (!ek__clients_start(world, why, why_size))
        return EK_EINVAL;
    if (!ek__load_start(world) || world->is_out_of_memory)
        return EK_ENOMEM;
    return EK_OK;
}

static void world_free(struct ek__world *world)
{
    size_t groups = world->scenario->clients.count;

    if (world->clients != NULL)
        ek__clients_stop(world);
    ek__registry_free(world);
    ek__faults_free(world);
    for (size_t g = 0; g < groups; g++) {
        if (world->configs != NULL)
            ek_service_config_deinit(&world->configs[g]);
        if (world->resolver_options != NULL)
            json_decref(world->resolver_options[g]);
        if (world->group_segments != NULL)
            free(world->group_segments[g]);
    }
    for (uint32_t z = 0; z < world->zone_count; z++)
        free(world->zones[z]);
    free(world->zones);
    free(world->zone_delays);
    free(world->zone_queues);
    free(world->clients);
    for (uint32_t s = 0; world->servers != NULL && s < world->server_count; s++)
        free(world->servers[s].sharing.heap);
    free(world->servers);
    free(world->configs);
    free(world->resolver_options);
    free(world->group_segments);
    free(world->group_loads);
    free(world->calls);
    free(world->attempts);
    free(world->connections);
    free(world->queries);
    free(world->probes);
    free(world->call_pool.free);
    free(world->attempt_pool.free);
    free(world->connection_pool.free);
    free(world->query_pool.free);
    free(world->probe_pool.free);
    ek_engine_deinit(&world->engine);
}

/* ---- the crank ---- */

static void handle(struct ek__world *world, struct ek_sim_event event)
{
    switch ((enum ek__happening)event.kind) {
    case EK__ATTEMPT:
        if (world->server_count >= FAR)
            ek__fetch_ahead(world);
        ek__net_attempt_due(world, event.subject);
        break;
    case EK__LOAD_ARRIVAL:
        ek__load_arrival(world, event.subject);
        break;
    case EK__LOAD_THINK:
        ek__load_think(world, event.subject);
        break;
    case EK__CLIENT_TICK:
        ek__client_tick(world, event.subject);
        break;
    case EK__CONNECTION:
        ek__connection_due(world, event.subject);
        break;
    case EK__QUERY:
        ek__query_due(world, event.subject);
        break;
    case EK__PROBE:
        ek__probe_due(world, event.subject);
        break;
    case EK__REGISTRY_TICK:
        ek__registry_tick(world);
        break;
    case EK__AGENT_BEAT:
        ek__agent_beat(world, event.subject);
        break;
    case EK__PROCESS_STARTED:
        ek__server_started(world, event.subject);
        break;
    case EK__FAULT_BEGIN:
        ek__fault_begin(world, event.subject);
        break;
    case EK__FAULT_STAGE:
        ek__fault_stage(world, event.subject);
        break;
    case EK__FAULT_END:
        ek__fault_end(world, event.subject);
        break;
    case EK__KEY_STEP:
        ek__key_step(world, event.subject);
        break;
    }
}

/* Calls under way at the end are awaited, but not for ever. */
static int64_t patience_ns(const struct ek_scenario *scenario)
{
    const struct ek_client_group *groups = scenario->clients.items;
    int64_t patience = 60 * EK_S;

    for (size_t g = 0; g < scenario->clients.count; g++)
        if (groups[g].deadline_ns > patience)
            patience = groups[g].deadline_ns;
    return patience;
}

static void watch(struct ek__world *world, int64_t at_ns)
{
    const struct ek_run_options *options = world->options;
    int64_t end_ns = world->scenario->duration_ns;
    struct ek_recording_end now = {.sim_ns = at_ns < end_ns ? at_ns : end_ns,
                                   .events = world->engine.count,
                                   .interrupted = true,
                                   .under_way = true};

    options->watch(options->watch_context, world->recorder, &now);
}

/* Between events, now and then: true when it was stopped from outside. */
static bool is_stopped(struct ek__world *world, int64_t at)
{
    const struct ek_run_options *options = world->options;

    if (options->progress != NULL && world->engine.count % 65536 == 0)
        options->progress(at, world->scenario->duration_ns);
    if (options->watch != NULL && world->engine.count % 65536 == 0)
        watch(world, at);
    return options->stop != NULL && *options->stop != 0;
}

/* True when it was stopped from outside. */
static bool turn(struct ek__world *world)
{
    int64_t duration = world->scenario->duration_ns;
    int64_t last = ek_time_add((ek_time){duration}, patience_ns(world->scenario)).ns;

    for (;;) {
        int64_t at = ek_engine_next(&world->engine);
        struct ek_sim_event event;

        if (world->engine.was_late)
            ek__broken(world, "an event was planned for the past");
        if (world->is_out_of_memory || world->broken[0] != '\0')
            return false;
        if (at >= duration) {
            if (!world->is_load_over) {
                ek__load_stop(world);
                at = ek_engine_next(&world->engine);
            }
            if (at > last || (at >= duration && world->calls_open == 0))
                return false;
        }
        if (world->engine.count % 1024 == 0 && is_stopped(world, at))
            return true;
        if (at >= world->look_at)
            ek__look(world, at);
        event = ek_engine_pop(&world->engine);
        ek_recorder_hash(world->recorder, at, (uint64_t)event.kind << 32 | event.subject);
        handle(world, event);
    }
}

enum ek_err ek_run(const struct ek_scenario *scenario, const struct ek_run_options *options,
                   struct ek_recorder **out, char *why, size_t why_size)
{
    struct ek__world *world = calloc(1, sizeof *world);
    int64_t (*clock_ns)(void) = options->clock_ns;
    int64_t started = clock_ns != NULL ? clock_ns() : 0;
    struct ek_recording_end end = {0};
    enum ek_err err;

    if (world == NULL) {
        snprintf(why, why_size, "%s", ek_err_text(EK_ENOMEM));
        return EK_ENOMEM;
    }
    world->scenario = scenario;
    world->options = options;
    world->seed = (uint64_t)scenario->seed;
    world->trace_call = options->trace_call;
    err = world_build(world, why, why_size);
    if (err == EK_OK) {
        end.interrupted = turn(world);
        ek__books_check(world);
        if (world->is_out_of_memory)
            err = EK_ENOMEM;
        else if (world->broken[0] != '\0')
            err = EK_EBROKEN;
    }
    if (err == EK_EBROKEN)
        snprintf(why, why_size,
                 "invariant broken at event %" PRIu64 ", %.9f s, seed %" PRIu64
                 ": %s; again with: %s",
                 world->engine.count, (double)world->engine.now / 1e9, world->seed, world->broken,
                 options->command != NULL ? options->command : scenario->path);
    if (err == EK_OK) {
        end.sim_ns = world->engine.now < scenario->duration_ns && !end.interrupted
                         ? scenario->duration_ns
                         : world->engine.now;
        end.events = world->engine.count;
        end.wall_ns = clock_ns != NULL ? clock_ns() - started : 0;
        if (options->watch != NULL)
            options->watch(options->watch_context, world->recorder, &end);
        err = ek_recorder_finish(world->recorder, &end, why, why_size);
    }
    if (err == EK_OK || err == EK_EIO)
        *out = world->recorder;
    else
        ek_recorder_free(world->recorder);
    world_free(world);
    free(world);
    return err;
}
