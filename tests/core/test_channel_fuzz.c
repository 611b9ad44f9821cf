/* The channel's fuzzer in the plain suite: its corpus, and random inputs of fixed seeds. */
#include "fuzz_channel.h"

#include "evenkeel/rng.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    INPUT_MAX = 4096
};

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
        fuzz_channel(data, sizeof data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corpus_breaks_no_book),
        cmocka_unit_test(random_inputs_break_no_book),
    };

    return cmocka_run_group_tests_name("core/channel_fuzz", tests, NULL, NULL);
}
