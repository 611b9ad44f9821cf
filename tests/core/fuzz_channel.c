/* A channel against any interleaving of its inputs: bytes say what happens, and after every step
 * the books must balance. Built with libFuzzer by -DEK_FUZZ=ON (clang); test_channel_fuzz.c runs
 * the corpus in the plain suite. */
#include "fuzz_channel.h"

#include "core/channel.h"
#include "manual.h"

enum {
    ENDPOINTS_MAX = 4096,
    OPEN_MAX = 512,
    STEPS_MAX = 3000,
    TURNS_MAX = 100000
};

#define CHECK(claim) ((claim) ? (void)0 : failed(#claim, __LINE__))

static void failed(const char *claim, int line)
{
    fprintf(stderr, "fuzz_channel.c:%d: %s\n", line, claim);
    abort();
}

#define RETRY_PLAIN                                                                                \
    "\"methodConfig\": [{\"name\": [{}], \"timeout\": \"2s\", \"retryPolicy\": {\"maxAttempts\": " \
    "4, \"initialBackoff\": \"0.05s\", \"maxBackoff\": \"1s\", \"backoffMultiplier\": 2, "         \
    "\"retryableStatusCodes\": [14, 4, 8], \"perAttemptRecvTimeout\": \"0.3s\"}}]"
#define HEDGE(delay, extra)                                                                 \
    "\"methodConfig\": [{\"name\": [{}], \"timeout\": \"2s\", " extra "\"hedgingPolicy\": " \
    "{\"maxAttempts\": 5, \"hedgingDelay\": \"" delay "\", \"nonFatalStatusCodes\": [14, 8]}}]"
#define OUTLIERS                                                                                \
    "\"outlierDetection\": {\"consecutiveFailures\": 2, \"consecutiveGatewayFailures\": 3, "    \
    "\"consecutiveLocalOriginFailures\": 2, \"splitExternalLocalOriginErrors\": true, "         \
    "\"enforcingConsecutiveFailures\": 70, \"baseEjectionTime\": \"2s\", \"maxEjectionTime\": " \
    "\"9s\", \"maxEjectionPercent\": 60"
#define SWEEPS                                                                                   \
    ", \"interval\": \"1s\", \"successRateEjection\": {\"minimumHosts\": 2, \"requestVolume\": " \
    "1, "                                                                                        \
    "\"stdevFactor\": 500}, \"failurePercentageEjection\": {\"minimumHosts\": 1, "               \
    "\"requestVolume\": 1, \"threshold\": 40, \"enforcementPercentage\": 80}}"
#define POLICY(name) "\"loadBalancingConfig\": [{\"" name "\": {}}]"

static const char *const configs[] = {
    "{" POLICY("round_robin") "}",
    "{" POLICY("round_robin") ", " RETRY_PLAIN ", " OUTLIERS "}, \"retryThrottling\": "
                              "{\"maxTokens\": 10, \"tokenRatio\": 0.5}}",
    "{" POLICY("least_request") ", " HEDGE("0.05s", "") ", " OUTLIERS SWEEPS
                                                        ", \"dialect\": \"grpc-java\"}",
    "{" POLICY("round_robin") ", " HEDGE(
        "0s", "\"waitForReady\": true, ") ", \"retryBudget\": {\"concurrent\": {}, \"rate\": "
                                          "{\"ttl\": \"1s\"}}, "
                                          "\"circuitBreakers\": {\"maxRequests\": 20, "
                                          "\"maxPendingRequests\": 5, \"maxRetries\": 6, "
                                          "\"maxRequestsPerEndpoint\": 7}}",
    "{" POLICY("pick_first") ", " RETRY_PLAIN ", \"connection\": {\"idleTimeout\": \"3s\"}}",
    "{\"loadBalancingConfig\": [{\"pick_first\": {\"shuffleAddressList\": true}}], \"dialect\": "
    "\"grpc-core\", \"connection\": {\"attemptDelay\": \"100ms\"}}",
    "{" POLICY("round_robin") ", \"healthCheck\": {\"kind\": \"http\", \"interval\": \"1s\", "
                              "\"timeout\": \"0.5s\", \"unhealthyThreshold\": 2, \"initial\": "
                              "\"unhealthy\"}, "
                              "\"slowStart\": {\"window\": \"5s\"}, " OUTLIERS
                              "}, \"dialect\": \"envoy\", "
                              "\"connection\": {\"idleTimeout\": \"4s\"}}",
    "{" POLICY(
        "round_robin") ", \"healthCheckConfig\": {\"serviceName\": \"s\"}, " RETRY_PLAIN
                       ", \"adaptiveThrottling\": {\"window\": \"2s\"}, \"dialect\": \"grpc-go\"}",
    "{" POLICY("round_robin") ", " RETRY_PLAIN ", " OUTLIERS "}, \"connection\": {\"onDemand\": "
                              "true}, \"healthCheck\": {\"kind\": \"tcp\"}}",
    "{" POLICY("peak_ewma") ", \"connection\": {\"reconnect\": false}, " HEDGE("0.2s", "") "}",
};

