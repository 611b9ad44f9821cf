/* Writing a recorder's findings as a file. */
#include "evenkeel/status.h"
#include "reports/recording/recorder.h"
#include "reports/recording/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A database being written. After the first failure nothing more is done. */
struct writer {
    sqlite3 *db;
    sqlite3_stmt *statement;
    const struct ek_recorder *recorder;
    const struct ek_results *results;
    bool failed;
};

static bool check(struct writer *w, int rc, int wanted)
{
    w->failed = w->failed || rc != wanted;
    return !w->failed;
}

static void run_sql(struct writer *w, const char *sql)
{
    if (!w->failed)
        check(w, sqlite3_exec(w->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* Rows of one table follow; `table` with its "(?, ?, ...)". */
static void open_table(struct writer *w, const char *table)
{
    char sql[128];
    snprintf(sql, sizeof sql, "INSERT INTO %s", table);
    if (!w->failed)
        check(w, sqlite3_prepare_v2(w->db, sql, -1, &w->statement, NULL), SQLITE_OK);
}

static void close_table(struct writer *w)
{
    (void)sqlite3_finalize(w->statement); /* repeats the failure that `row` saw */
    w->statement = NULL;
}

/* One row. Columns without a letter are NULL. A letter per column: i an int64_t, n an int64_t that
 * is NULL when negative, z one that is NULL when 0, t a text, m a text that is NULL when its
 * pointer is. */
static void row(struct writer *w, const char *columns, ...)
{
    if (w->failed)
        return;
    va_list args;
    va_start(args, columns);
    for (int i = 0; columns[i] != '\0'; i++) {
        int rc;
        if (columns[i] == 't' || columns[i] == 'm') {
            const char *text = va_arg(args, const char *);
            rc = sqlite3_bind_text(w->statement, i + 1, text, -1, SQLITE_STATIC);
        } else {
            int64_t value = va_arg(args, int64_t);
            bool is_null = (columns[i] == 'n' && value < 0) || (columns[i] == 'z' && value == 0);
            rc = is_null ? sqlite3_bind_null(w->statement, i + 1)
                         : sqlite3_bind_int64(w->statement, i + 1, value);
        }
        check(w, rc, SQLITE_OK);
    }
    va_end(args);
    check(w, sqlite3_step(w->statement), SQLITE_DONE);
    check(w, sqlite3_reset(w->statement), SQLITE_OK);
    (void)sqlite3_clear_bindings(w->statement); /* always SQLITE_OK */
}

static int64_t id_or_none(uint32_t id)
{
    return id == EK_NOBODY ? -1 : (int64_t)id;
}

/* ---- the tables ---- */

static void meta_number(struct writer *w, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    row(w, "tt", key, text);
}

static void write_meta(struct writer *w)
{
    const struct ek_results *results = w->results;
    const struct ek_recording_setup *setup = &w->recorder->setup;
    char fingerprint[24];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, results->fingerprint);
    open_table(w, "meta VALUES (?, ?)");
    row(w, "tt", "scenario", results->scenario);
    row(w, "tt", "description", results->description);
    row(w, "tt", "watch", results->watch);
    row(w, "tt", "policy", results->policy);
    row(w, "tt", "command", results->command);
    row(w, "tt", "scenario_path", setup->scenario_path);
    row(w, "tt", "scenario_json", setup->scenario_json);
    row(w, "tt", "fingerprint", fingerprint);
    row(w, "tt", "interrupted", results->interrupted ? "1" : "0");
    if (results->under_way)
        row(w, "tt", "under_way", "1");
    meta_number(w, "seed", results->seed);
    meta_number(w, "engine_events", results->events);
    meta_number(w, "duration_ns", (uint64_t)results->duration_ns);
    meta_number(w, "interval_ns", (uint64_t)results->interval_ns);
    meta_number(w, "sim_ns", (uint64_t)results->sim_ns);
    meta_number(w, "wall_ns", (uint64_t)results->wall_ns);
    meta_number(w, "events_total", w->recorder->records.last_id);
    meta_number(w, "events_kept", w->recorder->records.count);
    meta_number(w, "call_sample_every", w->recorder->calls.every);
    close_table(w);

    open_table(w, "source VALUES (?, ?)");
    for (size_t i = 0; i < setup->source_count; i++)
        row(w, "it", (int64_t)i + 1, setup->source[i]);
    close_table(w);

    open_table(w, "status VALUES (?, ?)");
#define STATUS(name, number) row(w, "it", (int64_t)number, #name);
    EK_STATUS_LIST(STATUS)
#undef STATUS
    close_table(w);
}

static void write_names(struct writer *w)
{
    const struct ek_recording_setup *setup = &w->recorder->setup;
    open_table(w, "endpoint VALUES (?, ?, ?, ?)");
    for (size_t i = 0; i < setup->endpoint_count; i++)
        row(w, "ittt", (int64_t)i, setup->endpoints[i].name, setup->endpoints[i].zone,
            setup->endpoints[i].address);
    close_table(w);
    open_table(w, "client VALUES (?, ?, ?, ?, ?)");
    for (size_t i = 0; i < setup->client_count; i++)
        row(w, "itttt", (int64_t)i, setup->clients[i].name, setup->clients[i].zone,
            setup->clients[i].policy, setup->clients[i].score_unit);
    close_table(w);
}

static void write_faults(struct writer *w)
{
    const struct ek_recording_setup *setup = &w->recorder->setup;
    open_table(w, "fault VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < setup->fault_count; i++) {
        const struct ek_failover *f = &w->results->faults[i];
        row(w, "itttiiiinnnizz", (int64_t)i, f->id, f->kind, f->target, f->start_ns, f->end_ns,
            (int64_t)setup->faults[i].is_registry, (int64_t)setup->faults[i].line, f->detect_ns,
            f->divert_ns, f->recover_ns, (int64_t)f->errors, (int64_t)f->first_record,
            (int64_t)f->detect_record);
    }
    close_table(w);
    open_table(w, "fault_endpoint VALUES (?, ?) ON CONFLICT DO NOTHING");
    for (size_t i = 0; i < setup->fault_count; i++)
        for (size_t j = 0; j < setup->faults[i].endpoint_count; j++)
            row(w, "ii", (int64_t)i, (int64_t)setup->faults[i].endpoints[j]);
    close_table(w);
}

static void write_phase_latency(struct writer *w, size_t i)
{
    const struct ek_phase *phase = &w->results->phases[i];
    bool is_open = strcmp(phase->name, "all") == 0 || strcmp(phase->name, "after") == 0;
    struct ek__tally tally;
    if (!ek__recorder_window(w->recorder, phase->start_ns, is_open ? INT64_MAX : phase->end_ns,
                             &tally))
        w->failed = true;
    size_t position = 0;
    struct ek__bucket bucket;
    while (!w->failed && ek__histogram_next(&tally.latency, &position, &bucket))
        row(w, "iiii", (int64_t)i, bucket.low, bucket.high, (int64_t)bucket.count);
    ek__tally_deinit(&tally);
}

static void write_phases(struct writer *w)
{
    const struct ek_results *results = w->results;
    open_table(w, "phase VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < results->phase_count; i++) {
        const struct ek_phase *p = &results->phases[i];
        row(w, "itiiiiiiiiiiiiiiii", (int64_t)i, p->name, p->start_ns, p->end_ns, (int64_t)p->calls,
            (int64_t)p->ok, (int64_t)p->errors, (int64_t)p->attempts, (int64_t)p->retries,
            (int64_t)p->latency.count, p->latency.p50_ns, p->latency.p90_ns, p->latency.p99_ns,
            p->latency.p999_ns, p->latency.max_ns, p->latency.mean_ns, p->jain_ppm, p->cv_ppm);
    }
    close_table(w);
    open_table(w, "phase_endpoint VALUES (?, ?, ?)");
    for (size_t i = 0; i < results->phase_count; i++)
        for (size_t e = 0; e < results->endpoint_count; e++)
            row(w, "iii", (int64_t)i, (int64_t)e, (int64_t)results->phases[i].endpoint_attempts[e]);
    close_table(w);
    open_table(w, "phase_latency VALUES (?, ?, ?, ?)");
    for (size_t i = 0; i < results->phase_count; i++)
        write_phase_latency(w, i);
    close_table(w);
}

static void write_batches(struct writer *w)
{
    const struct ek_results *results = w->results;
    open_table(w, "batch VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < results->batch_count; i++) {
        const struct ek_batch_counts *b = &results->batches[i];
        row(w, "itiiiiii", (int64_t)i, results->batch_phase, b->start_ns, b->end_ns,
            (int64_t)b->calls, (int64_t)b->errors, b->mean_ns, b->p99_ns);
    }
    close_table(w);
}

static void write_expectations(struct writer *w)
{
    static const char *const verdicts[] = {"pass", "fail", "unknown"};
    static const char *const units[] = {"count", "share", "duration", "ratio"};
    static const char *const marks[] = {"choice", "published", "recomputed", "derived"};
    open_table(w, "expectation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < w->results->judged_count; i++) {
        const struct ek_judged *j = &w->results->judged[i];
        /* A value may be negative, so NULL is not told by the sign. */
        row(w, j->has_value ? "itttttttitttii" : "itttttttztttii", (int64_t)i, j->name, j->text,
            j->metric, j->phase, verdicts[j->verdict], units[j->unit],
            marks[(unsigned)j->mark < 4 ? j->mark : 0], j->has_value ? j->value : 0, j->value_text,
            j->limit_text, j->problem, (int64_t)j->samples, (int64_t)j->line);
    }
    close_table(w);
}

static void write_events(struct writer *w)
{
    const struct ek__records *records = &w->recorder->records;
    open_table(w, "event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < records->count; i++) {
        const struct ek__kept_record *k = &records->items[i];
        row(w, "iitnnziim", (int64_t)k->id, k->at_ns, ek_record_word((enum ek_record_kind)k->kind),
            id_or_none(k->actor), id_or_none(k->subject), (int64_t)k->cause, k->a, k->b, k->text);
    }
    close_table(w);
}

static void write_intervals(struct writer *w)
{
    const struct ek_recorder *r = w->recorder;
    open_table(w, "interval VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < r->interval_count; i++) {
        const struct ek_interval *c = &r->intervals[i];
        row(w, "iiiiiiinnn", (int64_t)i, (int64_t)i * r->setup.interval_ns, (int64_t)c->started,
            (int64_t)c->ok, (int64_t)c->errors, (int64_t)c->attempts, (int64_t)c->retries,
            c->p50_ns, c->p99_ns, c->max_ns);
    }
    close_table(w);
    open_table(w, "endpoint_interval VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    for (size_t e = 0; e < r->setup.endpoint_count; e++) {
        for (size_t i = 0; i < r->interval_count; i++) {
            const struct ek__endpoint_counts *c =
                &r->endpoint_intervals[i * r->setup.endpoint_count + e];
            if (c->attempts + c->ok + c->errors + c->busy_max + c->queued_max == 0)
                continue;
            row(w, "iiiiiiin", (int64_t)e, (int64_t)i, (int64_t)c->attempts, (int64_t)c->ok,
                (int64_t)c->errors, (int64_t)c->busy_max, (int64_t)c->queued_max, c->p99_ns);
        }
    }
    close_table(w);
}

static void write_calls(struct writer *w)
{
    size_t count = 0;
    struct ek_recorded_call *calls = ek__calls_sorted(&w->recorder->calls, &count);
    if (calls == NULL) {
        w->failed = true;
        return;
    }
    open_table(w, "call VALUES (?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < count; i++)
        row(w, "iiiiiz", (int64_t)calls[i].number, (int64_t)calls[i].client, calls[i].planned_ns,
            calls[i].end_ns, (int64_t)calls[i].status, (int64_t)calls[i].cause);
    close_table(w);
    open_table(w, "attempt VALUES (?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < calls[i].attempt_count; j++) {
            const struct ek_recorded_attempt *a = &calls[i].attempts[j];
            row(w, "iiniii", (int64_t)calls[i].number, (int64_t)j + 1, id_or_none(a->endpoint),
                (int64_t)a->status, a->start_ns, a->end_ns);
        }
    }
    close_table(w);
    free(calls);
}

static void write_inside(struct writer *w)
{
    const struct ek__inside *inside = &w->recorder->inside;
    open_table(w, "policy VALUES (?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < inside->holding_count; i++) {
        const struct ek_recorded_holding *h = &inside->holdings[i];
        row(w, h->has_score ? "iiiiii" : "iiiii", h->at_ns, (int64_t)h->client,
            (int64_t)h->endpoint, (int64_t)h->weight, (int64_t)h->in_flight, h->score);
    }
    close_table(w);
    open_table(w, "books VALUES (?, ?, ?, ?, ?)");
    for (size_t i = 0; i < inside->books_count; i++) {
        const struct ek_recorded_books *b = &inside->books[i];
        row(w, b->retry_tokens_max > 0 ? "iiiii" : "iizzi", b->at_ns, (int64_t)b->client,
            b->retry_tokens_max > 0 ? b->retry_tokens : 0, b->retry_tokens_max,
            (int64_t)b->panic_picks);
    }
    close_table(w);
    open_table(w, "pick VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < inside->candidate_count; i++) {
        const struct ek_recorded_candidate *c = &inside->candidates[i];
        row(w, c->has_score ? "iiitiiii" : "iiitiii", (int64_t)c->call, (int64_t)c->attempt,
            (int64_t)c->endpoint, c->fitness, (int64_t)c->is_chosen, (int64_t)c->weight,
            (int64_t)c->in_flight, c->score);
    }
    close_table(w);
}

static void write_all(struct writer *w)
{
    char sql[128];
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             EK_RECORDING_APPLICATION_ID, EK_RECORDING_FORMAT);
    run_sql(w, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
               "PRAGMA locking_mode = EXCLUSIVE;");
    run_sql(w, sql);
    run_sql(w, "BEGIN");
    for (size_t i = 0; ek__recording_schema[i] != NULL; i++)
        run_sql(w, ek__recording_schema[i]);
    write_meta(w);
    write_names(w);
    write_faults(w);
    write_phases(w);
    write_batches(w);
    write_expectations(w);
    write_events(w);
    write_intervals(w);
    write_calls(w);
    write_inside(w);
    run_sql(w, "COMMIT");
}

/* ---- the file ---- */

static enum ek_err fail(const char *path, const char *reason, char *why, size_t why_size)
{
    snprintf(why, why_size, "cannot write the recording %s: %s", path, reason);
    return EK_EIO;
}

/* Makes the folder of `path` when it is missing. */
static bool make_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return true;
    size_t length = (size_t)(slash - path);
    char *folder = malloc(length + 1);
    if (folder == NULL)
        return false;
    memcpy(folder, path, length);
    folder[length] = '\0';
    bool ok = mkdir(folder, 0777) == 0 || errno == EEXIST;
    int saved = errno;
    free(folder);
    errno = saved;
    return ok;
}

