/* What actions say in words. */
#include "core/channel.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Appends; what does not fit is cut. */
static void add(char *out, size_t size, const char *format, ...) EK_PRINTF(3, 4);

static void add(char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list args;

    va_start(args, format);
    vsnprintf(out + used, size - used, format, args);
    va_end(args);
}

/* ---- why nobody can be picked ---- */

/* Some are connected, and none of those may be used. */
static void unusable_text(const struct ek_channel *ch, char *out, size_t size)
{
    size_t unconnected =
        ch->config->connection.on_demand ? 0 : ch->listed_count - ch->state_counts[EK_CONN_READY];
    const struct {
        size_t count;
        const char *what;
    } parts[] = {{unconnected, "not connected"},
                 {ch->ejected_count, "ejected by outlier detection"},
                 {ch->unhealthy_count, "failing health checks"}};
    const char *comma = "";

    add(out, size, "none of %zu endpoints can be used: ", ch->listed_count);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].count == 0)
            continue;
        add(out, size, "%s%zu %s", comma, parts[i].count, parts[i].what);
        comma = ", ";
    }
}

static void connection_error_text(struct ek_channel *ch, char *out, size_t size)
{
    const struct ek__endpoint *failed = ek__endpoint(ch, ch->last_failed);

    if (failed != NULL && failed->state != EK_CONN_READY)
        add(out, size, "; last connection error: %s: %s", failed->address, failed->error);
}

static void health_error_text(struct ek_channel *ch, char *out, size_t size)
{
    const struct ek__endpoint *e = ek__endpoint(ch, ch->last_unhealthy);

    if (e != NULL && e->is_unhealthy)
        add(out, size, "; last health check: %s: %s", e->address, e->error);
}

/* The last error of the first in the list stands for those of all. Since the call ended the turn
 * may have emptied the list. */
static void ejected_text(struct ek_channel *ch, char *out, size_t size)
{
    const struct ek__endpoint *e = ch->listed_count > 0 ? ek__endpoint(ch, ch->listed[0]) : NULL;

    if (e == NULL) {
        add(out, size, "all endpoints were ejected by outlier detection");
        return;
    }
    add(out, size,
        "all %zu endpoints are ejected by outlier detection (maxEjectionPercent %" PRId64 ")",
        ch->listed_count, ch->config->outlier.ejection_max_percent);
    if (e->error[0] != '\0')
        add(out, size, "; last error of %s: %s", e->address, e->error);
}

static void nobody_text(struct ek_channel *ch, enum ek__reason reason, char *out, size_t size)
{
    switch ((int)reason) {
    case EK__REASON_CONFIG:
        add(out, size, "error parsing service config: %s", ch->config_error);
        break;
    case EK__REASON_RESOLVER:
        add(out, size, "name resolver error: %s", ch->resolver_error);
        break;
    case EK__REASON_NO_ENDPOINTS:
        add(out, size, "no children to pick from: name resolution (%s) produced zero addresses",
            ch->resolver->name);
        break;
    case EK__REASON_EJECTED:
        ejected_text(ch, out, size);
        break;
    case EK__REASON_UNHEALTHY:
        add(out, size, "no endpoint is healthy (0 of %zu)", ch->listed_count);
        health_error_text(ch, out, size);
        break;
    case EK__REASON_UNUSABLE:
        unusable_text(ch, out, size);
        health_error_text(ch, out, size);
        connection_error_text(ch, out, size);
        break;
    default:
        add(out, size, "no endpoint is connected (0 of %zu)", ch->listed_count);
        connection_error_text(ch, out, size);
    }
}

/* gRPC's "latest balancer error". */
static void queued_text(struct ek_channel *ch, char *out, size_t size)
{
    add(out, size, "deadline exceeded while waiting for connections to become ready; ");
    if (ch->config_error[0] != '\0')
        nobody_text(ch, EK__REASON_CONFIG, out, size);
    else if (!ch->has_list && ch->resolver_error[0] == '\0')
        add(out, size, "name resolution (%s) has not answered yet", ch->resolver->name);
    else
        nobody_text(ch, ek__eligible_reason(ch), out + strlen(out), size - strlen(out));
}

/* ---- why a call failed ---- */

static void limit_text(const struct ek_channel *ch, enum ek__reason reason, char *out, size_t size)
{
    const struct ek_limits_config *limits = &ch->config->limits;

    if (reason == EK__REASON_LIMIT_REQUESTS)
        add(out, size, "overflow: %" PRId64 " requests of this channel are in flight (maxRequests)",
            limits->requests_max);
    else if (reason == EK__REASON_LIMIT_ENDPOINT)
        add(out, size,
            "overflow: %" PRId64
            " requests of this channel are in flight at the endpoint (maxRequestsPerEndpoint)",
            limits->endpoint_requests_max);
    else
        add(out, size, "overflow: %" PRId64 " calls wait for an endpoint (maxPendingRequests)",
            limits->pending_max);
}

