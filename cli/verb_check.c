/* evenkeel check: what is to be said against scenarios and service configs. */
#include "cli/arguments.h"
#include "cli/verb.h"
#include "sim/scenario/examine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPORT_SIZE = 64 * 1024
};

static const char help[] =
    "  evenkeel check client.json\n"
    "  evenkeel check client.json --endpoints 12 --rps 300 --layers 3\n"
    "  evenkeel check --set /duration=10s --policy p2c slow-node\n"
    "\n"
    "usage: evenkeel check [OPTION]... FILE...\n"
    "Reads scenarios (files, names of the library, or - for stdin) and gRPC service configs, and\n"
    "tells all that is wrong: place, rule, reason, suggestion. Then, as warnings, what is in "
    "order\n"
    "and makes no sense. Nothing is run. `evenkeel list rules` names the rules, and\n"
    "`evenkeel explain EK204` explains one.\n"
    "  --endpoints N         of a service config: endpoints that its client sees\n"
    "  --rps N               of a service config: calls per second of one client\n"
    "  --layers N            services that call each other with such configs; if absent 2,\n"
    "                        of a scenario 1\n"
    "  --set /POINTER=VALUE  changes a value first; may be repeated\n"
    "  --policy NAME[,k=v]   of a scenario: takes another balancing policy first\n"
    "  --json                the findings as JSON, on stdout\n"
    "  -q, --quiet           errors alone\n"
    "exit code: 0 no errors (there may be warnings), 2 errors\n";

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
    printf("%s: ok: %zu endpoint%s, %zu client%s, %s, %zu fault%s, %zu expectation%s", path,
           endpoints, plural(endpoints), clients, plural(clients),
           ek_duration_text(s->duration_ns, duration, sizeof duration), s->faults.count,
           plural(s->faults.count), s->expect.count, plural(s->expect.count));
}

/* The line that says a file is in order. */
static void print_ok(const char *path, const struct ek_examined *examined)
{
    if (examined->scenario)
        print_sizes(examined->scenario->path, examined->scenario);
    else
        printf("%s: ok: a service config", path);
    if (examined->warnings > 0)
        printf(", %zu warning%s", examined->warnings, plural(examined->warnings));
    putchar('\n');
}

/* What a script wants to know of one file. */
static json_t *file_json(const char *path, const struct ek_examined *examined)
{
    bool is_scenario = examined->scenario != NULL;
    return json_pack("{s:s, s:s, s:i, s:i, s:O}", "file", path, "kind",
                     examined->is_service_config ? "service config"
                     : is_scenario               ? "scenario"
                                                 : "unknown",
                     "errors", (int)examined->errors, "warnings", (int)examined->warnings,
                     "findings", examined->findings);
}

/* Returns whether the file is in order. */
static bool check_file(const char *path, const struct ek_arguments *arguments,
                       const struct ek_lint_facts *facts, char *report, json_t *files)
{
    struct ek_scenario_overrides overrides = ek_arguments_overrides(arguments);
    struct ek_examined examined;
    bool is_good = ek_examine(path, &overrides, facts, report, REPORT_SIZE, &examined);
    if (files)
        json_array_append_new(files, file_json(path, &examined));
    else if (!is_good || !arguments->quiet)
        fputs(report, stderr);
    if (!files && is_good && !arguments->quiet)
        print_ok(path, &examined);
    ek_examined_deinit(&examined);
    return is_good;
}

static int check_files(const struct ek_arguments *arguments, char *report)
{
    struct ek_lint_facts facts = {.endpoints = arguments->endpoints,
                                  .rate = arguments->rps * 1000000,
                                  .layers = arguments->layers};
    json_t *files = arguments->json ? json_array() : NULL;
    int bad = 0;
    for (int i = 0; i < arguments->name_count; i++)
        bad += !check_file(arguments->names[i], arguments, &facts, report, files);
    if (files) {
        json_t *all = json_pack("{s:O}", "files", files);
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(all);
    } else if (arguments->name_count > 1 && bad > 0) {
        fprintf(stderr, "%d of %d files are not in order\n", bad, arguments->name_count);
    }
    json_decref(files);
    return bad > 0 ? EK_EXIT_INPUT : EK_EXIT_PASS;
}

int ek_verb_check(int argc, char **argv)
{
    struct ek_arguments arguments;
    int code = ek_arguments_read(argc, argv, "spqje", help, &arguments);
    if (code >= 0)
        return code;
    if (arguments.name_count == 0) {
        fputs("evenkeel check: which file? see `evenkeel check --help`\n", stderr);
        return EK_EXIT_NOTHING;
    }
    char *report = malloc(REPORT_SIZE);
    if (!report) {
        fputs("evenkeel check: out of memory\n", stderr);
        return EK_EXIT_INPUT;
    }
    code = check_files(&arguments, report);
    free(report);
    return code;
}
