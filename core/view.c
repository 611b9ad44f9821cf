/* Views: the endpoints of one subset, divided into levels, zones and lanes. */
#include "core/channel.h"

#include <string.h>

/* ---- who belongs to it ---- */

static uint16_t level_of(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    return ch->config->selection.has_priorities ? (uint16_t)e->priority : 0;
}

/* The zone's index, a new one for a locality that is not known yet; `known` by locality, the last
 * for endpoints without. */
static uint16_t zone_of(struct ek__view *view, const struct ek__endpoint *e, uint16_t *known)
{
    uint32_t locality = e->locality < EK__LOCALITIES_MAX ? e->locality : EK__LOCALITIES_MAX;

    if (known[locality] == UINT16_MAX)
        known[locality] = (uint16_t)view->zone_count++;
    return known[locality];
}

/* After a change of the list no endpoint has a seat any more. */
bool ek__view_gather(struct ek_channel *ch, struct ek__view *view)
{
    bool has_zones = ch->config->selection.localities != EK_LOCALITY_OFF;
    uint16_t known[EK__LOCALITIES_MAX + 1];
    void *seats = view->seats;

    if (view->gathered_at == ch->select.listed)
        return true;
    view->count = view->candidate_count = view->zone_count = 0;
    view->level_count = 1;
    view->refreshed_at = view->gathered_at = 0;
    if (!ek_mem_grow(ch->mem, &seats, &view->capacity, ch->listed_count, sizeof *view->seats))
        return false;
    view->seats = seats;
    memset(known, 0xff, sizeof known);
    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = ch->endpoints[ch->listed[i]];
        struct ek__seat *seat = &view->seats[view->count];

        if (!ek__subset_has(&view->subset, e))
            continue;
        *seat =
            (struct ek__seat){.endpoint = e->number, .level = level_of(ch, e), .next = e->seats};
        if (has_zones)
            seat->zone = zone_of(view, e, known);
        if (seat->level >= view->level_count)
            view->level_count = seat->level + 1u;
        e->seats = seat;
        view->count++;
    }
    view->gathered_at = ch->select.listed;
    ek__review_again(ch);
    return true;
}

/* ---- how they are ---- */

/* Neither good nor bad: it connects, or waits for its first probe. */
static bool is_unknown(const struct ek__endpoint *e)
{
    return !e->is_ejected && !e->is_unhealthy && !e->is_failing &&
           e->state != EK_CONN_TRANSIENT_FAILURE;
}

static bool is_degraded(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    return ch->config->selection.has_degraded && e->health == EK_HEALTH_WARNING;
}

static size_t zone_index(const struct ek__view *view, enum ek__kind kind, uint32_t level,
                         uint32_t zone)
{
    return ((size_t)kind * view->level_count + level) * view->zone_count + zone;
}

static void count_in_zone(struct ek_channel *ch, struct ek__view *view, const struct ek__seat *seat,
                          const struct ek__endpoint *e, bool is_fit)
{
    struct ek__zone *zone =
        &view->zones[zone_index(view, EK__KIND_HEALTHY, seat->level, seat->zone)];

    if (zone->total++ == 0) {
        zone->locality = e->locality;
        zone->weight = ek__locality_weight(ch, e->locality);
    }
    if (!is_fit)
        zone->excluded += is_unknown(e);
    else if (is_degraded(ch, e))
        zone->degraded++;
    else
        zone->healthy++;
}

static void take_census(struct ek_channel *ch, struct ek__view *view)
{
    memset(view->levels, 0, sizeof view->levels[0] * view->level_count);
    for (size_t i = 0; i < view->count; i++) {
        const struct ek__seat *seat = &view->seats[i];
        const struct ek__endpoint *e = ch->endpoints[seat->endpoint];
        struct ek__census *count = &view->levels[seat->level].count;
        struct ek__census *weight = &view->levels[seat->level].weight;
        bool is_fit = ek__eligible_is_fit(ch, e), is_warned = is_degraded(ch, e);
        bool is_left_out = !is_fit && is_unknown(e);

        count->total++;
        weight->total += e->weight;
        count->excluded += is_left_out;
        weight->excluded += is_left_out ? e->weight : 0;
        count->healthy += is_fit && !is_warned;
        weight->healthy += is_fit && !is_warned ? e->weight : 0;
        count->degraded += is_fit && is_warned;
        weight->degraded += is_fit && is_warned ? e->weight : 0;
        if (view->zone_count > 0)
            count_in_zone(ch, view, seat, e, is_fit);
    }
}

