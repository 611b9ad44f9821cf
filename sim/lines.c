#define _DEFAULT_SOURCE /* madvise */
#include "sim/lines.h"

#include <stdlib.h>
#include <sys/mman.h>

void *ek__lines_alloc(size_t bytes)
{
    const size_t huge = (size_t)2 << 20;
    size_t unit = bytes >= huge ? huge : 64;
    size_t whole = (bytes + unit - 1) / unit * unit;
    void *lines = aligned_alloc(unit, whole > 0 ? whole : unit);

#ifdef MADV_HUGEPAGE
    if (lines != NULL && bytes >= huge)
        (void)madvise(lines, bytes, MADV_HUGEPAGE); /* a wish: without it only speed is lost */
#endif
    return lines;
}
