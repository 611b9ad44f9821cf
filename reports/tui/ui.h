/* What the user has chosen: where the cursor is, what is open, what is selected. */
#ifndef EK_REPORTS_TUI_UI_H
#define EK_REPORTS_TUI_UI_H

#include "reports/tui/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EK_UI_MARKS_MAX = 32,
    EK_UI_BACK_MAX = 16,
    EK_UI_TEXT_MAX = 96,
    EK_UI_PATH_MAX = 400
};

/* Columns that the endpoint table can be sorted by. */
#define EK_SORT_LIST(X) \
    X(NAME, "name")     \
    X(STATE, "state")   \
    X(SHARE, "share")   \
    X(P99, "p99")       \
    X(ERRORS, "errors") \
    X(ZONE, "zone")

enum ek_sort {
#define EK_SORT_NAME_OF(name, word) EK_SORT_BY_##name,
    EK_SORT_LIST(EK_SORT_NAME_OF)
#undef EK_SORT_NAME_OF
    EK_SORT_COUNT
};

const char *ek_sort_word(enum ek_sort sort);

/* How it is coloured. */
#define EK_THEME_LIST(X)         \
    X(DEFAULT, "default")        \
    X(LIGHT, "light")            \
    X(CONTRAST, "high-contrast") \
    X(MONO, "mono")

enum ek_theme {
#define EK_THEME_NAME(name, word) EK_THEME_##name,
    EK_THEME_LIST(EK_THEME_NAME)
#undef EK_THEME_NAME
    EK_THEME_COUNT
};

const char *ek_theme_word(enum ek_theme theme);

/* What the line at the bottom asks for. */
enum ek_prompt {
    EK_PROMPT_NONE,
    EK_PROMPT_COMMAND,
    EK_PROMPT_SEARCH,
    EK_PROMPT_FILTER,
    EK_PROMPT_INJECT,
    EK_PROMPT_RERUN,
    EK_PROMPT_SAVE,
    EK_PROMPT_CAST
};

/* What the dashboard does beyond moving and drawing: with files, with the simulator. */
enum ek_wish {
    EK_WISH_NONE,
    EK_WISH_INJECT,  /* a fault: its words */
    EK_WISH_RERUN,   /* a policy */
    EK_WISH_EXPLAIN, /* what, as `evenkeel explain` has it */
    EK_WISH_SWAP,
    EK_WISH_SAVE, /* a path */
    EK_WISH_CAST, /* a path; "" ends the one that is recorded */
    EK_WISH_RELOAD
};

/* A screen with what it is about. */
struct ek_place {
    enum ek_screen screen;
    uint32_t endpoint; /* of the endpoint's screen */
    uint64_t event;    /* id, of the chain's screen */
    uint64_t call;     /* number, of the call's screen */
    size_t row;        /* selected there */
};

struct ek_ui {
    struct ek_place place;
    struct ek_place back[EK_UI_BACK_MAX];
    size_t back_count;

    /* The cursor: after all events until `at_ns`, or before event number `event_index`. */
    int64_t at_ns;
    size_t event_index;
    bool is_by_event;
    int64_t awaited_ns; /* where it will be once the run has come so far; 0: nowhere else */
    int64_t silent_ns;  /* real time since the last news of a run that goes on */

    bool is_playing;
    int speed; /* index for ek_ui_speed */
    int zoom;  /* the stretch of time on screen is duration / 2^zoom */

    uint32_t endpoint;     /* selected in table and heat map */
    uint32_t client;       /* selected on the screens of Consul and policy */
    bool is_log_focused;   /* on the overview */
    bool is_lower_focused; /* on the screens of Consul and policy: the list of endpoints */
    enum ek_sort sort;
    bool is_inverted;
    bool shows_every_event;
    bool shows_faulty;     /* endpoints that are not healthy, alone */
    bool is_held;          /* the selected endpoint stays on top, the log is about it */
    uint64_t follow_call;  /* the log is about this call; 0: none */
    uint32_t follow_fault; /* ... about this fault, when > 0: its number + 1 */
    char endpoint_filter[EK_UI_TEXT_MAX], event_filter[EK_UI_TEXT_MAX], search[EK_UI_TEXT_MAX];

    enum ek_prompt prompt;
    char input[EK_UI_PATH_MAX];
    int help_page; /* 0: no help */

    int64_t marks[EK_UI_MARKS_MAX]; /* ascending */
    size_t mark_count;
    size_t broken_count;             /* number + 1 of the broken expectation last gone to */
    int64_t mark_ns;                 /* the mark last set; -1: none */
    int64_t jump_ns;                 /* the last :goto +time; 0: none yet */
    char status[EK_UI_TEXT_MAX * 4]; /* one line until the next key; "" shows the keys */

    /* A wish that the dashboard grants and clears at once. */
    enum ek_wish wish;
    char wished[EK_UI_PATH_MAX];
    bool has_other;    /* there is a second run */
    bool is_recording; /* an asciicast */
    enum ek_theme theme;

    /* Wishes that only a driver can grant; it clears them. */
    bool wants_quit, wants_redraw, wants_suspend;
    int exit_code;
};

enum {
    EK_UI_SPEED_ONE = 6,
    EK_UI_SPEED_COUNT = 16
};

/* Virtual nanoseconds per 100 real ones. */
int64_t ek_ui_speed_percent(int speed);

/* "x1/100", "x10". */
const char *ek_ui_speed_word(int speed);

/* The speed that a word like "10x", "x10" or "1/10" stands for; false leaves `*speed` alone. */
bool ek_ui_speed_find(const char *word, int *speed);

/* Opens a place and remembers the one before. */
void ek_ui_open(struct ek_ui *ui, struct ek_place place);

struct ek_snapshot;

/* After another run has come in: what it has not is not selected, nor open, any more. */
void ek_ui_fit(struct ek_ui *ui, const struct ek_snapshot *snapshot);

/* Moves the cursor to a time; the end and the start are limits. */
void ek_ui_seek(struct ek_ui *ui, int64_t at_ns, int64_t end_ns);

#endif
