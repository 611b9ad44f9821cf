/* The fields of a scenario file: one row each for reading, schema, reference. */
#include "sim/scenario/scenario.h"

#include "evenkeel/time.h"
#include "fake-consul/consul.h"

enum {
    MEMBERS_MAX = 100000, /* endpoints or clients */
    ITEMS_MAX = 1000,     /* faults, expectations, steps: more is a mistake */
    NAME_BYTES_MAX = 56,  /* with its number still below 64 */
    TITLE_BYTES_MAX = 120
};

#define SHARE_MAX 1000000
/* Rows are kept dense: one or two lines each. */
/* clang-format off */
#define NAME_ROW  .type = EK_OPTION_STRING, .min = 1, .max = NAME_BYTES_MAX
#define LIST_OF(what, c_type) \
    .type = EK_OPTION_LIST, .item = EK_OPTION_##what, .item_size = sizeof(c_type)

#define END {.name = NULL}

/* ---- service times and delays ---- */

#define AT(member) .offset = offsetof(struct ek_distribution, member)
#define IN(outer, member) \
    .offset =             \
        offsetof(struct ek_distribution, outer.member) - offsetof(struct ek_distribution, outer)

static const struct ek_option exponential_options[] = {
    {.name = "mean", .type = EK_OPTION_DURATION, IN(exponential, mean_ns), .required = true,
     .min = 1, .text = "The average."},
    END,
};

static const struct ek_option normal_options[] = {
    {.name = "mean", .type = EK_OPTION_DURATION, IN(normal, mean_ns), .required = true, .min = 1,
     .text = "The average."},
    {.name = "sd", .type = EK_OPTION_DURATION, IN(normal, sd_ns), .required = true,
     .text = "The standard deviation."},
    END,
};

static const struct ek_option lognormal_options[] = {
    {.name = "mean", .type = EK_OPTION_DURATION, IN(lognormal, mean_ns), .min = 1,
     .text = "The average; give this or \"p50\"."},
    {.name = "p50", .type = EK_OPTION_DURATION, IN(lognormal, p50_ns), .min = 1,
     .text = "The median; give this or \"mean\"."},
    {.name = "p99", .type = EK_OPTION_DURATION, IN(lognormal, p99_ns), .required = true, .min = 1,
     .text = "99 of 100 are shorter."},
    END,
};

static const struct ek_option percentile_options[] = {
    {.name = "percentile", .type = EK_OPTION_SHARE,
     .offset = offsetof(struct ek_percentile, share_ppm), .required = true, .max = SHARE_MAX,
     .text = "The share of values that are at most \"value\"; rising from 0% to 100%."},
    {.name = "value", .type = EK_OPTION_DURATION,
     .offset = offsetof(struct ek_percentile, value_ns), .required = true,
     .text = "The value there; linear in between."},
    END,
};

static const struct ek_option hyperexponential_options[] = {
    {.name = "mean", .type = EK_OPTION_DURATION, IN(hyperexponential, mean_ns), .required = true,
     .min = 1, .text = "The average."},
    {.name = "cv", .type = EK_OPTION_DECIMAL, IN(hyperexponential, cv), .required = true,
     .min = 1000, .max = 1000000, .text = "The standard deviation over the mean; 1 is exponential."},
    END,
};

static const struct ek_option distribution_options[] = {
    {.name = "constant", .type = EK_OPTION_DURATION, AT(constant_ns),
     .text = "Always the same; the duration alone means this."},
    {.name = "exponential", .type = EK_OPTION_OBJECT, AT(exponential),
     .fields = exponential_options, .text = "Memoryless, as in an M/M/1 queue."},
    {.name = "normal", .type = EK_OPTION_OBJECT, AT(normal), .fields = normal_options,
     .text = "The bell curve, cut at 1 us."},
    {.name = "lognormal", .type = EK_OPTION_OBJECT, AT(lognormal), .fields = lognormal_options,
     .text = "A long tail to the right, as most measured latencies have."},
    {.name = "empirical", LIST_OF(OBJECT, struct ek_percentile), AT(empirical), .min = 2,
     .count_max = ITEMS_MAX, .fields = percentile_options,
     .text = "Measured percentiles, linear in between."},
    {.name = "hyperexponential", .type = EK_OPTION_OBJECT, AT(hyperexponential),
     .fields = hyperexponential_options,
     .text = "Mostly short, some long: two exponentials that bring half of the work each."},
    END,
};

