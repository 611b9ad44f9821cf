#include "cli/simulate.h"

#include "cli/partial.h"
#include "cli/verb.h"
#include "sim/run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    REPORT_SIZE = 64 * 1024
};

/* A signal handler can reach nothing else. */
static volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop_requested = 1;
}

/* What to say when a claim of the core or the simulator is broken, which ends the program. */
static char broken_words[1200];

static void tell_broken(int signal_number)
{
    (void)signal_number;
    (void)!write(STDERR_FILENO, broken_words, strlen(broken_words));
    _exit(EK_EXIT_INTERNAL);
}

static int64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * EK_S + now.tv_nsec;
}

static void default_path(const struct ek_scenario *scenario, const char *policy, bool is_many,
                         char *out, size_t size)
{
    const char *stem = scenario->name;
    char clean[64];
    size_t n = 0;

    for (; stem[n] != '\0' && n + 1 < sizeof clean; n++) {
        unsigned char c = (unsigned char)stem[n];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '_';

        clean[n] = is_plain ? (char)c : '_';
    }
    clean[n] = '\0';
    if (is_many && policy != NULL)
        snprintf(out, size, EK_OUT_FOLDER "/%s-%.*s-%" PRId64 ".db", clean,
                 (int)strcspn(policy, ",/"), policy, scenario->seed);
    else
        snprintf(out, size, EK_OUT_FOLDER "/%s-%" PRId64 ".db", clean, scenario->seed);
}

void ek_point_latest(const char *path)
{
    const char *folder = EK_OUT_FOLDER "/";
    const char *aside = EK_OUT_FOLDER "/.latest";

    if (strncmp(path, folder, strlen(folder)) != 0)
        return;
    unlink(aside);
    if (symlink(path + strlen(folder), aside) == 0 && rename(aside, EK_OUT_FOLDER "/latest") != 0)
        unlink(aside);
}

static struct ek_scenario *load(const struct ek_arguments *arguments, const char *name,
                                const char *policy)
{
    struct ek_scenario_overrides overrides = ek_arguments_overrides(arguments);
    char *report = malloc(REPORT_SIZE);
    struct ek_scenario *scenario = NULL;

    if (policy != NULL)
        overrides.policy = policy;
    if (report == NULL)
        fputs("evenkeel: out of memory\n", stderr);
    else if ((scenario = ek_scenario_load(name, &overrides, report, REPORT_SIZE)) == NULL)
        fputs(report, stderr);
    free(report);
    return scenario;
}

struct ek_scenario *ek_simulate_prepare(const struct ek_arguments *arguments, const char *name,
                                        const char *policy, bool is_many,
                                        struct ek_simulate_names *names)
{
    struct ek_scenario *scenario = load(arguments, name, policy);
    struct ek_arguments as_run = *arguments;

    *names = (struct ek_simulate_names){{0}, {0}};
    if (scenario == NULL)
        return NULL;
    if (policy != NULL)
        as_run.policy = policy;
    ek_arguments_command(&as_run, name, names->command, sizeof names->command);
    if (!arguments->no_record && arguments->output != NULL)
        snprintf(names->path, sizeof names->path, "%s", arguments->output);
    else if (!arguments->no_record)
        default_path(scenario, policy, is_many, names->path, sizeof names->path);
    return scenario;
}

/* Runs once more, without a recording: the fingerprints must agree. */
static int verify(const struct ek_scenario *scenario, uint64_t fingerprint)
{
    struct ek_run_options options = {0};
    struct ek_recorder *again = NULL;
    char why[256];
    uint64_t other;

    if (ek_run(scenario, &options, &again, why, sizeof why) != EK_OK) {
        fprintf(stderr, "evenkeel: the second run failed: %s\n", why);
        return EK_EXIT_INTERNAL;
    }
    other = ek_recorder_fingerprint(again);
    ek_recorder_free(again);
    if (other == fingerprint)
        return EK_EXIT_PASS;
    fprintf(stderr,
            "evenkeel: two runs of one seed differ: fingerprint %016" PRIx64 ", then %016" PRIx64
            "\n",
            fingerprint, other);
    return EK_EXIT_INTERNAL;
}

enum {
    BAR_WIDTH = 40
};

/* The bar is there once a run has taken a second, and then again now and then. */
static int64_t bar_after_ns;
static bool has_bar;

static void show_progress(int64_t at_ns, int64_t duration_ns)
{
    int64_t now = clock_ns();
    int done =
        at_ns < duration_ns ? (int)((double)at_ns / (double)duration_ns * BAR_WIDTH) : BAR_WIDTH;

    if (now < bar_after_ns)
        return;
    bar_after_ns = now + 200 * EK_MS;
    has_bar = true;
    fprintf(stderr, "\r[%.*s%*s] %" PRId64 " of %" PRId64 " s ", done,
            "========================================", BAR_WIDTH - done, "", at_ns / EK_S,
            duration_ns / EK_S);
}

