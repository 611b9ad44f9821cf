/* evenkeel explain: what a key of a scenario file means. */
#include "cli/arguments.h"
#include "cli/verb.h"

#include <stdio.h>

static const char help[] =
    "  evenkeel explain faults.kind\n"
    "  evenkeel explain lognormal\n"
    "  evenkeel explain registry-empty\n"
    "\n"
    "usage: evenkeel explain KEY...\n"
    "Says what a key of a scenario file, a kind of fault, a policy or a metric is: type, default,\n"
    "limits, meaning, place.\n"
    "exit code: 0 found, 2 there is no such thing\n";

int ek_verb_explain(int argc, char **argv)
{
    struct ek_arguments arguments;
    int code = ek_arguments_read(argc, argv, "", help, &arguments);
    if (code >= 0)
        return code;
    if (arguments.name_count == 0) {
        fputs("evenkeel explain: explain what? see `evenkeel explain --help`\n", stderr);
        return EK_EXIT_NOTHING;
    }
    code = EK_EXIT_PASS;
    for (int i = 0; i < arguments.name_count; i++)
        if (!ek_scenario_explain(arguments.names[i], stdout, stderr))
            code = EK_EXIT_INPUT;
    return code;
}
