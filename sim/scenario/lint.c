/* What makes no sense in a scenario that is in order: its service configs, faults, expectations. */
#include "sim/scenario/internal.h"

#include "evenkeel/time.h"
#include "sim/scenario/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    BEYOND_MIN = 10 /* calls beyond a percentile */
};

/* ---- what is known of where a config is used ---- */

static int64_t usual_ns(const struct ek_distribution *d)
{
    const struct ek_percentile *p = d->empirical.items;
    switch (d->kind) {
    case EK_DISTRIBUTION_EXPONENTIAL:
        return d->exponential.mean_ns;
    case EK_DISTRIBUTION_NORMAL:
        return d->normal.mean_ns;
    case EK_DISTRIBUTION_LOGNORMAL:
        return d->lognormal.p50_ns > 0 ? d->lognormal.p50_ns : d->lognormal.mean_ns;
    case EK_DISTRIBUTION_EMPIRICAL:
        for (size_t i = 0; i < d->empirical.count; i++)
            if (p[i].share_ppm >= 500000)
                return p[i].value_ns;
        return 0;
    case EK_DISTRIBUTION_HYPEREXPONENTIAL:
        return d->hyperexponential.mean_ns;
    default:
        return d->constant_ns;
    }
}

/* Calls of the whole group a second, millionths, while it calls most; 0: as fast as they are
 * answered. */
static int64_t rate_of(const struct ek_client_group *group)
{
    const struct ek_load_step *steps = group->profile.items;
    int64_t rate = group->arrivals.kind == EK_ARRIVALS_POISSON    ? group->arrivals.poisson_rate
                   : group->arrivals.kind == EK_ARRIVALS_CONSTANT ? group->arrivals.constant_rate
                                                                  : 0;
    for (size_t i = 0; i < group->profile.count; i++)
        rate = steps[i].rate > rate ? steps[i].rate : rate;
    return rate;
}

static struct ek_lint_facts facts_of(const struct ek_scenario *s,
                                     const struct ek_client_group *group, int64_t layers)
{
    const struct ek_endpoint_group *endpoints = s->endpoints.items;
    struct ek_lint_facts facts = {.rate = rate_of(group) / group->count,
                                  .deadline_ns = group->deadline_ns,
                                  .layers = layers > 0 ? layers : 1, /* endpoints call nobody */
                                  .clients = s->clients.count == 1 ? group->count : 0,
                                  .run_ns = s->duration_ns,
                                  .knows_reports = true};
    int64_t fastest_ns = INT64_MAX;
    for (size_t i = 0; i < s->endpoints.count; i++) {
        int64_t service_ns = usual_ns(&endpoints[i].service);
        facts.endpoints += endpoints[i].count;
        facts.has_reports |= endpoints[i].load_reports;
        fastest_ns = service_ns < fastest_ns ? service_ns : fastest_ns;
    }
    if (group->resolver.kind == 0 && group->resolver.addresses.count > 0)
        facts.endpoints = (int64_t)group->resolver.addresses.count;
    if (s->network.zones.count == 0)
        facts.round_trip_ns = 2 * usual_ns(&s->network.delay);
    facts.latency_ns = facts.round_trip_ns + fastest_ns;
    return facts;
}

static void lint_clients(const struct ek_scenario *s, const json_t *json, int64_t layers,
                         struct ek_errors *warnings)
{
    const struct ek_client_group *groups = s->clients.items;
    for (size_t i = 0; i < s->clients.count; i++) {
        char item[EK__PATH_SIZE], path[EK__PATH_SIZE];
        struct ek_lint_facts facts = facts_of(s, &groups[i], layers);
        struct ek_errors errors = {0};
        ek__item_path(json, "clients", i, item);
        ek__path(path, "%.190s/serviceConfig", item);
        if (ek_lint(groups[i].service_config, path, &facts, &errors, warnings) != EK_OK)
            continue; /* without memory */
        ek__path(path, "%.190s/resolver/consul", item);
        if (groups[i].resolver.consul)
            ek_lint_resolver(ek_resolver_find("consul"), groups[i].resolver.consul, path, warnings);
        ek__path(path, "%.190s/resolver/dns", item);
        if (groups[i].resolver.dns)
            ek_lint_resolver(ek_resolver_find("dns"), groups[i].resolver.dns, path, warnings);
    }
}

