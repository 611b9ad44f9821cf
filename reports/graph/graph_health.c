/* How clients thought of their endpoints, and how often they changed their mind. */
#include "reports/graph/picture.h"

#include "reports/text/render_text.h"

#include <stdlib.h>

enum health {
    ABSENT, /* in no list of the client's */
    FIT,
    EJECTED,
    UNHEALTHY,
    HEALTH_COUNT
};

static const struct {
    const char *text;
    enum ek__tone tone;
} looks[HEALTH_COUNT] = {
    [ABSENT] = {"not listed", EK__TONE_PLAIN},
    [FIT] = {"in service", EK__TONE_GOOD},
    [EJECTED] = {"ejected\nits calls failed", EK__TONE_BAD},
    [UNHEALTHY] = {"unhealthy\nits probes failed", EK__TONE_BAD},
};

/* What a record changes an endpoint of a client into; HEALTH_COUNT: nothing. */
static enum health after(const struct ek_replay_event *event)
{
    return event->kind == EK_RECORD_ENDPOINT_ADDED     ? FIT
           : event->kind == EK_RECORD_ENDPOINT_REMOVED ? ABSENT
           : event->kind == EK_RECORD_EJECTED          ? EJECTED
           : event->kind == EK_RECORD_RETURNED         ? FIT
           : event->kind == EK_RECORD_UNHEALTHY        ? UNHEALTHY
           : event->kind == EK_RECORD_HEALTHY          ? FIT
                                                       : HEALTH_COUNT;
}

struct stay {
    unsigned char health;
    int64_t since_ns;
};

struct counts {
    uint64_t taken[HEALTH_COUNT][HEALTH_COUNT];
    int64_t *ns[HEALTH_COUNT]; /* how long each stay was that ended */
    size_t stays[HEALTH_COUNT];
    size_t room;
};

static int by_length(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void follow(struct counts *counts, struct stay *stays, const struct ek_replay *replay)
{
    size_t count, endpoints = ek_replay_results(replay)->endpoint_count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    for (size_t i = 0; i < count; i++) {
        const struct ek_replay_event *event = &events[i];
        enum health next = after(event);
        if (next == HEALTH_COUNT || event->actor == EK_NOBODY || event->subject == EK_NOBODY)
            continue;
        struct stay *stay = &stays[event->actor * endpoints + event->subject];
        if (stay->health == (unsigned char)next)
            continue;
        counts->taken[stay->health][next]++;
        if (stay->since_ns >= 0 && counts->stays[stay->health] < counts->room)
            counts->ns[stay->health][counts->stays[stay->health]++] = event->at_ns - stay->since_ns;
        *stay = (struct stay){(unsigned char)next, event->at_ns};
    }
    for (int h = 0; h < HEALTH_COUNT; h++)
        qsort(counts->ns[h], counts->stays[h], sizeof(int64_t), by_length);
}

static bool fill(struct ek__picture *picture, const struct counts *counts)
{
    unsigned boxes[HEALTH_COUNT];
    bool is_any = false;
    for (int h = 0; h < HEALTH_COUNT; h++) {
        uint64_t entered = 0;
        char text[EK__BOX_TEXT_MAX];
        for (int from = 0; from < HEALTH_COUNT; from++)
            entered += counts->taken[from][h];
        size_t n = counts->stays[h];
        snprintf(text, sizeof text, "%s\n%s%s%s%s", looks[h].text,
                 entered > 0 ? "entered " : "never entered",
                 entered > 0 ? ek__counted(entered, "time").s : "", n > 0 ? "\nmedian stay " : "",
                 n > 0 ? ek__duration(counts->ns[h][(n - 1) / 2]).s : "");
        bool is_used = entered > 0 || h == ABSENT;
        boxes[h] = ek__picture_box(picture, text, is_used ? looks[h].tone : EK__TONE_QUIET);
    }
    for (int from = 0; from < HEALTH_COUNT; from++)
        for (int to = 0; to < HEALTH_COUNT; to++)
            if (counts->taken[from][to] > 0) {
                ek__picture_arrow(picture, boxes[from], boxes[to],
                                  ek__count(counts->taken[from][to]).s, false);
                is_any = true;
            }
    return is_any;
}

char *ek_graph_health(const struct ek_replay *replay, enum ek_graph_language language)
{
    const struct ek_results *results = ek_replay_results(replay);
    size_t pairs = results->client_count * results->endpoint_count;
    struct ek__picture *picture = calloc(1, sizeof *picture);
    struct stay *stays = calloc(pairs + 1, sizeof *stays);
    struct counts counts = {.room = 0};
    bool is_good = picture != NULL && stays != NULL;
    char *text = NULL;
    (void)ek_replay_events(replay, &counts.room);
    for (int h = 0; h < HEALTH_COUNT; h++) {
        counts.ns[h] = calloc(counts.room + 1, sizeof(int64_t));
        is_good = is_good && counts.ns[h] != NULL;
    }
    for (size_t i = 0; is_good && i < pairs; i++)
        stays[i].since_ns = -1;
    if (is_good) {
        picture->results = results;
        picture->title = "how clients thought of endpoints";
        picture->legend = "number: how often, over all clients   stay: of those that ended";
        follow(&counts, stays, replay);
        if (fill(picture, &counts))
            text = ek__picture_text(picture, language);
    }
    for (int h = 0; h < HEALTH_COUNT; h++)
        free(counts.ns[h]);
    free(stays);
    free(picture);
    return text;
}
