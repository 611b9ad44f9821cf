/* The world in which the core runs: everything that is simulated, and what its parts share.
 *
 * One file a part: client.c drives the channels, load.c offers calls, connection.c and net.c carry
 * them, server.c serves, agent.c registers and heartbeats, registry.c is the way to the fake
 * Consul, fault.c breaks things, journal.c and look.c tell the recorder. world.c builds it and
 * turns the crank. */
#ifndef EK_SIM_WORLD_H
#define EK_SIM_WORLD_H

#include "evenkeel/channel.h"
#include "fake-consul/consul.h"
#include "reports/recording/recording.h"
#include "sim/engine.h"
#include "sim/sample.h"
#include "sim/scenario/scenario.h"

/* No index. */
#define EK__NIL UINT32_MAX

enum ek__happening {
    EK__CLIENT_TICK,     /* subject: client */
    EK__LOAD_ARRIVAL,    /* client */
    EK__LOAD_THINK,      /* client; the slot is released */
    EK__ATTEMPT,         /* attempt; its stage says what is due */
    EK__CONNECTION,      /* connection; its stage says what is due */
    EK__QUERY,           /* query; its stage says what is due */
    EK__REGISTRY_TICK,   /* none */
    EK__AGENT_BEAT,      /* endpoint */
    EK__PROCESS_STARTED, /* endpoint */
    EK__FAULT_BEGIN,     /* strike */
    EK__FAULT_STAGE,     /* strike: between its begin and end */
    EK__FAULT_END,       /* strike */
    EK__PROBE,           /* probe */
    EK__KEY_STEP         /* consul.keys */
};

/* ---- clients ---- */

struct ek__call_record {
    uint64_t work;   /* the call's own draw: service times and delays follow from it */
    uint64_t cause;  /* the fault that shaped its last attempt; 0: none */
    uint64_t origin; /* record of what its last attempt was sent for */
    uint32_t open_count;
    uint32_t open[EK_RECORD_ATTEMPTS_MAX]; /* attempts under way; with hedging several */
    struct ek_recorded_call record;
};

struct ek__load_segment {
    int64_t until_ns;
    double per_ns; /* calls of one client */
    uint32_t step; /* of the group's profile; 0: before the first */
};

/* Which step of a group's load has been put down last. */
struct ek__load_news {
    uint32_t step;
    uint64_t record; /* 0: none yet */
};

/* What befell an endpoint of a channel: the last record of each. */
struct ek__befallen {
    uint64_t failed, ejected;
};

struct ek__client {
    char name[64];
    struct ek_channel *channel;
    const struct ek_client_group *group;
    uint32_t zone; /* index, or none */
    uint32_t tick_slot, arrival_slot;
    int64_t tick_at; /* what its slot is set to; never later than the channel's deadline */
    struct ek_rng arrivals, work, connects, keys;
    uint32_t subset; /* the channel's number of what its calls ask for; 0: nothing */
    const struct ek__load_segment *segments;
    size_t segment_count, segment;
    uint32_t load_step;            /* of its last call */
    uint32_t *connections;         /* by the channel's endpoint number: the latest, or none */
    uint32_t *endpoints;           /* by the channel's endpoint number: the world's */
    struct ek__befallen *befallen; /* likewise */
    size_t connection_capacity;
    uint64_t heard;                  /* the last change of the registry it was answered after */
    uint64_t blamed[EK_BLAME_COUNT]; /* the record that each would be put down to; 0: none */
};

/* ---- the network ---- */

struct ek__list {
    uint32_t head, tail, count;
};

enum ek__connection_stage {
    EK__CONNECTION_OPENING,  /* the first packet is on its way */
    EK__CONNECTION_ANSWERED, /* the outcome is on its way back */
    EK__CONNECTION_OPEN,
    EK__CONNECTION_BREAKING, /* the reset, or the good-bye, is on its way to the client */
    EK__CONNECTION_CLOSED
};

