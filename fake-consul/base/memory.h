/* Memory that is zeroed and never NULL: without memory the process ends with a message. */
#ifndef EK_FAKE_CONSUL_BASE_MEMORY_H
#define EK_FAKE_CONSUL_BASE_MEMORY_H

#include <stddef.h>

void *ek__consul_alloc(size_t size);
void *ek__consul_resize(void *memory, size_t size);

/* Returns new; NULL stands for "". */
char *ek__consul_copy(const char *text);
char *ek__consul_copy_n(const char *text, size_t size);

/* Returns new: `text` with A-Z lowered, the key under which the catalog finds a name. */
char *ek__consul_lower(const char *text);

#endif
