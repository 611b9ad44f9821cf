/* HTTP, TCP and gRPC checks: looks that the owner takes for an agent. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake-consul/api/body.h"
#include "fake-consul/base/memory.h"
#include "fake-consul/state.h"

#define INTERVAL_MIN_NS EK__CONSUL_SECOND
#define TIMEOUT_NS      (10 * EK__CONSUL_SECOND)
#define GRACE_NS        EK__CONSUL_SECOND

enum {
    OUTPUT_MAX = 4096,
    HEADERS_MAX = 64
};

static void add_header(struct ek__consul_probing *probing, const char *name, const char *value)
{
    if (probing->header_count == HEADERS_MAX)
        return;
    probing->headers =
        ek__consul_resize(probing->headers, (probing->header_count + 1) * sizeof *probing->headers);
    probing->headers[probing->header_count++] =
        (struct ek_consul_header){ek__consul_copy(name), ek__consul_copy(value)};
}

/* The headers of the definition, with those that Consul adds unless they are there. */
static void set_headers(struct ek__consul_probing *probing, const json_t *headers)
{
    static const char *const always[][2] = {{"User-Agent", "Consul Health Check"},
                                            {"Accept", "text/plain, text/*, */*"}};
    json_t *object = (json_t *)(uintptr_t)headers;

    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const json_t *values = json_object_iter_value(at);

        for (size_t i = 0; i < json_array_size(values); i++) {
            const char *value = json_string_value(json_array_get(values, i));

            if (value)
                add_header(probing, json_object_iter_key(at), value);
        }
    }
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        bool found = false;

        for (size_t j = 0; j < probing->header_count; j++)
            found |= strcasecmp(probing->headers[j].name, always[i][0]) == 0;
        if (!found)
            add_header(probing, always[i][0], always[i][1]);
    }
}

void ek__consul_probing_setup(struct ek__consul_local_check *check,
                              const struct ek__consul_check_body *body)
{
    struct ek__consul_probing *probing = &check->probing;
    const char *target;

    if (!body || body->ttl > 0)
        return;
    target = body->http[0] ? body->http : body->tcp[0] ? body->tcp : body->grpc;
    if (!*target)
        return;
    probing->kind = body->http[0]  ? EK_CONSUL_PROBE_HTTP
                    : body->tcp[0] ? EK_CONSUL_PROBE_TCP
                                   : EK_CONSUL_PROBE_GRPC;
    probing->target = ek__consul_copy(target);
    probing->method = ek__consul_copy(body->method[0] ? body->method : "GET");
    probing->body = ek__consul_copy(body->body);
    if (probing->kind == EK_CONSUL_PROBE_HTTP)
        set_headers(probing, body->headers);
    probing->interval_ns = body->interval < INTERVAL_MIN_NS ? INTERVAL_MIN_NS : body->interval;
    probing->timeout_ns = body->timeout > 0 ? body->timeout : TIMEOUT_NS;
    probing->output_max = body->output_max > 0 ? (size_t)body->output_max : OUTPUT_MAX;
    probing->use_tls = body->use_tls;
    probing->skip_verify = body->skip_verify;
    /* The counters begin where they have to come to: the first result counts at once. */
    probing->successes = probing->successes_wanted = body->success_before_passing;
    probing->failures = probing->failures_wanted = body->failures_before_critical;
}

void ek__consul_probing_free(struct ek__consul_probing *probing)
{
    for (size_t i = 0; i < probing->header_count; i++) {
        free((char *)(uintptr_t)probing->headers[i].name);
        free((char *)(uintptr_t)probing->headers[i].value);
    }
    free(probing->headers);
    free(probing->target);
    free(probing->method);
    free(probing->body);
    *probing = (struct ek__consul_probing){0};
}

static void unqueue(struct ek_consul *consul, struct ek__consul_local_check *check)
{
    struct ek__consul_local_check **place = &consul->probes_first, *last = NULL;

    if (!check->probing.is_queued)
        return;
    while (*place != check) {
        last = *place;
        place = &last->probing.next;
    }
    *place = check->probing.next;
    if (consul->probes_last == check)
        consul->probes_last = last;
    check->probing.next = NULL;
    check->probing.is_queued = false;
}

