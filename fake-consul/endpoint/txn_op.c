/* Each kind of operation in a transaction. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/body.h"
#include "fake-consul/api/decode.h"
#include "fake-consul/api/number.h"
#include "fake-consul/api/render.h"
#include "fake-consul/base/base64.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/endpoint/catalog_check.h"
#include "fake-consul/endpoint/catalog_write.h"
#include "fake-consul/endpoint/txn.h"

struct kv_body {
    const char *verb, *key, *value, *session;
    json_t *flags;
    int64_t index;
};

struct catalog_body {
    const char *verb, *node;
    json_t *object;
};

#define KV(member)      offsetof(struct kv_body, member)
#define CATALOG(member) offsetof(struct catalog_body, member)

static const struct ek__consul_field kv_fields[] = {
    {"Verb", NULL, EK__CONSUL_FIELD_STRING, KV(verb)},
    {"Key", NULL, EK__CONSUL_FIELD_STRING, KV(key)},
    {"Value", NULL, EK__CONSUL_FIELD_STRING, KV(value)},
    {"Flags", NULL, EK__CONSUL_FIELD_VALUE, KV(flags)},
    {"Index", NULL, EK__CONSUL_FIELD_INT, KV(index)},
    {"Session", NULL, EK__CONSUL_FIELD_STRING, KV(session)},
    {"Namespace", NULL, EK__CONSUL_FIELD_ANY, 0},
    {.name = NULL},
};
static const struct ek__consul_field node_fields[] = {
    {"Verb", NULL, EK__CONSUL_FIELD_STRING, CATALOG(verb)},
    {"Node", NULL, EK__CONSUL_FIELD_OBJECT, CATALOG(object)},
    {.name = NULL},
};
static const struct ek__consul_field service_fields[] = {
    {"Verb", NULL, EK__CONSUL_FIELD_STRING, CATALOG(verb)},
    {"Node", NULL, EK__CONSUL_FIELD_STRING, CATALOG(node)},
    {"Service", NULL, EK__CONSUL_FIELD_OBJECT, CATALOG(object)},
    {.name = NULL},
};
static const struct ek__consul_field check_fields[] = {
    {"Verb", NULL, EK__CONSUL_FIELD_STRING, CATALOG(verb)},
    {"Check", NULL, EK__CONSUL_FIELD_OBJECT, CATALOG(object)},
    {.name = NULL},
};

static const struct ek__consul_go_type kv_types[] = {
    {"Verb", "api.KVOp", NULL}, {"Value", "[]uint8", NULL}, {.member = NULL}};
static const struct ek__consul_go_type node_types[] = {
    {"Verb", "api.NodeOp", NULL}, {"Node", "api.Node", NULL}, {.member = NULL}};
static const struct ek__consul_go_type service_types[] = {
    {"Verb", "api.ServiceOp", NULL}, {"Service", "api.AgentService", NULL}, {.member = NULL}};
static const struct ek__consul_go_type check_types[] = {
    {"Verb", "api.CheckOp", NULL}, {"Check", "api.HealthCheck", NULL}, {.member = NULL}};
static const struct ek__consul_shape kv_shape = {.fields = kv_fields,
                                                 .types = kv_types,
                                                 .type = "api.KVTxnOp",
                                                 .owner = "KVTxnOp",
                                                 .path = "KV."};
static const struct ek__consul_shape node_shape = {.fields = node_fields,
                                                   .types = node_types,
                                                   .type = "api.NodeTxnOp",
                                                   .owner = "NodeTxnOp",
                                                   .path = "Node."};
static const struct ek__consul_shape service_shape = {.fields = service_fields,
                                                      .types = service_types,
                                                      .type = "api.ServiceTxnOp",
                                                      .owner = "ServiceTxnOp",
                                                      .path = "Service."};
static const struct ek__consul_shape check_shape = {.fields = check_fields,
                                                    .types = check_types,
                                                    .type = "api.CheckTxnOp",
                                                    .owner = "CheckTxnOp",
                                                    .path = "Check."};

static const char *member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static bool decode_kv(struct ek__consul_txn_op *op, struct ek__consul_text *error)
{
    struct kv_body body = {.verb = "", .key = "", .value = "", .session = ""};
    size_t bad;

    if (!ek__consul_decode_as(op->kv, &kv_shape, &body, error))
        return false;
    bad = ek__consul_base64_decode(body.value, &op->value);
    if (bad != SIZE_MAX) {
        ek__consul_text_add(error, "illegal base64 data at input byte ");
        ek__consul_text_u64(error, bad);
        return false;
    }
    op->verb = body.verb;
    op->key = body.key;
    op->session = body.session;
    op->flags = json_is_integer(body.flags) ? (uint64_t)json_integer_value(body.flags) : 0;
    op->index = (uint64_t)body.index;
    return true;
}

bool ek__consul_txn_decode(struct ek__consul_txn_op *op, struct ek__consul_text *error)
{
    struct catalog_body body = {.verb = "", .node = ""};
    json_t *index;

    op->verb = op->key = op->session = op->host = op->id = "";
    if (op->kv)
        return decode_kv(op, error);
    if (op->node      ? !ek__consul_decode_as(op->node, &node_shape, &body, error)
        : op->service ? !ek__consul_decode_as(op->service, &service_shape, &body, error)
                      : op->check && !ek__consul_decode_as(op->check, &check_shape, &body, error))
        return false;
    op->verb = body.verb;
    op->object = body.object;
    op->host = op->service ? body.node : member(body.object, "Node");
    op->id = op->service ? member(body.object, "ID") : member(body.object, "CheckID");
    index = json_object_get(body.object, "ModifyIndex");
    op->index = json_is_integer(index) ? (uint64_t)json_integer_value(index) : 0;
    return true;
}

void ek__consul_txn_op_deinit(struct ek__consul_txn_op *op)
{
    ek__consul_text_deinit(&op->value);
}

bool ek__consul_txn_writes(const struct ek__consul_txn_op *op)
{
    static const char *const writing[] = {"set", "delete", "delete-cas", "delete-tree",
                                          "cas", "lock",   "unlock"};

    if (!op->kv)
        return strcmp(op->verb, "get") != 0;
    for (size_t i = 0; i < sizeof writing / sizeof *writing; i++) {
        if (strcmp(op->verb, writing[i]) == 0)
            return true;
    }
    return false;
}

/* `before "quoted" after` */
static void fail(struct ek__consul_text *error, const char *before, const char *quoted,
                 const char *after)
{
    ek__consul_text_add(error, before);
    ek__consul_text_quoted(error, quoted);
    ek__consul_text_add(error, after);
}

