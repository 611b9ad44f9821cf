/* Two recordings side by side: where they part, and by how much. */
#ifndef EK_REPORTS_EXPORT_DIFF_H
#define EK_REPORTS_EXPORT_DIFF_H

#include "reports/recording/replay.h"
#include "reports/text/render.h"

#include <stdio.h>

enum ek_diff {
    EK_DIFF_SAME,      /* the same in every event */
    EK_DIFF_OTHER_RUN, /* of another scenario or seed */
    EK_DIFF_PARTED     /* one scenario and seed, and yet they differ: see the first event */
};

/* Writes what differs: the first event, where scenario and seed agree, with five before it; calls,
 * latency and errors, phase by phase; with `stat` the share of each endpoint. */
enum ek_diff ek_diff_write(const struct ek_replay *a, const struct ek_replay *b, bool stat,
                           const struct ek_render *render, FILE *out);

#endif
