/* Each fault in steps: it begins, hurts, is noticed, traffic moves, it ends, traffic is back. */
#include "reports/html/report.h"

#include "reports/html/write.h"
#include "reports/text/render_text.h"

#include <inttypes.h>

struct fault {
    const struct ek__report *report;
    const struct ek__run *run;
    const struct ek_failover *failover;
    const struct ek__course *course;
    FILE *out;
};

/* "b03, b06, b09 and 12 more" */
static void put_endpoints(const struct fault *fault)
{
    enum {
        NAMED_MAX = 6
    };
    size_t count = fault->failover->endpoint_count;
    for (size_t i = 0; i < count && i < NAMED_MAX; i++)
        ek__html(fault->out, i > 0 ? ", <b>$</b>" : "<b>$</b>",
                 fault->run->endpoints[fault->failover->endpoints[i]].name);
    if (count > NAMED_MAX)
        fprintf(fault->out, " and %zu more", count - NAMED_MAX);
}

/* ---- the steps ---- */

static void step_begin(const struct fault *fault, const char *class, const char *name,
                       int64_t at_ns, int64_t from_ns, size_t event)
{
    ek__html(fault->out, "<li class=\"step $\"><span class=\"what\">$</span> <span class=\"at\">",
             class, name);
    if (at_ns >= 0) {
        ek__moment_begin(fault->report, fault->run, at_ns, event, fault->out);
        if (at_ns > from_ns && from_ns >= 0)
            ek__html(fault->out, "+$</a></span> <span class=\"abs\">at $</span>",
                     ek__duration(at_ns - from_ns).s, ek__when(at_ns).s);
        else
            ek__html(fault->out, "$</a></span>", ek__when(at_ns).s);
    } else {
        fputs("–</span>", fault->out);
    }
    fputs(" <span class=\"how\">", fault->out);
}

static void step_end(const struct fault *fault)
{
    fputs("</span></li>\n", fault->out);
}

static void put_event(const struct fault *fault, size_t event)
{
    char text[400];
    if (event < fault->run->event_count)
        ek__html(fault->out, "$",
                 ek_replay_event_text(fault->run->replay, &fault->run->events[event], text,
                                      sizeof text));
}

static void put_first_error(const struct fault *fault)
{
    const struct ek__course *course = fault->course;
    bool has_one = course->first_error_ns >= 0;
    step_begin(fault, has_one ? "bad" : "good", "first failure", course->first_error_ns,
               fault->failover->start_ns, course->first_error);
    if (has_one && course->is_unexplained)
        fputs("while it lasted: ", fault->out);
    if (has_one)
        put_event(fault, course->first_error);
    else
        fputs("no call failed because of it", fault->out);
    step_end(fault);
}

static void put_noticed(const struct fault *fault)
{
    const struct ek__course *course = fault->course;
    bool has_moved = course->divert_ns >= 0;
    step_begin(fault, course->detect_ns < 0 && !has_moved ? "bad" : "note", "noticed",
               course->detect_ns, fault->failover->start_ns, course->detect);
    if (course->detect_ns < 0)
        fputs(has_moved ? "nobody was ejected and no connection failed: the policy itself kept away"
                        : "never: nothing reacted to it",
              fault->out);
    else
        put_event(fault, course->detect);
    if (course->ejections > 1)
        ek__html(fault->out, "; the last of $ by $ clients $ later", ek__count(course->ejections).s,
                 ek__count(course->clients_ejecting).s,
                 ek__duration(course->eject_last_ns - course->eject_first_ns).s);
    step_end(fault);
}

/* What part of its fair share the fault's endpoints kept while it lasted. */
static void put_kept(const struct fault *fault)
{
    uint64_t endpoints = fault->run->endpoint_count, hit = fault->failover->endpoint_count;
    ek__html(fault->out, "they got $ of the attempts; an even share is $",
             ek__share(fault->course->hit_attempts, fault->course->attempts, 1).s,
             ek__share(hit, endpoints, 1).s);
}

