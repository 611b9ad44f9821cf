/* The value of a metric in a run. */
#include "reports/recording/metric.h"

#include "evenkeel/option.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static struct ek__measured unknown(const char *problem)
{
    return (struct ek__measured){.existence = EK__UNKNOWN, .problem = problem};
}

static struct ek__measured count(uint64_t value)
{
    return (struct ek__measured){.value = (int64_t)value};
}

/* part / whole in units of 1 / scale, rounded. */
static struct ek__measured part(uint64_t part, uint64_t whole, uint64_t scale, const char *problem)
{
    if (whole == 0)
        return unknown(problem);
    return (struct ek__measured){
        .value = (int64_t)((part * scale + whole / 2) / whole),
        .samples = whole,
    };
}

/* A quantile needs that many values: with fewer it is only the maximum by another name. */
static struct ek__measured quantile(const struct ek__histogram *latency, uint32_t ppm,
                                    uint64_t samples_min)
{
    if (latency->count == 0)
        return unknown("no call finished");
    if (latency->count < samples_min)
        return unknown("too few calls");
    return (struct ek__measured){
        .value = ek__histogram_quantile(latency, ppm),
        .samples = latency->count,
    };
}

static struct ek__measured after(int64_t at_ns, int64_t start_ns)
{
    if (at_ns < 0)
        return (struct ek__measured){.existence = EK__NEVER};
    return (struct ek__measured){.value = at_ns - start_ns};
}

static uint64_t most(const struct ek__tally *window)
{
    uint64_t value = 0;
    for (size_t i = 0; i < window->endpoint_count; i++)
        if (window->endpoint_attempts[i] > value)
            value = window->endpoint_attempts[i];
    return value;
}

static uint64_t fewest(const struct ek__tally *window)
{
    uint64_t value = UINT64_MAX;
    for (size_t i = 0; i < window->endpoint_count; i++)
        if (window->endpoint_attempts[i] < value)
            value = window->endpoint_attempts[i];
    return value;
}

static struct ek__measured ratio_of_ppm(const struct ek__tally *window, int64_t ppm)
{
    if (window->attempts == 0)
        return unknown("no attempts");
    return (struct ek__measured){.value = (ppm + 500) / 1000, .samples = window->attempts};
}

static struct ek__measured known_count(int64_t value, const char *problem)
{
    return value < 0 ? unknown(problem) : (struct ek__measured){.value = value};
}

static struct ek__measured fault_share(const struct ek__measure *m)
{
    uint64_t hits = 0;
    for (size_t i = 0; i < m->fault->endpoint_count; i++)
        hits += m->window->endpoint_attempts[m->fault->endpoints[i]];
    return part(hits, m->window->attempts, 1000000, "no attempts");
}

static struct ek__measured about_fault(enum ek__metric metric, const struct ek__measure *m)
{
    const struct ek__failover *track = m->track;
    if (track->start_ns >= m->end_ns)
        return unknown("the run ended before the fault");
    if (metric == EK__METRIC_FAULT_ERRORS)
        return count(m->fault->errors);
    if (metric == EK__METRIC_TIME_TO_DETECT)
        return after(track->detect_at_ns, track->start_ns);
    if (metric == EK__METRIC_TIME_TO_EJECT)
        return after(track->eject_at_ns, track->start_ns);
    if (track->endpoint_count == 0)
        return unknown("the fault has no endpoints");
    if (metric == EK__METRIC_FAULT_SHARE)
        return fault_share(m);
    if (metric == EK__METRIC_TIME_TO_DIVERT)
        return after(track->divert_at_ns, track->start_ns);
    if (track->end_ns >= m->end_ns)
        return unknown("the fault outlasts the run");
    return after(track->recover_at_ns, track->end_ns);
}

