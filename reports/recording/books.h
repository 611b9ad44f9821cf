/* Samples of what a channel holds, of each endpoint and as a whole. */
#ifndef EK_REPORTS_BOOKS_H
#define EK_REPORTS_BOOKS_H

#include "reports/recording/recording.h"

/* What a channel holds of one endpoint at a moment. */
struct ek_recorded_holding {
    int64_t at_ns;
    uint32_t client, endpoint;
    uint32_t weight, in_flight;
    bool has_score;
    int64_t score; /* the policy's, in the client's score_unit */
};

/* `at` never goes back. For people: adds nothing to the fingerprint. */
void ek_recorder_holding(struct ek_recorder *recorder, const struct ek_recorded_holding *holding);

/* What it holds as a whole at a moment. */
struct ek_recorded_books {
    int64_t at_ns;
    uint32_t client;
    int64_t retry_tokens, retry_tokens_max; /* thousandths; max 0: retries are not throttled */
    uint64_t panic_picks;                   /* so far, with health ignored */
};

/* Likewise. */
void ek_recorder_books(struct ek_recorder *recorder, const struct ek_recorded_books *books);

#endif
