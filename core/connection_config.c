/* Reading "connection": how connections are made and kept. */
#include "core/guard_config.h"

#define AT(type, field) .offset = offsetof(struct type, field)

const struct ek_option ek__connection_options[] = {
    {.name = "initialBackoff",
     .type = EK_OPTION_DURATION,
     AT(ek_connection_config, initial_backoff_ns),
     .fallback = "\"1s\"",
     .min = 1,
     .text = "Time between the starts of the first two attempts to connect."},
    {.name = "maxBackoff",
     .type = EK_OPTION_DURATION,
     AT(ek_connection_config, backoff_max_ns),
     .fallback = "\"120s\"",
     .min = 1,
     .text = "Longest time between two attempts, before the jitter."},
    {.name = "multiplier",
     .type = EK_OPTION_DECIMAL,
     AT(ek_connection_config, multiplier),
     .fallback = "1.6",
     .min = 1000,
     .text = "Growth of that time from one attempt to the next."},
    {.name = "jitter",
     .type = EK_OPTION_SHARE,
     AT(ek_connection_config, jitter_ppm),
     .fallback = "\"20%\"",
     .max = 1000000,
     .text = "How far that time is moved at random, in either direction."},
    {.name = "connectTimeout",
     .type = EK_OPTION_DURATION,
     AT(ek_connection_config, connect_timeout_ns),
     .fallback = "\"20s\"",
     .min = 1,
     .text = "Shortest time an attempt to connect is given."},
    {.name = "onDemand",
     .type = EK_OPTION_BOOL,
     AT(ek_connection_config, on_demand),
     .fallback = "false",
     .text =
         "Whether to connect only when a call needs it, as a plain HTTP client does: any listed "
         "endpoint may be picked, and a refused connection is a failed attempt."},
    {.name = "reconnect",
     .type = EK_OPTION_BOOL,
     AT(ek_connection_config, reconnect),
     .fallback = "true",
     .text = "Whether a lost connection is dialled again; false: never, as Go's net/rpc client."},
    {.name = "attemptDelay",
     .type = EK_OPTION_DURATION,
     AT(ek_connection_config, attempt_delay_ns),
     .fallback = "\"250ms\"",
     .text = "pick_first: time after which the next address is tried while the last has not "
             "answered; 100ms to 2s, other values are taken as these, and 0s: only once it has "
             "failed."},
    {.name = "idleTimeout",
     .type = EK_OPTION_DURATION,
     AT(ek_connection_config, idle_timeout_ns),
     .text = "Time without calls after which connections, resolver and policy are torn down, until "
             "the next call; at least 1s. Absent: never. gRPC's default is 30m."},
    {0},
};
