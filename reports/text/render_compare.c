#include "reports/text/render.h"

#include "reports/text/render_between.h"
#include "reports/text/render_share.h"

#include <inttypes.h>

/* ---- what the scenario's source says ---- */

static bool is_marked(const struct ek_judged *judged)
{
    return judged->mark == EK_MARK_PUBLISHED || judged->mark == EK_MARK_RECOMPUTED;
}

struct ek__reproduced ek__reproduced(const struct ek_results *const *results, size_t count)
{
    struct ek__reproduced out = {0, 0};
    for (size_t i = 0; i < count; i++) {
        size_t marked = 0, hold = 0;
        for (size_t k = 0; k < results[i]->judged_count; k++) {
            const struct ek_judged *judged = &results[i]->judged[k];
            marked += is_marked(judged);
            hold += is_marked(judged) && judged->verdict == EK_VERDICT_PASS;
        }
        out.of += marked > 0;
        out.hold += marked > 0 && hold == marked;
    }
    return out;
}

/* ---- the table ---- */

enum {
    NAME_MAX = 18,
    COLUMN_COUNT = 7
};

static const int column_width[COLUMN_COUNT] = {9, 8, 9, 9, 11, 10, 9};

static int names_width(const struct ek_results *const *results, size_t count)
{
    int width = 6;
    for (size_t i = 0; i < count; i++) {
        int own = ek__width(results[i]->policy);
        width = own > width ? own : width;
    }
    return width > NAME_MAX ? NAME_MAX : width;
}

static void put_name(struct ek__line *line, const char *name)
{
    char text[128];
    ek__tab(line, 2);
    snprintf(text, sizeof text, "%.*s", (int)ek__fit_words(name, NAME_MAX), name);
    ek__put(line, EK__BOLD, text);
}

static void put_head(struct ek__line *line, const struct ek_results *r)
{
    char text[320];
    ek__put(line, EK__BOLD, r->scenario);
    snprintf(text, sizeof text, "%s, %s, %s in %s", ek__counted(r->endpoint_count, "endpoint").s,
             ek__counted(r->client_count, "client").s, ek__counted(r->calls, "call").s,
             ek__instant(ek__simulated_ns(r)).s);
    ek__tab(line, line->column + 3);
    ek__put(line, EK__PLAIN, text);
    snprintf(text, sizeof text, "seed %" PRIu64, r->seed);
    ek__tab(line, line->column + 3);
    ek__put(line, EK__PLAIN, text);
    ek__end(line);
    if (r->fault_count > 0) {
        const struct ek_failover *f = &r->faults[0];
        ek__tab(line, 2);
        ek__put(line, EK__FAULT, f->id);
        ek__tab(line, line->column + 1);
        ek__put(line, EK__PLAIN, ek__fault_text(f, text, sizeof text));
        ek__put(line, EK__PLAIN, ", ");
        ek__put(line, EK__PLAIN, ek__range(f->start_ns, f->end_ns).s);
        ek__end(line);
    }
    if (r->watch != NULL && r->watch[0] != '\0') {
        ek__tab(line, 2);
        ek__put(line, EK__BOLD, "watch for: ");
        ek__put_wrapped(line, EK__PLAIN, r->watch, 2, line->render->columns);
        ek__end(line);
    }
}

/* What the first fault's endpoints got while it lasted. */
static struct ek__text fault_share(const struct ek_results *r)
{
    const struct ek_phase *phase = ek_results_phase(r, r->faults[0].id);
    if (phase == NULL || r->faults[0].endpoint_count == 0)
        return (struct ek__text){"-"};
    uint64_t own = 0;
    for (size_t i = 0; i < r->faults[0].endpoint_count; i++)
        own += phase->endpoint_attempts[r->faults[0].endpoints[i]];
    return ek__share(own, ek__phase_attempts(r, phase), 1);
}

static struct ek__text time_or(int64_t ns, const char *otherwise)
{
    struct ek__text text;
    if (ns >= 0)
        return ek__duration(ns);
    snprintf(text.s, sizeof text.s, "%s", otherwise);
    return text;
}

struct compare_row {
    struct ek__text cells[COLUMN_COUNT];
};

/* Right-aligned cells; the second column, errors, goes when the line is too short for all. */
static void put_row(struct ek__line *line, const struct ek_results *first, int column,
                    const struct compare_row *row, enum ek__style style)
{
    int count = first->fault_count > 0 ? COLUMN_COUNT : 4, width = column;
    for (int i = 0; i < count; i++)
        width += column_width[i];
    for (int i = 0, at = column; i < count; i++) {
        if (i == 1 && width > line->render->columns)
            continue;
        line->column = at > line->column ? at : line->column;
        ek__put_right(line, style, row->cells[i].s, column_width[i]);
        at += column_width[i];
    }
    ek__end(line);
}

