/* The endpoints of prepared queries: reading, executing, explaining. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake-consul/api/number.h"
#include "fake-consul/api/route.h"
#include "fake-consul/api/rows.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/endpoint/prepared.h"

static uint64_t queries_index(const struct ek_consul *consul,
                              const struct ek__consul_catalog *catalog,
                              const struct ek__consul_read *read)
{
    (void)catalog;
    return read->mode == EK__CONSUL_KV_ONE ? consul->prepared.index : 1;
}

static bool queries_changed(const struct ek__consul_write *write,
                            const struct ek__consul_read *read)
{
    (void)read;
    return write->queries;
}

static void write_list(struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                       const struct ek__consul_read *read, struct ek__consul_text *json)
{
    (void)catalog;
    ek__consul_text_char(json, '[');
    for (size_t i = 0; i < consul->prepared.items.count; i++) {
        const struct ek__consul_prepared *prepared = consul->prepared.items.items[i];

        if (!ek__consul_may(&consul->acl, read->token, EK__CONSUL_ACL_QUERY, prepared->name, false))
            continue;
        ek__consul_text_next(json);
        ek__consul_prepared_render(prepared, consul->acl.is_on, json);
    }
    ek__consul_text_char(json, ']');
}

/* ---- what a template makes of the name it was asked for ---- */

static char *interpolated(const char *text, const struct ek__consul_prepared *prepared,
                          const char *name)
{
    size_t prefix = strlen(prepared->name);
    struct ek__consul_text out = {0};

    ek__consul_text_add(&out, "");
    while (*text) {
        if (strncmp(text, "${name.full}", 12) == 0) {
            ek__consul_text_add(&out, name);
            text += 12;
        } else if (strncmp(text, "${name.prefix}", 14) == 0) {
            ek__consul_text_add(&out, prepared->name);
            text += 14;
        } else if (strncmp(text, "${name.suffix}", 14) == 0) {
            ek__consul_text_add(&out, strlen(name) > prefix ? name + prefix : "");
            text += 14;
        } else {
            ek__consul_text_char(&out, *text++);
        }
    }
    return out.data;
}

/* Returns new: the query that is asked for, a template filled in; NULL for none. */
static struct ek__consul_prepared *resolve(const struct ek_consul *consul, const char *name)
{
    const struct ek__consul_prepared *found = ek__consul_prepared_find(&consul->prepared, name);
    struct ek__consul_prepared *query;
    char *service;

    if (!found)
        return NULL;
    query = ek__consul_prepared_copy(found);
    if (!query->template_type[0])
        return query;
    service = interpolated(query->service, query, name);
    free(query->service);
    query->service = service;
    for (size_t i = 0; i < query->tags.count; i++) {
        char *tag = interpolated(query->tags.items[i], query, name);

        free(query->tags.items[i]);
        query->tags.items[i] = tag;
    }
    return query;
}

/* ---- which instances are listed ---- */

static bool is_ignored(const struct ek__consul_prepared *query, const char *check)
{
    for (size_t i = 0; i < query->ignored_checks.count; i++) {
        if (strcmp(query->ignored_checks.items[i], check) == 0)
            return true;
    }
    return false;
}

static bool checks_fit(const struct ek__consul_prepared *query,
                       const struct ek__consul_sorted *checks)
{
    for (size_t i = 0; i < checks->count; i++) {
        const struct ek__consul_row *row = checks->items[i];

        if (is_ignored(query, row->check.id))
            continue;
        if (row->check.status == EK__CONSUL_CRITICAL ||
            (query->only_passing && row->check.status != EK__CONSUL_PASSING))
            return false;
    }
    return true;
}

static bool map_fits(const struct ek__consul_map *wanted, const struct ek__consul_map *map)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const char *value = ek__consul_map_get(map, wanted->items[i].key);

        if (!value || strcmp(value, wanted->items[i].value) != 0)
            return false;
    }
    return true;
}

/* A tag with "!" before it must not be there; an empty one may be left out of account. */
static bool tags_fit(const struct ek__consul_prepared *query,
                     const struct ek__consul_instance *instance)
{
    for (size_t i = 0; i < query->tags.count; i++) {
        const char *tag = query->tags.items[i];
        bool unwanted = *tag == '!';

        if (!*tag && query->removes_empty_tags)
            continue;
        if (ek__consul_list_holds(&instance->service.tags, tag + unwanted) == unwanted)
            return false;
    }
    return true;
}

