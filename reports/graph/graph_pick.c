/* What the picks of one call chose from. */
#include "reports/graph/picture.h"

#include "evenkeel/lb.h"
#include "evenkeel/status.h"
#include "reports/explain/pick.h"
#include "reports/text/render_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    BOXES_EACH = 12, /* candidates of an attempt with a box of their own */
    GROUPS_MAX = EK_RECORD_ATTEMPTS_MAX
};

struct drawn {
    struct ek__picture *picture;
    const struct ek_replay *replay;
    const struct ek_recorded_call *call;
    const char *unit;
};

static const char *name_of(const struct drawn *drawn, uint32_t endpoint)
{
    const struct ek_results *results = ek_replay_results(drawn->replay);
    return endpoint < results->endpoint_count ? results->endpoint_names[endpoint] : "?";
}

static bool is_eligible(const struct ek_replay_candidate *candidate)
{
    return strcmp(candidate->fitness, "eligible") == 0;
}

static unsigned box_in(const struct drawn *drawn, size_t group, const char *text,
                       enum ek__tone tone)
{
    unsigned box = ek__picture_box(drawn->picture, text, tone);
    if (box < EK__BOXES_MAX)
        drawn->picture->boxes[box].group = (int)group;
    return box;
}

static void put_candidate(const struct drawn *drawn, size_t group, unsigned from,
                          const struct ek_replay_candidate *candidate)
{
    char text[EK__BOX_TEXT_MAX], score[140] = "", name[40];
    if (candidate->has_score)
        snprintf(score, sizeof score, "\nscore %.60s%s%.60s",
                 ek__score_text(true, candidate->score, drawn->unit).s,
                 strcmp(drawn->unit, "ns") == 0 ? "" : " ",
                 strcmp(drawn->unit, "ns") == 0 ? "" : drawn->unit);
    snprintf(text, sizeof text, "%s\n%.20s in flight, weight %.20s%.100s",
             ek__clean(name_of(drawn, candidate->endpoint), name, sizeof name),
             ek__count(candidate->in_flight).s, ek__count(candidate->weight).s, score);
    unsigned box =
        box_in(drawn, group, text, candidate->is_chosen ? EK__TONE_REACTS : EK__TONE_PLAIN);
    if (box < EK__BOXES_MAX)
        drawn->picture->boxes[box].is_bold = candidate->is_chosen;
    ek__picture_arrow(drawn->picture, from, box, candidate->is_chosen ? "chosen" : "",
                      candidate->is_chosen);
}

/* Those that the policy was not shown, in a box for each reason. */
static void put_hidden(const struct drawn *drawn, size_t group, unsigned from,
                       const struct ek_replay_candidate *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_first = !is_eligible(&list[i]);
        size_t alike = 0, arrows = drawn->picture->arrow_count;
        char text[EK__BOX_TEXT_MAX], names[120] = "";
        for (size_t k = 0; k < i && is_first; k++)
            is_first = strcmp(list[k].fitness, list[i].fitness) != 0;
        if (!is_first)
            continue;
        for (size_t k = i; k < count; k++)
            if (strcmp(list[k].fitness, list[i].fitness) == 0 && ++alike <= 6) {
                char name[16];
                size_t used = strlen(names);
                snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? " " : "",
                         ek__clean(name_of(drawn, list[k].endpoint), name, sizeof name));
            }
        snprintf(text, sizeof text, "not shown: %.60s\n%s%s", list[i].fitness, names,
                 alike > 6 ? " ..." : "");
        unsigned box = box_in(drawn, group, text, EK__TONE_QUIET);
        ek__picture_arrow(drawn->picture, from, box, "", false);
        if (drawn->picture->arrow_count > arrows)
            drawn->picture->arrows[arrows].is_dashed = true;
    }
}