static struct compare_row headings(const struct ek_results *first)
{
    struct compare_row row = {
        {{"success"}, {"errors"}, {"p50"}, {"p99"}, {"hit share"}, {"to leave"}, {"back"}}};
    if (first->fault_count > 0 && first->faults[0].endpoint_count == 1) {
        const char *name = first->endpoint_names[first->faults[0].endpoints[0]];
        if (ek__width(name) <= 4)
            snprintf(row.cells[4].s, sizeof row.cells[4].s, "%.16s share", name);
    }
    return row;
}

static struct compare_row cells_of(const struct ek_results *r)
{
    struct compare_row row = {.cells = {ek__share(r->ok, r->ok + r->errors, 2),
                                        ek__count(r->errors), ek__duration(r->latency.p50_ns),
                                        ek__duration(r->latency.p99_ns)}};
    if (r->fault_count > 0) {
        const struct ek_failover *f = &r->faults[0];
        bool left = f->divert_ns >= 0;
        row.cells[4] = fault_share(r);
        row.cells[5] = time_or(f->divert_ns, f->endpoint_count > 0 ? "never" : "-");
        row.cells[6] = time_or(f->recover_ns, left && f->end_ns < r->duration_ns ? "never" : "-");
        if (!left)
            row.cells[6] = (struct ek__text){"-"};
    }
    return row;
}

static void put_table(struct ek__line *line, const struct ek_results *const *results, size_t count)
{
    int column = 2 + names_width(results, count);
    struct compare_row row = headings(results[0]);
    ek__end(line);
    put_row(line, results[0], column, &row, EK__DIM);
    for (size_t i = 0; i < count; i++) {
        put_name(line, results[i]->policy);
        row = cells_of(results[i]);
        put_row(line, results[0], column, &row, EK__PLAIN);
    }
}

/* ---- more than chance? ---- */

enum {
    BETWEEN_WIDTH = 21,
    BETWEEN_LAST = 19 /* "no difference shown" */
};

/* One run against the first: in columns, or as a sentence where the line is too short for them. */
static bool put_difference(struct ek__line *line, const struct ek_results *const *results, size_t i,
                           size_t count, int column)
{
    const char *mark = line->render->unicode ? "±" : "+-";
    bool has_columns = column > 0, is_doubtful = false;
    put_name(line, results[i]->policy);
    for (int w = 0; w < EK_COMPARED_COUNT; w++) {
        enum ek_compared what = (enum ek_compared)w;
        struct ek_between between =
            ek_run_between(results[0], results[i], what, EK__LEVEL, count - 1);
        char text[120];
        snprintf(text, sizeof text, "%s %s: %s", w == 0 ? "" : ";", ek__compared_word(what),
                 ek__between_text(&between, what, mark).s);
        is_doubtful |= between.is_shown && between.is_correlated;
        if (has_columns)
            ek__tab(line, column + w * BETWEEN_WIDTH);
        if (has_columns)
            ek__put(line, between.is_shown ? EK__PLAIN : EK__DIM,
                    ek__between_text(&between, what, mark).s);
        else
            ek__put_wrapped(line, EK__PLAIN, text, 4, line->render->columns);
    }
    ek__end(line);
    return is_doubtful;
}

/* Each run against the first: by how much they differ, and how sure that is. */
static void put_between(struct ek__line *line, const struct ek_results *const *results,
                        size_t count)
{
    char text[200], basis[160];
    int column = 4 + names_width(results, count);
    bool is_doubtful = false;
    if (count < 2 || results[0]->batch_count == 0)
        return;
    if (column + 2 * BETWEEN_WIDTH + BETWEEN_LAST > line->render->columns)
        column = 0;
    snprintf(text, sizeof text, "against %.40s", results[0]->policy);
    ek__end(line);
    ek__put(line, EK__BOLD, text);
    snprintf(text, sizeof text, "   %s", ek__between_basis(results[0], basis, sizeof basis));
    ek__put_wrapped(line, EK__DIM, text, 2, line->render->columns);
    ek__end(line);
    for (int w = 0; column > 0 && w < EK_COMPARED_COUNT; w++) {
        ek__tab(line, column + w * BETWEEN_WIDTH);
        ek__put(line, EK__DIM, ek__compared_word((enum ek_compared)w));
    }
    if (column > 0)
        ek__end(line);
    for (size_t i = 1; i < count; i++)
        is_doubtful |= put_difference(line, results, i, count, column);
    if (is_doubtful) {
        ek__put_wrapped(line, EK__DIM, EK__DOUBT, 2, line->render->columns);
        ek__end(line);
    }
}

