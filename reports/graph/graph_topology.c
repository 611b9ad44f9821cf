#include "reports/graph/graph.h"

#include "reports/graph/graph_dot.h"
#include "reports/text/render_share.h"

#include <stdlib.h>
#include <string.h>

enum {
    PHASES_MAX = 8,
    ENDPOINTS_SINGLE_MAX = 30, /* more are grouped by zone ... */
    OUTLIERS_MAX = 14,         /* ... except these */
    ZONES_MAX = 8,             /* more get no frames of their own */
    NAME_MAX = 24,
    WIDTH_FULL = 12 /* points, of an edge that carries everything */
};

/* How an endpoint stands, in the order of what matters more in a group. */
struct look {
    const char *glyph, *word, *color;
};
static const struct look looks[] = {
    [EK_FITNESS_HEALTHY] = {"●", "healthy", "#117733"},
    [EK_FITNESS_SUSPECT] = {"▲", "faulty", "#E69F00"},
    [EK_FITNESS_EJECTED] = {"✗", "ejected", "#882255"},
    [EK_FITNESS_PROBING] = {"◐", "probing", "#56B4E9"},
    [EK_FITNESS_DRAINING] = {"▼", "draining", "#332288"},
    [EK_FITNESS_GONE] = {"○", "gone", "#BBBBBB"},
};

enum {
    LOOK_COUNT = sizeof looks / sizeof looks[0]
};

static const char legend[] = "● healthy  ▲ faulty  ✗ ejected  ◐ probing  ▼ draining  ○ gone   "
                             "line: wider for a larger share   dotted: nothing";

/* A node: one endpoint, or those of a zone that behave alike. */
struct row {
    uint32_t endpoint; /* the only one, or the first */
    uint32_t zone;
    size_t count;
};

struct topology {
    const struct ek_results *results;
    const struct ek_phase *phases[PHASES_MAX];
    size_t phase_count;
    const char **zones;
    size_t zone_count;
    uint32_t *zone_of;   /* per endpoint */
    uint32_t *row_of;    /* per endpoint */
    bool *single;        /* per endpoint */
    unsigned char *look; /* per phase and endpoint */
    struct row *rows;    /* by zone */
    size_t row_count;
    int name_width, word_width, fault_width;
    bool has_group;
};

/* ---- what to draw ---- */

static void add_phase(struct topology *t, const char *name)
{
    const struct ek_phase *phase = ek_results_phase(t->results, name);
    if (phase != NULL && t->phase_count < PHASES_MAX)
        t->phases[t->phase_count++] = phase;
}

static void choose_phases(struct topology *t, const char *const *names, size_t count)
{
    for (size_t i = 0; names != NULL && i < count; i++)
        add_phase(t, names[i]);
    if (names != NULL && count > 0)
        return;
    add_phase(t, "before");
    if (t->results->fault_count > 0)
        add_phase(t, t->results->faults[0].id);
    add_phase(t, "after");
    if (t->phase_count == 0)
        add_phase(t, "all");
}

static const char *zone_name(const struct ek_results *r, uint32_t endpoint)
{
    const char *zone = r->endpoint_zones != NULL ? r->endpoint_zones[endpoint] : NULL;
    return zone != NULL ? zone : "";
}

static void find_zones(struct topology *t)
{
    for (uint32_t e = 0; e < t->results->endpoint_count; e++) {
        const char *zone = zone_name(t->results, e);
        uint32_t k = 0;
        while (k < t->zone_count && strcmp(t->zones[k], zone) != 0)
            k++;
        if (k == t->zone_count)
            t->zones[t->zone_count++] = zone;
        t->zone_of[e] = k;
    }
}

static void add_to_row(struct topology *t, size_t row, uint32_t endpoint, uint32_t zone)
{
    if (t->rows[row].count++ == 0)
        t->rows[row].endpoint = endpoint;
    t->rows[row].zone = zone;
    t->row_of[endpoint] = (uint32_t)row;
}

/* One row for all in the zone that a fault hits, or for all others, if there are any. */
static void add_group(struct topology *t, uint32_t zone, bool by_zone, bool is_hit)
{
    size_t row = t->row_count;
    for (uint32_t e = 0; e < t->results->endpoint_count; e++) {
        if (!t->single[e] && (!by_zone || t->zone_of[e] == zone) &&
            ek__is_hit_by_any(t->results, e) == is_hit)
            add_to_row(t, row, e, zone);
    }
    if (row < t->results->endpoint_count && t->rows[row].count > 0)
        t->row_count++;
}

