#include "cli/aside.h"

#include "cli/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SAID_MAX = 8192
};

struct ek_aside {
    pid_t child;
    int words; /* the end of a pipe from its stderr */
    int code;  /* -1: it works */
    size_t size;
    char said[SAID_MAX];
};

/* The child is an ordinary program again: it neither knows of a dashboard's signals nor of its
 * terminal. A terminal that goes away ends it by whoever waits for it. */
static _Noreturn void become(int words, int (*work)(void *context), void *context)
{
    sigset_t none;
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC), code;

    for (int signal_number = 1; signal_number < 32; signal_number++)
        if (signal_number != SIGHUP && signal_number != SIGINT && signal_number != SIGTERM)
            (void)signal(signal_number, SIG_DFL);
    (void)signal(SIGHUP, SIG_IGN);
    if (nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 || dup2(nowhere, STDOUT_FILENO) < 0 ||
        dup2(words, STDERR_FILENO) < 0)
        _exit(EK_EXIT_INTERNAL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    code = work(context);
    (void)fflush(stderr);
    _exit(code);
}

struct ek_aside *ek_aside_start(int (*work)(void *context), void *context)
{
    struct ek_aside *aside = calloc(1, sizeof *aside);
    int ends[2] = {-1, -1};

    if (aside == NULL || pipe(ends) != 0) {
        free(aside);
        return NULL;
    }
    for (int i = 0; i < 2; i++)
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    (void)fflush(NULL);
    aside->code = -1;
    aside->words = ends[0];
    aside->child = fork();
    if (aside->child == 0)
        become(ends[1], work, context);
    (void)close(ends[1]);
    if (aside->child > 0)
        return aside;
    (void)close(ends[0]);
    free(aside);
    return NULL;
}

/* More than fits is dropped, so that the child never waits for us. */
static void listen_to(struct ek_aside *aside)
{
    char rest[512];
    ssize_t length;

    do {
        size_t room = SAID_MAX - 1 - aside->size;

        length = room > 0 ? read(aside->words, aside->said + aside->size, room)
                          : read(aside->words, rest, sizeof rest);
        if (length > 0 && room > 0)
            aside->size += (size_t)length;
    } while (length > 0 || (length < 0 && errno == EINTR));
}

int ek_aside_look(struct ek_aside *aside, bool waits)
{
    int status = 0;
    pid_t ended;

    if (aside->code >= 0)
        return aside->code;
    if (waits) /* until its end of the pipe is closed, which its copies may outlive */
        (void)fcntl(aside->words, F_SETFL, 0);
    listen_to(aside);
    do
        ended = waitpid(aside->child, &status, waits ? 0 : WNOHANG);
    while (ended < 0 && errno == EINTR && waits);
    if (ended == aside->child || (ended < 0 && errno == ECHILD)) {
        listen_to(aside);
        aside->code = ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EK_EXIT_INTERNAL;
    }
    return aside->code;
}

const char *ek_aside_said(const struct ek_aside *aside)
{
    return aside->said;
}

void ek_aside_free(struct ek_aside *aside)
{
    if (aside == NULL)
        return;
    if (ek_aside_look(aside, false) < 0) {
        (void)kill(aside->child, SIGTERM);
        (void)ek_aside_look(aside, true);
    }
    (void)close(aside->words);
    free(aside);
}
