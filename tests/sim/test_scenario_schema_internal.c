/* The published schema and the reader say the same of a file's shape; Python's jsonschema is the
 * judge. */
#include "sim/scenario/internal.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    MUTANTS_MAX = 6000
};

/* A folder of numbered documents next to the schema. */
static char root[] = "/tmp/evenkeel-schema-XXXXXX";
static char schema_path[64], folder[64];
static int document_count;

static int make_root(void **state)
{
    (void)state;
    if (!mkdtemp(root))
        return -1;
    snprintf(schema_path, sizeof schema_path, "%s/schema.json", root);
    snprintf(folder, sizeof folder, "%s/files", root);
    json_t *schema = ek_scenario_schema();
    int code = schema && json_dump_file(schema, schema_path, 0) == 0 ? mkdir(folder, 0700) : -1;
    json_decref(schema);
    return code;
}

static void empty_folder(void)
{
    for (; document_count > 0; document_count--) {
        char path[128];
        snprintf(path, sizeof path, "%s/%06d.json", folder, document_count - 1);
        remove(path);
    }
}

static int remove_root(void **state)
{
    (void)state;
    empty_folder();
    remove(schema_path);
    rmdir(folder);
    return rmdir(root);
}

static void put_document(const json_t *json)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%06d.json", folder, document_count++);
    assert_int_equal(json_dump_file(json, path, 0), 0);
}

/* Python's verdicts, '1' or '0' for each document. */
static void judge(char *verdicts, size_t size)
{
    char command[256], line[16];
    size_t count = 0;
    snprintf(command, sizeof command, "/usr/bin/python3 tests/sim/validate.py %s %s", schema_path,
             folder);
    FILE *judge_output = popen(command, "r");
    assert_non_null(judge_output);
    while (count + 1 < size && fgets(line, sizeof line, judge_output))
        verdicts[count++] = line[0];
    verdicts[count] = '\0';
    assert_int_equal(pclose(judge_output), 0);
    assert_int_equal(count, document_count);
}

/* The reader's verdict on the shape alone. */
static bool shape_is_good(const json_t *json)
{
    struct ek_errors errors = {0};
    struct ek_scenario scenario = {0};
    json_t *copy = json_deep_copy(json);
    assert_non_null(copy);
    json_object_del(copy, "$schema");
    ek_option_read(ek_scenario_options, copy, "", &scenario, &errors);
    ek__check_client_configs(&scenario, copy, &errors);
    ek_option_release(ek_scenario_options, &scenario);
    json_decref(copy);
    return errors.count == 0;
}

static json_t *load_file(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "scenarios/%s", name);
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    return json;
}

static void every_scenario_of_the_library_is_valid(void **state)
{
    (void)state;
    char verdicts[256];
    DIR *dir = opendir("scenarios");
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (!strstr(entry->d_name, ".json") || strcmp(entry->d_name, "schema.json") == 0)
            continue;
        json_t *json = load_file(entry->d_name);
        print_message("%06d.json is %s\n", document_count, entry->d_name);
        assert_true(shape_is_good(json));
        put_document(json);
        json_decref(json);
    }
    closedir(dir);
    assert_true(document_count > 0);

    judge(verdicts, sizeof verdicts);

    assert_null(strchr(verdicts, '0'));
    empty_folder();
}

/* ---- mutants ---- */

/* Everything a table knows, once. */
static const char base_text[] =
    "{\"name\": \"all\", \"source\": [\"x\"], \"duration\": \"60s\", \"interval\": \"1s\","
    "\"endpoints\": [{\"count\": 2, \"name\": \"b%d\", \"zones\": [\"r1\"], \"service\": \"5ms\"},"
    " {\"name\": \"x\", \"workers\": 3, \"queue\": -1, \"weight\": 2, \"cancelStopsWork\": true,"
    "  \"service\": {\"lognormal\": {\"p50\": \"9ms\", \"p99\": \"28ms\"}}},"
    " {\"name\": \"z\", \"workers\": 1, \"discipline\": \"ps\","
    "  \"service\": {\"hyperexponential\": {\"mean\": \"9ms\", \"cv\": 2.5}}},"
    " {\"name\": \"y\", \"service\": {\"empirical\": [{\"percentile\": \"0%\", \"value\": \"1ms\"},"
    "  {\"percentile\": \"100%\", \"value\": \"1.5ms\"}]}}],"
    "\"clients\": [{\"name\": \"p\", \"arrivals\": {\"poisson\": \"500/s\"}, \"deadline\": \"1s\","
    "  \"profile\": [{\"at\": \"1s\", \"rate\": \"90/m\", \"over\": \"1s\"}],"
    "  \"resolver\": {\"consul\": {\"passing\": false, \"empty\": \"hold\", \"tag\": \"t\"}},"
    "  \"serviceConfig\": {\"loadBalancingConfig\": [{\"p2c\": {\"choiceCount\": 3}}],"
    "   \"methodConfig\": [{\"name\": [{}], \"waitForReady\": true}],"
    "   \"retryThrottling\": {\"maxTokens\": 10, \"tokenRatio\": 0.1},"
    "   \"connection\": {\"jitter\": \"20%\", \"multiplier\": 1.6, \"reconnect\": true}}},"
    " {\"name\": \"q\", \"arrivals\": {\"closed\": {\"concurrency\": 2, \"think\": \"1ms\"}},"
    "  \"resolver\": {\"static\": [\"x\"]}}],"
    "\"consul\": {\"version\": \"1.8\", \"delay\": {\"normal\": {\"mean\": \"1ms\", \"sd\": "
    "\"0s\"}},"
    " \"ttl\": \"9s\", \"heartbeat\": \"3s\", \"deregisterAfter\": \"1m\"},"
    "\"network\": {\"delay\": {\"exponential\": {\"mean\": \"1ms\"}}, \"handshakes\": 2,"
    " \"zones\": [{\"from\": \"r1\", \"to\": \"r1\", \"delay\": {\"constant\": \"1ms\"}}]},"
    "\"faults\": [{\"id\": \"S\", \"kind\": \"slow\", \"at\": \"1s\", \"for\": \"1s\", \"factor\": "
    "2.5,"
    "  \"target\": {\"endpoints\": [\"b*\"], \"pick\": 1}, \"every\": \"1s\"},"
    " {\"kind\": \"error\", \"at\": \"2s\", \"status\": \"INTERNAL\", \"share\": \"50%\","
    "  \"after\": \"1ms\"},"
    " {\"kind\": \"partition\", \"at\": \"3s\", \"from\": {\"clients\": [\"p\"]},"
    "  \"to\": {\"registry\": true}}],"
    "\"expect\": [{\"name\": \"e\", \"metric\": \"success\", \"phase\": \"S\", \"min\": \"1%\","
    "  \"mark\": \"derived\"}],"
    "\"compare\": [\"round_robin\"]}";

