/* What a fault did: its consequences along recorded causes, and what they cost. */
#include "reports/explain/advice.h"
#include "reports/explain/effects.h"
#include "reports/explain/story.h"

#include "evenkeel/status.h"

#include <stdlib.h>
#include <string.h>

enum {
    LINES_MAX = 26, /* of a tree: one screen */
    INDENT_MAX = 8,
    DELAY_COLUMN = 13
};

/* ---- a tree of effects ---- */

/* The children of a line follow it, earlier ones first. */
static size_t order(const struct ek__effects *effects, size_t parent, size_t *out, size_t count)
{
    for (size_t i = 0; i < effects->count; i++) {
        if (effects->items[i].parent != parent)
            continue;
        out[count++] = i;
        count = order(effects, i, out, count); /* as deep as the tree, at most its size */
    }
    return count;
}

/* Each with how long it is after `start_ns`, when the fault began. */
static void tell_effect(struct ek__story *story, const struct ek__effect *effect, int64_t start_ns)
{
    char text[400];
    struct ek__line *line = &story->line;
    enum ek__style style = effect->is_critical ? EK__BOLD : EK__PLAIN;
    int depth = effect->depth < INDENT_MAX ? effect->depth : INDENT_MAX;
    ek__put_right(line, EK__DIM, ek__moment_text(effect->first_ns).s, DELAY_COLUMN);
    ek__tab(line, DELAY_COLUMN + 2 + 2 * depth);
    if (effect->depth > 0) {
        ek__put(line, EK__DIM, "+");
        ek__put(line, EK__DIM, ek__duration(effect->first_ns - start_ns).s);
        ek__tab(line, line->column + 2);
    }
    ek__put_wrapped(line, style, ek__effect_text(story->replay, effect, text, sizeof text),
                    DELAY_COLUMN + 4 + 2 * depth, line->render->columns);
    if (effect->count > 1 && effect->last_ns > effect->first_ns) {
        snprintf(text, sizeof text, "until %s", ek__moment_text(effect->last_ns).s);
        if (line->column + (int)strlen(text) + 2 <= line->render->columns) {
            ek__tab(line, line->column + 2);
            ek__put(line, EK__DIM, text);
        }
    }
    ek__end(line);
}

static void tell_tree(struct ek__story *story, const struct ek__effects *effects)
{
    size_t places[EK__EFFECTS_MAX];
    size_t count = order(effects, SIZE_MAX, places, 0);
    for (size_t i = 0; i < count && i < LINES_MAX; i++)
        tell_effect(story, &effects->items[places[i]], effects->items[places[0]].first_ns);
    if (count > LINES_MAX || effects->is_cut)
        ek__tell(story, "", EK__DIM, "and more: evenkeel events FILE fault:ID");
}

/* ---- a fault ---- */

static void tell_time(struct ek__story *story, const char *label, int64_t ns, const char *from)
{
    if (ns < 0)
        ek__tell(story, label, EK__PLAIN, "never");
    else
        ek__tell(story, label, EK__PLAIN, "%s after its %s", ek__duration(ns).s, from);
}

static void tell_failover(struct ek__story *story, const struct ek_failover *fault)
{
    char text[400];
    const struct ek_replay_event *first =
        fault->detect_record != 0 ? ek_replay_event_by_id(story->replay, fault->detect_record)
                                  : NULL;
    if (first != NULL)
        ek__tell(story, "noticed", EK__PLAIN, "%s after its start: %s",
                 ek__duration(fault->detect_ns).s,
                 ek_replay_event_text(story->replay, first, text, sizeof text));
    else
        tell_time(story, "noticed", fault->detect_ns, "start");
    if (fault->endpoint_count > 0) {
        tell_time(story, "moved", fault->divert_ns, "start");
        if (fault->divert_ns >= 0)
            tell_time(story, "is back", fault->recover_ns, "end");
    }
}

static void tell_cost(struct ek__story *story, const struct ek_failover *fault)
{
    const struct ek_phase *during = ek_results_phase(story->results, fault->id);
    const struct ek_phase *before = ek_results_phase(story->results, "before");
    if (during == NULL)
        return;
    ek__tell(story, "cost", fault->errors > 0 ? EK__BAD : EK__GOOD,
             "%s failed of %s while it lasted", ek__counted(fault->errors, "call").s,
             ek__count(during->calls).s);
    if (before != NULL && before->latency.count > 0 && during->latency.count > 0)
        ek__tell(story, "", EK__PLAIN, "p99 %s (n = %s), before %s (n = %s); attempts per call %s",
                 ek__duration(during->latency.p99_ns).s, ek__count(during->latency.count).s,
                 ek__duration(before->latency.p99_ns).s, ek__count(before->latency.count).s,
                 ek__decimal(during->attempts, during->calls > 0 ? during->calls : 1, 2).s);
}

