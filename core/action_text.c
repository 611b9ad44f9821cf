/* What actions say in words. */
#include "core/channel.h"

#include <inttypes.h>
#include <stdio.h>

static const char *finish_text(struct ek_channel *ch, const struct ek__output *output)
{
    const struct ek_action *action = &output->action;
    const struct ek__endpoint *e = ek__endpoint(ch, action->endpoint);
    const char *address = e != NULL ? e->address : "an endpoint that is gone";
    const char *error = e != NULL ? e->error : "";
    size_t size = sizeof ch->text;

    switch (output->reason) {
    case EK__REASON_SERVER:
        snprintf(ch->text, size, "%s: %s", address, error);
        break;
    case EK__REASON_NO_ENDPOINTS:
        snprintf(ch->text, size, "name resolver error: produced zero addresses");
        break;
    case EK__REASON_RESOLVER:
        snprintf(ch->text, size, "name resolver error: %s", ch->resolver_error);
        break;
    case EK__REASON_CONNECTIONS:
        ek__subchannel_error_text(ch, ch->text, size);
        break;
    case EK__REASON_EJECTED:
        snprintf(ch->text, size, "all %zu endpoints are ejected by outlier detection",
                 ch->listed_count);
        break;
    case EK__REASON_POLICY:
        snprintf(ch->text, size, "the load balancing policy failed the call");
        break;
    case EK__REASON_DEADLINE_SENT:
        snprintf(ch->text, size, "deadline exceeded while waiting for %s to answer", address);
        break;
    case EK__REASON_DEADLINE_QUEUED:
        snprintf(ch->text, size, "deadline exceeded while waiting for connections to become ready");
        break;
    case EK__REASON_SUBSET:
    case EK__REASON_PANIC:
        ek__eligible_error_text(ch, output, ch->text, size);
        break;
    case EK__REASON_ATTEMPT_TIMEOUT:
        snprintf(ch->text, size, "%s did not answer within the attempt's own timeout", address);
        break;
    case EK__REASON_LIMIT_REQUESTS:
        snprintf(ch->text, size, "overflow: %" PRId64 " requests of this channel are in flight",
                 ch->config->limits.requests_max);
        break;
    case EK__REASON_LIMIT_ENDPOINT:
        snprintf(ch->text, size, "overflow: %" PRId64 " requests are in flight at the endpoint",
                 ch->config->limits.endpoint_requests_max);
        break;
    case EK__REASON_LIMIT_PENDING:
        snprintf(ch->text, size, "overflow: %" PRId64 " calls wait for an endpoint",
                 ch->config->limits.pending_max);
        break;
    case EK__REASON_REJECTED:
        snprintf(ch->text, size, "rejected by the client: too many of its requests are refused");
        break;
    case EK__REASON_UNHEALTHY:
        ek__health_error_text(ch, ch->text, size);
        break;
    case EK__REASON_TRANSPARENT:
        snprintf(ch->text, size, "too many transparent retries");
        break;
    case EK__REASON_CONFIG:
        snprintf(ch->text, size, "error parsing service config: %s", ch->config_error);
        break;
    case EK__REASON_NONE:
        return NULL;
    }
    return ch->text;
}

/* Texts are made when an action is pulled: most are never looked at. */
const char *ek__action_text(struct ek_channel *ch, const struct ek__output *output)
{
    const struct ek_action *action = &output->action;
    const struct ek__endpoint *e = ek__endpoint(ch, action->endpoint);

    if (action->kind == EK_ACTION_FINISH)
        return action->status == EK_STATUS_OK ? NULL : finish_text(ch, output);
    if (action->kind == EK_ACTION_CONNECT)
        return e != NULL ? e->address : NULL;
    if (action->kind == EK_ACTION_CANCEL)
        return action->status == EK_STATUS_CANCELLED ? "another attempt decided the call"
               : e != NULL && action->status == EK_STATUS_UNAVAILABLE ? e->error
                                                                      : "deadline exceeded";
    if (action->kind != EK_ACTION_NOTE || action->text != NULL)
        return action->text;
    if (action->note == EK_NOTE_ENDPOINT_ADDED || action->note == EK_NOTE_ENDPOINT_REMOVED)
        return e != NULL ? e->address : NULL;
    if (action->note == EK_NOTE_UNHEALTHY ||
        (action->note == EK_NOTE_SUBCHANNEL_STATE && action->to == EK_CONN_TRANSIENT_FAILURE))
        return e != NULL ? e->error : NULL;
    return NULL;
}
