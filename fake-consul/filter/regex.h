/* Regular expressions in the syntax of RE2, matched in time linear in the text. */
#ifndef EK_FAKE_CONSUL_FILTER_REGEX_H
#define EK_FAKE_CONSUL_FILTER_REGEX_H

#include <stdbool.h>

#include "fake-consul/base/text.h"

struct ek__consul_regex;

/* Returns new, or NULL with Go's words in `error`. */
struct ek__consul_regex *ek__consul_regex_new(const char *pattern, struct ek__consul_text *error);
void ek__consul_regex_free(struct ek__consul_regex *regex);

/* Whether the pattern is found anywhere in the text. */
bool ek__consul_regex_matches(const struct ek__consul_regex *regex, const char *text);

#endif