static void queue(struct ek_consul *consul, struct ek__consul_local_check *check)
{
    *(consul->probes_last ? &consul->probes_last->probing.next : &consul->probes_first) = check;
    consul->probes_last = check;
    check->probing.is_queued = true;
    check->probing.id = ++consul->probe_id;
}

static void finish(struct ek_consul *consul, struct ek__consul_local_check *check,
                   const struct ek_consul_probe_result *result);

static void due(struct ek_consul *consul, void *owner)
{
    static const char *const errors[] = {
        [EK_CONSUL_PROBE_HTTP] = "context deadline exceeded (Client.Timeout exceeded while "
                                 "awaiting headers)",
        [EK_CONSUL_PROBE_TCP] = "i/o timeout",
        [EK_CONSUL_PROBE_GRPC] = "rpc error: code = DeadlineExceeded desc = context deadline "
                                 "exceeded"};
    struct ek__consul_local_check *check = owner;
    struct ek_consul_probe_result late = {.error = errors[check->probing.kind]};

    if (check->probing.is_pulled)
        finish(consul, check, &late);
    else if (!check->probing.is_queued)
        queue(consul, check);
}

void ek__consul_probing_start(struct ek_consul *consul, struct ek__consul_local_check *check)
{
    struct ek__consul_probing *probing = &check->probing;

    if (!probing->target)
        return;
    probing->timer.fire = due;
    probing->timer.owner = check;
    ek__consul_timer_arm(&consul->timers, &probing->timer,
                         consul->now + ek__consul_random_below(consul, EK__CONSUL_STREAM_PROBE,
                                                               probing->interval_ns));
}

void ek__consul_probing_stop(struct ek_consul *consul, struct ek__consul_local_check *check)
{
    ek__consul_timer_disarm(&consul->timers, &check->probing.timer);
    unqueue(consul, check);
    check->probing.is_pulled = false;
    check->probing.id = 0;
}

bool ek_consul_probe(struct ek_consul *consul, struct ek_consul_probe *out)
{
    struct ek__consul_local_check *check = consul->probes_first;
    struct ek__consul_probing *probing;

    if (!check)
        return false;
    unqueue(consul, check);
    probing = &check->probing;
    probing->is_pulled = true;
    ek__consul_timer_arm(&consul->timers, &probing->timer,
                         consul->now + probing->timeout_ns + GRACE_NS);
    *out = (struct ek_consul_probe){.id = probing->id,
                                    .agent = check->agent->number,
                                    .kind = probing->kind,
                                    .target = probing->target,
                                    .method = probing->method,
                                    .body = probing->body,
                                    .headers = probing->headers,
                                    .header_count = probing->header_count,
                                    .timeout_ns = probing->timeout_ns,
                                    .output_max_bytes = probing->output_max,
                                    .use_tls = probing->use_tls,
                                    .skip_verify = probing->skip_verify};
    return true;
}

/* ---- what a result means ---- */

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } rows[] = {{200, "OK"},
                {201, "Created"},
                {202, "Accepted"},
                {204, "No Content"},
                {301, "Moved Permanently"},
                {302, "Found"},
                {304, "Not Modified"},
                {400, "Bad Request"},
                {401, "Unauthorized"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {405, "Method Not Allowed"},
                {429, "Too Many Requests"},
                {500, "Internal Server Error"},
                {501, "Not Implemented"},
                {502, "Bad Gateway"},
                {503, "Service Unavailable"},
                {504, "Gateway Timeout"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].status == status)
            return rows[i].reason;
    }
    return "";
}

static enum ek__consul_status http_result(const struct ek__consul_probing *probing,
                                          const struct ek_consul_probe_result *result,
                                          struct ek__consul_text *output)
{
    size_t size = result->body ? result->body_size : 0;
    char *body;

