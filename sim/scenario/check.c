/* Whether a scenario of the right shape makes sense: names, loads, delays. */
#include "sim/scenario/internal.h"

#include "evenkeel/time.h"
#include "sim/scenario/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MEMBERS_MAX = 100000
};

const char *ek__path(char out[EK__PATH_SIZE], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out, EK__PATH_SIZE, format, args);
    va_end(args);
    return out;
}

const char *ek__item_path(const json_t *json, const char *list, size_t index,
                          char out[EK__PATH_SIZE])
{
    if (json_is_array(json_object_get(json, list)))
        return ek__path(out, "/%s/%zu", list, index);
    return ek__path(out, "/%s", list);
}

const char *ek__hint(const char *given, const char *const *words, char *out, size_t size)
{
    const char *near = ek_suggest(given, words);
    out[0] = '\0';
    if (near)
        snprintf(out, size, "; did you mean \"%s\"?", near);
    return out;
}

bool ek__is_word_of(const char *given, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], given) == 0)
            return true;
    return false;
}

/* ---- distributions ---- */

static void check_lognormal(struct ek__check *check, const struct ek_distribution *d,
                            const char *path)
{
    int64_t mean = d->lognormal.mean_ns, p50 = d->lognormal.p50_ns, p99 = d->lognormal.p99_ns;
    char place[EK__PATH_SIZE];
    ek__path(place, "%.190s/lognormal", path);
    if ((mean > 0) == (p50 > 0)) {
        ek_errors_add_as(check->errors, EK__RULE_VALUES, place, false,
                         "\"lognormal\": give either mean or p50");
        return;
    }
    ek__path(place, "%.190s/lognormal/p99", path);
    if (p99 <= mean || p99 <= p50)
        ek_errors_add_as(check->errors, EK__RULE_VALUES, place, false,
                         "\"p99\": must be above the %s", mean > 0 ? "mean" : "p50");
    else if (mean > 0 && p99 / 149 * 10 > mean)
        /* p99/mean = exp(2.3263 s - s^2/2) is largest at s = 2.3263: exp(2.7059) = 14.97 */
        ek_errors_add_as(check->errors, EK__RULE_VALUES, place, false,
                         "\"p99\": no lognormal has a p99 above 14.9 times its mean; give p50");
}

static void check_empirical(struct ek__check *check, const struct ek_distribution *d,
                            const char *path)
{
    const struct ek_percentile *p = d->empirical.items;
    size_t count = d->empirical.count;
    char place[EK__PATH_SIZE];
    ek__path(place, "%.190s/empirical", path);
    if (p[0].share_ppm != 0 || p[count - 1].share_ppm != 1000000)
        ek_errors_add_as(check->errors, EK__RULE_VALUES, place, false,
                         "\"empirical\": the percentiles must go from 0%% to 100%%");
    for (size_t i = 1; i < count; i++) {
        if (p[i].share_ppm > p[i - 1].share_ppm && p[i].value_ns >= p[i - 1].value_ns)
            continue;
        ek__path(place, "%.190s/empirical/%zu", path, i);
        ek_errors_add_as(check->errors, EK__RULE_VALUES, place, false,
                         "\"empirical\": percentiles and values must rise");
        return;
    }
}

void ek__check_distribution(struct ek__check *check, const struct ek_distribution *d,
                            const char *path)
{
    if (d->kind == EK_DISTRIBUTION_LOGNORMAL)
        check_lognormal(check, d, path);
    else if (d->kind == EK_DISTRIBUTION_EMPIRICAL)
        check_empirical(check, d, path);
}

/* ---- names ---- */

/* Letters, digits and . _ - with at most one %d or %0Nd. */
static bool is_name(const char *text, bool *has_number)
{
    *has_number = false;
    for (const char *c = text; *c; c++) {
        bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                        (*c >= '0' && *c <= '9') || strchr("._-", *c);
        if (is_plain)
            continue;
        if (*c != '%' || *has_number)
            return false;
        *has_number = true;
        if (c[1] == '0' && c[2] >= '1' && c[2] <= '9')
            c += 2;
        if (*++c != 'd')
            return false;
    }
    return true;
}

