#include "reports/graph/graph.h"

#include "reports/graph/graph_dot.h"
#include "reports/text/render_text.h"

#include "evenkeel/event.h"

#include <stdlib.h>

/* How gRPC's specification knows a transition. */
enum known {
    UNKNOWN,
    USUAL, /* drawn even when it never happened */
    LEGAL
};

/* clang-format off */
/* connectivity-semantics-and-api.md; A105 for READY to CONNECTING and to TRANSIENT_FAILURE. */
static const unsigned char known[EK_CONN_COUNT][EK_CONN_COUNT] = {
    /*                        IDLE     CONNECTING READY    TF       SHUTDOWN */
    [EK_CONN_IDLE]              = {UNKNOWN, USUAL,     UNKNOWN, UNKNOWN, LEGAL},
    [EK_CONN_CONNECTING]        = {LEGAL,   UNKNOWN,   USUAL,   USUAL,   LEGAL},
    [EK_CONN_READY]             = {USUAL,   LEGAL,     UNKNOWN, LEGAL,   LEGAL},
    [EK_CONN_TRANSIENT_FAILURE] = {USUAL,   LEGAL,     UNKNOWN, UNKNOWN, LEGAL},
    [EK_CONN_SHUTDOWN]          = {UNKNOWN, UNKNOWN,   UNKNOWN, UNKNOWN, UNKNOWN},
};

struct look {
    const char *name, *color, *fill;
};
static const struct look looks[EK_CONN_COUNT] = {
    [EK_CONN_IDLE]              = {"IDLE",              "#555555", "#F4F4F4"},
    [EK_CONN_CONNECTING]        = {"CONNECTING",        "#56B4E9", "#EAF6FD"},
    [EK_CONN_READY]             = {"READY",             "#117733", "#E8F4EC"},
    [EK_CONN_TRANSIENT_FAILURE] = {"TRANSIENT_FAILURE", "#882255", "#F8E9F0"},
    [EK_CONN_SHUTDOWN]          = {"SHUTDOWN",          "#555555", "#F4F4F4"},
};
/* clang-format on */

static void put_state(FILE *out, const uint64_t (*taken)[EK_CONN_COUNT], unsigned state)
{
    uint64_t entered = 0, left = 0;
    for (unsigned other = 0; other < EK_CONN_COUNT; other++) {
        entered += taken[other][state];
        left += taken[state][other];
    }
    const struct look *look = &looks[state];
    bool seen = entered > 0 || left > 0;
    fprintf(out, "    s%u [id=\"state-%u\", label=\"%s\\n", state, state, look->name);
    const char *start = state == EK_CONN_IDLE && seen ? "start, " : "";
    if (entered > 0)
        fprintf(out, "%sentered %s", start, ek__counted(entered, "time").s);
    else
        fputs(seen ? "start" : "never entered", out);
    if (seen)
        fprintf(out, "\", color=\"%s\", fillcolor=\"%s\", penwidth=2.5];\n", look->color,
                look->fill);
    else
        fputs("\", color=\"#BBBBBB\", fontcolor=\"#8A8A8A\", style=\"filled,dashed\"];\n", out);
}

/* Wider for a larger part of all transitions. */
static void put_edge(FILE *out, unsigned from, unsigned to, uint64_t count, uint64_t total)
{
    bool is_known = known[from][to] != UNKNOWN;
    fprintf(out, "    s%u -> s%u [id=\"edge-%u-%u\", ", from, to, from, to);
    if (count == 0) {
        fputs("label=\" never \", color=\"#BBBBBB\", fontcolor=\"#8A8A8A\", style=dashed];\n", out);
        return;
    }
    fprintf(out, "label=\" %s%s \", penwidth=%s", ek__count(count).s,
            is_known ? "" : "\\n not in the spec", ek__decimal(count * 3 + total, total, 1).s);
    if (!is_known)
        fputs(", color=\"#CC0000\", fontcolor=\"#CC0000\", style=dashed", out);
    else
        fprintf(out, ", color=\"%s\"", looks[to].color);
    fputs("];\n", out);
}

char *ek_graph_states(const struct ek_replay *replay)
{
    const uint64_t(*taken)[EK_CONN_COUNT] = ek_replay_transitions(replay);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    uint64_t total = 0;
    for (unsigned from = 0; from < EK_CONN_COUNT; from++) {
        for (unsigned to = 0; to < EK_CONN_COUNT; to++)
            total += taken[from][to];
    }
    ek__dot_begin(out, ek_replay_results(replay), "connection states",
                  "number: how often, over all connections   grey: never   "
                  "dashed red: not in gRPC's specification",
                  "nodesep=0.7, ranksep=1.0,");
    for (unsigned state = 0; state < EK_CONN_COUNT; state++)
        put_state(out, taken, state);
    for (unsigned from = 0; from < EK_CONN_COUNT; from++) {
        for (unsigned to = 0; to < EK_CONN_COUNT; to++) {
            if (taken[from][to] > 0 || known[from][to] == USUAL)
                put_edge(out, from, to, taken[from][to], total);
        }
    }
    /* SHUTDOWN stays at the end, taken or not. */
    fprintf(out, "    s%d -> s%d [style=invis];\n", EK_CONN_READY, EK_CONN_SHUTDOWN);
    ek__dot_end(out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
