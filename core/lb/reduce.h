/* Division by a number that stays the same, without dividing. */
#ifndef EVENKEEL_CORE_LB_REDUCE_H
#define EVENKEEL_CORE_LB_REDUCE_H

#include <stdint.h>

/* The upper 64 bits of a 64x64-bit product. */
static inline uint64_t ek__product_high(uint64_t a, uint64_t b)
{
#if defined(__SIZEOF_INT128__)
    __extension__ typedef unsigned __int128 wide;

    return (uint64_t)((wide)a * b >> 64);
#else
    uint64_t a0 = a & UINT32_MAX, a1 = a >> 32, b0 = b & UINT32_MAX, b1 = b >> 32;
    uint64_t low = a0 * b0, mid = a1 * b0 + (low >> 32), other = a0 * b1 + (mid & UINT32_MAX);

    return a1 * b1 + (mid >> 32) + (other >> 32);
#endif
}

/* x modulo n, given inverse = UINT64_MAX / n. The quotient is right or one too small. */
static inline uint64_t ek__modulo(uint64_t x, uint64_t n, uint64_t inverse)
{
    uint64_t rest = x - ek__product_high(x, inverse) * n;

    return rest >= n ? rest - n : rest;
}

#endif
