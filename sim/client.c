/* Clients: the drivers of the real channels. What a channel asks for is done here at once. */
#include "sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the fingerprint: the end of a call, told from an engine event. */
#define FINISH_MARK (UINT64_C(3) << 62)

/* ---- set-up ---- */

/* The address that the world gave to an endpoint says which one it is. */
static uint32_t server_of_address(const struct ek__world *world, const char *address)
{
    unsigned a, b, c;
    char rest;

    if (sscanf(address, "10.%u.%u.%u:8080%c", &a, &b, &c, &rest) != 3)
        return EK__NIL;
    a = (a << 16 | b << 8 | c) - 1;
    return a < world->server_count && strcmp(world->servers[a].address, address) == 0 ? a : EK__NIL;
}

static json_t *described(const struct ek__world *world, const struct ek__server *server)
{
    json_t *labels = json_array(), *out;
    char label[256];

    for (size_t i = 0; i < server->group->tags.count; i++) {
        snprintf(label, sizeof label, "tag=%s", ((char *const *)server->group->tags.items)[i]);
        json_array_append_new(labels, json_string(label));
    }
    for (size_t i = 0; i < server->group->meta.count; i++)
        json_array_append_new(labels, json_string(((char *const *)server->group->meta.items)[i]));
    out = json_pack("{s:s, s:I, s:o}", "address", server->address, "weight",
                    (json_int_t)server->group->weight, "labels", labels);
    if (server->zone < world->zone_count)
        json_object_set_new(out, "locality", json_string(world->zones[server->zone]));
    return out;
}

static json_t *static_options(const struct ek__world *world, const struct ek_client_group *group)
{
    char *const *names = group->resolver.addresses.items;
    json_t *list = json_array();

    for (uint32_t s = 0; s < world->server_count; s++) {
        bool is_wanted = group->resolver.addresses.count == 0;

        for (size_t i = 0; i < group->resolver.addresses.count && !is_wanted; i++)
            is_wanted = ek_scenario_name_matches(names[i], world->servers[s].name);
        if (is_wanted)
            json_array_append_new(list, described(world, &world->servers[s]));
    }
    return json_pack("{s:o}", "endpoints", list);
}

static json_t *consul_options(const struct ek__world *world, const struct ek_client_group *group)
{
    json_t *options =
        group->resolver.consul == NULL ? json_object() : json_deep_copy(group->resolver.consul);

    if (json_object_get(options, "service") == NULL)
        json_object_set_new(options, "service", json_string(world->scenario->service));
    return options;
}

static json_t *resolver_options(const struct ek__world *world, const struct ek_client_group *group)
{
    switch ((enum ek_resolver_kind)group->resolver.kind) {
    case EK_RESOLVER_STATIC:
        break;
    case EK_RESOLVER_CONSUL:
        return consul_options(world, group);
    case EK_RESOLVER_DNS:
        return ek__dns_options(world, group);
    }
    return static_options(world, group);
}

bool ek__clients_prepare(struct ek__world *world, char *why, size_t why_size)
{
    const struct ek_client_group *groups = world->scenario->clients.items;
    struct ek_errors errors = {0};

    world->dns_delay = ek_sampler_make(&world->scenario->dns.delay);
    for (size_t g = 0; g < world->scenario->clients.count; g++) {
        world->resolver_options[g] = resolver_options(world, &groups[g]);
        if (ek_service_config_read(groups[g].service_config, "", &world->configs[g], &errors) !=
            EK_OK) {
            snprintf(why, why_size, "client group %zu: service config%s: %s", g,
                     errors.items[0].path, errors.items[0].text);
            return false;
        }
    }
    return true;
}

/* Zone-aware routing wants to know where all callers are. */
static bool tell_callers(struct ek__world *world, struct ek__client *client)
{
    struct ek_callers *callers;
    enum ek_err err;

    if (world->zone_count == 0)
        return true;
    callers = calloc(world->zone_count, sizeof *callers);
    if (callers == NULL)
        return false;
    for (uint32_t z = 0; z < world->zone_count; z++)
        callers[z].locality = world->zones[z];
    for (uint32_t c = 0; c < world->client_count; c++)
        if (world->clients[c].zone < world->zone_count)
            callers[world->clients[c].zone].count++;
    err = ek_channel_set_callers(client->channel, callers, world->zone_count, ek__now(world));
    free(callers);
    return err == EK_OK || err == EK_ELIMIT; /* too many zones: the rest does not matter */
}

static bool open_channel(struct ek__world *world, uint32_t c, size_t g, char *why, size_t why_size)
{
    static const char *const names[] = {"static", "consul", "dns"}; /* enum ek_resolver_kind */
    struct ek__client *client = &world->clients[c];
    struct ek_errors errors = {0};
    struct ek_channel_config config = {
        .service_config = &world->configs[g],
        .resolver = ek_resolver_find(names[client->group->resolver.kind]),
        .resolver_options = world->resolver_options[g],
        .seed = world->seed,
        .id = c,
        .cause = world->start,
        .locality = client->zone < world->zone_count ? world->zones[client->zone] : NULL,
    };

    if (ek_channel_new(&config, ek__now(world), &client->channel, &errors) == EK_OK)
        return tell_callers(world, client);
    snprintf(why, why_size, "client %" PRIu32 ": %s", c,
             errors.count > 0 ? errors.items[0].text : ek_err_text(EK_ENOMEM));
    return false;
}

