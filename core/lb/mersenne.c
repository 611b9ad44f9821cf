/* MT19937 (Matsumoto and Nishimura 1998), one word at a time. */
#include "core/lb/mersenne.h"

void ek__mersenne_init(struct ek__mersenne *mt, uint32_t seed)
{
    mt->x[0] = seed;
    for (uint32_t i = 1; i < EK__MERSENNE_SIZE; i++)
        mt->x[i] = UINT32_C(1812433253) * (mt->x[i - 1] ^ mt->x[i - 1] >> 30) + i;
    mt->at = 0;
}

uint32_t ek__mersenne_next(struct ek__mersenne *mt)
{
    uint32_t at = mt->at, next = (at + 1) % EK__MERSENNE_SIZE;
    uint32_t far = (at + 397) % EK__MERSENNE_SIZE;
    uint32_t y = (mt->x[at] & UINT32_C(0x80000000)) | (mt->x[next] & UINT32_C(0x7fffffff));

    y = mt->x[far] ^ y >> 1 ^ (y & 1 ? UINT32_C(0x9908b0df) : 0);
    mt->x[at] = y;
    mt->at = next;
    y ^= y >> 11;
    y ^= y << 7 & UINT32_C(0x9d2c5680);
    y ^= y << 15 & UINT32_C(0xefc60000);
    return y ^ y >> 18;
}
