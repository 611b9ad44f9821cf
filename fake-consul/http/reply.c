/* The state machine's answer as libmicrohttpd's: framing, compression. */
#include "fake-consul/http/server.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    CHUNKED_FROM = 2049, /* what no longer fits into Go's buffer of 2,048 bytes */
    GZIP_FROM = 1400,    /* as in Consul's compressing handler */
    READ_BLOCK = 16 * 1024
};

/* A body that is handed over piece by piece: one that is sent in chunks, since its reader is not
 * told the size, or one that will not arrive whole. */
struct source {
    struct ek__http_exchange *exchange;
    enum ek_consul_delivery delivery;
    size_t size; /* of what is delivered */
    char data[];
};

static ssize_t read_source(void *context, uint64_t position, char *out, size_t max)
{
    struct source *source = context;
    size_t left = source->size - (size_t)position;
    size_t size = left < max ? left : max;

    if (size > 0) {
        memcpy(out, source->data + position, size);
        return (ssize_t)size;
    }
    switch (source->delivery) {
    case EK_CONSUL_DELIVER_ALL:
        return MHD_CONTENT_READER_END_OF_STREAM;
    case EK_CONSUL_DELIVER_CUT:
        break;
    case EK_CONSUL_DELIVER_STALL:
        source->delivery = EK_CONSUL_DELIVER_CUT; /* when it is called again, the client is gone */
        ek__http_exchange_stall(source->exchange);
        return 0;
    }
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *framed(const char *data, size_t size,
                                   const struct ek_consul_response *response,
                                   struct ek__http_exchange *exchange)
{
    bool is_whole = response->delivery == EK_CONSUL_DELIVER_ALL || response->deliver_bytes >= size;
    size_t delivered = is_whole ? size : response->deliver_bytes;
    struct source *source;
    struct MHD_Response *out;

    if (size < CHUNKED_FROM && is_whole)
        /* What is copied is not written to. */
        return MHD_create_response_from_buffer(size, (void *)(uintptr_t)data,
                                               MHD_RESPMEM_MUST_COPY);
    source = malloc(sizeof *source + delivered);
    if (!source)
        return NULL;
    source->exchange = exchange;
    source->delivery = is_whole ? EK_CONSUL_DELIVER_ALL : response->delivery;
    source->size = delivered;
    memcpy(source->data, data, delivered);
    out = MHD_create_response_from_callback(size < CHUNKED_FROM ? size : MHD_SIZE_UNKNOWN,
                                            READ_BLOCK, read_source, source, free);
    if (!out)
        free(source);
    return out;
}

bool ek__http_accepts_gzip(const char *text)
{
    while (*text) {
        size_t part = strcspn(text, ","), name;
        const char *quality;

        text += strspn(text, " \t");
        part = strcspn(text, ",");
        name = strcspn(text, ",; \t");
        quality = memchr(text, '=', part);
        if (name == 4 && strncasecmp(text, "gzip", 4) == 0)
            return !quality || strtod(quality + 1, NULL) > 0;
        text += part + (text[part] == ',');
    }
    return false;
}

static bool has_header(const struct ek_consul_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (strcmp(response->headers[i].name, name) == 0)
            return true;
    }
    return false;
}

struct MHD_Response *ek__http_reply(const struct ek_consul_response *response,
                                    struct ek__http_exchange *exchange)
{
    struct MHD_Response *reply = NULL;
    char *packed = NULL;
    size_t size = response->body_size;

    /* Only what says that it varies is packed. */
    if (exchange->wants_gzip && size >= GZIP_FROM && has_header(response, "Vary"))
        packed = ek__http_gzip(response->body, response->body_size, &size);
    reply = framed(packed ? packed : response->body, size, response, exchange);
    if (reply && packed)
        MHD_add_response_header(reply, "Content-Encoding", "gzip");
    for (size_t i = 0; reply && i < response->header_count; i++)
        MHD_add_response_header(reply, response->headers[i].name, response->headers[i].value);
    free(packed);
    return reply;
}

struct MHD_Response *ek__http_reply_text(const char *text)
{
    struct MHD_Response *reply = MHD_create_response_from_buffer(
        strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);

    if (reply)
        MHD_add_response_header(reply, "Content-Type", "text/plain; charset=utf-8");
    return reply;
}
