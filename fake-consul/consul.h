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
    const char *datacenter; /* borrowed during ek_consul_new; NULL means "dc1" */
    bool pretty;            /* indent JSON by four spaces, as `consul agent -dev` does */
    size_t requests_max;    /* parked or unread requests at most; 0 means 65,536 */
};

/* Returns new, or NULL without memory. Later the process ends with a message when memory does. */
struct ek_consul *ek_consul_new(const struct ek_consul_config *config);
void ek_consul_free(struct ek_consul *consul);

/* Adds an agent: a node with a passing serfHealth check. Agent 0 is a server and registers the
 * service "consul" on its node, as the real one does. `node_id` may be NULL (generated).
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
    EK_CONSUL_HEADERS_MAX = 16
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
    EK_CONSUL_FAULT_COUNT
};

/* Begins or ends a lie. `service` narrows EMPTY and STALE to one service; NULL means all.
 * INDEX_BACK is an instant: ending it does nothing. */
void ek_consul_fault_begin(struct ek_consul *consul, enum ek_consul_fault fault,
                           const char *service, uint64_t cause, int64_t now_ns);
void ek_consul_fault_end(struct ek_consul *consul, enum ek_consul_fault fault, uint64_t cause,
                         int64_t now_ns);

/* The agent's process. Stopped, it closes its connections (status 0) and takes no more; its TTL
 * checks stand still, since only the agent runs them out, but its serfHealth turns critical after
 * 5.05 s, which fails ?passing for everything on its node. Started again it is alive after 67 ms;
 * a check keeps its status if it was heard of within its TTL, else it is critical until the next
 * heartbeat. Without agent 0 there is no server: the other agents refuse reads at once, and its
 * start takes 1.2 s more to elect a leader. */
void ek_consul_agent_stop(struct ek_consul *consul, uint32_t agent, uint64_t cause, int64_t now_ns);
void ek_consul_agent_start(struct ek_consul *consul, uint32_t agent, uint64_t cause,
                           int64_t now_ns);

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
