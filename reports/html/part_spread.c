/* How even the traffic of each phase is, by chance and in time; and by zone and by weight. */
#include "reports/html/panels.h"

#include "reports/html/write.h"
#include "reports/stats/chi_square.h"
#include "reports/text/render_share.h"

#include <stdlib.h>
#include <string.h>

/* ---- by chance ---- */

/* A fault's own endpoints stay out of its phase: whether those that were left shared evenly is the
 * question. */
static bool is_spared(const struct ek__run *run, const struct ek_phase *phase, uint32_t endpoint)
{
    for (size_t f = 0; f < run->results->fault_count; f++) {
        const struct ek_failover *fault = &run->results->faults[f];
        bool overlaps = fault->start_ns < phase->end_ns && fault->end_ns > phase->start_ns;
        for (size_t i = 0; overlaps && i < fault->endpoint_count; i++)
            if (fault->endpoints[i] == endpoint)
                return false;
    }
    return true;
}

static struct ek__text probability(double p)
{
    struct ek__text text;
    if (p < 0.001)
        snprintf(text.s, sizeof text.s, "< 0.001");
    else
        text = ek__decimal((uint64_t)(p * 1e6 + 0.5), 1000000, 3);
    return text;
}

static void put_chance(const struct ek__panels *panels, size_t p, FILE *out)
{
    const struct ek__run *run = panels->run;
    struct ek_chi_square fit;
    uint64_t *weights = calloc(run->endpoint_count + 1, sizeof *weights);
    bool is_part = false;
    for (size_t e = 0; weights != NULL && e < run->endpoint_count; e++) {
        bool spared = is_spared(run, panels->phases[p], (uint32_t)e);
        weights[e] = spared ? run->weights[e] : 0;
        is_part = is_part || !spared;
    }
    if (weights == NULL || !ek_chi_square_fit(panels->phases[p]->endpoint_attempts, weights,
                                              run->endpoint_count, &fit))
        fputs("<td class=\"num\">too few</td>", out);
    else
        ek__html(out, "<td class=\"num\">$$</td>", probability(fit.p).s,
                 is_part ? " of those spared" : "");
    free(weights);
}

/* ---- in time ---- */

/* The counts of the phase in stretches that are long enough to hold about ten attempts for each
 * endpoint. Returns new; NULL when there is nothing to count. */
static uint64_t *stretches_of(const struct ek__run *run, const struct ek_phase *phase, size_t *rows)
{
    size_t first = ek__interval_at(run, phase->start_ns), end = ek__interval_at(run, phase->end_ns);
    uint64_t attempts = 0;
    if (end >= run->interval_count)
        end = run->interval_count;
    for (size_t i = first; i < end; i++)
        attempts += run->intervals[i].attempts;
    *rows = 0;
    if (attempts == 0 || end <= first)
        return NULL;
    uint64_t wanted = 10 * run->endpoint_count;
    size_t each = (size_t)((wanted * (end - first) + attempts - 1) / attempts);
    each = each == 0 ? 1 : each;
    *rows = (end - first) / each;
    uint64_t *counts = calloc(*rows * run->endpoint_count + 1, sizeof *counts);
    for (size_t e = 0; counts != NULL && e < run->endpoint_count; e++) {
        const struct ek_endpoint_interval *own =
            ek_replay_endpoint_intervals(run->replay, (uint32_t)e);
        for (size_t i = 0; i < *rows * each; i++)
            counts[i / each * run->endpoint_count + e] += own[first + i].attempts;
    }
    return counts;
}

static void put_bunching(const struct ek__panels *panels, size_t p, FILE *out)
{
    size_t rows;
    uint64_t *counts = stretches_of(panels->run, panels->phases[p], &rows);
    double ratio =
        counts != NULL ? ek_chi_square_bunching(counts, rows, panels->run->endpoint_count) : -1;
    if (ratio < 0)
        fputs("<td class=\"num\">too few</td>", out);
    else
        ek__html(out, "<td class=\"num\">$$</td>",
                 ek__decimal((uint64_t)(ratio * 1000 + 0.5), 1000, 2).s,
                 ratio >= 3     ? " together"
                 : ratio <= 0.5 ? " in turn"
                                : "");
    free(counts);
}

/* ---- the table ---- */

static void put_attempts(const struct ek__panels *panels, size_t p, FILE *out)
{
    ek__html(out, "<td class=\"num\">$</td>", ek__count(panels->attempts[p]).s);
}

