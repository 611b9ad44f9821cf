/* posix_openpt and its kin are XSI. */
#define _XOPEN_SOURCE 700

#include "tests/reports/test_tui_recording.h"
#include "tests/reports/test_tui_terminal.h"

#include <locale.h>

static char recording[64];

static const struct way usual = {
    .recording = recording, .term = "xterm-256color", .locale = "C.UTF-8", .color = true};

static struct terminal *start_usual(void)
{
    return start(&usual, 24, 80);
}

static void keys_reach_the_dashboard(void **state)
{
    (void)state;
    struct terminal *t = start_usual();
    await(t, "endpoints 12:");
    assert_true(t->is_alternate);
    assert_false(t->shows_cursor);

    type(t, ":goto 15.3s\r");
    await(t, "t= 15.300 / 60.0 s");
    type(t, "\033OC"); /* right */
    await(t, "t= 15.481");
    type(t, "\033OD\033[6~"); /* left, page down */
    await(t, "t= 53.000");
    type(t, "\033[1;2D"); /* shift left */
    await(t, "t= 0.000");
    type(t, "4");
    await(t, "the registry beside the view of c0");
    type(t, "\033");
    await(t, "12 gone");
    type(t, "?");
    await(t, "keys of overview");

    type(t, "qq"); /* the first closes the help */
    int status = finish(t);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_restored(t);
    stop(t);
}

static void states_have_their_colours(void **state)
{
    (void)state;
    struct terminal *t = start_usual();
    await(t, "endpoints 12:");

    type(t, ":goto 19s\r");
    await(t, "✗ ejected");

    bool is_found = false;
    for (int row = 0; row < 24; row++) {
        VTermScreenCell cell;
        for (int column = 0; column < 40; column++) {
            VTermPos at = {row, column};
            assert_int_equal(vterm_screen_get_cell(t->screen, at, &cell), 1);
            if (cell.chars[0] != 0x2717)
                continue;
            is_found = is_found || (VTERM_COLOR_IS_INDEXED(&cell.fg) && cell.fg.indexed.idx == 211);
        }
    }
    assert_true(is_found); /* 211: ejected on dark, of 256 colours */
    type(t, "q");
    (void)finish(t);
    stop(t);
}

static void without_colours_there_is_none(void **state)
{
    (void)state;
    struct way plain = usual;
    plain.color = false;
    struct terminal *t = start(&plain, 24, 80);
    await(t, "endpoints 12:");

    type(t, ":goto 19s\r");
    await(t, "✗ ejected");

    for (int row = 0; row < 24; row++) {
        for (int column = 0; column < 80; column++) {
            VTermScreenCell cell;
            VTermPos at = {row, column};
            assert_int_equal(vterm_screen_get_cell(t->screen, at, &cell), 1);
            assert_false(VTERM_COLOR_IS_INDEXED(&cell.fg));
        }
    }
    type(t, "q");
    (void)finish(t);
    stop(t);
}

static void a_terminal_without_utf8_gets_ascii(void **state)
{
    (void)state;
    struct way latin = usual;
    latin.locale = "C";
    struct terminal *t = start(&latin, 24, 80);
    await(t, "endpoints 12:");

    type(t, ":goto 19s\r");
    await(t, "X ejected");

    for (const char *p = screen_text(t); *p; p++)
        assert_true((*p >= 32 && *p < 127) || *p == '\n');
    type(t, "q");
    (void)finish(t);
    stop(t);
}

static void time_passes_while_it_plays(void **state)
{
    (void)state;
    struct terminal *t = start_usual();
    await(t, "endpoints 12:");

    type(t, "]]]]]]]] "); /* x500: the minute takes an eighth of a second */
    await(t, "t= 60.000 / 60.0 s");

    type(t, "q");
    assert_int_equal(WEXITSTATUS(finish(t)), 0);
    stop(t);
}

