/* Two runs side by side, under one cursor in time. */
#include "reports/tui/draw.h"

#include "reports/tui/format.h"

#include <stdio.h>
#include <string.h>

enum {
    PLOT_MAX = 1000,
    LABEL = 8,
    EVENTS_LEAST = 3,
    TOP_ROWS = 7 /* numbers, sums, two of story, faults, two lanes */
};

/* One of the two. */
struct half {
    struct ek_canvas c;
    int x, width;
};

static struct half half_of(const struct ek_canvas *c, const struct ek_snapshot *s, bool is_right)
{
    int middle = c->grid->columns / 2;
    struct half half = {.c = *c, .x = is_right ? middle + 2 : 2};
    half.width = (is_right ? c->grid->columns - 2 : middle - 1) - half.x;
    half.c.s = s;
    /* One scale of time for both. */
    half.c.plot = (struct ek_plot){half.x + LABEL, half.width - LABEL, c->s->from_ns, c->s->to_ns};
    return half;
}

/* Adds words to a title. */
static void append(char *title, size_t size, const char *words)
{
    size_t used = strlen(title);
    snprintf(title + used, size - used, "%s%.80s", used > 0 ? "  " : "", words);
}

static bool has_word(const char *command, const char *word, size_t length)
{
    for (const char *at = strstr(command, " "); at; at = strstr(at + 1, " "))
        if (strncmp(at + 1, word, length) == 0 && (at[1 + length] == ' ' || at[1 + length] == '\0'))
            return true;
    return false;
}

/* What one command has and the other has not: "--set /clients/deadline=1s" without its --set. The
 * policy and the seed are told apart already. */
static void append_settings(char *title, size_t size, const char *command, const char *other)
{
    char word[100];
    bool is_told = false;
    for (const char *at = command; at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL) {
        size_t length = strcspn(at, " ");
        bool is_value_of_told = is_told;
        is_told = strncmp(at, "--policy ", 9) == 0 || strncmp(at, "--seed ", 7) == 0;
        if (at == command || is_told || is_value_of_told || length == 0 ||
            strncmp(at, "--set ", 6) == 0 || has_word(other, at, length))
            continue;
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        append(title, size, word);
    }
}

/* What tells a run from the other. */
static void title_of(const struct ek_results *r, const struct ek_results *other, char *title,
                     size_t size)
{
    char words[80];
    title[0] = '\0';
    if (strcmp(r->scenario, other->scenario) != 0)
        append(title, size, r->scenario);
    if (strcmp(r->policy, other->policy) != 0)
        append(title, size, r->policy);
    if (r->seed != other->seed) {
        snprintf(words, sizeof words, "seed %llu", (unsigned long long)r->seed);
        append(title, size, words);
    }
    append_settings(title, size, r->command, other->command);
    if (title[0] != '\0')
        return;
    append(title, size, r->scenario);
    if (strcmp(r->command, other->command) == 0)
        append(title, size, r->fingerprint == other->fingerprint ? "the same run" : "again");
}

static void draw_titles(const struct ek_canvas *c, int y)
{
    const struct ek_results *sides[] = {c->s->results, c->other->results};
    char titles[2][200];
    int middle = c->grid->columns / 2;
    ek__draw_rule(c, y, "", "");
    for (int i = 0; i < 2; i++) {
        char title[190];
        title_of(sides[i], sides[1 - i], title, sizeof title);
        snprintf(titles[i], sizeof titles[i], "%s: %s", i == 0 ? "left" : "right", title);
    }
    (void)ek_grid_printf(c->grid, 2, y, middle - 3, EK_STYLE_HEADING, " %s ", titles[0]);
    ek_grid_put(c->grid, middle, y, EK_STYLE_FRAME, 0x252c);
    (void)ek_grid_printf(c->grid, middle + 2, y, c->grid->columns - middle - 4, EK_STYLE_HEADING,
                         " %s ", titles[1]);
    for (int row = y + 1; row < c->grid->rows - 1; row++)
        ek_grid_put(c->grid, middle, row, EK_STYLE_FRAME, 0x2502);
}

/* ---- numbers ---- */