/* Metrics that are a counter of the window; 0 is none. */
static const size_t counters[EK__METRIC_COUNT] = {
    [EK__METRIC_CALLS] = offsetof(struct ek__tally, calls),
    [EK__METRIC_ATTEMPTS] = offsetof(struct ek__tally, attempts),
    [EK__METRIC_RETRIES] = offsetof(struct ek__tally, retries),
    [EK__METRIC_EJECTIONS] = offsetof(struct ek__tally, records[EK_RECORD_EJECTED]),
    [EK__METRIC_THROTTLED] = offsetof(struct ek__tally, records[EK_RECORD_THROTTLED]),
    [EK__METRIC_EMPTY_IGNORED] = offsetof(struct ek__tally, records[EK_RECORD_EMPTY_IGNORED]),
    [EK__METRIC_RESOLVER_ERRORS] = offsetof(struct ek__tally, records[EK_RECORD_RESOLVER_ERROR]),
    [EK__METRIC_LIST_CHANGES] = offsetof(struct ek__tally, records[EK_RECORD_RESOLVED]),
    [EK__METRIC_QUERIES] = offsetof(struct ek__tally, records[EK_RECORD_QUERY]),
    [EK__METRIC_CLOCK_STEPS] = offsetof(struct ek__tally, records[EK_RECORD_CLOCK_BACKWARDS]),
    [EK__METRIC_HEDGES] = offsetof(struct ek__tally, records[EK_RECORD_HEDGE]),
    [EK__METRIC_OVERFLOWS] = offsetof(struct ek__tally, records[EK_RECORD_OVERFLOW]),
    [EK__METRIC_REJECTED] = offsetof(struct ek__tally, records[EK_RECORD_REJECTED]),
    [EK__METRIC_UNHEALTHY] = offsetof(struct ek__tally, records[EK_RECORD_UNHEALTHY]),
    [EK__METRIC_SPARED] = offsetof(struct ek__tally, records[EK_RECORD_SPARED]),
    [EK__METRIC_WATCHERS_WOKEN] = offsetof(struct ek__tally, watchers_woken),
    [EK__METRIC_CHECKS_CRITICAL] = offsetof(struct ek__tally, checks_critical),
};

static struct ek__measured about_latency(enum ek__metric metric,
                                         const struct ek__histogram *latency)
{
    switch ((int)metric) {
    case EK__METRIC_P50:
        return quantile(latency, 500000, 1);
    case EK__METRIC_P90:
        return quantile(latency, 900000, 10);
    case EK__METRIC_P99:
        return quantile(latency, 990000, 100);
    case EK__METRIC_P999:
        return quantile(latency, 999000, 1000);
    case EK__METRIC_MAX:
        return quantile(latency, 1000000, 1);
    default:
        if (latency->count == 0)
            return unknown("no call finished");
        return (struct ek__measured){.value = ek__histogram_mean(latency),
                                     .samples = latency->count};
    }
}

static struct ek__measured about_shares(enum ek__metric metric, const struct ek__measure *m)
{
    const struct ek__tally *w = m->window;
    switch ((int)metric) {
    case EK__METRIC_SHARE:
        return part(w->endpoint_attempts[m->endpoint], w->attempts, 1000000, "no attempts");
    case EK__METRIC_MAX_SHARE:
        return part(most(w), w->attempts, 1000000, "no attempts");
    case EK__METRIC_MIN_SHARE:
        return part(w->endpoint_count > 0 ? fewest(w) : 0, w->attempts, 1000000, "no attempts");
    case EK__METRIC_MAX_OVER_MEAN:
        return part(most(w) * w->endpoint_count, w->attempts, 1000, "no attempts");
    case EK__METRIC_JAIN:
        return ratio_of_ppm(w, ek__tally_evenness(w).jain_ppm);
    default:
        return ratio_of_ppm(w, ek__tally_evenness(w).cv_ppm);
    }
}