struct ek__connection {
    uint32_t client, endpoint;
    uint32_t number;         /* the channel's endpoint number */
    uint32_t attempts;       /* of the client, not yet ended */
    uint8_t stage;           /* enum ek__connection_stage */
    bool is_refused;         /* ANSWERED: the outcome */
    bool is_goaway;          /* BREAKING: a good-bye, the connection lives on */
    bool is_left;            /* the client will not send on it any more */
    bool is_linked;          /* in its server's list */
    uint32_t slot;           /* while it is set, or none */
    uint32_t incarnation;    /* of the process that accepted it */
    uint32_t next, previous; /* of the server */
    uint64_t handle;         /* the channel's */
    uint64_t cause;          /* of its outcome, or its loss; 0: none yet */
    uint64_t asked;          /* what it was opened for */
    int64_t delay_ns;        /* of its packets that carry no call */
    struct ek__list held;    /* attempts that wait for it to open */
};

enum ek__attempt_stage {
    EK__ATTEMPT_HELD, /* its connection is not there yet */
    EK__ATTEMPT_OUTBOUND,
    EK__ATTEMPT_QUEUED, /* at the server */
    EK__ATTEMPT_SERVED,
    EK__ATTEMPT_ERRING, /* a scripted error is being made */
    EK__ATTEMPT_INBOUND,
    EK__ATTEMPT_LOST, /* vanished on the way: only the client's deadline ends it */
    EK__ATTEMPT_FREE  /* none: the place is in the pool */
};

struct ek__attempt {
    uint8_t stage;     /* enum ek__attempt_stage */
    bool is_abandoned; /* the client does not wait for it any more */
    uint16_t place;    /* in the call's record; past its end when it has no room */
    uint32_t client, endpoint, connection, call;
    uint32_t path;           /* between the two */
    uint32_t slot;           /* while it is set, or none */
    uint32_t incarnation;    /* of the server's process that its connection leads to */
    uint32_t next, previous; /* among those served, waiting, or waiting for their connection */
    int status;              /* INBOUND */
    uint32_t share;          /* its place among those that share the workers */
    uint32_t error;          /* INBOUND: number of the fault that answered it, from 1; 0: none */
    uint64_t handle;         /* the channel's */
    uint64_t work;

    int64_t sent_at;
    uint64_t cause;             /* the fault that shaped its fate; 0: none */
    const char *text;           /* INBOUND */
    int64_t left_ns;            /* of service, while the process is paused */
    struct ek_load_report load; /* INBOUND, if the server reports any */
};

/* An active health check on its way. */
struct ek__probe {
    uint32_t client, endpoint;
    enum ek_probe_kind kind;
    bool is_used;
    bool is_answered; /* on its way back */
    bool is_healthy;
    uint32_t slot;
    uint64_t handle; /* the channel's */
    uint64_t cause;  /* of its answer, or of its having none; 0: none yet */
    uint64_t asked;  /* what it was sent for */
    int64_t delay_ns;
};

/* ---- servers ---- */

__extension__ typedef unsigned __int128 ek__wide;

/* A call that shares the workers with others. */
struct ek__sharer {
    ek__wide end; /* of `got`, when it has all it wants */
    uint64_t order;
    int64_t want_ns;
    uint32_t attempt;
};

/* What processor sharing knows: server_share.c. */
struct ek__sharing {
    struct ek__sharer *heap; /* by end, then order */
    uint32_t count, capacity;
    uint32_t due; /* the attempt whose slot is set; none: nothing moves */
    bool is_held;
    uint64_t order;
    ek__wide at;             /* 2^-20 ns: the moment of `got` */
    ek__wide got;            /* by each call, since the server was empty; 2^-20 ns */
    ek__wide offered, given; /* by the workers, and to the calls that left, since then */
    uint64_t changes;        /* of the number of calls, since then */
};

/* What went in and what came out of one server, and of the network on the way to it. */
struct ek__books {
    uint64_t sent;     /* requests by clients */
    uint64_t vanished; /* of those: on the way there, or at a process that did not know them */
    uint64_t arrived;
    uint64_t done;           /* of those: served, refused or erred */
    uint64_t dropped;        /* of those: gone with the process, or stopped by a cancel */
    uint64_t on_way, erring; /* counted by ek__books_check */
};

/* What it answered lately, for the load that its answers report. */
struct ek__load {
    int64_t second;                     /* being counted */
    uint64_t answers, errors;           /* in it */
    uint64_t answers_last, errors_last; /* in the one before */
};

