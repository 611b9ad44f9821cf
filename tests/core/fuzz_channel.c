/* A channel against any interleaving of its inputs: bytes say what happens, and after every step
 * the books must balance. Built with libFuzzer by -DEK_FUZZ=ON (clang); test_channel_fuzz.c runs
 * the corpus in the plain suite. */
#include "fuzz_channel.h"

#include "fuzz_configs.h"
#include "fuzz_model.h"

#include <stdlib.h>
#include <string.h>

enum {
    STEPS_MAX = 3000
};

static const char *const places[] = {NULL, "z1", "r/z2", "elsewhere"};

static uint8_t byte(struct model *m)
{
    return m->data < m->end ? *m->data++ : 0;
}

/* ---- steps ---- */

static void input(struct model *m, const struct ek_event *event)
{
    ek_channel_input(m->channel, event, m->now);
    model_pull(m);
}

static void tick(struct model *m, int64_t ns)
{
    int turns = 0;

    m->now = ek_time_add(m->now, ns);
    do {
        ek_channel_tick(m->channel, m->now);
        model_pull(m);
        CHECK(++turns < 100);
    } while (!ek_time_before(m->now, ek_channel_deadline(m->channel))); /* nothing in the past */
}

static void start_call(struct model *m, uint8_t wish, uint64_t hash)
{
    struct ek_call start = {.token = ++m->token, .timeout_ns = byte(m) * 20 * EK_MS, .hash = hash};

    if (m->call_count >= 60) /* five attempts each at most */
        return;
    if (wish > 0 && ek_channel_subset(m->channel, model_wishes[wish].labels,
                                      model_wishes[wish].count, &start.subset) != EK_OK)
        return; /* a policy that keeps one connection */
    m->calls[m->call_count++] = (struct call){start.token, wish};
    if (ek_channel_call(m->channel, &start, m->now) != EK_OK)
        m->call_count--;
    model_pull(m);
}

/* Asks for labels, has a key, and perhaps its picks are put down. */
static void particular_call(struct model *m)
{
    uint8_t which = byte(m);

    if (which & 0x80) {
        m->traced = m->token + 1;
        ek_channel_trace(m->channel, m->traced);
    }
    start_call(m, which % WISH_COUNT, which >> 2 & 0x1f);
}

static void done(struct model *m, bool is_good)
{
    struct ek_event event = {.kind = EK_EVENT_ATTEMPT_DONE};
    uint8_t which = byte(m), how = is_good ? 0 : byte(m);
    struct ek_load_report load = {.qps = (int64_t)how << 20, .eps = (int64_t)how << (how & 31)};
    size_t i;

    if (m->attempt_count == 0)
        return;
    i = which % m->attempt_count;
    ek_channel_expect(m->channel, m->attempts[i].handle, (enum ek_expect)(which % 3));
    load.utilization = (int64_t)which << (how & 15);
    load.in_flight = which;
    if (which & 0x40)
        event.load = &load;
    event.attempt = m->attempts[i].handle;
    if (!is_good) {
        event.status = (enum ek_status)(how % EK_STATUS_COUNT);
        event.unprocessed = (enum ek_unprocessed)(how / 17 % 4 == 1   ? EK_NEVER_SENT
                                                  : how / 17 % 4 == 2 ? EK_NOT_PROCESSED
                                                                      : EK_PROCESSED);
        event.has_pushback = how / 68 % 3 > 0;
        event.pushback_ms = how / 68 % 3 == 2 ? (how & 1) - 1 : (int64_t)1 << how % 63;
    }
    model_attempt_gone(m, i);
    input(m, &event);
}

static void connection(struct model *m, enum ek_event_kind kind)
{
    struct ek_event event = {.kind = kind, .text = "said the fuzzer"};
    size_t known = m->connection_count < OPEN_MAX ? m->connection_count : OPEN_MAX;
    uint8_t which = byte(m);

    if (known == 0)
        return;
    event.connection =
        m->connections[(m->connection_count - 1 - which % (known < 16 ? known : 16)) % OPEN_MAX];
    input(m, &event);
}

static void publish(struct model *m, uint8_t mask, uint8_t turn)
{
    char pairs[2 * FLEET_SIZE];
    struct ek_http_answer answer = {.status = 200, .body = pairs};
    struct ek_event event = {.kind = EK_EVENT_RESOLVED, .query = m->query, .answer = &answer};

    for (unsigned i = 0; i < FLEET_SIZE; i++) {
        unsigned host = (i + turn) % FLEET_SIZE;

        if ((mask >> host & 1) == 0)
            continue;
        pairs[answer.body_size++] = (char)host;
        pairs[answer.body_size++] = (char)m->variants[host];
    }
    input(m, &event);
}

