/* Merged events in words. */
#include "reports/explain/effects.h"
#include "reports/explain/story.h"

#include "evenkeel/event.h"

#include <inttypes.h>
#include <stdio.h>

/* "6 clients", "c3"; what they do follows with an s when it is one. */
struct who {
    char actor[96], endpoint[96];
    const char *s; /* "s" after one */
};

static struct who who_of(const struct ek_replay *replay, const struct ek__effect *effect)
{
    struct who who = {.s = effect->actors == 1 ? "s" : ""};
    size_t event_count, client_count, endpoint_count;
    const struct ek_replay_event *event = &ek_replay_events(replay, &event_count)[effect->first];
    const struct ek_replay_client *clients = ek_replay_clients(replay, &client_count);
    const struct ek_replay_endpoint *endpoints = ek_replay_endpoints(replay, &endpoint_count);
    bool is_process = effect->kind == EK_RECORD_PROCESS;
    size_t actor_count = is_process ? endpoint_count : client_count;
    if (effect->actors != 1 || event->actor >= actor_count)
        snprintf(who.actor, sizeof who.actor, "%s",
                 ek__counted(effect->actors, is_process ? "endpoint" : "client").s);
    else
        snprintf(who.actor, sizeof who.actor, "%.90s",
                 is_process ? endpoints[event->actor].name : clients[event->actor].name);
    if (effect->endpoints == 1 && event->subject < endpoint_count)
        snprintf(who.endpoint, sizeof who.endpoint, "%.90s", endpoints[event->subject].name);
    else
        snprintf(who.endpoint, sizeof who.endpoint, "%s",
                 ek__counted(effect->endpoints, "endpoint").s);
    return who;
}

static void subchannel_text(const struct ek__effect *effect, const struct who *who, char *out,
                            size_t size)
{
    static const char *const words[] = {
        [EK__SUBCHANNEL_BREAKS] = "lost",
        [EK__SUBCHANNEL_FAILS] = "failed to connect",
        [EK__SUBCHANNEL_READY] = "READY",
        [EK__SUBCHANNEL_CLOSES] = "closed",
    };
    if (effect->variant == EK__SUBCHANNEL_FAILS)
        snprintf(out, size, "%s cannot connect to %s", who->actor, who->endpoint);
    else
        snprintf(out, size, "connections of %s to %s: %s", who->actor, who->endpoint,
                 words[effect->variant < EK__SUBCHANNEL_TRIES ? effect->variant : 0]);
}

static void registry_text(const struct ek_replay_event *event, const struct ek__effect *effect,
                          const struct who *who, char *out, size_t size)
{
    static const char *const checks[] = {"", "passing", "warning", "critical"};
    int used;
    if (effect->kind == EK_RECORD_CHECK)
        used = snprintf(out, size, "registry: check of %s %s", who->endpoint,
                        checks[effect->variant & 3u]);
    else if (effect->kind == EK_RECORD_WOKEN)
        used = snprintf(out, size, "registry: %s woken",
                        ek__counted(event->a > 0 ? (uint64_t)event->a : 0, "watcher").s);
    else
        used = snprintf(out, size, "registry: %s %sregistered", who->endpoint,
                        effect->kind == EK_RECORD_DEREGISTERED ? "de" : "");
    if (used > 0 && (size_t)used < size && event->b > 0)
        used += snprintf(out + used, size - (size_t)used, ", index %" PRId64 "%s", event->b,
                         effect->count > 1 ? " and on" : "");
    if (used > 0 && (size_t)used < size && effect->woken > 0)
        snprintf(out + used, size - (size_t)used, ", %s woken",
                 ek__counted(effect->woken, "watcher").s);
}

static void client_text(const struct ek_replay_event *event, const struct ek__effect *effect,
                        const struct who *who, char *out, size_t size)
{
    switch ((int)effect->kind) {
    case EK_RECORD_QUERY:
        if (event->a == 200)
            snprintf(out, size, "%s get%s an answer, index %" PRId64 "%s", who->actor, who->s,
                     event->b, effect->count > effect->actors ? " and on" : "");
        else
            snprintf(out, size, "%s get%s no answer, status %" PRId64, who->actor, who->s,
                     event->a);
        break;
    case EK_RECORD_RESOLVED:
        if (effect->variant == 0)
            snprintf(out, size, "%s list%s no endpoint any more", who->actor, who->s);
        else if (effect->count > effect->actors)
            snprintf(out, size, "%s change%s the list, %s in all", who->actor, who->s,
                     ek__counted(effect->count, "time").s);
        else
            snprintf(out, size, "%s list%s %s now", who->actor, who->s,
                     ek__counted((uint64_t)event->a, "endpoint").s);
        break;
    case EK_RECORD_EMPTY_IGNORED:
        snprintf(out, size, "%s do%s not believe the empty list", who->actor,
                 effect->actors == 1 ? "es" : "");
        break;
    case EK_RECORD_RESOLVER_ERROR:
        snprintf(out, size, "%s cannot resolve", who->actor);
        break;
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_ENDPOINT_REMOVED:
        snprintf(out, size, "%s %s%s %s", who->actor,
                 effect->kind == EK_RECORD_ENDPOINT_ADDED ? "add" : "remove", who->s,
                 who->endpoint);
        break;
    case EK_RECORD_CHANNEL_STATE:
        snprintf(out, size, "%s: channel %s", who->actor,
                 effect->variant < EK_CONN_COUNT ? ek_conn_name((enum ek_conn)effect->variant)
                                                 : "?");
        break;
    default:
        snprintf(out, size, "%s: %s", who->actor, ek_record_word(effect->kind));
        break;
    }
}

