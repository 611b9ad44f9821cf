/* The series and events that the scripts of the page draw. */
#include "reports/html/report.h"

#include "reports/html/pack.h"
#include "reports/html/write.h"
#include "reports/text/render_text.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    CELLS_MAX = 1500000,  /* endpoints times intervals; more endpoints than that allows stay out */
    EACH_EVENT_MAX = 1500 /* of one kind; what the table shows is always there */
};

/* ---- series ---- */

static int32_t microseconds(int64_t ns)
{
    return ns < 0 ? -1 : ek__pack_number((ns + 500) / 1000);
}

/* In the order that report.js knows. */
static void pack_intervals(struct ek__pack *pack, const struct ek__run *run)
{
    enum {
        COLUMNS = 10
    };
    for (int c = 0; c < COLUMNS; c++) {
        int32_t *column = ek__pack_column(pack);
        for (size_t i = 0; column != NULL && i < pack->rows; i++) {
            const struct ek_interval *interval = &run->intervals[i];
            const int32_t values[COLUMNS] = {
                ek__pack_number((int64_t)interval->ok),
                ek__pack_number((int64_t)interval->errors),
                ek__pack_number((int64_t)interval->attempts),
                ek__pack_number((int64_t)interval->retries),
                microseconds(interval->p50_ns),
                microseconds(interval->p99_ns),
                ek__pack_number(run->in_flight[i]),
                ek__pack_number(run->registry_index[i]),
                ek__pack_number(run->client_index[i]),
                ek__pack_number(run->behind_ns[i] / 1000000),
            };
            column[i] = values[c];
        }
        ek__pack_close(pack);
    }
}

static void pack_states(struct ek__pack *pack, const struct ek__run *run)
{
    for (int f = 0; f < EK__FITNESS_COUNT; f++) {
        int32_t *column = ek__pack_column(pack);
        for (size_t i = 0; column != NULL && i < pack->rows; i++) {
            column[i] = 0;
            for (size_t e = 0; e < run->endpoint_count; e++)
                column[i] += run->fitness[e * run->interval_count + i] == f;
        }
        ek__pack_close(pack);
    }
}

static void pack_endpoint(struct ek__pack *pack, const struct ek__run *run, uint32_t endpoint)
{
    const struct ek_endpoint_interval *own = ek_replay_endpoint_intervals(run->replay, endpoint);
    for (int c = 0; c < 3; c++) {
        int32_t *column = ek__pack_column(pack);
        for (size_t i = 0; column != NULL && i < pack->rows; i++)
            column[i] = c == 0   ? ek__pack_number((int64_t)own[i].attempts)
                        : c == 1 ? ek__pack_number((int64_t)own[i].errors)
                                 : run->fitness[endpoint * run->interval_count + i];
        ek__pack_close(pack);
    }
}

static size_t rows_with_cells(const struct ek__run *run)
{
    size_t room = run->interval_count > 0 ? CELLS_MAX / run->interval_count : 0;
    return run->row_count < room ? run->row_count : room;
}

static bool put_series(const struct ek__run *run, FILE *out)
{
    struct ek__pack pack;
    ek__pack_init(&pack, run->interval_count);
    pack_intervals(&pack, run);
    pack_states(&pack, run);
    for (size_t r = 0; r < rows_with_cells(run); r++)
        pack_endpoint(&pack, run, run->rows[r]);
    bool is_good = ek__pack_write(&pack, out);
    ek__pack_deinit(&pack);
    return is_good;
}

/* ---- events ---- */

