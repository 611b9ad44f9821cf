/* Events in words. */
#include "evenkeel/option.h"
#include "reports/recording/replay_model.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What a sentence is made of. */
struct parts {
    const struct ek_replay *replay;
    const struct ek_replay_event *event;
    const char *actor, *subject;
    char *out;
    size_t size;
};

static void EK_PRINTF(2, 3) say(const struct parts *p, const char *format, ...)
{
    size_t used = strlen(p->out);
    va_list args;
    va_start(args, format);
    vsnprintf(p->out + used, p->size - used, format, args);
    va_end(args);
}

const char *ek_replay_named(const struct ek_replay *replay, uint32_t endpoint, const char *text,
                            char *out, size_t size)
{
    bool is_known = endpoint < replay->results.endpoint_count;
    const char *address = is_known ? replay->endpoints[endpoint].address : "";
    const char *at = address[0] != '\0' ? strstr(text, address) : NULL;
    if (at == NULL)
        snprintf(out, size, "%s", text);
    else
        snprintf(out, size, "%.*s%s%s", (int)(at - text), text, replay->endpoints[endpoint].name,
                 at + strlen(address));
    return out;
}

/* ": text", when there is one. */
static void say_why(const struct parts *p)
{
    char text[256];
    if (p->event->text[0] != '\0')
        say(p, ": %s",
            ek_replay_named(p->replay, p->event->subject, p->event->text, text, sizeof text));
}

static const char *actor_name(const struct ek_replay *replay, const struct ek_replay_event *event)
{
    if (event->actor == EK_NOBODY)
        return "?";
    switch (ek__record_role(event->kind)) {
    case EK__ROLE_CLIENT:
        return replay->clients[event->actor].name;
    case EK__ROLE_ENDPOINT:
        return replay->endpoints[event->actor].name;
    case EK__ROLE_FAULT:
        return replay->results.faults[event->actor].id;
    case EK__ROLE_NONE:
        break;
    }
    return "?";
}

static const char *conn_name(int64_t state)
{
    return state >= 0 && state < EK_CONN_COUNT ? ek_conn_name((enum ek_conn)state) : "?";
}

static const char *status_name(int64_t status)
{
    return status >= 0 && status < EK_STATUS_COUNT ? ek_status_name((enum ek_status)status) : "?";
}

static const char *process_words(int64_t process)
{
    static const char *const words[] = {
        "is up", "is down", "is starting", "is paused", "is draining", "is degraded",
    };
    return process >= 0 && process <= EK_PROCESS_DEGRADED ? words[process] : "changed";
}

static const char *limit_name(int64_t limit)
{
    static const char *const words[] = {
        "requests", "requests to one endpoint", "pending requests", "retries", "retries (budget)",
    };
    return limit >= 0 && limit < EK_LIMIT_COUNT ? words[limit] : "calls";
}

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

/* Names a duration, at most four digits. */
static const char *duration(int64_t ns, char out[32])
{
    return ek_duration_text(ns, out, 32);
}

static void say_resolver(const struct parts *p)
{
    const struct ek_replay_event *event = p->event;
    switch ((int)event->kind) {
    case EK_RECORD_RESOLVED:
        say(p, "client %s lists %" PRId64 " endpoint%s, %" PRId64 " came or went", p->actor,
            event->a, plural(event->a), event->b);
        break;
    case EK_RECORD_ENDPOINT_ADDED:
        say(p, "client %s adds %s", p->actor, p->subject);
        break;
    case EK_RECORD_ENDPOINT_REMOVED:
        say(p, "client %s removes %s", p->actor, p->subject);
        break;
    case EK_RECORD_RESOLVER_ERROR:
        say(p, "client %s cannot resolve", p->actor);
        say_why(p);
        break;
    case EK_RECORD_EMPTY_IGNORED:
        say(p, "client %s does not believe an empty list", p->actor);
        break;
    case EK_RECORD_SHRINK_IGNORED:
        say(p, "client %s does not believe a list that lost so many", p->actor);
        break;
    case EK_RECORD_VIEW_AGED:
        say(p, "client %s has heard nothing of its list for too long", p->actor);
        break;
    case EK_RECORD_QUERY:
        say(p, "client %s has an answer of the registry: status %" PRId64, p->actor, event->a);
        if (event->b > 0)
            say(p, ", index %" PRId64, event->b);
        say_why(p);
        break;
    default:
        break;
    }
}

