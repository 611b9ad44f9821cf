/* A Consul registry that behaves, and on request misbehaves, in virtual time.
 *
 * Requests go in, responses come out; the owner passes the time and asks when to come back. No
 * sockets, no clock, no randomness but the seeded jitter. Times are nanoseconds from any fixed
 * origin and never go backwards. It plays Consul 1.10 (or 1.8), byte for byte where a transcript
 * of the real one exists. */
#ifndef EK_FAKE_CONSUL_CONSUL_H
#define EK_FAKE_CONSUL_CONSUL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ek_consul;

enum ek_consul_version {
    EK_CONSUL_1_10,
    EK_CONSUL_1_8
};

struct ek_consul_config {
    uint64_t seed; /* of the wait jitter and of generated UUIDs */
    enum ek_consul_version version;
    const char *datacenter;       /* borrowed during ek_consul_new; NULL means "dc1" */
    bool pretty;                  /* indent JSON by four spaces, as `consul agent -dev` does */
    size_t requests_max;          /* parked or unread requests at most; 0 means 65,536 */
    const char *management_token; /* NULL: ACLs are off; borrowed during ek_consul_new */
    bool default_deny;            /* with ACLs on: what no rule allows is denied */
    uint32_t servers; /* how many of the first agents are servers; 0 means 1; the last leads */
};

/* Returns new, or NULL without memory. Later the process ends with a message when memory does. */
struct ek_consul *ek_consul_new(const struct ek_consul_config *config);
void ek_consul_free(struct ek_consul *consul);

/* Adds an agent: a node with a passing serfHealth check. The first ones are servers, which register
 * the service "consul" on their node, as the real ones do. `node_id` may be NULL (generated).
 * Returns the agent's number, from 0, or UINT32_MAX without memory or for a name in use. */
uint32_t ek_consul_add_agent(struct ek_consul *consul, const char *node, const char *node_id,
                             const char *address, int64_t now_ns);

struct ek_consul_header {
    const char *name;
    const char *value;
};

/* One HTTP request to one agent. All strings are borrowed during the call. */
struct ek_consul_request {
    uint32_t agent;
    const char *method;
    const char *target; /* path and query as sent, still percent-encoded */
    const struct ek_consul_header *headers;
    size_t header_count;
    const char *body; /* may be NULL */
    size_t body_size;
    uint64_t cause; /* opaque: handed back in the response and in the notes it leads to */
    uint64_t token; /* opaque: handed back in the response */
};

enum {
    EK_CONSUL_HEADERS_MAX = 20
};

enum ek_consul_delivery {
    EK_CONSUL_DELIVER_ALL,
    EK_CONSUL_DELIVER_CUT,  /* then the connection closes, although more was promised */
    EK_CONSUL_DELIVER_STALL /* then nothing comes, but the connection stays */
};

struct ek_consul_response {
    uint64_t id;
    uint64_t token; /* the request's */
    uint64_t cause; /* of whatever made the answer ready: the request, or the write that woke it */
    int status;     /* 0: the connection is closed without an answer */
    struct ek_consul_header headers[EK_CONSUL_HEADERS_MAX]; /* without Date and Content-Length */
    size_t header_count;
    const char *body; /* "" when empty */
    size_t body_size;
    enum ek_consul_delivery delivery; /* for the owner to obey */
    size_t deliver_bytes;             /* of the body, unless all of it */
};

/* Takes a request; returns its id (never 0), or 0 when requests_max is reached. The answer comes
 * out of ek_consul_response, at once or, for a parked blocking query, later. */
uint64_t ek_consul_request(struct ek_consul *consul, const struct ek_consul_request *request,
                           int64_t now_ns);

/* Pulls the next answer, in the order they became ready. False when there is none.
 * The strings are valid until the next call of any function on `consul`. */
bool ek_consul_response(struct ek_consul *consul, struct ek_consul_response *out);

/* The client of request `id` went away; unknown ids are ignored. */
void ek_consul_cancel(struct ek_consul *consul, uint64_t id);

/* Runs what is due: TTL expiry, ends of waits, delayed answers. */
void ek_consul_tick(struct ek_consul *consul, int64_t now_ns);

/* When the next tick has something to do; INT64_MAX for never. */
int64_t ek_consul_deadline(const struct ek_consul *consul);

/* ---- what agents look at for HTTP, TCP and gRPC checks ---- */

enum ek_consul_probe_kind {
    EK_CONSUL_PROBE_HTTP, /* the target is a URL */
    EK_CONSUL_PROBE_TCP,  /* host:port */
    EK_CONSUL_PROBE_GRPC  /* host:port or host:port/service, of grpc.health.v1 */
};

