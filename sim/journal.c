/* What the recorder is told, and in which words. */
#include "sim/run.h"
#include "sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t ek__journal(struct ek__world *world, enum ek_record_kind kind, uint32_t actor,
                     uint32_t subject, uint64_t cause, int64_t a, int64_t b, const char *text)
{
    const struct ek_record record = {
        .at_ns = world->engine.now,
        .kind = kind,
        .actor = actor,
        .subject = subject,
        .cause = cause,
        .a = a,
        .b = b,
        .text = text,
    };

    return ek_recorder_event(world->recorder, &record);
}

void ek__journal_load(struct ek__world *world, struct ek__server *server)
{
    uint32_t busy = ek__server_busy(server);

    ek_recorder_endpoint_load(world->recorder, world->engine.now,
                              (uint32_t)(server - world->servers), busy,
                              server->serving.count - busy + server->waiting.count);
}

static enum ek_process process_of(const struct ek__server *server)
{
    if (!server->is_up)
        return server->is_starting ? EK_PROCESS_STARTING : EK_PROCESS_DOWN;
    if (server->paused > 0)
        return EK_PROCESS_PAUSED;
    if (server->is_draining)
        return EK_PROCESS_DRAINING;
    return server->slow.is_active || server->error.is_active || server->refusing > 0 ||
                   server->holes > 0
               ? EK_PROCESS_DEGRADED
               : EK_PROCESS_UP;
}

/* For whoever lists the servers that take calls. */
static bool is_there(enum ek_process process)
{
    return process == EK_PROCESS_UP || process == EK_PROCESS_PAUSED ||
           process == EK_PROCESS_DEGRADED;
}

void ek__journal_process(struct ek__world *world, struct ek__server *server)
{
    enum ek_process process = process_of(server);

    if (process == server->process)
        return;
    server->since = ek__journal(world, EK_RECORD_PROCESS, (uint32_t)(server - world->servers),
                                EK_NOBODY, server->cause, process, 0, NULL);
    if (is_there(process) != is_there(server->process))
        world->moved = server->since;
    server->process = process;
}

/* A rate in millionths per second, without floating point: "500", "2.5". */
static const char *rate_words(int64_t rate, char *out, size_t size)
{
    size_t used =
        (size_t)snprintf(out, size, "%" PRId64 ".%06" PRId64, rate / 1000000, rate % 1000000);

    while (out[used - 1] == '0')
        out[--used] = '\0';
    if (out[used - 1] == '.')
        out[--used] = '\0';
    return out;
}

/* "c1", or "c1 .. c6" of more. */
static const char *group_words(const struct ek_client_group *group, char *out, size_t size)
{
    char first[64], last[64];

    ek_scenario_member_name(group->name, 1, first, sizeof first);
    ek_scenario_member_name(group->name, group->count, last, sizeof last);
    snprintf(out, size, group->count > 1 ? "%s .. %s" : "%s", first, last);
    return out;
}

/* "the load of c1 .. c6 goes to 500 calls/s"; all clients of a group share it. */
uint64_t ek__journal_step(struct ek__world *world, const struct ek__client *client)
{
    const struct ek_client_group *group = client->group;
    const struct ek_load_step *steps = group->profile.items;
    const struct ek_load_step *step = client->load_step > 0 ? &steps[client->load_step - 1] : NULL;
    int64_t rate = group->arrivals.kind == EK_ARRIVALS_POISSON ? group->arrivals.poisson_rate
                                                               : group->arrivals.constant_rate;
    int64_t at_once = group->arrivals.closed.concurrency * group->count;
    char words[320], number[48], over[64] = "", who[140];

    group_words(group, who, sizeof who);
    if (step != NULL && step->over_ns > 0)
        snprintf(over, sizeof over, " within %s s",
                 rate_words(step->over_ns / 1000, number, sizeof number));
    rate_words(step != NULL ? step->rate : rate, number, sizeof number);
    if (group->arrivals.kind == EK_ARRIVALS_CLOSED)
        snprintf(words, sizeof words, "the load of %s begins with %" PRId64 " call%s at a time",
                 who, at_once, at_once == 1 ? "" : "s");
    else
        snprintf(words, sizeof words, "the load of %s %s %s calls/s%s", who,
                 step == NULL ? "begins with" : "goes to", number, over);
    return ek__journal(world, EK_RECORD_SCENARIO, EK_NOBODY, EK_NOBODY, world->start, 0, 0, words);
}

