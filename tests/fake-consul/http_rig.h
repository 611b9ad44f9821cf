/* `evenkeel consul` as a child process, and plain sockets to talk to it. */
#ifndef EK_TESTS_FAKE_CONSUL_HTTP_RIG_H
#define EK_TESTS_FAKE_CONSUL_HTTP_RIG_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    RIG_TIMEOUT_MS = 10000,
    REPLY_SIZE = 256 * 1024
};

struct rig {
    pid_t pid;
    int log; /* its stderr */
    uint16_t port;
    char text[8192]; /* what it said until it served */
};

static inline int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Starts the program with `arguments` (ends in NULL) behind "consul"; stderr can be read from
 * rig->log. */
static inline void rig_spawn(struct rig *rig, const char *const *arguments)
{
    const char *program = getenv("EVENKEEL");
    const char *argv[24] = {program, "consul"};
    int ends[2], null;

    assert_non_null(program);
    for (size_t i = 0; arguments[i]; i++) {
        assert_true(i < 20);
        argv[i + 2] = arguments[i];
    }
    memset(rig, 0, sizeof *rig);
    assert_int_equal(pipe(ends), 0);
    rig->pid = fork();
    assert_true(rig->pid >= 0);
    if (rig->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* no test leaves one behind */
        null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        execv(program, (char *const *)(uintptr_t)argv);
        _exit(99);
    }
    close(ends[1]);
    rig->log = ends[0];
}

/* Waits for the line that names the address. */
static inline void rig_wait(struct rig *rig)
{
    size_t used = 0;
    const char *at = NULL;

    while (!at || !strchr(at, ',')) {
        struct pollfd ready = {.fd = rig->log, .events = POLLIN};
        ssize_t got;

        assert_int_equal(poll(&ready, 1, RIG_TIMEOUT_MS), 1);
        got = read(rig->log, rig->text + used, sizeof rig->text - 1 - used);
        if (got <= 0)
            fail_msg("the program ended: %s", rig->text);
        used += (size_t)got;
        rig->text[used] = '\0';
        at = strstr(rig->text, "on http://");
    }
    at = strchr(at + 10, ':');
    rig->port = (uint16_t)atoi(at + 1);
    assert_true(rig->port > 0);
}

static inline void rig_start(struct rig *rig, const char *const *options)
{
    const char *arguments[20] = {"--listen", "127.0.0.1:0"};

    for (size_t i = 0; options && options[i]; i++)
        arguments[i + 2] = options[i];
    rig_spawn(rig, arguments);
    rig_wait(rig);
}

