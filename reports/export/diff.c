#include "reports/export/diff.h"

#include "reports/explain/story.h"
#include "reports/text/render_between.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    BEFORE = 5, /* events shown before the first that differs */
    COLUMN_A = 20,
    COLUMN_B = 34,
    COLUMN_DIFFERENCE = 48,
    ENDPOINTS_MAX = 40
};

struct pair {
    const struct ek_replay *a, *b;
    const struct ek_results *ra, *rb;
    struct ek__line line;
};

static void EK_PRINTF(4, 5)
    cell(struct pair *p, enum ek__style style, int column, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ek__tab(&p->line, column);
    ek__put(&p->line, style, text);
}

/* ---- which runs ---- */

static void put_identity(struct pair *p, const char *label, const struct ek_results *r)
{
    cell(p, EK__BOLD, 0, "%s", label);
    cell(p, EK__PLAIN, 2, "%s  %s  seed %" PRIu64 "  fingerprint %016" PRIx64, r->scenario,
         r->policy, r->seed, r->fingerprint);
    ek__end(&p->line);
    ek__tab(&p->line, 2);
    ek__put_whole(&p->line, r->recording_path);
    ek__end(&p->line);
}

static bool has_same_input(const struct pair *p)
{
    return p->ra->seed == p->rb->seed &&
           strcmp(ek_replay_scenario_json(p->a), ek_replay_scenario_json(p->b)) == 0;
}

/* ---- where they part ---- */

static bool is_same_event(const struct ek_replay_event *a, const struct ek_replay_event *b)
{
    return a->id == b->id && a->at_ns == b->at_ns && a->kind == b->kind && a->actor == b->actor &&
           a->subject == b->subject && a->cause == b->cause && a->a == b->a && a->b == b->b &&
           strcmp(a->text, b->text) == 0;
}

static void put_event(struct pair *p, const char *mark, const struct ek_replay *replay,
                      const struct ek_replay_event *event)
{
    char text[512];
    cell(p, EK__PLAIN, 2, "%s", mark);
    if (event == NULL) {
        cell(p, EK__PLAIN, 4, "(no more events)");
    } else {
        ek__tab(&p->line, 4);
        ek__put_right(&p->line, EK__DIM, ek__moment_text(event->at_ns).s, 13);
        cell(p, EK__PLAIN, 19, "%" PRIu64 "  %s", event->id,
             ek_replay_event_text(replay, event, text, sizeof text));
    }
    ek__end(&p->line);
}

static void put_first_difference(struct pair *p)
{
    size_t na, nb, i = 0;
    const struct ek_replay_event *a = ek_replay_events(p->a, &na), *b = ek_replay_events(p->b, &nb);
    while (i < na && i < nb && is_same_event(&a[i], &b[i]))
        i++;
    if (i == na && i == nb) {
        cell(p, EK__PLAIN, 2, "all %s kept events are equal; what differs was not kept",
             ek__count(na).s);
        ek__end(&p->line);
        return;
    }
    cell(p, EK__BOLD, 0, "first difference");
    cell(p, EK__PLAIN, COLUMN_A, "after %s", ek__counted(i, "equal event").s);
    ek__end(&p->line);
    for (size_t k = i > BEFORE ? i - BEFORE : 0; k < i; k++)
        put_event(p, " ", p->a, &a[k]);
    put_event(p, "a", p->a, i < na ? &a[i] : NULL);
    put_event(p, "b", p->b, i < nb ? &b[i] : NULL);
}

/* ---- by how much ---- */

static void put_count(struct pair *p, const char *label, uint64_t a, uint64_t b)
{
    const char *sign = a == b ? "" : b > a ? "+" : "-";
    cell(p, EK__PLAIN, 2, "%s", label);
    cell(p, EK__PLAIN, COLUMN_A, "%s", ek__count(a).s);
    cell(p, EK__PLAIN, COLUMN_B, "%s", ek__count(b).s);
    cell(p, a == b ? EK__DIM : EK__BOLD, COLUMN_DIFFERENCE, "%s%s", sign,
         ek__count(a > b ? a - b : b - a).s);
    ek__end(&p->line);
}

