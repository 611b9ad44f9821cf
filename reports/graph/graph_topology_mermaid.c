/* Who sent how much to whom, phase by phase, in Mermaid. */
#include "reports/graph/graph.h"

#include "reports/graph/picture.h"
#include "reports/text/render_share.h"

#include <stdlib.h>

enum {
    PHASES_MAX = 3,
    ENDPOINTS_SINGLE_MAX = 12, /* of more, only those that stand out get a box */
    OUTLIERS_MAX = 8
};

static size_t choose_phases(const struct ek_results *r, const struct ek_phase **phases)
{
    const char *names[PHASES_MAX] = {"before", r->fault_count > 0 ? r->faults[0].id : NULL,
                                     "after"};
    size_t count = 0;
    for (size_t i = 0; i < PHASES_MAX; i++) {
        const struct ek_phase *phase = names[i] != NULL ? ek_results_phase(r, names[i]) : NULL;
        if (phase != NULL)
            phases[count++] = phase;
    }
    if (count == 0 && r->phase_count > 0)
        phases[count++] = &r->phases[0];
    return count;
}

static enum ek__tone tone_of(enum ek_fitness fitness)
{
    switch (fitness) {
    case EK_FITNESS_HEALTHY:
        return EK__TONE_GOOD;
    case EK_FITNESS_SUSPECT:
        return EK__TONE_FAULT;
    case EK_FITNESS_EJECTED:
    case EK_FITNESS_PROBING:
        return EK__TONE_BAD;
    case EK_FITNESS_DRAINING:
        return EK__TONE_REACTS;
    case EK_FITNESS_GONE:
        return EK__TONE_QUIET;
    }
    return EK__TONE_PLAIN;
}

static const char *word_of(enum ek_fitness fitness)
{
    static const char *const words[] = {
        [EK_FITNESS_HEALTHY] = "healthy",   [EK_FITNESS_SUSPECT] = "faulty",
        [EK_FITNESS_EJECTED] = "ejected",   [EK_FITNESS_PROBING] = "probing",
        [EK_FITNESS_DRAINING] = "draining", [EK_FITNESS_GONE] = "gone",
    };
    return words[fitness];
}

/* All that have no box of their own. */
static void others_box(struct ek__picture *picture, const struct ek_phase *phase,
                       const bool *single, unsigned clients, int group)
{
    const struct ek_results *r = picture->results;
    uint64_t attempts = 0, all = ek__phase_attempts(r, phase);
    size_t count = 0;
    char text[EK__BOX_TEXT_MAX];
    for (size_t e = 0; e < r->endpoint_count; e++) {
        attempts += single[e] ? 0 : phase->endpoint_attempts[e];
        count += !single[e];
    }
    if (count == 0)
        return;
    snprintf(text, sizeof text, "%zu others", count);
    unsigned box = ek__picture_box(picture, text, EK__TONE_PLAIN);
    if (box < EK__BOXES_MAX)
        picture->boxes[box].group = group;
    ek__picture_arrow(picture, clients, box, ek__share(attempts, all, 1).s, false);
}

static void phase_boxes(struct ek__picture *picture, struct ek_replay *replay,
                        const struct ek_phase *phase, const bool *single)
{
    const struct ek_results *r = picture->results;
    int group = (int)picture->group_count;
    char text[EK__BOX_TEXT_MAX];
    uint64_t all = ek__phase_attempts(r, phase);
    const struct ek_moment *moment =
        ek_replay_seek(replay, phase->end_ns > 0 ? phase->end_ns - 1 : 0);
    picture->groups[picture->group_count++] = phase->name;
    snprintf(text, sizeof text, "%s\n%s", ek__counted(r->client_count, "client").s,
             ek__rate(all, phase->end_ns - phase->start_ns).s);
    unsigned clients = ek__picture_box(picture, text, EK__TONE_PLAIN);
    if (clients < EK__BOXES_MAX)
        picture->boxes[clients].group = group;
    for (size_t e = 0; e < r->endpoint_count; e++) {
        enum ek_fitness fitness = moment->endpoints[e].fitness;
        if (!single[e])
            continue;
        snprintf(text, sizeof text, "%.100s\n%s", r->endpoint_names[e], word_of(fitness));
        unsigned box = ek__picture_box(picture, text, tone_of(fitness));
        if (box < EK__BOXES_MAX)
            picture->boxes[box].group = group;
        ek__picture_arrow(picture, clients, box, ek__share(phase->endpoint_attempts[e], all, 1).s,
                          false);
    }
    others_box(picture, phase, single, clients, group);
}

char *ek_graph_topology_mermaid(struct ek_replay *replay)
{
    const struct ek_results *r = ek_replay_results(replay);
    const struct ek_phase *phases[PHASES_MAX];
    size_t phase_count = choose_phases(r, phases);
    struct ek__picture *picture = calloc(1, sizeof *picture);
    bool *single = calloc(r->endpoint_count + 1, sizeof *single);
    char *text = NULL;
    if (picture != NULL && single != NULL && phase_count > 0) {
        picture->results = r;
        picture->title = "share of the attempts, and state at the end of each phase";
        picture->legend = "";
        for (size_t e = 0; e < r->endpoint_count; e++)
            single[e] = true;
        if (r->endpoint_count > ENDPOINTS_SINGLE_MAX)
            ek__stands_out(r, phases, phase_count, OUTLIERS_MAX, single);
        for (size_t p = 0; p < phase_count; p++)
            phase_boxes(picture, replay, phases[p], single);
        text = ek__picture_text(picture, EK_GRAPH_MERMAID);
    }
    free(single);
    free(picture);
    return text;
}