static void draw_now(const struct half *h, int y)
{
    const struct ek_window *window = &h->c.s->window;
    double seconds = window->length_ns > 0 ? (double)window->length_ns / 1e9 : 1;
    char ok[EK_FORMAT_MAX], errors[EK_FORMAT_MAX], p99[EK_FORMAT_MAX];
    int x = h->x;
    x += ek_grid_printf(h->c.grid, x, y, h->width, EK_STYLE_STRONG, "ok %s/s  ",
                        ek__format_count((uint64_t)((double)window->ok / seconds + 0.5), ok));
    x += ek_grid_printf(
        h->c.grid, x, y, h->x + h->width - x, window->errors > 0 ? EK_STYLE_BAD : EK_STYLE_STRONG,
        "err %s/s  ", ek__format_count((uint64_t)((double)window->errors / seconds + 0.5), errors));
    (void)ek_grid_printf(h->c.grid, x, y, h->x + h->width - x, EK_STYLE_STRONG, "p99 %s",
                         ek__format_duration(window->p99_ns, p99));
}

static void draw_sums(const struct half *h, int y)
{
    const struct ek_interval *intervals = ek_replay_intervals(h->c.s->replay);
    uint64_t ok = 0, errors = 0;
    char calls[EK_FORMAT_MAX], bad[EK_FORMAT_MAX];
    for (size_t i = 0; i < h->c.s->window.end; i++) {
        ok += intervals[i].ok;
        errors += intervals[i].errors;
    }
    (void)ek_grid_printf(h->c.grid, h->x, y, h->width, errors > 0 ? EK_STYLE_BAD : EK_STYLE_TEXT,
                         "%s of %s calls failed, %.2f %%", ek__format_count(errors, bad),
                         ek__format_count(ok + errors, calls),
                         ok + errors > 0 ? (double)errors * 100 / (double)(ok + errors) : 0.0);
}

/* How it got over the fault that is on, or was last. */
static void draw_story(const struct half *h, int y)
{
    const struct ek_results *results = h->c.s->results;
    const struct ek_failover *fault = NULL;
    for (size_t i = 0; i < results->fault_count; i++) {
        if (!fault || results->faults[i].start_ns <= h->c.ui->at_ns)
            fault = &results->faults[i];
    }
    if (!fault)
        return;
    enum ek_style style = fault->start_ns <= h->c.ui->at_ns ? EK_STYLE_FAULT : EK_STYLE_DIM;
    bool is_open = results->under_way && fault->end_ns >= h->c.s->end_ns;
    const char *never = is_open ? "not yet" : "never";
    char one[EK_FORMAT_MAX], two[EK_FORMAT_MAX];
    (void)ek_grid_printf(h->c.grid, h->x, y, h->width, style, "%.7s noticed %s, moved %s",
                         fault->id,
                         fault->detect_ns < 0 ? never : ek__format_duration(fault->detect_ns, one),
                         fault->divert_ns < 0 ? never : ek__format_duration(fault->divert_ns, two));
    bool was_away = fault->divert_ns >= 0 && fault->end_ns < h->c.s->end_ns;
    int x =
        h->x + ek_grid_printf(h->c.grid, h->x, y + 1, h->width, style, "   cost %s call%s",
                              ek__format_count(fault->errors, two), fault->errors == 1 ? "" : "s");
    if (was_away)
        (void)ek_grid_printf(h->c.grid, x, y + 1, h->x + h->width - x, style,
                             fault->recover_ns < 0 ? ", not back" : ", back %s after it",
                             ek__format_duration(fault->recover_ns, one));
}

/* ---- over time ---- */

static void draw_faults(const struct half *h, int y)
{
    const struct ek_plot *plot = &h->c.plot;
    const struct ek_results *results = h->c.s->results;
    (void)ek_grid_text(h->c.grid, h->x, y, LABEL - 1, EK_STYLE_DIM, "faults");
    ek_grid_repeat(h->c.grid, plot->x, y, plot->width, EK_STYLE_DIM, 0x2500);
    for (size_t i = 0; i < results->fault_count; i++) {
        const struct ek_failover *fault = &results->faults[i];
        if (fault->start_ns > plot->to_ns || fault->end_ns < plot->from_ns)
            continue;
        int64_t from = fault->start_ns < plot->from_ns ? plot->from_ns : fault->start_ns;
        int64_t to = fault->end_ns > plot->to_ns ? plot->to_ns : fault->end_ns;
        int left = ek__plot_column(plot, from), right = ek__plot_column(plot, to);
        ek_grid_repeat(h->c.grid, left, y, right > left ? right - left : 1, EK_STYLE_FAULT, 0x2550);
        if (right - left > ek_grid_width(h->c.grid, fault->id) + 1)
            (void)ek_grid_text(h->c.grid, left + 1, y, right - left - 1, EK_STYLE_FAULT, fault->id);
    }
    ek__draw_cursor(&h->c, y);
}

