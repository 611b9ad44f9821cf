/* What followed from an event, along recorded causes, with equal effects merged. */
#include "reports/explain/effects.h"

#include "evenkeel/event.h"

#include <stdlib.h>
#include <string.h>

/* While the events are walked. */
struct walk {
    struct ek__effects *effects;
    const struct ek_replay *replay;
    const struct ek_replay_event *events;
    size_t event_count, actor_count, endpoint_count;
    unsigned char *effect_of;         /* of each event, + 1; 0: none */
    bool *actor_seen, *endpoint_seen; /* effect after effect */
    uint64_t *ejected; /* client after client: id of the last ejection of each endpoint */
};

unsigned ek__effect_variant(const struct ek_replay_event *event)
{
    switch ((int)event->kind) {
    case EK_RECORD_SUBCHANNEL_STATE:
        if (event->b == EK_CONN_READY)
            return EK__SUBCHANNEL_READY;
        if (event->b == EK_CONN_TRANSIENT_FAILURE)
            return EK__SUBCHANNEL_FAILS;
        if (event->b == EK_CONN_SHUTDOWN)
            return EK__SUBCHANNEL_CLOSES;
        return event->a == EK_CONN_READY ? EK__SUBCHANNEL_BREAKS : EK__SUBCHANNEL_TRIES;
    case EK_RECORD_CHECK:
        return event->text[0] == 'p' ? 1 : event->text[0] == 'w' ? 2 : 3;
    case EK_RECORD_PROCESS:
        return (unsigned)event->a & 7u;
    case EK_RECORD_CHANNEL_STATE:
    case EK_RECORD_ATTEMPT_FAILED:
    case EK_RECORD_CALL_FAILED:
        return (unsigned)event->b & 31u;
    case EK_RECORD_RESOLVED:
        return event->a > 0 ? 1 : 0;
    default:
        return 0;
    }
}

static bool walk_init(struct walk *walk)
{
    const struct ek_results *results = ek_replay_results(walk->replay);
    walk->events = ek_replay_events(walk->replay, &walk->event_count);
    walk->endpoint_count = results->endpoint_count;
    walk->actor_count = results->client_count > results->endpoint_count ? results->client_count
                                                                        : results->endpoint_count;
    walk->effect_of = calloc(walk->event_count + 1, sizeof *walk->effect_of);
    walk->actor_seen = calloc(EK__EFFECTS_MAX * (walk->actor_count + 1), sizeof(bool));
    walk->endpoint_seen = calloc(EK__EFFECTS_MAX * (walk->endpoint_count + 1), sizeof(bool));
    walk->ejected = calloc(results->client_count * walk->endpoint_count + 1, sizeof(uint64_t));
    return walk->effect_of != NULL && walk->actor_seen != NULL && walk->endpoint_seen != NULL &&
           walk->ejected != NULL;
}

static void walk_deinit(struct walk *walk)
{
    free(walk->effect_of);
    free(walk->actor_seen);
    free(walk->endpoint_seen);
    free(walk->ejected);
}

static void see(bool *seen, size_t width, size_t effect, uint32_t who, uint32_t *count)
{
    if (who >= width || seen[effect * width + who])
        return;
    seen[effect * width + who] = true;
    ++*count;
}

static void count_in(struct walk *walk, size_t effect, size_t event_index, int64_t delay_ns)
{
    const struct ek_replay_event *event = &walk->events[event_index];
    struct ek__effect *e = &walk->effects->items[effect];
    if (e->count == 0 || delay_ns < e->delay_min_ns)
        e->delay_min_ns = delay_ns;
    if (e->count == 0 || delay_ns > e->delay_max_ns)
        e->delay_max_ns = delay_ns;
    e->count++;
    e->last_ns = event->at_ns;
    see(walk->actor_seen, walk->actor_count, effect, event->actor, &e->actors);
    see(walk->endpoint_seen, walk->endpoint_count, effect, event->subject, &e->endpoints);
    walk->effect_of[event_index] = (unsigned char)(effect + 1);
}

/* The effect that an event joins, made when there is none; SIZE_MAX when there is no room. */
static size_t effect_for(struct walk *walk, size_t parent, size_t event_index)
{
    const struct ek_replay_event *event = &walk->events[event_index];
    struct ek__effects *effects = walk->effects;
    unsigned variant = ek__effect_variant(event);
    for (size_t i = 0; i < effects->count; i++)
        if (effects->items[i].parent == parent && effects->items[i].kind == event->kind &&
            effects->items[i].variant == variant)
            return i;
    if (effects->count == EK__EFFECTS_MAX) {
        effects->is_cut = true;
        return SIZE_MAX;
    }
    effects->items[effects->count] = (struct ek__effect){
        .first = event_index,
        .kind = event->kind,
        .variant = variant,
        .first_ns = event->at_ns,
        .last_ns = event->at_ns,
        .parent = parent,
        .depth = parent == SIZE_MAX ? 0 : effects->items[parent].depth + 1,
    };
    return effects->count++;
}

