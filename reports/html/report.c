#include "reports/html/report.h"

#include "reports/html/course.h"
#include "reports/text/render_text.h"

#include <stdlib.h>
#include <string.h>

const char *ek__fitness_word(enum ek_fitness fitness)
{
    static const char *const words[] = {"healthy", "faulty",   "ejected",
                                        "probing", "draining", "gone"};
    return words[fitness];
}

const char *ek__fitness_glyph(enum ek_fitness fitness)
{
    static const char *const glyphs[] = {"●", "▲", "✗", "◐", "▼", "○"};
    return glyphs[fitness];
}

const char *ek__fitness_color(enum ek_fitness fitness)
{
    static const char *const colors[] = {"#117733", "#E69F00", "#882255",
                                         "#56B4E9", "#332288", "#999999"};
    return colors[fitness];
}

int64_t ek__interval_start(const struct ek__run *run, size_t interval)
{
    int64_t at = (int64_t)interval * run->results->interval_ns;
    return interval >= run->interval_count || at > run->end_ns ? run->end_ns : at;
}

size_t ek__interval_at(const struct ek__run *run, int64_t at_ns)
{
    int64_t length = run->results->interval_ns;
    if (at_ns < 0 || length <= 0 || run->interval_count == 0)
        return 0;
    size_t i = (size_t)(at_ns / length);
    return i < run->interval_count ? i : run->interval_count - 1;
}

/* ---- what changes from interval to interval ---- */

static uint64_t furthest_behind(const struct ek__run *run, const struct ek_moment *moment)
{
    uint64_t least = UINT64_MAX;
    for (size_t c = 0; c < run->client_count; c++)
        if (moment->clients[c].index < least)
            least = moment->clients[c].index;
    return least == UINT64_MAX ? 0 : least;
}

static void follow_states(struct ek__run *run)
{
    int64_t since = -1;
    for (size_t i = 0; i < run->interval_count; i++) {
        int64_t end = ek__interval_start(run, i + 1);
        const struct ek_moment *moment = ek_replay_seek(run->replay, end - 1);
        for (size_t e = 0; e < run->endpoint_count; e++)
            run->fitness[e * run->interval_count + i] = (uint8_t)moment->endpoints[e].fitness;
        uint64_t least = furthest_behind(run, moment);
        run->registry_index[i] = (int64_t)moment->registry_index;
        run->client_index[i] = (int64_t)least;
        if (least >= moment->registry_index)
            since = -1;
        else if (since < 0)
            since = ek__interval_start(run, i);
        run->behind_ns[i] = since < 0 ? 0 : end - since;
    }
}

static void follow_calls(struct ek__run *run)
{
    int64_t in_flight = 0;
    for (size_t i = 0; i < run->interval_count; i++) {
        const struct ek_interval *interval = &run->intervals[i];
        in_flight += (int64_t)interval->started;
        in_flight -= (int64_t)interval->ok + (int64_t)interval->errors;
        run->in_flight[i] = in_flight > 0 ? in_flight : 0;
    }
}

/* ---- which endpoints are drawn one by one ---- */

enum {
    ROWS_MAX = 64
};

static bool was_ever_unfit(const struct ek__run *run, size_t endpoint)
{
    const uint8_t *fitness = run->fitness + endpoint * run->interval_count;
    for (size_t i = 0; i < run->interval_count; i++)
        if (fitness[i] == EK_FITNESS_SUSPECT || fitness[i] == EK_FITNESS_EJECTED ||
            fitness[i] == EK_FITNESS_DRAINING)
            return true;
    return false;
}

/* All when they fit; else those that something happened to, then the others in order. */
static void choose_rows(struct ek__run *run)
{
    size_t room = run->endpoint_count < ROWS_MAX ? run->endpoint_count : ROWS_MAX;
    uint8_t *chosen = calloc(run->endpoint_count + 1, 1);
    if (chosen == NULL)
        return;
    size_t left = room;
    for (int pass = 0; pass < 2; pass++)
        for (size_t e = 0; e < run->endpoint_count && left > 0; e++)
            if (!chosen[e] && (pass == 1 || was_ever_unfit(run, e))) {
                chosen[e] = 1;
                left--;
            }
    for (size_t e = 0; e < run->endpoint_count; e++)
        if (chosen[e])
            run->rows[run->row_count++] = (uint32_t)e;
    free(chosen);
}

