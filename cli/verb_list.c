/* evenkeel list: what there is to choose from. */
#include "cli/arguments.h"
#include "cli/verb.h"
#include "sim/scenario/examine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_MAX = 1024,
    REPORT_SIZE = 16 * 1024
};

static const char help[] = "  evenkeel list\n"
                           "  evenkeel list policies\n"
                           "\n"
                           "usage: evenkeel list [scenarios|policies|faults|metrics|rules]\n"
                           "Lists the scenarios of the library, or what the word says.\n"
                           "exit code: 0 listed, 2 there is no such list\n";

static int list_scenarios(void)
{
    char(*names)[EK_SCENARIO_NAME_SIZE] = calloc(NAMES_MAX, sizeof *names);
    char *report = malloc(REPORT_SIZE);
    int code = EK_EXIT_INPUT;
    if (!names || !report) {
        fputs("evenkeel list: out of memory\n", stderr);
        goto out;
    }
    size_t count = ek_scenario_names(names, NAMES_MAX);
    for (size_t i = 0; i < count && i < NAMES_MAX; i++) {
        struct ek_scenario *s = ek_scenario_load(names[i], NULL, report, REPORT_SIZE);
        const char *text = !s               ? "does not load; see `evenkeel check`"
                           : s->description ? s->description
                                            : "";
        printf("%-24s %s\n", names[i], text);
        ek_scenario_free(s);
    }
    if (count == 0)
        fputs("evenkeel list: no scenarios found; EVENKEEL_SCENARIOS names their folder\n", stderr);
    code = count > 0 ? EK_EXIT_PASS : EK_EXIT_NOTHING;
out:
    free(names);
    free(report);
    return code;
}

static int list_policies(void)
{
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops; ops++) {
        printf("%-24s %s", (*ops)->name, (*ops)->text ? (*ops)->text : "");
        for (const char *const *alias = (*ops)->aliases; alias && *alias; alias++)
            printf("%s%s", alias == (*ops)->aliases ? " Also: " : ", ", *alias);
        putchar('\n');
    }
    return EK_EXIT_PASS;
}

static int list_faults(void)
{
#define PRINT_FAULT(name, word, targets, text) printf("%-24s %s\n", word, text);
    EK_FAULT_LIST(PRINT_FAULT)
#undef PRINT_FAULT
    return EK_EXIT_PASS;
}

static int list_metrics(void)
{
    for (const struct ek_metric *m = ek_metric_all; m->name; m++)
        printf("%-24s %s\n", m->name, m->text);
    return EK_EXIT_PASS;
}

static void print_rules(const struct ek_rule *rules)
{
    for (; rules->number != 0; rules++)
        printf("EK%03d  %-8s %s\n", rules->number,
               rules->severity == EK_SEVERITY_ERROR ? "error" : "warning", rules->title);
}

static int list_rules(void)
{
    print_rules(ek_rule_all);
    print_rules(ek_scenario_rules);
    return EK_EXIT_PASS;
}

static const char *const subjects[] = {"scenarios", "policies", "faults", "metrics", "rules", NULL};

int ek_verb_list(int argc, char **argv)
{
    static int (*const lists[])(void) = {list_scenarios, list_policies, list_faults, list_metrics,
                                         list_rules};
    struct ek_arguments arguments;
    int code = ek_arguments_read(argc, argv, "", help, &arguments);
    if (code >= 0)
        return code;
    const char *subject = arguments.name_count > 0 ? arguments.names[0] : "scenarios";
    for (size_t i = 0; subjects[i]; i++)
        if (strcmp(subject, subjects[i]) == 0)
            return lists[i]();
    const char *near = ek_suggest(subject, subjects);
    fprintf(stderr, "evenkeel list: there is no list \"%s\"%s%s%s\n", subject,
            near ? "; did you mean \"" : "; possible: scenarios, policies, faults, metrics, rules",
            near ? near : "", near ? "\"?" : "");
    return EK_EXIT_INPUT;
}