uint64_t ek__journal_note(struct ek__world *world, uint32_t c, const struct ek_action *note)
{
    const struct ek__client *client = &world->clients[c];
    struct ek_record record = {
        .at_ns = world->engine.now,
        .actor = c,
        .subject = note->endpoint == EK_NO_ENDPOINT ? EK_NOBODY : client->endpoints[note->endpoint],
    };

    ek_record_of_note(note, &record);
    if (ek_record_names_call(record.kind))
        record.a = (int64_t)world->calls[note->call].record.number;
    return ek_recorder_event(world->recorder, &record);
}

/* ---- set-up ---- */

static const char *const fault_words[] = {
#define EK_FAULT_WORD(name, word, targets, text) word,
    EK_FAULT_LIST(EK_FAULT_WORD)
#undef EK_FAULT_WORD
};

static void add_words(char *out, size_t size, const struct ek_list *names)
{
    char *const *items = names->items;

    for (size_t i = 0; i < names->count; i++) {
        size_t used = strlen(out);

        snprintf(out + used, size - used, "%s%s", used == 0 ? "" : " ", items[i]);
    }
}

/* "b01", "zone z3 (4 endpoints)", "the registry", "c1 | b02" */
static void target_words(const struct ek_fault *fault, uint32_t hit, char *out, size_t size)
{
    size_t used;

    out[0] = '\0';
    if (fault->kind >= EK_FAULT_DNS_STALE) {
        snprintf(out, size,
                 fault->kind < EK_FAULT_REGISTRY_EMPTY ? "the name server" : "the registry");
        return;
    }
    if (fault->kind == EK_FAULT_PARTITION || fault->kind == EK_FAULT_DELAY ||
        fault->kind == EK_FAULT_LOSE) {
        add_words(out, size, &fault->from.clients);
        add_words(out, size, &fault->from.endpoints);
        used = strlen(out);
        if (fault->from.zone != NULL)
            snprintf(out + used, size - used, "zone %s", fault->from.zone);
        if (fault->from.registry)
            snprintf(out + used, size - used, "the registry");
        return;
    }
    add_words(out, size, &fault->target.endpoints);
    if (strcmp(out, "*") == 0) /* all: how many is said */
        out[0] = '\0';
    used = strlen(out);
    if (fault->target.zone != NULL)
        snprintf(out + used, size - used, "%szone %s", used == 0 ? "" : " in ", fault->target.zone);
    used = strlen(out);
    if (used == 0 || hit > 1)
        snprintf(out + used, size - used, "%s%" PRIu32 " endpoint%s%s", used == 0 ? "" : " (", hit,
                 hit == 1 ? "" : "s", used == 0 ? "" : ")");
}

static uint32_t endpoints_hit(const struct ek__world *world, const struct ek_fault *fault)
{
    uint32_t hit = 0;

    for (uint32_t i = 0; i < world->strike_count; i++)
        hit += world->strikes[i].fault == fault && world->strikes[i].endpoint != EK__NIL;
    return hit;
}

const char *ek__fault_words(const struct ek__world *world, const struct ek_fault *fault, char *out,
                            size_t size)
{
    char target[160];

    if (fault->kind >= EK_FAULT_DNS_STALE) { /* the kind says what it hits */
        snprintf(out, size, "%s", fault_words[fault->kind]);
        return out;
    }
    target_words(fault, endpoints_hit(world, fault), target, sizeof target);
    snprintf(out, size, "%s %s", fault_words[fault->kind], target);
    return out;
}

/* What a recorder is told of the faults: first strike to last. */
struct fault_setup {
    struct ek_recorded_fault fault;
    uint32_t *endpoints;
    char target[160];
};

static bool fault_setup(const struct ek__world *world, uint32_t f, struct fault_setup *out)
{
    const struct ek_fault *fault = &((const struct ek_fault *)world->scenario->faults.items)[f];
    int64_t start = INT64_MAX, end = 0, duration = world->scenario->duration_ns;

    out->endpoints = calloc((size_t)world->server_count + 1, sizeof *out->endpoints);
    if (out->endpoints == NULL)
        return false;
    for (uint32_t i = 0; i < world->strike_count; i++) {
        const struct ek__strike *strike = &world->strikes[i];

        if (strike->fault_index != f)
            continue;
        start = strike->at_ns < start ? strike->at_ns : start;
        end = strike->end_ns > end ? strike->end_ns : end;
        if (strike->endpoint != EK__NIL)
            out->endpoints[out->fault.endpoint_count++] = strike->endpoint;
        for (uint32_t s = 0; strike->from != NULL && s < world->server_count; s++)
            if (strike->from[world->client_count + s])
                out->endpoints[out->fault.endpoint_count++] = s;
    }
    target_words(fault, (uint32_t)out->fault.endpoint_count, out->target, sizeof out->target);
    out->fault.id = fault->id;
    out->fault.kind = fault_words[fault->kind];
    out->fault.target = out->target;
    out->fault.start_ns = start;
    out->fault.end_ns = end > duration ? duration : end;
    out->fault.endpoints = out->endpoints;
    out->fault.is_registry = fault->kind >= EK_FAULT_REGISTRY_EMPTY;
    out->fault.line = fault->line;
    return true;
}

