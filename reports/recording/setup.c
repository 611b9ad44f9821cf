/* A recorder's beginning and end of life. */
#include "reports/recording/batch.h"
#include "reports/recording/recorder.h"

#include <stdlib.h>
#include <string.h>

enum {
    INTERVALS_MAX = 20000,
    INTERVAL_ROWS_MAX = 4000000 /* intervals times endpoints */
};

static bool is_too_fine(const struct ek_recording_setup *setup)
{
    int64_t count = setup->duration_ns / setup->interval_ns;
    return count > INTERVALS_MAX ||
           count * (int64_t)(setup->endpoint_count + 1) > INTERVAL_ROWS_MAX;
}

static void copy_expectations(struct ek_recorder *r)
{
    struct ek__arena *arena = &r->arena;
    struct ek_recording_setup *to = &r->setup;
    struct ek_expectation *copies = ek__arena_array(arena, to->expectation_count, sizeof *copies);
    if (copies == NULL)
        return;
    for (size_t i = 0; i < to->expectation_count; i++) {
        const struct ek_expectation *from = &to->expectations[i];
        copies[i] = *from;
        copies[i].name = ek__arena_text_or_null(arena, from->name);
        copies[i].metric = ek__arena_text_or_null(arena, from->metric);
        copies[i].phase = ek__arena_text_or_null(arena, from->phase);
        copies[i].fault = ek__arena_text_or_null(arena, from->fault);
        copies[i].endpoint = ek__arena_text_or_null(arena, from->endpoint);
        copies[i].policy = ek__arena_text_or_null(arena, from->policy);
        json_incref(copies[i].min);
        json_incref(copies[i].max);
        json_incref(copies[i].equals);
        json_incref(copies[i].tolerance);
    }
    to->expectations = copies;
    r->has_expectations = true;
}

static void copy_faults(struct ek__arena *arena, struct ek_recording_setup *to)
{
    struct ek_recorded_fault *copies = ek__arena_array(arena, to->fault_count, sizeof *copies);
    if (copies == NULL)
        return;
    for (size_t i = 0; i < to->fault_count; i++) {
        const struct ek_recorded_fault *from = &to->faults[i];
        uint32_t *endpoints = ek__arena_array(arena, from->endpoint_count, sizeof *endpoints);
        if (endpoints != NULL && from->endpoint_count > 0)
            memcpy(endpoints, from->endpoints, from->endpoint_count * sizeof *endpoints);
        copies[i] = *from;
        copies[i].id = ek__arena_text(arena, from->id);
        copies[i].kind = ek__arena_text(arena, from->kind);
        copies[i].target = ek__arena_text(arena, from->target);
        copies[i].endpoints = endpoints;
    }
    to->faults = copies;
}

static void copy_names(struct ek__arena *arena, struct ek_recording_setup *to)
{
    struct ek_recorded_endpoint *endpoints =
        ek__arena_array(arena, to->endpoint_count, sizeof *endpoints);
    for (size_t i = 0; endpoints != NULL && i < to->endpoint_count; i++)
        endpoints[i] = (struct ek_recorded_endpoint){
            .name = ek__arena_text(arena, to->endpoints[i].name),
            .zone = ek__arena_text(arena, to->endpoints[i].zone),
            .address = ek__arena_text(arena, to->endpoints[i].address),
        };
    to->endpoints = endpoints;

    struct ek_recorded_client *clients = ek__arena_array(arena, to->client_count, sizeof *clients);
    for (size_t i = 0; clients != NULL && i < to->client_count; i++)
        clients[i] = (struct ek_recorded_client){
            .name = ek__arena_text(arena, to->clients[i].name),
            .zone = ek__arena_text(arena, to->clients[i].zone),
            .policy = ek__arena_text(arena, to->clients[i].policy),
            .score_unit = ek__arena_text(arena, to->clients[i].score_unit),
        };
    to->clients = clients;

    const char **source = ek__arena_array(arena, to->source_count, sizeof *source);
    for (size_t i = 0; source != NULL && i < to->source_count; i++)
        source[i] = ek__arena_text(arena, to->source[i]);
    to->source = source;
}

static bool copy_setup(struct ek_recorder *r, const struct ek_recording_setup *setup)
{
    struct ek_recording_setup *to = &r->setup;
    *to = *setup;
    to->name = ek__arena_text(&r->arena, setup->name);
    to->description = ek__arena_text(&r->arena, setup->description);
    to->watch = ek__arena_text(&r->arena, setup->watch);
    to->scenario_path = ek__arena_text(&r->arena, setup->scenario_path);
    to->scenario_json = ek__arena_text(&r->arena, setup->scenario_json);
    to->policy = ek__arena_text(&r->arena, setup->policy);
    to->command = ek__arena_text(&r->arena, setup->command);
    to->path = ek__arena_text_or_null(&r->arena, setup->path);
    copy_names(&r->arena, to);
    copy_faults(&r->arena, to);
    copy_expectations(r);
    if (to->duration_ns < 1)
        to->duration_ns = 1;
    if (to->interval_ns < 1)
        to->interval_ns = 1000000000;
    while (to->interval_ns < to->duration_ns && is_too_fine(to))
        to->interval_ns *= 2;
    return !r->arena.failed;
}

