/* Watching one Consul service with blocking queries. */
#include "core/resolver/resolver.h"

#include "core/retry.h"
#include "evenkeel/mem.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    BURST = 2,                 /* queries the bucket holds */
    BACKOFF_MULTIPLIER = 1600, /* thousandths */
    BACKOFF_JITTER_PPM = 200000
};

/* On top of the wait and its jitter of up to a sixteenth: the way there and back. */
static const int64_t slack_ns = 5 * EK_S;

/* A query without an index is answered at once, but without a leader it is held for 7 s. */
static const int64_t unparked_timeout_ns = 10 * EK_S;

/* What an empty list is taken for. */
enum empty_policy {
    EMPTY_KEEP,  /* a mistake: the last list with members stays */
    EMPTY_TRUST, /* the truth */
    EMPTY_HOLD   /* a mistake for a while, then the truth */
};

static const char *const empty_words[] = {"keep", "trust", "hold", NULL};

struct options {
    char *service, *tag, *datacenter;
    bool is_passing_only, is_stale_allowed;
    int64_t wait_ns, hold_ns, backoff_initial_ns, backoff_max_ns, interval_ns;
    int empty; /* enum empty_policy */
};

struct consul {
    struct options options;
    struct ek_rng rng;
    char *target; /* head, and room for index and tail */
    char *tail;
    size_t target_size, head_size;
    bool is_asking;            /* a query is under way */
    ek_time next;              /* asking: when it is given up; else: when the next one starts */
    ek_time full;              /* when the bucket of queries is full again */
    uint64_t index;            /* to wait behind; 0: read at once */
    uint32_t failures;         /* in a row */
    struct ek__addresses list; /* as published */
    bool is_published;
    bool is_holding; /* an empty list was answered and may come true at `hold_end` */
    ek_time hold_end;
    unsigned pending; /* bit n: enum ek_resolve_kind n is to be put out */
    char text[160];
};

#define AT(field) .offset = offsetof(struct options, field)

static const struct ek_option options[] = {
    {.name = "service",
     .type = EK_OPTION_STRING,
     AT(service),
     .required = true,
     .min = 1,
     .text = "Name of the service to watch."},
    {.name = "passing",
     .type = EK_OPTION_BOOL,
     AT(is_passing_only),
     .fallback = "true",
     .text = "Whether an instance needs all its checks passing; false also takes warning ones, at "
             "their warning weight, and drops critical ones, as Consul's DNS does."},
    {.name = "tag",
     .type = EK_OPTION_STRING,
     AT(tag),
     .min = 1,
     .text = "Only instances with this tag."},
    {.name = "datacenter",
     .type = EK_OPTION_STRING,
     AT(datacenter),
     .min = 1,
     .text = "Another datacenter than the agent's own."},
    {.name = "stale",
     .type = EK_OPTION_BOOL,
     AT(is_stale_allowed),
     .fallback = "false",
     .text = "Whether any server may answer, even without a leader."},
    {.name = "wait",
     .type = EK_OPTION_DURATION,
     AT(wait_ns),
     .fallback = "\"60s\"",
     .min = EK_S,
     .max = 600 * EK_S,
     .text = "How long a query waits for a change."},
    {.name = "empty",
     .type = EK_OPTION_WORD,
     AT(empty),
     .fallback = "\"keep\"",
     .words = empty_words,
     .text = "What an empty list is taken for: keep the last one with members, trust it, or hold "
             "the last one for holdTime, then trust it."},
    {.name = "holdTime",
     .type = EK_OPTION_DURATION,
     AT(hold_ns),
     .fallback = "\"30s\"",
     .text = "For empty: hold."},
    {.name = "initialBackoff",
     .type = EK_OPTION_DURATION,
     AT(backoff_initial_ns),
     .fallback = "\"1s\"",
     .min = EK_MS,
     .text = "Pause after the first failed query; each further one is 1.6 times as long, +-20%."},
    {.name = "maxBackoff",
     .type = EK_OPTION_DURATION,
     AT(backoff_max_ns),
     .fallback = "\"30s\"",
     .min = EK_MS,
     .text = "Longest such pause, before the jitter."},
    {.name = "minInterval",
     .type = EK_OPTION_DURATION,
     AT(interval_ns),
     .fallback = "\"1s\"",
     .min = EK_MS,
     .text = "In the long run at most one query is sent in this time; two may follow each other "
             "at once."},
    {0},
};

/* ---- the query ---- */

/* Appends to `out`, which has room: three bytes for each of `text`. */
static size_t percent_encode(char *out, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t used = 0;

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c) != NULL) {
            out[used++] = (char)c;
        } else {
            out[used++] = '%';
            out[used++] = hex[c >> 4];
            out[used++] = hex[c & 15];
        }
    }
    out[used] = '\0';
    return used;
}

static size_t append(char *out, const char *text)
{
    size_t size = strlen(text);

    memcpy(out, text, size + 1);
    return size;
}

