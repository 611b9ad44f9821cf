/* Rows of an SQLite file that nobody vouches for. */
#include "reports/recording/replay_read.h"

#include "reports/recording/recording.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    TEXT_MAX = 4000,
    VALUE_MAX = 64 * 1024 * 1024
};

/* ---- texts ---- */

/* Bytes of the UTF-8 character at `s`; 0 when it is broken or a control character. */
static size_t character(const unsigned char *s, size_t left, bool keeps_lines)
{
    if (s[0] < 0x80) {
        bool is_line = s[0] == '\n' || s[0] == '\t' || s[0] == '\r';
        return (s[0] >= 0x20 && s[0] != 0x7f) || (keeps_lines && is_line) ? 1 : 0;
    }
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || length > left)
        return 0;
    uint32_t code = s[0] & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3f);
    }
    bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    bool is_control = code < 0xa0;
    /* Characters that turn the direction of writing can make a text look like another. */
    bool is_turn = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    bool is_bad = is_overlong || is_surrogate || is_control || is_turn || code > 0x10ffff;
    return is_bad ? 0 : length;
}

static const char *clean(struct ek__arena *arena, const unsigned char *text, size_t length,
                         bool keeps_lines)
{
    char *out = ek__arena_array(arena, length + 1, 1);
    if (out == NULL || text == NULL)
        return "";
    for (size_t i = 0; i < length;) {
        size_t bytes = character(text + i, length - i, keeps_lines);
        if (bytes == 0) {
            out[i++] = '?';
            continue;
        }
        memcpy(out + i, text + i, bytes);
        i += bytes;
    }
    return out;
}

/* ---- opening ---- */

