#include "reports/tui/draw.h"

#include "evenkeel/event.h"
#include "reports/tui/format.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME_MOST = 16,
    CLIENTS_LEAST = 3
};

/* 1: a client should list it but does not; -1: lists it but should not; 0: in accord. A warning is
 * a matter of the query, so that it never counts as a difference. */
static int differs(const struct ek_snapshot *s, uint32_t client, uint32_t endpoint)
{
    const char *check = s->moment->endpoints[endpoint].check;
    bool is_listed = ek_views_at(&s->views, client, endpoint)->is_listed;
    if (check[0] == 'w')
        return 0;
    bool should_be = check[0] == 'p';
    return should_be == is_listed ? 0 : should_be ? 1 : -1;
}

static bool asks_registry(const struct ek_snapshot *s, size_t client)
{
    return s->moment->clients[client].index > 0;
}

/* "lists b03 (critical), lacks b05"; what was refused is more than that. */
static void describe_difference(const struct ek_snapshot *s, uint32_t client, char *out,
                                size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    if (!asks_registry(s, client)) {
        snprintf(out, size, "%s", s->moment->registry_index > 0 ? "no answer yet" : "static list");
        return;
    }
    if (s->moment->clients[client].is_refused) {
        snprintf(out, size, "lists what it had: answer refused");
        return;
    }
    for (uint32_t e = 0; e < s->endpoint_count && at < size; e++) {
        int sign = differs(s, client, e);
        if (sign == 0)
            continue;
        const char *check = s->moment->endpoints[e].check;
        at += (size_t)snprintf(out + at, size - at, "%s%s %s (%s)", at > 0 ? ", " : "",
                               sign > 0 ? "lacks" : "lists", s->endpoints[e].name,
                               check[0] ? check : "not registered");
    }
    if (at == 0)
        snprintf(out, size, "same as the registry");
}

static void draw_client(const struct ek_canvas *c, int y, uint32_t client)
{
    const struct ek_snapshot *s = c->s;
    const struct ek_client_moment *m = &s->moment->clients[client];
    char text[400], age[EK_FORMAT_MAX];
    (void)ek_grid_text(c->grid, 3, y, NAME_MOST - 1, EK_STYLE_STRONG, s->clients[client].name);
    bool is_behind = asks_registry(s, client) && m->index < s->moment->registry_index;
    snprintf(text, sizeof text, "%llu", (unsigned long long)m->index);
    ek_grid_right(c->grid, 3 + NAME_MOST, y, 7, is_behind ? EK_STYLE_SUSPECT_WORD : EK_STYLE_TEXT,
                  m->index > 0 ? text : "-");
    ek_grid_right(
        c->grid, 3 + NAME_MOST + 8, y, 8, EK_STYLE_TEXT,
        ek__format_duration(m->believed_ns < 0 ? -1 : c->ui->at_ns - m->believed_ns, age));
    snprintf(text, sizeof text, "%u", (unsigned)m->listed);
    ek_grid_right(c->grid, 3 + NAME_MOST + 17, y, 5, EK_STYLE_TEXT, text);
    snprintf(text, sizeof text, "%u", (unsigned)m->ejected);
    ek_grid_right(c->grid, 3 + NAME_MOST + 23, y, 7,
                  m->ejected > 0 ? EK_STYLE_EJECTED : EK_STYLE_TEXT, text);
    describe_difference(s, client, text, sizeof text);
    (void)ek_grid_text(c->grid, 3 + NAME_MOST + 32, y, c->grid->columns - NAME_MOST - 37,
                       text[0] == 'l' ? EK_STYLE_SUSPECT_WORD : EK_STYLE_DIM, text);
}

