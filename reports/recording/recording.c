/* Telling a recorder what happens. */
#include "reports/recording/recorder.h"

#include "evenkeel/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ek_record_word(enum ek_record_kind kind)
{
    static const char *const words[] = {
#define WORD(name, word) word,
        EK_RECORD_LIST(WORD)
#undef WORD
    };
    return kind < EK_RECORD_COUNT ? words[kind] : "unknown";
}

/* ---- time ---- */

static bool make_room(struct ek_recorder *r)
{
    if (r->interval_count < r->interval_capacity)
        return true;
    size_t wanted = r->interval_capacity == 0 ? 64 : r->interval_capacity * 2;
    struct ek_interval *intervals = realloc(r->intervals, wanted * sizeof *intervals);
    if (intervals == NULL)
        return false;
    r->intervals = intervals;
    size_t row = (r->setup.endpoint_count + 1) * sizeof *r->endpoint_intervals;
    struct ek__endpoint_counts *endpoints = realloc(r->endpoint_intervals, wanted * row);
    if (endpoints == NULL)
        return false;
    r->endpoint_intervals = endpoints;
    r->interval_capacity = wanted;
    return true;
}

/* With thousands of endpoints each latency goes to a place far away in memory: many at a time, so
 * that all of these are fetched together. */
static void sort_in(struct ek_recorder *r)
{
    struct ek__interval *now = &r->interval;
    for (uint32_t i = 0; i < now->late_count; i++)
        __builtin_prefetch(&now->attempt_latency[now->late[i].endpoint], 1);
    for (uint32_t i = 0; i < now->late_count; i++)
        ek__histogram_expect(&now->attempt_latency[now->late[i].endpoint], now->late[i].ns);
    for (uint32_t i = 0; i < now->late_count; i++)
        if (!ek__histogram_add(&now->attempt_latency[now->late[i].endpoint], now->late[i].ns))
            r->out_of_memory = true;
    now->late_count = 0;
}

static void close_interval(struct ek_recorder *r)
{
    struct ek__interval *now = &r->interval;
    sort_in(r);
    size_t endpoint_count = r->setup.endpoint_count;
    bool has_calls = now->latency.count > 0;
    now->counts.p50_ns = has_calls ? ek__histogram_quantile(&now->latency, 500000) : -1;
    now->counts.p99_ns = has_calls ? ek__histogram_quantile(&now->latency, 990000) : -1;
    now->counts.max_ns = has_calls ? now->latency.max : -1;
    for (size_t e = 0; e < endpoint_count; e++) {
        struct ek__histogram *latency = &now->attempt_latency[e];
        now->endpoints[e].p99_ns =
            latency->count > 0 ? ek__histogram_quantile(latency, 990000) : -1;
        ek__histogram_reset(latency);
    }
    if (make_room(r)) {
        r->intervals[r->interval_count] = now->counts;
        memcpy(r->endpoint_intervals + r->interval_count * endpoint_count, now->endpoints,
               endpoint_count * sizeof *now->endpoints);
        r->interval_count++;
    } else {
        r->out_of_memory = true;
    }
    ek__histogram_reset(&now->latency);
    now->counts = (struct ek_interval){.started = 0};
    now->end_ns += r->setup.interval_ns;
    r->calls.in_interval = 0;
    for (size_t e = 0; e < endpoint_count; e++)
        now->endpoints[e] = (struct ek__endpoint_counts){
            .busy_max = r->busy[e],
            .queued_max = r->queued[e],
        };
}

static void note_listed(struct ek__tally *segment, int64_t listed)
{
    if (listed >= 0 && (segment->listed_min < 0 || listed < segment->listed_min))
        segment->listed_min = listed;
}

/* What lasts is part of the new segment from its first moment. */
static void open_segment(struct ek_recorder *r)
{
    struct ek__tally *segment = &r->segments[++r->segment];
    for (size_t c = 0; c < r->setup.client_count; c++)
        note_listed(segment, r->views[c].listed);
    for (size_t e = 0; e < r->setup.endpoint_count; e++) {
        if (r->busy[e] > segment->busy_max)
            segment->busy_max = r->busy[e];
        if (r->queued[e] > segment->queue_max)
            segment->queue_max = r->queued[e];
    }
}

