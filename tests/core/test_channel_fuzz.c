/* The channel's fuzzer in the plain suite: its corpus, and random inputs of fixed seeds. */
#include "fuzz_channel.h"

#include "evenkeel/channel.h"
#include "evenkeel/lb.h"
#include "evenkeel/rng.h"
#include "fuzz_configs.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

enum {
    INPUT_MAX = 4096
};

/* The policy that the config leads to; NULL if it is refused. */
static const struct ek_lb_ops *policy_of(uint8_t policy, uint8_t setting)
{
    char text[4096];
    struct ek_service_config config;
    struct ek_errors errors = {0};
    const struct ek_lb_ops *lb = NULL;
    json_t *json;

    fuzz_config(policy, setting, text, sizeof text);
    json = json_loads(text, 0, NULL);
    assert_non_null(json);
    if (ek_service_config_read(json, "", &config, &errors) == EK_OK)
        lb = config.lb;
    ek_service_config_deinit(&config);
    json_decref(json);
    return lb;
}

static void every_policy_and_setting_is_tried(void **state)
{
    (void)state;
    for (size_t i = 0; ek_lb_all[i] != NULL; i++) {
        bool is_tried = false;

        for (uint8_t policy = 0; policy < FUZZ_POLICY_COUNT; policy++)
            is_tried = is_tried || policy_of(policy, 0) == ek_lb_all[i];
        if (!is_tried)
            fail_msg("%s is in no config", ek_lb_all[i]->name);
    }
    for (uint8_t policy = 0; policy < FUZZ_POLICY_COUNT; policy++)
        assert_non_null(policy_of(policy, 0));
    for (uint8_t setting = 0; setting < FUZZ_SETTING_COUNT; setting++)
        assert_non_null(policy_of(0, setting));
}

static void the_corpus_breaks_no_book(void **state)
{
    static const char folder[] = "tests/core/corpus/channel";
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int inputs = 0;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        uint8_t data[INPUT_MAX];
        char path[512];
        FILE *file;
        size_t size;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        file = fopen(path, "rb");
        assert_non_null(file);
        size = fread(data, 1, sizeof data, file);
        fclose(file);
        fuzz_channel(data, size);
        inputs++;
    }
    closedir(dir);
    assert_true(inputs > 20);
}

static void random_inputs_break_no_book(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct ek_rng rng = ek_rng_derive(seed, "fuzz", 0);
        uint8_t data[INPUT_MAX];

        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)ek_rng_below(&rng, 256);
        data[0] = (uint8_t)seed;
        data[1] = (uint8_t)(seed * 7);
        fuzz_channel(data, sizeof data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_policy_and_setting_is_tried),
        cmocka_unit_test(the_corpus_breaks_no_book),
        cmocka_unit_test(random_inputs_break_no_book),
    };

    return cmocka_run_group_tests_name("core/channel_fuzz", tests, NULL, NULL);
}
