/* Goldens are compared whole; EK_GOLDEN_UPDATE=1 rewrites them. */
#include "reports/graph/graph.h"

#include "evenkeel/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

/* ---- a recording made by hand ----
 *
 * Two clients and four endpoints in two zones, a call every 10 ms for 6 s. From 2 s to 4 s a fault
 * has hold of the first endpoint; both clients eject it from 2.5 s to 4.5 s. One endpoint has a
 * name that wants to be markup. */

static const struct ek_recorded_endpoint endpoints[] = {
    {"b01", "east", "10.0.0.1:80"},
    {"b02", "west", "10.0.0.2:80"},
    {"\"><script>\\", "east", "10.0.0.3:80"},
    {"b&lt;\n\033[31m4", "west", "10.0.0.4:80"},
};
static const struct ek_recorded_client clients[] = {{"c1", "east", "p2c", NULL},
                                                    {"c2", "west", "p2c", NULL}};
static const uint32_t hit[] = {0};
static const struct ek_recorded_fault fault = {.id = "F1",
                                               .kind = "slow",
                                               .target = "b01",
                                               .start_ns = 2 * S,
                                               .end_ns = 4 * S,
                                               .endpoints = hit,
                                               .endpoint_count = 1};

static uint64_t note(struct ek_recorder *recorder, int64_t at_ns, enum ek_record_kind kind,
                     uint32_t client, uint32_t endpoint, uint64_t cause, int64_t a, int64_t b)
{
    struct ek_record record = {.at_ns = at_ns,
                               .kind = kind,
                               .actor = client,
                               .subject = endpoint,
                               .cause = cause,
                               .a = a,
                               .b = b};
    return ek_recorder_event(recorder, &record);
}

static void move_all(struct ek_recorder *recorder, int64_t at_ns, enum ek_conn from,
                     enum ek_conn to)
{
    for (uint32_t client = 0; client < 2; client++) {
        for (uint32_t endpoint = 0; endpoint < 4; endpoint++)
            note(recorder, at_ns, EK_RECORD_SUBCHANNEL_STATE, client, endpoint, 0, from, to);
    }
}

static void make_call(struct ek_recorder *recorder, int64_t at_ns, uint32_t client,
                      uint32_t endpoint)
{
    struct ek_recorded_call call = {.client = client,
                                    .planned_ns = at_ns,
                                    .end_ns = at_ns + 5 * MS,
                                    .attempt_count = 1,
                                    .attempts = {{endpoint, 0, at_ns, at_ns + 5 * MS}}};
    call.number = ek_recorder_call_started(recorder, at_ns, client);
    ek_recorder_attempt_started(recorder, at_ns, client, endpoint, false);
    ek_recorder_attempt_done(recorder, call.end_ns, client, endpoint, 0, 5 * MS);
    ek_recorder_call_done(recorder, &call);
}

/* All that happens between two calls at `at_ns`. */
static void change(struct ek_recorder *recorder, int64_t at_ns, uint64_t *begun)
{
    if (at_ns == 0) {
        for (uint32_t client = 0; client < 2; client++) {
            for (uint32_t endpoint = 0; endpoint < 4; endpoint++)
                note(recorder, 0, EK_RECORD_ENDPOINT_ADDED, client, endpoint, 0, 0, 0);
        }
        move_all(recorder, 0, EK_CONN_IDLE, EK_CONN_CONNECTING);
        move_all(recorder, 0, EK_CONN_CONNECTING, EK_CONN_READY);
    }
    if (at_ns == 2 * S)
        *begun = note(recorder, at_ns, EK_RECORD_FAULT_BEGIN, 0, EK_NOBODY, 0, 0, 0);
    for (uint32_t client = 0; client < 2; client++) {
        if (at_ns == 2500 * MS)
            note(recorder, at_ns, EK_RECORD_EJECTED, client, 0, *begun, 4500 * MS, 5);
        if (at_ns == 4500 * MS)
            note(recorder, at_ns, EK_RECORD_RETURNED, client, 0, *begun, 0, 0);
    }
    if (at_ns == 4 * S)
        note(recorder, at_ns, EK_RECORD_FAULT_END, 0, EK_NOBODY, *begun, 0, 0);
    if (at_ns == 5 * S) {
        note(recorder, at_ns, EK_RECORD_SUBCHANNEL_STATE, 1, 3, 0, EK_CONN_READY, EK_CONN_IDLE);
        note(recorder, at_ns, EK_RECORD_SUBCHANNEL_STATE, 1, 3, 0, EK_CONN_IDLE, EK_CONN_READY);
    }
}