/* Indexed by enum ek_distribution_kind. */
_Static_assert(sizeof distribution_options / sizeof distribution_options[0] ==
                   EK_DISTRIBUTION_HYPEREXPONENTIAL + 2,
               "a row for each kind");

#define DISTRIBUTION .type = EK_OPTION_VARIANT, .fields = distribution_options

#undef AT
#undef IN

/* ---- what exists ---- */

#define AT(member) .offset = offsetof(struct ek_endpoint_group, member)

static const char *const discipline_words[] = {"fifo", "ps", NULL}; /* enum ek_discipline */

static const struct ek_option endpoint_options[] = {
    {.name = "count", .type = EK_OPTION_INTEGER, AT(count), .fallback = "1", .min = 1,
     .max = MEMBERS_MAX, .text = "How many endpoints of this kind there are."},
    {.name = "name", NAME_ROW, AT(name), .fallback = "\"b%02d\"",
     .text = "Their names; %d, or %02d with two digits, is the number from 1."},
    {.name = "zones", LIST_OF(STRING, char *), AT(zones), .count_max = ITEMS_MAX,
     .text = "Zones the endpoints are put in, one after the other."},
    {.name = "service", DISTRIBUTION, AT(service), .fallback = "\"10ms\"",
     .text = "How long one call is worked on."},
    {.name = "workers", .type = EK_OPTION_INTEGER, AT(workers), .fallback = "0", .max = 1000000,
     .text = "Calls worked on at once; 0 is any number."},
    {.name = "discipline", .type = EK_OPTION_WORD, AT(discipline), .words = discipline_words,
     .fallback = "\"fifo\"",
     .text = "fifo: a worker takes one call at a time, in the order they came. ps: all calls share the "
             "workers equally (processor sharing), each at most a whole one, so they slow each other down."},
    {.name = "queue", .type = EK_OPTION_INTEGER, AT(queue_max), .fallback = "-1", .min = -1,
     .max = 10000000,
     .text = "Calls that may wait for a worker, or share one, more are refused; -1 is any number."},
    {.name = "weight", .type = EK_OPTION_INTEGER, AT(weight), .fallback = "1", .min = 1,
     .max = 65535, .text = "The weight it registers with."},
    {.name = "cancelStopsWork", .type = EK_OPTION_BOOL, AT(cancel_stops_work), .fallback = "false",
     .text = "A cancelled call frees its worker at once instead of being worked on to its end."},
    {.name = "startup", .type = EK_OPTION_DURATION, AT(startup_ns), .fallback = "\"0s\"",
     .text = "From the start of the process to the first connection it accepts."},
    {.name = "tags", LIST_OF(STRING, char *), AT(tags), .count_max = ITEMS_MAX,
     .text = "Tags it registers with, which a subset or a canary may ask for."},
    {.name = "meta", LIST_OF(STRING, char *), AT(meta), .count_max = ITEMS_MAX,
     .text = "Metadata it registers with, each \"key=value\"; its zone goes there as \"zone\"."},
    {.name = "loadReports", .type = EK_OPTION_BOOL, AT(load_reports), .fallback = "false",
     .text = "Whether its answers carry its load (calls and errors per second, utilization), as "
             "weighted_round_robin and prequal want it."},
    END,
};
#undef AT

#define AT(member) .offset = offsetof(struct ek_client_group, member)
#define IN(outer, member) \
    .offset =             \
        offsetof(struct ek_client_group, outer.member) - offsetof(struct ek_client_group, outer)

