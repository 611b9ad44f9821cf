/* Memory that runs out: the n-th allocation fails, for n = 1, 2, 3 ... until what is tried gets
 * through. Never a crash, a leak or a wrong count; calls fail cleanly, and later ones succeed.
 *
 * The linker gives the library our malloc, calloc, realloc and free (--wrap), and so does jansson.
 */
#include "evenkeel/channel.h"
#include "evenkeel/lint.h"
#include "evenkeel/resolver.h"
#include "fuzz_fleet.h"
#include "manual.h"

#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

/* The test program's own: which allocation fails, how many more after it, and how many blocks live.
 */
static int64_t to_go, fails_left;
static int64_t live;
static bool has_failed;

static bool fails(void)
{
    if (to_go > 0 && --to_go > 0)
        return false;
    if (fails_left == 0)
        return false;
    fails_left--;
    has_failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    void *block = fails() ? NULL : __real_malloc(size);

    live += block != NULL;
    return block;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *block = fails() ? NULL : __real_calloc(count, size);

    live += block != NULL;
    return block;
}

void *__wrap_realloc(void *block, size_t size)
{
    bool is_new = block == NULL;
    void *grown = fails() ? NULL : __real_realloc(block, size);

    live += is_new && grown != NULL;
    return grown;
}

void __wrap_free(void *block)
{
    live -= block != NULL;
    __real_free(block);
}

/* From now on the n-th allocation fails, and so do `more` after it. */
static void arm(int64_t n, int64_t more)
{
    to_go = n;
    fails_left = more + 1;
    has_failed = false;
}

static void disarm(void)
{
    to_go = 0;
    fails_left = 0;
}

/* ---- a driver that obeys whatever comes ---- */

enum {
    OPEN_MAX = 64,
    ENDPOINTS_MAX = 64
};

struct driver {
    struct ek_channel *channel;
    ek_time now;
    uint64_t query, token;
    uint64_t attempts[OPEN_MAX], calls[OPEN_MAX], probes[OPEN_MAX], dialled[OPEN_MAX];
    size_t attempt_count, call_count, probe_count, dialled_count;
    uint64_t connections[ENDPOINTS_MAX];
    size_t started, finished, succeeded;
};

static void add(uint64_t *list, size_t *count, uint64_t item)
{
    assert_true(*count < OPEN_MAX);
    list[(*count)++] = item;
}

static bool take(uint64_t *list, size_t *count, uint64_t item)
{
    for (size_t i = 0; i < *count; i++)
        if (list[i] == item) {
            list[i] = list[--*count];
            return true;
        }
    return false;
}

static void pull(struct driver *d)
{
    struct ek_action action;

    while (ek_channel_output(d->channel, &action)) {
        bool is_key = action.text != NULL && strncmp(action.text, "/v1/kv/", 7) == 0;

        if (action.kind == EK_ACTION_HTTP_GET || action.kind == EK_ACTION_LOOKUP) {
            d->query = is_key ? d->query : action.query;
        } else if (action.kind == EK_ACTION_CONNECT) {
            assert_true(action.endpoint < ENDPOINTS_MAX);
            d->connections[action.endpoint] = action.connection;
            add(d->dialled, &d->dialled_count, action.connection);
        } else if (action.kind == EK_ACTION_CLOSE) {
            take(d->dialled, &d->dialled_count, action.connection);
        } else if (action.kind == EK_ACTION_SEND) {
            add(d->attempts, &d->attempt_count, action.attempt);
        } else if (action.kind == EK_ACTION_CANCEL) {
            assert_true(take(d->attempts, &d->attempt_count, action.attempt));
        } else if (action.kind == EK_ACTION_FINISH) {
            assert_true(take(d->calls, &d->call_count, action.call));
            d->finished++;
            d->succeeded += action.status == EK_STATUS_OK;
        } else if (action.kind == EK_ACTION_PROBE) {
            add(d->probes, &d->probe_count, action.probe);
        } else if (action.kind == EK_ACTION_PROBE_CANCEL) {
            assert_true(take(d->probes, &d->probe_count, action.probe));
        }
    }
    struct ek_channel_stats stats = ek_channel_stats(d->channel);
    assert_int_equal(stats.attempts_unfinished, d->attempt_count);
    assert_int_equal(stats.calls_unfinished, d->call_count);
    assert_int_equal(stats.probes_unfinished, d->probe_count);
}