struct ek__server {
    /* What every call looks at, together: with thousands of servers it is far away. */
    const struct ek_endpoint_group *group;
    uint32_t zone;
    uint32_t paused, refusing, holes; /* how many faults do this to it now */
    uint32_t incarnation;             /* changes whenever its connections are reset */
    bool is_up, is_starting, is_draining, is_registered;
    struct ek__list serving, waiting;
    struct ek__books books;
    struct ek_sampler service;
    struct {
        bool is_active;
        uint16_t number; /* of the fault, from 1 */
        int status;
        int64_t share_ppm, after_ns;
    } error;
    struct {
        bool is_active;
        int64_t factor; /* thousandths */
        bool has_service;
        struct ek_sampler service;
    } slow;

    struct ek__sharing sharing; /* of those served, when the discipline says so */
    struct ek__load load;
    struct ek_rng errors;
    uint64_t cause;          /* record of the fault that has hold of it; 0: none */
    uint64_t since;          /* record of the last change of its process */
    enum ek_process process; /* as last recorded */
    uint32_t connections;    /* head of the list */
    uint32_t start_slot, beat_slot;
    uint32_t agent;
    char name[64];
    char address[32];
};

/* ---- the registry ---- */

struct ek__body {
    uint32_t users;
    size_t size;
    char *text;
};

enum ek__query_stage {
    EK__QUERY_OUTBOUND,
    EK__QUERY_ASKED,
    EK__QUERY_INBOUND
};

struct ek__query {
    enum ek__query_stage stage;
    bool is_lookup; /* of a name: another server answers */
    bool is_parked; /* its answer did not come at once */
    bool is_late;   /* INBOUND: the answer comes after the timeout */
    uint32_t client, slot;
    uint64_t handle; /* the channel's */
    uint64_t consul_id;
    uint64_t silence; /* the fault that may keep it from being answered; 0: none */
    int64_t timeout_at;
    char *target;
    int status;
    uint64_t index, cause;
    int64_t last_contact_ns;
    struct ek__body *body;
};

/* ---- names ---- */

struct ek__dns {
    char *cached;    /* one address a line; NULL: nothing yet */
    char *zone;      /* the same as it was read */
    uint64_t change; /* record of what last changed its answers */
    int64_t cached_until;
    uint32_t frozen, absent, failing; /* how many faults do this to it now */
};

/* ---- faults ---- */

/* One fault on one endpoint, or on the network, or on the registry. */
struct ek__strike {
    const struct ek_fault *fault;
    uint32_t fault_index;
    uint32_t endpoint;     /* or none */
    int64_t at_ns, end_ns; /* end: INT64_MAX when it lasts */
    uint32_t slot, stage;
    uint64_t record, ended; /* of its begin and its end */
    uint8_t *from, *to;     /* network faults: flags by client, then by endpoint, then registry */
    bool is_active;
};

/* ---- all of it ---- */

/* Little's law as an identity: the integral over time of the number of open calls is the sum of
 * what each has spent. Sums of ns, modulo 2^64. */
struct ek__little {
    uint64_t integral; /* up to: */
    int64_t at_ns;
    uint64_t planned; /* the sum over open calls of when they were planned */
    uint64_t spent;   /* by those that ended, from plan to end */
};

/* Indices of an array that grows: those given back are taken again, last in first out. */
struct ek__pool {
    uint32_t *free;
    uint32_t free_count, count, capacity;
};

struct ek__world {
    const struct ek_scenario *scenario;
    const struct ek_run_options *options;
    struct ek_recorder *recorder;
    struct ek_engine engine;
    uint64_t seed;
    uint64_t trace_call; /* number of the call whose picks are recorded; 0: none */
    bool is_out_of_memory;

    char **zones;
    uint32_t zone_count;
    struct ek_sampler *zone_delays; /* zone_count + 1 squared: from, to; the last is none */
    uint32_t *zone_queues; /* likewise: the engine's, for those that are constant, or none */

    struct ek__client *clients;
    uint32_t client_count;
    struct ek_service_config *configs; /* one a group */
    json_t **resolver_options;         /* one a group */
    struct ek__load_segment **group_segments;
    struct ek__load_news *group_loads;
    struct ek__server *servers;
    uint32_t server_count;