static void put_jain(const struct ek__panels *panels, size_t p, FILE *out)
{
    ek__html(out, "<td class=\"num\">$</td>",
             ek__decimal((uint64_t)panels->phases[p]->jain_ppm, 1000000, 3).s);
}

static void put_variation(const struct ek__panels *panels, size_t p, FILE *out)
{
    ek__html(out, "<td class=\"num\">$</td>",
             ek__decimal((uint64_t)panels->phases[p]->cv_ppm, 1000000, 3).s);
}

static void put_over_mean(const struct ek__panels *panels, size_t p, FILE *out)
{
    uint64_t most = 0;
    for (size_t e = 0; e < panels->run->endpoint_count; e++)
        if (panels->phases[p]->endpoint_attempts[e] > most)
            most = panels->phases[p]->endpoint_attempts[e];
    struct ek__text text = {"-"};
    if (panels->attempts[p] > 0)
        text = ek__decimal(most * panels->run->endpoint_count, panels->attempts[p], 2);
    ek__html(out, "<td class=\"num\">$</td>", text.s);
}

void ek__put_evenness(const struct ek__panels *panels, FILE *out)
{
    static const struct {
        const char *text, *note;
        void (*put)(const struct ek__panels *panels, size_t p, FILE *out);
    } rows[] = {
        {"attempts", "", put_attempts},
        {"Jain's index", "1 is even", put_jain},
        {"coefficient of variation", "0 is even", put_variation},
        {"largest over mean", "1 is even", put_over_mean},
        {"chi-square p", "chance that random picks are as uneven", put_chance},
        {"clients in step", "1: each picks for itself; above: a herd; below: in turn",
         put_bunching},
    };
    ek__panels_begin(panels, "how even", out);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ek__html(out, "<tr><th scope=\"row\">$ <small>$</small></th>", rows[i].text, rows[i].note);
        for (size_t p = 0; p < panels->count; p++)
            rows[i].put(panels, p, out);
        fputs("</tr>\n", out);
    }
    ek__panels_end(out);
}

/* ---- by zone and by weight ---- */

static bool is_alike(const struct ek__run *run, size_t a, size_t b, bool by_zone)
{
    return by_zone ? strcmp(run->endpoints[a].zone, run->endpoints[b].zone) == 0
                   : run->weights[a] == run->weights[b];
}

/* Rows for the zones, or the weights, each the sum of its endpoints. */
static void put_sums(const struct ek__panels *panels, bool by_zone, FILE *out)
{
    const struct ek__run *run = panels->run;
    uint64_t weight_all = 0;
    for (size_t e = 0; e < run->endpoint_count; e++)
        weight_all += run->weights[e];
    ek__panels_begin(panels, by_zone ? "by zone" : "by weight", out);
    for (size_t z = 0; z < run->endpoint_count; z++) {
        bool is_first = true;
        uint64_t weight = 0, members = 0;
        for (size_t k = 0; k < z && is_first; k++)
            is_first = !is_alike(run, k, z, by_zone);
        if (!is_first)
            continue;
        for (size_t e = z; e < run->endpoint_count; e++) {
            weight += is_alike(run, e, z, by_zone) ? run->weights[e] : 0;
            members += is_alike(run, e, z, by_zone);
        }
        ek__html(out, "<tr><th scope=\"row\">$ $ <small>$, fair share $</small></th>",
                 by_zone ? "zone" : "weight",
                 !by_zone                         ? ek__count(run->weights[z]).s
                 : run->endpoints[z].zone[0] != 0 ? run->endpoints[z].zone
                                                  : "none",
                 ek__counted(members, "endpoint").s, ek__share(weight, weight_all, 1).s);
        for (size_t p = 0; p < panels->count; p++) {
            uint64_t sum = 0;
            for (size_t e = z; e < run->endpoint_count; e++)
                if (is_alike(run, e, z, by_zone))
                    sum += panels->phases[p]->endpoint_attempts[e];
            ek__html(out, "<td class=\"num\">$</td>", ek__share(sum, panels->attempts[p], 1).s);
        }
        fputs("</tr>\n", out);
    }
    ek__panels_end(out);
}

void ek__put_parts(const struct ek__panels *panels, FILE *out)
{
    const struct ek__run *run = panels->run;
    bool has_zones = false, has_weights = false;
    for (size_t e = 0; e < run->endpoint_count; e++) {
        has_zones = has_zones || run->endpoints[e].zone[0] != '\0';
        has_weights = has_weights || run->weights[e] != run->weights[0];
    }
    if (has_zones)
        put_sums(panels, true, out);
    if (has_weights)
        put_sums(panels, false, out);
}
