/* Findings about a service config: what is wrong with its shape, and what makes no sense. */
#ifndef EVENKEEL_LINT_H
#define EVENKEEL_LINT_H

#include "evenkeel/err.h"
#include "evenkeel/resolver.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum ek_severity {
    EK_SEVERITY_ERROR,  /* the config is invalid */
    EK_SEVERITY_WARNING /* it is valid, and does what nobody wants */
};

/* What one kind of finding is about. Numbers are stable: 4 is written EK004. */
struct ek_rule {
    int number;
    enum ek_severity severity;
    const char *title;  /* one line */
    const char *why;    /* what happens, one or more sentences */
    const char *source; /* where that is known from */
    const char *fix;    /* what to do */
};

/* The rules of the core, by number; ends with one of number 0. EK0xx shape, EK1xx contradictions,
 * EK2xx amplification and load. */
extern const struct ek_rule ek_rule_all[];

/* The rule of `table` with that number, or NULL. */
const struct ek_rule *ek_rule_find(const struct ek_rule *table, int number);

/* What is known of where a config is used. 0: it is not known, and rules that need it are silent.
 */
struct ek_lint_facts {
    int64_t endpoints;     /* listed at one time */
    int64_t rate;          /* calls per second of one channel, millionths */
    int64_t round_trip_ns; /* between client and endpoint */
    int64_t latency_ns;    /* of a usual call, as its client sees it */
    int64_t deadline_ns;   /* that callers set themselves */
    int64_t layers;        /* services calling each other, each with such a config; 0: 2 */
    int64_t clients;       /* channels of this config, when no others call these endpoints */
    int64_t run_ns;        /* after which all ends */
    bool knows_reports;    /* whether `has_reports` is known */
    bool has_reports;      /* answers carry load reports */
};

/* Reads a service config as ek_service_config_read does, then looks for what makes no sense in it.
 * Complaints of either kind carry the numbers of their rules as `code`, and pointers that start
 * with `path`. With EK_EINVAL and `errors` no warnings are looked for. `json` borrows and may be
 * NULL, the default config. Borrows all; the core's tables only. */
EK_MUST_USE enum ek_err ek_lint(const json_t *json, const char *path,
                                const struct ek_lint_facts *facts, struct ek_errors *errors,
                                struct ek_errors *warnings);

/* The same for the options of a resolver, which are in order. */
void ek_lint_resolver(const struct ek_resolver_ops *resolver, const json_t *options,
                      const char *path, struct ek_errors *warnings);

#endif
