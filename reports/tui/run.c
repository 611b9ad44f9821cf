#include "reports/tui/dash.h"
#include "reports/tui/screen.h"

#include "evenkeel/time.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

enum {
    FRAME_MS = 16,  /* 60 frames a second at most */
    WHEEL_ROWS = 3, /* a notch */
    NO_MEMORY = 3   /* exit code */
};

/* The one variable at file scope: a signal handler has no argument through which it could reach
 * anything else. The last signal that came and was not dealt with. */
static volatile sig_atomic_t pending;

static void note_signal(int number)
{
    pending = number;
}

/* A crash: the terminal first, then whatever the signal does without us. SA_RESETHAND has put the
 * default back, and the signal comes again once this returns. */
static void rescue(int number)
{
    ek_terminal_rescue();
    (void)raise(number);
}

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
static const int crashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

enum {
    END_COUNT = sizeof ends / sizeof ends[0],
    CRASH_COUNT = sizeof crashes / sizeof crashes[0],
    OLD_COUNT = END_COUNT + CRASH_COUNT + 1
};

/* What was set before us. */
struct signals {
    struct sigaction old[OLD_COUNT];
    sigset_t old_mask, open_mask; /* before; while waiting */
};

/* Signals come only while the loop waits, so that none is lost between a look and a wait. */
static void take_signals(struct signals *signals)
{
    struct sigaction note = {.sa_handler = note_signal};
    struct sigaction crash = {.sa_handler = rescue, .sa_flags = (int)SA_RESETHAND};
    sigset_t blocked;
    (void)sigemptyset(&note.sa_mask);
    (void)sigemptyset(&crash.sa_mask);
    (void)sigemptyset(&blocked);
    pending = 0;
    for (size_t i = 0; i < END_COUNT; i++)
        (void)sigaddset(&blocked, ends[i]);
    (void)sigaddset(&blocked, SIGTSTP);
    (void)sigaddset(&blocked, SIGWINCH);
    (void)sigprocmask(SIG_BLOCK, &blocked, &signals->old_mask);
    signals->open_mask = signals->old_mask;
    for (size_t i = 0; i < END_COUNT; i++) {
        (void)sigaction(ends[i], &note, &signals->old[i]);
        (void)sigdelset(&signals->open_mask, ends[i]);
    }
    for (size_t i = 0; i < CRASH_COUNT; i++)
        (void)sigaction(crashes[i], &crash, &signals->old[END_COUNT + i]);
    (void)sigaction(SIGTSTP, &note, &signals->old[OLD_COUNT - 1]);
    (void)sigdelset(&signals->open_mask, SIGTSTP);
    (void)sigdelset(&signals->open_mask, SIGWINCH);
}

static void give_signals_back(const struct signals *signals)
{
    for (size_t i = 0; i < END_COUNT; i++)
        (void)sigaction(ends[i], &signals->old[i], NULL);
    for (size_t i = 0; i < CRASH_COUNT; i++)
        (void)sigaction(crashes[i], &signals->old[END_COUNT + i], NULL);
    (void)sigaction(SIGTSTP, &signals->old[OLD_COUNT - 1], NULL);
    (void)sigprocmask(SIG_SETMASK, &signals->old_mask, NULL);
}

static int64_t clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * EK_S + now.tv_nsec;
}

static void suspend(struct ek_terminal *terminal)
{
    struct sigaction note, by_default = {.sa_handler = SIG_DFL};
    sigset_t stop, before;
    (void)sigemptyset(&by_default.sa_mask);
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTSTP);
    ek_terminal_leave(terminal);
    (void)sigaction(SIGTSTP, &by_default, &note);
    (void)raise(SIGTSTP);
    /* Delivered here: the program stops until somebody continues it. */
    (void)sigprocmask(SIG_UNBLOCK, &stop, &before);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)sigaction(SIGTSTP, &note, NULL);
    ek_terminal_return(terminal);
}

/* Waits for a key, a signal or, when `wait_ns` >= 0, for that long. */
static void wait_for_input(const struct ek_terminal *terminal, int64_t wait_ns,
                           const sigset_t *mask)
{
    int input = ek_terminal_input(terminal);
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(input, &readable);
    struct timespec wait = {.tv_sec = (time_t)(wait_ns / EK_S), .tv_nsec = (long)(wait_ns % EK_S)};
    (void)pselect(input + 1, &readable, NULL, NULL, wait_ns >= 0 ? &wait : NULL, mask);
}

