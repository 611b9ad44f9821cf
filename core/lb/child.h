/* A policy inside a policy. */
#ifndef EVENKEEL_CORE_LB_CHILD_H
#define EVENKEEL_CORE_LB_CHILD_H

#include "evenkeel/err.h"
#include "evenkeel/lb.h"

enum {
    EK__CHILD_STATE_MAX = 64 /* bytes per endpoint */
};

struct ek__child {
    const struct ek_lb_ops *ops;
    void *self;
};

/* Complains about `json` at `path`, the child policy as loadBalancingConfig has it, or a name, and
 * about one that wants more than `room` bytes per endpoint. */
void ek__child_check(const json_t *json, const char *path, size_t room, struct ek_errors *errors);

/* Starts the policy of a checked `json`. */
EK_MUST_USE enum ek_err ek__child_init(struct ek__child *child, const json_t *json,
                                       const struct ek_lb_start *start);
void ek__child_deinit(struct ek__child *child, const struct ek_mem *mem);

#endif