static void list(struct model *m)
{
    uint8_t mask = byte(m), turn = byte(m);

    if (m->endpoint_count + FLEET_SIZE < ENDPOINTS_MAX)
        publish(m, mask, turn);
}

/* The same hosts with other things said of some. */
static void list_variants(struct model *m)
{
    uint8_t turned = byte(m), by = byte(m), mask = 0;

    for (uint32_t e = 0; e < m->endpoint_count; e++)
        mask |= (uint8_t)(m->endpoints[e].is_listed << m->endpoints[e].host);
    for (unsigned host = 0; host < FLEET_SIZE; host++)
        if (turned >> host & 1)
            m->variants[host] = (uint8_t)(m->variants[host] + by + host);
    publish(m, mask, turned & by);
}

static void canary(struct model *m)
{
    static const char *const values[] = {"5", "100%", "{\"share\": 50}", "none", "", "0%"};
    static const int statuses[] = {200, 200, 200, 404, 500, 0};
    uint8_t which = byte(m), index = byte(m);
    struct ek_http_answer answer = {
        .status = statuses[which % 6], .index = index, .body = values[which / 6 % 6]};
    struct ek_event event = {
        .kind = EK_EVENT_RESOLVED, .query = m->canary_query, .answer = &answer};

    answer.body_size = strlen(answer.body);
    if (which >= 0xe0) {
        ek_channel_set_canary(m->channel, index * 3921, m->now);
        model_pull(m);
    } else {
        input(m, &event);
    }
}

static void callers(struct model *m)
{
    uint8_t which = byte(m);
    const struct ek_callers counts[] = {{"z1", which & 3}, {"r/z2", which >> 2 & 7}};

    CHECK(ek_channel_set_callers(m->channel, counts, which >> 6 < 2 ? which >> 6 : 2, m->now) ==
          EK_OK);
    model_pull(m);
}

static void resolver_error(struct model *m)
{
    struct ek_http_answer answer = {.error = "no such host"};
    struct ek_event event = {.kind = EK_EVENT_RESOLVED, .query = m->query, .answer = &answer};

    input(m, &event);
}

static void probe(struct model *m, enum ek_event_kind kind)
{
    struct ek_event event = {.kind = kind};
    uint8_t which = byte(m), how = byte(m);

    if (m->probe_count == 0)
        return;
    event.probe = m->probes[which % m->probe_count];
    event.status = how % 3 == 0   ? EK_STATUS_OK
                   : how % 3 == 1 ? EK_STATUS_UNAVAILABLE
                                  : EK_STATUS_UNIMPLEMENTED;
    if (kind == EK_EVENT_PROBE_DONE)
        model_probe_gone(m, event.probe);
    input(m, &event);
}

/* Handles that nobody gave out, and a clock that runs backwards. */
static void nonsense(struct model *m)
{
    uint64_t handle = (uint64_t)byte(m) << 32 | byte(m);
    struct ek_event event = {.kind = (enum ek_event_kind)(byte(m) % (EK_EVENT_PROBE_DONE + 1)),
                             .connection = handle | UINT64_C(1) << 60,
                             .attempt = handle | UINT64_C(1) << 60,
                             .query = handle | UINT64_C(1) << 60,
                             .probe = handle | UINT64_C(1) << 60};
    ek_time back = m->now;

    ek_channel_expect(m->channel, event.attempt, EK_EXPECT_SOON);
    ek_channel_expect(m->channel, byte(m), EK_EXPECT_NEXT); /* one that has ended, perhaps */
    back.ns -= back.ns < 1000 ? back.ns : 1000;
    ek_channel_input(m->channel, &event, back);
    model_pull(m);
}

/* Some settings do not go with some policies. */
static bool read_config(struct model *m, uint8_t policy, uint8_t settings)
{
    char text[4096];
    struct ek_errors errors = {0};
    json_t *json;

    if (m->config_count == sizeof m->configs / sizeof m->configs[0])
        return false;
    fuzz_config(policy, settings, text, sizeof text);
    json = json_loads(text, 0, NULL);
    CHECK(json != NULL);
    if (ek_service_config_read(json, "", &m->configs[m->config_count], &errors) == EK_OK) {
        const struct ek_service_config *config = &m->configs[m->config_count++];

        m->has_hedged |= ek_service_config_method(config, NULL)->hedging.attempts_max > 0;
    } else {
        ek_service_config_deinit(&m->configs[m->config_count]);
    }
    json_decref(json);
    return errors.count == 0;
}

/* Smaller limits hold for what comes; what is under way may exceed them, so they are not looked at
 * any more. */
