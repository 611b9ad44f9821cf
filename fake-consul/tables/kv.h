/* The key/value table: entries, tombstones of what was deleted, locks. */
#ifndef EK_FAKE_CONSUL_TABLES_KV_H
#define EK_FAKE_CONSUL_TABLES_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fake-consul/base/sorted.h"
#include "fake-consul/base/text.h"

struct ek__consul_write;

struct ek__consul_entry {
    char *key;
    char *value; /* NUL-terminated; "" when empty */
    size_t size;
    char *session; /* that holds the lock; "" without */
    uint64_t flags, lock_index, create_index, modify_index;
};

/* A key that is gone; keeps the index of lists from falling for a while. */
struct ek__consul_tombstone {
    char *key;
    uint64_t index;
    int64_t reaped_at;
};

/* A key that cannot be locked yet, since its last lock was lost with its session. */
struct ek__consul_delay {
    char *key;
    int64_t until;
};

struct ek__consul_kv {
    struct ek__consul_sorted entries, tombstones, delays;
    uint64_t index; /* of the last change */
};

/* What one operation wants; borrowed. */
struct ek__consul_kv_op {
    const char *key, *value, *session;
    size_t size;
    uint64_t flags;
    uint64_t index; /* for check-and-set */
    int64_t now;
};

void ek__consul_kv_init(struct ek__consul_kv *kv);
void ek__consul_kv_copy(struct ek__consul_kv *to, const struct ek__consul_kv *from);
void ek__consul_kv_deinit(struct ek__consul_kv *kv);

/* Returns borrowed, or NULL. */
struct ek__consul_entry *ek__consul_kv_find(const struct ek__consul_kv *kv, const char *key);

/* The place of the first entry that is not below `prefix`. */
size_t ek__consul_kv_first(const struct ek__consul_kv *kv, const char *prefix);
bool ek__consul_has_prefix(const char *text, const char *prefix);

/* The index of a read of one key, or of all with a prefix. */
uint64_t ek__consul_kv_key_index(const struct ek__consul_kv *kv, const char *key);
uint64_t ek__consul_kv_prefix_index(const struct ek__consul_kv *kv, const char *prefix);

/* Each makes its change under write->index; false where the condition does not hold. */
void ek__consul_kv_set(struct ek__consul_kv *kv, struct ek__consul_write *write,
                       const struct ek__consul_kv_op *op);
bool ek__consul_kv_cas(struct ek__consul_kv *kv, struct ek__consul_write *write,
                       const struct ek__consul_kv_op *op);
bool ek__consul_kv_lock(struct ek__consul_kv *kv, struct ek__consul_write *write,
                        const struct ek__consul_kv_op *op);
bool ek__consul_kv_unlock(struct ek__consul_kv *kv, struct ek__consul_write *write,
                          const struct ek__consul_kv_op *op);
void ek__consul_kv_delete(struct ek__consul_kv *kv, struct ek__consul_write *write,
                          const struct ek__consul_kv_op *op);
bool ek__consul_kv_delete_cas(struct ek__consul_kv *kv, struct ek__consul_write *write,
                              const struct ek__consul_kv_op *op);
void ek__consul_kv_delete_tree(struct ek__consul_kv *kv, struct ek__consul_write *write,
                               const struct ek__consul_kv_op *op);

/* The session is gone: its keys are released, or deleted; none may be locked for `delay_ns`. */
void ek__consul_kv_invalidate(struct ek__consul_kv *kv, struct ek__consul_write *write,
                              const char *session, bool deletes, int64_t delay_ns, int64_t now);

/* Whether the key still has to wait after a lost lock. */
bool ek__consul_kv_is_delayed(const struct ek__consul_kv *kv, const char *key, int64_t now);

/* When the oldest tombstone is due; INT64_MAX without. */
int64_t ek__consul_kv_reap_at(const struct ek__consul_kv *kv);
void ek__consul_kv_reap(struct ek__consul_kv *kv, int64_t now);

/* Gives everything the same index, as a rebuilt cluster would; tombstones are gone. */
void ek__consul_kv_restart(struct ek__consul_kv *kv, uint64_t index);

/* {LockIndex, Key, ...}; the value is null unless `with_value`. */
void ek__consul_kv_render(const struct ek__consul_entry *entry, bool with_value,
                          struct ek__consul_text *json);

#endif
