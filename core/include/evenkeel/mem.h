/* Where memory comes from. */
#ifndef EVENKEEL_MEM_H
#define EVENKEEL_MEM_H

#include <stddef.h>

/* `resize` behaves like realloc; size 0 frees and returns NULL. */
struct ek_mem {
    void *(*resize)(void *context, void *block, size_t size);
    void *context;
};

/* libc's allocator. */
extern const struct ek_mem ek_mem_libc;

/* Zeroed memory for `count` items of `size` bytes; NULL without memory or on overflow. */
void *ek_mem_zeroed(const struct ek_mem *mem, size_t count, size_t size);

/* Grows `*block` from `*capacity` items to at least `wanted`, by doubling, zeroing what is new.
 * False without memory; then nothing changed. */
_Bool ek_mem_grow(const struct ek_mem *mem, void **block, size_t *capacity, size_t wanted,
                  size_t size);

void ek_mem_free(const struct ek_mem *mem, void *block);

#endif
