#include "recording_made.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

struct place {
    char folder[64];
    char path[128];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/ek-recording-XXXXXX");
    if (mkdtemp(place->folder) == NULL)
        return -1;
    snprintf(place->path, sizeof place->path, "%s/run.db", place->folder);
    *state = place;
    return 0;
}

/* Removes what is in the folder, then the folder. Returns how many files there were. */
static int empty_folder(const char *folder)
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        char path[512];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count++;
        if (unlink(path) != 0 && rmdir(path) != 0)
            count += empty_folder(path);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(folder);
    return count;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    empty_folder(place->folder);
    free(place);
    return 0;
}

static struct ek_recorder *recorder_at(const char *path)
{
    struct ek_recording_setup setup = made_setup();
    setup.path = path;
    struct ek_recorder *r = ek_recorder_new(&setup);
    assert_non_null(r);
    return r;
}

static enum ek_err finish(struct ek_recorder *r, char *why, size_t why_size)
{
    const struct ek_recording_end end = {.sim_ns = 10 * S, .wall_ns = 5 * MS, .events = 1234};
    why[0] = '\0';
    return ek_recorder_finish(r, &end, why, why_size);
}

static void write_run(const char *path)
{
    struct ek_recorder *r = recorder_at(path);
    made_run(r);
    made_finish(r);
    ek_recorder_free(r);
}

/* ---- round trip ---- */

static void same_latency(const struct ek_latency *a, const struct ek_latency *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->p50_ns, b->p50_ns);
    assert_int_equal(a->p90_ns, b->p90_ns);
    assert_int_equal(a->p99_ns, b->p99_ns);
    assert_int_equal(a->p999_ns, b->p999_ns);
    assert_int_equal(a->max_ns, b->max_ns);
    assert_int_equal(a->mean_ns, b->mean_ns);
}

static void same_phases(const struct ek_results *a, const struct ek_results *b)
{
    assert_int_equal(a->phase_count, b->phase_count);
    for (size_t i = 0; i < a->phase_count; i++) {
        const struct ek_phase *p = &a->phases[i], *q = &b->phases[i];
        assert_string_equal(p->name, q->name);
        assert_int_equal(p->start_ns, q->start_ns);
        assert_int_equal(p->end_ns, q->end_ns);
        assert_int_equal(p->calls, q->calls);
        assert_int_equal(p->ok, q->ok);
        assert_int_equal(p->errors, q->errors);
        assert_int_equal(p->attempts, q->attempts);
        assert_int_equal(p->retries, q->retries);
        same_latency(&p->latency, &q->latency);
        assert_memory_equal(p->endpoint_attempts, q->endpoint_attempts,
                            a->endpoint_count * sizeof(uint64_t));
        assert_int_equal(p->jain_ppm, q->jain_ppm);
        assert_int_equal(p->cv_ppm, q->cv_ppm);
    }
}

static void same_faults(const struct ek_results *a, const struct ek_results *b)
{
    assert_int_equal(a->fault_count, b->fault_count);
    for (size_t i = 0; i < a->fault_count; i++) {
        const struct ek_failover *p = &a->faults[i], *q = &b->faults[i];
        assert_string_equal(p->id, q->id);
        assert_string_equal(p->kind, q->kind);
        assert_string_equal(p->target, q->target);
        assert_int_equal(p->start_ns, q->start_ns);
        assert_int_equal(p->end_ns, q->end_ns);
        assert_int_equal(p->detect_ns, q->detect_ns);
        assert_int_equal(p->divert_ns, q->divert_ns);
        assert_int_equal(p->recover_ns, q->recover_ns);
        assert_int_equal(p->errors, q->errors);
        assert_int_equal(p->endpoint_count, q->endpoint_count);
        assert_memory_equal(p->endpoints, q->endpoints, p->endpoint_count * sizeof(uint32_t));
        assert_int_equal(p->first_record, q->first_record);
        assert_int_equal(p->detect_record, q->detect_record);
    }
}

static void same_judged(const struct ek_results *a, const struct ek_results *b)
{
    assert_int_equal(a->judged_count, b->judged_count);
    for (size_t i = 0; i < a->judged_count; i++) {
        const struct ek_judged *p = &a->judged[i], *q = &b->judged[i];
        assert_string_equal(p->text, q->text);
        assert_string_equal(p->metric, q->metric);
        assert_string_equal(p->phase, q->phase);
        assert_string_equal(p->value_text, q->value_text);
        assert_string_equal(p->limit_text, q->limit_text);
        assert_string_equal(p->problem, q->problem);
        assert_string_equal(p->name, q->name);
        assert_int_equal(p->verdict, q->verdict);
        assert_int_equal(p->unit, q->unit);
        assert_int_equal(p->mark, q->mark);
        assert_int_equal(p->has_value, q->has_value);
        assert_int_equal(p->value, q->value);
        assert_int_equal(p->samples, q->samples);
        assert_int_equal(p->line, q->line);
    }
    assert_int_equal(a->passed, b->passed);
    assert_int_equal(a->failed, b->failed);
    assert_int_equal(a->unknown, b->unknown);
}

