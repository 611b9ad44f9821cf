/* A look through the gRPC health protocol: Check of grpc.health.v1 over HTTP/2.
 *
 * The request is a message with the service's name as field 1; in the answer's message field 1 is
 * the status. Both have five bytes before them: 0 and the length. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake-consul/http/look.h"

enum {
    PREFIX_SIZE = 5,
    SERVICE_MAX = 127, /* so that its length is one byte */
    FIELD_1_BYTES = 0x0A,
    FIELD_1_NUMBER = 0x08
};

/* libcurl before 8.0 files trailers as headers; this sees both. */
static size_t take_header(char *data, size_t one, size_t count, void *context)
{
    struct ek__http_look *look = context;
    size_t size = one * count, end = size;

    while (end > 0 && (data[end - 1] == '\r' || data[end - 1] == '\n'))
        end--;
    if (end > 12 && strncasecmp(data, "grpc-status:", 12) == 0) {
        look->grpc_code = 0;
        for (size_t i = 12; i < end; i++)
            if (data[i] >= '0' && data[i] <= '9' && look->grpc_code < 100)
                look->grpc_code = look->grpc_code * 10 + (data[i] - '0');
    } else if (end > 13 && strncasecmp(data, "grpc-message:", 13) == 0) {
        size_t from = 13;

        while (from < end && data[from] == ' ')
            from++;
        snprintf(look->grpc_message, sizeof look->grpc_message, "%.*s", (int)(end - from),
                 data + from);
    }
    return size;
}

static bool add_headers(struct ek__http_look *look)
{
    static const char *const lines[] = {"Content-Type: application/grpc", "TE: trailers",
                                        "Expect:", "Accept:", "User-Agent: grpc-c-evenkeel"};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct curl_slist *list = curl_slist_append(look->headers, lines[i]);

        if (!list)
            return false;
        look->headers = list;
    }
    curl_easy_setopt(look->easy, CURLOPT_HTTPHEADER, look->headers);
    return true;
}

bool ek__http_look_grpc_setup(struct ek__http_look *look, bool use_tls)
{
    size_t host = strcspn(look->target, "/");
    const char *service = look->target[host] ? look->target + host + 1 : "";
    size_t size = strlen(service), message = size ? size + 2 : 0;
    char url[1024];

    if (size > SERVICE_MAX ||
        snprintf(url, sizeof url, "%s://%.*s/grpc.health.v1.Health/Check",
                 use_tls ? "https" : "http", (int)host, look->target) >= (int)sizeof url)
        return false;
    look->sent = calloc(1, PREFIX_SIZE + SERVICE_MAX + 2);
    if (!look->sent || !add_headers(look))
        return false;
    look->sent[PREFIX_SIZE - 1] = (char)message;
    if (size > 0) {
        look->sent[PREFIX_SIZE] = FIELD_1_BYTES;
        look->sent[PREFIX_SIZE + 1] = (char)size;
        memcpy(look->sent + PREFIX_SIZE + 2, service, size);
    }
    curl_easy_setopt(look->easy, CURLOPT_HTTP_VERSION,
                     use_tls ? (long)CURL_HTTP_VERSION_2TLS
                             : (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
    curl_easy_setopt(look->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(look->easy, CURLOPT_POSTFIELDSIZE, (long)(PREFIX_SIZE + message));
    curl_easy_setopt(look->easy, CURLOPT_POSTFIELDS, look->sent);
    curl_easy_setopt(look->easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(look->easy, CURLOPT_HEADERDATA, look);
    return curl_easy_setopt(look->easy, CURLOPT_URL, url) == CURLE_OK;
}

static const char *name_of(int code)
{
    static const char *const names[] = {
        "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
        "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
        "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
        "DataLoss", "Unauthenticated"};

    return code >= 0 && code < (int)(sizeof names / sizeof *names) ? names[code] : "Unknown";
}

/* The status of the message; 0, unknown, for an empty one. */
static int status_of(const struct ek__http_look *look)
{
    if (look->body_size >= PREFIX_SIZE + 2 && look->body[PREFIX_SIZE] == FIELD_1_NUMBER)
        return (unsigned char)look->body[PREFIX_SIZE + 1];
    return 0;
}

static void explain(struct ek__http_look *look, CURLcode code)
{
    char reason[128];
    int host = (int)strcspn(look->target, "/");

    ek__http_look_reason(look, code, reason, sizeof reason);
    if (code == CURLE_OPERATION_TIMEDOUT)
        snprintf(look->error, sizeof look->error,
                 "rpc error: code = DeadlineExceeded desc = context deadline exceeded");
    else if (code == CURLE_COULDNT_CONNECT)
        snprintf(look->error, sizeof look->error,
                 "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error "
                 "while dialing dial tcp %.*s: %s\"",
                 host > 128 ? 128 : host, look->target, reason);
    else if (code != CURLE_OK)
        snprintf(look->error, sizeof look->error, "rpc error: code = Unavailable desc = %s",
                 reason);
    else
        snprintf(look->error, sizeof look->error, "rpc error: code = %s desc = %s",
                 name_of(look->grpc_code < 0 ? 2 : look->grpc_code), look->grpc_message);
}

struct ek_consul_probe_result ek__http_look_grpc_result(struct ek__http_look *look, CURLcode code)
{
    struct ek_consul_probe_result result = {.status = status_of(look)};

    if (code == CURLE_OK && look->grpc_code == 0)
        return result;
    explain(look, code);
    result.error = look->error;
    return result;
}
