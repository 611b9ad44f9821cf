#include "reports/text/render_share.h"

#include <stdlib.h>
#include <string.h>

uint64_t ek__phase_attempts(const struct ek_results *results, const struct ek_phase *phase)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < results->endpoint_count; i++)
        sum += phase->endpoint_attempts[i];
    return sum;
}

bool ek__is_hit(const struct ek_failover *fault, uint32_t endpoint)
{
    for (size_t i = 0; i < fault->endpoint_count; i++) {
        if (fault->endpoints[i] == endpoint)
            return true;
    }
    return false;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* A third off, and more than chance does to a count. */
static bool is_far(uint64_t count, uint64_t median)
{
    double off = count > median ? (double)(count - median) : (double)(median - count);
    return off * 3 > (double)median && off * off > 16 * (double)(median + 1);
}

bool ek__is_hit_by_any(const struct ek_results *results, uint32_t endpoint)
{
    for (size_t i = 0; i < results->fault_count; i++) {
        if (ek__is_hit(&results->faults[i], endpoint))
            return true;
    }
    return false;
}

void ek__stands_out(const struct ek_results *results, const struct ek_phase *const *phases,
                    size_t phase_count, size_t single_max, bool *out)
{
    size_t n = results->endpoint_count, hit_count = 0, far_count = 0;
    uint64_t *sorted = calloc(n + 1, sizeof *sorted);
    bool *hit = calloc(n + 1, sizeof *hit), *far = calloc(n + 1, sizeof *far);
    memset(out, false, n);
    if (sorted == NULL || hit == NULL || far == NULL)
        goto out;
    for (uint32_t i = 0; i < n; i++)
        hit_count += hit[i] = ek__is_hit_by_any(results, i);
    for (size_t p = 0; p < phase_count; p++) {
        const uint64_t *attempts = phases[p]->endpoint_attempts;
        memcpy(sorted, attempts, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, by_value);
        for (size_t i = 0; i < n; i++)
            far[i] |= !hit[i] && is_far(attempts[i], sorted[n / 2]);
    }
    size_t room = hit_count <= single_max ? single_max - hit_count : single_max;
    for (size_t i = 0; i < n; i++)
        far_count += far[i];
    for (size_t i = 0; i < n; i++)
        out[i] = (hit[i] && hit_count <= single_max) || (far[i] && far_count <= room);
out:
    free(far);
    free(hit);
    free(sorted);
}

/* ---- the table ---- */

struct share_table {
    const struct ek_results *results;
    const struct ek_phase *const *phases; /* the columns */
    size_t phase_count;
    const bool *single; /* endpoints with a row of their own */
    int name_width, cell_width;
    double full; /* the share of a full bar */
};

enum {
    LABEL_COLUMN = 2,
    ENDPOINTS_SINGLE_MAX = 30, /* more are grouped */
    CELL_MIN = 12,
    CELL_MAX = 22,
    NUMBER_WIDTH = 8
};

static void put_cell(struct ek__line *line, const struct share_table *t, size_t column,
                     enum ek__style style, const char *text)
{
    ek__tab(line, t->name_width + (int)column * t->cell_width);
    ek__put_right(line, style, text, NUMBER_WIDTH + 2);
}

static void put_phase_rows(struct ek__line *line, const struct share_table *t)
{
    static const char *const labels[] = {"", "time", "calls", "success", "p99", "Jain"};
    for (size_t row = 0; row < sizeof labels / sizeof labels[0]; row++) {
        ek__tab(line, LABEL_COLUMN);
        ek__put(line, EK__DIM, labels[row]);
        for (size_t i = 0; i < t->phase_count; i++) {
            const struct ek_phase *phase = t->phases[i];
            struct ek__text text = {"-"};
            switch (row) {
            case 0:
                snprintf(text.s, sizeof text.s, "%.*s",
                         (int)ek__fit_words(phase->name, NUMBER_WIDTH + 2), phase->name);
                break;
            case 1:
                text = ek__range(phase->start_ns, phase->end_ns);
                break;
            case 2:
                text = ek__count(phase->calls);
                break;
            case 3:
                text = ek__share(phase->ok, phase->ok + phase->errors, 2);
                break;
            case 4:
                if (phase->latency.count > 0)
                    text = ek__duration(phase->latency.p99_ns);
                break;
            default:
                if (ek__phase_attempts(t->results, phase) > 0)
                    text = ek__decimal((uint64_t)phase->jain_ppm, 1000000, 3);
            }
            put_cell(line, t, i, row == 0 ? EK__BOLD : EK__PLAIN, text.s);
        }
        ek__end(line);
    }
}

static void put_endpoint_row(struct ek__line *line, const struct share_table *t, uint32_t endpoint)
{
    const struct ek_results *r = t->results;
    char name[96];
    ek__clean(r->endpoint_names[endpoint], name, sizeof name);
    ek__tab(line, LABEL_COLUMN);
    ek__put(line, EK__PLAIN, name);
    for (size_t i = 0; i < r->fault_count; i++) {
        if (!ek__is_hit(&r->faults[i], endpoint))
            continue;
        bool fits = line->column + 2 + ek__width(r->faults[i].id) < t->name_width;
        ek__tab(line, line->column + fits);
        ek__put(line, EK__FAULT, fits ? r->faults[i].id : "+");
        if (!fits)
            break;
    }
    for (size_t i = 0; i < t->phase_count; i++) {
        uint64_t own = t->phases[i]->endpoint_attempts[endpoint];
        uint64_t sum = ek__phase_attempts(r, t->phases[i]);
        put_cell(line, t, i, EK__PLAIN, ek__share(own, sum, 1).s);
        int room = t->cell_width - NUMBER_WIDTH - 4;
        if (room < 3 || sum == 0)
            continue;
        double share = (double)own / (double)sum;
        ek__tab(line, line->column + 1);
        ek__put(
            line, EK__GOOD,
            ek__bar((uint64_t)(share * 1e9), (uint64_t)(t->full * 1e9), room, line->render->unicode)
                .s);
    }
    ek__end(line);
}

static bool is_in_group(const struct share_table *t, uint32_t endpoint, bool is_hit)
{
    return !t->single[endpoint] && ek__is_hit_by_any(t->results, endpoint) == is_hit;
}

/* Those without a row of their own: all that a fault hits, or all others. */
static void put_group_row(struct ek__line *line, const struct share_table *t, bool is_hit)
{
    const struct ek_results *r = t->results;
    char text[64];
    size_t count = 0;
    for (uint32_t e = 0; e < r->endpoint_count; e++)
        count += is_in_group(t, e, is_hit);
    if (count == 0)
        return;
    const char *who = is_hit ? " hit" : " others";
    if (count == r->endpoint_count)
        snprintf(text, sizeof text, "all %zu, each", count);
    else
        snprintf(text, sizeof text, "%zu%s, each", count, who);
    ek__tab(line, LABEL_COLUMN);
    ek__put(line, EK__PLAIN, text);
    for (size_t i = 0; i < t->phase_count; i++) {
        const uint64_t *attempts = t->phases[i]->endpoint_attempts;
        uint64_t low = UINT64_MAX, high = 0, sum = ek__phase_attempts(r, t->phases[i]);
        for (uint32_t e = 0; e < r->endpoint_count; e++) {
            if (!is_in_group(t, e, is_hit))
                continue;
            low = attempts[e] < low ? attempts[e] : low;
            high = attempts[e] > high ? attempts[e] : high;
        }
        struct ek__text from = ek__share(low, sum, 1), to = ek__share(high, sum, 1);
        if (strcmp(from.s, to.s) != 0) {
            from.s[strcspn(from.s, " ")] = '\0';
            snprintf(text, sizeof text, "%.20s-%.20s", from.s, to.s);
        } else {
            snprintf(text, sizeof text, "%.20s", to.s);
        }
        put_cell(line, t, i, EK__PLAIN, text);
    }
    ek__end(line);
}

static int name_width(const struct ek_results *r, const bool *single)
{
    int width = 16; /* "999 others, each" */
    for (uint32_t e = 0; e < r->endpoint_count; e++) {
        int own = single[e] ? ek__width(r->endpoint_names[e]) : 0;
        for (size_t i = 0; single[e] && i < r->fault_count; i++)
            own += ek__is_hit(&r->faults[i], e) ? 1 + ek__width(r->faults[i].id) : 0;
        width = own > width ? own : width;
    }
    return LABEL_COLUMN + (width > 24 ? 24 : width);
}

static double largest_share(const struct ek_results *r, const struct ek_phase *const *phases,
                            size_t count)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t sum = ek__phase_attempts(r, phases[i]);
        for (size_t e = 0; e < r->endpoint_count && sum > 0; e++) {
            double share = (double)phases[i]->endpoint_attempts[e] / (double)sum;
            largest = share > largest ? share : largest;
        }
    }
    return largest;
}