static void unretried_text(const struct ek_channel *ch, const struct ek__output *output, char *out,
                           size_t size)
{
    switch ((enum ek__unretried)output->unretried) {
    case EK__UNRETRIED_NONE:
        break;
    case EK__UNRETRIED_ATTEMPTS:
        add(out, size, "; max retries exhausted: failed after %" PRId64 " attempts",
            (int64_t)output->action.number);
        break;
    case EK__UNRETRIED_PUSHBACK:
        add(out, size, "; not retried: the server's pushback forbids it");
        break;
    case EK__UNRETRIED_THROTTLE:
        add(out, size,
            "; not retried: throttled, no more than half of %" PRId64 " tokens are left "
            "(retryThrottling)",
            ch->config->throttling.tokens_max / 1000);
        break;
    case EK__UNRETRIED_BUDGET:
        add(out, size, "; not retried: no more retries may be under way (retryBudget, maxRetries)");
        break;
    case EK__UNRETRIED_LATE:
        add(out, size, "; not retried: the next attempt would begin after the deadline");
        break;
    }
}

static void finish_text(struct ek_channel *ch, const struct ek__output *output, char *out,
                        size_t size)
{
    const struct ek_action *action = &output->action;
    const struct ek__endpoint *e = ek__endpoint(ch, action->endpoint);
    const char *address = e != NULL ? e->address : "an endpoint that is gone";
    const char *error = e != NULL ? e->error : "";
    enum ek__reason reason = output->reason;

    switch (reason) {
    case EK__REASON_SERVER:
        add(out, size, "%s: %s", address, error);
        break;
    case EK__REASON_NO_ENDPOINTS:
    case EK__REASON_RESOLVER:
    case EK__REASON_CONNECTIONS:
    case EK__REASON_EJECTED:
    case EK__REASON_UNHEALTHY:
    case EK__REASON_UNUSABLE:
    case EK__REASON_CONFIG:
        nobody_text(ch, reason, out, size);
        break;
    case EK__REASON_POLICY:
        add(out, size, "%s cannot pick: %s", ch->picker.ops->name,
            action->status == EK_STATUS_RESOURCE_EXHAUSTED ? "out of memory"
                                                           : "none of its children has an endpoint "
                                                             "that it may use");
        break;
    case EK__REASON_DEADLINE_SENT:
        add(out, size, "deadline exceeded while waiting for %s to answer", address);
        break;
    case EK__REASON_DEADLINE_QUEUED:
        queued_text(ch, out, size);
        break;
    case EK__REASON_DEADLINE_WAITING:
        add(out, size, "deadline exceeded before the next attempt; last error: %s: %s", address,
            error);
        break;
    case EK__REASON_SUBSET:
    case EK__REASON_PANIC:
        ek__eligible_error_text(ch, output, out, size);
        break;
    case EK__REASON_ATTEMPT_TIMEOUT:
        add(out, size, "%s did not answer within the attempt's own timeout", address);
        break;
    case EK__REASON_LIMIT_REQUESTS:
    case EK__REASON_LIMIT_ENDPOINT:
    case EK__REASON_LIMIT_PENDING:
        limit_text(ch, reason, out, size);
        break;
    case EK__REASON_REJECTED:
        add(out, size,
            "rejected by the client: too many of its requests are refused "
            "(adaptiveThrottling)");
        break;
    case EK__REASON_TRANSPARENT:
        add(out, size, "too many transparent retries; last error: %s: %s", address, error);
        break;
    case EK__REASON_NONE:
        break;
    }
}

static const char *text_of_finish(struct ek_channel *ch, const struct ek__output *output)
{
    ch->text[0] = '\0';
    if (output->action.status == EK_STATUS_OK || output->reason == EK__REASON_NONE)
        return NULL;
    finish_text(ch, output, ch->text, sizeof ch->text);
    unretried_text(ch, output, ch->text, sizeof ch->text);
    return ch->text;
}

/* Texts are made when an action is pulled: most are never looked at. */
const char *ek__action_text(struct ek_channel *ch, const struct ek__output *output)
{
    const struct ek_action *action = &output->action;
    const struct ek__endpoint *e = ek__endpoint(ch, action->endpoint);

    if (action->kind == EK_ACTION_FINISH)
        return text_of_finish(ch, output);
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
