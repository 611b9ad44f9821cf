#include "reports/stats/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- asking ---- */

static json_t *zero_of(enum ek_unit unit)
{
    switch (unit) {
    case EK_UNIT_SHARE:
        return json_string("0%");
    case EK_UNIT_DURATION:
        return json_string("0s");
    case EK_UNIT_COUNT:
    case EK_UNIT_RATIO:
        break;
    }
    return json_integer(0);
}

void ek_measure_release(struct ek_expectation *windows)
{
    for (int i = 0; i < EK_BATCHES; i++) {
        free(windows[i].metric);
        json_decref(windows[i].min);
        windows[i] = (struct ek_expectation){0};
    }
}

bool ek_measure_windows(const char *metric, int64_t duration_ns, struct ek_expectation *out)
{
    const struct ek_metric *found = ek_metric_find(metric);
    struct ek_expectation windows[EK_BATCHES] = {{0}};
    int64_t first_ns = duration_ns / 10 * EK_DELETED_TENTHS;
    int64_t step_ns = (duration_ns - first_ns) / EK_BATCHES;
    bool is_done = found != NULL && step_ns > 0;

    for (int i = 0; is_done && i < EK_BATCHES; i++) {
        windows[i].metric = strdup(metric);
        windows[i].min = zero_of(found->unit);
        windows[i].from_ns = first_ns + i * step_ns;
        windows[i].to_ns = first_ns + (i + 1) * step_ns;
        is_done = windows[i].metric != NULL && windows[i].min != NULL;
    }
    if (is_done)
        memcpy(out, windows, sizeof windows);
    else
        ek_measure_release(windows);
    return is_done;
}

/* ---- the answer ---- */

static double scale_of(enum ek_unit unit)
{
    return unit == EK_UNIT_SHARE ? 1e-6 : unit == EK_UNIT_RATIO ? 1e-3 : 1;
}

/* A quantile of a batch weighs as much as any other's; so does a count. */
static bool is_weighted(const char *metric)
{
    return strcmp(metric, "mean") == 0 || strcmp(metric, "success") == 0;
}

struct ek_estimate ek_measure_estimate(const struct ek_judged *judged, double level)
{
    struct ek_batch batches[EK_BATCHES];
    struct ek_estimate out;
    uint64_t samples = 0;
    size_t n = 0;

    for (size_t i = 0; i < EK_BATCHES; i++) {
        bool weighs = is_weighted(judged[i].metric);
        double weight = weighs ? (double)judged[i].samples : 1;

        if (!judged[i].has_value || weight <= 0)
            continue;
        batches[n++] =
            (struct ek_batch){(double)judged[i].value * scale_of(judged[i].unit) * weight, weight};
        samples += judged[i].samples;
    }
    out = ek_estimate_batches(batches, n, level);
    out.count = samples;
    return out;
}

struct ek_estimate ek_measure_limit(const struct ek_estimate *at_n, const struct ek_estimate *at_2n)
{
    struct ek_estimate out = *at_2n;

    out.mean = 2 * at_2n->mean - at_n->mean;
    out.std_error =
        sqrt(4 * at_2n->std_error * at_2n->std_error + at_n->std_error * at_n->std_error);
    out.batches = at_n->batches < at_2n->batches ? at_n->batches : at_2n->batches;
    out.count += at_n->count;
    out.is_correlated |= at_n->is_correlated;
    out.half_width = ek_estimate_half_width(&out, out.level);
    return out;
}
