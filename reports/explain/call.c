/* The story of one call: fault, view, pick, attempts, retry, outcome, advice. */
#include "reports/explain/advice.h"
#include "reports/explain/pairs.h"
#include "reports/explain/pick.h"
#include "reports/explain/story.h"

#include "evenkeel/event.h"
#include "evenkeel/status.h"
#include "evenkeel/time.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is worked out before anything is said. */
struct told {
    const struct ek_recorded_call *call;
    const struct ek_replay_event *failed; /* the record of its failure; NULL: none was kept */
    struct ek__root root;
    bool is_by_state;       /* the root is that of the channel's state */
    struct ek__known known; /* of its client, when it was planned */
    size_t event_index;
    uint32_t endpoint; /* of the last attempt; EK_NOBODY */
    struct ek__facts facts;
};

static const char *endpoint_name(const struct ek__story *story, uint32_t endpoint)
{
    return endpoint < story->results->endpoint_count ? story->results->endpoint_names[endpoint]
                                                     : "no endpoint";
}

static const char *client_name(const struct ek__story *story, uint32_t client)
{
    size_t count;
    const struct ek_replay_client *clients = ek_replay_clients(story->replay, &count);
    return client < count ? clients[client].name : "?";
}

static bool is_of_call(const struct ek_replay_event *event, const struct ek_recorded_call *call)
{
    bool names_call = event->kind == EK_RECORD_RETRY || event->kind == EK_RECORD_THROTTLED ||
                      event->kind == EK_RECORD_HEDGE || event->kind == EK_RECORD_TRANSPARENT ||
                      event->kind == EK_RECORD_OVERFLOW || event->kind == EK_RECORD_REJECTED ||
                      event->kind == EK_RECORD_ATTEMPT_FAILED ||
                      event->kind == EK_RECORD_CALL_FAILED;
    return names_call && event->actor == call->client && event->a > 0 &&
           (uint64_t)event->a == call->number;
}

/* ---- working it out ---- */

/* Failed attempts and ejections of the same client and endpoint, which the same fault caused. */
static void count_pair(struct ek__story *story, struct told *told)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(story->replay, &count);
    for (size_t i = 0; i < count && told->endpoint != EK_NOBODY; i++) {
        const struct ek_replay_event *event = &events[i];
        if (event->subject != told->endpoint || event->actor != told->call->client)
            continue;
        if (event->kind == EK_RECORD_ATTEMPT_FAILED && told->root.event != NULL &&
            event->cause == told->root.event->id)
            told->facts.pair_failures++;
        if (event->kind == EK_RECORD_EJECTED && event->at_ns >= told->call->end_ns)
            told->facts.was_ejected_later = true;
    }
}

static void work_out(struct ek__story *story, const struct ek_recorded_call *call,
                     struct told *told)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(story->replay, &count);
    *told = (struct told){.call = call, .endpoint = EK_NOBODY};
    told->event_index = ek_replay_event_at(story->replay, call->planned_ns);
    told->root = ek__root_of(story->replay, call->cause);
    told->failed = call->cause != 0 ? ek_replay_event_by_id(story->replay, call->cause) : NULL;
    if (call->attempt_count > 0)
        told->endpoint = call->attempts[call->attempt_count - 1].endpoint;
    ek__known_at(&told->known, story->replay, call->client, told->event_index);
    if (call->status != EK_STATUS_OK && call->attempt_count == 0 && told->root.fault == NULL) {
        told->root = ek__root_of(story->replay, told->known.channel_id);
        told->is_by_state = told->root.fault != NULL;
    }
    ek__config_read(&told->facts.config, story->replay, call->client);
    size_t client_count;
    const struct ek_replay_client *clients = ek_replay_clients(story->replay, &client_count);
    told->facts.policy = call->client < client_count ? clients[call->client].policy : "";
    told->facts.fault = told->root.fault;
    told->facts.status = call->status;
    told->facts.has_endpoint = told->endpoint != EK_NOBODY;
    told->facts.lists_nothing = told->known.listed == 0;
    told->facts.is_not_connected = told->known.ready == 0;
    told->facts.ready = told->known.pickable;
    told->facts.is_late = call->status == EK_STATUS_DEADLINE_EXCEEDED && call->attempt_count > 0 &&
                          call->attempts[call->attempt_count - 1].status == EK_STATUS_OK;
    for (size_t i = told->event_index; i < count && events[i].at_ns <= call->end_ns; i++) {
        if (!is_of_call(&events[i], call))
            continue;
        told->facts.was_retried |= events[i].kind == EK_RECORD_RETRY;
        told->facts.was_throttled |= events[i].kind == EK_RECORD_THROTTLED;
    }
    count_pair(story, told);
}

