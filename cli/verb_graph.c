/* evenkeel graph: pictures of a recording. */
#include "cli/simulate.h"
#include "cli/trace.h"
#include "cli/verb.h"
#include "reports/explain/explain.h"
#include "reports/graph/graph.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "  evenkeel graph latest -o topology.svg\n"
    "  evenkeel graph causality zone-outage --fault F1 -o failover.svg\n"
    "  evenkeel graph propagation latest -T mermaid\n"
    "  evenkeel graph states slow-node -T png -o states.png\n"
    "\n"
    "usage: evenkeel graph [OPTION]... [KIND] SCENARIO or RECORDING\n"
    "A scenario is run first. Kinds:\n"
    "  topology              who sent how much to whom before, during and after the fault\n"
    "  states                the connectivity states: how often each transition was taken, and "
    "how\n"
    "                        long connections stayed\n"
    "  health                the same for how clients thought of endpoints\n"
    "  causality             what a fault led to, along recorded causes, with the times\n"
    "  propagation           how changes of the registry reached the clients\n"
    "  retries               how many attempts the calls of each phase became\n"
    "  pick                  what one call chose from: --call N, or the worst one\n"
    "Options:\n"
    "  --fault ID            for causality and propagation: another fault than the first\n"
    "  --call N              for pick\n"
    "  -T, --format FORMAT   svg (default), png, pdf, dot or mermaid; or by the ending of -o\n"
    "                        (.mmd for mermaid)\n"
    "  -o, --output FILE     instead of stdout\n"
    "  --seed N, --policy NAME[,k=v], --set /POINTER=VALUE, --until TIME   as in `evenkeel run`\n"
    "exit code: 0, 2 bad input, 3 internal error, 4 the run has nothing to draw\n";

static const char *format_of(const struct ek_arguments *arguments)
{
    const char *dot = arguments->output == NULL ? NULL : strrchr(arguments->output, '.');

    if (arguments->format != NULL)
        return arguments->format;
    if (dot != NULL &&
        (strcmp(dot, ".png") == 0 || strcmp(dot, ".pdf") == 0 || strcmp(dot, ".dot") == 0))
        return dot + 1;
    if (dot != NULL && strcmp(dot, ".mmd") == 0)
        return "mermaid";
    return "svg";
}

/* Written aside, then renamed: no reader sees half a picture. */
static int write_picture(const char *dot, const struct ek_arguments *arguments)
{
    const char *format = format_of(arguments);
    char why[256] = "cannot be written", aside[1040];
    FILE *out = stdout;
    bool is_good;

    if (arguments->output != NULL) {
        snprintf(aside, sizeof aside, "%.1000s.part", arguments->output);
        out = fopen(aside, "wb");
    }
    if (out == NULL) {
        fprintf(stderr, "evenkeel graph: %s: cannot be written\n", arguments->output);
        return EK_EXIT_INTERNAL;
    }
    is_good = ek_graph_write(dot, format, out, why, sizeof why);
    if (arguments->output == NULL) {
        is_good = fflush(out) == 0 && is_good;
    } else {
        is_good = fclose(out) == 0 && is_good;
        if (!is_good || rename(aside, arguments->output) != 0) {
            is_good = false;
            remove(aside);
        }
    }
    if (!is_good)
        fprintf(stderr, "evenkeel graph: %s\n", why);
    return is_good ? EK_EXIT_PASS : EK_EXIT_INTERNAL;
}

static bool has_fault(const struct ek_results *results, const char *id)
{
    for (size_t i = 0; i < results->fault_count; i++)
        if (strcmp(results->faults[i].id, id) == 0)
            return true;
    return false;
}

static char *text_of(struct ek_replay *replay, const char *kind, const char *fault,
                     enum ek_graph_language language)
{
    bool is_mermaid = language == EK_GRAPH_MERMAID;

    if (strcmp(kind, "causality") == 0)
        return ek_graph_causality(replay, fault, language);
    if (strcmp(kind, "propagation") == 0)
        return ek_graph_propagation(replay, fault, language);
    if (strcmp(kind, "health") == 0)
        return ek_graph_health(replay, language);
    if (strcmp(kind, "retries") == 0)
        return ek_graph_retries(replay, language);
    if (strcmp(kind, "states") == 0)
        return is_mermaid ? ek_graph_states_mermaid(replay) : ek_graph_states(replay);
    return is_mermaid ? ek_graph_topology_mermaid(replay) : ek_graph_topology(replay, NULL, 0);
}