    struct ek__call_record *calls;
    struct ek__attempt *attempts;
    struct ek__connection *connections;
    struct ek__query *queries;
    struct ek__probe *probes;
    struct ek__pool call_pool, attempt_pool, connection_pool, query_pool, probe_pool;
    uint64_t calls_offered, calls_ended;
    struct ek__little little;
    uint64_t attempts_sent, attempts_closed;
    uint32_t calls_open;
    char broken[200]; /* the first invariant that did not hold; "" while all do */
    bool is_load_over;
    int64_t look_at, look_every; /* when the channels are looked into next; INT64_MAX: never */
    uint32_t look_clients;       /* of how many: the first ones */

    struct ek_consul *consul; /* NULL: nobody needs one */
    struct ek_sampler consul_delay;
    struct ek_rng consul_rng;
    uint32_t registry_slot;
    int64_t registry_at;
    uint64_t registry_change; /* record of the last change seen in this turn */
    uint64_t registry_last;   /* of the last change of all, faults of the registry included */
    uint64_t key_last;        /* of the last key written */
    uint64_t start;           /* the first record of all */
    uint64_t moved;           /* of the last process that came or went */
    struct ek__body *last_body;
    struct ek__dns dns;
    struct ek_sampler dns_delay;

    struct ek__strike *strikes;
    uint32_t strike_count;
    uint32_t cuts; /* active partitions, delays and losses */
};

/* Why a server is as it is. */
static inline uint64_t ek__server_why(const struct ek__server *server)
{
    return server->cause != 0 ? server->cause : server->since;
}

static inline ek_time ek__now(const struct ek__world *world)
{
    return (ek_time){world->engine.now};
}

/* client.c */
bool ek__clients_prepare(struct ek__world *world, char *why, size_t why_size);
bool ek__clients_start(struct ek__world *world, char *why, size_t why_size);
void ek__client_obey(struct ek__world *world, struct ek__client *client);
void ek__client_input(struct ek__world *world, uint32_t client, const struct ek_event *event);
void ek__client_tick(struct ek__world *world, uint32_t client);
void ek__clients_stop(struct ek__world *world);

/* load.c */
bool ek__load_start(struct ek__world *world);
void ek__load_arrival(struct ek__world *world, uint32_t client);
void ek__load_think(struct ek__world *world, uint32_t client);
void ek__load_finished(struct ek__world *world, struct ek__client *client);
void ek__load_stop(struct ek__world *world);

/* net.c */
void ek__net_send(struct ek__world *world, uint32_t client, const struct ek_action *action);
uint64_t ek__net_abandon(struct ek__world *world, const struct ek_action *action);
void ek__net_attempt_due(struct ek__world *world, uint32_t attempt);
void ek__net_transmit(struct ek__world *world, uint32_t attempt);
void ek__net_answer(struct ek__world *world, uint32_t attempt, int status, const char *text);
void ek__net_lose(struct ek__world *world, uint32_t attempt); /* no answer will come */
void ek__attempt_release(struct ek__world *world, uint32_t attempt);
void ek__attempt_wake(struct ek__world *world, uint32_t attempt, int64_t at);

int64_t ek__net_delay(const struct ek__world *world, uint32_t client, uint32_t server,
                      uint64_t draw);
bool ek__net_is_cut(const struct ek__world *world, uint32_t client, uint32_t server,
                    uint64_t *cause);

/* connection.c */
void ek__connect(struct ek__world *world, uint32_t client, const struct ek_action *action);
uint64_t ek__leave(struct ek__world *world, uint32_t client, uint64_t handle);
void ek__connection_due(struct ek__world *world, uint32_t connection);
void ek__connection_reset(struct ek__world *world, const struct ek__attempt *attempt);
void ek__connection_release(struct ek__world *world, uint32_t connection); /* if unused */
void ek__connections_break(struct ek__world *world, struct ek__server *server, bool is_goaway,
                           uint64_t cause);

/* fetch.c: for speed */
void ek__fetch_ahead(struct ek__world *world);

