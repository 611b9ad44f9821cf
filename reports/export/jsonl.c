/* Everything in a recording, one JSON object a line; "type" says what it is. */
#include "reports/export/events.h"
#include "reports/export/export_formats.h"
#include "reports/export/json_text.h"
#include "reports/text/render_text.h"

#include <inttypes.h>

static void put_time(FILE *out, const char *key, int64_t ns)
{
    if (ns >= 0)
        fprintf(out, ",\"%s\":%" PRId64, key, ns);
}

static void put_run(FILE *out, const struct ek_results *r)
{
    fputs("{\"type\":\"run\"", out);
    ek__json_member(out, "scenario", r->scenario);
    ek__json_member(out, "policy", r->policy);
    ek__json_member(out, "command", r->command);
    ek__json_member(out, "path", r->scenario_path);
    fprintf(out,
            ",\"seed\":%" PRIu64 ",\"fingerprint\":\"%016" PRIx64 "\",\"sim_ns\":%" PRId64
            ",\"interval_ns\":%" PRId64 ",\"interrupted\":%s}\n",
            r->seed, r->fingerprint, r->sim_ns, r->interval_ns, r->interrupted ? "true" : "false");
}

static void put_parties(FILE *out, const struct ek_replay *replay)
{
    size_t count;
    const struct ek_replay_endpoint *endpoints = ek_replay_endpoints(replay, &count);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "{\"type\":\"endpoint\",\"id\":%zu", i);
        ek__json_member(out, "name", endpoints[i].name);
        ek__json_member(out, "zone", endpoints[i].zone);
        ek__json_member(out, "address", endpoints[i].address);
        fputs("}\n", out);
    }
    const struct ek_replay_client *clients = ek_replay_clients(replay, &count);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "{\"type\":\"client\",\"id\":%zu", i);
        ek__json_member(out, "name", clients[i].name);
        ek__json_member(out, "zone", clients[i].zone);
        ek__json_member(out, "policy", clients[i].policy);
        fputs("}\n", out);
    }
}

static void put_results(FILE *out, const struct ek_results *r)
{
    char text[512];
    for (size_t i = 0; i < r->phase_count; i++) {
        const struct ek_phase *p = &r->phases[i];
        fputs("{\"type\":\"phase\"", out);
        ek__json_member(out, "name", p->name);
        fprintf(out,
                ",\"start_ns\":%" PRId64 ",\"end_ns\":%" PRId64 ",\"calls\":%" PRIu64
                ",\"ok\":%" PRIu64 ",\"errors\":%" PRIu64 ",\"attempts\":%" PRIu64
                ",\"retries\":%" PRIu64 ",\"p50_ns\":%" PRId64 ",\"p99_ns\":%" PRId64
                ",\"max_ns\":%" PRId64 "}\n",
                p->start_ns, p->end_ns, p->calls, p->ok, p->errors, p->attempts, p->retries,
                p->latency.p50_ns, p->latency.p99_ns, p->latency.max_ns);
    }
    for (size_t i = 0; i < r->fault_count; i++) {
        const struct ek_failover *f = &r->faults[i];
        fputs("{\"type\":\"fault\"", out);
        ek__json_member(out, "id", f->id);
        ek__json_member(out, "kind", f->kind);
        ek__json_member(out, "target", f->target);
        fprintf(out, ",\"line\":%d,\"errors\":%" PRIu64, f->line, f->errors);
        put_time(out, "start_ns", f->start_ns);
        put_time(out, "end_ns", f->end_ns);
        put_time(out, "detect_ns", f->detect_ns);
        put_time(out, "divert_ns", f->divert_ns);
        put_time(out, "recover_ns", f->recover_ns);
        fputs("}\n", out);
    }
    for (size_t i = 0; i < r->judged_count; i++) {
        const struct ek_judged *j = &r->judged[i];
        fputs("{\"type\":\"expectation\"", out);
        ek__json_member(out, "text", ek__judged_text(j, text, sizeof text));
        ek__json_member(out, "metric", j->metric);
        ek__json_member(out, "phase", j->phase);
        ek__json_member(out, "got", j->value_text);
        ek__json_member(out, "problem", j->problem);
        fprintf(out, ",\"line\":%d,\"samples\":%" PRIu64 ",\"verdict\":\"%s\"}\n", j->line,
                j->samples,
                j->verdict == EK_VERDICT_PASS   ? "pass"
                : j->verdict == EK_VERDICT_FAIL ? "fail"
                                                : "unknown");
    }
}

static void put_intervals(FILE *out, const struct ek_replay *replay)
{
    const struct ek_results *r = ek_replay_results(replay);
    const struct ek_interval *rows = ek_replay_intervals(replay);
    for (size_t i = 0; i < r->interval_count; i++) {
        fprintf(out,
                "{\"type\":\"interval\",\"start_ns\":%" PRId64 ",\"started\":%" PRIu64
                ",\"ok\":%" PRIu64 ",\"errors\":%" PRIu64 ",\"attempts\":%" PRIu64
                ",\"retries\":%" PRIu64,
                (int64_t)i * r->interval_ns, rows[i].started, rows[i].ok, rows[i].errors,
                rows[i].attempts, rows[i].retries);
        put_time(out, "p50_ns", rows[i].p50_ns);
        put_time(out, "p99_ns", rows[i].p99_ns);
        put_time(out, "max_ns", rows[i].max_ns);
        fputs("}\n", out);
    }
}

static void put_calls(FILE *out, const struct ek_replay *replay)
{
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(replay, &count);
    for (size_t i = 0; i < count; i++) {
        const struct ek_recorded_call *c = &calls[i];
        fprintf(out,
                "{\"type\":\"call\",\"number\":%" PRIu64 ",\"client\":%" PRIu32
                ",\"planned_ns\":%" PRId64 ",\"end_ns\":%" PRId64 ",\"status\":%d",
                c->number, c->client, c->planned_ns, c->end_ns, c->status);
        if (c->cause != 0)
            fprintf(out, ",\"cause\":%" PRIu64, c->cause);
        fputs(",\"attempts\":[", out);
        for (uint32_t a = 0; a < c->attempt_count; a++) {
            fprintf(out, "%s{\"start_ns\":%" PRId64 ",\"end_ns\":%" PRId64 ",\"status\":%d",
                    a > 0 ? "," : "", c->attempts[a].start_ns, c->attempts[a].end_ns,
                    c->attempts[a].status);
            if (c->attempts[a].endpoint != EK_NOBODY)
                fprintf(out, ",\"endpoint\":%" PRIu32, c->attempts[a].endpoint);
            fputc('}', out);
        }
        fputs("]}\n", out);
    }
}

void ek__export_jsonl(struct ek_replay *replay, FILE *out)
{
    const struct ek_results *r = ek_replay_results(replay);
    const struct ek_events_filter all = {.to_ns = INT64_MAX};
    put_run(out, r);
    put_parties(out, replay);
    put_results(out, r);
    put_intervals(out, replay);
    put_calls(out, replay);
    (void)ek_events_write_json(replay, &all, out);
}
