/* Numbers as text for people; none depends on the locale. */
#ifndef EK_REPORTS_RENDER_NUMBER_H
#define EK_REPORTS_RENDER_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

struct ek__text {
    char s[64];
};

/* Three digits and a unit: "388 ms", "9.00 ms", "11.4 s". */
struct ek__text ek__duration(int64_t ns);
/* The same without zeros at the end, for times that someone chose: "15 s", "0.5 s". */
struct ek__text ek__instant(int64_t ns);
/* "0 .. 15 s" */
struct ek__text ek__range(int64_t from_ns, int64_t to_ns);
/* "720,000" */
struct ek__text ek__count(uint64_t count);
/* "60 calls", "1 call" */
struct ek__text ek__counted(uint64_t count, const char *noun);
/* value / unit with so many decimals, rounded half up; "1,234.50". Neither is negative. */
struct ek__text ek__decimal(uint64_t value, uint64_t unit, int decimals);
/* "99.95 %"; "100 %" and "0 %" only when it is exactly that; "-" of nothing. */
struct ek__text ek__share(uint64_t part, uint64_t whole, int decimals);
/* Calls or attempts a second over a time: "91.2/s". */
struct ek__text ek__rate(uint64_t count, int64_t ns);
/* At most 20 columns of `width`, full at part == whole; never empty when part > 0. */
struct ek__text ek__bar(uint64_t part, uint64_t whole, int width, bool unicode);

#endif