static void it_rests_while_nothing_changes(void **state)
{
    (void)state;
    struct terminal *t = start_usual();
    await(t, "endpoints 12:");
    while (feed(t, 100)) {
    }

    assert_false(feed(t, 300)); /* not a byte */

    type(t, "q");
    (void)finish(t);
    stop(t);
}

static void it_follows_the_size_of_its_window(void **state)
{
    (void)state;
    struct terminal *t = start_usual();
    await(t, "endpoints 12:");

    set_size(t, 10, 60);
    await(t, "needs 80x24, has 60x10: make it larger, or q");
    set_size(t, 50, 160);
    await(t, "after its end");

    type(t, "q");
    assert_int_equal(WEXITSTATUS(finish(t)), 0);
    assert_restored(t);
    stop(t);
}

static void the_mouse_selects_and_seeks(void **state)
{
    (void)state;
    struct terminal *t = start_usual();
    await(t, "▸ b00");

    /* Button 1 goes down and up at column 5 and row 9, counted from 1, as xterm says it. */
    type(t, "\033[<0;5;9M\033[<0;5;9m");
    await(t, "▸ b01");
    type(t, "\033[<65;5;9M"); /* the wheel turns, by three rows */
    await(t, "▸ b04");
    type(t, "\033[<0;50;2M\033[<0;50;2m"); /* the timeline */
    await(t, "t= 4");

    type(t, "q");
    assert_int_equal(WEXITSTATUS(finish(t)), 0);
    assert_restored(t);
    stop(t);
}

static void f5_reads_the_file_again(void **state)
{
    (void)state;
    struct terminal *t = start_usual();
    await(t, "endpoints 12:");

    type(t, ":goto 7s\r");
    await(t, "t= 7.000");
    type(t, "\033[15~");
    await(t, "read again");
    await(t, "t= 7.000");

    type(t, "q");
    assert_int_equal(WEXITSTATUS(finish(t)), 0);
    stop(t);
}

static void signals_end_it_and_restore_the_terminal(void **state)
{
    (void)state;
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct terminal *t = start_usual();
        await(t, "endpoints 12:");

        (void)kill(t->child, signals[i]);

        int status = finish(t);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 128 + signals[i]);
        assert_restored(t);
        stop(t);
    }
}

static void control_c_ends_it_as_a_signal_would(void **state)
{
    (void)state;
    struct terminal *t = start_usual();
    await(t, "endpoints 12:");

    type(t, "\003");

    assert_int_equal(WEXITSTATUS(finish(t)), 130);
    assert_restored(t);
    stop(t);
}

static void a_crash_restores_the_terminal(void **state)
{
    (void)state;
    struct terminal *t = start_usual();
    await(t, "endpoints 12:");

    (void)kill(t->child, SIGABRT);

    int status = finish(t);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_restored(t);
    stop(t);
}

static void a_stopped_dashboard_gives_the_terminal_back_meanwhile(void **state)
{
    (void)state;
    struct terminal *t = start_usual();
    await(t, "endpoints 12:");

    /* Nobody could continue an orphaned process group, so the kernel ignores the stop: what can be
     * seen is that the dashboard leaves the screen, and is back. */
    type(t, "\032");
    int64_t end_ms = now_ms() + PATIENCE_MS;
    while (t->is_alternate && now_ms() < end_ms && feed(t, 100)) {
    }
    (void)kill(t->child, SIGCONT);
    await(t, "endpoints 12:");
    type(t, ":goto 7s\r");
    await(t, "t= 7.000");

    type(t, "q");
    assert_int_equal(WEXITSTATUS(finish(t)), 0);
    assert_restored(t);
    stop(t);
}

static void a_terminal_without_a_screen_is_refused(void **state)
{
    (void)state;
    struct way dumb = usual;
    dumb.term = "dumb";
    struct terminal *t = start(&dumb, 24, 80);

    int status = finish(t);

    assert_int_equal(WEXITSTATUS(status), 2);
    assert_restored(t);
    assert_non_null(strstr(screen_text(t), "TERM=dumb"));
    stop(t);
}

