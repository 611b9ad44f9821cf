/* Why Go's JSON decoder refuses a text. */
#include <string.h>

#include "fake-consul/api/decode.h"

/* Walks over one JSON value until the first byte that Go's scanner would refuse. */
struct scan {
    const char *at, *end;
    const char *context; /* of the refusal at `at` */
};

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) && *scan->at)
        scan->at++;
}

static bool refuse(struct scan *scan, const char *context)
{
    scan->context = context;
    return false;
}

static bool scan_string(struct scan *scan)
{
    for (scan->at++; scan->at < scan->end; scan->at++) {
        unsigned char c = (unsigned char)*scan->at;

        if (c == '"') {
            scan->at++;
            return true;
        }
        if (c < 0x20)
            return refuse(scan, "in string literal");
        if (c != '\\')
            continue;
        if (++scan->at == scan->end)
            break;
        if (!strchr("bfnrtu\\/\"", *scan->at) || !*scan->at)
            return refuse(scan, "in string escape code");
        for (int i = 0; *scan->at == 'u' && i < 4; i++) {
            if (scan->at + i + 1 < scan->end &&
                !strchr("0123456789abcdefABCDEF", scan->at[i + 1])) {
                scan->at += i + 1;
                return refuse(scan, "in \\u hexadecimal character escape");
            }
        }
    }
    return refuse(scan, NULL);
}

static bool scan_literal(struct scan *scan, const char *word, const char *const *contexts)
{
    for (size_t i = 0; word[i]; i++, scan->at++) {
        if (scan->at == scan->end)
            return refuse(scan, NULL);
        if (*scan->at != word[i])
            return refuse(scan, contexts[i]);
    }
    return true;
}

static bool scan_scalar(struct scan *scan)
{
    static const char *const in_true[] = {"", "in literal true (expecting 'r')",
                                          "in literal true (expecting 'u')",
                                          "in literal true (expecting 'e')"};
    static const char *const in_null[] = {"", "in literal null (expecting 'u')",
                                          "in literal null (expecting 'l')",
                                          "in literal null (expecting 'l')"};
    static const char *const in_false[] = {
        "", "in literal false (expecting 'a')", "in literal false (expecting 'l')",
        "in literal false (expecting 's')", "in literal false (expecting 'e')"};
    char c = *scan->at;

    if (c == '"')
        return scan_string(scan);
    if (c == 't')
        return scan_literal(scan, "true", in_true);
    if (c == 'f')
        return scan_literal(scan, "false", in_false);
    if (c == 'n')
        return scan_literal(scan, "null", in_null);
    if (c != '-' && (c < '0' || c > '9'))
        return refuse(scan, "looking for beginning of value");
    scan->at++;
    if (c == '-' && scan->at < scan->end && (*scan->at < '0' || *scan->at > '9'))
        return refuse(scan, "in numeric literal");
    while (scan->at < scan->end && *scan->at && strchr("0123456789+-.eE", *scan->at))
        scan->at++;
    return true;
}

enum {
    DEPTH_MAX = 64 /* the caller has refused what is deeper */
};

/* The state of the containers around the current place: '{' or '['. */
struct containers {
    char open[DEPTH_MAX];
    size_t count;
};

static bool scan_key(struct scan *scan)
{
    if (scan->at == scan->end)
        return refuse(scan, NULL);
    if (*scan->at != '"')
        return refuse(scan, "looking for beginning of object key string");
    if (!scan_string(scan))
        return false;
    skip_space(scan);
    if (scan->at == scan->end)
        return refuse(scan, NULL);
    if (*scan->at != ':')
        return refuse(scan, "after object key");
    scan->at++;
    return true;
}

/* After a value: closes containers; true with `more` set where another value follows. */
static bool scan_after(struct scan *scan, struct containers *in, bool *more)
{
    *more = false;
    while (in->count > 0) {
        bool object = in->open[in->count - 1] == '{';

        skip_space(scan);
        if (scan->at == scan->end)
            return refuse(scan, NULL);
        if (*scan->at == (object ? '}' : ']')) {
            scan->at++;
            in->count--;
            continue;
        }
        if (*scan->at != ',')
            return refuse(scan, object ? "after object key:value pair" : "after array element");
        scan->at++;
        skip_space(scan);
        *more = true;
        return !object || scan_key(scan);
    }
    return true;
}

/* At an opening bracket; `empty` says that it closed at once. */
static bool scan_open(struct scan *scan, struct containers *in, bool *empty)
{
    bool object = *scan->at == '{';

    if (in->count == DEPTH_MAX)
        return refuse(scan, "looking for beginning of value");
    in->open[in->count++] = *scan->at++;
    skip_space(scan);
    *empty = scan->at < scan->end && *scan->at == (object ? '}' : ']');
    return *empty || !object || scan_key(scan);
}

static bool scan_all(struct scan *scan)
{
    struct containers in = {.count = 0};
    bool more = true;

    while (more) {
        bool empty = true;

        skip_space(scan);
        if (scan->at == scan->end)
            return refuse(scan, NULL);
        if (*scan->at == '{' || *scan->at == '[') {
            if (!scan_open(scan, &in, &empty))
                return false;
            if (!empty)
                continue;
        } else if (!scan_scalar(scan)) {
            return false;
        }
        if (!scan_after(scan, &in, &more))
            return false;
    }
    return true;
}

void ek__consul_decode_reason(const char *body, size_t size, struct ek__consul_text *error)
{
    struct scan scan = {.at = body, .end = body + size};
    char c;

    skip_space(&scan);
    if (scan.at == scan.end) {
        ek__consul_text_add(error, "EOF");
        return;
    }
    if (scan_all(&scan)) {
        ek__consul_text_add(error, "json: invalid text");
        return;
    }
    if (!scan.context) {
        ek__consul_text_add(error, "unexpected EOF");
        return;
    }
    c = *scan.at;
    ek__consul_text_add(error, "invalid character ");
    if (c == '\'' || c == '"') {
        ek__consul_text_add(error, c == '"' ? "'\"'" : "'\\''");
    } else {
        char one[2] = {c, '\0'};
        struct ek__consul_text quoted = {0};

        ek__consul_text_quoted(&quoted, c ? one : "\1");
        quoted.data[0] = quoted.data[quoted.size - 1] = '\'';
        ek__consul_text_add(error, c ? quoted.data : "'\\x00'");
        ek__consul_text_deinit(&quoted);
    }
    ek__consul_text_char(error, ' ');
    ek__consul_text_add(error, scan.context);
}