static struct ek_recording_setup setup_for(const char *path)
{
    return (struct ek_recording_setup){.name = "by-hand",
                                       .description = "made by hand",
                                       .watch = "",
                                       .scenario_path = "by-hand.json",
                                       .scenario_json = "{}",
                                       .policy = "p2c",
                                       .command = "evenkeel run by-hand",
                                       .seed = 7,
                                       .duration_ns = 6 * S,
                                       .interval_ns = S,
                                       .endpoints = endpoints,
                                       .endpoint_count = 4,
                                       .clients = clients,
                                       .client_count = 2,
                                       .faults = &fault,
                                       .fault_count = 1,
                                       .path = path};
}

static struct ek_replay *finish(struct ek_recorder *recorder, const char *path)
{
    struct ek_recording_end end = {.sim_ns = 6 * S, .wall_ns = MS, .events = 600};
    char why[200] = "";
    if (ek_recorder_finish(recorder, &end, why, sizeof why) != EK_OK)
        fail_msg("%s", why);
    ek_recorder_free(recorder);
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    if (replay == NULL)
        fail_msg("%s", why);
    return replay;
}

static struct ek_replay *record(const char *path)
{
    struct ek_recording_setup setup = setup_for(path);
    struct ek_recorder *recorder = ek_recorder_new(&setup);
    assert_non_null(recorder);
    uint64_t begun = 0;
    for (uint32_t i = 0; i < 600; i++) {
        int64_t at_ns = i * 10 * MS;
        bool ejected = at_ns >= 2500 * MS && at_ns < 4500 * MS;
        change(recorder, at_ns, &begun);
        make_call(recorder, at_ns, i % 2, ejected ? 1 + i % 3 : i % 4);
    }
    return finish(recorder, path);
}

enum {
    MANY = 40
};

/* Forty endpoints in two zones, called in turn; a fault has hold of the first `hit_count`. */
static struct ek_replay *record_many(const char *path, size_t hit_count)
{
    struct ek_recorded_endpoint many[MANY];
    char names[MANY][16];
    uint32_t all[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "b%02u", i);
        many[i] =
            (struct ek_recorded_endpoint){names[i], i % 2 == 0 ? "even" : "odd", "10.0.0.1:80"};
        all[i] = i;
    }
    struct ek_recorded_fault wide = fault;
    wide.endpoints = all;
    wide.endpoint_count = hit_count;
    struct ek_recording_setup setup = setup_for(path);
    setup.endpoints = many;
    setup.endpoint_count = MANY;
    setup.faults = &wide;
    struct ek_recorder *recorder = ek_recorder_new(&setup);
    assert_non_null(recorder);
    for (uint32_t i = 0; i < 600; i++)
        make_call(recorder, i * 10 * MS, i % 2, i % MANY);
    return finish(recorder, path);
}

