/* evenkeel live: the core makes real calls, and leaves a recording like that of a simulation. */
#include "cli/live_log.h"
#include "cli/partial.h"
#include "cli/simulate.h"
#include "cli/verb.h"
#include "evenkeel/option.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "  evenkeel live --consul http://127.0.0.1:8500 --service web --rate 50/s --for 10s\n"
    "  evenkeel live --address 127.0.0.1:9001 --address 127.0.0.1:9002 --policy p2c\n"
    "  evenkeel live --address 127.0.0.1:9001 --path /rpc --body '{\"jsonrpc\": \"2.0\", ...}'\n"
    "\n"
    "usage: evenkeel live [OPTION]...\n"
    "Makes HTTP calls through the balancing core over real sockets, at an even rate, prints a\n"
    "summary and keeps a recording that every other verb reads. It is written every second while\n"
    "the calls are made: `evenkeel tui latest` in another window follows them.\n"
    "  --consul URL          where the registry is\n"
    "  --service NAME        the service to resolve there\n"
    "  --address HOST:PORT   a fixed endpoint instead; may be repeated\n"
    "  --path PATH           of the request; / by default\n"
    "  --body TEXT           POSTs this as JSON; without, the calls are GETs\n"
    "  --rate N/s            calls per second of all clients; 10/s by default\n"
    "  --for TIME            how long calls are made; 10s by default\n"
    "  --clients N           channels, each with a view of its own; 1 by default\n"
    "  --deadline TIME       of each call; what the service config says by default\n"
    "  --config FILE         a service config\n"
    "  --policy NAME         a balancing policy; round_robin by default\n"
    "  --seed N              of the core's draws; 1 by default\n"
    "  --json                prints one JSON object instead of the summary\n"
    "  -o, --output FILE     the recording, instead of evenkeel-out/live-SEED.db\n"
    "exit code: 0 some call was answered OK, 1 none was, 2 bad input, 3 internal error, 130\n"
    "interrupted\n";

/* ---- options ---- */

struct options {
    char *consul, *service, *path, *body, *config, *policy, *output;
    struct ek_list addresses; /* of char * */
    int64_t rate, for_ns, clients, deadline_ns, seed;
    bool json;
};

#define AT(member) .offset = offsetof(struct options, member)

static const struct ek_option table[] = {
    {.name = "consul", .type = EK_OPTION_STRING, AT(consul), .min = 1, .max = 1000},
    {.name = "service", .type = EK_OPTION_STRING, AT(service), .min = 1, .max = 200},
    {.name = "address",
     .type = EK_OPTION_LIST,
     AT(addresses),
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = 1000},
    {.name = "path",
     .type = EK_OPTION_STRING,
     AT(path),
     .fallback = "\"/\"",
     .min = 1,
     .max = 1000},
    {.name = "body", .type = EK_OPTION_STRING, AT(body), .max = 1000000},
    {.name = "rate", .type = EK_OPTION_RATE, AT(rate), .fallback = "\"10/s\"", .min = 1000},
    {.name = "for", .type = EK_OPTION_DURATION, AT(for_ns), .fallback = "\"10s\"", .min = EK_MS},
    {.name = "clients",
     .type = EK_OPTION_INTEGER,
     AT(clients),
     .fallback = "1",
     .min = 1,
     .max = 1000},
    {.name = "deadline", .type = EK_OPTION_DURATION, AT(deadline_ns), .fallback = "\"0s\""},
    {.name = "config", .type = EK_OPTION_STRING, AT(config), .min = 1, .max = 4000},
    {.name = "policy", .type = EK_OPTION_STRING, AT(policy), .min = 1, .max = 100},
    {.name = "seed", .type = EK_OPTION_INTEGER, AT(seed), .fallback = "1", .max = INT64_MAX},
    {.name = "output", .type = EK_OPTION_STRING, AT(output), .min = 1, .max = 1000},
    {.name = "json", .type = EK_OPTION_BOOL, AT(json), .fallback = "false"},
    {0},
};

enum {
    TABLE_SIZE = sizeof table / sizeof table[0],
    WHY_SIZE = 512,
    FILES_MAX = 4096
};

