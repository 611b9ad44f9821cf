/* Whether faults make sense: when, to whom, with which parameters. */
#include "sim/scenario/internal.h"

#include "evenkeel/time.h"
#include "sim/scenario/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- which parameter belongs to which kind ---- */

#define KIND(name) (UINT32_C(1) << EK_FAULT_##name)

enum {
    ENDPOINT_KINDS = KIND(KILL) | KIND(RESTART) | KIND(PAUSE) | KIND(SLOW) | KIND(ERROR) |
                     KIND(REFUSE) | KIND(BLACKHOLE) | KIND(DRAIN),
    NETWORK_KINDS = KIND(PARTITION) | KIND(DELAY) | KIND(LOSE),
    ALL_KINDS = (1 << EK_FAULT_COUNT) - 1,
    LASTING_KINDS = ALL_KINDS & ~(KIND(RESTART) | KIND(REGISTRY_INDEX_BACK))
};

static const struct {
    const char *member;
    uint32_t kinds;
} belongings[] = {
    {"for", LASTING_KINDS},
    {"every", ENDPOINT_KINDS},
    {"target", ENDPOINT_KINDS},
    {"from", NETWORK_KINDS},
    {"to", NETWORK_KINDS},
    {"factor", KIND(SLOW)},
    {"service", KIND(SLOW)},
    {"status", KIND(ERROR)},
    {"share", KIND(ERROR) | KIND(LOSE) | KIND(REGISTRY)},
    {"after", KIND(ERROR)},
    {"pushback", KIND(ERROR)},
    {"retry", KIND(ERROR)},
    {"drain", KIND(RESTART) | KIND(DRAIN)},
    {"down", KIND(RESTART)},
    {"delay", KIND(DELAY) | KIND(REGISTRY)},
    {"mode", KIND(REGISTRY)},
    {"rate", KIND(REGISTRY)},
    {"bytes", KIND(REGISTRY)},
    {"period", KIND(REGISTRY)},
};

static const char *const words[] = {
#define FAULT_WORD(name, word, targets, text) word,
    EK_FAULT_LIST(FAULT_WORD)
#undef FAULT_WORD
};

bool ek__fault_takes(int kind, const char *member)
{
    for (size_t i = 0; i < sizeof belongings / sizeof belongings[0]; i++)
        if (strcmp(belongings[i].member, member) == 0)
            return belongings[i].kinds >> kind & 1;
    return true;
}

/* One fault under examination. */
struct subject {
    struct ek__check *check;
    const struct ek_fault *fault;
    const json_t *json;
    const char *item; /* its pointer */
};

static void complain(const struct subject *s, enum ek__scenario_rule rule, const char *member,
                     bool is_key, const char *format, ...) EK_PRINTF(5, 6);

static void complain(const struct subject *s, enum ek__scenario_rule rule, const char *member,
                     bool is_key, const char *format, ...)
{
    char path[EK__PATH_SIZE], text[288];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ek__path(path, "%.160s%s", s->item, member);
    ek_errors_add_as(s->check->errors, (int)rule, path, is_key, "%s", text);
}