static void put_moved(const struct fault *fault)
{
    const struct ek__course *course = fault->course;
    if (fault->failover->endpoint_count == 0)
        return;
    if (course->divert_ns < 0) {
        step_begin(fault, "bad", "traffic moved", -1, -1, SIZE_MAX);
        fputs("never; ", fault->out);
        put_kept(fault);
    } else {
        step_begin(fault, "note", "traffic moved", course->divert_ns, fault->failover->start_ns,
                   SIZE_MAX);
        fputs("the last attempt before their share fell to a tenth; over the whole fault ",
              fault->out);
        put_kept(fault);
    }
    step_end(fault);
}

static void put_back(const struct fault *fault)
{
    const struct ek__course *course = fault->course;
    const struct ek_failover *failover = fault->failover;
    bool ends = failover->end_ns < fault->run->end_ns;
    step_begin(fault, "note", "fault ends", ends ? failover->end_ns : -1, -1, SIZE_MAX);
    if (ends)
        ek__html(fault->out, "after $", ek__instant(failover->end_ns - failover->start_ns).s);
    else
        fputs("it lasts to the end of the run", fault->out);
    step_end(fault);
    if (failover->endpoint_count == 0)
        return;
    bool has_left = course->divert_ns >= 0;
    step_begin(fault,
               course->back_ns >= 0 ? "good"
               : has_left           ? "bad"
                                    : "note",
               "traffic is back", course->back_ns, failover->end_ns, SIZE_MAX);
    if (course->back_ns >= 0)
        fputs("from here its endpoints get 95 % of what they had before", fault->out);
    else
        fputs(has_left ? "not in this run" : "it had never left", fault->out);
    step_end(fault);
}

static void put_cost(const struct fault *fault)
{
    const struct ek__course *course = fault->course;
    uint64_t errors = fault->failover->errors;
    ek__html(fault->out, "<li class=\"step cost $ $\"><span class=\"what\">what it cost</span> ",
             errors > 0 ? "bad" : "good", fault->failover->endpoint_count == 0 ? "alone" : "");
    ek__html(fault->out, "<span class=\"at\">$ failed $</span> <span class=\"how\">",
             errors > 0 ? ek__count(errors).s : "no", errors > 1 ? "calls" : "call");
    if (errors > 0)
        ek__html(fault->out, "$ of the $ planned while it lasted; ",
                 ek__share(errors, course->calls > errors ? course->calls : errors, 2).s,
                 ek__count(course->calls).s);
    ek__html(fault->out, course->retries == 1 ? "$ retry" : "$ retries",
             course->retries > 0 ? ek__count(course->retries).s : "no");
    if (course->p99_peak_ns >= 0) {
        ek__html(fault->out, "; p99 at most ");
        ek__moment_begin(fault->report, fault->run, course->p99_peak_at_ns, SIZE_MAX, fault->out);
        ek__html(fault->out, "$</a>", ek__duration(course->p99_peak_ns).s);
        if (course->p99_before_ns >= 0)
            ek__html(fault->out, ", $ before", ek__duration(course->p99_before_ns).s);
    }
    step_end(fault);
}

static void put_steps(const struct fault *fault)
{
    const struct ek_failover *failover = fault->failover;
    char words[320];
    ek__html(fault->out, "<article class=\"course\"><h4><span class=\"fault-id\">$</span> $</h4>",
             failover->id, ek__fault_text(failover, words, sizeof words));
    fputs("<ol class=\"steps\">\n", fault->out);
    step_begin(fault, "bad", "fault begins", failover->start_ns, -1, SIZE_MAX);
    if (failover->endpoint_count > 0) {
        fputs("it hits ", fault->out);
        put_endpoints(fault);
    } else {
        ek__html(fault->out, "it hits $, no endpoint itself", failover->target);
    }
    step_end(fault);
    put_first_error(fault);
    put_noticed(fault);
    put_moved(fault);
    put_back(fault);
    put_cost(fault);
    fputs("</ol></article>\n", fault->out);
}

/* ---- the table ---- */

