/* `evenkeel consul` from the command line: files, stopping, exit codes. */
#include "tests/fake-consul/http_rig.h"

#include <jansson.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/ek-consul-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* Returns the path, borrowed until the next call. */
static const char *file_of(const char *name, const char *text)
{
    static char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (text) {
        file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
    }
    return path;
}

/* Runs to its end; what it said on stderr is in `rig->text`. */
static int run(struct rig *rig, const char *const *arguments)
{
    size_t used = 0;
    ssize_t got = 1;

    rig_spawn(rig, arguments);
    while (got > 0 && used + 1 < sizeof rig->text) {
        struct pollfd ready = {.fd = rig->log, .events = POLLIN};

        if (poll(&ready, 1, RIG_TIMEOUT_MS) != 1)
            fail_msg("the program does not end: %s", rig->text);
        got = read(rig->log, rig->text + used, sizeof rig->text - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    rig->text[used] = '\0';
    return rig_join(rig);
}

static void expect_refusal(const char *const *arguments, const char *text)
{
    struct rig rig;
    int code = run(&rig, arguments);

    if (code != 2 || !strstr(rig.text, text))
        fail_msg("exit code %d, wanted 2 and \"%s\", got: %s", code, text, rig.text);
}

static void refuses_bad_arguments(void **state)
{
    (void)state;
    expect_refusal((const char *[]){"--listen", "nonsense", NULL}, "expected ADDRESS:PORT");
    expect_refusal((const char *[]){"--listen", "127.0.0.1:99999999", NULL}, "ADDRESS:PORT");
    expect_refusal((const char *[]){"--speed", "0", NULL}, "--speed");
    expect_refusal((const char *[]){"--speed", "nan", NULL}, "--speed");
    expect_refusal((const char *[]){"--version", "1.9", NULL}, "1.10 or 1.8");
    expect_refusal((const char *[]){"--max-conns-per-client", "-1", NULL}, "max-conns");
    expect_refusal((const char *[]){"nonsense", NULL}, "export URL");
    expect_refusal((const char *[]){"export", NULL}, "export URL");
    expect_refusal((const char *[]){"export", "http://127.0.0.1:1", NULL}, "127.0.0.1:1");
    expect_refusal((const char *[]){"export", "file:///etc/passwd", NULL}, "rotocol");
    expect_refusal((const char *[]){"--state", "/nonexistent", NULL}, "cannot be read");
}

static void says_what_is_wrong_with_a_file(void **state)
{
    const char *path;

    (void)state;
    path = file_of("a", "{\"nodes\": [\n  oops]}");
    expect_refusal((const char *[]){"--state", path, NULL}, "a:2:");
    path = file_of("b", "[]");
    expect_refusal((const char *[]){"--state", path, NULL}, "error: ");
    path = file_of("c", "{\"nodes\": [{\"Node\": \"x\", \"Address\": \"10.0.0.1\"}, {}]}");
    expect_refusal((const char *[]){"--state", path, NULL}, "nodes[1]");
    path = file_of("d", "[{\"at\": \"5\", \"path\": \"/\"}]");
    expect_refusal((const char *[]){"--script", path, NULL}, "expected a duration");
    path = file_of("e", "[{\"at\": \"5s\", \"path\": \"x\"}]");
    expect_refusal((const char *[]){"--script", path, NULL}, "step 1: \"path\"");
    path = file_of("f", "[{\"at\": \"5s\", \"path\": \"/\", \"boddy\": 1}]");
    expect_refusal((const char *[]){"--script", path, NULL}, "unknown member");
}

static void refuses_a_taken_port(void **state)
{
    struct rig first;
    char address[32];

    (void)state;
    rig_start(&first, NULL);
    snprintf(address, sizeof address, "127.0.0.1:%u", first.port);
    expect_refusal((const char *[]){"--listen", address, NULL}, "the port is taken");
    rig_stop(&first);
}

static void starts_within_milliseconds(void **state)
{
    struct rig rig;
    int64_t began = now_ms();

    (void)state;
    rig_start(&rig, NULL);
    print_message("it serves %lld ms after its start\n", (long long)(now_ms() - began));
    assert_true(now_ms() - began < 2000);
    rig_stop(&rig);
}

/* The transcript 69a-server-stop: a parked query is answered early, with the index it had. */
static void answers_parked_queries_when_it_stops(void **state)
{
    struct rig rig;
    struct reply reply;
    char target[100];
    uint64_t index;
    int64_t began;
    int fd;

    (void)state;
    rig_start(&rig, NULL);
    rig_web(&rig);
    index = rig_do(&rig, "GET", "/v1/health/service/web", "");
    snprintf(target, sizeof target, "/v1/health/service/web?index=%llu&wait=5m",
             (unsigned long long)index);
    fd = rig_connect(&rig);
    rig_ask(fd, "GET", target, "", "");
    reply_read_for(fd, &reply, 200, false);
    assert_int_equal(reply.status, -1);
    reply_free(&reply);

    began = now_ms();
    kill(rig.pid, SIGINT);
    reply_read(fd, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_index(&reply), index);
    assert_int_equal(rig_join(&rig), 0);
    assert_true(now_ms() - began < 2000);
    reply_free(&reply);
    close(fd);
}

static const char topology[] =
    "{\"nodes\": ["
    "{\"Node\": \"db1\", \"Address\": \"10.0.0.7\", \"NodeMeta\": {\"rack\": \"r1\"},"
    " \"Checks\": [{\"Node\": \"db1\", \"CheckID\": \"serfHealth\", \"Name\": \"Serf\","
    "  \"Status\": \"passing\"}]},"
    "{\"Node\": \"db1\", \"Address\": \"10.0.0.7\", \"NodeMeta\": {\"rack\": \"r1\"},"
    " \"Service\": {\"ID\": \"pg-1\", \"Service\": \"pg\", \"Port\": 5432, \"Tags\": [\"a\"],"
    "  \"Weights\": {\"Passing\": 7, \"Warning\": 2}},"
    " \"Checks\": [{\"Node\": \"db1\", \"CheckID\": \"pg\", \"Name\": \"pg\","
    "  \"Status\": \"warning\", \"ServiceID\": \"pg-1\"}]}"
    "]}";

static void loads_a_state(void **state)
{
    const char *options[] = {"--state", file_of("topology.json", topology), NULL};
    struct rig rig;
    struct reply reply;
    json_t *rows, *row;

    (void)state;
    rig_start(&rig, options);
    rig_request(&rig, "GET", "/v1/health/service/pg", "", &reply);
    rows = json_loads(reply.body, 0, NULL);
    assert_int_equal(json_array_size(rows), 1);
    row = json_object_get(json_array_get(rows, 0), "Service");
    assert_int_equal(json_integer_value(json_object_get(row, "Port")), 5432);
    row = json_object_get(row, "Weights");
    assert_int_equal(json_integer_value(json_object_get(row, "Passing")), 7);
    assert_non_null(strstr(reply.body, "\"Status\":\"warning\""));
    json_decref(rows);
    reply_free(&reply);
    rig_stop(&rig);
}

/* Takes out of an export what the fake's own agent adds, and the order. */
static json_t *exported(const char *path)
{
    json_t *state = json_load_file(path, 0, NULL), *nodes = json_object_get(state, "nodes");

    assert_non_null(state);
    for (size_t i = json_array_size(nodes); i-- > 0;) {
        json_t *node = json_array_get(nodes, i);

        if (strcmp(json_string_value(json_object_get(node, "Node")), "db1") != 0)
            json_array_remove(nodes, i);
    }
    return state;
}

/* What one fake exports, the next one loads and exports again: the same. */
static void exports_what_it_can_load(void **state)
{
    const char *options[] = {"--state", NULL, NULL};
    char first[128], second[128], url[64];
    struct rig rig, runner;
    json_t *a, *b;

    (void)state;
    snprintf(first, sizeof first, "%s", file_of("first.json", NULL));
    snprintf(second, sizeof second, "%s", file_of("second.json", NULL));
    options[1] = file_of("topology.json", topology);
    rig_start(&rig, options);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", rig.port);
    assert_int_equal(run(&runner, (const char *[]){"export", url, "-o", first, NULL}), 0);
    rig_stop(&rig);

    options[1] = first;
    rig_start(&rig, options);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", rig.port);
    assert_int_equal(run(&runner, (const char *[]){"export", url, "-o", second, NULL}), 0);
    rig_stop(&rig);

    a = exported(first);
    b = exported(second);
    assert_int_equal(json_array_size(json_object_get(a, "nodes")), 2);
    if (!json_equal(a, b))
        fail_msg("%s\nis not\n%s", json_dumps(a, 0), json_dumps(b, 0));
    json_decref(a);
    json_decref(b);
}

/* At ten times the speed, what is due at 3 s happens after 0.3 s. */
static void replays_a_script_on_its_clock(void **state)
{
    static const char script[] =
        "[{\"at\": \"3s\", \"path\": \"/v1/agent/service/register\", \"body\": {\"Name\": "
        "\"late\"}},"
        " {\"at\": \"0s\", \"method\": \"PUT\", \"path\": \"/v1/agent/service/register\","
        "  \"body\": \"{\\\"Name\\\": \\\"soon\\\"}\"}]";
    const char *options[] = {"--script", file_of("script.json", script), "--speed", "10", NULL};
    struct rig rig;
    struct reply reply;
    int64_t began, took;

    (void)state;
    rig_start(&rig, options);
    began = now_ms();
    rig_request(&rig, "GET", "/v1/catalog/service/late?index=1&wait=60s", "", &reply);
    if (strcmp(reply.body, "[]") == 0) { /* the first answer: there is no such service yet */
        char target[100];

        snprintf(target, sizeof target, "/v1/catalog/service/late?index=%llu&wait=60s",
                 (unsigned long long)reply_index(&reply));
        reply_free(&reply);
        rig_request(&rig, "GET", target, "", &reply);
    }
    took = now_ms() - began;
    assert_non_null(strstr(reply.body, "late"));
    assert_true(took > 150 && took < 2000);
    reply_free(&reply);
    rig_request(&rig, "GET", "/v1/catalog/service/soon", "", &reply);
    assert_non_null(strstr(reply.body, "soon"));
    reply_free(&reply);
    rig_stop(&rig);
}

static void tells_of_a_refused_step(void **state)
{
    static const char script[] = "[{\"at\": \"0s\", \"path\": \"/v1/evenkeel/fault\", \"body\": "
                                 "{\"fault\": \"nonsense\"}}]";
    const char *options[] = {"--script", file_of("refused.json", script), NULL};
    struct rig rig;
    char line[512] = "";

    (void)state;
    rig_start(&rig, options);
    for (int i = 0; i < 20 && !strstr(line, "refused: "); i++)
        assert_true(read_line(rig.log, line, sizeof line, now_ms() + 3000) > 0);
    assert_non_null(strstr(line, "refused: 400 No fault is called \"nonsense\""));
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_bad_arguments),
        cmocka_unit_test(says_what_is_wrong_with_a_file),
        cmocka_unit_test(refuses_a_taken_port),
        cmocka_unit_test(starts_within_milliseconds),
        cmocka_unit_test(answers_parked_queries_when_it_stops),
        cmocka_unit_test(loads_a_state),
        cmocka_unit_test(exports_what_it_can_load),
        cmocka_unit_test(replays_a_script_on_its_clock),
        cmocka_unit_test(tells_of_a_refused_step),
    };

    return cmocka_run_group_tests_name("fake-consul/http_verb", tests, make_folder, remove_folder);
}
