/* The course of a recorded run: events, series, calls. */
#include "reports/recording/replay_load.h"

#include <stdlib.h>
#include <string.h>

enum {
    INTERVALS_MAX = 100000,
    SERIES_MAX = 5000000, /* intervals x endpoints */
    CALLS_MAX = 200000
};

void *ek__load_array(struct ek__reader *r, struct ek_replay *replay, size_t count, size_t size)
{
    void *array = r->failed ? NULL : ek__arena_array(&replay->arena, count, size);
    if (array == NULL)
        ek__reader_fail(r, "%s", ek_err_text(EK_ENOMEM));
    return array;
}

/* ---- events ---- */

enum ek__role ek__record_role(enum ek_record_kind kind)
{
    switch (kind) {
    case EK_RECORD_FAULT_BEGIN:
    case EK_RECORD_FAULT_END:
        return EK__ROLE_FAULT;
    case EK_RECORD_PROCESS:
        return EK__ROLE_ENDPOINT;
    case EK_RECORD_REGISTERED:
    case EK_RECORD_DEREGISTERED:
    case EK_RECORD_CHECK:
    case EK_RECORD_WOKEN:
    case EK_RECORD_SCENARIO:
    case EK_RECORD_COUNT:
        return EK__ROLE_NONE;
    case EK_RECORD_CHANNEL_STATE:
    case EK_RECORD_SUBCHANNEL_STATE:
    case EK_RECORD_RESOLVED:
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_ENDPOINT_REMOVED:
    case EK_RECORD_RESOLVER_ERROR:
    case EK_RECORD_EMPTY_IGNORED:
    case EK_RECORD_QUERY:
    case EK_RECORD_EJECTED:
    case EK_RECORD_RETURNED:
    case EK_RECORD_RETRY:
    case EK_RECORD_THROTTLED:
    case EK_RECORD_ATTEMPT_FAILED:
    case EK_RECORD_CALL_FAILED:
    case EK_RECORD_CLOCK_BACKWARDS:
    case EK_RECORD_UNHEALTHY:
    case EK_RECORD_HEALTHY:
    case EK_RECORD_SPARED:
    case EK_RECORD_HEDGE:
    case EK_RECORD_TRANSPARENT:
    case EK_RECORD_OVERFLOW:
    case EK_RECORD_REJECTED:
    case EK_RECORD_CONFIG:
    case EK_RECORD_CANARY:
    case EK_RECORD_CONFIG_REFUSED:
    case EK_RECORD_CANARY_IGNORED:
    case EK_RECORD_SHRINK_IGNORED:
    case EK_RECORD_VIEW_AGED:
        return EK__ROLE_CLIENT;
    }
    return EK__ROLE_NONE;
}

static uint32_t actor_limit(const struct ek_replay *replay, enum ek_record_kind kind)
{
    switch (ek__record_role(kind)) {
    case EK__ROLE_CLIENT:
        return (uint32_t)replay->results.client_count;
    case EK__ROLE_ENDPOINT:
        return (uint32_t)replay->results.endpoint_count;
    case EK__ROLE_FAULT:
        return (uint32_t)replay->results.fault_count;
    case EK__ROLE_NONE:
        break;
    }
    return 0;
}

static enum ek_record_kind kind_of(const char *word)
{
    int kind = 0;
    while (kind < EK_RECORD_COUNT && strcmp(word, ek_record_word((enum ek_record_kind)kind)) != 0)
        kind++;
    return (enum ek_record_kind)kind;
}

static void load_events(struct ek__reader *r, struct ek_replay *replay)
{
    size_t count = ek__reader_rows(r, "event", EK_RECORD_EVENTS_MAX);
    replay->events = ek__load_array(r, replay, count, sizeof *replay->events);
    size_t n = 0;
    int64_t now_ns = 0;
    ek__reader_query(r, "SELECT id, at_ns, kind, actor, subject, cause, a, b, text FROM event"
                        " ORDER BY id");
    while (n < count && ek__reader_row(r)) {
        struct ek_replay_event event = {
            .id = ek__reader_count(r, 0),
            .at_ns = ek__reader_integer(r, 1, 0),
            .kind = kind_of(ek__reader_word(r, 2)),
            .cause = ek__reader_count(r, 5),
            .a = ek__reader_integer(r, 6, 0),
            .b = ek__reader_integer(r, 7, 0),
            .text = ek__reader_text(r, 8),
        };
        if (event.kind == EK_RECORD_COUNT || event.id == 0)
            continue;
        if (event.at_ns < now_ns)
            event.at_ns = now_ns;
        now_ns = event.at_ns;
        if (event.cause >= event.id)
            event.cause = 0;
        event.actor = ek__reader_index(r, 3, actor_limit(replay, event.kind));
        event.subject = ek__reader_index(r, 4, replay->results.endpoint_count);
        replay->events[n++] = event;
    }
    replay->event_count = n;
}

static void count_transitions(struct ek__reader *r, struct ek_replay *replay)
{
    replay->transitions = ek__load_array(r, replay, 5, sizeof *replay->transitions);
    for (size_t i = 0; !r->failed && i < replay->event_count; i++) {
        const struct ek_replay_event *event = &replay->events[i];
        if (event->kind == EK_RECORD_SUBCHANNEL_STATE && event->a >= 0 &&
            event->a < EK_CONN_COUNT && event->b >= 0 && event->b < EK_CONN_COUNT)
            replay->transitions[event->a][event->b]++;
    }
}

/* ---- series ---- */

