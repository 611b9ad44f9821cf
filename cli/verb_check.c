/* evenkeel check: whether scenario files are in order. */
#include "cli/arguments.h"
#include "cli/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPORT_SIZE = 64 * 1024
};

static const char help[] =
    "  evenkeel check scenarios/slow-node.json\n"
    "  evenkeel check --set /duration=10s --policy p2c slow-node\n"
    "\n"
    "usage: evenkeel check [OPTION]... FILE...\n"
    "Reads scenario files (or names of the library, or - for stdin) and tells all that is wrong:\n"
    "place, reason, suggestion. Nothing is run.\n"
    "  --set /POINTER=VALUE  changes a value first; may be repeated\n"
    "  --policy NAME[,k=v]   takes another balancing policy first\n"
    "  -q, --quiet           says nothing about files that are in order\n"
    "exit code: 0 all are in order, 2 some are not\n";

static size_t total(const struct ek_list *groups, bool are_clients)
{
    int64_t count = 0;
    for (size_t i = 0; i < groups->count; i++)
        count += are_clients ? ((const struct ek_client_group *)groups->items)[i].count
                             : ((const struct ek_endpoint_group *)groups->items)[i].count;
    return (size_t)count;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void print_sizes(const char *path, const struct ek_scenario *s)
{
    size_t endpoints = total(&s->endpoints, false), clients = total(&s->clients, true);
    char duration[32];
    printf("%s: ok: %zu endpoint%s, %zu client%s, %s, %zu fault%s, %zu expectation%s\n", path,
           endpoints, plural(endpoints), clients, plural(clients),
           ek_duration_text(s->duration_ns, duration, sizeof duration), s->faults.count,
           plural(s->faults.count), s->expect.count, plural(s->expect.count));
}

/* Returns whether the file is in order. */
static bool check_file(const char *path, const struct ek_scenario_overrides *overrides,
                       bool is_quiet, char *report)
{
    struct ek_scenario *scenario = ek_scenario_load(path, overrides, report, REPORT_SIZE);
    if (!scenario) {
        fputs(report, stderr);
        return false;
    }
    if (!is_quiet)
        print_sizes(scenario->path, scenario);
    ek_scenario_free(scenario);
    return true;
}

static int check_files(int count, char **paths, const struct ek_scenario_overrides *overrides,
                       bool is_quiet)
{
    char *report = malloc(REPORT_SIZE);
    if (!report) {
        fputs("evenkeel check: out of memory\n", stderr);
        return EK_EXIT_INPUT;
    }
    int bad = 0;
    for (int i = 0; i < count; i++)
        bad += !check_file(paths[i], overrides, is_quiet, report);
    free(report);
    if (count > 1 && bad > 0)
        fprintf(stderr, "%d of %d files are not in order\n", bad, count);
    return bad > 0 ? EK_EXIT_INPUT : EK_EXIT_PASS;
}

int ek_verb_check(int argc, char **argv)
{
    struct ek_arguments arguments;
    int code = ek_arguments_read(argc, argv, "spq", help, &arguments);
    if (code >= 0)
        return code;
    if (arguments.name_count == 0) {
        fputs("evenkeel check: which file? see `evenkeel check --help`\n", stderr);
        return EK_EXIT_NOTHING;
    }
    struct ek_scenario_overrides overrides = ek_arguments_overrides(&arguments);
    return check_files(arguments.name_count, arguments.names, &overrides, arguments.quiet);
}
