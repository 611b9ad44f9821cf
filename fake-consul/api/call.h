/* One HTTP request, taken apart. */
#ifndef EK_FAKE_CONSUL_API_CALL_H
#define EK_FAKE_CONSUL_API_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ek_consul;
struct ek_consul_request;
struct ek__consul_token;

struct ek__consul_param {
    char *name, *value;
};

struct ek__consul_call {
    char *method;
    char *path;       /* percent-decoded */
    char *query;      /* as sent */
    const char *rest; /* what follows the prefix of the route in `path` */
    struct ek__consul_param *params;
    size_t param_count;
    char *cache_control, *accept; /* "" without that header */
    char *token;                  /* the secret that was sent; "" without */
    char *body;                   /* NUL-terminated */
    size_t body_size;
    bool bad_path, control_path, bad_query;
};

/* Returns new. */
struct ek__consul_call *ek__consul_call_new(const struct ek_consul_request *request);
void ek__consul_call_free(struct ek__consul_call *call);

/* The first value of a query parameter; NULL without one. Returns borrowed. */
const char *ek__consul_call_param(const struct ek__consul_call *call, const char *name);
bool ek__consul_call_has(const struct ek__consul_call *call, const char *name);

/* Who asks; `*out` is NULL where ACLs are off. False for a secret that no token has. */
bool ek__consul_call_token(const struct ek_consul *consul, const struct ek__consul_call *call,
                           const struct ek__consul_token **out);

#endif
