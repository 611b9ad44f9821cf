#include "reports/html/course.h"

#include <stdlib.h>

/* A cause is older than what it led to, so one pass forwards finds the beginning of every chain. */
static void find_roots(struct ek__run *run)
{
    for (size_t i = 0; i < run->event_count; i++) {
        const struct ek_replay_event *event = &run->events[i];
        run->root[i] = EK_NOBODY;
        if (event->kind == EK_RECORD_FAULT_BEGIN || event->kind == EK_RECORD_FAULT_END) {
            run->root[i] = event->actor;
            continue;
        }
        const struct ek_replay_event *cause =
            event->cause != 0 ? ek_replay_event_by_id(run->replay, event->cause) : NULL;
        if (cause != NULL && cause < event)
            run->root[i] = run->root[cause - run->events];
    }
}

static void see_event(const struct ek__run *run, struct ek__course *course, size_t i)
{
    const struct ek_replay_event *event = &run->events[i];
    if (event->kind == EK_RECORD_ATTEMPT_FAILED || event->kind == EK_RECORD_CALL_FAILED) {
        if (course->first_error == SIZE_MAX) {
            course->first_error = i;
            course->first_error_ns = event->at_ns;
        }
        course->last_error_ns = event->at_ns;
    } else if (event->kind == EK_RECORD_EJECTED) {
        if (course->eject_first == SIZE_MAX) {
            course->eject_first = i;
            course->eject_first_ns = event->at_ns;
        }
        course->eject_last = i;
        course->eject_last_ns = event->at_ns;
        course->ejections++;
    } else if (event->kind == EK_RECORD_RETRY) {
        course->retries++;
    } else if (event->kind == EK_RECORD_ENDPOINT_REMOVED) {
        course->listed_out++;
    }
}

/* Calls failed while it lasted, more than before, but no recorded chain of causes begins with it.
 */
static void see_unexplained(const struct ek__run *run, const struct ek_failover *fault,
                            struct ek__course *course)
{
    course->is_unexplained = true;
    for (size_t i = ek_replay_event_at(run->replay, fault->start_ns);
         i < run->event_count && run->events[i].at_ns < fault->end_ns; i++)
        if (run->events[i].kind == EK_RECORD_CALL_FAILED)
            see_event(run, course, i);
}

/* A client counts once. */
static uint64_t clients_ejecting(const struct ek__run *run, uint32_t fault)
{
    uint8_t *seen = calloc(run->client_count + 1, 1);
    uint64_t count = 0;
    for (size_t i = 0; seen != NULL && i < run->event_count; i++) {
        const struct ek_replay_event *event = &run->events[i];
        if (run->root[i] != fault || event->kind != EK_RECORD_EJECTED ||
            event->actor >= run->client_count || seen[event->actor])
            continue;
        seen[event->actor] = 1;
        count++;
    }
    free(seen);
    return count;
}

static void count_traffic(const struct ek__run *run, const struct ek_failover *fault,
                          struct ek__course *course)
{
    size_t first = ek__interval_at(run, fault->start_ns);
    size_t end = ek__interval_at(run, fault->end_ns - 1) + 1;
    for (size_t i = first; i < run->interval_count && i < end; i++) {
        if (run->intervals[i].p99_ns > course->p99_peak_ns) {
            course->p99_peak_ns = run->intervals[i].p99_ns;
            course->p99_peak_at_ns = ek__interval_start(run, i);
        }
    }
    const struct ek_phase *before = ek_results_phase(run->results, "before");
    if (before != NULL && before->latency.count > 0)
        course->p99_before_ns = before->latency.p99_ns;
}

static const struct ek_phase *phase_of(const struct ek__run *run, const struct ek_failover *fault)
{
    for (size_t p = 1; p < run->results->phase_count; p++)
        if (run->results->phases[p].start_ns == fault->start_ns &&
            run->results->phases[p].end_ns == fault->end_ns)
            return &run->results->phases[p];
    return ek_results_phase(run->results, fault->id);
}

static void follow(const struct ek__run *run, uint32_t f)
{
    const struct ek_failover *fault = &run->results->faults[f];
    struct ek__course *course = &run->courses[f];
    *course = (struct ek__course){
        .first_error_ns = -1,
        .last_error_ns = -1,
        .detect_ns = fault->detect_ns < 0 ? -1 : fault->start_ns + fault->detect_ns,
        .eject_first_ns = -1,
        .eject_last_ns = -1,
        .divert_ns = fault->divert_ns < 0 ? -1 : fault->start_ns + fault->divert_ns,
        /* What never left cannot come back. */
        .back_ns =
            fault->recover_ns < 0 || fault->divert_ns < 0 ? -1 : fault->end_ns + fault->recover_ns,
        .first_error = SIZE_MAX,
        .detect = SIZE_MAX,
        .eject_first = SIZE_MAX,
        .eject_last = SIZE_MAX,
        .p99_peak_ns = -1,
        .p99_before_ns = -1,
    };
    const struct ek_replay_event *detect =
        fault->detect_record != 0 ? ek_replay_event_by_id(run->replay, fault->detect_record) : NULL;
    if (detect != NULL)
        course->detect = (size_t)(detect - run->events);
    for (size_t i = 0; i < run->event_count; i++)
        if (run->root[i] == f)
            see_event(run, course, i);
    if (course->first_error_ns < 0 && fault->errors > 0)
        see_unexplained(run, fault, course);
    if (course->ejections > 0)
        course->clients_ejecting = clients_ejecting(run, f);
    count_traffic(run, fault, course);
    const struct ek_phase *phase = phase_of(run, fault);
    if (phase != NULL) {
        course->calls = phase->calls;
        course->failed = phase->errors;
        for (size_t e = 0; e < run->endpoint_count; e++)
            course->attempts += phase->endpoint_attempts[e];
        for (size_t e = 0; e < fault->endpoint_count; e++)
            course->hit_attempts += phase->endpoint_attempts[fault->endpoints[e]];
    }
}

void ek__courses(struct ek__run *run)
{
    find_roots(run);
    for (size_t f = 0; f < run->results->fault_count; f++)
        follow(run, (uint32_t)f);
}