/* ---- keys ---- */

static void check_index(const struct ek__consul_txn_op *op, const struct ek__consul_entry *entry,
                        struct ek__consul_text *error)
{
    if (!entry) {
        fail(error, "failed to check index, key ", op->key, " doesn't exist");
    } else if (entry->modify_index != op->index) {
        fail(error, "failed index check for key ", op->key, ", current modify index ");
        ek__consul_text_u64(error, entry->modify_index);
        ek__consul_text_add(error, " != ");
        ek__consul_text_u64(error, op->index);
    }
}

static void check_session(const struct ek__consul_txn_op *op, const struct ek__consul_entry *entry,
                          struct ek__consul_text *error)
{
    if (!entry) {
        fail(error, "failed to check session, key ", op->key, " doesn't exist");
    } else if (strcmp(entry->session, op->session) != 0) {
        fail(error, "failed session check for key ", op->key, ", current session ");
        fail(error, "", entry->session, " != ");
        ek__consul_text_quoted(error, op->session);
    }
}

/* The verbs that only look. True if it was one of them. */
static bool look(const struct ek__consul_txn_op *op, const struct ek__consul_entry *entry,
                 struct ek__consul_text *error)
{
    if (strcmp(op->verb, "get") == 0) {
        if (!entry)
            fail(error, "key ", op->key, " doesn't exist");
    } else if (strcmp(op->verb, "check-index") == 0) {
        check_index(op, entry, error);
    } else if (strcmp(op->verb, "check-session") == 0) {
        check_session(op, entry, error);
    } else if (strcmp(op->verb, "check-not-exists") == 0) {
        if (entry)
            fail(error, "key ", op->key, " exists");
    } else {
        return false;
    }
    return true;
}

static void lock(struct ek_consul *consul, struct ek__consul_tables *tables,
                 const struct ek__consul_kv_op *change, struct ek__consul_text *error)
{
    if (ek__consul_session_is_usable(consul, change->session, error) &&
        !ek__consul_kv_lock(tables->kv, tables->write, change))
        fail(error, "failed to lock key ", change->key, ", lock is already held");
}

