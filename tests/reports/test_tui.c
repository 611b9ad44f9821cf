#include "tests/reports/test_tui_frame.h"

/* ---- keys ---- */

/* Puts a dashboard on a screen where each key has something to do. */
static struct ek_dash *ready_for(struct ek_replay *replay, enum ek_screen screen)
{
    static const char *const ways[EK_SCREEN_COUNT] = {"",  "2",       "3",         "4j", "5j", "6j",
                                                      "7", "<Enter>", "3<Enter>k", "c",  "xj"};
    char keys[200];
    snprintf(
        keys, sizeof keys, "%s",
        ":goto 5s<Enter>m:goto 50s<Enter>m:goto 15.2s<Enter>:goto +1s<Enter>z:sort name<Enter>jjj");
    struct ek_tui_options two = options;
    two.other = other_replay;
    struct ek_dash *dash = ek_dash_new(replay, &two, 80, 24);
    assert_non_null(dash);
    assert_int_equal(ek_dash_key(dash, '1'), EK_OK);
    for (int part = 0; part < 2; part++) {
        for (const char *at = part == 0 ? keys : ways[screen]; *at;) {
            int64_t wait_ns;
            uint32_t key = ek_key_read(&at, &wait_ns);
            assert_int_equal(ek_dash_key(dash, key), EK_OK);
        }
    }
    assert_int_equal(ek_dash_ui(dash)->place.screen, screen);
    return dash;
}

/* The first key that does `action` on a screen, as scripts have it. */
static uint32_t key_for(enum ek_tui_action action, enum ek_screen screen)
{
    for (uint32_t key = 1; key <= EK_KEY_F5; key++) {
        if (key == 0x80)
            key = EK_KEY_UP;
        if (ek_key_action(key, screen) == action)
            return key;
    }
    return 0;
}

static bool leads_elsewhere(enum ek_tui_action action, enum ek_screen screen)
{
    return !(action == EK_DO_OVERVIEW && screen == EK_SCREEN_OVERVIEW) &&
           !(action == EK_DO_HEAT && screen == EK_SCREEN_HEAT) &&
           !(action == EK_DO_EVENTS && screen == EK_SCREEN_EVENTS) &&
           !(action == EK_DO_CONSUL && screen == EK_SCREEN_CONSUL) &&
           !(action == EK_DO_POLICY && screen == EK_SCREEN_POLICY) &&
           !(action == EK_DO_GRAPHS && screen == EK_SCREEN_GRAPHS) &&
           !(action == EK_DO_COMPARE && screen == EK_SCREEN_COMPARE);
}

static void every_key_in_the_help_does_something(void **state)
{
    for (int screen = 0; screen < EK_SCREEN_COUNT; screen++) {
        for (int i = 1; i < EK_DO_COUNT; i++) {
            enum ek_tui_action action = (enum ek_tui_action)i;
            if ((ek_tui_action_text(action)->where & 1u << screen) == 0 ||
                !leads_elsewhere(action, (enum ek_screen)screen))
                continue;
            struct ek_dash *dash = ready_for(*state, (enum ek_screen)screen);
            char *before = text_of(dash);

            uint32_t key = key_for(action, (enum ek_screen)screen);
            assert_int_not_equal(key, 0);
            assert_int_equal(ek_dash_key(dash, key), EK_OK);

            char *after = text_of(dash);
            const struct ek_ui *ui = ek_dash_ui(dash);
            bool is_wish = ui->wants_quit || ui->wants_redraw || ui->wants_suspend;
            if (!is_wish && strcmp(before, after) == 0)
                fail_msg(":%s does nothing on screen %d:\n%s", ek_tui_action_text(action)->word,
                         screen, after);
            if (strncmp(ui->status, "no", 2) == 0)
                fail_msg(":%s has nothing to do on screen %d: %s", ek_tui_action_text(action)->word,
                         screen, ui->status);
            free(before);
            free(after);
            ek_dash_free(dash);
        }
    }
}

