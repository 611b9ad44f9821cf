/* gRPC's static stride scheduler: a weighted round robin that is a pure function of a counter. */
#ifndef EVENKEEL_CORE_LB_STRIDE_H
#define EVENKEEL_CORE_LB_STRIDE_H

#include <stdint.h>

enum {
    EK__STRIDE_WEIGHT_MAX = 65535
};

/* Which implementation's limits on weights. */
enum ek__stride_dialect {
    EK__STRIDE_GO,
    EK__STRIDE_CORE,
    EK__STRIDE_JAVA
};

/* counter = generation * count + index, kept as its parts: a pick then needs no division. */
struct ek__stride {
    const uint16_t *weights; /* keeps */
    uint32_t count;          /* 0: all are equal, or as good as unknown: plain round robin */
    uint32_t counter, index, generation;
};

/* Scales `weights`, 0 where unknown, to `out` so that the largest is EK__STRIDE_WEIGHT_MAX. False
 * where the dialect takes plain round robin instead. */
_Bool ek__stride_scale(enum ek__stride_dialect dialect, const double *weights, uint32_t count,
                       uint16_t *out);

/* Sets the counter; `count` of weights >= 1. */
void ek__stride_seek(struct ek__stride *stride, const uint16_t *weights, uint32_t count,
                     uint32_t counter);

/* Reads the counter, then adds one, until the place read is due: each generation visits every place
 * once and takes it with a chance of weight / 65535. A heaviest one is always taken. */
static inline uint32_t ek__stride_next(struct ek__stride *stride)
{
    for (;;) {
        uint32_t index = stride->index, weight = stride->weights[index];
        uint64_t sum = (uint64_t)weight * stride->generation + (uint64_t)index * 32767;

        /* Modulo 65535: 65536 leaves 1, so the 16-bit digits are summed. */
        sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32 & 0xffff) + (sum >> 48);
        sum = (sum & 0xffff) + (sum >> 16);
        sum = sum >= EK__STRIDE_WEIGHT_MAX ? sum - EK__STRIDE_WEIGHT_MAX : sum;
        stride->counter++;
        stride->index++;
        if (stride->index == stride->count) {
            stride->index = 0;
            stride->generation++;
        }
        if (stride->counter == 0) /* 32 bits, as gRPC's */
            stride->index = stride->generation = 0;
        if (sum >= EK__STRIDE_WEIGHT_MAX - weight)
            return index;
    }
}

#endif
