#include "cli/again.h"

#include "cli/aside.h"
#include "cli/inject.h"
#include "cli/simulate.h"
#include "cli/trace.h"
#include "cli/verb.h"
#include "evenkeel/lb.h"
#include "sim/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    REPORT_SIZE = 4096,
    SAME_NAME_MAX = 1000,
    PARTIAL_MS = 100 /* how often a run that goes on is written, at most */
};

/* ---- names ---- */

static void clean(char *name)
{
    for (; *name != '\0'; name++) {
        bool is_plain = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
                        (*name >= '0' && *name <= '9') || *name == '-' || *name == '_';
        if (!is_plain)
            *name = '_';
    }
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Names that no file has: the dashboard may be reading the one before. */
static bool name_files(struct ek_tui_made *made, const char *stem, uint64_t seed)
{
    char plain[128];
    snprintf(plain, sizeof plain, "%.100s", stem);
    clean(plain);
    for (int number = 1; number <= SAME_NAME_MAX; number++) {
        char more[16] = "";
        if (number > 1)
            snprintf(more, sizeof more, "-%d", number);
        snprintf(made->recording, sizeof made->recording, EK_OUT_FOLDER "/%s-%" PRIu64 "%s.db",
                 plain, seed, more);
        snprintf(made->scenario, sizeof made->scenario, EK_OUT_FOLDER "/%s-%" PRIu64 "%s.json",
                 plain, seed, more);
        if (!exists(made->recording) && !exists(made->scenario))
            return true;
    }
    snprintf(made->why, sizeof made->why, EK_OUT_FOLDER " is full of runs called %.60s", plain);
    return false;
}

/* ---- running ---- */

/* The first complaint of a report, without the place that only a file would have. */
static void first_line(const char *report, char *out, size_t size)
{
    const char *at = strstr(report, "error: ");
    at = at != NULL ? at + 7 : strncmp(report, "evenkeel: ", 10) == 0 ? report + 10 : report;
    snprintf(out, size, "%.*s", (int)strcspn(at, "\n"), at);
}

/* What a run needs, and its process. */
struct begun {
    struct ek_aside *aside;
    struct ek_scenario *scenario;
    char command[1200], recording[512];
    bool is_latest;
};

static int work(void *context)
{
    const struct begun *begun = context;
    struct ek_simulated simulated = {.scenario = begun->scenario,
                                     .path = begun->recording,
                                     .is_latest = begun->is_latest,
                                     .command = begun->command,
                                     .partial_ns = PARTIAL_MS * EK_MS};
    struct ek_recorder *recorder = NULL;
    int code = ek_simulate_it(&simulated, &recorder);
    ek_recorder_free(recorder);
    return code;
}

static void forget(struct begun *begun)
{
    ek_aside_free(begun->aside);
    ek_scenario_free(begun->scenario);
    free(begun);
}

bool ek_again_begin(struct ek_scenario *scenario, const char *command, bool is_latest,
                    struct ek_tui_made *made)
{
    struct begun *begun = calloc(1, sizeof *begun);
    snprintf(made->why, sizeof made->why, "no memory, or no process, for it");
    if (begun == NULL) {
        ek_scenario_free(scenario);
        return false;
    }
    begun->scenario = scenario;
    begun->is_latest = is_latest;
    snprintf(begun->command, sizeof begun->command, "%s", command);
    snprintf(begun->recording, sizeof begun->recording, "%s", made->recording);
    begun->aside = ek_aside_start(work, begun);
    if (begun->aside == NULL) {
        forget(begun);
        return false;
    }
    made->run = begun;
    return true;
}

static bool begin(const char *path, const char *text, const struct ek_scenario_overrides *overrides,
                  const char *command, struct ek_tui_made *made)
{
    char report[REPORT_SIZE] = "";
    struct ek_scenario *scenario =
        ek_scenario_read(path, text, strlen(text), overrides, report, sizeof report);
    if (scenario != NULL)
        return ek_again_begin(scenario, command, false, made);
    first_line(report, made->why, sizeof made->why);
    return false;
}

static enum ek_tui_run look(void *self, struct ek_tui_made *made, bool waits)
{
    struct begun *begun = made->run;
    int code = ek_aside_look(begun->aside, waits);
    (void)self;
    if (code < 0)
        return EK_TUI_RUN_GOING;
    if (code == EK_EXIT_PASS || code == EK_EXIT_INTERRUPTED)
        return EK_TUI_RUN_OVER;
    first_line(ek_aside_said(begun->aside), made->why, sizeof made->why);
    return EK_TUI_RUN_FAILED;
}

static void stop(void *self, struct ek_tui_made *made)
{
    (void)self;
    forget(made->run);
    made->run = NULL;
}

/* ---- a fault more ---- */

/* The changed scenario says of itself that it is one. */
static bool mark_modified(json_t *scenario, const char *words, int64_t at_ns, char *stem,
                          size_t stem_size)
{
    const char *name = json_string_value(json_object_get(scenario, "name"));
    const char *ending = "-modified";
    char description[400];
    size_t length = name != NULL ? strlen(name) : 0;
    bool is_marked = length > strlen(ending) && strcmp(name + length - strlen(ending), ending) == 0;
    snprintf(stem, stem_size, "%.48s%s", name != NULL ? name : "run", is_marked ? "" : ending);
    snprintf(description, sizeof description, "Modified by hand: \"%.200s\" from %.3f s on. %.120s",
             words, (double)at_ns / 1e9,
             json_object_get(scenario, "description") != NULL
                 ? json_string_value(json_object_get(scenario, "description"))
                 : "");
    json_object_del(scenario, "$schema"); /* it was beside the file it came from */
    return json_object_set_new(scenario, "name", json_string(stem)) == 0 &&
           json_object_set_new(scenario, "description", json_string(description)) == 0;
}

static bool write_text(const char *path, const char *text, char *why, size_t why_size)
{
    FILE *out = NULL;
    if (mkdir(EK_OUT_FOLDER, 0777) == 0 || errno == EEXIST)
        out = fopen(path, "w");
    bool is_good = out != NULL && fputs(text, out) >= 0 && fputc('\n', out) != EOF;
    if (out != NULL && fclose(out) != 0)
        is_good = false;
    if (!is_good)
        snprintf(why, why_size, "%.200s cannot be written: %s", path, strerror(errno));
    return is_good;
}

static bool inject(void *self, const struct ek_replay *replay, int64_t at_ns, const char *words,
                   struct ek_tui_made *made)
{
    json_t *scenario = json_loads(ek_replay_scenario_json(replay), 0, NULL);
    const struct ek_results *results = ek_replay_results(replay);
    int64_t seed = (int64_t)results->seed;
    struct ek_scenario_overrides overrides = {.seed = &seed};
    char stem[80], command[700];
    char *text = NULL;
    bool is_good = false;
    (void)self;
    snprintf(made->why, sizeof made->why, "the recording does not hold its scenario");
    if (scenario != NULL &&
        ek_inject(scenario, replay, at_ns, words, made->why, sizeof made->why)) {
        is_good = json_object_set_new(scenario, "seed", json_integer(seed)) == 0 &&
                  mark_modified(scenario, words, at_ns, stem, sizeof stem) &&
                  (text = json_dumps(scenario, JSON_INDENT(2))) != NULL &&
                  name_files(made, stem, results->seed);
        snprintf(command, sizeof command, "evenkeel run %s", made->scenario);
        is_good = is_good && begin(made->scenario, text, &overrides, command, made);
        if (is_good && !write_text(made->scenario, text, made->why, sizeof made->why)) {
            stop(NULL, made);
            is_good = false;
        }
    }
    free(text);
    json_decref(scenario);
    return is_good;
}

/* ---- another policy ---- */

static bool rerun(void *self, const struct ek_replay *replay, const char *policy,
                  struct ek_tui_made *made)
{
    const struct ek_results *results = ek_replay_results(replay);
    int64_t seed = (int64_t)results->seed;
    struct ek_scenario_overrides overrides = {.seed = &seed, .policy = policy};
    char stem[128], command[1200];
    (void)self;
    snprintf(stem, sizeof stem, "%.48s-%.*s", results->scenario, (int)strcspn(policy, ",/ "),
             policy);
    snprintf(command, sizeof command, "%.900s --policy %.200s", results->command, policy);
    if (!name_files(made, stem, results->seed))
        return false;
    made->scenario[0] = '\0';
    return begin("the scenario", ek_replay_scenario_json(replay), &overrides, command, made);
}

static struct ek_replay *trace(void *self, const struct ek_replay *replay, uint64_t call, char *why,
                               size_t why_size)
{
    (void)self;
    return ek_trace(replay, call, why, why_size);
}

static const char *const faults[] = {
#define FAULT_WORD(NAME, word, targets, text) word,
    EK_FAULT_LIST(FAULT_WORD)
#undef FAULT_WORD
        NULL};

const struct ek_tui_hooks ek_again_hooks = {
    .faults = faults,
    .policies = ek_lb_all,
    .inject = inject,
    .rerun = rerun,
    .look = look,
    .stop = stop,
    .trace = trace,
};
