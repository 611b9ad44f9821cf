/* Nothing leaks with time: six times the calls in as many intervals take no more memory. */
#include "reports/recording/results.h"
#include "sim/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* 100 calls a second; more than 10,000 fill the sample of calls that is kept. */
static const char text[] =
    "{\"name\": \"bounded\", \"duration\": \"10m\", \"endpoints\": {\"count\": 10, \"name\": "
    "\"b%02d\", \"workers\": 1, \"service\": {\"exponential\": {\"mean\": \"50ms\"}}}, "
    "\"clients\": "
    "{\"arrivals\": {\"poisson\": \"100/s\"}, \"deadline\": \"1s\"}, \"network\": {\"delay\": "
    "\"200us\"}}";

/* The link options put these between the program and libc. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t unit, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t unit, size_t size);

static uint64_t allocations, bytes;

static void count(size_t size)
{
    allocations++;
    bytes += size;
}

void *__wrap_malloc(size_t size)
{
    count(size);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t number, size_t size)
{
    count(number * size);
    return __real_calloc(number, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    count(size);
    return __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t unit, size_t size)
{
    count(size);
    return __real_aligned_alloc(unit, size);
}

struct need {
    uint64_t calls, allocations, bytes;
    int64_t recording_bytes;
};

static struct need needed(const char *duration)
{
    char set[64], report[2048], why[256] = "", path[] = "/tmp/evenkeel-bounded-XXXXXX";
    const char *const sets[] = {set};
    struct ek_scenario_overrides overrides = {.sets = sets, .set_count = 1};
    struct ek_run_options options = {.recording_path = path};
    struct ek_scenario *scenario;
    struct ek_recorder *recorder = NULL;
    struct need need = {0};
    struct stat file;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    snprintf(set, sizeof set, "/duration=%s", duration);
    scenario = ek_scenario_read("bounded", text, strlen(text), &overrides, report, sizeof report);
    assert_non_null(scenario);
    allocations = bytes = 0;
    assert_int_equal(ek_run(scenario, &options, &recorder, why, sizeof why), EK_OK);
    need.allocations = allocations;
    need.bytes = bytes;
    need.calls = ek_recorder_results(recorder)->calls;
    assert_int_equal(stat(path, &file), 0);
    need.recording_bytes = file.st_size;
    unlink(path);
    ek_recorder_free(recorder);
    ek_scenario_free(scenario);
    return need;
}

/* A duration is cut into 1,200 intervals, so both have as many. All
 * allocations are counted: a tenth is left to queues and histograms that see rarer extremes. */
static void six_times_the_calls_take_no_more_memory(void **state)
{
    struct need few = needed("10m"), many = needed("60m");

    (void)state;
    print_message("%llu and %llu allocations, %llu and %llu bytes in all, recordings of %lld and "
                  "%lld bytes\n",
                  (unsigned long long)few.allocations, (unsigned long long)many.allocations,
                  (unsigned long long)few.bytes, (unsigned long long)many.bytes,
                  (long long)few.recording_bytes, (long long)many.recording_bytes);
    assert_true(many.calls > 5 * few.calls);
    assert_true(many.allocations < few.allocations + few.allocations / 10);
    assert_true(many.recording_bytes < few.recording_bytes + few.recording_bytes / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_times_the_calls_take_no_more_memory),
    };

    return cmocka_run_group_tests_name("sim/bounded", tests, NULL, NULL);
}
