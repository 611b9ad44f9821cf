/* A program on a pseudo terminal whose screen libvterm reads. */
#ifndef EK_TEST_TUI_TERMINAL_H
#define EK_TEST_TUI_TERMINAL_H

#include "reports/tui/tui.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

#include <cmocka.h>

enum {
    PATIENCE_MS = 10000,
    TEXT_MAX = 200 * 60 * 4
};

struct terminal {
    int master, slave; /* the slave stays open, so that its mode can be read at the end */
    pid_t child;
    VTerm *vterm;
    VTermScreen *screen;
    int rows, columns;
    bool is_alternate, shows_cursor;
    char text[TEXT_MAX];
};

/* The real program, once it is there: from the environment or from the build. NULL: the dashboard
 * runs in the child of this test. */
static inline const char *program(void)
{
    const char *path = getenv("EK_PROGRAM");
#ifdef EK_PROGRAM
    path = path ? path : EK_PROGRAM;
#endif
    return path;
}

static inline int set_property(VTermProp property, VTermValue *value, void *user)
{
    struct terminal *t = user;
    if (property == VTERM_PROP_ALTSCREEN)
        t->is_alternate = value->boolean;
    if (property == VTERM_PROP_CURSORVISIBLE)
        t->shows_cursor = value->boolean;
    return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = set_property};

static inline void set_size(struct terminal *t, int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    t->rows = rows;
    t->columns = columns;
    assert_int_equal(ioctl(t->master, TIOCSWINSZ, &size), 0);
    vterm_set_size(t->vterm, rows, columns);
}

/* How the dashboard is started. */
struct way {
    const char *recording, *term, *locale;
    const char *folder; /* where the program runs; NULL: here */
    bool color;
};

/* What the child becomes: the program, with the terminal as its own. */
static inline _Noreturn void become(const struct terminal *t, const struct way *way)
{
    (void)setsid();
    if (ioctl(t->slave, TIOCSCTTY, 0) != 0)
        _exit(120);
    for (int fd = 0; fd < 3; fd++)
        (void)dup2(t->slave, fd);
    (void)close(t->slave);
    (void)close(t->master);
    (void)setenv("TERM", way->term, 1);
    (void)setenv("LC_ALL", way->locale, 1);
    (void)unsetenv("NO_COLOR");
    (void)unsetenv("COLORFGBG");
    (void)unsetenv("LINES");
    (void)unsetenv("COLUMNS");
    if (way->folder && chdir(way->folder) != 0)
        _exit(123);
    printf("before the dashboard\n");
    (void)fflush(stdout);
    if (program()) {
        (void)execl(program(), program(), "tui", way->recording,
                    way->color ? "--color=always" : "--color=never", (char *)NULL);
        _exit(121);
    }
    char why[256];
    struct ek_replay *replay = ek_replay_open(way->recording, why, sizeof why);
    struct ek_tui_options options = {.color = way->color, .path = way->recording};
    int code = replay ? ek_tui_run(replay, &options) : 122;
    ek_replay_close(replay);
    _exit(code);
}

static inline struct terminal *start(const struct way *way, int rows, int columns)
{
    struct terminal *t = calloc(1, sizeof *t);
    t->master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(t->master >= 0);
    assert_int_equal(grantpt(t->master), 0);
    assert_int_equal(unlockpt(t->master), 0);
    t->slave = open(ptsname(t->master), O_RDWR | O_NOCTTY);
    assert_true(t->slave >= 0);
    t->vterm = vterm_new(rows, columns);
    vterm_set_utf8(t->vterm, 1);
    t->screen = vterm_obtain_screen(t->vterm);
    vterm_screen_enable_altscreen(t->screen, 1);
    vterm_screen_set_callbacks(t->screen, &callbacks, t);
    vterm_screen_reset(t->screen, 1);
    set_size(t, rows, columns);
    t->child = fork();
    assert_true(t->child >= 0);
    if (t->child == 0)
        become(t, way);
    return t;
}

/* Reads what the program writes for a while; false when nothing came. */
static inline bool feed(struct terminal *t, int wait_ms)
{
    struct pollfd ready = {.fd = t->master, .events = POLLIN};
    char bytes[4096];
    if (poll(&ready, 1, wait_ms) <= 0 || !(ready.revents & POLLIN))
        return false;
    ssize_t count = read(t->master, bytes, sizeof bytes);
    if (count <= 0)
        return false;
    (void)vterm_input_write(t->vterm, bytes, (size_t)count);
    /* Answers to the program's questions. */
    char answer[256];
    size_t size = vterm_output_read(t->vterm, answer, sizeof answer);
    if (size > 0)
        assert_int_equal(write(t->master, answer, size), size);
    return true;
}

static inline const char *screen_text(struct terminal *t)
{
    size_t used = 0;
    for (int row = 0; row < t->rows; row++) {
        VTermRect line = {row, row + 1, 0, t->columns};
        used += vterm_screen_get_text(t->screen, t->text + used, TEXT_MAX - used - 2, line);
        t->text[used++] = '\n';
    }
    t->text[used] = '\0';
    return t->text;
}

static inline int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until the screen has a text. */
static inline void await(struct terminal *t, const char *wanted)
{
    int64_t end_ms = now_ms() + PATIENCE_MS;
    while (!strstr(screen_text(t), wanted)) {
        if (now_ms() > end_ms)
            fail_msg("\"%s\" does not come:\n%s", wanted, screen_text(t));
        (void)feed(t, 50);
    }
}

static inline void type(struct terminal *t, const char *keys)
{
    assert_int_equal(write(t->master, keys, strlen(keys)), strlen(keys));
}

/* Waits for the end. Returns the status as wait has it. */
static inline int finish(struct terminal *t)
{
    int64_t end_ms = now_ms() + PATIENCE_MS;
    int status = 0;
    pid_t ended = 0;
    while ((ended = waitpid(t->child, &status, WNOHANG)) == 0) {
        (void)feed(t, 20);
        if (now_ms() > end_ms) {
            (void)kill(t->child, SIGKILL);
            fail_msg("it does not end:\n%s", screen_text(t));
        }
    }
    assert_int_equal(ended, t->child);
    while (feed(t, 20)) {
    }
    return status;
}

static inline void assert_restored(struct terminal *t)
{
    struct termios mode;
    assert_int_equal(tcgetattr(t->slave, &mode), 0);
    assert_true((mode.c_lflag & ICANON) && (mode.c_lflag & ECHO) && (mode.c_lflag & ISIG));
    assert_true((mode.c_oflag & OPOST) && (mode.c_iflag & ICRNL));
    assert_false(t->is_alternate);
    assert_true(t->shows_cursor);
    if (!strstr(screen_text(t), "before the dashboard"))
        fail_msg("the old screen is not back:\n%s", t->text);
}

static inline void stop(struct terminal *t)
{
    vterm_free(t->vterm);
    (void)close(t->master);
    (void)close(t->slave);
    free(t);
}

#endif