struct fixture {
    char folder[64], path[96];
    struct ek_replay *replay;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    snprintf(fixture.folder, sizeof fixture.folder, "/tmp/ek-graph-XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    snprintf(fixture.path, sizeof fixture.path, "%s/by-hand.db", fixture.folder);
    fixture.replay = record(fixture.path);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    ek_replay_close(fixture->replay);
    unlink(fixture->path);
    rmdir(fixture->folder);
    return 0;
}

/* ---- help ---- */

static char *read_whole(const char *path)
{
    char *text = calloc(1, 65536);
    FILE *in = fopen(path, "rb");
    if (in == NULL || text == NULL)
        fail_msg("%s is missing: run again with EK_GOLDEN_UPDATE=1", path);
    text[fread(text, 1, 65535, in)] = '\0';
    fclose(in);
    return text;
}

/* Takes `text`. */
static void assert_golden(const char *name, char *text)
{
    char path[128];
    snprintf(path, sizeof path, "tests/reports/golden/%s", name);
    if (getenv("EK_GOLDEN_UPDATE") != NULL) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        fputs(text, out);
        fclose(out);
    }
    char *wanted = read_whole(path);
    assert_string_equal(text, wanted);
    free(wanted);
    free(text);
}

/* The fingerprint is about the events, not about the picture. */
static char *without_fingerprint(char *text)
{
    char *digits = strstr(text, "fingerprint ");
    assert_non_null(digits);
    memset(digits + strlen("fingerprint "), '0', 16);
    return text;
}

/* Returns new; NULL and a reason. */
static char *picture(const char *dot, const char *format, size_t *size, char *why, size_t why_size)
{
    char *data = NULL;
    FILE *out = open_memstream(&data, size);
    assert_non_null(out);
    bool ok = ek_graph_write(dot, format, out, why, why_size);
    fclose(out);
    if (ok)
        return data;
    assert_int_equal(*size, 0);
    free(data);
    return NULL;
}

static char *svg_or_skip(const char *dot, size_t *size)
{
    char why[200] = "";
    char *svg = picture(dot, "svg", size, why, sizeof why);
    if (svg == NULL && strstr(why, "without Graphviz") != NULL)
        skip();
    if (svg == NULL)
        fail_msg("%s", why);
    return svg;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        count++;
    return count;
}

/* ---- claims ---- */

static void topology_is_as_reviewed(void **state)
{
    struct fixture *fixture = *state;
    char *dot = ek_graph_topology(fixture->replay, NULL, 0);
    assert_non_null(dot);
    assert_golden("topology_by_hand.dot", without_fingerprint(dot));
}

static void states_are_as_reviewed(void **state)
{
    struct fixture *fixture = *state;
    char *dot = ek_graph_states(fixture->replay);
    assert_non_null(dot);
    assert_golden("states_by_hand.dot", without_fingerprint(dot));
}

static void topology_shows_each_phase_with_one_layout(void **state)
{
    struct fixture *fixture = *state;
    char *dot = ek_graph_topology(fixture->replay, NULL, 0);
    for (int phase = 0; phase < 3; phase++) {
        for (int row = 0; row < 4; row++) {
            char node[32];
            snprintf(node, sizeof node, "    p%dr%d [", phase, row);
            assert_int_equal(count_of(dot, node), 1);
        }
    }
    assert_non_null(strstr(dot, "✗ b01"));          /* ejected by both at the end of the fault */
    assert_int_equal(count_of(dot, "ejected "), 2); /* there, and in the legend */
    free(dot);
}

static void alike_endpoints_are_grouped_by_zone(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/many.db", fixture->folder);

    struct ek_replay *replay = record_many(path, 2);
    char *dot = ek_graph_topology(replay, NULL, 0);
    assert_int_equal(count_of(dot, " 19 others "), 2 * 3); /* two zones, three phases */
    assert_int_equal(count_of(dot, " b00     "), 3);
    assert_int_equal(count_of(dot, " b01     "), 3);
    assert_int_equal(count_of(dot, " b02     "), 0);
    assert_int_equal(count_of(dot, " 2.5 % each "), 2 * 3); /* 1 / 40 */
    free(dot);
    ek_replay_close(replay);

    replay = record_many(path, 20); /* too many for rows of their own */
    dot = ek_graph_topology(replay, NULL, 0);
    assert_int_equal(count_of(dot, " 10 hit "), 2 * 3);
    assert_int_equal(count_of(dot, " 10 others "), 2 * 3);
    assert_int_equal(count_of(dot, " b00     "), 0);
    free(dot);
    ek_replay_close(replay);
    unlink(path);
}