/* Adds what was given to `json`; the table judges it later. */
static void take(json_t *json, const char *name, const char *value)
{
    json_t *list = json_object_get(json, name);
    char *end = NULL;
    long long number = value != NULL ? strtoll(value, &end, 10) : 0;

    if (value == NULL)
        json_object_set_new(json, name, json_true());
    else if (strcmp(name, "address") == 0 && list != NULL)
        json_array_append_new(list, json_string(value));
    else if (strcmp(name, "address") == 0)
        json_object_set_new(json, name, json_pack("[s]", value));
    else if ((strcmp(name, "clients") == 0 || strcmp(name, "seed") == 0) && *end == '\0')
        json_object_set_new(json, name, json_integer(number));
    else
        json_object_set_new(json, name, json_string(value));
}

/* Returns -1 to go on, or the exit code. */
static int read_options(int argc, char **argv, struct options *out)
{
    struct option longs[TABLE_SIZE + 1] = {{0}};
    struct ek_errors errors = {0};
    json_t *json = json_object();
    int option, index;

    for (int i = 0; i + 1 < TABLE_SIZE; i++)
        longs[i] = (struct option){
            table[i].name, table[i].type == EK_OPTION_BOOL ? no_argument : required_argument, NULL,
            1000 + i};
    longs[TABLE_SIZE - 1] = (struct option){"help", no_argument, NULL, 'h'};
    while ((option = getopt_long(argc, argv, "ho:", longs, NULL)) != -1) {
        if (option == 'h' || option == '?') {
            json_decref(json);
            if (option == 'h')
                fputs(help, stdout);
            else
                fputs("see `evenkeel live --help`\n", stderr);
            return option == 'h' ? EK_EXIT_PASS : EK_EXIT_INPUT;
        }
        index = option == 'o' ? TABLE_SIZE - 3 : option - 1000;
        take(json, table[index].name, optarg);
    }
    ek_option_read(table, json, "", out, &errors);
    json_decref(json);
    for (size_t i = 0; i < errors.count; i++)
        fprintf(stderr, "evenkeel live: -%s%s: %s\n", errors.items[i].path[0] == '/' ? "-" : "",
                errors.items[i].path + (errors.items[i].path[0] == '/'), errors.items[i].text);
    if (errors.count == 0 && optind < argc)
        fprintf(stderr, "evenkeel live: \"%.60s\" is not an option; see `evenkeel live --help`\n",
                argv[optind]);
    else if (errors.count == 0 && (out->service == NULL || out->consul == NULL) &&
             out->addresses.count == 0)
        fputs("evenkeel live: to whom? --consul with --service, or --address\n", stderr);
    else if (errors.count == 0)
        return -1;
    return EK_EXIT_INPUT;
}

/* ---- what it takes ---- */

struct run {
    struct options options;
    struct ek_service_config config;
    json_t *resolver_options;
    struct ek_live *live;
    struct ek_live_log *log;
    const char *command, *path; /* of the recording */
    struct ek_partial partial;
    uint64_t made, ended, good;
    int64_t stopped_ns; /* when the last call was made */
};

static volatile sig_atomic_t is_stopped;

static void stop(int number)
{
    (void)number;
    is_stopped = 1;
}

static bool complain(const char *what, const struct ek_errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
        fprintf(stderr, "evenkeel live: %s%s: %s\n", what, errors->items[i].path,
                errors->items[i].text);
    if (errors->count == 0)
        fprintf(stderr, "evenkeel live: %s\n", ek_err_text(EK_ENOMEM));
    return false;
}

static json_t *config_json(const struct options *options)
{
    json_error_t error;
    json_t *json =
        options->config != NULL ? json_load_file(options->config, 0, &error) : json_object();

    if (json == NULL)
        fprintf(stderr, "%s:%d:%d: error: %s\n", options->config, error.line, error.column,
                error.text);
    else if (options->policy != NULL || options->config == NULL)
        json_object_set_new(
            json, "loadBalancingConfig",
            json_pack("[{s:{}}]", options->policy != NULL ? options->policy : "round_robin"));
    return json;
}

static bool read_config(struct run *run)
{
    struct ek_errors errors = {0};
    json_t *json = config_json(&run->options);
    enum ek_err err;

    if (json == NULL)
        return false;
    err = ek_service_config_read(json, "", &run->config, &errors);
    json_decref(json);
    return err == EK_OK ||
           complain(run->options.config != NULL ? run->options.config : "", &errors);
}

