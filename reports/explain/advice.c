/* What would have helped. Each rule names the recorded fact that it follows from. */
#include "reports/explain/advice.h"

#include "evenkeel/status.h"

#include <string.h>

enum {
    ADVICE_MAX = 2,
    COMMAND_MAX = 2048
};

struct advisor {
    struct ek__story *story;
    const struct ek__facts *facts;
    int given;
};

/* Takes an earlier setting of the same thing out of the command, when it is one plain word. */
static void drop(char *command, const char *option, size_t option_length)
{
    char wanted[256];
    snprintf(wanted, sizeof wanted, " %.*s", (int)option_length, option);
    char *found = strstr(command, wanted);
    if (found == NULL)
        return;
    char *end = found + strlen(wanted);
    end += strcspn(end, " '");
    if (*end != '\'')
        memmove(found, end, strlen(end) + 1);
}

/* One piece of advice: the command repeats the recorded run with one thing changed. */
static void advise(struct advisor *a, const char *fact, const char *option)
{
    char command[COMMAND_MAX];
    const char *base = a->story->results->command;
    if (a->given++ >= ADVICE_MAX)
        return;
    ek__tell(a->story, "try", EK__PLAIN, "%s", fact);
    snprintf(command, sizeof command, "%s", base[0] != '\0' ? base : "evenkeel run SCENARIO");
    bool is_policy = strncmp(option, "--policy ", 9) == 0;
    drop(command, option, is_policy ? 9 : strcspn(option, "=") + 1);
    size_t used = strlen(command);
    snprintf(command + used, sizeof command - used, " %s", option);
    ek__tell_command(a->story, "", command);
}

static void set(struct advisor *a, const char *fact, const char *pointer, const char *value)
{
    char path[128], option[512];
    ek__config_pointer(&a->facts->config, pointer, path, sizeof path);
    bool is_plain = strpbrk(value, "{[\" ") == NULL;
    snprintf(option, sizeof option, is_plain ? "--set %s=%s" : "--set '%s=%s'", path, value);
    advise(a, fact, option);
}

/* Some endpoint is out of the fault's reach. */
static bool has_unhit(const struct advisor *a)
{
    const struct ek_failover *fault = a->facts->fault;
    return a->facts->ready >= 2 &&
           (fault == NULL || fault->endpoint_count < a->story->results->endpoint_count);
}

static bool is_blind(const char *policy)
{
    return strcmp(policy, "round_robin") == 0 || strcmp(policy, "pick_first") == 0 ||
           strcmp(policy, "random") == 0 || strcmp(policy, "weighted_round_robin") == 0;
}

/* The list was emptied, and the client believed it. */
static void on_empty_list(struct advisor *a)
{
    const struct ek__facts *f = a->facts;
    const char *empty = ek__config_text(f->config.resolver_consul, "empty");
    if (f->lists_nothing && f->config.resolver_consul != NULL && strcmp(empty, "trust") == 0)
        set(a, "the resolver trusts an empty list (\"empty\": \"trust\"); keep the last good one",
            "resolver/consul/empty", "keep");
}

static void on_lost_connection(struct advisor *a)
{
    const struct ek__facts *f = a->facts;
    if (json_is_false(json_object_get(f->config.connection, "reconnect")) &&
        f->status == EK_STATUS_UNAVAILABLE)
        set(a,
            "the client never dials a lost connection again (\"reconnect\": false), so later calls "
            "fail as well",
            "serviceConfig/connection/reconnect", "true");
}

static void on_slowness(struct advisor *a)
{
    const struct ek__facts *f = a->facts;
    char fact[200];
    if (f->status != EK_STATUS_DEADLINE_EXCEEDED || !has_unhit(a) || !is_blind(f->policy) ||
        f->fault == NULL || strcmp(f->fault->kind, "slow") != 0)
        return;
    snprintf(fact, sizeof fact,
             "%.40s does not look at how many calls an endpoint has; p2c takes "
             "the one of two with fewer",
             f->policy);
    advise(a, fact, "--policy p2c");
}

static void on_no_retry(struct advisor *a)
{
    const struct ek__facts *f = a->facts;
    static const char policy[] =
        "[{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 3, \"initialBackoff\": \"10ms\", "
        "\"maxBackoff\": \"100ms\", \"backoffMultiplier\": 2, \"retryableStatusCodes\": "
        "[\"UNAVAILABLE\"]}}]";
    if (f->status == EK_STATUS_UNAVAILABLE && f->has_endpoint && f->config.retry == NULL &&
        f->config.method == NULL && has_unhit(a))
        set(a, "the service config has no retryPolicy; another endpoint was READY",
            "serviceConfig/methodConfig", policy);
}

static void on_no_ejection(struct advisor *a)
{
    const struct ek__facts *f = a->facts;
    char fact[200];
    if (f->config.outlier != NULL || f->pair_failures < 5 || !has_unhit(a) ||
        f->status == EK_STATUS_OK || f->is_late)
        return;
    snprintf(fact, sizeof fact,
             "the service config has no outlierDetection; this client failed there %s",
             ek__counted(f->pair_failures, "time").s);
    set(a, fact, "serviceConfig/outlierDetection",
        "{\"consecutiveFailures\": 5, \"baseEjectionTime\": \"30s\", \"maxEjectionPercent\": 50}");
}

static void on_late_ejection(struct advisor *a)
{
    const struct ek__facts *f = a->facts;
    const json_t *wanted = json_object_get(f->config.outlier, "consecutiveFailures");
    char fact[200];
    if (!f->was_ejected_later || !json_is_integer(wanted) || json_integer_value(wanted) < 3 ||
        f->config.retry != NULL)
        return;
    snprintf(fact, sizeof fact,
             "each client ejects an endpoint after %d failures in a row; after 2 it pays for fewer",
             (int)(json_integer_value(wanted) % 1000000));
    set(a, fact, "serviceConfig/outlierDetection/consecutiveFailures", "2");
}

static void on_not_connected(struct advisor *a)
{
    const struct ek__facts *f = a->facts;
    bool waits = json_is_true(json_object_get(f->config.method, "waitForReady"));
    if (f->has_endpoint || waits || f->config.method != NULL || a->given > 0 ||
        !(f->is_not_connected || f->lists_nothing))
        return;
    set(a,
        "nothing was READY, and calls fail at once then; with waitForReady they wait, as long as "
        "their deadline",
        "serviceConfig/methodConfig", "[{\"name\": [{}], \"waitForReady\": true}]");
}

void ek__tell_advice(struct ek__story *story, const struct ek__facts *facts)
{
    struct advisor advisor = {.story = story, .facts = facts};
    on_empty_list(&advisor);
    on_lost_connection(&advisor);
    on_slowness(&advisor);
    on_no_retry(&advisor);
    on_no_ejection(&advisor);
    on_late_ejection(&advisor);
    on_not_connected(&advisor);
    if (advisor.given == 0)
        ek__tell(story, "try", EK__DIM, "nothing that follows from what was recorded");
}
