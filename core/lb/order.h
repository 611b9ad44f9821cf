/* Sorting places, in place and without memory. */
#ifndef EVENKEEL_CORE_LB_ORDER_H
#define EVENKEEL_CORE_LB_ORDER_H

#include "evenkeel/lb.h"

#include <stdint.h>

/* Writes 0 .. count-1 to `order`, ascending by address; equal ones as listed. */
void ek__order_by_address(const struct ek_candidate *c, uint32_t count, uint32_t *order);

/* The same by `keys`. */
void ek__order_by_key(const uint64_t *keys, uint32_t count, uint32_t *order);

#endif
