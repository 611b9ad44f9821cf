/* evenkeel tui: the dashboard over a recording or two, or over a scenario that is run first. */
#include "cli/again.h"
#include "cli/simulate.h"
#include "cli/verb.h"
#include "reports/tui/tui.h"

#include <string.h>

static const char help[] =
    "  evenkeel tui slow-node\n"
    "  evenkeel tui latest --at 41.2s\n"
    "  evenkeel tui slow-node --policy round_robin,p2c\n"
    "\n"
    "usage: evenkeel tui [OPTION]... SCENARIO or RECORDING [RECORDING]\n"
    "Shows a run under a cursor in time: play, step, seek both ways, break it. A scenario is run\n"
    "first. Two recordings, or two policies of a scenario, are shown side by side. A recording is\n"
    "read again whenever its file is replaced, as `evenkeel run` does.\n"
    "  --at TIME             where the cursor begins\n"
    "  --seed N, --policy NAME[,k=v], --set /POINTER=VALUE, --until TIME   as in `evenkeel run`\n"
    "  --policy A,B          both policies on the same arrivals\n"
    "  --color[=WHEN]        auto, always or never\n"
    "  --ascii               no characters beyond ASCII\n"
    "  --tui-script KEYS     without a terminal: types KEYS, prints the last frame as text. "
    "Besides\n"
    "                        characters: <Enter>, <Esc>, <Right>, <F5> ..., <wait 2s>, <frame>,\n"
    "                        <size 120x40>, <click 10,3>\n"
    "  --size 120x40         of the script's screen\n"
    "  --frames FOLDER       frames go to files there\n"
    "  --timing              says on stderr what opening and each frame took\n"
    "Keys are shown by ? in the dashboard.\n"
    "exit code: 0, 2 bad input or no terminal, 3 internal error, 130 interrupted\n";

enum {
    PATH_SIZE = 1024,
    COLUMNS = 80,
    ROWS = 24
};

static struct ek_replay *open_recording(const char *path)
{
    char why[256];
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);

    if (replay == NULL)
        fprintf(stderr, "evenkeel tui: %s\n", why);
    return replay;
}

/* `other`: "" for none. */
static int show(const struct ek_arguments *arguments, const char *path, const char *other)
{
    struct ek_render render = ek_arguments_render(arguments);
    struct ek_tui_options options = {
        .color = render.color,
        .ascii = arguments->ascii || (arguments->script == NULL && !render.unicode),
        .start_ns = arguments->at_ns,
        .path = path,
        .other_path = other,
        .hooks = &ek_again_hooks,
        .frames = arguments->frames,
        .timing = arguments->timing,
    };
    struct ek_replay *replay = open_recording(path);
    int code = EK_EXIT_INPUT;

    if (replay != NULL && other[0] != '\0')
        options.other = open_recording(other);
    if (replay != NULL && (options.other != NULL || other[0] == '\0'))
        code = arguments->script != NULL
                   ? ek_tui_script(replay, &options, arguments->script,
                                   arguments->columns > 0 ? arguments->columns : COLUMNS,
                                   arguments->rows > 0 ? arguments->rows : ROWS, stdout)
                   : ek_tui_run(replay, &options);
    ek_replay_close(replay);
    ek_replay_close(options.other);
    return code;
}

/* Runs a scenario, with `policy` instead of the given one unless NULL. */
static int run_first(struct ek_arguments *arguments, const char *policy, char path[PATH_SIZE])
{
    struct ek_recorder *recorder;
    int code = ek_simulate(arguments, arguments->names[0], policy, policy != NULL, &recorder, path,
                           PATH_SIZE);

    ek_recorder_free(recorder);
    return code;
}

/* "a,b" are two policies; "a,k=v" is one. */
static bool split_policies(const char *given, char first[64], char second[64])
{
    const char *comma = given != NULL ? strchr(given, ',') : NULL;

    if (comma == NULL || strchr(given, '=') != NULL || strchr(comma + 1, ',') != NULL)
        return false;
    snprintf(first, 64, "%.*s", (int)(comma - given), given);
    snprintf(second, 64, "%s", comma + 1);
    return first[0] != '\0' && second[0] != '\0';
}

static int run_and_show(struct ek_arguments *arguments)
{
    char path[PATH_SIZE], other[PATH_SIZE] = "", first[64], second[64];
    bool are_two = split_policies(arguments->policy, first, second);
    int code;

    if (arguments->name_count != 1) {
        fputs("evenkeel tui: two recordings, or one scenario with --policy a,b\n", stderr);
        return EK_EXIT_INPUT;
    }
    if (are_two)
        arguments->policy = NULL;
    code = run_first(arguments, are_two ? first : NULL, path);
    if (code == EK_EXIT_PASS && are_two)
        code = run_first(arguments, second, other);
    return code == EK_EXIT_PASS ? show(arguments, path, other) : code;
}

int ek_verb_tui(int argc, char **argv)
{
    struct ek_arguments arguments;
    char latest[2][600];
    const char *given[2] = {"", ""};
    int code = ek_arguments_read(argc, argv, "spnuacX", help, &arguments);

    if (code >= 0)
        return code;
    if (arguments.name_count != 1 && arguments.name_count != 2) {
        fputs("evenkeel tui: one scenario, or one or two recordings, please; see `evenkeel list`\n",
              stderr);
        return arguments.name_count == 0 ? EK_EXIT_NOTHING : EK_EXIT_INPUT;
    }
    for (int i = 0; i < arguments.name_count; i++)
        given[i] = ek_recording_path(arguments.names[i], latest[i], sizeof latest[i]);
    if (!ek_is_recording(given[0]))
        return run_and_show(&arguments);
    if (arguments.name_count == 2 && !ek_is_recording(given[1])) {
        fprintf(stderr, "evenkeel tui: %.200s is not a recording\n", given[1]);
        return EK_EXIT_INPUT;
    }
    return show(&arguments, given[0], given[1]);
}