static void input(struct driver *d, struct ek_event event)
{
    ek_channel_input(d->channel, &event, d->now);
    pull(d);
}

static void list(struct driver *d, const char *addresses)
{
    const struct ek_http_answer answer = {
        .status = 200, .body = addresses, .body_size = strlen(addresses)};

    input(d, (struct ek_event){.kind = EK_EVENT_RESOLVED, .query = d->query, .answer = &answer});
}

/* Whatever is dialled is connected, but for every `refused`-th. */
static void connect_all(struct driver *d, int refused)
{
    for (int i = 1; d->dialled_count > 0 && i < 200; i++) {
        uint64_t connection = d->dialled[0];

        take(d->dialled, &d->dialled_count, connection);
        input(d, (struct ek_event){
                     .kind = refused > 0 && i % refused == 0 ? EK_EVENT_CONNECT_FAILED
                                                             : EK_EVENT_CONNECTED,
                     .connection = connection,
                     .text = "refused",
                 });
    }
}

static void call(struct driver *d)
{
    struct ek_call call = {.token = ++d->token};

    d->calls[d->call_count++] = call.token;
    if (ek_channel_call(d->channel, &call, d->now) == EK_OK)
        d->started++;
    else
        assert_true(take(d->calls, &d->call_count, call.token));
    pull(d);
}

/* Ends the oldest attempts, and those that follow from them, at most `count`. */
static void answer(struct driver *d, size_t count, enum ek_status status)
{
    while (count-- > 0 && d->attempt_count > 0) {
        uint64_t attempt = d->attempts[0];

        take(d->attempts, &d->attempt_count, attempt);
        input(d, (struct ek_event){
                     .kind = EK_EVENT_ATTEMPT_DONE, .attempt = attempt, .status = status});
    }
}

static void answer_probes(struct driver *d, enum ek_status status)
{
    while (d->probe_count > 0) {
        uint64_t probe = d->probes[--d->probe_count];

        input(d, (struct ek_event){.kind = EK_EVENT_PROBE_DONE, .probe = probe, .status = status});
    }
}

static void wait(struct driver *d, int64_t ns)
{
    d->now = ek_time_add(d->now, ns);
    ek_channel_tick(d->channel, d->now);
    pull(d);
}

/* ---- the life of a channel ---- */

static struct ek_service_config read_config(const char *text)
{
    struct ek_service_config config;
    struct ek_errors errors = {0};
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(json);
    if (ek_service_config_read(json, "", &config, &errors) != EK_OK)
        fail_msg("%s: %s", errors.items[0].path, errors.items[0].text);
    json_decref(json);
    return config;
}

#define GUARDS(selection)                                                                   \
    "\"outlierDetection\": {\"consecutiveFailures\": 2, \"baseEjectionTime\": \"1s\"}, "    \
    "\"connection\": {\"idleTimeout\": \"8s\"}, \"retryThrottling\": {\"maxTokens\": 100, " \
    "\"tokenRatio\": 1}, \"selection\": {\"panicThreshold\": \"50%%\"" selection "}"
#define RETRIES                                                                                    \
    "\"methodConfig\": [{\"name\": [{}], \"timeout\": \"5s\", \"retryPolicy\": {\"maxAttempts\": " \
    "3, \"initialBackoff\": \"0.1s\", \"maxBackoff\": \"1s\", \"backoffMultiplier\": 2, "          \
    "\"retryableStatusCodes\": [14]}}]"