static void the_help_names_every_key_of_its_screen(void **state)
{
    static const char *const ways[EK_SCREEN_COUNT] = {"",  "2",       "3",         "4", "5", "6",
                                                      "7", "<Enter>", "3n<Enter>", "c", "x"};
    for (int screen = 0; screen < EK_SCREEN_COUNT; screen++) {
        char keys[64];
        snprintf(keys, sizeof keys, "%s?<frame>?", ways[screen]);
        char *text = frame(state, keys);
        for (int i = 1; i < EK_DO_COUNT; i++) {
            const struct ek_tui_action_text *row = ek_tui_action_text((enum ek_tui_action)i);
            bool is_shown = strstr(text, row->text) != NULL;
            /* The names of screens occur elsewhere, too. */
            if ((row->where & 1u << screen) != 0 && !is_shown)
                fail_msg("%s is not in the help of screen %d:\n%s", row->word, screen, text);
        }
        free(text);
    }
}

static void the_manual_names_every_key(void **state)
{
    (void)state;
    FILE *file = fopen("cli/evenkeel.1", "r");
    assert_non_null(file);
    char *manual = calloc(1, 1 << 18);
    assert_true(fread(manual, 1, (1 << 18) - 1, file) > 0);
    fclose(file);
    for (int i = 1; i < EK_DO_COUNT; i++) {
        const struct ek_tui_action_text *row = ek_tui_action_text((enum ek_tui_action)i);
        if (!strstr(manual, row->text))
            fail_msg("the manual has nothing on %s: %s", row->keys, row->text);
    }
    free(manual);
}

static void each_action_can_be_called_by_its_name(void **state)
{
    for (int i = 1; i < EK_DO_COUNT; i++)
        assert_int_equal(ek_tui_action_find(ek_tui_action_text((enum ek_tui_action)i)->word), i);
    assert_shows(state, ":heat<Enter>", "share of the traffic");
    assert_shows(state, ":hea<Tab>", ":heat");
    assert_shows(state, ":mark<Tab>", "mark mark-next mark-back");
    assert_shows(state, ":th<Tab>hi<Tab><Enter>", "theme high-contrast");
    assert_shows(state, ":theme pink<Enter>", ":theme needs default, light, high-contrast or mono");
    assert_shows(state, ":nonsense<Enter>", "no command \"nonsense\"");
    assert_shows(state, "2:focus<Enter>", ":focus does nothing on this screen");
}

/* No S and no P: they write files. */
static const uint32_t any_keys[] = {' ',
                                    EK_KEY_LEFT,
                                    EK_KEY_RIGHT,
                                    EK_KEY_PAGE_UP,
                                    EK_KEY_PAGE_DOWN,
                                    EK_KEY_HOME,
                                    EK_KEY_END,
                                    EK_KEY_UP,
                                    EK_KEY_DOWN,
                                    EK_KEY_ENTER,
                                    EK_KEY_ESCAPE,
                                    EK_KEY_TAB,
                                    EK_KEY_BACKSPACE,
                                    '[',
                                    ']',
                                    'n',
                                    'N',
                                    'e',
                                    'E',
                                    'r',
                                    'm',
                                    'u',
                                    'U',
                                    'j',
                                    'k',
                                    's',
                                    'I',
                                    '\\',
                                    '/',
                                    'a',
                                    'z',
                                    'Z',
                                    'y',
                                    '1',
                                    '2',
                                    '3',
                                    '4',
                                    '5',
                                    '6',
                                    '7',
                                    'c',
                                    'C',
                                    'v',
                                    'T',
                                    'o',
                                    'O',
                                    'F',
                                    'x',
                                    'i',
                                    'p',
                                    EK_KEY_F5,
                                    ':',
                                    '?',
                                    '!',
                                    'b',
                                    '0',
                                    '+',
                                    'g',
                                    0xe9,
                                    0x1f600,
                                    1,
                                    127};