/* Returns the exit code; -1 for an end by a signal. */
static inline int rig_join(struct rig *rig)
{
    int status = 0;

    for (int64_t end = now_ms() + RIG_TIMEOUT_MS; waitpid(rig->pid, &status, WNOHANG) == 0;) {
        struct timespec pause = {.tv_nsec = 5000000};

        if (now_ms() > end) {
            kill(rig->pid, SIGKILL);
            waitpid(rig->pid, &status, 0);
            fail_msg("the program did not end");
        }
        nanosleep(&pause, NULL);
    }
    close(rig->log);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void rig_stop(struct rig *rig)
{
    kill(rig->pid, SIGTERM);
    assert_int_equal(rig_join(rig), 0);
}

/* A connection from 127.0.0.`host`. */
static inline int rig_connect_from(const struct rig *rig, unsigned host)
{
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(rig->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static inline int rig_connect(const struct rig *rig)
{
    return rig_connect_from(rig, 1);
}

static inline void rig_send(int fd, const char *data, size_t size)
{
    assert_int_equal(send(fd, data, size, MSG_NOSIGNAL), size);
}

/* Sends "METHOD target", Host, the header lines `more` and a body. */
static inline void rig_ask(int fd, const char *method, const char *target, const char *more,
                           const char *body)
{
    char *text = malloc(strlen(target) + strlen(more) + strlen(body) + 200);
    int size = sprintf(text, "%s %s HTTP/1.1\r\nHost: x\r\n%s", method, target, more);

    if (*body)
        size += sprintf(text + size, "Content-Length: %zu\r\n", strlen(body));
    size += sprintf(text + size, "\r\n%s", body);
    rig_send(fd, text, (size_t)size);
    free(text);
}

struct reply {
    int status;      /* 0: the connection ended without one, -1: nothing came in time */
    char head[8192]; /* the status line and the headers */
    char *body;      /* joined if it was chunked; NUL-terminated */
    size_t size;
    bool is_chunked;
};

static inline void reply_free(struct reply *reply)
{
    free(reply->body);
    reply->body = NULL;
}

/* The value of a header; NULL without. The name must be spelled as on the wire. Returns new. */
static inline char *reply_header(const struct reply *reply, const char *name)
{
    char line[128];
    const char *at;

    snprintf(line, sizeof line, "\r\n%s: ", name);
    at = strstr(reply->head, line);
    if (!at)
        return NULL;
    at += strlen(line);
    return strndup(at, strcspn(at, "\r"));
}

static inline uint64_t reply_index(const struct reply *reply)
{
    char *text = reply_header(reply, "X-Consul-Index");
    uint64_t index = text ? strtoull(text, NULL, 10) : 0;

    free(text);
    return index;
}

/* One byte; -1 at the end, -2 after `until`. */
static inline int read_byte(int fd, int64_t until)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int64_t left = until - now_ms();
    unsigned char c;

    if (poll(&ready, 1, left > 0 ? (int)left : 0) != 1)
        return -2;
    return read(fd, &c, 1) == 1 ? c : -1;
}

static inline size_t read_line(int fd, char *out, size_t size, int64_t until)
{
    size_t used = 0;
    int c;

    while (used + 1 < size && (c = read_byte(fd, until)) >= 0 && c != '\n')
        out[used++] = (char)c;
    out[used] = '\0';
    if (used > 0 && out[used - 1] == '\r')
        out[--used] = '\0';
    return used;
}

static inline void read_bytes(int fd, struct reply *reply, size_t size, int64_t until)
{
    assert_true(reply->size + size < REPLY_SIZE);
    for (size_t i = 0; i < size; i++) {
        int c = read_byte(fd, until);

        assert_true(c >= 0);
        reply->body[reply->size++] = (char)c;
    }
    reply->body[reply->size] = '\0';
}

static inline void read_chunks(int fd, struct reply *reply, int64_t until)
{
    char line[64];
    size_t size;

    reply->is_chunked = true;
    do {
        read_line(fd, line, sizeof line, until);
        size = strtoul(line, NULL, 16);
        read_bytes(fd, reply, size, until);
        read_line(fd, line, sizeof line, until);
        assert_string_equal(line, "");
    } while (size > 0);
}

/* Reads one answer; `is_head`: to a HEAD request, without body. */
static inline void reply_read_for(int fd, struct reply *reply, int ms, bool is_head)
{
    int64_t until = now_ms() + ms;
    size_t used = 0;
    char *length, *coding;
    int c;

    memset(reply, 0, sizeof *reply);
    reply->body = calloc(1, REPLY_SIZE);
    while (used < 4 || memcmp(reply->head + used - 4, "\r\n\r\n", 4) != 0) {
        c = read_byte(fd, until);
        if (c < 0) {
            reply->status = c == -2 ? -1 : 0;
            return;
        }
        assert_true(used + 1 < sizeof reply->head);
        reply->head[used++] = (char)c;
    }
    reply->head[used - 2] = '\0';
    assert_int_equal(sscanf(reply->head, "HTTP/1.1 %d", &reply->status), 1);
    length = reply_header(reply, "Content-Length");
    coding = reply_header(reply, "Transfer-Encoding");
    if (coding)
        read_chunks(fd, reply, until);
    else if (length && !is_head)
        read_bytes(fd, reply, strtoul(length, NULL, 10), until);
    free(coding);
    free(length);
}

static inline void reply_read(int fd, struct reply *reply)
{
    reply_read_for(fd, reply, RIG_TIMEOUT_MS, false);
}

/* One request on a connection of its own. The caller frees the reply. */
static inline void rig_request(const struct rig *rig, const char *method, const char *target,
                               const char *body, struct reply *reply)
{
    int fd = rig_connect(rig);

    rig_ask(fd, method, target, "", body);
    reply_read(fd, reply);
    close(fd);
}

/* A request whose answer must be 200; returns its index, 0 without one. */
static inline uint64_t rig_do(const struct rig *rig, const char *method, const char *target,
                              const char *body)
{
    struct reply reply;
    uint64_t index;

    rig_request(rig, method, target, body, &reply);
    if (reply.status != 200)
        fail_msg("%s %s: %d %s", method, target, reply.status, reply.body);
    index = reply_index(&reply);
    reply_free(&reply);
    return index;
}

/* The service web with a TTL check that passes. */
static inline void rig_web(const struct rig *rig)
{
    rig_do(rig, "PUT", "/v1/agent/service/register",
           "{\"Name\":\"web\",\"Port\":80,\"Check\":{\"TTL\":\"10m\"}}");
    rig_do(rig, "PUT", "/v1/agent/check/pass/service:web", "");
}

/* Open files of the child. */
static inline size_t rig_file_count(const struct rig *rig)
{
    char command[64];
    size_t count = 0;
    FILE *pipe;

    snprintf(command, sizeof command, "ls /proc/%ld/fd | wc -l", (long)rig->pid);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%zu", &count), 1);
    pclose(pipe);
    return count;
}

/* The same once connections that ended just now are closed. */
static inline size_t rig_quiet_file_count(const struct rig *rig)
{
    size_t before, count = rig_file_count(rig);

    do {
        struct timespec pause = {.tv_nsec = 50000000};

        before = count;
        nanosleep(&pause, NULL);
        count = rig_file_count(rig);
    } while (count != before);
    return count;
}

/* Resident memory of the child. */
static inline size_t rig_memory_kb(const struct rig *rig)
{
    char path[64], line[256];
    size_t kb = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/status", (long)rig->pid);
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %zu", &kb) == 1)
            break;
    fclose(file);
    return kb;
}

/* Waits until the child has as many files open as before. */
static inline void rig_await_file_count(const struct rig *rig, size_t count)
{
    int64_t until = now_ms() + 3000;

    while (rig_file_count(rig) != count) {
        struct timespec pause = {.tv_nsec = 10000000};

        if (now_ms() > until)
            fail_msg("%zu files are open, %zu were", rig_file_count(rig), count);
        nanosleep(&pause, NULL);
    }
}

#endif
