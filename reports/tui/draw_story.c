/* How the clients got over a fault: when it was there, what it cost, when it was noticed, when
 * traffic moved and came back. */
#include "reports/tui/draw.h"

#include "reports/text/render_text.h"
#include "reports/tui/format.h"

#include <stdio.h>
#include <string.h>

enum {
    STEPS_MAX = 8,
    NAME_LEAST = 10,
    WIDE = 130 /* columns from which a story has room in one row */
};

/* One step of the story: bright once it has happened. */
struct step {
    int64_t at_ns;
    char text[64];
};

struct story {
    struct step steps[STEPS_MAX];
    int count;
};

/* "#" stands for the number. */
static void add_step(struct story *story, int64_t at_ns, const char *format, const char *number)
{
    struct step *step = &story->steps[story->count++];
    step->at_ns = at_ns;
    size_t words = strcspn(format, "#");
    snprintf(step->text, sizeof step->text, "%.*s%.24s%s", (int)words, format, number,
             format[words] ? format + words + 1 : "");
}

static void add_delay(struct story *story, int64_t from_ns, int64_t delay_ns, const char *format)
{
    char delay[EK_FORMAT_MAX], text[EK_FORMAT_MAX + 1] = "at once";
    if (delay_ns > 0)
        snprintf(text, sizeof text, "+%s", ek__format_duration(delay_ns, delay));
    if (delay_ns >= 0)
        add_step(story, from_ns + delay_ns, format, text);
}

/* From when to when it was there, and what it cost. */
static void tell_span(struct story *story, const struct ek_snapshot *s,
                      const struct ek_failover *fault)
{
    char number[EK_FORMAT_MAX];
    add_step(story, fault->start_ns, "  at #", ek__format_edge(fault->start_ns, number));
    if (fault->end_ns >= s->span_ns)
        add_step(story, fault->start_ns, ", till the end", "");
    else if (fault->end_ns > fault->start_ns)
        add_step(story, fault->end_ns, ", over at #", ek__format_edge(fault->end_ns, number));
    if (fault->start_ns > s->end_ns && s->results->under_way)
        return; /* it is still to come */
    if (fault->errors == 0)
        add_step(story, fault->end_ns, ": no call failed", "");
    else if (fault->errors == 1)
        add_step(story, fault->end_ns, ": 1 call failed", "");
    else
        add_step(story, fault->end_ns, ": # calls failed", ek__format_count(fault->errors, number));
}

/* How the clients got over it. */
static void tell_course(struct story *story, const struct ek_snapshot *s,
                        const struct ek_failover *fault)
{
    bool is_over = fault->end_ns < s->end_ns;
    char recover[EK_FORMAT_MAX];
    add_delay(story, fault->start_ns, fault->detect_ns, "  noticed #");
    add_delay(story, fault->start_ns, fault->divert_ns,
              fault->detect_ns < 0 ? "  traffic moved #, by the policy alone"
                                   : "  traffic moved #");
    const char *stayed =
        fault->detect_ns < 0 ? "  not noticed, its traffic stayed" : "  most of its traffic stayed";
    if (!is_over && s->results->under_way)
        return; /* what did not happen may yet */
    if (fault->endpoint_count == 0)
        add_step(story, fault->end_ns, fault->detect_ns < 0 ? "  not noticed" : "", "");
    else if (fault->divert_ns < 0)
        add_step(story, fault->end_ns, stayed, "");
    else if (is_over && fault->recover_ns < 0)
        add_step(story, s->end_ns, "  traffic is not back", "");
    else if (is_over)
        add_step(story, fault->end_ns + fault->recover_ns,
                 fault->recover_ns > 0 ? "  back # after its end" : "  back at its end",
                 ek__format_duration(fault->recover_ns, recover));
}

static int draw_steps(const struct ek_canvas *c, int x, int y, const struct story *story)
{
    for (int i = 0; i < story->count; i++)
        x += ek_grid_text(c->grid, x, y, c->grid->columns - 2 - x,
                          story->steps[i].at_ns <= c->ui->at_ns ? EK_STYLE_STRONG : EK_STYLE_DIM,
                          story->steps[i].text);
    return x;
}

static int width_of(const struct ek_canvas *c, const struct story *story)
{
    int width = 0;
    for (int i = 0; i < story->count; i++)
        width += ek_grid_width(c->grid, story->steps[i].text);
    return width;
}

/* Two rows, or one where that is wide enough. */
static void draw_story(const struct ek_canvas *c, int y, const struct ek_failover *fault)
{
    struct story span = {.count = 0}, course = {.count = 0};
    char words[200];
    tell_span(&span, c->s, fault);
    tell_course(&course, c->s, fault);
    bool is_wide = c->grid->columns >= WIDE;
    int room = c->grid->columns - 4 - width_of(c, &span) - (is_wide ? width_of(c, &course) : 0);
    int x = 2;
    x += ek_grid_printf(c->grid, x, y, room < NAME_LEAST ? NAME_LEAST : room,
                        fault->start_ns <= c->ui->at_ns ? EK_STYLE_FAULT : EK_STYLE_DIM, "%s %s",
                        fault->id, ek__fault_text(fault, words, sizeof words));
    x = draw_steps(c, x, y, &span);
    (void)draw_steps(c, is_wide ? x : 2, is_wide ? y : y + 1, &course);
}

/* The fault that is on, or was last; before the first, the first. */
static size_t fault_at(const struct ek_snapshot *s, int64_t at_ns)
{
    size_t found = 0;
    for (size_t i = 1; i < s->results->fault_count; i++) {
        const struct ek_failover *now = &s->results->faults[found];
        const struct ek_failover *other = &s->results->faults[i];
        bool has_begun = other->start_ns <= at_ns;
        if ((has_begun && (other->start_ns >= now->start_ns || now->start_ns > at_ns)) ||
            (!has_begun && now->start_ns > at_ns && other->start_ns < now->start_ns))
            found = i;
    }
    return found;
}

int ek__draw_stories(const struct ek_canvas *c, int y, int most)
{
    const struct ek_results *results = c->s->results;
    if (results->fault_count == 0) {
        (void)ek_grid_text(c->grid, 2, y, c->grid->columns - 4, EK_STYLE_DIM,
                           results->watch && results->watch[0] ? results->watch
                                                               : "no fault in this run");
        return 1;
    }
    size_t now = fault_at(c->s, c->ui->at_ns);
    size_t told = results->fault_count < (size_t)most ? results->fault_count : (size_t)most;
    size_t top = ek__scroll(now, results->fault_count, (int)told, 50);
    int each = c->grid->columns >= WIDE ? 1 : 2;
    for (size_t i = 0; i < told; i++)
        draw_story(c, y + (int)i * each, &results->faults[top + i]);
    return (int)told * each;
}
