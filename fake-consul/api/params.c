/* The query parameters that all reads have in common. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/number.h"
#include "fake-consul/api/read.h"
#include "fake-consul/base/duration.h"
#include "fake-consul/base/memory.h"

#define WAIT_DEFAULT_NS (300 * EK__CONSUL_SECOND)
#define WAIT_MAX_NS     (600 * EK__CONSUL_SECOND)

bool ek__consul_is_pretty(const struct ek_consul *consul, const struct ek__consul_call *call)
{
    return consul->pretty || ek__consul_call_has(call, "pretty");
}

/* Each of the following refuses with an answer and returns false. */
static bool refuse(struct ek__consul_query *query, const char *text)
{
    ek__consul_answer_text(&query->answer, 400, text);
    return false;
}

static bool parse_stale_limit(const struct ek_consul *consul, struct ek__consul_query *query,
                              struct ek__consul_read *read)
{
    const char *text = ek__consul_call_param(query->call, "max_stale");
    int64_t limit;

    if (!text || !*text)
        return true;
    if (!ek__consul_duration_parse(text, &limit)) {
        ek__consul_answer_quoted(&query->answer, 400, "Invalid max_stale value ", text, "");
        return false;
    }
    /* A server that lags behind more than that asks the leader instead. */
    if (limit > 0)
        read->stale = ek__consul_has_leader(consul) || consul->now - consul->leader_lost <= limit;
    return true;
}

static bool parse_consistency(const struct ek_consul *consul, struct ek__consul_query *query,
                              struct ek__consul_read *read)
{
    read->stale = ek__consul_call_has(query->call, "stale");
    read->consistent = ek__consul_call_has(query->call, "consistent");
    read->cached = ek__consul_call_has(query->call, "cached");
    if (!parse_stale_limit(consul, query, read))
        return false;
    if (read->stale && read->consistent)
        return refuse(query, "Cannot specify ?stale with ?consistent, conflicting semantics.");
    if (read->cached && read->consistent)
        return refuse(query, "Cannot specify ?cached with ?consistent, conflicting semantics.");
    return true;
}

static bool is_number(const char *text)
{
    size_t size = strlen(text);

    return size > 0 && strspn(text, "0123456789") == size;
}

/* `max-age=5, must-revalidate`; matters to cached reads only, whose views are always fresh. */
static bool parse_cache_control(struct ek__consul_query *query, const struct ek__consul_read *read)
{
    const char *p = query->call->cache_control;

    while (read->cached && *p) {
        size_t size = strcspn(p, ",");
        char *part = ek__consul_copy_n(p + strspn(p, " "), size - strspn(p, " "));
        const char *equals = strchr(part, '=');
        bool bad = equals && !is_number(equals + 1) &&
                   (strncmp(part, "max-age=", 8) == 0 || strncmp(part, "stale-if-error=", 15) == 0);

        free(part);
        if (bad)
            return refuse(query, "Invalid Cache-Control header.");
        p += size + (p[size] == ',');
    }
    return true;
}

static bool parse_wait(struct ek__consul_query *query, struct ek__consul_read *read)
{
    const char *wait = ek__consul_call_param(query->call, "wait");
    const char *index = ek__consul_call_param(query->call, "index");

    if (wait && *wait && !ek__consul_duration_parse(wait, &read->wait))
        return refuse(query, "Invalid wait time");
    if (read->wait <= 0)
        read->wait = WAIT_DEFAULT_NS;
    if (read->wait > WAIT_MAX_NS)
        read->wait = WAIT_MAX_NS;
    if (!index || !*index)
        return true;
    errno = 0;
    if (is_number(index))
        read->index = strtoull(index, NULL, 10);
    return (is_number(index) && errno == 0) || refuse(query, "Invalid index");
}

static bool parse_flag(const char *text, bool *out)
{
    *out = true;
    return !*text || ek__consul_bool_parse(text, out);
}

static bool parse_key(struct ek__consul_query *query, struct ek__consul_read *read)
{
    const char *missing = read->reader->missing;

    if (!missing || *query->call->rest) {
        read->key = read->reader->keeps_case ? ek__consul_copy(query->call->rest)
                                             : ek__consul_lower(missing ? query->call->rest : "");
        return true;
    }
    return refuse(query, missing);
}

/* What tells apart the answers about one service that are cached. */
static void make_shape(struct ek__consul_read *read, const char *filter)
{
    struct ek__consul_text shape = {0};

    ek__consul_text_char(&shape, read->reader->has_checks ? 'h' : 'c');
    ek__consul_text_char(&shape, read->passing ? 'p' : '-');
    ek__consul_text_char(&shape, read->pretty ? 'i' : '-');
    ek__consul_text_char(&shape, read->has_tags ? 't' : '-');
    ek__consul_text_list(&shape, &read->tags);
    ek__consul_text_map(&shape, &read->node_meta, "");
    ek__consul_text_add(&shape, read->token ? read->token->accessor : "-");
    ek__consul_text_add(&shape, filter ? filter : "");
    read->shape = shape.data;
}

/* ?passing and ?pretty are looked at behind the cache; a name is told apart by its case. */
static void make_cache_entry(const struct ek__consul_query *query, struct ek__consul_read *read)
{
    struct ek__consul_text entry = {0};

    ek__consul_text_add(&entry, query->call->rest);
    ek__consul_text_add(&entry, "\n-");
    ek__consul_text_char(&entry, read->shape[0]);
    ek__consul_text_add(&entry, read->shape + 3);
    read->cache_entry = entry.data;
}

