/* How much each priority gets, in Envoy's integer arithmetic. */
#ifndef EVENKEEL_CORE_PRIORITY_H
#define EVENKEEL_CORE_PRIORITY_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers of endpoints, or sums of their weights. */
struct ek__census {
    uint64_t total;
    uint64_t excluded; /* of these: nothing is known of them yet */
    uint64_t healthy, degraded;
};

/* One priority. */
struct ek__level {
    struct ek__census count, weight;
    uint32_t healthy_load, degraded_load; /* percent; those of all levels sum up to 100 */
    bool is_panicking;                    /* health is to be ignored */
};

struct ek__priority_rule {
    uint32_t overprovisioning; /* percent; Envoy: 140 */
    int64_t panic_ppm;         /* 0: off; Envoy: 500,000 */
    bool by_weight;
};

/* Sets loads and panic from the censuses; `count` > 0.
 * Source: Envoy, load_balancing_policies/common/load_balancer_impl.cc (policies.md 1.1). */
void ek__priority_loads(struct ek__level *levels, uint32_t count,
                        const struct ek__priority_rule *rule);

/* The level and the kind of its endpoints that `ticket`, 1 .. 100, belongs to. */
uint32_t ek__priority_of(const struct ek__level *levels, uint32_t count, uint32_t ticket,
                         bool *is_degraded);

#endif