void ek__reader_fail(struct ek__reader *r, const char *format, ...)
{
    if (r->failed)
        return;
    r->failed = true;
    char reason[256];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    if (r->arena->failed) /* what seems wrong may only be missing */
        snprintf(reason, sizeof reason, "%s", ek_err_text(EK_ENOMEM));
    for (char *c = reason; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    snprintf(r->why, r->why_size, "cannot read %s: %s", r->path, reason);
}

static void fail_sql(struct ek__reader *r)
{
    int code = sqlite3_errcode(r->db);
    if (code == SQLITE_NOTADB)
        ek__reader_fail(r, "it is not a recording");
    else if (code == SQLITE_NOMEM)
        ek__reader_fail(r, "%s", ek_err_text(EK_ENOMEM));
    else
        ek__reader_fail(r, "the recording is damaged (%s)", sqlite3_errmsg(r->db));
}

static int64_t pragma_number(struct ek__reader *r, const char *sql)
{
    int64_t value = -1;
    ek__reader_query(r, sql);
    while (ek__reader_row(r))
        value = ek__reader_integer(r, 0, -1);
    return value;
}

static void check_file(struct ek__reader *r)
{
    struct stat status;
    if (stat(r->path, &status) != 0)
        ek__reader_fail(r, "%s", strerror(errno));
    else if (!S_ISREG(status.st_mode))
        ek__reader_fail(r, "it is not a file");
    else if (status.st_size == 0)
        ek__reader_fail(r, "it is empty");
}

static void check_tables(struct ek__reader *r)
{
    /* A view in the place of a table could compute for ever. */
    int64_t views = pragma_number(
        r, "SELECT count(*) FROM sqlite_schema WHERE type <> 'table' AND name IN ('meta',"
           "'endpoint', 'client', 'fault', 'fault_endpoint', 'phase', 'phase_endpoint',"
           "'batch', 'expectation', 'event', 'interval', 'endpoint_interval', 'call', 'attempt',"
           "'policy', 'books', 'pick')");
    if (views > 0)
        ek__reader_fail(r, "the recording is damaged (a view where a table should be)");
    ek__reader_query(r, "PRAGMA quick_check(1)");
    while (ek__reader_row(r)) {
        const char *verdict = ek__reader_text(r, 0);
        if (strcmp(verdict, "ok") != 0)
            ek__reader_fail(r, "the recording is damaged (%s)", verdict);
    }
}

bool ek__reader_open(struct ek__reader *r)
{
    check_file(r);
    if (r->failed)
        return false;
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_PRIVATECACHE;
    if (sqlite3_open_v2(r->path, &r->db, flags, NULL) != SQLITE_OK) {
        ek__reader_fail(r, "%s", sqlite3_errmsg(r->db));
        return false;
    }
    (void)sqlite3_limit(r->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    if (sqlite3_exec(r->db, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;", NULL, NULL,
                     NULL) != SQLITE_OK)
        fail_sql(r);
    int64_t application = pragma_number(r, "PRAGMA application_id");
    if (!r->failed && application != EK_RECORDING_APPLICATION_ID)
        ek__reader_fail(r, "it is not a recording");
    int64_t format = pragma_number(r, "PRAGMA user_version");
    if (!r->failed && format > EK_RECORDING_FORMAT)
        ek__reader_fail(r, "its format %lld is newer than %d, which this program reads",
                        (long long)format, (int)EK_RECORDING_FORMAT);
    if (!r->failed && format < EK_RECORDING_FORMAT)
        ek__reader_fail(r,
                        "its format %lld is older than %d, which this program reads: run it again",
                        (long long)format, (int)EK_RECORDING_FORMAT);
    check_tables(r);
    return !r->failed;
}

void ek__reader_close(struct ek__reader *r)
{
    (void)sqlite3_finalize(r->statement);
    (void)sqlite3_close(r->db);
    r->statement = NULL;
    r->db = NULL;
}

/* ---- rows ---- */

void ek__reader_query(struct ek__reader *r, const char *sql)
{
    (void)sqlite3_finalize(r->statement);
    r->statement = NULL;
    if (!r->failed && sqlite3_prepare_v2(r->db, sql, -1, &r->statement, NULL) != SQLITE_OK)
        fail_sql(r);
}

bool ek__reader_row(struct ek__reader *r)
{
    if (r->failed || r->statement == NULL)
        return false;
    int rc = sqlite3_step(r->statement);
    if (rc == SQLITE_ROW)
        return true;
    if (rc != SQLITE_DONE)
        fail_sql(r);
    return false;
}

int64_t ek__reader_integer(const struct ek__reader *r, int column, int64_t otherwise)
{
    if (sqlite3_column_type(r->statement, column) == SQLITE_NULL)
        return otherwise;
    return sqlite3_column_int64(r->statement, column);
}

uint64_t ek__reader_count(const struct ek__reader *r, int column)
{
    int64_t value = sqlite3_column_int64(r->statement, column);
    return value > 0 ? (uint64_t)value : 0;
}

uint32_t ek__reader_index(const struct ek__reader *r, int column, size_t limit)
{
    int64_t value = ek__reader_integer(r, column, -1);
    return value >= 0 && (uint64_t)value < limit && value < UINT32_MAX ? (uint32_t)value
                                                                       : UINT32_MAX;
}

static const char *text_of(const struct ek__reader *r, int column, size_t max, bool keeps_lines)
{
    const unsigned char *text = sqlite3_column_text(r->statement, column);
    int bytes = sqlite3_column_bytes(r->statement, column);
    if (text == NULL || bytes <= 0)
        return "";
    size_t length = strnlen((const char *)text, (size_t)bytes);
    return clean(r->arena, text, length < max ? length : max, keeps_lines);
}

const char *ek__reader_text(const struct ek__reader *r, int column)
{
    return text_of(r, column, TEXT_MAX, false);
}

const char *ek__reader_word(const struct ek__reader *r, int column)
{
    const unsigned char *text = sqlite3_column_text(r->statement, column);
    return text != NULL ? (const char *)text : "";
}

size_t ek__reader_rows(struct ek__reader *r, const char *table, size_t limit)
{
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    int64_t rows = pragma_number(r, sql);
    if (r->failed || rows < 0)
        return 0;
    if ((uint64_t)rows > limit) {
        ek__reader_fail(r, "the recording is too large (%lld rows in %s)", (long long)rows, table);
        return 0;
    }
    return (size_t)rows;
}

const char *ek__reader_meta(struct ek__reader *r, const char *key)
{
    const char *value = "";
    ek__reader_query(r, "SELECT value FROM meta WHERE key = ?");
    if (r->statement != NULL &&
        sqlite3_bind_text(r->statement, 1, key, -1, SQLITE_STATIC) != SQLITE_OK)
        fail_sql(r);
    while (ek__reader_row(r))
        value = text_of(r, 0, VALUE_MAX, true);
    return value;
}

uint64_t ek__reader_meta_number(struct ek__reader *r, const char *key, int base)
{
    return strtoull(ek__reader_meta(r, key), NULL, base);
}
