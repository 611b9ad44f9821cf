#include "fake-consul/api/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool ek__consul_uint_parse(const char *text, uint64_t *out, struct ek__consul_text *error)
{
    bool digits = *text && text[strspn(text, "0123456789")] == '\0';

    errno = 0;
    if (digits)
        *out = strtoull(text, NULL, 10);
    if (digits && errno == 0)
        return true;
    ek__consul_text_add(error, "strconv.ParseUint: parsing ");
    ek__consul_text_quoted(error, text);
    ek__consul_text_add(error, digits ? ": value out of range" : ": invalid syntax");
    return false;
}

void ek__consul_text_query_escaped(struct ek__consul_text *text, const char *string)
{
    static const char hex[] = "0123456789ABCDEF";

    for (const unsigned char *p = (const unsigned char *)string; *p; p++) {
        if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
            strchr("-_.~", *p)) {
            ek__consul_text_char(text, (char)*p);
        } else if (*p == ' ') {
            ek__consul_text_char(text, '+');
        } else {
            ek__consul_text_char(text, '%');
            ek__consul_text_char(text, hex[*p >> 4]);
            ek__consul_text_char(text, hex[*p & 15]);
        }
    }
}

bool ek__consul_is_uuid(const char *text)
{
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : !text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
            return false;
    }
    return text[36] == '\0';
}
