/* A registry in a file: what nodes, services, checks and keys there are. */
#ifndef EK_FAKE_CONSUL_HTTP_STATE_H
#define EK_FAKE_CONSUL_HTTP_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "fake-consul/consul.h"

/* Takes in {"nodes": [bodies of /v1/catalog/register], "kv": [items of /v1/kv/?recurse]} from a
 * file ("-": stdin) at time 0. False with one line in `why`. */
bool ek_consul_state_load(const char *path, struct ek_consul *consul, char *why, size_t why_size);

/* Reads catalog, health and keys of the running Consul at `url`, as in "http://127.0.0.1:8500",
 * and writes them to `path` ("-": stdout). False with one line in `why`. */
bool ek_consul_state_fetch(const char *url, const char *path, char *why, size_t why_size);

#endif
