/* Reading prepared queries and executing them. */
#ifndef EK_FAKE_CONSUL_ENDPOINT_PREPARED_H
#define EK_FAKE_CONSUL_ENDPOINT_PREPARED_H

#include "fake-consul/api/read.h"

extern const struct ek__consul_reader ek__consul_prepared_list_reader, ek__consul_prepared_reader;

/* The row of an instance as health/service shows it. */
/* The same with null for tags that were not given. */
void ek__consul_health_row_raw(const struct ek_consul *consul,
                               const struct ek__consul_instance *instance,
                               struct ek__consul_text *json);
void ek__consul_health_row(const struct ek_consul *consul, struct ek__consul_instance *instance,
                           struct ek__consul_text *json);

#endif