#define HEDGES                                                                             \
    "\"methodConfig\": [{\"name\": [{}], \"timeout\": \"5s\", \"hedgingPolicy\": "         \
    "{\"maxAttempts\": 3, \"hedgingDelay\": \"0.05s\", \"nonFatalStatusCodes\": [14]}}], " \
    "\"healthCheck\": {\"kind\": \"tcp\", \"interval\": \"1s\", \"timeout\": \"0.5s\"}, "  \
    "\"slowStart\": {\"window\": \"5s\"}"

/* What is listed one after the other, last when memory is back. */
struct lists {
    const struct ek_resolver_ops *resolver;
    const char *first, *second, *last;
};

static void live_once(struct driver *d, const struct ek_service_config *second,
                      const struct lists *lists)
{
    struct ek_label label = {"tag", "a"};
    uint32_t subset;

    list(d, lists->first);
    ek_channel_trace(d->channel, 1);
    connect_all(d, 0);
    for (int i = 0; i < 6; i++)
        call(d);
    answer(d, 3, EK_STATUS_UNAVAILABLE);
    wait(d, 200 * EK_MS);
    answer(d, 6, EK_STATUS_UNAVAILABLE);
    wait(d, 400 * EK_MS);
    if (ek_channel_subset(d->channel, &label, 1, &subset) != EK_OK)
        subset = 0;
    pull(d);
    list(d, lists->second);
    connect_all(d, 3);
    call(d);
    if (ek_channel_reconfigure(d->channel, second, NULL, d->now, 0) != EK_OK)
        call(d); /* it may fail, and must end */
    pull(d);
    connect_all(d, 0);
    answer_probes(d, EK_STATUS_OK);
    for (int i = 0; i < 4; i++)
        call(d);
    wait(d, 60 * EK_MS);
    answer(d, 2, EK_STATUS_UNAVAILABLE);
    wait(d, 1100 * EK_MS);
    answer_probes(d, EK_STATUS_UNAVAILABLE);
    input(d, (struct ek_event){.kind = EK_EVENT_DISCONNECTED, .connection = d->connections[1]});
    answer(d, 30, EK_STATUS_OK);
    list(d, "");
    call(d);
    wait(d, 10 * EK_S);
    answer(d, 30, EK_STATUS_OK);
    wait(d, 20 * EK_S); /* idle by now */
    call(d);
    wait(d, 10 * EK_S);
}

/* Memory is back: the channel works, or another config makes it work again. */
static void recover(struct driver *d, const struct ek_service_config *second, const char *last)
{
    size_t succeeded;

    assert_int_equal(ek_channel_reconfigure(d->channel, second, NULL, d->now, 0), EK_OK);
    pull(d);
    wait(d, 200 * EK_S);
    call(d); /* wakes it, if it is idle */
    list(d, last);
    connect_all(d, 0);
    answer_probes(d, EK_STATUS_OK);
    answer(d, 30, EK_STATUS_OK);
    wait(d, 2 * EK_S); /* the first one may have failed, to be tried again */
    answer(d, 30, EK_STATUS_OK);
    succeeded = d->succeeded;
    call(d);
    answer(d, 5, EK_STATUS_OK);
    assert_int_equal(d->call_count, 0);
    assert_int_equal(d->succeeded, succeeded + 1);
    assert_int_equal(d->finished, d->started);
}

/* Returns whether the n-th allocation was needed. */
static bool live_with(const struct ek_service_config *first, const struct ek_service_config *second,
                      const struct lists *lists, int64_t n, int64_t more)
{
    static struct driver d;
    struct ek_errors errors = {0};
    struct ek_channel_config config = {
        .service_config = first, .resolver = lists->resolver, .seed = 1, .locality = "z1"};
    int64_t before = live;
    bool is_needed;

    d = (struct driver){0};
    arm(n, more);
    if (ek_channel_new(&config, d.now, &d.channel, &errors) == EK_OK) {
        pull(&d);
        live_once(&d, second, lists);
        is_needed = has_failed;
        disarm();
        recover(&d, second, lists->last);
        ek_channel_free(d.channel);
    } else {
        is_needed = has_failed;
        assert_true(has_failed);
    }
    disarm();
    assert_int_equal(live, before);
    return is_needed;
}

