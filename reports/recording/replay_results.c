/* The results of a recorded run, as its writer worked them out. */
#include "reports/recording/replay_load.h"

#include <string.h>

enum {
    NAMES_MAX = 100000,
    FAULTS_MAX = 100000,
    PAIRS_MAX = 16 * 1024 * 1024 /* clients x endpoints, endpoints x phases, ... */
};

static void load_endpoints(struct ek__reader *r, struct ek_replay *replay)
{
    size_t count = ek__reader_rows(r, "endpoint", NAMES_MAX);
    replay->endpoints = ek__load_array(r, replay, count, sizeof *replay->endpoints);
    const char **names = ek__load_array(r, replay, count, sizeof *names);
    const char **zones = ek__load_array(r, replay, count, sizeof *zones);
    size_t n = 0;
    ek__reader_query(r, "SELECT name, zone, address FROM endpoint ORDER BY id");
    while (n < count && ek__reader_row(r)) {
        replay->endpoints[n] = (struct ek_replay_endpoint){
            .name = ek__reader_text(r, 0),
            .zone = ek__reader_text(r, 1),
            .address = ek__reader_text(r, 2),
        };
        names[n] = replay->endpoints[n].name;
        zones[n] = replay->endpoints[n].zone;
        n++;
    }
    replay->results.endpoint_names = names;
    replay->results.endpoint_zones = zones;
    replay->results.endpoint_count = n;
}

static void load_clients(struct ek__reader *r, struct ek_replay *replay)
{
    size_t count = ek__reader_rows(r, "client", NAMES_MAX);
    replay->clients = ek__load_array(r, replay, count, sizeof *replay->clients);
    size_t n = 0;
    ek__reader_query(r, "SELECT name, zone, policy, score_unit FROM client ORDER BY id");
    while (n < count && ek__reader_row(r))
        replay->clients[n++] = (struct ek_replay_client){
            .name = ek__reader_text(r, 0),
            .zone = ek__reader_text(r, 1),
            .policy = ek__reader_text(r, 2),
            .score_unit = ek__reader_text(r, 3),
        };
    replay->results.client_count = n;
    if (n * replay->results.endpoint_count > PAIRS_MAX)
        ek__reader_fail(r, "the recording is too large (clients times endpoints)");
}

static void load_meta(struct ek__reader *r, struct ek_replay *replay)
{
    struct ek_results *results = &replay->results;
    results->scenario = ek__reader_meta(r, "scenario");
    results->description = ek__reader_meta(r, "description");
    results->watch = ek__reader_meta(r, "watch");
    results->policy = ek__reader_meta(r, "policy");
    results->command = ek__reader_meta(r, "command");
    results->scenario_path = ek__reader_meta(r, "scenario_path");
    replay->scenario_json = ek__reader_meta(r, "scenario_json");
    results->recording_path = ek__arena_text(&replay->arena, r->path);
    results->fingerprint = ek__reader_meta_number(r, "fingerprint", 16);
    results->seed = ek__reader_meta_number(r, "seed", 10);
    results->events = ek__reader_meta_number(r, "engine_events", 10);
    results->interrupted = ek__reader_meta_number(r, "interrupted", 10) != 0;
    results->under_way = ek__reader_meta_number(r, "under_way", 10) != 0;
    results->duration_ns = (int64_t)ek__reader_meta_number(r, "duration_ns", 10);
    results->interval_ns = (int64_t)ek__reader_meta_number(r, "interval_ns", 10);
    results->sim_ns = (int64_t)ek__reader_meta_number(r, "sim_ns", 10);
    results->wall_ns = (int64_t)ek__reader_meta_number(r, "wall_ns", 10);
    if (results->duration_ns <= 0 || results->interval_ns <= 0 || results->sim_ns < 0)
        ek__reader_fail(r, "the recording is damaged (no duration)");
}

static void load_phase_endpoints(struct ek__reader *r, struct ek_replay *replay, uint64_t *attempts)
{
    size_t endpoint_count = replay->results.endpoint_count;
    ek__reader_query(r, "SELECT phase, endpoint, attempts FROM phase_endpoint");
    while (ek__reader_row(r)) {
        uint32_t phase = ek__reader_index(r, 0, replay->results.phase_count);
        uint32_t endpoint = ek__reader_index(r, 1, endpoint_count);
        if (phase != EK_NOBODY && endpoint != EK_NOBODY)
            attempts[phase * endpoint_count + endpoint] = ek__reader_count(r, 2);
    }
}

