/* Fuzz target: paths of keys. What is put under one is got from it, and gone when deleted. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/consul.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int ask(struct ek_consul *consul, const char *method, const char *target, const char *body,
               char *out)
{
    struct ek_consul_request request = {
        .method = method, .target = target, .body = body, .body_size = body ? strlen(body) : 0};
    struct ek_consul_response response;

    if (ek_consul_request(consul, &request, 0) == 0 || !ek_consul_response(consul, &response))
        abort();
    snprintf(out, 16, "%s", response.body);
    return response.status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ek_consul_config config = {.seed = 1};
    struct ek_consul *consul = ek_consul_new(&config);
    char *target = calloc(1, size + 16), out[16];

    if (!consul || !target)
        abort();
    memcpy(target, "/v1/kv/", 7);
    memcpy(target + 7, data, size);
    target[7 + strcspn(target + 7, "?")] = '\0'; /* the path alone */
    ek_consul_add_agent(consul, "n1", NULL, "127.0.0.1", 0);
    if (ask(consul, "PUT", target, "value", out) == 200) {
        char *end = target + strlen(target);

        memcpy(end, "?raw", 5);
        if (ask(consul, "GET", target, NULL, out) != 200 || strcmp(out, "value") != 0)
            abort();
        *end = '\0';
        if (ask(consul, "DELETE", target, NULL, out) != 200 ||
            ask(consul, "GET", target, NULL, out) != 404)
            abort();
    }
    ek_consul_free(consul);
    free(target);
    return 0;
}