/* One look at a target, for the owner to take. */
struct ek_consul_probe {
    uint64_t id;
    uint32_t agent; /* from where */
    enum ek_consul_probe_kind kind;
    const char *target;
    const char *method, *body; /* HTTP only; "" when empty */
    const struct ek_consul_header *headers;
    size_t header_count;
    int64_t timeout_ns;
    size_t output_max_bytes; /* of the answer's body that will be looked at */
    bool use_tls;            /* gRPC only */
    bool skip_verify;        /* take any certificate */
};

struct ek_consul_probe_result {
    int status;       /* HTTP: the status code; gRPC: 1 for SERVING; TCP: not looked at */
    const char *body; /* of the HTTP answer; may be NULL */
    size_t body_size;
    const char *error; /* why there was no answer; NULL: there was one */
};

/* Pulls the next look that is due; false when there is none. The strings are valid until the next
 * call of any function on `consul`. What is pulled has to be answered; after its timeout with a
 * second of grace it counts as failed. Without an owner that pulls, such checks keep their first
 * status. */
bool ek_consul_probe(struct ek_consul *consul, struct ek_consul_probe *out);

/* Tells what was seen; the id of a look that is no longer wanted is ignored. */
void ek_consul_probe_done(struct ek_consul *consul, uint64_t id,
                          const struct ek_consul_probe_result *result, int64_t now_ns);

/* ---- scripted lies ---- */

enum ek_consul_fault {
    EK_CONSUL_EMPTY,      /* service reads answer 200 [] with a higher index; parked ones wake */
    EK_CONSUL_SILENT,     /* nothing is answered; parked queries stay, new requests wait unread
                             and are handled in their order when it ends, unless cancelled */
    EK_CONSUL_NO_LEADER,  /* in-flight queries fail at once; default reads are held 7 s, then 500
                             "No cluster leader"; writes are held likewise, those to an agent are
                             then accepted and reach the catalog later; stale reads go on */
    EK_CONSUL_STALE,      /* service reads show the catalog as it was when the fault began */
    EK_CONSUL_INDEX_BACK, /* a snapshot restore: parked queries return at once with old data and
                             old index, then the raft index restarts at 8 (data kept) */

    /* The rest, each with the behaviour of the real one that it copies. */
    EK_CONSUL_LEADER_LOST,    /* the leader dies, another is elected after `for` (2 s): in-flight
                                 queries fail at once (recorded: 63a-inflight-leader-dies) */
    EK_CONSUL_SERVERS_GONE,   /* only the agents are left: reads are refused at once, views and
                                 ?cached go on (recorded: 67a-no-servers) */
    EK_CONSUL_LAG,            /* stale reads come from a follower that hears from the leader every
                                 `period` (1 s): older index, LastContact (consul#7939) */
    EK_CONSUL_FROZEN_VIEW,    /* streaming and cached answers stand still and tell no one
                                 (recorded: 67a-no-servers, step 4) */
    EK_CONSUL_PARTIAL,        /* service reads list only `share_ppm` (half) of the instances, with a
                                 higher index (an ACL or a filter that cuts: consul#7939) */
    EK_CONSUL_UNSORTED,       /* service reads list in an order drawn anew each time, as prepared
                                 queries do */
    EK_CONSUL_FLAPPING,       /* the checks of `service` turn over every `period` (1 s)
                                 (consul#4742) */
    EK_CONSUL_TTL_STORM,      /* all TTL checks of `service` run out now (62a-no-leader: late
                                 heartbeats after a lost leader) */
    EK_CONSUL_RATE_LIMIT,     /* what needs the servers is refused with 429 beyond `rate` requests a
                                 second (limits.rpc_rate) */
    EK_CONSUL_ACL_DENIED,     /* the token lost its rules: discovery reads are empty 200s, the rest
                                 403 (recorded: 71a-acl) */
    EK_CONSUL_ACL_LOST,       /* the token is unknown: 403 "ACL not found" (recorded: 71a-acl) */
    EK_CONSUL_NOT_CONSISTENT, /* ?consistent reads fail while a leader takes over */
    EK_CONSUL_SLOW,           /* each answer takes `delay` (1 s) longer */
    EK_CONSUL_TRUNCATED,      /* connections close after `bytes` (0) of a body */
    EK_CONSUL_HALF_CLOSED,    /* after `bytes` (0) of a body nothing more comes, and no end
                                 (traefik#11688) */
    EK_CONSUL_GARBAGE,        /* bodies are bytes without sense */
    EK_CONSUL_AGENT_RESTART,  /* the process of `agent` is away for `for` (1 s); interval checks are
                                 critical until they are looked at again (consul#2323) */
    EK_CONSUL_CONNECTION_LIMIT, /* a request beyond `rate` (200) at a time to one agent is a
                                   connection too many: 429, closed (recorded: 70-conn-limit); 1.8
                                   closes it without a word */
    EK_CONSUL_FAULT_COUNT
};