void ek__put_shares(struct ek__line *line, const struct ek_results *r)
{
    if (r->phase_count == 0)
        return;
    size_t first = r->phase_count > 1 ? 1 : 0, count = r->phase_count - first;
    const struct ek_phase **phases = calloc(count, sizeof *phases);
    bool *single = calloc(r->endpoint_count + 1, sizeof *single);
    if (phases == NULL || single == NULL)
        goto out;
    for (size_t i = 0; i < count; i++)
        phases[i] = &r->phases[first + i];
    bool grouped = r->endpoint_count > ENDPOINTS_SINGLE_MAX;
    memset(single, true, r->endpoint_count);
    if (grouped)
        ek__stands_out(r, phases, count, 12, single);
    struct share_table t = {.results = r, .single = single, .name_width = name_width(r, single)};
    t.full = largest_share(r, phases, count);
    int room = line->render->columns - t.name_width;
    int cell_min = CELL_MIN;
    for (size_t i = 0; i < count; i++) {
        int own = ek__width(ek__range(phases[i]->start_ns, phases[i]->end_ns).s) + 2;
        cell_min = own > cell_min ? own : cell_min;
    }
    size_t at_once = room > cell_min ? (size_t)(room / cell_min) : 1;
    size_t blocks = (count + at_once - 1) / at_once;
    at_once = (count + blocks - 1) / blocks; /* blocks of about the same size */
    t.cell_width = room / (int)at_once < CELL_MAX ? room / (int)at_once : CELL_MAX;

    ek__put_heading(line, "phases", "calls by when they were planned; shares are of all attempts");
    for (size_t from = 0; from < count; from += at_once) {
        if (from > 0)
            ek__end(line);
        t.phases = phases + from;
        t.phase_count = count - from < at_once ? count - from : at_once;
        put_phase_rows(line, &t);
        ek__tab(line, LABEL_COLUMN);
        ek__put(line, EK__DIM, "share");
        ek__end(line);
        for (uint32_t e = 0; e < r->endpoint_count; e++) {
            if (single[e])
                put_endpoint_row(line, &t, e);
        }
        put_group_row(line, &t, true);
        put_group_row(line, &t, false);
    }
out:
    free(single);
    free(phases);
}