    if (result->error) {
        ek__consul_text_char(output, probing->method[0]);
        for (const char *p = probing->method + 1; probing->method[0] && *p; p++)
            ek__consul_text_char(output, *p >= 'A' && *p <= 'Z' ? (char)(*p | 32) : *p);
        ek__consul_text_char(output, ' ');
        ek__consul_text_quoted(output, probing->target);
        ek__consul_text_add(output, ": ");
        ek__consul_text_add(output, result->error);
        return EK__CONSUL_CRITICAL;
    }
    ek__consul_text_add(output, "HTTP ");
    ek__consul_text_add(output, probing->method);
    ek__consul_text_char(output, ' ');
    ek__consul_text_add(output, probing->target);
    ek__consul_text_add(output, ": ");
    ek__consul_text_i64(output, result->status);
    ek__consul_text_char(output, ' ');
    ek__consul_text_add(output, reason_of(result->status));
    ek__consul_text_add(output, " Output: ");
    /* A buffer that goes round: of a long body its end is kept. */
    if (size > probing->output_max)
        body = ek__consul_copy_n(result->body + (size - probing->output_max), probing->output_max);
    else
        body = ek__consul_copy_n(result->body, size);
    ek__consul_text_add(output, body);
    free(body);
    return result->status >= 200 && result->status < 300 ? EK__CONSUL_PASSING
           : result->status == 429                       ? EK__CONSUL_WARNING
                                                         : EK__CONSUL_CRITICAL;
}

static enum ek__consul_status tcp_result(const struct ek__consul_probing *probing,
                                         const struct ek_consul_probe_result *result,
                                         struct ek__consul_text *output)
{
    ek__consul_text_add(output, result->error ? "dial tcp " : "TCP connect ");
    ek__consul_text_add(output, probing->target);
    ek__consul_text_add(output, ": ");
    ek__consul_text_add(output, result->error ? result->error : "Success");
    return result->error ? EK__CONSUL_CRITICAL : EK__CONSUL_PASSING;
}

static enum ek__consul_status grpc_result(const struct ek__consul_probing *probing,
                                          const struct ek_consul_probe_result *result,
                                          struct ek__consul_text *output)
{
    static const char *const names[] = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
    const char *service = strchr(probing->target, '/');

    if (result->error) {
        ek__consul_text_add(output, result->error);
        return EK__CONSUL_CRITICAL;
    }
    if (result->status == 1) {
        ek__consul_text_add(output, "gRPC check ");
        ek__consul_text_add(output, probing->target);
        ek__consul_text_add(output, ": success");
        return EK__CONSUL_PASSING;
    }
    ek__consul_text_add(output, "gRPC ");
    ek__consul_text_add(output, service ? service + 1 : "");
    ek__consul_text_add(output, " serving status: ");
    ek__consul_text_add(output,
                        names[result->status >= 0 && result->status < 4 ? result->status : 0]);
    return EK__CONSUL_CRITICAL;
}

/* Whether a result of this kind has now come often enough in a row to count. */
static bool counts(struct ek__consul_probing *probing, bool success)
{
    if (success) {
        probing->failures = 0;
        return ++probing->successes >= probing->successes_wanted;
    }
    probing->successes = 0;
    return ++probing->failures >= probing->failures_wanted;
}

static void finish(struct ek_consul *consul, struct ek__consul_local_check *check,
                   const struct ek_consul_probe_result *result)
{
    struct ek__consul_probing *probing = &check->probing;
    struct ek__consul_text output = {0};
    enum ek__consul_status status;

    probing->is_pulled = false;
    probing->id = 0;
    consul->cause = check->cause;
    status = probing->kind == EK_CONSUL_PROBE_HTTP  ? http_result(probing, result, &output)
             : probing->kind == EK_CONSUL_PROBE_TCP ? tcp_result(probing, result, &output)
                                                    : grpc_result(probing, result, &output);
    ek__consul_timer_arm(&consul->timers, &probing->timer, consul->now + probing->interval_ns);
    if (counts(probing, status != EK__CONSUL_CRITICAL)) {
        ek__consul_check_update(consul, check, status, output.data);
        ek__consul_agent_settle(consul, check->agent);
    }
    ek__consul_text_deinit(&output);
}

void ek_consul_probe_done(struct ek_consul *consul, uint64_t id,
                          const struct ek_consul_probe_result *result, int64_t now_ns)
{
    ek__consul_advance(consul, now_ns);
    for (uint32_t i = 0; i < consul->agent_count; i++) {
        const struct ek__consul_sorted *checks = &consul->agents[i]->checks;

        for (size_t j = 0; j < checks->count; j++) {
            struct ek__consul_local_check *check = checks->items[j];

            if (check->probing.is_pulled && check->probing.id == id) {
                finish(consul, check, result);
                return;
            }
        }
    }
}
