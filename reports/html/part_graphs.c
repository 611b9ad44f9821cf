/* Graphviz's pictures inside the page. */
#include "reports/html/report.h"

#include "reports/graph/graph.h"
#include "reports/html/write.h"
#include "reports/text/render_text.h"

#include <stdlib.h>
#include <string.h>

/* Begins with <svg, fits the page, has ids of its own, and no comments. */
static void put_svg(const char *svg, const char *prefix, FILE *out)
{
    static const char id[] = " id=\"", width[] = "width=\"", comment[] = "<!--",
                      style[] = "<style>";
    const char *p = strstr(svg, "<svg ");
    const char *box = p != NULL ? strstr(p, "viewBox=") : NULL;
    if (box == NULL)
        return;
    /* In its own size it is as large as the page's text; never wider than the page. */
    const char *given = strstr(p, width);
    long points = given != NULL && given < box ? strtol(given + sizeof width - 1, NULL, 10) : 0;
    if (points > 0 && points < 1100)
        fprintf(out, "<svg class=\"graphviz\" width=\"%ld\" ", points);
    else
        fputs("<svg class=\"graphviz\" width=\"100%\" ", out);
    for (p = box; *p != '\0';) {
        if (strncmp(p, comment, sizeof comment - 1) == 0) {
            const char *end = strstr(p, "-->\n");
            p = end != NULL ? end + 4 : p + strlen(p);
            continue;
        }
        if (strncmp(p, style, sizeof style - 1) == 0) { /* the page's own has these rules, too */
            const char *end = strstr(p, "</style>");
            p = end != NULL ? end + 8 : p + strlen(p);
            continue;
        }
        bool is_id = strncmp(p, id, sizeof id - 1) == 0;
        size_t length = is_id ? sizeof id - 1 : 1;
        fwrite(p, 1, length, out);
        if (is_id)
            fputs(prefix, out);
        p += length;
    }
}

/* Lays out by way of a file of its own: the layout runs in another process. */
static char *layout(const char *dot, char *why, size_t why_size)
{
    FILE *file = tmpfile();
    char *svg = NULL;
    snprintf(why, why_size, "no temporary file");
    if (file == NULL)
        return NULL;
    if (ek_graph_write(dot, "svg", file, why, why_size) && fflush(file) == 0 &&
        fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        rewind(file);
        svg = size > 0 ? malloc((size_t)size + 1) : NULL;
        if (svg != NULL)
            svg[fread(svg, 1, (size_t)size, file)] = '\0';
    }
    fclose(file);
    return svg;
}

static void put_graph(const struct ek__run *run, const char *heading, const char *kind, char *dot,
                      FILE *out)
{
    char prefix[16], why[256];
    if (dot == NULL)
        return;
    snprintf(prefix, sizeof prefix, "%s-%s-", run->letter, kind);
    char *svg = layout(dot, why, sizeof why);
    ek__html(out, "<h4>$</h4>\n<div class=\"graph\">", heading);
    if (svg != NULL)
        put_svg(svg, prefix, out);
    else
        ek__html(out, "<p class=\"note\">Not drawn: $. Its text:</p><pre>$</pre>", why, dot);
    fputs("</div>\n", out);
    free(svg);
    free(dot);
}

/* Which fault led to what, for the first few; and how the registry's news reached the clients. */
static void put_causes(const struct ek__run *run, FILE *out)
{
    enum {
        FAULTS_MAX = 3
    };
    for (size_t f = 0; f < run->results->fault_count && f < FAULTS_MAX; f++) {
        char heading[160], kind[24];
        ek__clean(run->results->faults[f].id, kind, sizeof kind);
        snprintf(heading, sizeof heading, "What %s led to, and how long each step took", kind);
        snprintf(kind, sizeof kind, "cause%zu", f);
        put_graph(run, heading, kind,
                  ek_graph_causality(run->replay, run->results->faults[f].id, EK_GRAPH_DOT), out);
    }
    if (run->has_registry)
        put_graph(run, "How changes of the registry reached the clients", "propagation",
                  ek_graph_propagation(run->replay, NULL, EK_GRAPH_DOT), out);
}

/* Only where it says something: above one further attempt in a hundred. */
static void put_retries(const struct ek__run *run, FILE *out)
{
    if (run->results->attempts > run->results->calls + run->results->calls / 100)
        put_graph(run, "How many attempts the calls became", "retries",
                  ek_graph_retries(run->replay, EK_GRAPH_DOT), out);
}

void ek__part_graphs(const struct ek__report *report, FILE *out)
{
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        ek__run_heading(report, run, out);
        put_graph(run, "Who sends how much to whom", "topology",
                  ek_graph_topology(run->replay, NULL, 0), out);
        put_causes(run, out);
        put_retries(run, out);
        put_graph(run, "Connectivity states, and how often each transition was taken", "states",
                  ek_graph_states(run->replay), out);
        put_graph(run, "How clients thought of endpoints", "health",
                  ek_graph_health(run->replay, EK_GRAPH_DOT), out);
    }
}
