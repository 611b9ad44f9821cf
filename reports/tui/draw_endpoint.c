#include "reports/tui/draw.h"

#include "reports/tui/format.h"

#include <stdio.h>

enum {
    PLOT_MAX = 1000,
    LANES = 5
};

/* What a lane shows of one interval; -1 for none. */
static double lane_value(const struct ek_endpoint_interval *row, double all, int lane)
{
    switch (lane) {
    case 0:
        return all > 0 ? (double)row->attempts / all : -1;
    case 1:
        return (double)row->errors;
    case 2:
        return (double)row->p99_ns;
    default:
        return (double)row->busy_max + (double)row->queued_max;
    }
}

static double attempts_of_all(const struct ek_snapshot *s, size_t interval)
{
    double all = 0;
    for (size_t e = 0; e < s->endpoint_count; e++)
        all += (double)ek_replay_endpoint_intervals(s->replay, (uint32_t)e)[interval].attempts;
    return all;
}

static const char *number_at_cursor(const struct ek_snapshot *s, uint32_t endpoint, int lane,
                                    char out[EK_FORMAT_MAX])
{
    const struct ek_window_endpoint *window = &s->window.endpoints[endpoint];
    switch (lane) {
    case 0:
        return ek__format_percent(window->attempts, s->window.endpoint_attempts, out);
    case 1:
        return ek__format_count(window->errors, out);
    case 2:
        return ek__format_duration(window->p99_ns, out);
    default:
        return ek__format_count(window->busy_max, out);
    }
}

static void draw_lane(const struct ek_canvas *c, int y, uint32_t endpoint, int lane)
{
    static const char *const labels[] = {"share", "errors", "p99", "busy"};
    static const enum ek_style styles[] = {EK_STYLE_CHART, EK_STYLE_BAD, EK_STYLE_CHART,
                                           EK_STYLE_CHART};
    const struct ek_plot *plot = &c->plot;
    const struct ek_endpoint_interval *rows = ek_replay_endpoint_intervals(c->s->replay, endpoint);
    double values[PLOT_MAX], most = 0;
    for (int i = 0; i < plot->width; i++) {
        struct ek_span span =
            ek_column_span(c->s->replay, plot->from_ns, plot->to_ns, plot->width, i);
        values[i] = -1;
        for (size_t k = span.first; k < span.end; k++) {
            double all = lane == 0 ? attempts_of_all(c->s, k) : 0;
            double value = lane_value(&rows[k], all, lane);
            values[i] = value > values[i] ? value : values[i];
        }
        most = values[i] > most ? values[i] : most;
    }
    char text[EK_FORMAT_MAX];
    ek__draw_lane(c, y, labels[lane], styles[lane], values, most,
                  number_at_cursor(c->s, endpoint, lane, text));
}

/* The strip of states over time. */
static void draw_states(const struct ek_canvas *c, int y, uint32_t endpoint)
{
    const struct ek_plot *plot = &c->plot;
    const struct ek_heat *heat = &c->s->heat;
    (void)ek_grid_text(c->grid, 2, y, plot->x - 3, EK_STYLE_DIM, "state");
    for (int i = 0; i < plot->width && i < heat->known; i++) {
        enum ek_fitness fitness =
            (enum ek_fitness)heat->cells[endpoint * (size_t)heat->columns + (size_t)i].fitness;
        ek_grid_put(c->grid, plot->x + i, y, ek__fitness_style(fitness),
                    fitness == EK_FITNESS_HEALTHY ? 0x2500 : ek_fitness_glyph(fitness));
    }
    ek__draw_cursor(c, y);
}

void ek__draw_endpoint(const struct ek_canvas *c, int y)
{
    uint32_t endpoint = c->ui->place.endpoint;
    const struct ek_snapshot *s = c->s;
    const struct ek_endpoint_moment *m = &s->moment->endpoints[endpoint];
    char left[200], right[96], since[EK_FORMAT_MAX];
    snprintf(left, sizeof left, "endpoint %.40s%s%.20s  %.40s", s->endpoints[endpoint].name,
             s->endpoints[endpoint].zone[0] ? "  zone " : "", s->endpoints[endpoint].zone,
             s->endpoints[endpoint].address);
    ek__draw_rule(c, y++, left, "");

    int x = 2;
    x += ek_grid_printf(c->grid, x, y, 17, EK_STYLE_TEXT, "server %s", ek_process_word(m->process));
    x += ek_grid_text(c->grid, x, y, 10, EK_STYLE_TEXT, "  clients ");
    ek_grid_put(c->grid, x, y, ek__fitness_style(m->fitness), ek_fitness_glyph(m->fitness));
    x += 2;
    x += ek_grid_text(c->grid, x, y, 8, ek__word_style(m->fitness), ek_fitness_word(m->fitness));
    x += ek_grid_printf(c->grid, x, y, 12, EK_STYLE_TEXT, ", %s",
                        ek__format_duration(c->ui->at_ns - m->since_ns, since));
    x += ek_grid_printf(c->grid, x, y, 24, EK_STYLE_TEXT, "  listed %u/%zu, ejected %u",
                        (unsigned)m->listed, s->client_count, (unsigned)m->ejected);
    if (m->check[0])
        (void)ek_grid_printf(c->grid, x, y, c->grid->columns - 1 - x, EK_STYLE_TEXT, "  Consul %s",
                             m->check);
    y++;
    draw_states(c, y++, endpoint);
    for (int lane = 0; lane < LANES - 1; lane++)
        draw_lane(c, y++, endpoint, lane);

    size_t line = ek_log_at(&s->log, s->moment->event_index);
    ek__log_title(c, left, sizeof left);
    snprintf(right, sizeof right, "%zu of %zu", line == SIZE_MAX ? 0 : line + 1, s->log.count);
    ek__draw_rule(c, y++, left, right);
    ek__draw_log(c, (struct ek_pane){1, y, c->grid->columns - 2, c->grid->rows - 1 - y}, true);
}