static void find_edge(struct ek_recorder *r)
{
    int64_t edge_ns = r->failovers.bucket_ns + EK__BUCKET_NS;
    if (r->interval.end_ns < edge_ns)
        edge_ns = r->interval.end_ns;
    if (r->segments[r->segment].end_ns < edge_ns)
        edge_ns = r->segments[r->segment].end_ns;
    r->edge_ns = edge_ns;
}

static void cross_edges(struct ek_recorder *r, int64_t at_ns)
{
    find_edge(r);
    while (at_ns >= r->edge_ns) {
        int64_t edge_ns = r->edge_ns;
        if (r->failovers.bucket_ns + EK__BUCKET_NS == edge_ns)
            ek__failovers_bucket(&r->failovers);
        if (r->interval.end_ns == edge_ns)
            close_interval(r);
        if (r->segments[r->segment].end_ns == edge_ns)
            open_segment(r);
        find_edge(r);
    }
}

static inline void advance(struct ek_recorder *r, int64_t at_ns)
{
    if (at_ns >= r->edge_ns)
        cross_edges(r, at_ns);
}

/* The segment of a moment not after now. */
static inline struct ek__tally *segment_of(struct ek_recorder *r, int64_t at_ns)
{
    size_t i = r->segment;
    while (i > 0 && at_ns < r->segments[i].start_ns)
        i--;
    return &r->segments[i];
}

/* ---- calls ---- */

uint64_t ek_recorder_call_started(struct ek_recorder *r, int64_t at_ns, uint32_t client)
{
    EK_ASSERT(client < r->setup.client_count);
    advance(r, at_ns);
    segment_of(r, at_ns)->calls++;
    r->interval.counts.started++;
    return ++r->call_count;
}

void ek_recorder_attempt_started(struct ek_recorder *r, int64_t at_ns, uint32_t client,
                                 uint32_t endpoint, bool is_retry)
{
    EK_ASSERT(client < r->setup.client_count);
    EK_ASSERT(endpoint < r->setup.endpoint_count);
    advance(r, at_ns);
    struct ek__tally *segment = &r->segments[r->segment];
    segment->attempts++;
    segment->retries += is_retry;
    segment->endpoint_attempts[endpoint]++;
    r->interval.counts.attempts++;
    r->interval.counts.retries += is_retry;
    r->interval.endpoints[endpoint].attempts++;
    ek__failovers_attempt(&r->failovers, at_ns, endpoint);
}

void ek_recorder_attempt_done(struct ek_recorder *r, int64_t at_ns, uint32_t client,
                              uint32_t endpoint, int status, int64_t latency_ns)
{
    EK_ASSERT(client < r->setup.client_count);
    EK_ASSERT(endpoint < r->setup.endpoint_count);
    advance(r, at_ns);
    struct ek__tally *segment = segment_of(r, at_ns - latency_ns);
    struct ek__endpoint_counts *counts = &r->interval.endpoints[endpoint];
    if (status == EK_STATUS_OK) {
        segment->attempts_ok++;
        counts->ok++;
    } else {
        segment->attempts_failed++;
        counts->errors++;
    }
    r->interval.late[r->interval.late_count++] = (struct ek__latency){latency_ns, endpoint};
    if (r->interval.late_count == EK__LATE)
        sort_in(r);
}

void ek_recorder_expect(const struct ek_recorder *r, uint32_t endpoint)
{
    __builtin_prefetch(&r->interval.endpoints[endpoint], 1);
    __builtin_prefetch(&r->busy[endpoint], 1);
    __builtin_prefetch(&r->queued[endpoint], 1);
}

