/* The text of a health query, in the alphabetical order of Consul's own client. */
#include "core/resolver/consul.h"

#include "evenkeel/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t ek__consul_escape(char *out, const char *text, const char *plain)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t used = 0;

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c) != NULL || strchr(plain, c) != NULL) {
            out[used++] = (char)c;
        } else {
            out[used++] = '%';
            out[used++] = hex[c >> 4];
            out[used++] = hex[c & 15];
        }
    }
    out[used] = '\0';
    return used;
}

static size_t percent_encode(char *out, const char *text)
{
    return ek__consul_escape(out, text, "");
}

static size_t append(char *out, const char *text)
{
    size_t size = strlen(text);

    memcpy(out, text, size + 1);
    return size;
}

static size_t append_pair(char *out, const char *key, const char *value)
{
    char *p = out;

    if (value == NULL)
        return 0;
    p += append(p, key);
    p += append(p, "=");
    p += percent_encode(p, value);
    p += append(p, "&");
    return (size_t)(p - out);
}

static size_t append_pairs(char *out, const char *key, const struct ek_list *values)
{
    char *const *items = values->items;
    char *p = out;

    for (size_t i = 0; i < values->count; i++)
        p += append_pair(p, key, items[i]);
    return (size_t)(p - out);
}

static size_t room_for(const char *text)
{
    return text != NULL ? 3 * strlen(text) + 16 : 0;
}

static size_t room_for_all(const struct ek_list *texts)
{
    char *const *items = texts->items;
    size_t room = 0;

    for (size_t i = 0; i < texts->count; i++)
        room += room_for(items[i]);
    return room;
}

enum ek_err ek__consul_query_init(struct ek__consul_query *query,
                                  const struct ek__consul_options *o)
{
    size_t middle_size = 80 + room_for(o->near) + room_for_all(&o->node_metas);
    size_t tail_size = 80 + room_for_all(&o->tags);
    char *p;

    query->target_size =
        120 + room_for(o->service) + room_for(o->datacenter) + middle_size + tail_size;
    query->target = ek_mem_zeroed(&ek_mem_libc, 1, query->target_size);
    query->middle = ek_mem_zeroed(&ek_mem_libc, 1, middle_size);
    query->tail = ek_mem_zeroed(&ek_mem_libc, 1, tail_size);
    if (query->target == NULL || query->middle == NULL || query->tail == NULL)
        return EK_ENOMEM;

    p = query->target;
    p += append(p, "/v1/health/service/");
    p += percent_encode(p, o->service);
    p += append(p, "?");
    p += append(p, o->is_cached ? "cached=&" : "");
    p += append_pair(p, "dc", o->datacenter);
    query->head_size = (size_t)(p - query->target);

    p = query->middle;
    p += append_pair(p, "near", o->near);
    p += append_pairs(p, "node-meta", &o->node_metas);
    append(p, o->is_passing_only ? "passing=1&" : "");

    p = query->tail;
    p += append_pairs(p, "tag", &o->tags);
    if (o->mode == EK__CONSUL_WATCH)
        snprintf(p, tail_size - (size_t)(p - query->tail), "wait=%" PRId64 "ms",
                 o->wait_ns / EK_MS);
    return EK_OK;
}

const char *ek__consul_query_text(struct ek__consul_query *query, uint64_t index, bool is_stale)
{
    char *end = query->target + query->head_size, number[40] = "";
    size_t room = query->target_size - query->head_size, size;

    if (index > 0)
        snprintf(number, sizeof number, "index=%" PRIu64 "&", index);
    snprintf(end, room, "%s%s%s%s", number, query->middle, is_stale ? "stale=&" : "", query->tail);
    size = strlen(query->target);
    if (query->target[size - 1] == '&' || query->target[size - 1] == '?') /* nothing follows */
        query->target[size - 1] = '\0';
    return query->target;
}

void ek__consul_query_deinit(struct ek__consul_query *query)
{
    ek_mem_free(&ek_mem_libc, query->target);
    ek_mem_free(&ek_mem_libc, query->middle);
    ek_mem_free(&ek_mem_libc, query->tail);
    *query = (struct ek__consul_query){0};
}
