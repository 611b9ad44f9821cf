/* What channels ask for, done with libcurl. */
#include "core/live/drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    URL_SIZE = 2048
};

static void connect_start(struct ek_live *live, uint32_t channel, const struct ek_action *action)
{
    char url[URL_SIZE];
    struct ek__job *job;

    snprintf(url, sizeof url, "http://%s/", action->text);
    job = ek__job_new(live, EK__JOB_CONNECT, channel, url);
    if (job == NULL)
        return;
    job->id = action->connection;
    curl_easy_setopt(job->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(job->easy, CURLOPT_FRESH_CONNECT, 1L);
    ek__job_start(live, job);
}

void ek__live_tell(struct ek_live *live, const struct ek__job *job, bool is_over,
                   enum ek_status status, const char *text)
{
    struct ek_live_attempt attempt = {
        .token = job->call->request.token,
        .endpoint = job->endpoint,
        .is_over = is_over,
        .status = status,
        .took_ns = ek__live_now().ns - job->started_ns,
        .text = text,
    };

    if (live->config.attempt != NULL)
        live->config.attempt(live->config.context, job->channel, &attempt);
}

static void send_start(struct ek_live *live, uint32_t channel, const struct ek_action *action)
{
    struct ek__live_call *call = (struct ek__live_call *)(uintptr_t)action->call;
    struct ek_endpoint_view view;
    char url[URL_SIZE], type[128];
    struct ek__job *job;

    if (!ek_channel_endpoint(live->channels[channel], action->endpoint, &view))
        return;
    snprintf(call->address, sizeof call->address, "%s", view.address);
    snprintf(url, sizeof url, "http://%s%s", view.address, call->path);
    job = ek__job_new(live, EK__JOB_SEND, channel, url);
    if (job == NULL)
        return;
    job->id = action->attempt;
    job->link = action->connection;
    job->call = call;
    job->endpoint = action->endpoint;
    job->started_ns = ek__live_now().ns;
    ek__live_tell(live, job, false, EK_STATUS_OK, NULL);
    if (call->request_body != NULL) {
        snprintf(type, sizeof type, "Content-Type: %s", call->content_type);
        job->headers = curl_slist_append(job->headers, type);
        job->headers = curl_slist_append(job->headers, "Expect:");
        curl_easy_setopt(job->easy, CURLOPT_HTTPHEADER, job->headers);
        curl_easy_setopt(job->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)call->request.body_size);
        curl_easy_setopt(job->easy, CURLOPT_POSTFIELDS, call->request_body);
    }
    ek__job_start(live, job);
}

static void resolve_start(struct ek_live *live, uint32_t channel, const struct ek_action *action)
{
    const char *base = live->registry != NULL ? live->registry : "";
    size_t size = strlen(base) + strlen(action->text) + 1; /* names and tags have no small limit */
    char *url = malloc(size);
    struct ek__job *job = NULL;

    if (url == NULL) {
        live->is_broken = true;
        return;
    }
    snprintf(url, size, "%s%s", base, action->text);
    job = ek__job_new(live, EK__JOB_RESOLVE, channel, url);
    free(url);
    if (job == NULL)
        return;
    job->id = action->query;
    if (action->body != NULL) {
        job->headers = curl_slist_append(job->headers, "Content-Type: application/json");
        curl_easy_setopt(job->easy, CURLOPT_HTTPHEADER, job->headers);
        curl_easy_setopt(job->easy, CURLOPT_COPYPOSTFIELDS, action->body);
    }
    curl_easy_setopt(job->easy, CURLOPT_TIMEOUT_MS, (long)(action->value / EK_MS) + 1);
    job->is_stream = action->number == 1;
    live->streams += job->is_stream;
    if (!job->is_stream) /* which may be silent */
        ek__stall_watch(job);
    ek__job_start(live, job);
}

static void probe_refuse(struct ek_live *live, uint32_t channel, uint64_t probe)
{
    struct ek_event event = {
        .kind = EK_EVENT_PROBE_DONE,
        .probe = probe,
        .status = EK_STATUS_INVALID_ARGUMENT,
        .text = "the name of the service is too long",
    };

    ek_channel_input(live->channels[channel], &event, ek__live_now());
}

