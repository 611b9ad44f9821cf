/* The user event endpoints. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/base64.h"
#include "fake-consul/base/memory.h"

static void render(const struct ek__consul_event *event, uint64_t time,
                   struct ek__consul_text *json)
{
    ek__consul_text_char(json, '{');
    ek__consul_text_member(json, "ID", event->id);
    ek__consul_text_member(json, "Name", event->name);
    ek__consul_text_key(json, "Payload");
    ek__consul_text_base64(json, event->payload, event->payload_size);
    ek__consul_text_member(json, "NodeFilter", event->node_filter);
    ek__consul_text_member(json, "ServiceFilter", event->service_filter);
    ek__consul_text_member(json, "TagFilter", event->tag_filter);
    ek__consul_text_member_u64(json, "Version", 1);
    ek__consul_text_member_u64(json, "LTime", time);
    ek__consul_text_char(json, '}');
}

static char *param(const struct ek__consul_query *query, const char *name)
{
    return ek__consul_copy(ek__consul_call_param(query->call, name));
}

static void fire(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_write write = {.index = consul->index, .events = true};
    struct ek__consul_text json = {0};
    struct ek__consul_event event;

    if (!*query->call->rest) {
        ek__consul_answer_text(&query->answer, 400, "Missing name");
        return;
    }
    if (!ek__consul_permit(consul, query, EK__CONSUL_ACL_EVENT, query->call->rest, true))
        return;
    event = (struct ek__consul_event){
        .id = ek__consul_uuid(consul),
        .name = ek__consul_copy(query->call->rest),
        .payload = ek__consul_copy_n(query->call->body, query->call->body_size),
        .payload_size = query->call->body_size,
        .node_filter = param(query, "node"),
        .service_filter = param(query, "service"),
        .tag_filter = param(query, "tag")};
    render(&event, 0, &json);
    ek__consul_event_add_take(&consul->events, &event);
    ek__consul_answer_with(consul, query, &json);
    ek__consul_wake(consul, &write);
}

/* Only events of one name may be wanted. */
static bool prepare(struct ek_consul *consul, struct ek__consul_query *query,
                    struct ek__consul_read *read)
{
    const char *name = ek__consul_call_param(query->call, "name");

    (void)consul;
    free(read->key);
    read->key = ek__consul_copy(name);
    return true;
}

static bool is_listed(const struct ek_consul *consul, const struct ek__consul_read *read,
                      const struct ek__consul_event *event)
{
    return (!read->key[0] || strcmp(event->name, read->key) == 0) &&
           ek__consul_may(&consul->acl, read->token, EK__CONSUL_ACL_EVENT, event->name, false);
}

static uint64_t events_index(const struct ek_consul *consul,
                             const struct ek__consul_catalog *catalog,
                             const struct ek__consul_read *read)
{
    (void)catalog;
    for (size_t i = consul->events.count; i-- > 0;) {
        const struct ek__consul_event *event = ek__consul_event_at(&consul->events, i);

        if (is_listed(consul, read, event))
            return ek__consul_event_index(event);
    }
    return 1;
}

static bool events_changed(const struct ek__consul_write *write, const struct ek__consul_read *read)
{
    (void)read;
    return write->events;
}

static void write_list(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                       const struct ek__consul_read *read, struct ek__consul_text *json)
{
    (void)catalog;
    ek__consul_text_char(json, '[');
    for (size_t i = 0; i < consul->events.count; i++) {
        const struct ek__consul_event *event = ek__consul_event_at(&consul->events, i);

        if (!is_listed(consul, read, event))
            continue;
        ek__consul_text_next(json);
        render(event, event->time, json);
    }
    ek__consul_text_char(json, ']');
}

static const struct ek__consul_reader list_reader = {.is_local = true,
                                                     .hides_mode = true,
                                                     .keeps_case = true,
                                                     .prepare = prepare,
                                                     .index = events_index,
                                                     .concerns = events_changed,
                                                     .write = write_list};

const struct ek__consul_endpoint ek__consul_event_endpoints[] = {
    {.path = "/v1/event/fire/", .allow = "OPTIONS,PUT", .handle = fire},
    {.path = "/v1/event/list", .allow = "OPTIONS,GET", .reader = &list_reader},
    {.path = NULL},
};
