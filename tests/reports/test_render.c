/* Goldens are compared whole; EK_GOLDEN_UPDATE=1 rewrites them. */
#include "reports/text/render.h"
#include "reports/text/render_between.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

enum {
    ENDPOINTS = 11,
    INTERVALS = 60,
    MANY = 50
};

/* ---- a run of eleven endpoints, the first of them slow from 15 s to 45 s ---- */

struct run {
    struct ek_results results;
    struct ek_phase phases[4];
    struct ek_failover faults[1];
    struct ek_judged judged[3];
    uint32_t hit[1];
    uint64_t attempts[4][ENDPOINTS];
    int64_t p99_ns[INTERVALS];
    uint64_t ok[INTERVALS], errors[INTERVALS];
};

static const char *const names[ENDPOINTS] = {"b01", "b02", "b03", "b04", "b05", "b06",
                                             "b07", "b08", "b09", "b10", "b11"};
static const char *const zones[ENDPOINTS] = {"z1", "z1", "z1", "z1", "z1", "z1",
                                             "z1", "z1", "z1", "z1", "z1"};

static struct ek_phase phase(const char *name, int64_t from_s, int64_t to_s, uint64_t errors,
                             const uint64_t *attempts)
{
    uint64_t calls = (uint64_t)(to_s - from_s) * 1000;
    return (struct ek_phase){
        .name = name,
        .start_ns = from_s * S,
        .end_ns = to_s * S,
        .calls = calls,
        .ok = calls - errors,
        .errors = errors,
        .attempts = calls,
        .latency = {.count = calls,
                    .p50_ns = 167 * MS,
                    .p90_ns = 173400000,
                    .p99_ns = errors > 300 ? S : 178600000,
                    .p999_ns = S,
                    .max_ns = S,
                    .mean_ns = 171 * MS},
        .endpoint_attempts = attempts,
        .jain_ppm = errors > 300 ? 999990
                    : errors > 0 ? 918210
                                 : 999400,
        .cv_ppm = errors > 0 && errors <= 300 ? 298000 : 24000,
    };
}

/* Gives b01 so many attempts in each phase, and the others equal parts of the rest. */
static void spread(struct run *run, const uint64_t first[4])
{
    static const uint64_t totals[4] = {60000, 15000, 30000, 15000};
    for (int p = 0; p < 4; p++) {
        run->attempts[p][0] = first[p];
        uint64_t rest = totals[p] - first[p];
        for (unsigned e = 1; e < ENDPOINTS; e++)
            run->attempts[p][e] = rest * e / (ENDPOINTS - 1) - rest * (e - 1) / (ENDPOINTS - 1);
    }
}

static void init_run(struct run *run, const char *policy, uint64_t errors, int64_t divert_ns,
                     int64_t recover_ns, const uint64_t first[4])
{
    memset(run, 0, sizeof *run);
    spread(run, first);
    run->phases[0] = phase("all", 0, 60, errors, run->attempts[0]);
    run->phases[1] = phase("before", 0, 15, 0, run->attempts[1]);
    run->phases[2] = phase("F1", 15, 45, errors, run->attempts[2]);
    run->phases[3] = phase("after", 45, 60, 0, run->attempts[3]);
    run->hit[0] = 0;
    run->faults[0] = (struct ek_failover){.id = "F1",
                                          .kind = "slow",
                                          .target = "b01",
                                          .start_ns = 15 * S,
                                          .end_ns = 45 * S,
                                          .detect_ns = -1,
                                          .divert_ns = divert_ns,
                                          .recover_ns = recover_ns,
                                          .errors = errors,
                                          .endpoints = run->hit,
                                          .endpoint_count = 1};
    for (int i = 0; i < INTERVALS; i++) {
        bool slow = i >= 15 && i < 45;
        run->errors[i] = slow ? errors / 30 + (i < 15 + (int)(errors % 30)) : 0;
        run->ok[i] = 1000 - run->errors[i];
        run->p99_ns[i] = slow && errors > 300 ? S : (178 + i % 3 + (slow ? 3 : 0)) * MS;
    }
    run->results = (struct ek_results){
        .scenario = "slow-node",
        .policy = policy,
        .watch = "how much of the damage two random choices remove without measuring any latency.",
        .command = "evenkeel run slow-node --seed 1",
        .recording_path = "evenkeel-out/slow-node-1.db",
        .seed = 1,
        .fingerprint = UINT64_C(0x7f3a9c1e52d04b66),
        .events = 183000,
        .duration_ns = 60 * S,
        .sim_ns = 60 * S,
        .wall_ns = 90 * MS,
        .interval_ns = S,
        .calls = 60000,
        .ok = 60000 - errors,
        .errors = errors,
        .attempts = 60000,
        .latency = run->phases[0].latency,
        .endpoint_count = ENDPOINTS,
        .client_count = 1,
        .endpoint_names = names,
        .endpoint_zones = zones,
        .phases = run->phases,
        .phase_count = 4,
        .faults = run->faults,
        .fault_count = 1,
        .judged = run->judged,
        .interval_count = INTERVALS,
        .interval_p99_ns = run->p99_ns,
        .interval_ok = run->ok,
        .interval_errors = run->errors,
    };
}

