/* Real time, and the machine's time made of it. */
#include "fake-consul/http/server.h"

#include <time.h>

int64_t ek__http_real_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * EK__HTTP_SECOND + now.tv_nsec;
}

int64_t ek_consul_http_now(const struct ek_consul_http *http)
{
    int64_t elapsed = ek__http_real_now() - http->opened;

    return (int64_t)((double)elapsed * http->config.speed);
}

int64_t ek__http_until(const struct ek_consul_http *http, int64_t at)
{
    int64_t left, now = ek_consul_http_now(http);

    if (at <= now)
        return 0;
    if (at == INT64_MAX)
        return INT64_MAX;
    left = (int64_t)((double)(at - now) / http->config.speed);
    return left + 1; /* never early */
}