/* By zone: first those with a row of their own, then the groups. */
static void find_rows(struct topology *t)
{
    const struct ek_results *r = t->results;
    bool by_zone = t->zone_count <= ZONES_MAX;
    memset(t->single, true, r->endpoint_count);
    if (r->endpoint_count > ENDPOINTS_SINGLE_MAX)
        ek__stands_out(r, t->phases, t->phase_count, OUTLIERS_MAX, t->single);
    for (uint32_t zone = 0; zone < (by_zone ? t->zone_count : 1); zone++) {
        for (uint32_t e = 0; e < r->endpoint_count; e++) {
            if (t->single[e] && (!by_zone || t->zone_of[e] == zone))
                add_to_row(t, t->row_count++, e, zone);
        }
        add_group(t, zone, by_zone, true);
        add_group(t, zone, by_zone, false);
    }
}

static void find_looks(struct topology *t, struct ek_replay *replay)
{
    size_t n = t->results->endpoint_count;
    for (size_t p = 0; p < t->phase_count; p++) {
        int64_t end_ns = t->phases[p]->end_ns;
        const struct ek_moment *moment = ek_replay_seek(replay, end_ns > 0 ? end_ns - 1 : 0);
        for (size_t e = 0; e < n; e++) {
            unsigned fitness = moment->endpoints[e].fitness;
            t->look[p * n + e] = (unsigned char)(fitness < LOOK_COUNT ? fitness : 0);
        }
    }
}

static void row_name(const struct topology *t, const struct row *row, char *out, size_t size)
{
    if (row->count > 1) {
        bool is_hit = ek__is_hit_by_any(t->results, row->endpoint);
        snprintf(out, size, is_hit ? "%zu hit" : "%zu others", row->count);
        return;
    }
    ek__clean(t->results->endpoint_names[row->endpoint], out, size);
    out[ek__fit_words(out, NAME_MAX)] = '\0';
}

/* ---- one node ---- */

struct row_sum {
    uint64_t attempts, low, high; /* of all; of the least and the most busy one */
    size_t by_look[LOOK_COUNT];
};

static struct row_sum sum_row(const struct topology *t, size_t phase, size_t row)
{
    struct row_sum sum = {.low = UINT64_MAX};
    size_t n = t->results->endpoint_count;
    for (size_t e = 0; e < n; e++) {
        if (t->row_of[e] != row)
            continue;
        uint64_t own = t->phases[phase]->endpoint_attempts[e];
        sum.attempts += own;
        sum.low = own < sum.low ? own : sum.low;
        sum.high = own > sum.high ? own : sum.high;
        sum.by_look[t->look[phase * n + e]]++;
    }
    return sum;
}

/* What most of the row are; of equal numbers the worse. */
static unsigned row_look(const struct row_sum *sum)
{
    unsigned best = 0;
    for (unsigned i = 1; i < LOOK_COUNT; i++)
        best = sum->by_look[i] >= sum->by_look[best] && sum->by_look[i] > 0 ? i : best;
    return best;
}

static void row_word(const struct row *row, const struct row_sum *sum, char *out, size_t size)
{
    unsigned look = row_look(sum);
    if (sum->by_look[look] == row->count)
        snprintf(out, size, "%s", looks[look].word);
    else
        snprintf(out, size, "%zu %s", sum->by_look[look], looks[look].word);
}

/* "9.1 %", or "1.9-2.1 %" of a group. */
static struct ek__text row_share(const struct row_sum *sum, uint64_t all)
{
    struct ek__text low = ek__share(sum->low, all, 1), high = ek__share(sum->high, all, 1), text;
    if (strcmp(low.s, high.s) == 0)
        return high;
    low.s[strcspn(low.s, " ")] = '\0';
    snprintf(text.s, sizeof text.s, "%.16s-%.16s", low.s, high.s);
    return text;
}

static void put_padded(FILE *out, const char *text, int width)
{
    ek__dot_text(out, text);
    for (int i = ek__width(text); i < width; i++)
        fputc(' ', out);
}

