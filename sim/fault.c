/* Faults: what breaks, when, and how it is mended. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

/* ---- set-up: a fault becomes one strike per target ---- */

static bool is_on_network(const struct ek_fault *fault)
{
    return fault->kind == EK_FAULT_PARTITION || fault->kind == EK_FAULT_DELAY ||
           fault->kind == EK_FAULT_LOSE;
}

static bool is_on_names(const struct ek_fault *fault)
{
    return fault->kind >= EK_FAULT_DNS_STALE && fault->kind < EK_FAULT_REGISTRY_EMPTY;
}

static bool is_on_registry(const struct ek_fault *fault)
{
    return fault->kind >= EK_FAULT_REGISTRY_EMPTY;
}

static int64_t end_of(const struct ek_fault *fault, int64_t at)
{
    if (fault->kind == EK_FAULT_RESTART)
        return at + fault->drain_ns + fault->down_ns;
    return fault->for_ns > 0 ? at + fault->for_ns : INT64_MAX;
}

static struct ek__strike *strike_add(struct ek__world *world, uint32_t fault_index,
                                     uint32_t endpoint, int64_t at)
{
    const struct ek_fault *fault =
        &((const struct ek_fault *)world->scenario->faults.items)[fault_index];
    struct ek__strike *strike = &world->strikes[world->strike_count];

    *strike = (struct ek__strike){
        .fault = fault,
        .fault_index = fault_index,
        .endpoint = endpoint,
        .at_ns = at,
        .end_ns = end_of(fault, at),
        .slot = ek__slot(world, EK__FAULT_BEGIN, world->strike_count),
    };
    if (strike->slot == EK__NIL)
        return NULL;
    world->strike_count++;
    ek_engine_set(&world->engine, strike->slot, at);
    return strike;
}

/* A side that names nobody is everybody who is not on the other. */
static bool sides_mark(struct ek__world *world, struct ek__strike *strike)
{
    size_t nodes = world->client_count + world->server_count + 1;

    strike->from = calloc(2 * nodes, 1);
    if (strike->from == NULL)
        return false;
    strike->to = strike->from + nodes;
    ek__side_mark(world, &strike->fault->from, strike->from);
    if (ek__side_mark(world, &strike->fault->to, strike->to) == 0)
        for (size_t i = 0; i < nodes; i++)
            strike->to[i] = !strike->from[i];
    return true;
}

static bool strikes_add(struct ek__world *world, uint32_t fault_index)
{
    const struct ek_fault *fault =
        &((const struct ek_fault *)world->scenario->faults.items)[fault_index];
    struct ek__strike *strike;
    int64_t at = fault->at_ns, count = 0;

    if (is_on_network(fault) || is_on_names(fault) || is_on_registry(fault)) {
        strike = strike_add(world, fault_index, EK__NIL, at);
        return strike != NULL && (!is_on_network(fault) || sides_mark(world, strike));
    }
    for (uint32_t s = 0; s < world->server_count; s++) {
        if (!ek__target_matches(world, &fault->target, s) ||
            (fault->target.pick > 0 && count >= fault->target.pick))
            continue;
        if (strike_add(world, fault_index, s, at) == NULL)
            return false;
        at += fault->every_ns;
        count++;
    }
    return true;
}

bool ek__faults_start(struct ek__world *world)
{
    size_t count = world->scenario->faults.count;

    world->strikes = calloc(count * ((size_t)world->server_count + 1) + 1, sizeof *world->strikes);
    if (world->strikes == NULL)
        return false;
    for (size_t f = 0; f < count; f++)
        if (!strikes_add(world, (uint32_t)f))
            return false;
    return true;
}

void ek__faults_free(struct ek__world *world)
{
    for (uint32_t i = 0; i < world->strike_count; i++)
        free(world->strikes[i].from);
    free(world->strikes);
}

/* ---- the record: a fault begins with its first strike and ends with its last ---- */

static uint64_t record_begin(struct ek__world *world, struct ek__strike *strike)
{
    char words[200];

    for (uint32_t i = 0; i < world->strike_count; i++)
        if (world->strikes[i].fault == strike->fault && world->strikes[i].record != 0)
            return world->strikes[i].record;
    return ek__journal(world, EK_RECORD_FAULT_BEGIN, strike->fault_index, EK_NOBODY, 0, 0, 0,
                       ek__fault_words(world, strike->fault, words, sizeof words));
}

