/* evenkeel compare: several policies on identical arrivals. */
#include "cli/simulate.h"
#include "cli/verb.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "  evenkeel compare slow-node\n"
    "  evenkeel compare zone-outage --policy round_robin,least_request,peak_ewma --seed 3\n"
    "\n"
    "usage: evenkeel compare [OPTION]... SCENARIO\n"
    "Runs a scenario once for each policy. Arrivals, faults and every call's own draws are the "
    "same in\n"
    "all of them, so that only the policy differs. Each is held against the first, with a 95 %\n"
    "interval of the difference; `no difference shown` is what chance explains.\n"
    "  --policy A,B,C        which; by default those that the scenario names\n"
    "  --seed N, --set /POINTER=VALUE, --until TIME, --verify, --json, --no-record, "
    "--color[=WHEN],\n"
    "  --ascii               as in `evenkeel run`\n"
    "exit code: 0 all expectations hold in all runs, 1 some do not, 2 bad input, 3 internal "
    "error,\n"
    "4 no policy to compare, 130 interrupted\n";

enum {
    POLICIES_MAX = 16
};

struct policies {
    char *names[POLICIES_MAX];
    size_t count;
};

static bool policies_add(struct policies *policies, const char *name, size_t length)
{
    if (policies->count == POLICIES_MAX) {
        fprintf(stderr, "evenkeel compare: more than %d policies\n", POLICIES_MAX);
        return false;
    }
    policies->names[policies->count] = strndup(name, length);
    return policies->names[policies->count++] != NULL;
}

/* "a,b,c": each a policy of its own. */
static bool policies_split(struct policies *policies, const char *list)
{
    while (*list != '\0') {
        size_t length = strcspn(list, ",");

        if (length > 0 && !policies_add(policies, list, length))
            return false;
        list += length;
        list += *list == ',';
    }
    return true;
}

/* Those that the scenario itself names. */
static bool policies_of(struct policies *policies, const struct ek_arguments *arguments)
{
    struct ek_scenario_overrides overrides = ek_arguments_overrides(arguments);
    static const size_t report_size = 64 * 1024;
    char *report = malloc(report_size);
    struct ek_scenario *scenario = NULL;
    bool is_good = report != NULL;

    if (report != NULL) {
        scenario = ek_scenario_load(arguments->names[0], &overrides, report, report_size);
        if (scenario == NULL)
            fputs(report, stderr);
        is_good = scenario != NULL;
    }
    for (size_t i = 0; is_good && i < scenario->compare.count; i++) {
        const char *name = ((char *const *)scenario->compare.items)[i];

        is_good = policies_add(policies, name, strlen(name));
    }
    ek_scenario_free(scenario);
    free(report);
    return is_good;
}

static int run_all(const struct ek_arguments *arguments, const struct policies *policies,
                   struct ek_recorder **recorders)
{
    for (size_t i = 0; i < policies->count; i++) {
        char path[1024];
        int code = ek_simulate(arguments, arguments->names[0], policies->names[i], true,
                               &recorders[i], path, sizeof path);

        if (code != EK_EXIT_PASS)
            return code;
    }
    return EK_EXIT_PASS;
}

static int print_all(const struct ek_arguments *arguments, struct ek_recorder **recorders,
                     size_t count)
{
    const struct ek_results *results[POLICIES_MAX];
    struct ek_render render = ek_arguments_render(arguments);
    int code = EK_EXIT_PASS;

    for (size_t i = 0; i < count; i++) {
        results[i] = ek_recorder_results(recorders[i]);
        if (ek_simulate_verdict(results[i]) != EK_EXIT_PASS)
            code = EK_EXIT_FAIL;
    }
    if (arguments->json)
        ek_render_compare_json(results, count, stdout);
    else
        ek_render_compare(results, count, &render, stdout);
    return code;
}

int ek_verb_compare(int argc, char **argv)
{
    struct ek_arguments arguments;
    struct policies policies = {0};
    struct ek_recorder *recorders[POLICIES_MAX] = {0};
    bool is_good;
    int code = ek_arguments_read(argc, argv, "spnujvrc", help, &arguments);

    if (code >= 0)
        return code;
    if (arguments.name_count != 1) {
        fputs("evenkeel compare: one scenario, please; see `evenkeel list`\n", stderr);
        return arguments.name_count == 0 ? EK_EXIT_NOTHING : EK_EXIT_INPUT;
    }
    is_good = arguments.policy != NULL ? policies_split(&policies, arguments.policy)
                                       : policies_of(&policies, &arguments);
    arguments.policy = NULL;
    if (!is_good) {
        code = EK_EXIT_INPUT;
    } else if (policies.count == 0) {
        fputs("evenkeel compare: the scenario names no policies; say --policy a,b\n", stderr);
        code = EK_EXIT_NOTHING;
    } else {
        code = run_all(&arguments, &policies, recorders);
        if (code == EK_EXIT_PASS)
            code = print_all(&arguments, recorders, policies.count);
    }
    for (size_t i = 0; i < policies.count; i++) {
        ek_recorder_free(recorders[i]);
        free(policies.names[i]);
    }
    return code;
}