bool ek__clients_start(struct ek__world *world, char *why, size_t why_size)
{
    const struct ek_client_group *groups = world->scenario->clients.items;
    uint32_t c = 0;

    for (size_t g = 0; g < world->scenario->clients.count; g++)
        for (int64_t i = 0; i < groups[g].count; i++, c++) {
            struct ek__client *client = &world->clients[c];

            client->connects = ek_rng_derive(world->seed, "connects", c);
            client->tick_slot = ek__slot(world, EK__CLIENT_TICK, c);
            client->tick_at = INT64_MAX;
            if (!open_channel(world, c, g, why, why_size) ||
                !ek__asking_start(world, c, why, why_size))
                return false;
            ek__client_obey(world, client);
        }
    return true;
}

void ek__clients_stop(struct ek__world *world)
{
    for (uint32_t c = 0; c < world->client_count; c++) {
        ek_channel_free(world->clients[c].channel);
        free(world->clients[c].connections);
        free(world->clients[c].endpoints);
        free(world->clients[c].befallen);
    }
}

/* ---- driving ---- */

static void endpoint_added(struct ek__world *world, struct ek__client *client,
                           const struct ek_action *note)
{
    size_t wanted = (size_t)note->endpoint + 1, capacity = client->connection_capacity;

    if (wanted > capacity) {
        struct ek__befallen *befallen;
        uint32_t *connections, *endpoints;

        capacity = wanted < 8 ? 8 : 2 * wanted;
        connections = realloc(client->connections, capacity * sizeof *connections);
        if (connections != NULL)
            client->connections = connections;
        endpoints = realloc(client->endpoints, capacity * sizeof *endpoints);
        if (endpoints != NULL)
            client->endpoints = endpoints;
        befallen = realloc(client->befallen, capacity * sizeof *befallen);
        if (befallen != NULL)
            client->befallen = befallen;
        if (connections == NULL || endpoints == NULL || befallen == NULL) {
            world->is_out_of_memory = true;
            return;
        }
        client->connection_capacity = capacity;
    }
    client->befallen[note->endpoint] = (struct ek__befallen){0};
    client->connections[note->endpoint] = EK__NIL;
    client->endpoints[note->endpoint] = server_of_address(world, note->text);
}

/* What a channel gave up on in this turn: the cause of what follows for the call, or the endpoint.
 */
struct failure {
    uint64_t call, record; /* of the attempt */
    uint32_t endpoint;     /* whose connection, or probe, was given up ... */
    uint64_t silence;      /* ... and what kept it from being answered; 0: nothing */
};

static uint64_t cause_of_note(const struct ek__client *client, const struct failure *failure,
                              const struct ek_action *note)
{
    uint64_t known = 0;

    switch ((int)note->note) {
    case EK_NOTE_RETRY:
    case EK_NOTE_THROTTLED:
        known = note->call == failure->call ? failure->record : 0;
        break;
    case EK_NOTE_EJECTED:
    case EK_NOTE_NOT_EJECTED:
        known = client->befallen[note->endpoint].failed;
        break;
    case EK_NOTE_RETURNED:
        known = client->befallen[note->endpoint].ejected;
        break;
    case EK_NOTE_UNHEALTHY:
    case EK_NOTE_SUBCHANNEL_STATE:
        known = note->endpoint == failure->endpoint ? failure->silence : 0;
        break;
    case EK_NOTE_REJECTED:
        known = client->blamed[EK_BLAME_FAILURES];
        break;
    default:
        break;
    }
    return known != 0 ? known : note->cause;
}

static uint64_t cause_of_end(const struct ek__client *client, const struct failure *failure,
                             const struct ek_action *finish)
{
    if (finish->status == EK_STATUS_OK)
        return 0;
    if (failure->record != 0 && finish->call == failure->call)
        return failure->record;
    return client->blamed[finish->from] != 0 ? client->blamed[finish->from] : finish->cause;
}

