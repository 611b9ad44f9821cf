/* Transactions: first tried on copies of the tables, then made if no operation failed. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/decode.h"
#include "fake-consul/api/read.h"
#include "fake-consul/api/route.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/endpoint/txn.h"

enum {
    OPS_MAX = 64,
    BODY_MAX = 512 * 1024
};

static const struct ek__consul_field op_fields[] = {
    {"KV", NULL, EK__CONSUL_FIELD_OBJECT, offsetof(struct ek__consul_txn_op, kv)},
    {"Node", NULL, EK__CONSUL_FIELD_OBJECT, offsetof(struct ek__consul_txn_op, node)},
    {"Service", NULL, EK__CONSUL_FIELD_OBJECT, offsetof(struct ek__consul_txn_op, service)},
    {"Check", NULL, EK__CONSUL_FIELD_OBJECT, offsetof(struct ek__consul_txn_op, check)},
    {.name = NULL},
};

static const struct ek__consul_go_type op_types[] = {
    {"KV", "api.KVTxnOp", NULL},
    {"Node", "api.NodeTxnOp", NULL},
    {"Service", "api.ServiceTxnOp", NULL},
    {"Check", "api.CheckTxnOp", NULL},
    {.member = NULL},
};
static const struct ek__consul_shape op_shape = {
    .fields = op_fields, .types = op_types, .type = "api.TxnOp", .owner = "TxnOp", .path = ""};

static bool parse_failed(struct ek__consul_query *query, struct ek__consul_text *error)
{
    ek__consul_answer_text2(&query->answer, 400,
                            "Failed to parse body: ", error->data ? error->data : "");
    return false;
}

/* The operations of the body. False after a refusal. */
static bool decode(struct ek__consul_query *query, const json_t *json,
                   struct ek__consul_txn_op *ops, size_t *count)
{
    struct ek__consul_text error = {0};
    bool good = true;

    if (!json_is_array(json) && !json_is_null(json)) {
        ek__consul_decode_refuse(json, "api.TxnOps", &error);
        good = parse_failed(query, &error);
    } else if (json_array_size(json) > OPS_MAX) {
        ek__consul_text_u64(&error, json_array_size(json));
        ek__consul_text_add(&error, " > 64)");
        ek__consul_answer_text2(&query->answer, 413, "Transaction contains too many operations (",
                                error.data);
        good = false;
    }
    *count = 0;
    for (size_t i = 0; good && i < json_array_size(json); i++) {
        struct ek__consul_txn_op *op = &ops[*count];

        if (!ek__consul_decode_as(json_array_get(json, i), &op_shape, op, &error) ||
            !ek__consul_txn_decode(op, &error))
            good = parse_failed(query, &error);
        /* What says nothing is passed over. */
        *count += good && (op->kv || op->node || op->service || op->check);
    }
    ek__consul_text_deinit(&error);
    return good;
}

static void add_error(struct ek__consul_text *errors, size_t number, const char *what)
{
    ek__consul_text_next(errors);
    ek__consul_text_add(errors, "{\"OpIndex\":");
    ek__consul_text_u64(errors, number);
    ek__consul_text_member(errors, "What", what);
    ek__consul_text_char(errors, '}');
}

/* Looks at all operations before any is tried. True without errors. */
static bool check(const struct ek_consul *consul, const struct ek__consul_query *query,
                  struct ek__consul_txn_op *ops, size_t count, struct ek__consul_text *errors)
{
    const struct ek__consul_token *token = NULL;

    ek__consul_call_token(consul, query->call, &token);
    ek__consul_text_char(errors, '[');
    for (size_t i = 0; i < count; i++) {
        struct ek__consul_text error = {0};

        ek__consul_txn_check(consul, token, &ops[i], &error);
        if (error.size > 0)
            add_error(errors, i, error.data);
        ek__consul_text_deinit(&error);
    }
    ek__consul_text_char(errors, ']');
    return errors->size == 2;
}

/* Runs all operations on `tables`; collects results and errors as JSON. True without errors. */
static bool run(struct ek_consul *consul, struct ek__consul_tables *tables,
                struct ek__consul_txn_op *ops, size_t count, struct ek__consul_text *results,
                struct ek__consul_text *errors)
{
    ek__consul_text_deinit(results);
    ek__consul_text_deinit(errors);
    ek__consul_text_char(results, '[');
    ek__consul_text_char(errors, '[');
    for (size_t i = 0; i < count; i++) {
        struct ek__consul_text error = {0};

        ek__consul_txn_apply(consul, tables, &ops[i], results, &error);
        if (error.size > 0)
            add_error(errors, i, error.data);
        ek__consul_text_deinit(&error);
    }
    ek__consul_text_char(results, ']');
    ek__consul_text_char(errors, ']');
    return errors->size == 2;
}