static int64_t interval_of(const struct ek_scenario *scenario)
{
    int64_t interval = scenario->interval_ns;

    if (interval == 0)
        interval = scenario->duration_ns / 1200;
    return interval < 100 * EK_MS && scenario->interval_ns == 0 ? 100 * EK_MS : interval;
}

static void parties(const struct ek__world *world, struct ek_recorded_endpoint *endpoints,
                    struct ek_recorded_client *clients)
{
    const struct ek_client_group *groups = world->scenario->clients.items;
    uint32_t c = 0;

    for (uint32_t s = 0; s < world->server_count; s++) {
        const struct ek__server *server = &world->servers[s];

        endpoints[s] = (struct ek_recorded_endpoint){
            .name = server->name,
            .zone = server->zone < world->zone_count ? world->zones[server->zone] : "",
            .address = server->address,
        };
    }
    for (size_t g = 0; g < world->scenario->clients.count; g++)
        for (int64_t i = 0; i < groups[g].count; i++, c++)
            clients[c] = (struct ek_recorded_client){
                .name = world->clients[c].name,
                .zone = world->clients[c].zone < world->zone_count
                            ? world->zones[world->clients[c].zone]
                            : "",
                .policy = world->configs[g].lb->name,
                .score_unit = world->configs[g].lb->score_unit,
            };
}

/* What all begins with, so that whatever comes of itself at first has a cause. */
static void begin(struct ek__world *world)
{
    world->start =
        ek__journal(world, EK_RECORD_SCENARIO, EK_NOBODY, EK_NOBODY, 0, 0, 0, "the run begins");
    world->registry_last = world->key_last = world->moved = world->dns.change = world->start;
    for (uint32_t s = 0; s < world->server_count; s++)
        world->servers[s].since = world->start;
}

bool ek__journal_open(struct ek__world *world)
{
    const struct ek_scenario *scenario = world->scenario;
    size_t fault_count = scenario->faults.count;
    struct ek_recorded_endpoint *endpoints = calloc(world->server_count + 1u, sizeof *endpoints);
    struct ek_recorded_client *clients = calloc(world->client_count + 1u, sizeof *clients);
    struct ek_recorded_fault *faults = calloc(fault_count + 1, sizeof *faults);
    struct fault_setup *setups = calloc(fault_count + 1, sizeof *setups);
    char *json = json_dumps(scenario->json, JSON_INDENT(2));
    char command[512];
    struct ek_recording_setup setup = {
        .name = scenario->name,
        .description = scenario->description,
        .watch = scenario->watch,
        .scenario_path = scenario->path,
        .source = scenario->source.items,
        .source_count = scenario->source.count,
        .scenario_json = json,
        .policy = world->configs[0].lb->name,
        .command = world->options->command,
        .seed = world->seed,
        .duration_ns = scenario->duration_ns,
        .interval_ns = interval_of(scenario),
        .endpoints = endpoints,
        .endpoint_count = world->server_count,
        .clients = clients,
        .client_count = world->client_count,
        .faults = faults,
        .fault_count = fault_count,
        .expectations = scenario->expect.items,
        .expectation_count = scenario->expect.count,
        .path = world->options->recording_path,
        .keep_call = world->trace_call,
    };
    bool is_done =
        endpoints != NULL && clients != NULL && faults != NULL && setups != NULL && json != NULL;

    for (uint32_t f = 0; is_done && f < fault_count; f++) {
        is_done = fault_setup(world, f, &setups[f]);
        faults[f] = setups[f].fault;
    }
    if (setup.command == NULL) {
        snprintf(command, sizeof command, "evenkeel run %s --seed %" PRIu64, scenario->path,
                 world->seed);
        setup.command = command;
    }
    if (is_done) {
        parties(world, endpoints, clients);
        world->recorder = ek_recorder_new(&setup);
        if (world->recorder != NULL)
            begin(world);
        ek__look_start(world, setup.interval_ns);
    }
    for (size_t f = 0; setups != NULL && f < fault_count; f++)
        free(setups[f].endpoints);
    free(json);
    free(setups);
    free(faults);
    free(clients);
    free(endpoints);
    return world->recorder != NULL;
}
