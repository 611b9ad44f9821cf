/* Every scenario has its golden fingerprint, whatever built this program: tests/cli/builds.sh
 * builds it in many ways. With a seed as argument, those of that seed only. */
#include "reports/recording/results.h"
#include "sim/run.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *only_seed;

/* As tests/cli/fingerprints.sh does: the queues of theory for their first second. */
static uint64_t fingerprint(const char *name, int64_t seed)
{
    struct ek_scenario_overrides overrides = {
        .seed = &seed,
        .until_ns = strncmp(name, "theory/", 7) == 0 ? EK_S : 0,
    };
    struct ek_run_options options = {.recording_path = NULL};
    struct ek_recorder *recorder = NULL;
    struct ek_scenario *scenario;
    char path[128], report[1024] = "", why[256] = "";
    uint64_t out;

    snprintf(path, sizeof path, "scenarios/%s.json", name);
    scenario = ek_scenario_load(path, &overrides, report, sizeof report);
    if (scenario == NULL)
        fail_msg("%s", report);
    if (ek_run(scenario, &options, &recorder, why, sizeof why) != EK_OK)
        fail_msg("%s: %s", name, why);
    out = ek_recorder_results(recorder)->fingerprint;
    ek_recorder_free(recorder);
    ek_scenario_free(scenario);
    return out;
}

static void every_scenario_has_its_fingerprint(void **state)
{
    FILE *golden = fopen("tests/cli/fingerprints.txt", "r");
    char line[128];
    int lines = 0, wrong = 0;

    (void)state;
    assert_non_null(golden);
    while (fgets(line, sizeof line, golden) != NULL) {
        char name[64], seed[16];
        uint64_t wanted, got;

        assert_int_equal(sscanf(line, "%63s %15s %16" SCNx64, name, seed, &wanted), 3);
        if (only_seed != NULL && strcmp(seed, only_seed) != 0)
            continue;
        got = fingerprint(name, strtoll(seed, NULL, 10));
        if (got != wanted)
            printf("%s %s: %016" PRIx64 ", wanted %016" PRIx64 "\n", name, seed, got, wanted);
        wrong += got != wanted;
        lines++;
    }
    fclose(golden);
    assert_true(lines > 0);
    assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_scenario_has_its_fingerprint)};

    only_seed = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