/* ---- saying it ---- */

static void tell_fault(struct ek__story *story, const struct told *told)
{
    const struct ek_failover *fault = told->root.fault;
    char place[128], words[256];
    if (fault != NULL) {
        bool is_end = told->root.event->kind == EK_RECORD_FAULT_END;
        ek__place_text(story->results, fault->line, place, sizeof place);
        ek__tell(story, "fault", EK__FAULT, "%.40s%s%s%.120s%s: %s, %s%s", fault->id,
                 is_end ? ", its end" : "", place[0] != '\0' ? " (" : "", place,
                 place[0] != '\0' ? ")" : "", ek__fault_text(fault, words, sizeof words),
                 ek__range(fault->start_ns, fault->end_ns).s,
                 told->is_by_state ? "; the state of the channel follows from it" : "");
        return;
    }
    if (told->call->status == EK_STATUS_OK)
        return;
    if (told->root.is_cut)
        ek__tell(story, "fault", EK__DIM,
                 "unknown: the recording has too many events to keep all, "
                 "and the cause of this one was not kept");
    else if (told->root.event != NULL && told->root.event->kind == EK_RECORD_SCENARIO)
        ek__tell(story, "fault", EK__DIM, "none: what led to it begins at %s, when %s",
                 ek__moment_text(told->root.event->at_ns).s,
                 ek_replay_event_text(story->replay, told->root.event, words, sizeof words));
    else
        ek__tell(story, "fault", EK__DIM, "none: no fault is recorded as its cause");
}

/* A call without an attempt failed because of how its channel stood. */
static void tell_channel(struct ek__story *story, const struct told *told)
{
    const struct ek__known *known = &told->known;
    const struct ek_replay_event *event =
        known->channel_id != 0 ? ek_replay_event_by_id(story->replay, known->channel_id) : NULL;
    char text[400];
    if (told->endpoint != EK_NOBODY || event == NULL)
        return;
    ek__tell(story, "state", EK__PLAIN, "since %s %s; %" PRIu32 " listed, %" PRIu32 " READY",
             ek__moment_text(event->at_ns).s,
             ek_replay_event_text(story->replay, event, text, sizeof text), known->listed,
             known->ready);
}

static void tell_pick(struct ek__story *story, const struct told *told)
{
    const struct ek_recorded_call *call = told->call;
    const struct ek__known *known = &told->known;
    if (call->attempt_count == 0 || call->attempts[0].endpoint == EK_NOBODY) {
        ek__tell(story, "pick", EK__PLAIN, "none: %s",
                 told->facts.lists_nothing ? "the client's list was empty"
                                           : "no listed endpoint was READY");
        return;
    }
    /* What was known when it was planned is not what the pick saw when the call had to wait. */
    if (call->attempts[0].start_ns > call->planned_ns) {
        ek__tell(story, "pick", EK__PLAIN, "%s -> %s, after the call had waited %s for one",
                 told->facts.policy, endpoint_name(story, call->attempts[0].endpoint),
                 ek__duration(call->attempts[0].start_ns - call->planned_ns).s);
        return;
    }
    ek__tell(story, "pick", EK__PLAIN,
             "%s -> %s, one of %" PRIu32 " READY and not ejected, of %" PRIu32 " listed",
             told->facts.policy, endpoint_name(story, call->attempts[0].endpoint), known->pickable,
             known->listed);
}

