/* Canary: a share of the calls that ask for nothing is made to ask for the new version. */
#include "core/channel.h"

#include "evenkeel/err.h"

/* A draw of its own per call, whatever the share is: changing it moves no other call. */
uint32_t ek__canary(struct ek_channel *ch, const struct ek_call *call)
{
    struct ek__select *select = &ch->select;
    uint64_t ticket;

    EK_ASSERT(call->subset == 0 || call->subset < select->view_count);
    if (call->subset != 0 || select->canary_subset == EK__NOTHING)
        return call->subset;
    if (ch->config->selection.canary.by_hash && call->hash != 0)
        ticket = (ek_mix64(call->hash) >> 32) * 1000000 >> 32;
    else
        ticket = ek_rng_below(&select->canary_rng, 1000000);
    return (int64_t)ticket < select->canary_ppm ? select->canary_subset : 0;
}

void ek_channel_set_canary(struct ek_channel *ch, int64_t share_ppm, ek_time now)
{
    EK_ASSERT(share_ppm >= 0 && share_ppm <= 1000000);
    ek__turn_begin(ch, now, 0);
    ch->select.canary_ppm = share_ppm;
    ek__turn_end(ch);
}