/* probe.c */
void ek__probe_start(struct ek__world *world, uint32_t client, const struct ek_action *action);
uint64_t ek__probe_cancel(struct ek__world *world, uint32_t client, uint64_t handle);
void ek__probe_due(struct ek__world *world, uint32_t probe);

/* list.c: attempts in the order they came */
void ek__list_init(struct ek__list *list);
void ek__list_add(struct ek__world *world, struct ek__list *list, uint32_t attempt);
void ek__list_remove(struct ek__world *world, struct ek__list *list, uint32_t attempt);

/* server.c */
void ek__server_request(struct ek__world *world, uint32_t attempt);
void ek__server_service_done(struct ek__world *world, uint32_t attempt);
void ek__server_abandoned(struct ek__world *world, uint32_t attempt);
void ek__server_stop(struct ek__world *world, struct ek__server *server, uint64_t cause);
void ek__server_start(struct ek__world *world, struct ek__server *server, uint64_t cause);
void ek__server_started(struct ek__world *world, uint32_t server);
void ek__server_pause(struct ek__world *world, struct ek__server *server);
void ek__server_resume(struct ek__world *world, struct ek__server *server);
uint32_t ek__server_busy(const struct ek__server *server); /* workers */

/* server_share.c */
void ek__share_begin(struct ek__world *world, struct ek__server *server, uint32_t attempt,
                     int64_t want_ns);
void ek__share_finish(struct ek__world *world, struct ek__server *server, uint32_t attempt);
void ek__share_leave(struct ek__world *world, struct ek__server *server, uint32_t attempt);
void ek__share_hold(struct ek__world *world, struct ek__server *server);
void ek__share_go(struct ek__world *world, struct ek__server *server);

/* server_load.c */
void ek__server_report(struct ek__world *world, struct ek__attempt *attempt);

/* agent.c and registry.c */
bool ek__agents_start(struct ek__world *world);
void ek__agent_register(struct ek__world *world, struct ek__server *server, uint64_t cause);
void ek__agent_deregister(struct ek__world *world, struct ek__server *server, uint64_t cause);
void ek__agent_beat(struct ek__world *world, uint32_t server);
void ek__agent_beat_at(struct ek__world *world, struct ek__server *server, int64_t at);
void ek__registry_request(struct ek__world *world, uint32_t agent, const char *method,
                          const char *target, const char *body, uint64_t token, uint64_t cause);
void ek__registry_turn(struct ek__world *world); /* pull what the registry has to say */
void ek__registry_tick(struct ek__world *world);
void ek__query_start(struct ek__world *world, uint32_t client, const struct ek_action *action);
void ek__query_cancel(struct ek__world *world, uint32_t client, uint64_t handle);
void ek__query_due(struct ek__world *world, uint32_t query);
void ek__registry_free(struct ek__world *world);

/* key.c */
bool ek__keys_start(struct ek__world *world);
void ek__key_step(struct ek__world *world, uint32_t step);

/* dns.c */
json_t *ek__dns_options(const struct ek__world *world, const struct ek_client_group *group);
const char *ek__dns_answer(struct ek__world *world, int *status); /* NULL with status 0 */
void ek__dns_fault(struct ek__world *world, int kind, bool begins);

/* fault.c */
bool ek__faults_start(struct ek__world *world);
void ek__fault_begin(struct ek__world *world, uint32_t strike);
void ek__fault_stage(struct ek__world *world, uint32_t strike);
void ek__fault_end(struct ek__world *world, uint32_t strike);
bool ek__fault_cuts(const struct ek__world *world, uint32_t client, uint32_t server,
                    uint64_t *cause);
bool ek__fault_cuts_registry(const struct ek__world *world, uint32_t client, uint64_t *cause);
uint64_t ek__fault_of_registry(const struct ek__world *world); /* under way; 0: none */
/* The last fault between the two that has ended; 0: none */
uint64_t ek__fault_mended(const struct ek__world *world, uint32_t client, uint32_t server);
bool ek__fault_loses(const struct ek__world *world, uint32_t client, uint32_t server, uint64_t draw,
                     uint64_t *cause);
int64_t ek__fault_delay(const struct ek__world *world, uint32_t client, uint32_t server);
void ek__faults_free(struct ek__world *world);

