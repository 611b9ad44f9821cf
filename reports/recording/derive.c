/* What a run came to, worked out from what was counted. */
#include "reports/recording/batch.h"
#include "reports/recording/recorder.h"

#include <stdlib.h>
#include <string.h>

bool ek__recorder_window(const struct ek_recorder *r, int64_t start_ns, int64_t end_ns,
                         struct ek__tally *out)
{
    bool ok = ek__tally_init(out, r->setup.endpoint_count, r->setup.client_count);
    out->start_ns = start_ns;
    out->end_ns = end_ns;
    for (size_t i = 0; ok && i < r->segment_count; i++)
        if (r->segments[i].start_ns >= start_ns && r->segments[i].end_ns <= end_ns)
            ok = ek__tally_merge(out, &r->segments[i]);
    return ok;
}

/* Phase [start, end); the last one may be open: what was planned later belongs to it. */
static bool add_phase(struct ek_recorder *r, struct ek_phase *phases, const char *name,
                      int64_t start_ns, int64_t end_ns, bool is_open)
{
    struct ek__tally window;
    if (!ek__recorder_window(r, start_ns, is_open ? INT64_MAX : end_ns, &window)) {
        ek__tally_deinit(&window);
        return false;
    }
    size_t endpoint_count = r->setup.endpoint_count;
    uint64_t *attempts = ek__arena_array(&r->arena, endpoint_count, sizeof *attempts);
    if (attempts != NULL && endpoint_count > 0)
        memcpy(attempts, window.endpoint_attempts, endpoint_count * sizeof *attempts);
    struct ek__evenness evenness = ek__tally_evenness(&window);
    phases[r->results.phase_count++] = (struct ek_phase){
        .name = name,
        .start_ns = start_ns,
        .end_ns = end_ns,
        .calls = window.calls,
        .ok = window.ok,
        .errors = window.errors,
        .attempts = window.attempts,
        .retries = window.retries,
        .latency = ek__latency_of(&window.latency),
        .endpoint_attempts = attempts,
        .jain_ppm = evenness.jain_ppm,
        .cv_ppm = evenness.cv_ppm,
    };
    ek__tally_deinit(&window);
    return attempts != NULL;
}

static bool make_phases(struct ek_recorder *r)
{
    const struct ek_recording_setup *setup = &r->setup;
    struct ek_phase *phases = ek__arena_array(&r->arena, setup->fault_count + 3, sizeof *phases);
    if (phases == NULL)
        return false;
    r->results.phases = phases;
    bool ok = add_phase(r, phases, "all", 0, setup->duration_ns, true);
    if (setup->fault_count == 0)
        return ok;

    int64_t first_ns = setup->faults[0].start_ns, last_ns = 0;
    for (size_t i = 0; i < setup->fault_count; i++) {
        if (setup->faults[i].start_ns < first_ns)
            first_ns = setup->faults[i].start_ns;
        if (setup->faults[i].end_ns > last_ns)
            last_ns = setup->faults[i].end_ns;
    }
    if (ok && first_ns > 0)
        ok = add_phase(r, phases, "before", 0, first_ns, false);
    for (size_t i = 0; ok && i < setup->fault_count; i++)
        ok = add_phase(r, phases, setup->faults[i].id, setup->faults[i].start_ns,
                       setup->faults[i].end_ns, false);
    if (ok && last_ns < setup->duration_ns)
        ok = add_phase(r, phases, "after", last_ns, setup->duration_ns, true);
    return ok;
}

static int64_t since(int64_t at_ns, int64_t start_ns)
{
    return at_ns < 0 ? -1 : at_ns - start_ns;
}

static bool make_failovers(struct ek_recorder *r)
{
    size_t count = r->setup.fault_count;
    struct ek_failover *faults = ek__arena_array(&r->arena, count, sizeof *faults);
    if (faults == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct ek_recorded_fault *fault = &r->setup.faults[i];
        const struct ek__failover *track = &r->failovers.items[i];
        faults[i] = (struct ek_failover){
            .id = fault->id,
            .kind = fault->kind,
            .target = fault->target,
            .start_ns = fault->start_ns,
            .end_ns = fault->end_ns,
            .detect_ns = since(track->detect_at_ns, fault->start_ns),
            .divert_ns = since(track->divert_at_ns, fault->start_ns),
            .recover_ns = since(track->recover_at_ns, fault->end_ns),
            .errors = ek__failovers_errors(&r->failovers, (uint32_t)i),
            .endpoints = fault->endpoints,
            .endpoint_count = fault->endpoint_count,
            .first_record = track->first_record,
            .detect_record = track->detect_record,
            .line = fault->line,
        };
    }
    r->results.faults = faults;
    r->results.fault_count = count;
    return true;
}

