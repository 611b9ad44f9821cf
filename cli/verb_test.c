/* evenkeel test: scenarios as a suite. */
#include "cli/simulate.h"
#include "cli/suite.h"
#include "cli/suite_files.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "  evenkeel test\n"
    "  evenkeel test scenarios/ -k consul -j 2\n"
    "  evenkeel test scenarios/ --seeds 1..40 --junit junit.xml --summary summary.md\n"
    "\n"
    "usage: evenkeel test [OPTION]... [PATH]...\n"
    "Runs every scenario below PATH (a file, a folder, a name; default: the library) and checks "
    "what\n"
    "it expects. A line for each; the last line counts.\n"
    "  -k PATTERN            only those whose path or name contains it\n"
    "  -x                    stops at the first that does not pass\n"
    "  -j N                  so many at a time, each in a process of its own; default: 1\n"
    "  --seeds A..B          each with every one of these seeds; --seed N: with that one\n"
    "  --policy NAME[,k=v], --set /POINTER=VALUE, --until TIME   as in `evenkeel run`\n"
    "  --junit FILE          JUnit XML\n"
    "  --summary FILE        Markdown; else it is added to $GITHUB_STEP_SUMMARY, when that is set\n"
    "  --annotate=WHEN       github, none, or auto: when GITHUB_ACTIONS is set\n"
    "  --no-record           keeps no recordings\n"
    "  -q, --quiet           only what does not pass, and the last line\n"
    "  --color[=WHEN], --ascii\n"
    "exit code, the first that applies: 130 interrupted, 3 internal error, 2 a scenario that does\n"
    "not load, 1 a failed expectation, 5 inconclusive, 4 nothing selected, 0 all pass\n";

struct run {
    const struct ek_arguments *arguments;
    struct ek_render render;
    struct ek_suite_files *files;
    size_t passed, failed, unsure, broken, internal;
};

enum outcome {
    OUTCOME_PASSED,
    OUTCOME_FAILED,
    OUTCOME_UNSURE,
    OUTCOME_BROKEN
};

/* Nothing expected is nothing shown. */
static enum outcome outcome_of(const struct ek_results *results)
{
    if (results->failed > 0)
        return OUTCOME_FAILED;
    return results->unknown > 0 || results->judged_count == 0 ? OUTCOME_UNSURE : OUTCOME_PASSED;
}

static const char *mark_of(const struct run *run, enum outcome outcome)
{
    static const char *const marks[] = {"✓", "✗", "?", "✗"};
    static const char *const ascii[] = {"+", "X", "?", "X"};
    return run->render.unicode ? marks[outcome] : ascii[outcome];
}

static void print_mark(const struct run *run, enum outcome outcome)
{
    static const char *const colors[] = {"\033[32m", "\033[1;31m", "\033[33m", "\033[1;31m"};
    printf("%s%s%s ", run->render.color ? colors[outcome] : "", mark_of(run, outcome),
           run->render.color ? "\033[0m" : "");
}

/* What comes from files has no power over the terminal. */
static void print_clean(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        putchar(*c < 0x20 || *c == 0x7f ? '?' : *c);
}

static void print_judged(const struct run *run, const struct ek_results *results,
                         const struct ek_suite_case *one)
{
    const char *metric = NULL; /* of the first */
    for (size_t i = 0; i < results->judged_count; i++) {
        const struct ek_judged *judged = &results->judged[i];
        if (judged->verdict == EK_VERDICT_PASS)
            continue;
        metric = metric == NULL ? judged->metric : metric;
        fputs("    ", stdout);
        print_mark(run, judged->verdict == EK_VERDICT_FAIL ? OUTCOME_FAILED : OUTCOME_UNSURE);
        if (judged->name[0] != '\0') {
            print_clean(judged->name);
            fputs(": ", stdout);
        }
        print_clean(judged->text);
        fputs(": got ", stdout);
        print_clean(judged->has_value || judged->value_text[0] != '-' ? judged->value_text
                                                                      : judged->problem);
        if (judged->line > 0 && results->scenario_path[0] != '\0')
            printf("   %s:%d", results->scenario_path, judged->line);
        putchar('\n');
    }
    printf("      again: %s\n", results->command);
    if (!run->arguments->no_record && metric != NULL)
        printf("      why:   evenkeel explain %s %s\n", one->recording, metric);
}

static void print_ran(struct run *run, const struct ek_suite_case *one,
                      const struct ek_results *results)
{
    enum outcome outcome = outcome_of(results);
    run->passed += outcome == OUTCOME_PASSED;
    run->failed += outcome == OUTCOME_FAILED;
    run->unsure += outcome == OUTCOME_UNSURE;
    if (run->arguments->quiet && outcome == OUTCOME_PASSED)
        return;
    print_mark(run, outcome);
    printf("%-24s seed %-6" PRIu64 " %016" PRIx64 "  ", results->scenario, results->seed,
           results->fingerprint);
    if (results->judged_count == 0)
        fputs("nothing is expected", stdout);
    else
        printf("%zu passed", results->passed);
    if (results->failed > 0)
        printf(", %zu failed", results->failed);
    if (results->unknown > 0)
        printf(", %zu inconclusive", results->unknown);
    printf("   %" PRId64 ".%02" PRId64 " s\n", results->wall_ns / 1000000000,
           results->wall_ns / 10000000 % 100);
    if (outcome == OUTCOME_FAILED || results->unknown > 0)
        print_judged(run, results, one);
}

