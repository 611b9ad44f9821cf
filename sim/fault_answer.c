/* What a scripted error says of trying again. */
#include "sim/world.h"

#include "evenkeel/time.h"

void ek__fault_answers(const struct ek__world *world, uint32_t number, struct ek_event *event)
{
    const struct ek_fault *faults = world->scenario->faults.items;
    const struct ek_fault *fault = &faults[number - 1];

    if (fault->has_pushback) {
        event->has_pushback = true;
        event->pushback_ms = fault->pushback_ns / EK_MS;
    }
    switch ((enum ek_fault_retry)fault->retry) {
    case EK_FAULT_RETRY_OPEN:
        break;
    case EK_FAULT_RETRY_NEVER:
        event->has_pushback = true;
        event->pushback_ms = -1;
        break;
    case EK_FAULT_RETRY_UNPROCESSED:
        event->unprocessed = EK_NOT_PROCESSED;
        break;
    }
}
