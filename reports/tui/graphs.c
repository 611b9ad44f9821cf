#include "reports/tui/graphs.h"

#include "evenkeel/event.h"
#include "evenkeel/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const connection_words[] = {"idle", "connecting", "ready", "failing",
                                               "shut down"};
static const char *const outlier_words[] = {"in use", "ejected"};
static const char *const check_words[] = {"passing", "warning", "critical", "not registered"};
static const char *const process_words[] = {"up",     "down",     "starting",
                                            "paused", "draining", "degraded"};

static const struct {
    const char *title;
    const char *const *words;
    int states;
    bool by_pair; /* a thing is a client's endpoint; else an endpoint */
} kinds[EK_MACHINE_COUNT] = {
    [EK_MACHINE_CONNECTION] = {"connections", connection_words, 5, true},
    [EK_MACHINE_OUTLIER] = {"clients' opinions", outlier_words, 2, true},
    [EK_MACHINE_CHECK] = {"checks in Consul", check_words, 4, false},
    [EK_MACHINE_PROCESS] = {"servers", process_words, 6, false},
};

/* A change of state that an event tells of. */
struct change {
    enum ek_machine_kind machine;
    uint32_t client, endpoint;
    int from, to; /* from -1: what the thing was in */
};

static int check_state(const char *word)
{
    return word[0] == 'p' ? 0 : word[0] == 'w' ? 1 : 2;
}

static bool change_of(const struct ek_replay_event *event, struct change *change)
{
    *change = (struct change){.client = event->actor, .endpoint = event->subject, .from = -1};
    switch ((int)event->kind) {
    case EK_RECORD_SUBCHANNEL_STATE:
        change->machine = EK_MACHINE_CONNECTION;
        change->from = (int)event->a;
        change->to = (int)event->b;
        return event->a >= 0 && event->a < EK_CONN_COUNT && event->b >= 0 &&
               event->b < EK_CONN_COUNT;
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_RETURNED:
    case EK_RECORD_EJECTED:
        change->machine = EK_MACHINE_OUTLIER;
        change->to = event->kind == EK_RECORD_EJECTED;
        return true;
    case EK_RECORD_ENDPOINT_REMOVED: /* then there is no opinion */
        change->machine = EK_MACHINE_OUTLIER;
        change->to = kinds[EK_MACHINE_OUTLIER].states;
        return true;
    case EK_RECORD_CHECK:
        change->machine = EK_MACHINE_CHECK;
        change->to = check_state(event->text);
        return true;
    case EK_RECORD_DEREGISTERED:
        change->machine = EK_MACHINE_CHECK;
        change->to = 3;
        return true;
    case EK_RECORD_PROCESS:
        change->machine = EK_MACHINE_PROCESS;
        change->endpoint = event->actor;
        change->to = (int)event->a;
        return event->a >= 0 && event->a <= EK_PROCESS_DEGRADED;
    default:
        return false;
    }
}

/* The thing that changes; SIZE_MAX: there is none of that number. */
static size_t thing_of(const struct ek_graphs *graphs, const struct change *change)
{
    if (change->endpoint >= graphs->endpoints)
        return SIZE_MAX;
    if (!kinds[change->machine].by_pair)
        return change->endpoint;
    return change->client >= graphs->clients
               ? SIZE_MAX
               : change->client * graphs->endpoints + change->endpoint;
}

/* Moves one thing. Returns the state it leaves; -1 when that is not known, or it stays. */
static int move(struct ek_graphs *graphs, const struct change *change, size_t *thing)
{
    struct ek_machine *machine = &graphs->machines[change->machine];
    *thing = thing_of(graphs, change);
    if (*thing == SIZE_MAX)
        return -1;
    int from = machine->now[*thing];
    machine->now[*thing] = (uint8_t)change->to;
    if (change->from >= 0)
        from = change->from;
    bool is_known = from < machine->states && change->to < machine->states;
    return is_known && from != change->to ? from : -1;
}

/* ---- how long ---- */

