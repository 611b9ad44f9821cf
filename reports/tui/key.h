/* Keys, what they are called, the actions they stand for. */
#ifndef EK_REPORTS_TUI_KEY_H
#define EK_REPORTS_TUI_KEY_H

#include <stdint.h>

/* A key is a Unicode character or one of these. */
enum ek_key {
    EK_KEY_UP = 0x110000,
    EK_KEY_DOWN,
    EK_KEY_LEFT,
    EK_KEY_RIGHT,
    EK_KEY_SHIFT_LEFT,
    EK_KEY_SHIFT_RIGHT,
    EK_KEY_PAGE_UP,
    EK_KEY_PAGE_DOWN,
    EK_KEY_HOME,
    EK_KEY_END,
    EK_KEY_BACKSPACE,
    EK_KEY_F5,
    EK_KEY_ENTER = '\r',
    EK_KEY_TAB = '\t',
    EK_KEY_ESCAPE = 27
};

enum ek_screen {
    EK_SCREEN_OVERVIEW,
    EK_SCREEN_HEAT,
    EK_SCREEN_EVENTS,
    EK_SCREEN_CONSUL,
    EK_SCREEN_POLICY,
    EK_SCREEN_GRAPHS,
    EK_SCREEN_COMPARE,
    EK_SCREEN_ENDPOINT,
    EK_SCREEN_CHAIN,
    EK_SCREEN_CALL,
    EK_SCREEN_TEXT,
    EK_SCREEN_COUNT
};

/* Where an action makes sense: bits of screens. */
enum {
    EK_ON_OVERVIEW = 1 << EK_SCREEN_OVERVIEW,
    EK_ON_HEAT = 1 << EK_SCREEN_HEAT,
    EK_ON_EVENTS = 1 << EK_SCREEN_EVENTS,
    EK_ON_CONSUL = 1 << EK_SCREEN_CONSUL,
    EK_ON_POLICY = 1 << EK_SCREEN_POLICY,
    EK_ON_GRAPHS = 1 << EK_SCREEN_GRAPHS,
    EK_ON_COMPARE = 1 << EK_SCREEN_COMPARE,
    EK_ON_ENDPOINT = 1 << EK_SCREEN_ENDPOINT,
    EK_ON_CHAIN = 1 << EK_SCREEN_CHAIN,
    EK_ON_CALL = 1 << EK_SCREEN_CALL,
    EK_ON_TEXT = 1 << EK_SCREEN_TEXT,
    EK_ON_ALL = (1 << EK_SCREEN_COUNT) - 1,
    EK_ON_OPEN = EK_ON_OVERVIEW | EK_ON_HEAT | EK_ON_EVENTS | EK_ON_CONSUL | EK_ON_POLICY |
                 EK_ON_COMPARE | EK_ON_ENDPOINT | EK_ON_CHAIN | EK_ON_CALL,
    EK_ON_TABLE = EK_ON_OVERVIEW | EK_ON_HEAT | EK_ON_COMPARE,
    EK_ON_LOG = EK_ON_OVERVIEW | EK_ON_EVENTS | EK_ON_ENDPOINT,
    EK_ON_FOLLOW = EK_ON_OVERVIEW | EK_ON_EVENTS,
    EK_ON_TWO_LISTS = EK_ON_OVERVIEW | EK_ON_CONSUL | EK_ON_POLICY
};

/* X(NAME, word, keys as help shows them, where, text): the word names it in the command line. In
 * the order of the help. */
