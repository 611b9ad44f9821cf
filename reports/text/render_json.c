#include "reports/text/render.h"
#include "reports/text/render_between.h"

#include "reports/text/render_share.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    JSON_STYLE = JSON_INDENT(2) | JSON_REAL_PRECISION(10)
};

/* Null without text. Text that is not UTF-8 comes out with a mark for each bad byte. */
static json_t *text_of(const char *text)
{
    if (text == NULL || text[0] == '\0')
        return json_null();
    json_t *json = json_string(text);
    if (json != NULL)
        return json;
    size_t size = strlen(text) + 1;
    char *clean = malloc(size);
    if (clean != NULL)
        json = json_string(ek__clean(text, clean, size));
    free(clean);
    return json;
}

static json_t *count_of(uint64_t count)
{
    return json_integer(count <= INT64_MAX ? (json_int_t)count : INT64_MAX);
}

static json_t *ratio_of(uint64_t part, uint64_t whole)
{
    return whole > 0 ? json_real((double)part / (double)whole) : json_null();
}

static json_t *time_of(int64_t ns)
{
    return ns >= 0 ? json_integer(ns) : json_null();
}

static json_t *latency_of(const struct ek_latency *latency)
{
    if (latency->count == 0)
        return json_pack("{s:I, s:n, s:n, s:n, s:n, s:n, s:n}", "count", (json_int_t)0, "p50",
                         "p90", "p99", "p999", "max", "mean");
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "count", count_of(latency->count),
                     "p50", (json_int_t)latency->p50_ns, "p90", (json_int_t)latency->p90_ns, "p99",
                     (json_int_t)latency->p99_ns, "p999", (json_int_t)latency->p999_ns, "max",
                     (json_int_t)latency->max_ns, "mean", (json_int_t)latency->mean_ns);
}

static json_t *backends_of(const struct ek_results *r, const struct ek_phase *phase)
{
    json_t *array = json_array();
    uint64_t sum = ek__phase_attempts(r, phase);
    for (size_t i = 0; i < r->endpoint_count; i++) {
        json_t *backend = json_pack("{s:o, s:o, s:o}", "id", text_of(r->endpoint_names[i]), "calls",
                                    count_of(phase->endpoint_attempts[i]), "share",
                                    ratio_of(phase->endpoint_attempts[i], sum));
        if (r->endpoint_zones != NULL && r->endpoint_zones[i] != NULL)
            json_object_set_new(backend, "zone", text_of(r->endpoint_zones[i]));
        json_array_append_new(array, backend);
    }
    return array;
}

static json_t *faults_of(const struct ek_results *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->fault_count; i++) {
        const struct ek_failover *f = &r->faults[i];
        json_t *hit = json_array();
        for (size_t k = 0; k < f->endpoint_count; k++)
            json_array_append_new(hit, text_of(r->endpoint_names[f->endpoints[k]]));
        json_array_append_new(
            array,
            json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o}", "name", text_of(f->id),
                      "kind", text_of(f->kind), "target", text_of(f->target), "backends", hit,
                      "start_ns", (json_int_t)f->start_ns, "end_ns", (json_int_t)f->end_ns,
                      "detect_ns", time_of(f->detect_ns), "divert_ns", time_of(f->divert_ns),
                      "recover_ns", time_of(f->recover_ns), "errors", count_of(f->errors)));
    }
    return array;
}

static json_t *phases_of(const struct ek_results *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->phase_count; i++) {
        const struct ek_phase *p = &r->phases[i];
        json_t *phase = json_pack(
            "{s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", text_of(p->name),
            "start_ns", (json_int_t)p->start_ns, "end_ns", (json_int_t)p->end_ns, "calls",
            count_of(p->calls), "ok", count_of(p->ok), "errors", count_of(p->errors), "attempts",
            count_of(p->attempts), "retries", count_of(p->retries), "success_rate",
            ratio_of(p->ok, p->ok + p->errors), "latency_ns", latency_of(&p->latency));
        json_object_set_new(phase, "jain", json_real((double)p->jain_ppm / 1e6));
        json_object_set_new(phase, "cv", json_real((double)p->cv_ppm / 1e6));
        json_object_set_new(phase, "backends", backends_of(r, p));
        json_array_append_new(array, phase);
    }
    return array;
}

/* Durations in ns and counts as integers, shares and ratios as fractions of 1. */
static json_t *value_of(const struct ek_judged *judged)
{
    if (!judged->has_value)
        return json_null();
    switch (judged->unit) {
    case EK_UNIT_SHARE:
        return json_real((double)judged->value / 1e6);
    case EK_UNIT_RATIO:
        return json_real((double)judged->value / 1e3);
    case EK_UNIT_COUNT:
    case EK_UNIT_DURATION:
        break;
    }
    return json_integer(judged->value);
}

