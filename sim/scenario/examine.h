/* Everything that is to be said against a file: a scenario, or a bare service config. */
#ifndef EK_SIM_SCENARIO_EXAMINE_H
#define EK_SIM_SCENARIO_EXAMINE_H

#include "evenkeel/lint.h"
#include "sim/scenario/scenario.h"

/* EK3xx and EK4xx; ends with a rule of number 0. */
extern const struct ek_rule ek_scenario_rules[];

/* The rule that is written "EK204" (any case, or its number), of the core or of scenarios; NULL if
 * there is none. */
const struct ek_rule *ek_rule_named(const char *text);

struct ek_examined {
    bool is_service_config;
    size_t errors, warnings;
    struct ek_scenario *scenario; /* owned; NULL for a service config, or with errors */
    json_t *findings; /* owned; a list of {"code", "severity", "rule", "text", "pointer", "line",
                         "column"}, or of {"severity", "text"} where a file cannot be read */
};

/* Reads a file, or a scenario of the library, and finds all that is wrong or makes no sense.
 *
 * `facts` are what the caller knows of where a bare service config is used; a scenario tells its
 * own, all but the layers. `report` receives the findings as a compiler would print them. False:
 * there are errors. Deinit whatever the result. */
bool ek_examine(const char *name_or_path, const struct ek_scenario_overrides *overrides,
                const struct ek_lint_facts *facts, char *report, size_t report_size,
                struct ek_examined *out);
void ek_examined_deinit(struct ek_examined *examined);

#endif
