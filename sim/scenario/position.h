/* Where in a JSON text a value stands, by its JSON Pointer. */
#ifndef EK_SIM_POSITION_H
#define EK_SIM_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ek_position {
    size_t offset; /* of the first byte */
    int line;      /* from 1 */
    int column;    /* from 1, in code points */
    size_t length; /* bytes of the key or scalar; 1 for an object or list */
};

/* One value: its place and that of its key; nodes stand in document order. */
struct ek_position_node {
    uint32_t key, value; /* offsets; key is UINT32_MAX for what has none */
    uint32_t after;      /* the index behind the last node inside this one */
};

/* The values of one text, which it keeps. */
struct ek_position_index {
    const char *text;
    size_t size;
    struct ek_position_node *nodes;
    size_t count, capacity;
};

/* Indexes a text that jansson has accepted, of less than 4 GiB. False without memory. Deinit
 * whatever the result. */
bool ek_position_index_init(struct ek_position_index *index, const char *text, size_t size);
void ek_position_index_deinit(struct ek_position_index *index);

/* Finds the value at `pointer`, or the key in front of it. When it does not exist, `out` is its
 * nearest ancestor and the result is false. */
bool ek_position_find(const struct ek_position_index *index, const char *pointer, bool of_key,
                      struct ek_position *out);

/* Writes the lines of the first `max` items of the list at `pointer`; a value that is no list
 * counts as a list of itself. Returns how many were written. */
size_t ek_position_item_lines(const struct ek_position_index *index, const char *pointer,
                              int *lines, size_t max);

/* Line and column of a byte; `length` is 1. */
struct ek_position ek_position_at(const char *text, size_t size, size_t offset);

#endif