static void reconfigure(struct model *m)
{
    uint8_t policy = byte(m), settings = byte(m);

    if (policy >= 0xf0) {
        CHECK(ek_channel_reconfigure(m->channel, NULL, "fuzzed", m->now, 0) == EK_OK);
    } else if (read_config(m, policy, settings)) {
        struct ek_service_config *next = &m->configs[m->config_count - 1];

        CHECK(ek_channel_reconfigure(m->channel, next, NULL, m->now, 0) == EK_OK);
        m->config = *next;
        m->config.limits.requests_max = INT64_MAX;
        m->config.limits.pending_max = INT64_MAX;
        m->config.limits.retries_max = INT64_MAX;
        m->attempts_max = 5;
    }
    model_pull(m);
}

static void resolved(struct model *m)
{
    uint8_t how = byte(m);

    if (how < 0x60)
        list(m);
    else if (how < 0xe0)
        list_variants(m);
    else
        resolver_error(m);
}

static void act(struct model *m)
{
    switch (byte(m) % 20) {
    case 0:
        start_call(m, 0, 0);
        break;
    case 1:
        particular_call(m);
        break;
    case 2:
    case 3:
        done(m, true);
        break;
    case 4:
    case 5:
        done(m, false);
        break;
    case 6:
    case 7:
        connection(m, EK_EVENT_CONNECTED);
        break;
    case 8:
        connection(m, EK_EVENT_CONNECT_FAILED);
        break;
    case 9:
        connection(m, EK_EVENT_DISCONNECTED);
        break;
    case 10:
        connection(m, EK_EVENT_GOAWAY);
        break;
    case 11:
        tick(m, byte(m) * EK_MS);
        break;
    case 12:
        tick(m, byte(m) * 100 * EK_MS);
        break;
    case 13:
        resolved(m);
        break;
    case 14:
        probe(m, EK_EVENT_PROBE_DONE);
        break;
    case 15:
        probe(m, EK_EVENT_PROBE_ANSWER);
        break;
    case 16:
        m->now = ek_time_add(m->now, byte(m) * EK_MS); /* a driver that is late */
        break;
    case 17:
        reconfigure(m);
        break;
    case 18:
        canary(m);
        break;
    default:
        (m->data < m->end && *m->data < 0x40 ? callers : nonsense)(m);
        break;
    }
}

/* Nothing is ever asked for in the past: what was due may still be, but nothing new is. */
static void step(struct model *m)
{
    ek_time due = ek_channel_deadline(m->channel);

    act(m);
    if (ek_time_before(m->now, due))
        due = m->now;
    CHECK(!ek_time_before(ek_channel_deadline(m->channel), due));
}

/* Everything that is under way comes to its end. */
static void drain(struct model *m)
{
    for (int i = 0; i < 20000 && m->attempt_count > 0; i++) {
        struct ek_event event = {.kind = EK_EVENT_ATTEMPT_DONE,
                                 .attempt = m->attempts[m->attempt_count - 1].handle};

        model_attempt_gone(m, m->attempt_count - 1);
        input(m, &event);
    }
    CHECK(m->attempt_count == 0);
    for (uint32_t e = 0; e < m->endpoint_count; e++)
        CHECK(m->endpoints[e].in_flight == 0);
}

static bool open(struct model *m)
{
    struct ek_errors errors = {0};
    struct ek_channel_config config = {.resolver = &fleet_ops};
    const struct ek_method_config *method;
    uint8_t policy = byte(m), settings = byte(m);

    if (!read_config(m, policy, settings))
        return false;
    m->config = m->configs[0];
    config.service_config = &m->configs[0];
    config.seed = byte(m);
    config.id = config.seed >> 4;
    config.locality = places[config.seed % 4];
    if (ek_channel_new(&config, m->now, &m->channel, &errors) != EK_OK)
        return false;
    method = ek_service_config_method(&m->config, NULL);
    m->attempts_max = method->retry.attempts_max > 0     ? (uint32_t)method->retry.attempts_max
                      : method->hedging.attempts_max > 0 ? (uint32_t)method->hedging.attempts_max
                                                         : 1;
    model_pull(m);
    return true;
}

int fuzz_channel(const uint8_t *data, size_t size)
{
    struct model *m = calloc(1, sizeof *m);

    CHECK(m != NULL);
    m->data = data;
    m->end = data + size;
    if (open(m)) {
        for (int i = 0; i < STEPS_MAX && m->data < m->end; i++)
            step(m);
        drain(m);
    }
    ek_channel_free(m->channel);
    for (size_t i = 0; i < m->config_count; i++)
        ek_service_config_deinit(&m->configs[i]);
    free(m);
    return 0;
}

#ifdef EK_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_channel(data, size);
}
#endif
