/* Names that the driver looks up: when to, and what to make of the answer, as gRPC's resolvers. */
#include "core/resolver/pace.h"

#include "evenkeel/mem.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    HOST_SIZE_MAX = 256
};

/* Whose habits: they differ in what a name is that does not exist. */
enum dialect {
    GRPC_GO,
    GRPC_CORE,
    GRPC_JAVA,
    GRPC_NODE
};

static const char *const dialect_words[] = {"grpc-go", "grpc-core", "grpc-java", "grpc-node", NULL};

struct options {
    char *target;
    int dialect;
    int64_t interval_ns, timeout_ns, backoff_initial_ns, backoff_max_ns;
};

struct dns {
    struct options options;
    struct ek__pace pace; /* the next look-up also has to be wanted */
    char host[HOST_SIZE_MAX];
    const char *port; /* within the target */
    bool is_literal;  /* an address already: told once */
    bool is_wanted;   /* a hint has come since the last look-up began */
    struct ek__addresses list;
    bool is_published;
    unsigned pending; /* bit n: enum ek_resolve_kind n is to be put out */
    char text[160];
};

static const struct ek_option options[] = {
    {.name = "target",
     .type = EK_OPTION_STRING,
     .offset = offsetof(struct options, target),
     .required = true,
     .min = 1,
     .max = EK__ADDRESS_SIZE_MAX,
     .text = "\"host:port\". A host that is an address needs no lookup and never changes."},
    {.name = "dialect",
     .type = EK_OPTION_WORD,
     .offset = offsetof(struct options, dialect),
     .fallback = "\"grpc-go\"",
     .words = dialect_words,
     .text = "What a name without addresses means: grpc-go: an empty list, so all connections go; "
             "the others: an error, so the last list stays."},
    {.name = "minInterval",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, interval_ns),
     .fallback = "\"30s\"",
     .text = "No lookup begins sooner after the end of the last one that went well."},
    {.name = "timeout",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, timeout_ns),
     .fallback = "\"30s\"",
     .min = EK_MS,
     .text = "When a lookup is given up; grpc-go: 30s, grpc-core: 120s."},
    {.name = "initialBackoff",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, backoff_initial_ns),
     .fallback = "\"1.6s\"",
     .min = EK_MS,
     .text = "Pause after the first lookup that failed; each further one is 1.6 times as long, "
             "+-20%."},
    {.name = "maxBackoff",
     .type = EK_OPTION_DURATION,
     .offset = offsetof(struct options, backoff_max_ns),
     .fallback = "\"120s\"",
     .min = EK_MS,
     .text = "Longest such pause, before the jitter."},
    {0},
};

static void check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct options *o = self;
    char place[sizeof errors->items[0].path];

    if (o->target == NULL)
        return;
    snprintf(place, sizeof place, "%s/target", path);
    if (!ek__address_is_valid(o->target))
        ek_errors_add(errors, place, false,
                      "\"%.64s\" is not \"host:port\" with a port from 1 to 65535", o->target);
    else if (strrchr(o->target, ':') - o->target >= HOST_SIZE_MAX)
        ek_errors_add(errors, place, false, "the host \"%.32s...\" is longer than %d bytes",
                      o->target, HOST_SIZE_MAX - 1);
}

/* Four numbers of 0 .. 255 with dots between them. */
static bool is_ipv4(const char *text)
{
    int dots = 0, digits = 0, value = 0;

    for (; *text != '\0'; text++) {
        if (*text == '.') {
            if (digits == 0)
                return false;
            dots++;
            digits = value = 0;
        } else if (*text < '0' || *text > '9' || ++digits > 3) {
            return false;
        } else {
            value = 10 * value + (*text - '0');
            if (value > 255)
                return false;
        }
    }
    return dots == 3 && digits > 0;
}

static bool add_address(struct dns *d, const char *host, struct ek__addresses *list)
{
    char text[EK__ADDRESS_SIZE_MAX + HOST_SIZE_MAX];
    bool is_bare_ipv6 = strchr(host, ':') != NULL && host[0] != '[';

    snprintf(text, sizeof text, is_bare_ipv6 ? "[%s]:%s" : "%s:%s", host, d->port);
    return ek__address_is_valid(text) &&
           ek__addresses_add(list, &(struct ek_address){.text = text, .weight = 1}) == EK_OK;
}

/* Makes `*list` the published one, unless it already is. Empties `*list`. */
static void publish(struct dns *d, struct ek__addresses *list)
{
    if (!d->is_published || !ek__addresses_equal(list, &d->list)) {
        struct ek__addresses last = d->list;

        d->list = *list;
        *list = last;
        d->is_published = true;
        d->pending |= 1u << EK_RESOLVE_LIST;
    }
    ek__addresses_deinit(list);
}

static enum ek_err init(void *self, struct ek_rng rng, ek_time now)
{
    struct dns *d = self;
    struct ek__addresses list = {NULL, 0, 0};
    const char *colon = d->options.target != NULL ? strrchr(d->options.target, ':') : NULL;
    size_t size;