/* Whatever is typed, there is a frame of the right size, and the same keys give the same one. */
static void any_keys_give_a_frame(void **state)
{
    uint64_t seed = 7;
    struct ek_dash *dash = ek_dash_new(*state, &options, 80, 24);
    for (int i = 0; i < 4000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t draw = (uint32_t)(seed >> 33);
        if (draw % 50 == 0)
            assert_int_equal(
                ek_dash_resize(dash, 1 + (int)(draw >> 8) % 220, 1 + (int)(draw >> 16) % 70),
                EK_OK);
        assert_int_equal(
            ek_dash_key(dash, any_keys[(draw >> 4) % (sizeof any_keys / sizeof any_keys[0])]),
            EK_OK);
        assert_int_equal(ek_dash_advance(dash, (int64_t)(draw % 100) * EK_MS), EK_OK);
        if (draw % 3 == 0)
            assert_int_equal(ek_dash_click(dash, (int)(draw >> 9) % 80, (int)(draw >> 17) % 24),
                             EK_OK);
        if (draw % 11 == 0)
            assert_int_equal(ek_dash_wheel(dash, draw % 2 ? 3 : -3), EK_OK);
        assert_non_null(ek_dash_draw(dash));
        const struct ek_ui *ui = ek_dash_ui(dash);
        assert_true(ui->at_ns >= 0 && ui->at_ns <= MADE_SECONDS * EK_S);
    }
    ek_dash_free(dash);
}

/* ---- time ---- */

static void stepping_back_undoes_stepping_on(void **state)
{
    assert_same_frame(state, ":goto 14s<Enter><Right>",
                      ":goto 14s<Enter><Right><Right><Right><Right><Left><Left><Left>");
    assert_same_frame(state, "3a:goto 15s<Enter><Right>", "3a:goto 15s<Enter><Right><PgDn><PgUp>");
    assert_same_frame(state, "nnn", "nnnnnNN");
    assert_shows(state, "<End><Right>", "t= 60.000");
    assert_shows(state, "<End><Right>", "no later event");
}

static void the_way_to_a_moment_does_not_matter(void **state)
{
    assert_same_frame(state, ":goto 21s<Enter>", "<End>:goto 21s<Enter>");
    assert_same_frame(state, ":goto 21s<Enter>", "<Home><Space><wait 21s><Space>");
    assert_same_frame(state, ":goto 21s<Enter>", ":goto 20s<Enter>:goto +250ms<Enter>rrr");
    assert_same_frame(state, ":goto 21s<Enter>4", ":goto 40s<Enter>4:goto 21s<Enter>");
}

static void playing_stops_at_the_end(void **state)
{
    assert_shows(state, "]]]<Space><wait 7s>", "x10 paused  t= 60.000");
    assert_shows(state, "<Space><wait 500ms>", "t= 0.500");
    assert_shows(state, "[[<Space><wait 1s>", "x1/5 ▶  t= 0.200");
}

static void failed_calls_are_found_both_ways(void **state)
{
    /* The first call that fails is planned after b03 went down at 15 s. */
    assert_shows(state, "e<Tab>", "failed, UNAVAILABLE,");
    assert_same_frame(state, "e", "eeeEE");
    assert_shows(state, "<End>e", "no later failed call");
}

static void marks_come_back(void **state)
{
    assert_shows(state, ":goto 5s<Enter>m:goto 9s<Enter>m<Home>uu", "t= 9.000");
    assert_shows(state, ":goto 5s<Enter>m:goto 9s<Enter>m<Home>uuU", "t= 5.000");
    assert_shows(state, ":goto 5s<Enter>mm<Home>u", "no mark yet");
}

static void the_command_of_a_moment_is_exact(void **state)
{
    assert_shows(state, ":goto 41.23s<Enter>y", " --at 41.230s");
    assert_shows(state, ":goto 1234567ns<Enter>y", "--at 0.001234567s");
}

/* ---- what is shown ---- */

static void the_overview_tells_the_crash(void **state)
{
    assert_shows(state, ":goto 14s<Enter>", "endpoints 12: 12 healthy");
    assert_shows(state, ":goto 15.1s<Enter>", "b03   down     R    ▲ faulty");
    assert_shows(state, ":goto 19s<Enter>", "b03   down     T    ✗ ejected");
    assert_shows(state, ":goto 22s<Enter>", "b03   down     -    ○ gone");
    assert_shows(state, ":goto 40s<Enter>", "endpoints 12: 12 healthy");
    assert_shows(state, ":goto 40s<Enter>", "F1 crash b03  at 15 s, over at 35 s: ");
}

static void numbers_know_no_future(void **state)
{
    /* 100 ms intervals: the failures that begin at 15.0 s count from 15.1 s on. */
    assert_shows(state, ":goto 15.099s<Enter>", "errors 0/s");
    assert_shows(state, "", "ok -/s");
}

