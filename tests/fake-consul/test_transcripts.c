/* Replays recorded exchanges of a real Consul, file by file, in virtual time.
 *
 * transcripts/exchanges.jsonl has one exchange a line. Before comparing, raft indexes are replaced
 * by their rank within the file, content hashes by their order of appearance, JSON is parsed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>
#include <jansson.h>

#include "fake-consul/consul.h"

enum {
    STEPS_MAX = 32,
    VALUES_MAX = 512,
    ACTIONS_MAX = 32
};

#define MS 1000000LL

/* File and step of exchanges that are known to differ. */
static const struct {
    const char *file;
    int step;
    const char *reason;
} known[] = {
    {"67a-no-servers.1.10.11", 2, "the refusal comes at once, not after 0.4 s of other attempts"},
    {"67a-no-servers.1.10.11", 1, "api-1's check was created with an output, from before"},
    {"67a-no-servers.1.10.11", 3, "the same"},
    {"67a-no-servers.1.10.11", 4, "the same"},
    {NULL, 0, NULL},
};

/* What a recorded cluster had gone through before: a check had come back critical from a restart.
 */
static const struct {
    const char *file, *agent, *path;
} histories[] = {
    {"65a-node-failure.1.10.11", "s1", "/v1/agent/check/fail/service:api-2"},
    {"66a-node-leave.1.10.11", "s1", "/v1/agent/check/fail/service:api-2"},
};

/* The agents of a cluster, the servers first; the last server leads. */
static const struct {
    const char *name, *id;
} members[] = {
    {"s1", "00000000-0000-4000-8000-000000000011"},
    {"s2", "00000000-0000-4000-8000-000000000012"},
    {"s3", "00000000-0000-4000-8000-000000000013"},
    {"c1", "00000000-0000-4000-8000-000000000021"},
};

enum {
    MEMBER_COUNT = sizeof members / sizeof *members
};

struct action {
    int64_t at;
    const json_t *request;
    const char *agent; /* of its step */
};

/* One file being replayed. */
struct world {
    struct ek_consul *consul;
    const char *file;
    const char *version; /* of the recorded one */
    bool is_pretty;
    const char *agent; /* that is asked unless it is said; NULL: the only one */
    int64_t now;
    json_t *variables;
    struct action actions[ACTIONS_MAX];
    size_t action_count;
};

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Puts the variables into {name} places. Returns new. */
static char *filled(const struct world *world, const char *template)
{
    char *out = calloc(1, strlen(template) + 256);
    size_t size = 0;

    assert_non_null(out);
    while (*template) {
        const char *end = *template == '{' ? strchr(template, '}') : NULL;
        char name[32] = "";
        const char *value = NULL;

        if (end && end - template <(ptrdiff_t)sizeof name) {
            memcpy(name, template + 1, (size_t)(end - template - 1));
            value = string_of(world->variables, name);
        }
        if (value) {
            memcpy(out + size, value, strlen(value));
            size += strlen(value);
            template = end + 1;
        } else {
            out[size++] = *template ++;
        }
    }
    return out;
}

static uint32_t number_of_agent(const char *name)
{
    for (uint32_t i = 0; name && i < MEMBER_COUNT; i++) {
        if (strcmp(members[i].name, name) == 0)
            return i;
    }
    return 0;
}

/* The agents that a text names ("agent c1 killed", "leader s3 and server s2 killed"), or the one
 * there is. */
static void on_agents(struct world *world, const char *text,
                      void (*act)(struct ek_consul *consul, uint32_t agent, uint64_t cause,
                                  int64_t now_ns))
{
    bool all = strstr(text, "all three servers") != NULL, any = false;

    for (uint32_t i = 0; i < MEMBER_COUNT; i++) {
        char word[16];

        snprintf(word, sizeof word, " %s ", members[i].name);
        if (!strstr(text, word) && !(all && i < 3))
            continue;
        any = true;
        act(world->consul, i, 0, world->now);
    }
    if (!any)
        act(world->consul, 0, 0, world->now);
}

static void start(struct world *world, const char *text);

