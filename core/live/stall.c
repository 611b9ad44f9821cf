/* Answers of the registry that begin to come, and then stand still: the connection is half-closed.
 */
#include "core/live/drive.h"

/* Called with each line of the head, so before anything of the body. */
static size_t moved(char *data, size_t size, size_t count, void *context)
{
    struct ek__job *job = context;

    (void)data;
    job->live->coming += job->moved_ns == 0;
    job->moved_ns = ek__live_now().ns;
    return size * count;
}

void ek__stall_watch(struct ek__job *job)
{
    curl_easy_setopt(job->easy, CURLOPT_HEADERFUNCTION, moved);
    curl_easy_setopt(job->easy, CURLOPT_HEADERDATA, job);
}

static ek_time due_of(const struct ek_live *live, const struct ek__job *job)
{
    return job->moved_ns > 0 ? ek_time_add((ek_time){job->moved_ns}, live->config.stall_ns)
                             : EK_TIME_NEVER;
}

ek_time ek__stall_due(const struct ek_live *live)
{
    ek_time due = EK_TIME_NEVER;

    for (const struct ek__job *job = live->jobs; job != NULL && live->coming > 0; job = job->next)
        due = ek_time_min(due, due_of(live, job));
    return due;
}

void ek__stall_end(struct ek_live *live, ek_time now)
{
    struct ek__job *job = live->coming > 0 ? live->jobs : NULL;

    while (job != NULL) {
        if (ek_time_before(now, due_of(live, job))) {
            job = job->next;
            continue;
        }
        ek__job_done(live, job, CURLE_PARTIAL_FILE);
        job = live->jobs; /* others may have come and gone */
    }
}
