#include "reports/tui/draw.h"

#include "evenkeel/event.h"
#include "reports/tui/format.h"

#include <stdio.h>

enum {
    CLIENTS_LEAST = 3,
    NAME_MOST = 18,
    CLIENT_MOST = 12,
    POLICY_MOST = 20,
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

/* What is told of a client. */
enum {
    LISTS,
    EJECTS,
    RETRIES,
    TOKENS,
    THROTTLED,
    PANIC,
    EJECTIONS,
    IN_FLIGHT,
    FACTS
};

static const struct {
    const char *heading;
    int width;
} facts[FACTS] = {
    [LISTS] = {"lists", 6},          [EJECTS] = {"ejects", 7},        [RETRIES] = {"retries", 8},
    [TOKENS] = {"tokens", 10},       [THROTTLED] = {"throttled", 10}, [PANIC] = {"panic", 8},
    [EJECTIONS] = {"ejections", 10}, [IN_FLIGHT] = {"in flight", 10},
};

/* Where the columns of the upper table are; -1: it has no room, or nothing to tell. */
struct client_columns {
    int policy, policy_width, x[FACTS];
};

static int longest_of(const struct ek_canvas *c, bool of_policies, int least, int most)
{
    for (size_t i = 0; i < c->s->client_count; i++) {
        const struct ek_replay_client *client = &c->s->clients[i];
        int here = ek_grid_width(c->grid, of_policies ? client->policy : client->name);
        least = here > least ? here : least;
    }
    return least > most ? most : least;
}

/* Whether some client of the run has a limit to its retries. */
static bool has_tokens(const struct ek_snapshot *s)
{
    for (size_t i = 0; i < s->client_count; i++) {
        const struct ek_replay_books *books = ek_replay_books(s->replay, (uint32_t)i, INT64_MAX);
        if (books && books->retry_tokens_max > 0)
            return true;
    }
    return false;
}

static struct client_columns lay_out_clients(const struct ek_canvas *c)
{
    struct client_columns at = {.policy = 3 + longest_of(c, false, 6, CLIENT_MOST) + 1};
    at.policy_width = longest_of(c, true, 6, POLICY_MOST);
    int x = at.policy + at.policy_width + 1;
    for (int i = 0; i < FACTS; i++) {
        bool is_told = i != TOKENS || has_tokens(c->s);
        at.x[i] = is_told && x + facts[i].width < c->grid->columns - 1 ? x : -1;
        x += at.x[i] >= 0 ? facts[i].width + 1 : 0;
    }
    return at;
}

static void draw_fact(const struct ek_canvas *c, const struct client_columns *at, int y, int fact,
                      const char *text, bool is_bad)
{
    if (at->x[fact] >= 0)
        ek_grid_right(c->grid, at->x[fact], y, facts[fact].width,
                      is_bad ? EK_STYLE_EJECTED : EK_STYLE_TEXT, text);
}

static void draw_count(const struct ek_canvas *c, const struct client_columns *at, int y, int fact,
                       uint64_t count, bool is_bad)
{
    char text[EK_FORMAT_MAX];
    draw_fact(c, at, y, fact, ek__format_count(count, text), is_bad);
}

/* What was sampled of it: its retry tokens, its picks in panic, its attempts under way. */
static void draw_samples(const struct ek_canvas *c, const struct client_columns *at, int y,
                         uint32_t client)
{
    const struct ek_replay *replay = c->s->replay;
    const struct ek_replay_books *books = ek_replay_books(replay, client, c->ui->at_ns);
    char text[48] = "-";
    uint64_t in_flight = 0;
    size_t held;
    const struct ek_replay_holding *holdings =
        ek_replay_policy(replay, client, c->ui->at_ns, &held);
    for (size_t i = 0; i < held; i++)
        in_flight += holdings[i].in_flight;
    if (held > 0)
        draw_count(c, at, y, IN_FLIGHT, in_flight, false);
    else
        draw_fact(c, at, y, IN_FLIGHT, "-", false);
    if (!books || books->retry_tokens_max <= 0) {
        draw_fact(c, at, y, TOKENS, "-", false);
    } else {
        snprintf(text, sizeof text, "%.1f/%.0f", (double)books->retry_tokens / 1000,
                 (double)books->retry_tokens_max / 1000);
        /* At half of them and below, nothing is tried again. */
        draw_fact(c, at, y, TOKENS, text, books->retry_tokens * 2 <= books->retry_tokens_max);
    }
    if (books)
        draw_count(c, at, y, PANIC, books->panic_picks,
                   books->panic_picks > books->panic_picks_before);
    else
        draw_fact(c, at, y, PANIC, "-", false);
}

static void draw_client(const struct ek_canvas *c, const struct client_columns *at, int y,
                        uint32_t client)
{
    const struct ek_snapshot *s = c->s;
    const struct ek_client_moment *m = &s->moment->clients[client];
    const struct ek_client_counts *counts = &s->views.counts[client];
    (void)ek_grid_text(c->grid, 3, y, at->policy - 4, EK_STYLE_STRONG, s->clients[client].name);
    (void)ek_grid_text(c->grid, at->policy, y, at->policy_width, EK_STYLE_TEXT,
                       s->clients[client].policy);
    draw_count(c, at, y, LISTS, m->listed, false);
    draw_count(c, at, y, EJECTS, m->ejected, m->ejected > 0);
    draw_count(c, at, y, RETRIES, counts->retries, false);
    draw_count(c, at, y, THROTTLED, counts->throttled, counts->throttled > 0);
    draw_count(c, at, y, EJECTIONS, counts->ejections, false);
    draw_samples(c, at, y, client);
}

static void draw_clients(const struct ek_canvas *c, int y, int height)
{
    struct client_columns at = lay_out_clients(c);
    (void)ek_grid_text(c->grid, 3, y, at.policy - 4, EK_STYLE_HEADING, "client");
    (void)ek_grid_text(c->grid, at.policy, y, at.policy_width, EK_STYLE_HEADING, "policy");
    for (int i = 0; i < FACTS; i++) {
        if (at.x[i] >= 0)
            ek_grid_right(c->grid, at.x[i], y, facts[i].width, EK_STYLE_HEADING, facts[i].heading);
    }
    size_t top = ek__scroll(c->ui->client, c->s->client_count, height - 1, 50);
    for (int i = 0; i < height - 1 && top + (size_t)i < c->s->client_count; i++) {
        uint32_t client = (uint32_t)(top + (size_t)i);
        draw_client(c, &at, y + 1 + i, client);
        ek_grid_hit(c->grid, 1, y + 1 + i, c->grid->columns - 2, EK_HIT_CLIENT, client);
        if (client == c->ui->client)
            ek__draw_selected(c, 1, y + 1 + i, c->grid->columns - 2, !c->ui->is_lower_focused);
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
                                                                    : EK_STYLE_PROBING_WORD;
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

/* Of the order, at the top of so many rows. */
static size_t first_shown(const struct ek_canvas *c, int rows)
{
    return ek__scroll(ek_snapshot_row(c->s, c->ui->endpoint), c->s->order_count, rows, 50);
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
    draw_headings(c, &at, y++);
    size_t top = first_shown(c, height - 1);
    for (int i = 0; i < height - 1 && top + (size_t)i < s->order_count; i++) {
        uint32_t endpoint = s->order[top + (size_t)i];
        draw_endpoint(c, &at, y + i, endpoint, holding_of(holdings, count, endpoint), most);
        ek_grid_hit(c->grid, 1, y + i, c->grid->columns - 2, EK_HIT_ENDPOINT, endpoint);
        if (endpoint == c->ui->endpoint)
            ek__draw_selected(c, 1, y + i, c->grid->columns - 2, c->ui->is_lower_focused);
    }
}

void ek__draw_policy(const struct ek_canvas *c, int y)
{
    const struct ek_snapshot *s = c->s;
    char left[160], right[160];
    if (s->client_count == 0) {
        ek__draw_rule(c, y, "no client in this run", "");
        return;
    }
    int rows = c->grid->rows - 1 - y - 2;
    int clients = (int)s->client_count + 1;
    clients = clients > rows / 3 ? rows / 3 : clients;
    clients = clients < CLIENTS_LEAST ? CLIENTS_LEAST : clients;
    clients = clients > (int)s->client_count + 1 ? (int)s->client_count + 1 : clients;
    snprintf(left, sizeof left, "clients %zu, each with books of its own; counts until now",
             s->client_count);
    ek__draw_rule(c, y++, left, "");
    draw_clients(c, y, clients);
    y += clients;
    size_t count;
    (void)ek_replay_policy(s->replay, c->ui->client, c->ui->at_ns, &count);
    const struct ek_replay_client *client = &s->clients[c->ui->client];
    int room = c->grid->rows - 2 - y - 1;
    size_t top = first_shown(c, room), end = top + (size_t)room;
    end = end > s->order_count ? s->order_count : end;
    snprintf(left, sizeof left, "what %.40s of %.40s holds", client->policy, client->name);
    char rows_shown[64], score[80];
    snprintf(rows_shown, sizeof rows_shown, "%zu..%zu of %zu", end > top ? top + 1 : 0, end,
             s->endpoint_count);
    if (count == 0)
        snprintf(score, sizeof score, "no sample of this client yet");
    else if (client->score_unit[0] == '\0')
        snprintf(score, sizeof score, "it keeps no score");
    else
        snprintf(score, sizeof score, "score: %.60s", client->score_unit);
    snprintf(right, sizeof right, "%s  %s", score, rows_shown);
    ek__draw_rule(c, y++, left, right);
    draw_holdings(c, y, c->grid->rows - 1 - y);
}
