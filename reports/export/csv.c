/* The series as comma-separated values (RFC 4180). */
#include "reports/export/export_formats.h"

#include "reports/text/render_text.h"

#include <inttypes.h>
#include <string.h>

static void put_name(FILE *out, const char *name)
{
    char clean[256];
    ek__clean(name, clean, sizeof clean);
    if (strpbrk(clean, ",\"") == NULL) {
        fputs(clean, out);
        return;
    }
    fputc('"', out);
    for (const char *c = clean; *c != '\0'; c++)
        fprintf(out, *c == '"' ? "\"\"" : "%c", *c);
    fputc('"', out);
}

/* A column of nanoseconds as milliseconds; empty when there is none. */
static void put_ms(FILE *out, int64_t ns)
{
    if (ns >= 0)
        fprintf(out, ",%" PRId64 ".%06" PRId64, ns / 1000000, ns % 1000000);
    else
        fputc(',', out);
}

static void put_start(FILE *out, const struct ek_results *r, size_t interval)
{
    int64_t ns = (int64_t)interval * r->interval_ns;
    fprintf(out, "%" PRId64 ".%09" PRId64 ",", ns / 1000000000, ns % 1000000000);
}

void ek__export_csv(struct ek_replay *replay, FILE *out)
{
    const struct ek_results *r = ek_replay_results(replay);
    const struct ek_interval *all = ek_replay_intervals(replay);
    fputs("start_s,scope,name,started,ok,errors,attempts,retries,p50_ms,p99_ms,max_ms,busy_max,"
          "queued_max\r\n",
          out);
    for (size_t i = 0; i < r->interval_count; i++) {
        put_start(out, r, i);
        fprintf(out, "run,,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
                all[i].started, all[i].ok, all[i].errors, all[i].attempts, all[i].retries);
        put_ms(out, all[i].p50_ns);
        put_ms(out, all[i].p99_ns);
        put_ms(out, all[i].max_ns);
        fputs(",,\r\n", out);
        for (uint32_t e = 0; e < r->endpoint_count; e++) {
            const struct ek_endpoint_interval *row = &ek_replay_endpoint_intervals(replay, e)[i];
            put_start(out, r, i);
            fputs("endpoint,", out);
            put_name(out, r->endpoint_names[e]);
            fprintf(out, ",,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",,", row->ok, row->errors,
                    row->attempts);
            put_ms(out, row->p99_ns);
            fprintf(out, ",,%" PRIu32 ",%" PRIu32 "\r\n", row->busy_max, row->queued_max);
        }
    }
}
