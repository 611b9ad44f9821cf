/* One run of the simulator for the benchmark, and what it takes. */
#include "cli/bench.h"

#include "reports/recording/results.h"
#include "sim/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double ek_bench_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

double ek_bench_median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

static const char scenario_text[] =
    "{\"name\": \"bench\", \"duration\": \"%lldms\", \"endpoints\": {\"count\": %d, \"name\": "
    "\"b%%05d\", \"workers\": 1, \"service\": {\"exponential\": {\"mean\": \"9ms\"}}}, "
    "\"clients\": {\"count\": %d, \"arrivals\": {\"poisson\": \"%d/s\"}, \"deadline\": \"1s\", "
    "\"serviceConfig\": {\"loadBalancingConfig\": [{\"%s\": {}}]}}, "
    "\"network\": {\"delay\": \"200us\"}}";

bool ek_bench_run(const struct ek_bench_load *load, struct ek_bench_run *out)
{
    char text[1024], report[1024], why[256] = "";
    struct ek_scenario_overrides overrides = {0};
    struct ek_run_options options = {.recording_path = load->path};
    struct ek_recorder *recorder = NULL;
    struct ek_scenario *scenario;
    int rate = load->endpoints * 100;
    bool is_good;

    snprintf(text, sizeof text, scenario_text, (long long)(load->calls * 1000 / rate),
             load->endpoints, load->clients, rate, load->policy);
    scenario = ek_scenario_read("bench", text, strlen(text), &overrides, report, sizeof report);
    if (scenario == NULL) {
        fputs(report, stderr);
        return false;
    }
    out->ns = ek_bench_now_ns();
    is_good = ek_run(scenario, &options, &recorder, why, sizeof why) == EK_OK;
    out->ns = ek_bench_now_ns() - out->ns;
    if (is_good) {
        const struct ek_results *results = ek_recorder_results(recorder);

        out->calls = results->calls;
        out->sim_ns = results->sim_ns;
    } else {
        fprintf(stderr, "evenkeel bench: %s\n", why);
    }
    ek_recorder_free(recorder);
    ek_scenario_free(scenario);
    return is_good;
}

double ek_bench_peak(bool (*work)(const void *what), const void *what)
{
    struct rusage usage;
    int status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0)
        _exit(work(what) ? 0 : 1);
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0)
        return -1;
    return (double)usage.ru_maxrss * 1024;
}
