#include "fake-consul/tables/prepared.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/catalog/catalog.h"

void ek__consul_prepareds_init(struct ek__consul_prepareds *prepareds)
{
    *prepareds = (struct ek__consul_prepareds){0};
    prepareds->items.key_offset = offsetof(struct ek__consul_prepared, id);
}

void ek__consul_prepared_free(struct ek__consul_prepared *prepared)
{
    char *const strings[] = {prepared->id,      prepared->name,          prepared->session,
                             prepared->token,   prepared->template_type, prepared->template_regexp,
                             prepared->service, prepared->near,          prepared->ttl};

    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    ek__consul_list_deinit(&prepared->failover_datacenters);
    ek__consul_list_deinit(&prepared->ignored_checks);
    ek__consul_list_deinit(&prepared->tags);
    ek__consul_map_deinit(&prepared->node_meta);
    ek__consul_map_deinit(&prepared->service_meta);
    free(prepared);
}

struct ek__consul_prepared *ek__consul_prepared_copy(const struct ek__consul_prepared *from)
{
    struct ek__consul_prepared *copy = ek__consul_alloc(sizeof *copy);

    *copy = *from;
    copy->id = ek__consul_copy(from->id);
    copy->name = ek__consul_copy(from->name);
    copy->session = ek__consul_copy(from->session);
    copy->token = ek__consul_copy(from->token);
    copy->template_type = ek__consul_copy(from->template_type);
    copy->template_regexp = ek__consul_copy(from->template_regexp);
    copy->service = ek__consul_copy(from->service);
    copy->near = ek__consul_copy(from->near);
    copy->ttl = ek__consul_copy(from->ttl);
    ek__consul_list_copy(&copy->failover_datacenters, &from->failover_datacenters);
    ek__consul_list_copy(&copy->ignored_checks, &from->ignored_checks);
    ek__consul_list_copy(&copy->tags, &from->tags);
    ek__consul_map_copy(&copy->node_meta, &from->node_meta);
    ek__consul_map_copy(&copy->service_meta, &from->service_meta);
    return copy;
}

void ek__consul_prepareds_deinit(struct ek__consul_prepareds *prepareds)
{
    for (size_t i = 0; i < prepareds->items.count; i++)
        ek__consul_prepared_free(prepareds->items.items[i]);
    ek__consul_sorted_deinit(&prepareds->items);
}

struct ek__consul_prepared *ek__consul_prepared_named(const struct ek__consul_prepareds *prepareds,
                                                      const char *name)
{
    for (size_t i = 0; i < prepareds->items.count; i++) {
        struct ek__consul_prepared *prepared = prepareds->items.items[i];

        if (*name && strcasecmp(prepared->name, name) == 0)
            return prepared;
    }
    return NULL;
}

struct ek__consul_prepared *ek__consul_prepared_find(const struct ek__consul_prepareds *prepareds,
                                                     const char *id_or_name)
{
    struct ek__consul_prepared *found = ek__consul_sorted_find(&prepareds->items, id_or_name);

    if (!found)
        found = ek__consul_prepared_named(prepareds, id_or_name);
    for (size_t i = 0; i < prepareds->items.count; i++) {
        struct ek__consul_prepared *prepared = prepareds->items.items[i];
        size_t size = strlen(prepared->name);

        if (prepared->template_type[0] && strncasecmp(prepared->name, id_or_name, size) == 0 &&
            (!found || (found->template_type[0] && strlen(found->name) < size)))
            found = prepared;
    }
    return found;
}

void ek__consul_prepared_drop(struct ek__consul_prepareds *prepareds,
                              struct ek__consul_write *write, const char *id)
{
    struct ek__consul_prepared *prepared = ek__consul_sorted_find(&prepareds->items, id);

    if (!prepared)
        return;
    ek__consul_sorted_remove(&prepareds->items, id);
    ek__consul_prepared_free(prepared);
    prepareds->index = write->index;
    write->queries = true;
}

void ek__consul_prepared_put_take(struct ek__consul_prepareds *prepareds,
                                  struct ek__consul_write *write,
                                  struct ek__consul_prepared *prepared)
{
    const struct ek__consul_prepared *old = ek__consul_sorted_find(&prepareds->items, prepared->id);

    prepared->create_index = old ? old->create_index : write->index;
    prepared->modify_index = write->index;
    ek__consul_prepared_drop(prepareds, write, prepared->id);
    ek__consul_sorted_add(&prepareds->items, prepared);
    prepareds->index = write->index;
    write->queries = true;
}

void ek__consul_prepared_forget(struct ek__consul_prepareds *prepareds,
                                struct ek__consul_write *write, const char *session)
{
    for (size_t i = prepareds->items.count; i-- > 0;) {
        const struct ek__consul_prepared *prepared = prepareds->items.items[i];

        if (strcmp(prepared->session, session) == 0)
            ek__consul_prepared_drop(prepareds, write, prepared->id);
    }
}

static void list_or_null(struct ek__consul_text *json, const char *name,
                         const struct ek__consul_list *list, bool exists)
{
    ek__consul_text_key(json, name);
    if (exists)
        ek__consul_text_list(json, list);
    else
        ek__consul_text_add(json, "null");
}

void ek__consul_prepared_render(const struct ek__consul_prepared *prepared, bool hides_token,
                                struct ek__consul_text *json)
{
    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "ID", prepared->id);
    ek__consul_text_member(json, "Name", prepared->name);
    ek__consul_text_member(json, "Session", prepared->session);
    ek__consul_text_member(json, "Token",
                           prepared->token[0] && hides_token ? "<hidden>" : prepared->token);
    ek__consul_text_add(json, ",\"Template\":{");
    ek__consul_text_member(json, "Type", prepared->template_type);
    ek__consul_text_member(json, "Regexp", prepared->template_regexp);
    ek__consul_text_member_bool(json, "RemoveEmptyTags", prepared->removes_empty_tags);
    ek__consul_text_add(json, "},\"Service\":{");
    ek__consul_text_member(json, "Service", prepared->service);
    ek__consul_text_add(json, ",\"Failover\":{\"NearestN\":");
    ek__consul_text_i64(json, prepared->nearest);
    list_or_null(json, "Datacenters", &prepared->failover_datacenters, prepared->has_failover_list);
    ek__consul_text_char(json, '}');
    ek__consul_text_member_bool(json, "OnlyPassing", prepared->only_passing);
    list_or_null(json, "IgnoreCheckIDs", &prepared->ignored_checks, prepared->has_ignored);
    ek__consul_text_member(json, "Near", prepared->near);
    list_or_null(json, "Tags", &prepared->tags, prepared->has_tags);
    ek__consul_text_key(json, "NodeMeta");
    ek__consul_text_map(json, &prepared->node_meta, "null");
    ek__consul_text_key(json, "ServiceMeta");
    ek__consul_text_map(json, &prepared->service_meta, "null");
    ek__consul_text_member_bool(json, "Connect", prepared->connect);
    ek__consul_text_add(json, "},\"DNS\":{");
    ek__consul_text_member(json, "TTL", prepared->ttl);
    ek__consul_text_char(json, '}');
    ek__consul_text_member_u64(json, "CreateIndex", prepared->create_index);
    ek__consul_text_member_u64(json, "ModifyIndex", prepared->modify_index);
    ek__consul_text_char(json, '}');
}
