#include "sim/sample.h"

#include "evenkeel/real.h"
#include "evenkeel/rng.h"
#include "sim/exponential_table.h"

/* Uniform in (0, 1): the middle of one of 2^53 equal cells. */
static double uniform(uint64_t bits)
{
    return ((double)(bits >> 11) + 0.5) * 0x1p-53;
}

/* The standard normal quantile, relative error below 1e-15.
 * Source: Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988). */
static double normal_quantile(double p)
{
    static const double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                               1.9715909503065514427e+3, 1.3731693765509461125e+4,
                               4.5921953931549871457e+4, 6.7265770927008700853e+4,
                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[] = {1.0,
                               4.2313330701600911252e+1,
                               6.8718700749205790830e+2,
                               5.3941960214247511077e+3,
                               2.1213794301586595867e+4,
                               3.9307895800092710610e+4,
                               2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    double q = p - 0.5, top = 0, bottom = 0, r, offset = 0;
    const double *over = a, *under = b;

    if (q >= -0.425 && q <= 0.425) {
        r = 0.180625 - q * q;
    } else {
        r = ek_exp(0.5 * ek_log(-ek_log(q < 0 ? p : 1 - p)));
        over = r <= 5 ? c : e;
        under = r <= 5 ? d : f;
        offset = r <= 5 ? 1.6 : 5;
        r -= offset;
    }
    for (int i = 7; i >= 0; i--) {
        top = top * r + over[i];
        bottom = bottom * r + under[i];
    }
    if (over == a)
        return q * top / bottom;
    return q < 0 ? -top / bottom : top / bottom;
}

static const double normal_p99 = 2.3263478740408408; /* normal_quantile(0.99) */

/* The sigma of a lognormal with this mean and p99: ln(p99 / mean) = z sigma - sigma^2 / 2; the
 * smaller root, which has the ordinary shape. Without one (p99 too far out) sigma = z. */
static double lognormal_sigma(double ratio)
{
    double rest = normal_p99 * normal_p99 - 2 * ek_log(ratio);

    return rest <= 0 ? normal_p99 : normal_p99 - ek_exp(0.5 * ek_log(rest));
}

/* Two exponentials with probabilities p and 1 - p and rates 2 p and 2 (1 - p) over the mean, so
 * that each brings half of the work: the cv decides p = (1 + sqrt((cv^2 - 1) / (cv^2 + 1))) / 2. */
static void hyperexponential_make(struct ek_sampler *sampler, double mean_ns, double cv)
{
    double square = cv * cv, ratio = (square - 1) / (square + 1);

    sampler->share = 0.5 + (ratio <= 0 ? 0 : 0.5 * ek_exp(0.5 * ek_log(ratio)));
    sampler->location = 2 * sampler->share / mean_ns;
    sampler->scale = 2 * (1 - sampler->share) / mean_ns;
}

/* The time that is exceeded with probability u: the root of p e^(-a t) + q e^(-b t) = u. The left
 * side falls and is convex, so Newton's steps from below never pass the root; they begin where the
 * larger term alone is u, so a few are enough. */
static double hyperexponential(const struct ek_sampler *sampler, double u)
{
    double p = sampler->share, q = 1 - p, a = sampler->location, b = sampler->scale;
    double first = ek_log(p / u) / a, second = q > 0 ? ek_log(q / u) / b : 0;
    double t = first > second ? first : second;

    t = t < 0 ? 0 : t;
    for (int i = 0; i < 64; i++) {
        double x = p * ek_exp(-a * t), y = q * ek_exp(-b * t);
        double step = (x + y - u) / (a * x + b * y);

        if (!(step > 0.01)) /* of a ns */
            break;
        t += step;
    }
    return t;
}

struct ek_sampler ek_sampler_make(const struct ek_distribution *distribution)
{
    struct ek_sampler sampler = {.kind = distribution->kind};
    double p99;

    switch ((enum ek_distribution_kind)distribution->kind) {
    case EK_DISTRIBUTION_CONSTANT:
        sampler.constant_ns = distribution->constant_ns;
        break;
    case EK_DISTRIBUTION_EXPONENTIAL:
        sampler.constant_ns = distribution->exponential.mean_ns;
        break;
    case EK_DISTRIBUTION_NORMAL:
        sampler.location = (double)distribution->normal.mean_ns;
        sampler.scale = (double)distribution->normal.sd_ns;
        break;
    case EK_DISTRIBUTION_LOGNORMAL:
        p99 = (double)distribution->lognormal.p99_ns;
        if (distribution->lognormal.p50_ns > 0) {
            sampler.location = ek_log((double)distribution->lognormal.p50_ns);
            sampler.scale = (ek_log(p99) - sampler.location) / normal_p99;
        } else {
            double mean = (double)distribution->lognormal.mean_ns;

            sampler.scale = lognormal_sigma(p99 / mean);
            sampler.location = ek_log(mean) - 0.5 * sampler.scale * sampler.scale;
        }
        break;
    case EK_DISTRIBUTION_HYPEREXPONENTIAL:
        hyperexponential_make(&sampler, (double)distribution->hyperexponential.mean_ns,
                              (double)distribution->hyperexponential.cv / 1000);
        break;
    case EK_DISTRIBUTION_EMPIRICAL:
        sampler.points = distribution->empirical.items;
        sampler.point_count = distribution->empirical.count;
        break;
    }
    return sampler;
}

static int64_t to_ns(double ns)
{
    if (ns < 0)
        return 0;
    return ns > 9e18 ? INT64_C(9000000000000000000) : (int64_t)(ns + 0.5);
}

/* Linear between the two percentiles around the draw. */
static int64_t empirical(const struct ek_sampler *sampler, uint64_t bits)
{
    int64_t ppm_q11 = (int64_t)((bits >> 33) * 1000000 >> 20); /* ppm times 2^11 */
    const struct ek_percentile *low = sampler->points;
    size_t i = 1;
    int64_t span, into;

    while (i + 1 < sampler->point_count && sampler->points[i].share_ppm << 11 <= ppm_q11)
        i++;
    low = &sampler->points[i - 1];
    span = (sampler->points[i].share_ppm - low->share_ppm) << 11;
    into = ppm_q11 - (low->share_ppm << 11);
    if (span <= 0)
        return low->value_ns;
    return low->value_ns + to_ns((double)(sampler->points[i].value_ns - low->value_ns) *
                                 ((double)into / (double)span));
}

/* The draw was not under the curve for certain: it is in the tail, whose shape is that of the
 * whole, or at the edge of its layer, where a second draw decides. What is refused is drawn anew.
 */
static double beyond_edge(uint64_t bits)
{
    uint32_t i = bits % LAYERS;
    double x = (double)(bits >> 11) * layers[i].scale;

    bits = ek_mix64(bits);
    if (i == 0)
        return TAIL + ek_sample_exponential(bits);
    if (heights[i] + (heights[i + 1] - heights[i]) * uniform(bits) < ek_exp(-x))
        return x;
    return ek_sample_exponential(ek_mix64(bits));
}

double ek_sample_exponential(uint64_t bits)
{
    uint32_t i = bits % LAYERS;

    if (bits >> 11 < layers[i].inside)
        return (double)(bits >> 11) * layers[i].scale;
    return beyond_edge(bits);
}

int64_t ek_sampler_draw(const struct ek_sampler *sampler, uint64_t bits)
{
    double ns;

    switch ((enum ek_distribution_kind)sampler->kind) {
    case EK_DISTRIBUTION_CONSTANT:
        break;
    case EK_DISTRIBUTION_EXPONENTIAL:
        return to_ns(ek_sample_exponential(bits) * (double)sampler->constant_ns);
    case EK_DISTRIBUTION_NORMAL:
        ns = sampler->location + sampler->scale * normal_quantile(uniform(bits));
        return ns < 1000 ? 1000 : to_ns(ns);
    case EK_DISTRIBUTION_LOGNORMAL:
        return to_ns(ek_exp(sampler->location + sampler->scale * normal_quantile(uniform(bits))));
    case EK_DISTRIBUTION_HYPEREXPONENTIAL:
        return to_ns(hyperexponential(sampler, uniform(bits)));
    case EK_DISTRIBUTION_EMPIRICAL:
        return empirical(sampler, bits);
    }
    return sampler->constant_ns;
}