/* What is put in the place of each value. */
static const char *const replacements[] = {
    "null",       "true",
    "0",          "-1",
    "1",          "1.5",
    "5.0",        "100000000",
    "\"\"",       "\"junk\"",
    "\"5s\"",     "\"-5s\"",
    "\"5 s\"",    "\"0s\"",
    "\"10\"",     "\"99999999999h\"",
    "\"50%\"",    "\"101%\"",
    "\"0%\"",     "\"5/s\"",
    "\"0/s\"",    "\"1.5/h\"",
    "[]",         "{}",
    "[{}]",       "[\"x\"]",
    "{\"x\": 1}", "\"a\\u0007b\"",
    "\"1.10\"",   "\"0.0000000001s\"",
};

/* A walk over all values of the document: at the n-th one, `change` says what happens. */
enum change {
    REPLACE,
    REMOVE,
    ADD_KEY
};

/* What the reader judges later, as meaning: whether it is a metric, and in its unit. */
static bool is_meaning(const char *key)
{
    return strcmp(key, "metric") == 0 || strcmp(key, "min") == 0;
}

/* Changes the value or object number `*left`; false once there is none. */
static bool mutate(json_t *json, enum change change, const json_t *value, int *left)
{
    if (change == ADD_KEY && json_is_object(json) && (*left)-- == 0) {
        json_object_set_new(json, "unheardOf", json_integer(1));
        return true;
    }
    const char *key;
    json_t *member;
    void *next;
    json_object_foreach_safe(json, next, key, member)
    {
        bool is_chosen = change == REMOVE || (change == REPLACE && !is_meaning(key));
        if (is_chosen && (*left)-- == 0) {
            if (change == REMOVE)
                json_object_del(json, key);
            else
                json_object_set(json, key, (json_t *)(uintptr_t)value);
            return true;
        }
        if (mutate(member, change, value, left))
            return true;
    }
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (change != ADD_KEY && (*left)-- == 0) {
            if (change == REMOVE)
                json_array_remove(json, i);
            else
                json_array_set(json, i, (json_t *)(uintptr_t)value);
            return true;
        }
        if (mutate(json_array_get(json, i), change, value, left))
            return true;
    }
    return false;
}

static void add_mutants(const json_t *base, enum change change, const json_t *value, char *ours,
                        json_t **mutants)
{
    for (int number = 0;; number++) {
        json_t *mutant = json_deep_copy(base);
        int left = number;
        if (!mutate(mutant, change, value, &left)) {
            json_decref(mutant);
            return;
        }
        assert_true(document_count < MUTANTS_MAX);
        ours[document_count] = shape_is_good(mutant) ? '1' : '0';
        mutants[document_count] = mutant;
        put_document(mutant);
    }
}

/* Prints the members at the top that differ from the base. */
static void print_difference(const json_t *base, const json_t *mutant, char ours)
{
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)mutant, key, member)
    {
        if (json_equal(json_object_get(base, key), member))
            continue;
        char *text = json_dumps(member, JSON_ENCODE_ANY);
        print_message("only the %s takes \"%s\": %.800s\n", ours == '1' ? "reader" : "schema", key,
                      text);
        free(text);
    }
}

static void every_mutant_gets_the_same_verdict_from_reader_and_schema(void **state)
{
    (void)state;
    static char ours[MUTANTS_MAX + 1], theirs[MUTANTS_MAX + 2];
    static json_t *mutants[MUTANTS_MAX];
    json_error_t error;
    json_t *base = json_loads(base_text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(base);
    assert_true(shape_is_good(base));
    add_mutants(base, REMOVE, NULL, ours, mutants);
    add_mutants(base, ADD_KEY, NULL, ours, mutants);
    for (size_t i = 0; i < sizeof replacements / sizeof replacements[0]; i++) {
        json_t *value = json_loads(replacements[i], JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        add_mutants(base, REPLACE, value, ours, mutants);
        json_decref(value);
    }

    judge(theirs, sizeof theirs);

    int differences = 0, good = 0, count = document_count;
    for (int i = 0; i < count; i++) {
        good += ours[i] == '1';
        if (ours[i] != theirs[i]) {
            print_difference(base, mutants[i], ours[i]);
            differences++;
        }
        json_decref(mutants[i]);
    }
    json_decref(base);
    empty_folder();
    assert_int_equal(differences, 0);
    assert_true(good > 100 && count - good > 1000); /* the corpus asks both questions */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scenario_of_the_library_is_valid),
        cmocka_unit_test(every_mutant_gets_the_same_verdict_from_reader_and_schema),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