static void health_text(const struct ek__effect *effect, const struct who *who, char *out,
                        size_t size)
{
    uint64_t pairs = (uint64_t)effect->actors * effect->endpoints;
    char times[80] = "";
    if (effect->count > 1 && effect->count != pairs)
        snprintf(times, sizeof times, ", %s in all", ek__counted(effect->count, "time").s);
    if (effect->kind == EK_RECORD_EJECTED)
        snprintf(out, size, "%s eject%s %s%s", who->actor, who->s, who->endpoint, times);
    else if (effect->kind == EK_RECORD_UNHEALTHY || effect->kind == EK_RECORD_HEALTHY)
        snprintf(out, size, "%s find%s %s %s%s", who->actor, who->s, who->endpoint,
                 ek_record_word(effect->kind), times);
    else
        snprintf(out, size, "%s take%s %s back%s", who->actor, who->s, who->endpoint, times);
}

static void call_text(const struct ek__effect *effect, const struct who *who, char *out,
                      size_t size)
{
    const char *status = ek__status_text(effect->variant);
    const char *s = effect->count == 1 ? "s" : "";
    if (effect->kind == EK_RECORD_ATTEMPT_FAILED)
        snprintf(out, size, "%s on %s fail%s, %s", ek__counted(effect->count, "attempt").s,
                 who->endpoint, s, status);
    else if (effect->kind == EK_RECORD_CALL_FAILED)
        snprintf(out, size, "%s fail%s, %s", ek__counted(effect->count, "call").s, s, status);
    else if (effect->kind == EK_RECORD_RETRY)
        snprintf(out, size, "%s retried", ek__counted(effect->count, "call").s);
    else if (effect->kind == EK_RECORD_HEDGE)
        snprintf(out, size, "%s hedged", ek__counted(effect->count, "call").s);
    else if (effect->kind == EK_RECORD_TRANSPARENT)
        snprintf(out, size, "%s sent again: not worked on", ek__counted(effect->count, "call").s);
    else if (effect->kind == EK_RECORD_OVERFLOW)
        snprintf(out, size, "%s over a limit", ek__counted(effect->count, "call").s);
    else if (effect->kind == EK_RECORD_REJECTED)
        snprintf(out, size, "%s rejected by the client itself",
                 ek__counted(effect->count, "call").s);
    else
        snprintf(out, size, "%s not allowed: the budget is spent",
                 effect->count == 1 ? "a retry" : "retries");
}

static void process_text(const struct ek__effect *effect, const struct who *who, char *out,
                         size_t size)
{
    static const char *const words[] = {"up", "down", "starting", "paused", "draining", "degraded"};
    snprintf(out, size, "%s: %s", who->actor, effect->variant < 6 ? words[effect->variant] : "?");
}

const char *ek__effect_text(const struct ek_replay *replay, const struct ek__effect *effect,
                            char *out, size_t size)
{
    size_t count;
    const struct ek_replay_event *event = &ek_replay_events(replay, &count)[effect->first];
    struct who who = who_of(replay, effect);
    switch (effect->kind) {
    case EK_RECORD_FAULT_BEGIN:
    case EK_RECORD_FAULT_END:
    case EK_RECORD_CLOCK_BACKWARDS:
    case EK_RECORD_CONFIG:
    case EK_RECORD_CANARY:
    case EK_RECORD_CONFIG_REFUSED:
    case EK_RECORD_CANARY_IGNORED:
    case EK_RECORD_SHRINK_IGNORED:
    case EK_RECORD_VIEW_AGED:
    case EK_RECORD_SPARED:
    case EK_RECORD_SCENARIO:
    case EK_RECORD_COUNT:
        return ek_replay_event_text(replay, event, out, size);
    case EK_RECORD_PROCESS:
        process_text(effect, &who, out, size);
        break;
    case EK_RECORD_SUBCHANNEL_STATE:
        subchannel_text(effect, &who, out, size);
        break;
    case EK_RECORD_CHANNEL_STATE:
    case EK_RECORD_RESOLVED:
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_ENDPOINT_REMOVED:
    case EK_RECORD_RESOLVER_ERROR:
    case EK_RECORD_EMPTY_IGNORED:
    case EK_RECORD_QUERY:
        client_text(event, effect, &who, out, size);
        break;
    case EK_RECORD_EJECTED:
    case EK_RECORD_RETURNED:
    case EK_RECORD_UNHEALTHY:
    case EK_RECORD_HEALTHY:
        health_text(effect, &who, out, size);
        break;
    case EK_RECORD_RETRY:
    case EK_RECORD_THROTTLED:
    case EK_RECORD_ATTEMPT_FAILED:
    case EK_RECORD_CALL_FAILED:
    case EK_RECORD_HEDGE:
    case EK_RECORD_TRANSPARENT:
    case EK_RECORD_OVERFLOW:
    case EK_RECORD_REJECTED:
        call_text(effect, &who, out, size);
        break;
    case EK_RECORD_REGISTERED:
    case EK_RECORD_DEREGISTERED:
    case EK_RECORD_CHECK:
    case EK_RECORD_WOKEN:
        registry_text(event, effect, &who, out, size);
        break;
    }
    return out;
}