static void share_load(struct ek_channel *ch, struct ek__view *view)
{
    const struct ek_selection_config *selection = &ch->config->selection;
    const struct ek__priority_rule rule = {
        .overprovisioning = (uint32_t)(selection->overprovisioning / 10),
        .panic_ppm = selection->panic_ppm,
        .by_weight = selection->has_weighted_health,
    };

    ek__priority_loads(view->levels, view->level_count, &rule);
}

/* ---- zones ---- */

static bool zones_reset(struct ek_channel *ch, struct ek__view *view)
{
    size_t count = (size_t)2 * view->level_count * view->zone_count;
    void *zones = view->zones, *lanes = view->zone_lanes;
    bool has_room = ek_mem_grow(ch->mem, &zones, &view->zone_capacity, count, sizeof *view->zones);

    view->zones = zones;
    has_room = has_room && ek_mem_grow(ch->mem, &lanes, &view->zone_lane_capacity, count,
                                       sizeof *view->zone_lanes);
    view->zone_lanes = lanes;
    if (!has_room)
        return false;
    for (size_t i = 0; i < count; i++) {
        view->zones[i] = (struct ek__zone){.locality = EK__NOTHING};
        view->zone_lanes[i] = EK__NOTHING;
    }
    return true;
}

/* Callers that nobody has told of are spread as the endpoints are. */
static struct ek__callers count_callers(struct ek_channel *ch, struct ek__zone *zones,
                                        uint32_t count)
{
    struct ek__callers sum = ch->select.caller_sum;
    bool is_told = sum.total > 0;

    for (uint32_t i = 0; i < count; i++) {
        bool is_known = zones[i].locality < EK__LOCALITIES_MAX;

        zones[i].callers = !is_told   ? zones[i].total
                           : is_known ? ch->select.callers[zones[i].locality]
                                      : 0;
        if (is_told)
            continue;
        sum.total += zones[i].total;
        sum.locality_count += zones[i].total > 0;
        if (is_known && zones[i].locality == ch->select.own_locality)
            sum.own = zones[i].total;
    }
    return sum;
}

static void plan_zones(struct ek_channel *ch, struct ek__view *view)
{
    struct ek__callers callers = count_callers(ch, view->zones, view->zone_count);

    view->plan = ek__zones_plan(view->zones, view->zone_count, ch->select.own_locality, &callers,
                                ch->config->selection.cluster_size_min);
    if (view->plan.is_on)
        view->lanes_of[0][EK__KIND_HEALTHY].division = EK__DIVISION_ZONE_AWARE;
}

static void weigh_zones(struct ek_channel *ch, struct ek__view *view, uint32_t level,
                        enum ek__kind kind)
{
    struct ek__zone *zones = &view->zones[zone_index(view, kind, level, 0)];
    uint32_t overprovisioning = (uint32_t)(ch->config->selection.overprovisioning / 10);

    if (kind == EK__KIND_DEGRADED)
        memcpy(zones, &view->zones[zone_index(view, EK__KIND_HEALTHY, level, 0)],
               view->zone_count * sizeof *zones);
    ek__zones_weigh(zones, view->zone_count, overprovisioning, kind == EK__KIND_DEGRADED);
    if (ek__zones_start(zones, view->zone_count, ek_rng_next(&ch->select.choice_rng) >> 32)) {
        view->lanes_of[level][kind].division = EK__DIVISION_WEIGHTED;
        view->lanes_of[level][kind].order = UINT64_C(1) << 32;
    }
}

