/* A set of pointers to structs, sorted by a string inside them. */
#ifndef EK_FAKE_CONSUL_BASE_SORTED_H
#define EK_FAKE_CONSUL_BASE_SORTED_H

#include <stddef.h>

struct ek__consul_sorted {
    void **items;
    size_t count, capacity;
    size_t key_offset; /* of the `char *` the set is sorted by */
};

/* Returns borrowed, or NULL. */
void *ek__consul_sorted_find(const struct ek__consul_sorted *set, const char *key);

/* The first place whose key is not below `key`; `count` when there is none. */
size_t ek__consul_sorted_place(const struct ek__consul_sorted *set, const char *key);

/* Keeps `item`, whose key is not in the set yet. */
void ek__consul_sorted_add(struct ek__consul_sorted *set, void *item);

/* Forgets the item with this key; an unknown key is ignored. */
void ek__consul_sorted_remove(struct ek__consul_sorted *set, const char *key);

/* Frees the set, not its items. */
void ek__consul_sorted_deinit(struct ek__consul_sorted *set);

#endif
