#include "fake-consul/api/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/duration.h"
#include "fake-consul/base/memory.h"

#define VIEW_IDLE_NS (1200 * EK__CONSUL_SECOND)

void ek__consul_read_free(struct ek__consul_read *read)
{
    if (!read)
        return;
    free(read->key);
    free(read->near);
    free(read->shape);
    free(read->cache_entry);
    free(read->separator);
    ek__consul_filter_free(read->filter);
    ek__consul_list_deinit(&read->tags);
    ek__consul_map_deinit(&read->node_meta);
    free(read);
}

static const struct ek__consul_catalog *catalog_of(const struct ek_consul *consul,
                                                   const struct ek__consul_read *read)
{
    bool is_service = read->reader->is_service;

    if (is_service && ek__consul_lies(consul, EK_CONSUL_STALE, read->key))
        return &consul->frozen;
    if (is_service && (read->streams || read->cached) &&
        ek__consul_lies(consul, EK_CONSUL_FROZEN_VIEW, read->key))
        return &consul->view;
    /* A view is fed by events: it never shows old rows under a new index. */
    if (read->stale && !read->streams && consul->faults[EK_CONSUL_LAG].is_on)
        return &consul->lagging;
    return &consul->catalog;
}

static uint64_t plain_index(const struct ek_consul *consul, const struct ek__consul_read *read)
{
    const struct ek__consul_catalog *catalog = catalog_of(consul, read);
    const struct ek__consul_watch *watch;
    uint64_t index;

    if (!read->reader->is_service) {
        index = read->reader->index(consul, catalog, read);
        return index ? index : 1;
    }
    index = ek__consul_catalog_service_index(
        catalog, ek__consul_sorted_find(&catalog->names, read->key), read->reader->has_checks);
    watch = ek__consul_watch_find(consul, read->key);
    if (catalog == &consul->catalog) {
        if (watch && watch->empty_index > index)
            index = watch->empty_index;
        if (consul->empty_index > index)
            index = consul->empty_index;
    }
    return index ? index : 1;
}

uint64_t ek__consul_read_index(const struct ek_consul *consul, const struct ek__consul_read *read)
{
    return read->streams && read->watch ? read->watch->view_index : plain_index(consul, read);
}

static struct ek__consul_body *new_body(struct ek_consul *consul,
                                        const struct ek__consul_catalog *catalog,
                                        const struct ek__consul_read *read)
{
    struct ek__consul_text json = {0}, indented = {0};

    if (read->reader->is_service && ek__consul_lies(consul, EK_CONSUL_EMPTY, read->key))
        ek__consul_text_add(&json, "[]");
    else
        read->reader->write(consul, catalog, read, &json);
    if (!read->pretty)
        return ek__consul_body_take(&json);
    ek__consul_text_indent(&indented, json.data, json.size);
    ek__consul_text_deinit(&json);
    return ek__consul_body_take(&indented);
}

/* The present answer: built once for all that ask alike until a row changes. */
static struct ek__consul_body *body_of(struct ek_consul *consul, const struct ek__consul_read *read)
{
    const struct ek__consul_catalog *catalog = catalog_of(consul, read);
    const struct ek__consul_name *name =
        read->reader->is_service ? ek__consul_sorted_find(&catalog->names, read->key) : NULL;
    struct ek__consul_watch *watch;
    struct ek__consul_body *body;
    size_t i;

    if (!name || read->near || consul->acl.is_revoked ||
        ek__consul_lies(consul, EK_CONSUL_EMPTY, read->key) ||
        ek__consul_lies(consul, EK_CONSUL_PARTIAL, read->key) ||
        ek__consul_lies(consul, EK_CONSUL_UNSORTED, read->key))
        return new_body(consul, catalog, read);
    watch = ek__consul_watch_take(consul, read->key);
    for (i = 0; i < EK__CONSUL_CACHED_MAX; i++) {
        if (watch->cached[i].body && watch->cached[i].version == name->version &&
            strcmp(watch->cached[i].shape, read->shape) == 0)
            return ek__consul_body_share(watch->cached[i].body);
    }
    body = new_body(consul, catalog, read);
    i = watch->cached_next++ % EK__CONSUL_CACHED_MAX;
    free(watch->cached[i].shape);
    ek__consul_body_drop(watch->cached[i].body);
    watch->cached[i].shape = ek__consul_copy(read->shape);
    watch->cached[i].version = name->version;
    watch->cached[i].body = ek__consul_body_share(body);
    return body;
}

