/* The formats of ek_export_all that only its table needs. */
#ifndef EK_REPORTS_EXPORT_FORMATS_H
#define EK_REPORTS_EXPORT_FORMATS_H

#include "reports/recording/replay.h"

#include <stdio.h>

void ek__export_openmetrics(struct ek_replay *replay, FILE *out);
void ek__export_csv(struct ek_replay *replay, FILE *out);
void ek__export_chrome(struct ek_replay *replay, FILE *out);
void ek__export_cast(struct ek_replay *replay, FILE *out);
void ek__export_jsonl(struct ek_replay *replay, FILE *out);

#endif
