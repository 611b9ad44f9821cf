#include "cli/trace.h"

#include "sim/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    REPORT_SIZE = 4096
};

static struct ek_scenario *scenario_of(const struct ek_replay *replay, char *why, size_t why_size)
{
    const char *text = ek_replay_scenario_json(replay);
    int64_t seed = (int64_t)ek_replay_results(replay)->seed;
    struct ek_scenario_overrides overrides = {.seed = &seed};
    char report[REPORT_SIZE] = "";
    struct ek_scenario *scenario = ek_scenario_read("the recorded scenario", text, strlen(text),
                                                    &overrides, report, sizeof report);
    if (scenario == NULL)
        snprintf(why, why_size, "%.*s", (int)strcspn(report, "\n"), report);
    return scenario;
}

/* Into `path`; the fingerprint must be that of the recording. */
static bool run_again(const struct ek_replay *replay, const struct ek_scenario *scenario,
                      uint64_t number, const char *path, char *why, size_t why_size)
{
    struct ek_run_options options = {
        .recording_path = path,
        .command = ek_replay_results(replay)->command,
        .trace_call = number,
    };
    struct ek_recorder *recorder = NULL;
    if (ek_run(scenario, &options, &recorder, why, why_size) != EK_OK) {
        ek_recorder_free(recorder);
        return false;
    }
    uint64_t fingerprint = ek_recorder_fingerprint(recorder);
    ek_recorder_free(recorder);
    if (fingerprint == ek_replay_results(replay)->fingerprint)
        return true;
    snprintf(why, why_size,
             "this program runs the scenario differently: fingerprint %016" PRIx64
             ", recorded %016" PRIx64,
             fingerprint, ek_replay_results(replay)->fingerprint);
    return false;
}

struct ek_replay *ek_trace(const struct ek_replay *replay, uint64_t number, char *why,
                           size_t why_size)
{
    const char *folder = getenv("TMPDIR");
    char place[512], path[560];
    struct ek_replay *traced = NULL;
    if (ek_replay_results(replay)->interrupted) {
        snprintf(why, why_size, "the run was interrupted, so it cannot be repeated");
        return NULL;
    }
    if (strncmp(ek_replay_results(replay)->command, "evenkeel live ", 14) == 0) {
        snprintf(why, why_size, "it was a live run, which cannot be repeated");
        return NULL;
    }
    struct ek_scenario *scenario = scenario_of(replay, why, why_size);
    if (scenario == NULL)
        return NULL;
    snprintf(place, sizeof place, "%.480s/evenkeel-XXXXXX",
             folder != NULL && folder[0] != '\0' ? folder : "/tmp");
    if (mkdtemp(place) == NULL) {
        snprintf(why, why_size, "no folder for the run: %s", strerror(errno));
    } else {
        snprintf(path, sizeof path, "%s/run.db", place);
        if (run_again(replay, scenario, number, path, why, why_size))
            traced = ek_replay_open(path, why, why_size);
        unlink(path);
        rmdir(place);
    }
    ek_scenario_free(scenario);
    return traced;
}
