/* The loop, and the public face of the live driver. */
#include "core/live/drive.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

ek_time ek__live_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (ek_time){(int64_t)now.tv_sec * EK_S + now.tv_nsec};
}

void ek__live_call_free(struct ek__live_call *call)
{
    if (call == NULL)
        return;
    free(call->path);
    free(call->request_body);
    free(call->content_type);
    free(call->answer);
    free(call);
}

static void calls_free(struct ek__live_call *call)
{
    while (call != NULL) {
        struct ek__live_call *next = call->next;

        ek__live_call_free(call);
        call = next;
    }
}

enum ek_err ek_live_new(const struct ek_live_config *config, struct ek_live **out)
{
    struct ek_live *live = calloc(1, sizeof *live);
    long connections = config->connections_max > 0 ? config->connections_max : 1024;

    if (live == NULL)
        return EK_ENOMEM;
    live->finished_end = &live->finished;
    live->config = *config;
    live->config.registry = NULL;
    if (config->stall_ns <= 0)
        live->config.stall_ns = 5 * EK_S;
    live->answer_max = config->answer_max > 0 ? config->answer_max : (size_t)16 << 20;
    live->multi = curl_multi_init();
    if (config->registry != NULL)
        live->registry = strdup(config->registry);
    if (live->multi != NULL)
        live->lookups = ek__lookups_new(live->multi);
    if (live->lookups == NULL || (config->registry != NULL && live->registry == NULL)) {
        ek_live_free(live);
        return EK_EIO;
    }
    curl_multi_setopt(live->multi, CURLMOPT_MAXCONNECTS, connections);
    *out = live;
    return EK_OK;
}

void ek_live_free(struct ek_live *live)
{
    if (live == NULL)
        return;
    ek__lookups_free(live->lookups);
    while (live->jobs != NULL)
        ek__job_free(live, live->jobs);
    for (uint32_t i = 0; i < live->channel_count; i++)
        ek_channel_free(live->channels[i]);
    free(live->channels);
    calls_free(live->open);
    calls_free(live->finished);
    ek__live_call_free(live->pulled);
    if (live->multi != NULL)
        curl_multi_cleanup(live->multi);
    free(live->registry);
    free(live);
}

enum ek_err ek_live_open(struct ek_live *live, const struct ek_channel_config *config,
                         uint32_t *channel, struct ek_errors *errors)
{
    struct ek_channel **grown =
        realloc(live->channels, (live->channel_count + 1) * sizeof(struct ek_channel *));
    enum ek_err err;

    if (grown == NULL)
        return EK_ENOMEM;
    live->channels = grown;
    err = ek_channel_new(config, ek__live_now(), &live->channels[live->channel_count], errors);
    if (err != EK_OK)
        return err;
    *channel = live->channel_count++;
    ek__live_obey(live, *channel);
    return EK_OK;
}

static struct ek__live_call *call_new(const struct ek_live_call *request)
{
    struct ek__live_call *call = calloc(1, sizeof *call);
    const char *type = request->content_type != NULL ? request->content_type : "application/json";

    if (call == NULL)
        return NULL;
    call->request = *request;
    call->started_ns = ek__live_now().ns;
    call->path = strdup(request->path);
    call->content_type = strdup(type);
    if (request->body != NULL) {
        call->request_body = malloc(request->body_size + 1);
        if (call->request_body != NULL)
            memcpy(call->request_body, request->body, request->body_size);
    }
    if (call->path == NULL || call->content_type == NULL ||
        (request->body != NULL && call->request_body == NULL)) {
        ek__live_call_free(call);
        return NULL;
    }
    return call;
}

enum ek_err ek_live_call(struct ek_live *live, uint32_t channel, const struct ek_live_call *request)
{
    struct ek__live_call *call = call_new(request);
    struct ek_call start = {.timeout_ns = request->timeout_ns, .hash = request->hash};
    enum ek_err err;

    if (call == NULL)
        return EK_ENOMEM;
    start.token = (uint64_t)(uintptr_t)call;
    err = ek_channel_call(live->channels[channel], &start, ek__live_now());
    if (err != EK_OK) {
        ek__live_call_free(call);
        return err;
    }
    call->next = live->open;
    if (live->open != NULL)
        live->open->previous = call;
    live->open = call;
    ek__live_obey(live, channel);
    return EK_OK;
}

bool ek_live_result(struct ek_live *live, struct ek_live_result *out)
{
    ek__live_call_free(live->pulled);
    live->pulled = live->finished;
    if (live->pulled == NULL)
        return false;
    live->finished = live->pulled->next;
    if (live->finished == NULL)
        live->finished_end = &live->finished;
    *out = live->pulled->result;
    return true;
}

static int wait_ms(const struct ek_live *live, int timeout_ms)
{
    ek_time now = ek__live_now(), due = ek__stall_due(live);
    int64_t left_ms;

    for (uint32_t i = 0; i < live->channel_count; i++)
        due = ek_time_min(due, ek_channel_deadline(live->channels[i]));
    left_ms = ek_time_before(now, due) ? ek_time_since(due, now) / EK_MS + 1 : 0;
    return left_ms < timeout_ms ? (int)left_ms : timeout_ms;
}

/* Moves all transfers on and handles those that ended, and timers that are due. */
static bool turn(struct ek_live *live)
{
    const CURLMsg *message;
    int running, left;

    if (curl_multi_perform(live->multi, &running) != CURLM_OK)
        return false;
    while ((message = curl_multi_info_read(live->multi, &left)) != NULL) {
        struct ek__job *job = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&job);
        ek__job_done(live, job, message->data.result);
    }
    ek__lookups_done(live);
    ek__grpc_watches_said(live);
    ek__streams_said(live);
    ek__stall_end(live, ek__live_now());
    for (uint32_t i = 0; i < live->channel_count; i++) {
        ek_time now = ek__live_now();

        if (ek_time_before(now, ek_channel_deadline(live->channels[i])))
            continue;
        ek_channel_tick(live->channels[i], now);
        ek__live_obey(live, i);
    }
    return !live->is_broken;
}

enum ek_err ek_live_poll(struct ek_live *live, int timeout_ms)
{
    if (!turn(live))
        return EK_EIO;
    if (live->finished != NULL)
        return EK_OK;
    if (curl_multi_poll(live->multi, NULL, 0, wait_ms(live, timeout_ms), NULL) != CURLM_OK ||
        !turn(live))
        return EK_EIO;
    return EK_OK;
}

const struct ek_channel *ek_live_channel(const struct ek_live *live, uint32_t channel)
{
    return channel < live->channel_count ? live->channels[channel] : NULL;
}