/* The same for one failure at any allocation, for eleven in a row, and without any memory from
 * there on. */
static void survive(const struct ek_service_config *first, const struct ek_service_config *second,
                    const struct lists *lists)
{
    int64_t n = 1;

    for (; live_with(first, second, lists, n, 0); n++)
        assert_true(n < 5000);
    for (int64_t k = 1; k < n; k += 3) {
        live_with(first, second, lists, k, 10);
        live_with(first, second, lists, k, INT32_MAX);
    }
    assert_true(n > 20);
}

static void a_channel_survives_every_failure(void **state)
{
    static const char *const policies[] = {
        "{\"round_robin\": {}}",
        "{\"static_weighted_round_robin\": {}}",
        "{\"weighted_round_robin\": {}}",
        "{\"least_request\": {\"weighting\": \"edf\"}}",
        "{\"ring_hash\": {}}",
        "{\"maglev\": {\"tableSize\": 101}}",
        "{\"peak_ewma\": {}}",
        "{\"random\": {\"weighted\": true}}",
        "{\"prequal\": {}}",
        "{\"random_subsetting\": {\"subsetSize\": 2, \"childPolicy\": [{\"maglev\": "
        "{\"tableSize\": "
        "101}}]}}",
        "{\"deterministic_subsetting\": {\"subsetSize\": 2, \"clientIndex\": 1, \"childPolicy\": "
        "[{\"round_robin\": {}}]}}",
        "{\"deterministic_aperture\": {\"clientCount\": 3, \"clientIndex\": 1, \"minAperture\": 2, "
        "\"childPolicy\": [{\"random\": {\"weighted\": true}}]}}",
        "{\"pick_first\": {}}",
    };
    const size_t count = sizeof policies / sizeof policies[0];
    const size_t any = 12; /* these need no labels and keep more than one connection */

    (void)state;
    for (size_t i = 0; i < count; i++) {
        static const struct lists lists = {&manual_ops, "a:1,b:1*3,c:1", "b:1*2,c:1,d:1,e:1",
                                           "x:1,y:1"};
        char text[1024];

        snprintf(text, sizeof text,
                 "{\"loadBalancingConfig\": [%s], " GUARDS(", \"priorities\": true") ", %s}",
                 policies[i], RETRIES);
        struct ek_service_config first = read_config(text);
        snprintf(text, sizeof text,
                 "{\"loadBalancingConfig\": [%s], " GUARDS(", \"priorities\": true") ", %s}",
                 policies[i + 1 < any ? i + 1 : 0], HEDGES);
        struct ek_service_config second = read_config(text);
        survive(&first, &second, &lists);
        ek_service_config_deinit(&first);
        ek_service_config_deinit(&second);
    }
}