static const struct ek_option closed_options[] = {
    {.name = "concurrency", .type = EK_OPTION_INTEGER, IN(arrivals.closed, concurrency),
     .fallback = "1", .min = 1, .max = MEMBERS_MAX,
     .text = "Calls each client keeps going at once."},
    {.name = "think", .type = EK_OPTION_DURATION, IN(arrivals.closed, think_ns),
     .fallback = "\"0s\"", .text = "The pause between an answer and the next call."},
    END,
};

static const struct ek_option arrivals_options[] = {
    {.name = "poisson", .type = EK_OPTION_RATE, IN(arrivals, poisson_rate), .min = 1,
     .text = "Calls at random times, so many by the whole group; the rate alone means this."},
    {.name = "constant", .type = EK_OPTION_RATE, IN(arrivals, constant_rate), .min = 1,
     .text = "Calls at equal distances, so many by the whole group."},
    {.name = "closed", .type = EK_OPTION_OBJECT, IN(arrivals, closed), .fields = closed_options,
     .text = "Each call waits for the answer to the one before."},
    END,
};

static const struct ek_option step_options[] = {
    {.name = "at", .type = EK_OPTION_DURATION, .offset = offsetof(struct ek_load_step, at_ns),
     .required = true, .text = "When the rate begins to change."},
    {.name = "rate", .type = EK_OPTION_RATE, .offset = offsetof(struct ek_load_step, rate),
     .required = true, .text = "The new rate of the whole group; \"0/s\" stops it."},
    {.name = "over", .type = EK_OPTION_DURATION, .offset = offsetof(struct ek_load_step, over_ns),
     .fallback = "\"0s\"", .text = "The time in which the rate gets there, linearly."},
    END,
};

static const struct ek_option resolver_options[] = {
    {.name = "static", LIST_OF(STRING, char *), IN(resolver, addresses), .count_max = MEMBERS_MAX,
     .text = "A fixed list of endpoint names; an empty one is all endpoints."},
    {.name = "consul", .type = EK_OPTION_JSON, IN(resolver, consul),
     .text = "Blocking queries to the Consul registry, with these options."},
    {.name = "dns", .type = EK_OPTION_JSON, IN(resolver, dns),
     .text = "Look-ups of the service's name, with these options; the port is always 8080."},
    END,
};

static const struct ek_option keys_options[] = {
    {.name = "count", .type = EK_OPTION_INTEGER, IN(keys, count), .required = true, .min = 1,
     .max = 1000000000, .text = "How many different keys there are, all as likely."},
    {.name = "hot", .type = EK_OPTION_SHARE, IN(keys, hot_ppm), .fallback = "\"0%\"",
     .text = "The part of the calls that carry the same key, the first one."},
    END,
};

static const struct ek_option client_options[] = {
    {.name = "count", .type = EK_OPTION_INTEGER, AT(count), .fallback = "1", .min = 1,
     .max = MEMBERS_MAX, .text = "How many clients of this kind there are."},
    {.name = "name", NAME_ROW, AT(name), .fallback = "\"c%d\"",
     .text = "Their names; %d is the number from 1."},
    {.name = "zones", LIST_OF(STRING, char *), AT(zones), .count_max = ITEMS_MAX,
     .text = "Zones the clients are put in, one after the other."},
    {.name = "arrivals", .type = EK_OPTION_VARIANT, AT(arrivals), .fields = arrivals_options,
     .fallback = "\"100/s\"", .text = "When calls are made."},
    {.name = "profile", LIST_OF(OBJECT, struct ek_load_step), AT(profile), .fields = step_options,
     .count_max = ITEMS_MAX, .text = "How the rate changes during the run."},
    {.name = "deadline", .type = EK_OPTION_DURATION, AT(deadline_ns), .fallback = "\"0s\"",
     .text = "Of each call, from its planned start; 0s is what the service config says."},
    {.name = "successWithin", .type = EK_OPTION_DURATION, AT(success_within_ns), .fallback = "\"0s\"",
     .text = "A call answered later than this, from its planned start, counts as failed, though "
             "nobody cancels it; 0s: any answer is good."},
    {.name = "labels", LIST_OF(STRING, char *), AT(labels), .count_max = 8,
     .text = "What each call asks of its endpoint, each \"key=value\", all of them; a tag has the "
             "key \"tag\". See selection.subsets of the service config."},
    {.name = "keys", .type = EK_OPTION_OBJECT, AT(keys), .fields = keys_options,
     .text = "The keys of the calls, for policies that hash them; without, calls have none."},
    {.name = "resolver", .type = EK_OPTION_VARIANT, AT(resolver), .fields = resolver_options,
     .fallback = "{\"static\": []}", .text = "How the clients learn the endpoints."},
    {.name = "serviceConfig", .type = EK_OPTION_JSON, AT(service_config),
     .text = "gRPC's service config: balancing policy, timeouts, retries, outlier detection."},
    END,
};
#undef AT
#undef IN