static void same_results(const struct ek_results *a, const struct ek_results *b)
{
    assert_string_equal(a->scenario, b->scenario);
    assert_string_equal(a->policy, b->policy);
    assert_string_equal(a->description, b->description);
    assert_string_equal(a->watch, b->watch);
    assert_string_equal(a->command, b->command);
    assert_string_equal(a->recording_path, b->recording_path);
    assert_true(a->seed == b->seed && a->fingerprint == b->fingerprint);
    assert_int_equal(a->events, b->events);
    assert_int_equal(a->duration_ns, b->duration_ns);
    assert_int_equal(a->sim_ns, b->sim_ns);
    assert_int_equal(a->wall_ns, b->wall_ns);
    assert_int_equal(a->interval_ns, b->interval_ns);
    assert_int_equal(a->interrupted, b->interrupted);
    assert_int_equal(a->calls, b->calls);
    assert_int_equal(a->ok, b->ok);
    assert_int_equal(a->errors, b->errors);
    assert_int_equal(a->attempts, b->attempts);
    assert_int_equal(a->retries, b->retries);
    assert_int_equal(a->unfinished, b->unfinished);
    same_latency(&a->latency, &b->latency);
    assert_int_equal(a->endpoint_count, b->endpoint_count);
    assert_int_equal(a->client_count, b->client_count);
    for (size_t i = 0; i < a->endpoint_count; i++) {
        assert_string_equal(a->endpoint_names[i], b->endpoint_names[i]);
        assert_string_equal(a->endpoint_zones[i], b->endpoint_zones[i]);
    }
    same_phases(a, b);
    same_faults(a, b);
    same_judged(a, b);
    assert_int_equal(a->interval_count, b->interval_count);
    for (size_t i = 0; i < a->interval_count; i++) {
        assert_int_equal(a->interval_p99_ns[i], b->interval_p99_ns[i]);
        assert_int_equal(a->interval_ok[i], b->interval_ok[i]);
        assert_int_equal(a->interval_errors[i], b->interval_errors[i]);
    }
}

static void the_reader_finds_the_writers_results(void **state)
{
    const struct place *place = *state;
    char f1[] = "F1", other[] = "F9", success[] = "success", divert[] = "time_to_divert";
    struct ek_expectation expectations[3] = {
        {.metric = success, .phase = f1, .mark = EK_MARK_PUBLISHED, .line = 33},
        {.metric = divert, .name = f1},
        {.metric = success, .phase = other, .mark = EK_MARK_DERIVED},
    };
    expectations[0].min = json_string("99%");
    expectations[1].max = json_string("1s");
    expectations[2].min = json_string("99%");
    struct ek_recording_setup setup = made_setup();
    setup.path = place->path;
    setup.expectations = expectations;
    setup.expectation_count = 3;
    struct ek_recorder *r = ek_recorder_new(&setup);
    made_run(r);
    made_finish(r);
    for (size_t i = 0; i < 3; i++) {
        json_decref(expectations[i].min);
        json_decref(expectations[i].max);
    }

    char why[256] = "";
    struct ek_replay *replay = ek_replay_open(place->path, why, sizeof why);
    assert_string_equal(why, "");
    assert_non_null(replay);
    same_results(ek_recorder_results(r), ek_replay_results(replay));
    assert_string_equal(ek_replay_scenario_json(replay), setup.scenario_json);
    assert_int_equal(ek_replay_results(replay)->judged_count, 3);
    assert_int_equal(ek_replay_results(replay)->unknown, 1);
    ek_replay_close(replay);
    ek_recorder_free(r);
}

