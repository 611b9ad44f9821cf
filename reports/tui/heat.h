/* Endpoint by time: which part of the traffic each had, how it stood. */
#ifndef EK_REPORTS_TUI_HEAT_H
#define EK_REPORTS_TUI_HEAT_H

#include "evenkeel/err.h"
#include "reports/recording/replay.h"

enum {
    EK_HEAT_LEVELS = 5 /* none, less than 0.6 of a fair share, about fair, over 1.4, over 2.6 */
};

struct ek_heat_cell {
    uint8_t level, fitness; /* fitness: enum ek_fitness at the column's end */
};

struct ek_heat {
    int64_t from_ns, to_ns; /* what the columns span */
    int columns, known;     /* of them, how many the run has come to */
    size_t endpoints;
    struct ek_heat_cell *cells; /* endpoint after endpoint */
};

/* Fills a zeroed heat map, or one filled before; does nothing when it is for that stretch already.
 * Moves the replay. */
EK_MUST_USE enum ek_err ek_heat_fill(struct ek_heat *heat, struct ek_replay *replay,
                                     int64_t from_ns, int64_t to_ns, int columns);
void ek_heat_deinit(struct ek_heat *heat);

/* The intervals that column `column` of `columns` over from_ns..to_ns takes its numbers from. */
struct ek_span {
    size_t first, end;
};
struct ek_span ek_column_span(const struct ek_replay *replay, int64_t from_ns, int64_t to_ns,
                              int columns, int column);

/* How many of the columns a run that goes on has come to; all of them when it is over. */
int ek_columns_known(const struct ek_replay *replay, int64_t from_ns, int64_t to_ns, int columns);

#endif
