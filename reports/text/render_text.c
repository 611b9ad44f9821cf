#include "reports/text/render_text.h"

#include <string.h>

/* ---- text from outside ---- */

uint32_t ek__character(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    int more = p[0] < 0x80 ? 0 : p[0] >= 0xc2 && p[0] < 0xe0 ? 1 : (p[0] & 0xf0) == 0xe0 ? 2 : 3;
    uint32_t c = more == 0 ? p[0] : p[0] & (0x3fu >> more);
    if (p[0] >= 0x80 && (p[0] < 0xc2 || p[0] > 0xf4))
        more = -1;
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            more = -1;
            break;
        }
        c = c << 6 | (p[i] & 0x3f);
    }
    if ((more == 2 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) ||
        (more == 3 && (c < 0x10000 || c > 0x10ffff)))
        more = -1;
    *text += more < 0 ? 1 : more + 1;
    return more < 0 ? 0xfffd : c;
}

bool ek__is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
           c == 0xfffd;
}

int ek__width(const char *text)
{
    int width = 0;
    for (const char *p = text; *p != '\0'; width++)
        (void)ek__character(&p);
    return width;
}

const char *ek__clean(const char *text, char *out, size_t size)
{
    size_t used = 0;
    for (const char *p = text; *p != '\0';) {
        const char *start = p;
        bool is_control = ek__is_control(ek__character(&p));
        size_t bytes = is_control ? 1 : (size_t)(p - start);
        if (used + bytes >= size)
            break;
        memcpy(out + used, is_control ? "?" : start, bytes);
        used += bytes;
    }
    out[used] = '\0';
    return out;
}

const char *ek__shell_word(const char *text, char *out, size_t size)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-=,";
    ek__clean(text, out, size);
    if (out[0] != '\0' && out[0] != '-' && out[strspn(out, plain)] == '\0')
        return out;
    size_t used = 0;
    out[used++] = '\'';
    for (const char *p = text; *p != '\0';) {
        const char *start = p;
        bool is_control = ek__is_control(ek__character(&p));
        const char *piece = is_control ? "?" : *start == '\'' ? "'\\''" : start;
        size_t bytes = is_control ? 1 : *start == '\'' ? 4 : (size_t)(p - start);
        if (used + bytes + 2 > size)
            break;
        memcpy(out + used, piece, bytes);
        used += bytes;
    }
    out[used++] = '\'';
    out[used] = '\0';
    return out;
}

const char *ek__fault_text(const struct ek_failover *fault, char *out, size_t size)
{
    ek__clean(fault->kind, out, size);
    size_t length = strlen(out);
    /* "registry-empty" and "dns-stale" say themselves what they hit. */
    bool is_said = strncmp(out, "registry", 8) == 0 || strncmp(out, "dns-", 4) == 0;
    if (!is_said && length + 2 < size) {
        out[length++] = ' ';
        ek__clean(fault->target, out + length, size - length);
    }
    return out;
}

int64_t ek__simulated_ns(const struct ek_results *results)
{
    return results->sim_ns < results->duration_ns ? results->sim_ns : results->duration_ns;
}

/* ---- lines ---- */

static const char *const style_code[EK__STYLE_COUNT] = {
    [EK__PLAIN] = "",         [EK__BOLD] = "\033[1m",   [EK__DIM] = "\033[2m",
    [EK__GOOD] = "\033[32m",  [EK__BAD] = "\033[1;31m", [EK__UNSURE] = "\033[33m",
    [EK__FAULT] = "\033[35m",
};

static void begin_text(struct ek__line *line, enum ek__style style)
{
    for (; line->written < line->column; line->written++)
        fputc(' ', line->out);
    if (line->render->color)
        fputs(style_code[style], line->out);
}

static void end_text(struct ek__line *line, enum ek__style style)
{
    line->written = line->column;
    if (line->render->color && style != EK__PLAIN)
        fputs("\033[0m", line->out);
}

static void put_characters(struct ek__line *line, const char *text, int count)
{
    for (const char *p = text; *p != '\0' && count > 0; count--, line->column++) {
        const char *start = p;
        uint32_t c = ek__character(&p);
        if (ek__is_control(c) || (c >= 0x80 && !line->render->unicode))
            fputc('?', line->out);
        else
            fwrite(start, 1, (size_t)(p - start), line->out);
    }
}

