/* Requests that are made at set times: how faults are scripted. */
#ifndef EK_FAKE_CONSUL_HTTP_SCRIPT_H
#define EK_FAKE_CONSUL_HTTP_SCRIPT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fake-consul/consul.h"

struct ek_consul_script;

/* Reads [{"at": "5s", "method": "PUT", "path": "/v1/...", "body": ...}, ...] from a file ("-":
 * stdin). "method" may be left out (PUT); a body that is no string is sent as JSON. Returns new,
 * or NULL with one line in `why`. */
struct ek_consul_script *ek_consul_script_read(const char *path, char *why, size_t why_size);
void ek_consul_script_free(struct ek_consul_script *script);

/* When the next request is due; INT64_MAX when all are made. */
int64_t ek_consul_script_next(const struct ek_consul_script *script);

/* Makes all requests that are due and writes a line about each to `log`. */
void ek_consul_script_run(struct ek_consul_script *script, struct ek_consul *consul, int64_t now_ns,
                          FILE *log);

#endif
