/* How changes of the registry reached the clients: change, wake, list. */
#include "reports/graph/graph.h"

#include "reports/explain/effects.h"
#include "reports/explain/story.h"
#include "reports/graph/picture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHANGES_MAX = 6,
    CLIENTS_SINGLE_MAX = 8 /* more are merged by what came of it */
};

/* What came of a change at one client, or at several with the same outcome. */
struct outcome {
    char text[100];
    uint32_t client; /* the only one, or the first */
    uint32_t count;
    int64_t lag_min_ns, lag_max_ns;     /* from the change to the answer */
    int64_t apply_min_ns, apply_max_ns; /* from the answer to the list */
    enum ek__tone tone;
};

struct change {
    const struct ek_replay_event *event;
    uint64_t woken;
    struct outcome outcomes[EK__BOXES_MAX / CHANGES_MAX];
    size_t outcome_count;
    uint32_t heard, asked; /* clients: that heard of it; that ask the registry at all */
};

static bool is_change(const struct ek_replay *replay, const struct ek_replay_event *event)
{
    if (event->kind == EK_RECORD_CHECK || event->kind == EK_RECORD_REGISTERED ||
        event->kind == EK_RECORD_DEREGISTERED)
        return true;
    const struct ek_replay_event *cause =
        event->cause != 0 ? ek_replay_event_by_id(replay, event->cause) : NULL;
    return event->kind == EK_RECORD_WOKEN && cause != NULL &&
           (cause->kind == EK_RECORD_FAULT_BEGIN || cause->kind == EK_RECORD_FAULT_END);
}

/* The event that an answer of the registry names as its cause. */
static uint64_t id_in_causes(const struct ek_replay_event *change)
{
    return change->kind == EK_RECORD_WOKEN ? change->cause : change->id;
}

static struct outcome outcome_of(const struct ek_replay *replay, size_t query, size_t count)
{
    const struct ek_replay_event *events = ek_replay_events(replay, &count), *at = &events[query];
    struct outcome outcome = {.client = at->actor, .count = 1, .tone = EK__TONE_PLAIN};
    snprintf(outcome.text, sizeof outcome.text, "the same list as before");
    for (size_t i = query + 1; i < count && events[i].at_ns == at->at_ns; i++) {
        if (events[i].cause != at->id)
            continue;
        if (events[i].kind == EK_RECORD_RESOLVED) {
            snprintf(outcome.text, sizeof outcome.text, "%s listed now",
                     ek__counted(events[i].a > 0 ? (uint64_t)events[i].a : 0, "endpoint").s);
            outcome.tone = events[i].a > 0 ? EK__TONE_GOOD : EK__TONE_BAD;
        } else if (events[i].kind == EK_RECORD_EMPTY_IGNORED) {
            snprintf(outcome.text, sizeof outcome.text, "the empty list is not believed");
            outcome.tone = EK__TONE_REACTS;
        } else if (events[i].kind == EK_RECORD_RESOLVER_ERROR) {
            snprintf(outcome.text, sizeof outcome.text, "cannot be used: %.60s", events[i].text);
            outcome.tone = EK__TONE_BAD;
        } else {
            continue;
        }
        outcome.apply_min_ns = outcome.apply_max_ns = events[i].at_ns - at->at_ns;
    }
    if (at->a != 200) {
        snprintf(outcome.text, sizeof outcome.text, "no good answer: status %" PRId64, at->a);
        outcome.tone = EK__TONE_BAD;
    }
    return outcome;
}

static void add_outcome(struct change *change, const struct outcome *one, bool is_merging)
{
    for (size_t i = 0; is_merging && i < change->outcome_count; i++) {
        struct outcome *there = &change->outcomes[i];
        if (strcmp(there->text, one->text) != 0)
            continue;
        there->count++;
        if (one->lag_min_ns < there->lag_min_ns)
            there->lag_min_ns = one->lag_min_ns;
        if (one->lag_max_ns > there->lag_max_ns)
            there->lag_max_ns = one->lag_max_ns;
        return;
    }
    if (change->outcome_count < sizeof change->outcomes / sizeof change->outcomes[0])
        change->outcomes[change->outcome_count++] = *one;
}

