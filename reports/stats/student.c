#include "reports/stats/student.h"

#include "evenkeel/err.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

enum {
    DF_MAX = 1000000 /* beyond, more degrees change nothing that is printed */
};

/* B(df / 2, 1 / 2), from B(1/2, 1/2) = pi and B(1, 1/2) = 2 by B(a + 1, b) = B(a, b) a / (a + b).
 */
static double beta_half(uint64_t df)
{
    uint64_t first = df % 2 == 1 ? 1 : 2;
    double beta = first == 1 ? pi : 2;

    for (uint64_t d = first; d < df; d += 2)
        beta *= (double)d / (double)(d + 1);
    return beta;
}

/* x^(n / 2) */
static double half_power(double x, uint64_t n)
{
    double power = n % 2 == 1 ? sqrt(x) : 1;

    for (n /= 2; n > 0; n /= 2, x *= x)
        if (n % 2 == 1)
            power *= x;
    return power;
}

/* The continued fraction of the incomplete beta function, by Lentz's method.
 * Source: DLMF 8.17.22; it converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1), f;

    d = 1 / (fabs(d) < tiny ? tiny : d);
    f = d;
    for (int m = 1; m <= 10000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double step;

        d = 1 + even * d;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = 1 + even / c;
        c = fabs(c) < tiny ? tiny : c;
        f *= c * d;
        d = 1 + odd * d;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = 1 + odd / c;
        c = fabs(c) < tiny ? tiny : c;
        step = c * d;
        f *= step;
        if (fabs(step - 1) < 1e-16)
            break;
    }
    return f;
}

/* P(T > t) for t >= 0: half of I_x(df / 2, 1 / 2), x = df / (df + t^2). */
static double upper_tail(double t, uint64_t df, double beta)
{
    double a = 0.5 * (double)df, b = 0.5, x = (double)df / ((double)df + t * t);
    double rest = t * t / ((double)df + t * t); /* 1 - x without cancelling */
    double front = half_power(x, df) * sqrt(rest) / beta;

    if (x < (a + 1) / (a + b + 2))
        return 0.5 * front * beta_fraction(a, b, x) / a;
    return 0.5 - 0.5 * front * beta_fraction(b, a, rest) / b;
}

double ek_student_cdf(double t, uint64_t df)
{
    double tail;

    EK_ASSERT(df >= 1);
    df = df > DF_MAX ? DF_MAX : df;
    tail = upper_tail(fabs(t), df, beta_half(df));
    return t >= 0 ? 1 - tail : tail;
}

double ek_student_quantile(double p, uint64_t df)
{
    double tail = p < 0.5 ? p : 1 - p, low = 0, high = 1, beta;

    EK_ASSERT(p > 0 && p < 1 && df >= 1);
    df = df > DF_MAX ? DF_MAX : df;
    beta = beta_half(df);
    while (upper_tail(high, df, beta) > tail)
        high *= 2;
    for (int i = 0; i < 100 && high - low > 1e-15 * high; i++) {
        double middle = low + (high - low) / 2;

        if (upper_tail(middle, df, beta) > tail)
            low = middle;
        else
            high = middle;
    }
    return p < 0.5 ? -high : high;
}
