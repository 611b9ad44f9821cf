/* A small seeded random number generator, one per purpose and entity.
 *
 * xoshiro256++ seeded by splitmix64 (Blackman and Vigna, public domain algorithms). Each (seed,
 * purpose, id) has its own stream, so a draw added in one moves no other. For one seed and purpose
 * two ids never share a seed; otherwise a shared one is as likely as a 64-bit hash collision. */
#ifndef EVENKEEL_RNG_H
#define EVENKEEL_RNG_H

#include <stdint.h>

struct ek_rng {
    uint64_t s[4];
};

/* The stream of one purpose of one entity: ek_rng_derive(seed, "net", link_id). */
struct ek_rng ek_rng_derive(uint64_t seed, const char *purpose, uint64_t id);

/* A well-mixed function of its input: splitmix64's finaliser. */
static inline uint64_t ek_mix64(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Uniform over all 64-bit numbers. */
static inline uint64_t ek_rng_next(struct ek_rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t sum = s[0] + s[3];
    uint64_t result = ((sum << 23) | (sum >> 41)) + s[0];
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

/* Uniform in 0 .. n-1; n >= 1. Takes the high half of a 32x32-bit product: the bias is below
 * n / 2^32 and no draw is repeated, so each call costs exactly one number of the stream. */
static inline uint32_t ek_rng_below(struct ek_rng *rng, uint32_t n)
{
    return (uint32_t)(((ek_rng_next(rng) >> 32) * (uint64_t)n) >> 32);
}

/* `value` >= 0 moved by up to `spread_ppm` (0 .. 1,000,000) of itself in either direction: uniform
 * over the integers value - d .. value + d with d = value * spread_ppm / 1,000,000 rounded down.
 * Exact for every value; a result above INT64_MAX is INT64_MAX. Costs one number of the stream,
 * even for a spread of 0. */
int64_t ek_rng_jitter(struct ek_rng *rng, int64_t value, int64_t spread_ppm);

#endif
