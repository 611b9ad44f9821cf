/* libc's allocator, and growth of arrays. */
#include "evenkeel/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *libc_resize(void *context, void *block, size_t size)
{
    (void)context;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

const struct ek_mem ek_mem_libc = {libc_resize, NULL};

void *ek_mem_zeroed(const struct ek_mem *mem, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    /* One byte for nothing, so that NULL always means "no memory". */
    size_t bytes = count * size > 0 ? count * size : 1;
    void *block = mem->resize(mem->context, NULL, bytes);
    if (block != NULL)
        memset(block, 0, bytes);
    return block;
}

_Bool ek_mem_grow(const struct ek_mem *mem, void **block, size_t *capacity, size_t wanted,
                  size_t size)
{
    size_t had = *capacity;
    if (wanted <= had)
        return 1;
    if (wanted > SIZE_MAX / 2 / size)
        return 0;

    size_t get = had > 4 ? had : 4;
    while (get < wanted)
        get *= 2;
    char *grown = mem->resize(mem->context, *block, get * size);
    if (grown == NULL)
        return 0;
    memset(grown + had * size, 0, (get - had) * size);
    *block = grown;
    *capacity = get;
    return 1;
}

void ek_mem_free(const struct ek_mem *mem, void *block)
{
    if (block != NULL)
        mem->resize(mem->context, block, 0);
}