/* Adds a group's members when their names are in order. */
static void check_group(struct ek__check *check, struct ek__members *members, const char *list,
                        size_t index, const char *name, int64_t count, const struct ek_list *zones)
{
    char item[EK__PATH_SIZE], path[EK__PATH_SIZE];
    bool has_number;
    ek__item_path(check->json, list, index, item);
    ek__path(path, "%.200s/name", item);
    if (!is_name(name, &has_number)) {
        ek_errors_add_as(check->errors, EK__RULE_NAMES, path, false,
                         "\"name\": takes letters, digits, . _ - and one %%d or %%02d");
    } else if (count > 1 && !has_number) {
        ek_errors_add_as(check->errors, EK__RULE_NAMES, path, false,
                         "\"name\": %lld %s cannot all be \"%s\"; write \"%s%%d\"",
                         (long long)count, list, name, name);
    } else if (members->count + (size_t)count > MEMBERS_MAX) {
        ek__path(path, "%.200s/count", item);
        ek_errors_add(check->errors, path, false, "\"count\": more than %d %s in all", MEMBERS_MAX,
                      list);
    } else if (!ek__scenario_members_add(members, name, count, zones)) {
        ek_errors_add(check->errors, path, false, "out of memory");
    }
}

/* The group that brought a name in again: the last one that makes it. */
static void check_duplicates(struct ek__check *check, const struct ek__members *members,
                             const char *list, const char *what)
{
    const struct ek_scenario *s = check->scenario;
    bool is_client = members == &check->clients;
    size_t groups = is_client ? s->clients.count : s->endpoints.count;
    for (size_t i = 1; i < members->count; i++) {
        if (strcmp(members->sorted[i], members->sorted[i - 1]) != 0)
            continue;
        char item[EK__PATH_SIZE], path[EK__PATH_SIZE];
        size_t member = 0, last = 0, seen = 0;
        for (size_t g = 0; g < groups; g++) {
            int64_t count = is_client ? ((struct ek_client_group *)s->clients.items)[g].count
                                      : ((struct ek_endpoint_group *)s->endpoints.items)[g].count;
            for (int64_t k = 0; k < count && member < members->count; k++, member++)
                if (strcmp(members->items[member].name, members->sorted[i]) == 0 && ++seen == 2)
                    last = g;
        }
        ek__item_path(check->json, list, last, item);
        ek__path(path, "%.200s/name", item);
        ek_errors_add_as(check->errors, EK__RULE_NAMES, path, false,
                         "%s \"%s\" exists twice; give each group names of its own", what,
                         members->sorted[i]);
        return; /* one is enough: the rest of the group follows from it */
    }
}

static bool gather(struct ek__check *check)
{
    const struct ek_scenario *s = check->scenario;
    const struct ek_endpoint_group *endpoints = s->endpoints.items;
    const struct ek_client_group *clients = s->clients.items;
    size_t zones = 0, used = 0;
    for (size_t i = 0; i < s->endpoints.count; i++) {
        check_group(check, &check->endpoints, "endpoints", i, endpoints[i].name, endpoints[i].count,
                    &endpoints[i].zones);
        zones += endpoints[i].zones.count;
    }
    for (size_t i = 0; i < s->clients.count; i++) {
        check_group(check, &check->clients, "clients", i, clients[i].name, clients[i].count,
                    &clients[i].zones);
        zones += clients[i].zones.count;
    }
    check->zones = calloc(zones + 1, sizeof *check->zones);
    check->fault_ids = calloc(s->faults.count + 1, sizeof *check->fault_ids);
    if (!ek__scenario_members_sort(&check->endpoints) ||
        !ek__scenario_members_sort(&check->clients) || !check->zones || !check->fault_ids)
        return false;
    for (size_t i = 0; i < s->endpoints.count; i++)
        for (size_t k = 0; k < endpoints[i].zones.count; k++)
            check->zones[used++] = ((char **)endpoints[i].zones.items)[k];
    for (size_t i = 0; i < s->clients.count; i++)
        for (size_t k = 0; k < clients[i].zones.count; k++)
            check->zones[used++] = ((char **)clients[i].zones.items)[k];
    for (size_t i = 0; i < s->faults.count; i++)
        check->fault_ids[i] = ((struct ek_fault *)s->faults.items)[i].id;
    check_duplicates(check, &check->endpoints, "endpoints", "endpoint");
    check_duplicates(check, &check->clients, "clients", "client");
    return true;
}

/* ---- clients ---- */