static const char *const version_words[] = {"1.10", "1.8", NULL}; /* enum ek_consul_version */

#define AT(member) .offset = offsetof(struct ek_key_step, member)

static const struct ek_option key_step_options[] = {
    {.name = "at", .type = EK_OPTION_DURATION, AT(at_ns), .fallback = "\"0s\"",
     .text = "When it is written; 0s: before anybody asks."},
    {.name = "key", .type = EK_OPTION_STRING, AT(key), .required = true, .min = 1, .max = 512,
     .text = "Of letters, digits and ._-/"},
    {.name = "value", .type = EK_OPTION_STRING, AT(value), .max = 4096,
     .text = "Its value from now on; absent: it is deleted."},
    END,
};
#undef AT

#define AT(member) .offset = offsetof(struct ek_consul_settings, member)

static const struct ek_option consul_options[] = {
    {.name = "version", .type = EK_OPTION_WORD, AT(version), .words = version_words,
     .fallback = "\"1.10\"", .text = "Whose answers the registry gives."},
    {.name = "delay", DISTRIBUTION, AT(delay), .fallback = "\"1ms\"",
     .text = "One way, between a client and the registry."},
    {.name = "ttl", .type = EK_OPTION_DURATION, AT(ttl_ns), .fallback = "\"10s\"", .min = 1,
     .text = "Of each endpoint's TTL check: without a heartbeat for so long it is critical."},
    {.name = "heartbeat", .type = EK_OPTION_DURATION, AT(heartbeat_ns), .fallback = "\"0s\"",
     .text = "From one heartbeat to the next; 0s is a third of the TTL."},
    {.name = "deregisterAfter", .type = EK_OPTION_DURATION, AT(deregister_after_ns),
     .fallback = "\"0s\"", .text = "A critical endpoint is taken out after this; 0s is never."},
    {.name = "keys", LIST_OF(OBJECT, struct ek_key_step), AT(keys), .fields = key_step_options,
     .count_max = ITEMS_MAX, .text = "What is written to its key/value store, and when."},
    END,
};
#undef AT

#define AT(member) .offset = offsetof(struct ek_dns_settings, member)

static const struct ek_option dns_options[] = {
    {.name = "ttl", .type = EK_OPTION_DURATION, AT(ttl_ns), .fallback = "\"30s\"",
     .text = "How long the cache that the clients ask keeps an answer, also that there is none."},
    {.name = "delay", DISTRIBUTION, AT(delay), .fallback = "\"1ms\"",
     .text = "One way, between a client and that cache."},
    {.name = "records", LIST_OF(STRING, char *), AT(records), .count_max = MEMBERS_MAX,
     .text = "Endpoints, or patterns with * and ?, that the name always has; absent: those whose "
             "process runs and is not leaving."},
    END,
};
#undef AT

static const struct ek_option zone_delay_options[] = {
    {.name = "from", NAME_ROW, .offset = offsetof(struct ek_zone_delay, from), .required = true,
     .text = "A zone."},
    {.name = "to", NAME_ROW, .offset = offsetof(struct ek_zone_delay, to), .required = true,
     .text = "The other zone, or the same."},
    {.name = "delay", DISTRIBUTION, .offset = offsetof(struct ek_zone_delay, delay),
     .required = true, .text = "One way, in both directions."},
    END,
};

#define AT(member) .offset = offsetof(struct ek_network_settings, member)

