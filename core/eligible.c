/* Who may be picked: fitness, and the way of a call to a lane and its policy. */
#include "core/channel.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- fitness ---- */

/* What panic leaves: it can be sent to, healthy or not. Whoever waits for its first probe is
 * neither yet. */
bool ek__eligible_is_usable(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    return e->is_listed && !e->is_awaited &&
           (e->state == EK_CONN_READY || ch->config->connection.on_demand);
}

bool ek__eligible_is_fit(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    return ek__eligible_is_usable(ch, e) && !e->is_ejected && !e->is_unhealthy;
}

bool ek__eligible_can_panic(const struct ek_channel *ch)
{
    const struct ek_selection_config *selection = &ch->config->selection;

    return selection->panic_ppm > 0 && !selection->fails_on_panic &&
           (ch->config->connection.on_demand ? ch->listed_count : ch->state_counts[EK_CONN_READY]) >
               ch->awaited_count;
}

/* Shares and panic depend on more than who is fit. */
static bool is_staged(const struct ek_channel *ch)
{
    const struct ek_selection_config *selection = &ch->config->selection;

    return selection->has_priorities || selection->has_degraded || selection->panic_ppm > 0 ||
           selection->localities != EK_LOCALITY_OFF;
}

void ek__eligible_changed(struct ek_channel *ch, const struct ek__endpoint *e, bool was_fit)
{
    bool is_fit = ek__eligible_is_fit(ch, e);

    ch->select.states++;
    if (is_fit != was_fit)
        ch->fit_count += is_fit ? 1 : UINT32_MAX;
    if (is_fit != was_fit || is_staged(ch))
        ch->picker.is_stale = true;
}

void ek__eligible_listed(struct ek_channel *ch)
{
    ch->select.listed++;
    ch->select.states++;
    ch->picker.is_stale = true;
}

void ek__eligible_load_changed(const struct ek__endpoint *e)
{
    for (const struct ek__seat *seat = e->seats; seat != NULL; seat = seat->next)
        if (seat->lane != NULL)
            seat->lane->candidates[seat->place].in_flight = e->in_flight;
}

/* ---- retries ---- */

static bool was_tried(const struct ek__call *call, uint32_t number)
{
    for (uint32_t i = 0; i < call->tried_count; i++)
        if (call->tried[i] == number)
            return true;
    return false;
}

static size_t count_untried(const struct ek__lane *lane, const struct ek__call *call)
{
    size_t count = 0;

    for (size_t i = 0; i < lane->count; i++)
        count += !was_tried(call, lane->candidates[i].id);
    return count;
}

/* A retry goes to another lane if this one has nobody new, and another one has. */
static struct ek__lane *lane_for_retry(const struct ek_channel *ch, const struct ek__view *view,
                                       struct ek__lane *lane, const struct ek__call *call)
{
    bool may_panic = !ch->config->selection.fails_on_panic;
    struct ek__lane *best = lane;

    if (call->tried_count == 0 || lane->count == view->candidate_count ||
        count_untried(lane, call) > 0)
        return lane;
    for (size_t i = 0; i < view->lane_count; i++) {
        struct ek__lane *other = view->lanes[i];

        if ((best == lane || other->key < best->key) && (may_panic || !ek__lane_is_panic(other)) &&
            count_untried(other, call) > 0)
            best = other;
    }
    return best;
}

/* A retry does not see the endpoints that failed it, as long as another one is left. */
static size_t untried(struct ek_channel *ch, const struct ek__lane *lane,
                      const struct ek__call *call)
{
    struct ek__picker *picker = &ch->picker;
    void *left = picker->untried;
    size_t count = 0;

    if (call->tried_count == 0 || !ek_mem_grow(ch->mem, &left, &picker->untried_capacity,
                                               lane->count, sizeof *picker->untried))
        return 0;
    picker->untried = left;
    for (size_t i = 0; i < lane->count; i++)
        if (!was_tried(call, lane->candidates[i].id))
            picker->untried[count++] = lane->candidates[i];
    return count;
}

/* ---- the pick ---- */

/* Why nothing can be picked, when the channel is failing. */
enum ek__reason ek__eligible_reason(const struct ek_channel *ch)
{
    if (!ch->has_list)
        return EK__REASON_RESOLVER;
    if (ch->listed_count == 0)
        return EK__REASON_NO_ENDPOINTS;
    if (ch->ejected_count == ch->listed_count)
        return EK__REASON_EJECTED;
    if (ch->state_counts[EK_CONN_READY] == 0 && !ch->config->connection.on_demand)
        return EK__REASON_CONNECTIONS;
    return ch->unhealthy_count == ch->listed_count ? EK__REASON_UNHEALTHY : EK__REASON_UNUSABLE;
}

static struct ek_pick fail(struct ek__call *call, enum ek__reason reason, enum ek_status status)
{
    call->reason = (uint8_t)reason;
    return (struct ek_pick){.kind = EK_PICK_FAIL, .status = status};
}

/* Nobody of `view` may be picked. */
static struct ek_pick pick_nobody(struct ek_channel *ch, struct ek__call *call,
                                  struct ek__view *view)
{
    bool is_failing = view == ch->select.views[0] ? ch->state == EK_CONN_TRANSIENT_FAILURE
                                                  : !ek__view_has_hope(ch, view);

    return is_failing ? fail(call, ek__eligible_reason(ch), EK_STATUS_UNAVAILABLE)
                      : (struct ek_pick){.kind = EK_PICK_QUEUE};
}

