/* Expectations held against a run. */
#include "evenkeel/lb.h"
#include "evenkeel/option.h"
#include "reports/recording/metric.h"
#include "reports/recording/recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The limits of an expectation in the metric's unit. */
struct limits {
    bool has_min, has_max, has_equals;
    int64_t min, max, equals, tolerance;
};

static bool read_limit(const struct ek_metric *metric, const json_t *json, bool *has, int64_t *out,
                       char *why, size_t why_size)
{
    *has = json != NULL && !json_is_null(json);
    return !*has || ek_metric_limit(metric, json, out, why, why_size);
}

static bool read_limits(const struct ek_metric *metric, const struct ek_expectation *wanted,
                        struct limits *out, char *why, size_t why_size)
{
    bool has_tolerance;
    *out = (struct limits){.has_min = false};
    if (!read_limit(metric, wanted->min, &out->has_min, &out->min, why, why_size) ||
        !read_limit(metric, wanted->max, &out->has_max, &out->max, why, why_size) ||
        !read_limit(metric, wanted->equals, &out->has_equals, &out->equals, why, why_size) ||
        !read_limit(metric, wanted->tolerance, &has_tolerance, &out->tolerance, why, why_size))
        return false;
    if (out->has_min || out->has_max || out->has_equals)
        return true;
    snprintf(why, why_size, "no limit is given");
    return false;
}

static bool holds(const struct limits *limits, int64_t value)
{
    if (limits->has_min && value < limits->min)
        return false;
    if (limits->has_max && value > limits->max)
        return false;
    if (!limits->has_equals)
        return true;
    int64_t off = value > limits->equals ? value - limits->equals : limits->equals - value;
    return off <= limits->tolerance;
}

/* ---- which stretch ---- */

struct window {
    const char *name; /* NULL: no such phase */
    int64_t start_ns, end_ns;
};

static struct window window_of(struct ek_recorder *r, const struct ek_expectation *wanted)
{
    if (wanted->to_ns > 0) {
        char from[32], to[32];
        ek_duration_text(wanted->from_ns, from, sizeof from);
        ek_duration_text(wanted->to_ns, to, sizeof to);
        const char *name = ek__arena_format(&r->arena, "%s .. %s", from, to);
        return (struct window){name, wanted->from_ns, wanted->to_ns};
    }
    const char *name = wanted->phase != NULL && wanted->phase[0] != '\0' ? wanted->phase : "all";
    const struct ek_phase *phase = ek_results_phase(&r->results, name);
    if (phase == NULL)
        return (struct window){NULL, 0, 0};
    bool is_open = strcmp(name, "all") == 0 || strcmp(name, "after") == 0;
    return (struct window){phase->name, phase->start_ns, is_open ? INT64_MAX : phase->end_ns};
}

static bool is_needed(const struct ek_metric *metric, char need)
{
    return strchr(metric->needs, need) != NULL;
}

/* Fills in what the metric needs; NULL, or what is missing. */
static const char *find_needs(const struct ek_recorder *r, const struct ek_metric *metric,
                              const struct ek_expectation *wanted, struct ek__measure *measure)
{
    for (size_t i = 0; i < r->results.fault_count && measure->fault == NULL; i++) {
        if (wanted->fault != NULL && strcmp(r->results.faults[i].id, wanted->fault) != 0)
            continue;
        measure->fault = &r->results.faults[i];
        measure->track = &r->failovers.items[i];
    }
    if (is_needed(metric, 'f') && measure->fault == NULL)
        return "there is no such fault";
    if (!is_needed(metric, 'e'))
        return NULL;
    for (size_t i = 0; i < r->setup.endpoint_count; i++) {
        if (wanted->endpoint != NULL && strcmp(r->setup.endpoints[i].name, wanted->endpoint) == 0) {
            measure->endpoint = (uint32_t)i;
            return NULL;
        }
    }
    return "there is no such endpoint";
}

static struct ek__measured measure(const struct ek_recorder *r, const struct ek_metric *metric,
                                   const struct ek_expectation *wanted, const struct window *window,
                                   bool *out_of_memory)
{
    struct ek__measured result = {.existence = EK__UNKNOWN};
    struct ek__measure on = {.end_ns = r->end.sim_ns};
    result.problem = find_needs(r, metric, wanted, &on);
    if (window->name == NULL)
        result.problem = "there is no such phase";
    else if (window->start_ns >= r->end.sim_ns && window->start_ns > 0)
        result.problem = "the run ended before";
    if (result.problem != NULL)
        return result;

    struct ek__tally tally;
    *out_of_memory = !ek__recorder_window(r, window->start_ns, window->end_ns, &tally);
    on.window = &tally;
    if (!*out_of_memory)
        result = ek__metric_measure((enum ek__metric)(metric - ek_metric_all), &on);
    ek__tally_deinit(&tally);
    return result;
}

/* ---- as text ---- */

static const char *label_of(struct ek_recorder *r, const struct ek_metric *metric,
                            const struct ek_expectation *wanted, const struct window *window)
{
    char text[256];
    size_t length = 0;
    for (const char *c = metric->name; *c != '\0' && length < 64; c++)
        text[length++] = *c == '_' ? ' ' : *c;
    text[length] = '\0';
    if (is_needed(metric, 'e'))
        snprintf(text + length, sizeof text - length, " of %s",
                 wanted->endpoint != NULL ? wanted->endpoint : "?");
    length = strlen(text);

    const char *fault = NULL;
    if (is_needed(metric, 'f'))
        fault = wanted->fault != NULL        ? wanted->fault
                : r->results.fault_count > 0 ? r->results.faults[0].id
                                             : NULL;
    if (fault != NULL)
        snprintf(text + length, sizeof text - length, ", %s", fault);
    length = strlen(text);

    const char *phase = window->name != NULL ? window->name : wanted->phase;
    bool is_said = fault != NULL && strcmp(phase, fault) == 0;
    if (!is_said && strcmp(phase, "all") != 0)
        snprintf(text + length, sizeof text - length, ", %s", phase);
    return ek__arena_text(&r->arena, text);
}