/* The clients that ask a registry at all. */
static uint32_t count_asking(const struct ek_replay *replay)
{
    size_t count, client_count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    (void)ek_replay_clients(replay, &client_count);
    bool *asks = calloc(client_count + 1, sizeof *asks);
    uint32_t asking = 0;
    for (size_t i = 0; asks != NULL && i < count; i++)
        if (events[i].kind == EK_RECORD_QUERY && events[i].actor < client_count &&
            !asks[events[i].actor]) {
            asks[events[i].actor] = true;
            asking++;
        }
    free(asks);
    return asking;
}

/* Fills in who heard of it; false when nobody did. */
static bool follow(struct change *change, const struct ek_replay *replay, size_t index,
                   uint32_t asking)
{
    size_t count, client_count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    (void)ek_replay_clients(replay, &client_count);
    *change = (struct change){.event = &events[index], .asked = asking};
    bool *heard = calloc(client_count + 1, sizeof *heard);
    if (change->event->kind == EK_RECORD_WOKEN)
        change->woken = change->event->a > 0 ? (uint64_t)change->event->a : 0;
    for (size_t i = index + 1; heard != NULL && i < count; i++) {
        if (events[i].cause != id_in_causes(change->event))
            continue;
        if (events[i].kind == EK_RECORD_WOKEN)
            change->woken += events[i].a > 0 ? (uint64_t)events[i].a : 0;
        if (events[i].kind != EK_RECORD_QUERY || events[i].actor >= client_count ||
            heard[events[i].actor])
            continue;
        heard[events[i].actor] = true;
        change->heard++;
        struct outcome one = outcome_of(replay, i, count);
        one.lag_min_ns = one.lag_max_ns = events[i].at_ns - change->event->at_ns;
        add_outcome(change, &one, client_count > CLIENTS_SINGLE_MAX);
    }
    free(heard);
    return change->heard > 0;
}

static bool is_wanted(const struct ek_replay *replay, const struct ek_replay_event *event,
                      const char *fault, bool any_fault)
{
    struct ek__root root = ek__root_of(replay, event->id);
    if (fault != NULL)
        return root.fault != NULL && strcmp(root.fault->id, fault) == 0;
    return root.fault != NULL || !any_fault;
}

/* Which events some answer of the registry names as its cause. Returns new; NULL without memory. */
static bool *find_heard(const struct ek_replay *replay)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    bool *heard = calloc(count + 1, sizeof *heard);
    for (size_t i = 0; heard != NULL && i < count; i++) {
        const struct ek_replay_event *cause =
            events[i].kind == EK_RECORD_QUERY && events[i].cause != 0
                ? ek_replay_event_by_id(replay, events[i].cause)
                : NULL;
        if (cause != NULL)
            heard[cause - events] = true;
    }
    return heard;
}

static bool is_heard(const struct ek_replay *replay, const bool *heard,
                     const struct ek_replay_event *change)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    const struct ek_replay_event *cause = ek_replay_event_by_id(replay, id_in_causes(change));
    return cause != NULL && heard[cause - events];
}

/* Changes with somebody who heard of them. */
static size_t find_changes(const struct ek_replay *replay, const char *fault, bool any_fault,
                           struct change *out)
{
    size_t count, found = 0;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    uint32_t asking = count_asking(replay);
    bool *heard = find_heard(replay);
    for (size_t i = 0; heard != NULL && i < count && found < CHANGES_MAX; i++)
        if (is_change(replay, &events[i]) && is_heard(replay, heard, &events[i]) &&
            is_wanted(replay, &events[i], fault, any_fault) &&
            follow(&out[found], replay, i, asking))
            found++;
    free(heard);
    return found;
}

static void lag_text(int64_t low_ns, int64_t high_ns, char *out, size_t size)
{
    if (high_ns > low_ns)
        snprintf(out, size, "+%.30s .. %.30s", ek__duration(low_ns).s, ek__duration(high_ns).s);
    else
        snprintf(out, size, "+%s", ek__duration(low_ns).s);
}