static void consul_shows_who_is_behind(void **state)
{
    assert_shows(state, ":goto 20.6s<Enter>4", "clients 4: 2 behind the registry");
    assert_shows(state, ":goto 20.6s<Enter>4", "lists b03 (critical)");
    assert_shows(state, ":goto 22s<Enter>4", "clients 4: 0 behind the registry");
    assert_shows(state, ":goto 36.1s<Enter>4", "lacks b03 (passing)");
}

static void filters_and_sorting_choose_rows(void **state)
{
    assert_shows(state, "\\b0<Enter>", "filter \"b0\" shows 10 of 12");
    assert_hides(state, "\\zone:z1<Enter>", "b01   up");
    assert_hides(state, ":goto 19s<Enter>\\!state:ejected<Enter>", "b03   down");
    assert_shows(state, "\\nothing<Enter>", "no endpoint matches \"nothing\"");
    assert_shows(state, ":sort name<Enter>I", "▸ b00");
    assert_hides(state, "3\\!b03<Enter>", "b03 is down");
}

static void search_goes_to_the_event(void **state)
{
    assert_shows(state, "3/critical<Enter>", "t= 20.000");
    assert_shows(state, "3/nowhere<Enter>", "no event of this log has \"nowhere\"");
    assert_same_frame(state, "3/ejects<Enter>", "3/ejects<Enter><Left><Left>/ejects<Enter>");
}

static void enter_leads_to_the_causes_and_esc_back(void **state)
{
    assert_shows(state, "3/ejects<Enter><Enter>", "causes");
    assert_shows(state, "3/removes b03<Enter><Enter>", "fault F1 begins: crash b03");
    assert_same_frame(state, "3/removes b03<Enter>", "3/removes b03<Enter><Enter><Esc>/<Enter>");
    assert_shows(state, ":sort name<Enter><Enter>", "endpoint b00");
}

static void a_small_window_says_so_until_it_grows(void **state)
{
    char *text = frame_of(*state, &options, "<size 79x24>", 80, 24);
    assert_string_equal(strtok(text, "\n"), "needs 80x24, has 79x24: make it larger, or q");
    free(text);
    assert_same_frame(state, ":goto 15s<Enter>", ":goto 15s<Enter><size 10x3>n<size 80x24>N");
    assert_same_frame(state, "2:goto 15s<Enter>", "2:goto 15s<Enter><size 200x60><size 80x24>");
}

static void scripts_with_unknown_keys_are_refused(void **state)
{
    FILE *out = tmpfile();

    assert_int_equal(ek_tui_script(*state, &options, "<Nonsense>", 80, 24, out), 2);
    assert_int_equal(ek_tui_script(*state, &options, "<C-c>", 80, 24, out), 130);
    fclose(out);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_in_the_help_does_something),
        cmocka_unit_test(the_help_names_every_key_of_its_screen),
        cmocka_unit_test(the_manual_names_every_key),
        cmocka_unit_test(each_action_can_be_called_by_its_name),
        cmocka_unit_test(any_keys_give_a_frame),
        cmocka_unit_test(stepping_back_undoes_stepping_on),
        cmocka_unit_test(the_way_to_a_moment_does_not_matter),
        cmocka_unit_test(playing_stops_at_the_end),
        cmocka_unit_test(failed_calls_are_found_both_ways),
        cmocka_unit_test(marks_come_back),
        cmocka_unit_test(the_command_of_a_moment_is_exact),
        cmocka_unit_test(the_overview_tells_the_crash),
        cmocka_unit_test(numbers_know_no_future),
        cmocka_unit_test(consul_shows_who_is_behind),
        cmocka_unit_test(filters_and_sorting_choose_rows),
        cmocka_unit_test(search_goes_to_the_event),
        cmocka_unit_test(enter_leads_to_the_causes_and_esc_back),
        cmocka_unit_test(a_small_window_says_so_until_it_grows),
        cmocka_unit_test(scripts_with_unknown_keys_are_refused),
    };
    return cmocka_run_group_tests_name("reports/tui", tests, set_up, tear_down);
}
