/* A recording for other programs: CI systems, spreadsheets, monitoring, trace viewers. */
#ifndef EK_REPORTS_EXPORT_H
#define EK_REPORTS_EXPORT_H

#include "reports/recording/replay.h"

#include <stdio.h>

struct ek_export {
    const char *name, *text;
    void (*write)(struct ek_replay *replay, FILE *out);
};

/* junit, markdown, openmetrics, csv, chrome, jsonl, and with the dashboard cast; ends with a row
 * without name. */
extern const struct ek_export ek_export_all[];

/* NULL when there is none of that name. */
const struct ek_export *ek_export_find(const char *name);

/* ---- several runs in one file ---- */

/* JUnit XML: begin, a suite for each run, end. `seeds`: there are several of one scenario, so the
 * seed is part of the names. */
void ek_export_junit_begin(FILE *out);
void ek_export_junit_suite(struct ek_replay *replay, bool seeds, FILE *out);
/* A scenario that did not load or run. */
void ek_export_junit_broken(const char *name, const char *message, FILE *out);
void ek_export_junit_end(FILE *out);

/* One run as Markdown: a verdict, tables, sparklines, the first fault's causality as Mermaid. Each
 * is below 100 kB. */
void ek_export_markdown(struct ek_replay *replay, FILE *out);

/* GitHub's workflow command for a failed or undecided expectation: ::error file=...::text, on one
 * line. */
void ek_export_annotation(const struct ek_results *results, const struct ek_judged *judged,
                          FILE *out);

#endif