static void print_broken(struct run *run, const struct ek_suite_case *one, const char *why)
{
    run->broken += one->code == EK_EXIT_INPUT;
    run->internal += one->code != EK_EXIT_INPUT && one->code != EK_EXIT_INTERRUPTED;
    print_mark(run, OUTCOME_BROKEN);
    print_clean(one->scenario);
    printf("   %s\n", one->code == EK_EXIT_INPUT         ? "does not load"
                      : one->code == EK_EXIT_INTERRUPTED ? "interrupted"
                                                         : "internal error");
    fputs(why, stdout);
    ek_suite_files_broken(run->files, one->scenario, why);
}

static bool done(void *context, const struct ek_suite_case *one)
{
    struct run *run = context;
    char why[1024] = "";
    struct ek_replay *replay = NULL;
    bool is_good = false;
    if (one->code == EK_EXIT_PASS)
        replay = ek_replay_open(one->recording, why, sizeof why - 1);
    if (replay == NULL) {
        size_t used = strlen(why);
        snprintf(why + used, sizeof why - used, "%s", used > 0 ? "\n" : one->complaints);
        print_broken(run, one, why);
    } else {
        const struct ek_results *results = ek_replay_results(replay);
        print_ran(run, one, results);
        ek_suite_files_run(run->files, replay);
        is_good = outcome_of(results) == OUTCOME_PASSED;
    }
    ek_replay_close(replay);
    fflush(stdout);
    if (run->arguments->no_record && one->recording[0] != '\0')
        unlink(one->recording);
    return is_good || !run->arguments->stop_first;
}

static int exit_code(const struct run *run, const struct ek_suite *suite)
{
    if (suite->is_interrupted)
        return EK_EXIT_INTERRUPTED;
    if (run->internal > 0)
        return EK_EXIT_INTERNAL;
    if (run->broken > 0)
        return EK_EXIT_INPUT;
    if (run->failed > 0)
        return EK_EXIT_FAIL;
    if (run->unsure > 0)
        return EK_EXIT_UNSURE;
    return suite->count == 0 ? EK_EXIT_NOTHING : EK_EXIT_PASS;
}

/* "12 passed, 1 failed, 2 inconclusive"; what there is none of is left out, but for the first. */
static void count_line(const struct run *run, const struct ek_suite *suite, char *out, size_t size)
{
    const struct {
        size_t count;
        const char *word;
    } rows[] = {{run->passed, "passed"},       {run->failed, "failed"},
                {run->unsure, "inconclusive"}, {run->broken, "not loaded"},
                {run->internal, "broken"},     {0, "left out"}};
    size_t told = run->passed + run->failed + run->unsure + run->broken + run->internal, used = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t count = i == 5 ? suite->count - told : rows[i].count;
        if (count > 0 || i == 0)
            used += (size_t)snprintf(out + used, size - used, "%s%zu %s", i > 0 ? ", " : "", count,
                                     rows[i].word);
    }
}

static int test(const struct ek_arguments *arguments, struct ek_suite *suite)
{
    struct run run = {.arguments = arguments, .render = ek_arguments_render(arguments)};
    char counts[256];
    suite->is_kept = !arguments->no_record;
    run.files = ek_suite_files_open(arguments, suite->has_seeds);
    if (run.files == NULL)
        return EK_EXIT_INPUT;
    ek_suite_run(suite, arguments, arguments->jobs > 0 ? (size_t)arguments->jobs : 1, done, &run);
    count_line(&run, suite, counts, sizeof counts);
    int code = exit_code(&run, suite);
    if (!ek_suite_files_close(run.files, counts) && code != EK_EXIT_INTERRUPTED)
        code = EK_EXIT_INTERNAL;
    puts(counts);
    return code;
}

int ek_verb_test(int argc, char **argv)
{
    struct ek_arguments arguments;
    struct ek_suite suite = {.count = 0};
    int code = ek_arguments_read(argc, argv, "spnukxJNUMArqc", help, &arguments);
    if (code >= 0)
        return code;
    if (!ek_suite_select(&suite, &arguments)) {
        code = EK_EXIT_INPUT;
    } else if (suite.count == 0) {
        fputs("evenkeel test: no scenario was selected\n", stderr);
        code = EK_EXIT_NOTHING;
    } else {
        code = test(&arguments, &suite);
    }
    ek_suite_deinit(&suite);
    return code;
}
