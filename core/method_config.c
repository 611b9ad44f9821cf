/* Settings per method: the entries of methodConfig. */
#include "core/method_config.h"

#include "core/lint_rules.h"
#include "evenkeel/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_SIZE = sizeof((struct ek_error){0}.path),
    ATTEMPTS_MAX = 5 /* gRPC's client cap */
};

#define AT(type, field) .offset = offsetof(struct type, field)

static const struct ek_option name_options[] = {
    {.name = "service",
     .type = EK_OPTION_STRING,
     AT(ek__raw_name, service),
     .text = "Full name of the service; without it the entry is the default for all calls."},
    {.name = "method",
     .type = EK_OPTION_STRING,
     AT(ek__raw_name, method),
     .text = "Name of the method; without it the entry is for all methods of the service."},
    {0},
};

static const struct ek_option retry_options[] = {
    {.name = "maxAttempts",
     .type = EK_OPTION_INTEGER,
     AT(ek__raw_retry, attempts_max),
     .required = true,
     .min = 2,
     .text = "Attempts per call, the first included; more than 5 is taken as 5."},
    {.name = "initialBackoff",
     .type = EK_OPTION_DURATION,
     AT(ek__raw_retry, initial_backoff_ns),
     .required = true,
     .min = 1,
     .text = "Delay before the first retry, times a random factor from 0.8 to 1.2."},
    {.name = "maxBackoff",
     .type = EK_OPTION_DURATION,
     AT(ek__raw_retry, backoff_max_ns),
     .required = true,
     .min = 1,
     .text = "Longest delay before a retry, before the random factor."},
    {.name = "backoffMultiplier",
     .type = EK_OPTION_DECIMAL,
     AT(ek__raw_retry, backoff_multiplier),
     .required = true,
     .min = 1,
     .text = "Growth of the delay from one retry to the next."},
    {.name = "retryableStatusCodes",
     .type = EK_OPTION_LIST,
     AT(ek__raw_retry, codes),
     .required = true,
     .min = 1,
     .item = EK_OPTION_JSON,
     .item_size = sizeof(json_t *),
     .count_max = 64,
     .text = "Status codes that lead to a retry: names in any case, or numbers."},
    {.name = "perAttemptRecvTimeout",
     .type = EK_OPTION_DURATION,
     AT(ek__raw_retry, attempt_timeout_ns),
     .min = 1,
     .text = "Time for each attempt; one that takes longer is cancelled and tried again whatever "
             "the codes say. Absent: none."},
    {0},
};

static const struct ek_option hedging_options[] = {
    {.name = "maxAttempts",
     .type = EK_OPTION_INTEGER,
     AT(ek__raw_hedging, attempts_max),
     .required = true,
     .min = 2,
     .text = "Attempts per call, the first included; more than 5 is taken as 5."},
    {.name = "hedgingDelay",
     .type = EK_OPTION_DURATION,
     AT(ek__raw_hedging, delay_ns),
     .fallback = "\"0s\"",
     .text = "Time from one attempt to the next while none is answered; 0s: all at once."},
    {.name = "nonFatalStatusCodes",
     .type = EK_OPTION_LIST,
     AT(ek__raw_hedging, codes),
     .item = EK_OPTION_JSON,
     .item_size = sizeof(json_t *),
     .count_max = 64,
     .text = "Status codes that let the other attempts go on, and the next one start at once; any "
             "other answer decides the call."},
    {0},
};

const struct ek_option ek__method_options[] = {
    {.name = "name",
     .type = EK_OPTION_LIST,
     AT(ek__raw_method, names),
     .required = true,
     .min = 1,
     .fields = name_options,
     .item = EK_OPTION_OBJECT,
     .item_size = sizeof(struct ek__raw_name),
     .text = "What the entry is for; {} is the default, and no name may appear twice."},
    {.name = "timeout",
     .type = EK_OPTION_DURATION,
     AT(ek__raw_method, timeout_ns),
     .min = 1,
     .text = "Longest duration of a call, retries included; the caller's own deadline may be "
             "shorter."},
    {.name = "waitForReady",
     .type = EK_OPTION_BOOL,
     AT(ek__raw_method, wait_for_ready),
     .fallback = "false",
     .text = "Whether calls wait for a connection instead of failing while there is none."},
    {.name = "maxRequestMessageBytes",
     .type = EK_OPTION_INTEGER,
     AT(ek__raw_method, request_bytes_max),
     .max = UINT32_MAX,
     .text = "Read for gRPC's sake; the size of messages is not looked at."},
    {.name = "maxResponseMessageBytes",
     .type = EK_OPTION_INTEGER,
     AT(ek__raw_method, response_bytes_max),
     .max = UINT32_MAX,
     .text = "Read for gRPC's sake; the size of messages is not looked at."},
    {.name = "retryPolicy",
     .type = EK_OPTION_OBJECT,
     AT(ek__raw_method, retry),
     .fields = retry_options,
     .text = "When and how often a failed call is tried again; absent: never."},
    {.name = "hedgingPolicy",
     .type = EK_OPTION_OBJECT,
     AT(ek__raw_method, hedging),
     .fields = hedging_options,
     .text = "Lets several attempts of a call be in flight at one time, and the first good answer "
             "count; absent: one. Not together with retryPolicy."},
    {0},
};

