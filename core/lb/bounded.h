/* Consistent hashing with bounded loads: nobody takes much more than its share of what is under
 * way (Mirrokni, Thorup, Zadimoghaddam), after Envoy's rule or HAProxy's. */
#ifndef EVENKEEL_CORE_LB_BOUNDED_H
#define EVENKEEL_CORE_LB_BOUNDED_H

#include "evenkeel/err.h"
#include "evenkeel/lb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ek__overflow {
    EK__OVERFLOW_SHUFFLE, /* Envoy */
    EK__OVERFLOW_WALK     /* HAProxy */
};

extern const char *const ek__overflow_words[];

struct ek__bounded {
    int64_t factor; /* percent; 0: off */
    int overflow;
    uint64_t active;  /* attempts under way of the channel */
    uint64_t *before; /* by place: the sum of the weights of those before it; at the end: of all */
    uint32_t *order;  /* the places; as they are listed between two picks */
    uint32_t *swaps;  /* while shuffling */
    size_t before_capacity, order_capacity, swap_capacity;
    uint32_t count;
};

/* Two rows for a policy's table; `at` is the offset of its struct ek__bounded. */
#define EK__BOUNDED_OPTIONS(at)                                                                    \
    {.name = "hashBalanceFactor",                                                                  \
     .type = EK_OPTION_INTEGER,                                                                    \
     .offset = (at) + offsetof(struct ek__bounded, factor),                                        \
     .fallback = "0",                                                                              \
     .max = 1000000,                                                                               \
     .text = "How far, in percent of the mean by weight, an endpoint's attempts under way may go " \
             "before a key goes elsewhere: 100 or more, useful 125 to 200; 0: no limit."},         \
    {                                                                                              \
        .name = "overflow", .type = EK_OPTION_WORD,                                                \
        .offset = (at) + offsetof(struct ek__bounded, overflow), .fallback = "\"shuffle\"",        \
        .words = ek__overflow_words,                                                               \
        .text =                                                                                    \
            "hashBalanceFactor: where a key goes whose endpoint is full. shuffle: through all "    \
            "endpoints in an order drawn from the key, as Envoy. walk: to the next one along "     \
            "the ring or table, as HAProxy."                                                       \
    }

/* Complains about a factor between 0 and 100. */
void ek__bounded_check(const struct ek__bounded *bounded, const char *path,
                       struct ek_errors *errors);

/* Nothing if the factor is 0. */
EK_MUST_USE enum ek_err ek__bounded_rebuild(struct ek__bounded *bounded, const struct ek_mem *mem,
                                            const struct ek_candidate *c, uint32_t count);
void ek__bounded_deinit(struct ek__bounded *bounded, const struct ek_mem *mem);

/* Whether the candidate can take another attempt. */
bool ek__bounded_has_room(const struct ek__bounded *bounded, const struct ek_candidate *c);

/* Envoy's way on from `owner`, an index in `c`, that is full: the first with room, or the least
 * loaded for its share. */
uint32_t ek__bounded_shuffle(struct ek__bounded *bounded, const struct ek_candidate *c,
                             uint32_t count, uint32_t owner, uint64_t hash);

#endif
