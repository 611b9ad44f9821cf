/* Readers that write text: the summary of a run, its JSON, and runs side by side. */
#ifndef EK_REPORTS_RENDER_H
#define EK_REPORTS_RENDER_H

#include "reports/recording/results.h"

#include <stdio.h>

struct ek_render {
    bool color;   /* ANSI colours and bold */
    bool unicode; /* sparklines and marks; else ASCII */
    int columns;  /* at least 60 */
};

/* What a person reads after `evenkeel run`. */
void ek_render_summary(const struct ek_results *results, const struct ek_render *render, FILE *out);

/* The same as one JSON object and a newline. */
void ek_render_json(const struct ek_results *results, FILE *out);

/* Runs on identical arrivals, one row each. "k/n reproduced" counts runs: n have published or
 * recomputed expectations, in k of them all of those hold. */
void ek_render_compare(const struct ek_results *const *results, size_t count,
                       const struct ek_render *render, FILE *out);
void ek_render_compare_json(const struct ek_results *const *results, size_t count, FILE *out);

#endif