static void divide(struct ek_channel *ch, struct ek__view *view)
{
    int mode = ch->config->selection.localities;

    for (uint32_t level = 0; level < view->level_count; level++)
        for (int kind = 0; kind < EK__KIND_COUNT; kind++) {
            view->lanes_of[level][kind] = (struct ek__lanes_of){.lane = EK__NOTHING};
            if (mode == EK_LOCALITY_WEIGHTED && view->zone_count > 0 && kind != EK__KIND_ALL)
                weigh_zones(ch, view, level, (enum ek__kind)kind);
        }
    if (mode == EK_LOCALITY_ZONE_AWARE && view->zone_count > 0)
        plan_zones(ch, view);
}

/* ---- lanes ---- */

static uint32_t lane_with(struct ek_channel *ch, struct ek__view *view, uint32_t key)
{
    struct ek_errors errors = {0};
    void *lanes = view->lanes;
    struct ek__lane *lane;

    for (uint32_t i = 0; i < view->lane_count; i++)
        if (view->lanes[i]->key == key)
            return i;
    if (!ek_mem_grow(ch->mem, &lanes, &view->lane_capacity, view->lane_count + 1,
                     sizeof *view->lanes))
        return EK__NOTHING;
    view->lanes = lanes;
    if (ek__lane_new(ch, &ch->select.lane_rng, &errors, &lane) != EK_OK)
        return EK__NOTHING;
    lane->key = key;
    view->lanes[view->lane_count] = lane;
    return (uint32_t)view->lane_count++;
}

static bool sit(struct ek_channel *ch, struct ek__view *view, struct ek__seat *seat)
{
    struct ek__endpoint *e = ch->endpoints[seat->endpoint];
    enum ek__kind kind = view->levels[seat->level].is_panicking ? EK__KIND_ALL
                         : is_degraded(ch, e)                   ? EK__KIND_DEGRADED
                                                                : EK__KIND_HEALTHY;
    struct ek__lanes_of *of = &view->lanes_of[seat->level][kind];
    uint32_t *lane = &of->lane, key = (uint32_t)seat->level << EK__LANE_LEVEL_SHIFT |
                                      (uint32_t)kind << EK__LANE_KIND_SHIFT;

    seat->lane = NULL;
    if (kind == EK__KIND_ALL ? !ek__eligible_is_usable(ch, e) : !ek__eligible_is_fit(ch, e))
        return true;
    if (of->division != EK__DIVISION_NONE) {
        lane = &view->zone_lanes[zone_index(view, kind, seat->level, seat->zone)];
        key |= (e->locality < EK__LOCALITIES_MAX ? e->locality : EK__LOCALITIES_MAX) + 1;
    }
    if (*lane == EK__NOTHING)
        *lane = lane_with(ch, view, key);
    if (*lane == EK__NOTHING || !ek__lane_add(ch, view->lanes[*lane], e, seat))
        return false;
    view->candidate_count++;
    return true;
}

static uint32_t find_single(const struct ek__view *view)
{
    uint32_t found = EK__NOTHING;

    for (uint32_t level = 0; level < view->level_count; level++) {
        const struct ek__level *l = &view->levels[level];
        enum ek__kind kind = l->is_panicking           ? EK__KIND_ALL
                             : l->degraded_load == 100 ? EK__KIND_DEGRADED
                                                       : EK__KIND_HEALTHY;
        const struct ek__lanes_of *of = &view->lanes_of[level][kind];

        if (l->healthy_load + l->degraded_load == 0)
            continue;
        if (found != EK__NOTHING || (l->healthy_load > 0 && l->degraded_load > 0) ||
            of->division != EK__DIVISION_NONE || l->is_panicking)
            return EK__NOTHING;
        found = of->lane;
    }
    return found;
}

bool ek__view_refresh(struct ek_channel *ch, struct ek__view *view)
{
    if (!ek__view_gather(ch, view))
        return false;
    if (view->refreshed_at == ch->select.fitness)
        return true;
    view->refreshed_at = 0;
    if (!zones_reset(ch, view))
        return false;
    take_census(ch, view);
    share_load(ch, view);
    divide(ch, view);
    view->candidate_count = 0;
    for (size_t i = 0; i < view->lane_count; i++) {
        view->lanes[i]->count = 0;
        view->lanes[i]->is_built = false;
    }
    for (size_t i = 0; i < view->count; i++)
        if (!sit(ch, view, &view->seats[i]))
            return false;
    view->single = find_single(view);
    view->refreshed_at = ch->select.fitness;
    return true;
}

