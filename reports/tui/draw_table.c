#include "reports/tui/draw.h"

#include "evenkeel/time.h"
#include "reports/tui/format.h"

#include <stdio.h>
#include <string.h>

/* Columns in the order they are shown. */
enum column {
    COLUMN_NAME,
    COLUMN_ZONE,
    COLUMN_SERVER,
    COLUMN_CONN,
    COLUMN_STATE,
    COLUMN_BAR,
    COLUMN_SHARE,
    COLUMN_RPS,
    COLUMN_P99,
    COLUMN_ERRORS,
    COLUMN_BUSY,
    COLUMN_SINCE,
    COLUMN_CHECK,
    COLUMN_LISTED,
    COLUMN_HISTORY,
    COLUMN_COUNT
};

enum {
    BAR_MOST = 20,
    HISTORY_LEAST = 15,
    HISTORY_MOST = 120
};

struct layout {
    int width[COLUMN_COUNT]; /* 0: no room for it */
};

static const struct {
    const char *heading;
    int width;
    bool is_number;
    int sort; /* enum ek_sort; -1: none */
} columns[COLUMN_COUNT] = {
    [COLUMN_NAME] = {"name", 5, false, EK_SORT_BY_NAME},
    [COLUMN_ZONE] = {"zone", 5, false, EK_SORT_BY_ZONE},
    [COLUMN_SERVER] = {"server", 8, false, -1},
    [COLUMN_CONN] = {"conn", 4, false, -1},
    [COLUMN_STATE] = {"state", 10, false, EK_SORT_BY_STATE},
    [COLUMN_BAR] = {"share", 6, false, -1},
    [COLUMN_SHARE] = {"1 s %", 6, true, EK_SORT_BY_SHARE},
    [COLUMN_RPS] = {"rps", 5, true, -1},
    [COLUMN_P99] = {"p99", 7, true, EK_SORT_BY_P99},
    [COLUMN_ERRORS] = {"err", 6, true, EK_SORT_BY_ERRORS},
    [COLUMN_BUSY] = {"busy", 4, true, -1},
    [COLUMN_SINCE] = {"since", 6, true, -1},
    [COLUMN_CHECK] = {"Consul", 8, false, -1},
    [COLUMN_LISTED] = {"lists", 5, true, -1},
    [COLUMN_HISTORY] = {"share until now", 0, false, -1}, /* as wide as there is room */
};

/* The order in which columns are given room. */
static const enum column priority[] = {
    COLUMN_NAME, COLUMN_STATE, COLUMN_SHARE,  COLUMN_SERVER, COLUMN_CHECK,
    COLUMN_BAR,  COLUMN_P99,   COLUMN_ERRORS, COLUMN_SINCE,  COLUMN_CONN,
    COLUMN_ZONE, COLUMN_RPS,   COLUMN_LISTED, COLUMN_BUSY,
};

static int longest(const struct ek_canvas *c, bool of_zones, int least, int most)
{
    int width = least;
    for (size_t i = 0; i < c->s->endpoint_count; i++) {
        const struct ek_replay_endpoint *endpoint = &c->s->endpoints[i];
        int here = ek_grid_width(c->grid, of_zones ? endpoint->zone : endpoint->name);
        width = here > width ? here : width;
    }
    return width > most ? most : width;
}

static bool has_zones(const struct ek_snapshot *s)
{
    for (size_t i = 0; i < s->endpoint_count; i++) {
        if (s->endpoints[i].zone[0] != '\0')
            return true;
    }
    return false;
}

static struct layout lay_out(const struct ek_canvas *c, int width)
{
    struct layout layout = {0};
    int left = width - 2;
    for (size_t i = 0; i < sizeof priority / sizeof priority[0]; i++) {
        enum column column = priority[i];
        int wanted = columns[column].width;
        if ((column == COLUMN_CHECK && !c->s->has_registry) ||
            (column == COLUMN_ZONE && !has_zones(c->s)))
            continue;
        if (column == COLUMN_NAME)
            wanted = longest(c, false, wanted, width / 5);
        else if (column == COLUMN_ZONE)
            wanted = longest(c, true, wanted, 12);
        if (wanted + 1 > left)
            continue;
        layout.width[column] = wanted;
        left -= wanted + 1;
    }
    int bar = layout.width[COLUMN_BAR];
    if (bar > 0)
        layout.width[COLUMN_BAR] = bar + left > BAR_MOST ? BAR_MOST : bar + left;
    left -= layout.width[COLUMN_BAR] - bar;
    if (left > HISTORY_LEAST)
        layout.width[COLUMN_HISTORY] = left > HISTORY_MOST ? HISTORY_MOST : left - 1;
    return layout;
}

