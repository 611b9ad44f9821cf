#include "reports/graph/graph_dot.h"

#include "reports/text/render_text.h"

#include <inttypes.h>

void ek__dot_text(FILE *out, const char *text)
{
    for (const char *p = text; *p != '\0';) {
        const char *start = p;
        uint32_t c = ek__character(&p);
        if (c == '\n')
            fputs("\\n", out);
        else if (ek__is_control(c))
            fputc('?', out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (char)c);
        else if (c == '&')
            fputs("&amp;", out); /* Graphviz reads entities in every label */
        else
            fwrite(start, 1, (size_t)(p - start), out);
    }
}

void ek__dot_string(FILE *out, const char *text)
{
    fputc('"', out);
    ek__dot_text(out, text);
    fputc('"', out);
}

/* Two frames that are not drawn carry the title and the legend: a graph has one label only. */
void ek__dot_begin(FILE *out, const struct ek_results *results, const char *title,
                   const char *legend, const char *spacing)
{
    char text[400], scenario[160];
    ek__clean(results->scenario, scenario, sizeof scenario);
    snprintf(text, sizeof text, "%s %s", scenario, title);
    fputs("digraph ", out);
    ek__dot_string(out, text);
    fprintf(out,
            " {\n"
            "    graph [rankdir=LR, %s charset=\"UTF-8\", bgcolor=\"#FFFFFF\", pad=0.25,\n"
            "           fontname=\"Courier\", fontsize=9, fontcolor=\"#555555\",\n"
            "           labelloc=b, labeljust=l, label=\"",
            spacing);
    snprintf(text, sizeof text, "%s, policy %.60s, seed %" PRIu64 ", fingerprint %016" PRIx64,
             scenario, results->policy, results->seed, results->fingerprint);
    ek__dot_text(out, text);
    fputs("\\l\"];\n"
          "    node [fontname=\"Courier\", fontsize=12, shape=box, style=\"filled\",\n"
          "          fillcolor=\"#FFFFFF\", color=\"#444444\"];\n"
          "    edge [fontname=\"Courier\", fontsize=11, color=\"#444444\"];\n"
          "    subgraph cluster_title {\n"
          "    peripheries=0; labelloc=t; labeljust=l; fontsize=18; fontcolor=\"#000000\";\n"
          "    label=",
          out);
    snprintf(text, sizeof text, "%s, %.60s: %.100s", scenario, results->policy, title);
    ek__dot_string(out, text);
    fputs(";\n"
          "    subgraph cluster_legend {\n"
          "    peripheries=0; labelloc=b; labeljust=l; fontsize=12; fontcolor=\"#000000\";\n"
          "    label=\"",
          out);
    ek__dot_text(out, legend);
    fputs("\\l\";\n", out);
}

void ek__dot_end(FILE *out)
{
    fputs("    }\n    }\n}\n", out);
}
