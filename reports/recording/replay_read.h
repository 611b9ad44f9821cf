/* Rows of an SQLite file that nobody vouches for. */
#ifndef EK_REPORTS_REPLAY_READ_H
#define EK_REPORTS_REPLAY_READ_H

#include "reports/recording/arena.h"

#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;

/* After the first failure nothing more is read and `why` says what was wrong. */
struct ek__reader {
    struct sqlite3 *db;
    struct sqlite3_stmt *statement;
    struct ek__arena *arena; /* of the texts */
    const char *path;
    char *why;
    size_t why_size;
    bool failed;
};

/* Opens reader->path (with path, arena, why set) and checks that it is a whole recording of a
 * format we know. Close it either way. */
bool ek__reader_open(struct ek__reader *reader);
void ek__reader_close(struct ek__reader *reader);

/* Fails the reading: "cannot read PATH: ...". */
void ek__reader_fail(struct ek__reader *reader, const char *format, ...) EK_PRINTF(2, 3);

/* The rows of a query, one after the other: while (ek__reader_row(r)) ... */
void ek__reader_query(struct ek__reader *reader, const char *sql);
bool ek__reader_row(struct ek__reader *reader);

/* Columns of the row. A NULL is `otherwise`. */
int64_t ek__reader_integer(const struct ek__reader *reader, int column, int64_t otherwise);
uint64_t ek__reader_count(const struct ek__reader *reader, int column); /* negative: 0 */
/* An index below `limit`; else UINT32_MAX. */
uint32_t ek__reader_index(const struct ek__reader *reader, int column, size_t limit);
/* In the arena, without control characters or broken UTF-8, cut at 4,000 bytes; never NULL. */
const char *ek__reader_text(const struct ek__reader *reader, int column);

/* The bytes as they are, for comparing; never NULL. Returns borrowed until the next row. */
const char *ek__reader_word(const struct ek__reader *reader, int column);

/* How many rows `table` has; fails above `limit`. */
size_t ek__reader_rows(struct ek__reader *reader, const char *table, size_t limit);

/* The value of a key of the table meta; "" without one. Line ends and tabs stay in it. */
const char *ek__reader_meta(struct ek__reader *reader, const char *key);
uint64_t ek__reader_meta_number(struct ek__reader *reader, const char *key, int base);

#endif