static void draw_headings(const struct ek_canvas *c, const struct layout *layout, int x, int y)
{
    x += 2;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        int width = layout->width[i];
        if (width == 0)
            continue;
        char text[32];
        bool is_sorted = columns[i].sort == (int)c->ui->sort;
        snprintf(text, sizeof text, "%s%s", columns[i].heading,
                 !is_sorted           ? ""
                 : c->ui->is_inverted ? "▴"
                                      : "▾");
        if (columns[i].is_number)
            ek_grid_right(c->grid, x, y, width, EK_STYLE_HEADING, text);
        else
            (void)ek_grid_text(c->grid, x, y, width, EK_STYLE_HEADING, text);
        x += width + 1;
    }
}

/* "R" when it is so for every client that lists it; "T2" or "RT2" when for two of them. */
static const char *conn_text(const struct ek_endpoint_moment *m, char out[EK_FORMAT_MAX])
{
    uint32_t all = m->ready + m->connecting + m->failing + m->idle;
    char letter = m->failing > 0 ? 'T' : m->connecting > 0 ? 'C' : m->idle > 0 ? 'I' : 'R';
    uint32_t count = letter == 'T'   ? m->failing
                     : letter == 'C' ? m->connecting
                     : letter == 'I' ? m->idle
                                     : m->ready;
    if (all == 0)
        snprintf(out, EK_FORMAT_MAX, "-");
    else if (count == all)
        snprintf(out, EK_FORMAT_MAX, "%c", letter);
    else if (letter == 'R' || m->ready == 0)
        snprintf(out, EK_FORMAT_MAX, "%c%u", letter, (unsigned)count);
    else
        snprintf(out, EK_FORMAT_MAX, "R%c%u", letter, (unsigned)count);
    return out;
}

static enum ek_style process_style(enum ek_process process)
{
    switch (process) {
    case EK_PROCESS_UP:
        return EK_STYLE_TEXT;
    case EK_PROCESS_STARTING:
        return EK_STYLE_PROBING_WORD;
    case EK_PROCESS_DRAINING:
        return EK_STYLE_DRAINING;
    case EK_PROCESS_DOWN:
    case EK_PROCESS_PAUSED:
    case EK_PROCESS_DEGRADED:
        break;
    }
    return EK_STYLE_FAULT;
}

static enum ek_style check_style(const char *check)
{
    return check[0] == 'c' ? EK_STYLE_BAD : check[0] == 'w' ? EK_STYLE_SUSPECT_WORD : EK_STYLE_TEXT;
}

/* Text of the columns that are only a number or a word. */
static const char *cell_text(const struct ek_canvas *c, uint32_t endpoint, enum column column,
                             char out[EK_FORMAT_MAX])
{
    const struct ek_window_endpoint *window = &c->s->window.endpoints[endpoint];
    const struct ek_endpoint_moment *m = &c->s->moment->endpoints[endpoint];
    int64_t length_ns = c->s->window.length_ns;
    switch ((int)column) {
    case COLUMN_CONN:
        return conn_text(m, out);
    case COLUMN_SHARE:
        return ek__format_percent(window->attempts, c->s->window.endpoint_attempts, out);
    case COLUMN_RPS:
        return length_ns > 0
                   ? ek__format_short(
                         (uint64_t)((double)window->attempts * 1e9 / (double)length_ns + 0.5), out)
                   : "-";
    case COLUMN_P99:
        return ek__format_duration(window->p99_ns, out);
    case COLUMN_ERRORS:
        return ek__format_percent(window->errors, window->ok + window->errors, out);
    case COLUMN_BUSY:
        return ek__format_short(window->busy_max, out);
    case COLUMN_SINCE:
        return ek__format_duration(c->ui->at_ns - m->since_ns, out);
    case COLUMN_CHECK:
        return m->check[0] ? m->check : "-";
    case COLUMN_LISTED:
        snprintf(out, EK_FORMAT_MAX, "%u/%u", (unsigned)m->listed, (unsigned)c->s->client_count);
        return out;
    default:
        return "";
    }
}

static void draw_state(const struct ek_canvas *c, int x, int y, const struct ek_endpoint_moment *m)
{
    enum ek_style style = ek__fitness_style(m->fitness);
    ek_grid_put(c->grid, x, y, style, ek_fitness_glyph(m->fitness));
    (void)ek_grid_text(c->grid, x + 2, y, 8, ek__word_style(m->fitness),
                       ek_fitness_word(m->fitness));
    if (c->ui->at_ns - m->since_ns < EK_S && m->since_ns > 0)
        ek_grid_flag(c->grid, x, y, 10, EK_CELL_BOLD);
}

/* The endpoint's share over the stretch on screen, as far as the cursor; full is twice as much as
 * is fair. */