static uint64_t record_end(struct ek__world *world, const struct ek__strike *strike)
{
    for (uint32_t i = 0; i < world->strike_count; i++) {
        const struct ek__strike *other = &world->strikes[i];

        if (other->fault != strike->fault)
            continue;
        if (other->end_ns > strike->end_ns) /* it goes on elsewhere */
            return strike->record;
        if (other->ended > other->record) /* it has been said of one that ends now, too */
            return other->ended;
    }
    return ek__journal(world, EK_RECORD_FAULT_END, strike->fault_index, EK_NOBODY, strike->record,
                       0, 0, NULL);
}

/* ---- what each kind does to an endpoint ---- */

static void slow_begin(struct ek__server *server, const struct ek_fault *fault)
{
    server->slow.is_active = true;
    server->slow.factor = fault->factor;
    server->slow.has_service = fault->has_service;
    if (fault->has_service)
        server->slow.service = ek_sampler_make(&fault->service);
}

static void error_begin(struct ek__server *server, const struct ek_fault *fault, uint32_t number)
{
    server->error.is_active = true;
    server->error.number = (uint16_t)number;
    server->error.status = fault->status;
    server->error.share_ppm = fault->share_ppm;
    server->error.after_ns = fault->after_ns;
}

static void leave_registry(struct ek__world *world, struct ek__server *server, uint64_t cause)
{
    server->is_draining = true;
    ek__agent_deregister(world, server, cause);
}

static void endpoint_begin(struct ek__world *world, struct ek__strike *strike)
{
    struct ek__server *server = &world->servers[strike->endpoint];

    server->cause = strike->record;
    switch ((enum ek_fault_kind)strike->fault->kind) {
    case EK_FAULT_KILL:
        ek__server_stop(world, server, strike->record);
        break;
    case EK_FAULT_RESTART:
        leave_registry(world, server, strike->record);
        break;
    case EK_FAULT_DRAIN:
        leave_registry(world, server, strike->record);
        ek__connections_break(world, server, true, strike->record);
        break;
    case EK_FAULT_PAUSE:
        ek__server_pause(world, server);
        break;
    case EK_FAULT_SLOW:
        slow_begin(server, strike->fault);
        break;
    case EK_FAULT_ERROR:
        error_begin(server, strike->fault, strike->fault_index + 1);
        break;
    case EK_FAULT_REFUSE:
        server->refusing++;
        ek__connections_break(world, server, false, strike->record);
        break;
    case EK_FAULT_BLACKHOLE:
        server->holes++;
        break;
    case EK_FAULT_PARTITION:
    case EK_FAULT_DELAY:
    case EK_FAULT_LOSE:
    case EK_FAULT_DNS_STALE:
    case EK_FAULT_DNS_NXDOMAIN:
    case EK_FAULT_DNS_SERVFAIL:
    case EK_FAULT_REGISTRY_EMPTY:
    case EK_FAULT_REGISTRY_SILENT:
    case EK_FAULT_REGISTRY_NO_LEADER:
    case EK_FAULT_REGISTRY_STALE:
    case EK_FAULT_REGISTRY_INDEX_BACK:
    case EK_FAULT_REGISTRY:
    case EK_FAULT_COUNT:
        break;
    }
    ek__journal_process(world, server);
}

static void endpoint_end(struct ek__world *world, struct ek__strike *strike, uint64_t record)
{
    struct ek__server *server = &world->servers[strike->endpoint];
    uint64_t held;

    switch ((enum ek_fault_kind)strike->fault->kind) {
    case EK_FAULT_KILL:
    case EK_FAULT_RESTART:
        ek__server_start(world, server, record);
        return;
    case EK_FAULT_DRAIN:
        server->is_draining = false;
        if (server->is_up)
            ek__agent_register(world, server, record);
        else
            ek__server_start(world, server, record);
        break;
    case EK_FAULT_PAUSE:
        ek__server_resume(world, server);
        break;
    case EK_FAULT_SLOW:
        server->slow.is_active = false;
        break;
    case EK_FAULT_ERROR:
        server->error.is_active = false;
        break;
    case EK_FAULT_REFUSE:
        server->refusing--;
        break;
    case EK_FAULT_BLACKHOLE:
        server->holes--;
        break;
    case EK_FAULT_PARTITION:
    case EK_FAULT_DELAY:
    case EK_FAULT_LOSE:
    case EK_FAULT_DNS_STALE:
    case EK_FAULT_DNS_NXDOMAIN:
    case EK_FAULT_DNS_SERVFAIL:
    case EK_FAULT_REGISTRY_EMPTY:
    case EK_FAULT_REGISTRY_SILENT:
    case EK_FAULT_REGISTRY_NO_LEADER:
    case EK_FAULT_REGISTRY_STALE:
    case EK_FAULT_REGISTRY_INDEX_BACK:
    case EK_FAULT_REGISTRY:
    case EK_FAULT_COUNT:
        break;
    }
    /* What its process is from now on follows from the end, whoever else has hold of it. */
    held = server->cause;
    server->cause = record;
    ek__journal_process(world, server);
    server->cause = held == strike->record && server->is_up ? 0 : held;
}

