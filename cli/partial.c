#include "cli/partial.h"

#include "evenkeel/time.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    RARITY = 10 /* a copy is at work a tenth of the time at most */
};

static int64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * EK_S + now.tv_nsec;
}

void ek_partial_start(struct ek_partial *partial, int64_t every_ns)
{
    *partial = (struct ek_partial){.every_ns = every_ns, .next_ns = clock_ns() + every_ns};
}

/* Learns whether the copy is done, and waits for that when `waits`. */
static void reap(struct ek_partial *partial, bool waits)
{
    int64_t took_ns;
    int status;
    pid_t ended;

    if (partial->copy == 0)
        return;
    do
        ended = waitpid(partial->copy, &status, waits ? 0 : WNOHANG);
    while (ended < 0 && errno == EINTR);
    if (ended == 0)
        return;
    if (ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        partial->is_written = true;
    partial->copy = 0;
    took_ns = RARITY * (clock_ns() - partial->forked_ns);
    partial->next_ns =
        partial->forked_ns + (took_ns > partial->every_ns ? took_ns : partial->every_ns);
}

bool ek_partial_due(struct ek_partial *partial)
{
    int64_t now_ns = clock_ns();
    pid_t copy;

    reap(partial, false);
    if (partial->copy != 0 || now_ns < partial->next_ns)
        return false;
    copy = fork();
    if (copy == 0)
        return true;
    partial->forked_ns = now_ns;
    partial->copy = copy > 0 ? copy : 0;
    partial->next_ns = now_ns + partial->every_ns;
    return false;
}

_Noreturn void ek_partial_exit(bool is_written)
{
    _exit(is_written ? 0 : 1);
}

void ek_partial_end(struct ek_partial *partial)
{
    reap(partial, true);
}
