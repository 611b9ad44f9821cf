#include "fake-consul/http/fetch.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_MAX = 256 << 20,
    TIMEOUT_SECONDS = 60
};

struct ek__http_fetch {
    const char *url;
    CURL *curl;
    char *body;
    size_t size, room;
    char error[CURL_ERROR_SIZE];
};

static size_t collect(char *data, size_t one, size_t count, void *context)
{
    struct ek__http_fetch *fetch = context;
    size_t size = one * count, room = fetch->room ? fetch->room : 4096;
    char *body;

    if (fetch->size + size > BODY_MAX)
        return 0;
    while (room < fetch->size + size)
        room *= 2;
    if (room > fetch->room) {
        body = realloc(fetch->body, room);
        if (!body)
            return 0;
        fetch->body = body;
        fetch->room = room;
    }
    memcpy(fetch->body + fetch->size, data, size);
    fetch->size += size;
    return size;
}

struct ek__http_fetch *ek__http_fetch_new(const char *url)
{
    struct ek__http_fetch *fetch = calloc(1, sizeof *fetch);

    if (!fetch)
        return NULL;
    fetch->url = url;
    fetch->curl = curl_easy_init();
    if (!fetch->curl) {
        free(fetch);
        return NULL;
    }
    curl_easy_setopt(fetch->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(fetch->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(fetch->curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(fetch->curl, CURLOPT_TIMEOUT, (long)TIMEOUT_SECONDS);
    curl_easy_setopt(fetch->curl, CURLOPT_ERRORBUFFER, fetch->error);
    curl_easy_setopt(fetch->curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(fetch->curl, CURLOPT_WRITEDATA, fetch);
    return fetch;
}

void ek__http_fetch_free(struct ek__http_fetch *fetch)
{
    if (!fetch)
        return;
    curl_easy_cleanup(fetch->curl);
    free(fetch->body);
    free(fetch);
}

/* Returns new, or NULL without memory. */
static char *target_of(struct ek__http_fetch *fetch, const char *path, const char *name)
{
    char *escaped = curl_easy_escape(fetch->curl, name, 0);
    size_t url = strlen(fetch->url), size;
    char *target;

    if (!escaped)
        return NULL;
    while (url > 0 && fetch->url[url - 1] == '/')
        url--;
    size = url + strlen(path) + strlen(escaped) + 1;
    target = malloc(size);
    if (target)
        snprintf(target, size, "%.*s%s%s", (int)url, fetch->url, path, escaped);
    curl_free(escaped);
    return target;
}

static json_t *parsed(const struct ek__http_fetch *fetch, const char *target, char *why,
                      size_t why_size)
{
    json_error_t error;
    json_t *json = json_loadb(fetch->body ? fetch->body : "", fetch->size, JSON_DECODE_ANY, &error);

    if (!json)
        snprintf(why, why_size, "%s: no JSON: %s", target, error.text);
    return json;
}

json_t *ek__http_fetch_json(struct ek__http_fetch *fetch, const char *path, const char *name,
                            char *why, size_t why_size)
{
    char *target = target_of(fetch, path, name);
    json_t *json = NULL;
    long status = 0;
    CURLcode result = CURLE_OUT_OF_MEMORY;

    fetch->size = 0;
    fetch->error[0] = '\0';
    if (target && curl_easy_setopt(fetch->curl, CURLOPT_URL, target) == CURLE_OK)
        result = curl_easy_perform(fetch->curl);
    curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &status);
    if (result != CURLE_OK)
        snprintf(why, why_size, "%s: %s", target ? target : fetch->url,
                 fetch->error[0] ? fetch->error : curl_easy_strerror(result));
    else if (status == 200)
        json = parsed(fetch, target, why, why_size);
    else if (status == 404)
        json = json_array();
    else
        snprintf(why, why_size, "%s: status %ld: %.*s", target, status,
                 (int)(fetch->size > 200 ? 200 : fetch->size), fetch->body ? fetch->body : "");
    free(target);
    return json;
}
