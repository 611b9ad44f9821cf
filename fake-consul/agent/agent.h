/* One agent: the services and checks registered with it, which it keeps in the catalog. */
#ifndef EK_FAKE_CONSUL_AGENT_AGENT_H
#define EK_FAKE_CONSUL_AGENT_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/base/sorted.h"
#include "fake-consul/base/timer.h"
#include "fake-consul/catalog/definition.h"
#include "fake-consul/consul.h"

struct ek_consul;
struct ek__consul_agent;
struct ek__consul_check_body;
struct ek__consul_node;
struct ek__consul_write;

struct ek__consul_local_service {
    char *key; /* the id */
    struct ek__consul_service service;
    bool in_sync, deleted;
    uint64_t cause; /* of the last change */
};

/* What an agent looks at from time to time for a check. */
struct ek__consul_probing {
    enum ek_consul_probe_kind kind;
    char *target, *method, *body;     /* NULL target: nothing */
    struct ek_consul_header *headers; /* with owned strings */
    size_t header_count;
    int64_t interval_ns, timeout_ns;
    size_t output_max;
    bool use_tls, skip_verify;
    int64_t successes_wanted, failures_wanted; /* in a row, before the status changes */
    int64_t successes, failures;               /* in a row, so far */
    uint64_t id;                               /* of the request that is out; 0: none */
    bool is_queued, is_pulled;
    struct ek__consul_local_check *next; /* in the queue */
    struct ek__consul_timer timer;       /* the next look, or the end of the patience */
};

struct ek__consul_local_check {
    char *key; /* the id */
    struct ek_consul *consul;
    struct ek__consul_agent *agent;
    struct ek__consul_check check;
    bool in_sync, deleted;
    int64_t ttl_ns;              /* 0: no TTL check */
    int64_t updated;             /* the last pass, warn, fail or registration */
    bool was_updated;            /* by a pass, warn or fail */
    int64_t critical_since;      /* INT64_MAX: it is not known to be critical */
    int64_t deregister_after_ns; /* 0: never */
    char *alias_service;         /* "" unless it is an alias check */
    struct ek__consul_timer ttl, output;
    struct ek__consul_probing probing;
    bool flaps; /* its status is turned over by a fault */
    enum ek__consul_status steady;
    uint64_t cause;
};

struct ek__consul_agent {
    uint32_t number;
    char *node, *node_id, *address;
    struct ek__consul_sorted services, checks;
    struct ek__consul_list orphans; /* ids whose TTL goes on although the check was refused */
    struct ek__consul_timer serf, full_sync, reaper, leaving;
    bool is_stopped, has_left;
    bool has_aliases; /* some check ever was an alias */
    bool seems_dead;  /* to the others */
    int64_t added_at;
    uint64_t cause; /* of the last stop or start */
};

struct ek__consul_agent *ek__consul_agent_new(struct ek_consul *consul, const char *node,
                                              const char *node_id, const char *address);
void ek__consul_agent_free(struct ek_consul *consul, struct ek__consul_agent *agent);

/* Writes the agent's node and its serfHealth into the catalog. */
void ek__consul_agent_join(struct ek_consul *consul, struct ek__consul_agent *agent);

/* Brings serfHealth into line with whether the agent seems dead, if there is a leader. */
void ek__consul_agent_serf(struct ek_consul *consul, struct ek__consul_agent *agent);

/* Writes what is out of sync, if there is a leader. */
void ek__consul_agent_sync(struct ek_consul *consul, struct ek__consul_agent *agent);

/* The same, then the alias checks follow. */
void ek__consul_agent_settle(struct ek_consul *consul, struct ek__consul_agent *agent);

/* The check's definition as registered; status and output are kept if the id is known. */
struct ek__consul_check_setup {
    struct ek__consul_check check; /* borrowed strings */
    int64_t ttl_ns, deregister_after_ns;
    const char *alias_service;
    const struct ek__consul_check_body *body; /* what it looks at; NULL: nothing */
};

/* These change the agent's own state; ek__consul_agent_sync brings it to the servers. */
void ek__consul_agent_add_service(struct ek_consul *consul, struct ek__consul_agent *agent,
                                  const struct ek__consul_service *service);
void ek__consul_agent_add_check(struct ek_consul *consul, struct ek__consul_agent *agent,
                                const struct ek__consul_check_setup *setup);
void ek__consul_agent_drop_service(struct ek_consul *consul, struct ek__consul_agent *agent,
                                   const char *id);
void ek__consul_agent_drop_check(struct ek_consul *consul, struct ek__consul_agent *agent,
                                 const char *id);

/* A registration that fails takes the check of that id with it; its TTL is forgotten there. */
void ek__consul_agent_refuse_check(struct ek_consul *consul, struct ek__consul_agent *agent,
                                   const char *id);
bool ek__consul_agent_has_orphan(const struct ek__consul_agent *agent, const char *id);

/* Return borrowed, or NULL for what is unknown or deleted. */
struct ek__consul_local_service *ek__consul_agent_service(const struct ek__consul_agent *agent,
                                                          const char *id);
struct ek__consul_local_check *ek__consul_agent_check(const struct ek__consul_agent *agent,
                                                      const char *id);

void ek__consul_check_free(struct ek_consul *consul, struct ek__consul_local_check *check);

/* Sets what a check says; the timer of a TTL check starts again. */
void ek__consul_check_heartbeat(struct ek_consul *consul, struct ek__consul_local_check *check,
                                enum ek__consul_status status, const char *output);
void ek__consul_check_update(struct ek_consul *consul, struct ek__consul_local_check *check,
                             enum ek__consul_status status, const char *output);

/* Brings the agent's alias checks into line with what they follow; true if a status changed. */
bool ek__consul_check_aliases(struct ek_consul *consul, struct ek__consul_agent *agent);

/* Stops and starts what the check does by itself, as the agent's process does. */
void ek__consul_check_stop(struct ek_consul *consul, struct ek__consul_local_check *check);
void ek__consul_check_start(struct ek_consul *consul, struct ek__consul_local_check *check);

/* Starts, stops or forgets what the agent looks at for the check. */
void ek__consul_probing_setup(struct ek__consul_local_check *check,
                              const struct ek__consul_check_body *body);
void ek__consul_probing_start(struct ek_consul *consul, struct ek__consul_local_check *check);
void ek__consul_probing_stop(struct ek_consul *consul, struct ek__consul_local_check *check);
void ek__consul_probing_free(struct ek__consul_probing *probing);

/* The TTL of a check runs out now. */
void ek__consul_check_expire(struct ek_consul *consul, struct ek__consul_local_check *check);

/* The agent goes in good order: its process ends, its node leaves the catalog. */
void ek__consul_agent_leave(struct ek_consul *consul, struct ek__consul_agent *agent);

/* Changes of the catalog that leave a note. The check's is false if its service is missing. */
void ek__consul_store_service(struct ek_consul *consul, struct ek__consul_write *write,
                              uint32_t agent, struct ek__consul_node *node,
                              const struct ek__consul_service *service);
bool ek__consul_store_check(struct ek_consul *consul, struct ek__consul_write *write,
                            uint32_t agent, struct ek__consul_node *node,
                            const struct ek__consul_check *check);
bool ek__consul_store_drop_service(struct ek_consul *consul, struct ek__consul_write *write,
                                   uint32_t agent, struct ek__consul_node *node, const char *id);

#endif