/* The ids of the faults that hit the endpoint in this phase, each after a space. */
static void faults_of(const struct topology *t, size_t phase, const struct row *row, char *out,
                      size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; row->count == 1 && i < t->results->fault_count; i++) {
        const struct ek_failover *fault = &t->results->faults[i];
        bool is_now = fault->start_ns < t->phases[phase]->end_ns &&
                      fault->end_ns > t->phases[phase]->start_ns;
        if (is_now && ek__is_hit(fault, row->endpoint) && used + 24 < size)
            used += (size_t)snprintf(out + used, size - used, " %.*s",
                                     (int)ek__fit_words(fault->id, 8), fault->id);
    }
}

/* Columns like those of a table: every node is as wide as the others. */
static void put_row(FILE *out, const struct topology *t, size_t phase, size_t index)
{
    const struct row *row = &t->rows[index];
    struct row_sum sum = sum_row(t, phase, index);
    uint64_t all = ek__phase_attempts(t->results, t->phases[phase]);
    int64_t span_ns = t->phases[phase]->end_ns - t->phases[phase]->start_ns;
    const struct look *look = &looks[row_look(&sum)];
    char name[128], word[48], faults[128];
    row_name(t, row, name, sizeof name);
    row_word(row, &sum, word, sizeof word);
    faults_of(t, phase, row, faults, sizeof faults);
    fprintf(out, "    p%zur%zu [id=\"p%zu-r%zu\", class=\"%s\", label=\"%s ", phase, index, phase,
            index, look->word, look->glyph);
    put_padded(out, name, t->name_width);
    fputs("  ", out);
    put_padded(out, word, t->word_width);
    struct ek__text share = row_share(&sum, all), rate = ek__rate(sum.attempts, span_ns);
    fprintf(out, " %*s%s %7s", t->has_group ? 10 : 7, share.s,
            row->count > 1 ? " each"
            : t->has_group ? "     "
                           : "",
            rate.s);
    put_padded(out, faults, t->fault_width);
    fprintf(out, "\\l\", color=\"%s\"];\n", look->color);
}

static uint64_t square_root(uint64_t value)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 15; bit > 0; bit /= 2) {
        if ((root + bit) * (root + bit) <= value)
            root += bit;
    }
    return root;
}

/* Width goes with the square root of the share: a twentieth stays visible beside all of it. */
static void put_line(FILE *out, const struct topology *t, size_t phase, size_t index)
{
    struct row_sum sum = sum_row(t, phase, index);
    uint64_t all = ek__phase_attempts(t->results, t->phases[phase]);
    fprintf(out, "    p%zuc -> p%zur%zu [tailport=e, headport=w, dir=none, minlen=2, ", phase,
            phase, index);
    if (sum.attempts == 0) {
        fputs("style=dotted, color=\"#999999\"];\n", out);
        return;
    }
    uint64_t ppm = (uint64_t)((double)sum.attempts / (double)all * 1e6);
    uint64_t width = square_root(ppm) * WIDTH_FULL;
    fprintf(out, "penwidth=%s, color=\"%s\"];\n", ek__decimal(width < 500 ? 500 : width, 1000, 2).s,
            looks[row_look(&sum)].color);
}

/* ---- one phase ---- */

static void put_phase_label(FILE *out, const struct topology *t, size_t phase)
{
    const struct ek_phase *p = t->phases[phase];
    char text[400], fault[160] = "";
    for (size_t i = 0; i < t->results->fault_count; i++) {
        if (strcmp(t->results->faults[i].id, p->name) == 0) {
            ek__fault_text(&t->results->faults[i], fault, sizeof fault);
            fputs("    style=filled; fillcolor=\"#FFF4DD\";\n", out);
        }
    }
    fputs("    label=\"", out);
    ek__dot_text(out, p->name);
    fputs(fault[0] != '\0' ? ": " : "", out);
    ek__dot_text(out, fault);
    fprintf(out, "  %s\\l", ek__range(p->start_ns, p->end_ns).s);
    snprintf(text, sizeof text, "%s, %s ok, p99 %s", ek__counted(p->calls, "call").s,
             ek__share(p->ok, p->ok + p->errors, 2).s,
             p->latency.count > 0 ? ek__duration(p->latency.p99_ns).s : "-");
    ek__dot_text(out, text);
    fputs("\\l\";\n", out);
}

