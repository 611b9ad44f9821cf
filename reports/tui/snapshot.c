#include "reports/tui/snapshot.h"

#include "evenkeel/mem.h"
#include "evenkeel/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ek_fitness_word(enum ek_fitness fitness)
{
    static const char *const words[] = {"healthy", "faulty",   "ejected",
                                        "probing", "draining", "gone"};
    return words[fitness];
}

uint32_t ek_fitness_glyph(enum ek_fitness fitness)
{
    static const uint32_t glyphs[] = {0x25cf, 0x25b2, 0x2717, 0x25d0, 0x25bc, 0x25cb};
    return glyphs[fitness];
}

const char *ek_process_word(enum ek_process process)
{
    static const char *const words[] = {"up", "down", "starting", "paused", "draining", "degraded"};
    return words[process];
}

enum ek_err ek_snapshot_init(struct ek_snapshot *s, struct ek_replay *replay)
{
    *s = (struct ek_snapshot){
        .replay = replay, .results = ek_replay_results(replay), .traced = replay, .traced_not = ""};
    s->endpoints = ek_replay_endpoints(replay, &s->endpoint_count);
    s->clients = ek_replay_clients(replay, &s->client_count);
    s->events = ek_replay_events(replay, &s->event_count);
    s->calls = ek_replay_calls(replay, &s->call_count);
    const struct ek_results *results = s->results;
    s->end_ns = results->interrupted ? results->sim_ns : results->duration_ns;
    s->end_ns = s->end_ns < 1 ? 1 : s->end_ns;
    s->span_ns =
        results->under_way && results->duration_ns > s->end_ns ? results->duration_ns : s->end_ns;
    for (size_t i = 0; i < s->event_count && !s->has_registry; i++)
        s->has_registry = s->events[i].kind == EK_RECORD_REGISTERED ||
                          s->events[i].kind == EK_RECORD_CHECK ||
                          s->events[i].kind == EK_RECORD_QUERY;
    s->window.endpoints =
        ek_mem_zeroed(&ek_mem_libc, s->endpoint_count + 1, sizeof *s->window.endpoints);
    s->order = ek_mem_zeroed(&ek_mem_libc, s->endpoint_count + 1, sizeof *s->order);
    if (s->window.endpoints && s->order)
        return EK_OK;
    ek_snapshot_deinit(s);
    return EK_ENOMEM;
}

void ek_snapshot_deinit(struct ek_snapshot *s)
{
    ek_mem_free(&ek_mem_libc, s->window.endpoints);
    ek_mem_free(&ek_mem_libc, s->order);
    ek_log_deinit(&s->log);
    ek_views_deinit(&s->views);
    ek_heat_deinit(&s->heat);
    ek_chain_deinit(&s->chain);
    ek_graphs_deinit(&s->graphs);
    *s = (struct ek_snapshot){0};
}

/* ---- the last second ---- */

static void add_endpoint(struct ek_window *window, const struct ek_replay *replay, size_t endpoint)
{
    struct ek_window_endpoint *sum = &window->endpoints[endpoint];
    *sum = (struct ek_window_endpoint){.p99_ns = -1};
    const struct ek_endpoint_interval *row =
        ek_replay_endpoint_intervals(replay, (uint32_t)endpoint);
    for (size_t i = window->first; i < window->end; i++) {
        sum->attempts += row[i].attempts;
        sum->ok += row[i].ok;
        sum->errors += row[i].errors;
        sum->busy_max = row[i].busy_max; /* of the last one */
        if (row[i].p99_ns > sum->p99_ns)
            sum->p99_ns = row[i].p99_ns;
    }
    window->endpoint_attempts += sum->attempts;
}

/* Only intervals that are over by `at_ns` count, so that a number never knows the future. */
static void fill_window(struct ek_snapshot *s, int64_t at_ns)
{
    struct ek_window *window = &s->window;
    struct ek_window_endpoint *endpoints = window->endpoints;
    *window = (struct ek_window){.p99_ns = -1, .endpoints = endpoints};
    int64_t interval_ns = s->results->interval_ns;
    size_t count = ek_replay_interval_count(s->replay);
    if (interval_ns > 0) {
        size_t wanted = interval_ns < EK_S ? (size_t)(EK_S / interval_ns) : 1;
        window->end = (size_t)(at_ns / interval_ns);
        bool is_all = at_ns >= s->end_ns && !s->results->under_way;
        window->end = window->end > count || is_all ? count : window->end;
        window->first = window->end > wanted ? window->end - wanted : 0;
        window->length_ns = (int64_t)(window->end - window->first) * interval_ns;
    }
    const struct ek_interval *intervals = ek_replay_intervals(s->replay);
    for (size_t i = window->first; i < window->end; i++) {
        window->started += intervals[i].started;
        window->ok += intervals[i].ok;
        window->errors += intervals[i].errors;
        window->attempts += intervals[i].attempts;
        if (intervals[i].p99_ns > window->p99_ns)
            window->p99_ns = intervals[i].p99_ns;
    }
    for (size_t e = 0; e < s->endpoint_count; e++)
        add_endpoint(window, s->replay, e);
}