static void load_phases(struct ek__reader *r, struct ek_replay *replay)
{
    size_t endpoint_count = replay->results.endpoint_count;
    size_t count = ek__reader_rows(r, "phase", FAULTS_MAX);
    if (count == 0 || count * (endpoint_count + 1) > PAIRS_MAX)
        ek__reader_fail(r, "the recording is damaged (%zu phases)", count);
    struct ek_phase *phases = ek__load_array(r, replay, count, sizeof *phases);
    uint64_t *attempts = ek__load_array(r, replay, count * endpoint_count, sizeof *attempts);
    size_t n = 0;
    ek__reader_query(r, "SELECT name, start_ns, end_ns, calls, ok, errors, attempts, retries,"
                        " finished, p50_ns, p90_ns, p99_ns, p999_ns, max_ns, mean_ns, jain_ppm,"
                        " cv_ppm FROM phase ORDER BY id");
    while (n < count && ek__reader_row(r)) {
        phases[n] = (struct ek_phase){
            .name = ek__reader_text(r, 0),
            .start_ns = ek__reader_integer(r, 1, 0),
            .end_ns = ek__reader_integer(r, 2, 0),
            .calls = ek__reader_count(r, 3),
            .ok = ek__reader_count(r, 4),
            .errors = ek__reader_count(r, 5),
            .attempts = ek__reader_count(r, 6),
            .retries = ek__reader_count(r, 7),
            .latency = {ek__reader_count(r, 8), ek__reader_integer(r, 9, 0),
                        ek__reader_integer(r, 10, 0), ek__reader_integer(r, 11, 0),
                        ek__reader_integer(r, 12, 0), ek__reader_integer(r, 13, 0),
                        ek__reader_integer(r, 14, 0)},
            .endpoint_attempts = attempts + n * endpoint_count,
            .jain_ppm = ek__reader_integer(r, 15, 0),
            .cv_ppm = ek__reader_integer(r, 16, 0),
        };
        n++;
    }
    replay->results.phases = phases;
    replay->results.phase_count = n;
    load_phase_endpoints(r, replay, attempts);
}

static void copy_totals(struct ek_results *results)
{
    const struct ek_phase *all = &results->phases[0];
    results->calls = all->calls;
    results->ok = all->ok;
    results->errors = all->errors;
    results->attempts = all->attempts;
    results->retries = all->retries;
    uint64_t finished = all->ok + all->errors;
    results->unfinished = all->calls > finished ? all->calls - finished : 0;
    results->latency = all->latency;
}

static void load_fault_endpoints(struct ek__reader *r, struct ek_replay *replay,
                                 struct ek_failover *faults)
{
    struct ek_results *results = &replay->results;
    size_t count = ek__reader_rows(r, "fault_endpoint", PAIRS_MAX);
    uint32_t *endpoints = ek__load_array(r, replay, count, sizeof *endpoints);
    size_t n = 0;
    ek__reader_query(r, "SELECT fault, endpoint FROM fault_endpoint ORDER BY fault, endpoint");
    while (n < count && ek__reader_row(r)) {
        uint32_t f = ek__reader_index(r, 0, results->fault_count);
        uint32_t e = ek__reader_index(r, 1, results->endpoint_count);
        if (f == EK_NOBODY || e == EK_NOBODY)
            continue;
        if (faults[f].endpoint_count == 0)
            faults[f].endpoints = endpoints + n;
        faults[f].endpoint_count++;
        endpoints[n++] = e;
    }
}

/* 0 unknown. */
static int line_of(const struct ek__reader *r, int column)
{
    uint32_t line = ek__reader_index(r, column, 1 << 30);
    return line != UINT32_MAX ? (int)line : 0;
}

static void load_faults(struct ek__reader *r, struct ek_replay *replay)
{
    size_t count = ek__reader_rows(r, "fault", FAULTS_MAX);
    struct ek_failover *faults = ek__load_array(r, replay, count, sizeof *faults);
    size_t n = 0;
    ek__reader_query(r,
                     "SELECT name, kind, target, start_ns, end_ns, detect_ns, divert_ns,"
                     " recover_ns, errors, first_event, detect_event, line FROM fault ORDER BY id");
    while (n < count && ek__reader_row(r))
        faults[n++] = (struct ek_failover){
            .id = ek__reader_text(r, 0),
            .kind = ek__reader_text(r, 1),
            .target = ek__reader_text(r, 2),
            .start_ns = ek__reader_integer(r, 3, 0),
            .end_ns = ek__reader_integer(r, 4, 0),
            .detect_ns = ek__reader_integer(r, 5, -1),
            .divert_ns = ek__reader_integer(r, 6, -1),
            .recover_ns = ek__reader_integer(r, 7, -1),
            .errors = ek__reader_count(r, 8),
            .first_record = ek__reader_count(r, 9),
            .detect_record = ek__reader_count(r, 10),
            .line = line_of(r, 11),
        };
    replay->results.faults = faults;
    replay->results.fault_count = n;
    load_fault_endpoints(r, replay, faults);
}

