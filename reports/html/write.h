/* Text on its way into HTML, SVG and JSON; the only way for text from outside. */
#ifndef EK_REPORTS_HTML_WRITE_H
#define EK_REPORTS_HTML_WRITE_H

#include <stdint.h>
#include <stdio.h>

/* Writes `form`; each $ in it is the next argument, a const char *, escaped for elements and
 * quoted attributes alike. Control characters other than line ends and tabs become U+FFFD. */
void ek__html(FILE *out, const char *form, ...);

/* A string of JSON with its quotes, safe inside a script element as well. */
void ek__html_json_string(FILE *out, const char *text);

/* A coordinate in tenths of a unit: "12.5", "12". */
void ek__tenths(FILE *out, int64_t tenths);

/* An instant to the millisecond, for people: "30.723 s". */
struct ek__when {
    char s[32];
};
struct ek__when ek__when(int64_t ns);

#endif