/* What calls to come may be put down to. */
static void remember(struct ek__client *client, const struct ek_action *note, uint64_t record)
{
    enum ek_blame blame = EK_BLAME_CALL;

    switch ((int)note->note) {
    case EK_NOTE_ENDPOINTS:
    case EK_NOTE_RESOLVER_ERROR:
        blame = EK_BLAME_LIST;
        break;
    case EK_NOTE_SUBCHANNEL_STATE:
        if (note->to == EK_CONN_TRANSIENT_FAILURE)
            blame = EK_BLAME_CONNECTION;
        break;
    case EK_NOTE_EJECTED:
        client->befallen[note->endpoint].ejected = record;
        blame = EK_BLAME_EJECTION;
        break;
    case EK_NOTE_UNHEALTHY:
        blame = EK_BLAME_HEALTH;
        break;
    case EK_NOTE_CONFIG_REFUSED:
        blame = EK_BLAME_CONFIG;
        break;
    default:
        break;
    }
    if (blame == EK_BLAME_CALL)
        return;
    client->blamed[blame] = record;
    if (blame != EK_BLAME_LIST && blame != EK_BLAME_CONFIG)
        client->blamed[EK_BLAME_FITNESS] = record;
}

/* Nobody cancelled the call, but whoever made it has given up on it. */
static bool is_late(const struct ek__client *client, const struct ek_recorded_call *record)
{
    int64_t within_ns = client->group->success_within_ns;

    return within_ns > 0 && record->status == EK_STATUS_OK &&
           record->end_ns - record->planned_ns > within_ns;
}

static void finish(struct ek__world *world, struct ek__client *client, struct ek_action *action)
{
    uint32_t index = (uint32_t)action->call;
    struct ek_recorded_call *record = &world->calls[index].record;
    uint32_t server =
        action->endpoint == EK_NO_ENDPOINT ? EK_NOBODY : client->endpoints[action->endpoint];

    record->status = (int)action->status;
    record->end_ns = world->engine.now;
    if (is_late(client, record)) {
        record->status = EK_STATUS_DEADLINE_EXCEEDED;
        action->text = "answered, but too late to count";
        action->cause =
            world->calls[index].cause != 0 ? world->calls[index].cause : world->calls[index].origin;
    }
    if (record->status != EK_STATUS_OK)
        record->cause =
            ek__journal(world, EK_RECORD_CALL_FAILED, record->client, server, action->cause,
                        (int64_t)record->number, record->status, action->text);
    ek_recorder_call_done(world->recorder, record);
    ek_recorder_hash(world->recorder, record->end_ns, FINISH_MARK | record->number);
    ek__books_ended(world, record);
    ek__pool_give(&world->call_pool, index);
    ek__load_finished(world, client);
}

static void obey(struct ek__world *world, struct ek__client *client, struct ek_action *action,
                 struct failure *failure)
{
    uint32_t c = (uint32_t)(client - world->clients);

    switch (action->kind) {
    case EK_ACTION_SEND:
        if (world->calls[action->call].record.number == world->trace_call)
            ek__look_pick(world, c, action);
        ek__net_send(world, c, action);
        break;
    case EK_ACTION_FINISH:
        action->cause = cause_of_end(client, failure, action);
        finish(world, client, action);
        break;
    case EK_ACTION_CANCEL:
        failure->call = action->call;
        failure->record = ek__net_abandon(world, action);
        break;
    case EK_ACTION_CONNECT:
        ek__connect(world, c, action);
        break;
    case EK_ACTION_CLOSE:
        failure->endpoint = (uint32_t)action->connection; /* the lower half of a handle */
        failure->silence = ek__leave(world, c, action->connection);
        break;
    case EK_ACTION_HTTP_GET:
    case EK_ACTION_LOOKUP:
        ek__query_start(world, c, action);
        break;
    case EK_ACTION_HTTP_CANCEL:
        ek__query_cancel(world, c, action->query);
        break;
    case EK_ACTION_PROBE:
        ek__probe_start(world, c, action);
        break;
    case EK_ACTION_PROBE_CANCEL:
        failure->endpoint = (uint32_t)action->probe; /* likewise */
        failure->silence = ek__probe_cancel(world, c, action->probe);
        break;
    case EK_ACTION_NOTE:
        if (action->note == EK_NOTE_ENDPOINT_ADDED)
            endpoint_added(world, client, action);
        action->cause = cause_of_note(client, failure, action);
        remember(client, action, ek__journal_note(world, c, action));
        break;
    }
}

void ek__client_obey(struct ek__world *world, struct ek__client *client)
{
    struct failure failure = {.endpoint = EK_NO_ENDPOINT};
    struct ek_action *action;
    int64_t deadline;

    while ((action = ek_channel_pull(client->channel)) != NULL)
        obey(world, client, action, &failure);
    deadline = ek_channel_deadline(client->channel).ns;
    if (deadline < client->tick_at) {
        client->tick_at = deadline < world->engine.now ? world->engine.now : deadline;
        ek_engine_set(&world->engine, client->tick_slot, client->tick_at);
    }
}

void ek__client_input(struct ek__world *world, uint32_t c, const struct ek_event *event)
{
    ek_channel_input(world->clients[c].channel, event, ek__now(world));
    ek__client_obey(world, &world->clients[c]);
}

void ek__client_tick(struct ek__world *world, uint32_t c)
{
    struct ek__client *client = &world->clients[c];

    client->tick_at = INT64_MAX;
    ek_channel_tick(client->channel, ek__now(world));
    ek__client_obey(world, client);
}
