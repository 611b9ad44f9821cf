/* What the files that look for nonsense in a service config share. */
#ifndef EVENKEEL_CORE_LINT_H
#define EVENKEEL_CORE_LINT_H

#include "core/lint_rules.h"
#include "evenkeel/lint.h"
#include "evenkeel/service_config.h"

enum {
    EK__LINT_PATH_SIZE = sizeof((struct ek_error){0}.path)
};

/* One config under examination. */
struct ek__lint {
    const json_t *json; /* as written; NULL: nothing is */
    const char *path;
    const struct ek_service_config *config; /* as read */
    struct ek_lint_facts facts;
    struct ek_errors *warnings;
};

/* Warns of what stands at `place`, a pointer below the config's own. */
void ek__lint_warn(struct ek__lint *lint, enum ek__rule rule, const char *place, const char *format,
                   ...) EK_PRINTF(4, 5);

/* The value of a scalar row of `table` or the index of its word, as `object` says or by default. */
int64_t ek__lint_value(const struct ek_option *table, const json_t *object, const char *name);

/* The policy that picks, behind all wrappers, and where it stands; `*endpoints` becomes as many as
 * it is shown, 0 if that is not known. */
struct ek__lint_policy {
    const struct ek_lb_ops *ops;
    const json_t *options; /* NULL: none are written */
    char place[EK__LINT_PATH_SIZE];
    int64_t endpoints;
};

/* `place` is that of a list of policies, or of a policy's name, `json`; returns whether one is
 * known. */
bool ek__lint_find_policy(const json_t *json, const char *place, struct ek__lint_policy *out);

/* Whether the weights of endpoints change what the policy does. */
bool ek__lint_heeds_weights(const struct ek__lint_policy *policy);

/* Whether some method is tried again or hedged. */
bool ek__lint_has_retries(const struct ek_service_config *config);

/* Calls in flight on average (Little's law); 0: not known. */
int64_t ek__lint_usual_load(const struct ek_lint_facts *facts);

void ek__lint_calls(struct ek__lint *lint);
void ek__lint_retries(struct ek__lint *lint, const char *place,
                      const struct ek_method_config *method, int64_t timeout_ns);
void ek__lint_guards(struct ek__lint *lint);
void ek__lint_outlier(struct ek__lint *lint);
void ek__lint_policy(struct ek__lint *lint);
void ek__lint_selection(struct ek__lint *lint);

#endif
