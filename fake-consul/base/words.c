#include "fake-consul/base/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake-consul/base/memory.h"

void ek__consul_list_add(struct ek__consul_list *list, const char *item)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 4;
        list->items = ek__consul_resize(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->count++] = ek__consul_copy(item);
    list->exists = true;
}

void ek__consul_list_copy(struct ek__consul_list *to, const struct ek__consul_list *from)
{
    *to = (struct ek__consul_list){.exists = from->exists};
    for (size_t i = 0; i < from->count; i++)
        ek__consul_list_add(to, from->items[i]);
}

bool ek__consul_list_equal(const struct ek__consul_list *a, const struct ek__consul_list *b)
{
    if (a->count != b->count || a->exists != b->exists)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    }
    return true;
}

bool ek__consul_list_holds(const struct ek__consul_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcasecmp(list->items[i], item) == 0)
            return true;
    }
    return false;
}

void ek__consul_list_deinit(struct ek__consul_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct ek__consul_list){0};
}

void ek__consul_text_list_or_null(struct ek__consul_text *text, const struct ek__consul_list *list)
{
    if (list->exists)
        ek__consul_text_list(text, list);
    else
        ek__consul_text_add(text, "null");
}

void ek__consul_text_list(struct ek__consul_text *text, const struct ek__consul_list *list)
{
    ek__consul_text_char(text, '[');
    for (size_t i = 0; i < list->count; i++) {
        ek__consul_text_next(text);
        ek__consul_text_string(text, list->items[i]);
    }
    ek__consul_text_char(text, ']');
}

static size_t place_of(const struct ek__consul_map *map, const char *key)
{
    size_t place = 0;

    while (place < map->count && strcmp(map->items[place].key, key) < 0)
        place++;
    return place;
}

void ek__consul_map_set(struct ek__consul_map *map, const char *key, const char *value)
{
    size_t place = place_of(map, key);

    map->exists = true;
    if (place < map->count && strcmp(map->items[place].key, key) == 0) {
        free(map->items[place].value);
        map->items[place].value = ek__consul_copy(value);
        return;
    }
    if (map->count == map->capacity) {
        map->capacity = map->capacity ? map->capacity * 2 : 4;
        map->items = ek__consul_resize(map->items, map->capacity * sizeof *map->items);
    }
    memmove(map->items + place + 1, map->items + place, (map->count - place) * sizeof *map->items);
    map->items[place].key = ek__consul_copy(key);
    map->items[place].value = ek__consul_copy(value);
    map->count++;
}

const char *ek__consul_map_get(const struct ek__consul_map *map, const char *key)
{
    size_t place = place_of(map, key);

    return place < map->count && strcmp(map->items[place].key, key) == 0 ? map->items[place].value
                                                                         : NULL;
}

void ek__consul_map_copy(struct ek__consul_map *to, const struct ek__consul_map *from)
{
    *to = (struct ek__consul_map){.exists = from->exists};
    for (size_t i = 0; i < from->count; i++)
        ek__consul_map_set(to, from->items[i].key, from->items[i].value);
}

bool ek__consul_map_equal(const struct ek__consul_map *a, const struct ek__consul_map *b)
{
    if (a->count != b->count || a->exists != b->exists)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i].key, b->items[i].key) != 0 ||
            strcmp(a->items[i].value, b->items[i].value) != 0)
            return false;
    }
    return true;
}

void ek__consul_map_deinit(struct ek__consul_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        free(map->items[i].key);
        free(map->items[i].value);
    }
    free(map->items);
    *map = (struct ek__consul_map){0};
}

void ek__consul_text_map(struct ek__consul_text *text, const struct ek__consul_map *map,
                         const char *missing)
{
    if (!map->exists) {
        ek__consul_text_add(text, missing);
        return;
    }
    ek__consul_text_char(text, '{');
    for (size_t i = 0; i < map->count; i++)
        ek__consul_text_member(text, map->items[i].key, map->items[i].value);
    ek__consul_text_char(text, '}');
}