/* ---- over time ---- */

/* All on one scale, so that heights can be compared. */
static void put_over_time(struct ek__line *line, const struct ek_results *const *results,
                          size_t count)
{
    int64_t low = INT64_MAX, high = 0;
    int column = 4 + names_width(results, count);
    for (size_t i = 0; i < count; i++) {
        struct ek__series p99 = {.values = results[i]->interval_p99_ns,
                                 .count = results[i]->interval_count};
        ek__series_scale(&p99);
        low = p99.low < low ? p99.low : low;
        high = p99.high > high ? p99.high : high;
    }
    if (results[0]->interval_count < 2)
        return;
    char text[200];
    snprintf(text, sizeof text, "from %s to %s, one scale for all", ek__duration(low).s,
             ek__duration(high).s);
    ek__end(line);
    ek__put(line, EK__BOLD, "p99");
    ek__tab(line, column);
    ek__put(line, EK__DIM, text);
    ek__end(line);
    int width = ek__series_width(results[0]->interval_count, line->render->columns - column - 18);
    for (size_t i = 0; i < count; i++) {
        struct ek__series p99 = {results[i]->interval_p99_ns, results[i]->interval_count, low,
                                 high};
        put_name(line, results[i]->policy);
        ek__tab(line, column);
        ek__put_series(line, EK__PLAIN, &p99, width);
        ek__end(line);
    }
    ek__put_faults(line, results[0], column, width);
}

/* ---- the end ---- */

static void put_broken(struct ek__line *line, const struct ek_results *r)
{
    bool unicode = line->render->unicode;
    for (size_t i = 0; i < r->judged_count; i++) {
        const struct ek_judged *judged = &r->judged[i];
        if (judged->verdict == EK_VERDICT_PASS)
            continue;
        enum ek__style style = ek__verdict_style(judged->verdict);
        char text[600], claim[512];
        snprintf(text, sizeof text, "%.60s: %s", r->policy,
                 ek__judged_text(judged, claim, sizeof claim));
        ek__tab(line, 2);
        ek__put(line, style, ek__verdict_mark(judged->verdict, unicode));
        ek__tab(line, 4);
        ek__put_wrapped(line, EK__PLAIN, text, 4, line->render->columns);
        snprintf(text, sizeof text, "is %.60s", ek__judged_value(judged));
        ek__tab(line, line->column + 1);
        if (line->column + ek__width(text) > line->render->columns) {
            ek__end(line);
            ek__tab(line, 4);
        }
        ek__put(line, style, text);
        ek__end(line);
    }
}

static void put_fingerprints(struct ek__line *line, const struct ek_results *const *results,
                             size_t count)
{
    char text[96];
    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%.40s %016" PRIx64 "%s", results[i]->policy,
                 results[i]->fingerprint, i + 1 < count ? "," : "");
        if (i == 0)
            ek__put(line, EK__DIM, "fingerprints");
        if (line->column + 1 + ek__width(text) > line->render->columns)
            ek__end(line);
        ek__tab(line, line->column == 0 ? 2 : line->column + 1);
        ek__put(line, EK__DIM, text);
    }
    ek__end(line);
}

void ek_render_compare(const struct ek_results *const *results, size_t count,
                       const struct ek_render *render, FILE *out)
{
    struct ek__line line = {.out = out, .render = render};
    size_t passed = 0, failed = 0, unknown = 0;
    if (count == 0)
        return;
    put_head(&line, results[0]);
    put_table(&line, results, count);
    put_between(&line, results, count);
    put_over_time(&line, results, count);
    ek__end(&line);
    for (size_t i = 0; i < count; i++) {
        put_broken(&line, results[i]);
        passed += results[i]->passed;
        failed += results[i]->failed;
        unknown += results[i]->unknown;
    }
    struct ek__reproduced reproduced = ek__reproduced(results, count);
    if (reproduced.of > 0) {
        char text[64];
        snprintf(text, sizeof text, "%zu/%zu reproduced", reproduced.hold, reproduced.of);
        ek__put(&line, EK__PLAIN, "published: ");
        ek__put(&line, reproduced.hold == reproduced.of ? EK__GOOD : EK__BAD, text);
        ek__end(&line);
    }
    put_fingerprints(&line, results, count);
    ek__put_verdict(&line, passed, failed, unknown);
    ek__end(&line);
}