/* Hours of calls, so that the simulation cannot be over; it is ended after a second. */
static void a_scenario_is_followed_while_it_is_simulated(void **state)
{
    (void)state;
    static const char scenario[] =
        "{\"name\": \"hours\", \"description\": \"Many calls.\", \"duration\": \"36000s\","
        " \"endpoints\": {\"count\": 2, \"name\": \"b%d\", \"service\": {\"constant\": \"1ms\"}},"
        " \"clients\": {\"arrivals\": {\"constant\": \"20000/s\"}, \"serviceConfig\":"
        " {\"loadBalancingConfig\": [{\"round_robin\": {}}]}}}\n";
    char folder[] = "/tmp/ek-tui-hours-XXXXXX", path[80], why[256];
    if (!program())
        skip();
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/hours.json", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(scenario, file) >= 0);
    assert_int_equal(fclose(file), 0);
    struct way simulated = usual;
    simulated.folder = folder;
    simulated.recording = "hours.json";

    struct terminal *t = start(&simulated, 24, 80);
    await(t, "following  t= ");
    char *end = NULL;
    double first = strtod(strstr(screen_text(t), "t= ") + 3, &end), now = first;
    for (int64_t end_ms = now_ms() + PATIENCE_MS; now <= first && now_ms() < end_ms;) {
        (void)feed(t, 50);
        now = strtod(strstr(screen_text(t), "t= ") + 3, &end);
    }
    assert_true(now > first);
    type(t, "\033OH"); /* home: what there is can be gone through */
    await(t, "paused  t= 0.000 / 600 m running");
    type(t, "\033OF"); /* end */
    await(t, "following  t= ");
    type(t, "q");
    assert_int_equal(WEXITSTATUS(finish(t)), 0);
    assert_restored(t);
    stop(t);

    /* What is left is a recording that says that it was cut short, alone in its folder. */
    snprintf(path, sizeof path, "%s/evenkeel-out/hours-1.db", folder);
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    assert_non_null(replay);
    assert_true(ek_replay_results(replay)->interrupted);
    assert_false(ek_replay_results(replay)->under_way);
    ek_replay_close(replay);
    static const char *const left[] = {"evenkeel-out/hours-1.db", "evenkeel-out/latest",
                                       "evenkeel-out", "hours.json", ""};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, left[i]);
        assert_int_equal(remove(path), 0);
    }
}

static int set_up(void **state)
{
    (void)state;
    snprintf(recording, sizeof recording, "/tmp/ek-tui-pty-XXXXXX");
    int file = mkstemp(recording);
    if (file < 0)
        return 1;
    (void)close(file);
    made_write(recording);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(recording);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_reach_the_dashboard),
        cmocka_unit_test(states_have_their_colours),
        cmocka_unit_test(without_colours_there_is_none),
        cmocka_unit_test(a_terminal_without_utf8_gets_ascii),
        cmocka_unit_test(time_passes_while_it_plays),
        cmocka_unit_test(it_rests_while_nothing_changes),
        cmocka_unit_test(it_follows_the_size_of_its_window),
        cmocka_unit_test(the_mouse_selects_and_seeks),
        cmocka_unit_test(f5_reads_the_file_again),
        cmocka_unit_test(a_scenario_is_followed_while_it_is_simulated),
        cmocka_unit_test(signals_end_it_and_restore_the_terminal),
        cmocka_unit_test(control_c_ends_it_as_a_signal_would),
        cmocka_unit_test(a_crash_restores_the_terminal),
        cmocka_unit_test(a_stopped_dashboard_gives_the_terminal_back_meanwhile),
        cmocka_unit_test(a_terminal_without_a_screen_is_refused),
    };
    return cmocka_run_group_tests_name("reports/tui_pty", tests, set_up, tear_down);
}
