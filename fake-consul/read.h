/* Reads of the catalog: common query parameters, blocking, consistency. */
#ifndef EK_FAKE_CONSUL_READ_H
#define EK_FAKE_CONSUL_READ_H

#include "fake-consul/state.h"

struct ek__consul_read;

/* What differs from one read endpoint to the next. */
struct ek__consul_reader {
    bool is_service; /* parked on a service, seen by the lies about services */
    bool streams;    /* can be served by the streaming backend */
    bool has_checks;
    const char *missing; /* the refusal of an empty key; NULL: there is no key */

    /* Unless it is a service. */
    uint64_t (*index)(const struct ek__consul_catalog *catalog, const struct ek__consul_read *read);
    bool (*concerns)(const struct ek__consul_write *write, const struct ek__consul_read *read);

    /* Writes the answer as compact JSON. */
    void (*write)(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                  const struct ek__consul_read *read, struct ek__consul_text *json);
};

struct ek__consul_read {
    const struct ek__consul_reader *reader;
    uint32_t agent;
    char *key; /* of the service, node or state, in lower case */
    struct ek__consul_list tags;
    struct ek__consul_map node_meta;
    char *near; /* NULL without */
    char *shape;
    bool has_tags, passing, pretty;
    bool stale, consistent, cached;
    bool streams; /* this one is */
    uint64_t index;
    int64_t wait;
    bool knew_leader;
    uint64_t last_contact_ms;
    uint64_t view_index;            /* when the read began */
    struct ek__consul_watch *watch; /* while it is parked on one */
};

/* The reads of the catalog, in catalog_read.c. */
extern const struct ek__consul_reader ek__consul_service_reader, ek__consul_services_reader,
    ek__consul_nodes_reader, ek__consul_node_reader, ek__consul_node_services_reader;

void ek__consul_read_free(struct ek__consul_read *read);

/* Handles a request to a read endpoint from the parameters to the answer or the parking. */
void ek__consul_read_start(struct ek_consul *consul, struct ek__consul_query *query,
                           const struct ek__consul_reader *reader);

/* What a parked query would be told if it were answered now. */
uint64_t ek__consul_read_index(const struct ek_consul *consul, const struct ek__consul_read *read);

/* Answers a parked query with the present state; `timed_out` is for the end of its wait. */
void ek__consul_read_answer(struct ek_consul *consul, struct ek__consul_query *query,
                            bool timed_out);

/* Goes on from the parsed parameters in query->read. */
void ek__consul_read_run(struct ek_consul *consul, struct ek__consul_query *query);

/* Fails a parked query because the leader went. */
void ek__consul_read_leaderless(struct ek_consul *consul, struct ek__consul_query *query);

/* Whether the request wants indented JSON. */
bool ek__consul_is_pretty(const struct ek_consul *consul, const struct ek__consul_call *call);

/* The prefix of errors that come from the servers through a client agent. */
const char *ek__consul_rpc_prefix(uint32_t agent);

#endif
