/* Endpoints under a prefix in etcd, read through its v3 JSON gateway every interval.
 *
 * The gateway's /v3/watch is no long poll: its answer is a stream of objects that never ends, while
 * an exchange of this interface has one answer, given when it is complete. So ranges are read. A
 * range is linearizable: it shows all that was written before it was asked for, so a list is never
 * older than the interval and the way there and back. */
#include "core/resolver/pace.h"

#include "evenkeel/mem.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PREFIX_SIZE_MAX = 512,
    VALUE_SIZE_MAX = 4096, /* decoded */
    BODY_SIZE_MAX = 16 << 20
};

struct options {
    char *prefix;
    int64_t interval_ns, timeout_ns, backoff_initial_ns, backoff_max_ns;
    struct ek__belief_options belief;
};

struct etcd {
    struct options options;
    struct ek__pace pace;
    char request[4 * PREFIX_SIZE_MAX + 64];
    struct ek__belief belief;
    uint64_t revision; /* of the store, in the last answer that was believed; 0: none */
    unsigned pending;  /* bit n: enum ek_resolve_kind n is to be put out */
    char text[160];
};

static const struct ek_option options[] = {
    {.name = "prefix",
     .type = EK_OPTION_STRING,
     .offset = offsetof(struct options, prefix),
     .required = true,
     .min = 1,
     .max = PREFIX_SIZE_MAX,
     .text = "All keys that begin so are endpoints; a value is \"host:port\" or an object with it "
             "as \"Addr\", as etcd's own naming writes it."},
    {.name = "interval",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, interval_ns),
     .fallback = "\"5s\"",
     .min = EK_MS,
     .text = "From one answer to the next read."},
    {.name = "timeout",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, timeout_ns),
     .fallback = "\"5s\"",
     .min = EK_MS,
     .text = "When a read is given up."},
    {.name = "initialBackoff",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, backoff_initial_ns),
     .fallback = "\"1s\"",
     .min = EK_MS,
     .text = "Pause after the first read that failed; each further one is 1.6 times as long, "
             "+-20%."},
    {.name = "maxBackoff",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, backoff_max_ns),
     .fallback = "\"30s\"",
     .min = EK_MS,
     .text = "Longest such pause, before the jitter."},
    EK__BELIEF_ROWS(offsetof(struct options, belief)),
    {0},
};

/* ---- base64 (RFC 4648) ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(const unsigned char *in, size_t size, char *out)
{
    for (size_t i = 0; i < size; i += 3) {
        uint32_t word = (uint32_t)in[i] << 16;

        word |= i + 1 < size ? (uint32_t)in[i + 1] << 8 : 0;
        word |= i + 2 < size ? in[i + 2] : 0;
        *out++ = digits[word >> 18];
        *out++ = digits[word >> 12 & 63];
        *out++ = '=';
        *out++ = '=';
        if (i + 1 < size)
            out[-2] = digits[word >> 6 & 63];
        if (i + 2 < size)
            out[-1] = digits[word & 63];
    }
    *out = '\0';
}

/* A text without NULs that fits; false for anything else. */
static bool decode(const char *in, char out[VALUE_SIZE_MAX])
{
    size_t size = strlen(in), used = 0;
    uint32_t word = 0;

    while (size > 0 && in[size - 1] == '=')
        size--;
    for (size_t i = 0; i < size; i++) {
        const char *digit = strchr(digits, in[i]);

        if (digit == NULL || used + 1 >= VALUE_SIZE_MAX)
            return false;
        word = (word << 6 | (uint32_t)(digit - digits)) & 0xffffff;
        if (i % 4 == 0)
            continue;
        out[used] = (char)(word >> (4 - 2 * (i % 4 - 1)) & 0xff);
        if (out[used++] == '\0')
            return false;
    }
    out[used] = '\0';
    return used > 0;
}

/* ---- the read ---- */

/* The range of a prefix ends at the prefix with its last byte one greater; bytes of 0xff, which
 * have none, are cut off, and a prefix of nothing else has no end. */
static void build_request(struct etcd *e)
{
    char key[2 * PREFIX_SIZE_MAX], end[2 * PREFIX_SIZE_MAX];
    unsigned char last[PREFIX_SIZE_MAX + 1];
    size_t size = strlen(e->options.prefix);

    encode((const unsigned char *)e->options.prefix, size, key);
    memcpy(last, e->options.prefix, size);
    while (size > 0 && last[size - 1] == 0xff)
        size--;
    if (size > 0)
        last[size - 1]++;
    else
        last[size++] = 0;
    encode(last, size, end);
    snprintf(e->request, sizeof e->request, "{\"key\":\"%s\",\"range_end\":\"%s\"}", key, end);
}

static enum ek_err init(void *self, struct ek_rng rng, ek_time now)
{
    struct etcd *e = self;

    if (e->options.prefix == NULL)
        return EK_EINVAL;
    ek__pace_init(
        &e->pace,
        (struct ek__pace_limits){e->options.backoff_initial_ns, e->options.backoff_max_ns, 0}, rng,
        now);
    e->belief.options = e->options.belief;
    build_request(e);
    return EK_OK;
}

/* ---- the answer ---- */

static void fail(struct etcd *e, const char *why, ek_time now)
{
    snprintf(e->text, sizeof e->text, "etcd: %.150s", why);
    e->pending |= 1u << EK_RESOLVE_ERROR;
    ek__pace_fail(&e->pace, now);
}

