/* Base64 with padding, as JSON answers hold bytes. */
#ifndef EK_FAKE_CONSUL_BASE_BASE64_H
#define EK_FAKE_CONSUL_BASE_BASE64_H

#include "fake-consul/base/text.h"

/* A JSON string with the bytes, or null when there are none. */
void ek__consul_text_base64(struct ek__consul_text *text, const char *bytes, size_t size);

/* Appends the bytes; SIZE_MAX, or the offset of the first byte that is no base64. */
size_t ek__consul_base64_decode(const char *string, struct ek__consul_text *out);

#endif