/* ---- the registry, and what clients make of it ---- */

/* A value of a resolver's options, as they say or by default; of a word, its index. */
static int64_t option_of(const char *resolver, const json_t *options, const char *name)
{
    const struct ek_option *row = ek_option_find(ek_resolver_find(resolver)->options, name);
    const json_t *given = json_object_get(options, name);
    json_t *fallback = given ? NULL : json_loads(row->fallback, JSON_DECODE_ANY, NULL);
    const char *word = json_string_value(given ? given : fallback);
    char why[128];
    int64_t value = 0;
    if (row->type == EK_OPTION_WORD)
        while (word && row->words[value] && strcmp(row->words[value], word) != 0)
            value++;
    else
        ek_option_scalar(row->type, given ? given : fallback, &value, why, sizeof why);
    json_decref(fallback);
    return value;
}

static bool has_word(const char *resolver, const json_t *options, const char *name,
                     const char *word)
{
    const struct ek_option *row = ek_option_find(ek_resolver_find(resolver)->options, name);
    return strcmp(row->words[option_of(resolver, options, name)], word) == 0;
}

/* How long a client of the group may call an endpoint that has left: 0 where it has no way to
 * learn of it. */
static int64_t learning_ns(const struct ek_scenario *s, const struct ek_client_group *group)
{
    const json_t *consul = group->resolver.consul;
    if (group->resolver.kind == EK_RESOLVER_DNS)
        return s->dns.ttl_ns + usual_ns(&s->dns.delay);
    if (group->resolver.kind != EK_RESOLVER_CONSUL)
        return 0;
    return usual_ns(&s->consul.delay) + option_of("consul", consul, "grace") +
           (has_word("consul", consul, "mode", "poll") ? option_of("consul", consul, "pollInterval")
                                                       : 0);
}

static void lint_registry(const struct ek_scenario *s, const json_t *json,
                          struct ek_errors *warnings)
{
    const struct ek_client_group *groups = s->clients.items;
    char item[EK__PATH_SIZE], path[EK__PATH_SIZE], first[32], second[32];
    if (s->consul.heartbeat_ns > s->consul.ttl_ns / 2)
        ek_errors_add_as(warnings, EK__RULE_HEARTBEAT, "/consul/heartbeat", false,
                         "a heartbeat every %s and a ttl of %s: one that is lost is enough",
                         ek_duration_text(s->consul.heartbeat_ns, first, sizeof first),
                         ek_duration_text(s->consul.ttl_ns, second, sizeof second));
    for (size_t i = 0; i < s->clients.count; i++) {
        const json_t *options = groups[i].resolver.consul;
        if (groups[i].resolver.kind != EK_RESOLVER_CONSUL ||
            !has_word("consul", options, "empty", "hold") ||
            option_of("consul", options, "holdTime") >= s->consul.ttl_ns)
            continue;
        ek__item_path(json, "clients", i, item);
        ek_errors_add_as(
            warnings, EK__RULE_HOLD_SHORT, ek__path(path, "%.160s/resolver/consul/holdTime", item),
            false, "an empty list is believed after %s, and the ttl is %s",
            ek_duration_text(option_of("consul", options, "holdTime"), first, sizeof first),
            ek_duration_text(s->consul.ttl_ns, second, sizeof second));
    }
}

/* ---- faults ---- */

static void lint_drain(const struct ek_scenario *s, const struct ek_fault *f, const char *item,
                       struct ek_errors *warnings)
{
    const struct ek_client_group *groups = s->clients.items;
    char path[EK__PATH_SIZE], drain[32], needed[32];
    int64_t longest_ns = 0;
    for (size_t i = 0; i < s->clients.count; i++) {
        int64_t ns = learning_ns(s, &groups[i]);
        longest_ns = ns > longest_ns ? ns : longest_ns;
    }
    if (f->kind != EK_FAULT_RESTART || f->drain_ns == 0 || f->drain_ns > longest_ns)
        return;
    ek_errors_add_as(
        warnings, EK__RULE_DRAIN_SHORT, ek__path(path, "%.200s/drain", item), false,
        "\"%s\" serves for %s after it has left, and clients may take %s to hear of it", f->id,
        ek_duration_text(f->drain_ns, drain, sizeof drain),
        ek_duration_text(longest_ns, needed, sizeof needed));
}

