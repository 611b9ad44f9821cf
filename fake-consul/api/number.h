/* Numbers and texts of a query string, in Go's way. */
#ifndef EK_FAKE_CONSUL_API_NUMBER_H
#define EK_FAKE_CONSUL_API_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/base/text.h"

/* strconv.ParseUint; false with its words in `error`. */
bool ek__consul_uint_parse(const char *text, uint64_t *out, struct ek__consul_text *error);

/* strconv.Atoi; false with its words in `error`. */
bool ek__consul_int_parse(const char *text, int64_t *out, struct ek__consul_text *error);

/* strconv.ParseBool. */
bool ek__consul_bool_parse(const char *text, bool *out);

/* url.QueryEscape. */
void ek__consul_text_query_escaped(struct ek__consul_text *text, const char *string);

/* Why the tables cannot look an id up, in Go's words; NULL if they can. `text` holds the words. */
const char *ek__consul_uuid_refusal(const char *id, struct ek__consul_text *text);

/* Whether the text has the form of a UUID. */
bool ek__consul_is_uuid(const char *text);

#endif