static void judge(struct run *run, enum ek_verdict verdict, enum ek_mark mark, const char *text,
                  const char *value_text, int64_t value, uint64_t samples)
{
    size_t index = run->results.judged_count++;
    run->judged[index] = (struct ek_judged){.text = text,
                                            .metric = "success",
                                            .phase = "all",
                                            .verdict = verdict,
                                            .unit = EK_UNIT_SHARE,
                                            .mark = mark,
                                            .has_value = verdict != EK_VERDICT_UNKNOWN,
                                            .value = value,
                                            .value_text = value_text,
                                            .samples = samples,
                                            .line = 16};
    run->results.passed += verdict == EK_VERDICT_PASS;
    run->results.failed += verdict == EK_VERDICT_FAIL;
    run->results.unknown += verdict == EK_VERDICT_UNKNOWN;
}

static void init_p2c(struct run *run)
{
    init_run(run, "p2c", 299, 200 * MS, 300 * MS, (const uint64_t[]){3027, 1364, 299, 1364});
    judge(run, EK_VERDICT_PASS, EK_MARK_RECOMPUTED, "success = 99.5 % +- 0.03 pp", "99.50 %",
          995017, 60000);
    judge(run, EK_VERDICT_PASS, EK_MARK_CHOICE, "share of b01, F1 <= 2 %", "1.00 %", 9967, 30000);
}

static void init_round_robin(struct run *run)
{
    init_run(run, "round_robin", 2727, -1, -1, (const uint64_t[]){5455, 1364, 2727, 1364});
    judge(run, EK_VERDICT_PASS, EK_MARK_PUBLISHED, "success = 95.45 % +- 0.01 pp", "95.46 %",
          954550, 60000);
}

static void init_peak_ewma(struct run *run)
{
    init_run(run, "peak_ewma", 42, 2 * S, 11400 * MS, (const uint64_t[]){2400, 1364, 36, 1000});
    judge(run, EK_VERDICT_PASS, EK_MARK_PUBLISHED, "success = 99.93 % +- 0.03 pp", "99.93 %",
          999300, 60000);
}

/* ---- a rack of three lost, of fifty endpoints, with names from a hostile file ---- */

struct rack {
    struct run run;
    char names[MANY][16];
    const char *name_list[MANY], *zone_list[MANY];
    uint64_t attempts[4][MANY];
    uint32_t hit[3];
};

