/* What the parts of the Consul resolver share. */
#ifndef EVENKEEL_CORE_RESOLVER_CONSUL_H
#define EVENKEEL_CORE_RESOLVER_CONSUL_H

#include "core/resolver/belief.h"

enum ek__consul_mode {
    EK__CONSUL_WATCH, /* blocking queries */
    EK__CONSUL_POLL
};

enum ek__consul_aged {
    EK__CONSUL_READ, /* afresh */
    EK__CONSUL_TELL  /* and go on waiting */
};

struct ek__consul_options {
    char *service, *datacenter, *near;
    struct ek_list tags;       /* of char * */
    struct ek_list node_metas; /* of char *, "key:value" */
    bool is_passing_only, is_stale_allowed, is_cached;
    char *zone_key, *region_key, *priority_key;
    int mode, on_aged;
    int64_t poll_ns, wait_ns, slack_ns, read_timeout_ns, max_stale_ns, max_age_ns;
    struct ek__belief_options belief;
    int64_t backoff_initial_ns, backoff_max_ns, interval_ns;
};

extern const struct ek_option ek__consul_option_rows[];

void ek__consul_check(const void *options, const char *path, struct ek_errors *errors);

/* The text of a query, all but its index and whether a stale answer will do. */
struct ek__consul_query {
    char *target; /* head, and room for the rest */
    char *middle, *tail;
    size_t target_size, head_size;
};

EK_MUST_USE enum ek_err ek__consul_query_init(struct ek__consul_query *query,
                                              const struct ek__consul_options *options);
void ek__consul_query_deinit(struct ek__consul_query *query);

/* Percent-encodes into `out`, which has room: three bytes for each of `text`, and the NUL. Besides
 * letters, digits and -._~ what is in `plain` stands for itself. Returns the length. */
size_t ek__consul_escape(char *out, const char *text, const char *plain);

/* Returned borrowed until the next call. `index` 0: at once. */
const char *ek__consul_query_text(struct ek__consul_query *query, uint64_t index, bool is_stale);

/* What a Consul health answer says of one service. */
struct ek__consul_body {
    struct ek__addresses addresses; /* without duplicates and the instances that are critical */
    const char *error;              /* NULL, or why the body cannot be used at all */
};

/* Reads the body of /v1/health/service/NAME. The caller deinits the addresses in any case. */
void ek__consul_body_read(const char *body, size_t size, const struct ek__consul_options *options,
                          struct ek__consul_body *out);

#endif
