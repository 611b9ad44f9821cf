/* The endpoints that the channel's fuzzer lists: eight hosts, each in any of 256 variants. */
#ifndef EK_TESTS_CORE_FUZZ_FLEET_H
#define EK_TESTS_CORE_FUZZ_FLEET_H

#include "evenkeel/resolver.h"

#include <string.h>

enum {
    FLEET_SIZE = 8
};

static char fleet_names[FLEET_SIZE][12] = {"10.0.0.1:1", "[::1]:1", "c:1", "d:1",
                                           "10.0.0.2:1", "[::2]:1", "g:1", "h:1"};

/* Bits 0 and 1 of a variant: the weight. 2 and 3: the priority. 4 and 5: the labels. 6 and 7: the
 * locality. */
static const uint32_t fleet_weights[] = {1, 3, 200, UINT32_MAX};
static const uint32_t fleet_priorities[] = {0, 1, 2, 15};
static const char *const fleet_localities[] = {NULL, "z1", "r/z2", "z3"};
static const char fleet_blue[] = "tag\0blue";
static const char fleet_canary[] = "tag\0canary";
static const char fleet_zoned[] = "tag\0canary\0zone\0z";
static const struct {
    const char *text;
    uint32_t size;
} fleet_labels[] = {
    {NULL, 0},
    {fleet_blue, sizeof fleet_blue},
    {fleet_canary, sizeof fleet_canary},
    {fleet_zoned, sizeof fleet_zoned},
};

static inline struct ek_address fleet_address(uint8_t host, uint8_t variant)
{
    return (struct ek_address){
        .text = fleet_names[host % FLEET_SIZE],
        .weight = fleet_weights[variant & 3],
        .priority = fleet_priorities[variant >> 2 & 3],
        .labels = fleet_labels[variant >> 4 & 3].text,
        .labels_size = fleet_labels[variant >> 4 & 3].size,
        .locality = fleet_localities[variant >> 6],
        .health = (variant & 0x12) == 0x12 ? EK_HEALTH_WARNING : EK_HEALTH_PASSING,
    };
}

/* A resolver whose answers are pairs of bytes: a host, its variant. */
struct fleet {
    struct ek_address addresses[FLEET_SIZE];
    size_t count;
    bool is_asked, has_list, has_error;
};

static inline enum ek_err fleet_init(void *self, struct ek_rng rng, ek_time now)
{
    (void)self, (void)rng, (void)now;
    return EK_OK;
}

static inline void fleet_answer(void *self, const struct ek_http_answer *answer, ek_time now)
{
    struct fleet *fleet = self;

    (void)now;
    fleet->is_asked = false;
    fleet->has_error = answer->status != 200;
    fleet->has_list = answer->status == 200;
    if (fleet->has_list)
        fleet->count = 0;
    for (size_t i = 0; fleet->has_list && i + 1 < answer->body_size; i += 2)
        fleet->addresses[fleet->count++] =
            fleet_address((uint8_t)answer->body[i], (uint8_t)answer->body[i + 1]);
}

static inline struct ek_resolve fleet_output(void *self, ek_time now)
{
    struct fleet *fleet = self;

    (void)now;
    if (fleet->has_list) {
        fleet->has_list = false;
        return (struct ek_resolve){
            .kind = EK_RESOLVE_LIST, .addresses = fleet->addresses, .address_count = fleet->count};
    }
    if (fleet->has_error) {
        fleet->has_error = false;
        return (struct ek_resolve){.kind = EK_RESOLVE_ERROR, .text = "no such host"};
    }
    if (fleet->is_asked)
        return (struct ek_resolve){.kind = EK_RESOLVE_NONE};
    fleet->is_asked = true;
    return (struct ek_resolve){.kind = EK_RESOLVE_GET, .target = "/", .timeout_ns = EK_S};
}

static inline void fleet_hint(void *self, ek_time now)
{
    (void)self, (void)now;
}

static inline ek_time fleet_deadline(const void *self)
{
    (void)self;
    return EK_TIME_NEVER;
}

static inline void fleet_deinit(void *self)
{
    (void)self;
}

static const struct ek_resolver_ops fleet_ops = {
    .name = "fleet",
    .text = "What the fuzzer says.",
    .self_size = sizeof(struct fleet),
    .init = fleet_init,
    .answer = fleet_answer,
    .hint = fleet_hint,
    .tick = fleet_hint,
    .output = fleet_output,
    .deadline = fleet_deadline,
    .deinit = fleet_deinit,
};

#endif
