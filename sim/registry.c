/* The way to the fake Consul and back: the very bytes, with delays and cuts. */
#include "sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- bodies, shared by the many clients that one change wakes ---- */

static void body_drop(struct ek__body *body)
{
    if (body == NULL || --body->users > 0)
        return;
    free(body->text);
    free(body);
}

static struct ek__body *body_take(struct ek__world *world, const char *text, size_t size)
{
    struct ek__body *body = world->last_body;

    if (body == NULL || body->size != size || memcmp(body->text, text, size) != 0) {
        body = calloc(1, sizeof *body);
        if (body == NULL || (body->text = malloc(size + 1)) == NULL) {
            free(body);
            world->is_out_of_memory = true;
            return NULL;
        }
        memcpy(body->text, text, size);
        body->text[size] = '\0';
        body->size = size;
        body->users = 1; /* the world's */
        body_drop(world->last_body);
        world->last_body = body;
    }
    body->users++;
    return body;
}

/* ---- what the registry tells ---- */

static uint32_t server_by_name(const struct ek__world *world, const char *name)
{
    for (uint32_t s = 0; s < world->server_count; s++)
        if (strcmp(world->servers[s].name, name) == 0)
            return s;
    return EK_NOBODY;
}

/* Agent 0 is the registry's own; the others stand beside the servers, in order. */
static uint32_t server_of_agent(const struct ek__world *world, uint32_t agent)
{
    return agent > 0 && agent <= world->server_count ? agent - 1 : EK_NOBODY;
}

static void note(struct ek__world *world, const struct ek_consul_note *note)
{
    uint32_t s = note->subject[0] != '\0' ? server_by_name(world, note->subject)
                                          : server_of_agent(world, note->agent);
    uint64_t cause = note->cause;

    switch (note->kind) {
    case EK_CONSUL_NOTE_REGISTERED:
    case EK_CONSUL_NOTE_DEREGISTERED:
        if (s != EK_NOBODY)
            world->registry_last = world->registry_change =
                ek__journal(world,
                            note->kind == EK_CONSUL_NOTE_REGISTERED ? EK_RECORD_REGISTERED
                                                                    : EK_RECORD_DEREGISTERED,
                            EK_NOBODY, s, cause, 0, (int64_t)note->index, NULL);
        break;
    case EK_CONSUL_NOTE_CHECK:
        if (s == EK_NOBODY)
            break;
        /* A heartbeat that did not come has the cause that stopped it, not the last one's. */
        if (cause < ek__server_why(&world->servers[s]))
            cause = ek__server_why(&world->servers[s]);
        world->registry_last = world->registry_change = ek__journal(
            world, EK_RECORD_CHECK, EK_NOBODY, s, cause, 0, (int64_t)note->index, note->text);
        break;
    case EK_CONSUL_NOTE_WOKEN:
        ek__journal(world, EK_RECORD_WOKEN, EK_NOBODY, EK_NOBODY,
                    world->registry_change != 0 ? world->registry_change : cause, note->count,
                    (int64_t)note->index, NULL);
        break;
    }
}

static void query_lose(struct ek__world *world, struct ek__query *query, uint64_t cause)
{
    query->silence = cause;
    query->consul_id = 0;
    query->stage = EK__QUERY_ASKED;
    ek_engine_set(&world->engine, query->slot, query->timeout_at);
}

static int64_t way_ns(struct ek__world *world, const struct ek__query *query)
{
    return ek_sampler_draw(query->is_lookup ? &world->dns_delay : &world->consul_delay,
                           ek_rng_next(&world->clients[query->client].connects));
}

static bool is_cut(const struct ek__world *world, const struct ek__query *query, uint64_t *cause)
{
    return !query->is_lookup && ek__fault_cuts_registry(world, query->client, cause);
}

static bool is_of_key(const struct ek__query *query)
{
    return strncmp(query->target, "/v1/kv/", 7) == 0;
}

/* Of an answer that nobody's write has made ready: the last change, if it is the first to tell of
 * it, or if it is an error. One that brings nothing new is asked for by the clock alone. */
