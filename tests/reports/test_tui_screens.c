/* mkstemps is not POSIX. */
#define _DEFAULT_SOURCE

#include "tests/reports/test_tui_frame.h"

/* ---- the screens 5, 6, 7, and calls ---- */

static void a_policy_shows_what_its_client_holds(void **state)
{
    /* made_look: b01 has weight 2, (20 + 1) % 3 = 0 in flight, 22 ms. */
    assert_shows(state, ":goto 20.5s<Enter>5", "b01  ready            2         0      22 ms");
    assert_shows(state, ":goto 20.5s<Enter>5", "score: ns");
    assert_shows(state, ":goto 20.5s<Enter>5jjj", "no sample of this client yet");
    assert_shows(state, ":goto 19s<Enter>5", "b03  ejected");
}

static void graphs_count_ways_until_the_cursor(void **state)
{
    /* 12 endpoints of 4 clients connect at once; b03 comes back to each later. */
    assert_shows(state, ":goto 10s<Enter>6", "48 of 52");
    assert_shows(state, "<End>6", "52 of 52");
    assert_shows(state, ":goto 10s<Enter>6", "0 of 6"); /* in use -> ejected: b03 by 4, b07 by 2 */
}

static void a_call_is_followed_hop_by_hop(void **state)
{
    assert_shows(state, "e<Enter>", "UNAVAILABLE after");
    assert_shows(state, "e<Enter>", "fault F1 begins: crash b03");
    assert_shows(state, "e<Enter>", "p2c picked it from 3");
    assert_shows(state, "e<Enter>", "▸b03     0   21 ms");
    assert_shows(state, "e<Enter>", "b05     ejected");
    assert_shows(state, "e<Enter><Enter>", "causes");
    assert_same_frame(state, "ccc", "ccccC");
    assert_shows(state, "c<Home>C", "no earlier call was kept");
}

static void the_log_follows_a_call_or_a_fault(void **state)
{
    assert_shows(state, "3eo", "and its causes");
    /* The fault, the process that it ends, the failed attempt, the failed call. */
    assert_shows(state, "3eo", " 4 of 4 ─");
    assert_shows(state, "3eO", "that followed from F1");
    assert_hides(state, "3eO<End>", "fault F2 begins");
    assert_same_frame(state, "3e<Esc>3", "3eoo<Esc>3");
    assert_shows(state, ":sort name<Enter>F3", "events of b00");
}

static void two_runs_share_the_cursor(void **state)
{
    assert_shows(state, "7", "one run only");
    assert_shows(state, ":goto 16s<Enter>pround_robin<Enter>", "right: crash-and-slow");
    assert_shows(state, "pring<Tab><Enter>", "no: there is no policy ring_hash");
    assert_shows(state, ":goto 16s<Enter>ikill b01<Enter>", "out/made-modified.json repeats it");
    assert_shows(state, ":goto 16s<Enter>ikill b01<Enter>", "t= 16.000");
    assert_shows(state, "ik<Tab>b0<Tab>", "b00 b01 b02");
    assert_shows(state, "isink b01<Enter>", "no: there is no sink b01");
    assert_shows(state, "b", "there is one run only");
}

static void broken_expectations_are_found(void **state)
{
    /* Made with one that holds and one that does not. */
    assert_shows(state, "v", "no call fails: success >= 100 %");
    assert_same_frame(state, "v", "vv");
    assert_same_frame(state, "v<Esc>", "e<Tab><Esc>");
}

static void explaining_is_a_key(void **state)
{
    assert_shows(state, "e<Tab>x", "b00 in z1");
    assert_shows(state, "ex", "UNAVAILABLE");
    assert_shows(state, "3:goto 15s<Enter>x", "F1");
    assert_same_frame(state, "e", "ex<Esc>");
}

static void screens_and_casts_are_files(void **state)
{
    char svg[] = "/tmp/ek-tui-svg-XXXXXX.svg", cast[] = "/tmp/ek-tui-cast-XXXXXX", keys[300];
    int one = mkstemps(svg, 4), other = mkstemp(cast);
    assert_true(one >= 0 && other >= 0);
    (void)close(one);
    (void)close(other);
    snprintf(keys, sizeof keys, ":save %s<Enter>:cast %s<Enter><Space><wait 1s>P", svg, cast);
    assert_shows(state, keys, "the asciicast is written");

    char text[4096] = "";
    FILE *file = fopen(svg, "r");
    assert_true(fread(text, 1, sizeof text - 1, file) > 1000);
    fclose(file);
    assert_memory_equal(text, "<svg xmlns=", 11);
    file = fopen(cast, "r");
    assert_non_null(fgets(text, sizeof text, file));
    json_t *header = json_loads(text, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(header, "version")), 2);
    assert_int_equal(json_integer_value(json_object_get(header, "width")), 80);
    json_decref(header);
    double last = -1;
    int events = 0;
    json_t *event;
    while ((event = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL)) != NULL) {
        double at = json_number_value(json_array_get(event, 0));
        assert_true(at >= last);
        assert_string_equal(json_string_value(json_array_get(event, 1)), "o");
        last = at;
        events++;
        json_decref(event);
    }
    fclose(file);
    assert_true(events > 2 && last > 0.5 && last < 1.5);
    (void)unlink(svg);
    (void)unlink(cast);
    assert_shows(state, ":save /nowhere/at/all.svg<Enter>", "no: /nowhere/at/all.svg cannot be");
}

static void clicks_select_and_open(void **state)
{
    assert_shows(state, ":sort name<Enter><click 5,9>", "▸ b02");
    assert_shows(state, ":sort name<Enter><click 5,9><click 5,9>", "endpoint b02");
    assert_shows(state, "<click 69,1>", "t= 60.000");
    assert_shows(state, "4<click 5,8>", "the view of c1");
}

static void a_replaced_file_is_read_again(void **state)
{
    (void)state;
    char why[256], copy[] = "/tmp/ek-tui-again-XXXXXX";
    int file = mkstemp(copy);
    assert_true(file >= 0);
    (void)close(file);
    made_write(copy);
    struct ek_replay *replay = ek_replay_open(copy, why, sizeof why);
    struct ek_tui_options how = options;
    how.path = copy;
    how.start_ns = 12 * EK_S;
    struct ek_dash *dash = ek_dash_new(replay, &how, 80, 24);
    enum ek_err err = EK_OK;

    assert_false(ek_dash_look(dash, &err));
    made_write(copy); /* written aside and renamed */
    assert_true(ek_dash_look(dash, &err));
    assert_int_equal(err, EK_OK);
    assert_false(ek_dash_look(dash, &err));

    char *text = text_of(dash);
    assert_non_null(strstr(text, "the file was replaced: read again"));
    assert_non_null(strstr(text, "t= 12.000"));
    free(text);
    ek_dash_free(dash);
    ek_replay_close(replay);
    (void)unlink(copy);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_shows_what_its_client_holds),
        cmocka_unit_test(graphs_count_ways_until_the_cursor),
        cmocka_unit_test(a_call_is_followed_hop_by_hop),
        cmocka_unit_test(the_log_follows_a_call_or_a_fault),
        cmocka_unit_test(two_runs_share_the_cursor),
        cmocka_unit_test(broken_expectations_are_found),
        cmocka_unit_test(explaining_is_a_key),
        cmocka_unit_test(screens_and_casts_are_files),
        cmocka_unit_test(clicks_select_and_open),
        cmocka_unit_test(a_replaced_file_is_read_again),
    };
    return cmocka_run_group_tests_name("reports/tui_screens", tests, set_up, tear_down);
}
