#include "reports/graph/graph_read.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Even ids are names, odd ones are objects without any. */
struct names {
    char **items;
    size_t count, capacity;
    IDTYPE anonymous;
};

static void *names_open(Agraph_t *graph, Agdisc_t *disc)
{
    struct names *names = calloc(1, sizeof *names);
    (void)graph;
    (void)disc;
    if (names != NULL)
        names->anonymous = 1;
    return names;
}

static long add(struct names *names, const char *text, IDTYPE *id)
{
    if (names->count == names->capacity) {
        size_t capacity = names->capacity == 0 ? 64 : 2 * names->capacity;
        char **items = realloc(names->items, capacity * sizeof *items);
        if (items == NULL)
            return 0;
        names->items = items;
        names->capacity = capacity;
    }
    char *copy = strdup(text);
    if (copy == NULL)
        return 0;
    names->items[names->count++] = copy;
    *id = 2 * (IDTYPE)names->count;
    return 1;
}

static long names_map(void *state, int type, char *text, IDTYPE *id, int is_new)
{
    struct names *names = state;
    (void)type;
    if (text == NULL) {
        *id = names->anonymous;
        names->anonymous += 2;
        return 1;
    }
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], text) == 0) {
            *id = 2 * ((IDTYPE)i + 1);
            return 1;
        }
    return is_new ? add(names, text, id) : 0;
}

static long names_take(void *state, int type, IDTYPE id)
{
    (void)state;
    (void)type;
    (void)id;
    return 0; /* nobody asks for a number of their own */
}

static void names_drop(void *state, int type, IDTYPE id)
{
    (void)state; /* a name keeps its number to the end */
    (void)type;
    (void)id;
}

static char *names_print(void *state, int type, IDTYPE id)
{
    struct names *names = state;
    (void)type;
    return id % 2 == 0 && id / 2 >= 1 && id / 2 <= names->count ? names->items[id / 2 - 1] : NULL;
}

static void names_close(void *state)
{
    struct names *names = state;
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    free(names);
}

static void names_register(void *state, int type, void *object)
{
    (void)state;
    (void)type;
    (void)object;
}

Agraph_t *ek__graph_read(const char *dot)
{
    static const Agiddisc_t ids = {names_open,  names_map,   names_take,    names_drop,
                                   names_print, names_close, names_register};
    /* cgraph keeps the pointer, and only ever reads what it points to. */
    Agdisc_t disc = {&AgMemDisc, (Agiddisc_t *)(uintptr_t)&ids, &AgIoDisc};
    FILE *file = tmpfile();
    Agraph_t *graph = NULL;
    if (file == NULL)
        return NULL;
    if (fputs(dot, file) >= 0 && fseek(file, 0, SEEK_SET) == 0)
        graph = agread(file, &disc);
    fclose(file);
    return graph;
}
