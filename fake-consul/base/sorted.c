#include "fake-consul/base/sorted.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"

static const char *key_of(const struct ek__consul_sorted *set, size_t i)
{
    const char *item = set->items[i];
    char *key;

    memcpy(&key, item + set->key_offset, sizeof key);
    return key;
}

size_t ek__consul_sorted_place(const struct ek__consul_sorted *set, const char *key)
{
    size_t low = 0, high = set->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(key_of(set, middle), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void *ek__consul_sorted_find(const struct ek__consul_sorted *set, const char *key)
{
    size_t place = ek__consul_sorted_place(set, key);

    return place < set->count && strcmp(key_of(set, place), key) == 0 ? set->items[place] : NULL;
}

void ek__consul_sorted_add(struct ek__consul_sorted *set, void *item)
{
    const char *bytes = item;
    char *key;
    size_t place;

    memcpy(&key, bytes + set->key_offset, sizeof key);
    place = ek__consul_sorted_place(set, key);
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? set->capacity * 2 : 8;
        set->items = ek__consul_resize(set->items, set->capacity * sizeof *set->items);
    }
    memmove(set->items + place + 1, set->items + place, (set->count - place) * sizeof *set->items);
    set->items[place] = item;
    set->count++;
}

void ek__consul_sorted_remove(struct ek__consul_sorted *set, const char *key)
{
    size_t place = ek__consul_sorted_place(set, key);

    if (place == set->count || strcmp(key_of(set, place), key) != 0)
        return;
    set->count--;
    memmove(set->items + place, set->items + place + 1, (set->count - place) * sizeof *set->items);
}

void ek__consul_sorted_deinit(struct ek__consul_sorted *set)
{
    free(set->items);
    set->items = NULL;
    set->count = set->capacity = 0;
}