/* What both lanes show; < 0 for none. */
struct lanes {
    double p99[PLOT_MAX], errors[PLOT_MAX];
    double p99_most, errors_most;
};

static void fill_lanes(const struct half *h, struct lanes *lanes)
{
    const struct ek_plot *plot = &h->c.plot;
    const struct ek_interval *intervals = ek_replay_intervals(h->c.s->replay);
    for (int i = 0; i < plot->width && i < PLOT_MAX; i++) {
        struct ek_span span =
            ek_column_span(h->c.s->replay, plot->from_ns, plot->to_ns, plot->width, i);
        lanes->p99[i] = lanes->errors[i] = -1;
        for (size_t k = span.first; k < span.end; k++) {
            double p99 = (double)intervals[k].p99_ns;
            lanes->p99[i] = p99 > lanes->p99[i] ? p99 : lanes->p99[i];
            lanes->errors[i] = (lanes->errors[i] < 0 ? 0 : lanes->errors[i]) +
                               (double)intervals[k].errors / (double)(span.end - span.first);
        }
        lanes->p99_most = lanes->p99[i] > lanes->p99_most ? lanes->p99[i] : lanes->p99_most;
        lanes->errors_most =
            lanes->errors[i] > lanes->errors_most ? lanes->errors[i] : lanes->errors_most;
    }
}

static void draw_lane(const struct half *h, int y, const char *label, enum ek_style style,
                      const double *values, double most)
{
    const struct ek_plot *plot = &h->c.plot;
    (void)ek_grid_text(h->c.grid, h->x, y, LABEL - 1, EK_STYLE_DIM, label);
    for (int i = 0; i < plot->width && i < PLOT_MAX; i++) {
        if (values[i] >= 0)
            ek_grid_put(h->c.grid, plot->x + i, y, style, ek_grid_spark(values[i], most));
    }
    ek__draw_cursor(&h->c, y);
}

/* ---- endpoints ---- */

/* The same endpoint of another run; SIZE_MAX: it has none of that name. */
static size_t same_endpoint(const struct ek_snapshot *s, uint32_t index, const char *name)
{
    if (index < s->endpoint_count && strcmp(s->endpoints[index].name, name) == 0)
        return index;
    for (size_t e = 0; e < s->endpoint_count; e++) {
        if (strcmp(s->endpoints[e].name, name) == 0)
            return e;
    }
    return SIZE_MAX;
}

/* Bars of both halves run to the same length. */
static double longest_bar(const struct ek_canvas *c)
{
    const struct ek_snapshot *sides[] = {c->s, c->other};
    double most = 0.01;
    for (int i = 0; i < 2; i++) {
        const struct ek_window *window = &sides[i]->window;
        for (size_t e = 0; window->endpoint_attempts > 0 && e < sides[i]->endpoint_count; e++) {
            double part = (double)window->endpoints[e].attempts / (double)window->endpoint_attempts;
            most = part > most ? part : most;
        }
    }
    return most;
}

static void draw_endpoint(const struct half *h, int y, const char *name, size_t endpoint,
                          double most)
{
    const struct ek_snapshot *s = h->c.s;
    char text[EK_FORMAT_MAX];
    (void)ek_grid_text(h->c.grid, h->x, y, LABEL - 1, EK_STYLE_STRONG, name);
    if (endpoint == SIZE_MAX) {
        (void)ek_grid_text(h->c.grid, h->x + LABEL, y, 20, EK_STYLE_DIM, "not in this run");
        return;
    }
    const struct ek_window_endpoint *window = &s->window.endpoints[endpoint];
    enum ek_fitness fitness = s->moment->endpoints[endpoint].fitness;
    enum ek_style style = ek__fitness_style(fitness);
    ek_grid_put(h->c.grid, h->x + LABEL, y, style, ek_fitness_glyph(fitness));
    int bar = h->width - LABEL - 2 - 8 - 9;
    ek_grid_bar(h->c.grid, h->x + LABEL + 2, y, bar, ek__bar_style(fitness),
                s->window.endpoint_attempts > 0
                    ? (double)window->attempts / (double)s->window.endpoint_attempts
                    : 0,
                most);
    int x = h->x + LABEL + 2 + bar + 1;
    ek_grid_right(h->c.grid, x, y, 7, EK_STYLE_TEXT,
                  ek__format_percent(window->attempts, s->window.endpoint_attempts, text));
    ek_grid_right(h->c.grid, x + 8, y, 7, EK_STYLE_TEXT, ek__format_duration(window->p99_ns, text));
}

