/* One table of fields describes a JSON object: it reads it, checks it, documents it.
 *
 * The tables of service configs, policies and scenarios are all of this kind; the published JSON
 * Schema and the reference are printed from the same rows. */
#ifndef EVENKEEL_OPTION_H
#define EVENKEEL_OPTION_H

#include "evenkeel/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a value is written, and what is stored at `offset`. */
enum ek_option_type {
    EK_OPTION_BOOL,     /* true; bool */
    EK_OPTION_INTEGER,  /* 42; int64_t */
    EK_OPTION_DURATION, /* "250ms", "1.5s", "2m" (ns us ms s m h); int64_t nanoseconds */
    EK_OPTION_SHARE,    /* "99.9%"; int64_t ppm */
    EK_OPTION_RATE,     /* "500/s", "90/m"; int64_t millionths of an event per second */
    EK_OPTION_DECIMAL,  /* 1.6, at most three decimals count; int64_t thousandths */
    EK_OPTION_STRING,   /* "text"; char *, the table's owner frees it with ek_option_release */
    EK_OPTION_WORD,     /* one of `words`; int, the word's index */
    EK_OPTION_OBJECT,   /* {...} after `fields`; a struct at `offset` */
    EK_OPTION_LIST,    /* [...] of `item`; struct ek_list. A lone item may stand without brackets */
    EK_OPTION_VARIANT, /* {"name": value}, exactly one row of `fields`. At `offset` is a struct that
                          begins with an int, the row's index; the value goes to the row's own
                          offset in that struct. What is not an object means row 0 */
    EK_OPTION_JSON     /* anything; json_t *, a reference owned by the struct */
};

/* `count` items of the row's item_size, on the heap. */
struct ek_list {
    void *items;
    size_t count;
};

/* One row. A table ends with a row without name. */
struct ek_option {
    const char *name;
    enum ek_option_type type;
    size_t offset;
    const char *fallback; /* the default as JSON text: "\"10s\"", "3", "true"; NULL: zero */
    bool required;
    int64_t min, max; /* limits in the stored unit; both 0: none, but numbers must be >= 0. With
                         max 0 only `min` counts. STRING: of the bytes; LIST: `min` of the items */
    const char *const *words;       /* WORD: NULL-terminated */
    const struct ek_option *fields; /* OBJECT, VARIANT, and LIST of OBJECT or VARIANT */
    enum ek_option_type item;       /* LIST: the type of each item, stored at offset 0 of it */
    size_t item_size;               /* LIST */
    size_t count_max;               /* LIST: at most so many; 0: 100,000 */
    const char *text;               /* one sentence for the reference */
};

/* Fills `*out` (zeroed by the caller) from `json` after `table`. Absent members take their
 * fallback. Every complaint is added to `errors` with a JSON Pointer that starts with `path`.
 * Unknown members are complaints with a suggestion. Whatever happens, `*out` may be released. */
void ek_option_read(const struct ek_option *table, const json_t *json, const char *path, void *out,
                    struct ek_errors *errors);

/* Frees what ek_option_read allocated inside `*object` and zeroes the pointers. */
void ek_option_release(const struct ek_option *table, void *object);

/* The row of that name, or NULL. */
const struct ek_option *ek_option_find(const struct ek_option *table, const char *name);

/* Reads one written value of a scalar type (BOOL .. DECIMAL) given as JSON; on failure `why` (at
 * least 128 bytes) says what was expected. */
bool ek_option_scalar(enum ek_option_type type, const json_t *json, int64_t *out, char *why,
                      size_t why_size);

/* The regular expression a value of DURATION, SHARE or RATE matches, for the published schema;
 * `min` and `max` are the row's. `size` at least 320. NULL for other types. Returns `out`. */
const char *ek_option_pattern(enum ek_option_type type, int64_t min, int64_t max, char *out,
                              size_t size);

/* "250 ms" from nanoseconds: at most four significant digits, for people. Returns `out`. */
const char *ek_duration_text(int64_t ns, char *out, size_t size);

/* The word of NULL-terminated `words` nearest to `given` in edit distance, or NULL if none is
 * near enough to be meant. */
const char *ek_suggest(const char *given, const char *const *words);

#endif