static void draw_clients(const struct ek_canvas *c, int y, int height)
{
    (void)ek_grid_text(c->grid, 3, y, 10, EK_STYLE_HEADING, "client");
    ek_grid_right(c->grid, 3 + NAME_MOST, y, 7, EK_STYLE_HEADING, "index");
    ek_grid_right(c->grid, 3 + NAME_MOST + 8, y, 8, EK_STYLE_HEADING, "age");
    ek_grid_right(c->grid, 3 + NAME_MOST + 17, y, 5, EK_STYLE_HEADING, "lists");
    ek_grid_right(c->grid, 3 + NAME_MOST + 23, y, 7, EK_STYLE_HEADING, "ejects");
    (void)ek_grid_text(c->grid, 3 + NAME_MOST + 32, y, 30, EK_STYLE_HEADING,
                       "differs from the registry");
    size_t top = ek__scroll(c->ui->client, c->s->client_count, height - 1, 50);
    for (int i = 0; i < height - 1 && top + (size_t)i < c->s->client_count; i++) {
        uint32_t client = (uint32_t)(top + (size_t)i);
        draw_client(c, y + 1 + i, client);
        ek_grid_hit(c->grid, 1, y + 1 + i, c->grid->columns - 2, EK_HIT_CLIENT, client);
        if (client == c->ui->client)
            ek__draw_selected(c, 1, y + 1 + i, c->grid->columns - 2, !c->ui->is_lower_focused);
    }
}

/* One endpoint as the registry has it, as the selected client has it. */
static void draw_endpoint(const struct ek_canvas *c, int x, int y, int width, uint32_t endpoint)
{
    const struct ek_snapshot *s = c->s;
    const struct ek_endpoint_moment *m = &s->moment->endpoints[endpoint];
    const struct ek_view *view = ek_views_at(&s->views, c->ui->client, endpoint);
    static const char *const words[EK_CONN_COUNT] = {"idle", "connecting", "ready", "failing",
                                                     "shut down"};
    char index[EK_FORMAT_MAX];
    int name = width - 29;
    bool is_critical = m->check[0] == 'c';
    (void)ek_grid_text(c->grid, x, y, name, EK_STYLE_STRONG, s->endpoints[endpoint].name);
    (void)ek_grid_text(c->grid, x + name + 1, y, 8, is_critical ? EK_STYLE_BAD : EK_STYLE_TEXT,
                       m->check[0] ? m->check : "-");
    snprintf(index, sizeof index, "%llu", (unsigned long long)s->views.endpoint_index[endpoint]);
    ek_grid_right(c->grid, x + name + 10, y, 6, EK_STYLE_DIM,
                  s->views.endpoint_index[endpoint] > 0 ? index : "-");
    bool is_odd = asks_registry(s, c->ui->client) && differs(s, c->ui->client, endpoint) != 0;
    enum ek_style style = is_odd             ? EK_STYLE_SUSPECT_WORD
                          : !view->is_listed ? EK_STYLE_DIM
                          : view->is_ejected ? EK_STYLE_EJECTED
                                             : EK_STYLE_TEXT;
    (void)ek_grid_text(c->grid, x + name + 18, y, 11, style,
                       !view->is_listed   ? "not listed"
                       : view->is_ejected ? "ejected"
                                          : words[view->conn]);
}

/* How the endpoints are laid out: columns that are filled one after the other. */
struct layout {
    int name, width, across, rows;
    size_t first, end; /* shown */
};

static struct layout lay_out(const struct ek_canvas *c, int rows)
{
    const struct ek_snapshot *s = c->s;
    struct layout at = {.name = 4, .rows = rows < 1 ? 1 : rows};
    for (size_t e = 0; e < s->endpoint_count; e++) {
        int here = ek_grid_width(c->grid, s->endpoints[e].name);
        at.name = here > at.name ? here : at.name;
    }
    at.width = (at.name > NAME_MOST ? NAME_MOST : at.name) + 29;
    at.across = (c->grid->columns - 4) / (at.width + 2);
    at.across = at.across < 1 ? 1 : at.across;
    size_t page = (size_t)at.across * (size_t)at.rows;
    at.first = c->ui->endpoint / page * page;
    at.end = at.first + page > s->endpoint_count ? s->endpoint_count : at.first + page;
    return at;
}