/* What the driver knows. */
struct attempt {
    uint64_t handle, call;
    uint32_t endpoint;
};

struct endpoint {
    bool is_listed, is_ejected, is_unhealthy, is_ready;
    uint32_t in_flight;
};

struct model {
    struct ek_service_config configs[16]; /* given, in order; all live as long as the channel */
    size_t config_count;
    struct ek_service_config config; /* the last, a borrowed copy */
    struct ek_channel *channel;
    const uint8_t *data, *end;
    ek_time now;
    uint64_t query, token;
    struct attempt attempts[OPEN_MAX];
    size_t attempt_count;
    uint64_t calls[OPEN_MAX];
    size_t call_count;
    uint64_t probes[OPEN_MAX];
    size_t probe_count;
    uint64_t connections[OPEN_MAX]; /* the last ones, closed or not */
    size_t connection_count;
    struct endpoint endpoints[ENDPOINTS_MAX];
    uint32_t endpoint_count;
    uint32_t attempts_max;
};

static uint8_t byte(struct model *m)
{
    return m->data < m->end ? *m->data++ : 0;
}

/* ---- actions ---- */

static void attempt_gone(struct model *m, size_t i)
{
    m->endpoints[m->attempts[i].endpoint].in_flight--;
    m->attempts[i] = m->attempts[--m->attempt_count];
}

static void on_send(struct model *m, const struct ek_action *action)
{
    struct endpoint *e = &m->endpoints[action->endpoint];
    bool is_known = false;

    CHECK(action->endpoint < m->endpoint_count);
    CHECK(e->is_listed && !e->is_ejected && !e->is_unhealthy);
    CHECK(e->is_ready || m->config.connection.on_demand); /* as of the last config */
    CHECK(action->number >= 1 && action->number <= m->attempts_max);
    for (size_t i = 0; i < m->attempt_count; i++)
        CHECK(m->attempts[i].handle != action->attempt);
    for (size_t i = 0; i < m->call_count; i++)
        is_known = is_known || m->calls[i] == action->call;
    CHECK(is_known);
    CHECK(m->attempt_count < OPEN_MAX);
    m->attempts[m->attempt_count++] =
        (struct attempt){action->attempt, action->call, action->endpoint};
    e->in_flight++;
}

static void on_cancel(struct model *m, const struct ek_action *action)
{
    size_t i = 0;

    while (i < m->attempt_count && m->attempts[i].handle != action->attempt)
        i++;
    CHECK(i < m->attempt_count); /* each ends once */
    CHECK(m->attempts[i].call == action->call && m->attempts[i].endpoint == action->endpoint);
    attempt_gone(m, i);
}

