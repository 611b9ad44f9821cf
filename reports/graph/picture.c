#include "reports/graph/picture.h"

#include "reports/graph/graph_dot.h"
#include "reports/text/render_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct look {
    const char *word, *color, *fill;
};

static const struct look looks[EK__TONE_COUNT] = {
    [EK__TONE_PLAIN] = {"plain", "#555555", "#FFFFFF"},
    [EK__TONE_FAULT] = {"fault", "#B35900", "#FFF4DD"},
    [EK__TONE_BAD] = {"bad", "#882255", "#F8E9F0"},
    [EK__TONE_REACTS] = {"reacts", "#332288", "#EFEDF8"},
    [EK__TONE_GOOD] = {"good", "#117733", "#E8F4EC"},
    [EK__TONE_QUIET] = {"quiet", "#BBBBBB", "#FFFFFF"},
};

unsigned ek__picture_box(struct ek__picture *picture, const char *text, enum ek__tone tone)
{
    if (picture->box_count == EK__BOXES_MAX) {
        picture->is_cut = true;
        return EK__BOXES_MAX;
    }
    struct ek__box *box = &picture->boxes[picture->box_count];
    *box = (struct ek__box){.tone = tone, .group = -1};
    snprintf(box->text, sizeof box->text, "%s", text);
    return (unsigned)picture->box_count++;
}

void ek__picture_arrow(struct ek__picture *picture, unsigned from, unsigned to, const char *text,
                       bool is_bold)
{
    if (from >= picture->box_count || to >= picture->box_count)
        return;
    if (picture->arrow_count == EK__ARROWS_MAX) {
        picture->is_cut = true;
        return;
    }
    struct ek__arrow *arrow = &picture->arrows[picture->arrow_count++];
    *arrow = (struct ek__arrow){.from = from, .to = to, .is_bold = is_bold};
    snprintf(arrow->text, sizeof arrow->text, "%s", text);
}

/* ---- DOT ---- */

static void dot_box(FILE *out, const struct ek__box *box, size_t i)
{
    const struct look *look = &looks[box->tone];
    fprintf(out, "    n%zu [id=\"n%zu\", class=\"%s\", label=", i, i, look->word);
    ek__dot_string(out, box->text);
    fprintf(out, ", color=\"%s\", fillcolor=\"%s\", penwidth=%s%s%s];\n", look->color, look->fill,
            box->is_bold ? "3" : "1.2", box->is_round ? ", style=\"filled,rounded\"" : "",
            box->tone == EK__TONE_QUIET ? ", fontcolor=\"#777777\", style=\"filled,dashed\"" : "");
}

/* From the last to the first, as Graphviz stacks from the bottom. */
static void dot_boxes(FILE *out, const struct ek__picture *picture)
{
    for (size_t g = 0; g < picture->group_count; g++) {
        fprintf(out,
                "    subgraph cluster_g%zu {\n    labelloc=t; labeljust=l; fontsize=13; "
                "color=\"#BBBBBB\"; margin=12;\n    label=",
                g);
        ek__dot_string(out, picture->groups[g]);
        fputs(";\n", out);
        for (size_t i = picture->box_count; i-- > 0;)
            if (picture->boxes[i].group == (int)g)
                dot_box(out, &picture->boxes[i], i);
        fputs("    }\n", out);
    }
    for (size_t i = picture->box_count; i-- > 0;)
        if (picture->boxes[i].group < 0)
            dot_box(out, &picture->boxes[i], i);
}

static void write_dot(FILE *out, const struct ek__picture *picture)
{
    ek__dot_begin(out, picture->results, picture->title, picture->legend,
                  picture->is_downward ? "rankdir=TB, nodesep=0.35, ranksep=0.35,"
                                       : "nodesep=0.18, ranksep=0.35,");
    fputs("    node [margin=\"0.12,0.06\"];\n", out);
    dot_boxes(out, picture);
    for (size_t i = picture->arrow_count; i-- > 0;) {
        const struct ek__arrow *arrow = &picture->arrows[i];
        const char *color = looks[picture->boxes[arrow->to].tone].color;
        fprintf(out, "    n%u -> n%u [label=\" ", arrow->from, arrow->to);
        ek__dot_text(out, arrow->text);
        fprintf(out, " \", color=\"%s\", penwidth=%s%s%s];\n", color, arrow->is_bold ? "3" : "1.2",
                arrow->is_bold ? ", fontname=\"Courier-Bold\"" : "",
                arrow->is_dashed ? ", style=dashed" : "");
    }
    ek__dot_end(out);
}

