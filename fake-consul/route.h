/* Which path leads to which endpoint. */
#ifndef EK_FAKE_CONSUL_ROUTE_H
#define EK_FAKE_CONSUL_ROUTE_H

#include "fake-consul/state.h"

/* Handles the request in query->call: afterwards it is ready, parked or held. */
void ek__consul_route(struct ek_consul *consul, struct ek__consul_query *query);

/* What an endpoint needs before it can act. */
enum ek__consul_need {
    EK__CONSUL_LOCAL,       /* nothing but the agent */
    EK__CONSUL_AGENT_WRITE, /* tries to reach the servers, is accepted without */
    EK__CONSUL_SERVER_WRITE
};

struct ek__consul_endpoint {
    const char *path;  /* ends in a slash where a name follows */
    const char *allow; /* "OPTIONS," and the method */
    enum ek__consul_need need;
    /* Answers `query` (then it is made ready unless it was parked or held). */
    void (*handle)(struct ek_consul *consul, struct ek__consul_query *query);
    const struct ek__consul_reader *reader; /* instead of `handle` */
};

/* Each ends with a path of NULL. */
extern const struct ek__consul_endpoint ek__consul_agent_endpoints[];
extern const struct ek__consul_endpoint ek__consul_register_endpoints[];
extern const struct ek__consul_endpoint ek__consul_catalog_endpoints[];
extern const struct ek__consul_endpoint ek__consul_health_endpoints[];
extern const struct ek__consul_endpoint ek__consul_status_endpoints[];

#endif
