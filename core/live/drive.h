/* What the parts of the live driver share: transfers under way, and calls.
 *
 * live.c is the public face and the loop; obey.c does what channels ask for; outcome.c tells them
 * what became of it; job.c is one transfer of libcurl; stall.c ends those that stand still;
 * stream.c hands on what comes line by line; grpc_health.c is the gRPC health protocol. */
#ifndef EK_CORE_LIVE_DRIVE_H
#define EK_CORE_LIVE_DRIVE_H

#include "core/live/lookup.h"
#include "evenkeel/live.h"

#include <curl/curl.h>

enum {
    EK__TEXT_SIZE = 256
};

enum ek__job_kind {
    EK__JOB_CONNECT, /* finds out whether an address accepts connections */
    EK__JOB_SEND,    /* an attempt of a call */
    EK__JOB_PROBE,   /* an active health check */
    EK__JOB_RESOLVE  /* a resolver's question to the registry */
};

/* One transfer of libcurl. */
struct ek__job {
    enum ek__job_kind kind;
    struct ek_live *live;
    CURL *easy;
    struct curl_slist *headers;
    uint32_t channel;
    uint64_t id;   /* connection, attempt or query, as the channel calls it */
    uint64_t link; /* SEND: the connection */
    struct ek__live_call *call;
    char *body;
    size_t body_size;
    uint32_t endpoint;  /* SEND: number in the channel */
    int64_t started_ns; /* SEND */
    bool is_too_large;
    bool is_tcp;            /* PROBE: an accepted connection is enough */
    bool is_grpc, is_watch; /* PROBE: by the gRPC health protocol; its answers keep coming */
    int grpc_code;          /* of the trailer; -1: none came */
    char sent[160];         /* the request */
    size_t limit;
    bool is_stream;   /* RESOLVE: each line of its answer is handed on */
    int64_t moved_ns; /* RESOLVE: when something of the answer came last; 0: nothing did */
    struct ek__job *next, *previous;
};

struct ek__live_call {
    struct ek_live_call request;
    struct ek_live_result result;
    int64_t started_ns;
    char *path, *request_body, *content_type, *answer;
    char address[288], text[EK__TEXT_SIZE];
    struct ek__live_call *next,
        *previous; /* among those that are open; next also among the finished */
};

struct ek_live {
    CURLM *multi;
    struct ek__lookups *lookups;
    char *registry;
    size_t answer_max;
    struct ek_live_config config; /* without the registry */
    struct ek_channel **channels;
    uint32_t channel_count;
    struct ek__job *jobs;
    uint32_t watches; /* of them, PROBE whose answers keep coming */
    uint32_t streams; /* of them, RESOLVE that is_stream */
    uint32_t coming;  /* of them, RESOLVE whose answer has begun to come */
    struct ek__live_call *open;
    struct ek__live_call *finished, **finished_end; /* in the order they finished */
    struct ek__live_call *pulled;
    bool is_broken; /* libcurl or memory failed: the next poll says so */
};

ek_time ek__live_now(void);

/* job.c */
struct ek__job *ek__job_new(struct ek_live *live, enum ek__job_kind kind, uint32_t channel,
                            const char *url);
void ek__job_start(struct ek_live *live, struct ek__job *job);
void ek__job_free(struct ek_live *live, struct ek__job *job);
struct ek__job *ek__job_find(struct ek_live *live, enum ek__job_kind kind, uint32_t channel,
                             uint64_t id);

/* obey.c: pulls and does all that a channel asks for. */
void ek__live_obey(struct ek_live *live, uint32_t channel);

/* stall.c: answers that begin, and do not go on */
void ek__stall_watch(struct ek__job *job);
ek_time ek__stall_due(const struct ek_live *live);
void ek__stall_end(struct ek_live *live, ek_time now);

/* stream.c: hands on the lines that came */
void ek__streams_said(struct ek_live *live);

/* grpc_health.c: false for a service with too long a name */
bool ek__grpc_probe_setup(struct ek__job *job, const char *service, bool is_watch);
void ek__grpc_probe_outcome(struct ek__job *job, struct ek_event *event, long http_status);
void ek__grpc_watches_said(struct ek_live *live); /* tells channels what came */

/* outcome.c */
void ek__job_done(struct ek_live *live, struct ek__job *job, CURLcode code);
void ek__lookups_done(struct ek_live *live);

/* obey.c: tells whoever watches that the job, a SEND, begins or ends. */
void ek__live_tell(struct ek_live *live, const struct ek__job *job, bool is_over,
                   enum ek_status status, const char *text);

/* live.c */
void ek__live_call_free(struct ek__live_call *call);

#endif
