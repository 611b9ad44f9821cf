/* The few answers about the cluster itself. */
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"

static void add_server(const struct ek_consul *consul, uint32_t server,
                       struct ek__consul_text *json)
{
    struct ek__consul_text address = {0};

    ek__consul_text_add(&address, consul->agents[server]->address);
    ek__consul_text_add(&address, ":8300");
    ek__consul_text_string(json, address.data);
    ek__consul_text_deinit(&address);
}

static void answer(struct ek_consul *consul, struct ek__consul_query *query,
                   struct ek__consul_text *json)
{
    ek__consul_answer_json_take(&query->answer, 200, json,
                                ek__consul_is_pretty(consul, query->call));
}

static void leader(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0};

    if (ek__consul_has_leader(consul))
        add_server(consul, consul->leader, &json);
    else
        ek__consul_text_add(&json, "\"\"");
    answer(consul, query, &json);
}

static void peers(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0};

    ek__consul_text_char(&json, '[');
    for (uint32_t i = 0; i < consul->server_count && i < consul->agent_count; i++) {
        ek__consul_text_next(&json);
        add_server(consul, i, &json);
    }
    ek__consul_text_char(&json, ']');
    answer(consul, query, &json);
}

/* The first ?cached misses, later ones hit. NULL without ?cached. */
static const char *cache_state(struct ek_consul *consul, const struct ek__consul_query *query)
{
    bool was_asked = consul->datacenters_cached;

    if (!ek__consul_call_has(query->call, "cached"))
        return NULL;
    consul->datacenters_cached = true;
    return was_asked ? "HIT" : "MISS";
}

static void datacenters(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0}, list = {0};

    bool good = ek__consul_params_check_mode(consul, query);

    if (!good) {
        /* The handler goes on after the refusal: the list follows it in the body. */
        ek__consul_text_add_n(&json, query->answer.body->text, query->answer.body->size);
    }
    ek__consul_text_add(&list, "[");
    ek__consul_text_string(&list, consul->datacenter);
    ek__consul_text_char(&list, ']');
    if (good) {
        query->answer.cache = cache_state(consul, query);
        query->answer.age =
            query->answer.cache && strcmp(query->answer.cache, "HIT") == 0 ? "0" : NULL;
        answer(consul, query, &list);
        return;
    }
    if (ek__consul_is_pretty(consul, query->call))
        ek__consul_text_indent(&json, list.data, list.size);
    else
        ek__consul_text_add(&json, list.data);
    ek__consul_text_deinit(&list);
    ek__consul_answer_text(&query->answer, 400, json.data);
    ek__consul_text_deinit(&json);
}

const struct ek__consul_endpoint ek__consul_status_endpoints[] = {
    {.path = "/v1/status/leader", .allow = "OPTIONS,GET", .handle = leader},
    {.path = "/v1/status/peers", .allow = "OPTIONS,GET", .handle = peers},
    {.path = "/v1/catalog/datacenters", .allow = "OPTIONS,GET", .handle = datacenters},
    {.path = NULL},
};