static void check_profile(struct ek__check *check, const struct ek_client_group *group,
                          const char *item)
{
    const struct ek_load_step *steps = group->profile.items;
    char path[EK__PATH_SIZE];
    if (group->profile.count > 0 && group->arrivals.kind == EK_ARRIVALS_CLOSED) {
        ek__path(path, "%.200s/profile", item);
        ek_errors_add_as(check->errors, EK__RULE_VALUES, path, true,
                         "\"profile\" changes a rate; closed arrivals have none");
        return;
    }
    for (size_t i = 1; i < group->profile.count; i++) {
        if (steps[i].at_ns >= steps[i - 1].at_ns + steps[i - 1].over_ns &&
            steps[i].at_ns > steps[i - 1].at_ns)
            continue;
        ek__path(path, "%.200s/profile/%zu/at", item, i);
        ek_errors_add_as(check->errors, EK__RULE_VALUES, path, false,
                         "\"at\": steps must rise in time; the one before lasts until then");
        return;
    }
}

static void check_addresses(struct ek__check *check, const struct ek_client_group *group,
                            const char *item)
{
    const struct ek_list *list = &group->resolver.addresses;
    for (size_t i = 0; i < list->count && check->errors->count < EK_ERRORS_MAX; i++) {
        const char *name = ((char **)list->items)[i];
        if (ek__scenario_members_have(&check->endpoints, name))
            continue;
        char path[EK__PATH_SIZE], hint[96];
        ek__path(path, "%.190s/resolver/static/%zu", item, i);
        ek__hint(name, check->endpoints.sorted, hint, sizeof hint);
        if (strcmp(name, "consul") == 0)
            snprintf(hint, sizeof hint, "; did you mean {\"consul\": {}}?");
        ek_errors_add_as(check->errors, EK__RULE_NO_SUCH, path, false,
                         "there is no endpoint \"%.64s\"%s", name, hint);
    }
}

static void check_registry(struct ek__check *check, const struct ek_client_group *group,
                           const char *item)
{
    const char *known = check->scenario->service;
    const char *asked = json_string_value(json_object_get(group->resolver.consul, "service"));
    if (!asked || strcmp(asked, known) == 0)
        return;
    char path[EK__PATH_SIZE];
    ek__path(path, "%.160s/resolver/consul/service", item);
    ek_errors_add_as(check->errors, EK__RULE_NO_SUCH, path, false,
                     "\"service\": the registry knows only \"%s\", not \"%.64s\"", known, asked);
}

static void check_target(struct ek__check *check, const struct ek_client_group *group,
                         const char *item)
{
    const char *asked = json_string_value(json_object_get(group->resolver.dns, "target"));
    char path[EK__PATH_SIZE], known[280];
    snprintf(known, sizeof known, "%s:8080", check->scenario->service);
    if (!asked || strcmp(asked, known) == 0)
        return;
    ek_errors_add_as(check->errors, EK__RULE_NO_SUCH,
                     ek__path(path, "%.160s/resolver/dns/target", item), false,
                     "\"target\": the name server knows only \"%s\", not \"%.64s\"", known, asked);
}

static void check_clients(struct ek__check *check)
{
    const struct ek_client_group *groups = check->scenario->clients.items;
    for (size_t i = 0; i < check->scenario->clients.count; i++) {
        char item[EK__PATH_SIZE];
        ek__item_path(check->json, "clients", i, item);
        check_profile(check, &groups[i], item);
        check_addresses(check, &groups[i], item);
        check_registry(check, &groups[i], item);
        check_target(check, &groups[i], item);
    }
}

/* ---- the rest ---- */

/* Processors that are shared must be so many. */
static void check_discipline(struct ek__check *check, const struct ek_endpoint_group *group,
                             const char *item)
{
    char path[EK__PATH_SIZE];
    if (group->discipline != EK_DISCIPLINE_PS || group->workers > 0)
        return;
    ek__path(path, "%.200s/discipline", item);
    ek_errors_add_as(
        check->errors, EK__RULE_VALUES, path, false,
        "\"ps\" shares the workers among all calls: say how many, \"workers\": 1 or more");
}

