#include "reports/tui/draw.h"

#include "evenkeel/event.h"
#include "reports/tui/format.h"

#include <stdio.h>

enum {
    CLIENTS_LEAST = 3,
    NAME_MOST = 18,
    BAR_MOST = 30
};

/* Where the columns of the lower table are. */
struct columns {
    int name, conn, weight, in_flight, score, bar, bar_width, ejections, until;
};

static struct columns lay_out(const struct ek_canvas *c)
{
    int longest = 4;
    for (size_t e = 0; e < c->s->endpoint_count; e++) {
        int here = ek_grid_width(c->grid, c->s->endpoints[e].name);
        longest = here > longest ? here : longest;
    }
    longest = longest > NAME_MOST ? NAME_MOST : longest;
    struct columns at = {.name = 3};
    at.conn = at.name + longest + 1;
    at.weight = at.conn + 11;
    at.in_flight = at.weight + 8;
    at.score = at.in_flight + 10;
    at.bar = at.score + 11;
    int left = c->grid->columns - 2 - at.bar - 26;
    at.bar_width = left > BAR_MOST ? BAR_MOST : left;
    at.ejections = at.bar + (at.bar_width > 0 ? at.bar_width + 1 : 0);
    at.until = at.ejections + 9;
    return at;
}

static const struct ek_replay_holding *holding_of(const struct ek_replay_holding *holdings,
                                                  size_t count, uint32_t endpoint)
{
    for (size_t i = 0; i < count; i++) {
        if (holdings[i].endpoint == endpoint)
            return &holdings[i];
    }
    return NULL;
}

/* ---- the clients ---- */

static void draw_client(const struct ek_canvas *c, int y, uint32_t client)
{
    const struct ek_snapshot *s = c->s;
    const struct ek_client_moment *m = &s->moment->clients[client];
    const struct ek_client_counts *counts = &s->views.counts[client];
    char text[EK_FORMAT_MAX];
    uint64_t in_flight = 0;
    size_t held;
    const struct ek_replay_holding *holdings =
        ek_replay_policy(s->replay, client, c->ui->at_ns, &held);
    for (size_t i = 0; i < held; i++)
        in_flight += holdings[i].in_flight;
    const struct {
        int x, width;
        uint64_t value;
        bool is_known, is_bad;
    } cells[] = {
        {33, 6, m->listed, true, false},
        {40, 7, m->ejected, true, m->ejected > 0},
        {48, 10, counts->ejections, true, false},
        {59, 8, counts->retries, true, false},
        {68, 10, counts->throttled, true, counts->throttled > 0},
        {79, 10, in_flight, held > 0, false},
    };
    (void)ek_grid_text(c->grid, 3, y, 12, EK_STYLE_STRONG, s->clients[client].name);
    (void)ek_grid_text(c->grid, 16, y, 16, EK_STYLE_TEXT, s->clients[client].policy);
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        if (cells[i].x + cells[i].width < c->grid->columns)
            ek_grid_right(c->grid, cells[i].x, y, cells[i].width,
                          cells[i].is_bad ? EK_STYLE_EJECTED : EK_STYLE_TEXT,
                          cells[i].is_known ? ek__format_count(cells[i].value, text) : "-");
    }
}

static void draw_clients(const struct ek_canvas *c, int y, int height)
{
    static const struct {
        int x, width;
        const char *text;
    } headings[] = {{33, 6, "lists"},   {40, 7, "ejects"},     {48, 10, "ejections"},
                    {59, 8, "retries"}, {68, 10, "throttled"}, {79, 10, "in flight"}};
    (void)ek_grid_text(c->grid, 3, y, 12, EK_STYLE_HEADING, "client");
    (void)ek_grid_text(c->grid, 16, y, 16, EK_STYLE_HEADING, "policy");
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++) {
        if (headings[i].x + headings[i].width < c->grid->columns)
            ek_grid_right(c->grid, headings[i].x, y, headings[i].width, EK_STYLE_HEADING,
                          headings[i].text);
    }
    size_t top = ek__scroll(c->ui->client, c->s->client_count, height - 1, 50);
    for (int i = 0; i < height - 1 && top + (size_t)i < c->s->client_count; i++) {
        uint32_t client = (uint32_t)(top + (size_t)i);
        draw_client(c, y + 1 + i, client);
        ek_grid_hit(c->grid, 1, y + 1 + i, c->grid->columns - 2, EK_HIT_CLIENT, client);
        if (client == c->ui->client)
            ek__draw_selected(c, 1, y + 1 + i, c->grid->columns - 2, true);
    }
}

/* ---- what the selected one holds ---- */

static const char *conn_word(const struct ek_view *view)
{
    static const char *const words[EK_CONN_COUNT] = {"idle", "connecting", "ready", "failing",
                                                     "shut down"};
    return !view->is_listed ? "not listed" : view->is_ejected ? "ejected" : words[view->conn];
}

