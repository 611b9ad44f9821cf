/* One HTTP request on its way to the state machine, and the answer on its way back.
 *
 * libmicrohttpd calls the handler for the headers, for each piece of body, for its end, and again
 * after a parked connection was resumed. */
#include "fake-consul/http/server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    HEADERS_MAX = 64,
    BODY_ROOM_FIRST = 1024,
    TOLD_MAX = 400 /* of a refusal */
};

/* Go takes "http://host/path" for "/path". */
static const char *path_of(const char *uri)
{
    const char *host = strstr(uri, "://");

    if (uri[0] == '/' || !host || memchr(uri, '?', (size_t)(host - uri)))
        return uri;
    uri = host + 3 + strcspn(host + 3, "/?");
    return *uri == '/' ? uri : "/";
}

void *ek__http_exchange_begin(void *http, const char *uri, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct ek__http_connection *connection = info ? info->socket_context : NULL;
    struct ek__http_exchange *exchange;

    ((struct ek_consul_http *)http)->request_count++;
    if (!connection)
        return NULL;
    ek__http_exchange_free(connection->exchange);
    connection->exchange = NULL;
    exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    exchange->connection = connection;
    exchange->target = strdup(path_of(uri));
    exchange->line_end = (uintptr_t)uri + strlen(uri);
    connection->exchange = exchange;
    return exchange;
}

void ek__http_exchange_free(struct ek__http_exchange *exchange)
{
    struct ek_consul_http *http;

    if (!exchange)
        return;
    http = exchange->connection->http;
    if (exchange->id)
        ek_consul_cancel(http->consul, exchange->id);
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    http->body_bytes -= exchange->body_room;
    free(exchange->target);
    free(exchange->body);
    free(exchange);
}

static const char *header_of(struct MHD_Connection *mhd, const char *name)
{
    const char *value = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name);

    return value ? value : "";
}

/* The version stands one byte behind the target in libmicrohttpd's buffer, unless a NUL in the line
 * made the target look shorter than it is. */
static bool has_nul(const struct ek__http_exchange *exchange, const char *version)
{
    uintptr_t gap = (uintptr_t)version - exchange->line_end;

    return gap > 1 && gap < EK__HTTP_POOL_SIZE;
}

/* Two lengths that differ. */
static enum MHD_Result compare_length(void *context, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    struct ek__http_exchange *exchange = context;

    (void)kind;
    if (value && strcasecmp(name, "Content-Length") == 0 &&
        strtoull(value, NULL, 10) != exchange->body_announced)
        exchange->complaint = "400 Bad Request";
    return MHD_YES;
}

static void begin(struct ek__http_exchange *exchange, const char *version)
{
    struct MHD_Connection *mhd = exchange->connection->mhd;

    exchange->is_begun = true;
    exchange->body_announced = strtoull(header_of(mhd, "Content-Length"), NULL, 10);
    exchange->is_too_large = exchange->body_announced > EK__HTTP_BODY_MAX;
    exchange->wants_gzip = ek__http_accepts_gzip(header_of(mhd, "Accept-Encoding"));
    /* What Go refuses and libmicrohttpd lets through. */
    MHD_get_connection_values(mhd, MHD_HEADER_KIND, compare_length, exchange);
    if (has_nul(exchange, version) || strchr(exchange->target, ' '))
        exchange->complaint = "400 Bad Request";
    else if (strcmp(version, "HTTP/1.1") == 0 && header_of(mhd, "Host")[0] == '\0')
        exchange->complaint = "400 Bad Request: missing required Host header";
}

/* What does not fit is read and forgotten. False without memory, or where all requests together
 * hold too much. */
static bool collect(struct ek__http_exchange *exchange, const char *data, size_t size)
{
    struct ek_consul_http *http = exchange->connection->http;
    size_t need = exchange->body_size + size, room = exchange->body_room;
    char *body;

    if (exchange->is_too_large || need > EK__HTTP_BODY_MAX) {
        exchange->is_too_large = true;
        exchange->body_announced = need;
        return true;
    }
    while (room < need)
        room = room ? room * 2 : BODY_ROOM_FIRST;
    if (room > exchange->body_room) {
        if (http->body_bytes + room - exchange->body_room > EK__HTTP_HELD_MAX)
            return false;
        body = realloc(exchange->body, room);
        if (!body)
            return false;
        http->body_bytes += room - exchange->body_room;
        exchange->body_room = room;
        exchange->body = body;
    }
    memcpy(exchange->body + exchange->body_size, data, size);
    exchange->body_size = need;
    return true;
}

struct headers {
    struct ek_consul_header items[HEADERS_MAX];
    size_t count;
};

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct headers *headers = context;

    (void)kind;
    if (headers->count == HEADERS_MAX)
        return MHD_NO;
    headers->items[headers->count++] = (struct ek_consul_header){name, value ? value : ""};
    return MHD_YES;
}

