/* How many attempts the calls of each phase became. */
#include "reports/graph/picture.h"

#include "reports/text/render_text.h"

#include <stdlib.h>
#include <string.h>

enum {
    PHASES_MAX = 4,
    DEPTH_MAX = 6 /* attempts of one call; what is beyond counts with the last */
};

/* Further attempts of the calls of a phase. */
struct depth {
    uint64_t attempts[DEPTH_MAX + 1]; /* by number, from 2 */
    uint64_t retries, hedges, resent, throttled;
};

/* One further attempt of a call, as it was recorded. */
struct further {
    uint64_t call;
    size_t event;
};

static bool starts_attempt(enum ek_record_kind kind)
{
    return kind == EK_RECORD_RETRY || kind == EK_RECORD_HEDGE || kind == EK_RECORD_TRANSPARENT;
}

static int by_call(const void *left, const void *right)
{
    const struct further *a = left, *b = right;
    if (a->call != b->call)
        return a->call < b->call ? -1 : 1;
    return (a->event > b->event) - (a->event < b->event);
}

static size_t phase_at(const struct ek_results *results, const size_t *phases, size_t count,
                       int64_t at_ns)
{
    for (size_t p = 0; p < count; p++)
        if (at_ns >= results->phases[phases[p]].start_ns &&
            (at_ns < results->phases[phases[p]].end_ns || p + 1 == count))
            return p;
    return count;
}

/* Numbers the further attempts of each call, and counts them in the phase they come in. */
static bool count_attempts(const struct ek_replay *replay, const size_t *phases, size_t phase_count,
                           struct depth *depths)
{
    size_t count, n = 0;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    struct further *list = calloc(count + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < count; i++) {
        size_t p = phase_at(ek_replay_results(replay), phases, phase_count, events[i].at_ns);
        if (p < phase_count && events[i].kind == EK_RECORD_THROTTLED)
            depths[p].throttled++;
        if (p == phase_count || !starts_attempt(events[i].kind) || events[i].a <= 0)
            continue;
        depths[p].retries += events[i].kind == EK_RECORD_RETRY;
        depths[p].hedges += events[i].kind == EK_RECORD_HEDGE;
        depths[p].resent += events[i].kind == EK_RECORD_TRANSPARENT;
        list[n++] = (struct further){(uint64_t)events[i].a, i};
    }
    if (n > 1)
        qsort(list, n, sizeof *list, by_call);
    for (size_t i = 0, number = 2; i < n; i++) {
        number = i > 0 && list[i].call == list[i - 1].call ? number + 1 : 2;
        size_t p =
            phase_at(ek_replay_results(replay), phases, phase_count, events[list[i].event].at_ns);
        depths[p].attempts[number < DEPTH_MAX ? number : DEPTH_MAX]++;
    }
    free(list);
    return n > 0;
}

/* ---- the picture ---- */

static unsigned box_in(struct ek__picture *picture, size_t group, const char *text,
                       enum ek__tone tone)
{
    unsigned box = ek__picture_box(picture, text, tone);
    if (box < EK__BOXES_MAX)
        picture->boxes[box].group = (int)group;
    return box;
}

static void put_phase(struct ek__picture *picture, size_t group, const struct ek_phase *phase,
                      const struct depth *depth)
{
    char text[EK__BOX_TEXT_MAX], label[80];
    snprintf(text, sizeof text, "%s\n%s failed", ek__counted(phase->calls, "call").s,
             ek__share(phase->errors, phase->calls, 2).s);
    unsigned last = box_in(picture, group, text, phase->errors > 0 ? EK__TONE_BAD : EK__TONE_GOOD);
    uint64_t further = depth->retries + depth->hedges + depth->resent;
    uint64_t first = phase->attempts > further ? phase->attempts - further : 0, before = first;
    snprintf(text, sizeof text, "attempt 1\n%s", ek__count(first).s);
    unsigned box = box_in(picture, group, text, EK__TONE_PLAIN);
    ek__picture_arrow(picture, last, box, "", true);
    for (size_t number = 2; number <= DEPTH_MAX && depth->attempts[number] > 0; number++) {
        last = box;
        snprintf(text, sizeof text, "attempt %zu%s\n%s", number,
                 number == DEPTH_MAX ? " and on" : "", ek__count(depth->attempts[number]).s);
        box = box_in(picture, group, text, EK__TONE_REACTS);
        snprintf(label, sizeof label, "%s", ek__share(depth->attempts[number], before, 2).s);
        ek__picture_arrow(picture, last, box, label, false);
        before = depth->attempts[number];
    }
    if (depth->throttled > 0) {
        snprintf(text, sizeof text, "no retry: the budget\nis spent, %s",
                 ek__counted(depth->throttled, "time").s);
        unsigned refused = box_in(picture, group, text, EK__TONE_BAD);
        ek__picture_arrow(picture, box, refused, "", false);
    }
}

/* "F1  30 .. 90 s: 1.09 attempts a call; 120 retries, 3 hedged" */
static void group_text(const struct ek_phase *phase, const struct depth *depth, char *out,
                       size_t size)
{
    char name[48];
    snprintf(out, size, "%s  %s: %s attempts a call", ek__clean(phase->name, name, sizeof name),
             ek__range(phase->start_ns, phase->end_ns).s,
             phase->calls > 0 ? ek__decimal(phase->attempts, phase->calls, 3).s : "no");
    const struct {
        uint64_t count;
        const char *word;
    } parts[] = {
        {depth->retries, "retried"}, {depth->hedges, "hedged"}, {depth->resent, "sent again"}};
    for (size_t i = 0; i < 3; i++) {
        size_t used = strlen(out);
        if (parts[i].count > 0)
            snprintf(out + used, size - used, ", %s %s", ek__count(parts[i].count).s,
                     parts[i].word);
    }
}

char *ek_graph_retries(const struct ek_replay *replay, enum ek_graph_language language)
{
    const struct ek_results *results = ek_replay_results(replay);
    struct ek__picture *picture = calloc(1, sizeof *picture);
    struct depth depths[PHASES_MAX] = {{{0}, 0, 0, 0, 0}};
    size_t phases[PHASES_MAX], count = 0;
    char groups[PHASES_MAX][200], *text = NULL;
    for (size_t p = results->phase_count > 1 ? 1 : 0; p < results->phase_count; p++) {
        bool is_last = p + 1 == results->phase_count;
        if (count < PHASES_MAX - 1 || (is_last && count < PHASES_MAX))
            phases[count++] = p;
    }
    if (picture != NULL && count_attempts(replay, phases, count, depths)) {
        picture->results = results;
        picture->title = "what calls became";
        picture->legend = "percent: of the attempts before";
        for (size_t p = 0; p < count; p++) {
            group_text(&results->phases[phases[p]], &depths[p], groups[p], sizeof groups[p]);
            picture->groups[picture->group_count++] = groups[p];
            put_phase(picture, p, &results->phases[phases[p]], &depths[p]);
        }
        text = ek__picture_text(picture, language);
    }
    free(picture);
    return text;
}
