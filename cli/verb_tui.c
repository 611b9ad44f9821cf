/* evenkeel tui: the dashboard over a recording, or over a scenario that is run first. */
#include "cli/simulate.h"
#include "cli/verb.h"
#include "reports/tui/tui.h"

static const char help[] =
    "  evenkeel tui slow-node\n"
    "  evenkeel tui latest --at 41.2s\n"
    "\n"
    "usage: evenkeel tui [OPTION]... SCENARIO or RECORDING\n"
    "Shows a run under a cursor in time: play, step, seek both ways. A scenario is run first.\n"
    "  --at TIME             where the cursor begins\n"
    "  --seed N, --policy NAME[,k=v], --set /POINTER=VALUE, --until TIME   as in `evenkeel run`\n"
    "  --color[=WHEN]        auto, always or never\n"
    "  --ascii               no characters beyond ASCII\n"
    "Keys are shown by ? in the dashboard.\n"
    "exit code: 0, 2 bad input or no terminal, 3 internal error, 130 interrupted\n";

static int show(const struct ek_arguments *arguments, const char *path)
{
    struct ek_render render = ek_arguments_render(arguments);
    struct ek_tui_options options = {
        .color = render.color,
        .ascii = !render.unicode,
        .start_ns = arguments->at_ns,
        .path = path,
    };
    char why[256];
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    int code;

    if (replay == NULL) {
        fprintf(stderr, "evenkeel tui: %s\n", why);
        return EK_EXIT_INPUT;
    }
    code = ek_tui_run(replay, &options);
    ek_replay_close(replay);
    return code;
}

int ek_verb_tui(int argc, char **argv)
{
    struct ek_arguments arguments;
    struct ek_recorder *recorder;
    char path[1024], latest[600];
    const char *given;
    int code = ek_arguments_read(argc, argv, "spnuac", help, &arguments);

    if (code >= 0)
        return code;
    if (arguments.name_count != 1) {
        fputs("evenkeel tui: one scenario or recording, please; see `evenkeel list`\n", stderr);
        return arguments.name_count == 0 ? EK_EXIT_NOTHING : EK_EXIT_INPUT;
    }
    given = ek_recording_path(arguments.names[0], latest, sizeof latest);
    if (ek_is_recording(given))
        return show(&arguments, given);
    code = ek_simulate(&arguments, arguments.names[0], NULL, false, &recorder, path, sizeof path);
    ek_recorder_free(recorder);
    return code == EK_EXIT_PASS ? show(&arguments, path) : code;
}
