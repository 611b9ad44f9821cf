/* Which instances an answer about a service lists, in which order. */
#ifndef EK_FAKE_CONSUL_API_ROWS_H
#define EK_FAKE_CONSUL_API_ROWS_H

#include "fake-consul/api/read.h"

struct ek__consul_rows {
    struct ek__consul_instance **items;
    size_t count;
};

/* The caller frees `items`. */
struct ek__consul_rows ek__consul_rows_of(struct ek_consul *consul,
                                          const struct ek__consul_catalog *catalog,
                                          const struct ek__consul_read *read);

/* Puts them into an order drawn anew. */
void ek__consul_rows_shuffle(struct ek_consul *consul, struct ek__consul_rows *rows);

/* Whether the node has all of the read's node-meta. */
bool ek__consul_node_matches(const struct ek__consul_node *node,
                             const struct ek__consul_read *read);

/* Whether the one who asks may see the node. */
bool ek__consul_node_is_visible(const struct ek_consul *consul, const struct ek__consul_node *node,
                                const struct ek__consul_read *read);

/* How far from the node that the read is to be `near` of; rows are sorted by it. */
int ek__consul_node_distance(const struct ek_consul *consul, const struct ek__consul_node *node,
                             const struct ek__consul_read *read);

#endif
