/* evenkeel run: one scenario, a summary, a verdict. */
#include "cli/simulate.h"
#include "cli/verb.h"

static const char help[] =
    "  evenkeel run slow-node\n"
    "  evenkeel run scenarios/backend-crash.json --seed 7 --policy peak_ewma\n"
    "  evenkeel run consul-empty-list --set /clients/resolver/consul/empty=trust\n"
    "\n"
    "usage: evenkeel run [OPTION]... SCENARIO\n"
    "Simulates a scenario (a name of the library, a path, or - for stdin), checks what it "
    "expects,\n"
    "prints a summary and keeps a recording.\n"
    "  --seed N              the run's seed, instead of the scenario's\n"
    "  --policy NAME[,k=v]   another balancing policy, in all clients\n"
    "  --set /POINTER=VALUE  changes a value of the scenario; may be repeated\n"
    "  --until TIME          ends the run earlier, as in --until 30s\n"
    "  --verify              runs twice; exit code 3 if the two differ in any event\n"
    "  --json                prints one JSON object instead of the summary\n"
    "  -o, --output FILE     the recording, instead of evenkeel-out/SCENARIO-SEED.db\n"
    "  --no-record           keeps none\n"
    "  -q, --quiet           prints only the verdict\n"
    "  --color[=WHEN]        auto, always or never\n"
    "  --ascii               no characters beyond ASCII\n"
    "exit code: 0 all expectations hold, 1 some do not, 2 bad input, 3 internal error, 130\n"
    "interrupted\n";

static void print(const struct ek_arguments *arguments, const struct ek_results *results)
{
    struct ek_render render = ek_arguments_render(arguments);

    if (arguments->json)
        ek_render_json(results, stdout);
    else if (arguments->quiet)
        printf("%zu passed, %zu failed\n", results->passed, results->failed + results->unknown);
    else
        ek_render_summary(results, &render, stdout);
}

int ek_verb_run(int argc, char **argv)
{
    struct ek_arguments arguments;
    struct ek_recorder *recorder;
    char path[1024];
    int code = ek_arguments_read(argc, argv, "spnuojvqrc", help, &arguments);

    if (code >= 0)
        return code;
    if (arguments.name_count != 1) {
        fprintf(stderr, "evenkeel run: %s; see `evenkeel list`\n",
                arguments.name_count == 0 ? "which scenario?" : "one scenario at a time");
        return arguments.name_count == 0 ? EK_EXIT_NOTHING : EK_EXIT_INPUT;
    }
    code = ek_simulate(&arguments, arguments.names[0], NULL, false, &recorder, path, sizeof path);
    if (recorder == NULL)
        return code;
    print(&arguments, ek_recorder_results(recorder));
    if (code == EK_EXIT_PASS)
        code = ek_simulate_verdict(ek_recorder_results(recorder));
    ek_recorder_free(recorder);
    return code;
}