/* What no request can do. */
/* Five queries on connections of their own, of which no more are allowed. */
static void crowd(struct world *world)
{
    const struct ek_consul_fault_options options = {.rate = 5, .for_ns = 5000 * MS};
    struct ek_consul_request request = {.method = "GET",
                                        .target = "/v1/catalog/services?index=100000&wait=4s"};

    ek_consul_fault_start(world->consul, EK_CONSUL_CONNECTION_LIMIT, &options, 0, world->now);
    for (int i = 0; i < 5; i++)
        assert_int_not_equal(ek_consul_request(world->consul, &request, world->now), 0);
    world->now += 500 * MS;
    ek_consul_tick(world->consul, world->now);
}

static void happen(struct world *world, const char *text)
{
    if (strstr(text, "five queries")) {
        crowd(world);
    } else if (strstr(text, "the parked queries have ended")) {
        world->now += 5000 * MS;
        ek_consul_tick(world->consul, world->now);
    } else if (strstr(text, "killed (-9)") || strstr(text, "kill -9"))
        on_agents(world, text, ek_consul_agent_stop);
    else if (strstr(text, "SIGTERM"))
        on_agents(world, text, ek_consul_agent_shutdown);
    else if (strstr(text, "started again, leader elected")) {
        on_agents(world, text, ek_consul_agent_start);
        world->now += 2000 * MS;
        ek_consul_tick(world->consul, world->now);
    } else if (strstr(text, "started again"))
        on_agents(world, text, ek_consul_agent_start);
    else
        start(world, text);
}

static uint64_t send(struct world *world, const json_t *action)
{
    const char *template = string_of(action, "path_template");
    const char *said = string_of(action, "agent");
    const char *note = string_of(action, "body_note");
    const char *sent = note && strstr(note, "snapshot") ? "{snapshot}" : string_of(action, "body");
    char *body = filled(world, sent ? sent : "");
    char *path = filled(world, template ? template : string_of(action, "path"));
    struct ek_consul_header headers[8];
    struct ek_consul_request request = {.agent = number_of_agent(said ? said : world->agent),
                                        .method = string_of(action, "method"),
                                        .target = path,
                                        .headers = headers,
                                        .body = body,
                                        .body_size = strlen(body)};
    const char *key;
    json_t *value;
    uint64_t id;

    json_object_foreach(json_object_get(action, "headers"), key, value)
    {
        headers[request.header_count++] = (struct ek_consul_header){key, json_string_value(value)};
    }
    id = ek_consul_request(world->consul, &request, world->now);
    free(path);
    free(body);
    assert_int_not_equal(id, 0);
    return id;
}

/* The answer as {status, headers, body}. Returns new. */
static json_t *pack(const struct ek_consul_response *response)
{
    json_t *headers = json_object();

    for (size_t i = 0; i < response->header_count; i++)
        json_object_set_new(headers, response->headers[i].name,
                            json_string(response->headers[i].value));
    return json_pack("{s:i,s:o,s:s%}", "status", response->status, "headers", headers, "body",
                     response->body, response->body_size);
}

/* Pulls answers until the one with this id; NULL if it is not there yet. */
static json_t *pull(struct world *world, uint64_t id)
{
    struct ek_consul_response response;
    json_t *found = NULL;

    while (ek_consul_response(world->consul, &response)) {
        if (response.id == id)
            found = pack(&response);
    }
    return found;
}

/* The earliest armed action, or NULL. */
static struct action *next_action(struct world *world)
{
    struct action *next = NULL;

    for (size_t i = 0; i < world->action_count; i++) {
        if (!next || world->actions[i].at < next->at)
            next = &world->actions[i];
    }
    return next;
}

/* Lets time pass until `until`, or until the answer `id` is there, which is returned. */
static json_t *run(struct world *world, int64_t until, uint64_t id)
{
    json_t *answer = pull(world, id);

    while (!answer && world->now < until) {
        struct action *action = next_action(world);
        int64_t next = ek_consul_deadline(world->consul);

        if (action && action->at <= next && action->at <= until) {
            struct action due = *action;
            const char *text = string_of(due.request, "event"), *asked = world->agent;

            world->now = due.at;
            *action = world->actions[--world->action_count];
            world->agent = due.agent;
            if (text)
                happen(world, text);
            else
                send(world, due.request);
            world->agent = asked;
        } else {
            world->now = next < until ? next : until;
            ek_consul_tick(world->consul, world->now);
        }
        answer = pull(world, id);
    }
    return answer;
}

