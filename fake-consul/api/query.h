/* Requests on their way: held, parked, ready to be pulled; the watches they are parked on. */
#ifndef EK_FAKE_CONSUL_API_QUERY_H
#define EK_FAKE_CONSUL_API_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fake-consul/api/answer.h"
#include "fake-consul/base/timer.h"
#include "fake-consul/base/words.h"

struct ek__consul_call;
struct ek__consul_read;
struct ek__consul_write;
struct ek__consul_query;

struct ek__consul_queue {
    struct ek__consul_query *first, *last;
    size_t count;
};

struct ek__consul_query {
    struct ek__consul_query *previous, *next;
    struct ek__consul_queue *queue;
    uint64_t id, token, cause, answer_cause;
    uint32_t slot, agent;
    struct ek__consul_timer timer; /* the end of its wait */
    struct ek__consul_call *call;  /* owned, until it is parked or answered */
    struct ek__consul_read *read;  /* owned, while it is parked */
    bool is_overdue;               /* its wait ended during a silence, or without a leader */
    bool is_control;               /* of the faults themselves, which do nothing to it */
    bool is_complete;              /* its answer is */
    struct ek__consul_answer answer;
};

enum {
    EK__CONSUL_CACHED_MAX = 8
};

/* A service name that is read, known to the catalog or not. */
struct ek__consul_watch {
    char *key;
    struct ek__consul_queue parked;
    size_t plain_count; /* of `parked`, those not served by a view */

    /* The materialised view of the streaming backend. */
    bool has_view;
    uint64_t view_index;
    int64_t view_used;

    uint64_t empty_index; /* no read shows a lower index; 0: no limit */

    struct {
        char *shape;
        uint64_t version;
        struct ek__consul_body *body;
    } cached[EK__CONSUL_CACHED_MAX];
    size_t cached_next;

    struct ek__consul_list cache_entries; /* what ?cached was asked for so far */
};

/* Returns borrowed; NULL when requests_max is reached. */
struct ek__consul_query *ek__consul_query_new(struct ek_consul *consul, uint32_t agent,
                                              uint64_t cause);
struct ek__consul_query *ek__consul_query_find(struct ek_consul *consul, uint64_t id);

/* Forgets the query, wherever it is. */
void ek__consul_query_free(struct ek_consul *consul, struct ek__consul_query *query);

/* Takes the query out of its queue. */
void ek__consul_query_detach(struct ek__consul_query *query);

/* Moves the query to the end of a queue. */
void ek__consul_query_move(struct ek__consul_query *query, struct ek__consul_queue *queue);

/* The answer is complete: the owner can pull it. */
void ek__consul_query_ready(struct ek_consul *consul, struct ek__consul_query *query);

/* Holds the query until a leader or the end of a silence; with a limit of 7 s if `limited`. */
void ek__consul_query_hold(struct ek_consul *consul, struct ek__consul_query *query, bool limited);
void ek__consul_queries_release(struct ek_consul *consul);

/* Parks the query, whose `read` is set, for `wait` ns. */
void ek__consul_query_park(struct ek_consul *consul, struct ek__consul_query *query,
                           struct ek__consul_queue *queue, int64_t wait);

/* Runs those again that are parked on an agent's view of a service. */
void ek__consul_hashes_wake(struct ek_consul *consul);

/* Returns borrowed, or NULL. */
struct ek__consul_watch *ek__consul_watch_find(const struct ek_consul *consul, const char *key);
struct ek__consul_watch *ek__consul_watch_take(struct ek_consul *consul, const char *key);
void ek__consul_watch_free(struct ek__consul_watch *watch);

/* Answers those parked on the watch whose index is now passed; notes how many. */
void ek__consul_watch_wake(struct ek_consul *consul, struct ek__consul_watch *watch);

/* The same for all watches and tables. */
void ek__consul_wake_all(struct ek_consul *consul);

/* Tells the watches what a write changed. */
void ek__consul_wake(struct ek_consul *consul, const struct ek__consul_write *write);

#endif
