/* The tables of a recording, read into memory. */
#ifndef EK_REPORTS_REPLAY_LOAD_H
#define EK_REPORTS_REPLAY_LOAD_H

#include "reports/recording/replay_model.h"
#include "reports/recording/replay_read.h"

/* The reader tells whether they failed. Results first: the others need its counts. */
void ek__load_results(struct ek__reader *reader, struct ek_replay *replay);
void ek__load_history(struct ek__reader *reader, struct ek_replay *replay);
void ek__load_inside(struct ek__reader *reader, struct ek_replay *replay);
void ek__load_curves(struct ek__reader *reader, struct ek_replay *replay);

/* Zeroed room in the replay's arena; NULL and a failed reader without memory. */
void *ek__load_array(struct ek__reader *reader, struct ek_replay *replay, size_t count,
                     size_t size);

#endif