static void save(struct world *world, const json_t *wanted, const json_t *answer)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)wanted, name, value)
    {
        const char *what = json_string_value(value);
        const char *found = NULL;

        char text[32];

        if (strncmp(what, "header:", 7) == 0) {
            found = string_of(json_object_get(answer, "headers"), what + 7);
        } else if (strcmp(what, "body") == 0) {
            found = string_of(answer, "body");
        } else {
            json_t *body = json_loads(string_of(answer, "body"), JSON_DECODE_ANY, NULL);
            const json_t *field = strncmp(what, "json:0.", 7) == 0
                                      ? json_object_get(json_array_get(body, 0), what + 7)
                                      : json_object_get(body, what + 5);

            if (json_is_integer(field))
                snprintf(text, sizeof text, "%lld", json_integer_value(field));
            else
                snprintf(text, sizeof text, "%.31s", json_string_value(field));
            json_object_set_new(world->variables, name,
                                json_is_string(field) ? json_string(json_string_value(field))
                                                      : json_string(text));
            json_decref(body);
            continue;
        }
        assert_non_null(found);
        json_object_set_new(world->variables, name, json_string(found));
    }
}

/* After a registration with `agent`. */
static void relive(struct world *world, const char *agent)
{
    for (size_t i = 0; i < sizeof histories / sizeof *histories; i++) {
        struct ek_consul_request request = {
            .agent = number_of_agent(agent), .method = "PUT", .target = histories[i].path};

        if (agent && strcmp(histories[i].file, world->file) == 0 &&
            strcmp(histories[i].agent, agent) == 0)
            json_decref(run(world, world->now + 60000 * MS,
                            ek_consul_request(world->consul, &request, world->now)));
    }
}

static void prepare(struct world *world, const json_t *before)
{
    for (size_t i = 0; i < json_array_size(before); i++) {
        const json_t *item = json_array_get(before, i);
        json_t *answer;

        if (json_object_get(item, "wait_ms")) {
            run(world, world->now + MS * json_integer_value(json_object_get(item, "wait_ms")), 0);
            continue;
        }
        if (json_object_get(item, "event")) {
            happen(world, string_of(item, "event"));
            continue;
        }
        answer = run(world, world->now + 60000 * MS, send(world, item));
        assert_non_null(answer);
        if (strcmp(string_of(item, "method"), "PUT") == 0)
            relive(world, string_of(item, "agent"));
        save(world, json_object_get(item, "save"), answer);
        json_decref(answer);
    }
}

static json_t *replay_step(struct world *world, const json_t *step)
{
    const json_t *meanwhile = json_object_get(step, "meanwhile");
    int64_t begin;
    json_t *answer;

    world->agent = string_of(step, "agent");
    prepare(world, json_object_get(step, "before"));
    begin = world->now;
    for (size_t i = 0; i < json_array_size(meanwhile); i++) {
        const json_t *item = json_array_get(meanwhile, i);
        int64_t at = begin + MS * json_integer_value(json_object_get(item, "at_ms"));

        assert_true(world->action_count < ACTIONS_MAX);
        world->actions[world->action_count++] = (struct action){at, item, world->agent};
    }
    answer = run(world, world->now + 700000 * MS, send(world, json_object_get(step, "request")));
    assert_non_null(answer);
    json_object_set_new(answer, "elapsed_ms", json_real((double)(world->now - begin) / 1e6));
    return answer;
}

/* ---- normalisation ---- */

struct ranks {
    json_int_t values[VALUES_MAX];
    size_t count;
    json_t *hashes; /* hash or UUID -> order of appearance */
};

static bool is_index(const char *key)
{
    return strcasecmp(key, "X-Consul-Index") == 0 || strcmp(key, "CreateIndex") == 0 ||
           strcmp(key, "ModifyIndex") == 0;
}

static bool is_hash(const char *key)
{
    return strcasecmp(key, "X-Consul-Contenthash") == 0 || strcmp(key, "ContentHash") == 0;
}

