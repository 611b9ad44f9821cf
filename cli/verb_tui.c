/* evenkeel tui: the dashboard over a recording or two, or over a scenario that is simulated. */
#include "cli/again.h"
#include "cli/simulate.h"
#include "cli/verb.h"
#include "reports/tui/tui.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char help[] =
    "  evenkeel tui slow-node\n"
    "  evenkeel tui latest --at 41.2s\n"
    "  evenkeel tui slow-node --policy round_robin,p2c\n"
    "  evenkeel tui zone-outage --speed 10x\n"
    "\n"
    "usage: evenkeel tui [OPTION]... SCENARIO or RECORDING [RECORDING]\n"
    "Shows a run under a cursor in time: play, step, seek both ways, break it. A scenario is\n"
    "simulated meanwhile: what is done can be looked at. Two recordings, or two policies of a\n"
    "scenario, are shown side by side. A recording is read again whenever its file is replaced, "
    "so\n"
    "that an `evenkeel run` or `evenkeel live` in another window is followed, from about its\n"
    "first second on.\n"
    "  --at TIME             where the cursor begins; in a run that goes on, else, at its end\n"
    "  --speed 10x           plays at once, that much faster than real time: 1/100x to 1000x\n"
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
    POLL_MS = 5,
    SHORT_MS = 400, /* runs that take no longer are shown when they are over */
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

/* One run to be shown. */
struct shown {
    char path[PATH_SIZE]; /* "": none */
    struct ek_tui_made made;
};

static int show(const struct ek_arguments *arguments, struct shown shown[2])
{
    struct ek_render render = ek_arguments_render(arguments);
    struct ek_tui_options options = {
        .color = render.color,
        .ascii = arguments->ascii || (arguments->script == NULL && !render.unicode),
        .start_ns = arguments->at_ns,
        .follow = !arguments->has_at && arguments->speed == NULL,
        .play = arguments->speed != NULL,
        .speed = arguments->speed,
        .path = shown[0].path,
        .other_path = shown[1].path,
        .made = {&shown[0].made, &shown[1].made},
        .hooks = &ek_again_hooks,
        .frames = arguments->frames,
        .timing = arguments->timing,
    };
    bool are_two = shown[1].path[0] != '\0';
    struct ek_replay *replay = open_recording(shown[0].path);
    int code = EK_EXIT_INPUT;

    if (replay != NULL && are_two)
        options.other = open_recording(shown[1].path);
    if (replay != NULL && (options.other != NULL || !are_two))
        code = arguments->script != NULL
                   ? ek_tui_script(replay, &options, arguments->script,
                                   arguments->columns > 0 ? arguments->columns : COLUMNS,
                                   arguments->rows > 0 ? arguments->rows : ROWS, stdout)
                   : ek_tui_run(replay, &options);
    ek_replay_close(replay);
    ek_replay_close(options.other);
    return code;
}

/* ---- scenarios ---- */

static volatile sig_atomic_t is_stopped;

static void note_stop(int signal_number)
{
    (void)signal_number;
    is_stopped = 1;
}

static bool differ(const struct stat *a, const struct stat *b)
{
    return a->st_ino != b->st_ino || a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
           a->st_mtim.tv_nsec != b->st_mtim.tv_nsec || a->st_size != b->st_size;
}

/* Until the run is over; or, after a while, until there is something to see of it. `before`: the
 * file with its name, as it was. Returns an exit code. */
static int await(struct shown *shown, const struct stat *before, bool until_over)
{
    struct ek_tui_made *made = &shown->made;
    enum ek_tui_run state;
    struct stat now;

    for (int waited_ms = 0;; waited_ms += POLL_MS) {
        state = ek_again_hooks.look(NULL, made, until_over);
        if (state == EK_TUI_RUN_FAILED)
            fprintf(stderr, "evenkeel: %s\n", made->why);
        if (is_stopped != 0)
            return EK_EXIT_INTERRUPTED;
        if (state != EK_TUI_RUN_GOING)
            return state == EK_TUI_RUN_OVER ? EK_EXIT_PASS : EK_EXIT_INTERNAL;
        if (waited_ms >= SHORT_MS && stat(shown->path, &now) == 0 && differ(&now, before))
            return EK_EXIT_PASS;
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * EK_MS}, NULL);
    }
}

/* Begins to simulate a scenario, with `policy` instead of the given one unless NULL. */
static int begin(const struct ek_arguments *arguments, const char *policy, struct shown *shown,
                 struct stat *before)
{
    struct ek_simulate_names names;
    struct ek_scenario *scenario =
        ek_simulate_prepare(arguments, arguments->names[0], policy, policy != NULL, &names);

    if (scenario == NULL)
        return EK_EXIT_INPUT;
    snprintf(shown->path, sizeof shown->path, "%s", names.path);
    snprintf(shown->made.recording, sizeof shown->made.recording, "%.511s", names.path);
    memset(before, 0, sizeof *before);
    (void)stat(shown->path, before);
    if (ek_again_begin(scenario, names.command, true, &shown->made))
        return EK_EXIT_PASS;
    fprintf(stderr, "evenkeel tui: %s\n", shown->made.why);
    return EK_EXIT_INTERNAL;
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

static int simulate_and_show(struct ek_arguments *arguments)
{
    struct shown shown[2] = {{{0}, {.run = NULL}}, {{0}, {.run = NULL}}};
    char policies[2][64];
    bool are_two = split_policies(arguments->policy, policies[0], policies[1]);
    struct sigaction note = {.sa_handler = note_stop};
    struct stat before[2];
    int code = EK_EXIT_PASS;

    if (arguments->name_count != 1) {
        fputs("evenkeel tui: two recordings, or one scenario with --policy a,b\n", stderr);
        return EK_EXIT_INPUT;
    }
    if (are_two)
        arguments->policy = NULL;
    (void)sigaction(SIGINT, &note, NULL);
    (void)sigaction(SIGTERM, &note, NULL);
    for (int i = 0; i <= are_two && code == EK_EXIT_PASS; i++)
        code = begin(arguments, are_two ? policies[i] : NULL, &shown[i], &before[i]);
    for (int i = 0; i <= are_two && code == EK_EXIT_PASS; i++)
        code = await(&shown[i], &before[i], arguments->script != NULL);
    if (code == EK_EXIT_PASS)
        code = show(arguments, shown);
    for (int i = 0; i < 2; i++)
        if (shown[i].made.run != NULL)
            ek_again_hooks.stop(NULL, &shown[i].made);
    return code;
}

int ek_verb_tui(int argc, char **argv)
{
    struct ek_arguments arguments;
    char latest[2][600];
    const char *given[2] = {"", ""};
    struct shown shown[2] = {{{0}, {.run = NULL}}, {{0}, {.run = NULL}}};
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
    if (arguments.speed != NULL && !ek_tui_is_speed(arguments.speed)) {
        fprintf(stderr,
                "evenkeel tui: --speed %.40s: expected one of 1/100x 1/50x ... 1x 2x 5x 10x"
                " ... 1000x\n",
                arguments.speed);
        return EK_EXIT_INPUT;
    }
    if (!ek_is_recording(given[0]))
        return simulate_and_show(&arguments);
    if (arguments.name_count == 2 && !ek_is_recording(given[1])) {
        fprintf(stderr, "evenkeel tui: %.200s is not a recording\n", given[1]);
        return EK_EXIT_INPUT;
    }
    for (int i = 0; i < 2; i++)
        snprintf(shown[i].path, sizeof shown[i].path, "%s", given[i]);
    return show(&arguments, shown);
}