static void init_rack(struct rack *rack)
{
    static const char *const zone_names[] = {"r1", "r2", "r3"};
    struct run *run = &rack->run;
    init_run(run, "least_request", 60, 388 * MS, -1, (const uint64_t[]){0, 0, 0, 0});
    for (unsigned e = 0; e < MANY; e++) {
        bool lost = e >= 6 && e < 9;
        snprintf(rack->names[e], sizeof rack->names[e], "b%02u", e + 1);
        rack->name_list[e] = rack->names[e];
        rack->zone_list[e] = zone_names[e % 3];
        rack->attempts[1][e] = 300 + e % 5;
        rack->attempts[2][e] = lost ? e - 6 : 640 + e % 7;
        rack->attempts[3][e] = 300 + e % 4;
        rack->attempts[0][e] = rack->attempts[1][e] + rack->attempts[2][e] + rack->attempts[3][e];
    }
    for (unsigned i = 0; i < 4; i++)
        run->phases[i].endpoint_attempts = rack->attempts[i];
    for (uint32_t i = 0; i < 3; i++)
        rack->hit[i] = 6 + i;
    run->faults[0].kind = "refuse";
    run->faults[0].target = "zone r3 (3 endpoints)";
    run->faults[0].endpoints = rack->hit;
    run->faults[0].endpoint_count = 3;
    run->faults[0].detect_ns = 388 * MS;
    run->results.scenario = "rack\033[31m-loss\n'; rm -rf ~\xff";
    run->results.watch = NULL;
    run->results.command = NULL;
    run->results.seed = UINT64_MAX;
    run->results.endpoint_count = MANY;
    run->results.client_count = 4;
    run->results.endpoint_names = rack->name_list;
    run->results.endpoint_zones = rack->zone_list;
    run->results.attempts = 60600;
    judge(run, EK_VERDICT_FAIL, EK_MARK_CHOICE, "detect: time to eject, F1 <= 300 ms", "388 ms",
          388 * MS, 0);
    judge(run, EK_VERDICT_UNKNOWN, EK_MARK_DERIVED, "p99.9, after <= 300 ms", NULL, 0, 90);
    run->judged[1].name = "the slowest of all the calls that were sent after the rack came back";
    run->judged[1].problem = "90 samples: too few for this percentile, which needs 10,000";
}

/* ---- a run with more faults than columns ---- */

enum {
    FAULTS = 7
};

struct storm {
    struct run run;
    struct ek_phase phases[FAULTS + 3];
    struct ek_failover faults[FAULTS];
    char ids[FAULTS][8];
};

static void init_storm(struct storm *storm)
{
    init_p2c(&storm->run);
    struct ek_results *r = &storm->run.results;
    memset(storm->phases, 0, sizeof storm->phases);
    storm->phases[0] = storm->run.phases[0];
    storm->phases[1] = storm->run.phases[1];
    for (int i = 0; i < FAULTS; i++) {
        snprintf(storm->ids[i], sizeof storm->ids[i], "F%d", i + 1);
        storm->phases[2 + i] = storm->run.phases[2];
        storm->faults[i] = storm->run.faults[0];
        storm->phases[2 + i].name = storm->faults[i].id = storm->ids[i];
        storm->phases[2 + i].start_ns = storm->faults[i].start_ns = (5 + 7 * i) * S;
        storm->phases[2 + i].end_ns = storm->faults[i].end_ns = (8 + 7 * i) * S;
        if (i % 2 == 1)
            storm->faults[i].endpoint_count = 0;
    }
    storm->phases[FAULTS + 2] = storm->run.phases[3];
    r->phases = storm->phases;
    r->phase_count = FAULTS + 3;
    r->faults = storm->faults;
    r->fault_count = FAULTS;
}

/* ---- help ---- */

static const struct ek_render plain = {.color = false, .unicode = true, .columns = 80};

static char *summary_of(const struct ek_results *results, const struct ek_render *render)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    ek_render_summary(results, render, out);
    fclose(out);
    return text;
}

static char *comparison_of(const struct ek_results *const *results, size_t count,
                           const struct ek_render *render)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    ek_render_compare(results, count, render, out);
    fclose(out);
    return text;
}

static json_t *json_of(const struct ek_results *results)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    ek_render_json(results, out);
    fclose(out);
    assert_int_equal(text[size - 1], '\n');
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    free(text);
    return json;
}

static char *read_whole(const char *path)
{
    char *text = calloc(1, 65536);
    FILE *in = fopen(path, "rb");
    if (in == NULL || text == NULL)
        fail_msg("%s is missing: run again with EK_GOLDEN_UPDATE=1", path);
    text[fread(text, 1, 65535, in)] = '\0';
    fclose(in);
    return text;
}

/* Takes `text`. */
static void assert_golden(const char *name, char *text)
{
    char path[128];
    snprintf(path, sizeof path, "tests/reports/golden/%s", name);
    if (getenv("EK_GOLDEN_UPDATE") != NULL) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        fputs(text, out);
        fclose(out);
    }
    char *wanted = read_whole(path);
    assert_string_equal(text, wanted);
    free(wanted);
    free(text);
}

static int columns_of(const char *line)
{
    int columns = 0;
    for (; *line != '\0' && *line != '\n'; line++)
        columns += ((unsigned char)*line & 0xc0) != 0x80;
    return columns;
}

