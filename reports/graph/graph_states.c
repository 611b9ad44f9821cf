#include "reports/graph/graph.h"

#include "reports/graph/graph_dot.h"
#include "reports/graph/picture.h"
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

/* ---- how long ---- */

/* Times that subchannels stayed in each state, of those that left it. */
struct dwells {
    int64_t *ns[EK_CONN_COUNT]; /* sorted */
    size_t count[EK_CONN_COUNT];
};

static int compare_ns(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static bool is_state(int64_t state)
{
    return state >= 0 && state < EK_CONN_COUNT;
}

static bool dwells_init(struct dwells *dwells, const struct ek_replay *replay)
{
    const uint64_t(*taken)[EK_CONN_COUNT] = ek_replay_transitions(replay);
    bool ok = true;
    for (unsigned from = 0; from < EK_CONN_COUNT; from++) {
        uint64_t left = 0;
        for (unsigned to = 0; to < EK_CONN_COUNT; to++)
            left += taken[from][to];
        dwells->ns[from] = calloc((size_t)left + 1, sizeof(int64_t));
        ok = ok && dwells->ns[from] != NULL;
    }
    return ok;
}

static void dwells_deinit(struct dwells *dwells)
{
    for (unsigned state = 0; state < EK_CONN_COUNT; state++)
        free(dwells->ns[state]);
}

/* A first change has no recorded beginning, so it is not counted. */
static void dwells_fill(struct dwells *dwells, const struct ek_replay *replay, int64_t *since)
{
    const struct ek_results *results = ek_replay_results(replay);
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    for (size_t i = 0; i < results->client_count * results->endpoint_count; i++)
        since[i] = -1;
    for (size_t i = 0; i < count; i++) {
        const struct ek_replay_event *e = &events[i];
        if (e->kind != EK_RECORD_SUBCHANNEL_STATE || e->actor == EK_NOBODY ||
            e->subject == EK_NOBODY || !is_state(e->a) || !is_state(e->b))
            continue;
        int64_t *start = &since[e->actor * results->endpoint_count + e->subject];
        if (*start >= 0)
            dwells->ns[e->a][dwells->count[e->a]++] = e->at_ns - *start;
        *start = e->at_ns;
    }
    for (unsigned state = 0; state < EK_CONN_COUNT; state++)
        qsort(dwells->ns[state], dwells->count[state], sizeof(int64_t), compare_ns);
}

/* ", median 0.9 s" of the times in a state; "" when nothing left it. */
static const char *dwell_text(const struct dwells *dwells, unsigned state, char *out, size_t size)
{
    size_t count = dwells->count[state];
    out[0] = '\0';
    if (count > 0)
        snprintf(out, size, "median stay %s", ek__duration(dwells->ns[state][(count - 1) / 2]).s);
    return out;
}

/* ---- DOT ---- */

static void put_state(FILE *out, const uint64_t (*taken)[EK_CONN_COUNT],
                      const struct dwells *dwells, unsigned state)
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
    char stay[80];
    if (dwell_text(dwells, state, stay, sizeof stay)[0] != '\0')
        fprintf(out, "\\n%s", stay);
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

static void write_dot(FILE *out, const struct ek_replay *replay, const struct dwells *dwells)
{
    const uint64_t(*taken)[EK_CONN_COUNT] = ek_replay_transitions(replay);
    uint64_t total = 0;
    for (unsigned from = 0; from < EK_CONN_COUNT; from++) {
        for (unsigned to = 0; to < EK_CONN_COUNT; to++)
            total += taken[from][to];
    }
    ek__dot_begin(out, ek_replay_results(replay), "connection states",
                  "number: how often, over all connections   stay: of those that left   grey: never"
                  "   dashed red: not in gRPC's specification",
                  "nodesep=0.7, ranksep=1.0,");
    for (unsigned state = 0; state < EK_CONN_COUNT; state++)
        put_state(out, taken, dwells, state);
    for (unsigned from = 0; from < EK_CONN_COUNT; from++) {
        for (unsigned to = 0; to < EK_CONN_COUNT; to++) {
            if (taken[from][to] > 0 || known[from][to] == USUAL)
                put_edge(out, from, to, taken[from][to], total);
        }
    }
    /* SHUTDOWN stays at the end, taken or not. */
    fprintf(out, "    s%d -> s%d [style=invis];\n", EK_CONN_READY, EK_CONN_SHUTDOWN);
    ek__dot_end(out);
}

/* ---- Mermaid ---- */

static char *write_mermaid(const struct ek_replay *replay, const struct dwells *dwells)
{
    static const enum ek__tone tones[EK_CONN_COUNT] = {
        [EK_CONN_CONNECTING] = EK__TONE_REACTS,
        [EK_CONN_READY] = EK__TONE_GOOD,
        [EK_CONN_TRANSIENT_FAILURE] = EK__TONE_BAD,
    };
    const uint64_t(*taken)[EK_CONN_COUNT] = ek_replay_transitions(replay);
    struct ek__picture *picture = calloc(1, sizeof *picture);
    if (picture == NULL)
        return NULL;
    picture->results = ek_replay_results(replay);
    picture->title = "connection states";
    picture->legend = "";
    for (unsigned state = 0; state < EK_CONN_COUNT; state++) {
        char text[EK__BOX_TEXT_MAX], stay[80];
        dwell_text(dwells, state, stay, sizeof stay);
        snprintf(text, sizeof text, "%s%s%s", looks[state].name, stay[0] != '\0' ? "\n" : "", stay);
        (void)ek__picture_box(picture, text, tones[state]);
    }
    for (unsigned from = 0; from < EK_CONN_COUNT; from++) {
        for (unsigned to = 0; to < EK_CONN_COUNT; to++) {
            if (taken[from][to] > 0)
                ek__picture_arrow(picture, from, to, ek__count(taken[from][to]).s, false);
        }
    }
    char *text = ek__picture_text(picture, EK_GRAPH_MERMAID);
    free(picture);
    return text;
}

static char *draw(const struct ek_replay *replay, enum ek_graph_language language)
{
    const struct ek_results *results = ek_replay_results(replay);
    struct dwells dwells = {.count = {0}};
    int64_t *since = calloc(results->client_count * results->endpoint_count + 1, sizeof *since);
    char *text = NULL;
    size_t size = 0;
    if (dwells_init(&dwells, replay) && since != NULL) {
        dwells_fill(&dwells, replay, since);
        FILE *out = language == EK_GRAPH_DOT ? open_memstream(&text, &size) : NULL;
        if (language == EK_GRAPH_MERMAID)
            text = write_mermaid(replay, &dwells);
        else if (out != NULL) {
            write_dot(out, replay, &dwells);
            if (fclose(out) != 0) {
                free(text);
                text = NULL;
            }
        }
    }
    free(since);
    dwells_deinit(&dwells);
    return text;
}

char *ek_graph_states(const struct ek_replay *replay)
{
    return draw(replay, EK_GRAPH_DOT);
}

char *ek_graph_states_mermaid(const struct ek_replay *replay)
{
    return draw(replay, EK_GRAPH_MERMAID);
}
