/* A body in gzip's format. */
#include "fake-consul/http/server.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    GZIP_WINDOW = 15 + 16 /* the largest window, gzip's wrapping */
};

char *ek__http_gzip(const char *data, size_t size, size_t *out_size)
{
    z_stream stream = {0};
    uLong bound;
    char *out;
    int result;

    if (size > UINT32_MAX / 2)
        return NULL;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    bound = deflateBound(&stream, (uLong)size);
    out = malloc(bound);
    if (!out) {
        deflateEnd(&stream);
        return NULL;
    }
    stream.next_in = (z_const Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)size;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)bound;
    result = deflate(&stream, Z_FINISH);
    *out_size = stream.total_out;
    deflateEnd(&stream);
    if (result == Z_STREAM_END)
        return out;
    free(out);
    return NULL;
}
