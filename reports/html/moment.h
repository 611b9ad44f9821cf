/* The moment of a run that decided an expectation. */
#ifndef EK_REPORTS_HTML_MOMENT_H
#define EK_REPORTS_HTML_MOMENT_H

#include "reports/html/report.h"

struct ek__moment {
    int64_t at_ns; /* -1: there is none */
    size_t event;  /* of the replay; SIZE_MAX: only the time is known */
};

struct ek__moment ek__decided(const struct ek__run *run, const struct ek_judged *judged);

#endif
