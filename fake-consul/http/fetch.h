/* GET requests to a running Consul, through libcurl. */
#ifndef EK_FAKE_CONSUL_HTTP_FETCH_H
#define EK_FAKE_CONSUL_HTTP_FETCH_H

#include <jansson.h>
#include <stddef.h>

struct ek__http_fetch;

/* Returns new, or NULL without memory. `url` is kept. */
struct ek__http_fetch *ek__http_fetch_new(const char *url);
void ek__http_fetch_free(struct ek__http_fetch *fetch);

/* GET of `path` with `name` (may be "") escaped behind it. Returns new JSON; a 404 is an empty
 * list; NULL with one line in `why`. */
json_t *ek__http_fetch_json(struct ek__http_fetch *fetch, const char *path, const char *name,
                            char *why, size_t why_size);

#endif
