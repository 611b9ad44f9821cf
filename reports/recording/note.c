/* What channels note, as records. */
#include "evenkeel/event.h"
#include "reports/recording/recording.h"

bool ek_record_names_call(enum ek_record_kind kind)
{
    return kind == EK_RECORD_RETRY || kind == EK_RECORD_THROTTLED || kind == EK_RECORD_HEDGE ||
           kind == EK_RECORD_TRANSPARENT || kind == EK_RECORD_OVERFLOW ||
           kind == EK_RECORD_REJECTED || kind == EK_RECORD_ATTEMPT_FAILED ||
           kind == EK_RECORD_CALL_FAILED;
}

void ek_record_of_note(const struct ek_action *note, struct ek_record *out)
{
    static const enum ek_record_kind kinds[EK_NOTE_COUNT] = {
        [EK_NOTE_CHANNEL_STATE] = EK_RECORD_CHANNEL_STATE,
        [EK_NOTE_SUBCHANNEL_STATE] = EK_RECORD_SUBCHANNEL_STATE,
        [EK_NOTE_ENDPOINTS] = EK_RECORD_RESOLVED,
        [EK_NOTE_ENDPOINT_ADDED] = EK_RECORD_ENDPOINT_ADDED,
        [EK_NOTE_ENDPOINT_REMOVED] = EK_RECORD_ENDPOINT_REMOVED,
        [EK_NOTE_RESOLVER_ERROR] = EK_RECORD_RESOLVER_ERROR,
        [EK_NOTE_EMPTY_IGNORED] = EK_RECORD_EMPTY_IGNORED,
        [EK_NOTE_EJECTED] = EK_RECORD_EJECTED,
        [EK_NOTE_RETURNED] = EK_RECORD_RETURNED,
        [EK_NOTE_RETRY] = EK_RECORD_RETRY,
        [EK_NOTE_THROTTLED] = EK_RECORD_THROTTLED,
        [EK_NOTE_CLOCK_BACKWARDS] = EK_RECORD_CLOCK_BACKWARDS,
        [EK_NOTE_NOT_EJECTED] = EK_RECORD_SPARED,
        [EK_NOTE_HEDGE] = EK_RECORD_HEDGE,
        [EK_NOTE_TRANSPARENT] = EK_RECORD_TRANSPARENT,
        [EK_NOTE_OVERFLOW] = EK_RECORD_OVERFLOW,
        [EK_NOTE_REJECTED] = EK_RECORD_REJECTED,
        [EK_NOTE_UNHEALTHY] = EK_RECORD_UNHEALTHY,
        [EK_NOTE_HEALTHY] = EK_RECORD_HEALTHY,
        [EK_NOTE_CONFIG] = EK_RECORD_CONFIG,
        [EK_NOTE_CONFIG_REFUSED] = EK_RECORD_CONFIG_REFUSED,
        [EK_NOTE_SHRINK_IGNORED] = EK_RECORD_SHRINK_IGNORED,
        [EK_NOTE_VIEW_AGED] = EK_RECORD_VIEW_AGED,
        [EK_NOTE_CANARY] = EK_RECORD_CANARY,
        [EK_NOTE_CANARY_IGNORED] = EK_RECORD_CANARY_IGNORED,
    };
    bool is_address =
        note->note == EK_NOTE_ENDPOINT_ADDED || note->note == EK_NOTE_ENDPOINT_REMOVED;

    out->kind = kinds[note->note];
    out->cause = note->cause;
    out->text = is_address ? NULL : note->text;
    out->a = note->value;
    out->b = note->number;
    switch ((int)note->note) {
    case EK_NOTE_CHANNEL_STATE:
    case EK_NOTE_SUBCHANNEL_STATE:
        out->a = note->from;
        out->b = note->to;
        break;
    case EK_NOTE_RETRY:
    case EK_NOTE_THROTTLED:
    case EK_NOTE_REJECTED:
        out->b = note->value;
        break;
    case EK_NOTE_NOT_EJECTED:
        out->a = note->from;
        break;
    case EK_NOTE_UNHEALTHY:
    case EK_NOTE_HEALTHY:
        out->a = note->number;
        out->b = 0;
        break;
    default:
        break;
    }
}