static void on_finish(struct model *m, const struct ek_action *action)
{
    size_t i = 0;

    for (size_t a = 0; a < m->attempt_count; a++)
        CHECK(m->attempts[a].call != action->call);
    while (i < m->call_count && m->calls[i] != action->call)
        i++;
    CHECK(i < m->call_count);
    CHECK(action->status == EK_STATUS_OK || action->text != NULL);
    m->calls[i] = m->calls[--m->call_count];
}

static void on_note(struct model *m, const struct ek_action *action)
{
    struct endpoint *e = action->endpoint < ENDPOINTS_MAX ? &m->endpoints[action->endpoint] : NULL;

    if (action->note == EK_NOTE_ENDPOINT_ADDED) {
        CHECK(action->endpoint == m->endpoint_count && action->endpoint < ENDPOINTS_MAX);
        m->endpoint_count++;
        e->is_listed = true;
    } else if (action->note == EK_NOTE_ENDPOINT_REMOVED) {
        e->is_listed = e->is_ejected = e->is_unhealthy = false;
    } else if (action->note == EK_NOTE_SUBCHANNEL_STATE) {
        e->is_ready = action->to == EK_CONN_READY;
    } else if (action->note == EK_NOTE_EJECTED || action->note == EK_NOTE_RETURNED) {
        CHECK(action->note == EK_NOTE_EJECTED || e->is_ejected);
        e->is_ejected = action->note == EK_NOTE_EJECTED;
    } else if (action->note == EK_NOTE_UNHEALTHY || action->note == EK_NOTE_HEALTHY) {
        e->is_unhealthy = action->note == EK_NOTE_UNHEALTHY;
    }
}

static void probe_gone(struct model *m, uint64_t probe)
{
    for (size_t i = 0; i < m->probe_count; i++)
        if (m->probes[i] == probe) {
            m->probes[i] = m->probes[--m->probe_count];
            return;
        }
    failed("a probe ends once", __LINE__);
}

static void obey(struct model *m, const struct ek_action *action)
{
    if (action->kind == EK_ACTION_CONNECT) {
        CHECK(action->text != NULL);
        m->connections[m->connection_count++ % OPEN_MAX] = action->connection;
    } else if (action->kind == EK_ACTION_SEND) {
        on_send(m, action);
    } else if (action->kind == EK_ACTION_CANCEL) {
        on_cancel(m, action);
    } else if (action->kind == EK_ACTION_FINISH) {
        on_finish(m, action);
    } else if (action->kind == EK_ACTION_HTTP_GET) {
        m->query = action->query;
    } else if (action->kind == EK_ACTION_PROBE) {
        CHECK(m->probe_count < OPEN_MAX && m->endpoints[action->endpoint].is_listed);
        m->probes[m->probe_count++] = action->probe;
    } else if (action->kind == EK_ACTION_PROBE_CANCEL) {
        probe_gone(m, action->probe);
    } else if (action->kind == EK_ACTION_NOTE) {
        on_note(m, action);
    }
}

/* ---- invariants ---- */

static void check_books(struct model *m)
{
    struct ek_channel_stats stats = ek_channel_stats(m->channel);
    uint32_t ejected = 0, listed = 0, in_flight = 0, unhealthy = 0;

    for (uint32_t e = 0; e < m->endpoint_count; e++) {
        struct ek_endpoint_view view;

        if (!ek_channel_endpoint(m->channel, e, &view)) {
            CHECK(m->endpoints[e].in_flight == 0);
            continue;
        }
        CHECK(view.in_flight == m->endpoints[e].in_flight);
        CHECK(view.is_listed == m->endpoints[e].is_listed);
        CHECK(view.is_ejected == m->endpoints[e].is_ejected);
        CHECK(view.is_unhealthy == m->endpoints[e].is_unhealthy);
        in_flight += view.in_flight;
        listed += view.is_listed;
        ejected += view.is_listed && view.is_ejected;
        unhealthy += view.is_listed && view.is_unhealthy;
    }
    CHECK(stats.attempts_unfinished == m->attempt_count && in_flight == m->attempt_count);
    CHECK(stats.calls_unfinished == m->call_count && stats.calls_queued <= m->call_count);
    CHECK(stats.endpoints_listed == listed && stats.endpoints_ejected == ejected);
    CHECK(stats.endpoints_unhealthy == unhealthy);
    CHECK(stats.probes_unfinished == m->probe_count);
    CHECK(stats.retry_tokens >= 0 && stats.retry_tokens <= m->config.throttling.tokens_max);
    CHECK(stats.attempts_unfinished <= m->config.limits.requests_max);
    CHECK(stats.calls_queued <= m->config.limits.pending_max);
    CHECK(stats.retries_unfinished <= m->config.limits.retries_max);
    CHECK(m->call_count > 0 || stats.retries_unfinished == 0);
}

