/* Status codes and their names. */
#include "evenkeel/status.h"

#include <stddef.h>

const char *const ek_status_words[] = {
#define WORD(name, number) #name,
    EK_STATUS_LIST(WORD)
#undef WORD
        NULL};

const char *ek_status_name(enum ek_status status)
{
    size_t i = (size_t)status;

    return i < EK_STATUS_COUNT ? ek_status_words[i] : "UNKNOWN";
}

/* In ASCII: the locale has no say. */
static bool same_word(const char *text, const char *upper)
{
    for (; *text != '\0' && *upper != '\0'; text++, upper++) {
        char c = *text;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (c != *upper)
            return false;
    }
    return *text == *upper;
}

static bool read_number(const char *text, int *out)
{
    int n = 0;

    if (*text == '\0')
        return false;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || n >= EK_STATUS_COUNT)
            return false;
        n = 10 * n + (*p - '0');
    }
    *out = n;
    return n < EK_STATUS_COUNT;
}

bool ek_status_parse(const char *text, enum ek_status *out)
{
    int n = 0;

    if (read_number(text, &n)) {
        *out = (enum ek_status)n;
        return true;
    }
    for (n = 0; n < EK_STATUS_COUNT; n++) {
        if (same_word(text, ek_status_words[n])) {
            *out = (enum ek_status)n;
            return true;
        }
    }
    return false;
}
