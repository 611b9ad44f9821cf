/* The screens: pure functions from a snapshot to a grid. */
#ifndef EK_REPORTS_TUI_DRAW_H
#define EK_REPORTS_TUI_DRAW_H

#include "reports/tui/grid.h"
#include "reports/tui/snapshot.h"

enum {
    EK_DRAW_COLUMNS_MIN = 80,
    EK_DRAW_ROWS_MIN = 24
};

/* Draws everything: the open screen, help, prompt. `other`: of a second run; NULL: there is none.
 */
void ek_draw(struct ek_grid *grid, const struct ek_snapshot *snapshot,
             const struct ek_snapshot *other, const struct ek_ui *ui);

/* Pages that the help of a screen takes in so many rows. */
int ek_draw_help_pages(enum ek_screen screen, int rows);

/* Columns of time that fit into a grid of that width. */
int ek_draw_plot_columns(const struct ek_snapshot *snapshot, int columns);

/* ---- for the screens ---- */

/* The columns where time runs from left to right, the same on each screen. */
struct ek_plot {
    int x, width;
    int64_t from_ns, to_ns;
};

struct ek_pane {
    int x, y, width, height;
};

/* Drawing in progress. */
struct ek_canvas {
    struct ek_grid *grid;
    const struct ek_snapshot *s;
    const struct ek_snapshot *other; /* NULL: one run only */
    const struct ek_ui *ui;
    struct ek_plot plot;
};

/* The title bar, timeline, faults and numbers. Returns the first row below. */
int ek__draw_head(const struct ek_canvas *c);

/* A rule across the frame with text on its left and its right. */
void ek__draw_rule(const struct ek_canvas *c, int y, const char *left, const char *right);

/* The stories of at most `most` faults, of what the run is about without one. Returns the rows it
 * took. */
int ek__draw_stories(const struct ek_canvas *c, int y, int most);

void ek__draw_foot(const struct ek_canvas *c);
void ek__draw_help(const struct ek_canvas *c);

/* Column of a moment; -1 when it is not on screen. */
int ek__plot_column(const struct ek_plot *plot, int64_t at_ns);

/* Column of the cursor. What comes after the end, as calls run out, is at the end. */
int ek__cursor_column(const struct ek_canvas *c);

/* One row of blocks over time; `values` has plot.width numbers, < 0 for none. */
void ek__draw_lane(const struct ek_canvas *c, int y, const char *label, enum ek_style style,
                   const double *values, double most, const char *right);

/* Shows the cursor in a row over time. */
void ek__draw_cursor(const struct ek_canvas *c, int y);

void ek__draw_table(const struct ek_canvas *c, struct ek_pane pane);
void ek__draw_log(const struct ek_canvas *c, struct ek_pane pane, bool is_focused);

void ek__draw_overview(const struct ek_canvas *c, int y);
void ek__draw_heat(const struct ek_canvas *c, int y);
void ek__draw_events(const struct ek_canvas *c, int y);
void ek__draw_consul(const struct ek_canvas *c, int y);
void ek__draw_endpoint(const struct ek_canvas *c, int y);
void ek__draw_chain(const struct ek_canvas *c, int y);
void ek__draw_policy(const struct ek_canvas *c, int y);
void ek__draw_graphs(const struct ek_canvas *c, int y);
void ek__draw_compare(const struct ek_canvas *c, int y);
void ek__draw_call(const struct ek_canvas *c, int y);
void ek__draw_text(const struct ek_canvas *c, int y);

/* What the log is about: "notable events of call 12". Returns `out`. */
const char *ek__log_title(const struct ek_canvas *c, char *out, size_t size);

/* Marks a row as the selected one. */
void ek__draw_selected(const struct ek_canvas *c, int x, int y, int width, bool has_focus);

/* Style and character that an event is drawn with. */
enum ek_style ek__event_style(const struct ek_replay_event *event);
uint32_t ek__event_glyph(const struct ek_replay_event *event);

enum ek_style ek__fitness_style(enum ek_fitness fitness);

/* The same of its bars: never reversed, which would empty them. */
enum ek_style ek__bar_style(enum ek_fitness fitness);

/* The same of a state's word, which may need more contrast than its character. */
enum ek_style ek__word_style(enum ek_fitness fitness);

/* First row of a list of `count` that shows `selected` in `height` rows, near `part` of the height
 * from its top, in percent. */
size_t ek__scroll(size_t selected, size_t count, int height, int part);

/* "F1 +388 ms": how long after the fault at the root of its causes an event was; "" without. */
const char *ek__since_fault(const struct ek_snapshot *s, const struct ek_replay_event *event,
                            char *out, size_t size);

#endif
