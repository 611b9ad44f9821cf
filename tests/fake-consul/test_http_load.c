/* Many parked blocking queries, woken by one change; what they cost is printed.
 *
 * EK_LOAD=5000 makes it larger: the aim is to wake 5,000 in 300 ms. */
#include "tests/fake-consul/http_rig.h"

#include <sys/epoll.h>
#include <sys/resource.h>

enum {
    COUNT_DEFAULT = 1000,
    PER_ADDRESS = 190 /* the limit is 200 */
};

static void park_all(const struct rig *rig, int *fds, int count, uint64_t index)
{
    char target[100];

    snprintf(target, sizeof target, "/v1/health/service/web?index=%llu&wait=5m",
             (unsigned long long)index);
    for (int i = 0; i < count; i++) {
        fds[i] = rig_connect_from(rig, 2 + (unsigned)(i / PER_ADDRESS));
        rig_ask(fds[i], "GET", target, "", "");
    }
}

/* Returns how many were answered with 200 until all or ten seconds were over. */
static int await_all(const int *fds, int count)
{
    static char buffer[65536];
    struct epoll_event events[256], event = {.events = EPOLLIN};
    int64_t until = now_ms() + 10000;
    int set = epoll_create1(0), left = count, good = 0;

    for (int i = 0; i < count; i++) {
        event.data.fd = fds[i];
        epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event);
    }
    while (left > 0 && now_ms() < until) {
        int ready = epoll_wait(set, events, 256, 100);

        for (int i = 0; i < ready; i++) {
            ssize_t got = recv(events[i].data.fd, buffer, sizeof buffer, 0);

            good += got > 12 && memcmp(buffer, "HTTP/1.1 200", 12) == 0;
            epoll_ctl(set, EPOLL_CTL_DEL, events[i].data.fd, &event);
            left--;
        }
    }
    close(set);
    return good;
}

static void wakes_all_with_one_change(void **state)
{
    int count = getenv("EK_LOAD") ? atoi(getenv("EK_LOAD")) : COUNT_DEFAULT;
    struct rlimit files = {0};
    int *fds = calloc((size_t)count, sizeof *fds);
    struct rig rig;
    size_t before, parked, own_files;
    int64_t began, took;
    uint64_t index;
    int writer;

    (void)state;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    rig_start(&rig, NULL);
    rig_web(&rig);
    index = rig_do(&rig, "GET", "/v1/health/service/web", "");
    before = rig_memory_kb(&rig);
    own_files = rig_quiet_file_count(&rig);

    park_all(&rig, fds, count, index);
    rig_await_file_count(&rig, own_files + (size_t)count);
    rig_do(&rig, "GET", "/v1/status/leader", ""); /* all before it have been read */
    parked = rig_memory_kb(&rig);

    writer = rig_connect(&rig);
    began = now_ms();
    rig_ask(writer, "PUT", "/v1/agent/check/fail/service:web", "", "");
    assert_int_equal(await_all(fds, count), count);
    took = now_ms() - began;
    print_message("%d parked queries: %.1f kB each, all woken after %lld ms\n", count,
                  (double)(parked - before) / count, (long long)took);
    assert_true(took < 5000);
    assert_true((parked - before) / (size_t)count < 64);

    for (int i = 0; i < count; i++)
        close(fds[i]);
    close(writer);
    rig_await_file_count(&rig, own_files);
    rig_stop(&rig);
    free(fds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(wakes_all_with_one_change)};

    return cmocka_run_group_tests_name("fake-consul/http_load", tests, NULL, NULL);
}