/* What changed last is what one looks for, but order by name is what one finds. */
static void draw_registry(const struct ek_canvas *c, const struct layout *at, int y)
{
    for (int k = 0; k < at->across; k++) {
        int x = 3 + k * (at->width + 2);
        size_t first = at->first + (size_t)k * (size_t)at->rows;
        if (first >= at->end && k > 0)
            break;
        (void)ek_grid_text(c->grid, x, y, at->name, EK_STYLE_HEADING, "name");
        (void)ek_grid_text(c->grid, x + at->width - 28, y, 8, EK_STYLE_HEADING, "check");
        ek_grid_right(c->grid, x + at->width - 19, y, 6, EK_STYLE_HEADING, "index");
        (void)ek_grid_text(c->grid, x + at->width - 11, y, 11, EK_STYLE_HEADING, "client has");
        for (int i = 0; i < at->rows && first + (size_t)i < at->end; i++) {
            uint32_t endpoint = (uint32_t)(first + (size_t)i);
            draw_endpoint(c, x, y + 1 + i, at->width, endpoint);
            if (endpoint == c->ui->endpoint)
                ek__draw_selected(c, x - 2, y + 1 + i, at->width, c->ui->is_lower_focused);
        }
    }
}

/* A fault that has hold of the registry now; NULL: none. */
static const struct ek_failover *lie(const struct ek_canvas *c)
{
    const struct ek_results *results = c->s->results;
    for (size_t i = 0; i < results->fault_count; i++) {
        const struct ek_failover *fault = &results->faults[i];
        if (strncmp(fault->kind, "registry", 8) == 0 && fault->start_ns <= c->ui->at_ns &&
            c->ui->at_ns < fault->end_ns)
            return fault;
    }
    return NULL;
}

void ek__draw_consul(const struct ek_canvas *c, int y)
{
    const struct ek_snapshot *s = c->s;
    char left[160], right[64];
    if (s->client_count == 0) {
        ek__draw_rule(c, y, "no client in this run", "");
        return;
    }
    int rows = c->grid->rows - 1 - y - 2;
    int clients = (int)s->client_count + 1;
    clients = clients > rows / 2 ? rows / 2 : clients;
    clients = clients < CLIENTS_LEAST ? CLIENTS_LEAST : clients;
    clients = clients > (int)s->client_count + 1 ? (int)s->client_count + 1 : clients;
    size_t behind = 0, refused = 0;
    for (size_t i = 0; i < s->client_count; i++) {
        behind += asks_registry(s, i) && s->moment->clients[i].index < s->moment->registry_index;
        refused += s->moment->clients[i].is_refused;
    }
    if (refused > 0)
        snprintf(left, sizeof left, "clients %zu: %zu refused the last answer", s->client_count,
                 refused);
    else if (s->has_registry)
        snprintf(left, sizeof left, "clients %zu: %zu behind the registry", s->client_count,
                 behind);
    else
        snprintf(left, sizeof left, "clients %zu, none asks a registry", s->client_count);
    if (s->moment->registry_index > 0)
        snprintf(right, sizeof right, "Consul index %llu",
                 (unsigned long long)s->moment->registry_index);
    else
        snprintf(right, sizeof right, "%s", s->has_registry ? "no registry so far" : "");
    const struct ek_failover *fault = lie(c);
    if (fault)
        snprintf(right, sizeof right, "%.12s is on: its answers are %.20s", fault->id,
                 fault->kind[8] == '-' ? fault->kind + 9 : fault->kind);
    ek__draw_rule(c, y++, left, right);
    draw_clients(c, y, clients);
    y += clients;
    struct layout at = lay_out(c, c->grid->rows - 1 - y - 2);
    snprintf(left, sizeof left, "%s of %.60s",
             s->has_registry ? "the registry beside the view" : "the view",
             s->clients[c->ui->client].name);
    right[0] = '\0';
    if (at.end - at.first < s->endpoint_count)
        snprintf(right, sizeof right, "%zu..%zu of %zu", at.first + 1, at.end, s->endpoint_count);
    ek__draw_rule(c, y++, left, right);
    draw_registry(c, &at, y);
}