    if (colon == NULL || !ek__address_is_valid(d->options.target))
        return EK_EINVAL;
    size = (size_t)(colon - d->options.target);
    if (size >= sizeof d->host)
        return EK_EINVAL;
    memcpy(d->host, d->options.target, size);
    d->host[size] = '\0';
    d->port = colon + 1;
    ek__pace_init(
        &d->pace,
        (struct ek__pace_limits){d->options.backoff_initial_ns, d->options.backoff_max_ns, 0}, rng,
        now);
    d->is_wanted = true;
    d->is_literal = d->host[0] == '[' || is_ipv4(d->host);
    if (!d->is_literal)
        return EK_OK;
    d->is_wanted = false;
    if (!add_address(d, d->host, &list))
        return EK_ENOMEM;
    publish(d, &list);
    return EK_OK;
}

/* ---- answers ---- */

static void retry(struct dns *d, ek_time now)
{
    d->is_wanted = true;
    ek__pace_fail(&d->pace, now);
}

static void fail(struct dns *d, const char *why, ek_time now)
{
    snprintf(d->text, sizeof d->text, "lookup of %.80s: %.60s", d->host, why);
    d->pending |= 1u << EK_RESOLVE_ERROR;
    retry(d, now);
}

/* One address a line. Returns false for a line that is none, or without memory. */
static bool read_lines(struct dns *d, const struct ek_http_answer *answer,
                       struct ek__addresses *list)
{
    size_t at = 0;

    while (answer->body != NULL && at < answer->body_size) {
        const char *line = answer->body + at;
        const char *end = memchr(line, '\n', answer->body_size - at);
        size_t size = end != NULL ? (size_t)(end - line) : answer->body_size - at;
        char host[64];

        at += size + 1;
        if (size == 0)
            continue;
        if (size >= sizeof host || memchr(line, '\0', size) != NULL)
            return false;
        memcpy(host, line, size);
        host[size] = '\0';
        if ((!is_ipv4(host) && strchr(host, ':') == NULL) || !add_address(d, host, list))
            return false;
    }
    return ek__addresses_unique(list) == EK_OK;
}

/* grpc-go makes an empty list of it; the channel refuses that, so it is looked up again as after
 * an error. */
static void no_addresses(struct dns *d, ek_time now)
{
    struct ek__addresses none = {NULL, 0, 0};

    if (d->options.dialect != GRPC_GO) {
        fail(d, "no such name", now);
        return;
    }
    publish(d, &none);
    retry(d, now);
}

static void answer(void *self, const struct ek_http_answer *http, ek_time now)
{
    struct dns *d = self;
    struct ek__addresses list = {NULL, 0, 0};

    if (!d->pace.is_asking)
        return;
    if (http->status == 404) {
        no_addresses(d, now);
    } else if (http->status != 200) {
        fail(d, http->error != NULL ? http->error : "no answer", now);
    } else if (!read_lines(d, http, &list)) {
        fail(d, "the answer is not a list of addresses", now);
    } else if (list.count == 0) {
        no_addresses(d, now);
    } else {
        publish(d, &list);
        d->pace.failures = 0;
        ek__pace_rest(&d->pace, d->options.interval_ns, now);
    }
    ek__addresses_deinit(&list);
}

/* ---- turns ---- */

/* A burst of hints is one wish; one that comes during a lookup asks for another. */
static void hint(void *self, ek_time now)
{
    struct dns *d = self;

    (void)now;
    d->is_wanted = !d->is_literal;
}

static void tick(void *self, ek_time now)
{
    struct dns *d = self;

    if (!ek__pace_is_late(&d->pace, now))
        return;
    d->pending |= 1u << EK_RESOLVE_CANCEL;
    fail(d, "timed out", now);
}

static struct ek_resolve output(void *self, ek_time now)
{
    struct dns *d = self;

    if (ek__pending_take(&d->pending, EK_RESOLVE_CANCEL))
        return (struct ek_resolve){.kind = EK_RESOLVE_CANCEL};
    if (ek__pending_take(&d->pending, EK_RESOLVE_ERROR))
        return (struct ek_resolve){.kind = EK_RESOLVE_ERROR, .text = d->text};
    if (ek__pending_take(&d->pending, EK_RESOLVE_LIST))
        return (struct ek_resolve){
            .kind = EK_RESOLVE_LIST, .addresses = d->list.items, .address_count = d->list.count};
    if (!d->is_wanted || !ek__pace_is_due(&d->pace, now))
        return (struct ek_resolve){.kind = EK_RESOLVE_NONE};
    d->is_wanted = false;
    ek__pace_ask(&d->pace, d->options.timeout_ns, now);
    return (struct ek_resolve){
        .kind = EK_RESOLVE_LOOKUP, .target = d->host, .timeout_ns = d->options.timeout_ns};
}

static ek_time deadline(const void *self)
{
    const struct dns *d = self;

    return d->pace.is_asking || d->is_wanted ? d->pace.next : EK_TIME_NEVER;
}

static void deinit(void *self)
{
    struct dns *d = self;

    ek__addresses_deinit(&d->list);
}

const struct ek_resolver_ops ek__resolver_dns = {
    .name = "dns",
    .text = "A host name, looked up by the driver when connections fail.",
    .self_size = sizeof(struct dns),
    .options = options,
    .check = check,
    .init = init,
    .answer = answer,
    .hint = hint,
    .tick = tick,
    .output = output,
    .deadline = deadline,
    .deinit = deinit,
};