/* Endpoints are in both parts, and some change theirs while calls are under way. */
static void divided_endpoints_survive_every_failure(void **state)
{
    static const struct lists lists = {&manual_ops, "a:1@0,b:1@1,c:1@1,d:1@0",
                                       "b:1@0,c:1@1,d:1@1,e:1@0", "x:1,y:1"};
    static const char *const policies[] = {
        "{\"weighted_target\": {\"by\": \"priority\", \"targets\": {\"0\": {\"weight\": 1, "
        "\"childPolicy\": [{\"least_request\": {\"weighting\": \"edf\"}}]}, \"1\": {\"weight\": 2, "
        "\"childPolicy\": [{\"maglev\": {\"tableSize\": 101}}]}}}}",
        "{\"priority\": {\"failoverTimeout\": \"0.1s\", \"children\": {\"0\": {\"config\": "
        "[{\"weighted_target\": {\"by\": \"priority\", \"targets\": {\"*\": {\"weight\": 1, "
        "\"childPolicy\": \"peak_ewma\"}}}}]}, \"1\": {\"config\": [{\"ring_hash\": {}}]}}, "
        "\"priorities\": [\"1\", \"0\"]}}",
    };

    (void)state;
    for (int i = 0; i < 2; i++) {
        char text[1024];

        snprintf(text, sizeof text, "{\"loadBalancingConfig\": [%s], " GUARDS("") ", %s}",
                 policies[i], i == 0 ? RETRIES : HEDGES);
        struct ek_service_config first = read_config(text);
        snprintf(text, sizeof text, "{\"loadBalancingConfig\": [%s], " GUARDS("") ", %s}",
                 policies[1 - i], i == 0 ? HEDGES : RETRIES);
        struct ek_service_config second = read_config(text);
        survive(&first, &second, &lists);
        ek_service_config_deinit(&first);
        ek_service_config_deinit(&second);
    }
}

/* Labels, localities, a key that is watched, and an order that is drawn. */
static void choosy_channels_survive_every_failure(void **state)
{
    static const struct lists lists = {&fleet_ops, "\1\141\2\151\3\241\4\263", "\2\161\3\141\4\61",
                                       "\5\100\6\101"};
    static const char *const texts[] = {
        "{\"loadBalancingConfig\": [{\"round_robin\": {}}], " RETRIES ", \"selection\": "
        "{\"localities\": \"weighted\", \"localityWeights\": [{\"locality\": \"z1\", \"weight\": "
        "3}, "
        "{\"locality\": \"r/z2\", \"weight\": 1}], \"priorities\": true, \"canary\": {\"share\": "
        "\"50%\", \"key\": \"web/canary\", \"match\": \"tag=canary\"}, \"subsets\": {\"fallback\": "
        "\"any\"}}}",
        "{\"loadBalancingConfig\": [{\"pick_first\": {\"shuffleAddressList\": true}}], " RETRIES
        "}",
        "{\"loadBalancingConfig\": [{\"random\": {}}], " HEDGES ", \"selection\": {\"localities\": "
        "\"zone_aware\", \"minClusterSize\": 1, \"canary\": {\"share\": \"50%\", \"key\": \"b\", "
        "\"match\": \"tag=blue\"}, \"subsets\": {\"fallback\": \"any\"}}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ek_service_config first = read_config(texts[i]);
        struct ek_service_config second = read_config(texts[(i + 1) % 3]);

        survive(&first, &second, &lists);
        ek_service_config_deinit(&first);
        ek_service_config_deinit(&second);
    }
}

/* ---- reading configs, looking for nonsense ---- */

static const char whole_config[] =
    "{\"loadBalancingConfig\": [{\"xds\": {}}, {\"outlier_detection_experimental\": "
    "{\"childPolicy\":"
    " [{\"random_subsetting\": {\"subsetSize\": 1, \"childPolicy\": [{\"least_request\":"
    " {\"choiceCount\": 3}}]}}], \"successRateEjection\": {}}}],"
    " \"methodConfig\": [{\"name\": [{\"service\": \"a.B\"}, {\"service\": null}], \"timeout\": "
    "\"1s\","
    " \"retryPolicy\": {\"maxAttempts\": 9, \"initialBackoff\": \"1s\", \"maxBackoff\": \"1s\","
    " \"backoffMultiplier\": 2, \"retryableStatusCodes\": [4, \"NOT_FOUND\"]}}],"
    " \"slowStart\": {\"window\": \"1s\"}, \"healthCheck\": {\"kind\": \"http\", \"path\": "
    "\"/ok\"}, \"selection\": {\"canary\":"
    " {\"share\": \"1%\", \"match\": [\"tag=new\"]}, \"localities\": \"weighted\","
    " \"localityWeights\": [{\"locality\": \"a\", \"weight\": 0}]}, \"connection\": {\"jitter\": "
    "\"0%\"}}";

