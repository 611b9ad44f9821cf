/* Fuzz target: whole requests. The first line is method and target, the rest is the body. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/consul.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sends the request twice, the second time to what the first one made. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ek_consul_config config = {.seed = 1};
    struct ek_consul *consul = ek_consul_new(&config);
    char *text = calloc(1, size + 1), *target, *body;
    struct ek_consul_request request = {.method = text};
    struct ek_consul_response response;

    if (!consul || !text)
        abort();
    memcpy(text, data, size);
    ek_consul_add_agent(consul, "n1", "00000000-0000-4000-8000-000000000001", "127.0.0.1", 0);
    body = memchr(text, '\n', size);
    request.body_size = body ? size - (size_t)(body + 1 - text) : 0;
    if (body)
        *body++ = '\0';
    target = strchr(text, ' ');
    if (target)
        *target++ = '\0';
    request.target = target ? target : "";
    request.body = body;
    for (int i = 0; i < 2; i++) {
        if (ek_consul_request(consul, &request, i) == 0)
            abort();
        while (ek_consul_response(consul, &response)) {
            if (response.status != 0 && (response.status < 200 || response.status > 599))
                abort();
        }
    }
    ek_consul_tick(consul, 1000000000000);
    while (ek_consul_response(consul, &response))
        ;
    ek_consul_free(consul);
    free(text);
    return 0;
}