/* Keys go into a path as they are. */
static void check_keys(struct ek__check *check)
{
    const struct ek_key_step *steps = check->scenario->consul.keys.items;
    const json_t *consul = json_object_get(check->json, "consul");
    char path[EK__PATH_SIZE], local[EK__PATH_SIZE];
    for (size_t i = 0; i < check->scenario->consul.keys.count; i++) {
        const char *key = steps[i].key;
        if (!key || (key[0] != '/' && !strstr(key, "//") &&
                     key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789._-/")] == '\0'))
            continue;
        ek__item_path(consul, "keys", i, local);
        ek_errors_add_as(check->errors, EK__RULE_NAMES, ek__path(path, "/consul%.200s/key", local),
                         false, "\"key\": \"%.64s\" is not of letters, digits and ._-/", key);
    }
}

static void check_records(struct ek__check *check)
{
    const struct ek_list *records = &check->scenario->dns.records;
    const json_t *dns = json_object_get(check->json, "dns");
    char path[EK__PATH_SIZE], local[EK__PATH_SIZE], hint[96];
    for (size_t i = 0; i < records->count && check->errors->count < EK_ERRORS_MAX; i++) {
        const char *name = ((char **)records->items)[i];
        bool is_hit = false;
        for (size_t k = 0; k < check->endpoints.count && !is_hit; k++)
            is_hit = ek_scenario_name_matches(name, check->endpoints.items[k].name);
        if (is_hit)
            continue;
        ek__item_path(dns, "records", i, local);
        ek_errors_add_as(check->errors, EK__RULE_NO_SUCH, ek__path(path, "/dns%.200s", local),
                         false, "there is no endpoint \"%.64s\"%s", name,
                         ek__hint(name, check->endpoints.sorted, hint, sizeof hint));
    }
}

static void check_delays(struct ek__check *check)
{
    const struct ek_scenario *s = check->scenario;
    const struct ek_endpoint_group *groups = s->endpoints.items;
    const struct ek_zone_delay *zones = s->network.zones.items;
    char path[EK__PATH_SIZE], item[EK__PATH_SIZE], hint[96];
    for (size_t i = 0; i < s->endpoints.count; i++) {
        ek__item_path(check->json, "endpoints", i, item);
        ek__check_distribution(check, &groups[i].service, ek__path(path, "%.200s/service", item));
        check_discipline(check, &groups[i], item);
    }
    ek__check_distribution(check, &s->consul.delay, "/consul/delay");
    ek__check_distribution(check, &s->dns.delay, "/dns/delay");
    check_keys(check);
    check_records(check);
    ek__check_distribution(check, &s->network.delay, "/network/delay");
    const json_t *network = json_object_get(check->json, "network");
    for (size_t i = 0; i < s->network.zones.count; i++) {
        char local[EK__PATH_SIZE];
        ek__item_path(network, "zones", i, local);
        ek__path(item, "/network%.200s", local);
        ek__check_distribution(check, &zones[i].delay, ek__path(path, "%.200s/delay", item));
        for (int side = 0; side < 2; side++) {
            const char *zone = side == 0 ? zones[i].from : zones[i].to;
            if (ek__is_word_of(zone, check->zones))
                continue;
            ek__path(path, "%.200s/%s", item, side == 0 ? "from" : "to");
            ek_errors_add_as(check->errors, EK__RULE_NO_SUCH, path, false,
                             "there is no zone \"%s\"%s", zone,
                             ek__hint(zone, check->zones, hint, sizeof hint));
        }
    }
    if (s->consul.heartbeat_ns >= s->consul.ttl_ns)
        ek_errors_add_as(check->errors, EK__RULE_VALUES, "/consul/heartbeat", false,
                         "\"heartbeat\": must be below the ttl, or every check turns critical");
}

static void check_compare(struct ek__check *check)
{
    const struct ek_list *list = &check->scenario->compare;
    for (size_t i = 0; i < list->count; i++) {
        struct ek_errors errors = {0};
        struct ek_service_config config;
        char path[EK__PATH_SIZE];
        if (ek_service_config_read(NULL, "", &config, &errors) != EK_OK)
            continue;
        if (ek_service_config_set_policy(&config, ((char **)list->items)[i], &errors) != EK_OK) {
            ek__item_path(check->json, "compare", i, path);
            ek_errors_add(check->errors, path, false, "%s",
                          errors.count > 0 ? errors.items[0].text : "not a policy");
        }
        ek_service_config_deinit(&config);
    }
}

void ek__check_meaning(const struct ek_scenario *scenario, const json_t *json,
                       struct ek_errors *errors)
{
    struct ek__check check = {.scenario = scenario, .json = json, .errors = errors};
    if (!gather(&check)) {
        ek_errors_add(errors, "", false, "out of memory");
    } else {
        check_clients(&check);
        check_delays(&check);
        ek__check_faults(&check);
        ek__check_expect(&check);
        check_compare(&check);
    }
    ek__scenario_members_deinit(&check.endpoints);
    ek__scenario_members_deinit(&check.clients);
    free(check.zones);
    free(check.fault_ids);
}