static const char *limit_text(struct ek_recorder *r, enum ek_unit unit, const struct limits *limits)
{
    char min[48], max[48], equals[48], tolerance[48];
    ek__metric_text(unit, limits->min, 4, min, sizeof min);
    ek__metric_text(unit, limits->max, 4, max, sizeof max);
    ek__metric_text(unit, limits->equals, 4, equals, sizeof equals);
    ek__metric_text(unit, limits->tolerance, 4, tolerance, sizeof tolerance);
    if (limits->has_equals && limits->tolerance > 0)
        return ek__arena_format(&r->arena, "= %s +- %s", equals, tolerance);
    if (limits->has_equals)
        return ek__arena_format(&r->arena, "= %s", equals);
    if (limits->has_min && limits->has_max)
        return ek__arena_format(&r->arena, "in %s .. %s", min, max);
    if (limits->has_min)
        return ek__arena_format(&r->arena, ">= %s", min);
    return ek__arena_format(&r->arena, "<= %s", max);
}

/* A share gets as many decimals as it takes to stay on its side of the limits. */
static const char *value_text(struct ek_recorder *r, enum ek_unit unit, const struct limits *limits,
                              int64_t value)
{
    int decimals = 2;
    for (int64_t step = 100; unit == EK_UNIT_SHARE && decimals < 4; step /= 10, decimals++) {
        int64_t rounded = (value + step / 2) / step * step;
        if (holds(limits, rounded) == holds(limits, value))
            break;
    }
    char text[48];
    return ek__arena_text(&r->arena, ek__metric_text(unit, value, decimals, text, sizeof text));
}

/* ---- the verdict ---- */

static struct ek_judged judge(struct ek_recorder *r, const struct ek_expectation *wanted,
                              bool *out_of_memory)
{
    struct ek_judged judged = {
        .name = ek__arena_text(&r->arena, wanted->name),
        .metric = ek__arena_text(&r->arena, wanted->metric),
        .phase = wanted->phase != NULL ? wanted->phase : "all",
        .verdict = EK_VERDICT_UNKNOWN,
        .mark = (enum ek_mark)wanted->mark,
        .value_text = "-",
        .limit_text = "",
        .problem = "",
        .line = wanted->line,
    };
    const struct ek_metric *metric = ek_metric_find(wanted->metric);
    if (metric == NULL) {
        judged.text = ek__arena_format(&r->arena, "%s", judged.metric);
        judged.problem = "there is no such metric";
        return judged;
    }
    judged.unit = metric->unit;
    struct window window = window_of(r, wanted);
    if (window.name != NULL)
        judged.phase = window.name;
    const char *label = label_of(r, metric, wanted, &window);
    struct limits limits;
    char why[256] = "";
    if (!read_limits(metric, wanted, &limits, why, sizeof why)) {
        judged.text = label;
        judged.problem = ek__arena_text(&r->arena, why);
        return judged;
    }
    judged.limit_text = limit_text(r, metric->unit, &limits);
    judged.text = ek__arena_format(&r->arena, "%s %s", label, judged.limit_text);

    struct ek__measured measured = measure(r, metric, wanted, &window, out_of_memory);
    judged.samples = measured.samples;
    switch (measured.existence) {
    case EK__VALUE:
        judged.has_value = true;
        judged.value = measured.value;
        judged.value_text = value_text(r, metric->unit, &limits, measured.value);
        judged.verdict = holds(&limits, measured.value) ? EK_VERDICT_PASS : EK_VERDICT_FAIL;
        break;
    case EK__NEVER:
        judged.value_text = "never";
        judged.verdict = limits.has_max || limits.has_equals ? EK_VERDICT_FAIL : EK_VERDICT_PASS;
        break;
    case EK__UNKNOWN:
        judged.problem = measured.problem != NULL ? measured.problem : "";
        break;
    }
    return judged;
}

static bool is_for(const struct ek_expectation *wanted, const char *policy)
{
    if (wanted->policy == NULL || wanted->policy[0] == '\0' || strcmp(wanted->policy, policy) == 0)
        return true;
    const struct ek_lb_ops *ops = ek_lb_find(wanted->policy);
    return ops != NULL && ops == ek_lb_find(policy);
}

enum ek_err ek__judge(struct ek_recorder *r)
{
    const struct ek_recording_setup *setup = &r->setup;
    struct ek_judged *judged = ek__arena_array(&r->arena, setup->expectation_count, sizeof *judged);
    if (judged == NULL)
        return EK_ENOMEM;
    bool out_of_memory = false;
    for (size_t i = 0; i < setup->expectation_count && !out_of_memory; i++) {
        if (!is_for(&setup->expectations[i], setup->policy))
            continue;
        struct ek_judged one = judge(r, &setup->expectations[i], &out_of_memory);
        r->results.passed += one.verdict == EK_VERDICT_PASS;
        r->results.failed += one.verdict == EK_VERDICT_FAIL;
        r->results.unknown += one.verdict == EK_VERDICT_UNKNOWN;
        judged[r->results.judged_count++] = one;
    }
    r->results.judged = judged;
    return out_of_memory || r->arena.failed ? EK_ENOMEM : EK_OK;
}
