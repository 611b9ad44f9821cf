/* Why an expectation holds or not: what was measured, and the recorded thing that decided it. */
#include "reports/explain/story.h"

#include "evenkeel/option.h"
#include "evenkeel/status.h"

#include <string.h>

enum {
    NAMES_MAX = 64
};

static bool is_named(const struct ek_judged *judged, const char *name)
{
    return strcmp(judged->name, name) == 0 || strcmp(judged->metric, name) == 0 ||
           strcmp(judged->text, name) == 0;
}

static const struct ek_judged *find(struct ek__story *story, const char *name)
{
    const struct ek_results *r = story->results;
    const char *names[2 * NAMES_MAX + 8] = {"worst",    "call:1",       "error:UNAVAILABLE",
                                            "fault:F1", "endpoint:b01", "t=1s"};
    size_t count = 6;
    const struct ek_judged *found = NULL;
    /* Among several of one metric the failed one is meant. */
    for (size_t i = 0; i < r->judged_count; i++)
        if (is_named(&r->judged[i], name) && (found == NULL || found->verdict == EK_VERDICT_PASS))
            found = &r->judged[i];
    if (found != NULL)
        return found;
    for (size_t i = 0; i < r->judged_count && i < NAMES_MAX; i++) {
        if (r->judged[i].name[0] != '\0')
            names[count++] = r->judged[i].name;
        names[count++] = r->judged[i].metric;
    }
    const char *near = ek_suggest(name, names);
    (void)ek__tell_missing(story,
                           "cannot explain \"%.60s\"%s%s%s; worst, call:N, error:STATUS, fault:ID, "
                           "endpoint:NAME, event:ID, t=41.2s or an expectation's name",
                           name, near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                           near != NULL ? "\"?" : "");
    return NULL;
}

/* The fault a metric of times is about: named in the text, else the first. */
static const struct ek_failover *fault_of(const struct ek_results *r,
                                          const struct ek_judged *judged)
{
    const struct ek_failover *first = r->fault_count > 0 ? &r->faults[0] : NULL;
    for (size_t i = 0; i < r->fault_count; i++) {
        char wanted[100];
        snprintf(wanted, sizeof wanted, ", %.90s", r->faults[i].id);
        const char *found = strstr(judged->text, wanted);
        if (found != NULL && strchr(", ", found[strlen(wanted)]) != NULL)
            return &r->faults[i];
    }
    return first;
}

/* Planned in the phase; the call that the metric is about first. */
static const struct ek_recorded_call *call_of(struct ek__story *story,
                                              const struct ek_judged *judged)
{
    const struct ek_phase *phase = ek_results_phase(story->results, judged->phase);
    bool is_latency = judged->unit == EK_UNIT_DURATION;
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(story->replay, &count), *found = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct ek_recorded_call *call = &calls[i];
        bool is_in = phase == NULL ||
                     (call->planned_ns >= phase->start_ns &&
                      (call->planned_ns < phase->end_ns || phase == &story->results->phases[0]));
        if (!is_in || (!is_latency && call->status == EK_STATUS_OK))
            continue;
        if (found == NULL ||
            (is_latency && call->end_ns - call->planned_ns > found->end_ns - found->planned_ns))
            found = call;
    }
    return found;
}

static bool is_about_calls(const char *metric)
{
    static const char *const metrics[] = {"success", "errors", "calls", "ok",  "p50",
                                          "p90",     "p99",    "p999",  "max", "mean"};
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        if (strcmp(metric, metrics[i]) == 0)
            return true;
    return false;
}

static void tell_decision(struct ek__story *story, const struct ek_judged *judged)
{
    if (strncmp(judged->metric, "time_to_", 8) == 0) {
        const struct ek_failover *fault = fault_of(story->results, judged);
        if (fault != NULL) {
            ek__tell(story, "decided", EK__DIM, "by how the clients got over %.40s:", fault->id);
            (void)ek__explain_fault(story, fault->id);
        }
        return;
    }
    const struct ek_recorded_call *call =
        is_about_calls(judged->metric) ? call_of(story, judged) : NULL;
    if (call != NULL) {
        ek__tell(story, "decided", EK__DIM, "%s",
                 judged->unit == EK_UNIT_DURATION ? "the slowest kept call of that time:"
                                                  : "the first kept failed call of that time:");
        ek__tell_call(story, call);
    } else {
        ek__tell(story, "decided", EK__DIM, "by a count over %s; no single moment did",
                 strcmp(judged->phase, "all") == 0 ? "the whole run" : judged->phase);
    }
}

bool ek__explain_judged(struct ek__story *story, const char *name)
{
    const struct ek_judged *judged = find(story, name);
    char text[400], place[128];
    if (judged == NULL)
        return false;
    ek__tell_title(story, "%s %s", ek__verdict_mark(judged->verdict, story->line.render->unicode),
                   ek__judged_text(judged, text, sizeof text));
    ek__tell(story, "got", ek__verdict_style(judged->verdict), "%s, wanted %s%s%s",
             ek__judged_value(judged), judged->limit_text, judged->problem[0] != '\0' ? ": " : "",
             judged->problem);
    if (judged->samples > 0)
        ek__tell(story, "from", EK__PLAIN, "n = %s", ek__count(judged->samples).s);
    if (ek__place_text(story->results, judged->line, place, sizeof place)[0] != '\0')
        ek__tell(story, "asked", EK__PLAIN, "%s", place);
    tell_decision(story, judged);
    return true;
}
