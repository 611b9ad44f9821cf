/* MT19937, which Envoy draws the order of an overflowing key from. */
#ifndef EVENKEEL_CORE_LB_MERSENNE_H
#define EVENKEEL_CORE_LB_MERSENNE_H

#include <stdint.h>

enum {
    EK__MERSENNE_SIZE = 624
};

struct ek__mersenne {
    uint32_t x[EK__MERSENNE_SIZE];
    uint32_t at;
};

void ek__mersenne_init(struct ek__mersenne *mt, uint32_t seed);
uint32_t ek__mersenne_next(struct ek__mersenne *mt);

#endif
