#include "reports/tui/draw.h"

#include "reports/tui/format.h"

#include <stdio.h>
#include <string.h>

enum {
    RULES = 2,
    HEADING = 1,
    LOG_LEAST = 5
};

/* "endpoints 50: 47 healthy, 3 ejected". */
static void count_states(const struct ek_snapshot *s, char *out, size_t size)
{
    size_t counts[EK_FITNESS_GONE + 1] = {0};
    for (size_t e = 0; e < s->endpoint_count; e++)
        counts[s->moment->endpoints[e].fitness]++;
    size_t at = (size_t)snprintf(out, size, "endpoints %zu", s->endpoint_count);
    const char *before = ": ";
    for (int i = 0; i <= EK_FITNESS_GONE; i++) {
        if (counts[i] == 0 || at >= size)
            continue;
        at += (size_t)snprintf(out + at, size - at, "%s%zu %s", before, counts[i],
                               ek_fitness_word((enum ek_fitness)i));
        before = ", ";
    }
}

/* "Consul 82, views 200 ms..4.40 s old": of the clients that ask a registry. */
static void describe_registry(const struct ek_snapshot *s, int64_t at_ns, char *out, size_t size)
{
    out[0] = '\0';
    int64_t youngest = INT64_MAX, oldest = -1;
    for (size_t i = 0; i < s->client_count; i++) {
        const struct ek_client_moment *client = &s->moment->clients[i];
        if (client->index == 0 || client->believed_ns < 0)
            continue;
        int64_t age = at_ns - client->believed_ns;
        youngest = age < youngest ? age : youngest;
        oldest = age > oldest ? age : oldest;
    }
    char young[EK_FORMAT_MAX], old[EK_FORMAT_MAX];
    if (s->moment->registry_index == 0)
        return;
    if (oldest < 0)
        snprintf(out, size, "Consul %llu, no client has an answer yet",
                 (unsigned long long)s->moment->registry_index);
    else if (strcmp(ek__format_duration(oldest, old), ek__format_duration(youngest, young)) == 0)
        snprintf(out, size, "Consul %llu, view %s old",
                 (unsigned long long)s->moment->registry_index, old);
    else
        snprintf(out, size, "Consul %llu, views %s..%s old",
                 (unsigned long long)s->moment->registry_index, young, old);
}

void ek__draw_overview(const struct ek_canvas *c, int y)
{
    char left[160], right[96], shown[160];
    int rows = c->grid->rows - 1 - y - RULES - HEADING;
    int table = rows * 6 / 10;
    table = rows - table < LOG_LEAST ? rows - LOG_LEAST : table;
    int wanted = c->s->order_count > 0 ? (int)c->s->order_count : 1;
    table = wanted < table ? wanted : table;

    count_states(c->s, left, sizeof left);
    if (c->ui->endpoint_filter[0] || c->ui->shows_faulty)
        snprintf(shown, sizeof shown, "%s%s%s%sshows %zu of %zu",
                 c->ui->endpoint_filter[0] ? "filter \"" : "", c->ui->endpoint_filter,
                 c->ui->endpoint_filter[0] ? "\" " : "", c->ui->shows_faulty ? "! " : "",
                 c->s->order_count, c->s->endpoint_count);
    else
        snprintf(shown, sizeof shown, "%s", left);
    describe_registry(c->s, c->ui->at_ns, right, sizeof right);
    ek__draw_rule(c, y++, shown, right);
    ek__draw_table(c, (struct ek_pane){1, y, c->grid->columns - 2, table + HEADING});
    y += table + HEADING;

    size_t line = ek_log_at(&c->s->log, c->s->moment->event_index);
    ek__log_title(c, shown, sizeof shown);
    snprintf(right, sizeof right, "%zu of %zu", line == SIZE_MAX ? 0 : line + 1, c->s->log.count);
    ek__draw_rule(c, y++, shown, right);
    ek__draw_log(c, (struct ek_pane){1, y, c->grid->columns - 2, c->grid->rows - 1 - y},
                 c->ui->is_log_focused);
}

void ek__draw_events(const struct ek_canvas *c, int y)
{
    char left[300], right[64], title[160];
    size_t line = ek_log_at(&c->s->log, c->s->moment->event_index);
    bool is_plain = !c->ui->shows_every_event && c->ui->follow_call == 0 &&
                    c->ui->follow_fault == 0 && !c->ui->is_held;
    ek__log_title(c, title, sizeof title);
    snprintf(left, sizeof left, "%s%s%s%s",
             is_plain ? "notable events, those alike in one line" : title,
             c->ui->event_filter[0] ? "  filter \"" : "", c->ui->event_filter,
             c->ui->event_filter[0] ? "\"" : "");
    snprintf(right, sizeof right, "%zu of %zu", line == SIZE_MAX ? 0 : line + 1, c->s->log.count);
    ek__draw_rule(c, y++, left, right);
    ek__draw_log(c, (struct ek_pane){1, y, c->grid->columns - 2, c->grid->rows - 1 - y}, true);
}
