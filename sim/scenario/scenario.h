/* A scenario as read from its file: what exists, what is offered, what breaks, what is expected. */
#ifndef EK_SIM_SCENARIO_H
#define EK_SIM_SCENARIO_H

#include "evenkeel/option.h"
#include "evenkeel/service_config.h"
#include "reports/recording/expect.h"
#include "sim/scenario/distribution.h"
#include "sim/scenario/fault.h"

#include <jansson.h>
#include <stdio.h>

/* ---- what exists ---- */

enum ek_discipline {
    EK_DISCIPLINE_FIFO, /* a worker takes one call and finishes it, the others wait in a row */
    EK_DISCIPLINE_PS    /* the workers are shared equally by all calls (processor sharing) */
};

struct ek_endpoint_group {
    int64_t count;
    char *name;                     /* "b%02d": the number from 1; or a plain name for one */
    struct ek_list zones;           /* of char *: endpoints take them in turn; may be empty */
    struct ek_distribution service; /* of one call */
    int64_t workers;                /* calls served at once; 0: any number */
    int64_t queue_max;              /* calls above the workers; -1: any number */
    int discipline;                 /* enum ek_discipline */
    int64_t weight;
    bool cancel_stops_work; /* a cancelled attempt frees its worker; otherwise it is served on */
    int64_t startup_ns;     /* from process start to the first accepted connection */
    struct ek_list tags;    /* of char * */
    struct ek_list meta;    /* of char *, "key=value" */
    bool load_reports;      /* answers carry its load */
};

enum ek_arrivals_kind {
    EK_ARRIVALS_POISSON,
    EK_ARRIVALS_CONSTANT,
    EK_ARRIVALS_CLOSED
};

struct ek_load_step {
    int64_t at_ns;
    int64_t rate;    /* millionths per second, of the whole group */
    int64_t over_ns; /* reached linearly in this time; 0: at once */
};

enum ek_resolver_kind {
    EK_RESOLVER_STATIC,
    EK_RESOLVER_CONSUL,
    EK_RESOLVER_DNS
};

struct ek_client_group {
    int64_t count;
    char *name;           /* "c%d"; or a plain name for one */
    struct ek_list zones; /* of char * */
    struct {
        int kind;
        int64_t poisson_rate, constant_rate; /* millionths per second, of the whole group */
        struct {
            int64_t concurrency; /* of each client */
            int64_t think_ns;
        } closed;
    } arrivals;
    struct ek_list labels; /* of char *, "key=value": what every call asks of its endpoint */
    struct {
        int64_t count;   /* different keys that calls carry, all as likely; 0: none */
        int64_t hot_ppm; /* of the calls that carry the first one instead */
    } keys;
    struct ek_list profile;    /* of ek_load_step, rising in time; open arrivals only */
    int64_t deadline_ns;       /* 0: the service config's */
    int64_t success_within_ns; /* a later answer counts as a failure; 0: any answer is good */
    struct {
        int kind;                 /* enum ek_resolver_kind; the row in ek_scenario's table */
        struct ek_list addresses; /* static: of char *, endpoint names; empty: all endpoints */
        json_t *consul, *dns;     /* options of the core's resolver of that name, or NULL */
    } resolver;
    json_t *service_config; /* as written, or NULL */
};

/* A write to the registry's key/value store. */
struct ek_key_step {
    int64_t at_ns;
    char *key, *value; /* value NULL: the key is deleted */
};

struct ek_consul_settings {
    int version;                  /* enum ek_consul_version */
    struct ek_distribution delay; /* one way, between an agent's client and the registry */
    int64_t ttl_ns;               /* of each endpoint's TTL check */
    int64_t heartbeat_ns;         /* 0: a third of the TTL */
    int64_t deregister_after_ns;  /* DeregisterCriticalServiceAfter; 0: never */
    struct ek_list keys;          /* of ek_key_step */
};

