/* A ring of hashed points and their owners, with a direct index. */
#ifndef EVENKEEL_CORE_LB_RING_H
#define EVENKEEL_CORE_LB_RING_H

#include "evenkeel/err.h"
#include "evenkeel/lb.h"

#include <stdint.h>

/* Side by side, as a search that has found the hash wants the owner. */
struct ek__ring_point {
    uint64_t hash;
    uint32_t owner; /* a place */
};

/* `index[v]` is the first point whose upper bits are at least v: there are at least as many values
 * as points, so from there to the first point not below a hash are a few steps. */
struct ek__ring {
    struct ek__ring_point *points; /* ascending, and a last one that is never below any hash */
    uint32_t *index;
    struct ek__ring_point *made; /* while building */
    uint64_t *arcs;              /* by place: what of all hashes falls to it, in 2^-63 */
    char *text;                  /* while building */
    size_t point_capacity, index_capacity, made_capacity, arc_capacity, text_capacity;
    uint32_t size; /* points; 0: not built */
    unsigned shift;
};

/* How a ring is filled. */
struct ek__ring_plan {
    const uint32_t *order; /* the places as they get their points */
    const char *prefix;    /* of each address */
    uint64_t flip;         /* what the hashes are changed by: the sign bit sorts as Java does */
    int64_t min_size, max_size;
};

/* gRPC's and Envoy's rule (A42): the smallest share gets a whole number of points, and as many that
 * there are about min_size; at most about max_size in all. The i-th point of an address is
 * XXH64(address "_" i). */
EK_MUST_USE enum ek_err ek__ring_build(struct ek__ring *ring, const struct ek_mem *mem,
                                       const struct ek_candidate *c, uint32_t count,
                                       const struct ek__ring_plan *plan);
void ek__ring_deinit(struct ek__ring *ring, const struct ek_mem *mem);

/* The first point at or above `hash`, or point 0. */
static inline uint32_t ek__ring_find(const struct ek__ring *ring, uint64_t hash)
{
    uint32_t point = ring->index[hash >> ring->shift];

    while (ring->points[point].hash < hash)
        point++;
    return point < ring->size ? point : 0;
}

#endif
