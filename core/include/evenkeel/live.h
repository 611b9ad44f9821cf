/* The core on real sockets: channels driven by libcurl.
 *
 * The only code under core/ that knows sockets and clocks. One thread, one curl multi handle, any
 * number of channels. Calls are HTTP POST (JSON-RPC and the like) or GET; connections are kept and
 * reused by libcurl. Answers may say when to try again and how loaded their server is
 * (answer_header.h). A subchannel is READY once a TCP connection to its address was accepted, and
 * until a call finds that it is not any more. */
#ifndef EVENKEEL_LIVE_H
#define EVENKEEL_LIVE_H

#include "evenkeel/channel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ek_live;

/* An attempt that begins or ends. */
struct ek_live_attempt {
    uint64_t token;    /* of its call */
    uint32_t endpoint; /* number in the channel */
    bool is_over;
    enum ek_status status; /* when it is over, as are the next */
    int64_t took_ns;
    const char *text; /* why it failed; may be NULL */
};

struct ek_live_config {
    const char *registry; /* base URL of Consul, "http://127.0.0.1:8500"; NULL: none is needed */
    size_t answer_max;    /* bytes of an answer's body that are kept; 0: 16 MiB. More is an error */
    long connections_max; /* open at once, over all channels; 0: 1,024 */
    int64_t stall_ns;     /* an answer of the registry of which nothing more comes for so long is
                             given up; 0: 5 s */
    /* optional. What a channel notes, and its attempts, as it happens; what is told is borrowed.
     * They must not use `live`. */
    void (*note)(void *context, uint32_t channel, const struct ek_action *note);
    void (*attempt)(void *context, uint32_t channel, const struct ek_live_attempt *attempt);
    /* optional. An answer of the registry; `status` 0: none came. */
    void (*answer)(void *context, uint32_t channel, int status, uint64_t index);
    void *context;
};

/* Returns new in `*out`. All strings are copied. EK_ENOMEM, or EK_EIO when libcurl fails. */
EK_MUST_USE enum ek_err ek_live_new(const struct ek_live_config *config, struct ek_live **out);

/* Gives up whatever is under way. */
void ek_live_free(struct ek_live *live);

/* Opens a channel; `config` is as for ek_channel_new and its service config must outlive `live`.
 * On success `*channel` is its number, from 0. */
EK_MUST_USE enum ek_err ek_live_open(struct ek_live *live, const struct ek_channel_config *config,
                                     uint32_t *channel, struct ek_errors *errors);

/* One call. All strings are copied. */
struct ek_live_call {
    uint64_t token;   /* comes back in the result */
    const char *path; /* "/rpc" */
    const char *body; /* POST; NULL: GET */
    size_t body_size;
    const char *content_type; /* of the body; NULL: application/json */
    int64_t timeout_ns;       /* 0: the service config's */
    uint64_t hash;
};

/* Starts a call. EK_ELIMIT when the channel has too many. */
EK_MUST_USE enum ek_err ek_live_call(struct ek_live *live, uint32_t channel,
                                     const struct ek_live_call *call);

struct ek_live_result {
    uint64_t token;
    enum ek_status status;
    long http_status; /* of the last answer; 0: none came */
    uint32_t attempts;
    const char *address; /* that the last attempt went to; "" when none did */
    const char *text;    /* why it failed; "" when it did not */
    const char *body;    /* NUL-terminated */
    size_t body_size;
    int64_t latency_ns;
};

/* Pulls the next finished call. Borrowed until the next call of any function on `live`. */
bool ek_live_result(struct ek_live *live, struct ek_live_result *out);

/* Waits for at most `timeout_ms` for something to happen, and does what is due. */
EK_MUST_USE enum ek_err ek_live_poll(struct ek_live *live, int timeout_ms);

/* For looking in. Returns borrowed; NULL for a number that never was. */
const struct ek_channel *ek_live_channel(const struct ek_live *live, uint32_t channel);

/* gRPC's mapping of HTTP status codes (http-grpc-status-mapping.md); 2xx is OK. */
enum ek_status ek_live_status_of_http(long http_status);

#endif
