/* Columns of numbers as short text that a browser unpacks by itself. */
#ifndef EK_REPORTS_HTML_PACK_H
#define EK_REPORTS_HTML_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Columns of equal length. Each is kept as it is or as differences, whichever is smaller; then the
 * lowest bytes of all numbers come first, then the next ones: zlib finds more to do that way. */
struct ek__pack {
    size_t rows, columns, capacity;
    int32_t *values;      /* column after column */
    uint8_t *differences; /* per column: 1 when it holds differences */
    bool failed;          /* without memory */
};

void ek__pack_init(struct ek__pack *pack, size_t rows);
void ek__pack_deinit(struct ek__pack *pack);

/* A new column to be filled at once; NULL without memory. */
int32_t *ek__pack_column(struct ek__pack *pack);
/* The last column is filled. */
void ek__pack_close(struct ek__pack *pack);

/* {"rows":..,"differences":"0101..","bytes":"base64 of zlib"}. False without memory. */
bool ek__pack_write(struct ek__pack *pack, FILE *out);

/* `bytes` through zlib, as base64 in quotes. False without memory. */
bool ek__pack_bytes(const uint8_t *bytes, size_t size, FILE *out);

/* A number held to what fits. */
int32_t ek__pack_number(int64_t value);

#endif
