/* A trace in Chrome's JSON format, which Perfetto reads: calls and attempts as async events, since
 * they overlap; faults on tracks of their own; counters; flows from a fault to its detection and
 * the first ejection. */
#include "reports/explain/story.h"
#include "reports/export/export_formats.h"
#include "reports/export/json_text.h"

#include <inttypes.h>

enum {
    PID_CLIENTS = 1,
    PID_FAULTS = 2,
    PID_SERIES = 3
};

struct trace {
    FILE *out;
    const struct ek_replay *replay;
    const struct ek_results *results;
    bool has_any;
};

/* Opens an event with the members that all have. Times are microseconds. */
static void begin(struct trace *t, const char *phase, const char *name, int64_t at_ns, int pid,
                  uint32_t tid)
{
    fprintf(t->out, "%s{\"ph\":\"%s\",\"pid\":%d,\"tid\":%" PRIu32 ",\"ts\":%" PRId64 ".%03" PRId64,
            t->has_any ? ",\n" : "\n", phase, pid, tid, at_ns / 1000, at_ns % 1000);
    fputs(",\"name\":", t->out);
    ek__json_string(t->out, name);
    t->has_any = true;
}

static void put_duration(struct trace *t, int64_t ns)
{
    fprintf(t->out, ",\"dur\":%" PRId64 ".%03" PRId64, ns / 1000, ns % 1000);
}

static void name_it(struct trace *t, const char *what, const char *name, int pid, uint32_t tid)
{
    begin(t, "M", what, 0, pid, tid);
    fputs(",\"args\":{\"name\":", t->out);
    ek__json_string(t->out, name);
    fputs("}}", t->out);
}

static void put_names(struct trace *t)
{
    size_t count;
    const struct ek_replay_client *clients = ek_replay_clients(t->replay, &count);
    name_it(t, "process_name", "clients", PID_CLIENTS, 0);
    name_it(t, "process_name", "faults", PID_FAULTS, 0);
    name_it(t, "process_name", "series", PID_SERIES, 0);
    for (size_t i = 0; i < count; i++)
        name_it(t, "thread_name", clients[i].name, PID_CLIENTS, (uint32_t)i + 1);
    for (size_t f = 0; f < t->results->fault_count; f++)
        name_it(t, "thread_name", t->results->faults[f].id, PID_FAULTS, (uint32_t)f + 1);
}

static const char *endpoint_name(const struct trace *t, uint32_t endpoint)
{
    return endpoint < t->results->endpoint_count ? t->results->endpoint_names[endpoint]
                                                 : "no endpoint";
}

/* Both ends of something that may overlap others of its track. */
static void put_async(struct trace *t, const char *name, uint64_t call, uint32_t client,
                      int64_t start_ns, int64_t end_ns, const char *status)
{
    begin(t, "b", name, start_ns, PID_CLIENTS, client + 1);
    fprintf(t->out, ",\"cat\":\"call\",\"id\":\"%" PRIu64 "\",\"args\":{\"status\":\"%s\"}}", call,
            status);
    begin(t, "e", name, end_ns, PID_CLIENTS, client + 1);
    fprintf(t->out, ",\"cat\":\"call\",\"id\":\"%" PRIu64 "\"}", call);
}

static void put_calls(struct trace *t)
{
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(t->replay, &count);
    for (size_t i = 0; i < count; i++) {
        const struct ek_recorded_call *call = &calls[i];
        char name[40];
        snprintf(name, sizeof name, "call %" PRIu64, call->number);
        put_async(t, name, call->number, call->client, call->planned_ns, call->end_ns,
                  ek__status_text(call->status));
        for (uint32_t a = 0; a < call->attempt_count; a++)
            put_async(t, endpoint_name(t, call->attempts[a].endpoint), call->number, call->client,
                      call->attempts[a].start_ns, call->attempts[a].end_ns,
                      ek__status_text(call->attempts[a].status));
    }
}

/* One end of a flow: s starts it, t goes through, f ends. */
static void put_flow(struct trace *t, const char *phase, uint32_t fault, int64_t at_ns, int pid,
                     uint32_t tid)
{
    begin(t, phase, "failover", at_ns, pid, tid);
    fprintf(t->out, ",\"cat\":\"failover\",\"id\":%" PRIu32 "%s}", fault + 1,
            phase[0] == 'f' ? ",\"bp\":\"e\"" : "");
}