void ek__put(struct ek__line *line, enum ek__style style, const char *text)
{
    int room = line->render->columns - line->column, width = ek__width(text);
    if (room <= 0 || width == 0)
        return;
    begin_text(line, style);
    put_characters(line, text, width > room ? room - 1 : width);
    if (width > room) {
        fputs(line->render->unicode ? "…" : "~", line->out);
        line->column++;
    }
    end_text(line, style);
}

void ek__put_right(struct ek__line *line, enum ek__style style, const char *text, int width)
{
    int own = ek__width(text);
    if (own < width)
        line->column += width - own;
    ek__put(line, style, text);
}

void ek__tab(struct ek__line *line, int column)
{
    if (line->column < column)
        line->column = column;
    else if (line->column == line->written && line->column > 0)
        line->column++;
}

void ek__end(struct ek__line *line)
{
    fputc('\n', line->out);
    line->column = line->written = 0;
}

void ek__put_whole(struct ek__line *line, const char *text)
{
    begin_text(line, EK__PLAIN);
    put_characters(line, text, ek__width(text));
    end_text(line, EK__PLAIN);
}

size_t ek__fit_words(const char *text, int width)
{
    const char *p = text, *fit = NULL;
    for (int used = 0; *p != '\0' && used <= width; used++) {
        if (*p == ' ')
            fit = p;
        if (used == width)
            return (size_t)((fit != NULL ? fit : p) - text);
        (void)ek__character(&p);
    }
    return (size_t)(p - text);
}

void ek__put_wrapped(struct ek__line *line, enum ek__style style, const char *text, int indent,
                     int end)
{
    char part[512];
    while (*text != '\0') {
        int room = end - line->column;
        size_t bytes = ek__fit_words(text, room > 10 ? room : 10);
        if (bytes >= sizeof part)
            bytes = sizeof part - 1;
        memcpy(part, text, bytes);
        part[bytes] = '\0';
        ek__put(line, style, part);
        text += bytes;
        text += strspn(text, " ");
        if (*text != '\0') {
            ek__end(line);
            ek__tab(line, indent);
        }
    }
}

void ek__put_heading(struct ek__line *line, const char *text, const char *note)
{
    ek__end(line);
    ek__put(line, EK__BOLD, text);
    if (note[0] != '\0') {
        ek__tab(line, 13);
        ek__put(line, EK__DIM, note);
    }
    ek__end(line);
}

const char *ek__judged_text(const struct ek_judged *judged, char *out, size_t size)
{
    bool has_name = judged->name != NULL && judged->name[0] != '\0';
    size_t used = 0;
    if (has_name) {
        ek__clean(judged->name, out, size);
        used = strlen(out);
        if (used + 3 < size)
            used += (size_t)snprintf(out + used, size - used, ": ");
    }
    ek__clean(judged->text, out + used, size - used);
    return out;
}

const char *ek__judged_value(const struct ek_judged *judged)
{
    bool has_text = judged->value_text != NULL && judged->value_text[0] != '\0';
    if (judged->verdict == EK_VERDICT_UNKNOWN || !has_text)
        return "unknown";
    return judged->value_text;
}

enum ek__style ek__verdict_style(enum ek_verdict verdict)
{
    return verdict == EK_VERDICT_PASS   ? EK__GOOD
           : verdict == EK_VERDICT_FAIL ? EK__BAD
                                        : EK__UNSURE;
}

const char *ek__verdict_mark(enum ek_verdict verdict, bool unicode)
{
    if (verdict == EK_VERDICT_UNKNOWN)
        return "?";
    if (verdict == EK_VERDICT_PASS)
        return unicode ? "✓" : "+";
    return unicode ? "✗" : "X";
}

const char *ek__mark_word(enum ek_mark mark)
{
    switch (mark) {
    case EK_MARK_PUBLISHED:
        return "published";
    case EK_MARK_RECOMPUTED:
        return "recomputed";
    case EK_MARK_DERIVED:
        return "derived";
    case EK_MARK_CHOICE:
        break;
    }
    return "";
}

