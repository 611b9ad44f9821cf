#include "core/live/lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_SIZE = 64 * 1024
};

struct lookup {
    struct ek__lookups *lookups;
    struct ek__lookup_result result;
    char *host, *body;
    struct lookup *next;
};

/* Shared by the loop and the threads; gone when the last of them lets go. */
struct ek__lookups {
    pthread_mutex_t mutex;
    CURLM *multi; /* NULL once the loop is gone */
    uint32_t users;
    struct lookup *ended, **ended_end;
    struct lookup *pulled; /* the loop's alone */
};

static void lookup_free(struct lookup *lookup)
{
    if (lookup == NULL)
        return;
    free(lookup->host);
    free(lookup->body);
    free(lookup);
}

struct ek__lookups *ek__lookups_new(CURLM *multi)
{
    struct ek__lookups *lookups = calloc(1, sizeof *lookups);

    if (lookups == NULL || pthread_mutex_init(&lookups->mutex, NULL) != 0) {
        free(lookups);
        return NULL;
    }
    lookups->multi = multi;
    lookups->users = 1;
    lookups->ended_end = &lookups->ended;
    return lookups;
}

/* Called with the mutex held, which it releases. */
static void let_go(struct ek__lookups *lookups)
{
    bool is_last = --lookups->users == 0;

    pthread_mutex_unlock(&lookups->mutex);
    if (!is_last)
        return;
    while (lookups->ended != NULL) {
        struct lookup *lookup = lookups->ended;

        lookups->ended = lookup->next;
        lookup_free(lookup);
    }
    pthread_mutex_destroy(&lookups->mutex);
    free(lookups);
}

void ek__lookups_free(struct ek__lookups *lookups)
{
    if (lookups == NULL)
        return;
    lookup_free(lookups->pulled);
    pthread_mutex_lock(&lookups->mutex);
    lookups->multi = NULL;
    let_go(lookups);
}

/* Hands a lookup back to the loop. */
static void end(struct lookup *lookup)
{
    struct ek__lookups *lookups = lookup->lookups;

    pthread_mutex_lock(&lookups->mutex);
    *lookups->ended_end = lookup;
    lookups->ended_end = &lookup->next;
    if (lookups->multi != NULL)
        curl_multi_wakeup(lookups->multi);
    let_go(lookups);
}

static void add_line(char *body, const char *line)
{
    size_t used = strlen(body);

    if (used + strlen(line) + 2 <= BODY_SIZE)
        snprintf(body + used, BODY_SIZE - used, "%s\n", line);
}

static void *look_up(void *context)
{
    struct lookup *lookup = context;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    int code = getaddrinfo(lookup->host, NULL, &hints, &list);

    for (const struct addrinfo *a = list; code == 0 && a != NULL; a = a->ai_next) {
        char text[64];

        if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0)
            add_line(lookup->body, text);
    }
    if (list != NULL)
        freeaddrinfo(list);
    lookup->result.status = code == 0 ? 200 : code == EAI_NONAME ? 404 : 0;
    if (lookup->result.status == 0)
        lookup->result.error = gai_strerror(code);
    end(lookup);
    return NULL;
}

void ek__lookup_start(struct ek__lookups *lookups, uint32_t channel, uint64_t query,
                      const char *host)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    pthread_t thread;

    if (lookup == NULL)
        return;
    lookup->lookups = lookups;
    lookup->host = strdup(host);
    lookup->body = calloc(1, BODY_SIZE);
    lookup->result = (struct ek__lookup_result){
        .channel = channel, .query = query, .error = "a thread could not be started"};
    pthread_mutex_lock(&lookups->mutex);
    lookups->users++;
    pthread_mutex_unlock(&lookups->mutex);
    if (lookup->host == NULL || lookup->body == NULL ||
        pthread_create(&thread, NULL, look_up, lookup) != 0)
        end(lookup);
    else
        pthread_detach(thread);
}

bool ek__lookup_result(struct ek__lookups *lookups, struct ek__lookup_result *out)
{
    lookup_free(lookups->pulled);
    pthread_mutex_lock(&lookups->mutex);
    lookups->pulled = lookups->ended;
    if (lookups->pulled != NULL) {
        lookups->ended = lookups->pulled->next;
        if (lookups->ended == NULL)
            lookups->ended_end = &lookups->ended;
    }
    pthread_mutex_unlock(&lookups->mutex);
    if (lookups->pulled == NULL)
        return false;
    *out = lookups->pulled->result;
    out->body = lookups->pulled->body != NULL ? lookups->pulled->body : "";
    return true;
}
