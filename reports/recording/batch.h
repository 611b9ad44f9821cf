/* The stretch of a run from which intervals are made, in equal parts. */
#ifndef EK_REPORTS_BATCH_H
#define EK_REPORTS_BATCH_H

#include "reports/recording/recording.h"
#include "reports/recording/results.h"

/* The stretch is the time of the first fault, or the whole run when nothing breaks; its first tenth
 * is left out. Where the parts begin and end: EK_RECORD_BATCHES + 1 rising times. Returns the name
 * of the stretch's phase; NULL when it is too short to be parted. */
const char *ek__batch_cuts(const struct ek_recording_setup *setup,
                           int64_t cuts[EK_RECORD_BATCHES + 1]);

#endif
