/* The misbehaviours of a registry and what a resolver has to make of them, for any driver.
 *
 * Every row has a registry of its own with the service web, w1 to w6, of which one goes and another
 * (w7) comes while the fault lasts. The five others never went away, so no list without them is
 * right at any time. */
#ifndef EK_TESTS_SURVIVAL_ROW_H
#define EK_TESTS_SURVIVAL_ROW_H

#include "evenkeel/channel.h"
#include "fake-consul/consul.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Not of the state machine: whoever carries the requests does it. */
#define ROW_CONNECTION_LIMIT EK_CONSUL_FAULT_COUNT

struct row {
    const char *name;
    enum ek_consul_fault fault;
    struct ek_consul_fault_options options; /* durations in hundredths of the time a fault lasts */
    enum ek_consul_version version;
    const char *more;    /* further options of the resolver */
    bool is_instant;     /* the state machine ends it */
    bool hangs;          /* queries are left without an answer */
    bool waits_little;   /* nobody is woken into the fault */
    bool needs_grace;    /* instances go and come back, truly */
    bool expires;        /* TTLs run out while it lasts */
    int64_t election_ns; /* the servers need so long after it */
    const char *shows;   /* a word of the resolver's error; NULL: none comes */
};

extern const struct row rows[];
extern const size_t row_count;

/* How long things take: one set for virtual time, one for a test that people wait for. */
struct scale {
    const char *address;  /* of an instance, without its number */
    const char *resolver; /* its options, JSON; and further ones ... */
    const char *grace;    /* ... for rows that need grace, of grace_ns */
    const char *little;   /* ... for rows that wait little: a wait ends while the fault lasts */
    int64_t grace_ns;
    int64_t settle_ns, lasts_ns, beat_ns, watch_ns;
    int64_t interval_ns, backoff_initial_ns, backoff_max_ns; /* as in `resolver` */
    int64_t stall_ns;      /* when the driver gives up an answer that came in part */
    int64_t way_ns;        /* there and back, with what the machine adds */
    uint32_t more_queries; /* in a second, than the resolver sent: what the carrier may add */
};

enum {
    QUERIES_MAX = 4096
};

/* One run of a row. */
struct survival {
    const struct row *row;
    const struct scale *scale;
    struct ek_consul *consul;
    int step;
    int64_t beat_at;
    int64_t begun_at, ended_at, changed_at; /* of the fault; of the truth */
    bool is_limited;                        /* the carrier must refuse connections */
    unsigned held;                          /* bit k: wk is in the list */
    unsigned all, any;                      /* in all lists since the first; in any */
    int64_t recovered_at;                   /* when the list became the right one for good */
    int64_t queries[QUERIES_MAX];
    size_t query_count, query_count_at_begin;
    unsigned failures, failures_at_end; /* queries that failed in a row; when the fault ended */
    unsigned errors, refused;           /* answers in error; lists that were not believed */
    int64_t given_up_at;                /* of the query under way */
    int64_t give_up_at_end;             /* the same when the fault ended */
    char error[160];
};

/* The options of the channel's resolver. Returns new. */
json_t *survival_options(const struct row *row, const struct scale *scale);

void survival_open(struct survival *s, const struct row *row, const struct scale *scale);

/* Does to the registry what is due. */
void survival_turn(struct survival *s, int64_t now);
int64_t survival_due(const struct survival *s);
int64_t survival_end(const struct scale *scale);

/* What the driver saw. An answer is told after its notes. */
void survival_queried(struct survival *s, int64_t now); /* at the registry's end of the wire */
void survival_asked(struct survival *s, int64_t give_up_at);
void survival_answered(struct survival *s, int status, unsigned errors_before);
void survival_note(struct survival *s, const struct ek_action *note);
void survival_look(struct survival *s, const struct ek_channel *channel, int64_t now);

void survival_print_head(void);
/* Prints the row; whether all that must hold did. */
bool survival_judge(const struct survival *s);

#endif