static unsigned change_box(struct ek__picture *picture, const struct ek_replay *replay,
                           const struct change *change)
{
    char text[EK__BOX_TEXT_MAX], what[120];
    const struct ek_results *results = ek_replay_results(replay);
    const struct ek_replay_event *event = change->event;
    const char *name =
        event->subject < results->endpoint_count ? results->endpoint_names[event->subject] : "?";
    if (event->kind == EK_RECORD_CHECK)
        snprintf(what, sizeof what, "check of %.60s: %.20s", name, event->text);
    else if (event->kind == EK_RECORD_WOKEN)
        snprintf(what, sizeof what, "the registry's answer changes");
    else
        snprintf(what, sizeof what, "%.60s %sregistered", name,
                 event->kind == EK_RECORD_REGISTERED ? "" : "de");
    snprintf(text, sizeof text, "%.40s\n%s\nindex %" PRId64 ", %.50s woken",
             ek__moment_text(event->at_ns).s, what, event->b,
             ek__counted(change->woken, "watcher").s);
    unsigned box = ek__picture_box(picture, text, EK__TONE_FAULT);
    if (box < EK__BOXES_MAX)
        picture->boxes[box].is_bold = true;
    return box;
}

static void outcome_boxes(struct ek__picture *picture, const struct ek_replay *replay,
                          const struct change *change, unsigned from)
{
    size_t client_count;
    const struct ek_replay_client *clients = ek_replay_clients(replay, &client_count);
    char text[EK__BOX_TEXT_MAX], lag[80];
    unsigned ends[EK__BOXES_MAX / CHANGES_MAX];
    for (size_t i = 0; i < change->outcome_count; i++) {
        const struct outcome *outcome = &change->outcomes[i];
        if (outcome->count > 1)
            snprintf(text, sizeof text, "%" PRIu32 " clients", outcome->count);
        else
            snprintf(text, sizeof text, "%.60s", clients[outcome->client].name);
        unsigned box = ek__picture_box(picture, text, EK__TONE_PLAIN);
        lag_text(outcome->lag_min_ns, outcome->lag_max_ns, lag, sizeof lag);
        ek__picture_arrow(picture, from, box, lag, false);
        size_t same = 0;
        while (same < i && strcmp(change->outcomes[same].text, outcome->text) != 0)
            same++;
        ends[i] = same < i ? ends[same] : ek__picture_box(picture, outcome->text, outcome->tone);
        lag_text(outcome->apply_min_ns, outcome->apply_max_ns, lag, sizeof lag);
        ek__picture_arrow(picture, box, ends[i], lag, false);
    }
    if (change->heard < change->asked) {
        snprintf(text, sizeof text, "%s\nnot told of it",
                 ek__counted(change->asked - change->heard, "client").s);
        unsigned box = ek__picture_box(picture, text, EK__TONE_QUIET);
        ek__picture_arrow(picture, from, box, "", false);
    }
}

char *ek_graph_propagation(const struct ek_replay *replay, const char *fault,
                           enum ek_graph_language language)
{
    struct change *changes = calloc(CHANGES_MAX, sizeof *changes);
    struct ek__picture *picture = calloc(1, sizeof *picture);
    char *text = NULL;
    size_t count = 0;
    if (changes != NULL && picture != NULL) {
        count = find_changes(replay, fault, true, changes);
        if (count == 0 && fault == NULL)
            count = find_changes(replay, NULL, false, changes);
    }
    if (count > 0) {
        picture->results = ek_replay_results(replay);
        picture->title = "how changes of the registry reached the clients";
        picture->legend = "first arrow: from the change to the client's answer   "
                          "second: until the client's list was set";
        for (size_t i = 0; i < count; i++) {
            /* Graphviz puts graphs that do not hang together below each other as they come. */
            const struct change *change = &changes[language == EK_GRAPH_DOT ? count - 1 - i : i];
            outcome_boxes(picture, replay, change, change_box(picture, replay, change));
        }
        text = ek__picture_text(picture, language);
    }
    free(picture);
    free(changes);
    return text;
}