static const char *unit_word(enum ek_unit unit)
{
    switch (unit) {
    case EK_UNIT_COUNT:
        return "count";
    case EK_UNIT_SHARE:
        return "share";
    case EK_UNIT_DURATION:
        return "ns";
    case EK_UNIT_RATIO:
        break;
    }
    return "ratio";
}

static json_t *expectations_of(const struct ek_results *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->judged_count; i++) {
        const struct ek_judged *j = &r->judged[i];
        const char *mark = ek__mark_word(j->mark);
        json_t *ok = j->verdict == EK_VERDICT_UNKNOWN ? json_null()
                                                      : json_boolean(j->verdict == EK_VERDICT_PASS);
        json_array_append_new(
            array,
            json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:s, s:o, s:i}", "text",
                      text_of(j->text), "ok", ok, "value", value_of(j), "unit", unit_word(j->unit),
                      "value_text", text_of(j->value_text), "metric", text_of(j->metric), "phase",
                      text_of(j->phase), "mark", mark[0] != '\0' ? mark : "choice", "samples",
                      j->samples > 0 ? count_of(j->samples) : json_null(), "line", j->line));
    }
    return array;
}

static json_t *seed_of(uint64_t seed)
{
    char text[24];
    if (seed < UINT64_C(1) << 53)
        return json_integer((json_int_t)seed);
    snprintf(text, sizeof text, "%" PRIu64, seed);
    return json_string(text);
}

static json_t *run_of(const struct ek_results *r)
{
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, r->fingerprint);
    json_t *run = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "scenario", text_of(r->scenario),
                            "seed", seed_of(r->seed), "policy", text_of(r->policy), "calls",
                            count_of(r->calls), "success_rate", ratio_of(r->ok, r->ok + r->errors),
                            "latency_ns", latency_of(&r->latency));
    json_object_set_new(run, "backends",
                        r->phase_count > 0 ? backends_of(r, &r->phases[0]) : json_array());
    json_object_set_new(run, "faults", faults_of(r));
    json_object_set_new(run, "phases", phases_of(r));
    json_object_set_new(run, "expectations", expectations_of(r));
    json_object_set_new(run, "ok", count_of(r->ok));
    json_object_set_new(run, "errors", count_of(r->errors));
    json_object_set_new(run, "attempts", count_of(r->attempts));
    json_object_set_new(run, "retries", count_of(r->retries));
    json_object_set_new(run, "unfinished", count_of(r->unfinished));
    json_object_set_new(run, "clients", count_of(r->client_count));
    json_object_set_new(run, "events", count_of(r->events));
    json_object_set_new(run, "sim_ns", json_integer(r->sim_ns));
    json_object_set_new(run, "wall_ns", json_integer(r->wall_ns));
    json_object_set_new(run, "fingerprint", json_string(fingerprint));
    json_object_set_new(run, "interrupted", json_boolean(r->interrupted));
    json_object_set_new(run, "recording", text_of(r->recording_path));
    json_object_set_new(run, "command", text_of(r->command));
    return run;
}

static void write_json(json_t *json, FILE *out)
{
    if (json_dumpf(json, out, JSON_STYLE) == 0)
        fputc('\n', out);
    json_decref(json);
}

void ek_render_json(const struct ek_results *results, FILE *out)
{
    write_json(run_of(results), out);
}

/* Each run against the first, with the interval of the difference. */
static json_t *between_of(const struct ek_results *const *results, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 1; i < count && results[0]->batch_count > 0; i++)
        for (int w = 0; w < EK_COMPARED_COUNT; w++) {
            struct ek_between between =
                ek_run_between(results[0], results[i], (enum ek_compared)w, EK__LEVEL, count - 1);
            if (!between.is_known)
                continue;
            json_array_append_new(
                list, json_pack("{s:I, s:s, s:s, s:f, s:f, s:b, s:b}", "run", (json_int_t)i,
                                "metric", ek__compared_word((enum ek_compared)w), "phase",
                                results[0]->batch_phase, "difference", between.difference.mean,
                                "half_width", between.difference.half_width, "shown",
                                between.is_shown, "correlated", between.is_correlated));
        }
    return list;
}

void ek_render_compare_json(const struct ek_results *const *results, size_t count, FILE *out)
{
    json_t *runs = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(runs, run_of(results[i]));
    struct ek__reproduced reproduced = ek__reproduced(results, count);
    json_t *json = json_pack("{s:o, s:o, s:o, s:o, s:{s:I, s:I}}", "scenario",
                             count > 0 ? text_of(results[0]->scenario) : json_null(), "seed",
                             count > 0 ? seed_of(results[0]->seed) : json_null(), "runs", runs,
                             "against_first", between_of(results, count), "reproduced", "runs",
                             (json_int_t)reproduced.hold, "of", (json_int_t)reproduced.of);
    write_json(json, out);
}
