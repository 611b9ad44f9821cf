/* Every allocation fails once. Linked so that malloc, calloc and realloc of our own code come here;
 * those of the libraries do not. */
#include "recording_made.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long left = -1; /* allocations until one fails; negative: none does */

static bool is_refused(void)
{
    if (left < 0)
        return false;
    return left-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_refused() ? NULL : __real_realloc(old, size);
}

struct place {
    char folder[64];
    char path[128];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/ek-memory-XXXXXX");
    if (mkdtemp(place->folder) == NULL)
        return -1;
    snprintf(place->path, sizeof place->path, "%s/run.db", place->folder);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    rmdir(place->folder);
    free(place);
    return 0;
}

/* EK_OK when the n-th allocation was not reached. */
static enum ek_err record(const char *path, long n)
{
    char metric[] = "success";
    json_t *min = json_string("99%");
    struct ek_expectation expectation = {.metric = metric, .min = min};
    struct ek_recording_setup setup = made_setup();
    setup.path = path;
    setup.expectations = &expectation;
    setup.expectation_count = 1;
    char why[256] = "";
    const struct ek_recording_end end = {.sim_ns = 10 * S};
    enum ek_err err = EK_ENOMEM;
    left = n;
    struct ek_recorder *r = ek_recorder_new(&setup);
    if (r != NULL) {
        made_run(r);
        err = ek_recorder_finish(r, &end, why, sizeof why);
    }
    bool is_reached = left < 0;
    left = -1;
    ek_recorder_free(r);
    json_decref(min);
    assert_true(n >= 0 || err == EK_OK);
    /* What failed is reported; what is reported failed. */
    assert_true((err != EK_OK) == (n >= 0 && is_reached));
    return err;
}

static void a_recorder_reports_every_failure(void **state)
{
    const struct place *place = *state;
    long n = 0;
    while (record(place->path, n) != EK_OK) {
        assert_int_not_equal(access(place->path, F_OK), 0);
        n++;
    }
    assert_true(n > 30);
}

static void a_reader_reports_every_failure(void **state)
{
    const struct place *place = *state;
    assert_int_equal(record(place->path, -1), EK_OK);
    struct ek_replay *replay = NULL;
    long n = 0;
    for (; replay == NULL; n++) {
        char why[256] = "";
        left = n;
        replay = ek_replay_open(place->path, why, sizeof why);
        left = -1;
        assert_true((replay == NULL) == (strstr(why, "out of memory") != NULL));
    }
    assert_true(n > 4);
    ek_replay_close(replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_recorder_reports_every_failure, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_reader_reports_every_failure, make_place, remove_place),
    };
    return cmocka_run_group_tests_name("reports/recording_memory", tests, NULL, NULL);
}