/* "host:port" of one value; false if it has none. */
static bool read_value(const char *value, char out[VALUE_SIZE_MAX])
{
    json_t *json;
    const char *text;
    bool is_valid;

    if (!decode(value, out))
        return false;
    if (out[0] != '{')
        return ek__address_is_valid(out);
    json = json_loads(out, 0, NULL);
    text = json_string_value(json_object_get(json, "Addr"));
    is_valid = text != NULL && ek__address_is_valid(text);
    if (is_valid)
        snprintf(out, VALUE_SIZE_MAX, "%s", text);
    json_decref(json);
    return is_valid;
}

/* A row without an address spoils only itself, unless there is no other. */
static const char *read_rows(const json_t *rows, struct ek__addresses *list)
{
    bool is_spoilt = false;

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *value = json_string_value(json_object_get(json_array_get(rows, i), "value"));
        char text[VALUE_SIZE_MAX];

        if (value == NULL || !read_value(value, text))
            is_spoilt = true;
        else if (ek__addresses_add(list, &(struct ek_address){.text = text, .weight = 1}) != EK_OK)
            return "too many endpoints, or out of memory";
    }
    ek__addresses_sort(list);
    return is_spoilt && list->count == 0 ? "no value has an address" : NULL;
}

/* Without a match the gateway leaves "kvs" out, but never the header. */
static const char *read_body(const struct ek_http_answer *http, struct ek__addresses *list,
                             uint64_t *revision)
{
    json_t *json = http->body != NULL && http->body_size <= BODY_SIZE_MAX
                       ? json_loadb(http->body, http->body_size, 0, NULL)
                       : NULL;
    const json_t *rows = json_object_get(json, "kvs"), *header = json_object_get(json, "header");
    const char *number = json_string_value(json_object_get(header, "revision"));
    const char *error = NULL;

    *revision = number != NULL ? strtoull(number, NULL, 10) : 0;
    if (!json_is_object(header) || (rows != NULL && !json_is_array(rows)))
        error = "the answer is not that of a range";
    else
        error = read_rows(rows, list);
    json_decref(json);
    return error;
}

/* A revision that went back is another store: restored from a snapshot, or a member that lost its
 * data. Whether it is here to stay the next read tells, which follows at once. */
static bool goes_back(struct etcd *e, uint64_t revision)
{
    bool is_back = revision > 0 && revision < e->revision;

    e->revision = is_back ? 0 : revision;
    return is_back;
}

static void answer(void *self, const struct ek_http_answer *http, ek_time now)
{
    struct etcd *e = self;
    struct ek__addresses list = {NULL, 0, 0};
    uint64_t revision = 0;
    struct ek__belief_news news;
    const char *error = NULL;
    char status[32];

    if (!e->pace.is_asking)
        return;
    snprintf(status, sizeof status, "status %d", http->status);
    if (http->status == 0)
        error = http->error != NULL ? http->error : "no answer";
    else
        error = http->status == 200 ? read_body(http, &list, &revision) : status;
    if (error == NULL && goes_back(e, revision)) {
        ek__pace_rest(&e->pace, 0, now);
        ek__addresses_deinit(&list);
        return;
    }
    if (error == NULL && !ek__belief_offer(&e->belief, &list, now, &news))
        error = "out of memory";
    if (error != NULL) {
        fail(e, error, now);
    } else {
        ek__pending_add(&e->pending, &news);
        e->pace.failures = 0;
        ek__pace_rest(&e->pace, e->options.interval_ns, now);
    }
    ek__addresses_deinit(&list);
}

/* ---- turns ---- */

/* The next read is never far. */
static void hint(void *self, ek_time now)
{
    (void)self, (void)now;
}

static void tick(void *self, ek_time now)
{
    struct etcd *e = self;
    struct ek__belief_news news;

    if (ek__pace_is_late(&e->pace, now)) {
        e->pending |= 1u << EK_RESOLVE_CANCEL;
        fail(e, "timed out", now);
    }
    if (e->pace.failures == 0 && ek__belief_tick(&e->belief, now, &news))
        ek__pending_add(&e->pending, &news);
}

static struct ek_resolve output(void *self, ek_time now)
{
    static const enum ek_resolve_kind order[] = {
        EK_RESOLVE_CANCEL, EK_RESOLVE_ERROR, EK_RESOLVE_EMPTY, EK_RESOLVE_SHRUNK, EK_RESOLVE_LIST};
    struct etcd *e = self;

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (!ek__pending_take(&e->pending, order[i]))
            continue;
        return (struct ek_resolve){.kind = order[i],
                                   .text = e->text,
                                   .addresses = e->belief.list.items,
                                   .address_count = e->belief.list.count};
    }
    if (!ek__pace_is_due(&e->pace, now))
        return (struct ek_resolve){.kind = EK_RESOLVE_NONE};
    ek__pace_ask(&e->pace, e->options.timeout_ns, now);
    return (struct ek_resolve){.kind = EK_RESOLVE_GET,
                               .target = "/v3/kv/range",
                               .body = e->request,
                               .timeout_ns = e->options.timeout_ns};
}

static ek_time deadline(const void *self)
{
    const struct etcd *e = self;

    return e->pace.failures == 0 ? ek_time_min(e->pace.next, ek__belief_deadline(&e->belief))
                                 : e->pace.next;
}

static void deinit(void *self)
{
    struct etcd *e = self;

    ek__belief_deinit(&e->belief);
}

const struct ek_resolver_ops ek__resolver_etcd = {
    .name = "etcd",
    .text = "Endpoints under a prefix in etcd, read through its JSON gateway every interval.",
    .self_size = sizeof(struct etcd),
    .options = options,
    .init = init,
    .answer = answer,
    .hint = hint,
    .tick = tick,
    .output = output,
    .deadline = deadline,
    .deinit = deinit,
};
