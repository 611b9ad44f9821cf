/* The operations of a transaction. */
#ifndef EK_FAKE_CONSUL_ENDPOINT_TXN_H
#define EK_FAKE_CONSUL_ENDPOINT_TXN_H

#include <jansson.h>

#include "fake-consul/state.h"

/* What a transaction works on: the real tables or copies of them. */
struct ek__consul_tables {
    struct ek__consul_kv *kv;
    struct ek__consul_catalog *catalog;
    struct ek__consul_write *write;
    bool is_real;
};

/* One of the four is set; what it says is decoded into the rest. */
struct ek__consul_txn_op {
    json_t *kv, *node, *service, *check; /* borrowed from the body */
    const char *verb, *key, *session;
    struct ek__consul_text value;
    uint64_t flags, index;
    const char *host; /* name of the node */
    const char *id;   /* of the service or check */
    json_t *object;   /* the node, service or check; NULL without */
};

/* False with Go's words in `error`. Either way to be released. */
bool ek__consul_txn_decode(struct ek__consul_txn_op *op, struct ek__consul_text *error);
void ek__consul_txn_op_deinit(struct ek__consul_txn_op *op);
bool ek__consul_txn_writes(const struct ek__consul_txn_op *op);

/* What the servers look at before any operation is tried; why not goes to `error`. */
void ek__consul_txn_check(const struct ek_consul *consul, const struct ek__consul_token *token,
                          struct ek__consul_txn_op *op, struct ek__consul_text *error);

/* Adds what the operation gives to the array `results`, or why it failed to `error`. */
void ek__consul_txn_apply(struct ek_consul *consul, struct ek__consul_tables *tables,
                          struct ek__consul_txn_op *op, struct ek__consul_text *results,
                          struct ek__consul_text *error);

#endif
