/* The lines of an event log: one event each, or many alike folded into one. */
#ifndef EK_REPORTS_TUI_LOG_H
#define EK_REPORTS_TUI_LOG_H

#include "evenkeel/err.h"
#include "reports/recording/replay.h"

struct ek_log_line {
    size_t first;                /* index of the event it shows */
    size_t count;                /* events folded into it */
    int64_t last_ns;             /* when the last of them was */
    uint32_t clients, endpoints; /* that take part in them */
};

/* Which events a log has. */
struct ek_log_choice {
    bool every;        /* each on its own line; otherwise only notable ones, those alike folded */
    uint32_t endpoint; /* only about this one; EK_NOBODY: all */
    uint64_t call;     /* only this call's, with what caused them; 0: all */
    uint32_t fault;    /* only what this fault led to, when > 0: its number + 1 */
    char filter[96];   /* only lines whose text has this in any case; "!" at its start: has not */
};

struct ek_log {
    struct ek_log_choice choice;
    struct ek_log_line *lines; /* in order of `first` */
    size_t count, capacity;
};

/* Fills a zeroed log, or one filled before. */
EK_MUST_USE enum ek_err ek_log_fill(struct ek_log *log, const struct ek_replay *replay,
                                    const struct ek_log_choice *choice);
void ek_log_deinit(struct ek_log *log);

/* The line that the cursor is on: the last that began before event number `event_index`;
 * SIZE_MAX when none has. */
size_t ek_log_at(const struct ek_log *log, size_t event_index);

/* A fault's begin or end, a process, an ejection, a return, a channel's state. */
bool ek_log_is_change(enum ek_record_kind kind);

/* The number of the call that an event is about; 0: none. */
uint64_t ek_event_call(const struct ek_replay_event *event);

/* The sentence of a line; with folded events, how many they are before it and who takes part in
 * how long after it. */
const char *ek_log_text(const struct ek_replay *replay, const struct ek_log_line *line, char *out,
                        size_t size);

/* Whether text holds `wanted`, in any case; with "!" before it, whether it does not. */
bool ek_text_matches(const char *text, const char *wanted);

#endif
