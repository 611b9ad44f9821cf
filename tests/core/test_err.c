/* Error texts, complaints, broken claims; memory that runs out. */
#include "evenkeel/err.h"
#include "evenkeel/mem.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_code_has_its_text(void **state)
{
    (void)state;
    assert_string_equal(ek_err_text(EK_OK), "ok");
    assert_string_equal(ek_err_text(EK_ENOTFOUND), "not found");
    assert_string_equal(ek_err_text((enum ek_err)99), "unknown error");
}

static void complaints_beyond_the_limit_are_only_counted(void **state)
{
    struct ek_errors errors = {0};

    (void)state;
    for (int i = 0; i < 1000; i++)
        ek_errors_add(&errors, "/a", i == 3, "number %d", i);
    assert_int_equal(errors.count, 1000);
    assert_string_equal(errors.items[EK_ERRORS_MAX - 1].text, "number 19");
    assert_true(errors.items[3].is_key);
    assert_false(errors.items[4].is_key);
}

/* ESC and the C1 control U+009B both begin terminal commands. U+00E9 and U+4E2D are letters. */
static void control_characters_are_replaced(void **state)
{
    struct ek_errors errors = {0};

    (void)state;
    ek_errors_add(&errors, "", false, "%s",
                  "a\x1b[1m\n\t\x7f\xc2\x9b"
                  "b\xc3\xa9\xe4\xb8\xad");
    assert_string_equal(errors.items[0].text, "a?[1m?????b\xc3\xa9\xe4\xb8\xad");
    ek_errors_add(&errors, "", false, "%s", "\xc2\x80\xc2\x9f\xc2\xa0\xe2\x80\x9c");
    assert_string_equal(errors.items[1].text, "????\xc2\xa0\xe2\x80\x9c");
}

/* 287 bytes fit, and a part of a character is not left over: of two bytes each 143 = 286 bytes, of
 * three 95 = 285, of four 71 = 284. A path has room for 223: 111, 74 and 55 characters. */
static void long_texts_are_cut_between_characters(void **state)
{
    static const struct {
        const char *character;
        size_t text_size, path_size;
    } cases[] = {{"\xc3\xa9", 286, 222},
                 {"\xe4\xb8\xad", 285, 222},
                 {"\xf0\x9f\x98\x80", 284, 220},
                 {"x", 287, 223}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ek_errors errors = {0};
        size_t size = strlen(cases[i].character);
        char text[401] = "";
        for (size_t j = 0; j < 400 / size; j++)
            memcpy(text + size * j, cases[i].character, size);
        ek_errors_add(&errors, text, false, "%s", text);
        assert_int_equal(strlen(errors.items[0].text), cases[i].text_size);
        assert_int_equal(strlen(errors.items[0].path), cases[i].path_size);
        assert_memory_equal(errors.items[0].text, text, cases[i].text_size);
    }
}

static void a_broken_claim_ends_the_program(void **state)
{
    int status = 0, lines[2];
    char text[200] = "";

    (void)state;
    assert_int_equal(pipe(lines), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(lines[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        EK_ASSERT(1 + 1 == 2);
        EK_ASSERT(1 + 1 == 3);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_true(read(lines[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "test_err.c:"));
    assert_non_null(strstr(text, "1 + 1 == 3\n"));
    close(lines[0]);
    close(lines[1]);
}

/* ---- memory ---- */

/* Fails once the count is used up. */
static void *counted_resize(void *context, void *block, size_t size)
{
    int *left = context;

    if (size != 0 && (*left)-- <= 0)
        return NULL;
    return ek_mem_libc.resize(NULL, block, size);
}

static void growth_doubles_and_zeroes_what_is_new(void **state)
{
    void *block = NULL;
    size_t capacity = 0, before = 0;
    int grown = 0;

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        assert_true(ek_mem_grow(&ek_mem_libc, &block, &capacity, i + 1, sizeof(int)));
        grown += capacity != before;
        before = capacity;
        assert_int_equal(((int *)block)[i], 0);
        ((int *)block)[i] = (int)i + 1;
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(((int *)block)[i], (int)i + 1);
    assert_in_range(grown, 1, 10); /* 1000 < 2^10 */
    ek_mem_free(&ek_mem_libc, block);
}

static void without_memory_nothing_changes(void **state)
{
    int left = 1;
    struct ek_mem mem = {counted_resize, &left};
    void *block = NULL;
    size_t capacity = 0;

    (void)state;
    assert_true(ek_mem_grow(&mem, &block, &capacity, 4, 8));
    void *same = block;
    size_t had = capacity;
    assert_false(ek_mem_grow(&mem, &block, &capacity, had + 1, 8));
    assert_ptr_equal(block, same);
    assert_int_equal(capacity, had);
    assert_null(ek_mem_zeroed(&mem, 1, 1));
    ek_mem_free(&mem, block);
    ek_mem_free(&mem, NULL);
}

/* A block that was used before. */
static void *dirty_resize(void *context, void *block, size_t size)
{
    void *out = ek_mem_libc.resize(NULL, block, size);

    (void)context;
    if (block == NULL && out != NULL)
        memset(out, 0xaa, size);
    return out;
}

static void new_memory_is_zeroed(void **state)
{
    const struct ek_mem mem = {dirty_resize, NULL};
    static const char zeroes[300] = {0};
    size_t capacity = 0;
    void *grown = NULL, *block = ek_mem_zeroed(&mem, 30, 10);

    (void)state;
    assert_memory_equal(block, zeroes, 300);
    assert_true(ek_mem_grow(&mem, &grown, &capacity, 30, 10));
    assert_true(capacity >= 30);
    assert_memory_equal(grown, zeroes, 300);
    ek_mem_free(&mem, block);
    ek_mem_free(&mem, grown);
}

static void sizes_that_overflow_are_no_memory(void **state)
{
    void *block = NULL;
    size_t capacity = 0;

    (void)state;
    assert_null(ek_mem_zeroed(&ek_mem_libc, SIZE_MAX / 2, 3));
    assert_false(ek_mem_grow(&ek_mem_libc, &block, &capacity, SIZE_MAX, 1));
    assert_false(ek_mem_grow(&ek_mem_libc, &block, &capacity, SIZE_MAX / 8, 16));
    assert_null(block);
}

static void nothing_is_not_no_memory(void **state)
{
    void *block = ek_mem_zeroed(&ek_mem_libc, 0, 8);

    (void)state;
    assert_non_null(block);
    ek_mem_free(&ek_mem_libc, block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_text),
        cmocka_unit_test(complaints_beyond_the_limit_are_only_counted),
        cmocka_unit_test(control_characters_are_replaced),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(a_broken_claim_ends_the_program),
        cmocka_unit_test(growth_doubles_and_zeroes_what_is_new),
        cmocka_unit_test(without_memory_nothing_changes),
        cmocka_unit_test(new_memory_is_zeroed),
        cmocka_unit_test(sizes_that_overflow_are_no_memory),
        cmocka_unit_test(nothing_is_not_no_memory),
    };
    return cmocka_run_group_tests_name("core/err", tests, NULL, NULL);
}
