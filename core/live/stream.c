/* Answers of the registry that are handed on line by line while they come. */
#include "core/live/drive.h"

#include <stdlib.h>
#include <string.h>

/* Only an answer that means well is a stream; any other is handed on as a whole. */
static char *line_end(const struct ek__job *job)
{
    long status = 0;

    if (!job->is_stream || job->body_size == 0)
        return NULL;
    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
    return status == 200 ? memchr(job->body, '\n', job->body_size) : NULL;
}

static struct ek__job *with_line(struct ek_live *live)
{
    for (struct ek__job *job = live->jobs; job != NULL; job = job->next)
        if (line_end(job) != NULL)
            return job;
    return NULL;
}

/* Takes the first line out of the body; returns it, for the caller to free. */
static char *take_line(struct ek__job *job, size_t *size)
{
    char *line = job->body;
    size_t used = (size_t)(line_end(job) - line) + 1;
    char *rest = malloc(job->body_size - used + 1);

    if (rest == NULL)
        return NULL;
    job->body_size -= used;
    memcpy(rest, line + used, job->body_size);
    rest[job->body_size] = '\0';
    job->body = rest;
    line[used - 1] = '\0';
    *size = used - 1;
    return line;
}

void ek__streams_said(struct ek_live *live)
{
    struct ek__job *job;

    while (live->streams > 0 && (job = with_line(live)) != NULL) {
        struct ek_http_answer answer = {.status = 200, .is_part = true};
        struct ek_event event = {.kind = EK_EVENT_RESOLVED, .query = job->id, .answer = &answer};
        uint32_t channel = job->channel;
        char *line = take_line(job, &answer.body_size);

        if (line == NULL) {
            live->is_broken = true;
            return;
        }
        answer.body = line;
        ek_channel_input(live->channels[channel], &event, ek__live_now());
        ek__live_obey(live, channel); /* which may end the job */
        free(line);
    }
}