static void parse_selection(struct ek__consul_query *query, struct ek__consul_read *read)
{
    const char *near = ek__consul_call_param(query->call, "near");

    if (near && *near)
        read->near = ek__consul_copy(near);
    for (size_t i = 0; i < query->call->param_count; i++) {
        const struct ek__consul_param *param = &query->call->params[i];
        const char *colon = strchr(param->value, ':');

        if (strcmp(param->name, "tag") == 0) {
            read->has_tags = true;
            ek__consul_list_add(&read->tags, param->value);
        } else if (strcmp(param->name, "node-meta") == 0) {
            size_t size = colon ? (size_t)(colon - param->value) : strlen(param->value);
            char *key = ek__consul_copy_n(param->value, size);

            ek__consul_map_set(&read->node_meta, key, colon ? colon + 1 : "");
            free(key);
        }
    }
}

static bool parse_passing(const struct ek_consul *consul, struct ek__consul_query *query,
                          struct ek__consul_read *read)
{
    const char *passing = ek__consul_call_param(query->call, "passing");

    if (!passing || !read->reader->streams || parse_flag(passing, &read->passing))
        return true;
    refuse(query, "Invalid value for ?passing");
    /* 1.10 looks at it after the read. */
    if (consul->version == EK_CONSUL_1_10) {
        query->answer.has_index = query->answer.has_leader = true;
        query->answer.index = ek__consul_read_index(consul, read);
        query->answer.knows_leader = read->index == 0;
        query->answer.consistency = read->stale ? "stale" : "leader";
        query->answer.backend = read->index > 0 ? "streaming" : "blocking-query";
    }
    return false;
}

static bool parse(struct ek_consul *consul, struct ek__consul_query *query,
                  struct ek__consul_read *read)
{
    const char *namespace = ek__consul_call_param(query->call, "ns");

    if (namespace && *namespace)
        return refuse(query, "Bad request: Invalid query parameter: \"ns\" - Namespaces are a "
                             "Consul Enterprise feature");
    if ((!read->reader->is_local &&
         (!parse_consistency(consul, query, read) || !parse_cache_control(query, read))) ||
        !parse_wait(query, read) || !parse_key(query, read))
        return false;
    parse_selection(query, read);
    read->pretty = ek__consul_is_pretty(consul, query->call);
    return !read->reader->prepare || read->reader->prepare(consul, query, read);
}

bool ek__consul_params_check_mode(const struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_read read = {.reader = NULL};

    return parse_consistency(consul, query, &read) && parse_cache_control(query, &read);
}

bool ek__consul_params_check(const struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_read read = {.reader = NULL};

    return parse_consistency(consul, query, &read) && parse_cache_control(query, &read) &&
           parse_wait(query, &read);
}

static bool other_datacenter(struct ek_consul *consul, struct ek__consul_query *query,
                             const struct ek__consul_read *read)
{
    const char *datacenter = ek__consul_call_param(query->call, "dc");

    if (!datacenter || !*datacenter || strcmp(datacenter, consul->datacenter) == 0)
        return false;
    ek__consul_answer_text2(&query->answer, 500, ek__consul_rpc_prefix(consul, query->agent),
                            "No path to datacenter");
    if (consul->version == EK_CONSUL_1_8 || !read->reader->streams) {
        query->answer.has_index = query->answer.has_leader = true;
        query->answer.index = 1;
        query->answer.backend = "blocking-query";
    }
    return true;
}

/* Who asks. A token that nobody knows is refused. */
static bool find_token(struct ek_consul *consul, struct ek__consul_query *query,
                       struct ek__consul_read *read)
{
    if (ek__consul_call_token(consul, query->call, &read->token))
        return true;
    ek__consul_read_refuse(consul, query, 403, "ACL not found");
    return false;
}

static bool compile_filter(struct ek_consul *consul, struct ek__consul_query *query,
                           struct ek__consul_read *read)
{
    const char *filter = ek__consul_call_param(query->call, "filter");
    struct ek__consul_text error = {0};

    if (!filter || !*filter || !read->reader->fields)
        return true;
    read->filter = ek__consul_filter_new(filter, read->reader->fields, &error);
    if (!read->filter)
        ek__consul_read_refuse(consul, query, 500, error.data);
    ek__consul_text_deinit(&error);
    return read->filter != NULL;
}

void ek__consul_read_start(struct ek_consul *consul, struct ek__consul_query *query,
                           const struct ek__consul_reader *reader)
{
    struct ek__consul_read *read = ek__consul_alloc(sizeof *read);

    read->reader = reader;
    read->agent = query->agent;
    query->read = read;
    if (!parse(consul, query, read) || other_datacenter(consul, query, read) ||
        !find_token(consul, query, read) || !compile_filter(consul, query, read) ||
        !parse_passing(consul, query, read)) {
        ek__consul_query_ready(consul, query);
        return;
    }
    make_shape(read, ek__consul_call_param(query->call, "filter"));
    if (read->cached)
        make_cache_entry(query, read);
    read->streams = reader->streams && consul->version == EK_CONSUL_1_10 && !read->near &&
                    (read->index > 0 || read->cached);
    read->knew_leader = ek__consul_has_leader(consul);
    if (read->stale)
        read->last_contact_ms = ek__consul_contact_ms(consul, query->agent);
    ek__consul_read_run(consul, query);
}