static bool open_channels(struct run *run)
{
    const struct options *options = &run->options;
    struct ek_live_config live = {.registry = options->consul,
                                  .note = ek_live_log_note,
                                  .attempt = ek_live_log_attempt,
                                  .answer = ek_live_log_answer,
                                  .context = run->log};
    struct ek_channel_config config = {.service_config = &run->config,
                                       .seed = (uint64_t)options->seed};
    struct ek_errors errors = {0};
    json_t *list;

    if (options->addresses.count > 0) {
        list = json_array();
        for (size_t i = 0; i < options->addresses.count; i++)
            json_array_append_new(list, json_string(((char *const *)options->addresses.items)[i]));
        run->resolver_options = json_pack("{s:o}", "addresses", list);
        config.resolver = ek_resolver_find("static");
    } else {
        run->resolver_options = json_pack("{s:s}", "service", options->service);
        config.resolver = ek_resolver_find("consul");
    }
    config.resolver_options = run->resolver_options;
    if (ek_live_new(&live, &run->live) != EK_OK)
        return complain("", &errors);
    for (int64_t c = 0; c < options->clients; c++) {
        uint32_t number;

        config.id = (uint64_t)c;
        if (ek_live_open(run->live, &config, &number, &errors) != EK_OK)
            return complain("", &errors);
    }
    return true;
}

/* ---- the recording ---- */

/* For readers that ask what was configured. Returns new, or NULL. */
static char *as_scenario(const struct run *run)
{
    const char *resolver = run->options.addresses.count > 0 ? "static" : "consul";
    json_t *json = json_pack("{s:s, s:{s:I, s:{s:{}}, s:o}}", "name", "live", "clients", "count",
                             (json_int_t)run->options.clients, "resolver", resolver,
                             "serviceConfig", config_json(&run->options));
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;

    json_decref(json);
    return text;
}

/* A recorder of what happened until now, finished. `*err`, `why`: see ek_live_log_record. */
static struct ek_recorder *write_recording(const struct run *run, bool under_way, enum ek_err *err,
                                           char *why, size_t why_size)
{
    const struct options *o = &run->options;
    char *scenario = as_scenario(run);
    int64_t now_ns = ek_live_log_now(run->log);
    struct ek_recording_setup setup = {
        .name = o->service != NULL ? o->service : "live",
        .description = "real calls over sockets",
        .scenario_path = "",
        .scenario_json = scenario,
        .policy = run->config.lb->name,
        .command = run->command,
        .seed = (uint64_t)o->seed,
        .duration_ns = o->for_ns,
        .interval_ns = o->for_ns / 1200 < 100 * EK_MS ? 100 * EK_MS : o->for_ns / 1200,
        .path = run->path,
    };
    struct ek_recording_end end = {.sim_ns = now_ns,
                                   .wall_ns = now_ns,
                                   .interrupted = under_way || is_stopped != 0,
                                   .under_way = under_way};
    struct ek_recorder *recorder = ek_live_log_record(run->log, &setup, &end, err, why, why_size);

    if (recorder != NULL && *err == EK_OK)
        ek_point_latest(run->path);
    free(scenario);
    return recorder;
}

/* Now and then, so that the run can be followed. The copy of this process that writes must not keep
 * connections open which the process itself has closed. */
static void write_partial(struct run *run)
{
    enum ek_err err = EK_ENOMEM;
    char why[WHY_SIZE];

    if (ek_live_log_now(run->log) >= run->options.for_ns || !ek_partial_due(&run->partial))
        return;
    for (int fd = STDERR_FILENO + 1; fd < FILES_MAX; fd++)
        (void)close(fd);
    ek_partial_exit(write_recording(run, true, &err, why, sizeof why) != NULL && err == EK_OK);
}

/* ---- calls ---- */

/* When call `n`, from 0, is planned. */
static int64_t planned(const struct options *options, uint64_t n)
{
    return (int64_t)((double)n * 1e15 / (double)options->rate);
}

static void make_due_calls(struct run *run)
{
    const struct options *o = &run->options;
    struct ek_live_call call = {.path = o->path,
                                .body = o->body,
                                .body_size = o->body != NULL ? strlen(o->body) : 0,
                                .timeout_ns = o->deadline_ns};
    int64_t at;

    while ((at = planned(o, run->made)) < o->for_ns && at <= ek_live_log_now(run->log)) {
        uint32_t channel = (uint32_t)(run->made++ % (uint64_t)o->clients);

        call.token = ek_live_log_call(run->log, channel, at);
        if (call.token == 0 || ek_live_call(run->live, channel, &call) != EK_OK)
            run->ended++;
    }
}

