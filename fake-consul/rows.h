/* Which instances an answer about a service lists, in which order. */
#ifndef EK_FAKE_CONSUL_ROWS_H
#define EK_FAKE_CONSUL_ROWS_H

#include "fake-consul/read.h"

struct ek__consul_rows {
    struct ek__consul_instance **items;
    size_t count;
};

/* The caller frees `items`. */
struct ek__consul_rows ek__consul_rows_of(const struct ek_consul *consul,
                                          const struct ek__consul_catalog *catalog,
                                          const struct ek__consul_read *read);

/* Whether the node has all of the read's node-meta. */
bool ek__consul_node_matches(const struct ek__consul_node *node,
                             const struct ek__consul_read *read);

/* How far from the node that the read is to be `near` of; rows are sorted by it. */
int ek__consul_node_distance(const struct ek_consul *consul, const struct ek__consul_node *node,
                             const struct ek__consul_read *read);

#endif
