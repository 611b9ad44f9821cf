/* Pictures against those that were reviewed; EK_GOLDEN_UPDATE=1 rewrites them. */
#ifndef EK_TESTS_REPORTS_DRAWN_H
#define EK_TESTS_REPORTS_DRAWN_H

#include "reports/graph/graph.h"

#include "tests/reports/recording_made.h"

#include <stdlib.h>
#include <string.h>

static inline char *read_whole(const char *path)
{
    char *text = calloc(1, 65536);
    FILE *in = fopen(path, "rb");
    if (in == NULL || text == NULL)
        fail_msg("%s is missing: run again with EK_GOLDEN_UPDATE=1", path);
    text[fread(text, 1, 65535, in)] = '\0';
    fclose(in);
    return text;
}

/* The fingerprint is about the events, not about the picture. Takes `text`. */
static inline void assert_golden(const char *name, char *text)
{
    char path[128];
    assert_non_null(text);
    char *digits = strstr(text, "fingerprint ");
    if (digits != NULL)
        memset(digits + strlen("fingerprint "), '0', 16);
    snprintf(path, sizeof path, "tests/reports/golden/%s", name);
    if (getenv("EK_GOLDEN_UPDATE") != NULL) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        fputs(text, out);
        fclose(out);
    }
    char *wanted = read_whole(path);
    assert_string_equal(text, wanted);
    free(wanted);
    free(text);
}

/* Takes `dot`. Returns new. */
static inline char *svg_of(char *dot)
{
    char why[200] = "", *svg = calloc(1, 65536);
    FILE *file = tmpfile();
    assert_non_null(dot);
    assert_non_null(svg);
    assert_non_null(file);
    bool ok = ek_graph_write(dot, "svg", file, why, sizeof why);
    rewind(file);
    svg[fread(svg, 1, 65535, file)] = '\0';
    fclose(file);
    free(dot);
    if (!ok && strstr(why, "without Graphviz") != NULL) {
        free(svg);
        skip();
    }
    if (!ok)
        fail_msg("%s", why);
    return svg;
}

#endif
