/* Settings per method: the entries of methodConfig. */
#ifndef EVENKEEL_CORE_METHOD_CONFIG_H
#define EVENKEEL_CORE_METHOD_CONFIG_H

#include "evenkeel/option.h"
#include "evenkeel/service_config.h"

/* ---- the document, field by field ---- */

struct ek__raw_name {
    char *service, *method;
};

struct ek__raw_retry {
    int64_t attempts_max, initial_backoff_ns, backoff_max_ns, backoff_multiplier;
    struct ek_list codes; /* of json_t * */
    int64_t attempt_timeout_ns;
};

struct ek__raw_hedging {
    int64_t attempts_max, delay_ns;
    struct ek_list codes; /* of json_t * */
};

struct ek__raw_method {
    struct ek_list names; /* of struct ek__raw_name */
    int64_t timeout_ns;
    bool wait_for_ready;
    int64_t request_bytes_max, response_bytes_max;
    struct ek__raw_retry retry;
    struct ek__raw_hedging hedging;
};

/* The table of one ek__raw_method. */
extern const struct ek_option ek__method_options[];

/* Checks the names and codes of `methods`, a list of ek__raw_method, and fills out->methods: one
 * entry per name, sorted. Takes the names out of `methods`. Complaints go to `errors` with pointers
 * that start with `path`/methodConfig; only EK_ENOMEM is returned. */
EK_MUST_USE enum ek_err ek__methods_read(const struct ek_list *methods, const char *path,
                                         struct ek_service_config *out, struct ek_errors *errors);

#endif
