/* A recording in memory: opening it, and what does not move. */
#include "reports/recording/replay_load.h"

#include <stdio.h>
#include <stdlib.h>

struct ek_replay *ek_replay_open(const char *path, char *why, size_t why_size)
{
    struct ek_replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL) {
        snprintf(why, why_size, "%s", ek_err_text(EK_ENOMEM));
        return NULL;
    }
    struct ek__reader reader = {
        .arena = &replay->arena, .path = path, .why = why, .why_size = why_size};
    if (ek__reader_open(&reader)) {
        ek__load_results(&reader, replay);
        ek__load_history(&reader, replay);
        ek__load_inside(&reader, replay);
        ek__load_curves(&reader, replay);
    }
    if (!reader.failed) {
        replay->moments = ek__moments_new(replay);
        if (replay->moments == NULL || replay->arena.failed)
            ek__reader_fail(&reader, "%s", ek_err_text(EK_ENOMEM));
    }
    ek__reader_close(&reader);
    if (!reader.failed)
        return replay;
    ek_replay_close(replay);
    return NULL;
}

void ek_replay_close(struct ek_replay *replay)
{
    if (replay == NULL)
        return;
    ek__moments_free(replay->moments);
    ek__arena_deinit(&replay->arena);
    free(replay);
}

const struct ek_results *ek_replay_results(const struct ek_replay *replay)
{
    return &replay->results;
}

const char *ek_replay_scenario_json(const struct ek_replay *replay)
{
    return replay->scenario_json;
}

const struct ek_replay_endpoint *ek_replay_endpoints(const struct ek_replay *replay, size_t *count)
{
    *count = replay->results.endpoint_count;
    return replay->endpoints;
}

const struct ek_replay_client *ek_replay_clients(const struct ek_replay *replay, size_t *count)
{
    *count = replay->results.client_count;
    return replay->clients;
}

const struct ek_replay_event *ek_replay_events(const struct ek_replay *replay, size_t *count)
{
    *count = replay->event_count;
    return replay->events;
}

size_t ek_replay_event_at(const struct ek_replay *replay, int64_t at_ns)
{
    size_t low = 0, high = replay->event_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (replay->events[middle].at_ns < at_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct ek_replay_event *ek_replay_event_by_id(const struct ek_replay *replay, uint64_t id)
{
    size_t low = 0, high = replay->event_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (replay->events[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < replay->event_count && replay->events[low].id == id ? &replay->events[low] : NULL;
}

size_t ek_replay_interval_count(const struct ek_replay *replay)
{
    return replay->results.interval_count;
}

const struct ek_interval *ek_replay_intervals(const struct ek_replay *replay)
{
    return replay->intervals;
}

const struct ek_endpoint_interval *ek_replay_endpoint_intervals(const struct ek_replay *replay,
                                                                uint32_t endpoint)
{
    EK_ASSERT(endpoint < replay->results.endpoint_count);
    return replay->endpoint_intervals + endpoint * replay->results.interval_count;
}

const struct ek_recorded_call *ek_replay_calls(const struct ek_replay *replay, size_t *count)
{
    *count = replay->call_count;
    return replay->calls;
}

const uint64_t (*ek_replay_transitions(const struct ek_replay *replay))[5]
{
    return (const uint64_t(*)[5])replay->transitions;
}
