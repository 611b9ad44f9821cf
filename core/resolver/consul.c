/* Watching one Consul service with blocking queries, or polling it. */
#include "core/resolver/consul.h"

#include "core/resolver/pace.h"

#include <stddef.h>
#include <stdio.h>

struct consul {
    struct ek__consul_options options;
    struct ek__pace pace;
    struct ek__consul_query query;
    bool asks_stale;   /* of the query under way: a stale answer will do */
    bool needs_leader; /* the last answer was too stale */
    ek_time asked;     /* when the last query began */
    uint64_t index;    /* to wait behind; 0: read at once */
    ek_time heard;     /* when the list was last confirmed */
    bool is_aged;      /* too long ago, and noted */
    struct ek__belief belief;
    unsigned pending; /* bit n: enum ek_resolve_kind n is to be put out */
    char text[160];
};

/* ---- the query ---- */

/* Of a watch the next query follows at once. */
static void schedule_next(struct consul *c, ek_time now)
{
    ek__pace_rest(&c->pace, c->options.mode == EK__CONSUL_POLL ? c->options.poll_ns : 0, now);
}

/* On top of the wait and its jitter of up to a sixteenth: the way there and back. */
static int64_t parked_timeout_ns(const struct ek__consul_options *options)
{
    int64_t wait_ns = options->wait_ns + options->wait_ns / 16;

    return options->slack_ns > INT64_MAX - wait_ns ? INT64_MAX : wait_ns + options->slack_ns;
}

static struct ek_resolve ask(struct consul *c, ek_time now)
{
    int64_t timeout = c->index > 0 ? parked_timeout_ns(&c->options) : c->options.read_timeout_ns;

    c->asks_stale = c->options.is_stale_allowed && !c->needs_leader;
    c->asked = now;
    ek__pace_ask(&c->pace, timeout, now);
    return (struct ek_resolve){.kind = EK_RESOLVE_GET,
                               .target = ek__consul_query_text(&c->query, c->index, c->asks_stale),
                               .timeout_ns = timeout};
}

/* ---- the answer ---- */

/* The index is forgotten with each failure: whoever answers next may be another server, or a
 * restored one that would let an index from before wait for ever. */