/* Lines of "id TAB microseconds TAB kind TAB fault TAB text". */
static char *event_lines(const struct ek__run *run, size_t *size)
{
    char *lines = NULL;
    FILE *file = open_memstream(&lines, size);
    size_t each[EK_RECORD_COUNT] = {0};
    if (file == NULL)
        return NULL;
    uint8_t *shown = calloc(run->event_count + 1, 1);
    if (shown != NULL)
        ek__events_choose(run, shown);
    for (size_t i = 0; i < run->event_count; i++) {
        const struct ek_replay_event *event = &run->events[i];
        char text[400];
        bool is_shown = shown != NULL && shown[i];
        if (each[event->kind]++ >= EACH_EVENT_MAX && !is_shown)
            continue;
        ek_replay_event_text(run->replay, event, text, sizeof text);
        fprintf(file, "%" PRIu64 "\t%" PRId64 "\t%s\t", event->id, event->at_ns / 1000,
                ek_record_word(event->kind));
        if (run->root[i] < run->results->fault_count)
            fprintf(file, "%" PRIu32, run->root[i]);
        fputc('\t', file);
        for (const char *p = text; *p != '\0'; p++)
            fputc(*p == '\t' || *p == '\n' || *p == '\r' ? ' ' : *p, file);
        fputc('\n', file);
    }
    free(shown);
    bool is_good = fclose(file) == 0;
    if (!is_good) {
        free(lines);
        lines = NULL;
    }
    return lines;
}

static bool put_events(const struct ek__run *run, FILE *out)
{
    size_t size = 0;
    char *lines = event_lines(run, &size);
    bool is_good = lines != NULL && ek__pack_bytes((const uint8_t *)lines, size, out);
    free(lines);
    return is_good;
}

/* ---- the whole ---- */

static void put_names(const struct ek__run *run, FILE *out)
{
    fputs("\"endpoints\":[", out);
    for (size_t r = 0; r < rows_with_cells(run); r++) {
        fputs(r > 0 ? ",[" : "[", out);
        ek__html_json_string(out, run->endpoints[run->rows[r]].name);
        fputc(',', out);
        ek__html_json_string(out, run->endpoints[run->rows[r]].zone);
        fputc(']', out);
    }
    fputs("],\n\"faults\":[", out);
    for (size_t f = 0; f < run->results->fault_count; f++) {
        const struct ek_failover *fault = &run->results->faults[f];
        char what[300];
        ek__fault_text(fault, what, sizeof what);
        fprintf(out, "%s{\"id\":", f > 0 ? "," : "");
        ek__html_json_string(out, fault->id);
        fputs(",\"what\":", out);
        ek__html_json_string(out, what);
        fprintf(out, ",\"from\":%" PRId64 ",\"to\":%" PRId64 "}", fault->start_ns / 1000,
                fault->end_ns / 1000);
    }
    fputs("],\n", out);
}

static bool put_run(const struct ek__run *run, FILE *out)
{
    fprintf(out, "{\"letter\":\"%s\",\"label\":", run->letter);
    ek__html_json_string(out, run->label);
    fputs(",\"scenario\":", out);
    ek__html_json_string(out, run->results->scenario);
    fprintf(out,
            ",\"interval\":%" PRId64 ",\"end\":%" PRId64 ",\"load\":%" PRId64
            ",\"total\":%zu,\"hasRegistry\":%s,"
            "\"eventCount\":%zu,\n",
            run->results->interval_ns / 1000, run->end_ns / 1000,
            ek__simulated_ns(run->results) / 1000, run->endpoint_count,
            run->has_registry ? "true" : "false", run->event_count);
    put_names(run, out);
    fputs("\"series\":", out);
    bool is_good = put_series(run, out);
    fputs(",\n\"events\":", out);
    is_good = put_events(run, out) && is_good;
    fputs("}\n", out);
    return is_good;
}

bool ek__report_data(const struct ek__report *report, FILE *out)
{
    bool is_good = true;
    fprintf(out, "{\"end\":%" PRId64 ",\"runs\":[\n", report->end_ns / 1000);
    for (size_t i = 0; i < report->run_count; i++) {
        if (i > 0)
            fputc(',', out);
        is_good = put_run(&report->runs[i], out) && is_good;
    }
    fputs("]}\n", out);
    return is_good;
}
