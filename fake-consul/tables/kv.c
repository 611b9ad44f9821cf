#include "fake-consul/tables/kv.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/base64.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/catalog/catalog.h"

#define TOMBSTONE_NS (900 * 1000000000LL) /* tombstone_ttl, 15 minutes */

void ek__consul_kv_init(struct ek__consul_kv *kv)
{
    *kv = (struct ek__consul_kv){0};
    kv->entries.key_offset = offsetof(struct ek__consul_entry, key);
    kv->tombstones.key_offset = offsetof(struct ek__consul_tombstone, key);
    kv->delays.key_offset = offsetof(struct ek__consul_delay, key);
}

static void free_entry(struct ek__consul_entry *entry)
{
    free(entry->key);
    free(entry->value);
    free(entry->session);
    free(entry);
}

static void bury(struct ek__consul_kv *kv, const char *key, uint64_t index, int64_t reaped_at)
{
    struct ek__consul_tombstone *stone = ek__consul_sorted_find(&kv->tombstones, key);

    if (!stone) {
        stone = ek__consul_alloc(sizeof *stone);
        stone->key = ek__consul_copy(key);
        ek__consul_sorted_add(&kv->tombstones, stone);
    }
    stone->index = index;
    stone->reaped_at = reaped_at;
}

void ek__consul_kv_copy(struct ek__consul_kv *to, const struct ek__consul_kv *from)
{
    ek__consul_kv_init(to);
    to->index = from->index;
    for (size_t i = 0; i < from->entries.count; i++) {
        const struct ek__consul_entry *old = from->entries.items[i];
        struct ek__consul_entry *copy = ek__consul_alloc(sizeof *copy);

        *copy = *old;
        copy->key = ek__consul_copy(old->key);
        copy->value = ek__consul_copy_n(old->value, old->size);
        copy->session = ek__consul_copy(old->session);
        ek__consul_sorted_add(&to->entries, copy);
    }
    for (size_t i = 0; i < from->tombstones.count; i++) {
        const struct ek__consul_tombstone *old = from->tombstones.items[i];

        bury(to, old->key, old->index, old->reaped_at);
    }
}

void ek__consul_kv_deinit(struct ek__consul_kv *kv)
{
    for (size_t i = 0; i < kv->entries.count; i++)
        free_entry(kv->entries.items[i]);
    for (size_t i = 0; i < kv->tombstones.count; i++) {
        struct ek__consul_tombstone *stone = kv->tombstones.items[i];

        free(stone->key);
        free(stone);
    }
    for (size_t i = 0; i < kv->delays.count; i++) {
        struct ek__consul_delay *delay = kv->delays.items[i];

        free(delay->key);
        free(delay);
    }
    ek__consul_sorted_deinit(&kv->entries);
    ek__consul_sorted_deinit(&kv->tombstones);
    ek__consul_sorted_deinit(&kv->delays);
}

struct ek__consul_entry *ek__consul_kv_find(const struct ek__consul_kv *kv, const char *key)
{
    return ek__consul_sorted_find(&kv->entries, key);
}

bool ek__consul_has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

size_t ek__consul_kv_first(const struct ek__consul_kv *kv, const char *prefix)
{
    return ek__consul_sorted_place(&kv->entries, prefix);
}

uint64_t ek__consul_kv_key_index(const struct ek__consul_kv *kv, const char *key)
{
    const struct ek__consul_entry *entry = ek__consul_kv_find(kv, key);

    return entry ? entry->modify_index : kv->index;
}

uint64_t ek__consul_kv_prefix_index(const struct ek__consul_kv *kv, const char *prefix)
{
    uint64_t index = 0;

    if (prefix[0] == '\0')
        return kv->index;
    for (size_t i = ek__consul_kv_first(kv, prefix); i < kv->entries.count; i++) {
        const struct ek__consul_entry *entry = kv->entries.items[i];

        if (!ek__consul_has_prefix(entry->key, prefix))
            break;
        if (entry->modify_index > index)
            index = entry->modify_index;
    }
    for (size_t i = ek__consul_sorted_place(&kv->tombstones, prefix); i < kv->tombstones.count;
         i++) {
        const struct ek__consul_tombstone *stone = kv->tombstones.items[i];

        if (!ek__consul_has_prefix(stone->key, prefix))
            break;
        if (stone->index > index)
            index = stone->index;
    }
    return index ? index : kv->index;
}

