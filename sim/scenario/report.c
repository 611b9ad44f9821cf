/* Complaints about a scenario file, as a compiler would print them. */
#include "sim/scenario/internal.h"

#include "sim/scenario/position.h"
#include "sim/scenario/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_COLUMNS = 88, /* of a source line, at most */
    WINDOW_LEAD = 60     /* columns kept left of the place */
};

/* The length of the UTF-8 character at `p`, of `left` bytes; 0 when it is none. */
static size_t character(const unsigned char *p, size_t left)
{
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : p[0] < 0x80;
    if (length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* The same, but 0 also for what a terminal obeys: controls and switches of the writing
 * direction. */
static size_t printable(const unsigned char *p, size_t left)
{
    size_t length = character(p, left);
    bool is_control = length == 1 && (p[0] < 0x20 || p[0] == 0x7f);
    bool is_c1 = length == 2 && p[0] == 0xc2 && p[1] < 0xa0;
    bool is_direction = length == 3 && p[0] == 0xe2 &&
                        ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
                         (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
    return is_control || is_c1 || is_direction ? 0 : length;
}

/* Copies what is printable of `length` bytes; everything else becomes '?', a tab a space. */
static size_t copy_printable(const char *from, size_t length, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < length && used + 5 < size;) {
        size_t step = printable((const unsigned char *)from + i, length - i);
        if (step > 0) {
            memcpy(out + used, from + i, step);
            used += step;
            i += step;
        } else {
            out[used++] = from[i] == '\t' ? ' ' : '?';
            for (i++; i < length && ((unsigned char)from[i] & 0xc0) == 0x80; i++)
                continue;
        }
    }
    out[used] = '\0';
    return used;
}

static void append(struct ek__report *report, const char *line)
{
    size_t length = strlen(line);
    if (report->used + length + 2 > report->size)
        return;
    memcpy(report->out + report->used, line, length);
    report->used += length;
    report->out[report->used++] = '\n';
    report->out[report->used] = '\0';
}

/* Adds to the list of findings; without memory it lacks one. */
static void add_finding(struct ek__report *report, json_t *finding)
{
    if (report->findings && finding)
        json_array_append(report->findings, finding);
    json_decref(finding);
}

void ek__report_line(struct ek__report *report, const char *format, ...)
{
    char raw[1024], line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    copy_printable(raw, strlen(raw), line, sizeof line);
    report->errors++;
    append(report, line);
    if (report->findings)
        add_finding(report, json_pack("{s:s, s:s}", "severity", "error", "text", line));
}

/* ---- the source line with its caret ---- */

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static void append_source(struct ek__report *report, const struct ek__origin *origin,
                          const struct ek_position *at)
{
    const char *text = origin->text;
    size_t start = at->offset, end = at->offset, columns = 0;
    bool is_cut = false;
    while (start > 0 && text[start - 1] != '\n') {
        if (columns == WINDOW_LEAD) {
            is_cut = true;
            break;
        }
        start--;
        columns += !continues(text[start]);
    }
    size_t shown = columns;
    for (; end < origin->size && text[end] != '\n' && text[end] != '\r'; end++) {
        shown += !continues(text[end]);
        if (shown > WINDOW_COLUMNS)
            break;
    }
    if (start == end)
        return;
    char source[WINDOW_COLUMNS * 4 + 8], line[sizeof source + 64];
    copy_printable(text + start, end - start, source, sizeof source);
    snprintf(line, sizeof line, "%5d | %s%s%s", at->line, is_cut ? "..." : "", source,
             shown > WINDOW_COLUMNS ? "..." : "");
    append(report, line);

    size_t width = 0; /* of the caret's tail, in columns */
    for (size_t i = at->offset; i < at->offset + at->length && i < end; i++)
        width += !continues(text[i]);
    char marks[WINDOW_COLUMNS + 8];
    size_t used = width > 1 ? width : 1;
    memset(marks, '~', used);
    marks[0] = '^';
    marks[used] = '\0';
    snprintf(line, sizeof line, "      | %*s%s", (int)columns + (is_cut ? 3 : 0), "", marks);
    append(report, line);
}

static const char *const severity_words[] = {
    [EK_SEVERITY_ERROR] = "error",
    [EK_SEVERITY_WARNING] = "warning",
};

/* A complaint is printed whole or not at all. */
static void append_complaint(struct ek__report *report, const struct ek__origin *origin,
                             enum ek_severity severity, const struct ek_position *at,
                             const struct ek_error *error)
{
    char line[1024], shown[1024];
    *(severity == EK_SEVERITY_ERROR ? &report->errors : &report->warnings) += 1;
    if (report->findings)
        add_finding(report,
                    json_pack("{s:s, s:o, s:s, s:s, s:i, s:i}", "severity",
                              severity_words[severity], "code", json_sprintf("EK%03d", error->code),
                              "text", error->text, "pointer", error->path, "line", at->line,
                              "column", at->column));
    if (report->size - report->used <
        strlen(error->text) + strlen(origin->path) + 4 * WINDOW_COLUMNS + 256)
        return;
    snprintf(line, sizeof line, "%s:%d:%d: %s EK%03d: %s", origin->path, at->line, at->column,
             severity_words[severity], error->code, error->text);
    copy_printable(line, strlen(line), shown, sizeof shown);
    append(report, shown);
    append_source(report, origin, at);
    snprintf(line, sizeof line, "   %s%s%s(evenkeel explain EK%03d)", error->path[0] ? "at " : "",
             error->path, error->path[0] ? "   " : "", error->code);
    copy_printable(line, strlen(line), shown, sizeof shown);
    append(report, shown);
    append(report, "");
}

/* ---- errors of meaning ---- */

static bool is_within(const char *path, const char *pointer)
{
    size_t length = strlen(pointer);
    return strncmp(path, pointer, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* Writes the flag that put the value at `path` there; false: it is the file's own. */
static bool flag_of(const struct ek__origin *origin, const char *path, bool in_file, char *out,
                    size_t size)
{
    const struct ek_scenario_overrides *o = origin->overrides;
    if (!o)
        return false;
    for (size_t i = o->set_count; i-- > 0 && origin->set_pointers;) {
        const char *pointer = origin->set_pointers[i];
        if (is_within(path, pointer) || (!in_file && path[0] && is_within(pointer, path))) {
            snprintf(out, size, "--set %s", o->sets[i]);
            return true;
        }
    }
    if (o->policy && strstr(path, "/serviceConfig/loadBalancingConfig")) {
        snprintf(out, size, "--policy %s", o->policy);
        return true;
    }
    if (o->seed && strcmp(path, "/seed") == 0) {
        snprintf(out, size, "--seed %lld", (long long)*o->seed);
        return true;
    }
    return false;
}

struct placed {
    const struct ek_error *error;
    struct ek_position at;
};

static int by_place(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->at.offset != y->at.offset)
        return x->at.offset < y->at.offset ? -1 : 1;
    return x->error < y->error ? -1 : x->error > y->error;
}

/* What a flag put there has no place in the file. */
static void append_of_flag(struct ek__report *report, enum ek_severity severity, const char *flag,
                           const struct ek_error *error)
{
    if (severity == EK_SEVERITY_ERROR) {
        ek__report_line(report, "%s: error EK%03d: %s", flag, error->code, error->text);
        return;
    }
    ek__report_line(report, "%s: warning EK%03d: %s", flag, error->code, error->text);
    report->errors--;
    report->warnings++;
}

void ek__report_errors(struct ek__report *report, const struct ek__origin *origin,
                       enum ek_severity severity, const struct ek_errors *errors)
{
    struct placed placed[EK_ERRORS_MAX];
    size_t count = 0, stored = errors->count < EK_ERRORS_MAX ? errors->count : EK_ERRORS_MAX;
    struct ek_position_index index;
    bool is_indexed = ek_position_index_init(&index, origin->text, origin->size);
    for (size_t i = 0; i < stored; i++) {
        const struct ek_error *error = &errors->items[i];
        struct ek_position at = {0, 1, 1, 1};
        char flag[256];
        bool in_file = is_indexed && ek_position_find(&index, error->path, error->is_key, &at);
        if (flag_of(origin, error->path, in_file, flag, sizeof flag))
            append_of_flag(report, severity, flag, error);
        else
            placed[count++] = (struct placed){error, at};
    }
    qsort(placed, count, sizeof placed[0], by_place);
    for (size_t i = 0; i < count; i++)
        append_complaint(report, origin, severity, &placed[i].at, placed[i].error);
    if (errors->count > stored && severity == EK_SEVERITY_ERROR)
        ek__report_line(report, "%s: error: %zu more", origin->path, errors->count - stored);
    ek_position_index_deinit(&index);
}

/* ---- errors of syntax ---- */

/* What stands at `offset`, and what that often means. */
static const char *syntax_hint(const char *text, size_t size, size_t offset, const char *said)
{
    char here = offset < size ? text[offset] : '\0';
    size_t before = offset;
    while (before > 0 && strchr(" \t\r\n", text[before - 1]))
        before--;
    char previous = before > 0 ? text[before - 1] : '\0';
    if ((here == '}' || here == ']') && previous == ',')
        return "; there must be no comma before a closing bracket";
    if (here == '/' || here == '#')
        return "; JSON has no comments";
    if (here == '\'')
        return "; JSON takes double quotes";
    if (here == '"' &&
        (strncmp(said, "'}' expected", 12) == 0 || strncmp(said, "']' expected", 12) == 0))
        return "; is a comma missing before it?";
    return "";
}

/* jansson points behind what it did not like; this points at it. */
static size_t syntax_offset(const struct ek__origin *origin, const json_error_t *error)
{
    size_t offset = error->position < 0 ? 0 : (size_t)error->position;
    if (offset > origin->size)
        offset = origin->size;
    const char *near = strstr(error->text, " near '");
    size_t length = near ? strlen(near + 7) : 0;
    if (length > 1 && near[7 + length - 1] == '\'') {
        length--;
        if (length <= offset && memcmp(origin->text + offset - length, near + 7, length) == 0)
            return offset - length;
    }
    if (strstr(error->text, "end of file"))
        while (offset > 0 && strchr(" \t\r\n", origin->text[offset - 1]))
            offset--;
    return offset;
}

/* The first byte that is not UTF-8; `size` when there is none. */
static size_t undecodable(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t length = character((const unsigned char *)text + i, size - i);
        if (length == 0)
            return i;
        i += length;
    }
    return size;
}

void ek__report_syntax(struct ek__report *report, const struct ek__origin *origin,
                       const json_error_t *error)
{
    size_t offset = syntax_offset(origin, error);
    char text[JSON_ERROR_TEXT_LENGTH + 96];
    if (strncmp(error->text, "unable to decode", 16) == 0) {
        offset = undecodable(origin->text, origin->size);
        snprintf(text, sizeof text, "%.*s; a scenario is UTF-8",
                 (int)(strstr(error->text, " near") ? strstr(error->text, " near") - error->text
                                                    : JSON_ERROR_TEXT_LENGTH),
                 error->text);
    } else if (offset == 0 && strstr(error->text, "end of file"))
        snprintf(text, sizeof text, "the file is empty; a scenario is an object, {...}");
    else
        snprintf(text, sizeof text, "%s%s", error->text,
                 syntax_hint(origin->text, origin->size, offset, error->text));
    struct ek_position at = ek_position_at(origin->text, origin->size, offset);
    struct ek_error complaint = {.code = EK__RULE_SYNTAX};
    snprintf(complaint.text, sizeof complaint.text, "%s", text);
    append_complaint(report, origin, EK_SEVERITY_ERROR, &at, &complaint);
}
