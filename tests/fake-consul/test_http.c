/* HTTP as clients meet it: framing, connections, compression, methods, blocking queries. */
#include "tests/fake-consul/http_rig.h"

#include <zlib.h>

static struct rig rig;

static int start(void **state)
{
    (void)state;
    rig_start(&rig, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

static void says_how_to_talk_to_it(void **state)
{
    (void)state;
    assert_non_null(strstr(rig.text, "playing Consul 1.10"));
    assert_non_null(strstr(rig.text, "Ctrl-C stops it"));
}

/* Names as consul.md section 1 has them: Go's canonical form. */
static void names_headers_as_go_does(void **state)
{
    static const char *const names[] = {
        "Content-Type",   "Vary", "X-Consul-Default-Acl-Policy", "X-Consul-Effective-Consistency",
        "X-Consul-Index", "Date", "X-Consul-Knownleader",        "X-Consul-Lastcontact",
        "Content-Length"};
    struct reply reply;

    (void)state;
    rig_request(&rig, "GET", "/v1/health/service/none", "", &reply);

    assert_int_equal(reply.status, 200);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *value = reply_header(&reply, names[i]);

        if (!value)
            fail_msg("no %s in\n%s", names[i], reply.head);
        free(value);
    }
    reply_free(&reply);
}

static void keeps_a_connection_for_many_requests(void **state)
{
    int fd = rig_connect(&rig);
    struct reply reply;

    (void)state;
    for (int i = 0; i < 100; i++) {
        rig_ask(fd, "GET", "/v1/status/leader", "", "");
        reply_read(fd, &reply);
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.body, "\"127.0.0.1:8300\"");
        reply_free(&reply);
    }
    close(fd);
}

static void answers_pipelined_requests_in_order(void **state)
{
    int fd = rig_connect(&rig);
    struct reply reply;

    (void)state;
    rig_ask(fd, "GET", "/v1/health/service/none?index=1000&wait=50ms", "", "");
    rig_ask(fd, "GET", "/v1/status/leader", "", "");
    rig_ask(fd, "GET", "/v1/status/peers", "", "");

    reply_read(fd, &reply);
    assert_string_equal(reply.body, "[]");
    reply_free(&reply);
    reply_read(fd, &reply);
    assert_string_equal(reply.body, "\"127.0.0.1:8300\"");
    reply_free(&reply);
    reply_read(fd, &reply);
    assert_string_equal(reply.body, "[\"127.0.0.1:8300\"]");
    reply_free(&reply);
    close(fd);
}

static void closes_when_asked_to(void **state)
{
    int fd = rig_connect(&rig);
    struct reply reply;

    (void)state;
    rig_ask(fd, "GET", "/v1/status/leader", "Connection: close\r\n", "");
    reply_read(fd, &reply);

    assert_int_equal(reply.status, 200);
    assert_int_equal(read_byte(fd, now_ms() + 2000), -1);
    reply_free(&reply);
    close(fd);
}

static void register_many(size_t count)
{
    char body[200];

    for (size_t i = 0; i < count; i++) {
        snprintf(body, sizeof body, "{\"ID\":\"many-%zu\",\"Name\":\"many\",\"Port\":%zu}", i,
                 1000 + i);
        rig_do(&rig, "PUT", "/v1/agent/service/register", body);
    }
}

/* Go's buffer is 2,048 bytes: what is larger is chunked, and HTTP/1.0 ends with the connection. */
static void sends_large_bodies_in_chunks(void **state)
{
    static const char old[] = "GET /v1/health/service/many HTTP/1.0\r\n\r\n";
    struct reply large, small;
    char buffer[65536];
    size_t used = 0;
    ssize_t got;
    int fd;

    (void)state;
    register_many(10);
    rig_request(&rig, "GET", "/v1/health/service/many", "", &large);
    rig_request(&rig, "GET", "/v1/status/leader", "", &small);
    assert_true(large.is_chunked);
    assert_true(large.size > 2048);
    assert_int_equal(large.body[large.size - 1], ']');
    assert_false(small.is_chunked);

    fd = rig_connect(&rig);
    rig_send(fd, old, sizeof old - 1);
    while ((got = recv(fd, buffer + used, sizeof buffer - used, 0)) > 0)
        used += (size_t)got;
    assert_true(used > large.size);
    assert_memory_equal(buffer + used - large.size, large.body, large.size);
    reply_free(&large);
    reply_free(&small);
    close(fd);
}

