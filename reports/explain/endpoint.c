/* One endpoint through the run: its share, its faults, what clients and registry thought of it. */
#include "reports/explain/effects.h"
#include "reports/explain/story.h"

#include <inttypes.h>
#include <string.h>

enum {
    LINES_MAX = 16
};

static bool find(const struct ek__story *story, const char *name, uint32_t *out)
{
    for (size_t i = 0; i < story->results->endpoint_count; i++) {
        if (strcmp(story->results->endpoint_names[i], name) != 0)
            continue;
        *out = (uint32_t)i;
        return true;
    }
    return false;
}

static void tell_shares(struct ek__story *story, uint32_t endpoint)
{
    const struct ek_results *r = story->results;
    for (size_t i = 1; i < r->phase_count; i++) {
        const struct ek_phase *phase = &r->phases[i];
        uint64_t own = phase->endpoint_attempts[endpoint];
        ek__tell(story, i == 1 ? "share" : "", EK__PLAIN, "%-8.40s %s of %s, %s; fair is %s",
                 phase->name, ek__share(own, phase->attempts, 2).s,
                 ek__counted(phase->attempts, "attempt").s,
                 ek__rate(own, phase->end_ns - phase->start_ns).s,
                 ek__share(1, r->endpoint_count, 2).s);
    }
}

static void tell_faults(struct ek__story *story, uint32_t endpoint)
{
    const struct ek_results *r = story->results;
    bool is_hit = false;
    for (size_t f = 0; f < r->fault_count; f++) {
        const struct ek_failover *fault = &r->faults[f];
        char words[256], place[128];
        bool has_it = false;
        for (size_t i = 0; i < fault->endpoint_count; i++)
            has_it |= fault->endpoints[i] == endpoint;
        if (!has_it)
            continue;
        ek__tell(story, is_hit ? "" : "fault", EK__FAULT, "%.40s: %s, %s (%s)", fault->id,
                 ek__fault_text(fault, words, sizeof words),
                 ek__range(fault->start_ns, fault->end_ns).s,
                 ek__place_text(r, fault->line, place, sizeof place));
        is_hit = true;
    }
    if (!is_hit)
        ek__tell(story, "fault", EK__PLAIN, "none hits it");
}

static bool is_worth_a_line(const struct ek_replay_event *event)
{
    switch ((int)event->kind) {
    case EK_RECORD_PROCESS:
    case EK_RECORD_EJECTED:
    case EK_RECORD_RETURNED:
    case EK_RECORD_REGISTERED:
    case EK_RECORD_DEREGISTERED:
    case EK_RECORD_CHECK:
    case EK_RECORD_ENDPOINT_REMOVED:
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_ATTEMPT_FAILED:
        return true;
    case EK_RECORD_SUBCHANNEL_STATE:
        return ek__effect_variant(event) != EK__SUBCHANNEL_TRIES;
    default:
        return false;
    }
}

/* Neighbours that say the same are one line. */
static void tell_history(struct ek__story *story, uint32_t endpoint)
{
    size_t count, lines = 0;
    const struct ek_replay_event *events = ek_replay_events(story->replay, &count), *open = NULL;
    uint64_t alike = 0;
    char text[400];
    for (size_t i = 0; i <= count; i++) {
        const struct ek_replay_event *event = i < count ? &events[i] : NULL;
        bool is_about =
            event != NULL && is_worth_a_line(event) &&
            (event->kind == EK_RECORD_PROCESS ? event->actor : event->subject) == endpoint;
        if (event != NULL && !is_about)
            continue;
        if (event != NULL && open != NULL && event->kind == open->kind &&
            ek__effect_variant(event) == ek__effect_variant(open)) {
            alike++;
            continue;
        }
        if (open != NULL && lines++ < LINES_MAX) {
            ek_replay_event_text(story->replay, open, text, sizeof text);
            if (alike > 0)
                ek__tell(story, lines == 1 ? "history" : "", EK__PLAIN, "%s  %s, and %s",
                         ek__moment_text(open->at_ns).s, text, ek__counted(alike, "more event").s);
            else
                ek__tell(story, lines == 1 ? "history" : "", EK__PLAIN, "%s  %s",
                         ek__moment_text(open->at_ns).s, text);
        }
        open = event;
        alike = 0;
    }
    if (lines > LINES_MAX)
        ek__tell(story, "", EK__DIM, "%zu more: evenkeel events FILE endpoint:%s",
                 lines - LINES_MAX, story->results->endpoint_names[endpoint]);
}

/* What an attempt's status does not say: the answer was right, and no use to the user any more. */
static void tell_late(struct ek__story *story, uint32_t endpoint)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(story->replay, &count);
    uint64_t late = 0;
    for (size_t i = 0; i < count; i++)
        late += events[i].kind == EK_RECORD_CALL_FAILED && events[i].subject == endpoint &&
                strcmp(events[i].text, "answered, but too late to count") == 0;
    if (late > 0)
        ek__tell(story, "too late", EK__BAD, "%s failed though %s answered: after the deadline",
                 ek__counted(late, "call").s, story->results->endpoint_names[endpoint]);
}

bool ek__explain_endpoint(struct ek__story *story, const char *name)
{
    const struct ek_results *r = story->results;
    uint32_t endpoint;
    if (!find(story, name, &endpoint)) {
        if (r->endpoint_count == 0)
            return ek__tell_missing(story, "the run has no endpoints");
        return ek__tell_missing(story, "there is no endpoint %.60s; the run has %.60s .. %.60s",
                                name, r->endpoint_names[0],
                                r->endpoint_names[r->endpoint_count - 1]);
    }
    size_t count;
    const struct ek_endpoint_interval *rows = ek_replay_endpoint_intervals(story->replay, endpoint);
    uint64_t attempts = 0, errors = 0;
    uint32_t busy = 0, queued = 0;
    count = ek_replay_interval_count(story->replay);
    for (size_t i = 0; i < count; i++) {
        attempts += rows[i].attempts;
        errors += rows[i].errors;
        busy = rows[i].busy_max > busy ? rows[i].busy_max : busy;
        queued = rows[i].queued_max > queued ? rows[i].queued_max : queued;
    }
    const char *zone = r->endpoint_zones[endpoint];
    ek__tell_title(story,
                   "%s%s%s   %s, %s failed; at most %" PRIu32 " in service, %" PRIu32 " waiting",
                   name, zone[0] != '\0' ? " in " : "", zone, ek__counted(attempts, "attempt").s,
                   ek__count(errors).s, busy, queued);
    tell_late(story, endpoint);
    tell_faults(story, endpoint);
    tell_shares(story, endpoint);
    tell_history(story, endpoint);
    return true;
}