static void say_health(const struct parts *p)
{
    const struct ek_replay_event *event = p->event;
    char time[32];
    switch ((int)event->kind) {
    case EK_RECORD_CHANNEL_STATE:
        say(p, "client %s is %s, was %s", p->actor, conn_name(event->b), conn_name(event->a));
        break;
    case EK_RECORD_SUBCHANNEL_STATE:
        say(p, "client %s to %s: %s -> %s", p->actor, p->subject, conn_name(event->a),
            conn_name(event->b));
        if (event->text[0] != '\0')
            say(p, " (%s)", event->text);
        break;
    case EK_RECORD_EJECTED:
        say(p, "client %s ejects %s", p->actor, p->subject);
        if (event->b > 0)
            say(p, ": %" PRId64 " failure%s in a row", event->b, plural(event->b));
        if (event->a > 0 && event->a < INT64_MAX)
            say(p, ", until %s", duration(event->a, time));
        break;
    case EK_RECORD_RETURNED:
        say(p, "client %s takes %s back", p->actor, p->subject);
        break;
    case EK_RECORD_UNHEALTHY:
        say(p, "client %s finds %s unhealthy: %" PRId64 " probe%s failed", p->actor, p->subject,
            event->a, plural(event->a));
        say_why(p);
        break;
    case EK_RECORD_HEALTHY:
        if (event->a > 0)
            say(p, "client %s finds %s healthy", p->actor, p->subject);
        else
            say(p, "client %s no longer knows whether %s is healthy", p->actor, p->subject);
        break;
    case EK_RECORD_SPARED:
        say(p, "client %s does not eject the outlier %s: %s", p->actor, p->subject,
            event->b == EK_SPARED_LIMIT ? "enough are ejected" : "by chance, as configured");
        break;
    default:
        break;
    }
}

static void say_call(const struct parts *p)
{
    const struct ek_replay_event *event = p->event;
    bool has_subject = event->subject != EK_NOBODY;
    char time[32];
    switch ((int)event->kind) {
    case EK_RECORD_RETRY:
        say(p, "client %s retries call %" PRId64, p->actor, event->a);
        if (has_subject)
            say(p, " that failed on %s", p->subject);
        if (event->b > 0)
            say(p, ", after %s", duration(event->b, time));
        break;
    case EK_RECORD_THROTTLED:
        say(p, "client %s may not retry call %" PRId64 ": its budget is spent", p->actor, event->a);
        break;
    case EK_RECORD_HEDGE:
        say(p, "client %s hedges call %" PRId64 ": attempt %" PRId64, p->actor, event->a, event->b);
        break;
    case EK_RECORD_TRANSPARENT:
        say(p, "client %s sends call %" PRId64 " again: it was not worked on", p->actor, event->a);
        break;
    case EK_RECORD_OVERFLOW:
        say(p, "client %s: call %" PRId64 " exceeds the limit of %s", p->actor, event->a,
            limit_name(event->b));
        break;
    case EK_RECORD_REJECTED:
        say(p, "client %s rejects call %" PRId64 " by itself: the servers refuse too many",
            p->actor, event->a);
        break;
    case EK_RECORD_ATTEMPT_FAILED:
        say(p, "client %s: attempt of call %" PRId64 " on %s failed, %s", p->actor, event->a,
            p->subject, status_name(event->b));
        say_why(p);
        break;
    case EK_RECORD_CALL_FAILED:
        say(p, "client %s: call %" PRId64 " failed, %s", p->actor, event->a, status_name(event->b));
        if (has_subject)
            say(p, ", last on %s", p->subject);
        say_why(p);
        break;
    default:
        break;
    }
}

