#include "reports/html/panels.h"

#include "reports/html/write.h"
#include "reports/text/render_share.h"

uint64_t ek__panels_share_ppm(const struct ek__panels *panels, size_t p, size_t endpoint)
{
    uint64_t part = panels->phases[p]->endpoint_attempts[endpoint];
    return panels->attempts[p] == 0
               ? 0
               : (uint64_t)((double)part * 1e6 / (double)panels->attempts[p] + 0.5);
}

struct ek__panels ek__panels_of(const struct ek__run *run)
{
    struct ek__panels panels = {.run = run};
    const struct ek_results *r = run->results;
    for (size_t p = r->phase_count > 1 ? 1 : 0; p < r->phase_count; p++) {
        bool is_last = p + 1 == r->phase_count;
        if (panels.count == EK__PANELS_MAX || (panels.count == EK__PANELS_MAX - 1 && !is_last))
            continue;
        panels.attempts[panels.count] = ek__phase_attempts(r, &r->phases[p]);
        panels.phases[panels.count++] = &r->phases[p];
    }
    for (size_t p = 0; p < panels.count; p++)
        for (size_t e = 0; e < run->endpoint_count; e++) {
            uint64_t share = ek__panels_share_ppm(&panels, p, e);
            panels.most_ppm = share > panels.most_ppm ? share : panels.most_ppm;
        }
    uint64_t fair = 1000000 / (run->endpoint_count > 0 ? run->endpoint_count : 1);
    if (panels.most_ppm < fair * 3 / 2)
        panels.most_ppm = fair * 3 / 2;
    return panels;
}

void ek__panels_begin(const struct ek__panels *panels, const char *first, FILE *out)
{
    ek__html(out, "<div class=\"wide\"><table><thead><tr><th scope=\"col\">$</th>", first);
    for (size_t p = 0; p < panels->count; p++)
        ek__html(out, "<th scope=\"col\" class=\"num\">$ <small>$</small></th>",
                 panels->phases[p]->name,
                 ek__range(panels->phases[p]->start_ns, panels->phases[p]->end_ns).s);
    fputs("</tr></thead>\n<tbody>\n", out);
}

void ek__panels_end(FILE *out)
{
    fputs("</tbody></table></div>\n", out);
}
