/* Strings in JSON. */
#ifndef EK_REPORTS_EXPORT_JSON_TEXT_H
#define EK_REPORTS_EXPORT_JSON_TEXT_H

#include <stdio.h>

/* In quotes, control characters and broken UTF-8 as \u escapes. */
void ek__json_string(FILE *out, const char *text);

/* ,"key":"text"; nothing when `text` is "". `key` needs no escapes. */
void ek__json_member(FILE *out, const char *key, const char *text);

#endif