static void note_key(struct ek__consul_kv *kv, struct ek__consul_write *write, const char *key)
{
    kv->index = write->index;
    ek__consul_list_add(&write->keys, key);
}

/* Stores what `op` says under `lock_index` and `session`; an entry that stays the same keeps its
 * index. */
static void store(struct ek__consul_kv *kv, struct ek__consul_write *write,
                  const struct ek__consul_kv_op *op, uint64_t lock_index, const char *session)
{
    struct ek__consul_entry *entry = ek__consul_kv_find(kv, op->key);
    char *value, *holder;

    if (entry && entry->flags == op->flags && entry->lock_index == lock_index &&
        entry->size == op->size && memcmp(entry->value, op->value, op->size) == 0 &&
        strcmp(entry->session, session) == 0)
        return;
    value = ek__consul_copy_n(op->value, op->size);
    holder = ek__consul_copy(session);
    if (!entry) {
        entry = ek__consul_alloc(sizeof *entry);
        entry->key = ek__consul_copy(op->key);
        entry->create_index = write->index;
        ek__consul_sorted_add(&kv->entries, entry);
    }
    free(entry->value);
    free(entry->session);
    entry->value = value;
    entry->size = op->size;
    entry->session = holder;
    entry->flags = op->flags;
    entry->lock_index = lock_index;
    entry->modify_index = write->index;
    note_key(kv, write, op->key);
}

void ek__consul_kv_set(struct ek__consul_kv *kv, struct ek__consul_write *write,
                       const struct ek__consul_kv_op *op)
{
    const struct ek__consul_entry *entry = ek__consul_kv_find(kv, op->key);

    store(kv, write, op, 0, entry ? entry->session : "");
}

bool ek__consul_kv_cas(struct ek__consul_kv *kv, struct ek__consul_write *write,
                       const struct ek__consul_kv_op *op)
{
    const struct ek__consul_entry *entry = ek__consul_kv_find(kv, op->key);

    if (op->index == 0 ? entry != NULL : !entry || entry->modify_index != op->index)
        return false;
    ek__consul_kv_set(kv, write, op);
    return true;
}

bool ek__consul_kv_lock(struct ek__consul_kv *kv, struct ek__consul_write *write,
                        const struct ek__consul_kv_op *op)
{
    const struct ek__consul_entry *entry = ek__consul_kv_find(kv, op->key);
    uint64_t lock_index = entry ? entry->lock_index : 0;
    bool is_held = entry && strcmp(entry->session, op->session) == 0;

    if (entry && entry->session[0] && !is_held)
        return false;
    store(kv, write, op, is_held ? lock_index : lock_index + 1, op->session);
    return true;
}

bool ek__consul_kv_unlock(struct ek__consul_kv *kv, struct ek__consul_write *write,
                          const struct ek__consul_kv_op *op)
{
    const struct ek__consul_entry *entry = ek__consul_kv_find(kv, op->key);

    if (!entry || strcmp(entry->session, op->session) != 0)
        return false;
    store(kv, write, op, entry->lock_index, "");
    return true;
}

static void forget(struct ek__consul_kv *kv, struct ek__consul_write *write,
                   struct ek__consul_entry *entry)
{
    note_key(kv, write, entry->key);
    ek__consul_sorted_remove(&kv->entries, entry->key);
    free_entry(entry);
}

static void drop(struct ek__consul_kv *kv, struct ek__consul_write *write,
                 struct ek__consul_entry *entry, int64_t now)
{
    bury(kv, entry->key, write->index, now + TOMBSTONE_NS);
    forget(kv, write, entry);
}

void ek__consul_kv_delete(struct ek__consul_kv *kv, struct ek__consul_write *write,
                          const struct ek__consul_kv_op *op)
{
    struct ek__consul_entry *entry = ek__consul_kv_find(kv, op->key);

    if (entry)
        drop(kv, write, entry, op->now);
}

bool ek__consul_kv_delete_cas(struct ek__consul_kv *kv, struct ek__consul_write *write,
                              const struct ek__consul_kv_op *op)
{
    const struct ek__consul_entry *entry = ek__consul_kv_find(kv, op->key);

    if (entry && entry->modify_index != op->index)
        return false;
    ek__consul_kv_delete(kv, write, op);
    return true;
}

