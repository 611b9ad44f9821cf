/* Lists of strings, maps from string to string, as definitions hold them. */
#ifndef EK_FAKE_CONSUL_BASE_WORDS_H
#define EK_FAKE_CONSUL_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "fake-consul/base/text.h"

struct ek__consul_list {
    char **items;
    size_t count, capacity;
    bool exists; /* an empty list, unlike a missing one, is not null */
};

void ek__consul_list_add(struct ek__consul_list *list, const char *item);
void ek__consul_list_copy(struct ek__consul_list *to, const struct ek__consul_list *from);
bool ek__consul_list_equal(const struct ek__consul_list *a, const struct ek__consul_list *b);
void ek__consul_list_deinit(struct ek__consul_list *list);

/* Whether an item equals `item`, without regard to ASCII case. */
bool ek__consul_list_holds(const struct ek__consul_list *list, const char *item);

/* A JSON array. */
void ek__consul_text_list(struct ek__consul_text *text, const struct ek__consul_list *list);

/* A JSON array, or null for a list that does not exist. */
void ek__consul_text_list_or_null(struct ek__consul_text *text, const struct ek__consul_list *list);

struct ek__consul_pair {
    char *key, *value;
};

struct ek__consul_map {
    struct ek__consul_pair *items; /* sorted by key */
    size_t count, capacity;
    bool exists; /* an empty map, unlike a missing one, is not null */
};

/* Adds, or replaces the value of `key`. */
void ek__consul_map_set(struct ek__consul_map *map, const char *key, const char *value);

/* Returns borrowed, or NULL. */
const char *ek__consul_map_get(const struct ek__consul_map *map, const char *key);
void ek__consul_map_copy(struct ek__consul_map *to, const struct ek__consul_map *from);
bool ek__consul_map_equal(const struct ek__consul_map *a, const struct ek__consul_map *b);
void ek__consul_map_deinit(struct ek__consul_map *map);

/* A JSON object; `missing` is written for a map that does not exist. */
void ek__consul_text_map(struct ek__consul_text *text, const struct ek__consul_map *map,
                         const char *missing);

#endif