void ek_recorder_call_done(struct ek_recorder *r, const struct ek_recorded_call *call)
{
    EK_ASSERT(call->client < r->setup.client_count);
    EK_ASSERT(call->attempt_count <= EK_RECORD_ATTEMPTS_MAX);
    advance(r, call->end_ns);
    struct ek__tally *segment = segment_of(r, call->planned_ns);
    int64_t latency_ns = call->end_ns - call->planned_ns;
    if (call->status == EK_STATUS_OK) {
        segment->ok++;
        r->interval.counts.ok++;
    } else {
        segment->errors++;
        r->interval.counts.errors++;
        ek__failovers_failed(&r->failovers, call->planned_ns, call->end_ns);
    }
    if (!ek__histogram_add(&segment->latency, latency_ns) ||
        !ek__histogram_add(&r->interval.latency, latency_ns))
        r->out_of_memory = true;
    ek__calls_add(&r->calls, call);
}

void ek_recorder_endpoint_load(struct ek_recorder *r, int64_t at_ns, uint32_t endpoint,
                               uint32_t busy, uint32_t queued)
{
    EK_ASSERT(endpoint < r->setup.endpoint_count);
    advance(r, at_ns);
    r->busy[endpoint] = busy;
    r->queued[endpoint] = queued;
    struct ek__endpoint_counts *counts = &r->interval.endpoints[endpoint];
    if (busy > counts->busy_max)
        counts->busy_max = busy;
    if (queued > counts->queued_max)
        counts->queued_max = queued;
    struct ek__tally *segment = &r->segments[r->segment];
    if (busy > segment->busy_max)
        segment->busy_max = busy;
    if (queued > segment->queue_max)
        segment->queue_max = queued;
}

/* ---- records ---- */

void ek_recorder_hash(struct ek_recorder *r, int64_t at_ns, uint64_t word)
{
    ek__fingerprint_add(r->fingerprint, (uint64_t)at_ns);
    ek__fingerprint_add(r->fingerprint, word);
}

uint64_t ek_recorder_fingerprint(const struct ek_recorder *r)
{
    return ek__fingerprint_digest(r->fingerprint);
}

static void hash_record(struct ek__fingerprint *f, const struct ek_record *record)
{
    ek__fingerprint_add(f, (uint64_t)record->at_ns);
    ek__fingerprint_add(f, (uint64_t)record->kind);
    ek__fingerprint_add(f, (uint64_t)record->actor << 32 | record->subject);
    ek__fingerprint_add(f, record->cause);
    ek__fingerprint_add(f, (uint64_t)record->a);
    ek__fingerprint_add(f, (uint64_t)record->b);
    ek__fingerprint_add_text(f, record->text != NULL ? record->text : "");
}

/* A client was without news, or held on to its list, from since to until. Each segment of that
 * time saw it grow up to the segment's end. */
static void note_age(struct ek_recorder *r, int64_t since_ns, int64_t until_ns, bool is_stale)
{
    for (size_t i = r->segment + 1; i-- > 0 && r->segments[i].end_ns > since_ns;) {
        struct ek__tally *segment = &r->segments[i];
        if (segment->start_ns >= until_ns)
            continue;
        int64_t age_ns = (until_ns < segment->end_ns ? until_ns : segment->end_ns) - since_ns;
        int64_t *max_ns = is_stale ? &segment->view_stale_max_ns : &segment->view_age_max_ns;
        if (age_ns > *max_ns)
            *max_ns = age_ns;
    }
}

static void note_good_answer(struct ek_recorder *r, struct ek__client_view *view, int64_t at_ns)
{
    if (view->answered_ns >= 0)
        note_age(r, view->answered_ns, at_ns, false);
    view->answered_ns = at_ns;
    if (view->stale_ns >= 0 && view->fresh_ns < 0)
        view->fresh_ns = at_ns;
}

/* An answer at the same moment as this is the one that could not be used. */
static void note_bad_answer(struct ek_recorder *r, struct ek__client_view *view, int64_t at_ns)
{
    if (view->stale_ns >= 0 && view->fresh_ns >= 0 && view->fresh_ns < at_ns) {
        note_age(r, view->stale_ns, view->fresh_ns, true);
        view->stale_ns = -1;
    }
    view->fresh_ns = -1;
    if (view->stale_ns < 0)
        view->stale_ns = at_ns;
}