/* The verbs that write. */
static void change(struct ek_consul *consul, struct ek__consul_tables *tables,
                   const struct ek__consul_txn_op *op, struct ek__consul_text *error)
{
    struct ek__consul_kv_op change = {.key = op->key,
                                      .value = op->value.data ? op->value.data : "",
                                      .size = op->value.size,
                                      .session = op->session,
                                      .flags = op->flags,
                                      .index = op->index,
                                      .now = consul->now};

    if (strcmp(op->verb, "set") == 0) {
        ek__consul_kv_set(tables->kv, tables->write, &change);
    } else if (strcmp(op->verb, "cas") == 0) {
        if (!ek__consul_kv_cas(tables->kv, tables->write, &change))
            fail(error, "failed to set key ", op->key, ", index is stale");
    } else if (strcmp(op->verb, "lock") == 0) {
        lock(consul, tables, &change, error);
    } else if (strcmp(op->verb, "unlock") == 0) {
        if (!ek__consul_kv_unlock(tables->kv, tables->write, &change))
            fail(error, "failed to unlock key ", op->key,
                 ", lock isn't held, or is held by another session");
    } else if (strcmp(op->verb, "delete") == 0) {
        ek__consul_kv_delete(tables->kv, tables->write, &change);
    } else if (strcmp(op->verb, "delete-cas") == 0) {
        if (!ek__consul_kv_delete_cas(tables->kv, tables->write, &change))
            fail(error, "failed to delete key ", op->key, ", index is stale");
    } else if (strcmp(op->verb, "delete-tree") == 0) {
        ek__consul_kv_delete_tree(tables->kv, tables->write, &change);
    } else {
        fail(error, "unknown KV verb ", op->verb, "");
    }
}

static void add_entry(const struct ek__consul_entry *entry, bool with_value,
                      struct ek__consul_text *results)
{
    ek__consul_text_next(results);
    ek__consul_text_add(results, "{\"KV\":");
    ek__consul_kv_render(entry, with_value, results);
    ek__consul_text_char(results, '}');
}

static void add_tree(const struct ek__consul_kv *kv, const char *prefix,
                     struct ek__consul_text *results)
{
    for (size_t i = ek__consul_kv_first(kv, prefix); i < kv->entries.count; i++) {
        const struct ek__consul_entry *entry = kv->entries.items[i];

        if (!ek__consul_has_prefix(entry->key, prefix))
            break;
        add_entry(entry, true, results);
    }
}

static void apply_kv(struct ek_consul *consul, struct ek__consul_tables *tables,
                     const struct ek__consul_txn_op *op, struct ek__consul_text *results,
                     struct ek__consul_text *error)
{
    const struct ek__consul_entry *entry = ek__consul_kv_find(tables->kv, op->key);

    if (strcmp(op->verb, "get-tree") == 0) {
        add_tree(tables->kv, op->key, results);
        return;
    }
    if (!look(op, entry, error))
        change(consul, tables, op, error);
    entry = ek__consul_kv_find(tables->kv, op->key);
    if (error->size == 0 && entry && strncmp(op->verb, "delete", 6) != 0)
        add_entry(entry, strcmp(op->verb, "get") == 0, results);
}

/* ---- nodes, services, checks ---- */

/* Whether a -cas verb may go on: the row has the index that was given. */
static bool is_fresh(const struct ek__consul_txn_op *op, bool exists, uint64_t index)
{
    if (!strstr(op->verb, "cas"))
        return true;
    return op->index == 0 && strcmp(op->verb, "cas") == 0 ? !exists : exists && index == op->index;
}

static void put_node(struct ek__consul_tables *tables, const struct ek__consul_txn_op *op)
{
    struct ek__consul_map tagged = {0}, meta = {0};

    ek__consul_map_from(&tagged, json_object_get(op->object, "TaggedAddresses"));
    ek__consul_map_from(&meta, json_object_get(op->object, "Meta"));
    ek__consul_catalog_put_node(tables->catalog, tables->write, op->host, member(op->object, "ID"),
                                member(op->object, "Address"), &tagged, &meta);
    ek__consul_map_deinit(&tagged);
    ek__consul_map_deinit(&meta);
}

static void apply_node(struct ek_consul *consul, struct ek__consul_tables *tables,
                       const struct ek__consul_txn_op *op, struct ek__consul_text *results,
                       struct ek__consul_text *error)
{
    struct ek__consul_node *node = ek__consul_catalog_node(tables->catalog, op->host);
    bool deletes = strncmp(op->verb, "delete", 6) == 0;

