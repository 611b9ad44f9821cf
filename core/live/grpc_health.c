/* The gRPC health protocol over HTTP/2 without TLS: Check and Watch of grpc.health.v1.Health.
 *
 * A request is a message whose field 1 is the service's name; field 1 of an answer is the status.
 * Each has five bytes before it: 0, and the length (big endian). Source:
 * grpc/doc/health-checking.md and PROTOCOL-HTTP2.md. */
#include "core/live/drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PREFIX_SIZE = 5,
    SERVICE_MAX = 127, /* its length is one byte */
    ANSWER_MAX = 64 * 1024,
    FIELD_1_BYTES = 0x0a,
    FIELD_1_NUMBER = 0x08,
    SERVING = 1
};

/* libcurl gives trailers to the same function as headers. */
static size_t take_header(char *data, size_t one, size_t count, void *context)
{
    static const char name[] = "grpc-status:";
    struct ek__job *job = context;
    size_t size = one * count, i = sizeof name - 1;

    if (size <= i || strncasecmp(data, name, i) != 0)
        return size;
    job->grpc_code = 0;
    for (; i < size; i++)
        if (data[i] >= '0' && data[i] <= '9' && job->grpc_code < 100)
            job->grpc_code = job->grpc_code * 10 + (data[i] - '0');
    return size;
}

bool ek__grpc_probe_setup(struct ek__job *job, const char *service, bool is_watch)
{
    static const char *const lines[] = {"Content-Type: application/grpc", "TE: trailers",
                                        "Expect:", "Accept:", "User-Agent: grpc-c-evenkeel"};
    size_t size = strlen(service), message = size > 0 ? size + 2 : 0;

    if (size > SERVICE_MAX)
        return false;
    job->is_grpc = true;
    job->is_watch = is_watch;
    job->grpc_code = -1;
    job->limit = ANSWER_MAX;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        job->headers = curl_slist_append(job->headers, lines[i]);
    job->sent[PREFIX_SIZE - 1] = (char)message;
    job->sent[PREFIX_SIZE] = FIELD_1_BYTES;
    job->sent[PREFIX_SIZE + 1] = (char)size;
    memcpy(job->sent + PREFIX_SIZE + 2, service, size);
    curl_easy_setopt(job->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
    curl_easy_setopt(job->easy, CURLOPT_HTTPHEADER, job->headers);
    curl_easy_setopt(job->easy, CURLOPT_POSTFIELDSIZE, (long)(PREFIX_SIZE + message));
    curl_easy_setopt(job->easy, CURLOPT_POSTFIELDS, job->sent);
    curl_easy_setopt(job->easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(job->easy, CURLOPT_HEADERDATA, job);
    return true;
}

/* Takes the first whole message out of the body; false if there is none yet. */
static bool take_message(struct ek__job *job, int *status)
{
    const unsigned char *body = (const unsigned char *)job->body;
    size_t length;

    if (job->body_size < PREFIX_SIZE)
        return false;
    length = (size_t)body[1] << 24 | (size_t)body[2] << 16 | (size_t)body[3] << 8 | body[4];
    if (length > job->body_size - PREFIX_SIZE)
        return false;
    *status = length >= 2 && body[PREFIX_SIZE] == FIELD_1_NUMBER ? body[PREFIX_SIZE + 1] : 0;
    job->body_size -= PREFIX_SIZE + length;
    memmove(job->body, job->body + PREFIX_SIZE + length, job->body_size);
    return true;
}

static void say(struct ek_event *event, int serving)
{
    static const char *const words[] = {"its health is UNKNOWN", "", "its health is NOT_SERVING",
                                        "its health is SERVICE_UNKNOWN"};

    event->status = serving == SERVING ? EK_STATUS_OK : EK_STATUS_UNAVAILABLE;
    event->text = serving >= 0 && serving < 4 ? words[serving] : words[0];
}

void ek__grpc_probe_outcome(struct ek__job *job, struct ek_event *event, long http_status)
{
    int serving = 0;

    if (job->grpc_code > 0 && job->grpc_code <= EK_STATUS_UNAUTHENTICATED) {
        event->status = (enum ek_status)job->grpc_code;
        event->text = "the health service answered with an error";
    } else if (http_status != 200) {
        event->status = ek_live_status_of_http(http_status);
        event->text = "the health service was not answered with HTTP 200";
    } else if (job->grpc_code != 0 || job->is_watch || !take_message(job, &serving)) {
        event->status = EK_STATUS_UNAVAILABLE;
        event->text = "the health service ended without an answer";
    } else {
        say(event, serving);
    }
}

static struct ek__job *with_message(struct ek_live *live, int *serving)
{
    for (struct ek__job *job = live->jobs; job != NULL; job = job->next)
        if (job->is_watch && take_message(job, serving))
            return job;
    return NULL;
}

void ek__grpc_watches_said(struct ek_live *live)
{
    struct ek__job *job;
    int serving;

    while (live->watches > 0 && (job = with_message(live, &serving)) != NULL) {
        struct ek_event event = {.kind = EK_EVENT_PROBE_ANSWER, .probe = job->id};
        uint32_t channel = job->channel;

        say(&event, serving);
        ek_channel_input(live->channels[channel], &event, ek__live_now());
        ek__live_obey(live, channel); /* which may end the job */
    }
}