static void tell_attempts(struct ek__story *story, const struct told *told)
{
    const struct ek_recorded_call *call = told->call;
    for (uint32_t i = 0; i < call->attempt_count; i++) {
        const struct ek_recorded_attempt *attempt = &call->attempts[i];
        ek__tell(
            story, i == 0 ? "attempt" : "", EK__PLAIN, "%" PRIu32 "  at %s on %s: %s after %s%s",
            i + 1, ek__moment_text(attempt->start_ns).s, endpoint_name(story, attempt->endpoint),
            ek__status_text(attempt->status), ek__duration(attempt->end_ns - attempt->start_ns).s,
            told->facts.is_late && i + 1 == call->attempt_count ? ", too late for the user" : "");
    }
}

static void tell_later_picks(struct ek__story *story, const struct told *told)
{
    for (uint32_t attempt = 2; attempt <= told->call->attempt_count; attempt++) {
        size_t count;
        (void)ek_replay_candidates(story->traced, told->call->number, attempt, &count);
        if (count == 0)
            continue;
        ek__tell(story, "pick", EK__PLAIN, "of attempt %" PRIu32 " -> %s", attempt,
                 endpoint_name(story, told->call->attempts[attempt - 1].endpoint));
        ek__tell_candidates(story, told->call, attempt);
    }
}

static void tell_retry(struct ek__story *story, const struct told *told)
{
    const struct ek__facts *facts = &told->facts;
    const struct ek_recorded_call *call = told->call;
    if (call->attempt_count == 0 || call->status == EK_STATUS_OK) {
        if (call->attempt_count > 1)
            ek__tell(story, "retry", EK__PLAIN, "tried %s",
                     ek__counted(call->attempt_count, "time").s);
        return;
    }
    int status = call->attempts[call->attempt_count - 1].status;
    if (facts->was_throttled)
        ek__tell(story, "retry", EK__PLAIN, "refused: the client's retry budget was spent");
    else if (facts->is_late)
        ek__tell(story, "retry", EK__PLAIN, "none: it was answered, only too late");
    else if (facts->config.retry == NULL)
        ek__tell(story, "retry", EK__PLAIN, "none: the service config has no retryPolicy");
    else if (call->attempt_count > 1)
        ek__tell(story, "retry", EK__PLAIN,
                 "tried %s, then the retryPolicy, its budget or the deadline allowed no more",
                 ek__counted(call->attempt_count, "time").s);
    else if (!ek__config_retries(&facts->config, status))
        ek__tell(story, "retry", EK__PLAIN, "none: %s is not among the retryPolicy's codes",
                 ek__status_text(status));
    else
        ek__tell(story, "retry", EK__PLAIN,
                 "none: the retryPolicy, its budget or the deadline did not allow one");
}

static void tell_outcome(struct ek__story *story, const struct told *told)
{
    const struct ek_recorded_call *call = told->call;
    char why[256] = "";
    if (told->failed != NULL)
        ek_replay_named(story->replay, told->endpoint, told->failed->text, why, sizeof why);
    ek__tell(story, "user got", call->status == EK_STATUS_OK ? EK__GOOD : EK__BAD,
             "%s after %s%s%s", ek__status_text(call->status),
             ek__duration(call->end_ns - call->planned_ns).s, why[0] != '\0' ? ": " : "", why);
}

void ek__tell_call(struct ek__story *story, const struct ek_recorded_call *call)
{
    struct told told;
    work_out(story, call, &told);
    ek__tell_title(story, "call %s   %s of %s   %s at %s", ek__count(call->number).s,
                   told.facts.policy, client_name(story, call->client),
                   ek__status_text(call->status), ek__moment_text(call->end_ns).s);
    tell_fault(story, &told);
    ek__tell_view(story, call->client, told.endpoint, told.event_index, call->planned_ns);
    tell_channel(story, &told);
    tell_pick(story, &told);
    ek__tell_candidates(story, call, 1);
    tell_attempts(story, &told);
    tell_later_picks(story, &told);
    tell_retry(story, &told);
    tell_outcome(story, &told);
    if (call->status != EK_STATUS_OK)
        ek__tell_advice(story, &told.facts);
    ek__config_deinit(&told.facts.config);
    ek__known_deinit(&told.known);
}
