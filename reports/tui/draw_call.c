#include "reports/tui/draw.h"

#include "evenkeel/status.h"
#include "reports/tui/format.h"

#include <stdio.h>
#include <string.h>

enum {
    LABEL_WIDTH = 30, /* number, endpoint, when, how long */
    STATUS_WIDTH = 22,
    CELL_WIDTH = 24, /* of a candidate */
    PICK_ROWS_MOST = 5
};

static const char *status_of(int status)
{
    return status >= 0 && status < EK_STATUS_COUNT ? ek_status_name((enum ek_status)status)
                                                   : "unknown";
}

static const char *endpoint_name(const struct ek_snapshot *s, uint32_t endpoint)
{
    return endpoint < s->endpoint_count ? s->endpoints[endpoint].name : "?";
}

/* Column of a moment between the call's planned time and its end. */
static int column_of(const struct ek_recorded_call *call, int64_t at_ns, int width)
{
    int64_t length = call->end_ns - call->planned_ns;
    if (length <= 0)
        return 0;
    int column = (int)((double)(at_ns - call->planned_ns) / (double)length * width);
    return column < 0 ? 0 : column > width ? width : column;
}

static void draw_attempt(const struct ek_canvas *c, int y, const struct ek_recorded_call *call,
                         uint32_t index)
{
    const struct ek_recorded_attempt *attempt = &call->attempts[index];
    char after[EK_FORMAT_MAX], taken[EK_FORMAT_MAX];
    bool is_good = attempt->status == EK_STATUS_OK;
    int x = 3 + LABEL_WIDTH;
    int width = c->grid->columns - 3 - STATUS_WIDTH - x;
    (void)ek_grid_printf(c->grid, 3, y, 2, EK_STYLE_DIM, "%u", (unsigned)index + 1);
    (void)ek_grid_text(c->grid, 5, y, 9, EK_STYLE_STRONG, endpoint_name(c->s, attempt->endpoint));
    snprintf(taken, sizeof taken, "+%s",
             ek__format_duration(attempt->start_ns - call->planned_ns, after));
    ek_grid_right(c->grid, 14, y, 8, EK_STYLE_DIM, taken);
    ek_grid_right(c->grid, 23, y, 8, EK_STYLE_TEXT,
                  ek__format_duration(attempt->end_ns - attempt->start_ns, taken));
    int from = column_of(call, attempt->start_ns, width);
    int to = column_of(call, attempt->end_ns, width);
    to = to <= from ? from + 1 : to;
    ek_grid_repeat(c->grid, x, y, from, EK_STYLE_DIM, 0x00b7);
    ek_grid_repeat(c->grid, x + from, y, to - from, is_good ? EK_STYLE_CHART : EK_STYLE_BAD,
                   0x2588);
    ek_grid_put(c->grid, x + width + 2, y, is_good ? EK_STYLE_HEALTHY : EK_STYLE_EJECTED,
                is_good ? 0x25cf : 0x2717);
    (void)ek_grid_text(c->grid, x + width + 4, y, STATUS_WIDTH - 4,
                       is_good ? EK_STYLE_TEXT : EK_STYLE_BAD, status_of(attempt->status));
}

static void draw_candidate(const struct ek_canvas *c, int x, int y, const char *unit,
                           const struct ek_replay_candidate *candidate)
{
    bool is_shown = strcmp(candidate->fitness, "eligible") == 0;
    enum ek_style style = candidate->is_chosen ? EK_STYLE_STRONG
                          : is_shown           ? EK_STYLE_TEXT
                                               : EK_STYLE_DIM;
    char score[EK_FORMAT_MAX];
    if (candidate->is_chosen)
        ek_grid_put(c->grid, x, y, EK_STYLE_CURSOR, 0x25b8);
    (void)ek_grid_text(c->grid, x + 1, y, 7, style, endpoint_name(c->s, candidate->endpoint));
    if (!is_shown) {
        (void)ek_grid_text(c->grid, x + 9, y, CELL_WIDTH - 11, style, candidate->fitness);
        return;
    }
    (void)ek_grid_printf(c->grid, x + 9, y, 4, style, "%u", (unsigned)candidate->in_flight);
    if (candidate->has_score)
        (void)ek_grid_text(c->grid, x + 13, y, CELL_WIDTH - 15, style,
                           ek__format_score(candidate->score, unit, score));
}

/* What the pick of an attempt chose from: the chosen first. Returns the rows taken. */
static int draw_pick(const struct ek_canvas *c, int y, const struct ek_recorded_call *call,
                     uint32_t attempt)
{
    size_t count, drawn = 0;
    const struct ek_replay_candidate *candidates =
        ek_replay_candidates(c->s->traced, call->number, attempt, &count);
    const struct ek_replay_client *client = &c->s->clients[call->client];
    size_t across = (size_t)((c->grid->columns - 8) / CELL_WIDTH);
    size_t shown = count > across * PICK_ROWS_MOST ? across * PICK_ROWS_MOST : count;
    if (count == 0)
        return 0;
    (void)ek_grid_printf(c->grid, 5, y, c->grid->columns - 8, EK_STYLE_DIM,
                         "%.30s picked it from %zu; beside each what is in flight%s%.40s%s",
                         client->policy, count, client->score_unit[0] ? ", score (" : "",
                         client->score_unit, client->score_unit[0] ? ")" : "");
    for (int chosen = 1; chosen >= 0; chosen--) {
        for (size_t i = 0; i < count && drawn < shown; i++) {
            if (candidates[i].is_chosen != (chosen == 1))
                continue;
            draw_candidate(c, 5 + (int)(drawn % across) * CELL_WIDTH, y + 1 + (int)(drawn / across),
                           client->score_unit, &candidates[i]);
            drawn++;
        }
    }
    return 1 + (int)((shown + across - 1) / across);
}