static int by_time(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Segments from 0 on, cut wherever a phase, a part of the stretch that intervals are made from, or
 * the window of an expectation begins or ends. */
static bool cut_segments(struct ek_recorder *r)
{
    const struct ek_recording_setup *setup = &r->setup;
    size_t count = 2 + 2 * (setup->fault_count + setup->expectation_count) + EK_RECORD_BATCHES + 1;
    int64_t *cuts = ek__arena_array(&r->arena, count, sizeof *cuts);
    if (cuts == NULL)
        return false;
    size_t n = 0;
    cuts[n++] = 0;
    cuts[n++] = setup->duration_ns;
    for (size_t i = 0; i < setup->fault_count; i++) {
        cuts[n++] = setup->faults[i].start_ns;
        cuts[n++] = setup->faults[i].end_ns;
    }
    for (size_t i = 0; i < setup->expectation_count; i++) {
        cuts[n++] = setup->expectations[i].from_ns;
        cuts[n++] = setup->expectations[i].to_ns;
    }
    if (ek__batch_cuts(setup, cuts + n) != NULL)
        n += EK_RECORD_BATCHES + 1;
    qsort(cuts, n, sizeof *cuts, by_time);

    r->segments = calloc(n, sizeof *r->segments);
    if (r->segments == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (cuts[i] < 0 || (r->segment_count > 0 && cuts[i] == cuts[i - 1]))
            continue;
        struct ek__tally *segment = &r->segments[r->segment_count++];
        if (!ek__tally_init(segment, setup->endpoint_count, setup->client_count))
            return false;
        segment->start_ns = cuts[i];
        segment->end_ns = INT64_MAX;
        if (r->segment_count > 1)
            segment[-1].end_ns = cuts[i];
    }
    return true;
}

static bool make_interval(struct ek_recorder *r)
{
    size_t endpoint_count = r->setup.endpoint_count;
    r->interval.end_ns = r->setup.interval_ns;
    r->interval.endpoints =
        ek__arena_array(&r->arena, endpoint_count, sizeof *r->interval.endpoints);
    r->interval.attempt_latency =
        ek__arena_array(&r->arena, endpoint_count, sizeof *r->interval.attempt_latency);
    r->busy = ek__arena_array(&r->arena, endpoint_count, sizeof *r->busy);
    r->queued = ek__arena_array(&r->arena, endpoint_count, sizeof *r->queued);
    r->views = ek__arena_array(&r->arena, r->setup.client_count, sizeof *r->views);
    for (size_t i = 0; r->views != NULL && i < r->setup.client_count; i++)
        r->views[i] = (struct ek__client_view){-1, -1, -1, -1};
    return !r->arena.failed;
}

struct ek_recorder *ek_recorder_new(const struct ek_recording_setup *setup)
{
    struct ek_recorder *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->fingerprint = ek__fingerprint_new();
    if (r->fingerprint == NULL || !copy_setup(r, setup) || !cut_segments(r) || !make_interval(r) ||
        !ek__failovers_init(&r->failovers, &r->setup) || !ek__records_init(&r->records)) {
        ek_recorder_free(r);
        return NULL;
    }
    ek__calls_init(&r->calls, (size_t)(r->setup.duration_ns / r->setup.interval_ns) + 1);
    r->calls.wanted = r->records.wanted = setup->keep_call;
    return r;
}

static void release_expectations(struct ek_recorder *r)
{
    for (size_t i = 0; r->has_expectations && i < r->setup.expectation_count; i++) {
        json_decref(r->setup.expectations[i].min);
        json_decref(r->setup.expectations[i].max);
        json_decref(r->setup.expectations[i].equals);
        json_decref(r->setup.expectations[i].tolerance);
    }
}

void ek_recorder_free(struct ek_recorder *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->segment_count; i++)
        ek__tally_deinit(&r->segments[i]);
    ek__histogram_deinit(&r->interval.latency);
    for (size_t i = 0; r->interval.attempt_latency != NULL && i < r->setup.endpoint_count; i++)
        ek__histogram_deinit(&r->interval.attempt_latency[i]);
    free(r->intervals);
    free(r->endpoint_intervals);
    ek__failovers_deinit(&r->failovers);
    ek__records_deinit(&r->records);
    ek__calls_deinit(&r->calls);
    ek__inside_deinit(&r->inside);
    ek__fingerprint_free(r->fingerprint);
    release_expectations(r);
    free(r->segments);
    ek__arena_deinit(&r->arena);
    free(r);
}
