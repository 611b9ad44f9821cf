/* What was seen inside the channels of a run. */
#ifndef EK_REPORTS_INSIDE_H
#define EK_REPORTS_INSIDE_H

#include "reports/recording/books.h"
#include "reports/recording/recording.h"

/* Zeroed is empty. */
struct ek__inside {
    struct ek_recorded_holding *holdings;
    size_t holding_count, holding_capacity;
    struct ek_recorded_candidate *candidates;
    size_t candidate_count, candidate_capacity;
    struct ek_recorded_books *books;
    size_t books_count, books_capacity;
    bool failed; /* no memory for one */
};

void ek__inside_deinit(struct ek__inside *inside);

#endif