static void pull(struct model *m)
{
    struct ek_action action;
    int turns = 0;

    while (ek_channel_output(m->channel, &action)) {
        CHECK(++turns < TURNS_MAX);
        obey(m, &action);
    }
    check_books(m);
}

/* ---- steps ---- */

static void input(struct model *m, const struct ek_event *event)
{
    ek_channel_input(m->channel, event, m->now);
    pull(m);
}

static void tick(struct model *m, int64_t ns)
{
    int turns = 0;

    m->now = ek_time_add(m->now, ns);
    do {
        ek_channel_tick(m->channel, m->now);
        pull(m);
        CHECK(++turns < 100);
    } while (!ek_time_before(m->now, ek_channel_deadline(m->channel))); /* nothing in the past */
}

static void call(struct model *m)
{
    struct ek_call start = {.token = ++m->token, .timeout_ns = byte(m) * 20 * EK_MS};

    if (m->call_count >= 60) /* five attempts each at most */
        return;
    m->calls[m->call_count++] = start.token;
    if (ek_channel_call(m->channel, &start, m->now) != EK_OK)
        m->call_count--;
    pull(m);
}

static void done(struct model *m, bool is_good)
{
    struct ek_event event = {.kind = EK_EVENT_ATTEMPT_DONE};
    uint8_t which = byte(m), how = is_good ? 0 : byte(m);
    size_t i;

    if (m->attempt_count == 0)
        return;
    i = which % m->attempt_count;
    event.attempt = m->attempts[i].handle;
    if (!is_good) {
        event.status = (enum ek_status)(how % EK_STATUS_COUNT);
        event.unprocessed = (enum ek_unprocessed)(how / 17 % 4 == 1   ? EK_NEVER_SENT
                                                  : how / 17 % 4 == 2 ? EK_NOT_PROCESSED
                                                                      : EK_PROCESSED);
        event.has_pushback = how / 68 % 3 > 0;
        event.pushback_ms = how / 68 % 3 == 2 ? -1 : how * 10;
    }
    attempt_gone(m, i);
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

static void list(struct model *m)
{
    static const char *const names[] = {"10.0.0.1:1", "[::1]:1", "c:1", "d:1*5",
                                        "10.0.0.2:1", "[::2]:1", "g:1", "h:1*3"};
    uint8_t mask = byte(m), turn = byte(m);
    char text[256] = "";
    struct ek_http_answer answer = {.status = 200, .body = text};
    struct ek_event event = {.kind = EK_EVENT_RESOLVED, .query = m->query, .answer = &answer};

    if (m->endpoint_count + 8 >= ENDPOINTS_MAX)
        return;
    for (unsigned i = 0; i < 8; i++) {
        unsigned n = (i + turn) % 8;

        if ((mask >> n & 1) != 0)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                     text[0] != '\0' ? "," : "", names[n]);
    }
    input(m, &event);
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
        probe_gone(m, event.probe);
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

    back.ns -= back.ns < 1000 ? back.ns : 1000;
    ek_channel_input(m->channel, &event, back);
    pull(m);
}

