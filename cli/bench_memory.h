/* Memory that is counted, and what whole channels take of it. */
#ifndef EK_CLI_BENCH_MEMORY_H
#define EK_CLI_BENCH_MEMORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* For struct ek_mem; the context is a size_t, the bytes that are allocated now. */
void *ek_bench_resize(void *context, void *block, size_t size);

/* Appends one object per policy and number of endpoints to `rows`. False without memory. */
bool ek_bench_memory(json_t *rows);

void ek_bench_memory_print(const json_t *rows);

#endif
