/* Numbers as people read them in a narrow column. */
#ifndef EK_REPORTS_TUI_FORMAT_H
#define EK_REPORTS_TUI_FORMAT_H

#include <stddef.h>
#include <stdint.h>

enum {
    EK_FORMAT_MAX = 32 /* room that is always enough */
};

/* All return `out`. */

/* An instant in seconds: "41.230". */
const char *ek__format_at(int64_t at_ns, char out[EK_FORMAT_MAX]);

/* The same with as many digits as it needs to be exact: "41.230000017". */
const char *ek__format_exact(int64_t at_ns, char out[EK_FORMAT_MAX]);

/* An instant that is most often a whole number of seconds: "40 s", "1.250 s". */
const char *ek__format_edge(int64_t at_ns, char out[EK_FORMAT_MAX]);

/* A length of time in at most 7 columns: "0", "38 us", "28 ms", "1.25 s", "41.2 s", "-" if < 0. */
const char *ek__format_duration(int64_t ns, char out[EK_FORMAT_MAX]);

/* "5,998". */
const char *ek__format_count(uint64_t value, char out[EK_FORMAT_MAX]);

/* In at most 5 columns: "5998", "12.3k", "4.1M". */
const char *ek__format_short(uint64_t value, char out[EK_FORMAT_MAX]);

/* What a policy holds about an endpoint; nanoseconds read as a time. */
const char *ek__format_score(int64_t score, const char *unit, char out[EK_FORMAT_MAX]);

/* `part` of `whole` in at most 7 columns: "2.3 %", "0 %", "100 %"; "-" of nothing. */
const char *ek__format_percent(uint64_t part, uint64_t whole, char out[EK_FORMAT_MAX]);

#endif
