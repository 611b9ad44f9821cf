/* evenkeel explain: why something happened in a recording; or what a key of a scenario means. */
#include "cli/simulate.h"
#include "cli/trace.h"
#include "cli/verb.h"
#include "reports/explain/explain.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "  evenkeel explain latest --worst\n"
    "  evenkeel explain evenkeel-out/slow-node-1.db call:15001\n"
    "  evenkeel explain latest fault:F1\n"
    "  evenkeel explain faults.kind\n"
    "\n"
    "usage: evenkeel explain [RECORDING] WHAT\n"
    "       evenkeel explain KEY...\n"
    "Tells the recorded chain of causes behind something in a run:\n"
    "  worst             the failed call that took longest; the slowest one when none failed\n"
    "  call:N            a call: fault, view of the registry, pick with its candidates, attempts,\n"
    "                    retry, outcome\n"
    "  pick:N            what the picks of a call chose from, and nothing else\n"
    "  error:STATUS      calls that failed so, as in error:UNAVAILABLE, and the first of them\n"
    "  fault:ID          what followed from a fault, and what it cost\n"
    "  endpoint:NAME     an endpoint's share, faults and history\n"
    "  event:ID          what led to an event, and what it led to\n"
    "  t=41.2s           how everything stood at a moment\n"
    "  NAME              an expectation, by its name or metric\n"
    "Without RECORDING it is the latest one. Or says what a key of a scenario file, a kind of "
    "fault,\n"
    "a policy or a metric is: type, default, limits, meaning, place; or what a rule of `evenkeel\n"
    "check` is about, as in EK204.\n"
    "Not every call is recorded, nor the candidates of its picks: the run is repeated for the one\n"
    "that is explained, and compared by its fingerprint.\n"
    "  --worst, --call N, --pick N, --error STATUS, --fault ID   the same words as options\n"
    "  --color[=WHEN]    auto, always or never\n"
    "  --ascii           no characters beyond ASCII\n"
    "exit code: 0 found, 2 there is no such thing\n";

static bool is_about_a_run(const char *word)
{
    static const char *const starts[] = {
        "call:", "pick:", "error:", "fault:", "endpoint:", "event:", "t="};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (strncmp(word, starts[i], strlen(starts[i])) == 0)
            return true;
    return strcmp(word, "worst") == 0 || strcmp(word, "fault") == 0;
}

/* Of a call that was not kept, and that the run cannot be repeated for. */
static void say_lost(const char *why, const char *why_not)
{
    fprintf(stderr, "evenkeel explain: %s. The run would be repeated to follow it, but %s\n", why,
            why_not);
}

static bool explain(struct ek_replay *replay, struct ek_replay *traced, const char *why_not,
                    const char *what, const struct ek_render *render)
{
    char why[1024] = "";
    uint64_t number = ek_explain_call_of(replay, what);
    bool is_kept = number == 0 || ek_explain_has_call(replay, number);
    if (number != 0 && is_kept && traced == NULL)
        fprintf(stderr, "evenkeel explain: without the candidates of the pick: %s\n", why_not);
    if (ek_explain_traced(replay, traced != NULL ? traced : replay, what, render, stdout, why,
                          sizeof why))
        return true;
    if (is_kept)
        fprintf(stderr, "evenkeel explain: %s\n", why);
    else
        say_lost(why, why_not);
    return false;
}

static int explain_run(const struct ek_arguments *arguments, const char *path, const char *what)
{
    char why[1024] = "";
    struct ek_render render = ek_arguments_render(arguments);
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    if (replay == NULL) {
        fprintf(stderr, "evenkeel explain: %s\n", why);
        return EK_EXIT_INPUT;
    }
    uint64_t number = ek_explain_call_of(replay, what);
    /* The run once more, with what the call's picks chose from. */
    struct ek_replay *traced = number != 0 ? ek_trace(replay, number, why, sizeof why) : NULL;
    bool is_found = explain(replay, traced, why, what, &render);
    ek_replay_close(traced);
    ek_replay_close(replay);
    return is_found ? EK_EXIT_PASS : EK_EXIT_INPUT;
}

/* What the options ask for, in the words that do without them; NULL when there are none. */
static const char *asked(const struct ek_arguments *arguments, char *out, size_t size)
{
    if (arguments->worst)
        return "worst";
    if (arguments->call != NULL)
        snprintf(out, size, "call:%s", arguments->call);
    else if (arguments->pick != NULL)
        snprintf(out, size, "pick:%s", arguments->pick);
    else if (arguments->error != NULL)
        snprintf(out, size, "error:%s", arguments->error);
    else if (arguments->fault != NULL)
        snprintf(out, size, "fault:%s", arguments->fault);
    else
        return NULL;
    return out;
}

/* With an option the only word is the recording. */
static int explain_asked(const struct ek_arguments *arguments, const char *what)
{
    char latest[1024];
    if (arguments->name_count > 1) {
        fputs("evenkeel explain: one recording, please; see `evenkeel explain --help`\n", stderr);
        return EK_EXIT_INPUT;
    }
    const char *name = arguments->name_count == 1 ? arguments->names[0] : "latest";
    return explain_run(arguments, ek_recording_path(name, latest, sizeof latest), what);
}

static int explain_keys(const struct ek_arguments *arguments)
{
    int code = EK_EXIT_PASS;
    for (int i = 0; i < arguments->name_count; i++)
        if (!ek_scenario_explain(arguments->names[i], stdout, stderr))
            code = EK_EXIT_INPUT;
    return code;
}

int ek_verb_explain(int argc, char **argv)
{
    struct ek_arguments arguments;
    char latest[1024], words[256];
    int code = ek_arguments_read(argc, argv, "cfW", help, &arguments);
    if (code >= 0)
        return code;
    const char *what = asked(&arguments, words, sizeof words);
    if (what != NULL)
        return explain_asked(&arguments, what);
    if (arguments.name_count == 0) {
        fputs("evenkeel explain: explain what? see `evenkeel explain --help`\n", stderr);
        return EK_EXIT_NOTHING;
    }
    const char *first = arguments.names[0];
    const char *path = ek_recording_path(first, latest, sizeof latest);
    bool is_recording = ek_is_recording(path) || strcmp(first, "latest") == 0;
    if (arguments.name_count == 2 &&
        (is_recording || (is_about_a_run(arguments.names[1]) && !is_about_a_run(first))))
        return explain_run(&arguments, path, arguments.names[1]);
    if (arguments.name_count == 1 && is_recording)
        return explain_run(&arguments, path, "worst");
    if (arguments.name_count == 1 && is_about_a_run(first))
        return explain_run(&arguments, ek_recording_path("latest", latest, sizeof latest), first);
    return explain_keys(&arguments);
}
