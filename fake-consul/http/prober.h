/* HTTP, TCP and gRPC checks of registered services, taken for real through libcurl. */
#ifndef EK_FAKE_CONSUL_HTTP_PROBER_H
#define EK_FAKE_CONSUL_HTTP_PROBER_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/consul.h"

struct ek__http_prober;

/* Its sockets are polled together under one descriptor. Returns new, or NULL. */
struct ek__http_prober *ek__http_prober_new(struct ek_consul *consul, double speed);
void ek__http_prober_free(struct ek__http_prober *prober);

int ek__http_prober_fd(const struct ek__http_prober *prober);

/* Real time by which it wants a turn; INT64_MAX for none. */
int64_t ek__http_prober_deadline(const struct ek__http_prober *prober);

/* Begins a look; without memory it is answered at once. */
void ek__http_prober_look(struct ek__http_prober *prober, const struct ek_consul_probe *probe,
                          int64_t now_ns);

/* Goes on with all looks and hands over the results; `now_ns` is the machine's time. */
void ek__http_prober_turn(struct ek__http_prober *prober, int64_t now_ns);

#endif