/* The run once more, for the candidates of one call's picks. */
static char *pick_of(const struct ek_replay *replay, const char *number,
                     enum ek_graph_language language)
{
    char why[512] = "no call with attempts was recorded", what[64] = "worst", *text = NULL;

    if (number != NULL)
        snprintf(what, sizeof what, "call:%s", number);
    uint64_t call = ek_explain_call_of(replay, what);
    if (call == 0 && number != NULL)
        snprintf(why, sizeof why, "call %.40s was not recorded, or made no attempt", number);
    struct ek_replay *traced = call != 0 ? ek_trace(replay, call, why, sizeof why) : NULL;
    if (traced == NULL)
        fprintf(stderr, "evenkeel graph: %s\n", why);
    else
        text = ek_graph_pick(traced, call, language);
    ek_replay_close(traced);
    return text;
}

static const char *lack(const char *kind)
{
    return strcmp(kind, "propagation") == 0 ? "no client heard of a change of the registry"
           : strcmp(kind, "retries") == 0   ? "no call had a second attempt"
           : strcmp(kind, "health") == 0    ? "no client changed its mind about an endpoint"
           : strcmp(kind, "pick") == 0      ? "no candidates of a pick"
                                            : "no fault was recorded";
}

static int draw(const struct ek_arguments *arguments, const char *kind, const char *path)
{
    char why[256];
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    enum ek_graph_language language =
        strcmp(format_of(arguments), "mermaid") == 0 ? EK_GRAPH_MERMAID : EK_GRAPH_DOT;
    char *text = NULL;
    int code = EK_EXIT_NOTHING;

    if (replay == NULL) {
        fprintf(stderr, "evenkeel graph: %s\n", why);
        return EK_EXIT_INPUT;
    }
    if (arguments->fault != NULL && !has_fault(ek_replay_results(replay), arguments->fault)) {
        fprintf(stderr, "evenkeel graph: the run has no fault \"%.60s\"\n", arguments->fault);
        code = EK_EXIT_INPUT;
    } else if ((text = strcmp(kind, "pick") == 0
                           ? pick_of(replay, arguments->call, language)
                           : text_of(replay, kind, arguments->fault, language)) == NULL) {
        fprintf(stderr, "evenkeel graph: the run has nothing to draw: %s\n", lack(kind));
    } else {
        code = write_picture(text, arguments);
    }
    free(text);
    ek_replay_close(replay);
    return code;
}

static bool is_one_of(const char *word, const char *const *words, const char *what)
{
    const char *near;

    for (size_t i = 0; words[i] != NULL; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    near = ek_suggest(word, words);
    fprintf(stderr, "evenkeel graph: unknown %s \"%.40s\"%s%s%s\n", what, word,
            near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
            near != NULL ? "\"?" : "");
    return false;
}

int ek_verb_graph(int argc, char **argv)
{
    static const char *const kinds[] = {"topology",    "states",  "health", "causality",
                                        "propagation", "retries", "pick",   NULL};
    static const char *const formats[] = {"svg", "png", "pdf", "dot", "mermaid", NULL};
    struct ek_arguments arguments;
    struct ek_recorder *recorder;
    const char *kind = "topology", *given;
    char path[1024], latest[600];
    int code = ek_arguments_read(argc, argv, "spnuoTfW", help, &arguments);

    if (code >= 0)
        return code;
    if (arguments.name_count < 1 || arguments.name_count > 2) {
        fputs("evenkeel graph: one scenario or recording, please; see `evenkeel graph --help`\n",
              stderr);
        return arguments.name_count == 0 ? EK_EXIT_NOTHING : EK_EXIT_INPUT;
    }
    if (arguments.name_count == 2)
        kind = arguments.names[0];
    if (!is_one_of(kind, kinds, "kind of graph") ||
        !is_one_of(format_of(&arguments), formats, "format"))
        return EK_EXIT_INPUT;
    given = ek_recording_path(arguments.names[arguments.name_count - 1], latest, sizeof latest);
    if (ek_is_recording(given))
        return draw(&arguments, kind, given);
    {
        struct ek_arguments to_run = arguments;

        to_run.output = NULL;
        code = ek_simulate(&to_run, given, NULL, false, &recorder, path, sizeof path);
    }
    ek_recorder_free(recorder);
    return code == EK_EXIT_PASS ? draw(&arguments, kind, path) : code;
}
