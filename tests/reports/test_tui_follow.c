/* Runs that go on: their recording is written again and again, and the dashboard keeps up. */
#include "tests/reports/test_tui_frame.h"

/* A dashboard at the end of what there is after so many seconds. */
static struct ek_dash *follow(struct ek_replay **replay, int64_t seconds,
                              const struct ek_tui_hooks *simulator)
{
    char why[256];
    struct ek_tui_options how = {.path = made_path, .hooks = simulator, .follow = true};
    made_write_until(made_path, seconds);
    *replay = ek_replay_open(made_path, why, sizeof why);
    assert_non_null(*replay);
    struct ek_dash *dash = ek_dash_new(*replay, &how, 80, 24);
    assert_non_null(dash);
    return dash;
}

static void press(struct ek_dash *dash, const char *keys)
{
    while (*keys) {
        int64_t wait_ns;
        uint32_t key = ek_key_read(&keys, &wait_ns);
        assert_int_equal(ek_dash_key(dash, key), EK_OK);
    }
}

static bool look(struct ek_dash *dash)
{
    enum ek_err err = EK_OK;
    bool is_new = ek_dash_look(dash, &err);
    assert_int_equal(err, EK_OK);
    return is_new;
}

static void assert_screen(struct ek_dash *dash, const char *wanted)
{
    char *text = text_of(dash);
    if (!strstr(text, wanted))
        fail_msg("\"%s\" is not on the screen:\n%s", wanted, text);
    free(text);
}

static void assert_no_screen(struct ek_dash *dash, const char *unwanted)
{
    char *text = text_of(dash);
    if (strstr(text, unwanted))
        fail_msg("\"%s\" is on the screen:\n%s", unwanted, text);
    free(text);
}

static void a_cursor_at_the_end_stays_there(void **state)
{
    (void)state;
    struct ek_replay *replay;
    struct ek_dash *dash = follow(&replay, 20, NULL);
    assert_screen(dash, "following  t= 20.000 / 60.0 s running");
    assert_false(look(dash));

    made_write_until(made_path, 25);
    assert_true(look(dash));
    assert_screen(dash, "following  t= 25.000 / 60.0 s running");
    assert_screen(dash, "ok "); /* rates are of whole intervals */

    made_write(made_path);
    assert_true(look(dash));
    assert_screen(dash, "paused  t= 60.000 / 60.0 s ");
    assert_screen(dash, "the run is over");
    assert_no_screen(dash, "running");
    ek_dash_free(dash);
    ek_replay_close(replay);
}

static void a_cursor_elsewhere_stays_where_it_is(void **state)
{
    (void)state;
    struct ek_replay *replay;
    struct ek_dash *dash = follow(&replay, 20, NULL);
    press(dash, "3n<Enter>");
    assert_screen(dash, "causes");
    char *before = text_of(dash);

    made_write_until(made_path, 21);
    assert_true(look(dash));
    char *after = text_of(dash);
    /* Even what is open stays open; only the first rows tell of the run as a whole. */
    assert_string_equal(strstr(before, "causes"), strstr(after, "causes"));
    free(before);
    free(after);
    press(dash, "<End>");
    assert_screen(dash, "following  t= 21.000");

    press(dash, "<Space>"); /* plays on as the run does */
    assert_int_equal(ek_dash_advance(dash, EK_S / 2), EK_OK);
    assert_screen(dash, "x1 ▶  t= 21.000");
    made_write_until(made_path, 22);
    assert_true(look(dash));
    assert_screen(dash, "x1 ▶  t= 22.000");
    ek_dash_free(dash);
    ek_replay_close(replay);
}

/* How many cells of a row of the heat map have a share in them. */
static int shares_in(const struct ek_grid *grid, int y)
{
    int count = 0;
    for (int x = 0; x < grid->columns; x++) {
        uint32_t rune = ek_grid_at(grid, x, y)->rune;
        count += rune == 0x2588 || (rune >= 0x2591 && rune <= 0x2593);
    }
    return count;
}

static void what_is_to_come_is_not_judged(void **state)
{
    (void)state;
    struct ek_replay *replay;
    struct ek_dash *dash = follow(&replay, 16, NULL);

    /* F1 is on, and only noticed so far; F2 has yet to come. */
    assert_screen(dash, "F1 crash b03  at 15 s, over at 35 s");
    assert_screen(dash, "noticed +");
    assert_no_screen(dash, "stayed");
    press(dash, "2");
    const struct ek_grid *grid = ek_dash_draw(dash);
    int row = 0;
    while (ek_grid_at(grid, 3, row)->rune != 'b' || ek_grid_at(grid, 5, row)->rune != '0')
        row++;
    /* 16 of 60 s are known: of 61 columns the first 17. */
    assert_int_equal(shares_in(grid, row), 17);
    ek_dash_free(dash);
    ek_replay_close(replay);
}

static void a_run_without_news_is_said_to_be_silent(void **state)
{
    (void)state;
    struct ek_replay *replay;
    struct ek_dash *dash = follow(&replay, 20, NULL);

    assert_int_equal(ek_dash_advance(dash, 20 * EK_S), EK_OK);
    assert_screen(dash, "/ 60.0 s silent for 20 s");
    made_write_until(made_path, 21);
    assert_true(look(dash));
    assert_screen(dash, "/ 60.0 s running");
    ek_dash_free(dash);
    ek_replay_close(replay);
}

/* ---- runs that the dashboard begins ---- */

