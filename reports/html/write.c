#include "reports/html/write.h"

#include "reports/text/render_text.h"

#include <inttypes.h>
#include <stdarg.h>

static void put_text(FILE *out, const char *text)
{
    while (*text != '\0') {
        const char *start = text;
        uint32_t c = ek__character(&text);
        if (c == '&')
            fputs("&amp;", out);
        else if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '"')
            fputs("&quot;", out);
        else if (c == '\'')
            fputs("&#39;", out);
        else if (c == 0xFFFD || (ek__is_control(c) && c != '\n' && c != '\t'))
            fputs("\xEF\xBF\xBD", out);
        else
            fwrite(start, 1, (size_t)(text - start), out);
    }
}

void ek__html(FILE *out, const char *form, ...)
{
    va_list list;
    va_start(list, form);
    for (; *form != '\0'; form++) {
        if (*form == '$')
            put_text(out, va_arg(list, const char *));
        else
            fputc(*form, out);
    }
    va_end(list);
}

void ek__html_json_string(FILE *out, const char *text)
{
    fputc('"', out);
    while (*text != '\0') {
        const char *start = text;
        uint32_t c = ek__character(&text);
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (char)c);
        else if (c == 0xFFFD)
            fputs("\\ufffd", out);
        else if (ek__is_control(c) || c == '<' || c == '>' || c == '&' || c == 0x2028 ||
                 c == 0x2029)
            fprintf(out, "\\u%04x", (unsigned)(c <= 0xFFFF ? c : 0xFFFD));
        else
            fwrite(start, 1, (size_t)(text - start), out);
    }
    fputc('"', out);
}

void ek__tenths(FILE *out, int64_t tenths)
{
    if (tenths < 0) {
        fputc('-', out);
        tenths = -tenths;
    }
    fprintf(out, "%" PRId64, tenths / 10);
    if (tenths % 10 != 0)
        fprintf(out, ".%" PRId64, tenths % 10);
}

struct ek__when ek__when(int64_t ns)
{
    struct ek__when when;
    int64_t ms = ns < 0 ? 0 : (ns + 500000) / 1000000;
    snprintf(when.s, sizeof when.s, "%" PRId64 ".%03" PRId64 " s", ms / 1000, ms % 1000);
    return when;
}
