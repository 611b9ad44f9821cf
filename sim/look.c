/* What channels hold of their endpoints: samples of it, and the candidates of one call's picks. */
#include "reports/recording/books.h"
#include "sim/run.h"
#include "sim/world.h"

#include <stdlib.h>

enum {
    ROWS = 30000, /* of samples, in a whole run */
    PAIRS = 2000  /* of clients and endpoints in one sample; at least one client has all its own */
};

/* ---- samples ---- */

void ek__look_start(struct ek__world *world, int64_t interval_ns)
{
    int64_t clients = world->client_count, servers = world->server_count;
    int64_t duration = world->scenario->duration_ns;
    int64_t most, samples;

    world->look_at = INT64_MAX;
    if (world->options->recording_path == NULL || clients == 0 || servers == 0)
        return;
    most = servers > PAIRS ? 1 : PAIRS / servers;
    world->look_clients = (uint32_t)(clients > most ? most : clients);
    samples = ROWS / (servers * world->look_clients) + 1;
    world->look_every = interval_ns * (duration / interval_ns / samples + 1);
    world->look_at = world->look_every;
}

static void look_into(struct ek__world *world, uint32_t c)
{
    const struct ek__client *client = &world->clients[c];
    struct ek_endpoint_view view;

    for (uint32_t e = 0; e < client->connection_capacity; e++) {
        /* A number that is not in use any more is a gap, not the end. */
        if (!ek_channel_endpoint(client->channel, e, &view) || !view.is_listed ||
            client->endpoints[e] == EK__NIL)
            continue;
        struct ek_recorded_holding row = {.at_ns = world->look_at,
                                          .client = c,
                                          .weight = view.shown_weight,
                                          .in_flight = view.in_flight};
        row.endpoint = client->endpoints[e];
        row.has_score = ek_channel_score(client->channel, e, &row.score);
        ek_recorder_holding(world->recorder, &row);
    }
}

static void look_at_books(struct ek__world *world, uint32_t c)
{
    const struct ek__client *client = &world->clients[c];
    const struct ek_client_group *groups = world->scenario->clients.items;
    struct ek_channel_stats stats = ek_channel_stats(client->channel);
    struct ek_recorded_books books = {
        .at_ns = world->look_at,
        .client = c,
        .retry_tokens = stats.retry_tokens,
        .retry_tokens_max = world->configs[client->group - groups].throttling.tokens_max,
        .panic_picks = stats.panic_picks};

    ek_recorder_books(world->recorder, &books);
}

void ek__look(struct ek__world *world, int64_t now_ns)
{
    while (world->look_at <= now_ns && world->look_at <= world->scenario->duration_ns) {
        for (uint32_t c = 0; c < world->look_clients; c++) {
            look_into(world, c);
            look_at_books(world, c);
        }
        world->look_at += world->look_every;
    }
    if (world->look_at > world->scenario->duration_ns)
        world->look_at = INT64_MAX;
}

/* ---- the picks of one call ---- */

/* Why an endpoint was no candidate. */
static const char *reason(const struct ek__call_record *call, const struct ek_endpoint_view *view,
                          uint32_t server)
{
    if (view->is_ejected)
        return "ejected";
    if (view->is_unhealthy)
        return "unhealthy";
    if (view->is_awaited)
        return "awaits its first probe";
    if (view->state != EK_CONN_READY)
        return view->is_failing ? "cannot be reached" : "not connected";
    for (uint32_t i = 0; i < call->record.attempt_count; i++)
        if (call->record.attempts[i].endpoint == server)
            return "tried before";
    return "not selected";
}

static const struct ek_traced *among(const struct ek_traced *candidates, size_t count,
                                     uint32_t endpoint)
{
    for (size_t i = 0; i < count; i++)
        if (candidates[i].endpoint == endpoint)
            return &candidates[i];
    return NULL;
}

void ek__look_pick(struct ek__world *world, uint32_t c, const struct ek_action *send)
{
    const struct ek__client *client = &world->clients[c];
    const struct ek__call_record *call = &world->calls[send->call];
    struct ek_endpoint_view view;
    const struct ek_traced *candidates, *candidate;
    size_t count;

    candidates = ek_channel_traced(client->channel, &count);
    for (uint32_t e = 0; e < client->connection_capacity; e++) {
        if (!ek_channel_endpoint(client->channel, e, &view) || !view.is_listed ||
            client->endpoints[e] == EK__NIL)
            continue;
        struct ek_recorded_candidate row = {.call = call->record.number,
                                            .attempt = send->number,
                                            .endpoint = client->endpoints[e],
                                            .weight = view.weight,
                                            .in_flight = view.in_flight,
                                            .fitness = "eligible",
                                            .is_chosen = e == send->endpoint};

        candidate = among(candidates, count, e);
        if (candidate == NULL) {
            row.fitness = reason(call, &view, row.endpoint);
        } else {
            row.weight = candidate->weight;
            row.in_flight = candidate->in_flight;
            row.has_score = candidate->has_score;
            row.score = candidate->score;
        }
        ek_recorder_candidate(world->recorder, &row);
    }
}
