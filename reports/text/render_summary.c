#include "reports/text/render.h"

#include "reports/text/render_share.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    LABEL_COLUMN = 2,
    VALUE_COLUMN = 13
};

/* ---- head ---- */

/* A part of a list on one line; the line breaks where it does not fit. */
static void put_item(struct ek__line *line, enum ek__style style, const char *text, int indent)
{
    int gap = indent > LABEL_COLUMN ? 2 : 3;
    if (line->column > indent && line->column + gap + ek__width(text) > line->render->columns)
        ek__end(line);
    if (line->column > indent)
        ek__tab(line, line->column + gap);
    ek__tab(line, line->column < indent ? indent : line->column);
    ek__put(line, style, text);
}

static void put_head(struct ek__line *line, const struct ek_results *r)
{
    char text[200];
    ek__put(line, EK__BOLD, r->scenario);
    snprintf(text, sizeof text, "seed %" PRIu64, r->seed);
    put_item(line, EK__PLAIN, text, 2);
    put_item(line, EK__BOLD, r->policy, 2);
    snprintf(text, sizeof text, "%s, %s", ek__counted(r->endpoint_count, "endpoint").s,
             ek__counted(r->client_count, "client").s);
    put_item(line, EK__PLAIN, text, 2);
    snprintf(text, sizeof text, "%s in %s", ek__instant(ek__simulated_ns(r)).s,
             ek__duration(r->wall_ns).s);
    put_item(line, EK__PLAIN, text, 2);
    snprintf(text, sizeof text, "fingerprint %016" PRIx64, r->fingerprint);
    put_item(line, EK__DIM, text, 2);
    ek__end(line);
    if (r->interrupted) {
        snprintf(text, sizeof text, "interrupted at %s of %s: everything below is of that part",
                 ek__instant(r->sim_ns).s, ek__instant(r->duration_ns).s);
        ek__tab(line, LABEL_COLUMN);
        ek__put(line, EK__BAD, text);
        ek__end(line);
    }
    if (r->watch != NULL && r->watch[0] != '\0') {
        ek__tab(line, LABEL_COLUMN);
        ek__put(line, EK__BOLD, "watch for: ");
        ek__put_wrapped(line, EK__PLAIN, r->watch, LABEL_COLUMN, line->render->columns);
        ek__end(line);
    }
}

/* ---- expectations ---- */

static int widest(int width, const char *text)
{
    int own = ek__width(text);
    return own > width ? own : width;
}

/* Where the columns of the expectations begin. */
struct judged_columns {
    int text_width, value_width, samples_width;
    int samples, mark;
};

static bool has_name(const struct ek_judged *judged)
{
    return judged->name != NULL && judged->name[0] != '\0';
}

/* The name has a line of its own when it does not fit before the claim. */
static const char *first_text(const struct ek_judged *judged, int room, char *out, size_t size)
{
    ek__judged_text(judged, out, size);
    return ek__width(out) > room && has_name(judged) ? ek__clean(judged->name, out, size) : out;
}

static struct judged_columns measure_judged(const struct ek_results *r, int columns)
{
    struct judged_columns c = {0};
    int mark_width = 0;
    for (size_t i = 0; i < r->judged_count; i++) {
        const struct ek_judged *judged = &r->judged[i];
        c.value_width = widest(c.value_width, ek__judged_value(judged));
        mark_width = widest(mark_width, ek__mark_word(judged->mark));
        if (judged->samples > 0)
            c.samples_width = widest(c.samples_width, ek__count(judged->samples).s);
    }
    int samples = c.samples_width > 0 ? 6 + c.samples_width : 0;
    int room = columns - 6 - c.value_width - samples - (mark_width > 0 ? 2 + mark_width : 0);
    room = room < 16 ? 16 : room;
    for (size_t i = 0; i < r->judged_count; i++) {
        char text[512];
        c.text_width = widest(c.text_width, first_text(&r->judged[i], room, text, sizeof text));
    }
    c.text_width = c.text_width > room ? room : c.text_width;
    c.samples = 4 + c.text_width + 2 + c.value_width + 2;
    c.mark = c.samples + samples;
    return c;
}

/* More of an expectation, below its first line. */
static void put_more(struct ek__line *line, enum ek__style style, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    ek__tab(line, 4);
    ek__put_wrapped(line, style, text, 4, line->render->columns);
    ek__end(line);
}

