/* The JSON of nodes, services, checks. */
#ifndef EK_FAKE_CONSUL_API_RENDER_H
#define EK_FAKE_CONSUL_API_RENDER_H

#include "fake-consul/state.h"

/* {ID, Node, Address, ...} as in health and catalog answers. */
void ek__consul_render_node(const struct ek_consul *consul, const struct ek__consul_node *node,
                            struct ek__consul_text *json);

/* {ID, Service, Tags, ...} as in health and node answers. */
void ek__consul_render_service(const struct ek_consul *consul,
                               const struct ek__consul_instance *instance,
                               struct ek__consul_text *json);

/* The same as a transaction tells it, where tags that were not given are null. */
void ek__consul_render_service_raw(const struct ek_consul *consul,
                                   const struct ek__consul_instance *instance,
                                   struct ek__consul_text *json);

/* {Node, CheckID, ...} as a transaction tells it. */
void ek__consul_render_check_raw(const struct ek_consul *consul, const char *node,
                                 const struct ek__consul_row *row, struct ek__consul_text *json);

/* {Node, CheckID, ...}; the indexes are 0 in an agent's view. */
void ek__consul_render_check(const struct ek_consul *consul, const char *node,
                             const struct ek__consul_check *check, uint64_t create_index,
                             uint64_t modify_index, struct ek__consul_text *json);

/* A member with the tagged addresses of a service. */
void ek__consul_render_tagged(const char *name, const struct ek__consul_service *service,
                              struct ek__consul_text *json);
void ek__consul_render_weights(const char *name, const struct ek__consul_service *service,
                               struct ek__consul_text *json);

#endif
