/* The list of load-balancing policies, by name. */
#include "core/lb/registry.h"

#include "core/lint_rules.h"
#include "evenkeel/mem.h"

#include <stdio.h>
#include <string.h>

#define POLICIES(X)                \
    X(least_request)               \
    X(peak_ewma)                   \
    X(pick_first)                  \
    X(round_robin)                 \
    X(random)                      \
    X(static_weighted_round_robin) \
    X(weighted_round_robin)        \
    X(ring_hash)                   \
    X(maglev)                      \
    X(prequal)                     \
    X(random_subsetting)           \
    X(deterministic_subsetting)    \
    X(deterministic_aperture)      \
    X(weighted_target)             \
    X(priority)

#define DECLARE(name) extern const struct ek_lb_ops ek__lb_##name;
POLICIES(DECLARE)

#define LIST(name) &ek__lb_##name,
const struct ek_lb_ops *const ek_lb_all[] = {POLICIES(LIST) NULL};

static bool is_called(const struct ek_lb_ops *ops, const char *name)
{
    if (strcmp(ops->name, name) == 0)
        return true;
    for (const char *const *alias = ops->aliases; alias != NULL && *alias != NULL; alias++)
        if (strcmp(*alias, name) == 0)
            return true;
    return false;
}

const struct ek_lb_ops *ek_lb_find(const char *name)
{
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops != NULL; ops++)
        if (is_called(*ops, name))
            return *ops;
    return NULL;
}

enum ek_err ek__lb_check(const struct ek_lb_ops *ops, const json_t *options, const char *path,
                         struct ek_errors *errors)
{
    static const struct ek_option none[] = {{0}};
    const struct ek_option *table = ops->options != NULL ? ops->options : none;
    size_t complaints = errors->count;
    void *self = ek_mem_zeroed(&ek_mem_libc, 1, ops->self_size); /* only its complaints count */

    if (self == NULL)
        return EK_ENOMEM;
    ek_option_read(table, options, path, self, errors);
    if (ops->check != NULL)
        ops->check(self, path, errors);
    ek_option_release(table, self);
    ek_mem_free(&ek_mem_libc, self);
    return errors->count > complaints ? EK_EINVAL : EK_OK;
}

enum {
    NAMES_MAX = 32
};

/* Names first, then aliases; NULL-terminated. */
static void list_names(const char *names[NAMES_MAX + 1])
{
    size_t count = 0;

    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops != NULL && count < NAMES_MAX; ops++)
        names[count++] = (*ops)->name;
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops != NULL; ops++)
        for (const char *const *a = (*ops)->aliases; a != NULL && *a != NULL; a++)
            if (count < NAMES_MAX)
                names[count++] = *a;
    names[count] = NULL;
}

void ek__lb_complain(const char *name, const char *path, bool is_key, struct ek_errors *errors)
{
    const char *names[NAMES_MAX + 1];
    char known[288] = "";

    list_names(names);
    const char *near = ek_suggest(name, names);
    if (near != NULL) {
        ek_errors_add_as(errors, EK__RULE_UNKNOWN_POLICY, path, is_key,
                         "unknown policy \"%.48s\"; did you mean \"%s\"?", name, near);
        return;
    }
    for (size_t i = 0, used = 0; ek_lb_all[i] != NULL && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                                 ek_lb_all[i]->name);
    ek_errors_add_as(errors, EK__RULE_UNKNOWN_POLICY, path, is_key,
                     "unknown policy \"%.48s\"; possible: %s", name, known);
}
