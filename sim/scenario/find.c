/* Scenario files: by path, or by name in the library. */
#include "sim/scenario/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef EK_SCENARIO_DIR
#define EK_SCENARIO_DIR "" /* one or more folders, with : between */
#endif

enum {
    NAMES_MAX = 1024,
    FOLDER_SIZE = 1024
};

/* ---- the library's folders, in the order they are searched ---- */

/* Copies the next folder of a colon-separated list; false at its end. */
static bool next_folder(const char **list, char out[FOLDER_SIZE])
{
    while (*list && **list) {
        size_t length = strcspn(*list, ":");
        bool fits = length > 0 && length < FOLDER_SIZE;
        if (fits) {
            memcpy(out, *list, length);
            out[length] = '\0';
        }
        *list += length + ((*list)[length] == ':');
        if (fits)
            return true;
    }
    return false;
}

enum {
    LIST_COUNT = 3
};

static const char *folder_list(int which)
{
    if (which == 0)
        return getenv("EVENKEEL_SCENARIOS");
    return which == 1 ? "scenarios" : EK_SCENARIO_DIR;
}

/* Writes the path of the first scenario of that name; returns the number of its folder in the
 * order of the search, or -1. */
static int find_by_name(const char *name, char *out, size_t size)
{
    int number = 0;
    for (int which = 0; which < LIST_COUNT; which++) {
        char folder[FOLDER_SIZE];
        const char *list = folder_list(which);
        for (; next_folder(&list, folder); number++) {
            struct stat status;
            int length = snprintf(out, size, "%s/%s.json", folder, name);
            if (length > 0 && (size_t)length < size && stat(out, &status) == 0)
                return number;
        }
    }
    return -1;
}

/* ---- names ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The name a file of the library is known by; false: it is no scenario. */
static bool name_of(const char *file, char out[EK_SCENARIO_NAME_SIZE])
{
    size_t length = strlen(file);
    if (length <= 5 || length - 5 >= EK_SCENARIO_NAME_SIZE || file[0] == '.' ||
        strcmp(file + length - 5, ".json") != 0 || strcmp(file, "schema.json") == 0)
        return false;
    memcpy(out, file, length - 5);
    out[length - 5] = '\0';
    return true;
}

/* Adds the names that no folder before this one has. */
static void add_folder(const char *folder, int number, char (*names)[EK_SCENARIO_NAME_SIZE],
                       size_t max, size_t *count)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char name[EK_SCENARIO_NAME_SIZE], path[FOLDER_SIZE + EK_SCENARIO_NAME_SIZE + 8];
        if (!name_of(entry->d_name, name) || find_by_name(name, path, sizeof path) != number)
            continue;
        if (*count < max)
            memcpy(names[*count], name, sizeof name);
        ++*count;
    }
    closedir(dir);
}

size_t ek_scenario_names(char (*names)[EK_SCENARIO_NAME_SIZE], size_t max)
{
    size_t count = 0;
    int number = 0;
    for (int which = 0; which < LIST_COUNT; which++) {
        char folder[FOLDER_SIZE];
        const char *list = folder_list(which);
        for (; next_folder(&list, folder); number++)
            add_folder(folder, number, names, max, &count);
    }
    if (count > 0 && max > 0)
        qsort(names, count < max ? count : max, sizeof names[0], by_name);
    return count;
}

/* ---- reading a file ---- */

static void report_missing(struct ek__report *report, const char *given)
{
    char stem[EK_SCENARIO_NAME_SIZE], hint[96] = "";
    const char *slash = strrchr(given, '/'), *base = slash ? slash + 1 : given;
    size_t length = strlen(base);
    if (length > 5 && strcmp(base + length - 5, ".json") == 0)
        length -= 5;
    snprintf(stem, sizeof stem, "%.*s", (int)(length < sizeof stem ? length : sizeof stem - 1),
             base);
    char(*names)[EK_SCENARIO_NAME_SIZE] = calloc(NAMES_MAX, sizeof *names);
    const char **words = calloc(NAMES_MAX + 1, sizeof *words);
    if (names && words) {
        size_t count = ek_scenario_names(names, NAMES_MAX);
        for (size_t i = 0; i < count && i < NAMES_MAX; i++)
            words[i] = names[i];
        ek__hint(stem, words, hint, sizeof hint);
    }
    free(words);
    free(names);
    ek__report_line(report, "%s: error: no such %s%s", given,
                    slash || strstr(base, ".json") ? "file" : "scenario",
                    hint[0] ? hint : "; see `evenkeel list scenarios`");
}

/* Reads all of a file, but no more than is allowed and one byte. */
static char *read_all(int fd, size_t *size)
{
    size_t capacity = 65536, used = 0;
    char *text = malloc(capacity);
    while (text) {
        ssize_t got = read(fd, text + used, capacity - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            free(text);
            return NULL;
        }
        used += (size_t)got;
        if (got == 0 || used > EK__SCENARIO_SIZE_MAX)
            break;
        if (used == capacity) {
            capacity *= 2;
            char *more = realloc(text, capacity);
            if (!more)
                free(text);
            text = more;
        }
    }
    *size = used;
    return text;
}

/* Returns new; NULL: the report says why. */
static char *load_file(const char *path, const char *given, struct ek__report *report, size_t *size)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            report_missing(report, given);
        else
            ek__report_line(report, "%s: error: cannot be read: %s", path, strerror(errno));
        if (fd >= 0 && !is_stdin)
            close(fd);
        return NULL;
    }
    char *text = NULL;
    if (S_ISDIR(status.st_mode)) {
        ek__report_line(report, "%s: error: is a folder, not a scenario file", path);
    } else if (S_ISREG(status.st_mode) && status.st_size > EK__SCENARIO_SIZE_MAX) {
        ek__report_line(report, "%s: error: the file has %lld bytes; a scenario has at most %d MiB",
                        path, (long long)status.st_size, EK__SCENARIO_SIZE_MAX / 1024 / 1024);
    } else {
        text = read_all(fd, size);
        if (!text)
            ek__report_line(report, "%s: error: cannot be read: %s", path, strerror(errno));
    }
    if (!is_stdin)
        close(fd);
    return text;
}

char *ek__scenario_text(const char *name_or_path, struct ek__report *report, size_t *size,
                        char found[EK__FOUND_SIZE])
{
    struct stat status;
    bool is_file = stat(name_or_path, &status) == 0 && !S_ISDIR(status.st_mode);
    /* "theory/mm1-80" is the library's, too. */
    bool is_name =
        name_or_path[0] != '/' && name_or_path[0] != '.' && strcmp(name_or_path, "-") != 0;
    if (is_file || !is_name || find_by_name(name_or_path, found, EK__FOUND_SIZE) < 0)
        snprintf(found, EK__FOUND_SIZE, "%s", name_or_path);
    return load_file(found, name_or_path, report, size);
}

struct ek_scenario *ek_scenario_load(const char *name_or_path,
                                     const struct ek_scenario_overrides *overrides, char *report,
                                     size_t report_size)
{
    struct ek__report out = {.out = report, .size = report_size};
    struct ek_scenario *scenario = NULL;
    char found[EK__FOUND_SIZE];
    size_t size;
    EK_ASSERT(report_size > 0);
    report[0] = '\0';
    char *text = ek__scenario_text(name_or_path, &out, &size, found);
    if (text)
        scenario = ek_scenario_read(found, text, size, overrides, report, report_size);
    free(text);
    return scenario;
}