static void answer(struct ek_consul *consul, struct ek__consul_query *query, bool good,
                   bool read_only, const char *results, const char *errors)
{
    bool new = consul->version == EK_CONSUL_1_10;
    struct ek__consul_text json = {0};

    ek__consul_text_add(&json, "{\"Results\":");
    ek__consul_text_add(&json, good ? results : "null");
    ek__consul_text_add(&json, ",\"Errors\":");
    ek__consul_text_add(&json, good ? "null" : errors);
    if (read_only) {
        ek__consul_text_add(&json, new ? ",\"Index\":1,\"LastContact\":0,\"KnownLeader\":true,"
                                         "\"ConsistencyLevel\":\"\",\"NotModified\":false,"
                                         "\"Backend\":0"
                                       : ",\"Index\":0,\"LastContact\":0,\"KnownLeader\":true,"
                                         "\"ConsistencyLevel\":\"\"");
        query->answer.has_leader = query->answer.knows_leader = true;
    }
    ek__consul_text_char(&json, '}');
    ek__consul_answer_json_take(&query->answer, good ? 200 : 409, &json,
                                ek__consul_is_pretty(consul, query->call));
    query->answer.type_first = true;
}

/* Copies of the tables that the operations are about. */
static void copy_tables(struct ek_consul *consul, const struct ek__consul_txn_op *ops, size_t count,
                        struct ek__consul_kv *kv, struct ek__consul_catalog *catalog)
{
    bool has_catalog = false;

    for (size_t i = 0; i < count; i++)
        has_catalog |= !ops[i].kv;
    ek__consul_kv_copy(kv, &consul->kv);
    if (has_catalog)
        ek__consul_catalog_copy(catalog, &consul->catalog);
    else
        ek__consul_catalog_init(catalog);
}

static bool writes(const struct ek__consul_txn_op *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ek__consul_txn_writes(&ops[i]))
            return true;
    }
    return false;
}

static void execute(struct ek_consul *consul, struct ek__consul_query *query,
                    struct ek__consul_txn_op *ops, size_t count)
{
    struct ek__consul_text results = {0}, errors = {0};
    struct ek__consul_catalog catalog;
    struct ek__consul_kv kv;
    struct ek__consul_write write, scratch = {0};
    struct ek__consul_tables trial = {.kv = &kv, .catalog = &catalog, .write = &scratch};
    struct ek__consul_tables real = {
        .kv = &consul->kv, .catalog = &consul->catalog, .write = &write, .is_real = true};
    bool read_only = !writes(ops, count), good;

    good = check(consul, query, ops, count, &errors);
    if (read_only || !good) {
        real.write = &scratch;
        good = good && run(consul, &real, ops, count, &results, &errors);
        answer(consul, query, good, read_only, results.data, errors.data);
        goto out;
    }
    copy_tables(consul, ops, count, &kv, &catalog);
    ek__consul_write_begin(consul, &write);
    scratch.index = write.index;
    good = run(consul, &trial, ops, count, &results, &errors);
    if (good) {
        run(consul, &real, ops, count, &results, &errors);
        ek__consul_tombstones_watch(consul);
    }
    answer(consul, query, good, false, results.data, errors.data);
    ek__consul_write_end(consul, &write);
    ek__consul_kv_deinit(&kv);
    ek__consul_catalog_deinit(&catalog);
out:
    ek__consul_write_deinit(&scratch);
    ek__consul_text_deinit(&results);
    ek__consul_text_deinit(&errors);
}

static void txn(struct ek_consul *consul, struct ek__consul_query *query)
{
    struct ek__consul_txn_op *ops = NULL;
    struct ek__consul_text error = {0};
    const struct ek__consul_token *token;
    size_t count = 0;
    json_t *json = NULL;

    if (query->call->body_size > BODY_MAX) {
        ek__consul_answer_text(&query->answer, 413,
                               "Request body too large, max size: 524288 bytes");
        return;
    }
    if (!ek__consul_call_token(consul, query->call, &token)) {
        ek__consul_refuse(consul, query, 403, "", "ACL not found");
        return;
    }
    json = ek__consul_decode_body(query->call->body, query->call->body_size, &error);
    if (!json) {
        parse_failed(query, &error);
    } else {
        ops = ek__consul_alloc(OPS_MAX * sizeof *ops);
        if (decode(query, json, ops, &count) &&
            (writes(ops, count) || ek__consul_params_check(consul, query)) &&
            ek__consul_check_datacenter(consul, query, ""))
            execute(consul, query, ops, count);
        for (size_t i = 0; i < OPS_MAX; i++)
            ek__consul_txn_op_deinit(&ops[i]);
        free(ops);
    }
    ek__consul_text_deinit(&error);
    json_decref(json);
}

const struct ek__consul_endpoint ek__consul_txn_endpoints[] = {
    {.path = "/v1/txn",
     .allow = "OPTIONS,PUT",
     .need = EK__CONSUL_SERVER_WRITE,
     .decodes_first = true,
     .handle = txn},
    {.path = NULL},
};
