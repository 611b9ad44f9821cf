/* A graph before it has a language: boxes and arrows, written as DOT or as Mermaid. */
#ifndef EK_REPORTS_GRAPH_PICTURE_H
#define EK_REPORTS_GRAPH_PICTURE_H

#include "reports/graph/graph.h"

#include <stdio.h>

enum {
    EK__BOXES_MAX = 200,
    EK__ARROWS_MAX = 400,
    EK__BOX_TEXT_MAX = 240
};

enum ek__tone {
    EK__TONE_PLAIN,
    EK__TONE_FAULT,
    EK__TONE_BAD,    /* something fails */
    EK__TONE_REACTS, /* somebody notices */
    EK__TONE_GOOD,   /* it heals */
    EK__TONE_QUIET,  /* did not happen */
    EK__TONE_COUNT
};

struct ek__box {
    char text[EK__BOX_TEXT_MAX]; /* newlines part its lines */
    enum ek__tone tone;
    bool is_bold, is_round;
    int group; /* boxes of one group stand in one frame; -1: none */
};

struct ek__arrow {
    unsigned from, to; /* boxes */
    char text[80];
    bool is_bold, is_dashed;
};

struct ek__picture {
    const struct ek_results *results;
    const char *title, *legend;
    bool is_downward; /* else from left to right */
    const char *groups[16];
    size_t group_count;
    struct ek__box boxes[EK__BOXES_MAX];
    struct ek__arrow arrows[EK__ARROWS_MAX];
    size_t box_count, arrow_count;
    bool is_cut; /* there was no room for some */
};

/* Adds a box or an arrow; EK__BOXES_MAX when there is no room. */
unsigned ek__picture_box(struct ek__picture *picture, const char *text, enum ek__tone tone);
void ek__picture_arrow(struct ek__picture *picture, unsigned from, unsigned to, const char *text,
                       bool is_bold);

/* Text of the whole. Returns new, freed with free(); NULL without memory. */
char *ek__picture_text(const struct ek__picture *picture, enum ek_graph_language language);

/* Writes `text` as the inside of a Mermaid label in quotes: everything that could be markup there
 * becomes an entity, a newline a line break. */
void ek__mermaid_text(FILE *out, const char *text);

#endif
