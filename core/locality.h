/* Which locality of a priority a call goes to: by weights, or the client's own as far as it can. */
#ifndef EVENKEEL_CORE_LOCALITY_H
#define EVENKEEL_CORE_LOCALITY_H

#include "evenkeel/rng.h"

#include <stdbool.h>
#include <stdint.h>

/* The endpoints of one locality. */
struct ek__zone {
    uint32_t locality; /* the channel's number of it */
    uint32_t total, excluded, healthy, degraded;
    uint32_t weight;  /* as configured; 0 .. 65,535 */
    uint64_t callers; /* clients there */

    /* weighted */
    uint32_t share; /* of this moment: weight x health, ten-thousandths; 0: never chosen */
    uint32_t picks; /* since the start, less whole periods */
    uint64_t order; /* when it was last put back: ties are first in, first out */

    uint32_t residual; /* zone-aware: room for callers from elsewhere; cumulated, 1/10,000 */
};

/* Sets the shares: weight x min(1, overprovisioning x eligible / (total - excluded)), after
 * Envoy's locality-weighted balancing. `overprovisioning` in percent. */
void ek__zones_weigh(struct ek__zone *zones, uint32_t count, uint32_t overprovisioning,
                     bool is_degraded);

/* Starts the turns as if `emulated` < 2^32 picks had been made. Returns false if no zone has a
 * share. */
bool ek__zones_start(struct ek__zone *zones, uint32_t count, uint64_t emulated);

/* Picks the zone whose next pick is due first (earliest deadline first, exact). */
uint32_t ek__zones_turn(struct ek__zone *zones, uint32_t count, uint64_t *order);

/* Envoy's zone-aware routing. */
struct ek__zone_plan {
    bool is_on;
    uint32_t own;         /* index of the client's zone; `count` if it has no endpoint */
    uint32_t local_share; /* 1/10,000 of the calls that stay there; 10,000: all, without a draw */
};

/* The clients, those in localities without endpoints included. */
struct ek__callers {
    uint64_t total, own;     /* own: in the client's locality */
    uint32_t locality_count; /* with at least one */
};

/* `own_locality` is the client's. Off if there are fewer than two localities here or among the
 * callers, no caller in the client's own, or fewer healthy endpoints than `size_min`. */
struct ek__zone_plan ek__zones_plan(struct ek__zone *zones, uint32_t count, uint32_t own_locality,
                                    const struct ek__callers *callers, int64_t size_min);

/* Costs one number of the stream, two if the call leaves its zone, none if it never does. */
uint32_t ek__zones_route(const struct ek__zone *zones, uint32_t count,
                         const struct ek__zone_plan *plan, struct ek_rng *rng);

#endif