static bool read_config(struct model *m, size_t which)
{
    struct ek_errors errors = {0};
    json_t *json = json_loads(configs[which % (sizeof configs / sizeof configs[0])], 0, NULL);

    CHECK(json != NULL);
    if (m->config_count == sizeof m->configs / sizeof m->configs[0]) {
        json_decref(json);
        return false;
    }
    CHECK(ek_service_config_read(json, "", &m->configs[m->config_count++], &errors) == EK_OK);
    json_decref(json);
    return true;
}

/* Smaller limits hold for what comes; what is under way may exceed them, so they are not looked at
 * any more. */
static void reconfigure(struct model *m)
{
    uint8_t which = byte(m);

    if (which >= 0xf0) {
        CHECK(ek_channel_reconfigure(m->channel, NULL, "fuzzed", m->now, 0) == EK_OK);
    } else if (read_config(m, which)) {
        struct ek_service_config *next = &m->configs[m->config_count - 1];

        CHECK(ek_channel_reconfigure(m->channel, next, NULL, m->now, 0) == EK_OK);
        m->config = *next;
        m->config.limits.requests_max = INT64_MAX;
        m->config.limits.pending_max = INT64_MAX;
        m->config.limits.retries_max = INT64_MAX;
        m->attempts_max = 5;
    }
    pull(m);
}

static void step(struct model *m)
{
    switch (byte(m) % 17) {
    case 0:
    case 1:
        call(m);
        break;
    case 2:
        done(m, true);
        break;
    case 3:
        done(m, false);
        break;
    case 4:
        connection(m, EK_EVENT_CONNECTED);
        break;
    case 5:
        connection(m, EK_EVENT_CONNECT_FAILED);
        break;
    case 6:
        connection(m, EK_EVENT_DISCONNECTED);
        break;
    case 7:
        connection(m, EK_EVENT_GOAWAY);
        break;
    case 8:
        tick(m, byte(m) * EK_MS);
        break;
    case 9:
        tick(m, byte(m) * 100 * EK_MS);
        break;
    case 10:
        list(m);
        break;
    case 11:
        resolver_error(m);
        break;
    case 12:
        probe(m, EK_EVENT_PROBE_DONE);
        break;
    case 13:
        probe(m, EK_EVENT_PROBE_ANSWER);
        break;
    case 15:
        reconfigure(m);
        break;
    case 14:
        m->now = ek_time_add(m->now, byte(m) * EK_MS); /* a driver that is late */
        break;
    default:
        nonsense(m);
        break;
    }
}

/* Everything that is under way comes to its end. */
static void drain(struct model *m)
{
    for (int i = 0; i < 20000 && m->attempt_count > 0; i++) {
        struct ek_event event = {.kind = EK_EVENT_ATTEMPT_DONE,
                                 .attempt = m->attempts[m->attempt_count - 1].handle};

        attempt_gone(m, m->attempt_count - 1);
        input(m, &event);
    }
    CHECK(m->attempt_count == 0);
    for (uint32_t e = 0; e < m->endpoint_count; e++)
        CHECK(m->endpoints[e].in_flight == 0);
}

static bool open(struct model *m)
{
    struct ek_errors errors = {0};
    struct ek_channel_config config = {.resolver = &manual_ops};
    const struct ek_method_config *method;

    read_config(m, byte(m));
    m->config = m->configs[0];
    config.service_config = &m->configs[0];
    config.seed = byte(m);
    if (ek_channel_new(&config, m->now, &m->channel, &errors) != EK_OK)
        return false;
    method = ek_service_config_method(&m->config, NULL);
    m->attempts_max = method->retry.attempts_max > 0     ? (uint32_t)method->retry.attempts_max
                      : method->hedging.attempts_max > 0 ? (uint32_t)method->hedging.attempts_max
                                                         : 1;
    pull(m);
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
