/* The rows, the registry they are about, and the judgement. */
#include "tests/survival/row.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STABLE = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5,
    BEFORE = STABLE | 1 << 6,
    AFTER = STABLE | 1 << 7,
    WRITES = 200 /* before all, so that an index has room to go back */
};

/* Sources: consul.md, section 9. */
const struct row rows[] = {
    {.name = "no leader", .fault = EK_CONSUL_NO_LEADER, .shows = "transport is closing"},
    {.name = "leader dies, another is elected",
     .fault = EK_CONSUL_LEADER_LOST,
     .options = {.for_ns = 100},
     .is_instant = true,
     .shows = "rpc error"},
    {.name = "all servers gone", .fault = EK_CONSUL_SERVERS_GONE, .shows = "rpc error"},
    {.name = "frozen follower, stale reads", .fault = EK_CONSUL_STALE, .more = "{\"stale\": true}"},
    {.name = "frozen view of the agent", .fault = EK_CONSUL_FROZEN_VIEW},
    {.name = "lagging follower, maxStale", /* streaming answers do not say how old they are */
     .fault = EK_CONSUL_LAG,
     .version = EK_CONSUL_1_8,
     .options = {.period_ns = 40},
     .more = "{\"stale\": true, \"maxStale\": \"0.01s\", \"mode\": \"poll\","
             " \"pollInterval\": \"0.3s\"}"},
    {.name = "snapshot restore", .fault = EK_CONSUL_INDEX_BACK, .is_instant = true},
    {.name = "empty list", .fault = EK_CONSUL_EMPTY},
    {.name = "partial list", .fault = EK_CONSUL_PARTIAL},
    {.name = "unsorted list", .fault = EK_CONSUL_UNSORTED},
    {.name = "flapping checks",
     .fault = EK_CONSUL_FLAPPING,
     .options = {.period_ns = 10},
     .needs_grace = true},
    {.name = "TTL storm", .fault = EK_CONSUL_TTL_STORM, .is_instant = true, .needs_grace = true},
    {.name = "rate limit (429)", .fault = EK_CONSUL_RATE_LIMIT, .shows = "429"},
    {.name = "connection limit (429)", .fault = ROW_CONNECTION_LIMIT, .shows = "429"},
    {.name = "ACL revoked: 200 []", .fault = EK_CONSUL_ACL_DENIED, .waits_little = true},
    {.name = "ACL revoked: 403", .fault = EK_CONSUL_ACL_LOST, .waits_little = true, .shows = "403"},
    {.name = "slow answers", .fault = EK_CONSUL_SLOW, .options = {.delay_ns = 20}},
    {.name = "nothing is answered", .fault = EK_CONSUL_SILENT, .hangs = true, .waits_little = true},
    {.name = "half-closed in the body",
     .fault = EK_CONSUL_HALF_CLOSED,
     .options = {.bytes = 100},
     .hangs = true,
     .waits_little = true,
     .shows = "no answer"},
    {.name = "truncated body",
     .fault = EK_CONSUL_TRUNCATED,
     .options = {.bytes = 100},
     .shows = "no answer"},
    {.name = "garbage body", .fault = EK_CONSUL_GARBAGE, .shows = "not JSON"},
    {.name = "agent restart",
     .fault = EK_CONSUL_AGENT_RESTART,
     .options = {.for_ns = 100},
     .is_instant = true,
     .election_ns = 1200 * EK_MS, /* recorded: 69a-server-stop */
     .expires = true,
     .shows = "no answer"},
};

const size_t row_count = sizeof rows / sizeof rows[0];

json_t *survival_options(const struct row *row, const struct scale *scale)
{
    const char *const texts[] = {scale->resolver, row->more, row->needs_grace ? scale->grace : NULL,
                                 row->waits_little ? scale->little : NULL};
    json_t *options = json_object();

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *more = json_loads(texts[i] != NULL ? texts[i] : "{}", 0, NULL);

        assert_non_null(more);
        json_object_update(options, more);
        json_decref(more);
    }
    return options;
}