/* The id of what led to it, recorded with it or with the ejection that it ends. */
static uint64_t cause_of(const struct walk *walk, const struct ek_replay_event *event)
{
    if (event->cause != 0 || event->kind != EK_RECORD_RETURNED || event->subject == EK_NOBODY ||
        event->actor == EK_NOBODY)
        return event->cause;
    uint64_t id = walk->ejected[event->actor * walk->endpoint_count + event->subject];
    const struct ek_replay_event *ejection =
        id != 0 ? ek_replay_event_by_id(walk->replay, id) : NULL;
    return ejection != NULL && ejection->a <= event->at_ns ? id : 0;
}

static bool is_registry_change(enum ek_record_kind kind)
{
    return kind == EK_RECORD_CHECK || kind == EK_RECORD_REGISTERED ||
           kind == EK_RECORD_DEREGISTERED;
}

static void take(struct walk *walk, size_t i)
{
    const struct ek_replay_event *event = &walk->events[i];
    if (event->kind == EK_RECORD_EJECTED && event->subject != EK_NOBODY &&
        event->actor != EK_NOBODY)
        walk->ejected[event->actor * walk->endpoint_count + event->subject] = event->id;
    uint64_t id = cause_of(walk, event);
    const struct ek_replay_event *cause = id != 0 ? ek_replay_event_by_id(walk->replay, id) : NULL;
    if (cause == NULL || walk->effect_of[cause - walk->events] == 0)
        return;
    size_t parent = walk->effect_of[cause - walk->events] - 1u;
    struct ek__effect *above = &walk->effects->items[parent];
    if (event->kind == EK_RECORD_SUBCHANNEL_STATE &&
        ek__effect_variant(event) == EK__SUBCHANNEL_TRIES) {
        walk->effect_of[i] = walk->effect_of[cause - walk->events];
        return;
    }
    if (event->kind == EK_RECORD_WOKEN && is_registry_change(above->kind)) {
        above->woken += event->a > 0 ? (uint64_t)event->a : 0;
        return;
    }
    size_t effect = effect_for(walk, parent, i);
    if (effect != SIZE_MAX)
        count_in(walk, effect, i, event->at_ns - cause->at_ns);
}

/* ---- the paths that matter ---- */

static bool is_below(const struct ek__effects *effects, size_t i, size_t root)
{
    while (i != SIZE_MAX && i != root)
        i = effects->items[i].parent;
    return i == root;
}

static bool takes_away(const struct ek__effect *effect)
{
    return effect->kind == EK_RECORD_EJECTED || effect->kind == EK_RECORD_ENDPOINT_REMOVED ||
           (effect->kind == EK_RECORD_SUBCHANNEL_STATE && effect->variant == EK__SUBCHANNEL_BREAKS);
}

static bool brings_back(const struct ek__effect *effect)
{
    return effect->kind == EK_RECORD_RETURNED ||
           (effect->kind == EK_RECORD_SUBCHANNEL_STATE && effect->variant == EK__SUBCHANNEL_READY);
}

static void mark_up(struct ek__effects *effects, size_t i)
{
    for (; i != SIZE_MAX; i = effects->items[i].parent)
        effects->items[i].is_critical = true;
}

/* Traffic was away when the first way of taking it away was through with all clients; it was back
 * when the last way of bringing it back was. */
static void mark_critical(struct ek__effects *effects)
{
    size_t away = SIZE_MAX, back = SIZE_MAX, added = SIZE_MAX, end = SIZE_MAX;
    for (size_t i = 0; i < effects->count; i++)
        if (effects->items[i].kind == EK_RECORD_FAULT_END)
            end = i;
    for (size_t i = 0; i < effects->count; i++) {
        const struct ek__effect *effect = &effects->items[i];
        bool is_after_end = end != SIZE_MAX && is_below(effects, i, end);
        if (takes_away(effect) && !is_after_end &&
            (away == SIZE_MAX || effect->last_ns < effects->items[away].last_ns))
            away = i;
        if (brings_back(effect) &&
            (back == SIZE_MAX || effect->last_ns > effects->items[back].last_ns))
            back = i;
        if (effect->kind == EK_RECORD_ENDPOINT_ADDED && is_after_end)
            added = i;
    }
    if (back == SIZE_MAX) /* new connections do not always name their cause; lists do */
        back = added;
    if (away != SIZE_MAX)
        mark_up(effects, away);
    if (back != SIZE_MAX)
        mark_up(effects, back);
}

bool ek__effects_of(struct ek__effects *effects, const struct ek_replay *replay, uint64_t id)
{
    struct walk walk = {.effects = effects, .replay = replay};
    const struct ek_replay_event *start = id != 0 ? ek_replay_event_by_id(replay, id) : NULL;
    effects->count = 0;
    effects->is_cut = false;
    if (start == NULL)
        return true;
    bool is_done = walk_init(&walk);
    if (is_done) {
        size_t first = (size_t)(start - walk.events);
        count_in(&walk, effect_for(&walk, SIZE_MAX, first), first, 0);
        for (size_t i = first + 1; i < walk.event_count; i++)
            take(&walk, i);
        mark_critical(effects);
    }
    walk_deinit(&walk);
    return is_done;
}
