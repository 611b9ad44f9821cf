/* Pictures over time as SVG that needs neither scripts nor styles. */
#ifndef EK_REPORTS_HTML_PICTURE_H
#define EK_REPORTS_HTML_PICTURE_H

#include "reports/html/report.h"

/* All have one time axis: user units from EK__PICTURE_LEFT to EK__PICTURE_RIGHT stand for 0 to
 * end_ns. */
enum {
    EK__PICTURE_WIDTH = 1000,
    EK__PICTURE_LEFT = 118,
    EK__PICTURE_RIGHT = 990,
    EK__PICTURE_COLUMNS = 218 /* four units each */
};

struct ek__picture {
    FILE *out;
    int64_t end_ns;
    int height; /* of the whole picture, in user units */
    int top, bottom;
};

/* Tenths of a user unit. */
int64_t ek__picture_x(const struct ek__picture *plot, int64_t at_ns);

/* <svg>, with a title for those who do not see it. */
void ek__picture_begin(const struct ek__picture *plot, const char *title);
void ek__picture_end(const struct ek__picture *plot);

/* Shades when each fault lasted, from plot->top to plot->bottom, and names it. Without `is_filled`
 * only its edges: over colours that mean something. */
void ek__picture_faults(const struct ek__picture *plot, const struct ek__run *run, bool is_filled);
/* Times below plot->bottom. */
void ek__picture_times(const struct ek__picture *plot);

/* One value for each column; below 0 is a gap. */
struct ek__line_of {
    const char *label, *color, *dash; /* dash: "" for a whole line */
    const int64_t *values;
};
/* Lines with a scale of their own, 0 to `high`; or when `low` > 0 by their logarithm, low to high.
 * `low_text` and `high_text` label the ends of the axis. */
struct ek__scale {
    int64_t low, high;
    const char *low_text, *high_text;
};
void ek__picture_lines(const struct ek__picture *plot, const char *heading,
                       const struct ek__line_of *lines, size_t count,
                       const struct ek__scale *scale);

/* The intervals of a column of the axis: first .. end - 1; the two are equal where the run has
 * none.
 */
struct ek__columns {
    size_t first, end;
};
struct ek__columns ek__picture_column(const struct ek__run *run, int64_t end_ns, size_t column);

/* Endpoint by time: share of the traffic by darkness, states drawn over it and named. */
void ek__picture_heat(const struct ek__report *report, const struct ek__run *run, FILE *out);
/* How many endpoints are in each state, stacked. */
void ek__picture_states(const struct ek__picture *plot, const struct ek__run *run);

/* The hatches of the states, once a page. */
void ek__picture_hatches(FILE *out);

#endif