struct ek_dns_settings {
    int64_t ttl_ns;               /* how long the cache that clients ask keeps an answer */
    struct ek_distribution delay; /* one way, between a client and the cache */
    struct ek_list records;       /* of char *: endpoints or patterns; empty: those that run */
};

struct ek_zone_delay {
    char *from, *to; /* zones; both ways */
    struct ek_distribution delay;
};

struct ek_network_settings {
    struct ek_distribution delay; /* one way, between a client and an endpoint */
    struct ek_list zones;         /* of ek_zone_delay: replaces `delay` between these */
    int64_t handshakes;           /* round trips before a connection carries a call; 1 is TCP */
};

/* ---- the whole ---- */

struct ek_scenario {
    char *name, *description, *watch; /* watch: what to look out for, one sentence */
    struct ek_list source;            /* of char *: where it comes from */
    int64_t duration_ns;
    int64_t seed;
    int64_t interval_ns;      /* of the recorded series; 0: duration / 120, at least 100 ms */
    char *service;            /* its name in the registry */
    struct ek_list endpoints; /* of ek_endpoint_group */
    struct ek_list clients;   /* of ek_client_group */
    struct ek_consul_settings consul;
    struct ek_dns_settings dns;
    struct ek_network_settings network;
    struct ek_list faults;  /* of ek_fault */
    struct ek_list expect;  /* of ek_expectation */
    struct ek_list compare; /* of char *: policies `compare` takes when none are named */

    char *path;   /* the file's, for messages */
    json_t *json; /* as read, with overrides applied; kept in the recording */
};

/* The table of the whole file, for schema and reference. */
extern const struct ek_option ek_scenario_options[];

/* Overrides from the command line; any may be NULL or 0. */
struct ek_scenario_overrides {
    const char *const *sets; /* "/json/pointer=value"; value is JSON, or else a string */
    size_t set_count;
    const char
        *policy; /* "name" or "name,key=value": replaces loadBalancingConfig of all clients */
    const int64_t *seed;
    int64_t until_ns; /* cuts the run short */
};

/* Reads, overrides and checks a scenario: shape first, then meaning.
 *
 * `text` is the file's content. Returns NULL on failure; then `report` holds all complaints as
 * lines `path:line:column: text` for the terminal, control characters removed. */
struct ek_scenario *ek_scenario_read(const char *path, const char *text, size_t size,
                                     const struct ek_scenario_overrides *overrides, char *report,
                                     size_t report_size);

/* Finds `name_or_path` (a path, or the name of a scenario in the library), reads the file and
 * calls ek_scenario_read. */
struct ek_scenario *ek_scenario_load(const char *name_or_path,
                                     const struct ek_scenario_overrides *overrides, char *report,
                                     size_t report_size);

void ek_scenario_free(struct ek_scenario *scenario);

enum {
    EK_SCENARIO_NAME_SIZE = 64 /* holds every name of an endpoint, a client, a library scenario */
};

/* The name of a group's member: "b%02d" and 7 is "b07"; a plain name stays. Returns `out`. */
const char *ek_scenario_member_name(const char *pattern, int64_t number, char *out, size_t size);

/* Whether `name` fits a pattern in which * is any text and ? any character. */
bool ek_scenario_name_matches(const char *pattern, const char *name);

/* Writes the names of the library's scenarios, sorted; returns how many there are, at most `max`
 * are written; `names` may be NULL when that is 0. */
size_t ek_scenario_names(char (*names)[EK_SCENARIO_NAME_SIZE], size_t max);

/* ---- schema and reference ---- */

/* Returns new: the JSON Schema (draft 2020-12) of a scenario file; NULL without memory. */
json_t *ek_scenario_schema(void);

/* Prints what `key` is: a dotted path ("faults.kind"), a key, a word ("registry-empty"), a policy,
 * a metric. False: there is none; then a suggestion is printed to `err`. */
bool ek_scenario_explain(const char *key, FILE *out, FILE *err);

#endif
