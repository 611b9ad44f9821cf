/* The report: one HTML page about one or more recordings. */
#ifndef EK_REPORTS_HTML_H
#define EK_REPORTS_HTML_H

#include "reports/recording/replay.h"

#include <stdio.h>

enum {
    EK_HTML_RUNS_MAX = 6 /* that one page compares */
};

/* Writes the report to `out`: a single page that asks nothing of any network. Several recordings
 * are laid over each other. Moves the replays; 1 <= count <= EK_HTML_RUNS_MAX. False without
 * memory, or when `out` does not take it. */
bool ek_html_write(struct ek_replay *const *replays, size_t count, FILE *out);

/* The same as a folder for viewers that forbid inline scripts and styles: index.html, report.css,
 * report.js, data.js and, when charts are built in, uplot.css and uplot.js. Makes `folder` if its
 * parent exists; every file is written aside, then renamed. False and a reason on failure. */
bool ek_html_write_folder(struct ek_replay *const *replays, size_t count, const char *folder,
                          char *why, size_t why_size);

/* Whether the charts that need uPlot are built in. */
bool ek_html_has_charts(void);

#endif