/* As service configs once named a policy. */
static const char old_config[] = "{\"loadBalancingPolicy\": \"ROUND_ROBIN\"}";

static size_t read_and_lint(const char *text)
{
    struct ek_lint_facts facts = {.endpoints = 3, .rate = 1000000};
    json_t *json = json_loads(text, 0, NULL);
    size_t warnings_count = 0;

    assert_non_null(json);
    for (int64_t n = 1;; n++) {
        struct ek_errors errors = {0}, warnings = {0};
        int64_t before = live;
        enum ek_err err;

        assert_true(n < 5000);
        arm(n, 0);
        err = ek_lint(json, "", &facts, &errors, &warnings);
        disarm();
        assert_int_equal(live, before);
        if (err != EK_OK)
            assert_true(has_failed && (err == EK_ENOMEM || errors.count > 0));
        warnings_count = warnings.count;
        if (!has_failed) {
            assert_int_equal(err, EK_OK);
            break;
        }
    }
    json_decref(json);
    return warnings_count;
}

static void reading_and_lint_survive_every_failure(void **state)
{
    (void)state;
    assert_true(read_and_lint(whole_config) > 8);
    read_and_lint(old_config);
}

static void another_policy_survives_every_failure(void **state)
{
    (void)state;
    for (int64_t n = 1;; n++) {
        struct ek_service_config config = read_config("{}");
        struct ek_errors errors = {0};

        assert_true(n < 5000);
        arm(n, 0);
        if (ek_service_config_set_policy(&config, "peak_ewma,decayTime=5s,chargeFailures=true",
                                         &errors) != EK_OK)
            assert_string_equal(config.lb->name, "pick_first");
        disarm();
        ek_service_config_deinit(&config);
        if (!has_failed)
            break;
    }
}

/* ---- resolvers ---- */

static const struct {
    const char *name, *options;
    const char *answers[4];
} resolvers[] = {
    {"static",
     "{\"addresses\": [\"a:1\"], \"endpoints\": [{\"address\": \"b:1\", \"weight\": 3, "
     "\"locality\": \"z\","
     " \"labels\": [\"tag=x\", \"v=2\"]}]}",
     {NULL}},
    {"consul",
     "{\"service\": \"web\", \"tag\": [\"x\", \"y\"], \"maxShrink\": \"50%\", \"grace\": \"2s\"}",
     {"[{\"Node\": {\"Address\": \"10.0.0.1\", \"Meta\": {}}, \"Service\": {\"Address\": \"\", "
      "\"Port\": 80, \"Tags\": [\"x\", \"y\"], \"Meta\": {\"zone\": \"z1\", \"v\": \"2\"}, "
      "\"Weights\": {\"Passing\": 3, \"Warning\": 1}}, \"Checks\": [{\"Status\": \"passing\"}]}, "
      "{\"Node\": {\"Address\": \"10.0.0.2\"}, \"Service\": {\"Address\": \"\", \"Port\": 81, "
      "\"Tags\": [\"x\", \"y\"]}, \"Checks\": []}]",
      "[{\"Node\": {\"Address\": \"10.0.0.3\"}, \"Service\": {\"Port\": 81, \"Tags\": [\"x\", "
      "\"y\"]}, \"Checks\": []}]",
      "[]", NULL}},
    {"consul",
     "{\"service\": \"web\", \"near\": \"_agent\", \"grace\": \"1000s\"}",
     {"[{\"Node\": {\"Address\": \"10.0.0.3\"}, \"Service\": {\"Port\": 80}, \"Checks\": []}, "
      "{\"Node\": {\"Address\": \"10.0.0.2\"}, \"Service\": {\"Port\": 80}, \"Checks\": []}, "
      "{\"Node\": {\"Address\": \"10.0.0.1\"}, \"Service\": {\"Port\": 80}, \"Checks\": []}]",
      "[{\"Node\": {\"Address\": \"10.0.0.1\"}, \"Service\": {\"Port\": 80}, \"Checks\": []}]",
      NULL}},
    {"dns", "{\"target\": \"web.example:80\"}", {"10.0.0.1\n\n10.0.0.2\n", "::1\n", NULL}},
    {"dns", "{\"target\": \"10.0.0.1:80\"}", {NULL}},
    {"etcd",
     "{\"prefix\": \"web/\"}",
     {"{\"header\": {\"revision\": \"5\"}, \"kvs\": [{\"key\": \"d2ViL2E=\", \"value\": "
      "\"eyJBZGRyIjoiYToxIn0=\"}]}",
      NULL}},
};