/* Returns the rows taken. */
static int draw_reason(const struct ek_canvas *c, int y, const struct ek_recorded_call *call)
{
    size_t count;
    (void)ek_replay_candidates(c->s->traced, call->number, 1, &count);
    if (count > 0)
        return 0;
    (void)ek_grid_printf(c->grid, 3, y, c->grid->columns - 5, EK_STYLE_DIM,
                         "%.30s picked; what it chose from is not recorded%s%s",
                         c->s->clients[call->client].policy, c->s->traced_not[0] ? ": " : "",
                         c->s->traced_not);
    return 1;
}

static void draw_scale(const struct ek_canvas *c, int y, const struct ek_recorded_call *call)
{
    char from[EK_FORMAT_MAX], to[EK_FORMAT_MAX];
    int x = 3 + LABEL_WIDTH;
    int width = c->grid->columns - 3 - STATUS_WIDTH - x;
    (void)ek_grid_text(c->grid, 3, y, 11, EK_STYLE_HEADING, "# endpoint");
    ek_grid_right(c->grid, 14, y, 8, EK_STYLE_HEADING, "after");
    ek_grid_right(c->grid, 23, y, 8, EK_STYLE_HEADING, "took");
    (void)ek_grid_printf(c->grid, x, y, width / 2, EK_STYLE_HEADING, "%s s",
                         ek__format_at(call->planned_ns, from));
    snprintf(from, sizeof from, "%.28s s", ek__format_at(call->end_ns, to));
    ek_grid_right(c->grid, x + width / 2, y, width - width / 2, EK_STYLE_HEADING, from);
}

/* Returns the rows taken. */
static int draw_waterfall(const struct ek_canvas *c, int y, const struct ek_recorded_call *call)
{
    int start = y;
    uint32_t kept =
        call->attempt_count < EK_RECORD_ATTEMPTS_MAX ? call->attempt_count : EK_RECORD_ATTEMPTS_MAX;
    draw_scale(c, y++, call);
    for (uint32_t i = 0; i < kept; i++) {
        draw_attempt(c, y++, call, i);
        y += y + PICK_ROWS_MOST + 4 < c->grid->rows ? draw_pick(c, y, call, i + 1) : 0;
    }
    if (kept == 0)
        (void)ek_grid_text(c->grid, 3, y++, c->grid->columns - 5, EK_STYLE_DIM,
                           "no attempt: no endpoint could be picked in time");
    if (call->attempt_count > kept)
        (void)ek_grid_printf(c->grid, 3, y++, c->grid->columns - 5, EK_STYLE_DIM,
                             "%u more attempts were not kept",
                             (unsigned)(call->attempt_count - kept));
    if (kept > 0)
        y += draw_reason(c, y, call);
    return y - start;
}

void ek__draw_call(const struct ek_canvas *c, int y)
{
    const struct ek_snapshot *s = c->s;
    const struct ek_recorded_call *call = s->call;
    char left[200], right[64], number[EK_FORMAT_MAX], taken[EK_FORMAT_MAX];
    if (!call || call->client >= s->client_count) {
        ek__draw_rule(c, y, "this call was not kept in the recording", "");
        return;
    }
    snprintf(left, sizeof left, "call %s of %.40s: %s after %s",
             ek__format_count(call->number, number), s->clients[call->client].name,
             status_of(call->status), ek__format_duration(call->end_ns - call->planned_ns, taken));
    snprintf(right, sizeof right, "%u attempt%s", (unsigned)call->attempt_count,
             call->attempt_count == 1 ? "" : "s");
    ek__draw_rule(c, y++, left, right);
    y += draw_waterfall(c, y, call);
    size_t line = ek_log_at(&s->log, s->moment->event_index);
    snprintf(right, sizeof right, "%zu of %zu", line == SIZE_MAX ? 0 : line + 1, s->log.count);
    ek__draw_rule(c, y++, s->log.count > 0 ? "its events, and what caused them" : "its events",
                  right);
    if (s->log.count == 0)
        (void)ek_grid_text(c->grid, 3, y, c->grid->columns - 5, EK_STYLE_DIM,
                           call->status == EK_STATUS_OK
                               ? "nothing went wrong with it: c and C go to the next and previous"
                               : "none were kept");
    else
        ek__draw_log(c, (struct ek_pane){1, y, c->grid->columns - 2, c->grid->rows - 1 - y}, true);
}

/* ---- text ---- */

void ek__draw_text(const struct ek_canvas *c, int y)
{
    const char *line = c->s->text ? c->s->text : "";
    int height = c->grid->rows - 2 - y;
    size_t count = 0, row = c->ui->place.row;
    for (const char *p = line; *p; p++)
        count += *p == '\n';
    size_t top = ek__scroll(row, count, height, 50);
    char right[64];
    snprintf(right, sizeof right, "line %zu of %zu", count > 0 ? row + 1 : 0, count);
    ek__draw_rule(c, y++, "only recorded causes", right);
    for (size_t i = 0; *line && i < top + (size_t)height; i++) {
        char text[512];
        size_t length = strcspn(line, "\n");
        snprintf(text, sizeof text, "%.*s", (int)(length < 500 ? length : 500), line);
        if (i >= top) {
            int at = y + (int)(i - top);
            (void)ek_grid_text(c->grid, 3, at, c->grid->columns - 5,
                               i == 0 ? EK_STYLE_STRONG : EK_STYLE_TEXT, text);
            ek_grid_hit(c->grid, 1, at, c->grid->columns - 2, EK_HIT_ROW, i);
            if (i == row)
                ek__draw_selected(c, 1, at, c->grid->columns - 2, true);
        }
        line += length + (line[length] == '\n');
    }
}
