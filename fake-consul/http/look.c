#include "fake-consul/http/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REDIRECTS_MAX = 10,
    BODY_MIN = 64
};

void ek__http_look_free(struct ek__http_look *look)
{
    if (!look)
        return;
    curl_easy_cleanup(look->easy);
    curl_slist_free_all(look->headers);
    free(look->target);
    free(look->body);
    free(look->sent);
    free(look);
}

static void keep_end(struct ek__http_look *look, const char *data, size_t size)
{
    size_t drop;

    if (size > look->body_max) {
        data += size - look->body_max;
        size = look->body_max;
    }
    if (look->body_size + size > look->body_room) {
        drop = look->body_size + size - look->body_max;
        drop = drop > look->body_size ? look->body_size : drop;
        memmove(look->body, look->body + drop, look->body_size - drop);
        look->body_size -= drop;
    }
    memcpy(look->body + look->body_size, data, size);
    look->body_size += size;
}

static size_t take_body(char *data, size_t one, size_t count, void *context)
{
    keep_end(context, data, one * count);
    return one * count;
}

static bool add_header(struct ek__http_look *look, const char *name, const char *value)
{
    char line[4096];
    struct curl_slist *list;

    snprintf(line, sizeof line, "%s: %s", name, value);
    if (strpbrk(line, "\r\n"))
        return true;
    list = curl_slist_append(look->headers, line);
    look->headers = list ? list : look->headers;
    return list != NULL;
}

static bool setup_http(struct ek__http_look *look, const struct ek_consul_probe *probe)
{
    bool is_good = true;

    for (size_t i = 0; is_good && i < probe->header_count; i++)
        is_good = add_header(look, probe->headers[i].name, probe->headers[i].value);
    curl_easy_setopt(look->easy, CURLOPT_CUSTOMREQUEST, probe->method);
    curl_easy_setopt(look->easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(look->easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    if (strcmp(probe->method, "HEAD") == 0)
        curl_easy_setopt(look->easy, CURLOPT_NOBODY, 1L);
    if (probe->body[0]) {
        struct curl_slist *list = curl_slist_append(look->headers, "Content-Type:");

        look->headers = list ? list : look->headers;
        curl_easy_setopt(look->easy, CURLOPT_POSTFIELDSIZE, (long)strlen(probe->body));
        curl_easy_setopt(look->easy, CURLOPT_COPYPOSTFIELDS, probe->body);
    }
    curl_easy_setopt(look->easy, CURLOPT_HTTPHEADER, look->headers);
    return is_good && curl_easy_setopt(look->easy, CURLOPT_URL, probe->target) == CURLE_OK;
}

static bool setup_tcp(struct ek__http_look *look)
{
    char url[1024];

    curl_easy_setopt(look->easy, CURLOPT_CONNECT_ONLY, 1L);
    return snprintf(url, sizeof url, "http://%s", look->target) < (int)sizeof url &&
           curl_easy_setopt(look->easy, CURLOPT_URL, url) == CURLE_OK;
}

static bool setup(struct ek__http_look *look, const struct ek_consul_probe *probe, long timeout_ms)
{
    curl_easy_setopt(look->easy, CURLOPT_PRIVATE, look);
    curl_easy_setopt(look->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(look->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(look->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(look->easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(look->easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    /* Each look has a connection of its own, as in Consul; which also keeps gRPC's clear of the
     * defect that libcurl before 8.0 has with a second HTTP/2 call on a connection. */
    curl_easy_setopt(look->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(look->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(look->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(look->easy, CURLOPT_WRITEDATA, look);
    if (probe->skip_verify) {
        curl_easy_setopt(look->easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(look->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    switch (probe->kind) {
    case EK_CONSUL_PROBE_HTTP:
        return setup_http(look, probe);
    case EK_CONSUL_PROBE_TCP:
        return setup_tcp(look);
    case EK_CONSUL_PROBE_GRPC:
        return ek__http_look_grpc_setup(look, probe->use_tls);
    }
    return false;
}

struct ek__http_look *ek__http_look_new(const struct ek_consul_probe *probe, long timeout_ms)
{
    struct ek__http_look *look = calloc(1, sizeof *look);

    if (!look)
        return NULL;
    look->id = probe->id;
    look->kind = probe->kind;
    look->grpc_code = -1;
    look->easy = curl_easy_init();
    look->target = strdup(probe->target);
    look->body_max = probe->output_max_bytes > BODY_MIN ? probe->output_max_bytes : BODY_MIN;
    look->body_room = 2 * look->body_max;
    look->body = malloc(look->body_room);
    if (look->easy && look->target && look->body && setup(look, probe, timeout_ms))
        return look;
    ek__http_look_free(look);
    return NULL;
}

void ek__http_look_reason(const struct ek__http_look *look, CURLcode code, char *out, size_t size)
{
    long number = 0;
    char text[128];

    curl_easy_getinfo(look->easy, CURLINFO_OS_ERRNO, &number);
    if (code == CURLE_COULDNT_CONNECT && number > 0) {
        snprintf(text, sizeof text, "%s", strerror((int)number));
        if (text[0] >= 'A' && text[0] <= 'Z')
            text[0] = (char)(text[0] | 0x20);
        snprintf(out, size, "connect: %s", text);
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        snprintf(out, size, "i/o timeout");
    } else if (code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE) {
        snprintf(out, size, "EOF");
    } else {
        snprintf(out, size, "%s", curl_easy_strerror(code));
    }
}

/* "127.0.0.1:80" of "http://127.0.0.1:80/path". */
static void address_of(const char *url, char *out, size_t size)
{
    const char *host = strstr(url, "://");

    host = host ? host + 3 : url;
    snprintf(out, size, "%.*s", (int)strcspn(host, "/?#"), host);
}

static struct ek_consul_probe_result http_result(struct ek__http_look *look, CURLcode code)
{
    struct ek_consul_probe_result result = {.body = look->body, .body_size = look->body_size};
    char reason[192], address[192];
    long status = 0;

    curl_easy_getinfo(look->easy, CURLINFO_RESPONSE_CODE, &status);
    result.status = (int)status;
    if (code == CURLE_OK)
        return result;
    ek__http_look_reason(look, code, reason, sizeof reason);
    address_of(look->target, address, sizeof address);
    if (code == CURLE_OPERATION_TIMEDOUT)
        snprintf(look->error, sizeof look->error,
                 "context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
    else if (code == CURLE_COULDNT_CONNECT)
        snprintf(look->error, sizeof look->error, "dial tcp %s: %s", address, reason);
    else
        snprintf(look->error, sizeof look->error, "%s", reason);
    result.error = look->error;
    return result;
}

struct ek_consul_probe_result ek__http_look_result(struct ek__http_look *look, CURLcode code)
{
    struct ek_consul_probe_result result = {.status = 0};

    switch (look->kind) {
    case EK_CONSUL_PROBE_HTTP:
        return http_result(look, code);
    case EK_CONSUL_PROBE_GRPC:
        return ek__http_look_grpc_result(look, code);
    case EK_CONSUL_PROBE_TCP:
        break;
    }
    if (code != CURLE_OK) {
        ek__http_look_reason(look, code, look->error, sizeof look->error);
        result.error = look->error;
    }
    return result;
}
