/* Recordings of a run that goes on: now and then a copy of this process, which has its memory as it
 * is at that moment, writes the recording so far, while the run itself goes on undisturbed. */
#ifndef EK_CLI_PARTIAL_H
#define EK_CLI_PARTIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ek_partial {
    int64_t every_ns;  /* of real time, at least; and ten times as long as writing takes */
    int64_t next_ns;   /* when the next one is due */
    int64_t forked_ns; /* when `copy` began */
    pid_t copy;        /* that writes one now; 0: none */
    bool is_written;   /* at least one of them */
};

/* The first one is due after `every_ns`. */
void ek_partial_start(struct ek_partial *partial, int64_t every_ns);

/* True in a copy of this process, which now writes and ends with ek_partial_exit. False in the
 * process itself, nearly always at once: unless it is time, and the last one is done. */
bool ek_partial_due(struct ek_partial *partial);

_Noreturn void ek_partial_exit(bool is_written);

/* Waits for the last one, so that what is written next comes after it. */
void ek_partial_end(struct ek_partial *partial);

#endif