static void set_meta(struct ek__consul_answer *answer, const struct ek__consul_read *read,
                     uint64_t index)
{
    answer->has_index = true;
    answer->has_leader = !read->reader->is_local;
    answer->index = index;
    answer->knows_leader = read->knew_leader && !read->streams;
    answer->last_contact_ms = read->streams ? 0 : read->last_contact_ms;
    if (read->reader->is_local)
        return;
    answer->backend = read->streams ? "streaming" : "blocking-query";
    if (read->reader->hides_mode)
        return;
    answer->consistency = read->consistent ? "consistent" : read->stale ? "stale" : "leader";
}

static void answer_with(struct ek_consul *consul, struct ek__consul_query *query, uint64_t index)
{
    if (query->read->reader->answer) {
        query->read->reader->answer(consul, query->read, &query->answer);
    } else {
        query->answer.status = 200;
        query->answer.type = "application/json";
        query->answer.body = body_of(consul, query->read);
    }
    if (query->answer.status == 500) {
        query->answer.has_index = query->answer.has_leader = true;
        query->answer.index = 1;
        query->answer.backend = "blocking-query";
    } else if (query->answer.status != 404 || query->read->reader->hides_mode) {
        set_meta(&query->answer, query->read, index);
    }
    ek__consul_query_ready(consul, query);
}

void ek__consul_read_answer(struct ek_consul *consul, struct ek__consul_query *query,
                            bool timed_out)
{
    uint64_t index = ek__consul_read_index(consul, query->read);

    /* The streaming backend keeps the index it had when the call began, the plain one that of its
     * last look: an index that rose without a change of what is read is not seen. */
    if (timed_out && query->read->streams)
        index = query->read->view_index;
    else if (timed_out && query->read->last_index > 0)
        index = query->read->last_index;
    answer_with(consul, query, index);
}

/* Errors of the servers. All but health/service of 1.10 still carry index headers. */
static void set_error(struct ek_consul *consul, struct ek__consul_query *query, int status,
                      const struct ek__consul_read *read, const char *prefix, const char *text)
{
    const struct ek__consul_reader *reader = read->reader;

    ek__consul_answer_text2(&query->answer, status, prefix, text);
    if (reader->hides_mode ? reader->tells_index
                           : consul->version == EK_CONSUL_1_8 || !reader->streams) {
        query->answer.has_index = query->answer.has_leader = true;
        query->answer.index = 1;
        query->answer.backend = "blocking-query";
    }
}

static void fail(struct ek_consul *consul, struct ek__consul_query *query,
                 const struct ek__consul_read *read, const char *prefix, const char *text)
{
    set_error(consul, query, 500, read, prefix, text);
    ek__consul_query_ready(consul, query);
}

void ek__consul_read_refuse(struct ek_consul *consul, struct ek__consul_query *query, int status,
                            const char *text)
{
    set_error(consul, query, status, query->read, ek__consul_rpc_prefix(consul, query->agent),
              text);
}

void ek__consul_read_leaderless(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_read *read = query->read;

    if (read->streams)
        fail(consul, query, read, "", "rpc error: code = Unavailable desc = transport is closing");
    else
        fail(consul, query, read, "", "rpc error making call: EOF");
}

static void fail_server_down(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_text text = {0};

    ek__consul_text_add(&text, "rpc error getting client: failed to get conn: dial tcp "
                               "127.0.0.1:0->");
    ek__consul_text_add(&text, consul->agents[0]->address);
    ek__consul_text_add(&text, ":8300: connect: connection refused");
    fail(consul, query, query->read, "", text.data);
    ek__consul_text_deinit(&text);
}