static void draw_endpoint(const struct ek_canvas *c, const struct columns *at, int y,
                          uint32_t endpoint, const struct ek_replay_holding *holding, int64_t most)
{
    const struct ek_snapshot *s = c->s;
    const struct ek_view *view = ek_views_at(&s->views, c->ui->client, endpoint);
    const char *unit = s->clients[c->ui->client].score_unit;
    char text[EK_FORMAT_MAX];
    enum ek_style style = view->is_ejected                          ? EK_STYLE_EJECTED
                          : !view->is_listed                        ? EK_STYLE_DIM
                          : view->conn == EK_CONN_READY             ? EK_STYLE_TEXT
                          : view->conn == EK_CONN_TRANSIENT_FAILURE ? EK_STYLE_BAD
                                                                    : EK_STYLE_PROBING;
    (void)ek_grid_text(c->grid, at->name, y, at->conn - at->name - 1, EK_STYLE_STRONG,
                       s->endpoints[endpoint].name);
    (void)ek_grid_text(c->grid, at->conn, y, 10, style, conn_word(view));
    if (holding) {
        ek_grid_right(c->grid, at->weight, y, 7, EK_STYLE_TEXT,
                      ek__format_count(holding->weight, text));
        ek_grid_right(c->grid, at->in_flight, y, 9, EK_STYLE_TEXT,
                      ek__format_count(holding->in_flight, text));
        ek_grid_right(c->grid, at->score, y, 10, EK_STYLE_TEXT,
                      holding->has_score ? ek__format_score(holding->score, unit, text) : "-");
        /* Without a score the weight is what a policy goes by. */
        int64_t value = most > 0 && holding->has_score ? holding->score : 0;
        if (at->bar_width > 0 && value > 0)
            ek_grid_bar(c->grid, at->bar, y, at->bar_width, EK_STYLE_CHART, (double)value,
                        (double)most);
    } else {
        ek_grid_right(c->grid, at->weight, y, 7, EK_STYLE_DIM, "-");
    }
    if (view->ejections > 0) {
        ek_grid_right(c->grid, at->ejections, y, 8, EK_STYLE_TEXT,
                      ek__format_count(view->ejections, text));
        char until[EK_FORMAT_MAX];
        snprintf(text, sizeof text, "till %.20s", ek__format_at(view->ejected_until_ns, until));
        (void)ek_grid_text(c->grid, at->until, y, 15,
                           view->is_ejected ? EK_STYLE_EJECTED : EK_STYLE_DIM,
                           view->is_ejected  ? text
                           : view->is_listed ? "returned"
                                             : "");
    }
}

static void draw_headings(const struct ek_canvas *c, const struct columns *at, int y)
{
    (void)ek_grid_text(c->grid, at->name, y, at->conn - at->name - 1, EK_STYLE_HEADING, "name");
    (void)ek_grid_text(c->grid, at->conn, y, 10, EK_STYLE_HEADING, "client has");
    ek_grid_right(c->grid, at->weight, y, 7, EK_STYLE_HEADING, "weight");
    ek_grid_right(c->grid, at->in_flight, y, 9, EK_STYLE_HEADING, "in flight");
    ek_grid_right(c->grid, at->score, y, 10, EK_STYLE_HEADING, "score");
    ek_grid_right(c->grid, at->ejections, y, 8, EK_STYLE_HEADING, "ejected");
}

static void draw_holdings(const struct ek_canvas *c, int y, int height)
{
    const struct ek_snapshot *s = c->s;
    struct columns at = lay_out(c);
    size_t count;
    const struct ek_replay_holding *holdings =
        ek_replay_policy(s->replay, c->ui->client, c->ui->at_ns, &count);
    int64_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = holdings[i].has_score && holdings[i].score > most ? holdings[i].score : most;
    draw_headings(c, &at, y);
    for (int i = 0; i < height - 1 && (size_t)i < s->order_count; i++)
        draw_endpoint(c, &at, y + 1 + i, s->order[i], holding_of(holdings, count, s->order[i]),
                      most);
}

void ek__draw_policy(const struct ek_canvas *c, int y)
{
    const struct ek_snapshot *s = c->s;
    char left[160], right[96];
    if (s->client_count == 0) {
        ek__draw_rule(c, y, "no client in this run", "");
        return;
    }
    int rows = c->grid->rows - 1 - y - 2;
    int clients = (int)s->client_count + 1;
    clients = clients > rows / 3 ? rows / 3 : clients;
    clients = clients < CLIENTS_LEAST ? CLIENTS_LEAST : clients;
    snprintf(left, sizeof left, "clients %zu, each with books of its own; counts until now",
             s->client_count);
    ek__draw_rule(c, y++, left, "");
    draw_clients(c, y, clients);
    y += clients;
    size_t count;
    (void)ek_replay_policy(s->replay, c->ui->client, c->ui->at_ns, &count);
    const struct ek_replay_client *client = &s->clients[c->ui->client];
    size_t shown = (size_t)(c->grid->rows - 2 - y - 1);
    shown = shown > s->order_count ? s->order_count : shown;
    snprintf(left, sizeof left, "what %.40s of %.40s holds, %zu of %zu endpoints", client->policy,
             client->name, shown, s->endpoint_count);
    if (count == 0)
        snprintf(right, sizeof right, "no sample of this client yet");
    else if (client->score_unit[0] == '\0')
        snprintf(right, sizeof right, "it keeps no score");
    else
        snprintf(right, sizeof right, "score: %.60s", client->score_unit);
    ek__draw_rule(c, y++, left, right);
    draw_holdings(c, y, c->grid->rows - 1 - y);
}
