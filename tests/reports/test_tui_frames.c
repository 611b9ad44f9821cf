#include "tests/reports/test_tui_recording.h"

#include "evenkeel/time.h"
#include "reports/tui/tui.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#include <cmocka.h>

static struct ek_replay *other; /* the same run, as a second one */

static const struct ek_tui_options options = {.path = "out/made.ekr"};

/* Returns new: the last frame after a script. */
static char *frame_of(struct ek_replay *replay, const struct ek_tui_options *how, const char *keys,
                      int columns, int rows)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int code = ek_tui_script(replay, how, keys, columns, rows, out);
    fclose(out);
    assert_int_equal(code, 0);
    return text;
}

struct golden {
    const char *name, *keys;
    int columns, rows;
    bool ascii;
};

static const struct golden goldens[] = {
    {"overview_start", "", 80, 24, false},
    {"overview_fault", ":goto 15.7s<Enter>", 80, 24, false},
    {"overview_fault_ascii", ":goto 15.7s<Enter>", 80, 24, true},
    {"overview_large", ":goto 20.6s<Enter>", 200, 60, false},
    {"overview_marks", ":goto 10s<Enter>m:goto 30s<Enter>mzz<Tab>", 120, 40, false},
    {"heat", ":goto 30s<Enter>2", 80, 24, false},
    {"heat_ascii", ":goto 30s<Enter>2", 80, 24, true},
    {"heat_large", ":goto 46s<Enter>2z", 160, 50, false},
    {"events", ":goto 20.5s<Enter>3", 80, 24, false},
    {"events_filter", ":goto 20.5s<Enter>3\\removes<Enter>", 80, 24, false},
    {"consul", ":goto 20.6s<Enter>4jj", 80, 24, false},
    {"endpoint", ":goto 21s<Enter>:sort name<Enter>jjj<Enter>", 80, 24, false},
    {"causes", ":goto 15<Enter>nnn<Tab><Enter>", 100, 30, false},
    {"policy", ":goto 20.6s<Enter>5", 80, 24, false},
    {"policy_large", ":goto 20.6s<Enter>5j", 160, 50, false},
    {"graphs", ":goto 20.6s<Enter>6", 80, 24, false},
    {"graphs_large", ":goto 20.6s<Enter>6", 200, 60, false},
    {"compare", ":goto 16s<Enter>7", 80, 24, false},
    {"compare_ascii", ":goto 16s<Enter>7", 80, 24, true},
    {"compare_large", ":goto 46s<Enter>7", 160, 50, false},
    {"call", "eE<Tab>e<Enter>", 80, 24, false},
    {"call_retried", ":goto 15.1s<Enter>/retries<Enter>3/retries<Enter><Enter>", 100, 30, false},
    {"why", ":sort name<Enter>jjjx", 80, 24, false},
    {"following", "3eO", 80, 24, false},
    {"help", "?", 80, 24, false},
    {"help_more", "??", 80, 24, false},
    {"too_small", "", 60, 20, false},
};

static void assert_golden(const struct golden *golden, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "tests/reports/tui_golden/%s.txt", golden->name);
    if (getenv("EK_GOLDEN_UPDATE")) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        return;
    }
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is missing: EK_GOLDEN_UPDATE=1 writes it", path);
    char *wanted = calloc(1, 1 << 18);
    size_t size = fread(wanted, 1, (1 << 18) - 1, file);
    fclose(file);
    wanted[size] = '\0';
    if (strcmp(wanted, text) != 0)
        fail_msg("%s differs; now it is:\n%s", path, text);
    free(wanted);
}

static void frames_are_as_they_were_reviewed(void **state)
{
    for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
        const struct golden *golden = &goldens[i];
        struct ek_tui_options how = options;
        how.ascii = golden->ascii;
        how.other = strncmp(golden->name, "compare", 7) == 0 ? other : NULL;
        char *text = frame_of(*state, &how, golden->keys, golden->columns, golden->rows);
        assert_golden(golden, text);
        free(text);
    }
}

static void ascii_frames_have_ascii_only(void **state)
{
    static const char *const scripts[] = {
        "",  ":goto 16s<Enter>", "2", "3",  "4", "5", "6",
        "7", "<Enter>",          "?", "??", "c", "x", ":goto 16s<Enter><Tab><Enter>"};
    struct ek_tui_options how = options;
    how.ascii = true;

    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        char *text = frame_of(*state, &how, scripts[i], 120, 40);
        for (const char *p = text; *p; p++)
            assert_true((*p >= 32 && *p < 127) || *p == '\n');
        free(text);
    }
}

static void frames_fill_their_size_and_no_more(void **state)
{
    static const int sizes[][2] = {{80, 24}, {81, 25}, {100, 30}, {200, 60}, {999, 200}};
    static const char *const screens[] = {
        "1", "2", "3", "4", "5", "6", "7", "c", "x", "<Enter>", "<Tab>n<Enter>", "?", "??"};
    struct ek_tui_options how = options;
    how.other = other;
    how.ascii = true; /* a byte is a column */
    how.start_ns = 16 * EK_S;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t k = 0; k < sizeof screens / sizeof screens[0]; k++) {
            char *text = frame_of(*state, &how, screens[k], sizes[i][0], sizes[i][1]);
            int rows = 0;
            for (char *line = text; *line; rows++) {
                size_t length = strcspn(line, "\n");
                assert_int_equal(length, sizes[i][0]);
                line += length + 1;
            }
            assert_int_equal(rows, sizes[i][1]);
            free(text);
        }
    }
}

