#include "reports/explain/pick.h"

#include "evenkeel/lb.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = 8,       /* of the first attempt; later ones get half */
    SHOWN_COLUMN = 11,  /* where a row begins, after its mark */
    WEIGHT_COLUMN = 30, /* right ends */
    FLIGHT_COLUMN = 42,
    SCORE_COLUMN = 66
};

struct ek__text ek__score_text(bool has_score, int64_t score, const char *unit)
{
    struct ek__text text = {"-"};
    if (has_score && strcmp(unit, "ns") == 0)
        return score >= 0 ? ek__duration(score) : text;
    if (has_score)
        snprintf(text.s, sizeof text.s, "%s%.60s", score < 0 ? "-" : "",
                 ek__count(score < 0 ? 0 - (uint64_t)score : (uint64_t)score).s);
    return text;
}

static bool is_eligible(const struct ek_replay_candidate *candidate)
{
    return strcmp(candidate->fitness, "eligible") == 0;
}

/* The chosen first; then the lowest score, which is the best of most policies; then by endpoint. */
static int by_choice(const void *left, const void *right)
{
    const struct ek_replay_candidate *a = *(const struct ek_replay_candidate *const *)left;
    const struct ek_replay_candidate *b = *(const struct ek_replay_candidate *const *)right;
    if (a->is_chosen != b->is_chosen)
        return a->is_chosen ? -1 : 1;
    if (a->has_score && b->has_score && a->score != b->score)
        return a->score < b->score ? -1 : 1;
    if (a->in_flight != b->in_flight && !a->has_score)
        return a->in_flight < b->in_flight ? -1 : 1;
    return (a->endpoint > b->endpoint) - (a->endpoint < b->endpoint);
}

/* ---- rows ---- */

static void put_right(struct ek__line *line, enum ek__style style, int end, const char *text)
{
    ek__tab(line, end - ek__width(text));
    ek__put(line, style, text);
}

static const char *name_of(const struct ek__story *story, uint32_t endpoint)
{
    return endpoint < story->results->endpoint_count ? story->results->endpoint_names[endpoint]
                                                     : "?";
}

static void put_head(struct ek__story *story, const char *unit)
{
    char score[64] = "";
    if (unit[0] != '\0')
        snprintf(score, sizeof score, "score%s%.34s", strcmp(unit, "ns") == 0 ? "" : ", ",
                 strcmp(unit, "ns") == 0 ? "" : unit);
    ek__tab(&story->line, SHOWN_COLUMN + 2);
    ek__put(&story->line, EK__DIM, "shown");
    put_right(&story->line, EK__DIM, WEIGHT_COLUMN, "weight");
    put_right(&story->line, EK__DIM, FLIGHT_COLUMN, "in flight");
    if (score[0] != '\0')
        put_right(&story->line, EK__DIM, SCORE_COLUMN, score);
    ek__end(&story->line);
}

static void put_row(struct ek__story *story, const struct ek_replay_candidate *candidate,
                    const char *unit)
{
    enum ek__style style = candidate->is_chosen ? EK__BOLD : EK__PLAIN;
    char name[24];
    ek__tab(&story->line, SHOWN_COLUMN);
    ek__put(&story->line, style, candidate->is_chosen ? ">" : " ");
    ek__tab(&story->line, SHOWN_COLUMN + 2);
    ek__put(&story->line, style, ek__clean(name_of(story, candidate->endpoint), name, sizeof name));
    put_right(&story->line, style, WEIGHT_COLUMN, ek__count(candidate->weight).s);
    put_right(&story->line, style, FLIGHT_COLUMN, ek__count(candidate->in_flight).s);
    if (unit[0] != '\0')
        put_right(&story->line, style, SCORE_COLUMN,
                  ek__score_text(candidate->has_score, candidate->score, unit).s);
    ek__end(&story->line);
}

/* Those that have no row of their own, as ranges. */
static void tell_rest(struct ek__story *story, const struct ek_replay_candidate *const *list,
                      size_t count, const char *unit)
{
    uint32_t least = UINT32_MAX, most = 0;
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        least = list[i]->in_flight < least ? list[i]->in_flight : least;
        most = list[i]->in_flight > most ? list[i]->in_flight : most;
        if (!list[i]->has_score)
            continue;
        low = list[i]->score < low ? list[i]->score : low;
        high = list[i]->score > high ? list[i]->score : high;
    }
    if (low <= high)
        ek__tell(story, "", EK__DIM, "  %s more: in flight %s .. %s, score %s .. %s",
                 ek__count(count).s, ek__count(least).s, ek__count(most).s,
                 ek__score_text(true, low, unit).s, ek__score_text(true, high, unit).s);
    else
        ek__tell(story, "", EK__DIM, "  %s more: in flight %s .. %s", ek__count(count).s,
                 ek__count(least).s, ek__count(most).s);
}

/* "ejected: b03 b06; cannot be reached: b09" */
static void tell_hidden(struct ek__story *story, const struct ek_replay_candidate *candidates,
                        size_t count)
{
    char text[600] = "";
    for (size_t i = 0; i < count; i++) {
        bool is_first = !is_eligible(&candidates[i]);
        size_t used = strlen(text);
        for (size_t k = 0; k < i && is_first; k++)
            is_first = strcmp(candidates[k].fitness, candidates[i].fitness) != 0;
        if (!is_first)
            continue;
        snprintf(text + used, sizeof text - used, "%s%.40s:", used > 0 ? "; " : "",
                 candidates[i].fitness);
        for (size_t k = i; k < count; k++)
            if (strcmp(candidates[k].fitness, candidates[i].fitness) == 0) {
                used = strlen(text);
                snprintf(text + used, sizeof text - used, " %.40s",
                         name_of(story, candidates[k].endpoint));
            }
    }
    if (text[0] != '\0')
        ek__tell(story, "", EK__DIM, "  not shown: %s", text);
}

/* How the policy chooses, in its own words. */
static void tell_rule(struct ek__story *story, const char *policy)
{
    const struct ek_lb_ops *ops = ek_lb_find(policy);
    if (ops != NULL)
        ek__tell(story, "", EK__DIM, "%s: %s", policy, ops->text);
}

void ek__tell_candidates(struct ek__story *story, const struct ek_recorded_call *call,
                         uint32_t attempt)
{
    size_t count, client_count, shown = 0;
    const struct ek_replay_candidate *candidates =
        ek_replay_candidates(story->traced, call->number, attempt, &count);
    const struct ek_replay_client *clients = ek_replay_clients(story->replay, &client_count);
    const char *unit = call->client < client_count ? clients[call->client].score_unit : "";
    const struct ek_replay_candidate **list = calloc(count + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < count; i++)
        if (is_eligible(&candidates[i]))
            list[shown++] = &candidates[i];
    if (list != NULL && count > 0) {
        size_t most = attempt == 1 ? ROWS_MAX : ROWS_MAX / 2;
        size_t rows = shown <= most + 1 ? shown : most;
        qsort(list, shown, sizeof *list, by_choice);
        if (shown > 0)
            put_head(story, unit);
        for (size_t i = 0; i < rows; i++)
            put_row(story, list[i], unit);
        if (rows < shown)
            tell_rest(story, list + rows, shown - rows, unit);
        tell_hidden(story, candidates, count);
        if (attempt == 1 && shown > 0 && call->client < client_count)
            tell_rule(story, clients[call->client].policy);
    }
    free(list);
}
