/* Which moment of the run decided an expectation, and links to moments. */
#include "reports/html/moment.h"

#include "reports/html/write.h"

#include <inttypes.h>
#include <string.h>

void ek__run_heading(const struct ek__report *report, const struct ek__run *run, FILE *out)
{
    if (report->run_count > 1)
        ek__html(out,
                 "<h3 class=\"run run$\"><span class=\"letter\">$</span> $ <small>$</small></h3>\n",
                 run->letter, run->letter, run->label, run->results->scenario);
}

void ek__moment_begin(const struct ek__report *report, const struct ek__run *run, int64_t at_ns,
                      size_t event, FILE *out)
{
    fprintf(out, "<a class=\"moment\" data-run=\"%td\" data-t=\"%" PRId64 "\" href=\"#",
            run - report->runs, at_ns);
    if (event < run->event_count)
        fprintf(out, "%s-e%" PRIu64 "\">", run->letter, run->events[event].id);
    else
        fputs("story\">", out);
}

/* "time to eject, F1 <= 1 s" is about F1; without a name the first fault is meant. */
static const struct ek__course *course_of(const struct ek__run *run, const char *text)
{
    const struct ek_results *r = run->results;
    for (size_t f = 0; f < r->fault_count; f++) {
        size_t length = strlen(r->faults[f].id);
        for (const char *p = strstr(text, ", "); p != NULL; p = strstr(p + 2, ", "))
            if (strncmp(p + 2, r->faults[f].id, length) == 0 &&
                (p[2 + length] == ' ' || p[2 + length] == ','))
                return &run->courses[f];
    }
    return r->fault_count > 0 ? &run->courses[0] : NULL;
}

static struct ek__moment first_event(const struct ek__run *run, const struct ek_phase *phase,
                                     enum ek_record_kind kind)
{
    struct ek__moment none = {-1, SIZE_MAX};
    for (size_t i = ek_replay_event_at(run->replay, phase->start_ns);
         i < run->event_count && run->events[i].at_ns <= phase->end_ns; i++)
        if (run->events[i].kind == kind)
            return (struct ek__moment){run->events[i].at_ns, i};
    return none;
}

/* The shortest list that a client took, once it had one. */
static struct ek__moment shortest_list(const struct ek__run *run)
{
    struct ek__moment found = {-1, SIZE_MAX};
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < run->event_count; i++) {
        const struct ek_replay_event *event = &run->events[i];
        if (event->kind != EK_RECORD_RESOLVED || event->a >= least)
            continue;
        if (found.event == SIZE_MAX && event->a == 0)
            continue;
        least = event->a;
        found = (struct ek__moment){event->at_ns, i};
    }
    return found;
}

static struct ek__moment slowest(const struct ek__run *run, const struct ek_phase *phase)
{
    struct ek__moment found = {phase->start_ns, SIZE_MAX};
    int64_t most = -1;
    for (size_t i = ek__interval_at(run, phase->start_ns); i < run->interval_count; i++) {
        int64_t start = ek__interval_start(run, i);
        if (start >= phase->end_ns)
            break;
        if (run->intervals[i].max_ns > most) {
            most = run->intervals[i].max_ns;
            found.at_ns = start;
        }
    }
    return found;
}

static struct ek__moment of_course(const struct ek__course *course, const char *metric)
{
    if (strcmp(metric, "time_to_eject") == 0)
        return (struct ek__moment){course->eject_first_ns, course->eject_first};
    if (strcmp(metric, "time_to_divert") == 0)
        return (struct ek__moment){course->divert_ns, SIZE_MAX};
    if (strcmp(metric, "time_to_recover") == 0)
        return (struct ek__moment){course->back_ns, SIZE_MAX};
    return (struct ek__moment){course->detect_ns, course->detect};
}

/* Metrics that count one kind of event are decided by the first of it. */
static int kind_counted(const char *metric)
{
    static const struct {
        const char *metric;
        enum ek_record_kind kind;
    } rows[] = {
        {"success", EK_RECORD_CALL_FAILED},
        {"errors", EK_RECORD_CALL_FAILED},
        {"fault_errors", EK_RECORD_CALL_FAILED},
        {"attempt_errors", EK_RECORD_ATTEMPT_FAILED},
        {"attempt_success", EK_RECORD_ATTEMPT_FAILED},
        {"retries", EK_RECORD_RETRY},
        {"throttled", EK_RECORD_THROTTLED},
        {"hedges", EK_RECORD_HEDGE},
        {"overflows", EK_RECORD_OVERFLOW},
        {"rejected", EK_RECORD_REJECTED},
        {"unhealthy", EK_RECORD_UNHEALTHY},
        {"spared", EK_RECORD_SPARED},
        {"ejections", EK_RECORD_EJECTED},
        {"clients_ejecting", EK_RECORD_EJECTED},
        {"empty_ignored", EK_RECORD_EMPTY_IGNORED},
        {"resolver_errors", EK_RECORD_RESOLVER_ERROR},
        {"watchers_woken", EK_RECORD_WOKEN},
        {"checks_critical", EK_RECORD_CHECK},
        {"list_changes", EK_RECORD_RESOLVED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].metric, metric) == 0)
            return (int)rows[i].kind;
    return -1;
}

struct ek__moment ek__decided(const struct ek__run *run, const struct ek_judged *judged)
{
    static const char *const latencies[] = {"p50", "p90", "p99", "p999", "max", "mean"};
    const struct ek_phase *phase = ek_results_phase(run->results, judged->phase);
    const struct ek__course *course = course_of(run, judged->text);
    struct ek__moment nowhere = {-1, SIZE_MAX};

    if (strncmp(judged->metric, "time_to_", 8) == 0)
        return course != NULL ? of_course(course, judged->metric) : nowhere;
    if (phase == NULL)
        return nowhere;
    for (size_t i = 0; i < sizeof latencies / sizeof latencies[0]; i++)
        if (strcmp(latencies[i], judged->metric) == 0)
            return slowest(run, phase);
    int kind = kind_counted(judged->metric);
    struct ek__moment first = nowhere;
    if (kind >= 0)
        first = first_event(run, phase, (enum ek_record_kind)kind);
    /* That none came is known of the whole phase, and shown from its start. */
    if (kind >= 0)
        return first.at_ns >= 0 ? first : (struct ek__moment){phase->start_ns, SIZE_MAX};
    if (strcmp(judged->metric, "endpoints_listed_min") == 0)
        return shortest_list(run);
    /* A count over a whole phase: where that begins. Over the whole run nothing more is known. */
    return phase == run->results->phases ? nowhere : (struct ek__moment){phase->start_ns, SIZE_MAX};
}
