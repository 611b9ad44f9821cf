/* Which path leads to which endpoint. */
#ifndef EK_FAKE_CONSUL_API_ROUTE_H
#define EK_FAKE_CONSUL_API_ROUTE_H

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
    const char *path;   /* ends in a slash where a name follows */
    const char *allow;  /* "OPTIONS," and the methods; the same in all rows of a path */
    const char *method; /* of this row; NULL: the only one of `allow` */
    enum ek__consul_need need;
    bool decodes_first; /* its handler looks at ?dc, after the body */
    /* Answers `query` (then it is made ready unless it was parked or held). */
    void (*handle)(struct ek_consul *consul, struct ek__consul_query *query);
    const struct ek__consul_reader *reader; /* instead of `handle` */
};

/* Answers with `json` (200), which it takes. */
void ek__consul_answer_with(struct ek_consul *consul, struct ek__consul_query *query,
                            struct ek__consul_text *json);

/* An error of the servers: told through a client agent it has a prefix. Returns false. */
bool ek__consul_refuse(const struct ek_consul *consul, struct ek__consul_query *query, int status,
                       const char *before, const char *text);

/* Whether the write is for the own datacenter: by ?dc, else by `datacenter`, which may be "". Else
 * answers and returns false. */
bool ek__consul_check_datacenter(const struct ek_consul *consul, struct ek__consul_query *query,
                                 const char *datacenter);

/* Whether the one who asks may do that; else answers 403 and returns false. */
bool ek__consul_permit(struct ek_consul *consul, struct ek__consul_query *query,
                       enum ek__consul_resource resource, const char *name, bool write);

/* Each ends with a path of NULL. */
extern const struct ek__consul_endpoint ek__consul_acl_endpoints[];
extern const struct ek__consul_endpoint ek__consul_event_endpoints[];
extern const struct ek__consul_endpoint ek__consul_evenkeel_endpoints[];
extern const struct ek__consul_endpoint ek__consul_kv_endpoints[];
extern const struct ek__consul_endpoint ek__consul_query_endpoints[];
extern const struct ek__consul_endpoint ek__consul_session_endpoints[];
extern const struct ek__consul_endpoint ek__consul_snapshot_endpoints[];
extern const struct ek__consul_endpoint ek__consul_txn_endpoints[];
extern const struct ek__consul_endpoint ek__consul_agent_endpoints[];
extern const struct ek__consul_endpoint ek__consul_register_endpoints[];
extern const struct ek__consul_endpoint ek__consul_catalog_endpoints[];
extern const struct ek__consul_endpoint ek__consul_health_endpoints[];
extern const struct ek__consul_endpoint ek__consul_status_endpoints[];

#endif
