/* evenkeel validate: simulated queues against the formulas of queueing theory. */
#include "cli/arguments.h"
#include "cli/verb.h"
#include "reports/stats/measure.h"
#include "sim/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "  evenkeel validate --fast\n"
    "  evenkeel validate mm1-90 supermarket-2\n"
    "\n"
    "usage: evenkeel validate [OPTION]... [CASE]...\n"
    "Runs queues whose mean, quantile or loss is known in closed form (scenarios/theory), through\n"
    "the same simulator and the same core as everything else, and prints theory, measurement and\n"
    "95 % interval: one long run, its first tenth deleted, 20 batches, Student's t. A number "
    "agrees\n"
    "when theory lies in its 99.9 % interval and the 95 % one is at most 5 % of it wide to each "
    "side.\n"
    "  --fast                the length that the scenarios state; otherwise 20 times that\n"
    "  --json                prints one JSON object\n"
    "exit code: 0 all agree, 1 some do not, 4 there is no such case\n";

enum {
    LONGER = 20,
    REPORT_SIZE = 16 * 1024,
    METRICS_MAX = 4
};

static const double level = .95, verdict_level = .999, precision = .05;

/* The library's theory folder, from one server to many. */
static const struct theory {
    const char *name;
    bool is_limit; /* the formula is for infinitely many endpoints: run n and n / 2 of them */
} cases[] = {
    {"mm1-50", false},
    {"mm1-80", false},
    {"mm1-90", false},
    {"md1-80", false},
    {"mg1-uniform-80", false},
    {"mg1-lognormal-50", false},
    {"mg1-hyperexponential-50", false},
    {"mm1-ps-80", false},
    {"md1-ps-80", false},
    {"mh1-ps-80", false},
    {"mm2-ps-80", false},
    {"mmc-2-80", false},
    {"mmc-10-90", false},
    {"erlang-b-10", false},
    {"erlang-b-5-constant", false},
    {"mmck-1-10", false},
    {"mmck-4-20", false},
    {"round-robin-2-80", false},
    {"round-robin-10-90", false},
    {"supermarket-1", false},
    {"supermarket-2", true},
    {"supermarket-p2c", true},
    {"supermarket-3", true},
};

enum {
    CASE_COUNT = sizeof cases / sizeof cases[0]
};

/* One number of a case. */
struct finding {
    const char *name;
    const struct ek_metric *metric;
    double theory; /* ns, or a share of 1 */
    double slack;  /* the histogram's buckets cannot tell more */
    struct ek_estimate estimate;
};

static const char *verdict_of(const struct finding *f)
{
    double width = ek_estimate_half_width(&f->estimate, verdict_level);

    if (!ek_estimate_is_precise(&f->estimate, precision))
        return "too wide";
    return fabs(f->estimate.mean - f->theory) <= width + f->slack ? "agrees" : "differs";
}

static bool agrees(const struct finding *f)
{
    return strcmp(verdict_of(f), "agrees") == 0;
}

/* ---- running ---- */

/* The scenario's closed forms; the number of them. */
static size_t read_theory(const struct theory *theory, const struct ek_scenario *scenario,
                          struct finding *out)
{
    const struct ek_expectation *expect = scenario->expect.items;
    size_t n = 0;

    for (size_t i = 0; i < scenario->expect.count && n < METRICS_MAX; i++) {
        const struct ek_metric *metric = ek_metric_find(expect[i].metric);
        int64_t value = 0;
        char why[128];
        bool is_quantile;

        if (expect[i].mark != EK_MARK_DERIVED || expect[i].equals == NULL || metric == NULL ||
            !ek_metric_limit(metric, expect[i].equals, &value, why, sizeof why))
            continue;
        is_quantile = metric->name[0] == 'p';
        out[n++] = (struct finding){
            .name = theory->name,
            .metric = metric,
            .theory = (double)value * (metric->unit == EK_UNIT_SHARE ? 1e-6 : 1),
            .slack = is_quantile ? (double)value / 64 : 0,
        };
    }
    return n;
}

/* Runs it with the windows of all findings as its expectations, and fills their estimates. */
static bool measure(struct ek_scenario *scenario, struct finding *findings, size_t count)
{
    struct ek_list own = scenario->expect;
    struct ek_expectation windows[METRICS_MAX * EK_BATCHES] = {{0}};
    struct ek_run_options options = {0};
    struct ek_recorder *recorder = NULL;
    char why[256] = "out of memory";
    bool is_done = true;

    for (size_t i = 0; i < count; i++)
        is_done = ek_measure_windows(findings[i].metric->name, scenario->duration_ns,
                                     &windows[i * EK_BATCHES]) &&
                  is_done;
    scenario->expect = (struct ek_list){windows, count * EK_BATCHES};
    is_done = is_done && ek_run(scenario, &options, &recorder, why, sizeof why) == EK_OK;
    for (size_t i = 0; is_done && i < count; i++)
        findings[i].estimate =
            ek_measure_estimate(&ek_recorder_results(recorder)->judged[i * EK_BATCHES], level);
    if (!is_done)
        fprintf(stderr, "evenkeel: %s\n", why);
    scenario->expect = own;
    for (size_t i = 0; i < count; i++)
        ek_measure_release(&windows[i * EK_BATCHES]);
    ek_recorder_free(recorder);
    return is_done;
}

/* Half of the endpoints with half of the load, under other draws. */
static void halve(struct ek_scenario *scenario)
{
    struct ek_endpoint_group *endpoints = scenario->endpoints.items;
    struct ek_client_group *clients = scenario->clients.items;

    endpoints->count /= 2;
    clients->arrivals.poisson_rate /= 2;
    scenario->seed++;
}

