/* Each client's part: what failed for it, and when it kept away from whom. */
#include "reports/html/panels.h"

#include "reports/html/write.h"
#include "reports/text/render_share.h"

#include <stdlib.h>

enum {
    ROWS_MAX = 24
};

struct part {
    uint32_t client;
    uint64_t failed, retries, ejections;
    int64_t first_failed_ns, first_ejected_ns, last_returned_ns; /* -1: it did not happen */
};

static void see_event(struct part *part, const struct ek_replay_event *event)
{
    part->failed += event->kind == EK_RECORD_CALL_FAILED;
    part->retries += event->kind == EK_RECORD_RETRY;
    part->ejections += event->kind == EK_RECORD_EJECTED;
    if (event->kind == EK_RECORD_CALL_FAILED && part->first_failed_ns < 0)
        part->first_failed_ns = event->at_ns;
    if (event->kind == EK_RECORD_EJECTED && part->first_ejected_ns < 0)
        part->first_ejected_ns = event->at_ns;
    if (event->kind == EK_RECORD_RETURNED)
        part->last_returned_ns = event->at_ns;
}

/* Most failures first. */
static int by_damage(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    if (a->failed != b->failed)
        return a->failed > b->failed ? -1 : 1;
    if (a->ejections != b->ejections)
        return a->ejections > b->ejections ? -1 : 1;
    return (a->client > b->client) - (a->client < b->client);
}

static void put_moment(int64_t at_ns, FILE *out)
{
    ek__html(out, "<td class=\"num\">$</td>", at_ns < 0 ? "-" : ek__when(at_ns).s);
}

static void put_row(const struct ek__run *run, const struct part *part, FILE *out)
{
    const struct ek_replay_client *client = &run->clients[part->client];
    ek__html(out, "<tr><th scope=\"row\">$ <small>$</small></th><td class=\"num\">$</td>",
             client->name, client->zone, ek__count(part->failed).s);
    put_moment(part->first_failed_ns, out);
    ek__html(out, "<td class=\"num\">$</td><td class=\"num\">$</td>", ek__count(part->retries).s,
             ek__count(part->ejections).s);
    put_moment(part->first_ejected_ns, out);
    put_moment(part->last_returned_ns, out);
    fputs("</tr>\n", out);
}

static void put_rest(const struct part *parts, size_t first, size_t count, FILE *out)
{
    struct part sum = {.client = 0};
    for (size_t i = first; i < count; i++) {
        sum.failed += parts[i].failed;
        sum.retries += parts[i].retries;
        sum.ejections += parts[i].ejections;
    }
    ek__html(out,
             "<tr><th scope=\"row\">$ more, together</th><td class=\"num\">$</td><td></td>"
             "<td class=\"num\">$</td><td class=\"num\">$</td><td></td><td></td></tr>\n",
             ek__count(count - first).s, ek__count(sum.failed).s, ek__count(sum.retries).s,
             ek__count(sum.ejections).s);
}

void ek__put_clients(const struct ek__run *run, FILE *out)
{
    struct part *parts = calloc(run->client_count + 1, sizeof *parts);
    if (parts == NULL || run->client_count < 2) {
        free(parts);
        return;
    }
    for (size_t c = 0; c < run->client_count; c++)
        parts[c] = (struct part){(uint32_t)c, 0, 0, 0, -1, -1, -1};
    for (size_t i = 0; i < run->event_count; i++) {
        const struct ek_replay_event *event = &run->events[i];
        bool is_of_client = event->kind == EK_RECORD_CALL_FAILED ||
                            event->kind == EK_RECORD_RETRY || event->kind == EK_RECORD_EJECTED ||
                            event->kind == EK_RECORD_RETURNED;
        if (is_of_client && event->actor < run->client_count)
            see_event(&parts[event->actor], event);
    }
    qsort(parts, run->client_count, sizeof *parts, by_damage);
    size_t shown = run->client_count <= ROWS_MAX + 1 ? run->client_count : ROWS_MAX;
    fputs("<div class=\"wide\"><table><thead><tr><th scope=\"col\">by client</th><th scope=\"col\""
          " class=\"num\">failed calls</th><th scope=\"col\" class=\"num\">first failure</th><th"
          " scope=\"col\" class=\"num\">retries</th><th scope=\"col\" class=\"num\">ejections</th>"
          "<th scope=\"col\" class=\"num\">first ejection</th><th scope=\"col\" class=\"num\">last"
          " return</th>"
          "</tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < shown; i++)
        put_row(run, &parts[i], out);
    if (shown < run->client_count)
        put_rest(parts, shown, run->client_count, out);
    ek__panels_end(out);
    free(parts);
}