/* ---- the choice ---- */

/* The first lane, in the order of levels and kinds, that has anyone. */
static struct ek__lane *any_lane(const struct ek__view *view)
{
    struct ek__lane *best = NULL;

    for (size_t i = 0; i < view->lane_count; i++)
        if (view->lanes[i]->count > 0 && (best == NULL || view->lanes[i]->key < best->key))
            best = view->lanes[i];
    return best;
}

/* 1 .. 100. Calls of one hash meet the same level; without a hash it costs a draw. */
static uint32_t draw_ticket(struct ek_channel *ch, uint64_t hash)
{
    return 1 + (hash != 0 ? (uint32_t)(ek_mix64(hash) % 100)
                          : ek_rng_below(&ch->select.choice_rng, 100));
}

static bool is_one_level(const struct ek__view *view, uint32_t *level, bool *is_warned)
{
    for (uint32_t i = 0; i < view->level_count; i++) {
        *level = i;
        *is_warned = view->levels[i].degraded_load == 100;
        if (view->levels[i].healthy_load == 100 || *is_warned)
            return true;
    }
    return false;
}

struct ek__lane *ek__view_lane(struct ek_channel *ch, struct ek__view *view, uint64_t hash,
                               bool *is_panicking)
{
    uint32_t level = 0, lane = view->single, zone;
    bool is_warned = false;
    enum ek__kind kind;
    struct ek__lanes_of *of;
    struct ek__zone *zones;

    *is_panicking = false;
    if (lane != EK__NOTHING)
        return view->lanes[lane];
    if (!is_one_level(view, &level, &is_warned))
        level = ek__priority_of(view->levels, view->level_count, draw_ticket(ch, hash), &is_warned);
    *is_panicking = view->levels[level].is_panicking;
    kind = *is_panicking ? EK__KIND_ALL : is_warned ? EK__KIND_DEGRADED : EK__KIND_HEALTHY;
    of = &view->lanes_of[level][kind];
    lane = of->lane;
    if (of->division != EK__DIVISION_NONE) {
        zones = &view->zones[zone_index(view, kind, level, 0)];
        zone = of->division == EK__DIVISION_WEIGHTED
                   ? ek__zones_turn(zones, view->zone_count, &of->order)
                   : ek__zones_route(zones, view->zone_count, &view->plan, &ch->select.choice_rng);
        lane = view->zone_lanes[zone_index(view, kind, level, zone)];
    }
    return lane != EK__NOTHING && view->lanes[lane]->count > 0 ? view->lanes[lane] : any_lane(view);
}

/* ---- hope ---- */

bool ek__view_has_hope(struct ek_channel *ch, struct ek__view *view)
{
    if (view->hoped_at == ch->select.states)
        return view->has_hope;
    view->has_hope = false;
    for (size_t i = 0; i < view->count && !view->has_hope; i++) {
        const struct ek__endpoint *e = ch->endpoints[view->seats[i].endpoint];

        view->has_hope =
            e->is_awaited ||
            (is_unknown(e) && (e->state == EK_CONN_IDLE || e->state == EK_CONN_CONNECTING));
    }
    view->has_hope &= !ch->config->connection.on_demand;
    view->hoped_at = ch->select.states;
    return view->has_hope;
}

void ek__view_close(struct ek_channel *ch, struct ek__view *view)
{
    for (size_t i = 0; i < view->lane_count; i++)
        ek__lane_free(ch, view->lanes[i]);
    for (size_t i = 0; i < view->count; i++)
        view->seats[i].lane = NULL;
    view->lane_count = view->candidate_count = 0;
    view->single = EK__NOTHING;
    view->refreshed_at = 0;
}

void ek__view_free(struct ek_channel *ch, struct ek__view *view)
{
    ek_mem_free(ch->mem, view->lanes);
    ek_mem_free(ch->mem, view->seats);
    ek_mem_free(ch->mem, view->zones);
    ek_mem_free(ch->mem, view->zone_lanes);
    ek__subset_free(ch, &view->subset);
    ek_mem_free(ch->mem, view);
}