/* ---- which endpoints, in which order ---- */

static bool matches_filter(const struct ek_snapshot *s, size_t endpoint, const char *filter)
{
    if (filter[0] == '\0')
        return true;
    const struct ek_endpoint_moment *moment = &s->moment->endpoints[endpoint];
    char text[512];
    snprintf(text, sizeof text, "%s zone:%s state:%s server:%s check:%s",
             s->endpoints[endpoint].name, s->endpoints[endpoint].zone,
             ek_fitness_word(moment->fitness), ek_process_word(moment->process), moment->check);
    return ek_text_matches(text, filter);
}

static int compare_numbers(int64_t a, int64_t b)
{
    return a > b ? -1 : a < b;
}

/* Biggest, worst first; texts from a to z. */
static int compare(const struct ek_snapshot *s, enum ek_sort sort, uint32_t a, uint32_t b)
{
    const struct ek_window_endpoint *wa = &s->window.endpoints[a], *wb = &s->window.endpoints[b];
    switch (sort) {
    case EK_SORT_BY_STATE: {
        /* The trouble first: what is not healthy, then what is not up. */
        const struct ek_endpoint_moment *ma = &s->moment->endpoints[a];
        const struct ek_endpoint_moment *mb = &s->moment->endpoints[b];
        int by_fitness = (mb->fitness != EK_FITNESS_HEALTHY) - (ma->fitness != EK_FITNESS_HEALTHY);
        if (by_fitness != 0)
            return by_fitness;
        return ma->fitness != mb->fitness
                   ? (int)ma->fitness - (int)mb->fitness
                   : (mb->process != EK_PROCESS_UP) - (ma->process != EK_PROCESS_UP);
    }
    case EK_SORT_BY_SHARE:
        return compare_numbers((int64_t)wa->attempts, (int64_t)wb->attempts);
    case EK_SORT_BY_P99:
        return compare_numbers(wa->p99_ns, wb->p99_ns);
    case EK_SORT_BY_ERRORS:
        return compare_numbers((int64_t)wa->errors, (int64_t)wb->errors);
    case EK_SORT_BY_ZONE:
        return strcmp(s->endpoints[a].zone, s->endpoints[b].zone);
    case EK_SORT_BY_NAME:
        return strcmp(s->endpoints[a].name, s->endpoints[b].name);
    case EK_SORT_COUNT:
        break;
    }
    return 0;
}

static bool comes_first(const struct ek_snapshot *s, const struct ek_ui *ui, uint32_t a, uint32_t b)
{
    if (ui->is_held && (a == ui->endpoint || b == ui->endpoint))
        return a == ui->endpoint;
    int order = compare(s, ui->sort, a, b);
    order = ui->is_inverted ? -order : order;
    return order != 0 ? order < 0 : a < b;
}

/* A merge sort of ours, since qsort hands its comparison no context. */
static void merge_sort(const struct ek_snapshot *s, const struct ek_ui *ui, uint32_t *items,
                       uint32_t *scratch, size_t count)
{
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t left = 0; left < count; left += 2 * width) {
            size_t middle = left + width < count ? left + width : count;
            size_t end = left + 2 * width < count ? left + 2 * width : count;
            size_t i = left, j = middle;
            for (size_t k = left; k < end; k++) {
                bool takes_left =
                    i < middle && (j >= end || !comes_first(s, ui, items[j], items[i]));
                scratch[k] = takes_left ? items[i++] : items[j++];
            }
        }
        memcpy(items, scratch, count * sizeof *items);
    }
}