static void take_results(struct run *run)
{
    struct ek_live_result result;

    while (ek_live_result(run->live, &result)) {
        run->ended++;
        run->good += result.status == EK_STATUS_OK;
        ek_live_log_result(run->log, &result);
    }
}

static void show_progress(const struct run *run, int64_t *shown_ns)
{
    int64_t now = ek_live_log_now(run->log);

    if (!isatty(STDERR_FILENO) || now - *shown_ns < EK_S)
        return;
    *shown_ns = now;
    fprintf(stderr, "\r%" PRId64 " s  %" PRIu64 " calls, %" PRIu64 " not OK ", now / EK_S,
            run->ended, run->ended - run->good);
}

/* How long the next poll may take. */
static int patience_ms(const struct run *run)
{
    int64_t next = planned(&run->options, run->made) - ek_live_log_now(run->log);

    if (next > 100 * EK_MS || planned(&run->options, run->made) >= run->options.for_ns)
        return 100;
    return next > 0 ? (int)(next / EK_MS) : 0;
}

/* False when libcurl fails. */
static bool make_calls(struct run *run)
{
    int64_t shown_ns = 0, last_ns = run->options.for_ns + 60 * EK_S;
    bool is_over = false;

    while (!is_over && !is_stopped) {
        make_due_calls(run);
        if (ek_live_poll(run->live, patience_ms(run)) != EK_OK) {
            fputs("evenkeel live: libcurl failed\n", stderr);
            return false;
        }
        take_results(run);
        show_progress(run, &shown_ns);
        write_partial(run);
        is_over = planned(&run->options, run->made) >= run->options.for_ns &&
                  (run->ended == run->made || ek_live_log_now(run->log) > last_ns);
    }
    if (shown_ns > 0)
        fputs("\r\033[K", stderr);
    return true;
}

/* ---- the end ---- */

static int record(struct run *run)
{
    const struct options *o = &run->options;
    char why[WHY_SIZE] = "";
    struct ek_render render = ek_arguments_render(&(struct ek_arguments){0});
    enum ek_err err = EK_ENOMEM;
    struct ek_recorder *recorder;

    ek_partial_end(&run->partial);
    recorder = write_recording(run, false, &err, why, sizeof why);
    if (err != EK_OK)
        fprintf(stderr, "evenkeel live: %s\n", recorder != NULL ? why : ek_err_text(err));
    if (recorder != NULL && o->json)
        ek_render_json(ek_recorder_results(recorder), stdout);
    else if (recorder != NULL)
        ek_render_summary(ek_recorder_results(recorder), &render, stdout);
    ek_recorder_free(recorder);
    if (err != EK_OK)
        return EK_EXIT_INTERNAL;
    return is_stopped ? EK_EXIT_INTERRUPTED : run->good > 0 ? EK_EXIT_PASS : EK_EXIT_FAIL;
}

int ek_verb_live(int argc, char **argv)
{
    struct run run = {0};
    struct sigaction action = {.sa_handler = stop};
    char command[1024] = "evenkeel", path[64];
    int code = read_options(argc, argv, &run.options);

    if (code < 0) {
        for (int i = 0; i < argc; i++)
            snprintf(command + strlen(command), sizeof command - strlen(command), " %s", argv[i]);
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        snprintf(path, sizeof path, EK_OUT_FOLDER "/live-%" PRId64 ".db", run.options.seed);
        run.path = run.options.output != NULL ? run.options.output : path;
        run.command = command;
        ek_partial_start(&run.partial, EK_S);
        code = EK_EXIT_INPUT;
        run.log = ek_live_log_new((uint32_t)run.options.clients);
        if (run.log != NULL && read_config(&run) && open_channels(&run))
            code = make_calls(&run) ? record(&run) : EK_EXIT_INTERNAL;
    }
    ek_live_free(run.live);
    ek_live_log_free(run.log);
    ek_service_config_deinit(&run.config);
    json_decref(run.resolver_options);
    ek_option_release(table, &run.options);
    return code;
}