    if (strcmp(op->verb, "get") == 0) {
        if (!node)
            fail(error, "node ", op->host, " doesn't exist");
    } else if (!is_fresh(op, node != NULL, node ? node->modify_index : 0)) {
        fail(error, deletes ? "failed to delete node " : "failed to set node ", op->host,
             ", index is stale");
    } else if (deletes) {
        if (node)
            ek__consul_catalog_drop_node(tables->catalog, tables->write, node);
        return;
    } else if (strcmp(op->verb, "set") == 0 || strcmp(op->verb, "cas") == 0) {
        put_node(tables, op);
    } else {
        fail(error, "unknown Node verb ", op->verb, "");
    }
    node = ek__consul_catalog_node(tables->catalog, op->host);
    if (error->size > 0 || !node)
        return;
    ek__consul_text_next(results);
    ek__consul_text_add(results, "{\"Node\":");
    ek__consul_render_node(consul, node, results);
    ek__consul_text_char(results, '}');
}

/* `x "id" on node "host" ...` */
static void fail_on(struct ek__consul_text *error, const char *before,
                    const struct ek__consul_txn_op *op, const char *after)
{
    fail(error, before, op->id, " on node ");
    ek__consul_text_quoted(error, op->host);
    ek__consul_text_add(error, after);
}

static void put_service(struct ek_consul *consul, struct ek__consul_tables *tables,
                        struct ek__consul_node *node, const struct ek__consul_txn_op *op,
                        struct ek__consul_text *error)
{
    struct ek__consul_service service = {0};

    if (!node)
        ek__consul_text_add(error, "Missing node registration");
    else if (ek__consul_catalog_service_convert(op->object, ek__consul_origin_of(consul), &service,
                                                error)) {
        if (tables->is_real)
            ek__consul_store_service(consul, tables->write,
                                     ek__consul_agent_of_node(consul, node->name), node, &service);
        else
            ek__consul_catalog_put_service(tables->catalog, tables->write, node, &service);
    }
    ek__consul_service_deinit(&service);
}

static void apply_service(struct ek_consul *consul, struct ek__consul_tables *tables,
                          const struct ek__consul_txn_op *op, struct ek__consul_text *results,
                          struct ek__consul_text *error)
{
    struct ek__consul_node *node = ek__consul_catalog_node(tables->catalog, op->host);
    const struct ek__consul_instance *row = node ? ek__consul_node_instance(node, op->id) : NULL;
    bool deletes = strncmp(op->verb, "delete", 6) == 0;

    if (strcmp(op->verb, "get") == 0) {
        if (!row)
            fail_on(error, "service ", op, " doesn't exist");
    } else if (!is_fresh(op, row != NULL, row ? row->modify_index : 0)) {
        fail_on(error, deletes ? "failed to delete service " : "failed to set service ", op,
                ", index is stale");
    } else if (deletes) {
        if (row && tables->is_real)
            ek__consul_store_drop_service(
                consul, tables->write, ek__consul_agent_of_node(consul, node->name), node, op->id);
        else if (row)
            ek__consul_catalog_drop_service(tables->catalog, tables->write, node, op->id);
        return;
    } else if (strcmp(op->verb, "set") == 0 || strcmp(op->verb, "cas") == 0) {
        put_service(consul, tables, node, op, error);
    } else {
        fail(error, "unknown Service verb ", op->verb, "");
    }
    row = node ? ek__consul_node_instance(node, op->id) : NULL;
    if (error->size > 0 || !row)
        return;
    ek__consul_text_next(results);
    ek__consul_text_add(results, "{\"Service\":");
    ek__consul_render_service_raw(consul, row, results);
    ek__consul_text_char(results, '}');
}

static void put_check(struct ek_consul *consul, struct ek__consul_tables *tables,
                      struct ek__consul_node *node, const struct ek__consul_txn_op *op,
                      struct ek__consul_text *error)
{
    const struct ek__consul_instance *instance;
    struct ek__consul_check check = {0};
    bool changed;

    if (!node) {
        ek__consul_text_add(error, "Missing node registration");
        return;
    }
    if (!ek__consul_catalog_check_convert(op->object, ek__consul_origin_of(consul), "Check.",
                                          &check, error))
        return;
    instance = ek__consul_node_instance(node, check.service_id);
    if (check.service_id[0] && !instance)
        ek__consul_text_add(error, "Missing service registration");
    else if (tables->is_real)
        ek__consul_store_check(consul, tables->write, ek__consul_agent_of_node(consul, node->name),
                               node, &check);
    else
        ek__consul_catalog_put_check(tables->catalog, tables->write, node, &check, &changed);
    ek__consul_check_deinit(&check);
}

