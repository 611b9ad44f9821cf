/* Pictures and words about retries, picks and what clients thought, of a run made by hand.
 *
 * The story of story_made.h with one more call: number 1 of c1, planned at 3 s, goes to b1, fails,
 * is retried on b2 and works. It was traced: its first pick saw b1 (2 in flight, score 7 ms) and
 * b2 (none, score 9 ms), and not the ejected third; its second saw b2 alone. */
#include "tests/reports/drawn.h"
#include "tests/reports/story_made.h"

#include "reports/explain/explain.h"
#include "reports/graph/graph.h"

enum {
    TRACED = 1
};

static void candidate(struct ek_recorder *r, uint32_t attempt, uint32_t endpoint,
                      const char *fitness, int64_t score_ns, bool is_chosen)
{
    ek_recorder_candidate(r, &(struct ek_recorded_candidate){
                                 .call = TRACED,
                                 .attempt = attempt,
                                 .endpoint = endpoint,
                                 .weight = 1,
                                 .in_flight = endpoint == 0 ? 2 : 0,
                                 .has_score = score_ns >= 0,
                                 .score = score_ns,
                                 .fitness = fitness,
                                 .is_chosen = is_chosen,
                             });
}

static void traced_call(struct ek_recorder *r)
{
    struct ek_recorded_call call = {
        .number = TRACED,
        .client = 0,
        .planned_ns = 3 * S,
        .end_ns = 3 * S + 30 * MS,
        .status = EK_STATUS_OK,
        .attempt_count = 2,
        .attempts = {{0, EK_STATUS_UNAVAILABLE, 3 * S, 3 * S + 10 * MS},
                     {1, EK_STATUS_OK, 3 * S + 20 * MS, 3 * S + 30 * MS}},
    };
    (void)ek_recorder_call_started(r, 3 * S, 0);
    ek_recorder_attempt_started(r, 3 * S, 0, 0, false);
    candidate(r, 1, 0, "eligible", 7 * MS, true);
    candidate(r, 1, 1, "eligible", 9 * MS, false);
    candidate(r, 1, 2, "ejected", -1, false);
    ek_recorder_attempt_done(r, 3 * S + 10 * MS, 0, 0, EK_STATUS_UNAVAILABLE, 10 * MS);
    made_event(r, 3 * S + 10 * MS, EK_RECORD_RETRY, 0, 0, 0, TRACED, 10 * MS, NULL);
    ek_recorder_attempt_started(r, 3 * S + 20 * MS, 0, 1, true);
    candidate(r, 2, 0, "tried before", 7 * MS, false);
    candidate(r, 2, 1, "eligible", 9 * MS, true);
    candidate(r, 2, 2, "ejected", -1, false);
    ek_recorder_attempt_done(r, 3 * S + 30 * MS, 0, 1, EK_STATUS_OK, 10 * MS);
    ek_recorder_call_done(r, &call);
}

static const struct ek_recorded_client clients[] = {
    {"c1", "", "peak_ewma", "ns"},
    {"c2", "", "round_robin", NULL},
};

static int set_up(void **state)
{
    static struct story story;
    char why[200] = "";
    snprintf(story.folder, sizeof story.folder, "/tmp/ek-inside-XXXXXX");
    assert_non_null(mkdtemp(story.folder));
    snprintf(story.path, sizeof story.path, "%s/story.db", story.folder);
    struct ek_recording_setup setup = story_setup(story.path);
    setup.clients = clients;
    struct ek_recorder *r = ek_recorder_new(&setup);
    assert_non_null(r);
    story_begin(r);
    traced_call(r);
    uint64_t fault = made_event(r, 4 * S, EK_RECORD_FAULT_BEGIN, 0, EK_NOBODY, 0, 0, 0, "kill b1");
    made_event(r, 4 * S, EK_RECORD_EJECTED, 0, 0, fault, 6 * S, 1, NULL);
    made_event(r, 4 * S, EK_RECORD_UNHEALTHY, 1, 0, fault, 3, 0, NULL);
    made_event(r, 6 * S, EK_RECORD_RETURNED, 0, 0, 0, 0, 0, NULL);
    made_event(r, 8 * S, EK_RECORD_HEALTHY, 1, 0, 0, 2, 0, NULL);
    made_finish(r);
    ek_recorder_free(r);
    story.replay = ek_replay_open(story.path, why, sizeof why);
    if (story.replay == NULL)
        fail_msg("%s", why);
    *state = &story;
    return 0;
}