/* Returns new: a replay of a run in which nothing happens. */
static struct ek_replay *replay_of(const struct ek_recording_setup *setup)
{
    char path[] = "/tmp/ek-tui-odd-XXXXXX", why[256] = "";
    int file = mkstemp(path);
    assert_true(file >= 0);
    (void)close(file);
    struct ek_recording_setup with_path = *setup;
    with_path.path = path;
    struct ek_recorder *recorder = ek_recorder_new(&with_path);
    assert_non_null(recorder);
    for (uint32_t e = 0; e < setup->endpoint_count; e++)
        (void)ek_recorder_event(recorder, &(struct ek_record){.kind = EK_RECORD_CHECK,
                                                              .actor = EK_NOBODY,
                                                              .subject = e,
                                                              .b = 1,
                                                              .text = "pass\033[2Jing\n"});
    const struct ek_recording_end end = {.sim_ns = setup->duration_ns};
    assert_int_equal(ek_recorder_finish(recorder, &end, why, sizeof why), EK_OK);
    ek_recorder_free(recorder);
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    (void)unlink(path);
    if (!replay)
        fail_msg("%s", why);
    return replay;
}

static const char *const walks[] = {"",
                                    "2",
                                    "3",
                                    "4j",
                                    "5j",
                                    "6",
                                    "7",
                                    "c",
                                    "x",
                                    "voOF!T",
                                    "i<Tab>x<Enter>",
                                    "<Enter>",
                                    "<Tab><Enter>",
                                    "n<Tab><Enter>",
                                    "<End>s",
                                    "<Space><wait 2s>",
                                    "?",
                                    "e/x<Enter>",
                                    "4:events<Enter>"};

static int count_rows(const char *text)
{
    int rows = 0;
    for (const char *p = text; *p; p++)
        rows += *p == '\n';
    return rows;
}

static void a_run_with_nothing_in_it_has_frames_too(void **state)
{
    (void)state;
    const struct ek_recording_setup nothing = {.name = "nothing",
                                               .description = "",
                                               .watch = "",
                                               .scenario_path = "",
                                               .scenario_json = "{}",
                                               .policy = "",
                                               .command = "",
                                               .duration_ns = 1,
                                               .interval_ns = EK_S};
    struct ek_replay *replay = replay_of(&nothing);

    for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++) {
        char *text = frame_of(replay, &options, walks[i], 80, 24);
        assert_int_equal(count_rows(text), 24);
        free(text);
    }
    ek_replay_close(replay);
}

static void hostile_names_stay_inside_of_their_cells(void **state)
{
    (void)state;
    char evil[200];
    memset(evil, 'x', sizeof evil - 1);
    evil[sizeof evil - 1] = '\0';
    memcpy(evil, "\033[31m\r\n\t日本\342\200\256", 16);
    const struct ek_recorded_endpoint endpoints[] = {{evil, evil, evil}, {"", "", ""}};
    const struct ek_recorded_client clients[] = {{evil, evil, evil, evil}, {"", "", "", ""}};
    const uint32_t hit[] = {0};
    const struct ek_recorded_fault faults[] = {{.id = evil,
                                                .kind = evil,
                                                .target = evil,
                                                .end_ns = EK_S,
                                                .endpoints = hit,
                                                .endpoint_count = 1}};
    const struct ek_recording_setup setup = {.name = evil,
                                             .description = evil,
                                             .watch = evil,
                                             .scenario_path = evil,
                                             .scenario_json = "{}",
                                             .policy = evil,
                                             .command = evil,
                                             .duration_ns = 2 * EK_S,
                                             .interval_ns = 100 * EK_MS,
                                             .endpoints = endpoints,
                                             .endpoint_count = 2,
                                             .clients = clients,
                                             .client_count = 2,
                                             .faults = faults,
                                             .fault_count = 1};
    struct ek_replay *replay = replay_of(&setup);

    for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++) {
        char *text = frame_of(replay, &options, walks[i], 80, 24);
        for (const char *p = text; *p; p++)
            assert_true((unsigned char)*p >= 32 || *p == '\n');
        assert_int_equal(count_rows(text), 24);
        assert_null(strstr(text, "\342\200\256"));
        free(text);
    }
    ek_replay_close(replay);
}

static int set_up(void **state)
{
    *state = made_replay();
    other = made_replay();
    return 0;
}

static int tear_down(void **state)
{
    ek_replay_close(*state);
    ek_replay_close(other);
    return 0;
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_as_they_were_reviewed),
        cmocka_unit_test(ascii_frames_have_ascii_only),
        cmocka_unit_test(frames_fill_their_size_and_no_more),
        cmocka_unit_test(a_run_with_nothing_in_it_has_frames_too),
        cmocka_unit_test(hostile_names_stay_inside_of_their_cells),
    };
    return cmocka_run_group_tests_name("reports/tui_frames", tests, set_up, tear_down);
}