static void apply_check(struct ek_consul *consul, struct ek__consul_tables *tables,
                        const struct ek__consul_txn_op *op, struct ek__consul_text *results,
                        struct ek__consul_text *error)
{
    struct ek__consul_node *node = ek__consul_catalog_node(tables->catalog, op->host);
    const struct ek__consul_row *row = node ? ek__consul_node_check(node, op->id) : NULL;
    bool deletes = strncmp(op->verb, "delete", 6) == 0;

    if (strcmp(op->verb, "get") == 0) {
        if (!row)
            fail_on(error, "check ", op, " doesn't exist");
    } else if (!is_fresh(op, row != NULL, row ? row->modify_index : 0)) {
        fail_on(error, deletes ? "failed to delete check " : "failed to set check ", op,
                ", index is stale");
    } else if (deletes) {
        if (node)
            ek__consul_catalog_drop_check(tables->catalog, tables->write, node, op->id);
        return;
    } else if (strcmp(op->verb, "set") == 0 || strcmp(op->verb, "cas") == 0) {
        put_check(consul, tables, node, op, error);
    } else {
        fail(error, "unknown Check verb ", op->verb, "");
    }
    row = node ? ek__consul_node_check(node, op->id) : NULL;
    if (error->size > 0 || !row)
        return;
    ek__consul_text_next(results);
    ek__consul_text_add(results, "{\"Check\":");
    ek__consul_render_check_raw(consul, node->name, row, results);
    ek__consul_text_char(results, '}');
}

static void check_key(const struct ek_consul *consul, const struct ek__consul_token *token,
                      const struct ek__consul_txn_op *op, struct ek__consul_text *error)
{
    if (!op->key[0] && strcmp(op->verb, "delete-tree") != 0)
        ek__consul_text_add(error, "Must provide key");
    else if (!ek__consul_may(&consul->acl, token, EK__CONSUL_ACL_KEY, op->key,
                             ek__consul_txn_writes(op)))
        ek__consul_text_add(error, "Permission denied");
    else if (strcmp(op->verb, "lock") == 0 &&
             ek__consul_kv_is_delayed(&consul->kv, op->key, consul->now))
        fail(error, "failed to lock key ", op->key, " due to lock delay");
}

/* A node, service or check that is not just read. */
static void check_object(struct ek__consul_txn_op *op, struct ek__consul_text *error)
{
    if (op->node) {
        const char *id = member(op->object, "ID");

        if (!op->host[0])
            ek__consul_text_add(error, "Must provide node");
        else if (id[0] && !ek__consul_is_uuid(id))
            ek__consul_text_add(error, "Bad node ID: uuid string is wrong length");
    } else if (op->service) {
        const char *name = member(op->object, "Service");

        if (!op->id[0])
            op->id = name;
        if (op->id[0] && !name[0])
            ek__consul_text_add(error, "Must provide service name with ID");
        else if (ek__consul_address_is_any(member(op->object, "Address")))
            ek__consul_text_add(error, "Invalid service address");
    } else if (!op->id[0]) {
        op->id = member(op->object, "Name");
    }
}

void ek__consul_txn_check(const struct ek_consul *consul, const struct ek__consul_token *token,
                          struct ek__consul_txn_op *op, struct ek__consul_text *error)
{
    bool writes = ek__consul_txn_writes(op);

    if (op->kv) {
        check_key(consul, token, op, error);
        return;
    }
    if (writes)
        check_object(op, error);
    if (error->size == 0 &&
        !ek__consul_may(&consul->acl, token, EK__CONSUL_ACL_NODE, op->host, writes))
        ek__consul_text_add(error, "Permission denied");
}

void ek__consul_txn_apply(struct ek_consul *consul, struct ek__consul_tables *tables,
                          struct ek__consul_txn_op *op, struct ek__consul_text *results,
                          struct ek__consul_text *error)
{
    if (op->kv)
        apply_kv(consul, tables, op, results, error);
    else if (op->node)
        apply_node(consul, tables, op, results, error);
    else if (op->service)
        apply_service(consul, tables, op, results, error);
    else
        apply_check(consul, tables, op, results, error);
}
