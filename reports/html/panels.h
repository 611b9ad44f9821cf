/* The phases that a part of the page sets side by side: before, the first faults, after. */
#ifndef EK_REPORTS_HTML_PANELS_H
#define EK_REPORTS_HTML_PANELS_H

#include "reports/html/report.h"

enum {
    EK__PANELS_MAX = 6
};

struct ek__panels {
    const struct ek__run *run;
    const struct ek_phase *phases[EK__PANELS_MAX];
    uint64_t attempts[EK__PANELS_MAX];
    size_t count;
    uint64_t most_ppm; /* the largest share of all, what an axis ends with */
};

/* Of the whole run when it has no other phases. */
struct ek__panels ek__panels_of(const struct ek__run *run);
uint64_t ek__panels_share_ppm(const struct ek__panels *panels, size_t p, size_t endpoint);

/* A table up to its first row: `first` heads the column of words, then one column a phase. */
void ek__panels_begin(const struct ek__panels *panels, const char *first, FILE *out);
void ek__panels_end(FILE *out);

/* The tables below the dots: how even each phase is; shares by zone and by weight; by client. */
void ek__put_evenness(const struct ek__panels *panels, FILE *out);
void ek__put_parts(const struct ek__panels *panels, FILE *out);
void ek__put_clients(const struct ek__run *run, FILE *out);

#endif