void ek__put_verdict(struct ek__line *line, size_t passed, size_t failed, size_t unknown)
{
    size_t count = passed + failed + unknown;
    char text[128];
    const char *noun = count == 1 ? "expectation" : "expectations";
    enum ek__style style = failed > 0 ? EK__BAD : unknown > 0 ? EK__UNSURE : EK__GOOD;
    if (count == 0) {
        ek__put(line, EK__UNSURE, "no expectations: nothing was checked");
        return;
    }
    if (failed > 0)
        snprintf(text, sizeof text, "%zu of %zu %s failed", failed, count, noun);
    else
        snprintf(text, sizeof text, "%zu of %zu %s %s", passed, count, noun,
                 passed == 1 && count == 1 ? "holds" : "hold");
    ek__put(line, style, text);
    if (unknown > 0) {
        snprintf(text, sizeof text, ", %zu cannot be told", unknown);
        ek__put(line, style, text);
    }
}

/* ---- pictures over time ---- */

void ek__series_scale(struct ek__series *series)
{
    bool any = false;
    series->low = series->high = 0;
    for (size_t i = 0; i < series->count; i++) {
        int64_t value = series->values[i];
        if (value < 0)
            continue;
        if (!any || value < series->low)
            series->low = value;
        if (!any || value > series->high)
            series->high = value;
        any = true;
    }
}

int ek__series_width(size_t count, int room)
{
    return count < (size_t)room ? (int)count : room;
}

void ek__put_series(struct ek__line *line, enum ek__style style, const struct ek__series *series,
                    int width)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const signs[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
    begin_text(line, style);
    for (int i = 0; i < width; i++, line->column++) {
        size_t from = series->count * (size_t)i / (size_t)width;
        size_t to = series->count * ((size_t)i + 1) / (size_t)width;
        int64_t highest = -1;
        for (size_t k = from; k < to; k++)
            highest = series->values[k] > highest ? series->values[k] : highest;
        if (highest < 0) {
            fputc(' ', line->out);
            continue;
        }
        double span = (double)series->high - (double)series->low;
        span = span < (double)series->low / 4 ? (double)series->low / 4 : span;
        double level = span > 0 ? ((double)highest - (double)series->low) / span * 7 + 0.5 : 0;
        int index = level < 0 ? 0 : level > 7 ? 7 : (int)level;
        fputs(line->render->unicode ? blocks[index] : signs[index], line->out);
    }
    end_text(line, style);
}

/* One row: filled where any of the faults lasts. */
static void put_track(struct ek__line *line, const struct ek_results *results,
                      const struct ek_failover *faults, size_t count, int width)
{
    bool unicode = line->render->unicode;
    double span = (double)results->interval_ns * (double)results->interval_count;
    begin_text(line, EK__FAULT);
    for (int i = 0; i < width; i++, line->column++) {
        double from = span * i / width, to = span * (i + 1) / width;
        bool lasts = false;
        for (size_t k = 0; k < count; k++)
            lasts |= (double)faults[k].start_ns < to &&
                     ((double)faults[k].end_ns > from || (double)faults[k].start_ns >= from);
        fputs(unicode ? lasts ? "━" : "·" : lasts ? "=" : ".", line->out);
    }
    end_text(line, EK__FAULT);
}

void ek__put_faults(struct ek__line *line, const struct ek_results *results, int column, int width)
{
    enum {
        ROWS_MAX = 5
    };
    const struct ek_failover *faults = results->faults;
    size_t rows = results->fault_count > ROWS_MAX ? ROWS_MAX - 1 : results->fault_count;
    char text[256];
    for (size_t i = 0; i < rows; i++) {
        ek__tab(line, 2);
        snprintf(text, sizeof text, "%.*s", (int)ek__fit_words(faults[i].id, column - 3),
                 faults[i].id);
        ek__put(line, EK__FAULT, text);
        ek__tab(line, column);
        put_track(line, results, &faults[i], 1, width);
        ek__tab(line, column + width + 2);
        ek__put(line, EK__PLAIN, ek__fault_text(&faults[i], text, sizeof text));
        ek__end(line);
    }
    if (rows < results->fault_count) {
        snprintf(text, sizeof text, "%zu more", results->fault_count - rows);
        ek__tab(line, 2);
        ek__put(line, EK__FAULT, text);
        ek__tab(line, column);
        put_track(line, results, faults + rows, results->fault_count - rows, width);
        ek__end(line);
    }
    int64_t end_ns = results->interval_ns * (int64_t)results->interval_count;
    ek__tab(line, column);
    ek__put(line, EK__DIM, "0 s");
    if (width >= 12) {
        ek__put_right(line, EK__DIM, ek__duration(end_ns).s, width - 3);
    }
    ek__end(line);
}