/* ---- the registry ---- */

static void put(struct survival *s, uint32_t agent, const char *target, const char *body,
                int64_t now)
{
    struct ek_consul_request request = {
        .agent = agent, .method = "PUT", .target = target, .body = body, .body_size = strlen(body)};

    ek_consul_request(s->consul, &request, now);
}

/* Half of the instances are at the agent that the resolver asks, and so die with it. */
static uint32_t agent_of(int number)
{
    return number % 2 == 0 ? 0 : 1;
}

static void add(struct survival *s, int number, const char *version, int64_t now)
{
    int64_t ttl_ns = s->row->expires ? s->scale->lasts_ns / 2 : 10 * s->scale->lasts_ns;
    char address[32], body[400], target[64];

    snprintf(address, sizeof address, "%s%d", s->scale->address, number);
    snprintf(body, sizeof body,
             "{\"ID\":\"w%d\",\"Name\":\"web\",\"Address\":\"%s\",\"Port\":9,\"Meta\":{\"v\":"
             "\"%s\"},\"Check\":{\"TTL\":\"%" PRId64 "ns\"}}",
             number, address, version, ttl_ns);
    put(s, agent_of(number), "/v1/agent/service/register", body, now);
    snprintf(target, sizeof target, "/v1/agent/check/pass/service:w%d", number);
    put(s, agent_of(number), target, "", now);
}

static void beat(struct survival *s, int64_t now)
{
    char target[64];

    for (int i = 1; i <= 7; i++) {
        snprintf(target, sizeof target, "/v1/agent/check/pass/service:w%d", i);
        if (i < 6 || i == (s->changed_at > 0 ? 7 : 6))
            put(s, agent_of(i), target, "", now);
    }
}

void survival_open(struct survival *s, const struct row *row, const struct scale *scale)
{
    struct ek_consul_config config = {.seed = 11, .version = row->version};

    *s = (struct survival){.row = row, .scale = scale, .all = ~0u, .given_up_at = INT64_MAX};
    s->consul = ek_consul_new(&config);
    assert_non_null(s->consul);
    assert_int_equal(ek_consul_add_agent(s->consul, "n0", NULL, "10.0.0.1", 0), 0);
    assert_int_equal(ek_consul_add_agent(s->consul, "n1", NULL, "10.0.0.2", 0), 1);
    for (int i = 0; i < WRITES; i++)
        put(s, 0, "/v1/kv/some/key", "value", 0);
    for (int i = 1; i <= 6; i++)
        add(s, i, "1", 0);
    s->beat_at = scale->beat_ns;
}

/* ---- what happens to it ---- */

enum {
    STEP_BEGIN,
    STEP_JOLT, /* a change that no list shows: whoever waits is woken, and meets the fault */
    STEP_CHANGE,
    STEP_END,
    STEP_NONE
};

static int64_t step_at(const struct survival *s)
{
    const struct scale *scale = s->scale;

    switch (s->step) {
    case STEP_BEGIN:
        return scale->settle_ns;
    case STEP_JOLT:
        return scale->settle_ns + scale->lasts_ns / 20;
    case STEP_CHANGE:
        return scale->settle_ns + scale->lasts_ns / 2;
    case STEP_END:
        return scale->settle_ns + scale->lasts_ns + s->row->election_ns;
    default:
        return INT64_MAX;
    }
}

static void begin(struct survival *s, int64_t now)
{
    struct ek_consul_fault_options options = s->row->options;
    int64_t hundredth = s->scale->lasts_ns / 100;

    options.for_ns *= hundredth;
    options.period_ns *= hundredth;
    options.delay_ns *= hundredth;
    options.service = s->row->fault == EK_CONSUL_SLOW ? NULL : "web";
    s->begun_at = now;
    s->query_count_at_begin = s->query_count;
    if (s->row->fault == ROW_CONNECTION_LIMIT)
        s->is_limited = true;
    else
        ek_consul_fault_start(s->consul, s->row->fault, &options, 0, now);
}

