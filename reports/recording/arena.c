/* Memory that is given back all at once. */
#include "reports/recording/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_BYTES = 64 * 1024,
    ALIGN = 16
};

struct ek__arena_chunk {
    struct ek__arena_chunk *next;
    size_t used, size;
    _Alignas(ALIGN) unsigned char bytes[];
};

static void *take(struct ek__arena *arena, size_t size, size_t align)
{
    struct ek__arena_chunk *chunk = arena->chunks;
    size_t start = chunk != NULL ? (chunk->used + align - 1) / align * align : 0;
    if (chunk == NULL || start > chunk->size || chunk->size - start < size) {
        size_t bytes = size > CHUNK_BYTES / 4 ? size : CHUNK_BYTES;
        struct ek__arena_chunk *fresh =
            bytes > SIZE_MAX - sizeof *fresh ? NULL : malloc(sizeof *fresh + bytes);
        if (fresh == NULL) {
            arena->failed = true;
            return NULL;
        }
        *fresh = (struct ek__arena_chunk){.next = chunk, .size = bytes};
        arena->chunks = fresh;
        /* A large object gets a chunk of its own behind the one that is being filled. */
        if (chunk != NULL && bytes != CHUNK_BYTES) {
            fresh->next = chunk->next;
            chunk->next = fresh;
            arena->chunks = chunk;
        }
        chunk = fresh;
        start = 0;
    }
    chunk->used = start + size;
    return chunk->bytes + start;
}

void *ek__arena_array(struct ek__arena *arena, size_t count, size_t size)
{
    if (count == 0)
        count = 1;
    if (size > SIZE_MAX / 2 / count) {
        arena->failed = true;
        return NULL;
    }
    void *array = take(arena, count * size, ALIGN);
    if (array != NULL)
        memset(array, 0, count * size);
    return array;
}

const char *ek__arena_slice(struct ek__arena *arena, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX / 2 ? take(arena, length + 1, 1) : NULL;
    if (copy == NULL)
        return "";
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

const char *ek__arena_text(struct ek__arena *arena, const char *text)
{
    return ek__arena_slice(arena, text, text != NULL ? strlen(text) : 0);
}

char *ek__arena_text_or_null(struct ek__arena *arena, const char *text)
{
    size_t size = text != NULL ? strlen(text) + 1 : 0;
    char *copy = size > 0 ? take(arena, size, 1) : NULL;
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

const char *ek__arena_format(struct ek__arena *arena, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return ek__arena_text(arena, text);
}

void ek__arena_deinit(struct ek__arena *arena)
{
    struct ek__arena_chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        struct ek__arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    *arena = (struct ek__arena){.chunks = NULL};
}