static void only_the_phases_asked_for_are_drawn(void **state)
{
    struct fixture *fixture = *state;
    const char *one[] = {"F1", "no such phase"};
    char *dot = ek_graph_topology(fixture->replay, one, 2);
    assert_non_null(dot);
    assert_int_equal(count_of(dot, "subgraph cluster_p0 "), 1);
    assert_int_equal(count_of(dot, "subgraph cluster_p1 "), 0);
    free(dot);

    assert_null(ek_graph_topology(fixture->replay, one + 1, 1));
}

static void names_cannot_become_markup(void **state)
{
    struct fixture *fixture = *state;
    char *dot = ek_graph_topology(fixture->replay, NULL, 0);
    size_t size = 0;
    assert_non_null(strstr(dot, "\\\"><script>\\\\ "));
    assert_non_null(strstr(dot, "b&amp;lt;??[31m4"));
    assert_null(strchr(dot, '\033'));

    char *svg = svg_or_skip(dot, &size);
    assert_null(strstr(svg, "<script"));
    assert_non_null(strstr(svg, "&gt;&lt;script&gt;\\"));
    assert_non_null(strstr(svg, "b&amp;lt;"));
    free(svg);
    free(dot);
}

static void svg_is_whole_and_the_same_each_time(void **state)
{
    struct fixture *fixture = *state;
    char *dot = ek_graph_states(fixture->replay);
    size_t size = 0, again_size = 0;
    char *svg = svg_or_skip(dot, &size), *again = svg_or_skip(dot, &again_size);
    assert_int_equal(size, again_size);
    assert_memory_equal(svg, again, size);
    assert_int_equal(strncmp(svg, "<?xml", 5), 0);
    assert_non_null(strstr(svg, "</svg>"));
    assert_non_null(strstr(svg, "Courier"));
    free(again);
    free(svg);
    free(dot);
}

static void png_is_a_png_or_a_reason(void **state)
{
    struct fixture *fixture = *state;
    char *dot = ek_graph_states(fixture->replay), why[200] = "";
    size_t size = 0;
    char *png = picture(dot, "png", &size, why, sizeof why);
    if (png != NULL)
        assert_memory_equal(png, "\x89PNG\r\n", 6);
    else
        assert_true(strstr(why, "png needs") != NULL || strstr(why, "without Graphviz") != NULL);
    free(png);
    free(dot);
}

static void dot_text_needs_no_layout(void **state)
{
    (void)state;
    char why[200] = "";
    size_t size = 0;
    char *text = picture("not even DOT", "dot", &size, why, sizeof why);
    assert_string_equal(text, "not even DOT");
    free(text);
}

static void bad_input_has_a_reason_in_one_line(void **state)
{
    (void)state;
    char why[200] = "";
    size_t size = 0;
    assert_null(picture("digraph { a -> }", "svg", &size, why, sizeof why));
    assert_true(strlen(why) > 10);
    assert_null(strchr(why, '\n'));
    assert_null(picture("digraph { a }", "p\ndf", &size, why, sizeof why));
    assert_string_equal(why, "unknown picture format \"p?df\": svg, png, pdf, dot or mermaid");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topology_is_as_reviewed),
        cmocka_unit_test(states_are_as_reviewed),
        cmocka_unit_test(topology_shows_each_phase_with_one_layout),
        cmocka_unit_test(alike_endpoints_are_grouped_by_zone),
        cmocka_unit_test(only_the_phases_asked_for_are_drawn),
        cmocka_unit_test(names_cannot_become_markup),
        cmocka_unit_test(svg_is_whole_and_the_same_each_time),
        cmocka_unit_test(png_is_a_png_or_a_reason),
        cmocka_unit_test(dot_text_needs_no_layout),
        cmocka_unit_test(bad_input_has_a_reason_in_one_line),
    };
    return cmocka_run_group_tests_name("reports/graph", tests, set_up, tear_down);
}