static void draw_endpoints(const struct ek_canvas *c, const struct half *left,
                           const struct half *right, int y, int height)
{
    double most = longest_bar(c);
    size_t selected = ek_snapshot_row(c->s, c->ui->endpoint);
    size_t top = ek__scroll(selected, c->s->order_count, height, 50);
    for (int i = 0; i < height && top + (size_t)i < c->s->order_count; i++) {
        uint32_t endpoint = c->s->order[top + (size_t)i];
        const char *name = c->s->endpoints[endpoint].name;
        draw_endpoint(left, y + i, name, endpoint, most);
        draw_endpoint(right, y + i, name, same_endpoint(c->other, endpoint, name), most);
        ek_grid_hit(c->grid, 1, y + i, c->grid->columns - 2, EK_HIT_ENDPOINT, endpoint);
        if (top + (size_t)i == selected)
            ek__draw_selected(c, 1, y + i, c->grid->columns - 2, true);
    }
}

void ek__draw_compare(const struct ek_canvas *c, int y)
{
    if (!c->other) {
        ek__draw_rule(c, y++, "one run only", "");
        (void)ek_grid_text(c->grid, 3, y + 1, c->grid->columns - 5, EK_STYLE_TEXT,
                           "p runs the same calls with another policy and shows both here");
        (void)ek_grid_text(c->grid, 3, y + 2, c->grid->columns - 5, EK_STYLE_TEXT,
                           "i breaks something at this moment and keeps this run beside it");
        (void)ek_grid_text(c->grid, 3, y + 3, c->grid->columns - 5, EK_STYLE_TEXT,
                           "evenkeel tui ONE OTHER opens two recordings");
        return;
    }
    struct half halves[] = {half_of(c, c->s, false), half_of(c, c->other, true)};
    struct lanes lanes[2] = {{.p99_most = 0}, {.p99_most = 0}};
    draw_titles(c, y++);
    for (int i = 0; i < 2; i++)
        fill_lanes(&halves[i], &lanes[i]);
    double p99 = lanes[0].p99_most > lanes[1].p99_most ? lanes[0].p99_most : lanes[1].p99_most;
    double errors =
        lanes[0].errors_most > lanes[1].errors_most ? lanes[0].errors_most : lanes[1].errors_most;
    for (int i = 0; i < 2; i++) {
        draw_now(&halves[i], y);
        draw_sums(&halves[i], y + 1);
        draw_story(&halves[i], y + 2);
        draw_faults(&halves[i], y + 4);
        draw_lane(&halves[i], y + 5, "p99", EK_STYLE_CHART, lanes[i].p99, p99);
        draw_lane(&halves[i], y + 6, "errors", EK_STYLE_BAD, lanes[i].errors, errors);
    }
    y += TOP_ROWS;
    int rows = c->grid->rows - 1 - y;
    int table = rows - EVENTS_LEAST - 1 < (int)c->s->order_count ? rows - EVENTS_LEAST - 1
                                                                 : (int)c->s->order_count;
    draw_endpoints(c, &halves[0], &halves[1], y, table);
    y += table;
    ek_grid_repeat(c->grid, 1, y, c->grid->columns - 2, EK_STYLE_FRAME, 0x2500);
    ek_grid_put(c->grid, c->grid->columns / 2, y, EK_STYLE_FRAME, 0x253c);
    y++;
    for (int i = 1; i >= 0; i--) /* a click is one on the left log */
        ek__draw_log(
            &halves[i].c,
            (struct ek_pane){halves[i].x - 1, y, halves[i].width + 1, c->grid->rows - 1 - y},
            false);
}
