/* A resolver that publishes what a test says, as grpc-go's resolver/manual. */
#ifndef EK_TESTS_CORE_MANUAL_H
#define EK_TESTS_CORE_MANUAL_H

#include "rig.h"

#include <stdlib.h>

/* A list is "a:1,b:1*3,c:1@2": addresses, their weights or priorities. */
struct manual {
    char text[2048];
    struct ek_address addresses[RIG_ENDPOINTS_MAX];
    size_t count;
    bool is_asked, has_list, has_error;
    char error[128];
    uint64_t hints;
};

static inline enum ek_err manual_init(void *self, struct ek_rng rng, ek_time now)
{
    (void)self, (void)rng, (void)now;
    return EK_OK;
}

static inline void manual_answer(void *self, const struct ek_http_answer *answer, ek_time now)
{
    struct manual *m = self;
    char *rest = NULL;

    (void)now;
    m->is_asked = false;
    if (answer->status == 0) {
        m->has_error = true;
        snprintf(m->error, sizeof m->error, "%s", answer->error);
        return;
    }
    m->has_list = true;
    m->count = 0;
    snprintf(m->text, sizeof m->text, "%s", answer->body);
    for (char *word = strtok_r(m->text, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        char *star = strchr(word, '*'), *at = strchr(word, '@');

        if (star != NULL)
            *star = '\0';
        if (at != NULL)
            *at = '\0';
        m->addresses[m->count++] = (struct ek_address){
            .text = word,
            .weight = star != NULL ? (uint32_t)strtoul(star + 1, NULL, 10) : 1,
            .priority = at != NULL ? (uint32_t)strtoul(at + 1, NULL, 10) : 0,
        };
    }
}

static inline struct ek_resolve manual_output(void *self, ek_time now)
{
    struct manual *m = self;

    (void)now;
    if (m->has_list) {
        m->has_list = false;
        return (struct ek_resolve){
            .kind = EK_RESOLVE_LIST, .addresses = m->addresses, .address_count = m->count};
    }
    if (m->has_error) {
        m->has_error = false;
        return (struct ek_resolve){.kind = EK_RESOLVE_ERROR, .text = m->error};
    }
    if (m->is_asked)
        return (struct ek_resolve){.kind = EK_RESOLVE_NONE};
    m->is_asked = true;
    return (struct ek_resolve){.kind = EK_RESOLVE_GET, .target = "/", .timeout_ns = EK_S};
}

static inline void manual_hint(void *self, ek_time now)
{
    (void)now;
    ((struct manual *)self)->hints++;
}

static inline void manual_tick(void *self, ek_time now)
{
    (void)self, (void)now;
}

static inline ek_time manual_deadline(const void *self)
{
    (void)self;
    return EK_TIME_NEVER;
}

static inline void manual_deinit(void *self)
{
    (void)self;
}

static const struct ek_resolver_ops manual_ops = {
    .name = "manual",
    .text = "What a test says.",
    .self_size = sizeof(struct manual),
    .init = manual_init,
    .answer = manual_answer,
    .hint = manual_hint,
    .tick = manual_tick,
    .output = manual_output,
    .deadline = manual_deadline,
    .deinit = manual_deinit,
};

static inline void manual_list(struct rig *rig, const char *list)
{
    const struct ek_http_answer answer = {.status = 200, .body = list, .body_size = strlen(list)};
    const struct ek_event event = {
        .kind = EK_EVENT_RESOLVED, .query = rig->query, .answer = &answer};

    ek_channel_input(rig->channel, &event, rig->now);
    rig_pull(rig);
}

static inline void manual_error(struct rig *rig, const char *error)
{
    const struct ek_http_answer answer = {.status = 0, .error = error};
    const struct ek_event event = {
        .kind = EK_EVENT_RESOLVED, .query = rig->query, .answer = &answer};

    ek_channel_input(rig->channel, &event, rig->now);
    rig_pull(rig);
}

/* Without a list when `list` is NULL. */
static inline void manual_open(struct rig *rig, const char *config, const char *list)
{
    rig_open_with(rig, config, NULL, &manual_ops, 1, 0);
    if (list != NULL)
        manual_list(rig, list);
}

#endif
