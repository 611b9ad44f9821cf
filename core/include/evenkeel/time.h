/* Instants are a type, durations are int64_t nanoseconds. */
#ifndef EVENKEEL_TIME_H
#define EVENKEEL_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds since an origin of the driver's choice; >= 0. */
typedef struct ek_time {
    int64_t ns;
} ek_time;

#define EK_TIME_NEVER ((ek_time){INT64_MAX})

#define EK_US INT64_C(1000)
#define EK_MS INT64_C(1000000)
#define EK_S  INT64_C(1000000000)

/* Saturates at EK_TIME_NEVER; `duration_ns` >= 0. */
static inline ek_time ek_time_add(ek_time t, int64_t duration_ns)
{
    return t.ns > INT64_MAX - duration_ns ? EK_TIME_NEVER : (ek_time){t.ns + duration_ns};
}

static inline bool ek_time_before(ek_time a, ek_time b)
{
    return a.ns < b.ns;
}

static inline ek_time ek_time_min(ek_time a, ek_time b)
{
    return a.ns < b.ns ? a : b;
}

/* Nanoseconds from `from` to `to`; negative when `to` is earlier. */
static inline int64_t ek_time_since(ek_time to, ek_time from)
{
    return to.ns - from.ns;
}

#endif