static void load_intervals(struct ek__reader *r, struct ek_replay *replay)
{
    struct ek_results *results = &replay->results;
    size_t count = ek__reader_rows(r, "interval", INTERVALS_MAX);
    replay->intervals = ek__load_array(r, replay, count, sizeof *replay->intervals);
    int64_t *p99 = ek__load_array(r, replay, count, sizeof *p99);
    uint64_t *ok = ek__load_array(r, replay, count, sizeof *ok);
    uint64_t *errors = ek__load_array(r, replay, count, sizeof *errors);
    size_t n = 0;
    ek__reader_query(r, "SELECT started, ok, errors, attempts, retries, p50_ns, p99_ns, max_ns"
                        " FROM interval ORDER BY id");
    while (n < count && ek__reader_row(r)) {
        replay->intervals[n] = (struct ek_interval){
            .started = ek__reader_count(r, 0),
            .ok = ek__reader_count(r, 1),
            .errors = ek__reader_count(r, 2),
            .attempts = ek__reader_count(r, 3),
            .retries = ek__reader_count(r, 4),
            .p50_ns = ek__reader_integer(r, 5, -1),
            .p99_ns = ek__reader_integer(r, 6, -1),
            .max_ns = ek__reader_integer(r, 7, -1),
        };
        p99[n] = replay->intervals[n].p99_ns;
        ok[n] = replay->intervals[n].ok;
        errors[n] = replay->intervals[n].errors;
        n++;
    }
    results->interval_p99_ns = p99;
    results->interval_ok = ok;
    results->interval_errors = errors;
    results->interval_count = n;
}

static uint32_t small_count(const struct ek__reader *r, int column)
{
    uint64_t value = ek__reader_count(r, column);
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static void load_endpoint_intervals(struct ek__reader *r, struct ek_replay *replay)
{
    size_t intervals = replay->results.interval_count;
    size_t endpoints = replay->results.endpoint_count;
    if (intervals * endpoints > SERIES_MAX)
        ek__reader_fail(r, "the recording is too large (intervals times endpoints)");
    struct ek_endpoint_interval *rows =
        ek__load_array(r, replay, intervals * endpoints, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < intervals * endpoints; i++)
        rows[i].p99_ns = -1;
    ek__reader_query(r, "SELECT endpoint, interval, attempts, ok, errors, busy_max, queued_max,"
                        " p99_ns FROM endpoint_interval");
    while (ek__reader_row(r)) {
        uint32_t e = ek__reader_index(r, 0, endpoints);
        uint32_t i = ek__reader_index(r, 1, intervals);
        if (e == EK_NOBODY || i == EK_NOBODY)
            continue;
        rows[e * intervals + i] = (struct ek_endpoint_interval){
            .attempts = ek__reader_count(r, 2),
            .ok = ek__reader_count(r, 3),
            .errors = ek__reader_count(r, 4),
            .busy_max = small_count(r, 5),
            .queued_max = small_count(r, 6),
            .p99_ns = ek__reader_integer(r, 7, -1),
        };
    }
    replay->endpoint_intervals = rows;
}

/* ---- calls ---- */

static int status_of(const struct ek__reader *r, int column)
{
    int64_t status = ek__reader_integer(r, column, EK_STATUS_UNKNOWN);
    return status >= 0 && status < EK_STATUS_COUNT ? (int)status : EK_STATUS_UNKNOWN;
}

static int by_planned(const void *left, const void *right)
{
    const struct ek_recorded_call *a = left, *b = right;
    if (a->planned_ns != b->planned_ns)
        return a->planned_ns < b->planned_ns ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static void load_attempts(struct ek__reader *r, struct ek_replay *replay)
{
    size_t i = 0;
    ek__reader_query(r, "SELECT call, endpoint, status, start_ns, end_ns FROM attempt"
                        " ORDER BY call, number");
    while (ek__reader_row(r)) {
        uint64_t number = ek__reader_count(r, 0);
        while (i < replay->call_count && replay->calls[i].number < number)
            i++;
        if (i == replay->call_count)
            continue;
        struct ek_recorded_call *call = &replay->calls[i];
        if (call->number != number || call->attempt_count == EK_RECORD_ATTEMPTS_MAX)
            continue;
        call->attempts[call->attempt_count++] = (struct ek_recorded_attempt){
            .endpoint = ek__reader_index(r, 1, replay->results.endpoint_count),
            .status = status_of(r, 2),
            .start_ns = ek__reader_integer(r, 3, 0),
            .end_ns = ek__reader_integer(r, 4, 0),
        };
    }
}

static void load_calls(struct ek__reader *r, struct ek_replay *replay)
{
    size_t count = ek__reader_rows(r, "call", CALLS_MAX);
    replay->calls = ek__load_array(r, replay, count, sizeof *replay->calls);
    size_t n = 0;
    ek__reader_query(r, "SELECT id, client, planned_ns, end_ns, status, cause FROM call"
                        " ORDER BY id");
    while (n < count && ek__reader_row(r)) {
        struct ek_recorded_call call = {
            .number = ek__reader_count(r, 0),
            .client = ek__reader_index(r, 1, replay->results.client_count),
            .planned_ns = ek__reader_integer(r, 2, 0),
            .end_ns = ek__reader_integer(r, 3, 0),
            .status = status_of(r, 4),
            .cause = ek__reader_count(r, 5),
        };
        if (call.client != EK_NOBODY)
            replay->calls[n++] = call;
    }
    replay->call_count = n;
    load_attempts(r, replay);
    if (n > 1)
        qsort(replay->calls, n, sizeof *replay->calls, by_planned);
}

void ek__load_history(struct ek__reader *r, struct ek_replay *replay)
{
    load_events(r, replay);
    count_transitions(r, replay);
    load_intervals(r, replay);
    load_endpoint_intervals(r, replay);
    load_calls(r, replay);
}
