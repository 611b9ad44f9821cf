#include "fake-consul/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory, size_t size)
{
    if (!memory) {
        fprintf(stderr, "fake-consul: no memory for %zu bytes\n", size);
        abort();
    }
    return memory;
}

void *ek__consul_alloc(size_t size)
{
    return checked(calloc(1, size ? size : 1), size);
}

void *ek__consul_resize(void *memory, size_t size)
{
    return checked(realloc(memory, size ? size : 1), size);
}

char *ek__consul_copy_n(const char *text, size_t size)
{
    char *copy = ek__consul_alloc(size + 1);

    if (size > 0)
        memcpy(copy, text, size);
    return copy;
}

char *ek__consul_copy(const char *text)
{
    return ek__consul_copy_n(text ? text : "", text ? strlen(text) : 0);
}

char *ek__consul_lower(const char *text)
{
    char *copy = ek__consul_copy(text);

    for (char *p = copy; *p; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    }
    return copy;
}