static void assert_lines_fit(const char *text, int columns)
{
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *end = strchr(line, '\n');
        assert_non_null(end);
        bool is_path = strstr(line, "evenkeel") != NULL && strstr(line, "evenkeel") < end;
        if (columns_of(line) > columns && !is_path)
            fail_msg("%d columns: %.*s", columns_of(line), (int)(end - line), line);
        assert_true(end == line || end[-1] != ' ');
    }
}

static void assert_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        assert_true(*text == '\n' || (*text >= ' ' && *text <= '~'));
}

/* ---- claims ---- */

static void summary_is_as_reviewed(void **state)
{
    (void)state;
    struct run run;
    init_p2c(&run);
    assert_golden("summary_slow_node.txt", summary_of(&run.results, &plain));
}

static void summary_in_ascii_is_as_reviewed(void **state)
{
    (void)state;
    struct run run;
    struct ek_render ascii = {.columns = 80};
    init_p2c(&run);
    char *text = summary_of(&run.results, &ascii);
    assert_ascii(text);
    assert_golden("summary_slow_node_ascii.txt", text);
}

static void summary_of_many_endpoints_groups_those_alike(void **state)
{
    (void)state;
    struct rack rack;
    init_rack(&rack);
    char *text = summary_of(&rack.run.results, &plain);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "47 others"));
    assert_non_null(strstr(text, "1 of 2 expectations failed, 1 cannot be told\n"));
    assert_golden("summary_rack_loss.txt", text);
}

static void summary_of_many_faults_is_as_reviewed(void **state)
{
    (void)state;
    struct storm storm;
    init_storm(&storm);
    assert_golden("summary_storm.txt", summary_of(&storm.run.results, &plain));
}

static void comparison_is_as_reviewed(void **state)
{
    (void)state;
    struct run runs[3];
    init_round_robin(&runs[0]);
    init_p2c(&runs[1]);
    init_peak_ewma(&runs[2]);
    const struct ek_results *results[] = {&runs[0].results, &runs[1].results, &runs[2].results};
    char *text = comparison_of(results, 3, &plain);
    assert_non_null(strstr(text, "3/3 reproduced\n"));
    assert_golden("compare_slow_node.txt", text);
}

static void a_run_that_misses_its_published_number_is_not_reproduced(void **state)
{
    (void)state;
    struct run runs[2];
    init_round_robin(&runs[0]);
    init_p2c(&runs[1]);
    judge(&runs[0], EK_VERDICT_FAIL, EK_MARK_RECOMPUTED, "p99 = 1 s +- 1 ms", "180 ms", 0, 60000);
    const struct ek_results *results[] = {&runs[0].results, &runs[1].results};
    char *text = comparison_of(results, 2, &plain);
    assert_non_null(strstr(text, "1/2 reproduced\n"));
    assert_non_null(strstr(text, "✗ round_robin: p99 = 1 s +- 1 ms is 180 ms\n"));
    assert_non_null(strstr(text, "1 of 4 expectations failed\n"));
    free(text);
}

static void every_line_fits_every_width(void **state)
{
    (void)state;
    struct rack rack;
    struct run run;
    struct storm storm;
    init_rack(&rack);
    init_round_robin(&run);
    init_storm(&storm);
    const struct ek_results *results[] = {&run.results, &rack.run.results, &storm.run.results};
    for (int columns = 60; columns <= 200; columns++) {
        for (int unicode = 0; unicode < 2; unicode++) {
            struct ek_render render = {.unicode = unicode, .columns = columns};
            for (int i = 0; i < 3; i++) {
                char *text = summary_of(results[i], &render);
                assert_lines_fit(text, columns);
                free(text);
            }
            char *text = comparison_of(results, 2, &render);
            assert_lines_fit(text, columns);
            free(text);
        }
    }
}

static void color_only_adds_codes(void **state)
{
    (void)state;
    struct run run;
    struct ek_render color = {.color = true, .unicode = true, .columns = 80};
    init_p2c(&run);
    char *with = summary_of(&run.results, &color), *without = summary_of(&run.results, &plain);
    char *to = with;
    assert_non_null(strchr(with, '\033'));
    for (const char *from = with; *from != '\0'; from++) {
        if (*from == '\033')
            from = strchr(from, 'm');
        else
            *to++ = *from;
    }
    *to = '\0';
    assert_string_equal(with, without);
    free(with);
    free(without);
}