/* fault_answer.c: what the error of the fault with that number, from 1, says of trying again */
void ek__fault_answers(const struct ek__world *world, uint32_t number, struct ek_event *event);

/* why.c: the record that let a client through to a server; `asked`: what it asks for */
uint64_t ek__why_through(const struct ek__world *world, uint32_t client, uint32_t server,
                         uint64_t asked);

/* fault_target.c */
bool ek__target_matches(const struct ek__world *world, const struct ek_target *target,
                        uint32_t server);
uint32_t ek__side_mark(const struct ek__world *world, const struct ek_side *side, uint8_t *flags);

/* journal.c */
const char *ek__fault_words(const struct ek__world *world, const struct ek_fault *fault, char *out,
                            size_t size); /* "kill b03" */
bool ek__journal_open(struct ek__world *world);
uint64_t ek__journal(struct ek__world *world, enum ek_record_kind kind, uint32_t actor,
                     uint32_t subject, uint64_t cause, int64_t a, int64_t b, const char *text);
uint64_t ek__journal_step(struct ek__world *world, const struct ek__client *client);
uint64_t ek__journal_note(struct ek__world *world, uint32_t client, const struct ek_action *note);
void ek__journal_process(struct ek__world *world, struct ek__server *server);
void ek__journal_load(struct ek__world *world, struct ek__server *server);

/* asking.c */
bool ek__asking_start(struct ek__world *world, uint32_t client, char *why, size_t why_size);
void ek__asking(struct ek__client *client, struct ek_call *call);

/* look.c */
void ek__look_start(struct ek__world *world, int64_t interval_ns);
void ek__look(struct ek__world *world, int64_t now_ns); /* if it is time */
void ek__look_pick(struct ek__world *world, uint32_t client, const struct ek_action *send);

/* books.c: what must hold in every run */
void ek__broken(struct ek__world *world, const char *format, ...) EK_PRINTF(2, 3);
void ek__books_check(struct ek__world *world);

static inline void ek__books_level(struct ek__world *world)
{
    world->little.integral +=
        (uint64_t)(world->engine.now - world->little.at_ns) * world->calls_open;
    world->little.at_ns = world->engine.now;
}

/* A call came, or ended. */
static inline void ek__books_offered(struct ek__world *world, const struct ek_recorded_call *call)
{
    ek__books_level(world);
    world->little.planned += (uint64_t)call->planned_ns;
    world->calls_offered++;
    world->calls_open++;
}

static inline void ek__books_ended(struct ek__world *world, const struct ek_recorded_call *call)
{
    ek__books_level(world);
    world->little.planned -= (uint64_t)call->planned_ns;
    world->little.spent += (uint64_t)(call->end_ns - call->planned_ns);
    world->calls_ended++;
    world->calls_open--;
}

/* world.c */
uint32_t ek__pool_grow(struct ek__world *world, struct ek__pool *pool, void **items, size_t size);
uint32_t ek__slot(struct ek__world *world, enum ek__happening kind, uint32_t subject);

static inline uint32_t ek__pool_take(struct ek__world *world, struct ek__pool *pool, void **items,
                                     size_t size)
{
    return pool->free_count > 0 ? pool->free[--pool->free_count]
                                : ek__pool_grow(world, pool, items, size);
}

static inline void ek__pool_give(struct ek__pool *pool, uint32_t index)
{
    pool->free[pool->free_count++] = index;
}

/* A slot that is held only when it is needed: the fewer, the shallower is the engine's tree. When
 * it has fired it may be cleared, too, at no cost. */
static inline void ek__alarm_set(struct ek__world *world, uint32_t *slot, struct ek_sim_event event,
                                 int64_t at)
{
    if (*slot == EK__NIL)
        *slot = ek__slot(world, (enum ek__happening)event.kind, event.subject);
    if (*slot != EK__NIL)
        ek_engine_set(&world->engine, *slot, at);
}

static inline void ek__alarm_clear(struct ek__world *world, uint32_t *slot)
{
    if (*slot == EK__NIL)
        return;
    ek_engine_release(&world->engine, *slot);
    *slot = EK__NIL;
}

#endif