static bool fits(const struct ek__consul_prepared *query,
                 const struct ek__consul_instance *instance)
{
    return tags_fit(query, instance) && map_fits(&query->node_meta, &instance->node->meta) &&
           map_fits(&query->service_meta, &instance->service.meta) &&
           checks_fit(query, &instance->node->own) && checks_fit(query, &instance->checks);
}

/* In an order that is drawn anew for each execution, or by distance. */
static void arrange(struct ek_consul *consul, const struct ek__consul_read *read,
                    struct ek__consul_rows *rows)
{
    struct ek__consul_rows sorted = {.items = ek__consul_alloc((rows->count + 1) * sizeof(void *))};

    ek__consul_rows_shuffle(consul, rows);
    for (int distance = 0; distance < 3; distance++) {
        for (size_t i = 0; i < rows->count; i++) {
            if (ek__consul_node_distance(consul, rows->items[i]->node, read) == distance)
                sorted.items[sorted.count++] = rows->items[i];
        }
    }
    free(rows->items);
    *rows = sorted;
}

static void write_nodes(struct ek_consul *consul, const struct ek__consul_read *read,
                        const struct ek__consul_prepared *query, struct ek__consul_text *json)
{
    struct ek__consul_read select = {.reader = read->reader,
                                     .agent = read->agent,
                                     .key = ek__consul_lower(query->service),
                                     .near = read->near       ? read->near
                                             : query->near[0] ? query->near
                                                              : NULL,
                                     .token = read->token};
    struct ek__consul_rows rows = ek__consul_rows_of(consul, &consul->catalog, &select);
    size_t kept = 0;

    for (size_t i = 0; i < rows.count; i++) {
        if (fits(query, rows.items[i]))
            rows.items[kept++] = rows.items[i];
    }
    rows.count = kept;
    arrange(consul, &select, &rows);
    ek__consul_text_char(json, '[');
    for (size_t i = 0; i < rows.count && (read->limit == 0 || i < read->limit); i++) {
        ek__consul_text_next(json);
        ek__consul_health_row_raw(consul, rows.items[i], json);
    }
    ek__consul_text_char(json, ']');
    free(rows.items);
    free(select.key);
}

static void add_meta(const struct ek_consul *consul, struct ek__consul_text *json)
{
    ek__consul_text_add(json, consul->version == EK_CONSUL_1_10
                                  ? ",\"Index\":1,\"LastContact\":0,\"KnownLeader\":true,"
                                    "\"ConsistencyLevel\":\"leader\",\"NotModified\":false,"
                                    "\"Backend\":0}"
                                  : ",\"Index\":0,\"LastContact\":0,\"KnownLeader\":true,"
                                    "\"ConsistencyLevel\":\"leader\"}");
}

static void answer_one(struct ek_consul *consul, const struct ek__consul_read *read,
                       struct ek__consul_answer *answer)
{
    struct ek__consul_prepared *query =
        read->mode == EK__CONSUL_KV_ONE ? ek__consul_sorted_find(&consul->prepared.items, read->key)
                                        : resolve(consul, read->key);
    struct ek__consul_text json = {0};

    if (query && read->mode != EK__CONSUL_KV_ONE && query->template_type[0] &&
        strcmp(query->id, read->key) == 0) {
        ek__consul_prepared_free(query);
        ek__consul_answer_text(
            answer, 500, "prepared query templates can only be resolved up by name, not by ID");
        return;
    }
    if (!query) {
        /* Its headers are out before the index is known. */
        ek__consul_answer_text(answer, 404, "Query not found");
        return;
    }
    if (read->mode == EK__CONSUL_KV_ONE) {
        ek__consul_text_char(&json, '[');
        ek__consul_prepared_render(query, consul->acl.is_on, &json);
        ek__consul_text_char(&json, ']');
    } else if (read->mode == EK__CONSUL_KV_TREE) {
        ek__consul_text_add(&json, "{\"Query\":");
        ek__consul_prepared_render(query, consul->acl.is_on, &json);
        add_meta(consul, &json);
    } else {
        /* There is one datacenter: a failover finds no other that it could try. */
        ek__consul_text_char(&json, '{');
        ek__consul_text_member(&json, "Service", query->service);
        ek__consul_text_add(&json, ",\"Nodes\":");
        write_nodes(consul, read, query, &json);
        ek__consul_text_add(&json, ",\"DNS\":{");
        ek__consul_text_member(&json, "TTL", query->ttl);
        ek__consul_text_char(&json, '}');
        ek__consul_text_member(&json, "Datacenter", consul->datacenter);
        ek__consul_text_add(&json, ",\"Failovers\":0");
        add_meta(consul, &json);
    }
    ek__consul_answer_json_take(answer, 200, &json, read->pretty);
    if (read->mode != EK__CONSUL_KV_ONE)
        ek__consul_prepared_free(query);
}