static void a_run_of_nothing_is_still_a_summary(void **state)
{
    (void)state;
    static const uint64_t none[1] = {0};
    struct ek_phase all = {.name = "all", .endpoint_attempts = none};
    struct ek_results empty = {.scenario = "",
                               .policy = "",
                               .phases = &all,
                               .phase_count = 1,
                               .interrupted = true,
                               .duration_ns = S};
    const struct ek_results *results[] = {&empty};
    char *text = summary_of(&empty, &plain);
    assert_lines_fit(text, 80);
    assert_non_null(strstr(text, "interrupted at 0 s of 1 s"));
    assert_non_null(strstr(text, "no expectations"));
    free(text);
    text = comparison_of(results, 1, &plain);
    assert_lines_fit(text, 80);
    free(text);
    json_decref(json_of(&empty));
}

static void json_has_each_member(void **state)
{
    (void)state;
    struct run run;
    init_round_robin(&run);
    json_t *json = json_of(&run.results);

    const char *scenario, *policy, *fingerprint;
    json_int_t seed, calls, events, sim_ns, wall_ns, p50, p90, p99, p999, max;
    double success;
    int failed = json_unpack(json, "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:F}", "scenario",
                             &scenario, "policy", &policy, "fingerprint", &fingerprint, "seed",
                             &seed, "calls", &calls, "events", &events, "sim_ns", &sim_ns,
                             "wall_ns", &wall_ns, "success_rate", &success);
    assert_int_equal(failed, 0);
    assert_string_equal(scenario, "slow-node");
    assert_string_equal(policy, "round_robin");
    assert_string_equal(fingerprint, "7f3a9c1e52d04b66");
    assert_int_equal(seed, 1);
    assert_int_equal(calls, 60000);
    assert_int_equal(events, 183000);
    assert_int_equal(sim_ns, 60 * S);
    assert_int_equal(wall_ns, 90 * MS);
    assert_true(success > 0.9545499 && success < 0.9545501); /* 57,273 / 60,000 */

    failed = json_unpack(json, "{s:{s:I, s:I, s:I, s:I, s:I}}", "latency_ns", "p50", &p50, "p90",
                         &p90, "p99", &p99, "p999", &p999, "max", &max);
    assert_int_equal(failed, 0);
    assert_int_equal(p50, 167 * MS);
    assert_int_equal(p90, 173400000);
    assert_int_equal(p99, S);
    assert_int_equal(p999, S);
    assert_int_equal(max, S);
    json_decref(json);
}

static void json_lists_backends_faults_phases_and_expectations(void **state)
{
    (void)state;
    struct run run;
    init_round_robin(&run);
    judge(&run, EK_VERDICT_UNKNOWN, EK_MARK_CHOICE, "time to eject <= 1 s", NULL, 0, 0);
    json_t *json = json_of(&run.results);

    const char *id, *name, *text;
    json_int_t calls, start_ns, end_ns, errors;
    json_t *detect, *divert, *recover, *phases, *first, *second;
    double share, value;
    int ok;
    assert_int_equal(json_unpack(json, "{s:[{s:s, s:I, s:F}]}", "backends", "id", &id, "calls",
                                 &calls, "share", &share),
                     0);
    assert_string_equal(id, "b01");
    assert_int_equal(calls, 5455);
    assert_true(share > 0.0909 && share < 0.0910); /* 5,455 / 60,000 */
    assert_int_equal(json_array_size(json_object_get(json, "backends")), ENDPOINTS);

    assert_int_equal(json_unpack(json, "{s:[{s:s, s:I, s:I, s:o, s:o, s:o, s:I}]}", "faults",
                                 "name", &name, "start_ns", &start_ns, "end_ns", &end_ns,
                                 "detect_ns", &detect, "divert_ns", &divert, "recover_ns", &recover,
                                 "errors", &errors),
                     0);
    assert_string_equal(name, "F1");
    assert_int_equal(start_ns, 15 * S);
    assert_int_equal(end_ns, 45 * S);
    assert_int_equal(errors, 2727);
    assert_true(json_is_null(detect) && json_is_null(divert) && json_is_null(recover));

    phases = json_object_get(json, "phases");
    assert_int_equal(json_array_size(phases), 4);
    assert_string_equal(json_string_value(json_object_get(json_array_get(phases, 2), "name")),
                        "F1");

    assert_int_equal(json_unpack(json, "{s:[o, o]}", "expectations", &first, &second), 0);
    assert_int_equal(
        json_unpack(first, "{s:s, s:b, s:F}", "text", &text, "ok", &ok, "value", &value), 0);
    assert_string_equal(text, "success = 95.45 % +- 0.01 pp");
    assert_true(ok);
    assert_true(value > 0.95454 && value < 0.95456);
    assert_true(json_is_null(json_object_get(second, "ok")));
    assert_true(json_is_null(json_object_get(second, "value")));
    json_decref(json);
}

