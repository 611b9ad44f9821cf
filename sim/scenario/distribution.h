/* Service times and delays, as a scenario writes them. */
#ifndef EK_SIM_SCENARIO_DISTRIBUTION_H
#define EK_SIM_SCENARIO_DISTRIBUTION_H

#include "evenkeel/option.h"

#include <stdint.h>

enum ek_distribution_kind {
    EK_DISTRIBUTION_CONSTANT,
    EK_DISTRIBUTION_EXPONENTIAL,
    EK_DISTRIBUTION_NORMAL,          /* cut at 1 us */
    EK_DISTRIBUTION_LOGNORMAL,       /* by p99 and either mean or p50 */
    EK_DISTRIBUTION_EMPIRICAL,       /* linear between given percentiles */
    EK_DISTRIBUTION_HYPEREXPONENTIAL /* two exponentials of balanced means */
};

struct ek_percentile {
    int64_t share_ppm;
    int64_t value_ns;
};

struct ek_distribution {
    int kind;
    int64_t constant_ns;
    struct {
        int64_t mean_ns;
    } exponential;
    struct {
        int64_t mean_ns, sd_ns;
    } normal;
    struct {
        int64_t mean_ns, p50_ns, p99_ns; /* mean or p50 is 0 */
    } lognormal;
    struct ek_list empirical; /* of ek_percentile, rising, from 0 % to 100 % */
    struct {
        int64_t mean_ns;
        int64_t cv; /* standard deviation over mean, thousandths; >= 1 */
    } hyperexponential;
};

#endif
