/* Latency against percentile, as HdrHistogram's plots have it: each step to the right is a tenth of
 * the calls left over. */
#ifndef EK_REPORTS_HTML_CURVES_H
#define EK_REPORTS_HTML_CURVES_H

#include "reports/html/report.h"

enum {
    EK__CURVES_MAX = 6,
    EK__CURVE_POINTS_MAX = 1200
};

struct ek__curve_point {
    int64_t ns;
    double above; /* the part of the calls that took longer than this */
};

/* Zeroed is empty. */
struct ek__curves {
    struct ek__curve_line {
        char name[48];
        uint64_t calls, seen;
        size_t count;
        struct ek__curve_point points[EK__CURVE_POINTS_MAX];
    } lines[EK__CURVES_MAX];
    size_t count;
    bool is_full; /* the last line had no place: its points are let go */
};

/* A line for so many calls; its points follow, the latency never falling. */
void ek__curves_begin(struct ek__curves *curves, const char *name, uint64_t calls);
/* `calls` more of them took `ns`. */
void ek__curves_point(struct ek__curves *curves, int64_t ns, uint64_t calls);

/* Draws them; nothing when there are none. */
void ek__curves_put(const struct ek__curves *curves, const char *title, FILE *out);

#endif