static int compare_ns(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

struct stays {
    int64_t *ns;
    size_t count, capacity;
};

struct measuring {
    struct stays stays[EK_MACHINE_COUNT][EK_MACHINE_STATES_MAX];
    int64_t *since[EK_MACHINE_COUNT]; /* of each thing; -1: not known */
};

static bool note_stay(struct measuring *m, const struct change *change, int from, size_t thing,
                      int64_t at_ns)
{
    int64_t *since = &m->since[change->machine][thing];
    struct stays *stays = &m->stays[change->machine][from];
    bool is_known = *since >= 0;
    int64_t stay = at_ns - *since;
    *since = at_ns;
    if (!is_known)
        return true;
    if (!ek_mem_grow(&ek_mem_libc, (void **)&stays->ns, &stays->capacity, stays->count + 1,
                     sizeof *stays->ns))
        return false;
    stays->ns[stays->count++] = stay;
    return true;
}

static void settle(struct ek_graphs *graphs, struct measuring *m)
{
    for (int k = 0; k < EK_MACHINE_COUNT; k++) {
        for (int state = 0; state < EK_MACHINE_STATES_MAX; state++) {
            struct stays *stays = &m->stays[k][state];
            if (stays->count > 0)
                qsort(stays->ns, stays->count, sizeof *stays->ns, compare_ns);
            graphs->machines[k].stay_ns[state] =
                stays->count > 0 ? stays->ns[(stays->count - 1) / 2] : -1;
            ek_mem_free(&ek_mem_libc, stays->ns);
        }
        ek_mem_free(&ek_mem_libc, m->since[k]);
    }
}

static void forget(struct ek_graphs *graphs)
{
    for (int k = 0; k < EK_MACHINE_COUNT; k++) {
        struct ek_machine *machine = &graphs->machines[k];
        bool starts_up = k == EK_MACHINE_PROCESS;
        memset(machine->now, starts_up ? 0 : machine->states, machine->size);
        memset(machine->taken, 0, sizeof machine->taken);
    }
    graphs->event_index = 0;
}

/* Goes through the whole run once. */
static enum ek_err measure(struct ek_graphs *graphs, const struct ek_replay *replay)
{
    struct measuring m = {0};
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    bool is_good = true;
    for (int k = 0; k < EK_MACHINE_COUNT; k++) {
        size_t size = graphs->machines[k].size;
        m.since[k] = ek_mem_zeroed(&ek_mem_libc, size + 1, sizeof *m.since[k]);
        is_good = is_good && m.since[k];
        for (size_t i = 0; is_good && i < size; i++)
            m.since[k][i] = k == EK_MACHINE_PROCESS ? 0 : -1;
    }
    forget(graphs);
    for (size_t i = 0; is_good && i < count; i++) {
        struct change change;
        size_t thing;
        if (!change_of(&events[i], &change))
            continue;
        int from = move(graphs, &change, &thing);
        if (from >= 0)
            graphs->machines[change.machine].in_all[from][change.to]++;
        if (from >= 0)
            is_good = note_stay(&m, &change, from, thing, events[i].at_ns);
        else if (thing != SIZE_MAX && change.to >= graphs->machines[change.machine].states)
            m.since[change.machine][thing] = -1;
        else if (thing != SIZE_MAX && m.since[change.machine][thing] < 0)
            m.since[change.machine][thing] = events[i].at_ns;
    }
    settle(graphs, &m);
    forget(graphs);
    /* These were all counted, kept or not. */
    const uint64_t(*taken)[EK_CONN_COUNT] = ek_replay_transitions(replay);
    for (int from = 0; from < EK_CONN_COUNT; from++) {
        for (int to = 0; to < EK_CONN_COUNT; to++)
            graphs->machines[EK_MACHINE_CONNECTION].in_all[from][to] = taken[from][to];
    }
    return is_good ? EK_OK : EK_ENOMEM;
}

static enum ek_err make(struct ek_graphs *graphs, const struct ek_replay *replay)
{
    (void)ek_replay_clients(replay, &graphs->clients);
    (void)ek_replay_endpoints(replay, &graphs->endpoints);
    for (int k = 0; k < EK_MACHINE_COUNT; k++) {
        struct ek_machine *machine = &graphs->machines[k];
        machine->title = kinds[k].title;
        machine->words = kinds[k].words;
        machine->states = kinds[k].states;
        machine->size = graphs->endpoints * (kinds[k].by_pair ? graphs->clients : 1);
        machine->now = ek_mem_zeroed(&ek_mem_libc, machine->size + 1, 1);
        if (!machine->now)
            return EK_ENOMEM;
    }
    enum ek_err err = measure(graphs, replay);
    graphs->is_made = err == EK_OK;
    return err;
}

enum ek_err ek_graphs_move(struct ek_graphs *graphs, const struct ek_replay *replay,
                           size_t event_index)
{
    if (!graphs->is_made) {
        enum ek_err err = make(graphs, replay);
        if (err != EK_OK) {
            ek_graphs_deinit(graphs);
            return err;
        }
    }
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    event_index = event_index > count ? count : event_index;
    if (event_index < graphs->event_index)
        forget(graphs);
    for (; graphs->event_index < event_index; graphs->event_index++) {
        struct change change;
        size_t thing;
        if (!change_of(&events[graphs->event_index], &change))
            continue;
        int from = move(graphs, &change, &thing);
        if (from >= 0)
            graphs->machines[change.machine].taken[from][change.to]++;
    }
    return EK_OK;
}

void ek_graphs_deinit(struct ek_graphs *graphs)
{
    for (int k = 0; k < EK_MACHINE_COUNT; k++)
        ek_mem_free(&ek_mem_libc, graphs->machines[k].now);
    *graphs = (struct ek_graphs){0};
}

size_t ek_machine_count(const struct ek_machine *machine, int state)
{
    size_t count = 0;
    for (size_t i = 0; i < machine->size; i++)
        count += machine->now[i] == state;
    return count;
}

bool ek_machine_is_used(const struct ek_machine *machine, int state)
{
    uint64_t ways = 0;
    for (int other = 0; other < machine->states; other++)
        ways += machine->in_all[other][state] + machine->in_all[state][other];
    return ways > 0 || ek_machine_count(machine, state) > 0;
}

size_t ek_graphs_count(const struct ek_graphs *graphs)
{
    size_t count = 0;
    for (int k = 0; k < EK_MACHINE_COUNT; k++) {
        bool is_used = false;
        for (int state = 0; state < graphs->machines[k].states && !is_used; state++)
            is_used = ek_machine_is_used(&graphs->machines[k], state);
        count += is_used;
    }
    return count;
}
