/* GitHub's workflow commands. */
#include "reports/export/export.h"

#include "reports/text/render_text.h"

/* What would end a line, or a property, is written as a percentage. */
static void put(FILE *out, const char *text, bool is_property)
{
    for (const char *p = text; *p != '\0';) {
        const char *start = p;
        uint32_t c = ek__character(&p);
        if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ',')))
            fprintf(out, "%%%02X", (unsigned)c);
        else if (ek__is_control(c))
            fputc('?', out);
        else
            fwrite(start, 1, (size_t)(p - start), out);
    }
}

void ek_export_annotation(const struct ek_results *results, const struct ek_judged *judged,
                          FILE *out)
{
    char text[512];
    fputs(judged->verdict == EK_VERDICT_FAIL ? "::error " : "::warning ", out);
    if (results->scenario_path[0] != '\0') {
        fputs("file=", out);
        put(out, results->scenario_path, true);
        if (judged->line > 0)
            fprintf(out, ",line=%d", judged->line);
        fputc(',', out);
    }
    fputs("title=", out);
    put(out, results->scenario, true);
    fputs("::", out);
    put(out, ek__judged_text(judged, text, sizeof text), false);
    fputs(": got ", out);
    put(out, ek__judged_value(judged), false);
    if (judged->problem[0] != '\0') {
        fputs(", ", out);
        put(out, judged->problem, false);
    }
    fputs("; repeat: ", out);
    put(out, results->command, false);
    fputc('\n', out);
}
