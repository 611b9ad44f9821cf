/* The report as a folder with nothing inline. */
#include "reports/html/page.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum file {
    PAGE,
    DATA,
    ASSET
};

static bool put(const struct ek__report *report, enum file kind, const char *name, FILE *out)
{
    bool is_good = true;
    if (kind == PAGE)
        return ek__page_write(report, out);
    if (kind == ASSET) {
        const struct ek__asset *asset = ek__asset_find(name);
        return fwrite(asset->bytes, 1, asset->size, out) == asset->size;
    }
    fputs("window.evenkeelData = ", out);
    is_good = ek__report_data(report, out);
    fputs(";\n", out);
    return is_good;
}

static bool write_file(const struct ek__report *report, enum file kind, const char *folder,
                       const char *name, char *why, size_t why_size)
{
    char path[1100], aside[1110];
    snprintf(path, sizeof path, "%.1000s/%s", folder, name);
    snprintf(aside, sizeof aside, "%s.part", path);
    FILE *out = fopen(aside, "wb");
    if (out == NULL) {
        snprintf(why, why_size, "%s: %s", aside, strerror(errno));
        return false;
    }
    bool is_good = put(report, kind, name, out);
    is_good = fclose(out) == 0 && is_good;
    if (is_good && rename(aside, path) == 0)
        return true;
    snprintf(why, why_size, "%s: cannot be written", path);
    remove(aside);
    return false;
}

bool ek_html_write_folder(struct ek_replay *const *replays, size_t count, const char *folder,
                          char *why, size_t why_size)
{
    static const char *const assets[] = {"report.css", "report.js", "uplot.css", "uplot.js"};
    struct ek__report report;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        snprintf(why, why_size, "%s: %s", folder, strerror(errno));
        return false;
    }
    snprintf(why, why_size, "out of memory");
    bool is_good = ek__report_init(&report, replays, count);
    report.is_folder = true;
    for (size_t i = 0; is_good && i < sizeof assets / sizeof assets[0]; i++)
        if (ek__asset_find(assets[i]) != NULL)
            is_good = write_file(&report, ASSET, folder, assets[i], why, why_size);
    is_good = is_good && write_file(&report, DATA, folder, "data.js", why, why_size) &&
              write_file(&report, PAGE, folder, "index.html", why, why_size);
    ek__report_deinit(&report);
    return is_good;
}
