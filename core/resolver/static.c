/* A list of addresses given once. */
#include "core/resolver/resolver.h"

#include "core/label.h"
#include "core/selection.h"
#include "evenkeel/mem.h"

#include <stddef.h>
#include <stdio.h>

struct described {
    char *address, *locality;
    int64_t weight, priority;
    bool is_warning;
    struct ek_list labels; /* of char *, "key=value" */
};

struct fixed {
    struct ek_list given;     /* of char * */
    struct ek_list described; /* of struct described */
    struct ek__addresses addresses;
    bool is_told;
};

#define AT(field) .offset = offsetof(struct described, field)

static const struct ek_option described_options[] = {
    {.name = "address",
     .type = EK_OPTION_STRING,
     AT(address),
     .required = true,
     .text = "\"host:port\"."},
    {.name = "weight",
     .type = EK_OPTION_INTEGER,
     AT(weight),
     .fallback = "1",
     .min = 1,
     .max = 65535,
     .text = "Its weight, for policies that look at weights."},
    {.name = "priority",
     .type = EK_OPTION_INTEGER,
     AT(priority),
     .fallback = "0",
     .max = EK__PRIORITY_MAX,
     .text = "0 is the first choice; see selection.priorities."},
    {.name = "locality",
     .type = EK_OPTION_STRING,
     AT(locality),
     .min = 1,
     .max = EK__LOCALITY_SIZE_MAX - 1,
     .text = "Where it is, \"zone\" or \"region/zone\"."},
    {.name = "warning",
     .type = EK_OPTION_BOOL,
     AT(is_warning),
     .fallback = "false",
     .text = "Whether some check of it warns; see selection.degraded."},
    {.name = "labels",
     .type = EK_OPTION_LIST,
     AT(labels),
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = EK__LABELS_MAX,
     .text = "What calls may ask for, each \"key=value\"; a tag has the key \"tag\"."},
    {0},
};

static const struct ek_option options[] = {
    {.name = "addresses",
     .type = EK_OPTION_LIST,
     .offset = offsetof(struct fixed, given),
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = EK__ADDRESSES_MAX,
     .text = "The endpoints in order of preference, each \"host:port\"; an IPv6 host stands in "
             "brackets."},
    {.name = "endpoints",
     .type = EK_OPTION_LIST,
     .offset = offsetof(struct fixed, described),
     .fields = described_options,
     .item = EK_OPTION_OBJECT,
     .item_size = sizeof(struct described),
     .count_max = EK__ADDRESSES_MAX,
     .text = "More of them, of which more is known; they follow after \"addresses\"."},
    {0},
};

static void check_address(const char *text, const char *path, const char *name, size_t i,
                          struct ek_errors *errors)
{
    char place[sizeof errors->items[0].path];

    if (text == NULL || ek__address_is_valid(text))
        return;
    snprintf(place, sizeof place, "%s/%s/%zu", path, name, i);
    ek_errors_add(errors, place, false,
                  "\"%.64s\" is not \"host:port\" with a port from 1 to 65535", text);
}

static void check_labels(const struct ek_list *labels, const char *path, size_t endpoint,
                         struct ek_errors *errors)
{
    char *const *items = labels->items;

    for (size_t i = 0; i < labels->count; i++) {
        char place[sizeof errors->items[0].path], key[EK__LABEL_SIZE_MAX];
        const char *value;

        if (items[i] == NULL || ek__selection_split(items[i], key, sizeof key, &value))
            continue;
        snprintf(place, sizeof place, "%s/endpoints/%zu/labels/%zu", path, endpoint, i);
        ek_errors_add(errors, place, false,
                      "\"%.64s\" is not \"key=value\", such as \"tag=canary\"", items[i]);
    }
}

static void check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct fixed *fixed = self;
    char *const *items = fixed->given.items;
    const struct described *described = fixed->described.items;

    for (size_t i = 0; i < fixed->given.count; i++)
        check_address(items[i], path, "addresses", i, errors);
    for (size_t i = 0; i < fixed->described.count; i++) {
        check_address(described[i].address, path, "endpoints", i, errors);
        check_labels(&described[i].labels, path, i, errors);
    }
}

/* Splits "key=value" where it stands. */
static bool add_label(struct ek__labels *labels, char *keys, const char *text)
{
    const char *value;

    if (!ek__selection_split(text, keys, EK__LABEL_SIZE_MAX, &value))
        return false;
    ek__labels_add(labels, keys, value);
    return true;
}

static enum ek_err add_described(struct fixed *fixed, const struct described *d)
{
    char block[EK__LABELS_SIZE_MAX], *const *texts = d->labels.items;
    char *keys = ek_mem_zeroed(&ek_mem_libc, d->labels.count, EK__LABEL_SIZE_MAX);
    struct ek__labels labels = {.count = 0};
    struct ek_address address = {
        .text = d->address,
        .locality = d->locality,
        .weight = (uint32_t)d->weight,
        .priority = (uint32_t)d->priority,
        .health = d->is_warning ? EK_HEALTH_WARNING : EK_HEALTH_PASSING,
    };
    enum ek_err err = keys != NULL ? EK_OK : EK_ENOMEM;

    for (size_t i = 0; i < d->labels.count && err == EK_OK; i++)
        if (!add_label(&labels, keys + i * EK__LABEL_SIZE_MAX, texts[i]))
            err = EK_EINVAL;
    if (err == EK_OK) {
        address.labels_size = ek__labels_pack(&labels, block);
        address.labels = block;
        err = ek__addresses_add(&fixed->addresses, &address);
    }
    ek_mem_free(&ek_mem_libc, keys);
    return err;
}

static enum ek_err init(void *self, struct ek_rng rng, ek_time now)
{
    struct fixed *fixed = self;
    char *const *items = fixed->given.items;
    const struct described *described = fixed->described.items;
    enum ek_err err = EK_OK;

    (void)rng, (void)now;
    for (size_t i = 0; i < fixed->given.count && err == EK_OK; i++) {
        if (items[i] == NULL || !ek__address_is_valid(items[i]))
            return EK_EINVAL;
        err = ek__addresses_add(&fixed->addresses,
                                &(struct ek_address){.text = items[i], .weight = 1});
    }
    for (size_t i = 0; i < fixed->described.count && err == EK_OK; i++) {
        if (described[i].address == NULL || !ek__address_is_valid(described[i].address))
            return EK_EINVAL;
        err = add_described(fixed, &described[i]);
    }
    return err == EK_OK ? ek__addresses_unique(&fixed->addresses) : err;
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