static enum ek_err take_mouse(struct ek_dash *dash)
{
    struct ek_mouse mouse;
    if (!ek_terminal_mouse(&mouse))
        return EK_OK;
    return mouse.is_click ? ek_dash_click(dash, mouse.x, mouse.y)
                          : ek_dash_wheel(dash, mouse.wheel * WHEEL_ROWS);
}

/* Feeds all keys that have come. False when the terminal is gone. */
static bool take_keys(struct ek_dash *dash, struct ek_terminal *terminal, enum ek_err *err)
{
    while (*err == EK_OK && !ek_dash_ui(dash)->wants_quit) {
        int64_t key = ek_terminal_key(terminal);
        if (key <= 0)
            return key == 0;
        if (key == EK_TERMINAL_RESIZED) {
            struct ek_screen_size size = ek_terminal_size(terminal);
            *err = ek_dash_resize(dash, size.columns, size.rows);
        } else if (key == EK_TERMINAL_MOUSE) {
            *err = take_mouse(dash);
        } else {
            *err = ek_dash_key(dash, (uint32_t)key);
        }
    }
    return true;
}

/* Grants what the user wished for. True when the whole screen has to be drawn again. */
static bool grant_wishes(struct ek_dash *dash, struct ek_terminal *terminal)
{
    struct ek_ui *ui = ek_dash_ui(dash);
    bool afresh = ui->wants_redraw;
    if (pending == SIGTSTP || ui->wants_suspend) {
        pending = 0;
        suspend(terminal);
        afresh = true;
    }
    ui->wants_redraw = ui->wants_suspend = false;
    return afresh;
}

static int loop(struct ek_dash *dash, struct ek_terminal *terminal, const sigset_t *mask)
{
    struct ek_ui *ui = ek_dash_ui(dash);
    enum ek_err err = EK_OK;
    bool afresh = true, is_there = true;
    enum ek_theme theme = ui->theme;
    int64_t last_ns = clock_ns(), looked_ns = last_ns;
    while (err == EK_OK && is_there && !ui->wants_quit) {
        ek_terminal_show(terminal, ek_dash_draw(dash), afresh);
        int64_t spent_ns = clock_ns() - last_ns;
        int64_t patience_ns = ek_dash_patience_ns(dash);
        int64_t rest_ns = (ui->is_playing ? FRAME_MS * EK_MS : patience_ns) - spent_ns;
        wait_for_input(terminal, rest_ns > 0 ? rest_ns : 0, mask);
        if (pending != 0 && pending != SIGTSTP)
            return 128 + (int)pending;
        is_there = take_keys(dash, terminal, &err);
        int64_t now_ns = clock_ns();
        if (err == EK_OK)
            err = ek_dash_advance(dash, now_ns - last_ns);
        last_ns = now_ns;
        if (err == EK_OK && now_ns - looked_ns >= patience_ns) {
            looked_ns = now_ns;
            (void)ek_dash_look(dash, &err);
        }
        afresh = grant_wishes(dash, terminal) || ui->theme != theme;
        if (ui->theme != theme)
            ek_terminal_theme(terminal, theme = ui->theme);
    }
    return err != EK_OK ? NO_MEMORY : is_there ? ui->exit_code : 128 + SIGHUP;
}

int ek_tui_run(struct ek_replay *replay, const struct ek_tui_options *options)
{
    char why[128];
    struct signals signals;
    struct ek_tui_options shown = *options;
    (void)setlocale(LC_CTYPE, "");
    shown.ascii = options->ascii || !ek_terminal_is_utf8();
    take_signals(&signals);
    struct ek_terminal *terminal = ek_terminal_open(options->color, why, sizeof why);
    if (!terminal) {
        give_signals_back(&signals);
        fprintf(stderr, "evenkeel tui: %s\n", why);
        return 2;
    }
    struct ek_screen_size size = ek_terminal_size(terminal);
    struct ek_dash *dash = ek_dash_new(replay, &shown, size.columns, size.rows);
    int code = dash ? loop(dash, terminal, &signals.open_mask) : NO_MEMORY;
    ek_dash_free(dash);
    ek_terminal_close(terminal);
    give_signals_back(&signals);
    if (code == NO_MEMORY)
        fprintf(stderr, "evenkeel tui: out of memory\n");
    return code;
}
