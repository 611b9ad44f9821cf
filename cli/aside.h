/* Work that a process of its own does, so that this one stays free for its user. */
#ifndef EK_CLI_ASIDE_H
#define EK_CLI_ASIDE_H

#include <stdbool.h>
#include <stddef.h>

struct ek_aside;

/* Begins `work`; what it returns is its exit code, and what it writes to stderr is kept. Returns
 * new; NULL when there is no process or no memory for it. */
struct ek_aside *ek_aside_start(int (*work)(void *context), void *context);

/* Its exit code, or -1 while it works; waits for the end when `waits`. */
int ek_aside_look(struct ek_aside *aside, bool waits);

/* What it said on stderr so far. Borrowed until the next look. */
const char *ek_aside_said(const struct ek_aside *aside);

/* Tells it to stop, waits until it has, and frees. NULL does nothing. */
void ek_aside_free(struct ek_aside *aside);

#endif
