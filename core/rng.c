/* Seeding of random streams, and jitter. */
#include "evenkeel/rng.h"

#include "evenkeel/err.h"

/* FNV-1a: the purposes are a handful of short words, and ek_mix64 does the mixing. */
static uint64_t hash_word(const char *word)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (const char *p = word; *p != '\0'; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    return h;
}

struct ek_rng ek_rng_derive(uint64_t seed, const char *purpose, uint64_t id)
{
    uint64_t key = ek_mix64(ek_mix64(ek_mix64(seed) ^ hash_word(purpose)) ^ id);
    struct ek_rng rng;

    /* splitmix64. Its outputs are a permutation of its states, so at most one of four is zero and
     * the state xoshiro cannot leave never arises. */
    for (int i = 0; i < 4; i++) {
        rng.s[i] = ek_mix64(key);
        key += UINT64_C(0x9e3779b97f4a7c15);
    }
    return rng;
}

/* The upper 64 bits of a 64x64-bit product. */
static uint64_t product_high(uint64_t a, uint64_t b)
{
    uint64_t a0 = a & UINT32_MAX, a1 = a >> 32, b0 = b & UINT32_MAX, b1 = b >> 32;
    uint64_t low = a0 * b0, mid = a1 * b0 + (low >> 32), other = a0 * b1 + (mid & UINT32_MAX);

    return a1 * b1 + (mid >> 32) + (other >> 32);
}

int64_t ek_rng_jitter(struct ek_rng *rng, int64_t value, int64_t spread_ppm)
{
    EK_ASSERT(value >= 0 && spread_ppm >= 0 && spread_ppm <= 1000000);
    /* value * spread / 1,000,000, rounded down, without leaving 64 bits. */
    int64_t spread = value / 1000000 * spread_ppm + value % 1000000 * spread_ppm / 1000000;
    uint64_t width = 2 * (uint64_t)spread + 1;
    uint64_t sum = (uint64_t)(value - spread) + product_high(ek_rng_next(rng), width);

    return sum > INT64_MAX ? INT64_MAX : (int64_t)sum;
}