static const struct ek_failover *find_fault(struct ek__story *story, const char *id)
{
    const struct ek_results *results = story->results;
    char list[400] = "";
    size_t used = 0;
    for (size_t i = 0; i < results->fault_count; i++) {
        if (strcmp(results->faults[i].id, id) == 0)
            return &results->faults[i];
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%.40s",
                                     used > 0 ? ", " : "", results->faults[i].id);
    }
    (void)ek__tell_missing(story, "there is no fault %.40s; the run has %s", id,
                           list[0] != '\0' ? list : "none");
    return NULL;
}

/* A failed call that the fault caused stands for the others. */
static void tell_example(struct ek__story *story, const struct ek_failover *fault)
{
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(story->replay, &count);
    for (size_t i = 0; i < count; i++) {
        if (calls[i].status == EK_STATUS_OK ||
            ek__root_of(story->replay, calls[i].cause).fault != fault)
            continue;
        char command[1400], path[1100];
        snprintf(command, sizeof command, "evenkeel explain %s call:%llu",
                 ek__shell_word(story->results->recording_path, path, sizeof path),
                 (unsigned long long)calls[i].number);
        ek__tell_command(story, "a call", command);
        return;
    }
}

bool ek__explain_fault(struct ek__story *story, const char *id)
{
    const struct ek_failover *fault = find_fault(story, id);
    if (fault == NULL)
        return false;
    char words[256], place[128];
    struct ek__effects *effects = calloc(1, sizeof *effects);
    ek__tell_title(story, "%s   %s   %s   %s", fault->id,
                   ek__fault_text(fault, words, sizeof words),
                   ek__range(fault->start_ns, fault->end_ns).s,
                   ek__place_text(story->results, fault->line, place, sizeof place));
    if (effects == NULL || !ek__effects_of(effects, story->replay, fault->first_record))
        ek__tell(story, "", EK__BAD, "out of memory");
    else if (effects->count > 0)
        tell_tree(story, effects);
    else
        ek__tell(story, "", EK__DIM, "its beginning was not kept in the recording");
    free(effects);
    tell_failover(story, fault);
    tell_cost(story, fault);
    tell_example(story, fault);
    return true;
}

bool ek__explain_only_fault(struct ek__story *story)
{
    const struct ek_results *results = story->results;
    if (results->fault_count == 1)
        return ek__explain_fault(story, results->faults[0].id);
    char list[400] = "";
    size_t used = 0;
    for (size_t i = 0; i < results->fault_count && used + 48 < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%sfault:%.40s",
                                 used > 0 ? ", " : "", results->faults[i].id);
    if (used == 0)
        return ek__tell_missing(story, "the run has no fault");
    return ek__tell_missing(story, "which fault: %s?", list);
}

/* ---- an event ---- */

bool ek__explain_event(struct ek__story *story, const char *id)
{
    enum {
        CAUSES_MAX = 12
    };
    char *end, text[400];
    uint64_t wanted = strtoull(id, &end, 10);
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(story->replay, &count);
    const struct ek_replay_event *event = id[0] >= '0' && id[0] <= '9' && *end == '\0'
                                              ? ek_replay_event_by_id(story->replay, wanted)
                                              : NULL;
    if (event == NULL)
        return ek__tell_missing(story, "there is no event %.40s; %s are kept, up to id %llu", id,
                                ek__count(count).s,
                                (unsigned long long)(count > 0 ? events[count - 1].id : 0));
    ek__tell_title(story, "event %llu   %s   %s", (unsigned long long)wanted,
                   ek_record_word(event->kind), ek__moment_text(event->at_ns).s);
    ek__tell(story, "what", EK__PLAIN, "%s",
             ek_replay_event_text(story->replay, event, text, sizeof text));
    const struct ek_replay_event *cause = event;
    for (int i = 0; i < CAUSES_MAX && cause->cause != 0; i++) {
        const struct ek_replay_event *above = ek_replay_event_by_id(story->replay, cause->cause);
        if (above == NULL) {
            ek__tell(story, "because", EK__DIM, "event %llu, which was not kept",
                     (unsigned long long)cause->cause);
            break;
        }
        ek__tell(story, "because", EK__PLAIN, "%llu at %s (%s before): %s",
                 (unsigned long long)above->id, ek__moment_text(above->at_ns).s,
                 ek__duration(cause->at_ns - above->at_ns).s,
                 ek_replay_event_text(story->replay, above, text, sizeof text));
        cause = above;
    }
    if (event->cause == 0)
        ek__tell(story, "because", EK__DIM, "no cause is recorded");
    struct ek__effects *effects = calloc(1, sizeof *effects);
    if (effects == NULL || !ek__effects_of(effects, story->replay, wanted))
        ek__tell(story, "", EK__BAD, "out of memory");
    else if (effects->count > 1)
        tell_tree(story, effects);
    else
        ek__tell(story, "led to", EK__DIM, "nothing that is recorded");
    free(effects);
    return true;
}