static const struct ek_option network_options[] = {
    {.name = "delay", DISTRIBUTION, AT(delay), .fallback = "\"0s\"",
     .text = "One way, between a client and an endpoint."},
    {.name = "zones", LIST_OF(OBJECT, struct ek_zone_delay), AT(zones),
     .fields = zone_delay_options, .count_max = ITEMS_MAX,
     .text = "Delays between zones, instead of \"delay\"."},
    {.name = "handshakes", .type = EK_OPTION_INTEGER, AT(handshakes), .fallback = "1", .max = 10,
     .text = "Round trips before a connection carries a call: TCP 1, with TLS 2."},
    END,
};
#undef AT

/* ---- what breaks ---- */

static const struct ek_option target_options[] = {
    {.name = "endpoints", LIST_OF(STRING, char *), .offset = offsetof(struct ek_target, endpoints),
     .count_max = ITEMS_MAX, .text = "Names, or patterns with * and ?."},
    {.name = "zone", NAME_ROW, .offset = offsetof(struct ek_target, zone),
     .text = "Only endpoints of this zone."},
    {.name = "pick", .type = EK_OPTION_INTEGER, .offset = offsetof(struct ek_target, pick),
     .fallback = "0", .max = MEMBERS_MAX, .text = "Only the first so many of them; 0 is all."},
    END,
};

#define IN(member) .offset = offsetof(struct ek_side, member)

static const struct ek_option side_options[] = {
    {.name = "endpoints", LIST_OF(STRING, char *), IN(endpoints), .count_max = ITEMS_MAX,
     .text = "Names, or patterns with * and ?."},
    {.name = "clients", LIST_OF(STRING, char *), IN(clients), .count_max = ITEMS_MAX,
     .text = "Names, or patterns with * and ?."},
    {.name = "zone", NAME_ROW, IN(zone), .text = "All endpoints and clients of this zone, when no names are given."},
    {.name = "registry", .type = EK_OPTION_BOOL, IN(registry), .fallback = "false",
     .text = "The registry."},
    END,
};
#undef IN

static const char *const fault_words[] = {
#define FAULT_WORD(name, word, targets, text) word,
    EK_FAULT_LIST(FAULT_WORD)
#undef FAULT_WORD
        NULL};

/* In the order of enum ek_consul_fault, each under its name at /v1/evenkeel/fault. */
static const char *const mode_words[] = {
    "empty",       "silent",       "no-leader",    "stale",          "index-back",
    "leader-lost", "servers-gone", "lag",          "frozen-view",    "partial",
    "unsorted",    "flapping",     "ttl-storm",    "rate-limit",     "acl-denied",
    "acl-lost",    "not-consistent", "slow",       "truncated",      "half-closed",
    "garbage",     "agent-restart",  "connection-limit", NULL};
_Static_assert(sizeof mode_words / sizeof *mode_words == EK_CONSUL_FAULT_COUNT + 1,
               "each fault of the registry has a word");

#define AT(member) .offset = offsetof(struct ek_fault, member)

/* In the order of enum ek_fault_retry. */
static const char *const retry_words[] = {"open", "never", "unprocessed", NULL};

