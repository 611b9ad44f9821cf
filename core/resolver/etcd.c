/* Endpoints under a prefix in etcd, read through its v3 JSON gateway, and watched.
 *
 * A range is read, and from its revision on the prefix is watched: /v3/watch answers with a stream
 * of objects, one a line. What changed is not taken from there: any event, like the end of the
 * stream, leads to another range, which is linearizable and whole. So a change is seen at once, and
 * costs one read. Where the stream says nothing for `wait` the range is read all the same: a
 * connection may be dead. */
#include "core/resolver/pace.h"

#include "evenkeel/mem.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PREFIX_SIZE_MAX = 512,
    VALUE_SIZE_MAX = 4096, /* decoded */
    BODY_SIZE_MAX = 16 << 20
};

enum mode {
    MODE_WATCH,
    MODE_POLL
};

struct options {
    char *prefix;
    int mode; /* enum mode */
    int64_t wait_ns, gap_ns;
    int64_t interval_ns, timeout_ns, backoff_initial_ns, backoff_max_ns;
    struct ek__belief_options belief;
};

struct etcd {
    struct options options;
    struct ek__pace pace;
    char request[4 * PREFIX_SIZE_MAX + 160];
    bool is_watching; /* what is asked, or comes next: the stream, not the range */
    bool has_begun;   /* it has said that it is there */
    struct ek__belief belief;
    uint64_t revision; /* of the store, in the last answer that was believed; 0: none */
    unsigned pending;  /* bit n: enum ek_resolve_kind n is to be put out */
    char text[160];
};

static const char *const mode_words[] = {"watch", "poll", NULL};

static const struct ek_option options[] = {
    {.name = "prefix",
     .type = EK_OPTION_STRING,
     .offset = offsetof(struct options, prefix),
     .required = true,
     .min = 1,
     .max = PREFIX_SIZE_MAX,
     .text = "All keys that begin so are endpoints; a value is \"host:port\" or an object with it "
             "as \"Addr\", as etcd's own naming writes it."},
    {.name = "mode",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct options, mode),
     .fallback = "\"watch\"",
     .words = mode_words,
     .text = "Whether to watch the prefix, or to poll: read it every interval."},
    {.name = "wait",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, wait_ns),
     .fallback = "\"1m\"",
     .min = EK_MS,
     .text = "For mode: watch; after so long without a change all is read again."},
    {.name = "minInterval",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, gap_ns),
     .fallback = "\"100ms\"",
     .text = "For mode: watch; in the long run one question in this time."},
    {.name = "interval",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, interval_ns),
     .fallback = "\"5s\"",
     .min = EK_MS,
     .text =
         "For mode: poll, and where a watch does not stream; from one answer to the next read."},
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
static void build_range(const struct etcd *e, char *range, size_t size_max)
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
    snprintf(range, size_max, "\"key\":\"%s\",\"range_end\":\"%s\"", key, end);
}

/* A watch begins behind the revision of the list, so that nothing is missed between the two. */
static void build_request(struct etcd *e)
{
    char range[4 * PREFIX_SIZE_MAX + 32];

    build_range(e, range, sizeof range);
    if (e->is_watching)
        snprintf(e->request, sizeof e->request,
                 "{\"create_request\":{%s,\"start_revision\":\"%" PRIu64 "\"}}", range,
                 e->revision + 1);
    else
        snprintf(e->request, sizeof e->request, "{%s}", range);
}

static enum ek_err init(void *self, struct ek_rng rng, ek_time now)
{
    struct etcd *e = self;

    if (e->options.prefix == NULL)
        return EK_EINVAL;
    ek__pace_init(&e->pace,
                  (struct ek__pace_limits){e->options.backoff_initial_ns, e->options.backoff_max_ns,
                                           e->options.mode == MODE_WATCH ? e->options.gap_ns : 0},
                  rng, now);
    e->belief.options = e->options.belief;
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

static void range_answer(struct etcd *e, const struct ek_http_answer *http, ek_time now)
{
    struct ek__addresses list = {NULL, 0, 0};
    uint64_t revision = 0;
    struct ek__belief_news news;
    const char *error = NULL;
    char status[32];

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
        e->is_watching = e->options.mode == MODE_WATCH && revision > 0;
        e->has_begun = false;
        ek__pace_rest(&e->pace, e->is_watching ? 0 : e->options.interval_ns, now);
    }
    ek__addresses_deinit(&list);
}

/* ---- the watch ---- */

static void read_again(struct etcd *e, ek_time now)
{
    e->is_watching = false;
    ek__pace_rest(&e->pace, 0, now);
}

static void watch_fail(struct etcd *e, const char *why, ek_time now)
{
    e->is_watching = false;
    fail(e, why, now);
}

/* One object of the stream: {"result": {"created": true}}, then those with "events", of which some
 * may have none; {"result": {"canceled": true}} where the revision was compacted; {"error": {}}. */
static void watch_part(struct etcd *e, const struct ek_http_answer *http, ek_time now)
{
    json_t *json =
        http->body_size <= BODY_SIZE_MAX ? json_loadb(http->body, http->body_size, 0, NULL) : NULL;
    const json_t *result = json_object_get(json, "result");
    const char *said =
        json_string_value(json_object_get(json_object_get(json, "error"), "message"));
    bool is_over = json_array_size(json_object_get(result, "events")) > 0 ||
                   json_is_true(json_object_get(result, "canceled"));

    e->has_begun |= json_is_object(result);
    if (!json_is_object(result) || is_over)
        e->pending |= 1u << EK_RESOLVE_CANCEL;
    if (!json_is_object(result))
        watch_fail(e, said != NULL ? said : "the answer is not that of a watch", now);
    else if (is_over)
        read_again(e, now);
    json_decref(json);
}

/* The stream is over. Whether the member is gone as well, the range tells. A driver that knows no
 * streams hands on all of it at once: then it is as with polling. */
static void watch_end(struct etcd *e, const struct ek_http_answer *http, ek_time now)
{
    char status[32];

    snprintf(status, sizeof status, "watch: status %d", http->status);
    if (e->has_begun) {
        read_again(e, now);
    } else if (http->status == 200) {
        e->is_watching = false;
        ek__pace_rest(&e->pace, e->options.interval_ns, now);
    } else {
        watch_fail(e, http->status == 0 && http->error != NULL ? http->error : status, now);
    }
}

static void answer(void *self, const struct ek_http_answer *http, ek_time now)
{
    struct etcd *e = self;

    if (!e->pace.is_asking)
        return;
    if (!e->is_watching)
        range_answer(e, http, now);
    else if (http->is_part)
        watch_part(e, http, now);
    else
        watch_end(e, http, now);
}

/* ---- turns ---- */

/* What changes is seen, and the next read is never far. */
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
        if (e->is_watching)
            read_again(e, now);
        else
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
    int64_t timeout_ns;

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
    timeout_ns = e->is_watching ? e->options.wait_ns : e->options.timeout_ns;
    ek__pace_ask(&e->pace, timeout_ns, now);
    build_request(e);
    return (struct ek_resolve){.kind = EK_RESOLVE_GET,
                               .target = e->is_watching ? "/v3/watch" : "/v3/kv/range",
                               .body = e->request,
                               .is_stream = e->is_watching,
                               .timeout_ns = timeout_ns};
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
    .text = "Endpoints under a prefix in etcd, read through its JSON gateway and watched.",
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
