/* What lets a client through to a server. */
#include "sim/world.h"

/* It was asked for, the process is as it is, and nothing is in the way any more: the latest of
 * these three did it. */
uint64_t ek__why_through(const struct ek__world *world, uint32_t c, uint32_t s, uint64_t asked)
{
    uint64_t mended, last = asked;

    if (s == EK__NIL)
        return asked;
    mended = ek__fault_mended(world, c, s);
    last = mended > last ? mended : last;
    return world->servers[s].since > last ? world->servers[s].since : last;
}