static void json_of_a_hostile_run_is_valid(void **state)
{
    (void)state;
    struct rack rack;
    init_rack(&rack);
    json_t *json = json_of(&rack.run.results);
    assert_string_equal(json_string_value(json_object_get(json, "scenario")),
                        "rack?[31m-loss?'; rm -rf ~?");
    assert_string_equal(json_string_value(json_object_get(json, "seed")), "18446744073709551615");
    json_decref(json);
}

static void json_comparison_counts_what_is_reproduced(void **state)
{
    (void)state;
    struct run runs[3];
    init_round_robin(&runs[0]);
    init_p2c(&runs[1]);
    init_peak_ewma(&runs[2]);
    const struct ek_results *results[] = {&runs[0].results, &runs[1].results, &runs[2].results};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    ek_render_compare_json(results, 3, out);
    fclose(out);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);

    json_int_t hold, of;
    assert_int_equal(json_unpack(json, "{s:{s:I, s:I}}", "reproduced", "runs", &hold, "of", &of),
                     0);
    assert_int_equal(hold, 3);
    assert_int_equal(of, 3);
    assert_int_equal(json_array_size(json_object_get(json, "runs")), 3);
    json_decref(json);
    free(text);
}

/* Two digits of the width, three of the value, and never a width of 0 that is none. */
static void intervals_have_the_digits_that_are_known(void **state)
{
    struct ek_between between = {.is_known = true, .is_shown = true};

    (void)state;
    between.difference = (struct ek_estimate){.mean = -.0813, .half_width = .0016};
    assert_string_equal(ek__between_text(&between, EK_COMPARED_ERRORS, "±").s,
                        "-8.13 ± 0.16 points");
    between.difference = (struct ek_estimate){.mean = 165.4e6, .half_width = .36e6};
    assert_string_equal(ek__between_text(&between, EK_COMPARED_MEAN, "+-").s, "+165 +- <1 ms");
    between.is_correlated = true;
    between.difference = (struct ek_estimate){.mean = -1.8217e9, .half_width = .21e9};
    assert_string_equal(ek__between_text(&between, EK_COMPARED_P99, "±").s, "-1.82 ± 0.21 s ?");
    between.is_shown = false;
    assert_string_equal(ek__between_text(&between, EK_COMPARED_P99, "±").s, "no difference shown");
    between.is_known = false;
    assert_string_equal(ek__between_text(&between, EK_COMPARED_P99, "±").s, "too few calls");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary_is_as_reviewed),
        cmocka_unit_test(summary_in_ascii_is_as_reviewed),
        cmocka_unit_test(summary_of_many_endpoints_groups_those_alike),
        cmocka_unit_test(summary_of_many_faults_is_as_reviewed),
        cmocka_unit_test(comparison_is_as_reviewed),
        cmocka_unit_test(a_run_that_misses_its_published_number_is_not_reproduced),
        cmocka_unit_test(every_line_fits_every_width),
        cmocka_unit_test(color_only_adds_codes),
        cmocka_unit_test(a_run_of_nothing_is_still_a_summary),
        cmocka_unit_test(json_has_each_member),
        cmocka_unit_test(json_lists_backends_faults_phases_and_expectations),
        cmocka_unit_test(json_of_a_hostile_run_is_valid),
        cmocka_unit_test(json_comparison_counts_what_is_reproduced),
        cmocka_unit_test(intervals_have_the_digits_that_are_known),
    };
    return cmocka_run_group_tests_name("reports/render", tests, NULL, NULL);
}