static int64_t number_of(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

static void the_views_answer(void **state)
{
    const struct place *place = *state;
    write_run(place->path);
    assert_int_equal(number_of(place->path, "SELECT percent * 100 FROM v_share WHERE phase = 'F1'"
                                            " AND endpoint = 'b1'"),
                     250);
    assert_int_equal(number_of(place->path, "SELECT recover_ms FROM v_failover"), 1000);
    assert_int_equal(number_of(place->path, "SELECT count(*) FROM v_failed_call"
                                            " WHERE status = 'UNAVAILABLE'"
                                            " AND last_endpoint = 'b1' AND attempts = 1"),
                     5);
    assert_int_equal(number_of(place->path, "SELECT count(*) FROM v_event"
                                            " WHERE kind = 'ejected' AND actor = 'c1'"
                                            " AND subject = 'b1'"),
                     1);
    assert_int_equal(number_of(place->path, "SELECT sum(calls) FROM phase_latency"
                                            " WHERE phase = 0"),
                     1000);
    assert_int_equal(number_of(place->path, "SELECT count(*) FROM meta WHERE key = 'fingerprint'"
                                            " AND length(value) = 16"),
                     1);
    assert_int_equal(number_of(place->path, "SELECT value = '18446744073709551615' FROM meta"
                                            " WHERE key = 'seed'"),
                     1);
}

static void an_existing_recording_is_replaced(void **state)
{
    const struct place *place = *state;
    write_run(place->path);
    write_run(place->path);
    assert_int_equal(empty_folder(place->folder), 1);
}

static void a_missing_folder_is_made(void **state)
{
    const struct place *place = *state;
    char path[256];
    snprintf(path, sizeof path, "%s/out/run.db", place->folder);
    write_run(path);
    assert_int_equal(access(path, R_OK), 0);
}

/* ---- failures of the writer ---- */

static void expect_failure(const char *path, const char *folder, const char *reason)
{
    char why[256];
    struct ek_recorder *r = recorder_at(path);
    made_run(r);
    assert_int_equal(finish(r, why, sizeof why), EK_EIO);
    if (strstr(why, reason) == NULL)
        fail_msg("%s", why);
    assert_null(strchr(why, '\n'));
    /* The results are there all the same. */
    assert_int_equal(ek_recorder_results(r)->calls, 1000);
    ek_recorder_free(r);
    if (folder != NULL)
        assert_int_equal(empty_folder(folder), 0);
}

static void two_missing_folders_are_an_error(void **state)
{
    const struct place *place = *state;
    char path[256];
    snprintf(path, sizeof path, "%s/a/b/run.db", place->folder);
    expect_failure(path, place->folder, "No such file or directory");
}

static void a_device_is_not_replaced(void **state)
{
    (void)state;
    expect_failure("/dev/null", NULL, "something that is not a file has this name");
}

static void an_empty_name_is_an_error(void **state)
{
    (void)state;
    expect_failure("", NULL, "it needs a name");
}

/* A limit on the size of files stands for a full disk. */
static void a_full_disk_leaves_nothing(void **state)
{
    const struct place *place = *state;
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    void (*old_handler)(int) = signal(SIGXFSZ, SIG_IGN);
    static const rlim_t sizes[] = {0, 4096, 20000, 60000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char why[256];
        struct ek_recorder *r = recorder_at(place->path);
        made_run(r);
        struct rlimit limit = {sizes[i], old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        enum ek_err err = finish(r, why, sizeof why);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_int_equal(err, EK_EIO);
        assert_non_null(strstr(why, "cannot write the recording"));
        assert_null(strchr(why, '\n'));
        assert_int_equal(ek_recorder_results(r)->errors, 5);
        ek_recorder_free(r);
        DIR *dir = opendir(place->folder);
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
            assert_int_equal(entry->d_name[0], '.');
        closedir(dir);
    }
    signal(SIGXFSZ, old_handler);
}

/* ---- failures of the reader ---- */

static void cannot_open(const char *path, const char *reason)
{
    char why[256] = "";
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    assert_null(replay);
    if (strstr(why, reason) == NULL)
        fail_msg("%s", why);
    assert_null(strchr(why, '\n'));
}

static void write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void what_is_no_recording_is_refused(void **state)
{
    const struct place *place = *state;
    static const char text[] =
        "{\"name\": \"this is a scenario, not a recording of one\"} and so on";
    cannot_open(place->path, "No such file or directory");
    cannot_open(place->folder, "it is not a file");
    write_bytes(place->path, text, 0);
    cannot_open(place->path, "it is empty");
    write_bytes(place->path, text, sizeof text);
    cannot_open(place->path, "it is not a recording");
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void another_database_is_refused(void **state)
{
    const struct place *place = *state;
    run_sql(place->path, "CREATE TABLE meta (key, value)");
    cannot_open(place->path, "it is not a recording");
}

static void a_newer_format_is_refused(void **state)
{
    const struct place *place = *state;
    write_run(place->path);
    run_sql(place->path, "PRAGMA user_version = 3");
    cannot_open(place->path, "its format 3 is newer than 2, which this program reads");
}

static void a_view_in_the_place_of_a_table_is_refused(void **state)
{
    const struct place *place = *state;
    write_run(place->path);
    run_sql(place->path, "DROP TABLE call; CREATE VIEW call AS WITH RECURSIVE c(id) AS"
                         " (SELECT 1 UNION ALL SELECT id + 1 FROM c) SELECT id FROM c");
    cannot_open(place->path, "a view where a table should be");
    run_sql(place->path, "DROP VIEW call");
    cannot_open(place->path, "no such table: call");
}

static size_t read_bytes(const char *path, unsigned char **out)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    size_t size = (size_t)status.st_size;
    *out = malloc(size);
    FILE *file = fopen(path, "rb");
    assert_int_equal(fread(*out, 1, size, file), size);
    fclose(file);
    return size;
}

static void half_a_file_is_damaged(void **state)
{
    const struct place *place = *state;
    write_run(place->path);
    unsigned char *bytes;
    size_t size = read_bytes(place->path, &bytes);
    for (size_t part = 1; part < 8; part++) {
        write_bytes(place->path, bytes, size * part / 8);
        cannot_open(place->path, "the recording is damaged");
    }
    free(bytes);
}

/* Whatever is in the file, the reader answers or refuses, and seeking does no harm. */
static void random_damage_does_no_harm(void **state)
{
    const struct place *place = *state;
    write_run(place->path);
    unsigned char *bytes;
    size_t size = read_bytes(place->path, &bytes);
    unsigned char *copy = malloc(size);
    uint64_t draws = 1;
    for (int round = 0; round < 300; round++) {
        memcpy(copy, bytes, size);
        for (int i = 0; i < 1 + round % 8; i++) {
            draws = draws * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            copy[(draws >> 20) % size] = (unsigned char)(draws >> 56);
        }
        write_bytes(place->path, copy, size);
        char why[256] = "", text[256];
        struct ek_replay *replay = ek_replay_open(place->path, why, sizeof why);
        assert_true((replay == NULL) == (why[0] != '\0'));
        if (replay == NULL)
            continue;
        size_t count;
        const struct ek_replay_event *events = ek_replay_events(replay, &count);
        for (size_t i = 0; i < count; i++)
            (void)ek_replay_event_text(replay, &events[i], text, sizeof text);
        (void)ek_replay_seek_event(replay, count);
        (void)ek_replay_seek_event(replay, count / 2);
        ek_replay_close(replay);
    }
    free(bytes);
    free(copy);
}

/* Values that a hand with sqlite3 could put there. */
static void absurd_values_are_tamed(void **state)
{
    const struct place *place = *state;
    write_run(place->path);
    run_sql(place->path,
            "UPDATE event SET actor = 4000000000, subject = 77, a = -9, b = 9223372036854775807;"
            "UPDATE event SET cause = id + 5; UPDATE event SET at_ns = -id;"
            "UPDATE attempt SET endpoint = 99, status = 500;"
            "UPDATE phase_endpoint SET endpoint = endpoint + 100;"
            "UPDATE endpoint SET name = 'a' || char(27) || '[31m' || char(10) || char(8238);"
            "INSERT INTO endpoint_interval VALUES (9, 1, 1, 1, 1, 1, 1, 1);");
    char why[256] = "", text[256];
    struct ek_replay *replay = ek_replay_open(place->path, why, sizeof why);
    assert_string_equal(why, "");
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    for (size_t i = 0; i < count; i++) {
        assert_true(events[i].cause < events[i].id);
        assert_true(events[i].actor == EK_NOBODY && events[i].subject == EK_NOBODY);
        assert_true(i == 0 || events[i].at_ns >= events[i - 1].at_ns);
        (void)ek_replay_event_text(replay, &events[i], text, sizeof text);
    }
    (void)ek_replay_seek_event(replay, count);
    assert_string_equal(ek_replay_endpoints(replay, &count)[0].name, "a?[31m????");
    ek_replay_close(replay);
}

int main(void)
{
#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        WITH_PLACE(the_reader_finds_the_writers_results),
        WITH_PLACE(the_views_answer),
        WITH_PLACE(an_existing_recording_is_replaced),
        WITH_PLACE(a_missing_folder_is_made),
        WITH_PLACE(two_missing_folders_are_an_error),
        WITH_PLACE(a_device_is_not_replaced),
        WITH_PLACE(an_empty_name_is_an_error),
        WITH_PLACE(a_full_disk_leaves_nothing),
        WITH_PLACE(what_is_no_recording_is_refused),
        WITH_PLACE(another_database_is_refused),
        WITH_PLACE(a_newer_format_is_refused),
        WITH_PLACE(a_view_in_the_place_of_a_table_is_refused),
        WITH_PLACE(half_a_file_is_damaged),
        WITH_PLACE(random_damage_does_no_harm),
        WITH_PLACE(absurd_values_are_tamed),
    };
    return cmocka_run_group_tests_name("reports/recording_file", tests, NULL, NULL);
}
