/* Who got which part of the attempts: a panel of dots for each phase, and the numbers. */
#include "reports/html/panels.h"

#include "reports/html/write.h"
#include "reports/text/render_share.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROW = 18,
    DOTS_ROWS_MAX = 40 /* more endpoints than this lie on one line, dot over dot */
};

/* ---- dots ---- */

static void put_panel(const struct ek__panels *panels, size_t p, int left, int width, int height,
                      FILE *out)
{
    const struct ek__run *run = panels->run;
    bool is_rows = run->endpoint_count <= DOTS_ROWS_MAX;
    double unit = 10.0 * width / (double)panels->most_ppm;
    int64_t fair = 10 * left + (int64_t)(unit * 1e6 / (double)run->endpoint_count + 0.5);
    fprintf(out, "<text class=\"strong\" font-weight=\"600\" x=\"%d\" y=\"12\">", left);
    ek__html(out, "$ <tspan class=\"dim\" fill=\"#555\" font-weight=\"400\">$</tspan></text>\n",
             panels->phases[p]->name,
             ek__range(panels->phases[p]->start_ns, panels->phases[p]->end_ns).s);
    fprintf(out,
            "<path class=\"axis\" stroke=\"#999\" stroke-width=\".8\" d=\"M%d 20v%dh%d\""
            " fill=\"none\"/><path class=\"fair\" stroke=\"#555\" stroke-dasharray=\"4 3\" d=\"M",
            left, height, width);
    ek__tenths(out, fair);
    fprintf(out, " 20v%d\"/>\n", height);
    for (size_t e = 0; e < run->endpoint_count; e++) {
        uint64_t share = ek__panels_share_ppm(panels, p, e);
        bool is_hit = ek__is_hit_by_any(run->results, (uint32_t)e);
        int64_t x = 10 * left + (int64_t)(unit * (double)share + 0.5);
        int y = is_rows ? 20 + ROW * (int)e + ROW / 2 : 20 + 6 + (int)(e * 7 % 24);
        if (is_rows) {
            fprintf(out, "<path class=\"stem%s\" stroke=\"%s\" d=\"M%d %dH", is_hit ? " hit" : "",
                    is_hit ? "#D75F00" : "#8FBCE0", left, y);
            ek__tenths(out, x);
            fputs("\"/>", out);
        }
        fprintf(out, is_hit ? "<path class=\"dot hit\" fill=\"#A34700\" d=\"M"
                            : "<circle class=\"dot\" fill=\"#1F5F99\" r=\"4\" cx=\"");
        ek__tenths(out, x);
        fprintf(out, is_hit ? " %dm0 -5l5 5l-5 5l-5 -5z\"/>" : "\" cy=\"%d\"/>", y);
        if (is_rows) {
            fputs("<text class=\"dim\" fill=\"#555\" font-size=\"10\" x=\"", out);
            ek__tenths(out, x + 80);
            fprintf(out, "\" y=\"%d\">", y + 4);
            ek__html(out, "$</text>\n", ek__share(share, 1000000, 1).s);
        }
    }
}

static void put_dots(const struct ek__panels *panels, FILE *out)
{
    const struct ek__run *run = panels->run;
    bool is_rows = run->endpoint_count <= DOTS_ROWS_MAX;
    int left = is_rows ? 100 : 8, height = is_rows ? ROW * (int)run->endpoint_count : 36;
    int pitch = (1000 - left) / (int)panels->count;
    fprintf(out,
            "<svg class=\"plot\" viewBox=\"0 0 1000 %d\" width=\"100%%\" role=\"img\""
            " font-family=\"system-ui, sans-serif\" font-size=\"12\"><title>Share of the attempts"
            " by phase</title>\n",
            height + 42);
    for (size_t e = 0; is_rows && e < run->endpoint_count; e++) {
        char name[24];
        fprintf(out, "<text x=\"0\" y=\"%d\">", 20 + ROW * (int)e + ROW / 2 + 4);
        ek__html(out, "$</text>\n", ek__clean(run->endpoints[e].name, name, 16));
    }
    for (size_t p = 0; p < panels->count; p++)
        put_panel(panels, p, left + pitch * (int)p, pitch - 56, height, out);
    fprintf(out, "<text class=\"dim\" fill=\"#555\" x=\"%d\" y=\"%d\">", left, height + 36);
    ek__html(out, "dashed: an even share, $; ◆ a fault hits it</text></svg>\n",
             ek__share(1, run->endpoint_count, 1).s);
}

/* ---- the numbers ---- */

static void put_table(const struct ek__panels *panels, FILE *out)
{
    const struct ek__run *run = panels->run;
    fputs("<details class=\"numbers\"><summary>Every endpoint's share</summary>", out);
    ek__panels_begin(panels, "endpoint", out);
    for (size_t e = 0; e < run->endpoint_count; e++) {
        ek__html(out, "<tr><th scope=\"row\">$ <small>$</small></th>", run->endpoints[e].name,
                 run->endpoints[e].zone);
        for (size_t p = 0; p < panels->count; p++)
            ek__html(out, "<td class=\"num\">$ <small>$</small></td>",
                     ek__share(panels->phases[p]->endpoint_attempts[e], panels->attempts[p], 2).s,
                     ek__count(panels->phases[p]->endpoint_attempts[e]).s);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}

void ek__part_shares(const struct ek__report *report, FILE *out)
{
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        struct ek__panels panels = ek__panels_of(run);
        ek__run_heading(report, run, out);
        if (panels.count == 0 || run->endpoint_count == 0)
            continue;
        fputs("<div class=\"chart\">", out);
        put_dots(&panels, out);
        fputs("</div>\n", out);
        put_table(&panels, out);
        ek__put_evenness(&panels, out);
        ek__put_parts(&panels, out);
        ek__put_clients(run, out);
    }
}
