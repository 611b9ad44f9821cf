/* The Consul resolver survives every misbehaviour of the registry, in virtual time. */
#include "tests/survival/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct scale scale = {
    .address = "10.1.0.",
    .resolver = "{\"service\": \"web\", \"maxShrink\": \"30%\"}",
    .grace = "{\"grace\": \"5s\"}",
    .little = "{\"wait\": \"10s\"}",
    .grace_ns = 5 * EK_S,
    .settle_ns = 20 * EK_S,
    .lasts_ns = 20 * EK_S,
    .beat_ns = 3 * EK_S,
    .watch_ns = 200 * EK_S,
    .interval_ns = EK_S,
    .backoff_initial_ns = EK_S,
    .backoff_max_ns = 30 * EK_S,
    .stall_ns = 5 * EK_S,
    .way_ns = 2 * EK_MS,
};

static const int64_t way_ns = EK_MS; /* one way */

static const char refusal[] =
    "Your IP is issuing too many concurrent connections, please rate limit your calls\n";

/* ---- the wire: one query at a time ---- */

enum wire_state {
    WIRE_IDLE,
    WIRE_OUTBOUND,
    WIRE_ASKED,
    WIRE_INBOUND
};

struct wire {
    enum wire_state state;
    uint64_t query, consul_id;
    char target[256];
    int64_t due, give_up_at;
    int status;
    uint64_t index;
    int64_t last_contact_ns;
    char *body;
    const char *error;
};

struct world {
    struct survival survival;
    struct ek_channel *channel;
    struct ek_service_config config;
    struct wire wire;
    uint64_t tokens;
    int64_t now;
    bool was_limited;
};

static void come_back(struct world *w, int status, const char *error, int64_t after_ns)
{
    w->wire.state = WIRE_INBOUND;
    w->wire.consul_id = 0;
    w->wire.status = status;
    w->wire.error = error;
    w->wire.due = w->now + after_ns + way_ns;
}

static void query_start(struct world *w, const struct ek_action *action)
{
    assert_int_equal(w->wire.state, WIRE_IDLE);
    w->wire = (struct wire){.state = WIRE_OUTBOUND,
                            .query = action->query,
                            .due = w->now + way_ns,
                            .give_up_at = w->now + action->value};
    snprintf(w->wire.target, sizeof w->wire.target, "%s", action->text);
    survival_asked(&w->survival, w->wire.give_up_at);
}

static void query_end(struct world *w)
{
    if (w->wire.consul_id != 0)
        ek_consul_cancel(w->survival.consul, w->wire.consul_id);
    free(w->wire.body);
    w->wire = (struct wire){.state = WIRE_IDLE};
}

static void obey(struct world *w)
{
    struct ek_action action;

    while (ek_channel_output(w->channel, &action)) {
        if (action.kind == EK_ACTION_HTTP_GET)
            query_start(w, &action);
        else if (action.kind == EK_ACTION_HTTP_CANCEL)
            query_end(w);
        else if (action.kind == EK_ACTION_NOTE)
            survival_note(&w->survival, &action);
    }
    survival_look(&w->survival, w->channel, w->now);
}

/* The query reaches the agent, or its door. */
static void arrive(struct world *w)
{
    struct ek_consul_request request = {.method = "GET", .target = w->wire.target};

    survival_queried(&w->survival, w->now);
    if (w->survival.is_limited) {
        w->wire.body = strdup(refusal);
        come_back(w, 429, NULL, 0);
        return;
    }
    request.token = ++w->tokens;
    w->wire.state = WIRE_ASKED;
    w->wire.due = INT64_MAX;
    w->wire.consul_id = ek_consul_request(w->survival.consul, &request, w->now);
}

static void deliver(struct world *w)
{
    struct ek_http_answer answer = {.status = w->wire.status,
                                    .index = w->wire.index,
                                    .last_contact_ns = w->wire.last_contact_ns,
                                    .body = w->wire.body,
                                    .body_size = w->wire.body != NULL ? strlen(w->wire.body) : 0,
                                    .error = w->wire.error};
    struct ek_event event = {.kind = EK_EVENT_RESOLVED, .query = w->wire.query, .answer = &answer};
    char *body = w->wire.body;

    unsigned errors = w->survival.errors;

    w->wire = (struct wire){.state = WIRE_IDLE};
    w->survival.given_up_at = INT64_MAX;
    ek_channel_input(w->channel, &event, (ek_time){w->now});
    free(body);
    obey(w);
    survival_answered(&w->survival, answer.status, errors);
}

