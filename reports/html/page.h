/* The page around the parts. */
#ifndef EK_REPORTS_HTML_PAGE_H
#define EK_REPORTS_HTML_PAGE_H

#include "reports/html/asset.h"
#include "reports/html/report.h"

/* The skeleton with its markers filled in. False without memory. */
bool ek__page_write(const struct ek__report *report, FILE *out);

#endif