/* ---- names ---- */

/* What a method is looked up by. NULL sorts before all names. */
struct method_key {
    const char *service;
    size_t service_size;
    const char *method;
};

static int compare_keys(struct method_key a, struct method_key b)
{
    if (a.service == NULL || b.service == NULL)
        return (a.service != NULL) - (b.service != NULL);
    size_t common = a.service_size < b.service_size ? a.service_size : b.service_size;
    int order = memcmp(a.service, b.service, common);
    if (order != 0)
        return order;
    if (a.service_size != b.service_size)
        return a.service_size < b.service_size ? -1 : 1;
    if (a.method == NULL || b.method == NULL)
        return (a.method != NULL) - (b.method != NULL);
    return strcmp(a.method, b.method);
}

static struct method_key key_of(const char *service, const char *method)
{
    return (struct method_key){service, service != NULL ? strlen(service) : 0, method};
}

static int compare_entries(const void *a, const void *b)
{
    const struct ek_method_entry *x = a, *y = b;

    return compare_keys(key_of(x->service, x->method), key_of(y->service, y->method));
}

/* One name and where it stands. */
struct named {
    const struct ek__raw_name *name;
    size_t method_index, name_index;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = compare_keys(key_of(x->name->service, x->name->method),
                             key_of(y->name->service, y->name->method));

    if (order == 0)
        order = (x->method_index > y->method_index) - (x->method_index < y->method_index);
    return order != 0 ? order : (x->name_index > y->name_index) - (x->name_index < y->name_index);
}

/* "" is the same as absent. */
static void normalise(char **text)
{
    if (*text != NULL && **text == '\0') {
        ek_mem_free(&ek_mem_libc, *text);
        *text = NULL;
    }
}

/* Checks the names of all entries, and counts them. */
static enum ek_err check_names(const struct ek_list *methods, const char *path, size_t *count_out,
                               struct ek_errors *errors)
{
    struct ek__raw_method *items = methods->items;
    char place[PATH_SIZE];
    size_t count = 0;

    for (size_t i = 0; i < methods->count; i++)
        count += items[i].names.count;
    struct named *all = ek_mem_zeroed(&ek_mem_libc, count, sizeof *all), *next = all;
    if (all == NULL)
        return EK_ENOMEM;
    for (size_t i = 0; i < methods->count; i++) {
        struct ek__raw_name *names = items[i].names.items;
        for (size_t j = 0; j < items[i].names.count; j++) {
            normalise(&names[j].service);
            normalise(&names[j].method);
            *next++ = (struct named){&names[j], i, j};
            if (names[j].method == NULL || names[j].service != NULL)
                continue;
            snprintf(place, sizeof place, "%s/methodConfig/%zu/name/%zu", path, i, j);
            ek_errors_add(errors, place, false, "\"method\" is given without \"service\"");
        }
    }
    if (count > 0)
        qsort(all, count, sizeof *all, compare_named);
    for (size_t i = 1; i < count; i++) {
        const struct ek__raw_name *a = all[i - 1].name, *b = all[i].name;
        if (compare_keys(key_of(a->service, a->method), key_of(b->service, b->method)) != 0)
            continue;
        snprintf(place, sizeof place, "%s/methodConfig/%zu/name/%zu", path, all[i].method_index,
                 all[i].name_index);
        ek_errors_add(errors, place, false,
                      "this name stands in methodConfig %zu already; a name may appear once",
                      all[i - 1].method_index);
    }
    ek_mem_free(&ek_mem_libc, all);
    *count_out = count;
    return EK_OK;
}

/* ---- settings ---- */

static void complain_code(const json_t *json, const char *path, struct ek_errors *errors)
{
    const char *text = json_string_value(json);
    const char *near = text != NULL ? ek_suggest(text, ek_status_words) : NULL;
    enum ek_status status;

    if (text != NULL && ek_status_parse(text, &status))
        ek_errors_add(errors, path, false, "a success is not tried again");
    else if (near != NULL)
        ek_errors_add_as(errors, EK__RULE_UNKNOWN_WORD, path, false,
                         "unknown status code \"%.48s\"; did you mean \"%s\"?", text, near);
    else
        ek_errors_add_as(errors, EK__RULE_FORM, path, false,
                         "expected a status code: a name such as \"UNAVAILABLE\", or 1 to 16");
}