/* The position of `text` among `words`; 0 when it is none. */
static int word_index(const char *text, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    return 0;
}

static enum ek_verdict verdict_of(const char *text)
{
    if (strcmp(text, "pass") == 0)
        return EK_VERDICT_PASS;
    return strcmp(text, "fail") == 0 ? EK_VERDICT_FAIL : EK_VERDICT_UNKNOWN;
}

static void load_expectations(struct ek__reader *r, struct ek_replay *replay)
{
    static const char *const units[] = {"count", "share", "duration", "ratio", NULL};
    static const char *const marks[] = {"choice", "published", "recomputed", "derived", NULL};
    struct ek_results *results = &replay->results;
    size_t count = ek__reader_rows(r, "expectation", FAULTS_MAX);
    struct ek_judged *judged = ek__load_array(r, replay, count, sizeof *judged);
    size_t n = 0;
    ek__reader_query(r, "SELECT name, text, metric, phase, verdict, unit, mark, value, value IS NOT"
                        " NULL, value_text, limit_text, problem, samples, line FROM expectation"
                        " ORDER BY id");
    while (n < count && ek__reader_row(r)) {
        struct ek_judged *one = &judged[n++];
        *one = (struct ek_judged){
            .name = ek__reader_text(r, 0),
            .text = ek__reader_text(r, 1),
            .metric = ek__reader_text(r, 2),
            .phase = ek__reader_text(r, 3),
            .verdict = verdict_of(ek__reader_word(r, 4)),
            .unit = (enum ek_unit)word_index(ek__reader_word(r, 5), units),
            .mark = (enum ek_mark)word_index(ek__reader_word(r, 6), marks),
            .value = ek__reader_integer(r, 7, 0),
            .has_value = ek__reader_integer(r, 8, 0) != 0,
            .value_text = ek__reader_text(r, 9),
            .limit_text = ek__reader_text(r, 10),
            .problem = ek__reader_text(r, 11),
            .samples = ek__reader_count(r, 12),
            .line = line_of(r, 13),
        };
        results->passed += one->verdict == EK_VERDICT_PASS;
        results->failed += one->verdict == EK_VERDICT_FAIL;
        results->unknown += one->verdict == EK_VERDICT_UNKNOWN;
    }
    results->judged = judged;
    results->judged_count = n;
}

/* Recordings of before there were any have none. */
static void load_batches(struct ek__reader *r, struct ek_replay *replay)
{
    bool is_there = false;
    ek__reader_query(r, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'batch'");
    while (ek__reader_row(r))
        is_there = true;
    if (!is_there)
        return;
    struct ek_batch_counts *batches = ek__load_array(r, replay, EK_RECORD_BATCHES, sizeof *batches);
    size_t n = 0;
    ek__reader_query(r, "SELECT start_ns, end_ns, calls, errors, mean_ns, p99_ns, phase FROM batch"
                        " ORDER BY id");
    while (n < EK_RECORD_BATCHES && ek__reader_row(r)) {
        batches[n++] = (struct ek_batch_counts){
            .start_ns = ek__reader_integer(r, 0, 0),
            .end_ns = ek__reader_integer(r, 1, 0),
            .calls = ek__reader_count(r, 2),
            .errors = ek__reader_count(r, 3),
            .mean_ns = ek__reader_integer(r, 4, 0),
            .p99_ns = ek__reader_integer(r, 5, 0),
        };
        replay->results.batch_phase = ek__reader_text(r, 6);
    }
    replay->results.batches = batches;
    replay->results.batch_count = n;
}

void ek__load_results(struct ek__reader *r, struct ek_replay *replay)
{
    load_meta(r, replay);
    load_endpoints(r, replay);
    load_clients(r, replay);
    load_phases(r, replay);
    if (!r->failed)
        copy_totals(&replay->results);
    load_faults(r, replay);
    load_expectations(r, replay);
    load_batches(r, replay);
}