static void draw_history(const struct ek_canvas *c, int x, int y, int width, uint32_t endpoint)
{
    const struct ek_snapshot *s = c->s;
    for (int i = 0; i < width; i++) {
        struct ek_span span = ek_column_span(s->replay, s->from_ns, s->to_ns, width, i);
        double mine = 0, all = 0;
        if (span.end > s->window.end)
            break;
        for (size_t k = span.first; k < span.end; k++) {
            mine += (double)ek_replay_endpoint_intervals(s->replay, endpoint)[k].attempts;
            all += (double)ek_replay_intervals(s->replay)[k].attempts;
        }
        ek_grid_put(c->grid, x + i, y, EK_STYLE_CHART,
                    ek_grid_spark(mine * (double)s->endpoint_count, all * 2));
    }
}

static void draw_row(const struct ek_canvas *c, const struct layout *layout, int x, int y,
                     uint32_t endpoint, double share_most)
{
    const struct ek_endpoint_moment *m = &c->s->moment->endpoints[endpoint];
    const struct ek_window_endpoint *window = &c->s->window.endpoints[endpoint];
    for (int i = 0; i < COLUMN_COUNT; i++) {
        int width = layout->width[i];
        char text[EK_FORMAT_MAX];
        if (width == 0)
            continue;
        if (i == COLUMN_NAME)
            (void)ek_grid_text(c->grid, x, y, width, EK_STYLE_STRONG,
                               c->s->endpoints[endpoint].name);
        else if (i == COLUMN_ZONE)
            (void)ek_grid_text(c->grid, x, y, width, EK_STYLE_DIM, c->s->endpoints[endpoint].zone);
        else if (i == COLUMN_SERVER)
            (void)ek_grid_text(c->grid, x, y, width, process_style(m->process),
                               ek_process_word(m->process));
        else if (i == COLUMN_STATE)
            draw_state(c, x, y, m);
        else if (i == COLUMN_BAR)
            ek_grid_bar(c->grid, x, y, width, ek__bar_style(m->fitness), (double)window->attempts,
                        share_most);
        else if (i == COLUMN_HISTORY)
            draw_history(c, x, y, width, endpoint);
        else if (columns[i].is_number)
            ek_grid_right(c->grid, x, y, width,
                          i == COLUMN_ERRORS && window->errors > 0 ? EK_STYLE_BAD : EK_STYLE_TEXT,
                          cell_text(c, endpoint, (enum column)i, text));
        else
            (void)ek_grid_text(c->grid, x, y, width,
                               i == COLUMN_CHECK ? check_style(m->check) : EK_STYLE_TEXT,
                               cell_text(c, endpoint, (enum column)i, text));
        x += width + 1;
    }
}

/* Bars run to twice the fair share, or to the largest share where that is more. */
static double longest_bar(const struct ek_snapshot *s)
{
    double most = 0;
    for (size_t e = 0; e < s->endpoint_count; e++) {
        if ((double)s->window.endpoints[e].attempts > most)
            most = (double)s->window.endpoints[e].attempts;
    }
    double fair =
        s->endpoint_count > 0 ? (double)s->window.endpoint_attempts / (double)s->endpoint_count : 0;
    return most > 2 * fair ? most : 2 * fair;
}

void ek__draw_table(const struct ek_canvas *c, struct ek_pane pane)
{
    struct layout layout = lay_out(c, pane.width);
    draw_headings(c, &layout, pane.x, pane.y);
    if (c->s->order_count == 0 && c->ui->shows_faulty && c->ui->endpoint_filter[0] == '\0')
        (void)ek_grid_text(c->grid, pane.x + 2, pane.y + 1, pane.width - 2, EK_STYLE_DIM,
                           "every endpoint is healthy: ! shows them");
    else if (c->s->order_count == 0)
        (void)ek_grid_printf(c->grid, pane.x + 2, pane.y + 1, pane.width - 2, EK_STYLE_DIM,
                             c->s->endpoint_count == 0
                                 ? "no endpoints in this run"
                                 : "no endpoint matches \"%s\": \\ changes the filter",
                             c->ui->endpoint_filter);
    size_t selected = ek_snapshot_row(c->s, c->ui->endpoint);
    int height = pane.height - 1;
    size_t top = ek__scroll(selected, c->s->order_count, height, 50);
    double share_most = longest_bar(c->s);
    for (int i = 0; i < height && top + (size_t)i < c->s->order_count; i++) {
        int y = pane.y + 1 + i;
        draw_row(c, &layout, pane.x + 2, y, c->s->order[top + (size_t)i], share_most);
        ek_grid_hit(c->grid, pane.x, y, pane.width, EK_HIT_ENDPOINT, c->s->order[top + (size_t)i]);
        if (top + (size_t)i == selected)
            ek__draw_selected(c, pane.x, y, pane.width, !c->ui->is_log_focused);
    }
}
