/* Where the run broke an expectation: the moment that decided it. */
#include "reports/tui/act.h"

#include <string.h>

/* Metrics that one kind of event decides: the first of it. */
static const struct {
    const char *metric;
    enum ek_record_kind kind;
} deciders[] = {
    {"success", EK_RECORD_CALL_FAILED},
    {"errors", EK_RECORD_CALL_FAILED},
    {"fault_errors", EK_RECORD_CALL_FAILED},
    {"attempt_errors", EK_RECORD_ATTEMPT_FAILED},
    {"attempt_success", EK_RECORD_ATTEMPT_FAILED},
    {"retries", EK_RECORD_RETRY},
    {"throttled", EK_RECORD_THROTTLED},
    {"ejections", EK_RECORD_EJECTED},
    {"clients_ejecting", EK_RECORD_EJECTED},
    {"empty_ignored", EK_RECORD_EMPTY_IGNORED},
    {"resolver_errors", EK_RECORD_RESOLVER_ERROR},
    {"watchers_woken", EK_RECORD_WOKEN},
    {"checks_critical", EK_RECORD_CHECK},
    {"list_changes", EK_RECORD_RESOLVED},
};

/* -1: there is no such event. */
static int64_t first_event(const struct ek_snapshot *s, const struct ek_phase *phase,
                           const char *metric)
{
    int kind = -1;
    for (size_t i = 0; i < sizeof deciders / sizeof deciders[0]; i++) {
        if (strcmp(deciders[i].metric, metric) == 0)
            kind = (int)deciders[i].kind;
    }
    size_t i = ek_replay_event_at(s->replay, phase->start_ns);
    for (; kind >= 0 && i < s->event_count && s->events[i].at_ns <= phase->end_ns; i++) {
        if ((int)s->events[i].kind == kind)
            return s->events[i].at_ns;
    }
    return -1;
}

/* The end of the interval with the longest call. */
static int64_t slowest(const struct ek_snapshot *s, const struct ek_phase *phase)
{
    const struct ek_interval *intervals = ek_replay_intervals(s->replay);
    int64_t length = s->results->interval_ns, most = -1, found = phase->start_ns;
    for (size_t i = 0; i < ek_replay_interval_count(s->replay); i++) {
        int64_t start = (int64_t)i * length;
        if (start < phase->start_ns || start >= phase->end_ns || intervals[i].max_ns <= most)
            continue;
        most = intervals[i].max_ns;
        found = start + length;
    }
    return found;
}

/* A fault's metric names it: "time to eject, F1 <= 1 s". */
static const struct ek_failover *fault_in(const struct ek_snapshot *s, const char *text)
{
    for (size_t i = 0; i < s->results->fault_count; i++) {
        size_t length = strlen(s->results->faults[i].id);
        for (const char *at = strstr(text, ", "); at; at = strstr(at + 2, ", ")) {
            if (strncmp(at + 2, s->results->faults[i].id, length) == 0 &&
                strchr(" ,", at[2 + length]))
                return &s->results->faults[i];
        }
    }
    return s->results->fault_count > 0 ? &s->results->faults[0] : NULL;
}

/* Something that never came was missed until the end. */
static int64_t of_fault(const struct ek_snapshot *s, const struct ek_failover *fault,
                        const char *metric)
{
    bool is_back = strcmp(metric, "time_to_recover") == 0;
    int64_t after = is_back                                 ? fault->recover_ns
                    : strcmp(metric, "time_to_divert") == 0 ? fault->divert_ns
                                                            : fault->detect_ns;
    return after < 0 ? s->end_ns : (is_back ? fault->end_ns : fault->start_ns) + after;
}

static int64_t moment_of(const struct ek_snapshot *s, const struct ek_judged *judged)
{
    static const char *const latencies[] = {"p50", "p90", "p99", "p999", "max", "mean"};
    const struct ek_phase *phase = ek_results_phase(s->results, judged->phase);
    const struct ek_failover *fault = fault_in(s, judged->text);
    if (strncmp(judged->metric, "time_to_", 8) == 0 && fault)
        return of_fault(s, fault, judged->metric);
    if (!phase)
        return s->end_ns;
    for (size_t i = 0; i < sizeof latencies / sizeof latencies[0]; i++) {
        if (strcmp(latencies[i], judged->metric) == 0)
            return slowest(s, phase);
    }
    int64_t at_ns = first_event(s, phase, judged->metric);
    return at_ns >= 0 ? at_ns : phase->end_ns;
}

void ek__go_to_broken(struct ek_ui *ui, const struct ek_snapshot *s)
{
    const struct ek_results *results = s->results;
    size_t next = SIZE_MAX, first = SIZE_MAX;
    int64_t next_ns = INT64_MAX, first_ns = INT64_MAX;
    size_t after = ui->broken_count;
    for (size_t i = 0; i < results->judged_count; i++) {
        if (results->judged[i].verdict == EK_VERDICT_PASS)
            continue;
        int64_t at_ns = moment_of(s, &results->judged[i]);
        at_ns = at_ns > s->end_ns ? s->end_ns : at_ns;
        /* Several can be decided at one moment: then they come in their order. */
        bool is_later = at_ns > ui->at_ns || (at_ns == ui->at_ns && i + 1 > after);
        if (is_later && at_ns < next_ns) {
            next = i;
            next_ns = at_ns;
        }
        if (at_ns < first_ns) {
            first = i;
            first_ns = at_ns;
        }
    }
    if (first == SIZE_MAX) {
        if (results->judged_count > 0)
            ek__say(ui, "all %zu expectations hold", results->judged_count);
        else
            ek__say(ui, "the scenario has no expectations");
        return;
    }
    if (next == SIZE_MAX) {
        next = first;
        next_ns = first_ns;
    }
    ek__go_to(ui, s, next_ns);
    ui->broken_count = next + 1;
    const struct ek_judged *judged = &results->judged[next];
    ek__say(ui, "✗ %s%s%s: %s", judged->name, judged->name[0] ? ": " : "", judged->text,
            judged->has_value ? judged->value_text : judged->problem);
}