static void put_time(struct pair *p, const char *label, bool has_a, int64_t a, bool has_b,
                     int64_t b)
{
    cell(p, EK__PLAIN, 2, "%s", label);
    cell(p, EK__PLAIN, COLUMN_A, "%s", has_a ? ek__duration(a).s : "-");
    cell(p, EK__PLAIN, COLUMN_B, "%s", has_b ? ek__duration(b).s : "-");
    if (has_a && has_b && a == b)
        cell(p, EK__DIM, COLUMN_DIFFERENCE, "0");
    else if (has_a && has_b)
        cell(p, EK__BOLD, COLUMN_DIFFERENCE, "%s%s", b > a ? "+" : "-",
             ek__duration(b > a ? b - a : a - b).s);
    ek__end(&p->line);
}

static void put_heading(struct pair *p, const char *text, const char *note)
{
    cell(p, EK__BOLD, 0, "%s", text);
    cell(p, EK__DIM, COLUMN_A, "a");
    cell(p, EK__DIM, COLUMN_B, "b");
    cell(p, EK__DIM, COLUMN_DIFFERENCE, "%s", note);
    ek__end(&p->line);
}

static void put_phase(struct pair *p, const struct ek_phase *a, const struct ek_phase *b)
{
    const struct ek_latency *la = &a->latency, *lb = &b->latency;
    put_heading(p, a->name, "b - a");
    put_count(p, "calls", a->calls, b->calls);
    put_count(p, "errors", a->errors, b->errors);
    put_count(p, "retries", a->retries, b->retries);
    put_time(p, "p50", la->count > 0, la->p50_ns, lb->count > 0, lb->p50_ns);
    put_time(p, "p99", la->count > 0, la->p99_ns, lb->count > 0, lb->p99_ns);
}

static void put_failovers(struct pair *p)
{
    for (size_t f = 0; f < p->ra->fault_count; f++) {
        const struct ek_failover *a = &p->ra->faults[f], *b = NULL;
        char title[80];
        for (size_t k = 0; k < p->rb->fault_count; k++)
            if (strcmp(p->rb->faults[k].id, a->id) == 0)
                b = &p->rb->faults[k];
        if (b == NULL)
            continue;
        snprintf(title, sizeof title, "fault %.60s", a->id);
        put_heading(p, title, "b - a");
        put_time(p, "noticed after", a->detect_ns >= 0, a->detect_ns, b->detect_ns >= 0,
                 b->detect_ns);
        put_time(p, "moved after", a->divert_ns >= 0, a->divert_ns, b->divert_ns >= 0,
                 b->divert_ns);
        put_time(p, "back after", a->divert_ns >= 0 && a->recover_ns >= 0, a->recover_ns,
                 b->divert_ns >= 0 && b->recover_ns >= 0, b->recover_ns);
    }
}

/* ---- more than chance? ---- */

static void put_between(struct pair *p)
{
    const char *mark = p->line.render->unicode ? "±" : "+-";
    char basis[160];
    if (p->ra->batch_count == 0 || p->rb->batch_count == 0)
        return;
    cell(p, EK__BOLD, 0, "with intervals");
    ek__tab(&p->line, COLUMN_A);
    ek__put_wrapped(&p->line, EK__DIM, ek__between_basis(p->ra, basis, sizeof basis), COLUMN_A,
                    p->line.render->columns);
    ek__end(&p->line);
    for (int w = 0; w < EK_COMPARED_COUNT; w++) {
        enum ek_compared what = (enum ek_compared)w;
        struct ek_between between = ek_run_between(p->ra, p->rb, what, EK__LEVEL, 1);
        cell(p, EK__PLAIN, 2, "%s", ek__compared_word(what));
        cell(p, EK__PLAIN, COLUMN_A, "%s", ek__estimate_text(&between.base, what, mark).s);
        cell(p, EK__PLAIN, COLUMN_A + 19, "%s", ek__estimate_text(&between.other, what, mark).s);
        cell(p, between.is_shown ? EK__BOLD : EK__DIM, COLUMN_A + 38, "%s",
             ek__between_text(&between, what, mark).s);
        ek__end(&p->line);
    }
}

/* ---- shares ---- */

/* One endpoint of both runs, and by how much of a ppm its share changed. */
struct change {
    const char *name;
    uint64_t a, b;
    int64_t ppm;
};

static int by_size(const void *left, const void *right)
{
    const struct change *a = left, *b = right;
    int64_t x = a->ppm < 0 ? -a->ppm : a->ppm, y = b->ppm < 0 ? -b->ppm : b->ppm;
    return x != y ? (x < y) - (x > y) : strcmp(a->name, b->name);
}