static size_t encoded_size(const char *text)
{
    return text != NULL ? 3 * strlen(text) : 0;
}

/* Everything but the index, in the alphabetical order of Consul's own client. */
static enum ek_err build_target(struct consul *c)
{
    const struct options *o = &c->options;
    size_t tail_size = 80 + encoded_size(o->tag);

    c->target_size = 80 + encoded_size(o->service) + encoded_size(o->datacenter) + tail_size;
    c->target = ek_mem_zeroed(&ek_mem_libc, 1, c->target_size);
    c->tail = ek_mem_zeroed(&ek_mem_libc, 1, tail_size);
    if (c->target == NULL || c->tail == NULL)
        return EK_ENOMEM;

    char *p = c->target;
    p += append(p, "/v1/health/service/");
    p += percent_encode(p, o->service);
    p += append(p, "?");
    if (o->datacenter != NULL) {
        p += append(p, "dc=");
        p += percent_encode(p, o->datacenter);
        p += append(p, "&");
    }
    c->head_size = (size_t)(p - c->target);

    p = c->tail;
    p += append(p, o->is_passing_only ? "passing=1&" : "");
    p += append(p, o->is_stale_allowed ? "stale=&" : "");
    if (o->tag != NULL) {
        p += append(p, "tag=");
        p += percent_encode(p, o->tag);
        p += append(p, "&");
    }
    snprintf(p, tail_size - (size_t)(p - c->tail), "wait=%" PRId64 "ms", o->wait_ns / EK_MS);
    return EK_OK;
}

/* Sets the next query for `pause_ns` from now, or later if the bucket is empty then: a registry
 * whose answers always come at once must not be asked in a busy loop. */
static void schedule(struct consul *c, int64_t pause_ns, ek_time now)
{
    int64_t ahead = ek_time_since(c->full, now) - (BURST - 1) * c->options.interval_ns;

    c->is_asking = false;
    c->next = ek_time_add(now, ahead > pause_ns ? ahead : pause_ns);
}

static struct ek_resolve ask(struct consul *c, ek_time now)
{
    int64_t wait = c->options.wait_ns;
    int64_t timeout = c->index > 0 ? wait + wait / 16 + slack_ns : unparked_timeout_ns;

    char *end = c->target + c->head_size;
    size_t room = c->target_size - c->head_size;
    if (c->index > 0)
        snprintf(end, room, "index=%" PRIu64 "&%s", c->index, c->tail);
    else
        snprintf(end, room, "%s", c->tail);
    c->full = ek_time_add(ek_time_before(c->full, now) ? now : c->full, c->options.interval_ns);
    c->is_asking = true;
    c->next = ek_time_add(now, timeout);
    return (struct ek_resolve){.kind = EK_RESOLVE_GET, .target = c->target, .timeout_ns = timeout};
}

/* ---- the answer ---- */

/* The index is forgotten with each failure: whoever answers next may be another server, or a
 * restored one that would let an index from before wait for ever. */
static void fail(struct consul *c, ek_time now)
{
    struct ek__backoff backoff = {c->options.backoff_initial_ns, c->options.backoff_max_ns,
                                  BACKOFF_MULTIPLIER};

    c->index = 0;
    if (c->failures < UINT32_MAX)
        c->failures++;
    c->pending |= 1u << EK_RESOLVE_ERROR;
    schedule(c,
             ek_rng_jitter(&c->rng, ek__backoff_nominal(backoff, c->failures), BACKOFF_JITTER_PPM),
             now);
}

/* Keeps what an error answer says of itself, as far as it is one line of ASCII. */
static void keep_reason(struct consul *c, const struct ek_http_answer *answer)
{
    size_t used;

    if (answer->status == 0) {
        snprintf(c->text, sizeof c->text, "no answer from the registry: %s",
                 answer->error != NULL ? answer->error : "connection lost");
        return;
    }
    used = (size_t)snprintf(c->text, sizeof c->text, "the registry answered %d: ", answer->status);
    for (size_t i = 0; i < answer->body_size && answer->body != NULL; i++) {
        char byte = answer->body[i];
        if (byte < ' ' || byte > '~' || used + 1 >= sizeof c->text)
            break;
        c->text[used++] = byte;
    }
    c->text[used] = '\0';
}

/* Makes `*list` the published one, unless it already is. Empties `*list`. */
static void publish(struct consul *c, struct ek__addresses *list)
{
    if (!c->is_published || !ek__addresses_equal(list, &c->list)) {
        struct ek__addresses last = c->list;
        c->list = *list;
        *list = last;
        c->is_published = true;
        c->pending |= 1u << EK_RESOLVE_LIST;
    }
    ek__addresses_deinit(list);
}

static bool hold_is_over(const struct consul *c, ek_time now)
{
    return c->is_holding && !ek_time_before(now, c->hold_end);
}

