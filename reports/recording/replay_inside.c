/* What was seen inside the channels of a recorded run. */
#include "reports/recording/replay_load.h"

enum {
    ROWS_MAX = 1000000
};

/* One client at one moment: `count` rows from `first` on. */
struct ek__sample {
    uint32_t client;
    int64_t at_ns;
    size_t first, count;
};

struct ek__inside_replay {
    struct ek_replay_holding *holdings;
    struct ek__sample *samples; /* by client, then time */
    size_t sample_count;
    struct ek_replay_books *books; /* by client, then time */
    size_t books_count;
    struct ek_replay_candidate *candidates; /* by call, then attempt */
    size_t candidate_count;
};

/* ---- loading ---- */

static void load_holdings(struct ek__reader *r, struct ek_replay *replay)
{
    struct ek__inside_replay *inside = replay->inside;
    size_t count = ek__reader_rows(r, "policy", ROWS_MAX), n = 0;
    inside->holdings = ek__load_array(r, replay, count, sizeof *inside->holdings);
    inside->samples = ek__load_array(r, replay, count, sizeof *inside->samples);
    ek__reader_query(r, "SELECT client, at_ns, endpoint, weight, in_flight, score,"
                        " score IS NOT NULL FROM policy ORDER BY client, at_ns, endpoint");
    while (n < count && ek__reader_row(r)) {
        uint32_t client = ek__reader_index(r, 0, replay->results.client_count);
        int64_t at_ns = ek__reader_integer(r, 1, 0);
        struct ek_replay_holding holding = {
            .endpoint = ek__reader_index(r, 2, replay->results.endpoint_count),
            .weight = (uint32_t)ek__reader_count(r, 3),
            .in_flight = (uint32_t)ek__reader_count(r, 4),
            .has_score = ek__reader_integer(r, 6, 0) != 0,
            .score = ek__reader_integer(r, 5, 0),
        };
        if (client == EK_NOBODY || holding.endpoint == EK_NOBODY)
            continue;
        struct ek__sample *last =
            inside->sample_count > 0 ? &inside->samples[inside->sample_count - 1] : NULL;
        if (last == NULL || last->client != client || last->at_ns != at_ns)
            inside->samples[inside->sample_count++] =
                (struct ek__sample){.client = client, .at_ns = at_ns, .first = n, .count = 1};
        else
            last->count++;
        inside->holdings[n++] = holding;
    }
}

/* Recordings of earlier versions have none. */
static bool has_books(struct ek__reader *r)
{
    bool has = false;
    ek__reader_query(r, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'books'");
    while (ek__reader_row(r))
        has = true;
    return has;
}

static void load_books(struct ek__reader *r, struct ek_replay *replay)
{
    struct ek__inside_replay *inside = replay->inside;
    if (!has_books(r))
        return;
    size_t count = ek__reader_rows(r, "books", ROWS_MAX), n = 0;
    inside->books = ek__load_array(r, replay, count, sizeof *inside->books);
    ek__reader_query(r, "SELECT client, at_ns, retry_tokens, retry_tokens_max, panic_picks"
                        " FROM books ORDER BY client, at_ns");
    while (n < count && ek__reader_row(r)) {
        struct ek_replay_books *books = &inside->books[n];
        *books = (struct ek_replay_books){
            .client = ek__reader_index(r, 0, replay->results.client_count),
            .at_ns = ek__reader_integer(r, 1, 0),
            .retry_tokens = ek__reader_integer(r, 2, 0),
            .retry_tokens_max = ek__reader_integer(r, 3, 0),
            .panic_picks = ek__reader_count(r, 4),
        };
        if (books->client == EK_NOBODY)
            continue;
        if (n > 0 && books[-1].client == books->client)
            books->panic_picks_before = books[-1].panic_picks;
        n++;
    }
    inside->books_count = n;
}

static void load_candidates(struct ek__reader *r, struct ek_replay *replay)
{
    struct ek__inside_replay *inside = replay->inside;
    size_t count = ek__reader_rows(r, "pick", ROWS_MAX), n = 0;
    inside->candidates = ek__load_array(r, replay, count, sizeof *inside->candidates);
    ek__reader_query(r, "SELECT call, attempt, endpoint, fitness, is_chosen, weight, in_flight,"
                        " score, score IS NOT NULL FROM pick ORDER BY call, attempt, endpoint");
    while (n < count && ek__reader_row(r)) {
        struct ek_replay_candidate candidate = {
            .call = ek__reader_count(r, 0),
            .attempt = (uint32_t)ek__reader_count(r, 1),
            .endpoint = ek__reader_index(r, 2, replay->results.endpoint_count),
            .fitness = ek__reader_text(r, 3),
            .is_chosen = ek__reader_integer(r, 4, 0) != 0,
            .weight = (uint32_t)ek__reader_count(r, 5),
            .in_flight = (uint32_t)ek__reader_count(r, 6),
            .has_score = ek__reader_integer(r, 8, 0) != 0,
            .score = ek__reader_integer(r, 7, 0),
        };
        if (candidate.endpoint != EK_NOBODY)
            inside->candidates[n++] = candidate;
    }
    inside->candidate_count = n;
}

void ek__load_inside(struct ek__reader *r, struct ek_replay *replay)
{
    replay->inside = ek__load_array(r, replay, 1, sizeof *replay->inside);
    if (r->failed)
        return;
    load_holdings(r, replay);
    load_books(r, replay);
    load_candidates(r, replay);
}

/* ---- looking ---- */

const struct ek_replay_holding *ek_replay_policy(const struct ek_replay *replay, uint32_t client,
                                                 int64_t at_ns, size_t *count)
{
    const struct ek__inside_replay *inside = replay->inside;
    size_t low = 0, high = inside->sample_count;

    while (low < high) { /* the first sample after that moment */
        size_t middle = low + (high - low) / 2;
        const struct ek__sample *sample = &inside->samples[middle];
        if (sample->client < client || (sample->client == client && sample->at_ns <= at_ns))
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    if (low == 0 || inside->samples[low - 1].client != client)
        return NULL;
    *count = inside->samples[low - 1].count;
    return inside->holdings + inside->samples[low - 1].first;
}

const struct ek_replay_books *ek_replay_books(const struct ek_replay *replay, uint32_t client,
                                              int64_t at_ns)
{
    const struct ek__inside_replay *inside = replay->inside;
    size_t low = 0, high = inside->books_count;

    while (low < high) { /* the first one after that moment */
        size_t middle = low + (high - low) / 2;
        const struct ek_replay_books *books = &inside->books[middle];
        if (books->client < client || (books->client == client && books->at_ns <= at_ns))
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && inside->books[low - 1].client == client ? &inside->books[low - 1] : NULL;
}

const struct ek_replay_candidate *
ek_replay_candidates(const struct ek_replay *replay, uint64_t call, uint32_t attempt, size_t *count)
{
    const struct ek__inside_replay *inside = replay->inside;
    const struct ek_replay_candidate *first = NULL;

    *count = 0;
    for (size_t i = 0; i < inside->candidate_count; i++) {
        const struct ek_replay_candidate *candidate = &inside->candidates[i];
        if (candidate->call != call || candidate->attempt != attempt)
            continue;
        first = first == NULL ? candidate : first;
        (*count)++;
    }
    return first;
}