/* A slice that a flow can go through. */
static void put_moment(struct trace *t, const struct ek_replay_event *event)
{
    char text[512];
    uint32_t tid = event->actor != EK_NOBODY ? event->actor + 1 : 0;
    begin(t, "X", ek_replay_event_text(t->replay, event, text, sizeof text), event->at_ns,
          PID_CLIENTS, tid);
    put_duration(t, 1000);
    fprintf(t->out, ",\"cat\":\"event\",\"args\":{\"event\":%" PRIu64 "}}", event->id);
}

static const struct ek_replay_event *first_ejection(const struct trace *t,
                                                    const struct ek_failover *fault)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(t->replay, &count);
    for (size_t i = ek_replay_event_at(t->replay, fault->start_ns); i < count; i++)
        if (events[i].kind == EK_RECORD_EJECTED &&
            ek__root_of(t->replay, events[i].id).fault == fault)
            return &events[i];
    return NULL;
}

static void put_fault(struct trace *t, uint32_t f)
{
    const struct ek_failover *fault = &t->results->faults[f];
    char name[256];
    const struct ek_replay_event *detect =
        fault->detect_record != 0 ? ek_replay_event_by_id(t->replay, fault->detect_record) : NULL;
    const struct ek_replay_event *ejection = first_ejection(t, fault);
    begin(t, "X", ek__fault_text(fault, name, sizeof name), fault->start_ns, PID_FAULTS, f + 1);
    put_duration(t, fault->end_ns - fault->start_ns);
    fprintf(t->out, ",\"cat\":\"fault\",\"args\":{\"errors\":%" PRIu64 "}}", fault->errors);
    if (detect == NULL)
        return;
    put_flow(t, "s", f, fault->start_ns, PID_FAULTS, f + 1);
    put_moment(t, detect);
    bool goes_on = ejection != NULL && ejection != detect;
    put_flow(t, goes_on ? "t" : "f", f, detect->at_ns, PID_CLIENTS,
             detect->actor != EK_NOBODY ? detect->actor + 1 : 0);
    if (!goes_on)
        return;
    put_moment(t, ejection);
    put_flow(t, "f", f, ejection->at_ns, PID_CLIENTS,
             ejection->actor != EK_NOBODY ? ejection->actor + 1 : 0);
}

static void put_series(struct trace *t)
{
    const struct ek_interval *rows = ek_replay_intervals(t->replay);
    for (size_t i = 0; i < t->results->interval_count; i++) {
        int64_t at_ns = (int64_t)i * t->results->interval_ns;
        begin(t, "C", "calls", at_ns, PID_SERIES, 0);
        fprintf(t->out, ",\"args\":{\"ok\":%" PRIu64 ",\"errors\":%" PRIu64 "}}", rows[i].ok,
                rows[i].errors);
        begin(t, "C", "attempts", at_ns, PID_SERIES, 0);
        fputs(",\"args\":{", t->out);
        for (uint32_t e = 0; e < t->results->endpoint_count; e++) {
            fputs(e > 0 ? "," : "", t->out);
            ek__json_string(t->out, t->results->endpoint_names[e]);
            fprintf(t->out, ":%" PRIu64, ek_replay_endpoint_intervals(t->replay, e)[i].attempts);
        }
        fputs("}}", t->out);
        begin(t, "C", "busy", at_ns, PID_SERIES, 0);
        fputs(",\"args\":{", t->out);
        for (uint32_t e = 0; e < t->results->endpoint_count; e++) {
            fputs(e > 0 ? "," : "", t->out);
            ek__json_string(t->out, t->results->endpoint_names[e]);
            fprintf(t->out, ":%" PRIu32, ek_replay_endpoint_intervals(t->replay, e)[i].busy_max);
        }
        fputs("}}", t->out);
    }
}

void ek__export_chrome(struct ek_replay *replay, FILE *out)
{
    struct trace t = {.out = out, .replay = replay, .results = ek_replay_results(replay)};
    fputs("{\"displayTimeUnit\":\"ms\",\"otherData\":{\"scenario\":", out);
    ek__json_string(out, t.results->scenario);
    fprintf(out, ",\"fingerprint\":\"%016" PRIx64 "\"},\"traceEvents\":[", t.results->fingerprint);
    put_names(&t);
    for (uint32_t f = 0; f < t.results->fault_count; f++)
        put_fault(&t, f);
    put_series(&t);
    put_calls(&t);
    fputs("\n]}\n", out);
}
