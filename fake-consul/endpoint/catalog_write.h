/* What a registration with the catalog describes. */
#ifndef EK_FAKE_CONSUL_ENDPOINT_CATALOG_WRITE_H
#define EK_FAKE_CONSUL_ENDPOINT_CATALOG_WRITE_H

#include <jansson.h>

#include "fake-consul/endpoint/catalog_check.h"
#include "fake-consul/state.h"

enum ek__consul_origin ek__consul_origin_of(const struct ek_consul *consul);

/* Fills `out`, to be released with ek__consul_service_deinit. False with Go's words in `error`. */
bool ek__consul_catalog_service_convert(const json_t *object, enum ek__consul_origin origin,
                                        struct ek__consul_service *out,
                                        struct ek__consul_text *error);

/* Writes what the body of a /v1/catalog/register says. False with the reason in `error`. */
bool ek__consul_catalog_register(struct ek_consul *consul, const json_t *object,
                                 struct ek__consul_text *error);

/* The agent that runs the node, or UINT32_MAX. */
uint32_t ek__consul_agent_of_node(const struct ek_consul *consul, const char *node);

#endif
