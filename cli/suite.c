/* Running a suite: one process a run, so that nothing is shared between two of them. */
#include "cli/suite.h"

#include "cli/simulate.h"
#include "cli/verb.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATH_SIZE = 1200,
    REPORT_SIZE = 64 * 1024
};

/* A signal handler can reach nothing else. */
static volatile sig_atomic_t stop_signal;

static void request_stop(int number)
{
    stop_signal = number;
}

/* ---- one run ---- */

static void complain(struct ek_suite_case *one, const char *text)
{
    free(one->complaints);
    one->complaints = strdup(text);
}

static bool is_taken(const struct ek_suite *suite, const char *path)
{
    for (size_t i = 0; i < suite->count; i++)
        if (suite->cases[i].recording != NULL && strcmp(suite->cases[i].recording, path) == 0)
            return true;
    return false;
}

/* Two scenarios of one name have recordings of their own. */
static void choose_recording(const struct ek_suite *suite, struct ek_suite_case *one,
                             const char *scenario_name)
{
    char path[PATH_SIZE], clean[100];
    size_t n = 0;
    for (; scenario_name[n] != '\0' && n + 1 < sizeof clean; n++)
        clean[n] = strchr("/\\ :*?\"<>|", scenario_name[n]) != NULL ? '_' : scenario_name[n];
    clean[n] = '\0';
    for (int copy = 1; copy < 1000; copy++) {
        if (copy == 1)
            snprintf(path, sizeof path, EK_OUT_FOLDER "/%s-%lld.db", clean, (long long)one->seed);
        else
            snprintf(path, sizeof path, EK_OUT_FOLDER "/%s-%lld.%d.db", clean, (long long)one->seed,
                     copy);
        if (!is_taken(suite, path))
            break;
    }
    if (!suite->is_kept) {
        const char *folder = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/evenkeel-test-XXXXXX",
                 folder != NULL && folder[0] != '\0' ? folder : "/tmp");
        int file = mkstemp(path);
        if (file >= 0)
            close(file);
    }
    free(one->recording);
    one->recording = strdup(path);
}

/* Loads it once here, for its name and seed, so that what does not load costs no process. */
static bool prepare(const struct ek_suite *suite, const struct ek_arguments *arguments,
                    struct ek_suite_case *one)
{
    struct ek_scenario_overrides overrides = ek_arguments_overrides(arguments);
    char *report = malloc(REPORT_SIZE);
    if (one->has_seed)
        overrides.seed = &one->seed;
    struct ek_scenario *scenario =
        report != NULL ? ek_scenario_load(one->scenario, &overrides, report, REPORT_SIZE) : NULL;
    if (scenario == NULL) {
        one->code = EK_EXIT_INPUT;
        complain(one, report != NULL ? report : "out of memory\n");
    } else {
        one->seed = scenario->seed;
        choose_recording(suite, one, scenario->name);
    }
    free(report);
    ek_scenario_free(scenario);
    return scenario != NULL;
}

static _Noreturn void run_child(const struct ek_arguments *arguments,
                                const struct ek_suite_case *one)
{
    struct ek_arguments mine = *arguments;
    struct ek_recorder *recorder;
    char path[PATH_SIZE];
    mine.seed = one->seed;
    mine.has_seed = one->has_seed;
    mine.output = one->recording;
    mine.no_record = false;
    if (one->log != NULL)
        dup2(fileno(one->log), STDERR_FILENO);
    int code = ek_simulate(&mine, one->scenario, NULL, false, &recorder, path, sizeof path);
    fflush(stderr);
    _exit(code);
}

static void start(const struct ek_suite *suite, const struct ek_arguments *arguments,
                  struct ek_suite_case *one)
{
    one->stage = EK_SUITE_DONE;
    if (!prepare(suite, arguments, one))
        return;
    one->log = tmpfile();
    fflush(NULL);
    one->pid = fork();
    if (one->pid == 0)
        run_child(arguments, one);
    if (one->pid > 0) {
        one->stage = EK_SUITE_RUNNING;
        return;
    }
    one->code = EK_EXIT_INTERNAL;
    complain(one, "no process could be started\n");
}

static void read_log(struct ek_suite_case *one)
{
    char text[4096];
    if (one->log == NULL)
        return;
    rewind(one->log);
    size_t length = fread(text, 1, sizeof text - 1, one->log);
    text[length] = '\0';
    fclose(one->log);
    one->log = NULL;
    complain(one, text);
}

/* Waits for one of them; those that are running go on. */
static void wait_for_one(struct ek_suite *suite)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    for (size_t i = 0; i < suite->count; i++) {
        struct ek_suite_case *one = &suite->cases[i];
        if (one->stage != EK_SUITE_RUNNING)
            continue;
        if (pid < 0 && errno == EINTR && stop_signal != 0)
            kill(one->pid, SIGTERM);
        if (one->pid != pid)
            continue;
        one->stage = EK_SUITE_DONE;
        one->code = WIFEXITED(status) ? WEXITSTATUS(status) : EK_EXIT_INTERNAL;
        read_log(one);
        if (WIFSIGNALED(status))
            complain(one, "the run crashed\n");
    }
}

/* ---- all of them ---- */

static size_t count_running(const struct ek_suite *suite)
{
    size_t count = 0;
    for (size_t i = 0; i < suite->count; i++)
        count += suite->cases[i].stage == EK_SUITE_RUNNING;
    return count;
}

void ek_suite_run(struct ek_suite *suite, const struct ek_arguments *arguments, size_t jobs,
                  bool (*done)(void *context, const struct ek_suite_case *one), void *context)
{
    struct sigaction action = {.sa_handler = request_stop};
    size_t next = 0, told = 0;
    bool goes_on = true;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (suite->is_kept)
        mkdir(EK_OUT_FOLDER, 0777);
    while (told < next || (goes_on && next < suite->count)) {
        goes_on = goes_on && stop_signal == 0;
        while (goes_on && next < suite->count && count_running(suite) < jobs)
            start(suite, arguments, &suite->cases[next++]);
        if (count_running(suite) > 0 && suite->cases[told].stage == EK_SUITE_RUNNING)
            wait_for_one(suite);
        while (told < next && suite->cases[told].stage == EK_SUITE_DONE)
            goes_on = done(context, &suite->cases[told++]) && goes_on;
        if (!goes_on && told == next)
            break;
    }
    for (size_t i = next; i < suite->count; i++)
        suite->cases[i].stage = EK_SUITE_LEFT_OUT;
    suite->is_interrupted = stop_signal != 0;
}

void ek_suite_deinit(struct ek_suite *suite)
{
    for (size_t i = 0; i < suite->count; i++) {
        struct ek_suite_case *one = &suite->cases[i];
        if (!suite->is_kept && one->recording != NULL && one->recording[0] != '\0')
            unlink(one->recording);
        free(one->scenario);
        free(one->recording);
        free(one->complaints);
    }
    free(suite->cases);
    *suite = (struct ek_suite){.count = 0};
}
