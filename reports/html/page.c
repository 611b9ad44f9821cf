#include "reports/html/page.h"

#include "reports/html/picture.h"
#include "reports/html/write.h"

#include <string.h>

const struct ek__asset *ek__asset_find(const char *name)
{
    for (const struct ek__asset *asset = ek__assets; asset->name != NULL; asset++)
        if (strcmp(asset->name, name) == 0)
            return asset;
    return NULL;
}

bool ek_html_has_charts(void)
{
    return ek__asset_find("uplot.js") != NULL;
}

static void put_asset(const struct ek__asset *asset, FILE *out)
{
    fwrite(asset->bytes, 1, asset->size, out);
}

/* ---- what a browser may do with the page ---- */

static int digit_of(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* 'sha256-BASE64' of an element's text, for the policy. */
static void put_hash(const char *name, FILE *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const struct ek__asset *asset = ek__asset_find(name);
    unsigned char bytes[33] = {0};
    if (asset == NULL)
        return;
    for (size_t i = 0; i < 32; i++)
        bytes[i] = (unsigned char)(digit_of(asset->sha256[2 * i]) * 16 +
                                   digit_of(asset->sha256[2 * i + 1]));
    fputs(" 'sha256-", out);
    for (size_t i = 0; i < 33; i += 3) {
        unsigned word = (unsigned)bytes[i] << 16 | (unsigned)bytes[i + 1] << 8 | bytes[i + 2];
        fprintf(out, "%c%c%c%c", digits[word >> 18], digits[word >> 12 & 63],
                digits[word >> 6 & 63], i == 30 ? '=' : digits[word & 63]);
    }
    fputc('\'', out);
}

/* Nothing from anywhere, and no script or style but our own. */
static bool put_policy(const struct ek__report *report, FILE *out)
{
    fputs("default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src", out);
    if (report->is_folder) {
        fputs(" 'self'; script-src 'self'", out);
        return true;
    }
    put_hash("uplot.css", out);
    put_hash("report.css", out);
    fputs("; script-src", out);
    put_hash("uplot.js", out);
    put_hash("report.js", out);
    return true;
}

/* ---- styles, scripts, data ---- */

static void put_inline(const char *name, const char *element, FILE *out)
{
    const struct ek__asset *asset = ek__asset_find(name);
    if (asset == NULL)
        return;
    fprintf(out, "<%s>", element);
    put_asset(asset, out);
    fprintf(out, "</%s>\n", element);
}

static bool put_styles(const struct ek__report *report, FILE *out)
{
    if (report->is_folder) {
        if (ek_html_has_charts())
            fputs("<link rel=\"stylesheet\" href=\"uplot.css\">\n", out);
        fputs("<link rel=\"stylesheet\" href=\"report.css\">", out);
        return true;
    }
    put_inline("uplot.css", "style", out);
    put_inline("report.css", "style", out);
    return true;
}

static bool put_scripts(const struct ek__report *report, FILE *out)
{
    bool is_good = true;
    if (report->is_folder) {
        fputs("<script src=\"data.js\"></script>\n", out);
        if (ek_html_has_charts())
            fputs("<script src=\"uplot.js\"></script>\n", out);
        fputs("<script src=\"report.js\"></script>", out);
        return true;
    }
    fputs("<script type=\"application/json\" id=\"data\">", out);
    is_good = ek__report_data(report, out);
    fputs("</script>\n", out);
    put_inline("uplot.js", "script", out);
    put_inline("report.js", "script", out);
    return is_good;
}

static bool put_licence(const struct ek__report *report, FILE *out)
{
    const struct ek__asset *asset = ek__asset_find("uplot.license");
    (void)report;
    if (asset == NULL)
        return true;
    fputs("<details><summary>The charts are drawn by uPlot, under the MIT licence</summary><pre>",
          out);
    ek__html(out, "$", (const char *)asset->bytes); /* the table ends each file with a 0 */
    fputs("</pre></details>\n", out);
    return true;
}

/* ---- markers ---- */

/* X(NAME): {{NAME}} is what ek__part_NAME writes. */
#define PART_LIST(X) \
    X(title)         \
    X(head)          \
    X(compare)       \
    X(expectations)  \
    X(failover)      \
    X(story)         \
    X(shares)        \
    X(latency)       \
    X(graphs)        \
    X(calls)         \
    X(events)        \
    X(scenario)      \
    X(definitions)

#define PART_WRAP(name)                                                \
    static bool put_##name(const struct ek__report *report, FILE *out) \
    {                                                                  \
        ek__part_##name(report, out);                                  \
        return true;                                                   \
    }
PART_LIST(PART_WRAP)
#undef PART_WRAP

static bool put_hatches(const struct ek__report *report, FILE *out)
{
    (void)report;
    ek__picture_hatches(out);
    return true;
}

static const struct {
    const char *name;
    bool (*put)(const struct ek__report *report, FILE *out);
} markers[] = {{"policy", put_policy},   {"styles", put_styles},   {"scripts", put_scripts},
               {"licence", put_licence}, {"hatches", put_hatches},
#define PART_ROW(name) {#name, put_##name},
               PART_LIST(PART_ROW)
#undef PART_ROW
};

static bool put_marker(const struct ek__report *report, const char *name, size_t length, FILE *out)
{
    for (size_t i = 0; i < sizeof markers / sizeof markers[0]; i++)
        if (strlen(markers[i].name) == length && memcmp(markers[i].name, name, length) == 0)
            return markers[i].put(report, out);
    return false;
}

bool ek__page_write(const struct ek__report *report, FILE *out)
{
    const struct ek__asset *skeleton = ek__asset_find("skeleton.html");
    const char *p = (const char *)skeleton->bytes;
    bool is_good = true;
    for (;;) {
        const char *open = strstr(p, "{{"), *close = open != NULL ? strstr(open, "}}") : NULL;
        if (close == NULL)
            break;
        fwrite(p, 1, (size_t)(open - p), out);
        is_good = put_marker(report, open + 2, (size_t)(close - open) - 2, out) && is_good;
        p = close + 2;
    }
    fputs(p, out);
    return is_good && !ferror(out);
}

bool ek_html_write(struct ek_replay *const *replays, size_t count, FILE *out)
{
    struct ek__report report;
    bool is_good = ek__report_init(&report, replays, count) && ek__page_write(&report, out);
    ek__report_deinit(&report);
    return is_good && fflush(out) == 0;
}