void ek__consul_kv_delete_tree(struct ek__consul_kv *kv, struct ek__consul_write *write,
                               const struct ek__consul_kv_op *op)
{
    size_t first = ek__consul_kv_first(kv, op->key), end = first;

    while (end < kv->entries.count) {
        const struct ek__consul_entry *entry = kv->entries.items[end];

        if (!ek__consul_has_prefix(entry->key, op->key))
            break;
        end++;
    }
    if (end > first && op->key[0])
        bury(kv, op->key, write->index, op->now + TOMBSTONE_NS);
    while (end > first)
        forget(kv, write, kv->entries.items[--end]);
}

static void delay(struct ek__consul_kv *kv, const char *key, int64_t until)
{
    struct ek__consul_delay *item = ek__consul_sorted_find(&kv->delays, key);

    if (!item) {
        item = ek__consul_alloc(sizeof *item);
        item->key = ek__consul_copy(key);
        ek__consul_sorted_add(&kv->delays, item);
    }
    item->until = until;
}

/* Delays that are over are only in the way. */
static void forget_delays(struct ek__consul_kv *kv, int64_t now)
{
    size_t kept = 0;

    for (size_t i = 0; i < kv->delays.count; i++) {
        struct ek__consul_delay *item = kv->delays.items[i];

        if (item->until > now) {
            kv->delays.items[kept++] = item;
        } else {
            free(item->key);
            free(item);
        }
    }
    kv->delays.count = kept;
}

void ek__consul_kv_invalidate(struct ek__consul_kv *kv, struct ek__consul_write *write,
                              const char *session, bool deletes, int64_t delay_ns, int64_t now)
{
    forget_delays(kv, now);
    for (size_t i = kv->entries.count; i-- > 0;) {
        struct ek__consul_entry *entry = kv->entries.items[i];

        if (strcmp(entry->session, session) != 0)
            continue;
        if (delay_ns > 0)
            delay(kv, entry->key, now + delay_ns);
        if (deletes) {
            drop(kv, write, entry, now);
            continue;
        }
        entry->session[0] = '\0';
        entry->modify_index = write->index;
        note_key(kv, write, entry->key);
    }
}

bool ek__consul_kv_is_delayed(const struct ek__consul_kv *kv, const char *key, int64_t now)
{
    const struct ek__consul_delay *item = ek__consul_sorted_find(&kv->delays, key);

    return item && item->until > now;
}

int64_t ek__consul_kv_reap_at(const struct ek__consul_kv *kv)
{
    int64_t at = INT64_MAX;

    for (size_t i = 0; i < kv->tombstones.count; i++) {
        const struct ek__consul_tombstone *stone = kv->tombstones.items[i];

        if (stone->reaped_at < at)
            at = stone->reaped_at;
    }
    return at;
}

void ek__consul_kv_reap(struct ek__consul_kv *kv, int64_t now)
{
    size_t kept = 0;

    for (size_t i = 0; i < kv->tombstones.count; i++) {
        struct ek__consul_tombstone *stone = kv->tombstones.items[i];

        if (stone->reaped_at > now) {
            kv->tombstones.items[kept++] = stone;
        } else {
            free(stone->key);
            free(stone);
        }
    }
    kv->tombstones.count = kept;
}

void ek__consul_kv_restart(struct ek__consul_kv *kv, uint64_t index)
{
    ek__consul_kv_reap(kv, INT64_MAX);
    kv->index = kv->entries.count > 0 ? index : 0;
    for (size_t i = 0; i < kv->entries.count; i++) {
        struct ek__consul_entry *entry = kv->entries.items[i];

        entry->create_index = entry->modify_index = index;
    }
}

void ek__consul_kv_render(const struct ek__consul_entry *entry, bool with_value,
                          struct ek__consul_text *json)
{
    ek__consul_text_char(json, '{');
    ek__consul_text_member_u64(json, "LockIndex", entry->lock_index);
    ek__consul_text_member(json, "Key", entry->key);
    ek__consul_text_member_u64(json, "Flags", entry->flags);
    ek__consul_text_key(json, "Value");
    ek__consul_text_base64(json, entry->value, with_value ? entry->size : 0);
    if (entry->session[0])
        ek__consul_text_member(json, "Session", entry->session);
    ek__consul_text_member_u64(json, "CreateIndex", entry->create_index);
    ek__consul_text_member_u64(json, "ModifyIndex", entry->modify_index);
    ek__consul_text_char(json, '}');
}