/* One that was drawn; the others are given. */
static bool is_uuid(const json_t *value)
{
    const char *text = json_string_value(value);

    return text && strlen(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' &&
           text[23] == '-' && strncmp(text, "00000000-", 9) != 0;
}

static json_int_t number_of(const json_t *value)
{
    return json_is_string(value) ? strtoll(json_string_value(value), NULL, 10)
                                 : json_integer_value(value);
}

static void collect_value(struct ranks *ranks, const char *key, const json_t *value)
{
    json_int_t number = is_index(key) ? number_of(value) : 0;

    if ((is_hash(key) || is_uuid(value)) &&
        !json_object_get(ranks->hashes, json_string_value(value)))
        json_object_set_new(ranks->hashes, json_string_value(value),
                            json_integer((json_int_t)json_object_size(ranks->hashes)));
    if (number <= 1)
        return;
    for (size_t i = 0; i < ranks->count; i++) {
        if (ranks->values[i] == number)
            return;
    }
    assert_true(ranks->count < VALUES_MAX);
    ranks->values[ranks->count++] = number;
}

static bool is_agent(const char *node)
{
    bool found = strcmp(node, "n1") == 0 || strcmp(node, "p18") == 0;

    for (size_t i = 0; i < MEMBER_COUNT; i++)
        found |= strcmp(node, members[i].name) == 0;
    return found;
}

/* The agent's own node and its serfHealth depend on how the start went. */
static void forget_start(json_t *object)
{
    const char *node = string_of(object, "Node");
    const char *check = string_of(object, "CheckID");
    bool own_node = node && !string_of(object, "ServiceID") && is_agent(node) && !check &&
                    json_object_get(object, "Meta");

    if (own_node || (check && strcmp(check, "serfHealth") == 0)) {
        json_object_del(object, "CreateIndex");
        json_object_del(object, "ModifyIndex");
    }
}

/* Calls `each` on the members of all objects, outer ones first. */
static void visit(json_t *json, struct ranks *ranks,
                  void (*each)(struct ranks *, const char *, const json_t *, json_t *))
{
    const char *key;
    json_t *value;
    void *safe;

    if (json_is_array(json)) {
        for (size_t i = 0; i < json_array_size(json); i++)
            visit(json_array_get(json, i), ranks, each);
    }
    if (!json_is_object(json))
        return;
    forget_start(json);
    json_object_foreach_safe(json, safe, key, value)
    {
        if (is_index(key) || is_hash(key) || is_uuid(value))
            each(ranks, key, value, json);
        else
            visit(value, ranks, each);
    }
}

static void collect(struct ranks *ranks, const char *key, const json_t *value, json_t *object)
{
    (void)object;
    collect_value(ranks, key, value);
}

static void replace(struct ranks *ranks, const char *key, const json_t *value, json_t *object)
{
    json_int_t number = number_of(value), rank = 2;

    if (is_hash(key) || is_uuid(value)) {
        json_object_set(object, key, json_object_get(ranks->hashes, json_string_value(value)));
        return;
    }
    for (size_t i = 0; i < ranks->count; i++)
        rank += ranks->values[i] < number;
    json_object_set_new(object, key, json_integer(number <= 1 ? number : rank));
}

static int by_text(const void *a, const void *b)
{
    const json_t *const *x = a, *const *y = b;

    return strcmp(json_string_value(*x), json_string_value(*y));
}

static void sort_tags(json_t *services)
{
    const char *key;
    json_t *tags;

    json_object_foreach(services, key, tags)
    {
        json_t *items[64];
        size_t count = json_array_size(tags);

        assert_true(count < 64);
        for (size_t i = 0; i < count; i++)
            items[i] = json_incref(json_array_get(tags, i));
        qsort(items, count, sizeof *items, by_text);
        json_array_clear(tags);
        for (size_t i = 0; i < count; i++)
            json_array_append_new(tags, items[i]);
    }
}

/* Digits that may be any: of ports, of the index in one text. Returns new. */
static char *blurred(const char *text)
{
    static const char *const before[] = {"127.0.0.1:", "current modify index "};
    char *out = calloc(1, strlen(text) + 1);
    size_t size = 0;

    assert_non_null(out);
    while (*text) {
        out[size++] = *text++;
        for (size_t i = 0; i < 2; i++) {
            size_t length = strlen(before[i]);

            if (size >= length && memcmp(out + size - length, before[i], length) == 0)
                text += strspn(text, "0123456789");
        }
    }
    return out;
}

/* {status, headers, body} of an answer, with lower-case header names and a parsed body. */
static json_t *prepared(const json_t *answer, const char *path, bool only_config)
{
    const char *const dropped[] = {"Date", "Content-Length", "Transfer-Encoding", "Connection",
                                   "Content-Encoding"};
    const char *kept = string_of(answer, "body");
    char *text = blurred(kept ? kept : "");
    json_t *headers = json_deep_copy(json_object_get(answer, "headers"));
    const char *type, *contact;
    json_t *body = NULL;

    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        json_object_del(headers, dropped[i]);
    contact = string_of(headers, "X-Consul-Lastcontact");
    if (contact && strcmp(contact, "0") != 0)
        json_object_set_new(headers, "X-Consul-Lastcontact", json_string("some"));
    if (strncmp(path, "/v1/event/list", 14) == 0)
        json_object_del(headers, "X-Consul-Index");
    type = string_of(headers, "Content-Type");
    if (type && strcmp(type, "application/json") == 0)
        body = json_loads(text, JSON_DECODE_ANY, NULL);
    if (body && strncmp(path, "/v1/catalog/services", 20) == 0)
        sort_tags(body);
    if (only_config) {
        json_t *config = json_pack("{s:O}", "Config", json_object_get(body, "Config"));

        json_decref(body);
        body = config;
    }
    if (!body)
        body = json_string(text);
    free(text);
    return json_pack("{s:O,s:o,s:o}", "status", json_object_get(answer, "status"), "headers",
                     headers ? headers : json_object(), "body", body);
}

static bool time_fits(const json_t *expected, const json_t *got, bool jitter)
{
    double want = json_number_value(expected), have = json_number_value(got);

    if (!json_is_number(expected))
        return true;
    if (want < 100)
        return have <= want;
    return have <= want + 1 + (jitter ? want / 16 : 0) && have >= want - want / 16 - 10;
}

static bool is_known(const char *file, int step)
{
    for (size_t i = 0; known[i].file; i++) {
        if (strcmp(known[i].file, file) == 0 && known[i].step == step)
            return true;
    }
    return false;
}

static bool compare(const json_t *step, json_t *expected, json_t *got, const json_t *elapsed)
{
    const char *file = string_of(step, "file");
    int number = (int)json_integer_value(json_object_get(step, "step"));
    const char *backend = string_of(json_object_get(expected, "headers"), "X-Consul-Query-Backend");
    bool jitter = !backend || strcmp(backend, "streaming") != 0;
    bool same = json_equal(expected, got) &&
                time_fits(json_object_get(step, "elapsed_ms"), elapsed, jitter);
    char *text;

    if (same || is_known(file, number))
        return same;
    text = json_dumps(expected, JSON_SORT_KEYS | JSON_COMPACT);
    printf("%s step %d\nexpected after %g ms\n  %s\n", file, number,
           json_number_value(json_object_get(step, "elapsed_ms")), text);
    free(text);
    text = json_dumps(got, JSON_SORT_KEYS | JSON_COMPACT);
    printf("got after %g ms\n  %s\n", json_number_value(elapsed), text);
    free(text);
    return false;
}

struct score {
    int equal, known, total;
};

/* Begins anew with what a text describes: one server, a cluster, one with ACLs. */
static void start(struct world *world, const char *text)
{
    bool cluster = strstr(text, "cluster of 3 servers") != NULL;
    bool acl = strstr(text, "ACLs on") != NULL;
    struct ek_consul_config config = {
        .seed = 1,
        .version = strcmp(world->version, "1.8.7") == 0 ? EK_CONSUL_1_8 : EK_CONSUL_1_10,
        .pretty = world->is_pretty,
        .management_token = acl ? "root-token-0000" : NULL,
        .default_deny = acl,
        .servers = cluster ? 3 : 1};

    if (*text && !cluster && !acl && !strstr(text, "one server with") &&
        !strstr(text, "another agent"))
        return;
    ek_consul_free(world->consul);
    world->consul = ek_consul_new(&config);
    for (size_t i = 0; cluster && i < MEMBER_COUNT; i++)
        ek_consul_add_agent(world->consul, members[i].name, members[i].id, "127.0.0.1", world->now);
    if (cluster) {
        /* It has been there for a while: the agents have sent their network coordinates. */
        world->now += 60000 * MS;
        ek_consul_tick(world->consul, world->now);
    } else if (strstr(text, "one server with")) {
        ek_consul_add_agent(world->consul, "p18", "23a7552c-542a-af76-d48c-68129c29b9c0",
                            "127.0.0.1", world->now);
    } else {
        ek_consul_add_agent(world->consul, "n1", "00000000-0000-4000-8000-000000000001",
                            "127.0.0.1", world->now);
    }
}

/* A body that was not kept cannot be compared. */
static void forget_body(const json_t *step, json_t *answer)
{
    const char *state = string_of(json_object_get(step, "response"), "body_state");

    if (strcmp(state, "not kept") == 0)
        json_object_del(answer, "body");
}

/* Replays the `count` steps of one file. */
static void replay_file(json_t *const *steps, size_t count, struct score *score)
{
    struct world world = {.file = string_of(steps[0], "file"),
                          .version = string_of(steps[0], "consul"),
                          .is_pretty = strcmp(string_of(steps[0], "mode"), "dev") == 0,
                          .variables = json_object()};
    struct ranks expected_ranks = {.hashes = json_object()}, got_ranks = {.hashes = json_object()};
    json_t *expected[STEPS_MAX], *got[STEPS_MAX], *elapsed[STEPS_MAX];

    assert_true(count <= STEPS_MAX);
    start(&world, "");
    for (size_t i = 0; i < count; i++) {
        const char *path = string_of(json_object_get(steps[i], "request"), "path");
        const json_t *response = json_object_get(steps[i], "response");
        bool only_config = strstr(path, "/agent/self") != NULL;
        const char *note = string_of(steps[i], "note");
        json_t *answer;

        /* What was sent beside the first step needs the first step's beginning. */
        if (note && strstr(note, "sent at the same moment as step 1"))
            prepare(&world, json_object_get(steps[0], "before"));
        answer = replay_step(&world, steps[i]);
        expected[i] = prepared(response, path, only_config);
        got[i] = prepared(answer, path, only_config);
        forget_body(steps[i], expected[i]);
        forget_body(steps[i], got[i]);
        elapsed[i] = json_incref(json_object_get(answer, "elapsed_ms"));
        visit(expected[i], &expected_ranks, collect);
        visit(got[i], &got_ranks, collect);
        json_decref(answer);
    }
    for (size_t i = 0; i < count; i++) {
        visit(expected[i], &expected_ranks, replace);
        visit(got[i], &got_ranks, replace);
        score->total++;
        score->equal += compare(steps[i], expected[i], got[i], elapsed[i]);
        score->known += is_known(string_of(steps[i], "file"),
                                 (int)json_integer_value(json_object_get(steps[i], "step")));
        json_decref(expected[i]);
        json_decref(got[i]);
        json_decref(elapsed[i]);
    }
    json_decref(expected_ranks.hashes);
    json_decref(got_ranks.hashes);
    json_decref(world.variables);
    ek_consul_free(world.consul);
}

static void recorded_exchanges_are_answered_alike(void **state)
{
    FILE *file = fopen("tests/fake-consul/transcripts/exchanges.jsonl", "r");
    struct score score = {0};
    json_t *steps[STEPS_MAX];
    size_t count = 0;

    (void)state;
    assert_non_null(file);
    for (;;) {
        json_t *next = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL);
        bool same_file =
            next && count > 0 && strcmp(string_of(next, "file"), string_of(steps[0], "file")) == 0;

        if (count > 0 && !same_file) {
            replay_file(steps, count, &score);
            while (count > 0)
                json_decref(steps[--count]);
        }
        if (!next)
            break;
        assert_true(count < STEPS_MAX);
        steps[count++] = next;
    }
    fclose(file);
    printf("%d of %d exchanges equal\n", score.equal, score.total);
    assert_true(score.total >= 200);
    assert_int_equal(score.equal + score.known, score.total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(recorded_exchanges_are_answered_alike)};

    return cmocka_run_group_tests_name("fake-consul/transcripts", tests, NULL, NULL);
}
