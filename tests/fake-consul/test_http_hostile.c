/* Clients that are slow, broken or malicious: each costs little, blocks nobody, and gets the right
 * refusal. */
#include "tests/fake-consul/http_rig.h"

#include "fake-consul/http/http.h"

static struct rig rig;

static int start(void **state)
{
    (void)state;
    rig_start(&rig, NULL);
    return 0;
}

/* After whatever happened it still serves, and stops cleanly. */
static int stop(void **state)
{
    (void)state;
    rig_do(&rig, "GET", "/v1/status/leader", "");
    rig_stop(&rig);
    return 0;
}

/* Sends bytes as they are; the status of the answer, 0 for an end without one. */
static int status_of(const char *data, size_t size)
{
    int fd = rig_connect(&rig), status;
    struct reply reply;

    send(fd, data, size, MSG_NOSIGNAL);
    reply_read_for(fd, &reply, 2000, false);
    status = reply.status;
    reply_free(&reply);
    close(fd);
    return status;
}

#define STATUS_OF(text) status_of(text, sizeof text - 1)

static void refuses_what_is_no_http(void **state)
{
    (void)state;
    assert_int_equal(STATUS_OF("GET /v1/status/leader\r\n\r\n"), 400);
    assert_int_equal(STATUS_OF("GET /v1/status/lea der HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
    assert_int_equal(STATUS_OF("GET /v1/status/leader HTTP/1.1\r\n\r\n"), 400);
    /* Closed, with or without a word; the second is a TLS greeting. */
    assert_int_not_equal(STATUS_OF("GET\r\n\r\n"), 200);
    assert_int_not_equal(STATUS_OF("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"), 200);
}

static void refuses_a_nul_in_the_path(void **state)
{
    (void)state;
    assert_int_equal(STATUS_OF("GET /v1/status/leader\0x HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
    assert_int_equal(STATUS_OF("GET /v1/status/leader%00x HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
}

/* There are no files behind the paths; the answer is Go's: a redirect to the cleaned path. */
static void cleans_path_traversal(void **state)
{
    struct reply reply;
    char *location;

    (void)state;
    rig_request(&rig, "GET", "/v1/../../../etc/passwd", "", &reply);
    location = reply_header(&reply, "Location");
    assert_int_equal(reply.status, 301);
    assert_string_equal(location, "/etc/passwd");
    free(location);
    reply_free(&reply);
    rig_request(&rig, "GET", "/etc/passwd", "", &reply);
    assert_int_equal(reply.status, 404);
    reply_free(&reply);
}

static void refuses_lengths_that_are_none(void **state)
{
    (void)state;
#define PUT "PUT /v1/agent/service/register HTTP/1.1\r\nHost: x\r\n"
    assert_int_equal(STATUS_OF(PUT "Content-Length: abc\r\n\r\n"), 400);
    assert_int_equal(STATUS_OF(PUT "Content-Length: -1\r\n\r\n"), 400);
    assert_int_equal(STATUS_OF(PUT "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"), 400);
    assert_int_equal(STATUS_OF(PUT "Content-Length: 99999999999999999999999\r\n\r\n"), 413);
}

static void refuses_bad_chunks(void **state)
{
    (void)state;
    assert_int_equal(STATUS_OF(PUT "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"),
                     400);
    assert_int_equal(STATUS_OF(PUT "Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n"),
                     400);
    assert_int_equal(STATUS_OF(PUT "Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"),
                     400);
}

/* `before` and then `count` times `c`. */
static int status_of_long(const char *before, char c, size_t count)
{
    size_t size = strlen(before) + count;
    char *text = malloc(size);
    int status;

    memcpy(text, before, strlen(before));
    memset(text + strlen(before), c, count);
    status = status_of(text, size);
    free(text);
    return status;
}

static void refuses_huge_heads(void **state)
{
    (void)state;
    assert_int_equal(status_of_long("GET /", 'a', 1 << 20), 414);
    assert_int_equal(status_of_long("GET / HTTP/1.1\r\nHost: x\r\nX: ", 'a', 1 << 20), 431);
}

static void refuses_a_gigabyte_before_it_is_sent(void **state)
{
    size_t before = rig_memory_kb(&rig);

    (void)state;
    assert_int_equal(STATUS_OF(PUT "Content-Length: 1073741824\r\n\r\nabc"), 413);
    assert_int_equal(STATUS_OF(PUT "Expect: 100-continue\r\nContent-Length: 1073741824\r\n\r\n"),
                     413);
    assert_true(rig_memory_kb(&rig) < before + 10240);
}

/* Without an announced length it is read, forgotten, and refused at its end. */
static void forgets_a_body_that_grows_too_large(void **state)
{
    static const char head[] = PUT "Transfer-Encoding: chunked\r\n\r\n";
    size_t size = 1 << 20, before = rig_memory_kb(&rig);
    char *chunk = calloc(1, size + 16);
    int fd = rig_connect(&rig);
    struct reply reply;

    (void)state;
    rig_send(fd, head, sizeof head - 1);
    memset(chunk, 'x', size + 10);
    memcpy(chunk, "100000\r\n", 8);
    memcpy(chunk + 8 + size, "\r\n", 2);
    for (int i = 0; i < 32; i++)
        rig_send(fd, chunk, size + 10);
    rig_send(fd, "0\r\n\r\n", 5);
    reply_read(fd, &reply);
    assert_int_equal(reply.status, 413);
    assert_true(rig_memory_kb(&rig) < before + 10240);
    reply_free(&reply);
    close(fd);
    free(chunk);
}

static void notices_that_a_parked_client_vanished(void **state)
{
    size_t before = rig_quiet_file_count(&rig);
    int fds[50];

    (void)state;
    for (int i = 0; i < 50; i++) {
        fds[i] = rig_connect(&rig);
        rig_ask(fds[i], "GET", "/v1/health/service/none?index=100000&wait=10m", "", "");
    }
    rig_await_file_count(&rig, before + 50);
    for (int i = 0; i < 50; i++)
        close(fds[i]);
    rig_await_file_count(&rig, before);
}

static void survives_clients_that_leave_in_the_middle(void **state)
{
    static const char text[] = PUT "Content-Length: 20\r\n\r\n{\"Name\":\"mid\"}";
    size_t before = rig_quiet_file_count(&rig);

    (void)state;
    for (size_t i = 0; i < sizeof text; i++) {
        int fd = rig_connect(&rig);
        struct linger reset = {.l_onoff = (int)(i % 2), .l_linger = 0};

        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        rig_send(fd, text, i);
        close(fd);
    }
    rig_await_file_count(&rig, before);
}

/* The transcript 70-conn-limit, with the default limit of 200: the answer byte by byte. */
static void refuses_one_connection_too_many(void **state)
{
    static const char wanted[] =
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nContent-Length: 81\r\n"
        "Connection: close\r\n\r\n"
        "Your IP is issuing too many concurrent connections, please rate limit your calls\n";
    char got[sizeof wanted + 1] = "";
    size_t used = 0, before = rig_quiet_file_count(&rig);
    int fds[200], other, one_more, c;
    struct reply reply;

    (void)state;
    for (int i = 0; i < 200; i++) {
        fds[i] = rig_connect(&rig);
        rig_ask(fds[i], "GET", "/v1/catalog/services?index=100000&wait=10m", "", "");
    }
    rig_await_file_count(&rig, before + 200);
    one_more = rig_connect(&rig);
    rig_ask(one_more, "GET", "/v1/catalog/services", "", "");
    while (used < sizeof wanted && (c = read_byte(one_more, now_ms() + 2000)) >= 0)
        got[used++] = (char)c;
    assert_string_equal(got, wanted);
    close(one_more);

    other = rig_connect_from(&rig, 9); /* another address is served */
    rig_ask(other, "GET", "/v1/status/leader", "", "");
    reply_read(other, &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    close(other);
    for (int i = 0; i < 200; i++)
        close(fds[i]);
    rig_await_file_count(&rig, before);
    rig_do(&rig, "GET", "/v1/status/leader", "");
}

static void resets_one_connection_too_many_as_1_8(void **state)
{
    static const char *const options[] = {"--version", "1.8", "--max-conns-per-client", "1", NULL};
    struct rig old;
    struct reply reply;
    int first, second;
    char c;

    (void)state;
    rig_start(&old, options);
    first = rig_connect(&old);
    rig_ask(first, "GET", "/v1/status/leader", "", "");
    reply_read(first, &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    second = rig_connect(&old);
    assert_int_equal(recv(second, &c, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    close(second);
    close(first);
    rig_stop(&old);
}

/* A thousand connections that say nothing, of several addresses, do not keep others waiting. */
static void serves_beside_idle_connections(void **state)
{
    size_t before = rig_quiet_file_count(&rig);
    static int fds[1000];
    int64_t began;

    (void)state;
    for (int i = 0; i < 1000; i++)
        fds[i] = rig_connect_from(&rig, 20 + (unsigned)i / 190);
    rig_await_file_count(&rig, before + 1000);
    began = now_ms();
    rig_do(&rig, "GET", "/v1/status/leader", "");
    assert_true(now_ms() - began < 1000);
    for (int i = 0; i < 1000; i++)
        close(fds[i]);
    rig_await_file_count(&rig, before);
}

/* The front itself in a child, with 300 ms for a request to arrive in. */
static void serve_impatiently(struct rig *out)
{
    const struct ek_consul_config config = {.seed = 1};
    const struct ek_consul_http_config front = {
        .listen = "127.0.0.1:0", .speed = 1, .stop_fd = -1, .read_timeout_ns = 300000000};
    struct ek_consul *consul = ek_consul_new(&config);
    struct ek_consul_http *http;
    char why[200];

    ek_consul_add_agent(consul, "n1", NULL, "127.0.0.1", 0);
    http = ek_consul_http_open(consul, &front, why, sizeof why);
    assert_non_null(http);
    out->port = (uint16_t)atoi(strrchr(ek_consul_http_address(http), ':') + 1);
    out->pid = fork();
    assert_true(out->pid >= 0);
    if (out->pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (out->pid == 0)
        ek_consul_http_turn(http, INT64_MAX);
    ek_consul_http_close(http);
    ek_consul_free(consul);
}

static void ends_slow_requests_and_no_idle_or_parked_ones(void **state)
{
    struct rig impatient = {0};
    struct reply reply;
    int slow, idle, parked;
    int64_t began;

    (void)state;
    serve_impatiently(&impatient);
    slow = rig_connect(&impatient);
    idle = rig_connect(&impatient);
    parked = rig_connect(&impatient);
    rig_ask(idle, "GET", "/v1/status/leader", "", "");
    reply_read(idle, &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    rig_ask(parked, "GET", "/v1/health/service/none?index=100000&wait=1500ms", "", "");

    began = now_ms();
    for (int i = 0; now_ms() - began < 5000; i++) {
        struct timespec pause = {.tv_nsec = 50000000};
        const char *text =
            "GET /v1/status/leader HTTP/1.1\r\nHost: x\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

        if (send(slow, text + i % (int)strlen(text), 1, MSG_NOSIGNAL) != 1)
            break;
        nanosleep(&pause, NULL);
    }
    assert_true(now_ms() - began >= 250 && now_ms() - began < 2000);

    reply_read(parked, &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    rig_ask(idle, "GET", "/v1/status/leader", "", "");
    reply_read(idle, &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    close(slow);
    close(idle);
    close(parked);
    kill(impatient.pid, SIGKILL);
    waitpid(impatient.pid, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_no_http),
        cmocka_unit_test(refuses_a_nul_in_the_path),
        cmocka_unit_test(cleans_path_traversal),
        cmocka_unit_test(refuses_lengths_that_are_none),
        cmocka_unit_test(refuses_bad_chunks),
        cmocka_unit_test(refuses_huge_heads),
        cmocka_unit_test(refuses_a_gigabyte_before_it_is_sent),
        cmocka_unit_test(forgets_a_body_that_grows_too_large),
        cmocka_unit_test(notices_that_a_parked_client_vanished),
        cmocka_unit_test(survives_clients_that_leave_in_the_middle),
        cmocka_unit_test(refuses_one_connection_too_many),
        cmocka_unit_test(resets_one_connection_too_many_as_1_8),
        cmocka_unit_test(serves_beside_idle_connections),
        cmocka_unit_test(ends_slow_requests_and_no_idle_or_parked_ones),
    };

    return cmocka_run_group_tests_name("fake-consul/http_hostile", tests, start, stop);
}
