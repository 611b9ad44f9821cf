/* Services and checks as request bodies describe them. */
#ifndef EK_FAKE_CONSUL_API_BODY_H
#define EK_FAKE_CONSUL_API_BODY_H

#include <jansson.h>

#include "fake-consul/state.h"

/* A check definition of an agent registration; borrows from the JSON. */
struct ek__consul_check_body {
    const char *id, *check_id, *name, *notes, *status, *service_id;
    const char *http, *tcp, *grpc, *h2ping, *docker, *alias_service, *alias_node;
    const char *method, *body, *tls_server_name;
    json_t *args, *headers;
    int64_t interval, timeout, ttl, deregister_after;
    int64_t success_before_passing, failures_before_critical, output_max;
    bool use_tls, skip_verify;
};

/* `place` is ".Check" or ".Checks" in a service's body, NULL for a body of its own. False with
 * Go's words in `error`. */
bool ek__consul_check_body_decode(const struct ek_consul *consul, const json_t *object,
                                  const char *place, struct ek__consul_check_body *out,
                                  struct ek__consul_text *error);

/* Whether nothing of the check was given. */
bool ek__consul_check_body_is_empty(const struct ek__consul_check_body *body);

/* Why the agent refuses the check ("Invalid check: " not included), or NULL. */
const char *ek__consul_check_body_refusal(const struct ek_consul *consul,
                                          const struct ek__consul_check_body *body);

/* "ttl", "http" ... */
const char *ek__consul_check_body_type(const struct ek__consul_check_body *body);

struct ek__consul_service_body {
    const char *id, *name, *address, *kind;
    int64_t port;
    json_t *tags, *meta, *tagged, *weights, *check, *checks;
    bool enable_tag_override;
};

bool ek__consul_service_body_decode(const struct ek_consul *consul, const json_t *object,
                                    struct ek__consul_service_body *out,
                                    struct ek__consul_text *error);

/* Fills `out`, to be released with ek__consul_service_deinit. False with `error` for what does
 * not decode; `has_weights` says whether the body had them; `is_nested` that the service was the
 * member Service of the body. */
bool ek__consul_service_body_convert(const struct ek__consul_service_body *body, bool is_nested,
                                     struct ek__consul_service *out, bool *has_weights,
                                     struct ek__consul_text *error);

/* Whether the address is one that nobody can be reached at. */
bool ek__consul_address_is_any(const char *address);

/* Whether Consul would store the metadata; else why not goes to `text`. `allows_own` lets keys pass
 * that begin with "consul-". In endpoint/register.c. */
bool ek__consul_meta_check(const struct ek__consul_map *meta, bool allows_own,
                           struct ek__consul_text *text);

/* Copies an object of strings. */
void ek__consul_map_from(struct ek__consul_map *map, const json_t *object);

#endif
