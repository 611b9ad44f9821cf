/* How everything stood at a moment, what led up to it, what came next. */
#include "reports/explain/story.h"

#include "evenkeel/option.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

enum {
    NEIGHBOURS = 5
};

static bool read_time(const char *text, int64_t *out)
{
    char why[100];
    json_t *json = json_string(text);
    bool ok = json != NULL && ek_option_scalar(EK_OPTION_DURATION, json, out, why, sizeof why);
    json_decref(json);
    return ok;
}

static void tell_faults(struct ek__story *story, int64_t at_ns)
{
    const struct ek_results *r = story->results;
    bool any = false;
    for (size_t f = 0; f < r->fault_count; f++) {
        const struct ek_failover *fault = &r->faults[f];
        char words[256], place[128];
        if (at_ns < fault->start_ns || at_ns >= fault->end_ns)
            continue;
        ek__tell(story, any ? "" : "fault", EK__FAULT, "%.40s: %s, for %s already (%s)", fault->id,
                 ek__fault_text(fault, words, sizeof words),
                 ek__duration(at_ns - fault->start_ns).s,
                 ek__place_text(r, fault->line, place, sizeof place));
        any = true;
    }
    if (!any)
        ek__tell(story, "fault", EK__PLAIN, "none at that time");
}

static void tell_fitness(struct ek__story *story, const struct ek_moment *moment)
{
    static const char *const words[] = {
        [EK_FITNESS_HEALTHY] = "healthy",   [EK_FITNESS_SUSPECT] = "faulty",
        [EK_FITNESS_EJECTED] = "ejected",   [EK_FITNESS_PROBING] = "probing",
        [EK_FITNESS_DRAINING] = "draining", [EK_FITNESS_GONE] = "gone",
    };
    bool any = false;
    for (size_t word = 0; word < sizeof words / sizeof words[0]; word++) {
        char names[200] = "";
        size_t used = 0, count = 0;
        for (size_t e = 0; e < story->results->endpoint_count; e++) {
            if (moment->endpoints[e].fitness != (enum ek_fitness)word)
                continue;
            if (count++ < 8 && used < sizeof names)
                used += (size_t)snprintf(names + used, sizeof names - used, " %.20s",
                                         story->results->endpoint_names[e]);
        }
        if (count == 0)
            continue;
        ek__tell(story, any ? "" : "endpoints", EK__PLAIN, "%zu %s:%s%s", count, words[word], names,
                 count > 8 ? " ..." : "");
        any = true;
    }
}

static void tell_views(struct ek__story *story, const struct ek_moment *moment)
{
    int64_t oldest_ns = -1;
    uint64_t lowest = UINT64_MAX;
    uint32_t behind = 0;
    for (size_t c = 0; c < story->results->client_count; c++) {
        const struct ek_client_moment *client = &moment->clients[c];
        if (client->answered_ns < 0)
            continue;
        if (moment->at_ns - client->answered_ns > oldest_ns)
            oldest_ns = moment->at_ns - client->answered_ns;
        lowest = client->index < lowest ? client->index : lowest;
        behind += client->index < moment->registry_index;
    }
    if (oldest_ns < 0)
        ek__tell(story, "views", EK__PLAIN, "no client has an answer of a registry");
    else
        ek__tell(story, "views", EK__PLAIN,
                 "registry at index %" PRIu64 "; behind it: %" PRIu32
                 " of %zu clients, the last at %" PRIu64 "; oldest answer %s ago",
                 moment->registry_index, behind, story->results->client_count, lowest,
                 ek__duration(oldest_ns).s);
}

static void tell_rates(struct ek__story *story, int64_t at_ns)
{
    const struct ek_results *r = story->results;
    size_t i = (size_t)(at_ns / r->interval_ns);
    if (i >= r->interval_count)
        return;
    const struct ek_interval *now = &ek_replay_intervals(story->replay)[i];
    ek__tell(story, "calls", EK__PLAIN, "in %s .. %s: %s ok, %s failed, %s retried; p99 %s",
             ek__moment_text((int64_t)i * r->interval_ns).s,
             ek__moment_text((int64_t)(i + 1) * r->interval_ns).s, ek__count(now->ok).s,
             ek__count(now->errors).s, ek__count(now->retries).s,
             now->p99_ns >= 0 ? ek__duration(now->p99_ns).s : "-");
}

bool ek__explain_moment(struct ek__story *story, const char *time)
{
    int64_t at_ns;
    if (!read_time(time, &at_ns))
        return ek__tell_missing(story, "t=%.40s: expected a time, as in t=41.2s", time);
    if (at_ns > story->results->sim_ns)
        return ek__tell_missing(story, "the run ended at %s",
                                ek__moment_text(story->results->sim_ns).s);
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(story->replay, &count);
    const struct ek_moment *moment = ek_replay_seek(story->replay, at_ns);
    char text[400];
    ek__tell_title(
        story, "%s   after event %llu of %s", ek__moment_text(at_ns).s,
        (unsigned long long)(moment->event_index > 0 ? events[moment->event_index - 1].id : 0),
        ek__count(count).s);
    tell_faults(story, at_ns);
    tell_fitness(story, moment);
    tell_views(story, moment);
    tell_rates(story, at_ns);
    size_t next = moment->event_index, from = next > NEIGHBOURS ? next - NEIGHBOURS : 0;
    for (size_t i = from; i < next; i++)
        ek__tell(story, i == from ? "before" : "", EK__PLAIN, "%s  %s",
                 ek__moment_text(events[i].at_ns).s,
                 ek_replay_event_text(story->replay, &events[i], text, sizeof text));
    for (size_t i = next; i < count && i < next + NEIGHBOURS; i++)
        ek__tell(story, i == next ? "then" : "", EK__PLAIN, "%s  %s",
                 ek__moment_text(events[i].at_ns).s,
                 ek_replay_event_text(story->replay, &events[i], text, sizeof text));
    return true;
}
