/* What was expected, what came, and where it was decided. */
#include "reports/html/moment.h"

#include "reports/html/write.h"
#include "reports/text/render_text.h"

static void put_mark(const struct ek_judged *judged, FILE *out)
{
    static const char *const classes[] = {"pass", "fail", "unsure"};
    static const char *const marks[] = {"✓", "✗", "?"};
    static const char *const words[] = {"holds", "fails", "cannot be told"};
    ek__html(out, "<td class=\"$\"><span aria-hidden=\"true\">$</span> $</td>",
             classes[judged->verdict], marks[judged->verdict], words[judged->verdict]);
}

static void put_claim(const struct ek_judged *judged, FILE *out)
{
    fputs("<th scope=\"row\">", out);
    if (judged->name[0] != '\0')
        ek__html(out, "$<br><small>$</small>", judged->name, judged->text);
    else
        ek__html(out, "$", judged->text);
    fputs("</th>", out);
}

static void put_row(const struct ek__report *report, const struct ek__run *run,
                    const struct ek_judged *judged, FILE *out)
{
    struct ek__moment moment = ek__decided(run, judged);
    fputs("<tr>", out);
    put_mark(judged, out);
    put_claim(judged, out);
    ek__html(out, "<td class=\"num\"><b>$</b></td><td class=\"num\">$</td>",
             judged->verdict == EK_VERDICT_UNKNOWN && judged->problem[0] != '\0'
                 ? judged->problem
                 : ek__judged_value(judged),
             judged->limit_text);
    ek__html(out, "<td class=\"num\">$</td><td>$</td><td>",
             judged->samples > 0 ? ek__count(judged->samples).s : "",
             judged->mark == EK_MARK_CHOICE ? "chosen" : ek__mark_word(judged->mark));
    if (moment.at_ns >= 0) {
        ek__moment_begin(report, run, moment.at_ns, moment.event, out);
        ek__html(out, "$</a>", ek__when(moment.at_ns).s);
    } else {
        fputs("-", out);
    }
    fputs("</td></tr>\n", out);
}

void ek__part_expectations(const struct ek__report *report, FILE *out)
{
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        ek__run_heading(report, run, out);
        if (run->results->judged_count == 0) {
            fputs("<p>The scenario expects nothing.</p>\n", out);
            continue;
        }
        fputs(
            "<div class=\"wide\"><table><thead><tr><th scope=\"col\">verdict</th>"
            "<th scope=\"col\">claim</th><th scope=\"col\" class=\"num\">got</th><th scope=\"col\""
            " class=\"num\">wanted</th><th scope=\"col\" class=\"num\">samples</th>"
            "<th scope=\"col\">limit is</th><th scope=\"col\">decided at</th></tr></thead>\n"
            "<tbody>\n",
            out);
        for (size_t k = 0; k < run->results->judged_count; k++)
            put_row(report, run, &run->results->judged[k], out);
        fputs("</tbody></table></div>\n", out);
    }
}