static bool run_case(const struct theory *theory, bool is_fast, struct finding *findings,
                     size_t *count)
{
    char path[64], *report = malloc(REPORT_SIZE);
    struct ek_scenario *scenario;
    bool is_done;

    *count = 0;
    if (report == NULL)
        return false;
    snprintf(path, sizeof path, "theory/%s", theory->name);
    scenario = ek_scenario_load(path, NULL, report, REPORT_SIZE);
    if (scenario == NULL) {
        fputs(report, stderr);
        free(report);
        return false;
    }
    free(report);
    if (!is_fast)
        scenario->duration_ns *= LONGER;
    *count = read_theory(theory, scenario, findings);
    is_done = measure(scenario, findings, *count);
    if (is_done && theory->is_limit) {
        struct finding half[METRICS_MAX];

        memcpy(half, findings, sizeof half);
        halve(scenario);
        is_done = measure(scenario, half, *count);
        for (size_t i = 0; i < *count; i++)
            findings[i].estimate = ek_measure_limit(&half[i].estimate, &findings[i].estimate);
    }
    ek_scenario_free(scenario);
    return is_done;
}

/* ---- telling ---- */

static void print_head(void)
{
    printf("%-24s %-8s %12s %12s   %-24s %8s  %s\n", "case", "metric", "theory", "measured",
           "95 % interval", "off", "verdict");
}

static void print_finding(const struct finding *f)
{
    double unit = f->metric->unit == EK_UNIT_SHARE ? 100 : 1e-6;
    const char *word = f->metric->unit == EK_UNIT_SHARE ? "%" : "ms";
    double low = f->estimate.mean - f->estimate.half_width - f->slack;
    double high = f->estimate.mean + f->estimate.half_width + f->slack;
    char interval[48];

    snprintf(interval, sizeof interval, "%.4f .. %.4f %s", low * unit, high * unit, word);
    printf("%-24s %-8s %9.4f %-2s %9.4f %-2s   %-24s %+7.2f%%  %s%s\n", f->name, f->metric->name,
           f->theory * unit, word, f->estimate.mean * unit, word, interval,
           100 * (f->estimate.mean / f->theory - 1), verdict_of(f),
           f->estimate.is_correlated ? ", batches correlated" : "");
}

static json_t *json_of(const struct finding *f)
{
    return json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:I, s:i, s:b, s:s}", "case", f->name,
                     "metric", f->metric->name, "theory", f->theory, "measured", f->estimate.mean,
                     "half_width", f->estimate.half_width, "level", f->estimate.level, "resolution",
                     f->slack, "calls", (json_int_t)f->estimate.count, "batches",
                     (int)f->estimate.batches, "correlated", (int)f->estimate.is_correlated,
                     "verdict", verdict_of(f));
}

static void print_end(size_t agreed, size_t total, bool is_json, json_t *list)
{
    if (is_json) {
        json_t *all = json_pack("{s:I, s:I, s:o}", "agreed", (json_int_t)agreed, "numbers",
                                (json_int_t)total, "findings", list);

        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(all);
        return;
    }
    printf("%zu of %zu numbers agree with theory\n", agreed, total);
}

static bool is_wanted(const struct ek_arguments *arguments, const char *name)
{
    bool is_named = arguments->name_count == 0;

    for (int i = 0; i < arguments->name_count; i++)
        is_named |= strcmp(arguments->names[i], name) == 0;
    return is_named;
}

static int validate(const struct ek_arguments *arguments, bool is_fast)
{
    json_t *list = json_array();
    size_t agreed = 0, total = 0;

    if (!arguments->json)
        print_head();
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct finding findings[METRICS_MAX] = {{0}};
        size_t count;

        if (!is_wanted(arguments, cases[i].name))
            continue;
        if (!run_case(&cases[i], is_fast, findings, &count)) {
            json_decref(list);
            return EK_EXIT_INPUT;
        }
        for (size_t k = 0; k < count; k++, total++) {
            agreed += agrees(&findings[k]);
            if (arguments->json)
                json_array_append_new(list, json_of(&findings[k]));
            else
                print_finding(&findings[k]);
        }
        fflush(stdout);
    }
    print_end(agreed, total, arguments->json, list);
    if (!arguments->json)
        json_decref(list);
    return agreed == total ? EK_EXIT_PASS : EK_EXIT_FAIL;
}

/* A case that is not there is named, with all that are. */
static bool know(const struct ek_arguments *arguments)
{
    for (int i = 0; i < arguments->name_count; i++) {
        bool is_known = false;

        for (size_t k = 0; k < CASE_COUNT; k++)
            is_known |= strcmp(arguments->names[i], cases[k].name) == 0;
        if (is_known)
            continue;
        fprintf(stderr, "evenkeel: no case \"%.40s\"; there are", arguments->names[i]);
        for (size_t k = 0; k < CASE_COUNT; k++)
            fprintf(stderr, "%s %s", k == 0 ? "" : ",", cases[k].name);
        fputc('\n', stderr);
        return false;
    }
    return true;
}

int ek_verb_validate(int argc, char **argv)
{
    struct ek_arguments arguments;
    bool is_fast = false;
    int kept = 1, code;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--fast") == 0)
            is_fast = true;
        else
            argv[kept++] = argv[i];
    }
    code = ek_arguments_read(kept, argv, "j", help, &arguments);
    if (code >= 0)
        return code;
    return know(&arguments) ? validate(&arguments, is_fast) : EK_EXIT_NOTHING;
}