/* ---- one run ---- */

static bool allocate(struct ek__run *run)
{
    size_t n = run->interval_count;
    run->fitness = calloc(n * run->endpoint_count + 1, sizeof *run->fitness);
    run->in_flight = calloc(n + 1, sizeof *run->in_flight);
    run->registry_index = calloc(n + 1, sizeof *run->registry_index);
    run->client_index = calloc(n + 1, sizeof *run->client_index);
    run->behind_ns = calloc(n + 1, sizeof *run->behind_ns);
    run->root = calloc(run->event_count + 1, sizeof *run->root);
    run->courses = calloc(run->results->fault_count + 1, sizeof *run->courses);
    run->rows = calloc(run->endpoint_count + 1, sizeof *run->rows);
    run->weights = calloc(run->endpoint_count + 1, sizeof *run->weights);
    return run->fitness != NULL && run->in_flight != NULL && run->registry_index != NULL &&
           run->client_index != NULL && run->behind_ns != NULL && run->root != NULL &&
           run->courses != NULL && run->rows != NULL && run->weights != NULL;
}

static bool run_init(struct ek__run *run, struct ek_replay *replay, size_t number)
{
    run->replay = replay;
    run->results = ek_replay_results(replay);
    run->endpoints = ek_replay_endpoints(replay, &run->endpoint_count);
    run->clients = ek_replay_clients(replay, &run->client_count);
    run->events = ek_replay_events(replay, &run->event_count);
    run->intervals = ek_replay_intervals(replay);
    run->interval_count = ek_replay_interval_count(replay);
    run->letter[0] = (char)('A' + number);
    run->end_ns = run->results->sim_ns > 0 ? run->results->sim_ns : run->results->duration_ns;
    if (run->end_ns <= 0)
        run->end_ns = 1;
    for (size_t i = 0; i < run->event_count && !run->has_registry; i++)
        run->has_registry = run->events[i].kind == EK_RECORD_QUERY;
    if (!allocate(run))
        return false;
    follow_states(run);
    follow_calls(run);
    ek__courses(run);
    choose_rows(run);
    ek__weights_read(run);
    return true;
}

/* ---- several runs ---- */

/* The options of the command that repeats a run: what follows its scenario. */
static const char *options_of(const struct ek__run *run)
{
    static const char verb[] = "evenkeel run ";
    const char *p = run->results->command;
    if (strncmp(p, verb, sizeof verb - 1) != 0)
        return p;
    p = strchr(p + sizeof verb - 1, ' ');
    return p != NULL ? p + 1 : "as written";
}

static void label(struct ek__report *report)
{
    bool is_told_by_policy = true;
    for (size_t i = 0; i < report->run_count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(report->runs[i].results->policy, report->runs[k].results->policy) == 0)
                is_told_by_policy = false;
    for (size_t i = 0; i < report->run_count; i++) {
        struct ek__run *run = &report->runs[i];
        ek__clean(is_told_by_policy ? run->results->policy : options_of(run), run->label,
                  sizeof run->label);
    }
}

bool ek__report_init(struct ek__report *report, struct ek_replay *const *replays, size_t count)
{
    *report = (struct ek__report){.run_count = count};
    for (size_t i = 0; i < count; i++) {
        if (!run_init(&report->runs[i], replays[i], i))
            return false;
        if (report->runs[i].end_ns > report->end_ns)
            report->end_ns = report->runs[i].end_ns;
    }
    label(report);
    return true;
}

void ek__report_deinit(struct ek__report *report)
{
    for (size_t i = 0; i < report->run_count; i++) {
        struct ek__run *run = &report->runs[i];
        free(run->fitness);
        free(run->in_flight);
        free(run->registry_index);
        free(run->client_index);
        free(run->behind_ns);
        free(run->root);
        free(run->courses);
        free(run->rows);
        free(run->weights);
    }
}
