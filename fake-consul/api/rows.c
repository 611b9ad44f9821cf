#include "fake-consul/api/rows.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake-consul/base/memory.h"

/* An agent sends its first network coordinate some 20 to 45 s after its start. */
#define COORDINATE_NS (30 * EK__CONSUL_SECOND)

bool ek__consul_node_is_visible(const struct ek_consul *consul, const struct ek__consul_node *node,
                                const struct ek__consul_read *read)
{
    return ek__consul_may(&consul->acl, read->token, EK__CONSUL_ACL_NODE, node->name, false);
}

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

/* Whether the one who asks may see the instance. */
static bool is_visible(const struct ek_consul *consul, const struct ek__consul_instance *instance,
                       const struct ek__consul_read *read)
{
    const struct ek__consul_acl *acl = &consul->acl;

    return ek__consul_may(acl, read->token, EK__CONSUL_ACL_NODE, instance->node->name, false) &&
           ek__consul_may(acl, read->token, EK__CONSUL_ACL_SERVICE, instance->service.name, false);
}

static bool is_kept(const struct ek_consul *consul, struct ek__consul_instance *instance,
                    const struct ek__consul_read *read)
{
    struct ek__consul_text row = {0};
    bool kept;

    if (!read->filter || !read->reader->row)
        return true;
    read->reader->row(consul, instance, &row);
    kept = ek__consul_filter_keeps(read->filter, row.data, row.size);
    ek__consul_text_deinit(&row);
    return kept;
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

void ek__consul_rows_shuffle(struct ek_consul *consul, struct ek__consul_rows *rows)
{
    for (size_t i = rows->count; i > 1; i--) {
        size_t other = (size_t)ek__consul_random_below(consul, EK__CONSUL_STREAM_ORDER, (int64_t)i);
        struct ek__consul_instance *swap = rows->items[i - 1];

        rows->items[i - 1] = rows->items[other];
        rows->items[other] = swap;
    }
}

/* What the lies about lists do. */
static void damage(struct ek_consul *consul, const struct ek__consul_read *read,
                   struct ek__consul_rows *rows)
{
    const struct ek_consul_fault_options *partial = &consul->faults[EK_CONSUL_PARTIAL].options;

    if (!read->reader->is_service)
        return;
    if (ek__consul_lies(consul, EK_CONSUL_PARTIAL, read->key))
        rows->count = (size_t)((rows->count * (uint64_t)partial->share_ppm + 999999) / 1000000);
    if (ek__consul_lies(consul, EK_CONSUL_UNSORTED, read->key))
        ek__consul_rows_shuffle(consul, rows);
}

struct ek__consul_rows ek__consul_rows_of(struct ek_consul *consul,
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
                tags_match(instance, read) && ek__consul_node_matches(instance->node, read) &&
                is_visible(consul, instance, read) && is_kept(consul, instance, read))
                rows.items[rows.count++] = instance;
        }
        if (!read->near)
            break;
    }
    if (read->passing)
        drop_failing(&rows);
    damage(consul, read, &rows);
    return rows;
}