static void check_parameters(const struct subject *s)
{
    for (size_t i = 0; i < sizeof belongings / sizeof belongings[0]; i++) {
        const char *member = belongings[i].member;
        if (!json_object_get(s->json, member) || belongings[i].kinds >> s->fault->kind & 1)
            continue;
        char path[32], kinds[160] = "";
        size_t used = 0;
        for (int kind = 0; kind < EK_FAULT_COUNT; kind++)
            if (belongings[i].kinds >> kind & 1 && used < sizeof kinds)
                used += (size_t)snprintf(kinds + used, sizeof kinds - used, "%s%s",
                                         used > 0 ? ", " : "", words[kind]);
        snprintf(path, sizeof path, "/%s", member);
        complain(s, EK__RULE_FAULT_MEMBERS, path, true,
                 "\"%s\" does not belong to a \"%s\" fault; it is for %s", member,
                 words[s->fault->kind], kinds);
    }
    bool has_factor = json_object_get(s->json, "factor") != NULL;
    if (s->fault->kind == EK_FAULT_SLOW && has_factor == s->fault->has_service)
        complain(s, EK__RULE_FAULT_MEMBERS, "", false,
                 "a \"slow\" fault takes either factor or service");
    if (s->fault->kind == EK_FAULT_DELAY && s->fault->delay_ns == 0)
        complain(s, EK__RULE_FAULT_MEMBERS, "", false,
                 "\"delay\" is missing in fault: how much longer packets take");
    if (s->fault->kind == EK_FAULT_REGISTRY && !json_object_get(s->json, "mode"))
        complain(s, EK__RULE_FAULT_MEMBERS, "", false,
                 "\"mode\" is missing in fault: in which way the registry misbehaves");
    if (s->fault->kind == EK_FAULT_ERROR && s->fault->status == EK_STATUS_OK)
        complain(s, EK__RULE_FAULT_MEMBERS, "/status", false, "\"status\": OK is not an error");
    if (s->fault->pushback_ns % EK_MS != 0)
        complain(s, EK__RULE_FAULT_MEMBERS, "/pushback", false,
                 "\"pushback\": the header has whole milliseconds");
    if (s->fault->has_pushback && s->fault->retry != EK_FAULT_RETRY_OPEN)
        complain(s, EK__RULE_FAULT_MEMBERS, "/pushback", true,
                 "an answer that says when to try again says nothing else of it: give pushback or "
                 "retry");
}

/* ---- to whom ---- */

/* Complains about names and patterns that fit nobody. */
static bool check_names(const struct subject *s, const struct ek__members *members,
                        const struct ek_list *names, const char *where, const char *list,
                        const char *what)
{
    bool is_fine = true;
    for (size_t i = 0; i < names->count; i++) {
        const char *name = ((char **)names->items)[i];
        bool is_pattern = strpbrk(name, "*?") != NULL;
        bool is_hit = !is_pattern && ek__scenario_members_have(members, name);
        for (size_t k = 0; is_pattern && !is_hit && k < members->count; k++)
            is_hit = ek_scenario_name_matches(name, members->items[k].name);
        if (is_hit)
            continue;
        is_fine = false;
        char path[EK__PATH_SIZE], local[EK__PATH_SIZE], hint[96] = "";
        ek__item_path(json_object_get(s->json, where), list, i, local);
        ek__path(path, "/%s%.100s", where, local);
        if (!is_pattern && s->check->errors->count < EK_ERRORS_MAX)
            ek__hint(name, members->sorted, hint, sizeof hint);
        complain(s, EK__RULE_HITS_NOBODY, path, false, "\"%s\" targets nothing: %s \"%.64s\"%s",
                 s->fault->id,
                 is_pattern ? (what[0] == 'e' ? "no endpoint matches" : "no client matches")
                            : (what[0] == 'e' ? "there is no endpoint" : "there is no client"),
                 name, hint);
    }
    return is_fine;
}

static bool check_zone(const struct subject *s, const char *zone, const char *where)
{
    char path[32], hint[96];
    if (!zone || ek__is_word_of(zone, s->check->zones))
        return true;
    snprintf(path, sizeof path, "/%s/zone", where);
    complain(s, EK__RULE_HITS_NOBODY, path, false,
             "\"%s\" targets nothing: there is no zone \"%s\"%s", s->fault->id, zone,
             ek__hint(zone, s->check->zones, hint, sizeof hint));
    return false;
}

static bool is_targeted(const struct ek_target *target, const struct ek__member *member)
{
    if (target->zone && (!member->zone || strcmp(member->zone, target->zone) != 0))
        return false;
    for (size_t i = 0; i < target->endpoints.count; i++)
        if (ek_scenario_name_matches(((char **)target->endpoints.items)[i], member->name))
            return true;
    return target->endpoints.count == 0;
}

static void check_target(const struct subject *s)
{
    const struct ek_target *target = &s->fault->target;
    bool names =
        check_names(s, &s->check->endpoints, &target->endpoints, "target", "endpoints", "endpoint");
    if (!check_zone(s, target->zone, "target") || !names)
        return;
    for (size_t i = 0; i < s->check->endpoints.count; i++)
        if (is_targeted(target, &s->check->endpoints.items[i]))
            return;
    complain(s, EK__RULE_HITS_NOBODY, "/target", false,
             "\"%s\" targets nothing: no endpoint of that name is in zone %s", s->fault->id,
             target->zone ? target->zone : "?");
}

