/* Bare algorithms for the benchmark of picks: what a policy's algorithm costs without a policy. */
#ifndef EK_CLI_BENCH_BARE_H
#define EK_CLI_BENCH_BARE_H

#include "evenkeel/lb.h"

/* X(NAME, text) */
#define EK_BARE_LIST(X)                            \
    X(NOTHING, "nothing: the first")               \
    X(COUNTER, "a counter modulo n")               \
    X(DRAW, "a draw, multiplied")                  \
    X(ALIAS, "alias table")                        \
    X(TWO, "two draws, two loads")                 \
    X(TWO_EXP, "two draws, two decays by exp")     \
    X(SCAN, "the least of an array, ties drawn")   \
    X(EDF, "winner tree of 64-bit deadlines")      \
    X(SMOOTH, "smooth weighted round robin")       \
    X(STRIDE, "static stride, two divisions")      \
    X(RING_SMALL, "ring of 4,096 points, indexed") \
    X(RING, "ring of 1,048,576 points, indexed")   \
    X(TABLE, "table of 65,537, multiplied")        \
    X(POOL, "best of a pool of 16, three probes")  \
    X(TWO_OF_TEN, "two draws of ten, two loads")   \
    X(SPLIT, "a draw, then a counter modulo n")

enum ek_bare {
#define EK_BARE_NAME(name, text) EK_BARE_##name,
    EK_BARE_LIST(EK_BARE_NAME)
#undef EK_BARE_NAME
    EK_BARE_COUNT
};

extern const char *const ek_bare_texts[EK_BARE_COUNT];

struct ek_bare_data;

/* For `count` endpoints of these weights and loads. NULL without memory. */
struct ek_bare_data *ek_bare_new(const struct ek_candidate *c, uint32_t count);
void ek_bare_free(struct ek_bare_data *data);

/* `picks` picks in a loop that the compiler sees whole. Returns the sum of the indexes. */
uint64_t ek_bare_loop(enum ek_bare bare, struct ek_bare_data *data, int picks);

/* One pick behind the call that a policy is behind: `self` is the data. */
typedef struct ek_pick ek_bare_pick(void *self, const struct ek_candidate *c, uint32_t count,
                                    const struct ek_request *req, struct ek_rng *rng, ek_time now);

ek_bare_pick *ek_bare_call(enum ek_bare bare);

#endif