/* The rest: each a case of its own. */
static struct ek__measured about_window(enum ek__metric metric, const struct ek__tally *w)
{
    switch ((int)metric) {
    case EK__METRIC_SUCCESS:
        return part(w->ok, w->ok + w->errors, 1000000, "no call finished");
    case EK__METRIC_ERRORS:
        return (struct ek__measured){.value = (int64_t)w->errors, .samples = w->calls};
    case EK__METRIC_UNFINISHED:
        return count(w->calls - w->ok - w->errors);
    case EK__METRIC_ATTEMPT_ERRORS:
        return (struct ek__measured){.value = (int64_t)w->attempts_failed, .samples = w->attempts};
    case EK__METRIC_ATTEMPT_SUCCESS:
        return part(w->attempts_ok, w->attempts_ok + w->attempts_failed, 1000000,
                    "no attempt finished");
    case EK__METRIC_AMPLIFICATION:
        return part(w->attempts, w->calls, 1000, "no calls");
    case EK__METRIC_CLIENTS_EJECTING:
        return count(ek__tally_clients_ejecting(w));
    case EK__METRIC_ENDPOINTS_LISTED_MIN:
        return known_count(w->listed_min, "no client had a list");
    case EK__METRIC_VIEW_AGE_MAX:
        return known_count(w->view_age_max_ns, "no client had an answer of a registry");
    case EK__METRIC_VIEW_STALE_MAX:
        return known_count(w->view_stale_max_ns < 0 ? 0 : w->view_stale_max_ns, "");
    case EK__METRIC_QUEUE_MAX:
        return count(w->queue_max);
    case EK__METRIC_BUSY_MAX:
        return count(w->busy_max);
    default:
        return unknown("no such metric");
    }
}

struct ek__measured ek__metric_measure(enum ek__metric metric, const struct ek__measure *m)
{
    EK_ASSERT(metric < EK__METRIC_COUNT);
    if (counters[metric] != 0) {
        uint64_t value;
        memcpy(&value, (const char *)m->window + counters[metric], sizeof value);
        return count(value);
    }
    if (metric >= EK__METRIC_P50 && metric <= EK__METRIC_MEAN)
        return about_latency(metric, &m->window->latency);
    if (metric >= EK__METRIC_SHARE && metric <= EK__METRIC_CV)
        return about_shares(metric, m);
    if (metric >= EK__METRIC_FAULT_SHARE && metric <= EK__METRIC_FAULT_ERRORS)
        return about_fault(metric, m);
    return about_window(metric, m->window);
}

/* ---- as text ---- */

/* The digits of a number, in threes. */
static void grouped(uint64_t value, char *out, size_t size)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    size_t used = 0;
    for (int i = 0; i < length && used + 2 < size; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
}

/* value / 10^scale with at most `decimals`, without zeros at the end. */
static void decimal(uint64_t value, int scale, int decimals, char *out, size_t size)
{
    uint64_t unit = 1;
    for (int i = decimals; i < scale; i++)
        unit *= 10;
    value = (value + unit / 2) / unit;
    uint64_t one = 1;
    for (int i = 0; i < decimals; i++)
        one *= 10;
    char whole[32];
    grouped(value / one, whole, sizeof whole);
    char fraction[8] = "";
    snprintf(fraction, sizeof fraction, "%0*" PRIu64, decimals, value % one);
    size_t length = decimals > 0 ? strlen(fraction) : 0;
    while (length > 0 && fraction[length - 1] == '0')
        length--;
    snprintf(out, size, "%s%s%.*s", whole, length > 0 ? "." : "", (int)length, fraction);
}

const char *ek__metric_text(enum ek_unit unit, int64_t value, int decimals, char *out, size_t size)
{
    char text[48];
    const char *sign = value < 0 ? "-" : "";
    uint64_t amount = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    switch (unit) {
    case EK_UNIT_COUNT:
        grouped(amount, text, sizeof text);
        break;
    case EK_UNIT_SHARE:
        decimal(amount, 4, decimals, text, sizeof text - 2);
        strcat(text, " %");
        break;
    case EK_UNIT_DURATION:
        return ek_duration_text(value, out, size);
    case EK_UNIT_RATIO:
        decimal(amount, 3, 3, text, sizeof text);
        break;
    }
    snprintf(out, size, "%s%s", sign, text);
    return out;
}