/* A 200 with a list to go by. Where nothing with members was ever known there is nothing to keep,
 * and "none" is the answer. */
static void believe(struct consul *c, struct ek__addresses *list, ek_time now)
{
    if (list->count == 0 && c->list.count > 0 && c->options.empty != EMPTY_TRUST) {
        if (!c->is_holding)
            c->hold_end = ek_time_add(now, c->options.hold_ns);
        c->is_holding = c->options.empty == EMPTY_HOLD;
        if (!hold_is_over(c, now)) {
            c->pending |= 1u << EK_RESOLVE_EMPTY;
            return;
        }
    }
    c->is_holding = false;
    publish(c, list);
}

static void answer(void *self, const struct ek_http_answer *http, ek_time now)
{
    struct consul *c = self;
    struct ek__consul_body body;

    if (!c->is_asking)
        return;
    if (http->status != 200) {
        keep_reason(c, http);
        fail(c, now);
        return;
    }
    if (http->index > 0 && http->index == c->index) { /* the wait ran out */
        schedule(c, 0, now);
        return;
    }
    /* Without an index, as behind some proxies, nothing can be told but from the contents. */
    uint64_t index = http->index > 0 ? http->index : 1;
    ek__consul_body_read(http->body, http->body_size, &body);
    if (body.error != NULL) {
        snprintf(c->text, sizeof c->text, "the registry's answer is unusable: %s", body.error);
        fail(c, now);
    } else if (index < c->index) {
        /* A restored registry, or a server that lags: this list may be old. Read in full. */
        c->index = 0;
        schedule(c, 0, now);
    } else {
        c->index = index;
        c->failures = 0;
        believe(c, &body.addresses, now);
        schedule(c, 0, now);
    }
    ek__addresses_deinit(&body.addresses);
}

/* ---- turns ---- */

static enum ek_err init(void *self, struct ek_rng rng, ek_time now)
{
    struct consul *c = self;

    if (c->options.service == NULL)
        return EK_EINVAL;
    c->rng = rng;
    c->next = now;
    return build_target(c);
}

/* Nothing: a watch hears of changes without asking, and a lost connection is no reason to end a
 * pause early, or a registry that just failed would be asked by all its clients at once. */
static void hint(void *self, ek_time now)
{
    (void)self, (void)now;
}

/* While queries fail, nobody knows whether the list is still empty: the hold goes on. */
static bool hold_can_end(const struct consul *c)
{
    return c->is_holding && c->failures == 0;
}

static void tick(void *self, ek_time now)
{
    struct consul *c = self;
    struct ek__addresses none = {NULL, 0, 0};

    if (c->is_asking && !ek_time_before(now, c->next)) {
        snprintf(c->text, sizeof c->text, "no answer from the registry: timed out");
        c->pending |= 1u << EK_RESOLVE_CANCEL;
        fail(c, now);
    }
    if (hold_can_end(c) && hold_is_over(c, now)) {
        c->is_holding = false;
        publish(c, &none);
    }
}

static bool take(struct consul *c, enum ek_resolve_kind kind)
{
    unsigned bit = 1u << kind;
    bool is_pending = (c->pending & bit) != 0;

    c->pending &= ~bit;
    return is_pending;
}

static struct ek_resolve output(void *self, ek_time now)
{
    struct consul *c = self;

    if (take(c, EK_RESOLVE_CANCEL))
        return (struct ek_resolve){.kind = EK_RESOLVE_CANCEL};
    if (take(c, EK_RESOLVE_ERROR))
        return (struct ek_resolve){.kind = EK_RESOLVE_ERROR, .text = c->text};
    if (take(c, EK_RESOLVE_EMPTY))
        return (struct ek_resolve){.kind = EK_RESOLVE_EMPTY};
    if (take(c, EK_RESOLVE_LIST))
        return (struct ek_resolve){
            .kind = EK_RESOLVE_LIST, .addresses = c->list.items, .address_count = c->list.count};
    if (!c->is_asking && !ek_time_before(now, c->next))
        return ask(c, now);
    return (struct ek_resolve){.kind = EK_RESOLVE_NONE};
}

static ek_time deadline(const void *self)
{
    const struct consul *c = self;

    return hold_can_end(c) ? ek_time_min(c->next, c->hold_end) : c->next;
}

static void deinit(void *self)
{
    struct consul *c = self;

    ek__addresses_deinit(&c->list);
    ek_mem_free(&ek_mem_libc, c->target);
    ek_mem_free(&ek_mem_libc, c->tail);
    c->target = c->tail = NULL;
}

const struct ek_resolver_ops ek__resolver_consul = {
    .name = "consul",
    .text = "A service in Consul's catalog, watched with blocking queries.",
    .self_size = sizeof(struct consul),
    .options = options,
    .init = init,
    .answer = answer,
    .hint = hint,
    .tick = tick,
    .output = output,
    .deadline = deadline,
    .deinit = deinit,
};