static void end(struct survival *s, int64_t now)
{
    s->ended_at = now;
    s->failures_at_end = s->failures;
    s->give_up_at_end = s->given_up_at;
    s->is_limited = false;
    if (s->row->fault != ROW_CONNECTION_LIMIT)
        ek_consul_fault_end(s->consul, s->row->fault, 0, now);
}

/* Without rights nothing can be written; a partial list that is whole raises the index as well. */
static void jolt(struct survival *s, int64_t now)
{
    struct ek_consul_fault_options whole = {.share_ppm = 1000000};

    if (s->row->fault != EK_CONSUL_ACL_DENIED && s->row->fault != EK_CONSUL_ACL_LOST) {
        add(s, 1, "2", now);
        return;
    }
    ek_consul_fault_start(s->consul, EK_CONSUL_PARTIAL, &whole, 0, now);
    ek_consul_fault_end(s->consul, EK_CONSUL_PARTIAL, 0, now);
}

static void change(struct survival *s, int64_t now)
{
    if (s->changed_at == 0)
        s->changed_at = now;
    put(s, agent_of(6), "/v1/agent/service/deregister/w6", "", now);
    add(s, 7, "1", now);
}

static void step(struct survival *s, int64_t now)
{
    switch (s->step++) {
    case STEP_BEGIN:
        begin(s, now);
        break;
    case STEP_JOLT:
        jolt(s, now);
        break;
    case STEP_CHANGE:
        change(s, now);
        break;
    case STEP_END:
        end(s, now);
        change(s, now); /* again: some faults refuse writes as well */
        break;
    default:
        break;
    }
}

void survival_turn(struct survival *s, int64_t now)
{
    while (step_at(s) <= now)
        step(s, now);
    if (s->beat_at <= now) {
        beat(s, now);
        s->beat_at = now + s->scale->beat_ns;
    }
}

int64_t survival_due(const struct survival *s)
{
    return step_at(s) < s->beat_at ? step_at(s) : s->beat_at;
}

int64_t survival_end(const struct scale *scale)
{
    return scale->settle_ns + scale->lasts_ns + scale->watch_ns;
}

/* ---- what the resolver does ---- */

void survival_queried(struct survival *s, int64_t now)
{
    assert_true(s->query_count < QUERIES_MAX);
    s->queries[s->query_count++] = now;
}

void survival_asked(struct survival *s, int64_t give_up_at)
{
    s->given_up_at = give_up_at;
}

void survival_answered(struct survival *s, int status, unsigned errors_before)
{
    if (status == 200 && s->errors == errors_before)
        s->failures = 0;
}

void survival_note(struct survival *s, const struct ek_action *note)
{
    if (note->note == EK_NOTE_RESOLVER_ERROR) {
        s->errors++;
        s->failures++;
        if (s->row->shows != NULL && strstr(s->error, s->row->shows) == NULL)
            snprintf(s->error, sizeof s->error, "%s", note->text);
    } else if (note->note == EK_NOTE_EMPTY_IGNORED || note->note == EK_NOTE_SHRINK_IGNORED) {
        s->refused++;
    }
}

void survival_look(struct survival *s, const struct ek_channel *channel, int64_t now)
{
    unsigned held = 0;
    struct ek_endpoint_view view;

    for (uint32_t i = 0; i < 64; i++) {
        char address[40];

        if (!ek_channel_endpoint(channel, i, &view) || !view.is_listed)
            continue;
        for (int w = 1; w <= 7; w++) {
            snprintf(address, sizeof address, "%s%d:9", s->scale->address, w);
            held |= strcmp(address, view.address) == 0 ? 1u << w : 0;
        }
    }
    if (held == s->held)
        return;
    s->held = held;
    s->all &= held;
    s->any |= held;
    s->recovered_at = now;
}

