/* Prepared queries: named lookups of a service that the servers keep. */
#ifndef EK_FAKE_CONSUL_TABLES_PREPARED_H
#define EK_FAKE_CONSUL_TABLES_PREPARED_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/base/sorted.h"
#include "fake-consul/base/words.h"

struct ek__consul_write;

struct ek__consul_prepared {
    char *id; /* also its key */
    char *name, *session, *token, *template_type, *template_regexp, *service, *near, *ttl;
    struct ek__consul_list failover_datacenters, ignored_checks, tags;
    struct ek__consul_map node_meta, service_meta;
    int64_t nearest;
    bool only_passing, connect, removes_empty_tags;
    bool has_failover_list; /* unlike a missing one it is not null */
    bool has_tags, has_ignored;
    uint64_t create_index, modify_index;
};

struct ek__consul_prepareds {
    struct ek__consul_sorted items; /* by id */
    uint64_t index;
};

void ek__consul_prepareds_init(struct ek__consul_prepareds *prepareds);
void ek__consul_prepareds_deinit(struct ek__consul_prepareds *prepareds);
void ek__consul_prepared_free(struct ek__consul_prepared *prepared);

/* Returns new: the same query of another id. */
struct ek__consul_prepared *ek__consul_prepared_copy(const struct ek__consul_prepared *from);

/* By id, then by name, then the template with the longest name that fits. Returns borrowed. */
struct ek__consul_prepared *ek__consul_prepared_find(const struct ek__consul_prepareds *prepareds,
                                                     const char *id_or_name);

/* The query with exactly this name. Returns borrowed, or NULL. */
struct ek__consul_prepared *ek__consul_prepared_named(const struct ek__consul_prepareds *prepareds,
                                                      const char *name);

/* Keeps `prepared` in place of the one with its id. */
void ek__consul_prepared_put_take(struct ek__consul_prepareds *prepareds,
                                  struct ek__consul_write *write,
                                  struct ek__consul_prepared *prepared);
void ek__consul_prepared_drop(struct ek__consul_prepareds *prepareds,
                              struct ek__consul_write *write, const char *id);

/* Drops those that lived with a session. */
void ek__consul_prepared_forget(struct ek__consul_prepareds *prepareds,
                                struct ek__consul_write *write, const char *session);

/* {ID, Name, ...} */
void ek__consul_prepared_render(const struct ek__consul_prepared *prepared, bool hides_token,
                                struct ek__consul_text *json);

#endif