static uint64_t header(const struct ek_consul_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++)
        if (strcasecmp(response->headers[i].name, name) == 0)
            return strtoull(response->headers[i].value, NULL, 10);
    return 0;
}

/* What the registry sent goes on the way; a part of a body is no answer. */
static void pull(struct world *w)
{
    struct ek_consul_response r;

    while (ek_consul_response(w->survival.consul, &r)) {
        if (r.token == 0 || w->wire.state != WIRE_ASKED || r.token != w->tokens)
            continue;
        w->wire.index = header(&r, "X-Consul-Index");
        w->wire.last_contact_ns = (int64_t)header(&r, "X-Consul-LastContact") * EK_MS;
        if (r.delivery == EK_CONSUL_DELIVER_STALL && r.deliver_bytes < r.body_size) {
            come_back(w, 0, "the answer stopped in the middle", scale.stall_ns);
        } else if (r.delivery == EK_CONSUL_DELIVER_CUT && r.deliver_bytes < r.body_size) {
            come_back(w, 0, "the connection was closed in the middle of the answer", 0);
        } else {
            w->wire.body = malloc(r.body_size + 1);
            assert_non_null(w->wire.body);
            memcpy(w->wire.body, r.body, r.body_size);
            w->wire.body[r.body_size] = '\0';
            come_back(w, r.status, NULL, 0);
        }
    }
}

/* A limit on connections is met by whoever has to connect anew. */
static void drop_connection(struct world *w)
{
    if (w->survival.is_limited && !w->was_limited && w->wire.state == WIRE_ASKED) {
        ek_consul_cancel(w->survival.consul, w->wire.consul_id);
        come_back(w, 0, "the connection was closed", 0);
    }
    w->was_limited = w->survival.is_limited;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t next_at(const struct world *w)
{
    int64_t at = least(survival_due(&w->survival), ek_channel_deadline(w->channel).ns);

    at = least(at, ek_consul_deadline(w->survival.consul));
    return w->wire.state == WIRE_OUTBOUND || w->wire.state == WIRE_INBOUND ? least(at, w->wire.due)
                                                                           : at;
}

static void turn(struct world *w)
{
    ek_consul_tick(w->survival.consul, w->now);
    survival_turn(&w->survival, w->now);
    drop_connection(w);
    pull(w);
    if (w->wire.state == WIRE_OUTBOUND && w->wire.due <= w->now)
        arrive(w);
    pull(w);
    if (w->wire.state == WIRE_INBOUND && w->wire.due <= w->now)
        deliver(w);
    if (ek_channel_deadline(w->channel).ns <= w->now) {
        ek_channel_tick(w->channel, (ek_time){w->now});
        obey(w);
    }
}

static bool run(const struct row *row)
{
    struct world w = {.now = 0};
    struct ek_errors errors = {0};
    json_t *options = survival_options(row, &scale), *config = json_object();
    struct ek_channel_config channel = {.service_config = &w.config,
                                        .resolver = ek_resolver_find("consul"),
                                        .resolver_options = options,
                                        .seed = 5};
    unsigned turns = 0;
    bool is_good;

    survival_open(&w.survival, row, &scale);
    assert_int_equal(ek_service_config_read(config, "", &w.config, &errors), EK_OK);
    assert_int_equal(ek_channel_new(&channel, (ek_time){0}, &w.channel, &errors), EK_OK);
    obey(&w);
    while (w.now < survival_end(&scale)) {
        int64_t next = next_at(&w);

        assert_true(turns++ < 100000); /* timers make no busy loop either */
        w.now = next > w.now ? next : w.now;
        turn(&w);
    }
    is_good = survival_judge(&w.survival);
    query_end(&w);
    ek_channel_free(w.channel);
    ek_service_config_deinit(&w.config);
    ek_consul_free(w.survival.consul);
    json_decref(options);
    json_decref(config);
    return is_good;
}

static void
the_last_good_list_is_kept_without_a_busy_loop_and_recovery_is_one_back_off(void **state)
{
    bool are_good = true;

    (void)state;
    survival_print_head();
    for (size_t i = 0; i < row_count; i++)
        are_good &= run(&rows[i]);
    assert_true(are_good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            the_last_good_list_is_kept_without_a_busy_loop_and_recovery_is_one_back_off),
    };

    return cmocka_run_group_tests_name("survival/virtual", tests, NULL, NULL);
}