static void note_view(struct ek_recorder *r, const struct ek_record *record)
{
    if (record->actor >= r->setup.client_count)
        return;
    struct ek__client_view *view = &r->views[record->actor];
    if (record->kind == EK_RECORD_RESOLVED) {
        if (record->a > 0 || view->listed >= 0) {
            view->listed = record->a;
            note_listed(&r->segments[r->segment], view->listed);
        }
        if (view->stale_ns >= 0 && view->fresh_ns < 0)
            view->fresh_ns = record->at_ns;
    } else if (record->kind == EK_RECORD_QUERY && record->a == 200) {
        note_good_answer(r, view, record->at_ns);
    } else if (record->kind == EK_RECORD_RESOLVER_ERROR ||
               record->kind == EK_RECORD_EMPTY_IGNORED) {
        note_bad_answer(r, view, record->at_ns);
    }
}

static void count_record(struct ek_recorder *r, const struct ek_record *record)
{
    struct ek__tally *segment = &r->segments[r->segment];
    segment->records[record->kind]++;
    if (record->kind == EK_RECORD_WOKEN && record->a > 0)
        segment->watchers_woken += (uint64_t)record->a;
    if (record->kind == EK_RECORD_EJECTED && record->actor < r->setup.client_count)
        segment->ejecting[record->actor / 64] |= UINT64_C(1) << record->actor % 64;
    if (record->kind == EK_RECORD_CHECK && record->text != NULL &&
        strcmp(record->text, "critical") == 0)
        segment->checks_critical++;
}

uint64_t ek_recorder_event(struct ek_recorder *r, const struct ek_record *record)
{
    EK_ASSERT(record->kind < EK_RECORD_COUNT);
    advance(r, record->at_ns);
    hash_record(r->fingerprint, record);
    count_record(r, record);
    note_view(r, record);

    /* What follows from a fault's end was not caused by its beginning. */
    bool is_begin = record->kind == EK_RECORD_FAULT_BEGIN;
    bool is_of_fault =
        is_begin && record->actor < r->setup.fault_count && record->actor < EK__NO_ROOT;
    uint16_t root = EK__NO_ROOT;
    if (is_of_fault)
        root = (uint16_t)record->actor;
    else if (record->kind != EK_RECORD_FAULT_END)
        root = ek__records_root(&r->records, record->cause);
    uint64_t id = ek__records_add(&r->records, record, root);
    if (is_of_fault && r->failovers.items[root].first_record == 0)
        r->failovers.items[root].first_record = id;
    else if (root != EK__NO_ROOT)
        ek__failovers_record(&r->failovers, root, record, id);
    return id;
}

/* ---- the end ---- */

static void close_all(struct ek_recorder *r)
{
    int64_t end_ns = r->end.sim_ns;
    advance(r, end_ns);
    int64_t start_ns = r->interval.end_ns - r->setup.interval_ns;
    const struct ek_interval *counts = &r->interval.counts;
    if (start_ns < end_ns || counts->started + counts->ok + counts->errors + counts->attempts > 0)
        close_interval(r);
    for (size_t c = 0; c < r->setup.client_count; c++) {
        const struct ek__client_view *view = &r->views[c];
        if (view->answered_ns >= 0)
            note_age(r, view->answered_ns, end_ns, false);
        if (view->stale_ns >= 0)
            note_age(r, view->stale_ns, view->fresh_ns >= 0 ? view->fresh_ns : end_ns, true);
    }
}

enum ek_err ek_recorder_finish(struct ek_recorder *r, const struct ek_recording_end *end, char *why,
                               size_t why_size)
{
    EK_ASSERT(!r->is_finished);
    r->is_finished = true;
    r->end = *end;
    close_all(r);
    enum ek_err err = ek__derive(r);
    if (err == EK_OK &&
        (r->out_of_memory || r->records.failed || r->calls.out_of_memory || r->inside.failed))
        err = EK_ENOMEM;
    if (err != EK_OK) {
        snprintf(why, why_size, "%s", ek_err_text(err));
        return err;
    }
    return r->setup.path != NULL ? ek__recording_write(r, why, why_size) : EK_OK;
}

const struct ek_results *ek_recorder_results(const struct ek_recorder *r)
{
    EK_ASSERT(r->is_finished);
    return &r->results;
}