/* ---- the network and the registry ---- */

static bool separates(const struct ek__strike *strike, uint32_t a, uint32_t b)
{
    return (strike->from[a] && strike->to[b]) || (strike->to[a] && strike->from[b]);
}

static uint32_t registry_node(const struct ek__world *world)
{
    return world->client_count + world->server_count;
}

static void agents_cut(struct ek__world *world, const struct ek__strike *strike, bool is_cut)
{
    for (uint32_t s = 0; s < world->server_count && world->consul != NULL; s++) {
        if (!separates(strike, world->client_count + s, registry_node(world)))
            continue;
        if (is_cut)
            ek_consul_agent_stop(world->consul, world->servers[s].agent, strike->record,
                                 world->engine.now);
        else
            ek_consul_agent_start(world->consul, world->servers[s].agent, strike->record,
                                  world->engine.now);
    }
    if (world->consul != NULL)
        ek__registry_turn(world);
}

static enum ek_consul_fault consul_fault(const struct ek_fault *fault)
{
    if (fault->kind == EK_FAULT_REGISTRY)
        return (enum ek_consul_fault)fault->mode;
    return (enum ek_consul_fault)(fault->kind - EK_FAULT_REGISTRY_EMPTY + EK_CONSUL_EMPTY);
}

static struct ek_consul_fault_options fault_options(const struct ek_fault *fault)
{
    bool has_share = fault->kind == EK_FAULT_REGISTRY && fault->share_ppm < 1000000;

    return (struct ek_consul_fault_options){.share_ppm = has_share ? (uint32_t)fault->share_ppm : 0,
                                            .rate = (uint32_t)fault->rate,
                                            .bytes = (size_t)fault->bytes,
                                            .period_ns = fault->period_ns,
                                            .delay_ns = fault->delay_ns};
}

bool ek__fault_cuts(const struct ek__world *world, uint32_t c, uint32_t s, uint64_t *cause)
{
    for (uint32_t i = 0; i < world->strike_count; i++) {
        const struct ek__strike *strike = &world->strikes[i];

        if (!strike->is_active || strike->fault->kind != EK_FAULT_PARTITION ||
            !separates(strike, c, world->client_count + s))
            continue;
        *cause = strike->record;
        return true;
    }
    return false;
}

bool ek__fault_cuts_registry(const struct ek__world *world, uint32_t c, uint64_t *cause)
{
    for (uint32_t i = 0; world->cuts > 0 && i < world->strike_count; i++) {
        const struct ek__strike *strike = &world->strikes[i];

        if (!strike->is_active || strike->fault->kind != EK_FAULT_PARTITION ||
            !separates(strike, c, registry_node(world)))
            continue;
        *cause = strike->record;
        return true;
    }
    return false;
}

uint64_t ek__fault_of_registry(const struct ek__world *world)
{
    uint64_t last = 0;

    for (uint32_t i = 0; i < world->strike_count; i++)
        if (world->strikes[i].is_active && is_on_registry(world->strikes[i].fault) &&
            world->strikes[i].record > last)
            last = world->strikes[i].record;
    return last;
}

uint64_t ek__fault_mended(const struct ek__world *world, uint32_t c, uint32_t s)
{
    uint64_t last = 0;

    for (uint32_t i = 0; i < world->strike_count; i++) {
        const struct ek__strike *strike = &world->strikes[i];

        if (strike->ended > last && strike->from != NULL &&
            separates(strike, c, world->client_count + s))
            last = strike->ended;
    }
    return last;
}

