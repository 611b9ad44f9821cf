/* A list of addresses given once. */
#include "core/resolver/resolver.h"

#include <stddef.h>
#include <stdio.h>

struct fixed {
    struct ek_list given; /* of char * */
    struct ek__addresses addresses;
    bool is_told;
};

static const struct ek_option options[] = {
    {.name = "addresses",
     .type = EK_OPTION_LIST,
     .offset = offsetof(struct fixed, given),
     .required = true,
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = EK__ADDRESSES_MAX,
     .text = "The endpoints in order of preference, each \"host:port\"; an IPv6 host stands in "
             "brackets."},
    {0},
};

static void check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct fixed *fixed = self;
    char *const *items = fixed->given.items;

    for (size_t i = 0; i < fixed->given.count; i++) {
        char place[sizeof errors->items[0].path];
        if (items[i] == NULL || ek__address_is_valid(items[i]))
            continue;
        snprintf(place, sizeof place, "%s/addresses/%zu", path, i);
        ek_errors_add(errors, place, false,
                      "\"%.64s\" is not \"host:port\" with a port from 1 to 65535", items[i]);
    }
}

static enum ek_err init(void *self, struct ek_rng rng, ek_time now)
{
    struct fixed *fixed = self;
    char *const *items = fixed->given.items;

    (void)rng, (void)now;
    for (size_t i = 0; i < fixed->given.count; i++) {
        if (items[i] == NULL || !ek__address_is_valid(items[i]))
            return EK_EINVAL;
        enum ek_err err = ek__addresses_add(&fixed->addresses, items[i], 1);
        if (err != EK_OK)
            return err;
    }
    return ek__addresses_unique(&fixed->addresses);
}

static struct ek_resolve output(void *self, ek_time now)
{
    struct fixed *fixed = self;

    (void)now;
    if (fixed->is_told)
        return (struct ek_resolve){.kind = EK_RESOLVE_NONE};
    fixed->is_told = true;
    return (struct ek_resolve){.kind = EK_RESOLVE_LIST,
                               .addresses = fixed->addresses.items,
                               .address_count = fixed->addresses.count};
}

/* Nobody is asked, so nobody answers, and time changes nothing. */
static void answer(void *self, const struct ek_http_answer *http, ek_time now)
{
    (void)self, (void)http, (void)now;
}

static void ignore(void *self, ek_time now)
{
    (void)self, (void)now;
}

static ek_time deadline(const void *self)
{
    (void)self;
    return EK_TIME_NEVER;
}

static void deinit(void *self)
{
    struct fixed *fixed = self;

    ek__addresses_deinit(&fixed->addresses);
}

const struct ek_resolver_ops ek__resolver_static = {
    .name = "static",
    .text = "A list of addresses given once.",
    .self_size = sizeof(struct fixed),
    .options = options,
    .check = check,
    .init = init,
    .answer = answer,
    .hint = ignore,
    .tick = ignore,
    .output = output,
    .deadline = deadline,
    .deinit = deinit,
};