static void lint_faults(const struct ek_scenario *s, const json_t *json, struct ek_errors *warnings)
{
    const struct ek_fault *faults = s->faults.items;
    for (size_t i = 0; i < s->faults.count; i++) {
        const struct ek_fault *f = &faults[i];
        char item[EK__PATH_SIZE], path[EK__PATH_SIZE], end[32], last[32];
        ek__item_path(json, "faults", i, item);
        lint_drain(s, f, item, warnings);
        if (f->for_ns == 0 || f->for_ns <= s->duration_ns - f->at_ns)
            continue;
        ek__path(path, "%.200s/for", item);
        ek_errors_add_as(
            warnings, EK__RULE_OUTLASTS, path, false,
            "\"%s\" would last to %s, and the run ends at %s: no recovery is seen", f->id,
            ek_duration_text(ek_time_add((ek_time){f->at_ns}, f->for_ns).ns, end, sizeof end),
            ek_duration_text(s->duration_ns, last, sizeof last));
    }
}

/* ---- expectations ---- */

/* How long the phase lasts, as far as the file tells. */
static int64_t length_of(const struct ek_scenario *s, const struct ek_expectation *e)
{
    const struct ek_fault *faults = s->faults.items;
    int64_t first_ns = s->duration_ns, last_ns = 0;
    if (e->to_ns > 0)
        return e->to_ns - e->from_ns;
    for (size_t i = 0; i < s->faults.count; i++) {
        int64_t end_ns = faults[i].for_ns > 0 && faults[i].for_ns < s->duration_ns - faults[i].at_ns
                             ? faults[i].at_ns + faults[i].for_ns
                             : s->duration_ns;
        if (strcmp(e->phase, faults[i].id) == 0)
            return end_ns - faults[i].at_ns;
        first_ns = faults[i].at_ns < first_ns ? faults[i].at_ns : first_ns;
        last_ns = end_ns > last_ns ? end_ns : last_ns;
    }
    return strcmp(e->phase, "before") == 0  ? first_ns
           : strcmp(e->phase, "after") == 0 ? s->duration_ns - last_ns
                                            : s->duration_ns;
}

static void lint_expect(const struct ek_scenario *s, const json_t *json, struct ek_errors *warnings)
{
    static const struct {
        const char *metric;
        int64_t calls; /* of which one is beyond it */
    } percentiles[] = {{"p90", 10}, {"p99", 100}, {"p999", 1000}};
    const struct ek_expectation *list = s->expect.items;
    const struct ek_client_group *groups = s->clients.items;
    int64_t rate = 0;
    for (size_t i = 0; i < s->clients.count; i++) {
        if (rate_of(&groups[i]) == 0)
            return; /* not told by the file */
        rate += rate_of(&groups[i]) / 1000;
    }
    for (size_t i = 0; i < s->expect.count; i++)
        for (size_t k = 0; k < sizeof percentiles / sizeof percentiles[0]; k++) {
            char item[EK__PATH_SIZE], path[EK__PATH_SIZE];
            int64_t ms = length_of(s, &list[i]) / EK_MS;
            int64_t calls = ms > 0 && rate > INT64_MAX / ms ? INT64_MAX : rate * ms / 1000000;
            if (strcmp(list[i].metric, percentiles[k].metric) != 0 ||
                calls >= BEYOND_MIN * percentiles[k].calls)
                continue;
            ek__item_path(json, "expect", i, item);
            ek__path(path, "%.200s/metric", item);
            ek_errors_add_as(warnings, EK__RULE_FEW_SAMPLES, path, false,
                             "of about %" PRId64 " calls %" PRId64
                             " lie beyond %s: ten are needed to tell it from luck",
                             calls, calls / percentiles[k].calls, list[i].metric);
        }
}

void ek__lint_scenario(const struct ek_scenario *scenario, const json_t *json, int64_t layers,
                       struct ek_errors *warnings)
{
    lint_clients(scenario, json, layers, warnings);
    lint_registry(scenario, json, warnings);
    lint_faults(scenario, json, warnings);
    lint_expect(scenario, json, warnings);
}
