/* Lanes: an instance of the policy, and the dense array of candidates that it sees. */
#include "core/channel.h"

/* ---- life ---- */

static void self_free(struct ek_channel *ch, struct ek__lane *lane)
{
    const struct ek_lb_ops *ops = ch->picker.ops;

    if (lane->self == NULL)
        return;
    if (ops->deinit != NULL)
        ops->deinit(lane->self);
    if (ops->options != NULL)
        ek_option_release(ops->options, lane->self);
    ek_mem_free(ch->mem, lane->self);
    lane->self = NULL;
}

/* For policies that divide endpoints. */
static bool describe(const void *context, uint32_t id, struct ek_described *out)
{
    const struct ek_channel *ch = context;
    const struct ek__endpoint *e = id < ch->endpoint_count ? ch->endpoints[id] : NULL;

    if (e == NULL)
        return false;
    *out = (struct ek_described){
        .locality =
            e->locality < ch->select.locality_count ? ch->select.localities[e->locality] : NULL,
        .labels = e->labels,
        .labels_size = e->labels_size,
        .priority = e->priority,
    };
    return true;
}

static enum ek_err self_start(struct ek_channel *ch, struct ek__lane *lane, struct ek_rng *rng,
                              struct ek_errors *errors)
{
    const struct ek_lb_ops *ops = ch->picker.ops;
    size_t complaints = errors->count;

    lane->self = ek_mem_zeroed(ch->mem, 1, ops->self_size + 1);
    if (lane->self == NULL)
        return EK_ENOMEM;
    if (ops->options != NULL)
        ek_option_read(ops->options, ch->config->lb_options, "", lane->self, errors);
    if (errors->count > complaints)
        return EK_EINVAL;
    if (ops->init == NULL)
        return EK_OK;
    return ops->init(lane->self, &(struct ek_lb_start){rng, ch->select.id, ch->mem, describe, ch});
}

enum ek_err ek__lane_new(struct ek_channel *ch, struct ek_rng *rng, struct ek_errors *errors,
                         struct ek__lane **out)
{
    struct ek__lane *lane = ek_mem_zeroed(ch->mem, 1, sizeof *lane);
    enum ek_err err;

    if (lane == NULL)
        return EK_ENOMEM;
    err = self_start(ch, lane, rng, errors);
    if (err == EK_OK)
        *out = lane;
    else
        ek__lane_free(ch, lane);
    return err;
}

void ek__lane_free(struct ek_channel *ch, struct ek__lane *lane)
{
    self_free(ch, lane);
    ek_mem_free(ch->mem, lane->candidates);
    lane->candidates = NULL;
    lane->count = lane->capacity = 0;
    if (lane->attempts > 0) { /* they point here until they end */
        lane->next_left = ch->select.left;
        ch->select.left = lane;
        return;
    }
    ek_mem_free(ch->mem, lane);
}

/* ---- candidates ---- */

bool ek__lane_add(struct ek_channel *ch, struct ek__lane *lane, struct ek__endpoint *e,
                  struct ek__seat *seat)
{
    void *candidates = lane->candidates;

    if (!ek_mem_grow(ch->mem, &candidates, &lane->capacity, lane->count + 1,
                     sizeof *lane->candidates))
        return false;
    lane->candidates = candidates;
    seat->lane = lane;
    seat->place = (uint32_t)lane->count;
    lane->candidates[lane->count++] = (struct ek_candidate){
        .state = e->lb_state,
        .address = e->address,
        .id = e->number,
        .place = seat->place,
        .weight = ek__slow_start_weight(ch, e),
        .in_flight = e->in_flight,
    };
    return true;
}

bool ek__lane_build(struct ek_channel *ch, struct ek__lane *lane)
{
    const struct ek_lb_ops *ops = ch->picker.ops;

    if (!lane->is_built)
        lane->is_built = ops->rebuild == NULL ||
                         ops->rebuild(lane->self, lane->candidates, (uint32_t)lane->count) == EK_OK;
    return lane->is_built;
}

/* ---- attempts ---- */

void ek__lane_started(struct ek_channel *ch, struct ek__lane *lane, struct ek__endpoint *e)
{
    const struct ek_lb_ops *ops = ch->picker.ops;

    lane->attempts++;
    if (ops->started != NULL)
        ops->started(lane->self, e->lb_state, ch->now);
}

void ek__lane_finished(struct ek_channel *ch, struct ek__lane *lane, struct ek__endpoint *e,
                       const struct ek_outcome *outcome)
{
    const struct ek_lb_ops *ops = ch->picker.ops;

    lane->attempts--;
    if (lane->self != NULL && ops->finished != NULL)
        ops->finished(lane->self, e->lb_state, outcome, ch->now);
}
