/* Calls that failed with one status: how many, why, and the first of them. */
#include "reports/explain/story.h"

#include "evenkeel/status.h"

#include <stdlib.h>
#include <string.h>

enum {
    GROUPS_MAX = 8
};

/* Kept failed calls with one root cause and one reason. */
struct group {
    const struct ek_failover *fault;
    bool is_by_state; /* the fault is that of the channel's state, as the call had no attempt */
    const char *text;
    uint32_t endpoint; /* of the first one's last attempt; EK_NOBODY */
    uint64_t count;
};

static const char *reason_of(const struct ek_replay *replay, const struct ek_recorded_call *call)
{
    const struct ek_replay_event *event =
        call->cause != 0 ? ek_replay_event_by_id(replay, call->cause) : NULL;
    return event != NULL ? event->text : "";
}

static bool missing(struct ek__story *story, const char *status)
{
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(story->replay, &count);
    uint64_t seen[EK_STATUS_COUNT] = {0};
    char list[300] = "";
    for (size_t i = 0; i < count; i++)
        if (calls[i].status > EK_STATUS_OK && calls[i].status < EK_STATUS_COUNT)
            seen[calls[i].status]++;
    for (int i = 1; i < EK_STATUS_COUNT; i++) {
        size_t used = strlen(list);
        if (seen[i] > 0)
            snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "",
                     ek__status_text(i));
    }
    return ek__tell_missing(story, "no kept call failed with %.40s; %s%s", status,
                            list[0] != '\0' ? "the run has " : "none failed", list);
}

static void add(struct group *groups, size_t *count, const struct group *one)
{
    size_t i = 0;
    while (i < *count && (groups[i].fault != one->fault || strcmp(groups[i].text, one->text) != 0))
        i++;
    if (i == GROUPS_MAX)
        return;
    if (i == *count)
        groups[(*count)++] = *one;
    groups[i].count++;
}

/* The last channel state of each client, moved along with the calls. */
struct states {
    uint64_t *ids; /* NULL without memory: then there are none */
    size_t next;   /* event */
};

static uint64_t state_at(struct states *states, const struct ek_replay *replay,
                         const struct ek_recorded_call *call)
{
    size_t count, client_count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    (void)ek_replay_clients(replay, &client_count);
    for (; states->next < count && events[states->next].at_ns <= call->planned_ns; states->next++) {
        const struct ek_replay_event *event = &events[states->next];
        if (states->ids != NULL && event->kind == EK_RECORD_CHANNEL_STATE &&
            event->actor < client_count)
            states->ids[event->actor] = event->id;
    }
    return states->ids != NULL && call->client < client_count ? states->ids[call->client] : 0;
}

static struct group group_of(const struct ek__story *story, struct states *states,
                             const struct ek_recorded_call *call)
{
    struct group group = {.text = reason_of(story->replay, call), .endpoint = EK_NOBODY};
    if (call->attempt_count > 0)
        group.endpoint = call->attempts[call->attempt_count - 1].endpoint;
    uint64_t state = state_at(states, story->replay, call);
    group.fault = ek__root_of(story->replay, call->cause).fault;
    if (group.fault == NULL && call->attempt_count == 0) {
        group.fault = ek__root_of(story->replay, state).fault;
        group.is_by_state = group.fault != NULL;
    }
    return group;
}

bool ek__explain_error(struct ek__story *story, const char *status)
{
    size_t count, group_count = 0;
    const struct ek_recorded_call *calls = ek_replay_calls(story->replay, &count), *first = NULL;
    struct group groups[GROUPS_MAX];
    enum ek_status wanted;
    uint64_t total = 0;
    if (!ek_status_parse(status, &wanted) || wanted == EK_STATUS_OK)
        return missing(story, status);
    struct states states = {
        .ids = calloc(story->results->client_count + 1, sizeof *states.ids),
    };
    for (size_t i = 0; i < count; i++) {
        if (calls[i].status != (int)wanted)
            continue;
        struct group one = group_of(story, &states, &calls[i]);
        add(groups, &group_count, &one);
        if (first == NULL)
            first = &calls[i];
        total++;
    }
    free(states.ids);
    if (first == NULL)
        return missing(story, status);
    ek__tell_title(story, "%s   %s kept; %s failed in all", ek__status_text(wanted),
                   ek__counted(total, "call").s, ek__count(story->results->errors).s);
    for (size_t i = 0; i < group_count; i++) {
        char text[256];
        ek_replay_named(story->replay, groups[i].endpoint, groups[i].text, text, sizeof text);
        ek__tell(story, i == 0 ? "because" : "", EK__PLAIN, "%s  %.40s%s%s%s",
                 ek__count(groups[i].count).s,
                 groups[i].fault != NULL ? groups[i].fault->id : "no recorded fault",
                 groups[i].is_by_state ? ", through the state of the channel" : "",
                 text[0] != '\0' ? ": " : "", text);
    }
    ek__tell(story, "", EK__DIM, "the first of them:");
    ek__tell_call(story, first);
    return true;
}