static void fail(struct consul *c, ek_time now)
{
    c->index = 0;
    c->pending |= 1u << EK_RESOLVE_ERROR;
    ek__pace_fail(&c->pace, now);
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

static void hear(struct consul *c, ek_time now)
{
    c->heard = now;
    c->is_aged = c->needs_leader = false;
}

/* A 200 with a usable list. */
static void believe(struct consul *c, struct ek__addresses *list, uint64_t index, ek_time now)
{
    struct ek__belief_news news;

    if (!ek__belief_offer(&c->belief, list, now, &news)) {
        snprintf(c->text, sizeof c->text, "the registry's answer is unusable: out of memory");
        fail(c, now);
        return;
    }
    c->index = c->options.mode == EK__CONSUL_POLL ? 0 : index;
    c->pace.failures = 0;
    hear(c, now);
    ek__pending_add(&c->pending, &news);
    schedule_next(c, now);
}

static bool is_too_stale(const struct consul *c, const struct ek_http_answer *http)
{
    return c->asks_stale && c->options.max_stale_ns > 0 &&
           http->last_contact_ns > c->options.max_stale_ns;
}

static void read_body(struct consul *c, const struct ek_http_answer *http, ek_time now)
{
    /* Without an index, as behind some proxies, nothing can be told but from the contents. */
    uint64_t index = http->index > 0 ? http->index : 1;
    struct ek__consul_body body;

    ek__consul_body_read(http->body, http->body_size, &c->options, &body);
    if (body.error != NULL) {
        snprintf(c->text, sizeof c->text, "the registry's answer is unusable: %s", body.error);
        fail(c, now);
    } else if (index < c->index) {
        /* A restored registry, or a server that lags: this list may be old. Read in full. */
        c->index = 0;
        ek__pace_rest(&c->pace, 0, now);
    } else {
        believe(c, &body.addresses, index, now);
    }
    ek__addresses_deinit(&body.addresses);
}

/* An answer with the index that was waited behind says that nothing changed. If it comes long
 * before the wait is over the registry gave the query up: it is shut down, or was restored and
 * would now let that index wait in vain. So the next query reads in full. */
static void nothing_new(struct consul *c, ek_time now)
{
    if (ek_time_since(now, c->asked) < c->options.wait_ns - c->options.wait_ns / 16)
        c->index = 0;
    hear(c, now);
    ek__pace_rest(&c->pace, 0, now);
}

static void answer(void *self, const struct ek_http_answer *http, ek_time now)
{
    struct consul *c = self;

    if (!c->pace.is_asking)
        return;
    if (http->status != 200) {
        keep_reason(c, http);
        fail(c, now);
    } else if (is_too_stale(c, http)) {
        c->needs_leader = true;
        c->index = 0;
        ek__pace_rest(&c->pace, 0, now);
    } else if (http->index > 0 && http->index == c->index) {
        nothing_new(c, now);
    } else {
        read_body(c, http, now);
    }
}

/* ---- turns ---- */

static enum ek_err init(void *self, struct ek_rng rng, ek_time now)
{
    struct consul *c = self;

    if (c->options.service == NULL)
        return EK_EINVAL;
    ek__pace_init(&c->pace,
                  (struct ek__pace_limits){c->options.backoff_initial_ns, c->options.backoff_max_ns,
                                           c->options.interval_ns},
                  rng, now);
    c->heard = now;
    c->belief.options = c->options.belief;
    c->belief.keeps_order = c->options.near != NULL;
    return ek__consul_query_init(&c->query, &c->options);
}

/* Nothing: a watch hears of changes without asking, and a lost connection is no reason to end a
 * pause early, or a registry that just failed would be asked by all its clients at once. */
static void hint(void *self, ek_time now)
{
    (void)self, (void)now;
}

static ek_time aged_at(const struct consul *c)
{
    return c->options.max_age_ns > 0 && !c->is_aged ? ek_time_add(c->heard, c->options.max_age_ns)
                                                    : EK_TIME_NEVER;
}

static void give_up(struct consul *c)
{
    if (c->pace.is_asking)
        c->pending |= 1u << EK_RESOLVE_CANCEL;
}

/* While queries fail, nobody knows whether what is missing still is: what is kept stays. */
static bool can_let_go(const struct consul *c)
{
    return c->pace.failures == 0;
}

static void tick(void *self, ek_time now)
{
    struct consul *c = self;
    struct ek__belief_news news;

    if (ek__pace_is_late(&c->pace, now)) {
        bool was_parked = c->index > 0;

        snprintf(c->text, sizeof c->text, "no answer from the registry: timed out");
        give_up(c);
        fail(c, now);
        if (was_parked && c->pace.failures == 1) /* silence is no sign of overload: ask at once */
            ek__pace_rest(&c->pace, 0, now);
    }
    if (!ek_time_before(now, aged_at(c))) {
        c->is_aged = true;
        c->pending |= 1u << EK_RESOLVE_AGED;
        if (c->options.on_aged == EK__CONSUL_READ && c->pace.is_asking) {
            give_up(c);
            c->index = 0;
            ek__pace_rest(&c->pace, 0, now);
        }
    }
    if (can_let_go(c) && ek__belief_tick(&c->belief, now, &news))
        ek__pending_add(&c->pending, &news);
}

static struct ek_resolve output(void *self, ek_time now)
{
    static const enum ek_resolve_kind plain[] = {
        EK_RESOLVE_CANCEL, EK_RESOLVE_AGED, EK_RESOLVE_ERROR, EK_RESOLVE_EMPTY, EK_RESOLVE_SHRUNK};
    struct consul *c = self;

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (ek__pending_take(&c->pending, plain[i]))
            return (struct ek_resolve){.kind = plain[i], .text = c->text};
    if (ek__pending_take(&c->pending, EK_RESOLVE_LIST))
        return (struct ek_resolve){.kind = EK_RESOLVE_LIST,
                                   .addresses = c->belief.list.items,
                                   .address_count = c->belief.list.count};
    if (ek__pace_is_due(&c->pace, now))
        return ask(c, now);
    return (struct ek_resolve){.kind = EK_RESOLVE_NONE};
}

static ek_time deadline(const void *self)
{
    const struct consul *c = self;
    ek_time due = ek_time_min(c->pace.next, aged_at(c));

    return can_let_go(c) ? ek_time_min(due, ek__belief_deadline(&c->belief)) : due;
}

static void deinit(void *self)
{
    struct consul *c = self;

    ek__belief_deinit(&c->belief);
    ek__consul_query_deinit(&c->query);
}

const struct ek_resolver_ops ek__resolver_consul = {
    .name = "consul",
    .text = "A service in Consul's catalog, watched with blocking queries or polled.",
    .self_size = sizeof(struct consul),
    .options = ek__consul_option_rows,
    .check = ek__consul_check,
    .init = init,
    .answer = answer,
    .hint = hint,
    .tick = tick,
    .output = output,
    .deadline = deadline,
    .deinit = deinit,
};