static void (*progress_start(void))(int64_t, int64_t)
{
    bar_after_ns = clock_ns() + EK_S;
    has_bar = false;
    return isatty(STDERR_FILENO) ? show_progress : NULL;
}

static void progress_end(void)
{
    if (has_bar)
        fputs("\r\033[K", stderr);
}

/* ---- while it goes on ---- */

struct watched {
    const struct ek_simulated *run;
    struct ek_partial partial;
    int64_t began_ns;
};

static void write_partial(void *context, struct ek_recorder *recorder,
                          const struct ek_recording_end *now)
{
    struct watched *watched = context;
    struct ek_recording_end end = *now;
    char why[512];

    if (!now->under_way)
        ek_partial_end(&watched->partial);
    if (!now->under_way || !ek_partial_due(&watched->partial))
        return;
    end.wall_ns = clock_ns() - watched->began_ns;
    if (ek_recorder_finish(recorder, &end, why, sizeof why) != EK_OK)
        ek_partial_exit(false);
    if (watched->run->is_latest)
        ek_point_latest(watched->run->path);
    ek_partial_exit(true);
}

/* With a path, readers can follow the run: its recording so far is written now and then. */
static enum ek_err run_watched(const struct ek_simulated *run, struct ek_recorder **out, char *why,
                               size_t why_size)
{
    struct watched watched = {.run = run, .began_ns = clock_ns()};
    struct ek_run_options options = {.clock_ns = clock_ns,
                                     .stop = &stop_requested,
                                     .command = run->command,
                                     .progress = progress_start()};
    enum ek_err err;

    ek_partial_start(&watched.partial, run->partial_ns > 0 ? run->partial_ns : EK_S);
    if (run->path[0] != '\0') {
        options.recording_path = run->path;
        options.watch = write_partial;
        options.watch_context = &watched;
    }
    err = ek_run(run->scenario, &options, out, why, why_size);
    progress_end();
    ek_partial_end(&watched.partial); /* when it broke down */
    if (err != EK_OK && err != EK_EIO && watched.partial.is_written)
        unlink(run->path); /* no number of such a run can be trusted */
    return err;
}

static int exit_code(enum ek_err err)
{
    return err == EK_OK ? EK_EXIT_PASS : err == EK_EINVAL ? EK_EXIT_INPUT : EK_EXIT_INTERNAL;
}

int ek_simulate_it(const struct ek_simulated *run, struct ek_recorder **out)
{
    struct sigaction action = {.sa_handler = request_stop};
    char why[512] = "";
    enum ek_err err;

    *out = NULL;
    snprintf(broken_words, sizeof broken_words, "evenkeel: seed %" PRId64 "; again with: %s\n",
             run->scenario->seed, run->command);
    sigaction(SIGABRT, &(struct sigaction){.sa_handler = tell_broken}, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    err = run_watched(run, out, why, sizeof why);
    if (err != EK_OK)
        fprintf(stderr, "evenkeel: %s\n", why);
    else if (run->path[0] != '\0' && run->is_latest)
        ek_point_latest(run->path);
    return err == EK_OK && stop_requested ? EK_EXIT_INTERRUPTED : exit_code(err);
}

int ek_simulate(const struct ek_arguments *arguments, const char *name, const char *policy,
                bool is_many, struct ek_recorder **out, char *path, size_t path_size)
{
    struct ek_simulate_names names;
    struct ek_scenario *scenario = ek_simulate_prepare(arguments, name, policy, is_many, &names);
    struct ek_simulated run = {
        .scenario = scenario, .path = names.path, .is_latest = true, .command = names.command};
    int code;

    *out = NULL;
    snprintf(path, path_size, "%s", names.path);
    if (scenario == NULL)
        return EK_EXIT_INPUT;
    code = ek_simulate_it(&run, out);
    if (code == EK_EXIT_PASS && arguments->verify)
        code = verify(scenario, ek_recorder_fingerprint(*out));
    if (code != EK_EXIT_PASS && code != EK_EXIT_INTERRUPTED) {
        ek_recorder_free(*out);
        *out = NULL;
    }
    ek_scenario_free(scenario);
    return code;
}

int ek_simulate_verdict(const struct ek_results *results)
{
    return results->failed > 0 || results->unknown > 0 ? EK_EXIT_FAIL : EK_EXIT_PASS;
}

const char *ek_recording_path(const char *name, char *out, size_t size)
{
    char target[512];
    ssize_t length;

    if (strcmp(name, "latest") != 0)
        return name;
    length = readlink(EK_OUT_FOLDER "/latest", target, sizeof target - 1);
    if (length < 0)
        return EK_OUT_FOLDER "/latest";
    snprintf(out, size, EK_OUT_FOLDER "/%.*s", (int)length, target);
    return out;
}

bool ek_is_recording(const char *path)
{
    char magic[16] = "";
    FILE *file = fopen(path, "rb");
    bool is_recording = file != NULL && fread(magic, 1, sizeof magic, file) == sizeof magic &&
                        memcmp(magic, "SQLite format 3", sizeof magic) == 0;

    if (file != NULL)
        fclose(file);
    return is_recording;
}