static void ask(struct ek__http_exchange *exchange, const char *method)
{
    struct ek_consul_http *http = exchange->connection->http;
    struct headers headers = {.count = 0};
    struct ek_consul_request request = {
        .method = method,
        .target = exchange->target,
        .body = exchange->body,
        .body_size = exchange->body_size,
        .token = (uint64_t)(uintptr_t)exchange,
    };

    MHD_get_connection_values(exchange->connection->mhd, MHD_HEADER_KIND, add_header, &headers);
    request.headers = headers.items;
    request.header_count = headers.count;
    exchange->is_asked = true;
    ek__http_connection_phase(exchange->connection, EK__HTTP_WAITING);
    exchange->id = ek_consul_request(http->consul, &request, ek_consul_http_now(http));
    if (exchange->id == 0)
        exchange->is_answered = true; /* too many at once: the connection is closed */
    free(exchange->body);
    exchange->body = NULL;
    http->body_bytes -= exchange->body_room;
    exchange->body_size = exchange->body_room = 0;
    ek__http_pump(http);
}

/* The front's own refusals, with libmicrohttpd's connection left to close. */
static enum MHD_Result refuse(struct ek__http_exchange *exchange, unsigned status, const char *text)
{
    struct MHD_Connection *mhd = exchange->connection->mhd;
    struct MHD_Response *response = ek__http_reply_text(text);
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    ek__http_connection_phase(exchange->connection, EK__HTTP_WRITING);
    MHD_add_response_header(response, "Connection", "close");
    result = MHD_queue_response(mhd, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse_large(struct ek__http_exchange *exchange)
{
    char text[128];

    snprintf(text, sizeof text, "Request body(%" PRIu64 " bytes) too large, max size: %zu bytes",
             exchange->body_announced, EK__HTTP_BODY_MAX);
    return refuse(exchange, MHD_HTTP_CONTENT_TOO_LARGE, text);
}

static enum MHD_Result answer(struct ek__http_exchange *exchange)
{
    if (!exchange->response)
        return MHD_NO;
    ek__http_connection_phase(exchange->connection, EK__HTTP_WRITING);
    return MHD_queue_response(exchange->connection->mhd, (unsigned)exchange->status,
                              exchange->response);
}

static void park(struct ek__http_exchange *exchange)
{
    exchange->is_parked = true;
    MHD_suspend_connection(exchange->connection->mhd);
    ek__http_connection_arm(exchange->connection);
}

enum MHD_Result ek__http_exchange_handle(void *http, struct MHD_Connection *mhd, const char *url,
                                         const char *method, const char *version,
                                         const char *upload, size_t *upload_size, void **context)
{
    struct ek__http_exchange *exchange = *context;

    (void)http;
    (void)mhd;
    (void)url;
    if (!exchange || !exchange->target)
        return MHD_NO;
    if (!exchange->is_begun) {
        begin(exchange, version);
        if (exchange->complaint)
            return refuse(exchange, MHD_HTTP_BAD_REQUEST, exchange->complaint);
        return exchange->is_too_large ? refuse_large(exchange) : MHD_YES;
    }
    if (*upload_size > 0) {
        bool is_kept = collect(exchange, upload, *upload_size);

        *upload_size = 0;
        return is_kept ? MHD_YES : MHD_NO;
    }
    if (exchange->is_too_large)
        return refuse_large(exchange);
    if (!exchange->is_asked)
        ask(exchange, method);
    if (exchange->is_answered)
        return answer(exchange);
    park(exchange);
    return MHD_YES;
}

void ek__http_exchange_stall(struct ek__http_exchange *exchange)
{
    ek__http_connection_phase(exchange->connection, EK__HTTP_WAITING);
    park(exchange);
}

static void resume(struct ek__http_exchange *exchange)
{
    struct ek_consul_http *http = exchange->connection->http;

    if (!exchange->is_parked)
        return;
    exchange->is_parked = false;
    MHD_resume_connection(exchange->connection->mhd);
    http->has_resumed = true;
}

void ek__http_exchange_cut(struct ek__http_exchange *exchange)
{
    if (exchange->id)
        ek_consul_cancel(exchange->connection->http->consul, exchange->id);
    exchange->id = 0;
    exchange->is_answered = true;
    resume(exchange);
}

/* On one line, without what a terminal would obey. */
static void tell(const struct ek_consul_http *http, const struct ek_consul_response *response)
{
    if (!http->config.log || response->status < 400)
        return;
    fprintf(http->config.log, "  refused: %d ", response->status);
    for (size_t i = 0; i < response->body_size && i < TOLD_MAX; i++) {
        unsigned char c = (unsigned char)response->body[i];

        fputc(c < 0x20 || c >= 0x7F ? '?' : c, http->config.log);
    }
    fputc('\n', http->config.log);
}

void ek__http_pump(struct ek_consul_http *http)
{
    struct ek_consul_response response;

    while (ek_consul_response(http->consul, &response)) {
        struct ek__http_exchange *exchange = (void *)(uintptr_t)response.token;

        if (!exchange) {
            tell(http, &response);
            continue;
        }
        exchange->id = 0;
        exchange->is_answered = true;
        exchange->status = response.status;
        if (response.status > 0)
            exchange->response = ek__http_reply(&response, exchange);
        resume(exchange);
    }
}

void ek__http_exchange_end(void *http, struct MHD_Connection *mhd, void **context,
                           enum MHD_RequestTerminationCode code)
{
    struct ek__http_exchange *exchange = *context;

    (void)http;
    (void)mhd;
    (void)code;
    *context = NULL;
    if (!exchange)
        return;
    ek__http_connection_phase(exchange->connection, EK__HTTP_READING);
    exchange->connection->exchange = NULL;
    ek__http_exchange_free(exchange);
}
