/* Error texts, the end of a broken program, lists of complaints. */
#include "evenkeel/err.h"

#include "core/lint_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ek_err_text(enum ek_err err)
{
    static const char *const texts[] = {
#define TEXT(name, text) [name] = text,
        EK_ERR_LIST(TEXT)
#undef TEXT
    };
    size_t i = (size_t)err;

    return i < sizeof texts / sizeof texts[0] ? texts[i] : "unknown error";
}

_Noreturn void ek_assert_failed(const char *claim, const char *file, int line)
{
    fprintf(stderr, "evenkeel: %s:%d: broken claim: %s\n", file, line, claim);
    abort();
}

/* Cuts a UTF-8 sequence that the end of the buffer broke off. */
static void trim_broken_end(char *text)
{
    size_t end = strlen(text), start = end;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned lead = (unsigned char)text[start - 1];
    size_t wanted = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (end - start < wanted)
        text[start - 1] = '\0';
}

/* Bytes below 32, DEL, and the C1 controls, which are 0xc2 0x80 .. 0x9f in UTF-8: some terminals
 * obey those as they obey ESC. */
static void hide_controls(char *text)
{
    for (char *p = text; *p != '\0'; p++) {
        unsigned c = (unsigned char)p[0], following = (unsigned char)p[1];
        if (c < 0x20 || c == 0x7f) {
            *p = '?';
        } else if (c == 0xc2 && following >= 0x80 && following <= 0x9f) {
            p[0] = '?';
            p[1] = '?';
        }
    }
}

static void EK_PRINTF(5, 0) add(struct ek_errors *errors, int code, const char *path, bool is_key,
                                const char *format, va_list args)
{
    size_t i = errors->count++;
    if (i >= EK_ERRORS_MAX)
        return;

    struct ek_error *error = &errors->items[i];
    error->is_key = is_key;
    error->code = code;
    snprintf(error->path, sizeof error->path, "%s", path);
    trim_broken_end(error->path);
    vsnprintf(error->text, sizeof error->text, format, args);
    trim_broken_end(error->text);
    hide_controls(error->text);
}

void ek_errors_add(struct ek_errors *errors, const char *path, bool is_key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(errors, EK__RULE_CONFLICT, path, is_key, format, args);
    va_end(args);
}

void ek_errors_add_as(struct ek_errors *errors, int code, const char *path, bool is_key,
                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(errors, code, path, is_key, format, args);
    va_end(args);
}