/* The verb at the end of the path is the slash before the key with it, if need be. */
static bool ends_with(const char *key, const char *verb)
{
    size_t size = strlen(key);

    return size + 1 == strlen(verb)
               ? strcmp(key, verb + 1) == 0
               : size >= strlen(verb) && strcmp(key + size - strlen(verb), verb) == 0;
}

static bool is_run(const char *key)
{
    return ends_with(key, "/execute") || ends_with(key, "/explain");
}

/* Without a verb only an id will do. False after a refusal. */
static bool check_id(struct ek_consul *consul, struct ek__consul_query *query,
                     const struct ek__consul_read *read)
{
    struct ek__consul_text words = {0}, text = {0};
    const char *reason = ek__consul_uuid_refusal(read->key, &words);

    if (reason) {
        ek__consul_text_add(&text, "failed prepared query lookup: ");
        ek__consul_text_add(&text, reason);
        ek__consul_read_refuse(consul, query, 500, text.data);
    }
    ek__consul_text_deinit(&words);
    ek__consul_text_deinit(&text);
    return !reason;
}

static bool check_connect(struct ek__consul_query *query)
{
    const char *connect = ek__consul_call_param(query->call, "connect");
    struct ek__consul_text text = {0};
    bool ignored;

    if (!connect || !*connect || ek__consul_bool_parse(connect, &ignored))
        return true;
    ek__consul_text_quoted(&text, connect);
    ek__consul_text_add(&text, ": invalid syntax");
    ek__consul_answer_text2(&query->answer, 500,
                            "Error parsing 'connect' value: strconv.ParseBool: parsing ",
                            text.data);
    ek__consul_text_deinit(&text);
    return false;
}

/* ID, NAME/execute or NAME/explain. */
static bool prepare(struct ek_consul *consul, struct ek__consul_query *query,
                    struct ek__consul_read *read)
{
    static const char *const verbs[] = {"/execute", "/explain"};
    const char *limit = ek__consul_call_param(query->call, "limit");
    struct ek__consul_text error = {0};
    size_t size = strlen(read->key);
    int64_t number = 0;

    read->mode = EK__CONSUL_KV_ONE;
    if (!is_run(read->key) && !check_id(consul, query, read))
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (!ends_with(read->key, verbs[i]))
            continue;
        read->mode = i == 0 ? EK__CONSUL_KV_KEYS : EK__CONSUL_KV_TREE;
        if (size >= strlen(verbs[i]))
            read->key[size - strlen(verbs[i])] = '\0';
        read->index = 0; /* neither of them blocks */
    }
    if (read->mode == EK__CONSUL_KV_ONE)
        return true;
    if (limit && *limit && !ek__consul_int_parse(limit, &number, &error)) {
        ek__consul_answer_text2(&query->answer, 500, "Bad limit: ", error.data);
        ek__consul_text_deinit(&error);
        return false;
    }
    read->limit = number > 0 ? (size_t)number : 0;
    return read->mode == EK__CONSUL_KV_TREE || check_connect(query);
}

const struct ek__consul_reader ek__consul_prepared_list_reader = {
    .index = queries_index, .concerns = queries_changed, .write = write_list};
const struct ek__consul_reader ek__consul_prepared_reader = {.keeps_case = true,
                                                             .prepare = prepare,
                                                             .index = queries_index,
                                                             .concerns = queries_changed,
                                                             .answer = answer_one};