static uint64_t news_of(struct ek__world *world, const struct ek__query *query, uint64_t last)
{
    struct ek__client *client = &world->clients[query->client];
    bool is_news = client->heard != last || query->status != 200;

    client->heard = last;
    return is_news ? last : 0;
}

static uint64_t header_number(const struct ek_consul_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++)
        if (strcmp(response->headers[i].name, name) == 0)
            return strtoull(response->headers[i].value, NULL, 10);
    return 0;
}

static void come_back(struct ek__world *world, struct ek__query *query)
{
    int64_t at = world->engine.now + way_ns(world, query);

    query->stage = EK__QUERY_INBOUND;
    query->is_late = at > query->timeout_at;
    ek_engine_set(&world->engine, query->slot, query->is_late ? query->timeout_at : at);
}

static void answered(struct ek__world *world, uint32_t index,
                     const struct ek_consul_response *response)
{
    struct ek__query *query = &world->queries[index];

    uint64_t news, cause = 0;

    query->consul_id = 0;
    if (is_cut(world, query, &cause)) {
        query_lose(world, query, cause);
        return;
    }
    query->status = response->status;
    query->index = header_number(response, "X-Consul-Index");
    query->last_contact_ns = (int64_t)header_number(response, "X-Consul-Lastcontact") * EK_MS;
    query->cause =
        query->is_parked && world->registry_change != 0 ? world->registry_change : response->cause;
    news = is_of_key(query) ? world->key_last : news_of(world, query, world->registry_last);
    if (query->cause == 0)
        query->cause = news;
    query->body = body_take(world, response->body, response->body_size);
    come_back(world, query);
}

/* A name server answers at once. */
static void looked_up(struct ek__world *world, struct ek__query *query)
{
    const char *lines = ek__dns_answer(world, &query->status);

    query->body = lines != NULL ? body_take(world, lines, strlen(lines)) : NULL;
    query->cause = news_of(world, query, world->dns.change);
    come_back(world, query);
}

void ek__registry_turn(struct ek__world *world)
{
    struct ek_consul_response response;
    struct ek_consul_note told;
    int64_t deadline;

    world->registry_change = 0;
    while (ek_consul_note(world->consul, &told))
        note(world, &told);
    while (ek_consul_response(world->consul, &response))
        if (response.token != 0)
            answered(world, (uint32_t)response.token - 1, &response);
    deadline = ek_consul_deadline(world->consul);
    if (deadline == world->registry_at)
        return;
    world->registry_at = deadline;
    if (deadline == INT64_MAX)
        ek_engine_cancel(&world->engine, world->registry_slot);
    else
        ek_engine_set(&world->engine, world->registry_slot,
                      deadline > world->engine.now ? deadline : world->engine.now);
}

void ek__registry_tick(struct ek__world *world)
{
    world->registry_at = INT64_MAX;
    ek_consul_tick(world->consul, world->engine.now);
    ek__registry_turn(world);
}

void ek__registry_request(struct ek__world *world, uint32_t agent, const char *method,
                          const char *target, const char *body, uint64_t token, uint64_t cause)
{
    struct ek_consul_request request = {
        .agent = agent,
        .method = method,
        .target = target,
        .body = body,
        .body_size = body == NULL ? 0 : strlen(body),
        .cause = cause,
        .token = token,
    };
    uint64_t id = ek_consul_request(world->consul, &request, world->engine.now);

    if (token != 0)
        world->queries[token - 1].consul_id = id;
    ek__registry_turn(world);
}

/* ---- a resolver's queries ---- */

static void query_release(struct ek__world *world, uint32_t index)
{
    struct ek__query *query = &world->queries[index];

    free(query->target);
    body_drop(query->body);
    ek_engine_release(&world->engine, query->slot);
    *query = (struct ek__query){.client = EK__NIL};
    ek__pool_give(&world->query_pool, index);
}

