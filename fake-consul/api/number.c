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

bool ek__consul_int_parse(const char *text, int64_t *out, struct ek__consul_text *error)
{
    const char *digits = text + (*text == '-' || *text == '+');
    bool good = *digits && digits[strspn(digits, "0123456789")] == '\0';

    errno = 0;
    if (good)
        *out = strtoll(text, NULL, 10);
    if (good && errno == 0)
        return true;
    ek__consul_text_add(error, "strconv.Atoi: parsing ");
    ek__consul_text_quoted(error, text);
    ek__consul_text_add(error, good ? ": value out of range" : ": invalid syntax");
    return false;
}

bool ek__consul_bool_parse(const char *text, bool *out)
{
    static const char *const words[] = {"1", "t", "T", "TRUE",  "true",  "True",
                                        "0", "f", "F", "FALSE", "false", "False"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i < sizeof words / sizeof *words / 2;
            return true;
        }
    }
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

const char *ek__consul_uuid_refusal(const char *id, struct ek__consul_text *text)
{
    size_t hyphens = 0, size = strlen(id);

    if (size != 36)
        return "index error: UUID must be 36 characters";
    for (const char *p = id; *p; p++)
        hyphens += *p == '-';
    if (hyphens > 4) {
        ek__consul_text_add(text, "index error: UUID should have maximum of 4 \"-\"; got ");
        ek__consul_text_u64(text, hyphens);
        return text->data;
    }
    if ((size - hyphens) % 2 != 0)
        return "index error: UUID (without hyphens) must be even length";
    for (const char *p = id; *p; p++) {
        if (*p == '-' || strchr("0123456789abcdefABCDEF", *p))
            continue;
        ek__consul_text_add(text, "index error: Invalid UUID: encoding/hex: invalid byte: U+00");
        ek__consul_text_char(text, "0123456789ABCDEF"[(unsigned char)*p >> 4]);
        ek__consul_text_char(text, "0123456789ABCDEF"[(unsigned char)*p & 15]);
        if ((unsigned char)*p > 0x20 && (unsigned char)*p < 0x7F) {
            ek__consul_text_add(text, " '");
            ek__consul_text_char(text, *p);
            ek__consul_text_char(text, '\'');
        }
        return text->data;
    }
    return NULL;
}
