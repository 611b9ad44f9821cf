/* Which moment of the run decided an expectation, and links to moments. */
#include "reports/html/moment.h"

#include "reports/html/write.h"
#include "reports/recording/decided.h"

#include <inttypes.h>

void ek__run_heading(const struct ek__report *report, const struct ek__run *run, FILE *out)
{
    if (report->run_count > 1)
        ek__html(out,
                 "<h3 class=\"run run$\"><span class=\"letter\">$</span> $ <small>$</small></h3>\n",
                 run->letter, run->letter, run->label, run->results->scenario);
}

void ek__moment_begin(const struct ek__report *report, const struct ek__run *run, int64_t at_ns,
                      size_t event, FILE *out)
{
    fprintf(out, "<a class=\"moment\" data-run=\"%td\" data-t=\"%" PRId64 "\" href=\"#",
            run - report->runs, at_ns);
    if (event < run->event_count)
        fprintf(out, "%s-e%" PRIu64 "\">", run->letter, run->events[event].id);
    else
        fputs("story\">", out);
}

struct ek__moment ek__decided(const struct ek__run *run, const struct ek_judged *judged)
{
    struct ek_decided decided = ek_replay_decided(run->replay, judged);
    return (struct ek__moment){decided.at_ns, decided.event};
}
