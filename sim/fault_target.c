/* Whom a fault is aimed at. */
#include "sim/world.h"

#include <string.h>

static bool any_matches(const struct ek_list *patterns, const char *name)
{
    char *const *items = patterns->items;

    for (size_t i = 0; i < patterns->count; i++)
        if (ek_scenario_name_matches(items[i], name))
            return true;
    return false;
}

static bool is_in_zone(const struct ek__world *world, uint32_t zone, const char *name)
{
    return zone < world->zone_count && strcmp(world->zones[zone], name) == 0;
}

bool ek__target_matches(const struct ek__world *world, const struct ek_target *target, uint32_t s)
{
    const struct ek__server *server = &world->servers[s];

    if (target->endpoints.count > 0 && !any_matches(&target->endpoints, server->name))
        return false;
    return target->zone == NULL || is_in_zone(world, server->zone, target->zone);
}

/* Marks the members of one side of a network fault: clients, then servers, then the registry.
 * Returns how many there are. */
uint32_t ek__side_mark(const struct ek__world *world, const struct ek_side *side, uint8_t *flags)
{
    bool has_names = side->endpoints.count > 0 || side->clients.count > 0;
    uint32_t count = 0;

    for (uint32_t c = 0; c < world->client_count; c++) {
        bool is_in = (side->zone != NULL && is_in_zone(world, world->clients[c].zone, side->zone) &&
                      !has_names) ||
                     any_matches(&side->clients, world->clients[c].name);

        flags[c] = is_in;
        count += is_in;
    }
    for (uint32_t s = 0; s < world->server_count; s++) {
        bool is_in = (side->zone != NULL && is_in_zone(world, world->servers[s].zone, side->zone) &&
                      !has_names) ||
                     any_matches(&side->endpoints, world->servers[s].name);

        flags[world->client_count + s] = is_in;
        count += is_in;
    }
    flags[world->client_count + world->server_count] = side->registry;
    return count + side->registry;
}