/* Takes `text`. */
static void assert_says(char *text, const char *const *words)
{
    assert_non_null(text);
    for (; *words != NULL; words++)
        if (strstr(text, *words) == NULL)
            fail_msg("lacks \"%s\":\n%s", *words, text);
    free(text);
}

static char *explained(struct ek_replay *replay, const char *what)
{
    struct ek_render render = {.color = false, .unicode = false, .columns = 80};
    char *text = NULL, why[200] = "";
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    if (!ek_explain(replay, what, &render, out, why, sizeof why))
        fail_msg("%s", why);
    fclose(out);
    return text;
}

/* One call before the fault, one first attempt, one of it retried: 2 attempts a call. */
static void retries_are_counted_by_attempt_and_phase(void **state)
{
    struct story *story = *state;
    static const char *const words[] = {"before  0 .. 4 s: 2.000 attempts a call, 1 retried",
                                        "1 call\\n0 % failed",
                                        "attempt 1\\n1",
                                        "attempt 2\\n1",
                                        "label=\" 100 % \"",
                                        "F1  4 .. 7 s: no attempts a call",
                                        NULL};
    assert_says(ek_graph_retries(story->replay, EK_GRAPH_DOT), words);
    static const char *const mermaid[] = {"flowchart LR", "attempt 2<br/>1", NULL};
    assert_says(ek_graph_retries(story->replay, EK_GRAPH_MERMAID), mermaid);
}

static void a_pick_shows_its_candidates_and_who_was_hidden(void **state)
{
    struct story *story = *state;
    static const char *const words[] = {"c1\\nasks peak_ewma\\nat 3 s",
                                        "b1\\n2 in flight, weight 1\\nscore 7.00 ms",
                                        "b2\\n0 in flight, weight 1\\nscore 9.00 ms",
                                        "label=\" chosen \"",
                                        "not shown: ejected",
                                        "not shown: tried before\\nb1",
                                        "attempt 2: OK after 10.0 ms",
                                        NULL};
    assert_says(ek_graph_pick(story->replay, TRACED, EK_GRAPH_DOT), words);
    assert_null(ek_graph_pick(story->replay, 2, EK_GRAPH_DOT));
}

/* b1 was ejected once, for 2 s, and unhealthy once, for 4 s. */
static void what_clients_thought_has_counts_and_times(void **state)
{
    struct story *story = *state;
    static const char *const words[] = {
        "ejected\\nits calls failed\\nentered 1 time\\nmedian stay 2.00 s",
        "unhealthy\\nits probes failed\\nentered 1 time\\nmedian stay 4.00 s",
        "in service\\nentered 8 times\\nmedian stay 4.00 s", NULL};
    assert_says(ek_graph_health(story->replay, EK_GRAPH_DOT), words);
}

static void an_explanation_shows_what_a_pick_chose_from(void **state)
{
    struct story *story = *state;
    static const char *const words[] = {"weight   in flight",
                                        "score\n",
                                        "> b1              1           2",
                                        "b2              1           0",
                                        "7.00 ms",
                                        "not shown: ejected: b<3>|",
                                        "of attempt 2",
                                        "tried before: b1",
                                        NULL};
    assert_says(explained(story->replay, "call:1"), words);
    assert_says(explained(story->replay, "pick:1"), words);
    assert_int_equal(ek_explain_call_of(story->replay, "worst"), TRACED);
    assert_int_equal(ek_explain_call_of(story->replay, "pick:1"), TRACED);
    assert_int_equal(ek_explain_call_of(story->replay, "call:5"), 0);
    assert_int_equal(ek_explain_call_of(story->replay, "fault:F1"), 0);
}

static void pictures_are_the_same_bytes_everywhere(void **state)
{
    struct story *story = *state;
    assert_golden("retries_inside.svg", svg_of(ek_graph_retries(story->replay, EK_GRAPH_DOT)));
    assert_golden("pick_inside.svg", svg_of(ek_graph_pick(story->replay, TRACED, EK_GRAPH_DOT)));
    assert_golden("health_inside.svg", svg_of(ek_graph_health(story->replay, EK_GRAPH_DOT)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_the_same_bytes_everywhere),
        cmocka_unit_test(retries_are_counted_by_attempt_and_phase),
        cmocka_unit_test(a_pick_shows_its_candidates_and_who_was_hidden),
        cmocka_unit_test(what_clients_thought_has_counts_and_times),
        cmocka_unit_test(an_explanation_shows_what_a_pick_chose_from),
    };

    return cmocka_run_group_tests_name("reports/graph_inside", tests, set_up, story_tear_down);
}