static void put_offset(const struct fault *fault, int64_t at_ns, int64_t from_ns, size_t event)
{
    fputs("<td class=\"num\">", fault->out);
    if (at_ns < 0) {
        fputs("–</td>", fault->out);
        return;
    }
    ek__moment_begin(fault->report, fault->run, at_ns, event, fault->out);
    ek__html(fault->out, "$</a></td>", at_ns > from_ns ? ek__duration(at_ns - from_ns).s : "0 ms");
}

static void put_row(const struct fault *fault)
{
    const struct ek_failover *failover = fault->failover;
    const struct ek__course *course = fault->course;
    fputs("<tr>", fault->out);
    if (fault->report->run_count > 1)
        ek__html(fault->out, "<td class=\"run run$\"><span class=\"letter\">$</span> $</td>",
                 fault->run->letter, fault->run->letter, fault->run->label);
    char words[320];
    ek__html(fault->out, "<th scope=\"row\">$ <small>$</small></th>", failover->id,
             ek__fault_text(failover, words, sizeof words));
    fputs("<td class=\"num\">", fault->out);
    ek__moment_begin(fault->report, fault->run, failover->start_ns, SIZE_MAX, fault->out);
    ek__html(fault->out, "$</a></td>", ek__range(failover->start_ns, failover->end_ns).s);
    put_offset(fault, course->first_error_ns, failover->start_ns, course->first_error);
    put_offset(fault, course->detect_ns, failover->start_ns, course->detect);
    put_offset(fault, course->eject_first_ns, failover->start_ns, course->eject_first);
    put_offset(fault, course->divert_ns, failover->start_ns, SIZE_MAX);
    put_offset(fault, course->last_error_ns, failover->start_ns, SIZE_MAX);
    put_offset(fault, course->back_ns, failover->end_ns, SIZE_MAX);
    ek__html(fault->out, "<td class=\"num\">$</td><td class=\"num\">$</td><td class=\"num\">$</td>",
             ek__count(failover->errors).s, ek__count(course->retries).s,
             course->p99_peak_ns < 0 ? "–" : ek__duration(course->p99_peak_ns).s);
    fputs("</tr>\n", fault->out);
}

static void put_table(const struct ek__report *report, FILE *out)
{
    fputs("<div class=\"wide\"><table><thead><tr>", out);
    if (report->run_count > 1)
        fputs("<th scope=\"col\">run</th>", out);
    fputs("<th scope=\"col\">fault</th><th scope=\"col\" class=\"num\">lasts</th><th scope=\"col\""
          " class=\"num\">first error</th><th scope=\"col\" class=\"num\">noticed</th>"
          "<th scope=\"col\" class=\"num\">ejected</th><th scope=\"col\" class=\"num\">moved"
          "</th><th scope=\"col\" class=\"num\">last error</th><th scope=\"col\" class=\"num\">"
          "back</th><th scope=\"col\" class=\"num\">errors</th><th scope=\"col\" class=\"num\">"
          "retries</th><th scope=\"col\" class=\"num\">peak p99</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < report->run_count; i++)
        for (size_t f = 0; f < report->runs[i].results->fault_count; f++)
            put_row(&(struct fault){report, &report->runs[i], &report->runs[i].results->faults[f],
                                    &report->runs[i].courses[f], out});
    fputs("</tbody></table></div>\n<p class=\"note\">Counted from the fault's start; back from its"
          " end. Errors are the failed calls that were under way while it lasted, less"
          " what failed in as long a time before the first fault. – : it did not happen."
          "</p>\n",
          out);
}

void ek__part_failover(const struct ek__report *report, FILE *out)
{
    enum {
        STEPS_MAX = 4 /* faults of a run told step by step; the table has all */
    };
    size_t faults = 0;
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        faults += run->results->fault_count;
        if (run->results->fault_count > 0)
            ek__run_heading(report, run, out);
        for (size_t f = 0; f < run->results->fault_count && f < STEPS_MAX; f++)
            put_steps(
                &(struct fault){report, run, &run->results->faults[f], &run->courses[f], out});
    }
    if (faults > 0)
        put_table(report, out);
    else
        fputs("<p>Nothing was broken in this run.</p>\n", out);
}
