#include "fake-consul/rows.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake-consul/memory.h"

/* An agent sends its first network coordinate some 20 to 45 s after its start. */
#define COORDINATE_NS (30 * EK__CONSUL_SECOND)

bool ek__consul_node_matches(const struct ek__consul_node *node, const struct ek__consul_read *read)
{
    for (size_t i = 0; i < read->node_meta.count; i++) {
        const char *value = ek__consul_map_get(&node->meta, read->node_meta.items[i].key);

        if (!value || strcmp(value, read->node_meta.items[i].value) != 0)
            return false;
    }
    return true;
}

static bool has_coordinate(const struct ek_consul *consul, const char *node)
{
    for (uint32_t i = 0; i < consul->agent_count; i++) {
        if (strcasecmp(consul->agents[i]->node, node) == 0)
            return consul->now - consul->agents[i]->added_at >= COORDINATE_NS;
    }
    return false;
}

int ek__consul_node_distance(const struct ek_consul *consul, const struct ek__consul_node *node,
                             const struct ek__consul_read *read)
{
    const char *from = read->near;

    if (!from)
        return 0;
    if (strcmp(from, "_agent") == 0)
        from = consul->agents[read->agent]->node;
    if (!has_coordinate(consul, from))
        return 0;
    if (strcasecmp(node->name, from) == 0)
        return 0;
    return has_coordinate(consul, node->name) ? 1 : 2;
}

static bool tags_match(const struct ek__consul_instance *instance,
                       const struct ek__consul_read *read)
{
    for (size_t i = 0; i < read->tags.count; i++) {
        if (!ek__consul_list_holds(&instance->service.tags, read->tags.items[i]))
            return false;
    }
    return true;
}

/* A dropped row is replaced by the last one, as the real one does it. */
static void drop_failing(struct ek__consul_rows *rows)
{
    for (size_t i = 0; i < rows->count;) {
        if (ek__consul_instance_passes(rows->items[i]))
            i++;
        else
            rows->items[i] = rows->items[--rows->count];
    }
}

struct ek__consul_rows ek__consul_rows_of(const struct ek_consul *consul,
                                          const struct ek__consul_catalog *catalog,
                                          const struct ek__consul_read *read)
{
    const struct ek__consul_name *name = ek__consul_sorted_find(&catalog->names, read->key);
    struct ek__consul_rows rows = {0};

    if (!name)
        return rows;
    rows.items = ek__consul_alloc(name->instances.count * sizeof *rows.items);
    for (int distance = 0; distance < 3; distance++) {
        for (size_t i = 0; i < name->instances.count; i++) {
            struct ek__consul_instance *instance = name->instances.items[i];

            if (ek__consul_node_distance(consul, instance->node, read) == distance &&
                tags_match(instance, read) && ek__consul_node_matches(instance->node, read))
                rows.items[rows.count++] = instance;
        }
        if (!read->near)
            break;
    }
    if (read->passing)
        drop_failing(&rows);
    return rows;
}
