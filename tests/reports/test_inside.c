/* What channels held and what a traced call chose from, written to a file and read again. */
#include "reports/recording/books.h"
#include "tests/reports/recording_made.h"

struct place {
    char path[64];
};

static int make_place(void **state)
{
    static struct place place;

    snprintf(place.path, sizeof place.path, "/tmp/ek-inside-%ld.db", (long)getpid());
    *state = &place;
    return 0;
}

static int clear_place(void **state)
{
    const struct place *place = *state;

    unlink(place->path);
    return 0;
}

static struct ek_replay *recorded(const char *path)
{
    const struct ek_recorded_client clients[] = {{"c1", "", "peak_ewma", "ns"},
                                                 {"c2", "", "round_robin", NULL}};
    struct ek_recording_setup setup = made_setup();
    struct ek_recorder *r;
    struct ek_replay *replay;
    char why[256] = "";

    setup.path = path;
    setup.clients = clients;
    r = ek_recorder_new(&setup);
    assert_non_null(r);
    for (int64_t second = 1; second <= 3; second++)
        for (uint32_t e = 0; e < 2; e++) {
            struct ek_recorded_holding holding = {
                .at_ns = second * S, .endpoint = e, .weight = 1, .in_flight = (uint32_t)second};

            holding.has_score = e == 1; /* after one that has none, and before one */
            holding.score = -second;
            ek_recorder_holding(r, &holding);
        }
    for (int64_t second = 1; second <= 2; second++)
        for (uint32_t c = 0; c < 2; c++)
            ek_recorder_books(r, &(struct ek_recorded_books){.at_ns = second * S,
                                                             .client = c,
                                                             .retry_tokens = 7500 * second,
                                                             .retry_tokens_max = c * 20000,
                                                             .panic_picks = (uint64_t)second * 3});
    for (uint32_t e = 0; e < 3; e++) {
        struct ek_recorded_candidate candidate = {.call = 5,
                                                  .attempt = 2,
                                                  .endpoint = e,
                                                  .weight = 7,
                                                  .in_flight = e,
                                                  .has_score = e != 1,
                                                  .score = 100 * (int64_t)e,
                                                  .fitness = e == 1 ? "ejected" : "eligible",
                                                  .is_chosen = e == 2};

        ek_recorder_candidate(r, &candidate);
    }
    made_finish(r);
    ek_recorder_free(r);
    replay = ek_replay_open(path, why, sizeof why);
    if (replay == NULL)
        fail_msg("%s", why);
    return replay;
}

static void the_latest_sample_counts(void **state)
{
    const struct place *place = *state;
    struct ek_replay *replay = recorded(place->path);
    const struct ek_replay_holding *rows;
    size_t count = 9;

    assert_null(ek_replay_policy(replay, 0, S - 1, &count));
    assert_int_equal(count, 0);
    rows = ek_replay_policy(replay, 0, 3 * S - 1, &count);
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].endpoint, 0);
    assert_int_equal(rows[0].in_flight, 2);
    assert_false(rows[0].has_score);
    assert_true(rows[1].has_score);
    assert_int_equal(rows[1].score, -2);
    rows = ek_replay_policy(replay, 0, INT64_MAX, &count);
    assert_int_equal(rows[1].score, -3);
    assert_null(ek_replay_policy(replay, 1, 5 * S, &count)); /* not sampled */
    assert_int_equal(count, 0);
    ek_replay_close(replay);
}

static void candidates_are_of_one_attempt(void **state)
{
    const struct place *place = *state;
    struct ek_replay *replay = recorded(place->path);
    const struct ek_replay_candidate *rows;
    size_t count;

    assert_null(ek_replay_candidates(replay, 5, 1, &count));
    assert_null(ek_replay_candidates(replay, 4, 2, &count));
    assert_int_equal(count, 0);
    rows = ek_replay_candidates(replay, 5, 2, &count);
    assert_int_equal(count, 3);
    assert_string_equal(rows[1].fitness, "ejected");
    assert_false(rows[1].has_score);
    assert_true(rows[2].is_chosen);
    assert_int_equal(rows[2].score, 200);
    assert_int_equal(rows[2].weight, 7);
    ek_replay_close(replay);
}

static void the_unit_is_of_the_client(void **state)
{
    const struct place *place = *state;
    struct ek_replay *replay = recorded(place->path);
    size_t count;
    const struct ek_replay_client *clients = ek_replay_clients(replay, &count);

    assert_string_equal(clients[0].score_unit, "ns");
    assert_string_equal(clients[1].score_unit, "");
    ek_replay_close(replay);
}

static void books_are_of_one_client(void **state)
{
    const struct place *place = *state;
    struct ek_replay *replay = recorded(place->path);
    const struct ek_replay_books *books = ek_replay_books(replay, 1, 2 * S);

    assert_int_equal(books->at_ns, 2 * S);
    assert_int_equal(books->retry_tokens, 15000);
    assert_int_equal(books->retry_tokens_max, 20000);
    assert_int_equal(books->panic_picks, 6);
    assert_int_equal(books->panic_picks_before, 3);
    books = ek_replay_books(replay, 0, 2 * S - 1);
    assert_int_equal(books->retry_tokens_max, 0); /* not throttled, so without tokens */
    assert_int_equal(books->retry_tokens, 0);
    assert_int_equal(books->panic_picks, 3);
    assert_int_equal(books->panic_picks_before, 0);
    assert_null(ek_replay_books(replay, 0, S - 1));
    ek_replay_close(replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_latest_sample_counts, make_place, clear_place),
        cmocka_unit_test_setup_teardown(candidates_are_of_one_attempt, make_place, clear_place),
        cmocka_unit_test_setup_teardown(books_are_of_one_client, make_place, clear_place),
        cmocka_unit_test_setup_teardown(the_unit_is_of_the_client, make_place, clear_place),
    };

    return cmocka_run_group_tests_name("reports/inside", tests, NULL, NULL);
}
