/* Policies by name, and their options checked. */
#ifndef EVENKEEL_CORE_LB_REGISTRY_H
#define EVENKEEL_CORE_LB_REGISTRY_H

#include "evenkeel/err.h"
#include "evenkeel/lb.h"

#include <jansson.h>
#include <stdbool.h>

/* Checks a policy's own object, with complaints whose pointers start with `path`. EK_EINVAL if
 * there was one. */
EK_MUST_USE enum ek_err ek__lb_check(const struct ek_lb_ops *ops, const json_t *options,
                                     const char *path, struct ek_errors *errors);

/* Complains that there is no policy `name`, with the name that was meant or all there are. */
void ek__lb_complain(const char *name, const char *path, bool is_key, struct ek_errors *errors);

#endif