bool ek__consul_read_is_parked(const struct ek__consul_read *read, uint64_t index)
{
    /* An index that is told locally is no count: only a change counts. */
    if (read->reader->is_local)
        return read->index > 0 && index == read->index;
    return read->index > 0 && index <= read->index;
}

/* Opens the view of the read's service, unless it is there. */
static void open_view(struct ek_consul *consul, struct ek__consul_read *read)
{
    struct ek__consul_watch *watch = ek__consul_watch_take(consul, read->key);
    bool is_new = !watch->has_view ||
                  (watch->parked.count == 0 && consul->now - watch->view_used > VIEW_IDLE_NS);

    if (is_new)
        watch->view_index = plain_index(consul, read);
    watch->has_view = true;
    watch->view_used = consul->now;
    read->view_index = watch->view_index;
}

/* Notes that the cache has an entry for the read. False if it had it before. */
static bool fill_cache(struct ek_consul *consul, const struct ek__consul_read *read)
{
    enum {
        ENTRIES_MAX = 256
    };
    struct ek__consul_watch *watch = ek__consul_watch_take(consul, read->key);

    for (size_t i = 0; i < watch->cache_entries.count; i++) {
        if (strcmp(watch->cache_entries.items[i], read->cache_entry) == 0)
            return false;
    }
    if (watch->cache_entries.count == ENTRIES_MAX)
        ek__consul_list_deinit(&watch->cache_entries);
    ek__consul_list_add(&watch->cache_entries, read->cache_entry);
    return true;
}

static void park(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_read *read = query->read;
    int64_t wait = read->wait;

    if (!read->streams)
        wait += ek__consul_random_below(consul, EK__CONSUL_STREAM_WAIT, wait / 16);
    if (read->reader->is_service) {
        struct ek__consul_watch *watch = ek__consul_watch_take(consul, read->key);

        ek__consul_query_park(consul, query, &watch->parked, wait);
        read->watch = watch;
        watch->plain_count += !read->streams;
    } else {
        ek__consul_query_park(consul, query, &consul->tables, wait);
    }
}

/* What can be answered although no leader was found. */
static bool survives(const struct ek_consul *consul, const struct ek__consul_read *read)
{
    const struct ek__consul_watch *watch = ek__consul_watch_find(consul, read->key);

    if (read->stale && !ek__consul_server_is_down(consul))
        return true;
    return (read->streams || read->cached) && watch && watch->has_view &&
           watch->view_index > read->index;
}

/* No leader, and the read needs one: it fails, or waits for one. */
static void hold(struct ek_consul *consul, struct ek__consul_query *query)
{
    if (ek__consul_server_is_down(consul)) {
        fail_server_down(consul, query);
    } else if (query->is_overdue) {
        fail(consul, query, query->read, ek__consul_rpc_prefix(consul, query->agent),
             "No cluster leader");
    } else {
        ek__consul_read_free(query->read);
        query->read = NULL;
        ek__consul_query_hold(consul, query, true);
    }
}

void ek__consul_read_run(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_read *read = query->read;
    uint64_t index;

    if (!read->reader->is_local && !ek__consul_has_leader(consul) && !survives(consul, read)) {
        hold(consul, query);
        return;
    }
    if (read->consistent && consul->faults[EK_CONSUL_NOT_CONSISTENT].is_on) {
        fail(consul, query, read, ek__consul_rpc_prefix(consul, query->agent),
             "Not ready to serve consistent reads");
        return;
    }
    if (read->streams || (read->cached && read->reader->is_service)) {
        bool is_new;

        open_view(consul, read);
        is_new = read->cached && fill_cache(consul, read);
        if (read->cached) {
            query->answer.cache = is_new ? "MISS" : "HIT";
            query->answer.age = is_new ? NULL : "0";
        }
    }
    index = read->streams ? read->view_index : plain_index(consul, read);
    read->last_index = index;
    if (ek__consul_read_is_parked(read, index))
        park(consul, query);
    else
        answer_with(consul, query, index);
}
