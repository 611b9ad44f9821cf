/* What the files that read a scenario share; nobody else includes it. */
#ifndef EK_SIM_SCENARIO_INTERNAL_H
#define EK_SIM_SCENARIO_INTERNAL_H

#include "evenkeel/lint.h"
#include "sim/scenario/scenario.h"

enum {
    EK__PATH_SIZE = sizeof((struct ek_error){0}.path),
    EK__NAME_SIZE = 64,
    EK__SCENARIO_SIZE_MAX = 8 * 1024 * 1024
};

/* ---- the report: complaints as lines ---- */

struct ek__report {
    char *out;
    size_t size, used;
    size_t errors, warnings; /* reported */
    json_t *findings;        /* borrowed: a list that each is added to; NULL: none */
};

/* Adds one line, an error; what a terminal would obey becomes '?'. A line that does not fit is left
 * out. */
void ek__report_line(struct ek__report *report, const char *format, ...) EK_PRINTF(2, 3);

/* The file as it was, and what the command line changed in it. */
struct ek__origin {
    const char *path, *text;
    size_t size;
    const struct ek_scenario_overrides *overrides;
    char (*set_pointers)[EK__PATH_SIZE]; /* where the sets took effect; may be NULL */
};

void ek__report_syntax(struct ek__report *report, const struct ek__origin *origin,
                       const json_error_t *error);

/* All of `errors` in the order of the file. */
void ek__report_errors(struct ek__report *report, const struct ek__origin *origin,
                       enum ek_severity severity, const struct ek_errors *errors);

/* ---- reading ---- */

enum {
    EK__FOUND_SIZE = 4096 + EK_SCENARIO_NAME_SIZE + 8
};

/* Returns new: the text of a file, or of the library's scenario of that name, and in `found` its
 * path. NULL: the report says why. */
char *ek__scenario_text(const char *name_or_path, struct ek__report *report, size_t *size,
                        char found[EK__FOUND_SIZE]);

/* As ek_scenario_read; frees nothing of the origin. */
struct ek_scenario *ek__scenario_read(struct ek__origin *origin, struct ek__report *report);

/* What makes no sense in a scenario that is in order. `layers` as in struct ek_lint_facts. */
void ek__lint_scenario(const struct ek_scenario *scenario, const json_t *json, int64_t layers,
                       struct ek_errors *warnings);

/* ---- overrides ---- */

/* Applies all but `until_ns` to `json`. False: the report says why. */
bool ek__override(json_t *json, struct ek__origin *origin, struct ek__report *report);

/* ---- endpoints and clients by name ---- */

struct ek__member {
    char name[EK__NAME_SIZE];
    const char *zone; /* borrowed from the scenario; NULL: none */
};

struct ek__members {
    struct ek__member *items;
    const char **sorted; /* the names; NULL-terminated */
    size_t count, capacity;
};

/* Appends the members of a group. False without memory. */
bool ek__scenario_members_add(struct ek__members *members, const char *pattern, int64_t count,
                              const struct ek_list *zones);
bool ek__scenario_members_sort(struct ek__members *members);
void ek__scenario_members_deinit(struct ek__members *members);

bool ek__scenario_members_have(const struct ek__members *members, const char *name);

/* ---- meaning ---- */

struct ek__check {
    const struct ek_scenario *scenario;
    const json_t *json;
    struct ek_errors *errors;
    struct ek__members endpoints, clients;
    const char **zones;     /* NULL-terminated, endpoints' and clients' */
    const char **fault_ids; /* NULL-terminated */
};

/* "/faults/3", or "/faults" for a lone item without brackets. */
const char *ek__item_path(const json_t *json, const char *list, size_t index,
                          char out[EK__PATH_SIZE]);
const char *ek__path(char out[EK__PATH_SIZE], const char *format, ...) EK_PRINTF(2, 3);

/* "; did you mean \"b02\"?" or "". */
const char *ek__hint(const char *given, const char *const *words, char *out, size_t size);

bool ek__is_word_of(const char *given, const char *const *words);

void ek__check_meaning(const struct ek_scenario *scenario, const json_t *json,
                       struct ek_errors *errors);
void ek__check_distribution(struct ek__check *check, const struct ek_distribution *d,
                            const char *path);
void ek__check_faults(struct ek__check *check);
void ek__check_expect(struct ek__check *check);

/* Whether the fault kind takes the member of that name; other members belong to all kinds. */
bool ek__fault_takes(int kind, const char *member);

/* The table of an object that another reader checks (serviceConfig, consul), or the row's own. */
const struct ek_option *ek__row_fields(const struct ek_option *row);

/* The shape of what the tables leave to the core: service configs, resolver options. Gives the
 * consul resolver the scenario's service where it names none. */
void ek__check_client_configs(const struct ek_scenario *scenario, const json_t *json,
                              struct ek_errors *errors);

#endif
