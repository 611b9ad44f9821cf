#include "reports/export/json_text.h"

#include "reports/text/render_text.h"

void ek__json_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *p = text; *p != '\0';) {
        const char *start = p;
        uint32_t c = ek__character(&p);
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (char)c);
        else if (ek__is_control(c))
            fprintf(out, "\\u%04x", (unsigned)(c & 0xffffu));
        else
            fwrite(start, 1, (size_t)(p - start), out);
    }
    fputc('"', out);
}

void ek__json_member(FILE *out, const char *key, const char *text)
{
    if (text[0] == '\0')
        return;
    fprintf(out, ",\"%s\":", key);
    ek__json_string(out, text);
}
