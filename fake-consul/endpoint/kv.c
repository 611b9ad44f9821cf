/* The key/value endpoints. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/number.h"
#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"

enum {
    VALUE_MAX = 512 * 1024
};

/* ---- reading ---- */

static bool prepare(struct ek_consul *consul, struct ek__consul_query *query,
                    struct ek__consul_read *read)
{
    const struct ek__consul_call *call = query->call;
    const char *separator = ek__consul_call_param(call, "separator");

    if (!separator)
        separator = ek__consul_call_param(call, "seperator");
    if (separator && *separator)
        read->separator = ek__consul_copy(separator);
    read->mode = ek__consul_call_has(call, "keys")      ? EK__CONSUL_KV_KEYS
                 : ek__consul_call_has(call, "recurse") ? EK__CONSUL_KV_TREE
                 : ek__consul_call_has(call, "raw")     ? EK__CONSUL_KV_RAW
                                                        : EK__CONSUL_KV_ONE;
    if (read->mode > EK__CONSUL_KV_RAW)
        return true;
    if (!read->key[0]) {
        ek__consul_answer_text(&query->answer, 400, "Missing key name");
        return false;
    }
    return ek__consul_permit(consul, query, EK__CONSUL_ACL_KEY, read->key, false);
}

static uint64_t kv_index(const struct ek_consul *consul, const struct ek__consul_catalog *catalog,
                         const struct ek__consul_read *read)
{
    (void)catalog;
    return read->mode > EK__CONSUL_KV_RAW ? ek__consul_kv_prefix_index(&consul->kv, read->key)
                                          : ek__consul_kv_key_index(&consul->kv, read->key);
}

static bool kv_changed(const struct ek__consul_write *write, const struct ek__consul_read *read)
{
    for (size_t i = 0; i < write->keys.count; i++) {
        const char *key = write->keys.items[i];

        if (read->mode > EK__CONSUL_KV_RAW ? ek__consul_has_prefix(key, read->key)
                                           : strcmp(key, read->key) == 0)
            return true;
    }
    return false;
}

static bool may_read(const struct ek_consul *consul, const struct ek__consul_read *read,
                     const struct ek__consul_entry *entry)
{
    return ek__consul_may(&consul->acl, read->token, EK__CONSUL_ACL_KEY, entry->key, false);
}

/* The key, or as much of it as a separator leaves. Returns new. */
static char *listed_key(const struct ek__consul_read *read, const char *key)
{
    const char *rest = key + strlen(read->key);
    const char *cut = read->separator ? strstr(rest, read->separator) : NULL;

    return cut ? ek__consul_copy_n(key, (size_t)(cut - key) + strlen(read->separator))
               : ek__consul_copy(key);
}

/* All entries with the prefix, or their keys; returns how many. */
static size_t write_list(const struct ek_consul *consul, const struct ek__consul_read *read,
                         struct ek__consul_text *json)
{
    const struct ek__consul_sorted *entries = &consul->kv.entries;
    char *last = NULL;
    size_t count = 0;

    ek__consul_text_char(json, '[');
    for (size_t i = ek__consul_kv_first(&consul->kv, read->key); i < entries->count; i++) {
        const struct ek__consul_entry *entry = entries->items[i];
        char *key;

        if (!ek__consul_has_prefix(entry->key, read->key))
            break;
        if (!may_read(consul, read, entry))
            continue;
        count++;
        if (read->mode == EK__CONSUL_KV_TREE) {
            ek__consul_text_next(json);
            ek__consul_kv_render(entry, true, json);
            continue;
        }
        key = listed_key(read, entry->key);
        if (!last || strcmp(last, key) != 0) {
            ek__consul_text_next(json);
            ek__consul_text_string(json, key);
        }
        free(last);
        last = key;
    }
    free(last);
    ek__consul_text_char(json, ']');
    return count;
}

static size_t write_one(const struct ek_consul *consul, const struct ek__consul_read *read,
                        struct ek__consul_text *json)
{
    const struct ek__consul_entry *entry = ek__consul_kv_find(&consul->kv, read->key);

