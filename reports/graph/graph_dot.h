/* DOT text: what the pictures have in common. */
#ifndef EK_REPORTS_GRAPH_DOT_H
#define EK_REPORTS_GRAPH_DOT_H

#include "reports/recording/results.h"

#include <stdio.h>

/* Writes `text` as a string in quotes that Graphviz shows as it is: backslashes, quotes and
 * entities lose their meaning, a newline becomes a line break, other control characters '?'. */
void ek__dot_string(FILE *out, const char *text);

/* The same without the quotes, as a part of a longer string. */
void ek__dot_text(FILE *out, const char *text);

/* Opens the graph: fonts, title above, one line of legend and the run's identity below. `spacing`
 * holds further attributes of the graph, with a comma after each. */
void ek__dot_begin(FILE *out, const struct ek_results *results, const char *title,
                   const char *legend, const char *spacing);
void ek__dot_end(FILE *out);

#endif
