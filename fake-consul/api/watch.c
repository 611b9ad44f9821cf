/* Waking the parked queries whose subject changed. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/base/memory.h"

enum {
    WATCHES_SWEEP = 4096 /* from so many on, those that nobody needs are dropped */
};

struct ek__consul_watch *ek__consul_watch_find(const struct ek_consul *consul, const char *key)
{
    return ek__consul_sorted_find(&consul->watches, key);
}

void ek__consul_watch_free(struct ek__consul_watch *watch)
{
    for (size_t i = 0; i < EK__CONSUL_CACHED_MAX; i++) {
        free(watch->cached[i].shape);
        ek__consul_body_drop(watch->cached[i].body);
    }
    ek__consul_list_deinit(&watch->cache_entries);
    free(watch->key);
    free(watch);
}

static void sweep(struct ek_consul *consul)
{
    size_t kept = 0;

    for (size_t i = 0; i < consul->watches.count; i++) {
        struct ek__consul_watch *watch = consul->watches.items[i];

        if (watch->parked.count > 0 || watch->empty_index > 0 ||
            ek__consul_sorted_find(&consul->catalog.names, watch->key))
            consul->watches.items[kept++] = watch;
        else
            ek__consul_watch_free(watch);
    }
    consul->watches.count = kept;
}

struct ek__consul_watch *ek__consul_watch_take(struct ek_consul *consul, const char *key)
{
    struct ek__consul_watch *watch = ek__consul_watch_find(consul, key);

    if (watch)
        return watch;
    if (consul->watches.count >= WATCHES_SWEEP && consul->watches.count % 1024 == 0)
        sweep(consul);
    watch = ek__consul_alloc(sizeof *watch);
    watch->key = ek__consul_copy(key);
    ek__consul_sorted_add(&consul->watches, watch);
    return watch;
}

/* Answers those in the queue that are due; `write` limits it to those it concerns. */
static uint32_t wake_queue(struct ek_consul *consul, struct ek__consul_queue *queue,
                           const struct ek__consul_write *write)
{
    struct ek__consul_query *next;
    uint32_t count = 0;

    for (struct ek__consul_query *query = queue->first; query; query = next) {
        struct ek__consul_read *read = query->read;
        uint64_t index;

        next = query->next;
        if (write && read->reader->concerns && !read->reader->concerns(write, read))
            continue;
        index = ek__consul_read_index(consul, read);
        if (query->is_overdue) {
            uint64_t cause = consul->cause;

            consul->cause = query->cause;
            ek__consul_read_answer(consul, query, true);
            consul->cause = cause;
        } else if (!ek__consul_read_is_parked(read, index)) {
            ek__consul_read_answer(consul, query, false);
            count++;
        } else {
            read->last_index = index;
        }
    }
    return count;
}

void ek__consul_watch_wake(struct ek_consul *consul, struct ek__consul_watch *watch)
{
    uint32_t count;

    if (ek__consul_is_silent(consul) || watch->parked.count == 0)
        return;
    count = wake_queue(consul, &watch->parked, NULL);
    if (count > 0)
        ek__consul_note_add(consul, EK_CONSUL_NOTE_WOKEN, UINT32_MAX, watch->key, watch->key, "",
                            count);
}

void ek__consul_wake_all(struct ek_consul *consul)
{
    if (ek__consul_is_silent(consul))
        return;
    for (size_t i = 0; i < consul->watches.count; i++)
        ek__consul_watch_wake(consul, consul->watches.items[i]);
    wake_queue(consul, &consul->tables, NULL);
}

/* Plain queries for a service that does not exist depend on the index of whole tables. */
static void wake_absent(struct ek_consul *consul)
{
    for (size_t i = 0; i < consul->watches.count; i++) {
        struct ek__consul_watch *watch = consul->watches.items[i];
        const struct ek__consul_name *name;

        if (watch->plain_count == 0)
            continue;
        name = ek__consul_sorted_find(&consul->catalog.names, watch->key);
        if (!name || name->instances.count == 0)
            ek__consul_watch_wake(consul, watch);
    }
}

void ek__consul_wake(struct ek_consul *consul, const struct ek__consul_write *write)
{
    for (size_t i = 0; i < write->names.count; i++) {
        const char *key = write->names.items[i];
        struct ek__consul_watch *watch = ek__consul_watch_find(consul, key);

        if (!watch)
            continue;
        if (!ek__consul_lies(consul, EK_CONSUL_STALE, key) &&
            !ek__consul_lies(consul, EK_CONSUL_FROZEN_VIEW, key))
            watch->view_index = write->index;
        ek__consul_watch_wake(consul, watch);
    }
    wake_absent(consul);
    if (!ek__consul_is_silent(consul))
        wake_queue(consul, &consul->tables, write);
}