static const char *probe_path(const struct ek_action *action)
{
    switch ((int)action->number) {
    case EK_PROBE_GRPC:
        return "/grpc.health.v1.Health/Check";
    case EK_PROBE_STREAM:
        return "/grpc.health.v1.Health/Watch";
    case EK_PROBE_HTTP:
        return action->text != NULL ? action->text : "/";
    case EK_PROBE_NONE:
    case EK_PROBE_TCP:
    default:
        return "/";
    }
}

/* A probe has a connection of its own: calls must not wait for it, nor it for them. */
static void probe_start(struct ek_live *live, uint32_t channel, const struct ek_action *action)
{
    enum ek_probe_kind kind = (enum ek_probe_kind)action->number;
    struct ek_endpoint_view view;
    char url[URL_SIZE];
    struct ek__job *job;

    if (!ek_channel_endpoint(live->channels[channel], action->endpoint, &view))
        return;
    snprintf(url, sizeof url, "http://%s%s", view.address, probe_path(action));
    job = ek__job_new(live, EK__JOB_PROBE, channel, url);
    if (job == NULL)
        return;
    job->id = action->probe;
    job->is_tcp = kind == EK_PROBE_TCP;
    curl_easy_setopt(job->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(job->easy, CURLOPT_FORBID_REUSE, 1L);
    if (job->is_tcp)
        curl_easy_setopt(job->easy, CURLOPT_CONNECT_ONLY, 1L);
    if ((kind == EK_PROBE_GRPC || kind == EK_PROBE_STREAM) &&
        !ek__grpc_probe_setup(job, action->text != NULL ? action->text : "",
                              kind == EK_PROBE_STREAM)) {
        ek__job_free(live, job);
        probe_refuse(live, channel, action->probe);
        return;
    }
    live->watches += job->is_watch;
    ek__job_start(live, job);
}

static void finish(struct ek_live *live, const struct ek_action *action)
{
    struct ek__live_call *call = (struct ek__live_call *)(uintptr_t)action->call;

    snprintf(call->text, sizeof call->text, "%s", action->text != NULL ? action->text : "");
    call->result = (struct ek_live_result){
        .token = call->request.token,
        .status = action->status,
        .http_status = call->result.http_status,
        .attempts = action->number,
        .address = call->address,
        .text = call->text,
        .body = call->answer != NULL ? call->answer : "",
        .body_size = call->result.body_size,
        .latency_ns = ek__live_now().ns - call->started_ns,
    };
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        live->open = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    call->next = NULL;
    *live->finished_end = call;
    live->finished_end = &call->next;
}

static void obey(struct ek_live *live, uint32_t channel, const struct ek_action *action)
{
    struct ek__job *job;

    switch (action->kind) {
    case EK_ACTION_CONNECT:
        connect_start(live, channel, action);
        break;
    case EK_ACTION_CLOSE: /* an accepted connection belongs to libcurl, which reuses or drops it */
        job = ek__job_find(live, EK__JOB_CONNECT, channel, action->connection);
        if (job != NULL)
            ek__job_free(live, job);
        break;
    case EK_ACTION_SEND:
        send_start(live, channel, action);
        break;
    case EK_ACTION_CANCEL:
        job = ek__job_find(live, EK__JOB_SEND, channel, action->attempt);
        if (job == NULL)
            break;
        ek__live_tell(live, job, true, action->status, action->text);
        ek__job_free(live, job);
        break;
    case EK_ACTION_FINISH:
        finish(live, action);
        break;
    case EK_ACTION_HTTP_GET:
        resolve_start(live, channel, action);
        break;
    case EK_ACTION_HTTP_CANCEL:
        job = ek__job_find(live, EK__JOB_RESOLVE, channel, action->query);
        if (job != NULL)
            ek__job_free(live, job);
        break;
    case EK_ACTION_LOOKUP:
        ek__lookup_start(live->lookups, channel, action->query, action->text);
        break;
    case EK_ACTION_PROBE:
        probe_start(live, channel, action);
        break;
    case EK_ACTION_PROBE_CANCEL:
        job = ek__job_find(live, EK__JOB_PROBE, channel, action->probe);
        if (job != NULL)
            ek__job_free(live, job);
        break;
    case EK_ACTION_NOTE:
        if (live->config.note != NULL)
            live->config.note(live->config.context, channel, action);
        break;
    }
}

void ek__live_obey(struct ek_live *live, uint32_t channel)
{
    struct ek_action action;

    while (ek_channel_output(live->channels[channel], &action))
        obey(live, channel, &action);
}
