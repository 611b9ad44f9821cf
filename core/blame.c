/* What a call that failed is put down to, when not to an attempt of its own. */
#include "core/channel.h"

/* A call that waited in vain waited for what a call of now would fail of. */
static enum ek__reason reason_of(const struct ek_channel *ch, const struct ek__call *call)
{
    return call->reason == EK__REASON_DEADLINE_QUEUED ? ek__eligible_reason(ch)
                                                      : (enum ek__reason)call->reason;
}

enum ek_blame ek__call_blame(const struct ek_channel *ch, const struct ek__call *call)
{
    switch (reason_of(ch, call)) {
    case EK__REASON_NO_ENDPOINTS:
    case EK__REASON_RESOLVER:
    case EK__REASON_SUBSET:
        return EK_BLAME_LIST;
    case EK__REASON_CONNECTIONS:
        return EK_BLAME_CONNECTION;
    case EK__REASON_EJECTED:
        return EK_BLAME_EJECTION;
    case EK__REASON_UNHEALTHY:
        return EK_BLAME_HEALTH;
    case EK__REASON_PANIC:
    case EK__REASON_UNUSABLE:
        return EK_BLAME_FITNESS;
    case EK__REASON_REJECTED:
        return EK_BLAME_FAILURES;
    case EK__REASON_CONFIG:
        return EK_BLAME_CONFIG;
    case EK__REASON_NONE:
    case EK__REASON_SERVER:
    case EK__REASON_POLICY:
    case EK__REASON_DEADLINE_SENT:
    case EK__REASON_DEADLINE_QUEUED:
    case EK__REASON_DEADLINE_WAITING:
    case EK__REASON_ATTEMPT_TIMEOUT:
    case EK__REASON_LIMIT_REQUESTS:
    case EK__REASON_LIMIT_ENDPOINT:
    case EK__REASON_LIMIT_PENDING:
    case EK__REASON_TRANSPARENT:
        break;
    }
    return EK_BLAME_CALL;
}
