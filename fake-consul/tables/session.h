/* Sessions: what holds locks, for as long as its node, its checks and its TTL are well. */
#ifndef EK_FAKE_CONSUL_TABLES_SESSION_H
#define EK_FAKE_CONSUL_TABLES_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/base/sorted.h"
#include "fake-consul/base/timer.h"
#include "fake-consul/base/words.h"

struct ek_consul;
struct ek__consul_write;

struct ek__consul_session {
    char *id; /* also its key */
    char *name, *node, *ttl;
    struct ek__consul_list node_checks, checks, service_checks;
    int64_t lock_delay_ns, ttl_ns;
    bool deletes; /* its keys, instead of releasing them */
    uint64_t create_index;
    struct ek__consul_timer expiry;
    struct ek_consul *consul;
    uint64_t cause; /* of its creation or last renewal */
};

struct ek__consul_sessions {
    struct ek__consul_sorted items; /* by id */
    uint64_t index;                 /* of the last change */
};

void ek__consul_sessions_init(struct ek__consul_sessions *sessions);
void ek__consul_sessions_deinit(struct ek_consul *consul);

/* Returns borrowed, or NULL. */
struct ek__consul_session *ek__consul_session_find(const struct ek_consul *consul, const char *id);

/* Why the session cannot live, told in Consul's words, or false: its checks are all well. */
bool ek__consul_session_ails(const struct ek_consul *consul,
                             const struct ek__consul_session *session, struct ek__consul_text *why);

/* Whether keys can be locked by the session with this id; else why not, in Consul's words. */
bool ek__consul_session_is_usable(const struct ek_consul *consul, const char *id,
                                  struct ek__consul_text *why);

/* Takes the session into the table and starts its TTL. */
void ek__consul_session_add_take(struct ek_consul *consul, struct ek__consul_session *session);

/* Starts its TTL again. */
void ek__consul_session_renew(struct ek_consul *consul, struct ek__consul_session *session);

/* Ends the session within a write: its keys are released or deleted. */
void ek__consul_session_end(struct ek_consul *consul, struct ek__consul_write *write,
                            struct ek__consul_session *session);

/* Ends those that a write to the catalog made ill. */
void ek__consul_sessions_verify(struct ek_consul *consul, struct ek__consul_write *write);
void ek__consul_session_free(struct ek__consul_session *session);

#endif
