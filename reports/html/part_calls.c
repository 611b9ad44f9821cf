/* Some calls, each a lane with its attempts. */
#include "reports/html/report.h"

#include "evenkeel/status.h"
#include "reports/html/write.h"
#include "reports/text/render_text.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    LANES_MAX = 18,
    LEFT = 330,
    RIGHT = 990,
    PITCH = 26
};

struct lanes {
    size_t calls[LANES_MAX];
    size_t count;
};

static const char *status_name(int status)
{
    return status >= 0 && status < EK_STATUS_COUNT ? ek_status_name((enum ek_status)status) : "?";
}

static bool wants(const struct ek_recorded_call *call, int kind)
{
    if (kind == 0)
        return call->status != EK_STATUS_OK;
    return kind == 1 ? call->status == EK_STATUS_OK && call->attempt_count > 1
                     : call->status == EK_STATUS_OK && call->attempt_count == 1;
}

static void add(struct lanes *lanes, size_t call)
{
    for (size_t i = 0; i < lanes->count; i++)
        if (lanes->calls[i] == call)
            return;
    if (lanes->count < LANES_MAX)
        lanes->calls[lanes->count++] = call;
}

/* `wanted` calls of a kind, spread evenly over those there are; the first is always there. */
static void choose_kind(const struct ek_recorded_call *calls, size_t count, int kind, size_t wanted,
                        struct lanes *lanes)
{
    size_t total = 0, seen = 0;
    for (size_t i = 0; i < count; i++)
        total += wants(&calls[i], kind);
    for (size_t i = 0; i < count; i++) {
        if (!wants(&calls[i], kind))
            continue;
        if (total <= wanted || seen * wanted / total != (seen + total - 1) % total * wanted / total)
            add(lanes, i);
        seen++;
    }
}

static int by_index(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a > b) - (a < b);
}

static int64_t x_of(int64_t at_ns, int64_t longest_ns)
{
    double part = (double)at_ns / (double)longest_ns;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    return 10 * LEFT + (int64_t)(part * 10 * (RIGHT - LEFT) + 0.5);
}

static void put_attempt(const struct ek__run *run, const struct ek_recorded_call *call, size_t i,
                        int y, int64_t longest_ns, FILE *out)
{
    const struct ek_recorded_attempt *attempt = &call->attempts[i];
    int64_t x = x_of(attempt->start_ns - call->planned_ns, longest_ns);
    int64_t end = x_of(attempt->end_ns - call->planned_ns, longest_ns);
    bool is_good = attempt->status == EK_STATUS_OK && call->status == EK_STATUS_OK;
    char name[48] = "no endpoint", text[128];
    if (attempt->endpoint < run->endpoint_count)
        ek__clean(run->endpoints[attempt->endpoint].name, name, sizeof name);
    end = end < x + 20 ? x + 20 : end;
    fprintf(out, "<rect class=\"attempt %s\" fill=\"%s\" height=\"16\" y=\"%d\" x=\"",
            is_good ? "ok" : "bad", is_good ? "#C9DDF0" : "url(#h-ejected)", y);
    ek__tenths(out, x);
    fputs("\" width=\"", out);
    ek__tenths(out, end - x);
    fprintf(out, "\" stroke=\"%s\"/>", is_good ? "#1F5F99" : "#882255");
    snprintf(text, sizeof text, "%s %s", is_good ? "●" : "✗", name);
    if (attempt->status != EK_STATUS_OK)
        snprintf(text, sizeof text, "✗ %s %s", name, status_name(attempt->status));
    int64_t wide = 78 * ek__width(text) + 80;
    int64_t at = end - x > wide ? x + 40 : end + 40;
    if (at + wide > 10 * RIGHT)
        at = x - wide > 10 * LEFT ? x - wide : 10 * RIGHT - wide;
    fputs("<rect class=\"paper\" fill=\"#FFF\" height=\"13\" x=\"", out);
    ek__tenths(out, at - 20);
    fprintf(out, "\" y=\"%d\" width=\"", y + 2);
    ek__tenths(out, wide - 40);
    fputs("\"/><text x=\"", out);
    ek__tenths(out, at);
    fprintf(out, "\" y=\"%d\">", y + 12);
    ek__html(out, "$</text>\n", text);
}

