/* Look-ups of host names that do not block the loop: a thread each, for as long as one takes. */
#ifndef EK_CORE_LIVE_LOOKUP_H
#define EK_CORE_LIVE_LOOKUP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

struct ek__lookups;

/* `multi` is woken whenever one ended. Returns new, or NULL without memory. */
struct ek__lookups *ek__lookups_new(CURLM *multi);

/* Forgets what is under way: its thread ends by itself. NULL is nothing. */
void ek__lookups_free(struct ek__lookups *lookups);

/* Starts one; if that fails it ends at once, with an error. `host` is copied. */
void ek__lookup_start(struct ek__lookups *lookups, uint32_t channel, uint64_t query,
                      const char *host);

struct ek__lookup_result {
    uint32_t channel;
    uint64_t query;
    int status;        /* as EK_RESOLVE_LOOKUP says: 200, 404 or 0 */
    const char *body;  /* one address a line; borrowed until the next call */
    const char *error; /* with status 0 */
};

/* Pulls the next that ended; false when there is none. */
bool ek__lookup_result(struct ek__lookups *lookups, struct ek__lookup_result *out);

#endif