static bool put_attempt(const struct drawn *drawn, size_t group, uint32_t number)
{
    const struct ek_recorded_attempt *attempt = &drawn->call->attempts[number - 1];
    size_t count, shown = 0, left_out = 0, clients;
    const struct ek_replay_candidate *list =
        ek_replay_candidates(drawn->replay, drawn->call->number, number, &count);
    const struct ek_replay_client *client = ek_replay_clients(drawn->replay, &clients);
    char text[EK__BOX_TEXT_MAX], name[40], policy[60];
    if (count == 0)
        return false;
    client += drawn->call->client;
    snprintf(text, sizeof text, "%s\nasks %s\nat %s", ek__clean(client->name, name, sizeof name),
             ek__clean(client->policy, policy, sizeof policy), ek__instant(attempt->start_ns).s);
    unsigned from = box_in(drawn, group, text, EK__TONE_PLAIN);
    drawn->picture->boxes[from].is_round = true;
    for (size_t i = 0; i < count; i++) {
        if (!is_eligible(&list[i]))
            continue;
        if (shown < BOXES_EACH || list[i].is_chosen)
            put_candidate(drawn, group, from, &list[i]);
        else
            left_out++;
        shown++;
    }
    if (left_out > 0) {
        snprintf(text, sizeof text, "%s more candidates", ek__count(left_out).s);
        ek__picture_arrow(drawn->picture, from, box_in(drawn, group, text, EK__TONE_PLAIN), "",
                          false);
    }
    put_hidden(drawn, group, from, list, count);
    return true;
}

static const struct ek_recorded_call *find_call(const struct ek_replay *replay, uint64_t number)
{
    size_t count, clients;
    const struct ek_recorded_call *calls = ek_replay_calls(replay, &count);
    (void)ek_replay_clients(replay, &clients);
    for (size_t i = 0; i < count; i++)
        if (calls[i].number == number && calls[i].client < clients)
            return &calls[i];
    return NULL;
}

/* How the policy chooses, as far as a line holds it. */
static void rule_text(const char *policy, char *out, size_t size)
{
    const struct ek_lb_ops *ops = ek_lb_find(policy);
    size_t fits = ops != NULL ? ek__fit_words(ops->text, 90) : 0;
    if (fits == 0)
        snprintf(out, size, "bold: the chosen   dashed: not shown to the policy");
    else
        snprintf(out, size, "%s: %.*s%s", ops->name, (int)fits, ops->text,
                 ops->text[fits] != '\0' ? " ..." : "");
}

char *ek_graph_pick(const struct ek_replay *replay, uint64_t call, enum ek_graph_language language)
{
    struct ek__picture *picture = calloc(1, sizeof *picture);
    const struct ek_recorded_call *found = find_call(replay, call);
    size_t clients;
    const struct ek_replay_client *client = ek_replay_clients(replay, &clients);
    char groups[GROUPS_MAX][120], title[100], legend[200], *text = NULL;
    if (picture != NULL && found != NULL) {
        struct drawn drawn = {picture, replay, found, client[found->client].score_unit};
        snprintf(title, sizeof title, "what call %s chose from", ek__count(call).s);
        picture->results = ek_replay_results(replay);
        picture->title = title;
        rule_text(client[found->client].policy, legend, sizeof legend);
        picture->legend = legend;
        for (uint32_t i = 0; i < found->attempt_count && i < GROUPS_MAX; i++) {
            int status = found->attempts[i].status;
            const char *word = status >= 0 && status < EK_STATUS_COUNT
                                   ? ek_status_name((enum ek_status)status)
                                   : "?";
            snprintf(groups[i], sizeof groups[i], "attempt %" PRIu32 ": %s after %s", i + 1, word,
                     ek__duration(found->attempts[i].end_ns - found->attempts[i].start_ns).s);
            picture->groups[picture->group_count] = groups[i];
            if (put_attempt(&drawn, picture->group_count, i + 1))
                picture->group_count++;
        }
        if (picture->group_count > 0)
            text = ek__picture_text(picture, language);
    }
    free(picture);
    return text;
}