static void put_lane(const struct ek__report *report, const struct ek__run *run,
                     const struct ek_recorded_call *call, int y, int64_t longest_ns, FILE *out)
{
    char client[40], text[200];
    ek__clean(run->clients[call->client].name, client, sizeof client);
    snprintf(text, sizeof text, "%s  call %s  %s", ek__when(call->planned_ns).s,
             ek__count(call->number).s, client);
    fprintf(out, "<path class=\"grid\" stroke=\"#DDD\" d=\"M0 %dH%d\"/>", y - 3, RIGHT);
    ek__moment_begin(report, run, call->planned_ns, SIZE_MAX, out);
    fprintf(out, "<text x=\"0\" y=\"%d\">", y + 12);
    ek__html(out, "$</text></a>", text);
    fprintf(out, "<text text-anchor=\"end\" x=\"%d\" y=\"%d\"", LEFT - 8, y + 12);
    ek__html(out, " class=\"$\">$ $</text>\n", call->status == EK_STATUS_OK ? "dim" : "bad",
             call->status == EK_STATUS_OK ? "" : "✗",
             ek__duration(call->end_ns - call->planned_ns).s);
    for (size_t i = 0; i < call->attempt_count && i < EK_RECORD_ATTEMPTS_MAX; i++)
        put_attempt(run, call, i, y, longest_ns, out);
    if (call->attempt_count == 0) {
        fprintf(out, "<text class=\"bad\" x=\"%d\" y=\"%d\">", LEFT + 4, y + 12);
        ek__html(out, "✗ no attempt: $</text>\n", status_name(call->status));
    }
}

static void put_lanes(const struct ek__report *report, const struct ek__run *run,
                      const struct lanes *lanes, const struct ek_recorded_call *calls, FILE *out)
{
    int64_t longest_ns = 1;
    for (size_t i = 0; i < lanes->count; i++) {
        int64_t length = calls[lanes->calls[i]].end_ns - calls[lanes->calls[i]].planned_ns;
        longest_ns = length > longest_ns ? length : longest_ns;
    }
    int bottom = 22 + PITCH * (int)lanes->count;
    fprintf(out,
            "<div class=\"chart\"><svg class=\"plot\" viewBox=\"0 0 1000 %d\" width=\"100%%\""
            " font-family=\"system-ui, sans-serif\" font-size=\"11.5\"><title>Calls with their"
            " attempts</title>\n",
            bottom + 4);
    for (int tick = 0; tick <= 4; tick++) {
        int64_t x = x_of(longest_ns * tick / 4, longest_ns);
        fputs("<path class=\"grid\" stroke=\"#CCC\" stroke-dasharray=\"2 3\" d=\"M", out);
        ek__tenths(out, x);
        fprintf(out, " 18V%d\"/><text class=\"dim\" fill=\"#555\" text-anchor=\"%s\" y=\"12\" x=\"",
                bottom,
                tick == 4   ? "end"
                : tick == 0 ? "start"
                            : "middle");
        ek__tenths(out, x);
        ek__html(out, "\">$</text>\n",
                 tick == 0 ? "planned" : ek__duration(longest_ns * tick / 4).s);
    }
    for (size_t i = 0; i < lanes->count; i++)
        put_lane(report, run, &calls[lanes->calls[i]], 24 + PITCH * (int)i, longest_ns, out);
    fputs("</svg></div>\n", out);
}

void ek__part_calls(const struct ek__report *report, FILE *out)
{
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        size_t count;
        const struct ek_recorded_call *calls = ek_replay_calls(run->replay, &count);
        struct lanes lanes = {.count = 0};
        choose_kind(calls, count, 0, 8, &lanes);
        choose_kind(calls, count, 1, 5, &lanes);
        choose_kind(calls, count, 2, 5, &lanes);
        qsort(lanes.calls, lanes.count, sizeof lanes.calls[0], by_index);
        ek__run_heading(report, run, out);
        if (lanes.count == 0) {
            fputs("<p>No call was recorded.</p>\n", out);
            continue;
        }
        ek__html(out,
                 "<p class=\"note\">$ of $ recorded calls, out of $: up to 8 failed, 5 that"
                 " needed a second attempt, 5 others, spread over the run.</p>\n",
                 ek__count(lanes.count).s, ek__count(count).s, ek__count(run->results->calls).s);
        put_lanes(report, run, &lanes, calls, out);
    }
}
