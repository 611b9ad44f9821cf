#include "reports/tui/chain.h"

#include "evenkeel/mem.h"

#include <string.h>

enum {
    CAUSES_MAX = 64, /* a chain that is longer is damaged */
    LINES_MAX = 400
};

struct scratch {
    uint32_t *line_of; /* of each event, + 1; 0: none */
    bool *seen;        /* clients of each line, line after line */
    size_t clients;
};

static bool append(struct ek_chain *chain, struct ek_chain_line line)
{
    if (!ek_mem_grow(&ek_mem_libc, (void **)&chain->lines, &chain->capacity, chain->count + 1,
                     sizeof *chain->lines))
        return false;
    chain->lines[chain->count++] = line;
    return true;
}

/* The lines from the root cause down to the event itself. */
static bool add_causes(struct ek_chain *chain, const struct ek_replay *replay,
                       const struct ek_replay_event *events, const struct ek_replay_event *event)
{
    const struct ek_replay_event *path[CAUSES_MAX];
    size_t length = 0;
    while (event && length < CAUSES_MAX) {
        path[length++] = event;
        uint64_t cause = event->cause;
        event = cause != 0 && cause < event->id ? ek_replay_event_by_id(replay, cause) : NULL;
        chain->is_cut = chain->is_cut || (cause != 0 && !event);
    }
    for (size_t i = length; i-- > 0;) {
        struct ek_chain_line line = {
            .event = (size_t)(path[i] - events),
            .count = 1,
            .last_ns = path[i]->at_ns,
            .parent = chain->count == 0 ? SIZE_MAX : chain->count - 1,
            .depth = (int)(length - 1 - i),
        };
        if (!append(chain, line))
            return false;
    }
    chain->focus = chain->count - 1;
    return true;
}

/* The line among the children of `parent` that an event of that kind joins; SIZE_MAX: a new one. */
static size_t joined(const struct ek_chain *chain, const struct ek_replay_event *events,
                     size_t parent, const struct ek_replay_event *event)
{
    for (size_t i = chain->focus + 1; i < chain->count; i++) {
        const struct ek_replay_event *first = &events[chain->lines[i].event];
        if (chain->lines[i].parent == parent && first->kind == event->kind &&
            (event->kind != EK_RECORD_SUBCHANNEL_STATE || first->b == event->b) &&
            (event->kind != EK_RECORD_CHECK || strcmp(first->text, event->text) == 0))
            return i;
    }
    return SIZE_MAX;
}

/* Adds an event to its line. */
static void count_in(struct ek_chain_line *line, const struct ek_replay_event *event, bool *seen,
                     size_t clients)
{
    line->count++;
    line->last_ns = event->at_ns;
    if (event->actor < clients && !seen[event->actor]) {
        seen[event->actor] = true;
        line->clients++;
    }
}

/* Walks the later events; a cause is always earlier, so one pass finds everything that followed. */
static bool add_effects(struct ek_chain *chain, const struct ek_replay *replay,
                        const struct ek_replay_event *events, size_t count,
                        const struct scratch *scratch)
{
    uint32_t *line_of = scratch->line_of;
    size_t start = chain->lines[chain->focus].event;
    line_of[start] = (uint32_t)chain->focus + 1;
    for (size_t i = start + 1; i < count; i++) {
        const struct ek_replay_event *cause =
            events[i].cause != 0 ? ek_replay_event_by_id(replay, events[i].cause) : NULL;
        size_t cause_index = cause ? (size_t)(cause - events) : i;
        if (cause_index >= i || line_of[cause_index] == 0)
            continue;
        size_t parent = line_of[cause_index] - 1;
        size_t line = joined(chain, events, parent, &events[i]);
        if (line == SIZE_MAX) {
            if (chain->count == LINES_MAX) {
                chain->is_cut = true;
                continue;
            }
            line = chain->count;
            if (!append(chain, (struct ek_chain_line){.event = i,
                                                      .parent = parent,
                                                      .depth = chain->lines[parent].depth + 1}))
                return false;
        }
        count_in(&chain->lines[line], &events[i], &scratch->seen[line * scratch->clients],
                 scratch->clients);
        line_of[i] = (uint32_t)line + 1;
    }
    return true;
}

/* Puts each effect below its cause. Parents have smaller numbers than their children. */
static enum ek_err order_as_tree(struct ek_chain *chain)
{
    size_t first = chain->focus + 1;
    size_t count = chain->count;
    struct ek_chain_line *ordered =
        ek_mem_zeroed(&ek_mem_libc, chain->capacity + 1, sizeof *ordered);
    size_t *place = ek_mem_zeroed(&ek_mem_libc, count + 1, sizeof *place);
    if (!ordered || !place) {
        ek_mem_free(&ek_mem_libc, ordered);
        ek_mem_free(&ek_mem_libc, place);
        return EK_ENOMEM;
    }
    for (size_t i = 0; i < first; i++) {
        ordered[i] = chain->lines[i];
        place[i] = i;
    }
    for (size_t i = first; i < count; i++) {
        /* After the last line already placed under the same parent. */
        size_t parent = place[chain->lines[i].parent];
        size_t at = parent + 1;
        while (at < i && ordered[at].depth > ordered[parent].depth)
            at++;
        memmove(&ordered[at + 1], &ordered[at], (i - at) * sizeof *ordered);
        for (size_t k = 0; k < i; k++)
            place[k] += place[k] >= at ? 1 : 0;
        for (size_t k = at + 1; k <= i; k++)
            ordered[k].parent += ordered[k].parent != SIZE_MAX && ordered[k].parent >= at ? 1 : 0;
        ordered[at] = chain->lines[i];
        ordered[at].parent = parent;
        place[i] = at;
    }
    ek_mem_free(&ek_mem_libc, chain->lines);
    ek_mem_free(&ek_mem_libc, place);
    chain->lines = ordered;
    return EK_OK;
}

enum ek_err ek_chain_fill(struct ek_chain *chain, const struct ek_replay *replay, uint64_t event)
{
    if (chain->lines && chain->event == event)
        return EK_OK;
    chain->event = event;
    chain->count = chain->focus = 0;
    chain->is_cut = false;
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    const struct ek_replay_event *self = ek_replay_event_by_id(replay, event);
    if (!self)
        return EK_OK;
    struct scratch scratch = {0};
    (void)ek_replay_clients(replay, &scratch.clients);
    scratch.line_of = ek_mem_zeroed(&ek_mem_libc, count + 1, sizeof *scratch.line_of);
    scratch.seen = ek_mem_zeroed(&ek_mem_libc, (size_t)LINES_MAX + CAUSES_MAX,
                                 (scratch.clients + 1) * sizeof *scratch.seen);
    bool is_filled = scratch.line_of && scratch.seen && add_causes(chain, replay, events, self) &&
                     add_effects(chain, replay, events, count, &scratch);
    ek_mem_free(&ek_mem_libc, scratch.line_of);
    ek_mem_free(&ek_mem_libc, scratch.seen);
    return is_filled ? order_as_tree(chain) : EK_ENOMEM;
}

void ek_chain_deinit(struct ek_chain *chain)
{
    ek_mem_free(&ek_mem_libc, chain->lines);
    *chain = (struct ek_chain){0};
}
