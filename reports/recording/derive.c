/* What a run came to, worked out from what was counted. */
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

/* Failed calls of the fault's phase, less what the time before the first fault predicts. */
static uint64_t errors_of_fault(const struct ek_results *results, const char *id)
{
    const struct ek_phase *phase = ek_results_phase(results, id);
    const struct ek_phase *before = ek_results_phase(results, "before");
    if (phase == NULL)
        return 0;
    uint64_t predicted = 0;
    if (before != NULL && before->end_ns > before->start_ns) {
        /* In microseconds, so that the product fits. */
        uint64_t length = (uint64_t)(phase->end_ns - phase->start_ns) / 1000;
        uint64_t base = (uint64_t)(before->end_ns - before->start_ns) / 1000;
        if (base > 0)
            predicted = (before->errors * length + base / 2) / base;
    }
    return phase->errors > predicted ? phase->errors - predicted : 0;
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
            .errors = errors_of_fault(&r->results, fault->id),
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
    };
    if (!make_names(r) || !make_phases(r) || !make_failovers(r) || !make_intervals(r))
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