static void unpack(const struct reply *reply, char *out, size_t size)
{
    z_stream stream = {0};

    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = (Bytef *)reply->body;
    stream.avail_in = (uInt)reply->size;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)size - 1;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out[stream.total_out] = '\0';
    inflateEnd(&stream);
}

/* The transcript 74a-gzip: eight instances come packed, with a Content-Length; tiny bodies come
 * plain. */
static void packs_larger_bodies_when_asked(void **state)
{
    static char out[REPLY_SIZE];
    int fd = rig_connect(&rig);
    struct reply plain, packed, tiny, refused;
    char *coding;

    (void)state;
    register_many(8);
    rig_request(&rig, "GET", "/v1/health/service/many", "", &plain);
    rig_ask(fd, "GET", "/v1/health/service/many", "Accept-Encoding: deflate, gzip;q=0.5\r\n", "");
    reply_read(fd, &packed);
    rig_ask(fd, "GET", "/v1/status/leader", "Accept-Encoding: gzip\r\n", "");
    reply_read(fd, &tiny);
    rig_ask(fd, "GET", "/v1/health/service/many", "Accept-Encoding: gzip;q=0\r\n", "");
    reply_read(fd, &refused);

    coding = reply_header(&packed, "Content-Encoding");
    assert_string_equal(coding, "gzip");
    free(coding);
    assert_false(packed.is_chunked);
    unpack(&packed, out, sizeof out);
    assert_string_equal(out, plain.body);
    assert_null(reply_header(&tiny, "Content-Encoding"));
    assert_null(reply_header(&refused, "Content-Encoding"));
    assert_string_equal(refused.body, plain.body);
    reply_free(&plain);
    reply_free(&packed);
    reply_free(&tiny);
    reply_free(&refused);
    close(fd);
}

/* consul.md section 1: HEAD is 405 with the length of a text that is not sent. */
static void answers_head_and_options_as_consul_does(void **state)
{
    int fd = rig_connect(&rig);
    struct reply head, options, next;
    char *value;

    (void)state;
    rig_ask(fd, "HEAD", "/v1/status/leader", "", "");
    reply_read_for(fd, &head, RIG_TIMEOUT_MS, true);
    rig_ask(fd, "OPTIONS", "/v1/agent/service/register", "", "");
    reply_read(fd, &options);
    rig_ask(fd, "GET", "/v1/agent/service/register", "", "");
    reply_read(fd, &next);

    assert_int_equal(head.status, 405);
    value = reply_header(&head, "Content-Length");
    assert_string_equal(value, "23"); /* method HEAD not allowed */
    free(value);
    assert_int_equal(options.status, 200);
    value = reply_header(&options, "Allow");
    assert_string_equal(value, "OPTIONS,PUT");
    free(value);
    assert_int_equal(next.status, 405);
    assert_string_equal(next.body, "method GET not allowed");
    reply_free(&head);
    reply_free(&options);
    reply_free(&next);
    close(fd);
}

/* As the npm client sends it: ":" as %3A. */
static void leaves_percent_decoding_to_the_state_machine(void **state)
{
    struct reply reply;

    (void)state;
    rig_web(&rig);
    rig_do(&rig, "PUT", "/v1/agent/check/warn/service%3Aweb?note=a%20b%2Bc+d", "");
    rig_request(&rig, "GET", "/v1/health/checks/web", "", &reply);
    assert_non_null(strstr(reply.body, "\"Output\":\"a b+c d\""));
    reply_free(&reply);
    rig_do(&rig, "PUT", "/v1/agent/check/pass/service:web", "");
}

static void takes_an_absolute_target_for_its_path(void **state)
{
    struct reply reply;

    (void)state;
    rig_request(&rig, "GET", "http://consul.example/v1/status/leader", "", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "\"127.0.0.1:8300\"");
    reply_free(&reply);
}

