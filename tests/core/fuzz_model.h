/* What a driver knows of the channel that is fuzzed, and what must hold after each of its turns. */
#ifndef EK_TESTS_CORE_FUZZ_MODEL_H
#define EK_TESTS_CORE_FUZZ_MODEL_H

#include "evenkeel/channel.h"
#include "fuzz_fleet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ENDPOINTS_MAX = 4096,
    OPEN_MAX = 512
};

#define CHECK(claim) ((claim) ? (void)0 : model_failed(#claim, __FILE__, __LINE__))

void model_failed(const char *claim, const char *file, int line);

/* What calls may ask for. */
struct wish {
    struct ek_label labels[2];
    size_t count;
};

enum {
    WISH_COUNT = 4
};

extern const struct wish model_wishes[WISH_COUNT]; /* [0]: nothing */

struct attempt {
    uint64_t handle, call;
    uint32_t endpoint;
};

struct call {
    uint64_t token;
    uint8_t wish; /* index of what it asks for; 0: it asks for nothing, and may become a canary */
};

struct endpoint {
    bool is_listed, is_ejected, is_unhealthy, is_ready;
    uint8_t host;
    uint32_t in_flight;
};

struct model {
    struct ek_service_config configs[16]; /* given, in order; all live as long as the channel */
    size_t config_count;
    struct ek_service_config config; /* the last, a borrowed copy */
    struct ek_channel *channel;
    const uint8_t *data, *end;
    ek_time now;
    uint64_t query, canary_query, token;
    struct attempt attempts[OPEN_MAX];
    size_t attempt_count;
    struct call calls[OPEN_MAX];
    size_t call_count;
    uint64_t probes[OPEN_MAX];
    size_t probe_count;
    uint64_t connections[OPEN_MAX]; /* the last ones, closed or not */
    size_t connection_count;
    struct endpoint endpoints[ENDPOINTS_MAX];
    uint32_t endpoint_count;
    uint8_t variants[FLEET_SIZE]; /* of the last list */
    uint32_t attempts_max;
    bool has_hedged;       /* some config does: a call may be picked for again after it was sent */
    uint64_t traced;       /* the token whose picks are put down */
    uint32_t traced_sends; /* in this turn ... */
    uint32_t traced_to;    /* ... the last of them to here */
    uint32_t unfit_sends;  /* in this turn, to endpoints that are ejected or unhealthy */
    uint64_t panic_picks_last; /* up to the turn before */
};

/* Obeys all actions, then looks whether the books balance. */
void model_pull(struct model *m);

/* One that is under way ended, by its index or handle. */
void model_attempt_gone(struct model *m, size_t i);
void model_probe_gone(struct model *m, uint64_t probe);

#endif