/* Runs it over its answers, twice; the lists it published are added to `lists`. */
static enum ek_err resolve_all(const struct ek_resolver_ops *ops, void *self,
                               const char *const *answers, size_t *lists)
{
    ek_time now = {0};
    enum ek_err err = ops->init(self, ek_rng_derive(1, "test", 0), now);
    size_t next = 0;

    for (int turn = 0; err == EK_OK && turn < 12; turn++) {
        bool is_asked = false;

        for (struct ek_resolve wish; (wish = ops->output(self, now)).kind != EK_RESOLVE_NONE;) {
            is_asked |= wish.kind == EK_RESOLVE_GET || wish.kind == EK_RESOLVE_LOOKUP;
            *lists += wish.kind == EK_RESOLVE_LIST;
        }
        if (is_asked && answers[0] != NULL) {
            const char *body = answers[next] != NULL ? answers[next] : answers[next = 0];
            struct ek_http_answer answer = {.status = 200,
                                            .index = (uint64_t)turn + 5,
                                            .body = body,
                                            .body_size = strlen(body)};

            next++;
            ops->answer(self, &answer, now);
            continue;
        }
        now = ek_time_add(now, 40 * EK_S);
        if (ops->hint != NULL)
            ops->hint(self, now);
        ops->tick(self, now);
    }
    return err;
}

static void resolvers_survive_every_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof resolvers / sizeof resolvers[0]; i++) {
        const struct ek_resolver_ops *ops = ek_resolver_find(resolvers[i].name);
        json_t *options = json_loads(resolvers[i].options, 0, NULL);

        assert_non_null(ops);
        assert_non_null(options);
        for (int64_t n = 1;; n++) {
            struct ek_errors errors = {0};
            int64_t before = live;
            size_t lists = 0;

            assert_true(n < 5000);
            arm(n, 0);
            void *self = calloc(1, ops->self_size);
            if (self != NULL) {
                ek_option_read(ops->options, options, "", self, &errors);
                if (errors.count == 0 &&
                    resolve_all(ops, self, resolvers[i].answers, &lists) != EK_OK)
                    assert_true(has_failed);
                ops->deinit(self);
                ek_option_release(ops->options, self);
            }
            disarm();
            free(self);
            assert_int_equal(live, before);
            if (!has_failed) {
                if (errors.count > 0)
                    fail_msg("%s: %s", errors.items[0].path, errors.items[0].text);
                assert_true(lists > 0);
                break;
            }
        }
        json_decref(options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_survives_every_failure),
        cmocka_unit_test(divided_endpoints_survive_every_failure),
        cmocka_unit_test(choosy_channels_survive_every_failure),
        cmocka_unit_test(reading_and_lint_survive_every_failure),
        cmocka_unit_test(another_policy_survives_every_failure),
        cmocka_unit_test(resolvers_survive_every_failure),
    };

    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
    return cmocka_run_group_tests_name("core/memory", tests, NULL, NULL);
}
