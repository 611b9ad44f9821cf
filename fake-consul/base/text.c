#include "fake-consul/base/text.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"

void ek__consul_text_deinit(struct ek__consul_text *text)
{
    free(text->data);
    *text = (struct ek__consul_text){0};
}

void ek__consul_text_add_n(struct ek__consul_text *text, const char *string, size_t size)
{
    if (text->capacity - text->size < size + 1 || !text->data) {
        size_t wanted = text->size + size + 1;
        size_t capacity = text->capacity ? text->capacity : 128;

        while (capacity < wanted)
            capacity *= 2;
        text->data = ek__consul_resize(text->data, capacity);
        text->capacity = capacity;
    }
    if (size > 0)
        memcpy(text->data + text->size, string, size);
    text->size += size;
    text->data[text->size] = '\0';
}

void ek__consul_text_add(struct ek__consul_text *text, const char *string)
{
    ek__consul_text_add_n(text, string, strlen(string));
}

void ek__consul_text_char(struct ek__consul_text *text, char c)
{
    ek__consul_text_add_n(text, &c, 1);
}

void ek__consul_text_u64(struct ek__consul_text *text, uint64_t value)
{
    char digits[20];
    size_t count = 0;

    do {
        digits[sizeof digits - ++count] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    ek__consul_text_add_n(text, digits + sizeof digits - count, count);
}

void ek__consul_text_i64(struct ek__consul_text *text, int64_t value)
{
    if (value < 0)
        ek__consul_text_char(text, '-');
    ek__consul_text_u64(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* The length of the valid UTF-8 sequence at `p`, or 0. */
static size_t sequence(const unsigned char *p)
{
    /* By first byte: how many follow, and within which limits the second one has to be. */
    static const struct {
        unsigned char first, last, size, low, high;
    } rows[] = {{0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
                {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F},
                {0xEE, 0xEF, 3, 0x80, 0xBF}, {0xF0, 0xF0, 4, 0x90, 0xBF},
                {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t size = rows[i].size;

        if (*p < rows[i].first || *p > rows[i].last)
            continue;
        if (p[1] < rows[i].low || p[1] > rows[i].high)
            return 0;
        for (size_t j = 2; j < size; j++) {
            if ((p[j] & 0xC0) != 0x80)
                return 0;
        }
        return size;
    }
    return 0;
}

static size_t escape_wide(struct ek__consul_text *text, const unsigned char *p)
{
    size_t size = sequence(p);

    if (size == 0) {
        ek__consul_text_add(text, "\\ufffd");
        return 1;
    }
    if (size == 3 && p[0] == 0xE2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9))
        ek__consul_text_add(text, p[2] == 0xA8 ? "\\u2028" : "\\u2029");
    else
        ek__consul_text_add_n(text, (const char *)p, size);
    return size;
}

static void escape_ascii(struct ek__consul_text *text, char c)
{
    static const char hex[] = "0123456789abcdef";

    if (c == '"' || c == '\\') {
        ek__consul_text_char(text, '\\');
        ek__consul_text_char(text, c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
        ek__consul_text_add(text, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
    } else {
        ek__consul_text_add(text, "\\u00");
        ek__consul_text_char(text, hex[(unsigned char)c >> 4]);
        ek__consul_text_char(text, hex[c & 15]);
    }
}

void ek__consul_text_string(struct ek__consul_text *text, const char *string)
{
    const unsigned char *p = (const unsigned char *)string;

    ek__consul_text_char(text, '"');
    while (*p) {
        const unsigned char *plain = p;

        while (*p >= 0x20 && *p < 0x80 && !strchr("\"\\<>&", *p))
            p++;
        ek__consul_text_add_n(text, (const char *)plain, (size_t)(p - plain));
        if (*p >= 0x80)
            p += escape_wide(text, p);
        else if (*p)
            escape_ascii(text, (char)*p++);
    }
    ek__consul_text_char(text, '"');
}

void ek__consul_text_quoted(struct ek__consul_text *text, const char *string)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[] = "abtnvfr"; /* of the characters 7 to 13 */

    ek__consul_text_char(text, '"');
    for (const unsigned char *p = (const unsigned char *)string; *p;) {
        size_t size = *p < 0x80 ? 1 : sequence(p);

        if (*p == '"' || *p == '\\') {
            ek__consul_text_char(text, '\\');
            ek__consul_text_char(text, (char)*p);
        } else if (*p >= 7 && *p <= 13) {
            ek__consul_text_char(text, '\\');
            ek__consul_text_char(text, letters[*p - 7]);
        } else if (size == 0 || *p < 0x20 || *p == 0x7F) {
            ek__consul_text_add(text, "\\x");
            ek__consul_text_char(text, hex[*p >> 4]);
            ek__consul_text_char(text, hex[*p & 15]);
        } else {
            ek__consul_text_add_n(text, (const char *)p, size);
        }
        p += size ? size : 1;
    }
    ek__consul_text_char(text, '"');
}

void ek__consul_text_next(struct ek__consul_text *text)
{
    char last = text->size > 0 ? text->data[text->size - 1] : '{';

    if (last != '{' && last != '[')
        ek__consul_text_char(text, ',');
}

void ek__consul_text_key(struct ek__consul_text *text, const char *name)
{
    ek__consul_text_next(text);
    ek__consul_text_string(text, name);
    ek__consul_text_char(text, ':');
}

void ek__consul_text_member(struct ek__consul_text *text, const char *name, const char *string)
{
    ek__consul_text_key(text, name);
    ek__consul_text_string(text, string);
}

void ek__consul_text_member_u64(struct ek__consul_text *text, const char *name, uint64_t value)
{
    ek__consul_text_key(text, name);
    ek__consul_text_u64(text, value);
}

void ek__consul_text_member_bool(struct ek__consul_text *text, const char *name, bool value)
{
    ek__consul_text_key(text, name);
    ek__consul_text_add(text, value ? "true" : "false");
}

static void new_line(struct ek__consul_text *text, size_t depth)
{
    ek__consul_text_char(text, '\n');
    for (size_t i = 0; i < depth; i++)
        ek__consul_text_add_n(text, "    ", 4);
}

static size_t string_size(const char *json, size_t size)
{
    size_t i = 1;

    while (i < size && json[i] != '"')
        i += json[i] == '\\' ? 2 : 1;
    return i < size ? i + 1 : size;
}

static bool is_open(char c)
{
    return c == '[' || c == '{';
}

static bool is_close(char c)
{
    return c == ']' || c == '}';
}

void ek__consul_text_indent(struct ek__consul_text *text, const char *json, size_t size)
{
    size_t depth = 0;

    for (size_t i = 0; i < size; i++) {
        char c = json[i];
        size_t length = c == '"' ? string_size(json + i, size - i) : 1;

        if (is_close(c)) {
            depth -= depth > 0;
            if (i > 0 && !is_open(json[i - 1]))
                new_line(text, depth);
        }
        ek__consul_text_add_n(text, json + i, length);
        i += length - 1;
        depth += is_open(c);
        if (c == ',' || (is_open(c) && i + 1 < size && !is_close(json[i + 1])))
            new_line(text, depth);
        else if (c == ':')
            ek__consul_text_char(text, ' ');
    }
    ek__consul_text_char(text, '\n');
}

struct ek__consul_body *ek__consul_body_take(struct ek__consul_text *text)
{
    struct ek__consul_body *body = ek__consul_alloc(sizeof *body);

    if (!text->data)
        ek__consul_text_add(text, "");
    *body = (struct ek__consul_body){.references = 1, .size = text->size, .text = text->data};
    *text = (struct ek__consul_text){0};
    return body;
}

struct ek__consul_body *ek__consul_body_new(const char *string)
{
    struct ek__consul_text text = {0};

    ek__consul_text_add(&text, string);
    return ek__consul_body_take(&text);
}

struct ek__consul_body *ek__consul_body_share(struct ek__consul_body *body)
{
    body->references++;
    return body;
}

void ek__consul_body_drop(struct ek__consul_body *body)
{
    if (body && --body->references == 0) {
        free(body->text);
        free(body);
    }
}