    if (!entry)
        return 0;
    if (read->mode == EK__CONSUL_KV_RAW) {
        ek__consul_text_add_n(json, entry->value, entry->size);
        return 1;
    }
    ek__consul_text_char(json, '[');
    ek__consul_kv_render(entry, true, json);
    ek__consul_text_char(json, ']');
    return 1;
}

static void answer_read(struct ek_consul *consul, const struct ek__consul_read *read,
                        struct ek__consul_answer *answer)
{
    struct ek__consul_text text = {0};
    size_t count = read->mode > EK__CONSUL_KV_RAW ? write_list(consul, read, &text)
                                                  : write_one(consul, read, &text);

    if (count == 0 && !(read->mode == EK__CONSUL_KV_KEYS && read->key[0] == '\0')) {
        ek__consul_text_deinit(&text);
        answer->status = 404;
    } else if (read->mode == EK__CONSUL_KV_RAW) {
        answer->status = 200;
        answer->type = "text/plain";
        answer->is_sandboxed = true;
        answer->body = ek__consul_body_take(&text);
    } else {
        ek__consul_answer_json_take(answer, 200, &text, read->pretty);
    }
}

static const struct ek__consul_reader reader = {.keeps_case = true,
                                                .hides_mode = true,
                                                .prepare = prepare,
                                                .index = kv_index,
                                                .concerns = kv_changed,
                                                .answer = answer_read};

/* ---- writing ---- */

static void answer_bool(struct ek_consul *consul, struct ek__consul_query *query, bool value)
{
    struct ek__consul_text json = {0};

    ek__consul_text_add(&json, value ? "true" : "false");
    ek__consul_answer_with(consul, query, &json);
}