/* The set of retryable codes. OK is none: a success is not tried again. */
static uint32_t read_codes(const struct ek_list *codes, const char *path, size_t index,
                           const char *member, struct ek_errors *errors)
{
    json_t **items = codes->items;
    uint32_t set = 0;

    for (size_t i = 0; i < codes->count; i++) {
        enum ek_status status = EK_STATUS_OK;
        json_int_t number = json_integer_value(items[i]);
        if (json_is_string(items[i])) {
            ek_status_parse(json_string_value(items[i]), &status); /* or it stays OK */
        } else if (json_is_integer(items[i]) && number > 0 && number < EK_STATUS_COUNT) {
            status = (enum ek_status)number;
        }
        if (status == EK_STATUS_OK) {
            char place[PATH_SIZE];
            snprintf(place, sizeof place, "%s/methodConfig/%zu/%s/%zu", path, index, member, i);
            complain_code(items[i], place, errors);
        }
        set |= UINT32_C(1) << status;
    }
    return set;
}

static struct ek_method_config read_method(const struct ek__raw_method *raw, const char *path,
                                           size_t index, struct ek_errors *errors)
{
    struct ek_method_config config = {.timeout_ns = raw->timeout_ns,
                                      .wait_for_ready = raw->wait_for_ready};
    int64_t attempts = raw->retry.attempts_max, hedges = raw->hedging.attempts_max;

    config.retry = (struct ek_retry_policy){
        .attempts_max = attempts < ATTEMPTS_MAX ? attempts : ATTEMPTS_MAX,
        .initial_backoff_ns = raw->retry.initial_backoff_ns,
        .backoff_max_ns = raw->retry.backoff_max_ns,
        .backoff_multiplier = raw->retry.backoff_multiplier,
        .retryable =
            read_codes(&raw->retry.codes, path, index, "retryPolicy/retryableStatusCodes", errors),
        .attempt_timeout_ns = raw->retry.attempt_timeout_ns,
    };
    config.hedging = (struct ek_hedging_policy){
        .attempts_max = hedges < ATTEMPTS_MAX ? hedges : ATTEMPTS_MAX,
        .delay_ns = raw->hedging.delay_ns,
        .non_fatal = read_codes(&raw->hedging.codes, path, index,
                                "hedgingPolicy/nonFatalStatusCodes", errors),
    };
    if (attempts > 0 && hedges > 0) {
        char place[PATH_SIZE];

        snprintf(place, sizeof place, "%s/methodConfig/%zu/hedgingPolicy", path, index);
        ek_errors_add(errors, place, true,
                      "\"hedgingPolicy\" and \"retryPolicy\" exclude each other");
    }
    return config;
}

enum ek_err ek__methods_read(const struct ek_list *methods, const char *path,
                             struct ek_service_config *out, struct ek_errors *errors)
{
    struct ek__raw_method *items = methods->items;
    size_t count = 0;
    enum ek_err err = check_names(methods, path, &count, errors);

    if (err != EK_OK)
        return err;
    out->methods = ek_mem_zeroed(&ek_mem_libc, count, sizeof *out->methods);
    if (out->methods == NULL)
        return EK_ENOMEM;
    for (size_t i = 0; i < methods->count; i++) {
        struct ek_method_config config = read_method(&items[i], path, i, errors);
        struct ek__raw_name *names = items[i].names.items;
        for (size_t j = 0; j < items[i].names.count; j++) {
            out->methods[out->method_count++] =
                (struct ek_method_entry){names[j].service, names[j].method, config};
            names[j] = (struct ek__raw_name){NULL, NULL};
        }
    }
    qsort(out->methods, out->method_count, sizeof *out->methods, compare_entries);
    return EK_OK;
}

/* ---- looking up ---- */

static const struct ek_method_config *find(const struct ek_service_config *config,
                                           struct method_key key)
{
    size_t low = 0, high = config->method_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct ek_method_entry *entry = &config->methods[middle];
        int order = compare_keys(key, key_of(entry->service, entry->method));
        if (order == 0)
            return &entry->config;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct ek_method_config *ek_service_config_method(const struct ek_service_config *config,
                                                        const char *path)
{
    static const struct ek_method_config nothing = {0};
    const struct ek_method_config *found = NULL;
    const char *service = path != NULL && path[0] == '/' ? path + 1 : path;
    const char *slash = service != NULL ? strrchr(service, '/') : NULL;

    if (slash != NULL && slash > service) {
        struct method_key key = {service, (size_t)(slash - service), slash + 1};
        if (key.method[0] != '\0')
            found = find(config, key);
        key.method = NULL;
        if (found == NULL)
            found = find(config, key);
    }
    if (found == NULL)
        found = find(config, (struct method_key){NULL, 0, NULL});
    return found != NULL ? found : &nothing;
}