static bool make_intervals(struct ek_recorder *r)
{
    size_t count = r->interval_count;
    int64_t *p99 = ek__arena_array(&r->arena, count, sizeof *p99);
    uint64_t *ok = ek__arena_array(&r->arena, count, sizeof *ok);
    uint64_t *errors = ek__arena_array(&r->arena, count, sizeof *errors);
    if (p99 == NULL || ok == NULL || errors == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        p99[i] = r->intervals[i].p99_ns;
        ok[i] = r->intervals[i].ok;
        errors[i] = r->intervals[i].errors;
    }
    r->results.interval_p99_ns = p99;
    r->results.interval_ok = ok;
    r->results.interval_errors = errors;
    r->results.interval_count = count;
    return true;
}

static bool make_batches(struct ek_recorder *r)
{
    int64_t cuts[EK_RECORD_BATCHES + 1];
    const char *phase = ek__batch_cuts(&r->setup, cuts);
    struct ek_batch_counts *batches =
        ek__arena_array(&r->arena, EK_RECORD_BATCHES, sizeof *batches);
    if (batches == NULL)
        return false;
    for (int i = 0; phase != NULL && i < EK_RECORD_BATCHES; i++) {
        struct ek__tally window;
        bool ok = ek__recorder_window(r, cuts[i], cuts[i + 1], &window);
        batches[i] = (struct ek_batch_counts){
            .start_ns = cuts[i],
            .end_ns = cuts[i + 1],
            .calls = window.ok + window.errors,
            .errors = window.errors,
            .mean_ns = ek__histogram_mean(&window.latency),
            .p99_ns = ek__histogram_quantile(&window.latency, 990000),
        };
        ek__tally_deinit(&window);
        if (!ok)
            return false;
    }
    r->results.batch_phase = phase;
    r->results.batches = batches;
    r->results.batch_count = phase != NULL ? EK_RECORD_BATCHES : 0;
    return true;
}

static bool make_names(struct ek_recorder *r)
{
    size_t count = r->setup.endpoint_count;
    const char **names = ek__arena_array(&r->arena, count, sizeof *names);
    const char **zones = ek__arena_array(&r->arena, count, sizeof *zones);
    if (names == NULL || zones == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        names[i] = r->setup.endpoints[i].name;
        zones[i] = r->setup.endpoints[i].zone;
    }
    r->results.endpoint_names = names;
    r->results.endpoint_zones = zones;
    r->results.endpoint_count = count;
    r->results.client_count = r->setup.client_count;
    return true;
}

enum ek_err ek__derive(struct ek_recorder *r)
{
    const struct ek_recording_setup *setup = &r->setup;
    struct ek_results *results = &r->results;
    *results = (struct ek_results){
        .scenario = setup->name,
        .policy = setup->policy,
        .description = setup->description,
        .watch = setup->watch,
        .command = setup->command,
        .scenario_path = setup->scenario_path != NULL ? setup->scenario_path : "",
        .recording_path = setup->path != NULL ? setup->path : "",
        .seed = setup->seed,
        .fingerprint = ek_recorder_fingerprint(r),
        .events = r->end.events,
        .duration_ns = setup->duration_ns,
        .sim_ns = r->end.sim_ns,
        .wall_ns = r->end.wall_ns,
        .interval_ns = setup->interval_ns,
        .interrupted = r->end.interrupted,
        .under_way = r->end.under_way,
    };
    if (!make_names(r) || !make_phases(r) || !make_failovers(r) || !make_intervals(r) ||
        !make_batches(r))
        return EK_ENOMEM;
    const struct ek_phase *all = &results->phases[0];
    results->calls = all->calls;
    results->ok = all->ok;
    results->errors = all->errors;
    results->attempts = all->attempts;
    results->retries = all->retries;
    results->unfinished = all->calls - all->ok - all->errors;
    results->latency = all->latency;
    return ek__judge(r);
}

const struct ek_phase *ek_results_phase(const struct ek_results *results, const char *name)
{
    for (size_t i = 0; i < results->phase_count; i++)
        if (strcmp(results->phases[i].name, name) == 0)
            return &results->phases[i];
    return NULL;
}
