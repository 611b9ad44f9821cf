/* One look at a target: a request of libcurl's and what it brought. */
#ifndef EK_FAKE_CONSUL_HTTP_LOOK_H
#define EK_FAKE_CONSUL_HTTP_LOOK_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fake-consul/consul.h"

enum {
    EK__HTTP_LOOK_TEXT_SIZE = 512
};

struct ek__http_look {
    struct ek__http_look *previous, *next;
    uint64_t id;
    enum ek_consul_probe_kind kind;
    CURL *easy;
    struct curl_slist *headers;
    char *target, *body, *sent;
    size_t body_size, body_max, body_room; /* of a longer one the end is kept */
    int grpc_code;                         /* -1: none came */
    char grpc_message[256];
    char error[EK__HTTP_LOOK_TEXT_SIZE];
};

/* Returns new, ready to be added to a multi handle; NULL without memory. */
struct ek__http_look *ek__http_look_new(const struct ek_consul_probe *probe, long timeout_ms);
void ek__http_look_free(struct ek__http_look *look);

/* What came of it; borrows from `look`. */
struct ek_consul_probe_result ek__http_look_result(struct ek__http_look *look, CURLcode code);

/* ---- look_grpc.c: the method Check of grpc.health.v1 ---- */

bool ek__http_look_grpc_setup(struct ek__http_look *look, bool use_tls);
struct ek_consul_probe_result ek__http_look_grpc_result(struct ek__http_look *look, CURLcode code);
/* "connect: connection refused" and the like, in Go's words. */
void ek__http_look_reason(const struct ek__http_look *look, CURLcode code, char *out, size_t size);

#endif
