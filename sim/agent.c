/* The Consul agent beside each server: registration, heartbeats, farewell. */
#include "sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t beat_ns(const struct ek__world *world)
{
    const struct ek_consul_settings *settings = &world->scenario->consul;

    return settings->heartbeat_ns > 0 ? settings->heartbeat_ns : settings->ttl_ns / 3;
}

static bool is_consul_needed(const struct ek__world *world)
{
    const struct ek_client_group *groups = world->scenario->clients.items;

    for (size_t g = 0; g < world->scenario->clients.count; g++)
        if (groups[g].resolver.kind == EK_RESOLVER_CONSUL ||
            world->configs[g].selection.canary.key != NULL)
            return true;
    return false;
}

bool ek__agents_start(struct ek__world *world)
{
    const struct ek_consul_settings *settings = &world->scenario->consul;
    struct ek_consul_config config = {
        .seed = world->seed,
        .version = (enum ek_consul_version)settings->version,
    };

    if (!is_consul_needed(world))
        return true;
    world->consul = ek_consul_new(&config);
    if (world->consul == NULL ||
        ek_consul_add_agent(world->consul, "consul-1", NULL, "10.255.0.1", 0) == UINT32_MAX)
        return false;
    world->consul_delay = ek_sampler_make(&settings->delay);
    world->registry_slot = ek__slot(world, EK__REGISTRY_TICK, 0);
    world->registry_at = INT64_MAX;
    for (uint32_t s = 0; s < world->server_count; s++) {
        struct ek__server *server = &world->servers[s];
        char node[80], address[32];

        snprintf(node, sizeof node, "node-%s", server->name);
        snprintf(address, sizeof address, "%.*s", (int)strcspn(server->address, ":"),
                 server->address);
        server->agent = ek_consul_add_agent(world->consul, node, NULL, address, 0);
        if (server->agent == UINT32_MAX)
            return false;
        ek__agent_register(world, server, world->start);
    }
    return ek__keys_start(world);
}

static void add_labels(const struct ek__world *world, const struct ek__server *server, json_t *body)
{
    const struct ek_endpoint_group *group = server->group;
    json_t *tags = json_array(), *meta = json_object();

    for (size_t i = 0; i < group->tags.count; i++)
        json_array_append_new(tags, json_string(((char *const *)group->tags.items)[i]));
    for (size_t i = 0; i < group->meta.count; i++) {
        const char *text = ((char *const *)group->meta.items)[i];
        size_t key_length = strcspn(text, "=");
        char key[128];

        snprintf(key, sizeof key, "%.*s", (int)key_length, text);
        json_object_set_new(meta, key,
                            json_string(text[key_length] == '=' ? text + key_length + 1 : ""));
    }
    if (server->zone < world->zone_count && json_object_get(meta, "zone") == NULL)
        json_object_set_new(meta, "zone", json_string(world->zones[server->zone]));
    json_object_set_new(body, "Tags", tags);
    json_object_set_new(body, "Meta", meta);
}

static char *registration(const struct ek__world *world, const struct ek__server *server)
{
    const struct ek_consul_settings *settings = &world->scenario->consul;
    char ttl[32], after[32];
    json_t *check, *body;
    char *text;

    snprintf(ttl, sizeof ttl, "%" PRId64 "ns", settings->ttl_ns);
    check = json_pack("{s:s}", "TTL", ttl);
    if (settings->deregister_after_ns > 0) {
        snprintf(after, sizeof after, "%" PRId64 "ns", settings->deregister_after_ns);
        json_object_set_new(check, "DeregisterCriticalServiceAfter", json_string(after));
    }
    body = json_pack("{s:s, s:s, s:s#, s:i, s:{s:I, s:i}, s:o}", "ID", server->name, "Name",
                     world->scenario->service, "Address", server->address,
                     (int)strcspn(server->address, ":"), "Port", 8080, "Weights", "Passing",
                     (json_int_t)server->group->weight, "Warning", 1, "Check", check);
    if (body != NULL)
        add_labels(world, server, body);
    text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

static void pass(struct ek__world *world, const struct ek__server *server, uint64_t cause)
{
    char target[128];

    snprintf(target, sizeof target, "/v1/agent/check/pass/service:%s", server->name);
    ek__registry_request(world, server->agent, "PUT", target, NULL, 0, cause);
}

void ek__agent_register(struct ek__world *world, struct ek__server *server, uint64_t cause)
{
    struct ek_rng rng = ek_rng_derive(world->seed, "agent", (uint64_t)(server - world->servers));
    char *body;

    if (world->consul == NULL)
        return;
    body = registration(world, server);
    if (body == NULL) {
        world->is_out_of_memory = true;
        return;
    }
    ek__registry_request(world, server->agent, "PUT", "/v1/agent/service/register", body, 0, cause);
    free(body);
    pass(world, server, cause);
    server->is_registered = true;
    /* Agents do not beat in step. */
    ek__agent_beat_at(world, server,
                      world->engine.now +
                          (int64_t)(ek_rng_next(&rng) % (uint64_t)(beat_ns(world) + 1)));
}

void ek__agent_deregister(struct ek__world *world, struct ek__server *server, uint64_t cause)
{
    char target[128];

    if (world->consul == NULL || !server->is_registered)
        return;
    snprintf(target, sizeof target, "/v1/agent/service/deregister/%s", server->name);
    ek__registry_request(world, server->agent, "PUT", target, NULL, 0, cause);
    server->is_registered = false;
    ek__alarm_clear(world, &server->beat_slot);
}

void ek__agent_beat_at(struct ek__world *world, struct ek__server *server, int64_t at)
{
    ek__alarm_set(world, &server->beat_slot,
                  (struct ek_sim_event){EK__AGENT_BEAT, (uint32_t)(server - world->servers)}, at);
}

void ek__agent_beat(struct ek__world *world, uint32_t s)
{
    struct ek__server *server = &world->servers[s];

    pass(world, server, 0);
    ek__agent_beat_at(world, server, world->engine.now + beat_ns(world));
}