/* The share is drawn for each fault anew, from the attempt's own `draw`. */
bool ek__fault_loses(const struct ek__world *world, uint32_t c, uint32_t s, uint64_t draw,
                     uint64_t *cause)
{
    for (uint32_t i = 0; i < world->strike_count; i++) {
        const struct ek__strike *strike = &world->strikes[i];

        if (!strike->is_active || strike->fault->kind != EK_FAULT_LOSE ||
            !separates(strike, c, world->client_count + s) ||
            (int64_t)((ek_mix64(draw + i) >> 32) * 1000000 >> 32) >= strike->fault->share_ppm)
            continue;
        *cause = strike->record;
        return true;
    }
    return false;
}

int64_t ek__fault_delay(const struct ek__world *world, uint32_t c, uint32_t s)
{
    int64_t ns = 0;

    for (uint32_t i = 0; i < world->strike_count; i++) {
        const struct ek__strike *strike = &world->strikes[i];

        if (strike->is_active && strike->fault->kind == EK_FAULT_DELAY &&
            separates(strike, c, world->client_count + s))
            ns += strike->fault->delay_ns;
    }
    return ns;
}

/* ---- the timeline ---- */

/* What comes next for a strike: the end of its drain, or its end. */
static void plan_next(struct ek__world *world, struct ek__strike *strike)
{
    int64_t drained = strike->at_ns + strike->fault->drain_ns;
    bool has_stage = strike->stage == 0 &&
                     (strike->fault->kind == EK_FAULT_RESTART ||
                      (strike->fault->kind == EK_FAULT_DRAIN && strike->fault->drain_ns > 0));

    world->engine.events[strike->slot].kind = has_stage ? EK__FAULT_STAGE : EK__FAULT_END;
    if (has_stage)
        ek_engine_set(&world->engine, strike->slot, drained);
    else if (strike->end_ns != INT64_MAX)
        ek_engine_set(&world->engine, strike->slot,
                      strike->end_ns > world->engine.now ? strike->end_ns : world->engine.now);
}

void ek__fault_begin(struct ek__world *world, uint32_t index)
{
    struct ek__strike *strike = &world->strikes[index];

    ek__books_check(world);
    strike->record = record_begin(world, strike);
    strike->is_active = true;
    if (is_on_network(strike->fault)) {
        world->cuts++;
        if (strike->fault->kind == EK_FAULT_PARTITION)
            agents_cut(world, strike, true);
    } else if (is_on_registry(strike->fault)) {
        if (world->consul != NULL) {
            const struct ek_consul_fault_options options = fault_options(strike->fault);

            ek_consul_fault_start(world->consul, consul_fault(strike->fault), &options,
                                  strike->record, world->engine.now);
            ek__registry_turn(world);
        }
    } else if (is_on_names(strike->fault)) {
        ek__dns_fault(world, strike->fault->kind, true);
    } else {
        endpoint_begin(world, strike);
    }
    if (is_on_registry(strike->fault))
        world->registry_last = strike->record;
    if (is_on_names(strike->fault))
        world->dns.change = strike->record;
    plan_next(world, strike);
}

/* The drain is over: the process stops. */
void ek__fault_stage(struct ek__world *world, uint32_t index)
{
    struct ek__strike *strike = &world->strikes[index];

    strike->stage = 1;
    ek__server_stop(world, &world->servers[strike->endpoint], strike->record);
    plan_next(world, strike);
}

void ek__fault_end(struct ek__world *world, uint32_t index)
{
    struct ek__strike *strike = &world->strikes[index];
    uint64_t record = record_end(world, strike);

    ek__books_check(world);
    strike->is_active = false;
    strike->ended = record;
    if (is_on_registry(strike->fault))
        world->registry_last = record;
    if (is_on_names(strike->fault))
        world->dns.change = record;
    if (is_on_network(strike->fault)) {
        world->cuts--;
        if (strike->fault->kind == EK_FAULT_PARTITION)
            agents_cut(world, strike, false);
    } else if (is_on_registry(strike->fault)) {
        if (world->consul != NULL) {
            ek_consul_fault_end(world->consul, consul_fault(strike->fault), record,
                                world->engine.now);
            ek__registry_turn(world);
        }
    } else if (is_on_names(strike->fault)) {
        ek__dns_fault(world, strike->fault->kind, false);
    } else {
        endpoint_end(world, strike, record);
    }
}
