/* Memory that is given back all at once. */
#ifndef EK_REPORTS_ARENA_H
#define EK_REPORTS_ARENA_H

#include "evenkeel/err.h"

#include <stdbool.h>
#include <stddef.h>

struct ek__arena_chunk;

/* Zeroed is empty. Once an allocation fails `failed` stays set, so callers may check at the end. */
struct ek__arena {
    struct ek__arena_chunk *chunks;
    bool failed;
};

/* `count` zeroed items of `size` bytes, aligned for anything; NULL without memory. */
void *ek__arena_array(struct ek__arena *arena, size_t count, size_t size);

/* A copy of `length` bytes of `text`, terminated; "" without memory. */
const char *ek__arena_slice(struct ek__arena *arena, const char *text, size_t length);

/* A copy of `text`, of "" when it is NULL. */
const char *ek__arena_text(struct ek__arena *arena, const char *text);

/* The same, but NULL stays NULL; NULL without memory as well. */
char *ek__arena_text_or_null(struct ek__arena *arena, const char *text);

const char *ek__arena_format(struct ek__arena *arena, const char *format, ...) EK_PRINTF(2, 3);

void ek__arena_deinit(struct ek__arena *arena);

#endif
