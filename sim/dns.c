/* A name server and its cache, which all clients ask: what it holds, it answers until its time is
 * over. */
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *ek__dns_options(const struct ek__world *world, const struct ek_client_group *group)
{
    json_t *options = json_deep_copy(group->resolver.dns);
    char target[280];

    snprintf(target, sizeof target, "%s:8080", world->scenario->service);
    if (json_object_get(options, "target") == NULL)
        json_object_set_new(options, "target", json_string(target));
    return options;
}

static bool is_recorded(const struct ek__world *world, const struct ek__server *server)
{
    const struct ek_list *records = &world->scenario->dns.records;

    for (size_t i = 0; i < records->count; i++)
        if (ek_scenario_name_matches(((char *const *)records->items)[i], server->name))
            return true;
    return records->count == 0 && server->is_up && !server->is_draining;
}

/* What the zone says now, one address a line. */
static char *read_zone(const struct ek__world *world)
{
    char *text = calloc(world->server_count + 1u, sizeof world->servers->address), *end = text;

    for (uint32_t s = 0; s < world->server_count && text != NULL; s++) {
        const struct ek__server *server = &world->servers[s];
        size_t size = strcspn(server->address, ":");

        if (!is_recorded(world, server))
            continue;
        memcpy(end, server->address, size);
        end[size] = '\n';
        end += size + 1;
    }
    return text;
}

/* Servers answer in turns, so that not everybody takes the first: the line at the front goes to the
 * end. */
static void rotate(char *lines)
{
    char first[sizeof((struct ek__server){0}.address)];
    size_t size = strcspn(lines, "\n") + 1, rest = strlen(lines);

    if (rest == 0 || size >= sizeof first)
        return;
    memcpy(first, lines, size);
    memmove(lines, lines + size, rest - size);
    memcpy(lines + rest - size, first, size);
}

/* Whether the zone reads as it did: what changed it is the last process that came or went. */
static void compare(struct ek__world *world)
{
    struct ek__dns *dns = &world->dns;

    if (dns->cached == NULL || (dns->zone != NULL && strcmp(dns->zone, dns->cached) == 0))
        return;
    if (dns->zone != NULL)
        dns->change = world->moved;
    free(dns->zone);
    dns->zone = strdup(dns->cached);
    if (dns->zone == NULL)
        world->is_out_of_memory = true;
}

const char *ek__dns_answer(struct ek__world *world, int *status)
{
    struct ek__dns *dns = &world->dns;

    *status = 0;
    if (dns->failing > 0)
        return NULL;
    if (dns->cached == NULL || (dns->frozen == 0 && world->engine.now >= dns->cached_until)) {
        free(dns->cached);
        dns->cached = read_zone(world);
        compare(world);
        dns->cached_until = ek_time_add(ek__now(world), world->scenario->dns.ttl_ns).ns;
        if (dns->cached == NULL)
            world->is_out_of_memory = true;
    }
    if (dns->cached == NULL)
        return NULL;
    *status = dns->absent > 0 || dns->cached[0] == '\0' ? 404 : 200;
    if (*status == 404)
        return "";
    rotate(dns->cached);
    return dns->cached;
}

void ek__dns_fault(struct ek__world *world, int kind, bool begins)
{
    uint32_t *count = kind == EK_FAULT_DNS_STALE      ? &world->dns.frozen
                      : kind == EK_FAULT_DNS_NXDOMAIN ? &world->dns.absent
                                                      : &world->dns.failing;

    *count += begins ? 1 : UINT32_MAX;
}