/* ---- Mermaid ---- */

void ek__mermaid_text(FILE *out, const char *text)
{
    for (const char *p = text; *p != '\0';) {
        const char *start = p;
        uint32_t c = ek__character(&p);
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c > 0x7f || strchr(" .,:+-_/%()=", (int)c);
        if (c == '\n')
            fputs("<br/>", out);
        else if (ek__is_control(c))
            fputc('?', out);
        else if (is_plain)
            fwrite(start, 1, (size_t)(p - start), out);
        else
            fprintf(out, "#%" PRIu32 ";", c); /* Mermaid's own form of an entity */
    }
}

static void mermaid_box(FILE *out, const struct ek__box *box, size_t i)
{
    fprintf(out, "    n%zu%s\"", i, box->is_round ? "(" : "[");
    ek__mermaid_text(out, box->text);
    fprintf(out, "\"%s\n", box->is_round ? ")" : "]");
}

static void mermaid_class(FILE *out, const struct ek__picture *picture, enum ek__tone tone)
{
    bool any = false;
    for (size_t i = 0; i < picture->box_count; i++) {
        if (picture->boxes[i].tone != tone)
            continue;
        fprintf(out, "%sn%zu", any ? "," : "    class ", i);
        any = true;
    }
    if (any)
        fprintf(out, " %s\n    classDef %s fill:%s,stroke:%s,color:#000\n", looks[tone].word,
                looks[tone].word, looks[tone].fill, looks[tone].color);
}

/* In YAML's quotes, where Mermaid knows no entities. */
static void put_title(FILE *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '<' || *c == '>')
            fputs(*c == '<' ? "‹" : "›", out);
        else
            fputc(*c == '"' || *c == '\\' ? '\'' : *c, out);
    }
}

static void write_mermaid(FILE *out, const struct ek__picture *picture)
{
    fputs("---\ntitle: \"", out);
    char text[400], scenario[160];
    ek__clean(picture->results->scenario, scenario, sizeof scenario);
    snprintf(text, sizeof text, "%s, %.60s: %.100s", scenario, picture->results->policy,
             picture->title);
    put_title(out, text);
    fprintf(out, "\"\n---\nflowchart %s\n", picture->is_downward ? "TB" : "LR");
    for (size_t g = 0; g < picture->group_count; g++) {
        fprintf(out, "    subgraph g%zu[\"", g);
        ek__mermaid_text(out, picture->groups[g]);
        fputs("\"]\n", out);
        for (size_t i = 0; i < picture->box_count; i++)
            if (picture->boxes[i].group == (int)g)
                mermaid_box(out, &picture->boxes[i], i);
        fputs("    end\n", out);
    }
    for (size_t i = 0; i < picture->box_count; i++)
        if (picture->boxes[i].group < 0)
            mermaid_box(out, &picture->boxes[i], i);
    for (size_t i = 0; i < picture->arrow_count; i++) {
        const struct ek__arrow *arrow = &picture->arrows[i];
        fprintf(out, "    n%u %s", arrow->from,
                arrow->is_dashed ? "-.->"
                : arrow->is_bold ? "==>"
                                 : "-->");
        if (arrow->text[0] != '\0') {
            fputs("|\"", out);
            ek__mermaid_text(out, arrow->text);
            fputs("\"|", out);
        }
        fprintf(out, " n%u\n", arrow->to);
    }
    for (int tone = 0; tone < EK__TONE_COUNT; tone++)
        mermaid_class(out, picture, (enum ek__tone)tone);
}

char *ek__picture_text(const struct ek__picture *picture, enum ek_graph_language language)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    if (language == EK_GRAPH_MERMAID)
        write_mermaid(out, picture);
    else
        write_dot(out, picture);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
