/* OpenMetrics text: https://prometheus.io/docs/specs/om/open_metrics_spec/ */
#include "reports/export/export_formats.h"

#include "reports/recording/curve.h"
#include "reports/text/render_text.h"

#include <inttypes.h>

/* Label values escape backslash, quote and line feed. */
static void label(FILE *out, const char *name, const char *value, bool is_first)
{
    fprintf(out, "%s%s=\"", is_first ? "" : ",", name);
    for (const char *p = value; *p != '\0';) {
        const char *start = p;
        uint32_t c = ek__character(&p);
        if (c == '\n')
            fputs("\\n", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (char)c);
        else if (ek__is_control(c))
            fputc('?', out);
        else
            fwrite(start, 1, (size_t)(p - start), out);
    }
    fputc('"', out);
}

static void family(FILE *out, const char *name, const char *type, const char *unit,
                   const char *help)
{
    fprintf(out, "# TYPE %s %s\n", name, type);
    if (unit[0] != '\0')
        fprintf(out, "# UNIT %s %s\n", name, unit);
    fprintf(out, "# HELP %s %s\n", name, help);
}

/* Seconds without an exponent; never negative. */
static void seconds(FILE *out, int64_t ns)
{
    uint64_t value = ns > 0 ? (uint64_t)ns : 0;
    fprintf(out, "%" PRIu64 ".%09" PRIu64 "\n", value / UINT64_C(1000000000),
            value % UINT64_C(1000000000));
}

static void put_run(FILE *out, const struct ek_results *r)
{
    char text[40];
    family(out, "evenkeel_run", "info", "", "What was run.");
    fputs("evenkeel_run_info{", out);
    label(out, "scenario", r->scenario, true);
    label(out, "policy", r->policy, false);
    snprintf(text, sizeof text, "%" PRIu64, r->seed);
    label(out, "seed", text, false);
    snprintf(text, sizeof text, "%016" PRIx64, r->fingerprint);
    label(out, "fingerprint", text, false);
    fputs("} 1\n", out);
    family(out, "evenkeel_virtual_time_seconds", "gauge", "seconds", "Simulated time.");
    fputs("evenkeel_virtual_time_seconds ", out);
    seconds(out, r->sim_ns);
}

static void put_calls(FILE *out, const struct ek_results *r)
{
    family(out, "evenkeel_calls", "counter", "", "Finished calls.");
    fprintf(out, "evenkeel_calls_total{outcome=\"ok\"} %" PRIu64 "\n", r->ok);
    fprintf(out, "evenkeel_calls_total{outcome=\"error\"} %" PRIu64 "\n", r->errors);
    family(out, "evenkeel_phase_calls", "counter", "", "Finished calls by when they were planned.");
    for (size_t i = 1; i < r->phase_count; i++) {
        for (int is_error = 0; is_error < 2; is_error++) {
            fputs("evenkeel_phase_calls_total{", out);
            label(out, "phase", r->phases[i].name, true);
            label(out, "outcome", is_error ? "error" : "ok", false);
            fprintf(out, "} %" PRIu64 "\n", is_error ? r->phases[i].errors : r->phases[i].ok);
        }
    }
    family(out, "evenkeel_retries", "counter", "", "Attempts after a call's first.");
    fprintf(out, "evenkeel_retries_total %" PRIu64 "\n", r->retries);
    family(out, "evenkeel_attempts", "counter", "", "Attempts that started.");
    for (size_t e = 0; e < r->endpoint_count && r->phase_count > 0; e++) {
        fputs("evenkeel_attempts_total{", out);
        label(out, "endpoint", r->endpoint_names[e], true);
        label(out, "zone", r->endpoint_zones[e], false);
        fprintf(out, "} %" PRIu64 "\n", r->phases[0].endpoint_attempts[e]);
    }
}

static void put_latency(FILE *out, const struct ek_results *r)
{
    const struct ek_latency *l = &r->latency;
    const struct {
        const char *quantile;
        int64_t ns;
    } rows[] = {{"0.5", l->p50_ns},
                {"0.9", l->p90_ns},
                {"0.99", l->p99_ns},
                {"0.999", l->p999_ns},
                {"1", l->max_ns}};
    family(out, "evenkeel_call_latency_seconds", "summary", "seconds",
           "Latency of finished calls, from the planned time.");
    for (size_t i = 0; l->count > 0 && i < sizeof rows / sizeof rows[0]; i++) {
        fprintf(out, "evenkeel_call_latency_seconds{quantile=\"%s\"} ", rows[i].quantile);
        seconds(out, rows[i].ns);
    }
    fprintf(out, "evenkeel_call_latency_seconds_count %" PRIu64 "\n", l->count);
    fprintf(out, "evenkeel_call_latency_seconds_sum %.9g\n",
            (double)l->mean_ns / 1e9 * (double)l->count);
}

