/* The registry as its own files see it. */
#ifndef EK_FAKE_CONSUL_STATE_H
#define EK_FAKE_CONSUL_STATE_H

#include "fake-consul/agent/agent.h"
#include "fake-consul/api/answer.h"
#include "fake-consul/api/call.h"
#include "fake-consul/api/query.h"
#include "fake-consul/base/timer.h"
#include "fake-consul/catalog/catalog.h"
#include "fake-consul/consul.h"
#include "fake-consul/fault/fault.h"
#include "fake-consul/tables/event.h"
#include "fake-consul/tables/kv.h"
#include "fake-consul/tables/prepared.h"
#include "fake-consul/tables/session.h"
#include "fake-consul/tables/token.h"

enum {
    EK__CONSUL_NOTES_MAX = 1024
};

#define EK__CONSUL_SECOND 1000000000LL

/* What draws random numbers, each from a stream of its own. */
enum ek__consul_stream {
    EK__CONSUL_STREAM_WAIT,  /* jitter of blocking queries */
    EK__CONSUL_STREAM_SYNC,  /* when agents synchronise */
    EK__CONSUL_STREAM_ORDER, /* of what has no order */
    EK__CONSUL_STREAM_UUID,
    EK__CONSUL_STREAM_PROBE,   /* when an agent first looks at what it checks */
    EK__CONSUL_STREAM_GARBAGE, /* of bodies without sense */
    EK__CONSUL_STREAM_COUNT
};

enum {
    EK__CONSUL_SNAPSHOTS_MAX = 4
};

/* A copy of the tables at one time. */
struct ek__consul_snapshot {
    uint64_t id; /* 0: none */
    uint64_t index;
    struct ek__consul_catalog catalog;
    struct ek__consul_kv kv;
};

struct ek_consul {
    enum ek_consul_version version;
    char *datacenter;
    bool pretty;
    bool datacenters_cached; /* somebody asked for the list of datacenters with ?cached */

    uint64_t random[EK__CONSUL_STREAM_COUNT];
    int64_t now;
    uint64_t cause; /* of what is going on right now */
    uint64_t index; /* raft */

    struct ek__consul_catalog catalog;
    struct ek__consul_catalog frozen;  /* what EK_CONSUL_STALE shows */
    struct ek__consul_catalog view;    /* what EK_CONSUL_FROZEN_VIEW shows */
    struct ek__consul_catalog lagging; /* what EK_CONSUL_LAG shows */
    int64_t lagging_since;
    struct ek__consul_kv kv;
    struct ek__consul_timer tombstones; /* the next one to go */
    struct ek__consul_sessions sessions;
    struct ek__consul_prepareds prepared;
    struct ek__consul_events events;
    struct ek__consul_acl acl;
    struct ek__consul_fault faults[EK_CONSUL_FAULT_COUNT];
    uint64_t empty_index;   /* no service read shows a lower index; 0: no limit */
    int64_t leader_lost;    /* when the last leader went */
    int64_t leader_elected; /* there is none before this moment */
    struct ek__consul_timer election;

    struct ek__consul_agent **agents;
    uint32_t agent_count;
    uint32_t server_count; /* the first so many agents */
    uint32_t leader;

    struct ek__consul_timers timers;
    struct ek__consul_sorted watches; /* by service key */
    struct ek__consul_queue tables;   /* parked on something else than a service */
    struct ek__consul_queue hashes;   /* parked on an agent's view of a service */
    struct ek__consul_queue held;     /* waiting for a leader, or for the end of a silence */
    struct ek__consul_queue slow;     /* complete, but held back */
    struct ek__consul_queue ready;
    struct ek__consul_local_check *probes_first, *probes_last; /* looks that are due */
    uint64_t probe_id;
    struct ek__consul_snapshot snapshots[EK__CONSUL_SNAPSHOTS_MAX];
    uint64_t snapshot_id;
    struct ek__consul_query *pulled; /* whose strings the owner may still be reading */
    struct ek__consul_query **slots;
    uint32_t *free_slots;
    size_t slot_count, free_count, requests_max;
    uint64_t generation;

    struct ek_consul_note notes[EK__CONSUL_NOTES_MAX];
    size_t note_first, note_count;
    uint64_t note_id;
};

uint64_t ek__consul_random(struct ek_consul *consul, enum ek__consul_stream stream);

/* Uniform in [0, range); 0 for a range below 1. */
int64_t ek__consul_random_below(struct ek_consul *consul, enum ek__consul_stream stream,
                                int64_t range);

/* Returns new. */
char *ek__consul_uuid(struct ek_consul *consul);

/* Runs the timers that are due by `now`, each at its own time. */
void ek__consul_advance(struct ek_consul *consul, int64_t now);

/* Brackets the changes of one committed write. The second half wakes whoever is concerned. */
void ek__consul_write_begin(struct ek_consul *consul, struct ek__consul_write *write);
void ek__consul_write_end(struct ek_consul *consul, struct ek__consul_write *write);

void ek__consul_note_add(struct ek_consul *consul, enum ek_consul_note_kind kind, uint32_t agent,
                         const char *service, const char *subject, const char *text,
                         uint32_t count);

/* Sees to it that tombstones go in time. */
void ek__consul_tombstones_watch(struct ek_consul *consul);

void ek__consul_snapshot_free(struct ek__consul_snapshot *snapshot);

/* Around a restore: first the parked are told what they know already, at once; afterwards what
 * readers saw counts no more. `version` is the catalog's before it was replaced. */
void ek__consul_abandon(struct ek_consul *consul);
void ek__consul_restored(struct ek_consul *consul, uint64_t version);

/* All data, as ek_consul_export gives it. */
void ek__consul_state_write(const struct ek_consul *consul, struct ek__consul_text *json);

/* Whether the lie is told about this service. */
bool ek__consul_lies(const struct ek_consul *consul, enum ek_consul_fault fault,
                     const char *service_key);
bool ek__consul_is_silent(const struct ek_consul *consul);
bool ek__consul_has_leader(const struct ek_consul *consul);

bool ek__consul_is_server(const struct ek_consul *consul, uint32_t agent);

/* The process of a server stopped or started: it may have led, it may make a quorum. */
void ek__consul_server_stopped(struct ek_consul *consul, uint32_t number);
void ek__consul_server_started(struct ek_consul *consul);

/* What stands before an error of the leader when this agent is asked: one prefix a hop. */
const char *ek__consul_rpc_prefix(const struct ek_consul *consul, uint32_t agent);

/* How long ago the server that answers a stale read of the agent heard from the leader. */
uint64_t ek__consul_contact_ms(const struct ek_consul *consul, uint32_t agent);

/* Whether no server's process runs. */
bool ek__consul_server_is_down(const struct ek_consul *consul);

/* A leader is back: what was held goes on, agents write what they kept. */
void ek__consul_leader_back(struct ek_consul *consul);

#endif
