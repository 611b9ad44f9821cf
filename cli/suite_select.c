/* Which scenarios a suite runs. */
#include "cli/suite.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    CASES_MAX = 100000,
    NAMES_MAX = 1024,
    DEPTH_MAX = 16,
    PATH_SIZE = 1024
};

/* Scenario paths, before seeds. */
struct paths {
    char **items;
    size_t count, capacity;
    bool failed;
};

static void add_path(struct paths *paths, const char *path)
{
    if (paths->count == paths->capacity) {
        size_t capacity = paths->capacity == 0 ? 64 : 2 * paths->capacity;
        char **items = realloc(paths->items, capacity * sizeof *items);
        if (items == NULL) {
            paths->failed = true;
            return;
        }
        paths->items = items;
        paths->capacity = capacity;
    }
    paths->items[paths->count] = strdup(path);
    paths->failed |= paths->items[paths->count] == NULL;
    paths->count += paths->items[paths->count] != NULL;
}

static int compare_paths(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    return strcmp(*a, *b);
}

static bool is_scenario_file(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".json") == 0 &&
           strcmp(name, "schema.json") != 0 && name[0] != '.';
}

/* Scenario files below a folder. */
static void add_folder(struct paths *paths, const char *folder, int depth)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    if (directory == NULL) {
        fprintf(stderr, "evenkeel test: %s: cannot be read\n", folder);
        paths->failed = true;
        return;
    }
    while ((entry = readdir(directory)) != NULL && paths->count < CASES_MAX) {
        char path[PATH_SIZE];
        struct stat status;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || length < 0 || (size_t)length >= sizeof path ||
            lstat(path, &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode) && depth < DEPTH_MAX)
            add_folder(paths, path, depth + 1);
        else if (!S_ISDIR(status.st_mode) && is_scenario_file(entry->d_name))
            add_path(paths, path);
    }
    closedir(directory);
}

static void add_library(struct paths *paths)
{
    char(*names)[EK_SCENARIO_NAME_SIZE] = calloc(NAMES_MAX, sizeof *names);
    size_t count = names != NULL ? ek_scenario_names(names, NAMES_MAX) : 0;
    for (size_t i = 0; i < count && i < NAMES_MAX; i++)
        add_path(paths, names[i]);
    paths->failed |= names == NULL;
    free(names);
}

static void add_given(struct paths *paths, const char *given)
{
    struct stat status;
    size_t first = paths->count;
    if (stat(given, &status) != 0 || !S_ISDIR(status.st_mode)) {
        add_path(paths, given); /* that it is no scenario is found out when it is loaded */
        return;
    }
    add_folder(paths, given, 0);
    if (paths->count > first)
        qsort(paths->items + first, paths->count - first, sizeof *paths->items, compare_paths);
}

static bool read_seeds(const char *text, int64_t *first, int64_t *last)
{
    char *end;
    *first = strtoll(text, &end, 10);
    if (end == text || *first < 0 || strncmp(end, "..", 2) != 0)
        return false;
    const char *rest = end + 2;
    *last = strtoll(rest, &end, 10);
    return end != rest && *end == '\0' && *last >= *first && *last - *first < CASES_MAX;
}

static bool add_case(struct ek_suite *suite, const char *path, const int64_t *seed)
{
    if (suite->count == suite->capacity) {
        size_t capacity = suite->capacity == 0 ? 64 : 2 * suite->capacity;
        struct ek_suite_case *cases = realloc(suite->cases, capacity * sizeof *cases);
        if (cases == NULL || suite->count >= CASES_MAX) {
            fputs("evenkeel test: too many runs\n", stderr);
            suite->cases = cases != NULL ? cases : suite->cases;
            return false;
        }
        suite->cases = cases;
        suite->capacity = capacity;
    }
    struct ek_suite_case *one = &suite->cases[suite->count];
    *one = (struct ek_suite_case){.scenario = strdup(path), .has_seed = seed != NULL};
    one->recording = strdup("");
    one->complaints = strdup("");
    if (seed != NULL)
        one->seed = *seed;
    suite->count++;
    return one->scenario != NULL && one->recording != NULL && one->complaints != NULL;
}

static bool add_cases(struct ek_suite *suite, const struct paths *paths,
                      const struct ek_arguments *arguments)
{
    int64_t first = arguments->seed, last = arguments->seed;
    bool has_seed = arguments->has_seed || arguments->seeds != NULL;
    if (arguments->seeds != NULL && !read_seeds(arguments->seeds, &first, &last)) {
        fprintf(stderr, "evenkeel test: --seeds %.40s: expected A..B, as in 1..40\n",
                arguments->seeds);
        return false;
    }
    suite->has_seeds = last > first;
    for (size_t i = 0; i < paths->count; i++) {
        if (arguments->pattern != NULL && strstr(paths->items[i], arguments->pattern) == NULL)
            continue;
        for (int64_t seed = first; seed <= last; seed++)
            if (!add_case(suite, paths->items[i], has_seed ? &seed : NULL))
                return false;
    }
    return true;
}

bool ek_suite_select(struct ek_suite *suite, const struct ek_arguments *arguments)
{
    struct paths paths = {.count = 0};
    for (int i = 0; i < arguments->name_count; i++)
        add_given(&paths, arguments->names[i]);
    if (arguments->name_count == 0)
        add_library(&paths);
    bool is_good = !paths.failed && add_cases(suite, &paths, arguments);
    for (size_t i = 0; i < paths.count; i++)
        free(paths.items[i]);
    free(paths.items);
    return is_good;
}
