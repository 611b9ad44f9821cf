/* exp and log from +, -, *, / and the bits of a double. */
#include "evenkeel/real.h"

#include "core/real_table.h"

#include <stdint.h>
#include <string.h>

enum {
    STEPS = 32 /* e^x = 2^k * 2^(j/STEPS) * e^r */
};

/* 2^(j/32), correctly rounded. */
static const double power_of_two[STEPS] = {
    0x1.0000000000000p+0, 0x1.059b0d3158574p+0, 0x1.0b5586cf9890fp+0, 0x1.11301d0125b51p+0,
    0x1.172b83c7d517bp+0, 0x1.1d4873168b9aap+0, 0x1.2387a6e756238p+0, 0x1.29e9df51fdee1p+0,
    0x1.306fe0a31b715p+0, 0x1.371a7373aa9cbp+0, 0x1.3dea64c123422p+0, 0x1.44e086061892dp+0,
    0x1.4bfdad5362a27p+0, 0x1.5342b569d4f82p+0, 0x1.5ab07dd485429p+0, 0x1.6247eb03a5585p+0,
    0x1.6a09e667f3bcdp+0, 0x1.71f75e8ec5f74p+0, 0x1.7a11473eb0187p+0, 0x1.82589994cce13p+0,
    0x1.8ace5422aa0dbp+0, 0x1.93737b0cdc5e5p+0, 0x1.9c49182a3f090p+0, 0x1.a5503b23e255dp+0,
    0x1.ae89f995ad3adp+0, 0x1.b7f76f2fb5e47p+0, 0x1.c199bdd85529cp+0, 0x1.cb720dcef9069p+0,
    0x1.d5818dcfba487p+0, 0x1.dfc97337b9b5fp+0, 0x1.ea4afa2a490dap+0, 0x1.f50765b6e4540p+0};

/* ln 2 in two parts. The upper ends in 22 zero bits, so its product with an exponent, or with
 * 32 times one, is exact. */
static const double ln2_high = 0x1.62e42fec00000p-1, ln2_low = 0x1.d1cf79abc9e3bp-32;

/* The bits of 0.6875. */
#define LOG_LOW_BITS UINT64_C(0x3fe6000000000000)

static double from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t to_bits(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* 2^k for a normal result: -1022 <= k <= 1023. */
static double two_to(int k)
{
    return from_bits((uint64_t)(k + 1023) << 52);
}

double ek_exp(double x)
{
    if (x > 709.0)
        return from_bits(UINT64_C(0x7ff0000000000000));
    if (x < -745.0)
        return 0.0;

    double scaled = x * 0x1.71547652b82fep+5; /* 32 / ln 2 */
    int n = (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    int j = n & (STEPS - 1), k = (n - j) / STEPS;
    double r = (x - n * (ln2_high / STEPS)) - n * (ln2_low / STEPS);

    /* Taylor: |r| <= ln 2 / 64, the next term is r^7 / 5040 < 4e-18. */
    double r2 = r * r;
    double p = r + r2 * ((0.5 + r * (1.0 / 6)) + r2 * ((1.0 / 24 + r * (1.0 / 120)) + r2 / 720));
    double y = power_of_two[j] + power_of_two[j] * p;
    /* A subnormal result is reached in two steps; only the last one rounds. */
    return k < -1000 ? y * two_to(k + 100) * two_to(-100) : y * two_to(k);
}

double ek_log(double x)
{
    uint64_t bits = to_bits(x), from_low;
    int k = 0;

    if (x < 0x1p-1022) { /* subnormal */
        bits = to_bits(x * 0x1p54);
        k = -54;
    }
    /* x = 2^k * m with m in [0.6875, 1.375): then k ln 2 and log m never nearly cancel. */
    from_low = bits - LOG_LOW_BITS;
    k += (int)((int64_t)from_low >> 52);
    bits -= from_low & UINT64_C(0xfff0000000000000);

    /* m * inverse = 1 + r, |r| < 0.0081. The upper half of m times the ten bits of the inverse is
     * exact, so r keeps its relative precision, also near 1, where log m is small. */
    unsigned i = (unsigned)(from_low >> 45) & 127;
    double inverse = log_table[i].inverse, upper = from_bits(bits & ~UINT64_C(0xffffffff));
    double r = (upper * inverse - 1.0) + (from_bits(bits) - upper) * inverse, r2 = r * r;

    /* The next term is r^9 / 9 < 2e-20. */
    double p =
        r2 * ((-0.5 + r * (1.0 / 3)) +
              r2 * ((-0.25 + r * (1.0 / 5)) + r2 * ((-1.0 / 6 + r * (1.0 / 7)) - r2 * (1.0 / 8))));
    return (k * ln2_high + log_table[i].log) + (r + (p + k * ln2_low));
}