static int by_name(const void *a, const void *b)
{
    const struct ek__consul_param *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

/* The parameters sorted by name, as Go writes them. */
static void add_params(struct ek__consul_text *text, const struct ek__consul_call *call)
{
    const struct ek__consul_param **sorted =
        ek__consul_alloc(call->param_count * sizeof(struct ek__consul_param *));

    for (size_t i = 0; i < call->param_count; i++)
        sorted[i] = &call->params[i];
    if (call->param_count > 0)
        qsort(sorted, call->param_count, sizeof *sorted, by_name);
    for (size_t i = 0; i < call->param_count; i++) {
        ek__consul_text_add(text, i > 0 ? "&" : "");
        ek__consul_text_query_escaped(text, sorted[i]->name);
        ek__consul_text_char(text, '=');
        ek__consul_text_query_escaped(text, sorted[i]->value);
    }
    free(sorted);
}

/* At most one of the flags may be there. False after a refusal. */
static bool check_flags(struct ek__consul_query *query, const char *const *names)
{
    struct ek__consul_text text = {0};
    int count = 0;

    for (; *names; names++)
        count += ek__consul_call_has(query->call, *names);
    if (count < 2)
        return true;
    add_params(&text, query->call);
    ek__consul_answer_text2(&query->answer, 400, "Conflicting flags: ", text.data);
    ek__consul_text_deinit(&text);
    return false;
}

/* A parameter that has to be a number where it is given. */
static bool parse_param(struct ek__consul_query *query, const char *name, uint64_t *out)
{
    const char *text = ek__consul_call_param(query->call, name);
    struct ek__consul_text error = {0};

    if (!text || ek__consul_uint_parse(text, out, &error))
        return true;
    ek__consul_answer_text(&query->answer, 500, error.data);
    ek__consul_text_deinit(&error);
    return false;
}

static bool check_size(struct ek__consul_query *query)
{
    struct ek__consul_text text = {0};

    if (query->call->body_size <= VALUE_MAX)
        return true;
    ek__consul_text_u64(&text, query->call->body_size);
    ek__consul_text_add(&text,
                        " bytes) too large, max size: 524288 bytes. See https://www.consul.io/"
                        "docs/agent/options.html#kv_max_value_size.");
    ek__consul_answer_text2(&query->answer, 413, "Request body(", text.data);
    query->answer.closes = true;
    ek__consul_text_deinit(&text);
    return false;
}

/* An attempt to lock. False after a refusal, which takes a raft index too. */
static bool try_lock(struct ek_consul *consul, struct ek__consul_query *query,
                     struct ek__consul_write *write, const struct ek__consul_kv_op *op,
                     bool *result)
{
    struct ek__consul_text why = {0};

    *result = false;
    if (ek__consul_session_is_usable(consul, op->session, &why)) {
        *result = ek__consul_kv_lock(&consul->kv, write, op);
        return true;
    }
    ek__consul_refuse(consul, query, 500,
                      consul->version == EK_CONSUL_1_10 ? "raft apply failed: " : "", why.data);
    ek__consul_text_deinit(&why);
    return false;
}

static void put(struct ek_consul *consul, struct ek__consul_query *query)
{
    static const char *const exclusive[] = {"cas", "acquire", "release", NULL};
    const struct ek__consul_call *call = query->call;
    const char *acquire = ek__consul_call_param(call, "acquire");
    const char *release = ek__consul_call_param(call, "release");
    struct ek__consul_kv_op op = {.key = call->rest,
                                  .value = call->body,
                                  .size = call->body_size,
                                  .session = acquire ? acquire : release,
                                  .now = consul->now};
    struct ek__consul_write write;
    bool result = true, good = true;

    if (!*call->rest) {
        ek__consul_answer_text(&query->answer, 400, "Missing key name");
        return;
    }
    if (!check_flags(query, exclusive) || !parse_param(query, "flags", &op.flags) ||
        !parse_param(query, "cas", &op.index) || !check_size(query) ||
        !ek__consul_permit(consul, query, EK__CONSUL_ACL_KEY, op.key, true))
        return;
    if (acquire && ek__consul_kv_is_delayed(&consul->kv, op.key, consul->now)) {
        answer_bool(consul, query, false);
        return;
    }
    ek__consul_write_begin(consul, &write);
    if (acquire)
        good = try_lock(consul, query, &write, &op, &result);
    else if (release)
        result = ek__consul_kv_unlock(&consul->kv, &write, &op);
    else if (ek__consul_call_has(call, "cas"))
        result = ek__consul_kv_cas(&consul->kv, &write, &op);
    else
        ek__consul_kv_set(&consul->kv, &write, &op);
    ek__consul_write_end(consul, &write);
    if (good)
        answer_bool(consul, query, result);
}

static void delete (struct ek_consul *consul, struct ek__consul_query *query)
{
    static const char *const exclusive[] = {"recurse", "cas", NULL};
    const struct ek__consul_call *call = query->call;
    struct ek__consul_kv_op op = {.key = call->rest, .now = consul->now};
    bool tree = ek__consul_call_has(call, "recurse"), result = true;
    struct ek__consul_write write;

    if (!check_flags(query, exclusive))
        return;
    if (!*call->rest && !tree) {
        ek__consul_answer_text(&query->answer, 400, "Missing key name");
        return;
    }
    if (!parse_param(query, "cas", &op.index) ||
        !ek__consul_permit(consul, query, EK__CONSUL_ACL_KEY, op.key, true))
        return;
    ek__consul_write_begin(consul, &write);
    if (tree)
        ek__consul_kv_delete_tree(&consul->kv, &write, &op);
    else if (ek__consul_call_has(call, "cas"))
        result = ek__consul_kv_delete_cas(&consul->kv, &write, &op);
    else
        ek__consul_kv_delete(&consul->kv, &write, &op);
    ek__consul_tombstones_watch(consul);
    ek__consul_write_end(consul, &write);
    answer_bool(consul, query, result);
}

#define KV(m) .path = "/v1/kv/", .allow = "OPTIONS,GET,PUT,DELETE", .method = m

const struct ek__consul_endpoint ek__consul_kv_endpoints[] = {
    {KV("GET"), .reader = &reader},
    {KV("PUT"), .need = EK__CONSUL_SERVER_WRITE, .handle = put},
    {KV("DELETE"), .need = EK__CONSUL_SERVER_WRITE, .handle = delete},
    {.path = NULL},
};
