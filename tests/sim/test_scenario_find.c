/* Scenario files are found, or refused before anything of them is read. */
#include "sim/scenario/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    REPORT_SIZE = 32 * 1024
};

static char report[REPORT_SIZE];

static char folder[] = "/tmp/evenkeel-scenario-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static struct ek_scenario *load(const char *path)
{
    return ek_scenario_load(path, NULL, report, sizeof report);
}

/* 100 MB would take jansson's whole depth and the reader's whole memory. */
static void a_hundred_megabytes_of_brackets_cost_one_line_and_no_time(void **state)
{
    (void)state;
    const char *path = path_of("deep.json");
    char block[65536], wanted[400];
    memset(block, '[', sizeof block);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < 100 * 1000 * 1000 / sizeof block; i++)
        assert_int_equal(fwrite(block, 1, sizeof block, file), sizeof block);
    fclose(file);
    clock_t start = clock();

    struct ek_scenario *scenario = load(path);

    assert_null(scenario);
    snprintf(wanted, sizeof wanted,
             "%s: error: the file has 99942400 bytes; a scenario has at most 8 MiB\n", path);
    assert_string_equal(report, wanted);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 0.5);
    remove(path);
}

static void eight_megabytes_of_brackets_are_refused_as_too_deep(void **state)
{
    (void)state;
    size_t size = 8 * 1024 * 1024;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, '[', size);

    assert_null(ek_scenario_read("bad.json", text, size, NULL, report, sizeof report));

    report[strcspn(report, "\n")] = '\0';
    assert_string_equal(report,
                        "bad.json:1:2049: error EK001: maximum parsing depth reached near '['");
    free(text);
}

static void what_is_no_readable_file_is_refused(void **state)
{
    (void)state;
    char wanted[400];

    assert_null(load(folder));
    snprintf(wanted, sizeof wanted, "%s: error: is a folder, not a scenario file\n", folder);
    assert_string_equal(report, wanted);

    const char *path = path_of("closed.json");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    chmod(path, 0);
    if (access(path, R_OK) != 0) { /* root reads everything */
        assert_null(load(path));
        snprintf(wanted, sizeof wanted, "%s: error: cannot be read: Permission denied\n", path);
        assert_string_equal(report, wanted);
    }
    remove(path);
}

static void a_name_close_to_one_of_the_library_is_suggested(void **state)
{
    (void)state;

    assert_null(load("slow-nod"));
    assert_string_equal(report, "slow-nod: error: no such scenario; did you mean \"slow-node\"?\n");

    assert_null(load("/nowhere/slow-node.json"));
    assert_string_equal(
        report, "/nowhere/slow-node.json: error: no such file; did you mean \"slow-node\"?\n");
}

static void scenarios_are_found_by_name_where_the_environment_says(void **state)
{
    (void)state;
    char names[64][EK_SCENARIO_NAME_SIZE];
    const char *path = path_of("mine.json");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"endpoints\": {}}", file);
    fclose(file);
    setenv("EVENKEEL_SCENARIOS", folder, 1);

    struct ek_scenario *scenario = load("mine");
    size_t count = ek_scenario_names(names, 64);

    assert_non_null(scenario);
    assert_string_equal(scenario->name, "mine");
    assert_string_equal(scenario->path, path);
    bool is_listed = false;
    for (size_t i = 0; i < count && i < 64; i++) {
        is_listed = is_listed || strcmp(names[i], "mine") == 0;
        assert_true(i == 0 || strcmp(names[i - 1], names[i]) < 0);
    }
    assert_true(is_listed);
    ek_scenario_free(scenario);
    unsetenv("EVENKEEL_SCENARIOS");
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_megabytes_of_brackets_cost_one_line_and_no_time),
        cmocka_unit_test(eight_megabytes_of_brackets_are_refused_as_too_deep),
        cmocka_unit_test(what_is_no_readable_file_is_refused),
        cmocka_unit_test(a_name_close_to_one_of_the_library_is_suggested),
        cmocka_unit_test(scenarios_are_found_by_name_where_the_environment_says),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