/* How many calls took at most so long. A bucket of the recording counts where all of it fits. */
static void put_histogram(FILE *out, const struct ek_replay *replay)
{
    const struct ek_results *r = ek_replay_results(replay);
    static const int factors[] = {1, 2, 5};
    struct ek_curve curve = {NULL, 0, 0};
    if (r->phase_count > 0)
        curve = ek_replay_curve(replay, 0);
    uint64_t seen = 0;
    size_t next = 0;
    family(out, "evenkeel_call_duration_seconds", "histogram", "seconds",
           "The same latency by how many calls took at most so long.");
    for (int64_t power = 100000; power <= INT64_C(10000000000); power *= 10)
        for (int i = 0; i < 3; i++) {
            int64_t limit = power * factors[i];
            while (next < curve.count && curve.buckets[next].high_ns <= limit)
                seen += curve.buckets[next++].calls;
            fprintf(out, "evenkeel_call_duration_seconds_bucket{le=\"%g%s\"} %" PRIu64 "\n",
                    (double)limit / 1e9, limit % INT64_C(1000000000) == 0 ? ".0" : "", seen);
        }
    fprintf(out, "evenkeel_call_duration_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", curve.calls);
    fprintf(out, "evenkeel_call_duration_seconds_count %" PRIu64 "\n", curve.calls);
    fprintf(out, "evenkeel_call_duration_seconds_sum %.9g\n",
            (double)r->latency.mean_ns / 1e9 * (double)curve.calls);
}

static void put_fault_times(FILE *out, const struct ek_results *r, const char *name,
                            const char *help, int which)
{
    family(out, name, "gauge", "seconds", help);
    for (size_t f = 0; f < r->fault_count; f++) {
        const struct ek_failover *fault = &r->faults[f];
        int64_t ns = which == 0   ? fault->detect_ns
                     : which == 1 ? fault->divert_ns
                                  : fault->recover_ns;
        if (ns < 0)
            continue;
        fprintf(out, "%s{", name);
        label(out, "fault", fault->id, true);
        fputs("} ", out);
        seconds(out, ns);
    }
}

static void put_faults(FILE *out, const struct ek_results *r)
{
    put_fault_times(out, r, "evenkeel_fault_detect_seconds",
                    "From a fault's start to the first reaction; absent: never.", 0);
    put_fault_times(out, r, "evenkeel_fault_divert_seconds",
                    "From a fault's start until its traffic had left; absent: never.", 1);
    put_fault_times(out, r, "evenkeel_fault_recover_seconds",
                    "From a fault's end until its traffic was back; absent: never.", 2);
    family(out, "evenkeel_fault_errors", "counter", "", "Failed calls charged to a fault.");
    for (size_t f = 0; f < r->fault_count; f++) {
        fputs("evenkeel_fault_errors_total{", out);
        label(out, "fault", r->faults[f].id, true);
        fprintf(out, "} %" PRIu64 "\n", r->faults[f].errors);
    }
}

/* Two expectations may say the same; the number keeps their series apart. */
static void put_expectations(FILE *out, const struct ek_results *r)
{
    char text[512];
    family(out, "evenkeel_expectation_holds", "gauge", "",
           "1: it holds, 0: it does not, NaN: this run cannot tell.");
    for (size_t i = 0; i < r->judged_count; i++) {
        const struct ek_judged *judged = &r->judged[i];
        fputs("evenkeel_expectation_holds{", out);
        snprintf(text, sizeof text, "%zu", i);
        label(out, "number", text, true);
        label(out, "text", ek__judged_text(judged, text, sizeof text), false);
        fprintf(out, "} %s\n",
                judged->verdict == EK_VERDICT_PASS   ? "1"
                : judged->verdict == EK_VERDICT_FAIL ? "0"
                                                     : "NaN");
    }
}

static void put_events(FILE *out, const struct ek_replay *replay)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    uint64_t kept[EK_RECORD_COUNT] = {0};
    for (size_t i = 0; i < count; i++)
        kept[events[i].kind]++;
    family(out, "evenkeel_recorded_events", "counter", "", "Events kept in the recording.");
    for (int kind = 0; kind < EK_RECORD_COUNT; kind++)
        fprintf(out, "evenkeel_recorded_events_total{kind=\"%s\"} %" PRIu64 "\n",
                ek_record_word((enum ek_record_kind)kind), kept[kind]);
}

void ek__export_openmetrics(struct ek_replay *replay, FILE *out)
{
    const struct ek_results *r = ek_replay_results(replay);
    put_run(out, r);
    put_calls(out, r);
    put_latency(out, r);
    put_histogram(out, replay);
    put_faults(out, r);
    put_expectations(out, r);
    put_events(out, replay);
    fputs("# EOF\n", out);
}
