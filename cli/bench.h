/* What the parts of the benchmark share: the clock, the median, scenarios as large as asked for. */
#ifndef EK_CLI_BENCH_H
#define EK_CLI_BENCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    EK_BENCH_RUNS = 3
};

/* The processor's time, not the wall's: other programs may run beside. */
double ek_bench_now_ns(void);

/* Sorts. */
double ek_bench_median(double *values, int count);

/* `calls` of `clients` in all to `endpoints` at rho 0.9, one worker each, deadline 1 s. */
struct ek_bench_load {
    const char *policy;
    int clients, endpoints;
    int64_t calls;
    const char *path; /* of the recording; NULL: none */
};

struct ek_bench_run {
    double ns; /* of the processor, set-up included */
    uint64_t calls;
    int64_t sim_ns;
};

/* False: it failed, and stderr says why. */
bool ek_bench_run(const struct ek_bench_load *load, struct ek_bench_run *out);

/* Peak memory, in bytes, of a process that does `work` and nothing else; negative: it failed. */
double ek_bench_peak(bool (*work)(const void *what), const void *what);

/* The parts: each appends an object per row. False: it failed. */
bool ek_bench_engine(json_t *rows);
bool ek_bench_calls(json_t *rows);
bool ek_bench_sizes(json_t *rows);
bool ek_bench_day(json_t *rows);
void ek_bench_engine_print(const json_t *rows);
void ek_bench_calls_print(const json_t *rows);
void ek_bench_sizes_print(const json_t *rows);
void ek_bench_day_print(const json_t *rows);

/* Prints what is in both, as ratios; false: it is not such a file, and stderr says so. */
bool ek_bench_compare(json_t *now, const char *baseline_path);

#endif