static const struct ek_option fault_options[] = {
    {.name = "id", NAME_ROW, AT(id),
     .text = "What expectations and reports call it; F1, F2 ... by default."},
    {.name = "kind", .type = EK_OPTION_WORD, AT(kind), .words = fault_words, .required = true,
     .text = "What happens."},
    {.name = "at", .type = EK_OPTION_DURATION, AT(at_ns), .required = true,
     .text = "When it begins."},
    {.name = "for", .type = EK_OPTION_DURATION, AT(for_ns), .fallback = "\"0s\"",
     .text = "How long it lasts; 0s is to the end of the run."},
    {.name = "every", .type = EK_OPTION_DURATION, AT(every_ns), .fallback = "\"0s\"",
     .text = "Takes one target after the other, so far apart; 0s is all at once."},
    {.name = "target", .type = EK_OPTION_OBJECT, AT(target), .fields = target_options,
     .text = "The endpoints it happens to; all by default."},
    {.name = "from", .type = EK_OPTION_OBJECT, AT(from), .fields = side_options,
     .text = "One side of the link that breaks."},
    {.name = "to", .type = EK_OPTION_OBJECT, AT(to), .fields = side_options,
     .text = "The other side of the link."},
    {.name = "factor", .type = EK_OPTION_DECIMAL, AT(factor), .min = 1, .max = 1000000000,
     .text = "slow: service times are multiplied by this."},
    {.name = "service", DISTRIBUTION, AT(service),
     .text = "slow: service times are these instead."},
    {.name = "status", .type = EK_OPTION_WORD, AT(status), .words = ek_status_words,
     .fallback = "\"UNAVAILABLE\"", .text = "error: the status calls are answered with."},
    {.name = "share", .type = EK_OPTION_SHARE, AT(share_ppm), .fallback = "\"100%\"", .min = 1,
     .max = SHARE_MAX, .text = "error, lose: the share of calls that fail."},
    {.name = "after", .type = EK_OPTION_DURATION, AT(after_ns), .fallback = "\"0s\"",
     .text = "error: the time until the answer."},
    {.name = "pushback", .type = EK_OPTION_DURATION, AT(pushback_ns), .fallback = "\"0s\"",
     .text = "error: when to try again, as the answers say in grpc-retry-pushback-ms; absent: they "
             "do not."},
    {.name = "retry", .type = EK_OPTION_WORD, AT(retry), .words = retry_words,
     .fallback = "\"open\"",
     .text = "error: what else the answers say of trying again. open: nothing. never: a negative "
             "pushback. unprocessed: the call was refused unseen, as by REFUSED_STREAM or above the "
             "last stream of a GOAWAY, and may be sent again unasked."},
    {.name = "drain", .type = EK_OPTION_DURATION, AT(drain_ns), .fallback = "\"0s\"",
     .text = "restart, drain: calls are still served for so long."},
    {.name = "down", .type = EK_OPTION_DURATION, AT(down_ns), .fallback = "\"1s\"",
     .text = "restart: the time from stop to start."},
    {.name = "delay", .type = EK_OPTION_DURATION, AT(delay_ns), .fallback = "\"0s\"",
     .text = "delay: what is added to the way of each packet. registry, slow: to each answer."},
    {.name = "mode", .type = EK_OPTION_WORD, AT(mode), .words = mode_words,
     .fallback = "\"empty\"", .text = "registry: in which way it misbehaves."},
    {.name = "rate", .type = EK_OPTION_INTEGER, AT(rate), .fallback = "0", .max = 1000000,
     .text = "registry: requests a second (rate-limit), or at a time (connection-limit)."},
    {.name = "bytes", .type = EK_OPTION_INTEGER, AT(bytes), .fallback = "0", .max = 1000000,
     .text = "registry, truncated or half-closed: of a body, before the connection ends."},
    {.name = "period", .type = EK_OPTION_DURATION, AT(period_ns), .fallback = "\"0s\"",
     .text = "registry, flapping or lag: from one change to the next; 0s is 1s."},
    END,
};
#undef AT

/* ---- what is expected ---- */

static const char *const mark_words[] = {"choice", "published", "recomputed", "derived", NULL};

#define AT(member) .offset = offsetof(struct ek_expectation, member)

