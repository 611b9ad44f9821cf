/* The position index: every value of a text is found again by its JSON Pointer. */
#include "sim/scenario/position.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "{\n"
                           "  \"a\": {\"b\": [10, {\"c\": \"x\\\"y\"}, []]},\n"
                           "  \"a/b~c\": true,\n"
                           "  \"\\u00e4\\ud83d\\ude00\\n\": 1.5, \"\": null\n"
                           "}\n";

static void assert_place(const char *pointer, bool of_key, int line, int column, size_t length)
{
    struct ek_position_index index;
    struct ek_position place;
    assert_true(ek_position_index_init(&index, text, sizeof text - 1));

    assert_true(ek_position_find(&index, pointer, of_key, &place));

    assert_int_equal(place.line, line);
    assert_int_equal(place.column, column);
    assert_int_equal(place.length, length);
    ek_position_index_deinit(&index);
}

static void keys_and_values_are_found(void **state)
{
    (void)state;
    assert_place("", false, 1, 1, 1);
    assert_place("/a", true, 2, 3, 3);
    assert_place("/a", false, 2, 8, 1);
    assert_place("/a/b", true, 2, 9, 3);
    assert_place("/a/b/0", false, 2, 15, 2);
    assert_place("/a/b/0", true, 2, 15, 2); /* an item has no key: its value */
    assert_place("/a/b/1/c", false, 2, 25, 6);
    assert_place("/a/b/2", false, 2, 34, 1);
}

static void escaped_keys_are_found(void **state)
{
    (void)state;
    assert_place("/a~1b~0c", true, 3, 3, 7);
    assert_place("/a~1b~0c", false, 3, 12, 4);
    assert_place("/\xc3\xa4\xf0\x9f\x98\x80\n", false, 4, 27, 3);
    assert_place("/", false, 4, 36, 4);
}

static void what_does_not_exist_gives_its_nearest_ancestor(void **state)
{
    (void)state;
    static const struct {
        const char *pointer;
        int line, column;
    } cases[] = {
        {"/x", 1, 1},          {"/a/x/y", 2, 8},  {"/a/b/3", 2, 14},
        {"/a/b/1/c/d", 2, 25}, {"/a/b/x", 2, 14}, {"/a/b/99999999999999999999", 2, 14},
    };
    struct ek_position_index index;
    assert_true(ek_position_index_init(&index, text, sizeof text - 1));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ek_position place;

        assert_false(ek_position_find(&index, cases[i].pointer, true, &place));

        assert_int_equal(place.line, cases[i].line);
        assert_int_equal(place.column, cases[i].column);
    }
    ek_position_index_deinit(&index);
}

static void lines_of_items_are_counted_in_one_go(void **state)
{
    (void)state;
    const char *list = "{\"l\": [1,\n2,\n\n{\"x\": [\n]}, 3],\n\"one\": {}, \"none\": []}";
    struct ek_position_index index;
    int lines[8] = {0};
    assert_true(ek_position_index_init(&index, list, strlen(list)));

    assert_int_equal(ek_position_item_lines(&index, "/l", lines, 8), 4);
    assert_int_equal(lines[0], 1);
    assert_int_equal(lines[1], 2);
    assert_int_equal(lines[2], 4);
    assert_int_equal(lines[3], 5);
    assert_int_equal(ek_position_item_lines(&index, "/l", lines, 2), 2);
    assert_int_equal(ek_position_item_lines(&index, "/one", lines, 8), 1); /* a lone item */
    assert_int_equal(lines[0], 6);
    assert_int_equal(ek_position_item_lines(&index, "/none", lines, 8), 0);
    assert_int_equal(ek_position_item_lines(&index, "/nothing", lines, 8), 0);
    ek_position_index_deinit(&index);
}

/* ---- against jansson: what stands at a found place is the value ---- */

static uint64_t rng_state;

static uint32_t draw(uint32_t below)
{
    rng_state = rng_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(rng_state >> 33) % below;
}

static json_t *random_value(int depth)
{
    static const char *const keys[] = {"a", "b/", "~c", "\xc3\xa4", "\"q\"", "\n", "", "0"};
    uint32_t kind = draw(depth > 0 ? 6 : 4);
    if (kind == 0)
        return json_integer((json_int_t)draw(1000));
    if (kind == 1)
        return json_string(keys[draw(8)]);
    if (kind == 2)
        return json_true();
    if (kind == 3)
        return json_null();
    json_t *value = kind == 4 ? json_array() : json_object();
    for (uint32_t i = draw(5); i > 0; i--) {
        if (kind == 4)
            json_array_append_new(value, random_value(depth - 1));
        else
            json_object_set_new(value, keys[draw(8)], random_value(depth - 1));
    }
    return value;
}

static void append_token(char *pointer, const char *token)
{
    char *out = pointer + strlen(pointer);
    *out++ = '/';
    for (; *token; token++) {
        if (*token == '~' || *token == '/') {
            *out++ = '~';
            *out++ = *token == '~' ? '0' : '1';
        } else {
            *out++ = *token;
        }
    }
    *out = '\0';
}

static void check_everywhere(const struct ek_position_index *index, const json_t *value,
                             const char *pointer)
{
    struct ek_position place;
    assert_true(ek_position_find(index, pointer, false, &place));
    json_t *there = json_loadb(index->text + place.offset, index->size - place.offset,
                               JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, NULL);
    assert_true(json_equal(there, value));
    json_decref(there);

    char child[256], number[24];
    for (size_t i = 0; i < json_array_size(value); i++) {
        snprintf(child, sizeof child, "%s", pointer);
        snprintf(number, sizeof number, "%zu", i);
        append_token(child, number);
        check_everywhere(index, json_array_get(value, i), child);
    }
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        snprintf(child, sizeof child, "%s", pointer);
        append_token(child, key);
        check_everywhere(index, member, child);
    }
}

static void random_documents_are_found_value_by_value(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        rng_state = seed;
        json_t *value = random_value(4);
        size_t flags = (seed % 2 ? JSON_INDENT(3) : 0) | (seed % 3 ? JSON_ENSURE_ASCII : 0);
        char *dump = json_dumps(value, flags | JSON_ENCODE_ANY);
        struct ek_position_index index;
        assert_non_null(dump);
        assert_true(ek_position_index_init(&index, dump, strlen(dump)));

        print_message("seed %llu\n", (unsigned long long)seed);
        check_everywhere(&index, value, "");

        ek_position_index_deinit(&index);
        free(dump);
        json_decref(value);
    }
}

static void any_text_is_indexed_within_its_bounds(void **state)
{
    (void)state;
    static const char letters[] = "{}[]\",:\\u01 \nax";
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        rng_state = seed;
        size_t size = draw(40);
        char *junk = malloc(size + 1); /* the heap's guard sees a byte too far */
        assert_non_null(junk);
        for (size_t i = 0; i < size; i++)
            junk[i] = letters[draw(sizeof letters - 1)];
        struct ek_position_index index;

        if (ek_position_index_init(&index, junk, size))
            assert_true(index.count <= size + 1);

        ek_position_index_deinit(&index);
        free(junk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_values_are_found),
        cmocka_unit_test(escaped_keys_are_found),
        cmocka_unit_test(what_does_not_exist_gives_its_nearest_ancestor),
        cmocka_unit_test(lines_of_items_are_counted_in_one_go),
        cmocka_unit_test(random_documents_are_found_value_by_value),
        cmocka_unit_test(any_text_is_indexed_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