static enum ek_err fill_order(struct ek_snapshot *s, const struct ek_ui *ui)
{
    uint32_t *scratch = ek_mem_zeroed(&ek_mem_libc, s->endpoint_count + 1, sizeof *scratch);
    if (!scratch)
        return EK_ENOMEM;
    s->order_count = 0;
    for (size_t e = 0; e < s->endpoint_count; e++) {
        bool is_healthy = s->moment->endpoints[e].fitness == EK_FITNESS_HEALTHY &&
                          s->moment->endpoints[e].process == EK_PROCESS_UP;
        if (matches_filter(s, e, ui->endpoint_filter) && !(ui->shows_faulty && is_healthy))
            s->order[s->order_count++] = (uint32_t)e;
    }
    merge_sort(s, ui, s->order, scratch, s->order_count);
    ek_mem_free(&ek_mem_libc, scratch);
    return EK_OK;
}

const struct ek_recorded_call *ek_snapshot_call(const struct ek_snapshot *s, uint64_t number)
{
    for (size_t i = 0; i < s->call_count; i++) {
        if (s->calls[i].number == number)
            return &s->calls[i];
    }
    return NULL;
}

size_t ek_snapshot_row(const struct ek_snapshot *s, uint32_t endpoint)
{
    for (size_t i = 0; i < s->order_count; i++) {
        if (s->order[i] == endpoint)
            return i;
    }
    return SIZE_MAX;
}

/* ---- the moment ---- */

/* The stretch moves in quarters of its length, so that it stands still under a moving cursor. */
static void fill_stretch(struct ek_snapshot *s, const struct ek_ui *ui)
{
    int64_t length = s->span_ns >> ui->zoom;
    length = length < 4 ? 4 : length;
    int64_t quarter = length / 4;
    int64_t from = (ui->at_ns / quarter - 1) * quarter;
    from = from > s->span_ns - length ? s->span_ns - length : from;
    s->from_ns = from < 0 ? 0 : from;
    s->to_ns = s->from_ns + length;
}

static enum ek_err fill_log(struct ek_snapshot *s, const struct ek_ui *ui)
{
    enum ek_screen screen = ui->place.screen;
    bool may_follow = screen == EK_SCREEN_OVERVIEW || screen == EK_SCREEN_EVENTS;
    struct ek_log_choice choice = {.every = ui->shows_every_event, .endpoint = EK_NOBODY};
    if (screen == EK_SCREEN_ENDPOINT)
        choice.endpoint = ui->place.endpoint;
    if (screen == EK_SCREEN_CALL)
        choice.call = ui->place.call;
    if (may_follow && ui->is_held)
        choice.endpoint = ui->endpoint;
    if (may_follow) {
        choice.call = ui->follow_call;
        choice.fault = ui->follow_fault;
    }
    if (screen == EK_SCREEN_EVENTS)
        snprintf(choice.filter, sizeof choice.filter, "%s", ui->event_filter);
    const struct ek_log_choice *old = &s->log.choice;
    if (s->log.lines && choice.every == old->every && choice.endpoint == old->endpoint &&
        choice.call == old->call && choice.fault == old->fault &&
        strcmp(choice.filter, old->filter) == 0)
        return EK_OK;
    return ek_log_fill(&s->log, s->replay, &choice);
}

static const struct ek_moment *seek(struct ek_snapshot *s, const struct ek_ui *ui)
{
    return ui->is_by_event ? ek_replay_seek_event(s->replay, ui->event_index)
                           : ek_replay_seek(s->replay, ui->at_ns);
}

enum ek_err ek_snapshot_take(struct ek_snapshot *s, const struct ek_ui *ui, int columns)
{
    enum ek_err err = EK_OK;
    fill_stretch(s, ui);
    if (ui->place.screen == EK_SCREEN_HEAT || ui->place.screen == EK_SCREEN_ENDPOINT)
        err = ek_heat_fill(&s->heat, s->replay, s->from_ns, s->to_ns, columns);
    s->moment = seek(s, ui);
    fill_window(s, ui->at_ns);
    if (err == EK_OK)
        err = fill_order(s, ui);
    if (err == EK_OK)
        err = fill_log(s, ui);
    enum ek_screen screen = ui->place.screen;
    if (err == EK_OK && (screen == EK_SCREEN_CONSUL || screen == EK_SCREEN_POLICY))
        err = ek_views_move(&s->views, s->replay, s->moment->event_index);
    if (err == EK_OK && screen == EK_SCREEN_GRAPHS)
        err = ek_graphs_move(&s->graphs, s->replay, s->moment->event_index);
    if (screen == EK_SCREEN_CALL && (!s->call || s->call->number != ui->place.call))
        s->call = ek_snapshot_call(s, ui->place.call);
    if (err == EK_OK && screen == EK_SCREEN_CHAIN)
        err = ek_chain_fill(&s->chain, s->replay, ui->place.event);
    return err;
}
