/* The terminal dashboard: a recording under a cursor in time. */
#ifndef EK_REPORTS_TUI_H
#define EK_REPORTS_TUI_H

#include "evenkeel/lb.h"
#include "reports/recording/replay.h"

#include <stdio.h>

/* A run that is made for the dashboard, in a process of its own. */
struct ek_tui_made {
    char recording[512]; /* its path; the file is there once there is something to see */
    char scenario[512];  /* of the file that repeats it; "" when the command does */
    char why[256];       /* when it failed: one line */
    void *run;           /* of the hooks; NULL: none */
};

enum ek_tui_run {
    EK_TUI_RUN_GOING,
    EK_TUI_RUN_OVER,
    EK_TUI_RUN_FAILED /* see `why` */
};

/* What only the program can do, since readers know no simulator. All run the scenario that a
 * recording holds again, with its seed; the first two begin that and fill `made`. */
struct ek_tui_hooks {
    void *self;
    const char *const *faults;               /* words that a fault can begin with; ends with NULL */
    const struct ek_lb_ops *const *policies; /* the same of policies */
    /* `words`: "kill b03", "slow b03 10x for 20s": from `at_ns` on. */
    bool (*inject)(void *self, const struct ek_replay *replay, int64_t at_ns, const char *words,
                   struct ek_tui_made *made);
    bool (*rerun)(void *self, const struct ek_replay *replay, const char *policy,
                  struct ek_tui_made *made);
    /* How a run that was begun stands; `waits`: at its end. */
    enum ek_tui_run (*look)(void *self, struct ek_tui_made *made, bool waits);
    /* Ends it where it is, if it goes on, and forgets it. The recording is whole then. */
    void (*stop)(void *self, struct ek_tui_made *made);
    /* Nothing else than before, but with what the picks of a call chose from. Returns new; NULL and
     * a reason in one line. */
    struct ek_replay *(*trace)(void *self, const struct ek_replay *replay, uint64_t call, char *why,
                               size_t why_size);
};

struct ek_tui_options {
    bool color;                  /* false: shapes and words only */
    bool ascii;                  /* no characters beyond ASCII */
    int64_t start_ns;            /* where the cursor begins */
    bool play;                   /* start playing */
    bool follow;                 /* start at the end of a run that goes on, and stay there */
    const char *speed;           /* "10x"; NULL: real time */
    const char *path;            /* of the recording, for the command that returns to a moment */
    struct ek_replay *other;     /* a second run, for comparison; NULL: none */
    const char *other_path;      /* of it */
    struct ek_tui_made *made[2]; /* the processes that write the recordings; NULL: others do. A
                                    dashboard that begins takes their runs, which are NULL then */
    const struct ek_tui_hooks *hooks; /* NULL: none */
    const char *frames;               /* scripts: a folder for a file per frame; NULL: none */
    bool timing;                      /* scripts: says on stderr what a frame takes */
    bool waits;                       /* for the end of each run that it begins */
};

/* Whether `word` is a speed that the dashboard can play at: "10x", "1/2x". */
bool ek_tui_is_speed(const char *word);

/* Runs until the user quits; draws on /dev/tty. When the file at `path` is replaced by another, it
 * is read again, so that runs that go on are followed. Returns an exit code: 0, or 2 without a
 * terminal that can show it, with one line on stderr, or 128 + the number of the signal that ended
 * it. */
int ek_tui_run(struct ek_replay *replay, const struct ek_tui_options *options);

/* The same on a test clock, without a terminal: feeds keys, then prints the last frame as text.
 *
 * `keys` are characters, or names in <>: <Space> <Enter> <Esc> <Tab> <BS> <lt> <Left> <Right> <Up>
 * <Down> <S-Left> <S-Right> <PgUp> <PgDn> <Home> <End> <F5> <C-l> <C-c>; <wait 500ms> lets time
 * pass in frames of 16 ms; <size 120x40> resizes; <click 10,3> is the mouse; <frame> prints a frame
 * in between. Returns an exit code: that of the dashboard if the keys quit it, else 0; 2 when
 * `keys` has an unknown name, with one line on stderr. */
int ek_tui_script(struct ek_replay *replay, const struct ek_tui_options *options, const char *keys,
                  int columns, int rows, FILE *out);

#endif
