/* Whether expectations make sense: known metrics, phases, limits in the right unit. */
#include "sim/scenario/internal.h"

#include "sim/scenario/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    METRICS_MAX = 128
};

/* One expectation under examination. */
struct subject {
    struct ek__check *check;
    const struct ek_expectation *expectation;
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

static const struct ek_metric *check_metric(const struct subject *s)
{
    const char *names[METRICS_MAX + 1];
    size_t count = 0;
    const struct ek_metric *metric = ek_metric_find(s->expectation->metric);
    if (metric)
        return metric;
    for (const struct ek_metric *m = ek_metric_all; m->name && count < METRICS_MAX; m++)
        names[count++] = m->name;
    names[count] = NULL;
    char hint[96];
    ek__hint(s->expectation->metric, names, hint, sizeof hint);
    complain(s, EK__RULE_NO_SUCH, "/metric", false, "unknown metric \"%s\"%s",
             s->expectation->metric, hint[0] ? hint : "; see `evenkeel list metrics`");
    return NULL;
}

/* ---- when, and about whom ---- */

static void check_phase(const struct subject *s)
{
    static const char *const phases[] = {"all", "before", "after", NULL};
    const char *phase = s->expectation->phase;
    char hint[96];
    if (ek__is_word_of(phase, phases)) {
        if (strcmp(phase, "all") != 0 && s->check->scenario->faults.count == 0)
            complain(s, EK__RULE_NO_SUCH, "/phase", false,
                     "\"phase\": without faults there is only \"all\"");
        return;
    }
    if (ek__is_word_of(phase, s->check->fault_ids))
        return;
    ek__hint(phase, s->check->fault_ids, hint, sizeof hint);
    if (!hint[0])
        ek__hint(phase, phases, hint, sizeof hint);
    complain(s, EK__RULE_NO_SUCH, "/phase", false, "\"phase\": there is no fault \"%s\"%s", phase,
             hint[0] ? hint : "; possible: all, before, after, or a fault's id");
}

static void check_stretch(const struct subject *s)
{
    const struct ek_expectation *e = s->expectation;
    if (e->from_ns == 0 && e->to_ns == 0)
        return;
    if (e->to_ns <= e->from_ns || e->to_ns > s->check->scenario->duration_ns)
        complain(s, EK__RULE_EXPECTATION, e->to_ns > 0 ? "/to" : "", false,
                 "\"to\": must be after \"from\", and no later than the end of the run");
    else if (strcmp(e->phase, "all") != 0)
        complain(s, EK__RULE_EXPECTATION, "/phase", true,
                 "\"from\" and \"to\" stand instead of a phase");
}

static void check_fault(const struct subject *s, const struct ek_metric *metric)
{
    const char *id = s->expectation->fault;
    bool is_due = strchr(metric->needs, 'f') != NULL;
    char hint[96];
    if (is_due && s->check->scenario->faults.count == 0)
        complain(s, EK__RULE_EXPECTATION, "/metric", false,
                 "\"%s\" is about a fault, and this scenario has none", metric->name);
    else if (id && !ek__is_word_of(id, s->check->fault_ids))
        complain(s, EK__RULE_NO_SUCH, "/fault", false, "there is no fault \"%s\"%s", id,
                 ek__hint(id, s->check->fault_ids, hint, sizeof hint));
    else if (id && !is_due)
        complain(s, EK__RULE_EXPECTATION, "/fault", true,
                 "\"%s\" is not about one fault; did you mean \"phase\"?", metric->name);
}

static void check_endpoint(const struct subject *s, const struct ek_metric *metric)
{
    const char *name = s->expectation->endpoint;
    bool is_due = strchr(metric->needs, 'e') != NULL;
    char hint[96];
    if (is_due && !name)
        complain(s, EK__RULE_EXPECTATION, "", false,
                 "\"endpoint\" is missing: \"%s\" is about one endpoint", metric->name);
    else if (name && !ek__scenario_members_have(&s->check->endpoints, name))
        complain(s, EK__RULE_NO_SUCH, "/endpoint", false, "there is no endpoint \"%s\"%s", name,
                 ek__hint(name, s->check->endpoints.sorted, hint, sizeof hint));
    else if (name && !is_due)
        complain(s, EK__RULE_EXPECTATION, "/endpoint", true, "\"%s\" is not about one endpoint",
                 metric->name);
}

static void check_policy(const struct subject *s)
{
    const char *names[64], *given = s->expectation->policy;
    size_t count = 0;
    char hint[96];
    if (!given || ek_lb_find(given))
        return;
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops && count < 63; ops++)
        names[count++] = (*ops)->name;
    names[count] = NULL;
    complain(s, EK__RULE_NO_SUCH, "/policy", false, "unknown policy \"%s\"%s", given,
             ek__hint(given, names, hint, sizeof hint));
}

/* ---- how much ---- */

static bool read_limit(const struct subject *s, const struct ek_metric *metric, const json_t *json,
                       const char *member, int64_t *out)
{
    char why[224], path[16];
    if (!json)
        return true;
    if (ek_metric_limit(metric, json, out, why, sizeof why))
        return true;
    snprintf(path, sizeof path, "/%s", member);
    complain(s, EK__RULE_EXPECTATION, path, false, "\"%s\": %s", member, why);
    return false;
}

static void check_limits(const struct subject *s, const struct ek_metric *metric)
{
    const struct ek_expectation *e = s->expectation;
    int64_t min = 0, max = 0, equals = 0, tolerance = 0;
    bool is_read = read_limit(s, metric, e->min, "min", &min);
    is_read = read_limit(s, metric, e->max, "max", &max) && is_read;
    is_read = read_limit(s, metric, e->equals, "equals", &equals) && is_read;
    is_read = read_limit(s, metric, e->tolerance, "tolerance", &tolerance) && is_read;
    if (!e->min && !e->max && !e->equals)
        complain(s, EK__RULE_EXPECTATION, "", false,
                 "nothing is expected: give min, max or equals");
    else if (e->equals && (e->min || e->max))
        complain(s, EK__RULE_EXPECTATION, e->min ? "/min" : "/max", true,
                 "\"equals\" stands alone, with a tolerance");
    else if (e->tolerance && !e->equals)
        complain(s, EK__RULE_EXPECTATION, "/tolerance", true, "\"tolerance\" goes with \"equals\"");
    else if (is_read && e->min && e->max && min > max)
        complain(s, EK__RULE_EXPECTATION, "/max", false, "\"max\": is below min");
}

void ek__check_expect(struct ek__check *check)
{
    const struct ek_expectation *list = check->scenario->expect.items;
    for (size_t i = 0; i < check->scenario->expect.count; i++) {
        char item[EK__PATH_SIZE];
        struct subject s = {check, &list[i], ek__item_path(check->json, "expect", i, item)};
        const struct ek_metric *metric = check_metric(&s);
        check_phase(&s);
        check_stretch(&s);
        check_policy(&s);
        if (metric) {
            check_fault(&s, metric);
            check_endpoint(&s, metric);
            check_limits(&s, metric);
        }
    }
}