static void say_registry(const struct parts *p)
{
    const struct ek_replay_event *event = p->event;
    switch ((int)event->kind) {
    case EK_RECORD_REGISTERED:
        say(p, "registry: %s is registered", p->subject);
        break;
    case EK_RECORD_DEREGISTERED:
        say(p, "registry: %s is deregistered", p->subject);
        break;
    case EK_RECORD_CHECK:
        say(p, "registry: check of %s is %s", p->subject,
            event->text[0] != '\0' ? event->text : "unknown");
        break;
    default:
        say(p, "registry: %" PRId64 " watcher%s woken", event->a, plural(event->a));
        break;
    }
    if (event->b > 0)
        say(p, ", index %" PRId64, event->b);
}

static void say_break(const struct parts *p)
{
    if (p->event->kind == EK_RECORD_SCENARIO) {
        say(p, "%s", p->event->text);
        return;
    }
    if (p->event->kind == EK_RECORD_FAULT_END) {
        say(p, "fault %s ends", p->actor);
        return;
    }
    if (p->event->kind == EK_RECORD_FAULT_BEGIN)
        say(p, "fault %s begins", p->actor);
    else
        say(p, "%s %s", p->actor, process_words(p->event->a));
    say_why(p);
}

static void say_config(const struct parts *p)
{
    switch ((int)p->event->kind) {
    case EK_RECORD_CANARY:
        say(p, "client %s sends %g %% of its calls to the canary", p->actor,
            (double)p->event->a / 10000);
        break;
    case EK_RECORD_CANARY_IGNORED:
        say(p, "client %s keeps the canary's share", p->actor);
        break;
    case EK_RECORD_CONFIG:
        say(p, "client %s has another service config", p->actor);
        break;
    default:
        say(p, "client %s refuses a service config", p->actor);
        break;
    }
    say_why(p);
}

const char *ek_replay_event_text(const struct ek_replay *replay,
                                 const struct ek_replay_event *event, char *out, size_t size)
{
    if (size == 0)
        return "";
    out[0] = '\0';
    char time[32];
    bool has_subject = event->subject != EK_NOBODY;
    struct parts p = {
        .replay = replay,
        .event = event,
        .actor = actor_name(replay, event),
        .subject = has_subject ? replay->endpoints[event->subject].name : "no endpoint",
        .out = out,
        .size = size,
    };
    switch (event->kind) {
    case EK_RECORD_FAULT_BEGIN:
    case EK_RECORD_FAULT_END:
    case EK_RECORD_PROCESS:
    case EK_RECORD_SCENARIO:
        say_break(&p);
        break;
    case EK_RECORD_RESOLVED:
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_ENDPOINT_REMOVED:
    case EK_RECORD_RESOLVER_ERROR:
    case EK_RECORD_EMPTY_IGNORED:
    case EK_RECORD_QUERY:
    case EK_RECORD_SHRINK_IGNORED:
    case EK_RECORD_VIEW_AGED:
        say_resolver(&p);
        break;
    case EK_RECORD_CHANNEL_STATE:
    case EK_RECORD_SUBCHANNEL_STATE:
    case EK_RECORD_EJECTED:
    case EK_RECORD_RETURNED:
    case EK_RECORD_UNHEALTHY:
    case EK_RECORD_HEALTHY:
    case EK_RECORD_SPARED:
        say_health(&p);
        break;
    case EK_RECORD_RETRY:
    case EK_RECORD_THROTTLED:
    case EK_RECORD_ATTEMPT_FAILED:
    case EK_RECORD_CALL_FAILED:
    case EK_RECORD_HEDGE:
    case EK_RECORD_TRANSPARENT:
    case EK_RECORD_OVERFLOW:
    case EK_RECORD_REJECTED:
        say_call(&p);
        break;
    case EK_RECORD_CLOCK_BACKWARDS:
        say(&p, "client %s: the clock went back %s and is held", p.actor, duration(event->a, time));
        break;
    case EK_RECORD_REGISTERED:
    case EK_RECORD_DEREGISTERED:
    case EK_RECORD_CHECK:
    case EK_RECORD_WOKEN:
        say_registry(&p);
        break;
    case EK_RECORD_CANARY:
    case EK_RECORD_CANARY_IGNORED:
    case EK_RECORD_CONFIG:
    case EK_RECORD_CONFIG_REFUSED:
        say_config(&p);
        break;
    case EK_RECORD_COUNT:
        break;
    }
    return out;
}
