/* Memory: what one more client, endpoint or pending event takes, and whether a day takes more than
 * an hour. */
#include "cli/bench.h"

#include "sim/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool run(const void *what)
{
    struct ek_bench_run out;

    return ek_bench_run(what, &out);
}

static bool pend(const void *what)
{
    struct ek_engine engine = {0};

    for (uint32_t i = 0; i < *(const uint32_t *)what; i++) {
        uint32_t slot = ek_engine_acquire(&engine, (struct ek_sim_event){0, i});

        if (slot == EK_ENGINE_NO_SLOT)
            return false;
        ek_engine_set(&engine, slot, i);
    }
    ek_engine_deinit(&engine);
    return true;
}

static bool add(json_t *rows, const char *what, double few, double many, double more)
{
    if (few < 0 || many < 0)
        return false;
    json_array_append_new(
        rows, json_pack("{s:s, s:f}", "of", what, "bytes", many > few ? (many - few) / more : 0));
    return true;
}

bool ek_bench_sizes(json_t *rows)
{
    const struct ek_bench_load small = {"round_robin", 10, 10, 1000, NULL};
    const struct ek_bench_load clients = {"round_robin", 10010, 10, 1000, NULL};
    const struct ek_bench_load endpoints = {"round_robin", 10, 10010, 2002, NULL};
    const uint32_t few = 1000, many = 1001000;
    double base = ek_bench_peak(run, &small);

    return add(rows, "client of 10 endpoints", base, ek_bench_peak(run, &clients), 1e4) &&
           add(rows, "endpoint of 10 clients", base, ek_bench_peak(run, &endpoints), 1e4) &&
           add(rows, "pending event", ek_bench_peak(pend, &few), ek_bench_peak(pend, &many), 1e6);
}

void ek_bench_sizes_print(const json_t *rows)
{
    const json_t *row;
    size_t i;

    printf("\nmemory of a whole simulation, peak     bytes\n");
    json_array_foreach(rows, i, row)
        printf("  one more %-26s %7.0f\n", json_string_value(json_object_get(row, "of")),
               json_real_value(json_object_get(row, "bytes")));
}

/* ---- a day ---- */

static bool stretch(json_t *rows, int hours)
{
    char path[] = "/tmp/evenkeel-bench-XXXXXX";
    struct ek_bench_load load = {"round_robin", 1, 10, (int64_t)hours * 3600000, path};
    struct stat file = {0};
    double peak;
    int fd = mkstemp(path);

    if (fd < 0)
        return false;
    close(fd);
    peak = ek_bench_peak(run, &load);
    if (stat(path, &file) != 0)
        peak = -1;
    unlink(path);
    if (peak < 0)
        return false;
    json_array_append_new(rows, json_pack("{s:i, s:I, s:f, s:f}", "hours", hours, "calls_offered",
                                          (json_int_t)load.calls, "peak_bytes", peak,
                                          "recording_bytes", (double)file.st_size));
    return true;
}

bool ek_bench_day(json_t *rows)
{
    return stretch(rows, 1) && stretch(rows, 24);
}

void ek_bench_day_print(const json_t *rows)
{
    const json_t *row;
    size_t i;

    printf("1,000 calls a second, 10 endpoints        calls   peak memory   recording\n");
    json_array_foreach(rows, i, row)
        printf("  %2" JSON_INTEGER_FORMAT " simulated hours            %12" JSON_INTEGER_FORMAT
               " %10.1f MB %8.2f MB\n",
               json_integer_value(json_object_get(row, "hours")),
               json_integer_value(json_object_get(row, "calls_offered")),
               json_real_value(json_object_get(row, "peak_bytes")) / 1e6,
               json_real_value(json_object_get(row, "recording_bytes")) / 1e6);
}
