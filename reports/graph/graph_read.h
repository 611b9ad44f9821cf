/* Reading DOT text so that the same text always gives the same picture. */
#ifndef EK_REPORTS_GRAPH_READ_H
#define EK_REPORTS_GRAPH_READ_H

#include <graphviz/cgraph.h>

/* As agmemread, but names are numbered in the order they are first met. Graphviz itself takes the
 * addresses of their copies for numbers, and sorts subgraphs by them, so that the order of the
 * clusters in a picture hangs from where malloc has room. NULL when it cannot be read. */
Agraph_t *ek__graph_read(const char *dot);

#endif
