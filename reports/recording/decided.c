#include "reports/recording/decided.h"

#include <string.h>

enum {
    CAUSES_MAX = 64
};

static const struct ek_decided nowhere = {-1, -1, SIZE_MAX};

static struct ek_decided at_time(int64_t at_ns)
{
    return (struct ek_decided){at_ns, at_ns, SIZE_MAX};
}

static struct ek_decided at_event(const struct ek_replay_event *events, size_t i)
{
    return (struct ek_decided){events[i].at_ns, events[i].at_ns, i};
}

/* Metrics that count one kind of event. */
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

/* What a check is counted for is that it turned critical. */
static bool counts(const struct ek_replay_event *event, int kind)
{
    return (int)event->kind == kind &&
           (event->kind != EK_RECORD_CHECK || strcmp(event->text, "critical") == 0);
}

static struct ek_decided first_event(const struct ek_replay *replay, const struct ek_phase *phase,
                                     int kind)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    for (size_t i = ek_replay_event_at(replay, phase->start_ns);
         i < count && events[i].at_ns <= phase->end_ns; i++)
        if (counts(&events[i], kind))
            return at_event(events, i);
    return at_time(phase->start_ns);
}

/* The shortest list that a client took, once it had one. */
static struct ek_decided shortest_list(const struct ek_replay *replay)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    struct ek_decided found = nowhere;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != EK_RECORD_RESOLVED)
            continue;
        bool is_first = found.event == SIZE_MAX;
        if (is_first ? events[i].a > 0 : events[i].a < events[found.event].a)
            found = at_event(events, i);
    }
    return found;
}

static struct ek_decided slowest(const struct ek_replay *replay, const struct ek_phase *phase)
{
    const struct ek_interval *intervals = ek_replay_intervals(replay);
    int64_t length_ns = ek_replay_results(replay)->interval_ns, most = -1;
    struct ek_decided found = at_time(phase->start_ns);
    for (size_t i = 0; i < ek_replay_interval_count(replay); i++) {
        int64_t start_ns = (int64_t)i * length_ns;
        if (start_ns + length_ns <= phase->start_ns || start_ns >= phase->end_ns ||
            intervals[i].max_ns <= most)
            continue;
        most = intervals[i].max_ns;
        found = (struct ek_decided){start_ns, start_ns + length_ns, SIZE_MAX};
    }
    return found;
}

/* "time to eject, F1 <= 1 s" is about F1; without a name the first fault is meant. */
static size_t fault_in(const struct ek_results *results, const char *text)
{
    for (size_t f = 0; f < results->fault_count; f++) {
        size_t length = strlen(results->faults[f].id);
        for (const char *at = strstr(text, ", "); at != NULL; at = strstr(at + 2, ", "))
            if (strncmp(at + 2, results->faults[f].id, length) == 0 &&
                (at[2 + length] == ' ' || at[2 + length] == ','))
                return f;
    }
    return 0;
}

/* Whether the chain of an event's causes begins with that fault. */
static bool is_due_to(const struct ek_replay *replay, const struct ek_replay_event *event,
                      uint32_t fault)
{
    for (int i = 0; i < CAUSES_MAX && event != NULL; i++) {
        if (event->kind == EK_RECORD_FAULT_BEGIN || event->kind == EK_RECORD_FAULT_END)
            return event->actor == fault;
        event = event->cause != 0 ? ek_replay_event_by_id(replay, event->cause) : NULL;
    }
    return false;
}

static struct ek_decided first_ejection(const struct ek_replay *replay, size_t fault)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    int64_t start_ns = ek_replay_results(replay)->faults[fault].start_ns;
    for (size_t i = ek_replay_event_at(replay, start_ns); i < count; i++)
        if (events[i].kind == EK_RECORD_EJECTED && is_due_to(replay, &events[i], (uint32_t)fault))
            return at_event(events, i);
    return nowhere;
}

static struct ek_decided of_fault(const struct ek_replay *replay, size_t number, const char *metric)
{
    const struct ek_failover *fault = &ek_replay_results(replay)->faults[number];
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count), *detect;
    if (strcmp(metric, "time_to_eject") == 0)
        return first_ejection(replay, number);
    if (strcmp(metric, "time_to_divert") == 0)
        return fault->divert_ns < 0 ? nowhere : at_time(fault->start_ns + fault->divert_ns);
    if (strcmp(metric, "time_to_recover") == 0)
        return fault->divert_ns < 0 || fault->recover_ns < 0
                   ? nowhere
                   : at_time(fault->end_ns + fault->recover_ns);
    if (fault->detect_ns < 0)
        return nowhere;
    detect = ek_replay_event_by_id(replay, fault->detect_record);
    return detect != NULL ? at_event(events, (size_t)(detect - events))
                          : at_time(fault->start_ns + fault->detect_ns);
}

struct ek_decided ek_replay_decided(const struct ek_replay *replay, const struct ek_judged *judged)
{
    static const char *const latencies[] = {"p50", "p90", "p99", "p999", "max", "mean"};
    const struct ek_results *results = ek_replay_results(replay);
    const struct ek_phase *phase = ek_results_phase(results, judged->phase);
    int kind = kind_counted(judged->metric);

    if (strncmp(judged->metric, "time_to_", 8) == 0)
        return results->fault_count > 0
                   ? of_fault(replay, fault_in(results, judged->text), judged->metric)
                   : nowhere;
    if (phase == NULL)
        return nowhere;
    for (size_t i = 0; i < sizeof latencies / sizeof latencies[0]; i++)
        if (strcmp(latencies[i], judged->metric) == 0)
            return slowest(replay, phase);
    if (kind >= 0)
        return first_event(replay, phase, kind);
    if (strcmp(judged->metric, "endpoints_listed_min") == 0)
        return shortest_list(replay);
    /* A number of a whole phase: where that begins. Of the whole run nothing more is known. */
    return phase == results->phases ? nowhere : at_time(phase->start_ns);
}
