/* One transfer of libcurl. */
#include "core/live/drive.h"

#include <stdlib.h>
#include <string.h>

void ek__job_free(struct ek_live *live, struct ek__job *job)
{
    if (job->previous != NULL)
        job->previous->next = job->next;
    else
        live->jobs = job->next;
    if (job->next != NULL)
        job->next->previous = job->previous;
    live->coming -= job->moved_ns > 0;
    live->watches -= job->is_watch;
    live->streams -= job->is_stream;
    curl_multi_remove_handle(live->multi, job->easy);
    curl_easy_cleanup(job->easy);
    curl_slist_free_all(job->headers);
    free(job->body);
    free(job);
}

static size_t keep_body(char *data, size_t size, size_t count, void *context)
{
    struct ek__job *job = context;
    size_t bytes = size * count;
    char *grown;

    if (job->body_size + bytes > job->limit) {
        job->is_too_large = true;
        return 0;
    }
    grown = realloc(job->body, job->body_size + bytes + 1);
    if (grown == NULL)
        return 0;
    memcpy(grown + job->body_size, data, bytes);
    job->body = grown;
    job->body_size += bytes;
    if (job->moved_ns > 0)
        job->moved_ns = ek__live_now().ns;
    job->body[job->body_size] = '\0';
    return bytes;
}

struct ek__job *ek__job_new(struct ek_live *live, enum ek__job_kind kind, uint32_t channel,
                            const char *url)
{
    struct ek__job *job = calloc(1, sizeof *job);

    if (job != NULL)
        job->easy = curl_easy_init();
    if (job == NULL || job->easy == NULL) {
        free(job);
        live->is_broken = true;
        return NULL;
    }
    job->kind = kind;
    job->live = live;
    job->channel = channel;
    job->limit = live->answer_max;
    job->next = live->jobs;
    if (live->jobs != NULL)
        live->jobs->previous = job;
    live->jobs = job;
    curl_easy_setopt(job->easy, CURLOPT_URL, url);
    curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
    curl_easy_setopt(job->easy, CURLOPT_WRITEFUNCTION, keep_body);
    curl_easy_setopt(job->easy, CURLOPT_WRITEDATA, job);
    curl_easy_setopt(job->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(job->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(job->easy, CURLOPT_PROXY, "");
    return job;
}

void ek__job_start(struct ek_live *live, struct ek__job *job)
{
    if (curl_multi_add_handle(live->multi, job->easy) != CURLM_OK)
        live->is_broken = true;
}

struct ek__job *ek__job_find(struct ek_live *live, enum ek__job_kind kind, uint32_t channel,
                             uint64_t id)
{
    for (struct ek__job *job = live->jobs; job != NULL; job = job->next)
        if (job->kind == kind && job->channel == channel && job->id == id)
            return job;
    return NULL;
}
