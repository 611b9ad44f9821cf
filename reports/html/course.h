/* How each fault of a run went by, from recorded causes. */
#ifndef EK_REPORTS_HTML_COURSE_H
#define EK_REPORTS_HTML_COURSE_H

#include "reports/html/report.h"

/* Fills run->root and run->courses. */
void ek__courses(struct ek__run *run);

#endif
