/* The colours of graphs where the viewer prefers dark. */
#ifndef EK_REPORTS_GRAPH_DARK_H
#define EK_REPORTS_GRAPH_DARK_H

#include <stdio.h>

/* One CSS rule for each colour that graphs are drawn in; `scope` stands before each selector. */
void ek_graph_dark_rules(const char *scope, FILE *out);

/* Graphviz's picture with these rules in it, for viewers that prefer dark. `svg` ends with a 0. */
void ek__svg_write(const char *svg, size_t size, FILE *out);

#endif