static void check_side(const struct subject *s, const char *where, const struct ek_side *side)
{
    char path[8];
    snprintf(path, sizeof path, "/%s", where);
    if (!json_object_get(s->json, where)) {
        complain(s, EK__RULE_FAULT_MEMBERS, "", false,
                 "\"%s\" is missing in fault: a \"%s\" has two sides", where,
                 words[s->fault->kind]);
        return;
    }
    if (side->endpoints.count == 0 && side->clients.count == 0 && !side->zone && !side->registry)
        complain(s, EK__RULE_HITS_NOBODY, path, false,
                 "\"%s\" targets nothing: give endpoints, clients, zone or registry in \"%s\"",
                 s->fault->id, where);
    check_names(s, &s->check->endpoints, &side->endpoints, where, "endpoints", "endpoint");
    check_names(s, &s->check->clients, &side->clients, where, "clients", "client");
    check_zone(s, side->zone, where);
}

static void check_registry(const struct subject *s)
{
    const struct ek_client_group *groups = s->check->scenario->clients.items;
    for (size_t i = 0; i < s->check->scenario->clients.count; i++)
        if (groups[i].resolver.kind == EK_RESOLVER_CONSUL)
            return;
    complain(s, EK__RULE_HITS_NOBODY, "/kind", false,
             "\"%s\" targets nothing: no client resolves through {\"consul\": {}}", s->fault->id);
}

static void check_names_server(const struct subject *s)
{
    const struct ek_client_group *groups = s->check->scenario->clients.items;
    for (size_t i = 0; i < s->check->scenario->clients.count; i++)
        if (groups[i].resolver.kind == EK_RESOLVER_DNS)
            return;
    complain(s, EK__RULE_HITS_NOBODY, "/kind", false,
             "\"%s\" targets nothing: no client resolves through {\"dns\": {}}", s->fault->id);
}

static void check_whom(const struct subject *s)
{
    static const char targets[] = {
#define FAULT_TARGETS(name, word, targets, text) targets[0],
        EK_FAULT_LIST(FAULT_TARGETS)
#undef FAULT_TARGETS
    };
    const struct ek_fault *f = s->fault;
    if (targets[f->kind] == 'e') {
        check_target(s);
    } else if (targets[f->kind] == 'n') {
        check_side(s, "from", &f->from);
        check_side(s, "to", &f->to);
    } else if (targets[f->kind] == 'd') {
        check_names_server(s);
    } else {
        check_registry(s);
    }
}

/* ---- all ---- */

static void check_id(const struct subject *s, size_t index)
{
    static const char *const phases[] = {"all", "before", "after", NULL};
    const char *id = s->fault->id;
    if (ek__is_word_of(id, phases))
        complain(s, EK__RULE_NAMES, "/id", false, "\"id\": \"%s\" is the name of a phase", id);
    for (size_t i = 0; i < index; i++) {
        if (strcmp(s->check->fault_ids[i], id) == 0) {
            complain(s, EK__RULE_NAMES, "/id", false, "fault \"%s\" exists twice", id);
            return;
        }
    }
}

static void check_time(const struct subject *s)
{
    char at[32], end[32];
    if (s->fault->at_ns < s->check->scenario->duration_ns)
        return;
    complain(s, EK__RULE_AFTER_END, "/at", false, "\"%s\" begins at %s, and the run ends at %s",
             s->fault->id, ek_duration_text(s->fault->at_ns, at, sizeof at),
             ek_duration_text(s->check->scenario->duration_ns, end, sizeof end));
}

void ek__check_faults(struct ek__check *check)
{
    const struct ek_fault *faults = check->scenario->faults.items;
    const json_t *list = json_object_get(check->json, "faults");
    for (size_t i = 0; i < check->scenario->faults.count; i++) {
        char item[EK__PATH_SIZE], path[EK__PATH_SIZE];
        struct subject s = {check, &faults[i], json_is_array(list) ? json_array_get(list, i) : list,
                            ek__item_path(check->json, "faults", i, item)};
        check_id(&s, i);
        check_time(&s);
        check_parameters(&s);
        check_whom(&s);
        if (faults[i].has_service)
            ek__check_distribution(check, &faults[i].service,
                                   ek__path(path, "%.200s/service", item));
    }
}