/* ---- the judgement ---- */

static unsigned most_in_a_second(const struct survival *s)
{
    size_t most = 0;

    for (size_t i = s->query_count_at_begin, first = i; i < s->query_count; i++) {
        while (s->queries[i] - s->queries[first] >= EK_S)
            first++;
        most = i - first + 1 > most ? i - first + 1 : most;
    }
    return (unsigned)most;
}

/* The bucket holds 2 and fills by one every interval. Of n queries in less than a second, the last
 * can only be sent if (n - 2) intervals fit in. */
static unsigned allowed_in_a_second(const struct scale *scale)
{
    return 2 + (unsigned)((EK_S - 1) / scale->interval_ns) + scale->more_queries;
}

/* The pause after the failures so far, at its longest: 1.6 times per failure, and a fifth. */
static int64_t pause_ns(const struct scale *scale, unsigned failures)
{
    double ns = (double)scale->backoff_initial_ns;

    if (failures == 0)
        return scale->interval_ns;
    while (--failures > 0 && ns < (double)scale->backoff_max_ns)
        ns *= 1.6;
    return (int64_t)(1.2 *
                     (ns < (double)scale->backoff_max_ns ? ns : (double)scale->backoff_max_ns));
}

/* One back-off, as far as it had grown; after what hangs was given up, if the fault leaves a query
 * that hangs. */
static int64_t allowed_ns(const struct survival *s)
{
    int64_t ns = pause_ns(s->scale, s->failures_at_end) + s->scale->way_ns;

    if (s->row->needs_grace)
        ns += s->scale->grace_ns;
    if (s->row->fault == EK_CONSUL_SLOW)
        ns += s->row->options.delay_ns * s->scale->lasts_ns / 100;
    if (s->row->hangs && s->give_up_at_end != INT64_MAX)
        ns += s->give_up_at_end - s->ended_at;
    return ns;
}

static void print_list(unsigned list, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (int w = 1; w <= 7; w++)
        if ((list >> w & 1) != 0)
            used += (size_t)snprintf(out + used, size - used, "%d", w);
}

void survival_print_head(void)
{
    printf("%-34s %-9s %-9s %7s %7s %9s %5s %9s %9s\n", "misbehaviour", "always", "ever", "queries",
           "errors", "disbelief", "req/s", "recovered", "allowed");
}

bool survival_judge(const struct survival *s)
{
    int64_t right_at = s->ended_at > s->changed_at ? s->ended_at : s->changed_at;
    int64_t took = s->recovered_at > right_at ? s->recovered_at - right_at : 0;
    unsigned rate = most_in_a_second(s);
    char always[16], ever[16];
    const char *wrong = NULL;

    print_list(s->all, always, sizeof always);
    print_list(s->any, ever, sizeof ever);
    if ((s->all & STABLE) != STABLE)
        wrong = "a list lacked an instance that never went away";
    else if (s->held != AFTER)
        wrong = "the list never became the right one";
    else if (took > allowed_ns(s))
        wrong = "it took too long to recover";
    else if (rate > allowed_in_a_second(s->scale))
        wrong = "too many queries in a second";
    else if (s->row->shows != NULL && strstr(s->error, s->row->shows) == NULL)
        wrong = "the error does not tell the cause";
    printf("%-34s %-9s %-9s %7zu %7u %9u %5u %7.2f s %7.2f s%s%s\n", s->row->name, always, ever,
           s->query_count - s->query_count_at_begin, s->errors, s->refused, rate,
           (double)took / (double)EK_S, (double)allowed_ns(s) / (double)EK_S,
           wrong != NULL ? "  WRONG: " : "", wrong != NULL ? wrong : "");
    if (wrong != NULL && s->error[0] != '\0')
        printf("    %s\n", s->error);
    return wrong == NULL;
}
