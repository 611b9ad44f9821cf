/* Samples of what channels hold of their endpoints, and the candidates of one call's picks. */
#include "reports/recording/inside.h"
#include "reports/recording/recorder.h"

#include <stdlib.h>

enum {
    ROWS_MAX = 1000000 /* of either; what comes later is left out */
};

/* Room for one more of `size` bytes; false when it is full, or without memory. */
static bool has_room(struct ek__inside *inside, void **items, size_t count, size_t *capacity,
                     size_t size)
{
    size_t wanted = *capacity < 64 ? 64 : 2 * *capacity;
    void *grown;

    if (count < *capacity)
        return true;
    if (count >= ROWS_MAX)
        return false;
    grown = realloc(*items, wanted * size);
    inside->failed = inside->failed || grown == NULL;
    if (grown == NULL)
        return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

void ek_recorder_holding(struct ek_recorder *recorder, const struct ek_recorded_holding *holding)
{
    struct ek__inside *inside = &recorder->inside;
    void *items = inside->holdings;

    if (!has_room(inside, &items, inside->holding_count, &inside->holding_capacity,
                  sizeof *holding))
        return;
    inside->holdings = items;
    inside->holdings[inside->holding_count++] = *holding;
}

void ek_recorder_candidate(struct ek_recorder *recorder,
                           const struct ek_recorded_candidate *candidate)
{
    struct ek__inside *inside = &recorder->inside;
    void *items = inside->candidates;

    if (!has_room(inside, &items, inside->candidate_count, &inside->candidate_capacity,
                  sizeof *candidate))
        return;
    inside->candidates = items;
    inside->candidates[inside->candidate_count++] = *candidate;
}

void ek_recorder_books(struct ek_recorder *recorder, const struct ek_recorded_books *books)
{
    struct ek__inside *inside = &recorder->inside;
    void *items = inside->books;

    if (!has_room(inside, &items, inside->books_count, &inside->books_capacity, sizeof *books))
        return;
    inside->books = items;
    inside->books[inside->books_count++] = *books;
}

void ek__inside_deinit(struct ek__inside *inside)
{
    free(inside->books);
    free(inside->holdings);
    free(inside->candidates);
}
