/* What happened, event by event: the telling ones as a table, all of them for the filter. */
#include "reports/html/moment.h"

#include "reports/html/write.h"
#include "reports/text/render_number.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    SHOWN_MAX = 160,
    EACH_MAX = 12, /* of one kind and one fault */
    EARLY_MAX = 2  /* of one kind while nothing is broken yet */
};

/* The lower, the more a person wants to see it; 0 is always shown. */
static int rank_of(enum ek_record_kind kind)
{
    switch (kind) {
    case EK_RECORD_FAULT_BEGIN:
    case EK_RECORD_FAULT_END:
    case EK_RECORD_SCENARIO:
        return 0;
    case EK_RECORD_PROCESS:
    case EK_RECORD_EMPTY_IGNORED:
    case EK_RECORD_CLOCK_BACKWARDS:
    case EK_RECORD_SHRINK_IGNORED:
    case EK_RECORD_VIEW_AGED:
    case EK_RECORD_CONFIG:
    case EK_RECORD_CANARY:
    case EK_RECORD_CONFIG_REFUSED:
    case EK_RECORD_CANARY_IGNORED:
        return 1;
    case EK_RECORD_EJECTED:
    case EK_RECORD_RETURNED:
    case EK_RECORD_CHECK:
    case EK_RECORD_DEREGISTERED:
    case EK_RECORD_CHANNEL_STATE:
    case EK_RECORD_RESOLVED:
    case EK_RECORD_WOKEN:
    case EK_RECORD_UNHEALTHY:
    case EK_RECORD_HEALTHY:
    case EK_RECORD_SPARED:
        return 2;
    case EK_RECORD_RESOLVER_ERROR:
    case EK_RECORD_ENDPOINT_REMOVED:
    case EK_RECORD_THROTTLED:
    case EK_RECORD_CALL_FAILED:
    case EK_RECORD_OVERFLOW:
    case EK_RECORD_REJECTED:
        return 3;
    case EK_RECORD_SUBCHANNEL_STATE:
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_QUERY:
    case EK_RECORD_RETRY:
    case EK_RECORD_ATTEMPT_FAILED:
    case EK_RECORD_REGISTERED:
    case EK_RECORD_HEDGE:
    case EK_RECORD_TRANSPARENT:
    case EK_RECORD_COUNT:
        break;
    }
    return 4;
}

static void show(uint8_t *shown, const struct ek__run *run, size_t event)
{
    if (event < run->event_count)
        shown[event] = 1;
}

/* What something on the page links to. */
static void show_linked(const struct ek__run *run, uint8_t *shown)
{
    for (size_t f = 0; f < run->results->fault_count; f++) {
        const struct ek__course *course = &run->courses[f];
        show(shown, run, course->first_error);
        show(shown, run, course->detect);
        show(shown, run, course->eject_first);
        show(shown, run, course->eject_last);
    }
    for (size_t i = 0; i < run->results->judged_count; i++)
        show(shown, run, ek__decided(run, &run->results->judged[i]).event);
}

void ek__events_choose(const struct ek__run *run, uint8_t *shown)
{
    size_t count = 0;
    show_linked(run, shown);
    for (int rank = 0; rank <= 3; rank++) {
        size_t each[EK_RECORD_COUNT] = {0},
               each_max = run->results->fault_count > 0 ? EARLY_MAX : EACH_MAX;
        for (size_t i = 0; i < run->event_count && count < SHOWN_MAX; i++) {
            enum ek_record_kind kind = run->events[i].kind;
            each_max = kind == EK_RECORD_FAULT_BEGIN ? EACH_MAX : each_max;
            if (kind == EK_RECORD_FAULT_BEGIN)
                for (int k = 0; k < EK_RECORD_COUNT; k++)
                    each[k] = 0;
            if (rank_of(kind) != rank || (rank > 0 && each[kind] >= each_max))
                continue;
            each[kind]++;
            count++;
            shown[i] = 1;
        }
    }
}

static void put_row(const struct ek__report *report, const struct ek__run *run, size_t i, FILE *out)
{
    const struct ek_replay_event *event = &run->events[i];
    char text[400];
    fprintf(out, "<tr id=\"%s-e%" PRIu64 "\"><td class=\"num\">", run->letter, event->id);
    ek__moment_begin(report, run, event->at_ns, SIZE_MAX, out);
    ek__html(out, "$</a></td><td class=\"kind k-$\">$</td><td>$</td><td>", ek__when(event->at_ns).s,
             ek_record_word(event->kind), ek_record_word(event->kind),
             ek_replay_event_text(run->replay, event, text, sizeof text));
    if (run->root[i] < run->results->fault_count)
        ek__html(out, "$", run->results->faults[run->root[i]].id);
    fputs("</td></tr>\n", out);
}

void ek__part_events(const struct ek__report *report, FILE *out)
{
    for (size_t r = 0; r < report->run_count; r++) {
        const struct ek__run *run = &report->runs[r];
        uint8_t *shown = calloc(run->event_count + 1, 1);
        size_t count = 0;
        if (shown == NULL)
            continue;
        ek__events_choose(run, shown);
        for (size_t i = 0; i < run->event_count; i++)
            count += shown[i];
        ek__run_heading(report, run, out);
        fprintf(out, "<div class=\"filter\" data-run=\"%zu\" hidden></div>\n", r);
        ek__html(out, "<p class=\"note told\">The $ most telling of $ recorded events.</p>\n",
                 ek__count(count).s, ek__count(run->event_count).s);
        fprintf(out,
                "<div class=\"wide log\"><table id=\"log-%zu\"><thead><tr><th scope=\"col\""
                " class=\"num\">at</th><th scope=\"col\">kind</th><th scope=\"col\">what happened"
                "</th><th scope=\"col\">led here</th></tr></thead>\n<tbody>\n",
                r);
        for (size_t i = 0; i < run->event_count; i++)
            if (shown[i])
                put_row(report, run, i, out);
        fputs("</tbody></table></div>\n", out);
        free(shown);
    }
}
