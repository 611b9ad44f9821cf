/* evenkeel: finds the verb and hands over. */
#include "cli/verb.h"

#include "evenkeel/option.h"
#include "sim/scenario/scenario.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct verb {
    const char *name, *arguments, *text;
    int (*call)(int argc, char **argv);
};

static const struct verb verbs[] = {
#define EK_VERB_ROW(name, arguments, text) {#name, arguments, text, ek_verb_##name},
    EK_VERB_LIST(EK_VERB_ROW)
#undef EK_VERB_ROW
};

static const char *const verb_names[] = {
#define EK_VERB_NAME(name, arguments, text) #name,
    EK_VERB_LIST(EK_VERB_NAME)
#undef EK_VERB_NAME
        "help",
    "version",
    NULL,
};

enum {
    VERB_COUNT = sizeof verbs / sizeof verbs[0]
};

static int version(void)
{
    printf("evenkeel %s\n", EK_VERSION);
    return EK_EXIT_PASS;
}

static int welcome(void)
{
    size_t scenarios = ek_scenario_names(NULL, 0);

    printf(
        "evenkeel %s   the real balancing core on a simulated clock   %zu scenarios built in\n"
        "  evenkeel run slow-node       run one             evenkeel tui slow-node   look at it\n"
        "  evenkeel list                all of them         evenkeel help            all verbs\n"
        "  evenkeel compare slow-node   who copes best with one slow endpoint?\n",
        EK_VERSION, scenarios);
    return EK_EXIT_PASS;
}

static int help(void)
{
    printf("  evenkeel run slow-node                        a famous case in a second\n"
           "  evenkeel compare slow-node --policy round_robin,p2c,peak_ewma\n"
           "  evenkeel tui latest                           look at the newest recording\n\n"
           "usage: evenkeel VERB [OPTION]... [ARGUMENT]...\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        printf("  %-8s %-22s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].text);
    printf(
        "Each verb explains itself: evenkeel VERB --help\n"
        "exit codes: 0 pass, 1 an expectation failed, 2 usage or bad input, 3 internal error or\n"
        "a run that differs from itself, 4 nothing ran, 5 a suite cannot tell, 130 interrupted\n");
    return EK_EXIT_PASS;
}

int main(int argc, char **argv)
{
    const char *near;

    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_DFL);
    if (argc < 2)
        return welcome();
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return help();
    if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0)
        return version();
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].call(argc - 1, argv + 1);
    near = ek_suggest(argv[1], verb_names);
    fprintf(stderr, "evenkeel: unknown verb \"%.40s\"%s%s%s; see `evenkeel help`\n", argv[1],
            near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
            near != NULL ? "\"?" : "");
    return EK_EXIT_INPUT;
}
