/* Reading and starting a policy inside a policy. */
#include "core/lb/child.h"

#include "core/lb/registry.h"

#include <stdio.h>

enum {
    PATH_SIZE = sizeof((struct ek_error){0}.path)
};

/* The first known policy of a list of one-key objects, its options and its place in the list; NULL
 * if there is none. */
static const struct ek_lb_ops *choose(const json_t *list, const json_t **options, size_t *place)
{
    for (*place = 0; *place < json_array_size(list); ++*place) {
        json_t *entry = json_array_get(list, *place);
        const char *name = json_object_iter_key(json_object_iter(entry));
        const struct ek_lb_ops *ops = name != NULL ? ek_lb_find(name) : NULL;

        if (ops != NULL) {
            *options = json_object_get(entry, name);
            return ops;
        }
    }
    return NULL;
}

/* As above; a lone object or a name may stand for the list. */
static const struct ek_lb_ops *resolve(const json_t *json, const json_t **options, char *place,
                                       const char *path)
{
    size_t at = 0;
    const struct ek_lb_ops *ops = NULL;

    snprintf(place, PATH_SIZE, "%s", path);
    *options = NULL;
    if (json_is_string(json))
        return ek_lb_find(json_string_value(json));
    ops = choose(json, options, &at);
    if (ops != NULL)
        snprintf(place, PATH_SIZE, "%.150s/%zu/%.40s", path, at, ops->name);
    return ops;
}

void ek__child_check(const json_t *json, const char *path, size_t room, struct ek_errors *errors)
{
    char place[PATH_SIZE];
    const json_t *options, *first = json_array_get(json, 0);
    const struct ek_lb_ops *ops = resolve(json, &options, place, path);
    const char *name = json_is_string(json)
                           ? json_string_value(json)
                           : json_object_iter_key(json_object_iter((json_t *)(uintptr_t)first));

    if (ops == NULL && name != NULL)
        ek__lb_complain(name, path, false, errors);
    else if (ops == NULL)
        ek_errors_add(errors, path, false,
                      "expected a list such as [{\"round_robin\": {}}], or a policy's name");
    else if (ops->endpoint_size > room)
        ek_errors_add(errors, path, false, "%s cannot stand inside this policy", ops->name);
    else if (ops->connect == EK_CONNECT_FIRST)
        ek_errors_add(errors, path, false,
                      "%s keeps one connection; there is nothing to choose from", ops->name);
    else if (ek__lb_check(ops, options, place, errors) == EK_ENOMEM)
        ek_errors_add(errors, path, false, "%s", ek_err_text(EK_ENOMEM));
}

enum ek_err ek__child_init(struct ek__child *child, const json_t *json,
                           const struct ek_lb_start *start)
{
    char place[PATH_SIZE];
    const json_t *options;
    struct ek_errors errors = {0};

    child->ops = resolve(json, &options, place, "");
    if (child->ops == NULL)
        return EK_EINVAL;
    child->self = ek_mem_zeroed(start->mem, 1, child->ops->self_size + 1);
    if (child->self == NULL)
        return EK_ENOMEM;
    if (child->ops->options != NULL)
        ek_option_read(child->ops->options, options, "", child->self, &errors);
    if (errors.count > 0)
        return EK_EINVAL;
    return child->ops->init != NULL ? child->ops->init(child->self, start) : EK_OK;
}

void ek__child_deinit(struct ek__child *child, const struct ek_mem *mem)
{
    if (child->self == NULL)
        return;
    if (child->ops->deinit != NULL)
        child->ops->deinit(child->self);
    if (child->ops->options != NULL)
        ek_option_release(child->ops->options, child->self);
    ek_mem_free(mem, child->self);
    *child = (struct ek__child){0};
}
