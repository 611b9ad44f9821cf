/* A registry with one server agent n1 and one client agent n2, driven in virtual time. */
#ifndef EK_TESTS_FAKE_CONSUL_REGISTRY_H
#define EK_TESTS_FAKE_CONSUL_REGISTRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "fake-consul/consul.h"

#define SECOND 1000000000LL

struct registry {
    struct ek_consul *consul;
    int64_t now;
    uint64_t cause; /* of the next request; rises by one with each */
};

/* The last answer that was pulled, copied. */
struct answer {
    uint64_t id, cause, index;
    int status;
    json_t *headers, *json;
    char body[4096];
};

static inline void registry_init(struct registry *registry, enum ek_consul_version version)
{
    struct ek_consul_config config = {.seed = 7, .version = version};

    *registry = (struct registry){.consul = ek_consul_new(&config), .cause = 100};
    assert_non_null(registry->consul);
    assert_int_equal(ek_consul_add_agent(registry->consul, "n1", NULL, "10.0.0.1", 0), 0);
    assert_int_equal(ek_consul_add_agent(registry->consul, "n2", NULL, "10.0.0.2", 0), 1);
}

static inline void registry_deinit(struct registry *registry)
{
    ek_consul_free(registry->consul);
}

static inline uint64_t ask(struct registry *registry, uint32_t agent, const char *method,
                           const char *target, const char *body)
{
    struct ek_consul_request request = {.agent = agent,
                                        .method = method,
                                        .target = target,
                                        .body = body,
                                        .body_size = body ? strlen(body) : 0,
                                        .cause = ++registry->cause};

    return ek_consul_request(registry->consul, &request, registry->now);
}

static inline void forget(struct answer *answer)
{
    json_decref(answer->headers);
    json_decref(answer->json);
    *answer = (struct answer){0};
}

/* Pulls one answer; false if none is ready. */
static inline bool pull(struct registry *registry, struct answer *out)
{
    struct ek_consul_response response;

    if (!ek_consul_response(registry->consul, &response))
        return false;
    *out = (struct answer){.id = response.id,
                           .cause = response.cause,
                           .status = response.status,
                           .headers = json_object()};
    for (size_t i = 0; i < response.header_count; i++)
        json_object_set_new(out->headers, response.headers[i].name,
                            json_string(response.headers[i].value));
    if (json_object_get(out->headers, "X-Consul-Index"))
        out->index =
            strtoull(json_string_value(json_object_get(out->headers, "X-Consul-Index")), NULL, 10);
    out->json = json_loadb(response.body, response.body_size, JSON_DECODE_ANY, NULL);
    snprintf(out->body, sizeof out->body, "%s", response.body);
    assert_int_equal(strlen(response.body), response.body_size);
    return true;
}

/* The request and its immediate answer. */
static inline struct answer call(struct registry *registry, uint32_t agent, const char *method,
                                 const char *target, const char *body)
{
    uint64_t id = ask(registry, agent, method, target, body);
    struct answer answer;

    assert_true(pull(registry, &answer));
    assert_true(answer.id == id);
    return answer;
}

static inline int status_of(struct registry *registry, const char *method, const char *target,
                            const char *body)
{
    struct answer answer = call(registry, 1, method, target, body);
    int status = answer.status;

    forget(&answer);
    return status;
}

static inline void put(struct registry *registry, const char *target, const char *body)
{
    assert_int_equal(status_of(registry, "PUT", target, body), 200);
}

/* An instance `id` of `name` on agent 1 with a TTL check of 30 s under the same id. */
static inline void register_instance(struct registry *registry, const char *name, const char *id)
{
    char body[512];

    snprintf(body, sizeof body,
             "{\"Name\":\"%s\",\"ID\":\"%s\",\"Address\":\"10.1.0.1\",\"Port\":80,"
             "\"Check\":{\"CheckID\":\"%s\",\"TTL\":\"30s\",\"Status\":\"passing\"}}",
             name, id, id);
    put(registry, "/v1/agent/service/register", body);
}

/* The index of a plain read, and how many rows it has. */
static inline uint64_t read_service(struct registry *registry, const char *target, size_t *rows)
{
    struct answer answer = call(registry, 1, "GET", target, NULL);
    uint64_t index = answer.index;

    assert_int_equal(answer.status, 200);
    if (rows)
        *rows = json_array_size(answer.json);
    forget(&answer);
    return index;
}

/* Sends a blocking read on `agent`; it has to park. */
static inline uint64_t park(struct registry *registry, uint32_t agent, const char *path,
                            uint64_t index, const char *more)
{
    char target[256];
    struct answer answer;
    uint64_t id;

    snprintf(target, sizeof target, "%s?index=%llu%s", path, (unsigned long long)index, more);
    id = ask(registry, agent, "GET", target, NULL);
    assert_int_not_equal(id, 0);
    assert_false(pull(registry, &answer));
    return id;
}

static inline void pass_time(struct registry *registry, int64_t ns)
{
    registry->now += ns;
    ek_consul_tick(registry->consul, registry->now);
}

static inline const char *header(const struct answer *answer, const char *name)
{
    return json_string_value(json_object_get(answer->headers, name));
}

/* Drops the notes so far. */
static inline void forget_notes(struct registry *registry)
{
    struct ek_consul_note note;

    while (ek_consul_note(registry->consul, &note))
        ;
}

/* The next note of a kind; false if there is none. */
static inline bool next_note(struct registry *registry, enum ek_consul_note_kind kind,
                             struct ek_consul_note *out)
{
    while (ek_consul_note(registry->consul, out)) {
        if (out->kind == kind)
            return true;
    }
    return false;
}

#endif