static uint64_t total(const struct ek_results *r)
{
    uint64_t sum = 0;
    for (size_t e = 0; r->phase_count > 0 && e < r->endpoint_count; e++)
        sum += r->phases[0].endpoint_attempts[e];
    return sum;
}

static int64_t ppm_of(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (int64_t)((double)part / (double)whole * 1e6 + 0.5) : 0;
}

static void put_change(struct pair *p, const struct change *change, uint64_t all_a, uint64_t all_b)
{
    int64_t size = change->ppm < 0 ? -change->ppm : change->ppm;
    char bar[21];
    size_t length = (size_t)(size / 2500); /* a character for each quarter of a percent */
    length = length > 20 ? 20 : length == 0 && size > 0 ? 1 : length;
    memset(bar, change->ppm < 0 ? '-' : '+', length);
    bar[length] = '\0';
    cell(p, EK__PLAIN, 2, "%s", change->name);
    cell(p, EK__PLAIN, COLUMN_A, "%s", ek__share(change->a, all_a, 2).s);
    cell(p, EK__PLAIN, COLUMN_B, "%s", ek__share(change->b, all_b, 2).s);
    cell(p, change->ppm < 0 ? EK__BAD : EK__GOOD, COLUMN_DIFFERENCE, "%s", bar);
    ek__end(&p->line);
}

static void put_shares(struct pair *p)
{
    uint64_t all_a = total(p->ra), all_b = total(p->rb);
    struct change *changes = calloc(p->ra->endpoint_count + 1, sizeof *changes);
    size_t count = 0, up = 0, down = 0;
    if (changes == NULL || p->ra->phase_count == 0 || p->rb->phase_count == 0) {
        free(changes);
        return;
    }
    for (size_t e = 0; e < p->ra->endpoint_count; e++) {
        for (size_t k = 0; k < p->rb->endpoint_count; k++) {
            if (strcmp(p->ra->endpoint_names[e], p->rb->endpoint_names[k]) != 0)
                continue;
            struct change *c = &changes[count++];
            c->name = p->ra->endpoint_names[e];
            c->a = p->ra->phases[0].endpoint_attempts[e];
            c->b = p->rb->phases[0].endpoint_attempts[k];
            c->ppm = ppm_of(c->b, all_b) - ppm_of(c->a, all_a);
            up += c->ppm > 0;
            down += c->ppm < 0;
            break;
        }
    }
    qsort(changes, count, sizeof *changes, by_size);
    put_heading(p, "share of attempts", "a sign: 0.25 points");
    for (size_t i = 0; i < count && i < ENDPOINTS_MAX; i++)
        put_change(p, &changes[i], all_a, all_b);
    cell(p, EK__PLAIN, 2, "%s of both runs: %zu up, %zu down", ek__counted(count, "endpoint").s, up,
         down);
    ek__end(&p->line);
    free(changes);
}

enum ek_diff ek_diff_write(const struct ek_replay *a, const struct ek_replay *b, bool stat,
                           const struct ek_render *render, FILE *out)
{
    struct pair p = {
        .a = a,
        .b = b,
        .ra = ek_replay_results(a),
        .rb = ek_replay_results(b),
        .line = {.out = out, .render = render},
    };
    bool is_equal = p.ra->fingerprint == p.rb->fingerprint, has_input = has_same_input(&p);
    put_identity(&p, "a", p.ra);
    put_identity(&p, "b", p.rb);
    if (is_equal) {
        cell(&p, EK__GOOD, 0, "the two are the same in every event");
        ek__end(&p.line);
        return EK_DIFF_SAME;
    }
    if (has_input) {
        cell(&p, EK__BAD, 0, "scenario and seed agree, the fingerprints do not");
        ek__end(&p.line);
        put_first_difference(&p);
    }
    for (size_t i = 0; i < p.ra->phase_count; i++) {
        const struct ek_phase *other = ek_results_phase(p.rb, p.ra->phases[i].name);
        if (other != NULL)
            put_phase(&p, &p.ra->phases[i], other);
    }
    put_failovers(&p);
    put_between(&p);
    if (stat)
        put_shares(&p);
    cell(&p, EK__DIM, 0, "one run each: a difference of two samples, not a verdict");
    ek__end(&p.line);
    return has_input ? EK_DIFF_PARTED : EK_DIFF_OTHER_RUN;
}