#define EK_TUI_ACTION_LIST(X)                                                       \
    X(PLAY, "play", "Space", EK_ON_ALL, "play, pause")                              \
    X(STEP, "step", "→ .", EK_ON_ALL, "next event of the log")                      \
    X(STEP_BACK, "step-back", "← ,", EK_ON_ALL, "previous event")                   \
    X(LEAP, "leap", "PgDn Shift→", EK_ON_ALL, "100 events on")                      \
    X(LEAP_BACK, "leap-back", "PgUp Shift←", EK_ON_ALL, "100 events back")          \
    X(FASTER, "faster", "]", EK_ON_ALL, "play faster")                              \
    X(SLOWER, "slower", "[", EK_ON_ALL, "play slower")                              \
    X(CHANGE, "change", "n", EK_ON_ALL, "next fault, state change")                 \
    X(CHANGE_BACK, "change-back", "N", EK_ON_ALL, "previous one")                   \
    X(FAILED, "failed", "e", EK_ON_ALL, "next failed call")                         \
    X(FAILED_BACK, "failed-back", "E", EK_ON_ALL, "previous failed call")           \
    X(CALL, "call", "c", EK_ON_ALL, "open the next kept call")                      \
    X(CALL_BACK, "call-back", "C", EK_ON_ALL, "open the previous one")              \
    X(BROKEN, "broken", "v", EK_ON_ALL, "next broken expectation")                  \
    X(START, "start", "Home", EK_ON_ALL, "to the start")                            \
    X(FINISH, "finish", "End", EK_ON_ALL, "to the end")                             \
    X(DOWN, "down", "j ↓", EK_ON_ALL, "next row")                                   \
    X(UP, "up", "k ↑", EK_ON_ALL, "previous row")                                   \
    X(OPEN, "open", "Enter", EK_ON_OPEN, "open what is selected")                   \
    X(BACK, "back", "Esc", EK_ON_ALL & ~EK_ON_OVERVIEW, "back")                     \
    X(FOCUS, "focus", "Tab", EK_ON_TWO_LISTS, "to the other list")                  \
    X(EXPLAIN, "explain", "x", EK_ON_ALL & ~EK_ON_TEXT, "why: what is selected")    \
    X(INJECT, "inject", "i", EK_ON_ALL, "break something now")                      \
    X(RERUN, "rerun", "p", EK_ON_ALL, "run with another policy")                    \
    X(SWAP, "swap", "b", EK_ON_ALL, "show the other run")                           \
    X(OVERVIEW, "overview", "1", EK_ON_ALL, "overview")                             \
    X(HEAT, "heat", "2", EK_ON_ALL, "heat map")                                     \
    X(EVENTS, "events", "3", EK_ON_ALL, "events")                                   \
    X(CONSUL, "consul", "4", EK_ON_ALL, "Consul")                                   \
    X(POLICY, "policy", "5", EK_ON_ALL, "inside a policy")                          \
    X(GRAPHS, "graphs", "6", EK_ON_ALL, "states and transitions")                   \
    X(COMPARE, "compare", "7", EK_ON_ALL, "two runs side by side")                  \
    X(SEARCH, "search", "/", EK_ON_ALL, "search the events")                        \
    X(FILTER, "filter", "\\", EK_ON_TABLE | EK_ON_EVENTS, "show only what matches") \
    X(FAULTY, "faulty", "!", EK_ON_TABLE, "only what is not healthy")               \
    X(FOLLOW, "follow", "o", EK_ON_FOLLOW, "only this call or fault")               \
    X(FOLLOW_FAULT, "follow-fault", "O", EK_ON_FOLLOW, "only its fault")            \
    X(HOLD, "hold", "F", EK_ON_FOLLOW | EK_ON_TABLE, "stay with this endpoint")     \
    X(EVERY, "every", "a", EK_ON_LOG, "every event or notable")                     \
    X(SORT, "sort", "s", EK_ON_TABLE, "sort by the next column")                    \
    X(INVERT, "invert", "I", EK_ON_TABLE, "sort the other way")                     \
    X(ZOOM, "zoom", "z", EK_ON_ALL, "narrower stretch of time")                     \
    X(ZOOM_OUT, "zoom-out", "Z", EK_ON_ALL, "wider stretch of time")                \
    X(MARK, "mark", "m", EK_ON_ALL, "mark, unmark this moment")                     \
    X(MARK_NEXT, "mark-next", "u", EK_ON_ALL, "to the next mark")                   \
    X(MARK_BACK, "mark-back", "U", EK_ON_ALL, "to the previous mark")               \
    X(SINCE, "since", "T", EK_ON_ALL, "time since the mark")                        \
    X(REPEAT, "repeat", "r", EK_ON_ALL, "repeat :goto +time")                       \
    X(MOMENT, "moment", "y", EK_ON_ALL, "command to return here")                   \
    X(SAVE, "save", "S", EK_ON_ALL, "save the screen")                              \
    X(CAST, "cast", "P", EK_ON_ALL, "record an asciicast")                          \
    X(RELOAD, "reload", "F5", EK_ON_ALL, "read the file again")                     \
    X(COMMAND, "command", ":", EK_ON_ALL, "command line")                           \
    X(HELP, "help", "?", EK_ON_ALL, "this help")                                    \
    X(REDRAW, "redraw", "Ctrl-L", EK_ON_ALL, "draw afresh")                         \
    X(SUSPEND, "suspend", "Ctrl-Z", EK_ON_ALL, "suspend")                           \
    X(QUIT, "quit", "q", EK_ON_ALL, "quit")

enum ek_tui_action {
    EK_DO_NOTHING,
#define EK_TUI_ACTION_NAME(name, word, keys, where, text) EK_DO_##name,
    EK_TUI_ACTION_LIST(EK_TUI_ACTION_NAME)
#undef EK_TUI_ACTION_NAME
    EK_DO_COUNT
};

struct ek_tui_action_text {
    const char *word, *keys, *text;
    unsigned where; /* EK_ON_* */
};

/* `action` > 0. */
const struct ek_tui_action_text *ek_tui_action_text(enum ek_tui_action action);

/* The action of a key on a screen; 0 for none. */
enum ek_tui_action ek_key_action(uint32_t key, enum ek_screen screen);

/* The action called so, or that begins so when only one does; 0 for none. */
enum ek_tui_action ek_tui_action_find(const char *word);

/* Reads one key of a script: a character, or a name in <>. <wait 500ms> gives no key, but the time
 * in `*wait_ns`. Moves `*script` past it; 0 at the end; a "<" that begins no name is itself. */
uint32_t ek_key_read(const char **script, int64_t *wait_ns);

/* Reads "40s", "1.5m", "250ms" or a bare number of seconds; false leaves `*ns` alone. */
_Bool ek_duration_read(const char *text, int64_t *ns);

#endif
