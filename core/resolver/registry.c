/* The list of resolvers. */
#include "evenkeel/resolver.h"

#include <string.h>

extern const struct ek_resolver_ops ek__resolver_consul, ek__resolver_dns, ek__resolver_etcd,
    ek__resolver_static;

const struct ek_resolver_ops *const ek_resolver_all[] = {
    &ek__resolver_consul, &ek__resolver_dns, &ek__resolver_etcd, &ek__resolver_static, NULL};

const struct ek_resolver_ops *ek_resolver_find(const char *name)
{
    for (const struct ek_resolver_ops *const *ops = ek_resolver_all; *ops != NULL; ops++)
        if (strcmp((*ops)->name, name) == 0)
            return *ops;
    return NULL;
}
