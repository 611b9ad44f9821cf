/* Whole channels over a counting allocator: all endpoints connected, calls made and ended. */
#include "cli/bench_memory.h"

#include "evenkeel/channel.h"
#include "evenkeel/resolver.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_SIZE = 16, /* of a counted block; keeps the alignment */
    SIZE_COUNT = 4,
    CALLS = 100 /* under way at a time */
};

static const size_t sizes[SIZE_COUNT] = {10, 100, 1000, 10000};

static const char *const policies[] = {"pick_first", "round_robin",          "least_request",
                                       "peak_ewma",  "weighted_round_robin", "ring_hash",
                                       "maglev"};

void *ek_bench_resize(void *context, void *block, size_t size)
{
    size_t *total = context, had = 0;
    unsigned char *base = block != NULL ? (unsigned char *)block - HEADER_SIZE : NULL, *grown;

    if (base != NULL)
        memcpy(&had, base, sizeof had);
    if (size == 0) {
        *total -= had;
        free(base);
        return NULL;
    }
    grown = realloc(base, size + HEADER_SIZE);
    if (grown == NULL)
        return NULL;
    *total += size - had;
    memcpy(grown, &size, sizeof size);
    return grown + HEADER_SIZE;
}

/* ---- a channel ---- */

/* Connects what is to be connected; the attempts sent go to `attempts`, as many as there are. */
static size_t obey(struct ek_channel *channel, uint64_t attempts[CALLS])
{
    struct ek_action action;
    size_t count = 0;

    while (ek_channel_output(channel, &action)) {
        if (action.kind == EK_ACTION_CONNECT) {
            struct ek_event up = {.kind = EK_EVENT_CONNECTED, .connection = action.connection};

            ek_channel_input(channel, &up, (ek_time){0});
        } else if (action.kind == EK_ACTION_SEND && count < CALLS) {
            attempts[count++] = action.attempt;
        }
    }
    return count;
}

static bool call_and_end(struct ek_channel *channel)
{
    uint64_t attempts[CALLS];
    size_t count = 0;

    for (size_t i = 0; i < CALLS; i++) {
        const struct ek_call call = {.token = i};

        if (ek_channel_call(channel, &call, (ek_time){0}) != EK_OK)
            return false;
        count += obey(channel, attempts + count);
    }
    for (size_t i = 0; i < count; i++) {
        struct ek_event done = {.kind = EK_EVENT_ATTEMPT_DONE, .attempt = attempts[i]};

        ek_channel_input(channel, &done, (ek_time){0});
        obey(channel, attempts);
    }
    return count == CALLS;
}

static json_t *addresses(size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_sprintf("10.0.%zu.%zu:8080", i / 256, i % 256));
    return json_pack("{s:o}", "addresses", list);
}

/* The bytes of a channel with `count` endpoints; 0 if something goes wrong. */
static size_t channel_bytes(const char *policy, size_t count)
{
    size_t bytes = 0, result = 0;
    const struct ek_mem mem = {ek_bench_resize, &bytes};
    json_t *json = json_pack("{s:[{s:{}}]}", "loadBalancingConfig", policy);
    json_t *options = addresses(count);
    struct ek_service_config config = {0};
    struct ek_errors errors = {0};
    struct ek_channel *channel = NULL;
    const struct ek_channel_config how = {.service_config = &config,
                                          .resolver = ek_resolver_find("static"),
                                          .resolver_options = options,
                                          .seed = 1,
                                          .mem = &mem};
    uint64_t attempts[CALLS];

    if (ek_service_config_read(json, "", &config, &errors) == EK_OK &&
        ek_channel_new(&how, (ek_time){0}, &channel, &errors) == EK_OK) {
        obey(channel, attempts);
        if (call_and_end(channel))
            result = bytes;
        ek_channel_free(channel);
    }
    ek_service_config_deinit(&config);
    json_decref(options);
    json_decref(json);
    return bytes == 0 ? result : 0;
}

/* ---- the rows ---- */

bool ek_bench_memory(json_t *rows)
{
    for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++)
        for (size_t k = 0; k < SIZE_COUNT; k++) {
            size_t bytes = channel_bytes(policies[p], sizes[k]);

            if (bytes == 0)
                return false;
            json_array_append_new(rows,
                                  json_pack("{s:s, s:i, s:f}", "policy", policies[p], "endpoints",
                                            (int)sizes[k], "bytes_per_channel", (double)bytes));
        }
    return true;
}

static double cell(const json_t *rows, size_t at)
{
    return json_real_value(json_object_get(json_array_get(rows, at), "bytes_per_channel"));
}

/* A policy's rows stand together, one for each number of endpoints. */
void ek_bench_memory_print(const json_t *rows)
{
    printf("\nmemory of one channel            KB at 10     100   1,000  10,000    bytes per "
           "endpoint at the same\n");
    for (size_t at = 0; at + SIZE_COUNT <= json_array_size(rows); at += SIZE_COUNT) {
        printf("  %-33s", json_string_value(json_object_get(json_array_get(rows, at), "policy")));
        for (size_t i = 0; i < SIZE_COUNT; i++)
            printf("%8.1f", cell(rows, at + i) / 1024);
        for (size_t i = 0; i < SIZE_COUNT; i++)
            printf("%9.0f", cell(rows, at + i) / (double)sizes[i]);
        putchar('\n');
    }
    printf("Asked of the allocator by a channel that is connected to all endpoints and has made %d "
           "calls at a\ntime; without the resolver's own list.\n",
           CALLS);
}
