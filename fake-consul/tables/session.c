#include "fake-consul/tables/session.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/number.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/state.h"

#define LOCK_DELAY_MAX_NS (60 * EK__CONSUL_SECOND)

enum {
    TTL_GRACE = 2 /* a session ends after so many TTLs without renewal */
};

void ek__consul_sessions_init(struct ek__consul_sessions *sessions)
{
    *sessions = (struct ek__consul_sessions){0};
    sessions->items.key_offset = offsetof(struct ek__consul_session, id);
}

void ek__consul_session_free(struct ek__consul_session *session)
{
    free(session->id);
    free(session->name);
    free(session->node);
    free(session->ttl);
    ek__consul_list_deinit(&session->node_checks);
    ek__consul_list_deinit(&session->checks);
    ek__consul_list_deinit(&session->service_checks);
    free(session);
}

void ek__consul_sessions_deinit(struct ek_consul *consul)
{
    for (size_t i = 0; i < consul->sessions.items.count; i++) {
        struct ek__consul_session *session = consul->sessions.items.items[i];

        ek__consul_timer_disarm(&consul->timers, &session->expiry);
        ek__consul_session_free(session);
    }
    ek__consul_sorted_deinit(&consul->sessions.items);
}

struct ek__consul_session *ek__consul_session_find(const struct ek_consul *consul, const char *id)
{
    return ek__consul_sorted_find(&consul->sessions.items, id);
}

bool ek__consul_session_is_usable(const struct ek_consul *consul, const char *id,
                                  struct ek__consul_text *why)
{
    struct ek__consul_text words = {0};
    const char *reason = ek__consul_uuid_refusal(id, &words);

    if (ek__consul_session_find(consul, id))
        return true;
    if (!*id) {
        ek__consul_text_add(why, "missing session");
    } else if (reason) {
        ek__consul_text_add(why, "failed session lookup: ");
        ek__consul_text_add(why, reason);
    } else {
        ek__consul_text_add(why, "invalid session ");
        ek__consul_text_quoted(why, id);
    }
    ek__consul_text_deinit(&words);
    return false;
}

static bool check_ails(const struct ek__consul_node *node, const char *id,
                       struct ek__consul_text *why)
{
    const struct ek__consul_row *row = ek__consul_node_check(node, id);

    if (row && row->check.status != EK__CONSUL_CRITICAL)
        return false;
    ek__consul_text_add(why, row ? "Check '" : "Missing check '");
    ek__consul_text_add(why, id);
    ek__consul_text_add(why, row ? "' is in critical state" : "' registration");
    return true;
}

bool ek__consul_session_ails(const struct ek_consul *consul,
                             const struct ek__consul_session *session, struct ek__consul_text *why)
{
    const struct ek__consul_node *node = ek__consul_catalog_node(&consul->catalog, session->node);

    if (!node) {
        ek__consul_text_add(why, "Missing node registration");
        return true;
    }
    for (size_t i = 0; i < session->node_checks.count; i++) {
        if (check_ails(node, session->node_checks.items[i], why))
            return true;
    }
    for (size_t i = 0; i < session->checks.count; i++) {
        if (check_ails(node, session->checks.items[i], why))
            return true;
    }
    for (size_t i = 0; i < session->service_checks.count; i++) {
        if (check_ails(node, session->service_checks.items[i], why))
            return true;
    }
    return false;
}

static void expired(struct ek_consul *consul, void *owner)
{
    struct ek__consul_session *session = owner;
    struct ek__consul_write write;

    consul->cause = session->cause;
    if (!ek__consul_has_leader(consul)) {
        ek__consul_session_renew(consul, session); /* a new leader starts all of them again */
        return;
    }
    ek__consul_write_begin(consul, &write);
    ek__consul_session_end(consul, &write, session);
    ek__consul_write_end(consul, &write);
}

void ek__consul_session_renew(struct ek_consul *consul, struct ek__consul_session *session)
{
    session->cause = consul->cause;
    if (session->ttl_ns > 0)
        ek__consul_timer_arm(&consul->timers, &session->expiry,
                             consul->now + TTL_GRACE * session->ttl_ns);
}

void ek__consul_session_add_take(struct ek_consul *consul, struct ek__consul_session *session)
{
    session->expiry.fire = expired;
    session->expiry.owner = session;
    ek__consul_sorted_add(&consul->sessions.items, session);
    ek__consul_session_renew(consul, session);
}

void ek__consul_session_end(struct ek_consul *consul, struct ek__consul_write *write,
                            struct ek__consul_session *session)
{
    ek__consul_kv_invalidate(&consul->kv, write, session->id, session->deletes,
                             session->lock_delay_ns < LOCK_DELAY_MAX_NS ? session->lock_delay_ns
                                                                        : LOCK_DELAY_MAX_NS,
                             consul->now);
    ek__consul_prepared_forget(&consul->prepared, write, session->id);
    ek__consul_tombstones_watch(consul);
    consul->sessions.index = write->index;
    write->sessions = true;
    ek__consul_timer_disarm(&consul->timers, &session->expiry);
    ek__consul_sorted_remove(&consul->sessions.items, session->id);
    ek__consul_session_free(session);
}

void ek__consul_sessions_verify(struct ek_consul *consul, struct ek__consul_write *write)
{
    struct ek__consul_text why = {0};

    for (size_t i = consul->sessions.items.count; i-- > 0;) {
        struct ek__consul_session *session = consul->sessions.items.items[i];

        if (ek__consul_list_holds(&write->hosts, session->node) &&
            ek__consul_session_ails(consul, session, &why))
            ek__consul_session_end(consul, write, session);
    }
    ek__consul_text_deinit(&why);
}