static void takes_chunked_bodies(void **state)
{
    static const char text[] = "PUT /v1/agent/service/register HTTP/1.1\r\nHost: x\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n"
                               "a\r\n{\"Name\":\"c\r\n8\r\nhunked\"}\r\n0\r\n\r\n";
    int fd = rig_connect(&rig);
    struct reply reply;

    (void)state;
    for (size_t i = 0; i < sizeof text - 1; i++)
        rig_send(fd, text + i, 1);
    reply_read(fd, &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    close(fd);
    rig_request(&rig, "GET", "/v1/catalog/service/chunked", "", &reply);
    assert_non_null(strstr(reply.body, "\"ServiceName\":\"chunked\""));
    reply_free(&reply);
}

static void asks_for_a_body_that_waits_for_it(void **state)
{
    static const char head[] = "PUT /v1/agent/service/register HTTP/1.1\r\nHost: x\r\n"
                               "Expect: 100-continue\r\nContent-Length: 17\r\n\r\n";
    int fd = rig_connect(&rig);
    struct reply reply;
    char line[64];

    (void)state;
    rig_send(fd, head, sizeof head - 1);
    read_line(fd, line, sizeof line, now_ms() + RIG_TIMEOUT_MS);
    assert_string_equal(line, "HTTP/1.1 100 Continue");
    read_line(fd, line, sizeof line, now_ms() + RIG_TIMEOUT_MS);
    rig_send(fd, "{\"Name\":\"expect\"}", 17);
    reply_read(fd, &reply);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    close(fd);
}

static void wakes_a_blocking_query(void **state)
{
    char target[100];
    struct reply reply;
    uint64_t index;
    int fd = rig_connect(&rig);
    int64_t began;

    (void)state;
    rig_web(&rig);
    index = rig_do(&rig, "GET", "/v1/health/service/web", "");
    snprintf(target, sizeof target, "/v1/health/service/web?index=%llu&wait=20s",
             (unsigned long long)index);
    rig_ask(fd, "GET", target, "", "");
    reply_read_for(fd, &reply, 300, false);
    assert_int_equal(reply.status, -1); /* parked */
    reply_free(&reply);

    began = now_ms();
    rig_do(&rig, "PUT", "/v1/agent/check/fail/service:web", "");
    reply_read(fd, &reply);

    assert_int_equal(reply.status, 200);
    assert_true(reply_index(&reply) > index);
    assert_true(now_ms() - began < 1000);
    assert_non_null(strstr(reply.body, "critical"));
    reply_free(&reply);
    close(fd);
}

/* A streaming answer comes at the end of the wait, exactly: not early, hardly late. */
static void ends_a_quiet_wait_in_time(void **state)
{
    struct reply reply;
    int64_t began = now_ms(), took;

    (void)state;
    rig_request(&rig, "GET", "/v1/health/service/none?index=100000&wait=400ms", "", &reply);
    took = now_ms() - began;
    assert_int_equal(reply.status, 200);
    assert_true(took >= 399 && took < 1500);
    reply_free(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_how_to_talk_to_it),
        cmocka_unit_test(names_headers_as_go_does),
        cmocka_unit_test(keeps_a_connection_for_many_requests),
        cmocka_unit_test(answers_pipelined_requests_in_order),
        cmocka_unit_test(closes_when_asked_to),
        cmocka_unit_test(sends_large_bodies_in_chunks),
        cmocka_unit_test(packs_larger_bodies_when_asked),
        cmocka_unit_test(answers_head_and_options_as_consul_does),
        cmocka_unit_test(leaves_percent_decoding_to_the_state_machine),
        cmocka_unit_test(takes_an_absolute_target_for_its_path),
        cmocka_unit_test(takes_chunked_bodies),
        cmocka_unit_test(asks_for_a_body_that_waits_for_it),
        cmocka_unit_test(wakes_a_blocking_query),
        cmocka_unit_test(ends_a_quiet_wait_in_time),
    };

    return cmocka_run_group_tests_name("fake-consul/http", tests, start, stop);
}