void ek__query_start(struct ek__world *world, uint32_t c, const struct ek_action *action)
{
    uint32_t index =
        ek__pool_take(world, &world->query_pool, (void **)&world->queries, sizeof *world->queries);
    uint32_t slot = index == EK__NIL ? EK__NIL : ek__slot(world, EK__QUERY, index);
    struct ek__query *query;
    uint64_t cause = 0;
    int64_t at;

    if (slot == EK__NIL)
        return;
    query = &world->queries[index];
    *query = (struct ek__query){
        .stage = EK__QUERY_OUTBOUND,
        .is_lookup = action->kind == EK_ACTION_LOOKUP,
        .client = c,
        .slot = slot,
        .handle = action->query,
        .timeout_at = ek_time_add(ek__now(world), action->value).ns,
        .target = strdup(action->text),
    };
    if (query->target == NULL)
        world->is_out_of_memory = true;
    if (is_cut(world, query, &cause)) {
        query_lose(world, query, cause);
        return;
    }
    at = world->engine.now + way_ns(world, query);
    ek_engine_set(&world->engine, slot, at < query->timeout_at ? at : query->timeout_at);
}

void ek__query_cancel(struct ek__world *world, uint32_t c, uint64_t handle)
{
    for (uint32_t i = 0; i < world->query_pool.count; i++) {
        struct ek__query *query = &world->queries[i];

        if (query->client != c || query->handle != handle)
            continue;
        if (query->consul_id != 0)
            ek_consul_cancel(world->consul, query->consul_id);
        query_release(world, i);
        return;
    }
}

static void query_deliver(struct ek__world *world, uint32_t index, bool is_timeout)
{
    struct ek__query *query = &world->queries[index];
    struct ek__body *body = query->body;
    struct ek_http_answer answer = {
        .status = is_timeout ? 0 : query->status,
        .index = is_timeout ? 0 : query->index,
        .last_contact_ns = is_timeout ? 0 : query->last_contact_ns,
        .body = body == NULL || is_timeout ? NULL : body->text,
        .body_size = body == NULL || is_timeout ? 0 : body->size,
        .error = is_timeout         ? "the registry did not answer in time"
                 : query->is_lookup ? "the name server failed"
                                    : NULL,
    };
    struct ek_event event = {
        .kind = EK_EVENT_RESOLVED,
        .query = query->handle,
        .answer = &answer,
    };
    uint32_t client = query->client;

    /* A record of this kind is news of the list of endpoints; a key is none. */
    if (is_timeout && query->silence == 0)
        query->silence = ek__fault_of_registry(world);
    event.cause = is_timeout ? query->silence : query->cause;
    if (!is_of_key(query))
        event.cause = ek__journal(world, EK_RECORD_QUERY, client, EK_NOBODY, event.cause,
                                  answer.status, (int64_t)answer.index, NULL);
    query->body = NULL;
    query_release(world, index);
    ek__client_input(world, client, &event);
    body_drop(body);
}

void ek__query_due(struct ek__world *world, uint32_t index)
{
    struct ek__query *query = &world->queries[index];

    switch (query->stage) {
    case EK__QUERY_OUTBOUND:
        if (query->is_lookup) {
            looked_up(world, query);
            break;
        }
        query->stage = EK__QUERY_ASKED;
        ek_engine_set(&world->engine, query->slot, query->timeout_at);
        ek__registry_request(world, 0, "GET", query->target, NULL, (uint64_t)index + 1, 0);
        query = &world->queries[index];
        query->is_parked = query->stage == EK__QUERY_ASKED;
        if (query->is_parked)
            query->silence = ek__fault_of_registry(world);
        break;
    case EK__QUERY_ASKED:
        if (query->consul_id != 0)
            ek_consul_cancel(world->consul, query->consul_id);
        query_deliver(world, index, true);
        break;
    case EK__QUERY_INBOUND:
        query_deliver(world, index, query->is_late);
        break;
    }
}

void ek__registry_free(struct ek__world *world)
{
    for (uint32_t i = 0; i < world->query_pool.count; i++) {
        free(world->queries[i].target);
        body_drop(world->queries[i].body);
    }
    body_drop(world->last_body);
    free(world->dns.cached);
    free(world->dns.zone);
    ek_consul_free(world->consul);
}
