/* Durations in Go's notation. */
#ifndef EK_FAKE_CONSUL_BASE_DURATION_H
#define EK_FAKE_CONSUL_BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/base/text.h"

/* "1m30s", "-1.5h", "0"; false for anything else, also for one that does not fit. */
bool ek__consul_duration_parse(const char *text, int64_t *out_ns);

/* "1m30s". */
void ek__consul_text_duration(struct ek__consul_text *text, int64_t ns);

#endif
