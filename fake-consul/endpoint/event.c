/* The user event endpoints. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/base64.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/filter/regex.h"

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

/* Whether a filter of the request is a regular expression. False after a refusal. */
static bool check_filter(struct ek__consul_query *query, const char *name, const char *before)
{
    const char *pattern = ek__consul_call_param(query->call, name);
    struct ek__consul_text error = {0};
    struct ek__consul_regex *regex = NULL;
    bool good = !pattern || !*pattern;

    if (!good)
        regex = ek__consul_regex_new(pattern, &error);
    if (!good && !regex)
        ek__consul_answer_text2(&query->answer, 500, before, error.data);
    good |= regex != NULL;
    ek__consul_regex_free(regex);
    ek__consul_text_deinit(&error);
    return good;
}

static bool check_filters(struct ek__consul_query *query)
{
    const char *service = ek__consul_call_param(query->call, "service");
    const char *tag = ek__consul_call_param(query->call, "tag");

    if (tag && *tag && (!service || !*service)) {
        ek__consul_answer_text(&query->answer, 500,
                               "Cannot provide tag filter without service filter");
        return false;
    }
    return check_filter(query, "node", "Invalid node filter: ") &&
           check_filter(query, "service", "Invalid service filter: ") &&
           check_filter(query, "tag", "Invalid tag filter: ");
}

static bool matches(const char *pattern, const char *text)
{
    struct ek__consul_text error = {0};
    struct ek__consul_regex *regex = ek__consul_regex_new(pattern, &error);
    bool found = regex && ek__consul_regex_matches(regex, text);

    ek__consul_text_deinit(&error);
    ek__consul_regex_free(regex);
    return found;
}

/* Whether one of the agent's services has an id that matches, and a tag if there is a filter. */
static bool has_service(const struct ek__consul_agent *agent, const struct ek__consul_event *event)
{
    for (size_t i = 0; i < agent->services.count; i++) {
        const struct ek__consul_local_service *local = agent->services.items[i];
        const struct ek__consul_list *tags = &local->service.tags;

        if (local->deleted || !matches(event->service_filter, local->key))
            continue;
        if (!event->tag_filter[0])
            return true;
        for (size_t j = 0; j < tags->count; j++) {
            if (matches(event->tag_filter, tags->items[j]))
                return true;
        }
    }
    return false;
}

/* Whether any agent keeps the event. */
static bool concerns_any(const struct ek_consul *consul, const struct ek__consul_event *event)
{
    for (uint32_t i = 0; i < consul->agent_count; i++) {
        const struct ek__consul_agent *agent = consul->agents[i];

        if ((!event->node_filter[0] || matches(event->node_filter, agent->node)) &&
            (!event->service_filter[0] || has_service(agent, event)))
            return true;
    }
    return false;
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
    if (!ek__consul_permit(consul, query, EK__CONSUL_ACL_EVENT, query->call->rest, true) ||
        !check_filters(query))
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
    ek__consul_answer_with(consul, query, &json);
    ek__consul_event_pass(&consul->events);
    if (!concerns_any(consul, &event)) {
        ek__consul_event_deinit(&event);
        return;
    }
    ek__consul_event_add_take(&consul->events, &event);
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
