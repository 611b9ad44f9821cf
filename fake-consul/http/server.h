/* What the files of the front share: the server, its connections, and their requests. */
#ifndef EK_FAKE_CONSUL_HTTP_SERVER_H
#define EK_FAKE_CONSUL_HTTP_SERVER_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "fake-consul/http/http.h"
#include "fake-consul/http/prober.h"

#define EK__HTTP_SECOND   INT64_C(1000000000)
#define EK__HTTP_BODY_MAX ((size_t)2 << 20)  /* of one request; Consul's own limits are lower */
#define EK__HTTP_HELD_MAX ((size_t)64 << 20) /* of all requests that are being read */

enum {
    EK__HTTP_POOL_SIZE = 32 * 1024, /* of a connection: bounds request line and headers */
    EK__HTTP_REFUSED_MAX = 64
};

/* ---- connections per client address ---- */

struct ek__http_peer {
    struct ek__http_peer *next;
    struct in6_addr address;
    uint32_t count;
};

struct ek__http_peers {
    struct ek__http_peer *buckets[256];
};

/* Counts a connection; false (and not counted) where `max` is reached. */
bool ek__http_peers_add(struct ek__http_peers *peers, const struct in6_addr *address, uint32_t max);
void ek__http_peers_drop(struct ek__http_peers *peers, const struct in6_addr *address);
void ek__http_peers_deinit(struct ek__http_peers *peers);

/* ---- one request, from its first line to the end of its answer ---- */

struct ek__http_exchange {
    struct ek__http_connection *connection;
    char *target; /* as sent */
    char *body;
    size_t body_size, body_room;
    uint64_t body_announced;
    uint64_t id; /* in the state machine; 0: not, or no longer, there */
    int status;  /* of the answer; 0: the connection is closed without one */
    struct MHD_Response *response;
    uintptr_t line_end;    /* where the target ends in libmicrohttpd's buffer */
    const char *complaint; /* why it is refused with 400 */
    bool is_begun;         /* the headers are complete */
    bool is_asked;         /* handed to the state machine */
    bool is_answered;
    bool is_parked; /* suspended in libmicrohttpd, before or in the middle of an answer */
    bool is_too_large;
    bool wants_gzip;
};

/* ---- one client's connection ---- */

enum ek__http_phase {
    EK__HTTP_READING, /* idle, or a request arrives */
    EK__HTTP_WAITING, /* for the state machine; may take for ever */
    EK__HTTP_WRITING
};

struct ek__http_connection {
    struct ek__http_connection *previous, *next;
    struct ek_consul_http *http;
    struct MHD_Connection *mhd;
    struct ek__http_exchange *exchange; /* NULL between requests */
    struct in6_addr address;
    int fd;
    enum ek__http_phase phase;
    int64_t since;           /* real time when the phase began, or for READING the request */
    uint64_t bytes_received; /* when the last request was complete */
    bool is_arriving;        /* READING, and something of it is there */
    bool is_armed;           /* the loop is told when the client hangs up */
    bool is_known;           /* to the loop's poll */
    unsigned kick_count;
};

struct ek__http_refused {
    int fd;
    int64_t at;
};

struct ek_consul_http {
    struct ek_consul *consul;
    struct ek_consul_http_config config;
    struct MHD_Daemon *daemon;
    struct ek__http_prober *prober; /* NULL until a check wants it */
    struct ek__http_connection *connections;
    size_t connection_count, connection_max;
    struct ek__http_peers peers;
    struct ek__http_refused refused[EK__HTTP_REFUSED_MAX];
    size_t refused_count;
    size_t body_bytes; /* of all requests */
    uint64_t request_count;
    int listen_fd, poll_fd;
    bool is_accepting, has_resumed;
    int64_t opened, checked, paused; /* real time; paused: accepting nobody since then */
    char address[EK_CONSUL_HTTP_LISTEN_SIZE];
};

/* ---- clock.c ---- */

int64_t ek__http_real_now(void);
/* Real nanoseconds from now until the machine's `at`; 0 when it is past. */
int64_t ek__http_until(const struct ek_consul_http *http, int64_t at);

/* ---- listener.c ---- */

/* Returns the descriptor, or -1 with one line in `why`; writes the address with its real port. */
int ek__http_listen(const char *address, char *out, size_t out_size, char *why, size_t why_size);
/* As an IPv6 address, which has room for the older ones too. */
void ek__http_address_of(const struct sockaddr *from, struct in6_addr *out);
/* Takes whoever waits, up to the limits. */
void ek__http_accept(struct ek_consul_http *http);
void ek__http_accepting(struct ek_consul_http *http, bool is_accepting);
/* Closes refused connections whose client has read the refusal or had time to; all: now. */
void ek__http_refused_close(struct ek_consul_http *http, bool all);

/* ---- connection.c ---- */

void ek__http_connection_notify(void *http, struct MHD_Connection *mhd, void **context,
                                enum MHD_ConnectionNotificationCode code);
void ek__http_connection_phase(struct ek__http_connection *connection, enum ek__http_phase phase);
/* The client hung up, or shut down its sending side, which looks the same. */
void ek__http_connection_gone(struct ek__http_connection *connection);
/* Ends connections that take too long over a request or an answer. */
void ek__http_connections_check(struct ek_consul_http *http);
int64_t ek__http_check_every(const struct ek_consul_http *http);
void ek__http_connection_arm(struct ek__http_connection *connection);

/* ---- exchange.c ---- */

void *ek__http_exchange_begin(void *http, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result ek__http_exchange_handle(void *http, struct MHD_Connection *mhd, const char *url,
                                         const char *method, const char *version,
                                         const char *upload, size_t *upload_size, void **context);
void ek__http_exchange_end(void *http, struct MHD_Connection *mhd, void **context,
                           enum MHD_RequestTerminationCode code);
void ek__http_exchange_free(struct ek__http_exchange *exchange);
/* Ends a parked exchange without an answer. */
void ek__http_exchange_cut(struct ek__http_exchange *exchange);
/* In the middle of an answer: nothing more comes until the client hangs up. */
void ek__http_exchange_stall(struct ek__http_exchange *exchange);
/* Takes all answers that are ready to their exchanges. */
void ek__http_pump(struct ek_consul_http *http);

/* ---- reply.c ---- */

/* Returns new, or NULL without memory. */
struct MHD_Response *ek__http_reply(const struct ek_consul_response *response,
                                    struct ek__http_exchange *exchange);
struct MHD_Response *ek__http_reply_text(const char *text);
/* Whether the header Accept-Encoding allows gzip. */
bool ek__http_accepts_gzip(const char *text);

/* ---- gzip.c ---- */

/* Returns new, or NULL when it cannot. */
char *ek__http_gzip(const char *data, size_t size, size_t *out_size);

#endif
