/* What an agent tells about itself. */
#ifndef EK_FAKE_CONSUL_ENDPOINT_AGENT_READ_H
#define EK_FAKE_CONSUL_ENDPOINT_AGENT_READ_H

#include "fake-consul/state.h"

/* A service as an agent shows it; `hash` may be NULL. */
void ek__consul_render_local(const struct ek_consul *consul,
                             const struct ek__consul_service *service, const char *hash,
                             struct ek__consul_text *json);

void ek__consul_agent_services(struct ek_consul *consul, struct ek__consul_query *query);
void ek__consul_agent_checks(struct ek_consul *consul, struct ek__consul_query *query);
void ek__consul_agent_self(struct ek_consul *consul, struct ek__consul_query *query);
void ek__consul_agent_members(struct ek_consul *consul, struct ek__consul_query *query);
void ek__consul_agent_service_by_id(struct ek_consul *consul, struct ek__consul_query *query);

/* The local health of a service, in agent_health.c. */
void ek__consul_agent_health_by_id(struct ek_consul *consul, struct ek__consul_query *query);
void ek__consul_agent_health_by_name(struct ek_consul *consul, struct ek__consul_query *query);

#endif