static void put_judged(struct ek__line *line, const struct ek_judged *judged,
                       const struct judged_columns *c)
{
    enum ek__style style = ek__verdict_style(judged->verdict);
    char whole[512], first[512], more[512];
    ek__judged_text(judged, whole, sizeof whole);
    bool is_whole = strcmp(first_text(judged, c->text_width, first, sizeof first), whole) == 0;
    size_t bytes = ek__fit_words(first, c->text_width);
    snprintf(more, sizeof more, "%s", first + bytes + strspn(first + bytes, " "));
    first[bytes] = '\0';
    ek__tab(line, LABEL_COLUMN);
    ek__put(line, style, ek__verdict_mark(judged->verdict, line->render->unicode));
    ek__tab(line, 4);
    ek__put(line, EK__PLAIN, first);
    ek__tab(line, 4 + c->text_width + 2);
    ek__put_right(line, style, ek__judged_value(judged), c->value_width);
    if (judged->samples > 0) {
        ek__tab(line, c->samples);
        ek__put(line, EK__DIM, "n = ");
        ek__put_right(line, EK__DIM, ek__count(judged->samples).s, c->samples_width);
    }
    ek__tab(line, c->mark);
    ek__put(line, EK__DIM, ek__mark_word(judged->mark));
    ek__end(line);
    put_more(line, EK__PLAIN, more);
    put_more(line, EK__DIM, is_whole ? NULL : judged->text);
    put_more(line, style, judged->problem);
}

/* ---- calls and latency ---- */

static void put_label(struct ek__line *line, const char *label)
{
    ek__tab(line, LABEL_COLUMN);
    ek__put(line, EK__BOLD, label);
    ek__tab(line, VALUE_COLUMN);
}

static void put_pair(struct ek__line *line, const char *name, const char *value)
{
    char text[96];
    snprintf(text, sizeof text, name[0] != '\0' ? "%s %s" : "%s%s", name, value);
    put_item(line, EK__PLAIN, text, VALUE_COLUMN);
}

static void put_calls(struct ek__line *line, const struct ek_results *r)
{
    ek__end(line);
    put_label(line, "calls");
    put_pair(line, "", ek__count(r->calls).s);
    put_pair(line, "ok", ek__count(r->ok).s);
    put_pair(line, "errors", ek__count(r->errors).s);
    if (r->unfinished > 0)
        put_pair(line, "unfinished", ek__count(r->unfinished).s);
    put_pair(line, "success", ek__share(r->ok, r->ok + r->errors, 2).s);
    ek__end(line);
    put_label(line, "attempts");
    put_pair(line, "", ek__count(r->attempts).s);
    put_pair(line, "retries", ek__count(r->retries).s);
    put_pair(line, "amplification", r->calls > 0 ? ek__decimal(r->attempts, r->calls, 2).s : "-");
    ek__end(line);
    put_label(line, "latency");
    if (r->latency.count > 0) {
        put_pair(line, "p50", ek__duration(r->latency.p50_ns).s);
        put_pair(line, "p90", ek__duration(r->latency.p90_ns).s);
        put_pair(line, "p99", ek__duration(r->latency.p99_ns).s);
        put_pair(line, "p99.9", ek__duration(r->latency.p999_ns).s);
        put_pair(line, "max", ek__duration(r->latency.max_ns).s);
        ek__end(line);
        ek__tab(line, VALUE_COLUMN);
    }
    char text[96];
    snprintf(text, sizeof text, "of %s, from the planned send time",
             ek__counted(r->latency.count, "finished call").s);
    ek__put(line, EK__DIM, text);
    ek__end(line);
}

/* ---- faults ---- */

static const char *time_or(int64_t ns, const char *otherwise, struct ek__text *text)
{
    if (ns < 0)
        return otherwise;
    *text = ek__duration(ns);
    return text->s;
}

