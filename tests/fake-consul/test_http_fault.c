/* Faults that only a socket can show: answers that end early or never. */
#include "tests/fake-consul/http_rig.h"

#include "fake-consul/consul.h"

static struct rig rig;

static int start(void **state)
{
    (void)state;
    rig_start(&rig, NULL);
    for (int i = 0; i < 8; i++) {
        char body[100];

        snprintf(body, sizeof body, "{\"ID\":\"many-%d\",\"Name\":\"many\"}", i);
        rig_do(&rig, "PUT", "/v1/agent/service/register", body);
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_do(&rig, "GET", "/v1/status/leader", "");
    rig_stop(&rig);
    return 0;
}

static void begin(enum ek_consul_fault fault, const char *more)
{
    char body[200];

    snprintf(body, sizeof body, "{\"fault\":\"%s\"%s}", ek_consul_fault_name(fault), more);
    rig_do(&rig, "PUT", "/v1/evenkeel/fault", body);
}

static void end(enum ek_consul_fault fault)
{
    char target[100];

    snprintf(target, sizeof target, "/v1/evenkeel/fault?fault=%s", ek_consul_fault_name(fault));
    rig_do(&rig, "DELETE", target, "");
}

/* Everything that comes until the end, or for `ms`; `is_ended` tells which. Returns its size. */
static size_t read_raw(int fd, char *out, size_t size, int ms, bool *is_ended)
{
    int64_t until = now_ms() + ms;
    size_t used = 0;
    int c;

    while (used + 1 < size && (c = read_byte(fd, until)) >= 0)
        out[used++] = (char)c;
    out[used] = '\0';
    *is_ended = c == -1;
    return used;
}

static const char *body_of(const char *text)
{
    const char *at = strstr(text, "\r\n\r\n");

    assert_non_null(at);
    return at + 4;
}

static void cuts_bodies_short(void **state)
{
    char text[8192];
    bool is_ended;
    int fd = rig_connect(&rig);

    (void)state;
    begin(EK_CONSUL_TRUNCATED, ",\"bytes\":7");
    rig_ask(fd, "GET", "/v1/catalog/services", "", "");
    read_raw(fd, text, sizeof text, 3000, &is_ended);
    assert_true(is_ended);
    assert_non_null(strstr(text, "Content-Length: 23\r\n")); /* {"consul":[],"many":[]} */
    assert_string_equal(body_of(text), "{\"consu");
    close(fd);

    fd = rig_connect(&rig); /* and one that comes in chunks: no last chunk */
    rig_ask(fd, "GET", "/v1/health/service/many", "", "");
    read_raw(fd, text, sizeof text, 3000, &is_ended);
    assert_true(is_ended);
    assert_non_null(strstr(text, "Transfer-Encoding: chunked\r\n"));
    assert_null(strstr(body_of(text), "\r\n0\r\n"));
    close(fd);
    end(EK_CONSUL_TRUNCATED);
}

static void stalls_in_the_middle_of_a_body(void **state)
{
    size_t before = rig_quiet_file_count(&rig);
    char text[8192];
    bool is_ended;
    int fds[20];

    (void)state;
    begin(EK_CONSUL_HALF_CLOSED, ",\"bytes\":7");
    for (int i = 0; i < 20; i++) {
        fds[i] = rig_connect(&rig);
        rig_ask(fds[i], "GET", i % 2 ? "/v1/catalog/services" : "/v1/health/service/many", "", "");
    }
    read_raw(fds[1], text, sizeof text, 300, &is_ended);
    assert_false(is_ended);
    assert_string_equal(body_of(text), "{\"consu");
    end(EK_CONSUL_HALF_CLOSED);

    rig_do(&rig, "GET", "/v1/catalog/services", ""); /* others are served meanwhile */
    for (int i = 0; i < 19; i++)
        close(fds[i]);
    rig_await_file_count(&rig, before + 1);
    close(fds[19]);
    rig_await_file_count(&rig, before);
}

/* It stops although an answer hangs. */
static void stops_with_a_stalled_answer(void **state)
{
    struct rig other;
    char text[8192];
    bool is_ended;
    int fd;

    (void)state;
    rig_start(&other, NULL);
    rig_do(&other, "PUT", "/v1/evenkeel/fault", "{\"fault\":\"half_closed\",\"bytes\":3}");
    fd = rig_connect(&other);
    rig_ask(fd, "GET", "/v1/catalog/services", "", "");
    assert_true(read_raw(fd, text, sizeof text, 300, &is_ended) > 0);
    assert_false(is_ended);
    rig_stop(&other);
    read_raw(fd, text, sizeof text, 1000, &is_ended);
    assert_true(is_ended);
    close(fd);
}

static void closes_connections_of_an_agent_that_restarts(void **state)
{
    int fd = rig_connect(&rig);
    struct reply reply;

    (void)state;
    rig_ask(fd, "GET", "/v1/health/service/none?index=100000&wait=5m", "", "");
    reply_read_for(fd, &reply, 200, false);
    assert_int_equal(reply.status, -1);
    reply_free(&reply);
    begin(EK_CONSUL_AGENT_RESTART, ",\"for\":\"100ms\"");
    reply_read_for(fd, &reply, 3000, false);
    assert_int_equal(reply.status, 0);
    reply_free(&reply);
    close(fd);
    for (int64_t until = now_ms() + 5000; reply.status != 200;) {
        assert_true(now_ms() < until);
        rig_request(&rig, "GET", "/v1/health/service/none", "", &reply);
        reply_free(&reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_bodies_short),
        cmocka_unit_test(stalls_in_the_middle_of_a_body),
        cmocka_unit_test(stops_with_a_stalled_answer),
        cmocka_unit_test(closes_connections_of_an_agent_that_restarts),
    };

    return cmocka_run_group_tests_name("fake-consul/http_fault", tests, start, stop);
}