/* A simulator that takes as many looks as a test says. */
struct slow {
    int looks, begun, ended;
    bool fails;
    char path[80];
};

static bool begin(struct slow *slow, struct ek_tui_made *made)
{
    slow->begun++;
    made->run = slow;
    snprintf(made->recording, sizeof made->recording, "%s", slow->path);
    snprintf(made->scenario, sizeof made->scenario, "out/changed.json");
    return true;
}

static bool slow_inject(void *self, const struct ek_replay *replay, int64_t at_ns,
                        const char *words, struct ek_tui_made *made)
{
    (void)replay;
    (void)at_ns;
    (void)words;
    return begin(self, made);
}

static bool slow_rerun(void *self, const struct ek_replay *replay, const char *policy,
                       struct ek_tui_made *made)
{
    (void)replay;
    (void)policy;
    return begin(self, made);
}

static enum ek_tui_run slow_look(void *self, struct ek_tui_made *made, bool waits)
{
    struct slow *slow = self;
    if (slow->looks > 0 && !waits) {
        slow->looks--;
        return EK_TUI_RUN_GOING;
    }
    snprintf(made->why, sizeof made->why, "the disk is full");
    return slow->fails ? EK_TUI_RUN_FAILED : EK_TUI_RUN_OVER;
}

static void slow_stop(void *self, struct ek_tui_made *made)
{
    struct slow *slow = self;
    slow->ended++;
    made->run = NULL;
}

static struct ek_tui_hooks simulator_of(struct slow *slow)
{
    snprintf(slow->path, sizeof slow->path, "%.70s-b", made_path);
    (void)unlink(slow->path);
    return (struct ek_tui_hooks){.self = slow,
                                 .faults = fault_words,
                                 .policies = policies,
                                 .inject = slow_inject,
                                 .rerun = slow_rerun,
                                 .look = slow_look,
                                 .stop = slow_stop};
}

static void a_slow_simulation_does_not_hold_up_the_dashboard(void **state)
{
    (void)state;
    struct ek_replay *replay;
    struct slow slow = {.looks = 100};
    struct ek_tui_hooks simulator = simulator_of(&slow);
    struct ek_dash *dash = follow(&replay, MADE_SECONDS, &simulator);

    press(dash, ":goto 30s<Enter>ikill b01<Enter>");
    assert_screen(dash, "simulating \"kill b01\"");
    press(dash, "ikill b02<Enter>");
    assert_screen(dash, "one at a time: \"kill b01\"");
    press(dash, "<Home>");
    assert_screen(dash, "t= 0.000");
    press(dash, ":goto 30s<Enter>");

    /* It has come to 10 s: the cursor waits there for the rest. */
    made_write_until(slow.path, 10);
    assert_true(look(dash));
    assert_screen(dash, "t= 10.000 / 60.0 s running");
    assert_screen(dash, "modified: out/changed.json repeats it");
    made_write_until(slow.path, 40);
    assert_true(look(dash));
    assert_screen(dash, "t= 30.000 / 60.0 s running");
    slow.looks = 0;
    made_write(slow.path);
    assert_true(look(dash));
    assert_screen(dash, "t= 30.000 / 60.0 s ");
    assert_no_screen(dash, "running");

    assert_int_equal(slow.begun, 1);
    ek_dash_free(dash);
    assert_int_equal(slow.ended, 1);
    ek_replay_close(replay);
    (void)unlink(slow.path);
}

static void a_run_that_goes_on_ends_with_the_dashboard(void **state)
{
    (void)state;
    struct ek_replay *replay;
    struct slow slow = {.looks = 100};
    struct ek_tui_hooks simulator = simulator_of(&slow);
    struct ek_dash *dash = follow(&replay, MADE_SECONDS, &simulator);

    press(dash, "pring_hash<Enter>"); /* nothing to be seen yet */
    made_write_until(slow.path, 5);
    assert_true(look(dash));
    assert_screen(dash, "the same calls with ring_hash");
    press(dash, "ikill b01<Enter>");

    ek_dash_free(dash);
    assert_int_equal(slow.begun, 2);
    assert_int_equal(slow.ended, 2);
    ek_replay_close(replay);
    (void)unlink(slow.path);
}

static void a_run_that_fails_says_why(void **state)
{
    (void)state;
    struct ek_replay *replay;
    struct slow slow = {.looks = 1, .fails = true};
    struct ek_tui_hooks simulator = simulator_of(&slow);
    struct ek_dash *dash = follow(&replay, MADE_SECONDS, &simulator);

    press(dash, "ikill b01<Enter>");
    assert_true(look(dash));
    assert_screen(dash, "no: the disk is full");
    assert_int_equal(slow.ended, 1);
    ek_dash_free(dash);
    assert_int_equal(slow.ended, 1);
    ek_replay_close(replay);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_at_the_end_stays_there),
        cmocka_unit_test(a_cursor_elsewhere_stays_where_it_is),
        cmocka_unit_test(what_is_to_come_is_not_judged),
        cmocka_unit_test(a_run_without_news_is_said_to_be_silent),
        cmocka_unit_test(a_slow_simulation_does_not_hold_up_the_dashboard),
        cmocka_unit_test(a_run_that_goes_on_ends_with_the_dashboard),
        cmocka_unit_test(a_run_that_fails_says_why),
    };
    return cmocka_run_group_tests_name("reports/tui_follow", tests, set_up, tear_down);
}
