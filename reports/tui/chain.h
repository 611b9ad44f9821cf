/* Why an event happened, what came of it. */
#ifndef EK_REPORTS_TUI_CHAIN_H
#define EK_REPORTS_TUI_CHAIN_H

#include "evenkeel/err.h"
#include "reports/recording/replay.h"

struct ek_chain_line {
    size_t event;     /* index of the event */
    size_t count;     /* events of one kind and cause are one line */
    int64_t last_ns;  /* when the last of them was */
    uint32_t clients; /* that take part in them */
    size_t parent;    /* line of its cause; SIZE_MAX for the root */
    int depth;        /* 0 for the root */
};

struct ek_chain {
    uint64_t event; /* id of the event it is about */
    size_t focus;   /* its line; the lines before are its causes, root first */
    bool is_cut;    /* a cause was not kept in the recording, or there was too much to show */
    struct ek_chain_line *lines;
    size_t count, capacity;
};

/* Fills a zeroed chain, or one filled before; does nothing when it is for that event already. An
 * event that is not in the recording has a chain without lines. */
EK_MUST_USE enum ek_err ek_chain_fill(struct ek_chain *chain, const struct ek_replay *replay,
                                      uint64_t event);
void ek_chain_deinit(struct ek_chain *chain);

#endif