static void put_failover(struct ek__line *line, const struct ek_results *r)
{
    if (r->fault_count == 0)
        return;
    ek__put_heading(line, "failover", "counted from the fault's start; back from its end");
    int right = line->render->columns > 80 ? 80 : line->render->columns;
    int column[4] = {right - 37, right - 27, right - 17, right - 7};
    static const char *const heads[4] = {"noticed", "moved", "back", "errors"};
    ek__tab(line, LABEL_COLUMN);
    ek__put(line, EK__DIM, "fault");
    for (int i = 0; i < 4; i++) {
        ek__tab(line, column[i]);
        ek__put_right(line, EK__DIM, heads[i], i < 3 ? 8 : 7);
    }
    ek__end(line);
    for (size_t i = 0; i < r->fault_count; i++) {
        const struct ek_failover *f = &r->faults[i];
        bool has_left = f->divert_ns >= 0;
        struct ek__text times[3];
        const char *cells[3] = {
            time_or(f->detect_ns, "never", &times[0]),
            time_or(f->divert_ns, f->endpoint_count > 0 ? "never" : "-", &times[1]),
            time_or(has_left ? f->recover_ns : -1,
                    has_left && f->end_ns < r->duration_ns ? "never" : "-", &times[2])};
        char text[256];
        size_t bytes = ek__fit_words(ek__fault_text(f, text, sizeof text), column[0] - 11 - 1);
        ek__tab(line, LABEL_COLUMN);
        ek__put(line, EK__FAULT, f->id);
        ek__tab(line, 11);
        char first[256];
        snprintf(first, sizeof first, "%.*s", (int)bytes, text);
        ek__put(line, EK__PLAIN, first);
        for (int k = 0; k < 3; k++) {
            ek__tab(line, column[k]);
            ek__put_right(line, EK__PLAIN, cells[k], 8);
        }
        ek__tab(line, column[3]);
        ek__put_right(line, EK__PLAIN, ek__count(f->errors).s, 7);
        ek__end(line);
    }
}

/* ---- over time ---- */

static void put_time_row(struct ek__line *line, const char *label, const struct ek__series *series,
                         int width, const char *range)
{
    put_label(line, label);
    ek__put_series(line, EK__PLAIN, series, width);
    ek__tab(line, VALUE_COLUMN + width + 2);
    ek__put(line, EK__DIM, range);
    ek__end(line);
}

static void put_over_time(struct ek__line *line, const struct ek_results *r)
{
    if (r->interval_count < 2)
        return;
    int64_t *errors = calloc(r->interval_count, sizeof *errors);
    if (errors == NULL)
        return;
    int width = ek__series_width(r->interval_count, line->render->columns - VALUE_COLUMN - 23);
    char range[160];
    ek__end(line);
    struct ek__series p99 = {.values = r->interval_p99_ns, .count = r->interval_count};
    ek__series_scale(&p99);
    snprintf(range, sizeof range, "%s to %s", ek__duration(p99.low).s, ek__duration(p99.high).s);
    put_time_row(line, "p99", &p99, width, range);
    for (size_t i = 0; i < r->interval_count; i++)
        errors[i] = r->interval_errors[i] < INT64_MAX ? (int64_t)r->interval_errors[i] : INT64_MAX;
    struct ek__series failed = {.values = errors, .count = r->interval_count};
    ek__series_scale(&failed);
    failed.low = 0;
    snprintf(range, sizeof range, "0 to %s in %s", ek__count((uint64_t)failed.high).s,
             ek__duration(r->interval_ns).s);
    put_time_row(line, "errors", &failed, width, failed.high > 0 ? range : "none");
    ek__put_faults(line, r, VALUE_COLUMN, width);
    free(errors);
}

/* ---- what next ---- */

static void put_command(struct ek__line *line, const char *label, const char *before,
                        const char *word, const char *after)
{
    char quoted[1024];
    put_label(line, label);
    ek__put_whole(line, before);
    ek__put_whole(line, ek__shell_word(word, quoted, sizeof quoted));
    ek__put_whole(line, after);
    ek__end(line);
}

static void put_next(struct ek__line *line, const struct ek_results *r)
{
    const char *path = r->recording_path;
    ek__end(line);
    if (path != NULL && path[0] != '\0') {
        put_label(line, "recording");
        ek__put_whole(line, path);
        ek__end(line);
        put_command(line, "look", "evenkeel tui ", path, "");
        put_command(line, "", "evenkeel graph topology ", path, " -T svg -o topology.svg");
    }
    put_command(line, "compare", "evenkeel compare ", r->scenario,
                " --policy round_robin,p2c,peak_ewma");
    if (r->command != NULL && r->command[0] != '\0') {
        put_label(line, "again");
        ek__put_whole(line, r->command);
        ek__end(line);
    }
}

void ek_render_summary(const struct ek_results *results, const struct ek_render *render, FILE *out)
{
    struct ek__line line = {.out = out, .render = render};
    put_head(&line, results);
    struct judged_columns columns = measure_judged(results, render->columns);
    for (size_t i = 0; i < results->judged_count; i++)
        put_judged(&line, &results->judged[i], &columns);
    put_calls(&line, results);
    ek__put_shares(&line, results);
    put_failover(&line, results);
    put_over_time(&line, results);
    put_next(&line, results);
    ek__put_verdict(&line, results->passed, results->failed, results->unknown);
    ek__end(&line);
}