struct ek_consul_fault_options {
    const char *service; /* of EMPTY, STALE, FROZEN_VIEW, PARTIAL, UNSORTED, FLAPPING, TTL_STORM;
                            NULL means all */
    uint32_t agent;      /* of AGENT_RESTART */
    uint32_t share_ppm, rate;
    size_t bytes;
    int64_t for_ns; /* ends it by itself; 0: it lasts until it is ended */
    int64_t period_ns, delay_ns;
};

/* Begins or ends a lie; `options` may be NULL, 0 stands for what is said in brackets above. One
 * that is on already is ended first. INDEX_BACK, LEADER_LOST, TTL_STORM and AGENT_RESTART are
 * instants: ending them does nothing. */
void ek_consul_fault_start(struct ek_consul *consul, enum ek_consul_fault fault,
                           const struct ek_consul_fault_options *options, uint64_t cause,
                           int64_t now_ns);
void ek_consul_fault_begin(struct ek_consul *consul, enum ek_consul_fault fault,
                           const char *service, uint64_t cause, int64_t now_ns);
void ek_consul_fault_end(struct ek_consul *consul, enum ek_consul_fault fault, uint64_t cause,
                         int64_t now_ns);

/* The agent's process. Stopped, it closes its connections (status 0) and takes no more; its TTL
 * checks stand still, since only the agent runs them out, but its serfHealth turns critical after
 * 5.05 s, which fails ?passing for everything on its node. Started again it is alive after 67 ms;
 * a check keeps its status if it was heard of within its TTL, else it is critical until the next
 * heartbeat. Without any server the other agents refuse reads at once; a server that makes a quorum
 * again takes 1.2 s more to elect a leader. When one of several servers goes that led, another
 * leads after 2 s; without a quorum none does. */
void ek_consul_agent_stop(struct ek_consul *consul, uint32_t agent, uint64_t cause, int64_t now_ns);

/* The same, but in good order, as after SIGTERM: parked queries are answered first, with their old
 * index (recorded: 69a-server-stop). */
void ek_consul_agent_shutdown(struct ek_consul *consul, uint32_t agent, uint64_t cause,
                              int64_t now_ns);
void ek_consul_agent_start(struct ek_consul *consul, uint32_t agent, uint64_t cause,
                           int64_t now_ns);

/* The name under which /v1/evenkeel/fault knows the fault: "empty", "silent" ... */
const char *ek_consul_fault_name(enum ek_consul_fault fault);

/* ---- state ---- */

struct json_t;

/* Takes in what a real Consul's /v1/catalog, /v1/health and /v1/kv tell, as
 *   {"nodes": [...], "kv": [...]}
 * where each item of "nodes" is a body of /v1/catalog/register (a node with several services has
 * several items), and each item of "kv" is one of /v1/kv/?recurse. Services of a node that one of
 * the agents runs become that agent's own. Borrows. False with a reason in `error`; what came
 * before the bad item is kept. */
bool ek_consul_import(struct ek_consul *consul, const struct json_t *state, int64_t now_ns,
                      char *error, size_t error_size);

/* Returns new: all of the catalog and the keys in the shape above. */
struct json_t *ek_consul_export(const struct ek_consul *consul);

/* ---- what happened, for recordings ---- */

enum ek_consul_note_kind {
    EK_CONSUL_NOTE_REGISTERED,   /* subject: service id */
    EK_CONSUL_NOTE_DEREGISTERED, /* subject: service id */
    EK_CONSUL_NOTE_CHECK,        /* subject: service id ("" for a node check), text: new status */
    EK_CONSUL_NOTE_WOKEN         /* subject: service name, count: parked queries woken */
};

struct ek_consul_note {
    enum ek_consul_note_kind kind;
    uint64_t id;    /* of this note: 1, 2, 3 ... */
    uint64_t cause; /* of the request, agent stop or fault that led here */
    uint64_t index; /* raft index after the change */
    uint32_t agent; /* UINT32_MAX: none, as for a node that no agent runs or for WOKEN */
    uint32_t count;
    char service[64];
    char subject[64];
    char text[32]; /* passing, warning, critical */
};

/* Pulls the next note, oldest first; at most 1,024 are kept, then the oldest are dropped. */
bool ek_consul_note(struct ek_consul *consul, struct ek_consul_note *out);

/* The raft index, for views of the registry. */
uint64_t ek_consul_index(const struct ek_consul *consul);

struct ek_consul_instance {
    const char *service_id;
    const char *status; /* aggregate of its checks: passing, warning, critical, maintenance */
};

/* Lists the instances of `service` in answer order, unfiltered; returns how many there are and
 * writes at most `max` to `out`. Borrowed until the next call that takes a time. */
size_t ek_consul_instances(const struct ek_consul *consul, const char *service,
                           struct ek_consul_instance *out, size_t max);

#endif
