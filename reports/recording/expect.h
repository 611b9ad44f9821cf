/* An expectation: a claim about a run that a number decides. */
#ifndef EK_REPORTS_EXPECT_H
#define EK_REPORTS_EXPECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Where a number comes from. */
enum ek_mark {
    EK_MARK_CHOICE,     /* ours */
    EK_MARK_PUBLISHED,  /* at the scenario's source */
    EK_MARK_RECOMPUTED, /* with an independent model */
    EK_MARK_DERIVED     /* by a formula */
};

/* The unit a metric's value is stored in. */
enum ek_unit {
    EK_UNIT_COUNT,
    EK_UNIT_SHARE,    /* ppm, written "99.9%" */
    EK_UNIT_DURATION, /* ns, written "250ms" */
    EK_UNIT_RATIO     /* thousandths, written 1.25 */
};

/* As written in a scenario's "expect". Limits are inclusive. */
struct ek_expectation {
    char *name;     /* for people; NULL: made from the metric */
    char *metric;   /* a name of ek_metric_all */
    char *phase;    /* "all" (default), "before", "after", or a fault's id: while it lasts */
    char *fault;    /* for metrics about one fault: its id; NULL: the first */
    char *endpoint; /* for metrics about one endpoint */
    int64_t from_ns, to_ns;     /* another window instead of a phase, when to_ns > 0 */
    char *policy;               /* only checked when the run's policy has this name; NULL: always */
    json_t *min, *max, *equals; /* as written: "99.9%", "300ms", 12, 1.25 */
    json_t *tolerance;          /* with equals: how far off is still right, same unit */
    int mark;                   /* enum ek_mark */
    int line;                   /* in the file; 0 unknown */
};

struct ek_metric {
    const char *name;
    enum ek_unit unit;
    const char *needs; /* "" nothing, "f" a fault, "e" an endpoint */
    const char *text;  /* one sentence for the reference */
};

extern const struct ek_metric ek_metric_all[]; /* ends with a row without name */

const struct ek_metric *ek_metric_find(const char *name);

/* Reads a limit in the metric's unit; false and a reason when it is not one. */
bool ek_metric_limit(const struct ek_metric *metric, const json_t *json, int64_t *out, char *why,
                     size_t why_size);

#endif