static void put_phase(FILE *out, const struct topology *t, size_t phase)
{
    const struct ek_phase *p = t->phases[phase];
    bool zoned = t->zone_count > 1 && t->zone_count <= ZONES_MAX;
    fprintf(
        out,
        "    subgraph cluster_p%zu {\n"
        "    peripheries=1; labelloc=t; labeljust=l; fontsize=13; color=\"#999999\"; margin=14;\n",
        phase);
    put_phase_label(out, t, phase);
    fprintf(out,
            "    p%zuc [style=\"filled,rounded\", fillcolor=\"#F0F0F0\", margin=\"0.12,0.14\", "
            "label=\"%s\\n%s\"];\n",
            phase, ek__counted(t->results->client_count, "client").s,
            ek__rate(p->attempts, p->end_ns - p->start_ns).s);
    /* From the last to the first: Graphviz stacks from the bottom. */
    for (size_t i = t->row_count; i-- > 0;) {
        if (zoned && (i + 1 == t->row_count || t->rows[i].zone != t->rows[i + 1].zone)) {
            fprintf(out,
                    "    subgraph cluster_p%zuz%u {\n"
                    "    label=",
                    phase, t->rows[i].zone);
            char zone[64];
            snprintf(zone, sizeof zone, "zone %.40s", t->zones[t->rows[i].zone]);
            ek__dot_string(out, zone);
            fputs("; style=solid; color=\"#CCCCCC\"; fontsize=11; margin=6;\n", out);
        }
        put_row(out, t, phase, i);
        if (zoned && (i == 0 || t->rows[i].zone != t->rows[i - 1].zone))
            fputs("    }\n", out);
    }
    for (size_t i = t->row_count; i-- > 0;)
        put_line(out, t, phase, i);
    fputs("    }\n", out);
    if (phase > 0 && t->row_count > 0)
        fprintf(out, "    p%zur%zu -> p%zuc [style=invis, weight=20];\n", phase - 1,
                t->row_count / 2, phase);
}

static void write_topology(FILE *out, struct topology *t)
{
    char text[128];
    t->word_width = 7;
    for (size_t i = 0; i < t->row_count; i++) {
        t->has_group |= t->rows[i].count > 1;
        row_name(t, &t->rows[i], text, sizeof text);
        int width = ek__width(text);
        t->name_width = width > t->name_width ? width : t->name_width;
        for (size_t p = 0; p < t->phase_count; p++) {
            struct row_sum sum = sum_row(t, p, i);
            row_word(&t->rows[i], &sum, text, sizeof text);
            width = ek__width(text);
            t->word_width = width > t->word_width ? width : t->word_width;
            faults_of(t, p, &t->rows[i], text, sizeof text);
            width = ek__width(text);
            t->fault_width = width > t->fault_width ? width : t->fault_width;
        }
    }
    ek__dot_begin(out, t->results, "share of the attempts, and state at the end of each phase",
                  legend, "ordering=out, nodesep=0.09, ranksep=0.5,");
    fputs("    node [height=0.32, margin=\"0.10,0.03\", penwidth=2];\n", out);
    for (size_t p = 0; p < t->phase_count; p++)
        put_phase(out, t, p);
    ek__dot_end(out);
}

char *ek_graph_topology(struct ek_replay *replay, const char *const *phases, size_t phase_count)
{
    struct topology t = {.results = ek_replay_results(replay)};
    char *text = NULL;
    size_t size = 0, n = t.results->endpoint_count;
    choose_phases(&t, phases, phase_count);
    t.zones = calloc(n + 1, sizeof *t.zones);
    t.zone_of = calloc(n + 1, sizeof *t.zone_of);
    t.row_of = calloc(n + 1, sizeof *t.row_of);
    t.single = calloc(n + 1, sizeof *t.single);
    t.rows = calloc(n + 1, sizeof *t.rows);
    t.look = calloc(n * PHASES_MAX + 1, sizeof *t.look);
    bool ready = t.phase_count > 0 && t.zones != NULL && t.zone_of != NULL && t.row_of != NULL &&
                 t.single != NULL && t.rows != NULL && t.look != NULL;
    FILE *out = ready ? open_memstream(&text, &size) : NULL;
    if (out != NULL) {
        find_zones(&t);
        find_rows(&t);
        find_looks(&t, replay);
        write_topology(out, &t);
        if (fclose(out) != 0) {
            free(text);
            text = NULL;
        }
    }
    free(t.look);
    free(t.rows);
    free(t.single);
    free(t.row_of);
    free(t.zone_of);
    free(t.zones);
    return text;
}
