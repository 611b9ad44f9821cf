/* What became of transfers and look-ups, told to their channels. */
#include "core/live/drive.h"

#include "evenkeel/answer_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum ek_status ek_live_status_of_http(long http_status)
{
    switch (http_status) {
    case 400:
        return EK_STATUS_INTERNAL;
    case 401:
        return EK_STATUS_UNAUTHENTICATED;
    case 403:
        return EK_STATUS_PERMISSION_DENIED;
    case 404:
        return EK_STATUS_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return EK_STATUS_UNAVAILABLE;
    default:
        return http_status >= 200 && http_status < 300 ? EK_STATUS_OK : EK_STATUS_UNKNOWN;
    }
}

/* Why a transfer failed; of a connection, what the system said. */
static const char *why(CURL *easy, CURLcode code)
{
    long number = 0;

    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    return code == CURLE_COULDNT_CONNECT && number > 0 ? strerror((int)number)
                                                       : curl_easy_strerror(code);
}

static void connect_done(struct ek_live *live, const struct ek__job *job, CURLcode code)
{
    struct ek_event event = {
        .kind = code == CURLE_OK ? EK_EVENT_CONNECTED : EK_EVENT_CONNECT_FAILED,
        .connection = job->id,
        .text = code == CURLE_OK ? NULL : why(job->easy, code),
    };

    ek_channel_input(live->channels[job->channel], &event, ek__live_now());
}

/* The address does not take connections any more: that is news about the subchannel, which fails
 * the attempt as well. */
static void connection_gone(struct ek_live *live, const struct ek__job *job, CURLcode code)
{
    struct ek_event event = {
        .kind = EK_EVENT_DISCONNECTED,
        .connection = job->link,
        .text = why(job->easy, code),
    };

    ek_channel_input(live->channels[job->channel], &event, ek__live_now());
}

/* What an answer says of the next attempt, and of the server that made it. A pushback that is there
 * twice is no number: nobody knows which holds. */
static void read_headers(CURL *easy, struct ek_event *event, struct ek_load_report *load)
{
    const unsigned origin = CURLH_HEADER | CURLH_TRAILER;
    struct curl_header *header;

    if (curl_easy_header(easy, EK_HEADER_PUSHBACK, 0, origin, -1, &header) == CURLHE_OK) {
        event->has_pushback = true;
        event->pushback_ms = header->amount == 1 ? ek_header_pushback_ms(header->value) : -1;
    }
    if (curl_easy_header(easy, EK_HEADER_LOAD, 0, origin, -1, &header) == CURLHE_OK &&
        ek_header_load(header->value, load))
        event->load = load;
}

static void send_done(struct ek_live *live, struct ek__job *job, CURLcode code)
{
    struct ek_event event = {.kind = EK_EVENT_ATTEMPT_DONE, .attempt = job->id};
    struct ek__live_call *call = job->call;
    struct ek_load_report load;
    char status[32];

    call->result.http_status = 0;
    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &call->result.http_status);
    if (job->is_too_large) {
        event.status = EK_STATUS_RESOURCE_EXHAUSTED;
        event.text = "the answer is too large";
    } else if (code != CURLE_OK) {
        event.status = EK_STATUS_UNAVAILABLE;
        event.text = curl_easy_strerror(code);
    } else {
        event.status = ek_live_status_of_http(call->result.http_status);
        snprintf(status, sizeof status, "HTTP status %ld", call->result.http_status);
        event.text = event.status == EK_STATUS_OK ? NULL : status;
        read_headers(job->easy, &event, &load);
        free(call->answer);
        call->answer = job->body;
        call->result.body_size = job->body_size;
        job->body = NULL;
    }
    ek__live_tell(live, job, true, event.status, event.text);
    ek_channel_input(live->channels[job->channel], &event, ek__live_now());
}

static uint64_t header_number(CURL *easy, const char *name)
{
    struct curl_header *header;

    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK
               ? strtoull(header->value, NULL, 10)
               : 0;
}

/* Milliseconds; a number that is none of a clock counts as very long. */
static int64_t last_contact_ns(CURL *easy)
{
    uint64_t ms = header_number(easy, "X-Consul-LastContact");

    return ms < INT64_MAX / EK_MS ? (int64_t)ms * EK_MS : INT64_MAX;
}

static void resolve_done(struct ek_live *live, const struct ek__job *job, CURLcode code)
{
    struct ek_http_answer answer = {.body = job->body, .body_size = job->body_size};
    struct ek_event event = {.kind = EK_EVENT_RESOLVED, .query = job->id, .answer = &answer};
    long status = 0;

    if (code == CURLE_OK)
        curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
    else
        answer.error = why(job->easy, code);
    answer.status = (int)status;
    answer.index = header_number(job->easy, "X-Consul-Index");
    answer.last_contact_ns = last_contact_ns(job->easy);
    if (live->config.answer != NULL)
        live->config.answer(live->config.context, job->channel, answer.status, answer.index);
    ek_channel_input(live->channels[job->channel], &event, ek__live_now());
}

static void probe_done(struct ek_live *live, struct ek__job *job, CURLcode code)
{
    struct ek_event event = {.kind = EK_EVENT_PROBE_DONE, .probe = job->id};
    long status = 0;

    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK) {
        event.status = EK_STATUS_UNAVAILABLE;
        event.text = curl_easy_strerror(code);
    } else if (job->is_grpc) {
        ek__grpc_probe_outcome(job, &event, status);
    } else if (!job->is_tcp && status != 200) {
        event.status = ek_live_status_of_http(status);
        if (event.status == EK_STATUS_OK) /* another 2xx than the one that means healthy */
            event.status = EK_STATUS_UNKNOWN;
        event.text = "the health check was not answered with 200";
    }
    ek_channel_input(live->channels[job->channel], &event, ek__live_now());
}

void ek__lookups_done(struct ek_live *live)
{
    struct ek__lookup_result result;

    while (ek__lookup_result(live->lookups, &result)) {
        struct ek_http_answer answer = {
            .status = result.status,
            .body = result.body,
            .body_size = strlen(result.body),
            .error = result.error,
        };
        struct ek_event event = {
            .kind = EK_EVENT_RESOLVED,
            .query = result.query,
            .answer = &answer,
        };

        ek_channel_input(live->channels[result.channel], &event, ek__live_now());
        ek__live_obey(live, result.channel);
    }
}

void ek__job_done(struct ek_live *live, struct ek__job *job, CURLcode code)
{
    uint32_t channel = job->channel;

    switch (job->kind) {
    case EK__JOB_CONNECT:
        connect_done(live, job, code);
        break;
    case EK__JOB_SEND:
        if (code == CURLE_COULDNT_CONNECT) {
            uint64_t attempt = job->id;

            connection_gone(live, job, code); /* which cancels the attempt, and with it the job */
            ek__live_obey(live, channel);
            job = ek__job_find(live, EK__JOB_SEND, channel, attempt);
            if (job != NULL)
                ek__job_free(live, job);
            return;
        }
        send_done(live, job, code);
        break;
    case EK__JOB_PROBE:
        probe_done(live, job, code);
        break;
    case EK__JOB_RESOLVE:
        resolve_done(live, job, code);
        break;
    }
    ek__job_free(live, job);
    ek__live_obey(live, channel);
}