static struct ek_pick pick_in(struct ek_channel *ch, struct ek__call *call, struct ek__lane *lane)
{
    struct ek__picker *picker = &ch->picker;
    const struct ek_request request = {.hash = call->hash};
    const struct ek_candidate *from = lane->candidates;
    size_t count;
    struct ek_pick pick;

    if (!ek__lane_build(ch, lane))
        return fail(call, EK__REASON_POLICY, EK_STATUS_RESOURCE_EXHAUSTED);
    count = untried(ch, lane, call);
    if (count > 0)
        from = picker->untried;
    else
        count = lane->count;
    if (ch->trace.is_on && ch->trace.token == call->token)
        ek__trace_pick(ch, lane, from, (uint32_t)count);
    pick = picker->ops->pick(lane->self, from, (uint32_t)count, &request, &picker->rng, ch->now);
    call->reason = EK__REASON_POLICY;
    picker->lane = lane;
    if (pick.kind == EK_PICK_ENDPOINT)
        pick.index = from[pick.index].id;
    return pick;
}

static struct ek_pick pick_from(struct ek_channel *ch, struct ek__call *call, uint32_t number)
{
    struct ek__view *view;
    struct ek__lane *lane;
    bool is_panicking;

    if (number == EK__NOTHING)
        return fail(call, EK__REASON_SUBSET, EK_STATUS_UNAVAILABLE);
    view = ch->select.views[number];
    if (!ek__view_refresh(ch, view))
        return fail(call, EK__REASON_POLICY, EK_STATUS_RESOURCE_EXHAUSTED);
    if (view->candidate_count == 0)
        return pick_nobody(ch, call, view);
    lane = ek__view_lane(ch, view, call->hash, &is_panicking);
    lane = lane_for_retry(ch, view, lane, call);
    is_panicking = is_panicking || ek__lane_is_panic(lane);
    ch->stats.panic_picks += is_panicking;
    if (is_panicking && ch->config->selection.fails_on_panic)
        return fail(call, EK__REASON_PANIC, EK_STATUS_UNAVAILABLE);
    return pick_in(ch, call, lane);
}

/* EK_PICK_ENDPOINT gives the endpoint's number as index. */
struct ek_pick ek__eligible_pick(struct ek_channel *ch, struct ek__call *call)
{
    struct ek_pick pick;

    if (ch->picker.is_stale) {
        ch->picker.is_stale = false;
        ch->select.fitness++;
    }
    if (ch->has_list && ch->listed_count > 0)
        pick = pick_from(ch, call, ek__subset_view(ch, call->subset));
    else
        pick = pick_nobody(ch, call, ch->select.views[0]);
    if (pick.kind == EK_PICK_FAIL && call->method->wait_for_ready)
        pick.kind = EK_PICK_QUEUE;
    return pick;
}

void ek__eligible_error_text(const struct ek_channel *ch, const struct ek__output *output,
                             char *out, size_t size)
{
    if (output->reason == EK__REASON_SUBSET)
        ek__subset_text(ch, output->subset, out, size);
    else
        snprintf(out, size,
                 "panic: of %zu endpoints too few are healthy (%" PRIu32
                 " can be used), and failOnPanic is set",
                 ch->listed_count, ch->fit_count);
}

/* ---- life ---- */

void ek__eligible_init(struct ek_channel *ch, const struct ek_channel_config *config)
{
    struct ek__select *select = &ch->select;

    ch->picker.rng = ek_rng_derive(config->seed, "pick", config->id);
    select->lane_rng = ek_rng_derive(config->seed, "lane", config->id);
    select->choice_rng = ek_rng_derive(config->seed, "select", config->id);
    select->canary_rng = ek_rng_derive(config->seed, "canary", config->id);
    select->id = config->id;
    select->canary_ppm = select->canary_config_ppm = ch->config->selection.canary.share_ppm;
    select->listed = select->fitness = select->states = 1;
    select->own_locality = ek__locality_number(ch, config->locality);
}

enum ek_err ek__eligible_start(struct ek_channel *ch, struct ek_errors *errors)
{
    struct ek__view *all;
    void *lanes;
    enum ek_err err;

    ch->picker.ops = ch->config->lb;
    ch->picker.is_stale = true;
    ek__review_again(ch);
    err = ek__subsets_start(ch);
    if (err != EK_OK)
        return err;
    all = ch->select.views[0];
    lanes = all->lanes;
    if (!ek_mem_grow(ch->mem, &lanes, &all->lane_capacity, 1, sizeof *all->lanes))
        return EK_ENOMEM;
    all->lanes = lanes;
    err = ek__lane_new(ch, &ch->picker.rng, errors, &all->lanes[0]);
    all->lane_count = err == EK_OK;
    return err == EK_OK && !ek__canary_start(ch) ? EK_ENOMEM : err;
}

void ek__eligible_stop(struct ek_channel *ch)
{
    for (size_t i = 0; i < ch->select.view_count; i++)
        ek__view_close(ch, ch->select.views[i]);
    ch->picker.lane = NULL;
    ch->picker.is_stale = true;
}

void ek__eligible_deinit(struct ek_channel *ch)
{
    struct ek__select *select = &ch->select;

    ek__eligible_stop(ch);
    for (size_t i = 0; i < select->view_count; i++)
        ek__view_free(ch, select->views[i]);
    while (select->left != NULL) {
        struct ek__lane *lane = select->left;

        select->left = lane->next_left;
        ek_mem_free(ch->mem, lane);
    }
    ek_mem_free(ch->mem, select->views);
    ek_mem_free(ch->mem, ch->picker.untried);
    ek__review_deinit(ch);
    ek__canary_deinit(ch);
    ek__localities_deinit(ch);
}