static bool flush_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    int saved = errno;
    if (close(fd) != 0 && ok)
        return false;
    errno = saved;
    return ok;
}

/* Fills the database at `aside`; on failure the reason goes to `reason`. */
static bool write_database(const struct ek_recorder *r, const char *aside, char *reason,
                           size_t reason_size)
{
    struct writer w = {.recorder = r, .results = &r->results};
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_PRIVATECACHE;
    check(&w, sqlite3_open_v2(aside, &w.db, flags, NULL), SQLITE_OK);
    write_all(&w);
    if (w.failed) {
        int code = w.db != NULL ? sqlite3_system_errno(w.db) : 0;
        snprintf(reason, reason_size, "%s", code != 0 ? strerror(code) : sqlite3_errmsg(w.db));
    }
    if (sqlite3_close(w.db) != SQLITE_OK && !w.failed) {
        snprintf(reason, reason_size, "it cannot be closed");
        w.failed = true;
    }
    return !w.failed;
}

enum ek_err ek__recording_write(const struct ek_recorder *r, char *why, size_t why_size)
{
    const char *path = r->setup.path;
    struct stat status;
    if (path[0] == '\0')
        return fail("''", "it needs a name", why, why_size);
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return fail(path, "something that is not a file has this name", why, why_size);
    if (!make_folder(path))
        return fail(path, strerror(errno), why, why_size);
    size_t size = strlen(path) + 32;
    char *aside = malloc(size);
    if (aside == NULL)
        return EK_ENOMEM;
    snprintf(aside, size, "%s.%ld.part", path, (long)getpid());
    (void)unlink(aside); /* of an earlier process with this number, if any */

    char reason[256] = "";
    bool ok = write_database(r, aside, reason, sizeof reason);
    if (ok && (!flush_file(aside) || rename(aside, path) != 0)) {
        snprintf(reason, sizeof reason, "%s", strerror(errno));
        ok = false;
    }
    enum ek_err err = EK_OK;
    if (!ok) {
        (void)unlink(aside);
        err = fail(path, reason, why, why_size);
    }
    free(aside);
    return err;
}