static const struct ek_option expect_options[] = {
    {.name = "name", .type = EK_OPTION_STRING, AT(name), .min = 1, .max = TITLE_BYTES_MAX,
     .text = "What to call it; made from the metric if absent."},
    {.name = "metric", NAME_ROW, AT(metric), .required = true,
     .text = "The number that decides (evenkeel list metrics)."},
    {.name = "phase", NAME_ROW, AT(phase), .fallback = "\"all\"",
     .text = "When: all, before, after, or a fault's id for while it lasts."},
    {.name = "from", .type = EK_OPTION_DURATION, AT(from_ns), .fallback = "\"0s\"",
     .text = "With to: another stretch instead of a phase."},
    {.name = "to", .type = EK_OPTION_DURATION, AT(to_ns), .fallback = "\"0s\"",
     .text = "Where that stretch ends; absent: the phase counts."},
    {.name = "fault", NAME_ROW, AT(fault),
     .text = "For metrics about one fault: its id; the first by default."},
    {.name = "endpoint", NAME_ROW, AT(endpoint),
     .text = "For metrics about one endpoint: its name."},
    {.name = "policy", NAME_ROW, AT(policy),
     .text = "Only checked when the run balances with this policy."},
    {.name = "min", .type = EK_OPTION_JSON, AT(min),
     .text = "At least this, in the metric's unit."},
    {.name = "max", .type = EK_OPTION_JSON, AT(max), .text = "At most this, in the metric's unit."},
    {.name = "equals", .type = EK_OPTION_JSON, AT(equals),
     .text = "This, give or take \"tolerance\"."},
    {.name = "tolerance", .type = EK_OPTION_JSON, AT(tolerance),
     .text = "How far off \"equals\" is still right."},
    {.name = "mark", .type = EK_OPTION_WORD, AT(mark), .words = mark_words,
     .fallback = "\"choice\"", .text = "Where the number comes from."},
    END,
};
#undef AT

/* ---- the whole ---- */

#define AT(member) .offset = offsetof(struct ek_scenario, member)

const struct ek_option ek_scenario_options[] = {
    {.name = "name", NAME_ROW, AT(name), .text = "The scenario's name; the file's by default."},
    {.name = "description", .type = EK_OPTION_STRING, AT(description), .text = "What it is about."},
    {.name = "watch", .type = EK_OPTION_STRING, AT(watch),
     .text = "What to look out for, in one sentence."},
    {.name = "source", LIST_OF(STRING, char *), AT(source), .count_max = ITEMS_MAX,
     .text = "Links to where it comes from."},
    {.name = "duration", .type = EK_OPTION_DURATION, AT(duration_ns), .fallback = "\"60s\"",
     .min = 1, .text = "How long calls are made, in simulated time."},
    {.name = "seed", .type = EK_OPTION_INTEGER, AT(seed), .fallback = "1", .max = INT64_MAX,
     .text = "Decides every random draw."},
    {.name = "interval", .type = EK_OPTION_DURATION, AT(interval_ns), .fallback = "\"0s\"",
     .text = "Between the points of recorded series; 0s is a 120th of the duration."},
    {.name = "service", NAME_ROW, AT(service), .fallback = "\"web\"",
     .text = "The service's name in the registry."},
    {.name = "endpoints", LIST_OF(OBJECT, struct ek_endpoint_group), AT(endpoints),
     .fields = endpoint_options, .required = true, .min = 1, .count_max = ITEMS_MAX,
     .text = "The servers, in groups of a kind."},
    {.name = "clients", LIST_OF(OBJECT, struct ek_client_group), AT(clients),
     .fields = client_options, .fallback = "{}", .min = 1, .count_max = ITEMS_MAX,
     .text = "The callers, in groups of a kind; each client balances for itself."},
    {.name = "consul", .type = EK_OPTION_OBJECT, AT(consul), .fields = consul_options,
     .text = "The registry."},
    {.name = "dns", .type = EK_OPTION_OBJECT, AT(dns), .fields = dns_options,
     .text = "The name server."},
    {.name = "network", .type = EK_OPTION_OBJECT, AT(network), .fields = network_options,
     .text = "The way between clients and endpoints."},
    {.name = "faults", LIST_OF(OBJECT, struct ek_fault), AT(faults), .fields = fault_options,
     .count_max = ITEMS_MAX, .text = "What breaks, and when."},
    {.name = "expect", LIST_OF(OBJECT, struct ek_expectation), AT(expect), .fields = expect_options,
     .count_max = ITEMS_MAX, .text = "Claims about the run that decide the exit code."},
    {.name = "compare", LIST_OF(STRING, char *), AT(compare), .count_max = 64,
     .text = "Policies that `evenkeel compare` runs when none are named."},
    END,
};
/* clang-format on */
