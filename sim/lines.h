/* Memory in whole cache lines, and in huge pages when it is much. */
#ifndef EK_SIM_LINES_H
#define EK_SIM_LINES_H

#include <stddef.h>

/* Returns new, not cleared, for free(); NULL without memory. */
void *ek__lines_alloc(size_t bytes);

#endif
