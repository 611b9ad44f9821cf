/* The few answers about the cluster itself. */
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

static void datacenters(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text json = {0};

    ek__consul_text_char(&json, '[');
    ek__consul_text_string(&json, consul->datacenter);
    ek__consul_text_char(&json, ']');
    answer(consul, query, &json);
}

const struct ek__consul_endpoint ek__consul_status_endpoints[] = {
    {.path = "/v1/status/leader", .allow = "OPTIONS,GET", .handle = leader},
    {.path = "/v1/status/peers", .allow = "OPTIONS,GET", .handle = peers},
    {.path = "/v1/catalog/datacenters", .allow = "OPTIONS,GET", .handle = datacenters},
    {.path = NULL},
};
