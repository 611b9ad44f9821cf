/* Reads of the catalog: common query parameters, blocking, consistency. */
#ifndef EK_FAKE_CONSUL_API_READ_H
#define EK_FAKE_CONSUL_API_READ_H

#include "fake-consul/filter/filter.h"
#include "fake-consul/state.h"

struct ek__consul_read;

/* What differs from one read endpoint to the next. */
struct ek__consul_reader {
    bool is_service; /* parked on a service, seen by the lies about services */
    bool streams;    /* can be served by the streaming backend */
    bool has_checks;
    bool keeps_case;     /* of the key */
    bool hides_mode;     /* tells nothing of the consistency, and errors tell no index */
    bool tells_index;    /* on an error too, with `hides_mode` */
    bool is_local;       /* told by the agent itself, which tells the index only */
    const char *missing; /* the refusal of an empty key; NULL: there is no key */
    const struct ek__consul_selector *fields; /* that ?filter can select; NULL: it is ignored */

    /* Reads further parameters; refuses with an answer and returns false. May be NULL. */
    bool (*prepare)(struct ek_consul *consul, struct ek__consul_query *query,
                    struct ek__consul_read *read);

    /* Unless it is a service. */
    uint64_t (*index)(const struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                      const struct ek__consul_read *read);
    bool (*concerns)(const struct ek__consul_write *write, const struct ek__consul_read *read);

    /* The row of an instance as ?filter sees it; NULL where rows are not instances. */
    void (*row)(const struct ek_consul *consul, struct ek__consul_instance *instance,
                struct ek__consul_text *json);

    /* Writes the answer as compact JSON. */
    void (*write)(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                  const struct ek__consul_read *read, struct ek__consul_text *json);

    /* Instead of `write`: sets status, type and body. */
    void (*answer)(struct ek_consul *consul, const struct ek__consul_read *read,
                   struct ek__consul_answer *answer);
};

/* What a read of the key/value table is for. */
enum ek__consul_kv_mode {
    EK__CONSUL_KV_ONE,
    EK__CONSUL_KV_RAW,
    EK__CONSUL_KV_TREE,
    EK__CONSUL_KV_KEYS
};

struct ek__consul_read {
    const struct ek__consul_reader *reader;
    uint32_t agent;
    char *key; /* of the service, node or state; in lower case unless the reader keeps it */
    struct ek__consul_list tags;
    struct ek__consul_map node_meta;
    char *near;      /* NULL without */
    char *separator; /* of a list of keys; NULL without */
    struct ek__consul_filter *filter;
    const struct ek__consul_token *token; /* NULL: none */
    enum ek__consul_kv_mode mode; /* of a prepared query: ONE; KEYS executes, TREE explains */
    size_t limit;                 /* of the nodes of a prepared query; 0: none */
    char *shape;
    char *cache_entry; /* what ?cached tells apart */
    bool has_tags, passing, pretty;
    bool stale, consistent, cached;
    bool streams; /* this one is */
    uint64_t index;
    int64_t wait;
    bool knew_leader;
    uint64_t last_contact_ms;
    uint64_t view_index;            /* when the read began */
    uint64_t last_index;            /* when it was looked at last */
    struct ek__consul_watch *watch; /* while it is parked on one */
};

/* The reads of the catalog, in catalog_read.c. */
extern const struct ek__consul_reader ek__consul_service_reader, ek__consul_services_reader,
    ek__consul_nodes_reader, ek__consul_node_reader, ek__consul_node_services_reader,
    ek__consul_connect_reader;

/* The index of an endpoint that looks for the proxies of a service; there never are any. */
uint64_t ek__consul_connect_index(const struct ek__consul_catalog *catalog,
                                  const struct ek__consul_read *read, bool checks);
bool ek__consul_connect_changed(const struct ek__consul_write *write,
                                const struct ek__consul_read *read);
void ek__consul_connect_write(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                              const struct ek__consul_read *read, struct ek__consul_text *json);

void ek__consul_read_free(struct ek__consul_read *read);

/* Handles a request to a read endpoint from the parameters to the answer or the parking. */
void ek__consul_read_start(struct ek_consul *consul, struct ek__consul_query *query,
                           const struct ek__consul_reader *reader);

/* What a parked query would be told if it were answered now. */
uint64_t ek__consul_read_index(const struct ek_consul *consul, const struct ek__consul_read *read);

/* Whether an answer with this index has to wait. */
bool ek__consul_read_is_parked(const struct ek__consul_read *read, uint64_t index);

/* Answers a parked query with the present state; `timed_out` is for the end of its wait. */
void ek__consul_read_answer(struct ek_consul *consul, struct ek__consul_query *query,
                            bool timed_out);

/* Goes on from the parsed parameters in query->read. */
void ek__consul_read_run(struct ek_consul *consul, struct ek__consul_query *query);

/* Refuses a read as the servers do: with the prefix of a client agent, maybe with an index. */
void ek__consul_read_refuse(struct ek_consul *consul, struct ek__consul_query *query, int status,
                            const char *text);

/* Fails a parked query because the leader went. */
void ek__consul_read_leaderless(struct ek_consul *consul, struct ek__consul_query *query);

/* Looks at the parameters of a request that is no read, but takes those of one. False after a
 * refusal. */
bool ek__consul_params_check(const struct ek_consul *consul, struct ek__consul_query *query);

/* The same for the consistency and the cache alone. */
bool ek__consul_params_check_mode(const struct ek_consul *consul, struct ek__consul_query *query);

/* Whether the request wants indented JSON. */
bool ek__consul_is_pretty(const struct ek_consul *consul, const struct ek__consul_call *call);

#endif
